//! Writing: results to standard output, everything else to standard error.

use std::io::{ErrorKind, Write as _};

use super::exit::Failed;
use crate::project::Error;

/// Writes a result. A reader that has gone away (`| head`) is no error.
pub(super) fn result(text: &str) -> Result<(), Failed> {
    match std::io::stdout().lock().write_all(text.as_bytes()).and_then(|()| std::io::stdout().lock().flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::incomplete(format!("cannot write the result: {error}")).into()),
        _ => Ok(()),
    }
}

pub(super) fn note(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}
