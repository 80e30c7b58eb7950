//! Owns how a mistake in a script is shown: its place, and the calls that led there.

use std::ops::Range;

use rhai::{EvalAltResult, ParseError, Position};

use super::limits::{MAX_CALLS, MAX_OPERATIONS};
use crate::diag::{Diagnostic, Excerpt, Gravity};

/// A script as the user knows it.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
}

impl<'a> Source<'a> {
    /// `text` may begin with a byte order mark, which some editors write.
    pub(super) fn new(name: &'a str, text: &'a str) -> Self {
        Self { name, text: text.strip_prefix('\u{feff}').unwrap_or(text) }
    }

    /// A mistake that the script shows without running.
    pub(super) fn parse_mistake(&self, error: &ParseError) -> Diagnostic {
        self.mistake(error.position(), &error.err_type().to_string())
    }

    /// The innermost mistake, and below it the calls that led there.
    pub(super) fn run_mistake(&self, error: &EvalAltResult) -> Diagnostic {
        let mut chain = Vec::new();
        let mut inner = error;
        while let EvalAltResult::ErrorInFunctionCall(function, _, cause, position) = inner {
            chain.push(format!("`{function}`, called in line {}", position.line().unwrap_or(0)));
            inner = cause;
        }
        chain.reverse();
        let message = match inner {
            EvalAltResult::ErrorRuntime(value, _) => value.to_string(),
            EvalAltResult::ErrorTerminated(value, _) => value.to_string(),
            EvalAltResult::ErrorTooManyOperations(_) => format!("it took more than {MAX_OPERATIONS} steps"),
            EvalAltResult::ErrorStackOverflow(_) => format!("more than {MAX_CALLS} calls inside of each other"),
            other => {
                let shown = other.to_string();
                // The place is told by itself.
                shown.rsplit_once(" (line ").map_or(shown.clone(), |(message, _)| message.to_owned())
            }
        };
        let mut mistake = self.mistake(inner.position(), &message);
        mistake.hint = (!chain.is_empty()).then(|| format!("in {}", chain.join(", in ")));
        mistake
    }

    /// A mistake at a place, if it has one.
    pub(super) fn mistake(&self, position: Position, message: &str) -> Diagnostic {
        self.mistake_in(self.word(position), message)
    }

    /// A mistake in these bytes, if it has a place.
    pub(super) fn mistake_in(&self, range: Option<Range<usize>>, message: &str) -> Diagnostic {
        let excerpt = range.map(|range| Excerpt { name: self.name.to_owned(), text: self.text.to_owned(), range, label: String::new() });
        Diagnostic { gravity: Gravity::Error, code: "script", message: first_lower(message), excerpt, hint: None }
    }

    /// Where the text of a place begins, and where its line ends.
    pub(super) fn offset(&self, position: Position) -> Option<(usize, usize)> {
        let line = position.line()?;
        let start: usize = self.text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let end = self.text[start..].find('\n').map_or(self.text.len(), |length| start + length);
        let column = position.position().unwrap_or(1).max(1);
        let at = self.text[start..end].char_indices().nth(column - 1).map_or(end, |(at, _)| start + at);
        Some((at, end))
    }

    /// The word, the quoted text or the sign at a place.
    fn word(&self, position: Position) -> Option<Range<usize>> {
        let (at, end) = self.offset(position)?;
        let rest = &self.text[at..end];
        let quoted = rest.strip_prefix('"').and_then(|rest| rest.find('"')).map(|length| length + 2);
        let word = || rest.find(|c: char| !c.is_alphanumeric() && c != '_').filter(|length| *length > 0);
        let mut stop = (at + quoted.or_else(word).unwrap_or(1)).min(end);
        while !self.text.is_char_boundary(stop) {
            stop += 1;
        }
        Some(at..stop)
    }
}

fn first_lower(message: &str) -> String {
    let mut chars = message.chars();
    match chars.next() {
        Some(first) if !message.chars().nth(1).is_some_and(char::is_uppercase) => first.to_lowercase().chain(chars).collect(),
        _ => message.to_owned(),
    }
}
