//! All settings by key, before they are understood.

use std::collections::BTreeMap;

use super::bounds;
use super::origin::{Entry, wrong_value};
use super::value::Value;
use crate::diag::Diagnostic;

/// All settings of a run by key, before they are understood.
#[derive(Clone, Debug)]
pub struct Config {
    /// Keys such as `batch.size`, in alphabetical order.
    pub entries: BTreeMap<String, Entry>,
    /// What a project asked for and did not get.
    pub warnings: Vec<Diagnostic>,
}

impl Config {
    /// Puts an entry over what is known, unless it asks for more than whoever wrote it may.
    pub(super) fn take(&mut self, key: String, entry: Entry, default: &Value, diagnostics: &mut Vec<Diagnostic>) {
        let Some(value) = entry.value.coerce(default) else {
            diagnostics.push(wrong_value(&key, &entry, &format!("expected {}", default.kind())));
            return;
        };
        let entry = Entry { value, origin: entry.origin };
        match bounds::raises(&key, &entry, &self.entries) {
            Some(warning) => self.warnings.push(warning),
            None => drop(self.entries.insert(key, entry)),
        }
    }
}
