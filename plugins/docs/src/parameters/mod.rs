//! Owns reading which parameters a documentation describes, in the styles of the languages. Never compares them with a function.

mod sections;
mod tags;

use std::ops::Range;

use devflow_plugin::words::{is_name, is_name_char};

use crate::unit::{Doc, Form};

/// The parameters that a documentation describes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// Names in the order of the text, each with its place in the unit.
    pub names: Vec<(String, Range<usize>)>,
    /// Everything was understood, so what is not named is not described.
    pub is_whole: bool,
}

/// One line of a documentation.
#[derive(Clone, Copy)]
struct Line<'a> {
    /// Where it begins in the unit.
    start: usize,
    text: &'a str,
}

impl<'a> Line<'a> {
    fn indent(&self) -> usize {
        self.text.chars().take_while(|c| c.is_whitespace()).count()
    }

    fn trimmed(&self) -> &'a str {
        self.text.trim()
    }

    /// The place of a part of this line.
    fn place(&self, part: &str) -> Range<usize> {
        let offset = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let start = self.start + offset.min(self.text.len());
        start..start + part.len()
    }
}

/// Reads the documentation `doc` of a function in `text`.
pub fn described(language: &str, text: &str, doc: &Doc) -> Described {
    let lines: Vec<Line<'_>> =
        doc.lines.iter().map(|line| Line { start: line.start, text: text.get(line.clone()).unwrap_or("").trim_end() }).collect();
    match (language, doc.form) {
        ("rust", _) => sections::rust(&lines),
        ("python", Form::Docstring) => sections::python(&lines),
        ("go", _) | (_, Form::Informal) => Described::default(),
        ("c" | "cpp", _) => tags::doxygen(&lines),
        ("java" | "kotlin", _) => tags::javadoc(&lines),
        ("javascript" | "typescript" | "tsx", _) => tags::jsdoc(&lines),
        _ => Described::default(),
    }
}

/// The name at the beginning of a text, with dots and stars before it cut off; nothing when it is none.
fn name_at_start(text: &str) -> Option<&str> {
    let text = text.trim_start().trim_start_matches(['*', '.', '\\']);
    let end = text.find(|c: char| !is_name_char(c)).unwrap_or(text.len());
    text.get(..end).filter(|name| is_name(name))
}
