//! Owns the result of a run: what was found, what was made, what it cost.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::coverage::{Coverage, Failure};
use super::score::Scores;
use super::{Digest, Dropped, Edit, FileMetrics, Finding, Language, RelPath, Remedy, Role, SeverityCounts, Ticks, Usage};

/// Names one run: its start in UTC and eight random digits, such as `20261122T101500Z-1f0c2ab4`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which repository a run looked at, whatever checkout it stood in, and in which state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryState {
    /// The same for every checkout: `id:` and `project.id` of the settings; else the address of `origin`, such as `github.com/owner/name`,
    /// with a colon and the folder of the project in it; else `path:` and the root of the project.
    pub id: String,
    /// The branch; none for a detached head, or without git.
    pub branch: Option<String>,
    /// The commit, as hexadecimal digits; none before the first, or without git.
    pub commit: Option<String>,
}

/// Whether the model took part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Rules and metrics only.
    Static,
    /// The model was asked, or its kept answers were used.
    Model,
}

impl Mode {
    /// The name in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Model => "model",
        }
    }

    /// The mode called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Static, Self::Model].into_iter().find(|mode| mode.name() == name)
    }
}

/// The honest end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Everything was looked at and nothing was found.
    Clean,
    /// Everything was looked at and something was found.
    Findings,
    /// Something that should have been looked at was not.
    Incomplete,
    /// There was nothing to look at: no file was analysed, and none should have been.
    Nothing,
}

impl Outcome {
    /// The outcome called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Clean, Self::Findings, Self::Incomplete, Self::Nothing].into_iter().find(|outcome| outcome.name() == name)
    }

    /// The name in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Findings => "findings",
            Self::Incomplete => "incomplete",
            Self::Nothing => "nothing",
        }
    }
}

/// Everything that is known about one file and kept for later runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FileResult {
    /// Lines by kind, and measures of each function.
    pub metrics: FileMetrics,
    /// What rules and the model found, in the order of their places in the file.
    pub findings: Vec<Finding>,
    /// Claims of the model that were not taken.
    #[serde(default)]
    pub dropped: Vec<Dropped>,
    /// Claims of the model that a rule had made before, so that they became part of its finding.
    #[serde(default)]
    pub merged: u32,
    /// `None` when something about the file failed.
    pub scores: Option<Scores>,
    /// The answers that went into it.
    #[serde(default)]
    pub answers: AnswersUsed,
    /// What was generated for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<GeneratedArtifact>,
    /// Changes of it, each of which fits and leaves a file that parses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<GeneratedPatch>,
}

/// Who claims or makes something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Claimant {
    /// Id of the analyzer, such as `review`.
    pub analyzer: String,
    /// Operation of the analyzer, such as `file`.
    pub operation: String,
}

/// An artifact that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneratedArtifact {
    /// The analyzer and the operation that generated it.
    #[serde(flatten)]
    pub by: Claimant,
    /// A path inside the folder that artifacts are written to; `{dir}`, `{stem}` and `{ext}` stand for the parts of the file's path.
    pub name: String,
    /// Such as `text/markdown`.
    pub media_type: String,
    /// Content of the generated file.
    pub body: String,
    /// What it is about: functions, for tests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// The command that passed with it, if one was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<String>,
}

impl GeneratedArtifact {
    /// Its path for a file of the project.
    pub fn path_for(&self, path: &RelPath) -> String {
        let directory = path.directory();
        let file = path.as_str().rsplit('/').next().unwrap_or("");
        let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
        let filled = self.name.replace("{stem}", stem).replace("{ext}", extension);
        match directory {
            // A file outside of the project has no place in it.
            directory if directory == "." || directory.starts_with('/') => filled.replace("{dir}/", "").replace("{dir}", ""),
            directory => filled.replace("{dir}", directory),
        }
    }
}

/// A change of a file that was checked: it fits, and the result parses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneratedPatch {
    /// The analyzer and the operation that generated it.
    #[serde(flatten)]
    pub by: Claimant,
    /// What the change does, in one line.
    pub title: String,
    /// Each fits exactly once.
    pub edits: Vec<Edit>,
    /// The same as a unified diff, without file names.
    pub diff: String,
    /// The command that passed with it, if one was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<String>,
}

/// Answers of the model that went into a result, and what they had cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswersUsed {
    /// Number of answers.
    pub count: u32,
    /// Together, when they were paid.
    pub cost: Ticks,
}

/// What the summary of a run needs of one file; a whole tree of them stays in memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileSummary {
    /// Its language; a document, such as a manifest, has none.
    pub language: Option<Language>,
    /// How it is used.
    pub role: Role,
    /// Hash of its bytes.
    pub sha256: Digest,
    /// Lines that hold code, whether or not a comment follows.
    pub code_lines: u32,
    /// `None` when something about the file failed.
    pub scores: Option<Scores>,
    /// Number of findings of each severity.
    pub counts: SeverityCounts,
    /// Findings that cannot wait; see [`Finding::is_urgent`].
    pub urgent: u32,
    /// Claims of the model that were not taken.
    pub dropped: u32,
    /// Places that do not parse.
    pub parse_errors: u32,
    /// The answers that went into it.
    pub answers: AnswersUsed,
    /// `analyzer/rule` and how often, one a line: `review/eval 2`.
    pub rules: String,
}

impl FileSummary {
    /// Whether somebody should look at the file: for a finding that cannot wait, or an overall score below a limit.
    pub fn needs_attention(&self, below: f64) -> bool {
        self.urgent > 0 || self.scores.is_some_and(|scores| scores.overall < below)
    }
}

