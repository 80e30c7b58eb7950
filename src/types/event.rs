//! Owns what a run tells while it goes on: the only outward stream. Never prints.

use super::{Failure, FileRow, RelPath, Ticks};

/// What became of one file.
#[derive(Clone, Debug)]
pub enum FileState {
    /// Looked at now; the overall score, if it has one.
    Analyzed(Option<f64>),
    /// Taken from an earlier run.
    Reused(Option<f64>),
    /// Some of it could not be looked at.
    Failed,
}

/// One step of a run.
#[derive(Clone, Debug)]
pub enum RunEvent {
    /// The tree was walked.
    Discovered {
        /// Files that will be looked at.
        n_sources: usize,
        /// Files that will not.
        n_skipped: usize,
    },
    /// Files whose results an earlier run left.
    Reused {
        /// How many.
        n_files: usize,
    },
    /// A batch begins.
    BatchStarted {
        /// From 1.
        batch: usize,
        /// How many there will be.
        n_batches: usize,
    },
    /// Answers were looked up.
    Looked {
        /// Answers in the cache.
        hits: usize,
        /// Questions to be asked.
        misses: usize,
    },
    /// A file is done.
    File {
        /// Which.
        path: RelPath,
        /// What became of it.
        state: FileState,
    },
    /// A command is run in a scratch copy.
    Trying {
        /// With what, in words.
        what: String,
    },
    /// A file is done, with all that is known of it; only for those who want every row.
    Row(FileRow),
    /// Something failed; the run goes on.
    Failed(Failure),
    /// A request was paid.
    Paid {
        /// What the run has cost so far.
        total: Ticks,
    },
    /// Nothing came for a while, and that is no standstill.
    Waiting {
        /// For what, and for how long; in words.
        what: String,
    },
    /// Something that the user should know and that changes no result.
    Warning(String),
}
