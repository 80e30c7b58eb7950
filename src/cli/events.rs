//! Where the steps of a run are written to, a line of JSON each.

use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::args::RunArgs;
use super::exit::{Failed, usage};
use crate::project::Error;
use crate::project::reports::Output;
use crate::types::RunEvent;

/// See the head of this file.
pub(super) struct Events {
    shown: String,
    /// None after a line that could not be written: a reader that has gone away ends no run.
    out: Mutex<Option<Box<dyn Write + Send>>>,
}

/// Whether a name stands for standard output.
fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// Whether the events take standard output, so that nothing else may go there.
pub(super) fn take_stdout(args: &RunArgs) -> bool {
    args.events.as_deref().is_some_and(is_stdout)
}

/// # Errors
/// Events and a report are to go into one file, where one of them would be lost.
pub(super) fn check_files(args: &RunArgs, outputs: &[Output]) -> Result<(), Failed> {
    let real = |path: &Path| path.canonicalize().ok();
    let events = args.events.as_deref().filter(|path| !is_stdout(path)).and_then(real);
    match outputs.iter().find(|output| events.is_some() && real(&output.path) == events) {
        Some(output) => Err(usage(format!("`--events` and `--output` both name `{}`", output.shown), "give each its own file")),
        None => Ok(()),
    }
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
