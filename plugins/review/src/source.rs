//! Owns what a rule sees of a unit: text, functions, measures, matches. Never talks to the host.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::ops::Range;

use devflow_plugin::Host;
use devflow_plugin::facts::Facts;
pub use devflow_plugin::{Function, Measures};

/// The unit as a rule sees it.
#[derive(Debug)]
pub struct Source<'a> {
    /// Name of the language.
    pub language: &'a str,
    /// The whole text.
    pub text: &'a str,
    /// In the order of their place.
    pub functions: Vec<Function>,
    /// Of the whole file.
    pub measures: Measures,
    /// What its form tells.
    pub facts: Facts<'a>,
    /// Functions by their beginnings, those around before those inside.
    order: Vec<usize>,
    /// The function around each.
    around: Vec<Option<usize>>,
    known: RefCell<HashMap<&'static str, bool>>,
    docstrings: OnceCell<Vec<Range<usize>>>,
}

/// Every language that the engine parses.
pub const ALL: &[&str] = &["rust", "python", "javascript", "typescript", "tsx", "java", "kotlin", "go", "c", "cpp"];
/// JavaScript and TypeScript in all their forms.
pub const JS: &[&str] = &["javascript", "typescript", "tsx"];
/// C and C++.
pub const C_LIKE: &[&str] = &["c", "cpp"];

/// How far rules search a function backwards from a place in it, in bytes.
pub(crate) const MAX_BEFORE: usize = 8_000;

/// One match of a query: captures by name.
#[derive(Debug)]
pub struct Match<'a> {
    pub(crate) text: &'a str,
    pub(crate) captures: Vec<(&'a str, Range<usize>)>,
}

impl<'a> Match<'a> {
    /// Text of the first capture `name`, or the empty string.
    pub fn text(&self, name: &str) -> &'a str {
        self.span(name).map_or("", |span| &self.text[span])
    }

    /// Byte range of the first capture `name`.
    pub fn span(&self, name: &str) -> Option<Range<usize>> {
        self.captures.iter().find(|(known, _)| *known == name).map(|(_, span)| span.clone())
    }

    /// Texts of all captures `name` (quantified captures give several).
    pub fn all(&self, name: &str) -> Vec<&'a str> {
        self.captures.iter().filter(|(known, _)| *known == name).map(|(_, span)| &self.text[span.clone()]).collect()
    }

    /// Byte offset of `@here`.
    pub fn start(&self) -> usize {
        self.span("here").map_or(0, |span| span.start)
    }
}

impl<'a> Source<'a> {
    /// Takes what the host says of a unit.
    pub fn new(language: &'a str, text: &'a str, host: &dyn Host) -> Self {
        let (functions, measures) = (host.functions(), host.measure());
        let facts = Facts::new(language, text, host.form());
        let mut order: Vec<usize> = (0..functions.len()).collect();
        order.sort_by_key(|at| (functions[*at].span.start, std::cmp::Reverse(functions[*at].span.end)));
        let mut open: Vec<usize> = Vec::new();
        let mut around = vec![None; functions.len()];
        for at in &order {
            while open.pop_if(|outer| functions[*outer].span.end <= functions[*at].span.start).is_some() {}
            around[*at] = open.last().copied();
            open.push(*at);
        }
        Self { language, text, functions, measures, facts, order, around, known: RefCell::default(), docstrings: OnceCell::new() }
    }

    /// The functions around a byte offset, the innermost first.
    pub fn functions_around(&self, offset: usize) -> impl Iterator<Item = &Function> {
        let begun = self.order.partition_point(|at| self.functions[*at].span.range().start <= offset);
        let last = begun.checked_sub(1).map(|at| self.order[at]);
        let chain = std::iter::successors(last, |at| self.around[*at]);
        chain.map(|at| &self.functions[at]).filter(move |function| function.span.contains(offset))
    }

    /// The innermost function around a byte offset.
    pub fn function_at(&self, offset: usize) -> Option<&Function> {
        self.functions_around(offset).next()
    }

    /// The function around a byte offset, from its beginning to there; of a long one the end.
    pub fn function_before(&self, offset: usize) -> Option<&'a str> {
        let start = self.function_at(offset)?.span.range().start.max(offset.saturating_sub(MAX_BEFORE));
        self.text.get(self.text.ceil_char_boundary(start)..offset)
    }

    /// Whether the file holds a text. It is looked for once, however many places of the file ask.
    pub fn has(&self, text: &'static str) -> bool {
        *self.known.borrow_mut().entry(text).or_insert_with(|| self.text.contains(text))
    }

    /// Whether all of a function parses; what is said of another one would be said of something else.
    pub fn parses(&self, function: &Function) -> bool {
        !self.measures.errors.iter().any(|error| function.span.contains(error.start as usize))
    }

    /// The line that holds a byte offset, without its end.
    pub fn line_at(&self, offset: usize) -> &'a str {
        let start = self.text[..offset].rfind('\n').map_or(0, |at| at + 1);
        self.text[start..].lines().next().unwrap_or("")
    }

    /// Up to `count` lines before the line that holds a byte offset, nearest first.
    pub fn lines_above(&self, offset: usize, count: usize) -> impl Iterator<Item = &'a str> + use<'a> {
        let start = self.text[..offset].rfind('\n').unwrap_or(0);
        self.text[..start].lines().rev().take(count)
    }

    /// Whether a byte offset lies in a comment.
    pub fn in_comment(&self, offset: usize) -> bool {
        let after = self.measures.comments.partition_point(|span| span.range().start <= offset);
        after > 0 && self.measures.comments[after - 1].contains(offset)
    }

    /// Whether a byte offset lies in a docstring: a text between three quotes that begins its line. A file that is too large to be read as
    /// code has no language, and may be of Python.
    pub fn in_docstring(&self, offset: usize) -> bool {
        let may_have = matches!(self.language, "python" | "");
        let all = self.docstrings.get_or_init(|| if may_have { docstrings(self.text) } else { Vec::new() });
        let after = all.partition_point(|span| span.start <= offset);
        after > 0 && all[after - 1].contains(&offset)
    }
}

fn docstrings(text: &str) -> Vec<Range<usize>> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(open) = text[at..].find(['"', '\'']).map(|step| at + step) {
        let quote = &text[open..open + 1];
        let three = quote.repeat(3);
        if !text[open..].starts_with(&three) {
            at = open + 1;
            continue;
        }
        let end = text[open + 3..].find(&three).map_or(text.len(), |step| open + 3 + step + 3);
        let head = text[..open].rsplit('\n').next().unwrap_or("").trim();
        if matches!(head, "" | "r" | "u" | "R") {
            found.push(open..end);
        }
        at = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::docstrings;

    #[test]
    fn a_text_between_three_quotes_that_begins_its_line_is_a_docstring() {
        let text = "\"\"\"of the file\"\"\"\nx = \"\"\"a value\"\"\"\ndef f():\n    r'''of f'''\n    y = \"it's\"\n";
        let found: Vec<&str> = docstrings(text).into_iter().map(|span| &text[span]).collect();
        assert_eq!(found, ["\"\"\"of the file\"\"\"", "'''of f'''"]);
    }
}
