//! What a run tells while it goes on: the only outward stream, as data. Terminal, JSON lines and files of events are made from it.

use serde::{Deserialize, Serialize};

use super::{Failure, FileRow, Outcome, RelPath, RunId, Ticks};

/// A time in milliseconds since 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEvent {
    /// The run that tells it.
    pub run: RunId,
    /// Its place among the events of the run, from 1, without gaps.
    pub seq: u64,
    /// When it happened, in milliseconds since 1970, UTC.
    pub at: UnixMillis,
    /// What happened: its name stands as `kind` beside the other fields.
    #[serde(flatten)]
    pub kind: RunEventKind,
}

/// What became of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileState {
    /// Analyzed by this run, completely.
    Analyzed,
    /// Taken from an earlier run.
    Reused,
    /// Some of it could not be looked at.
    Failed,
}

/// What happened in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum RunEventKind {
    /// The run begins: the first event of every run.
    Started {
        /// Such as `review:file`.
        operations: Vec<String>,
        /// Whether the model takes part, so that the run may cost money.
        asks_model: bool,
    },
    /// The tree was walked.
    Discovered {
        /// Files that will be looked at.
        n_sources: usize,
        /// Files that will not.
        n_skipped: usize,
    },
    /// Files whose results an earlier run left.
    Reused {
        /// Number of those files.
        n_files: usize,
    },
    /// The next batch of files begins.
    BatchStarted {
        /// From 1.
        batch: usize,
        /// How many there will be.
        n_batches: usize,
    },
    /// Answers were looked up.
    AnswersLookedUp {
        /// Answers in the cache.
        hits: usize,
        /// Questions to be asked.
        misses: usize,
    },
    /// A file is done.
    File {
        /// From the root of the project.
        path: RelPath,
        /// What became of it.
        state: FileState,
        /// Its overall score; none for a file that has none.
        score: Option<f64>,
    },
    /// A command is run in a scratch copy.
    Trying {
        /// With what, in words.
        what: String,
    },
    /// A file is done, with all that is known of it; only for listeners that want every row.
    Row {
        /// What the report will have of it.
        row: Box<FileRow>,
    },
    /// Something failed; the run goes on.
    Failed {
        /// As the coverage of the report has it.
        failure: Failure,
    },
    /// A request was paid.
    Paid {
        /// What the run has cost so far, in ticks of 1e-10 USD.
        total: Ticks,
    },
    /// Nothing came for a while, and that is not a standstill.
    Waiting {
        /// For what, and for how long; in words.
        what: String,
    },
    /// Something that the user should know and that changes no result.
    Warning {
        /// What the user should know, without a word such as `warning` before it.
        text: String,
    },
    /// Somebody wants the run to end: nothing more is sent, and what is on its way is waited for.
    Cancelling {
        /// Requests on their way.
        n_requests: usize,
        /// Longest time that they are waited for, in seconds.
        wait_s: u64,
    },
    /// The run cannot go on; there is no report.
    Aborted {
        /// The error that ended the run.
        reason: String,
    },
    /// The run is over.
    Ended {
        /// The outcome of the report.
        outcome: Outcome,
        /// What this run cost, in ticks of 1e-10 USD.
        cost: Ticks,
    },
}
