//! Owns exit statuses, and the hints that tell a user what to do about an error. Never prints.

use std::process::ExitCode;

use crate::diag::Diagnostic;
use crate::pipeline::RunError;
use crate::store::StoreError;

/// How the program ends. 101 is Rust's own for a panic, 130 that of an interrupted run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// All looked at, no gate hit.
    Fine,
    /// A gate hit.
    Gate,
    /// Wrong usage or configuration.
    Usage,
    /// Something that should have been looked at was not.
    Incomplete,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Fine => 0,
            Status::Gate => 1,
            Status::Usage => 2,
            Status::Incomplete => 3,
        })
    }
}

/// Why the program stops early.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) status: Status,
    message: String,
    hint: Option<String>,
    diagnostics: Vec<Diagnostic>,
}

impl Failed {
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self { status: Status::Usage, message: message.into(), hint: None, diagnostics: Vec::new() }
    }

    pub(super) fn incomplete(message: impl Into<String>) -> Self {
        Self { status: Status::Incomplete, ..Self::usage(message) }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What is wrong in files, and everything in one line.
    pub(super) fn into_parts(self) -> (Vec<Diagnostic>, String) {
        let words = self.words();
        (self.diagnostics, words)
    }

    /// In one line, for a place where more would not fit.
    pub(super) fn words(&self) -> String {
        let mistake = |diagnostic: &Diagnostic| {
            let label = diagnostic.excerpt.as_ref().map(|excerpt| excerpt.label.clone()).filter(|label| !label.is_empty());
            let place = diagnostic.excerpt.as_ref().map_or(String::new(), |excerpt| {
                let line = excerpt.text[..excerpt.range.start].matches('\n').count() + 1;
                format!("{}:{line}: ", excerpt.name)
            });
            [Some(format!("{place}{}", diagnostic.message)), label, diagnostic.hint.clone()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join("; ")
        };
        if !self.diagnostics.is_empty() {
            return self.diagnostics.iter().map(mistake).collect::<Vec<_>>().join(", and ");
        }
        self.hint.as_ref().map_or(self.message.clone(), |hint| format!("{}; {hint}", self.message))
    }

    /// Text for standard error, without a final line end.
    pub(super) fn render(&self, color: bool) -> String {
        if !self.diagnostics.is_empty() {
            return self.diagnostics.iter().map(|diagnostic| diagnostic.render(color)).collect::<Vec<_>>().join("\n");
        }
        let hint = self.hint.as_ref().map_or(String::new(), |hint| format!("\n  hint: {hint}"));
        let error = if color { "\u{1b}[1;31merror\u{1b}[0m" } else { "error" };
        format!("{error}: {}{hint}", self.message)
    }
}

impl From<Vec<Diagnostic>> for Failed {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics, ..Self::usage("") }
    }
}

/// An error with all its causes on one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// What to do about a database that cannot be used.
pub(super) fn store_hint(error: &StoreError) -> String {
    match error {
        StoreError::Damaged { path, .. } => format!(
            "move `{}` away; answers and results are made again; docs/store.md says how to get costs and runs out of the old file",
            path.display()
        ),
        StoreError::Newer { .. } => "update devflow, or name another folder with `--home`".to_owned(),
        StoreError::Foreign { .. } => "name another folder with `--home`".to_owned(),
        StoreError::Locked { .. } => "wait until the other process is done, or name another folder with `--home`".to_owned(),
        StoreError::Folder { .. } | StoreError::Unwritable { .. } | StoreError::Sqlite { .. } => {
            "name a folder that can be written to with `--home` or `DEVFLOW_HOME`".to_owned()
        }
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::usage(chain(&error)).hint(store_hint(&error))
    }
}

impl From<RunError> for Failed {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Threads(_) => Self::incomplete(chain(&error)),
            RunError::Mistakes(diagnostics) => Self::from(diagnostics),
            RunError::AllMissing { .. } | RunError::Glob { .. } => Self::usage(chain(&error)),
        }
    }
}
