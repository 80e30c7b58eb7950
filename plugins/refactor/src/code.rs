//! Owns the unit as every smell sees it: functions, matches of the queries, words and lines, asked of the host once. Never judges.

use std::collections::BTreeMap;
use std::ops::Range;

use devflow_plugin::words::words;
use devflow_plugin::{Call, FormNode, Function, Measures};

use crate::grammar::{self, Tag};

/// How far back the marks before an item are looked for, in bytes.
const MAX_BEFORE_BYTES: usize = 2000;

/// One match of a query of [`grammar`].
#[derive(Clone, Debug)]
pub struct Match {
    /// What the query looks for.
    pub tag: Tag,
    captures: Vec<(String, Range<usize>)>,
}

impl Match {
    /// The first place of a capture.
    pub fn span(&self, name: &str) -> Option<Range<usize>> {
        self.captures.iter().find(|(known, _)| known == name).map(|(_, span)| span.clone())
    }
}

/// The unit.
#[derive(Debug)]
pub struct Code<'a> {
    /// Its text.
    pub text: &'a str,
    /// Its language.
    pub language: &'a str,
    /// Its functions, in the order of their place.
    pub functions: Vec<Function>,
    /// Facts of the whole.
    pub measures: Measures,
    /// Its form; empty where nothing in it repeats.
    pub form: Vec<FormNode>,
    matches: Vec<Match>,
    /// The function around each function.
    parents: Vec<Option<usize>>,
    words: BTreeMap<&'a str, Vec<usize>>,
    line_starts: Vec<usize>,
}

fn parents(functions: &[Function]) -> Vec<Option<usize>> {
    let mut open: Vec<usize> = Vec::new();
    let mut parents = Vec::with_capacity(functions.len());
    for (at, function) in functions.iter().enumerate() {
        while open.last().and_then(|last| functions.get(*last)).is_some_and(|last| last.span.end <= function.span.start) {
            open.pop();
        }
        parents.push(open.last().copied());
        open.push(at);
    }
    parents
}

impl<'a> Code<'a> {
    /// Asks the host for everything.
    ///
    /// # Errors
    /// The host's, when the syntax cannot be searched.
    pub fn read(call: &Call<'a>) -> Result<Self, String> {
        let text = call.unit.text.as_str();
        let language = call.unit.language.as_str();
        let (functions, measures) = (call.host.functions(), call.host.measure());
        let mut index: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        words(text).for_each(|(at, word)| index.entry(word).or_default().push(at));
        let mut line_starts = vec![0];
        line_starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        Ok(Self {
            text,
            language,
            parents: parents(&functions),
            functions,
            form: if measures.duplicates.is_empty() { Vec::new() } else { call.host.form() },
            measures,
            matches: matches(call, language)?,
            words: index,
            line_starts,
        })
    }

    /// The matches of one sort of query, in the order of their place.
    pub fn matches(&self, tag: Tag) -> impl Iterator<Item = &Match> {
        self.matches.iter().filter(move |found| found.tag == tag)
    }

    /// A part of the text; empty where there is none.
    pub fn slice(&self, span: &Range<usize>) -> &'a str {
        self.text.get(span.clone()).unwrap_or("")
    }

    /// The line of an offset, from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset)
    }

    /// First and last line of a span.
    pub fn lines(&self, span: &Range<usize>) -> (usize, usize) {
        (self.line(span.start), self.line(span.end.saturating_sub(1).max(span.start)))
    }

    /// First and last line of a span, in words.
    pub fn lines_in_words(&self, span: &Range<usize>) -> String {
        match self.lines(span) {
            (first, last) if first == last => format!("line {first}"),
            (first, last) => format!("lines {first} to {last}"),
        }
    }

    /// First byte of the line of an offset.
    pub fn line_start(&self, offset: usize) -> usize {
        self.line_starts.get(self.line(offset).saturating_sub(1)).copied().unwrap_or(0)
    }

    /// The text of the line of an offset.
    pub fn line_text(&self, offset: usize) -> &'a str {
        self.text.get(self.line_start(offset)..).and_then(|rest| rest.lines().next()).unwrap_or("")
    }

    /// The innermost function around an offset.
    pub fn function_at(&self, offset: usize) -> Option<usize> {
        let after = self.functions.partition_point(|function| function.span.range().start <= offset);
        let mut at = after.checked_sub(1);
        while let Some(index) = at {
            if self.functions.get(index)?.span.contains(offset) {
                return Some(index);
            }
            at = self.parents.get(index).copied().flatten();
        }
        None
    }

    /// The function around a function.
    pub fn parent(&self, function: usize) -> Option<usize> {
        self.parents.get(function).copied().flatten()
    }

    /// Lines of code of a function without those of the functions in it.
    pub fn own_lines(&self, function: usize) -> u32 {
        let inner = self.functions.iter().enumerate().filter(|(at, _)| self.parent(*at) == Some(function));
        let inner: u32 = inner.map(|(_, inner)| inner.code_lines).sum();
        self.functions.get(function).map_or(0, |function| function.code_lines.saturating_sub(inner))
    }

    /// Where a word stands.
    pub fn places(&self, word: &str) -> &[usize] {
        self.words.get(word).map_or(&[], Vec::as_slice)
    }

    /// Every word of the text.
    pub fn all_words(&self) -> impl Iterator<Item = &'a str> {
        self.words.keys().copied()
    }

    /// Whether an offset is in test code.
    pub fn is_test(&self, offset: usize) -> bool {
        self.measures.is_test(offset)
            || self.function_at(offset).and_then(|at| self.functions.get(at)).is_some_and(|function| function.is_test)
    }

    /// Whether an offset is in a comment.
    pub fn is_comment(&self, offset: usize) -> bool {
        let after = self.measures.comments.partition_point(|comment| comment.range().start <= offset);
        after.checked_sub(1).and_then(|at| self.measures.comments.get(at)).is_some_and(|comment| comment.contains(offset))
    }

    /// How a message names a function.
    pub fn subject(&self, function: &Function) -> String {
        match function.name.as_str() {
            "" => format!("the function of line {}", self.line(function.span.range().start)),
            name => format!("`{name}`"),
        }
    }

    /// The text from the start of the line of an item back to the end of the item before: attributes, annotations, modifiers.
    pub fn before(&self, offset: usize) -> &'a str {
        let nearest = (offset.saturating_sub(MAX_BEFORE_BYTES)..=offset).find(|at| self.text.is_char_boundary(*at)).unwrap_or(0);
        let text = self.text.get(nearest..offset).unwrap_or("");
        let start = text.rfind(['}', ';']).map_or(0, |at| at + 1);
        text.get(start..).unwrap_or("")
    }
}

fn matches(call: &Call<'_>, language: &str) -> Result<Vec<Match>, String> {
    let queries = grammar::queries(language);
    let texts: Vec<String> = queries.iter().map(|(_, text)| (*text).to_owned()).collect();
    let found = call.host.search_syntax(&texts)?;
    let mut matches: Vec<Match> = Vec::new();
    let mut group = None;
    for item in found.items {
        let Some((tag, _)) = queries.get(item.query as usize) else { continue };
        if group != Some(item.group) {
            matches.push(Match { tag: *tag, captures: Vec::new() });
            group = Some(item.group);
        }
        if let (Some(found_match), Some(name)) = (matches.last_mut(), found.names.get(item.name as usize)) {
            found_match.captures.push((name.clone(), item.span.range()));
        }
    }
    Ok(matches)
}
