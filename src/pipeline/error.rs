//! Why a run cannot go on. Whatever concerns one file only is not an error but a part of the report.

use crate::diag::Diagnostic;

/// See the head of this file.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Nothing that was named is there.
    #[error("nothing that was named exists: {}", names.join(", "))]
    AllMissing {
        /// As they were written.
        names: Vec<String>,
    },
    /// A path, an override or an operation has a glob that cannot be read.
    #[error("`{glob}` is not a glob: {reason}")]
    Glob {
        /// As it was written.
        glob: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A nested file of settings, or a hook, is wrong.
    #[error("what the user wrote is wrong")]
    Mistakes(Vec<Diagnostic>),
    /// The threads cannot be started.
    #[error("cannot start threads: {0}")]
    Threads(String),
}
