//! A source of the project with what its own row needs.

use std::ops::Range;

use super::filter::ReadFile;
use crate::analyzer::Subject;
use crate::syntax::outline;
use crate::types::{Digest, FileMetrics, SourceOutline};

/// A source of the project with what its own row needs.
pub(super) struct ProjectSource {
    pub(super) outline: SourceOutline,
    pub(super) comments: Vec<Range<usize>>,
    pub(super) metrics: FileMetrics,
    pub(super) sha256: Digest,
}

impl ProjectSource {
    /// Takes what is needed of a file that was looked at.
    pub(super) fn new(read: &ReadFile, subject: &Subject, metrics: FileMetrics) -> Self {
        let parsed = subject.parsed();
        let outline = outline(read.file.path.clone(), read.role, parsed, subject.unit.text.clone());
        Self { outline, comments: parsed.comments.clone(), metrics, sha256: read.sha256 }
    }
}
