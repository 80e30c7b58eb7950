//! Where the steps of a run are written to, a line of JSON each.

use std::fs::File;
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

/// A file that is emptied by the first line that is written to it.
struct Lines {
    file: File,
    is_begun: bool,
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        // A pipe or a device has no length.
        if !self.is_begun && self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
        }
        self.is_begun = true;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
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
    /// Opens the file; what it held is gone with the first step, so that a command line with a mistake in it costs nothing.
    pub(super) fn open(path: &Path) -> Result<Self, Failed> {
        let out: Box<dyn Write + Send> = if is_stdout(path) {
            Box::new(std::io::stdout())
        } else {
            let open = File::options().write(true).create(true).truncate(false).open(path);
            let file = open.map_err(|error| Error::usage(format!("cannot write `{}`: {error}", path.display())))?;
            Box::new(Lines { file, is_begun: false })
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
