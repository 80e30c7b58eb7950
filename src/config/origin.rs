//! Where a value came from, and mistakes at that place.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::value::Value;
use crate::diag::{Diagnostic, Excerpt, Gravity};

/// Where a value came from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// The defaults that are compiled into devflow.
    Default,
    /// A file of the user or the project.
    File {
        /// As the user knows it.
        name: Arc<str>,
        /// Its whole text, from which messages show an excerpt.
        text: Arc<str>,
        /// Bytes of the key.
        key: Range<usize>,
        /// Bytes of the value.
        value: Range<usize>,
        /// Whether the file came with the project, and not from the user.
        is_project: bool,
    },
    /// The environment variable of this name.
    Variable(String),
    /// The flag of this name.
    Flag(String),
    /// A script that runs.
    Script {
        /// Whether the script came with the project, and not from the user or with devflow.
        is_project: bool,
    },
}

impl Origin {
    /// The beginning of a file.
    pub(super) fn file(name: &str, text: &str, is_project: bool) -> Self {
        Self::File { name: name.into(), text: text.into(), key: 0..0, value: 0..0, is_project }
    }

    /// Whether it came with the project.
    pub fn is_project(&self) -> bool {
        matches!(self, Self::File { is_project: true, .. } | Self::Script { is_project: true })
    }
}

impl PartialEq for Origin {
    /// By what a user sees of it: file and line, variable, flag.
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { name, text, key, .. } => {
                let line = text[..key.start].matches('\n').count() + 1;
                write!(f, "{name}:{line}")
            }
            Self::Variable(name) => write!(f, "${name}"),
            Self::Flag(name) => f.write_str(name),
            Self::Script { .. } => f.write_str("the script"),
        }
    }
}

impl Origin {
    pub(super) fn at(&self, key: Range<usize>, value: Range<usize>) -> Self {
        match self {
            Self::File { name, text, is_project, .. } => {
                Self::File { name: name.clone(), text: text.clone(), key, value, is_project: *is_project }
            }
            other => other.clone(),
        }
    }
}

impl Origin {
    /// Points at the key or at the value, wherever it was written.
    pub fn diagnostic(&self, code: &'static str, message: String, label: String, at_key: bool) -> Diagnostic {
        let gravity = Gravity::Error;
        match self {
            Self::File { name, text, key, value, .. } => {
                let range = if at_key { key.clone() } else { value.clone() };
                let excerpt = Excerpt { name: name.to_string(), text: text.to_string(), range, label };
                Diagnostic { gravity, code, message, excerpt: Some(excerpt), hint: None }
            }
            other => {
                let hint = (!label.is_empty()).then_some(label);
                Diagnostic { gravity, code, message: format!("{message} ({other})"), excerpt: None, hint }
            }
        }
    }
}

/// One value with the place it came from.
#[derive(Clone, Debug)]
pub struct Entry {
    /// As it was written; in the settings in force, brought to the kind of the default.
    pub value: Value,
    /// The line, variable, flag or script that set the value.
    pub origin: Origin,
}

/// The mistake of a value that a setting cannot have.
pub(super) fn wrong_value(key: &str, entry: &Entry, expected: &str) -> Diagnostic {
    entry.origin.diagnostic("wrong-value", format!("`{key}` cannot be {}", entry.value), expected.to_owned(), false)
}