/// One file of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileRow {
    /// The file, from the root of the project.
    pub path: RelPath,
    /// Whether an earlier run left the result.
    pub reused: bool,
    /// What the summary needs.
    pub summary: FileSummary,
    /// Where the store has the [`FileResult`], or the result itself when it must not be kept.
    pub body: FileBody,
}

/// Where the full result of a file is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileBody {
    /// Row of the store.
    Stored(i64),
    /// Incomplete, so it is kept nowhere but here.
    Here(Box<FileResult>),
}

/// What a run needs to be shown again, beside its manifest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunDetails {
    /// See [`Coverage::found`].
    pub found: usize,
    /// See [`Coverage::analyzed`].
    pub analyzed: usize,
    /// See [`Coverage::reused`].
    pub reused: usize,
    /// See [`Coverage::failed`].
    pub failed: Vec<Failure>,
    /// See [`RunReport::gate`].
    pub gate: Gate,
    /// See [`RunReport::misses`].
    pub misses: usize,
    /// See [`RunReport::usage`].
    pub usage: Usage,
    /// See [`RunReport::artifacts`].
    pub artifacts: Vec<GeneratedArtifact>,
    /// See [`RunReport::dropped`].
    pub dropped: Vec<Dropped>,
    /// See [`RunReport::operations`].
    #[serde(default)]
    pub operations: Vec<String>,
    /// See [`RunReport::rules_off`].
    #[serde(default)]
    pub rules_off: Vec<RulesOff>,
    /// See [`RunReport::is_judged`].
    #[serde(default)]
    pub is_judged: bool,
    /// See [`RunReport::asking`].
    #[serde(default)]
    pub asking: Asking,
    /// Files whose results are kept nowhere else.
    pub here: Vec<HereRow>,
}

/// Files for which rules were off, or some analyzers did not look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RulesOff {
    /// Globs, relative to `folder`.
    pub paths: Vec<String>,
    /// Relative to the root of the project; empty for the root.
    pub folder: String,
    /// Rules that were off, by `analyzer/rule` or by name.
    pub rules: Vec<String>,
    /// Analyzers that looked, and no others; null for all.
    pub analyzers: Option<Vec<String>>,
}

/// A file of a run whose result must not be used again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HereRow {
    /// The file, from the root of the project.
    pub path: RelPath,
    /// Name of its language; a document has none.
    pub language: Option<Language>,
    /// How it is used.
    pub role: Role,
    /// Hash of its bytes.
    pub sha256: Digest,
    /// Its result, without the measures of its functions.
    pub result: FileResult,
}

/// What there is to say of a run's questions, beside what they used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    /// What would have let the run ask on, where it had to stop.
    #[serde(default)]
    pub remedy: Option<Remedy>,
    /// Whether requests were made whose price is not known.
    #[serde(default)]
    pub is_unpriced: bool,
    /// Texts that were replaced in the questions since they have the form of a secret or stand in its place.
    #[serde(default)]
    pub redacted: u32,
}

/// Whether a gate was hit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gate {
    /// No gate was hit (or there is none).
    pub passed: bool,
    /// Why it was hit, one line each; empty when it passed.
    pub reasons: Vec<String>,
}

/// Sums over a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunTotals {
    /// Of the scored files together, as `devflow::score::of_run` has it; `None` when there is none.
    pub scores: Option<Scores>,
    /// The worst of each, over the scored files.
    pub worst: Option<Scores>,
    /// Number of findings of each severity.
    pub counts: SeverityCounts,
    /// Claims of the model that were not taken.
    pub dropped: u32,
    /// Files with a finding.
    pub files_with_findings: usize,
    /// Rules that recur in three files or more: rule, and in how many files.
    pub patterns: Vec<(String, usize)>,
    /// How often each rule spoke.
    pub rules: BTreeMap<String, u32>,
}

/// The result of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunReport {
    /// Id of the run, under which the store keeps it.
    pub id: RunId,
    /// Start, in RFC 3339, UTC.
    pub started_at: String,
    /// Wall time in milliseconds.
    pub duration_ms: u64,
    /// Whether everything was analyzed, and whether something was found.
    pub outcome: Outcome,
    /// Whether the model took part.
    pub mode: Mode,
    /// Whether a gate was hit.
    pub gate: Gate,
    /// What was looked at.
    pub coverage: Coverage,
    /// Scores, counts and recurring rules of all files together.
    pub totals: RunTotals,
    /// Requests, tokens and money of this run alone.
    pub usage: Usage,
    /// Questions answered from the cache, those behind reused results included.
    pub hits: usize,
    /// Questions for which no answer was kept.
    pub misses: usize,
    /// What the hits had cost when they were paid.
    pub saved: Ticks,
    /// Files with a result, sorted by path.
    pub files: Vec<FileRow>,
    /// What was generated for the project as a whole.
    pub artifacts: Vec<GeneratedArtifact>,
    /// Claims about the project as a whole that were not taken.
    pub dropped: Vec<Dropped>,
    /// What was run, as `analyzer:operation`; empty where it was not noted.
    pub operations: Vec<String>,
    /// Where rules were off; a later one counts over an earlier one.
    pub rules_off: Vec<RulesOff>,
    /// Whether a script judged the findings, and may have dropped some.
    pub is_judged: bool,
    /// What there is to say of its questions.
    pub asking: Asking,
}
