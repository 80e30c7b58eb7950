//! Functions of the user that may take part in a run: which files, in which order and groups, what becomes of findings and scores.

use super::found::FoundFile;
use crate::diag::Diagnostic;
use crate::types::{FileResult, FileRow, Finding, Severity};

/// What a hook makes of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It stays as it is.
    Keep,
    /// It is dropped, and counted as a dropped claim.
    Drop,
    /// It stays, with another severity or with a note.
    Change {
        /// Another severity, if there is one.
        severity: Option<Severity>,
        /// What is added to its message, if there is something.
        note: Option<String>,
    },
}

/// A mistake of the user in a hook.
pub type HookError = Box<Diagnostic>;

/// Functions of the user that take part in a run. One that is not there answers as if nobody had asked.
pub trait Hooks: Send + Sync {
    /// Whether a file is looked at.
    ///
    /// # Errors
    /// A mistake in the hook.
    fn keep(&self, file: &FoundFile) -> Result<bool, HookError>;
    /// How early a file is looked at: the highest first. None when all are equal.
    ///
    /// # Errors
    /// A mistake in the hook.
    fn priority(&self, file: &FoundFile) -> Result<Option<f64>, HookError>;
    /// The groups in which files are looked at, as places in `files`; files that are in none follow by themselves. None for the usual way.
    ///
    /// # Errors
    /// A mistake in the hook.
    fn group(&self, files: &[FoundFile]) -> Result<Option<Vec<Vec<usize>>>, HookError>;
    /// Whether [`Hooks::on_finding`] or [`Hooks::score`] is there, so that results have to be read.
    fn judges(&self) -> bool;
    /// What becomes of a finding.
    ///
    /// # Errors
    /// A mistake in the hook.
    fn on_finding(&self, path: &str, finding: &Finding) -> Result<Verdict, HookError>;
    /// Another overall score of a file, if there is one.
    ///
    /// # Errors
    /// A mistake in the hook.
    fn score(&self, row: &FileRow, result: &FileResult) -> Result<Option<f64>, HookError>;
}
