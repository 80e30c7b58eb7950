//! Owns what can go wrong when git is asked.

/// What git would not tell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    /// It cannot be run.
    #[error("git cannot be run: {0}")]
    Missing(String),
    /// Git ended with an error, or its output is not complete; the text says which.
    #[error("git says: {0}")]
    Refused(String),
    /// It does not come to an end.
    #[error("git did not answer within {seconds} seconds; a pipe or a device may stand in the place of a file that it reads")]
    Late {
        /// How long it was waited for.
        seconds: u64,
    },
    /// A name that would be taken for a flag.
    #[error("`{0}` is no name of a commit")]
    Name(String),
    /// The histories of two commits do not meet in this clone.
    #[error("`{base}` and HEAD have no common commit here")]
    NoCommonCommit {
        /// As the user names it.
        base: String,
    },
    /// The text of a file as it was is not in this clone.
    #[error("the old text of `{path}` is not in this clone")]
    NoText {
        /// From the root of the repository.
        path: String,
    },
    /// A text that names no time.
    #[error("`{0}` is not a time; write `3 months ago`, `yesterday` or `2026-01-31`")]
    Time(String),
}

/// A text of a repository or a script as it may stand in a message: nothing in it steers a terminal.
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}
