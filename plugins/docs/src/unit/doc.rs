//! Owns finding the documentation of an item in the text, line by line and without the marks of comments. Never judges it.

use std::ops::Range;

/// How a documentation is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As the tools of the language read it.
    Formal,
    /// A comment that only people read.
    Informal,
    /// A string at the beginning of a Python body.
    Docstring,
}

/// The documentation of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doc {
    /// How it is written.
    pub form: Form,
    /// With its marks.
    pub span: Range<usize>,
    /// Its lines without marks, as places in the text.
    pub lines: Vec<Range<usize>>,
}

impl Doc {
    /// The documentation without marks.
    pub fn text(&self, text: &str) -> String {
        let lines: Vec<&str> = self.lines.iter().map(|line| text.get(line.clone()).unwrap_or("").trim_end()).collect();
        lines.join("\n").trim().to_owned()
    }
}

/// Words that may stand between a comment and the place where its item begins.
const BETWEEN: [&str; 20] = [
    "export",
    "default",
    "declare",
    "abstract",
    "async",
    "public",
    "private",
    "protected",
    "static",
    "final",
    "const",
    "let",
    "var",
    "typedef",
    "extern",
    "inline",
    "virtual",
    "explicit",
    "constexpr",
    "type",
];

/// The comment that documents the item at `start`. `comments` are in the order of the text.
pub(super) fn above(language: &str, text: &str, comments: &[Range<usize>], start: usize) -> Option<Doc> {
    let mut at = comments.partition_point(|comment| comment.end <= start);
    let mut gap_end = start;
    let mut gap = String::new();
    // A note between the documentation and its item belongs to neither.
    let mut is_note_line = false;
    for _ in 0..8 {
        at = at.checked_sub(1)?;
        let comment = comments.get(at)?;
        let between = text.get(comment.end..gap_end)?;
        // A note that has its line to itself leaves no empty line behind.
        let own_line = between.trim_end_matches([' ', '\t']);
        gap.insert_str(0, if is_note_line { own_line.strip_suffix('\n').unwrap_or(own_line) } else { between });
        gap_end = comment.start;
        let form = form(language, text.get(comment.clone())?);
        is_note_line = is_first_of_line(text, comment.start);
        if is_note_line && form.is_some() {
            break;
        }
    }
    let comment = comments.get(at)?;
    let form = form(language, text.get(comment.clone())?)?;
    if !is_first_of_line(text, comment.start) || !leads_over(language, &gap) {
        return None;
    }
    let first = first_of_run(language, text, comments, at, form);
    let spans = comments.get(first..=at)?;
    let lines = spans.iter().flat_map(|span| without_marks(text, span)).collect();
    Some(Doc { form, span: spans.first()?.start..comment.end, lines })
}

/// The first of the line comments that end with the comment `last` and stand on one line after the other.
fn first_of_run(language: &str, text: &str, comments: &[Range<usize>], last: usize, form_of_last: Form) -> usize {
    let is_line = |at: usize| comments.get(at).and_then(|span| text.get(span.clone())).is_some_and(|comment| comment.starts_with("//"));
    let mut first = last;
    while is_line(first) && first > 0 && is_line(first - 1) {
        let (Some(before), Some(here)) = (comments.get(first - 1), comments.get(first)) else { break };
        let end = before.start + text.get(before.clone()).unwrap_or("").trim_end().len();
        let gap = text.get(end..here.start).unwrap_or("");
        let is_same = form(language, text.get(before.clone()).unwrap_or("")) == Some(form_of_last);
        if !is_same || !gap.trim().is_empty() || gap.matches('\n').count() > 1 || !is_first_of_line(text, before.start) {
            break;
        }
        first -= 1;
    }
    first
}

/// What sort of documentation a comment can be.
pub(super) fn form(language: &str, comment: &str) -> Option<Form> {
    let is_block = comment.starts_with("/**") && !comment.starts_with("/**/");
    match language {
        "rust" => {
            (is_block && !comment.starts_with("/***") || comment.starts_with("///") && !comment.starts_with("////")).then_some(Form::Formal)
        }
        "java" | "kotlin" => is_block.then_some(Form::Formal),
        "go" => {
            let is_directive = comment.starts_with("//go:") || comment.starts_with("//nolint") || comment.starts_with("//export ");
            (!is_directive).then_some(Form::Formal)
        }
        "c" | "cpp" => {
            let is_formal = is_block || comment.starts_with("/*!") || comment.starts_with("///") || comment.starts_with("//!");
            Some(if is_formal { Form::Formal } else { Form::Informal })
        }
        "python" => None,
        _ if is_block => Some(Form::Formal),
        _ => {
            let words = comment.trim_start_matches(['/', '*', ' ']);
            let is_directive =
                ["eslint", "@ts-", "prettier", "istanbul", "c8 ", "biome", "tslint"].iter().any(|mark| words.starts_with(mark));
            (!is_directive).then_some(Form::Informal)
        }
    }
}

