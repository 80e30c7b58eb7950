//! A file after its static part, with the units that the model may be asked about.

use std::sync::Arc;

use super::filter::ReadFile;
use super::found::FoundFile;
use super::generated::Generated;
use super::plan::PlannedOperation;
use crate::analyzer::{Redacted, Subject};
use crate::types::{Failure, FileMetrics, Finding, Question, SkipReason, Stage};

/// A file after its static part.
pub(super) struct Inspection {
    pub(super) read: ReadFile,
    /// The whole file, parsed.
    pub(super) subject: Arc<Subject>,
    pub(super) metrics: FileMetrics,
    pub(super) findings: Vec<Finding>,
    pub(super) generated: Generated,
    pub(super) units: Vec<UnitWork>,
    pub(super) failures: Vec<Failure>,
}

impl Inspection {
    /// Notes what went wrong with one operation on one unit.
    pub(super) fn fail(&mut self, operation: &PlannedOperation, unit: &str, error: String) {
        self.failures.push(operation.failure(self.read.file.path.clone(), Stage::Inspect, unit, error));
    }
}

/// What became of a file in the stage `inspect`.
pub(super) enum InspectionOutcome {
    File(Box<Inspection>),
    /// Declined, and when it was read.
    Skipped(FoundFile, i64, SkipReason),
    Failed(Failure),
    /// Nobody looked at it, since the run should end.
    LeftOut,
}

impl InspectionOutcome {
    /// What went wrong with it.
    pub(super) fn failures(&self) -> &[Failure] {
        match self {
            Self::File(file) => &file.failures,
            Self::Skipped(..) | Self::LeftOut => &[],
            Self::Failed(failure) => std::slice::from_ref(failure),
        }
    }
}

/// A unit that the model may be asked about.
pub(super) struct UnitWork {
    /// Which operation of the plan.
    pub(super) operation: usize,
    /// `file`, `lines 10-80` for a chunk, or `function add, lines 3-9`.
    pub(super) label: String,
    /// Where the text stands in the source.
    pub(super) start: usize,
    /// The text without secrets, as the analyzer and the model see it.
    pub(super) subject: Arc<Subject>,
    pub(super) redacted: Redacted,
    pub(super) question: Option<Question>,
}
