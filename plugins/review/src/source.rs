//! Owns what a rule sees of a unit: text, functions, measures, matches. Never talks to the host.

use std::ops::Range;

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
}

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
    /// The innermost function around a byte offset.
    pub fn function_at(&self, offset: usize) -> Option<&Function> {
        self.functions.iter().filter(|f| f.span.contains(&offset)).min_by_key(|f| f.span.len())
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
        let after = self.measures.comments.partition_point(|span| span.start <= offset);
        after > 0 && self.measures.comments[after - 1].contains(&offset)
    }
}