fn is_first_of_line(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or("").rsplit('\n').next().unwrap_or("").trim();
    before.is_empty() || before.ends_with(['{', ';', ',', '('])
}

/// Whether only attributes, decorators and modifiers stand between a comment and its item, and no empty line.
fn leads_over(language: &str, gap: &str) -> bool {
    let trimmed = gap.trim_end_matches([' ', '\t']);
    let lines = trimmed.strip_prefix('\n').or_else(|| trimmed.strip_prefix("\r\n")).unwrap_or(trimmed);
    if language != "rust" && lines.split_inclusive('\n').any(|line| line.trim().is_empty()) {
        return false;
    }
    let mut rest = gap.trim_start();
    while !rest.is_empty() {
        let Some(after) = after_modifier(rest) else {
            return !rest.contains('\n') && !rest.contains([';', '}']);
        };
        rest = after.trim_start();
    }
    true
}

/// What follows an attribute, a decorator or a modifier.
fn after_modifier(rest: &str) -> Option<&str> {
    if rest.starts_with("#[") || rest.starts_with("[[") {
        return after_brackets(rest.trim_start_matches('#'), '[', ']');
    }
    if let Some(name) = rest.strip_prefix('@') {
        let after = name.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '$'));
        return if after.starts_with('(') { after_brackets(after, '(', ')') } else { Some(after) };
    }
    if let Some(after) = rest.strip_prefix("template") {
        return after_brackets(after.trim_start(), '<', '>');
    }
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let (word, after) = rest.split_at_checked(end)?;
    let is_macro = word.len() > 2 && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    if is_macro && after.starts_with('(') {
        return after_brackets(after, '(', ')');
    }
    (is_macro || BETWEEN.contains(&word)).then_some(after)
}

fn after_brackets(text: &str, open: char, close: char) -> Option<&str> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return text.get(at + c.len_utf8()..);
            }
        } else if depth == 0 {
            return None;
        }
    }
    None
}

/// The lines of a comment without `/**`, `*`, `///` and the like.
pub(super) fn without_marks(text: &str, span: &Range<usize>) -> Vec<Range<usize>> {
    let comment = text.get(span.clone()).unwrap_or("");
    let is_block = comment.starts_with("/*");
    let mut lines = Vec::new();
    let mut at = span.start;
    for line in comment.split_inclusive('\n') {
        let mut inner = line.trim_end();
        if is_block {
            inner = inner.strip_suffix("*/").map_or(inner, |inner| inner.trim_end_matches('*').trim_end());
        }
        let start = if is_block { after_block_mark(inner, at == span.start) } else { after_line_mark(inner) };
        lines.push(at + start.min(inner.len())..at + inner.len());
        at += line.len();
    }
    lines
}

fn after_line_mark(line: &str) -> usize {
    let text = line.trim_start();
    let text = text.trim_start_matches('/');
    let text = text.strip_prefix('!').unwrap_or(text);
    let text = text.strip_prefix('<').unwrap_or(text);
    line.len() - text.strip_prefix(' ').unwrap_or(text).len()
}

fn after_block_mark(line: &str, is_first: bool) -> usize {
    let text = line.trim_start();
    let text = if is_first {
        let text = text.strip_prefix('/').unwrap_or(text).trim_start_matches('*');
        text.strip_prefix('!').unwrap_or(text)
    } else {
        text.strip_prefix('*').unwrap_or(text)
    };
    line.len() - text.strip_prefix(' ').unwrap_or(text).len()
}

/// The string that a Python body begins with.
pub(super) fn docstring(text: &str, body: usize) -> Option<Doc> {
    let rest = text.get(body..)?;
    let start = rest.trim_start_matches(['r', 'R', 'u', 'U', 'b', 'B']);
    let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| start.starts_with(quote))?;
    if rest.len() - start.len() > 2 {
        return None;
    }
    let open = body + (rest.len() - start.len()) + quote.len();
    let inner = text.get(open..)?;
    let close = open + end_of_string(inner, quote)?;
    let mut lines = Vec::new();
    let mut at = open;
    for line in text.get(open..close)?.split_inclusive('\n') {
        lines.push(at..at + line.trim_end().len());
        at += line.len();
    }
    Some(Doc { form: Form::Docstring, span: body..close + quote.len(), lines })
}

fn end_of_string(inner: &str, quote: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + inner.get(from..)?.find(quote)?;
        let n_backslashes = inner.get(..at)?.chars().rev().take_while(|c| *c == '\\').count();
        if n_backslashes % 2 == 0 {
            return Some(at);
        }
        from = at + 1;
    }
}
