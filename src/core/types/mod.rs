//! Owns the vocabulary of devflow: plain data that every other module speaks. Never touches anything but its arguments.

mod cancel;
mod coverage;
mod event;
mod finding;
mod hash;
mod language;
mod metrics;
mod money;
mod path;
mod project;
mod remedy;
mod role;
mod run;
mod score;
mod unit;

pub use cancel::CancelToken;
pub use coverage::{Coverage, Failure, GivenBy, SkipReason, Skipped, Stage};
pub use event::{FileState, RunEvent, RunEventKind, UnixMillis};
pub use finding::{
    Category, Dropped, Finding, MAX_QUOTE_CHARS, Origin, Reason, Related, Severity, SeverityCounts, Span, TextEdit, assign_fingerprints,
};
pub use hash::{Digest, KeyHasher, ParseDigestError};
pub use language::Language;
pub use metrics::{FileMetrics, FunctionMetrics, LineCounts};
pub use money::{Ticks, Usage};
pub use path::RelPath;
pub use project::{Document, Imported, Project, Repeat, SourceOutline, Symbol, SymbolKind, Unread};
pub use remedy::Remedy;
pub use role::{Custom, Files, Folders, Kind, NoFolders, Place, Role, customs};
pub use run::{
    AnswersUsed, Asking, Claimant, FileBody, FileResult, FileRow, FileSummary, Gate, GeneratedArtifact, GeneratedPatch, HereRow, Mode,
    Outcome, RepositoryState, RulesOff, RunDetails, RunId, RunReport, RunTotals,
};
pub use score::{Dimension, Scores};
pub use unit::{Artifact, Edit, Exchange, Hunk, Patch, Question, Scope, Unit};
