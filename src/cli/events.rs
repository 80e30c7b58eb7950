//! Where the steps of a run are written to, a line of JSON each.

use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::exit::Failed;
use crate::project::Error;
use crate::types::RunEvent;

/// See the head of this file.
pub(super) struct Events {
    shown: String,
    /// None after a line that could not be written: a reader that has gone away ends no run.
    out: Mutex<Option<Box<dyn Write + Send>>>,
}

/// Whether a name stands for standard output.
pub(super) fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

impl Events {
    /// Opens the file; what it held is gone.
    #[expect(clippy::disallowed_methods, reason = "the file of events is made here")]
    pub(super) fn open(path: &Path) -> Result<Self, Failed> {
        let out: Box<dyn Write + Send> = if is_stdout(path) {
            Box::new(std::io::stdout())
        } else {
            Box::new(std::fs::File::create(path).map_err(|error| Error::usage(format!("cannot write `{}`: {error}", path.display())))?)
        };
        Ok(Self { shown: path.display().to_string(), out: Mutex::new(Some(out)) })
    }

    /// Writes a step. Gives what to say when no more can be written.
    pub(super) fn write(&self, event: &RunEvent) -> Option<String> {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let line = serde_json::to_string(event).ok()?;
        let error = writeln!(out.as_mut()?, "{line}").err()?;
        *out = None;
        Some(format!("warning: no more events are written to `{}`: {error}", self.shown))
    }
}
