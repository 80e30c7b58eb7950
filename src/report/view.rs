//! Owns the view model: the stable JSON document `devflow.run/1`. It grows by optional fields only.

use schemars::JsonSchema;
use serde::Serialize;

use crate::score::{Ranked, percentile, ranked_of};
use crate::types::{
    Claimant, Digest, Dropped, Failure, FileResult, FileRow, Finding, FunctionMetrics, Gate, GeneratedArtifact, GeneratedPatch, Language,
    Mode, Outcome, RelPath, Role, RulesOff, RunReport, Scores, SeverityCounts, Skipped,
};

/// A whole run. See `docs/run.schema.json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Document<'a> {
    /// Always `devflow.run/1`.
    pub schema: &'static str,
    /// Id, start, duration, outcome and gate.
    pub run: RunView<'a>,
    /// What was looked at.
    pub coverage: CoverageView<'a>,
    /// Scores, counts and recurring rules of all files together.
    pub summary: SummaryView<'a>,
    /// Requests, tokens and money, and what the cache saved.
    pub cost: CostView,
    /// Files with a result, sorted by path.
    pub files: Vec<FileView<'a>>,
    /// What was generated for the project as a whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<ArtifactView<'a>>,
    /// Claims about the project as a whole that did not hold.
    #[serde(skip)]
    pub dropped: &'a [Dropped],
}

/// A document without its files, for the last line of a stream.
#[derive(Debug, Serialize)]
pub struct WithoutFiles<'a> {
    schema: &'static str,
    run: &'a RunView<'a>,
    coverage: &'a CoverageView<'a>,
    summary: &'a SummaryView<'a>,
    cost: &'a CostView,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    artifacts: &'a [ArtifactView<'a>],
}

impl<'a> Document<'a> {
    /// Everything but the files.
    pub fn without_files(&'a self) -> WithoutFiles<'a> {
        let Self { schema, run, coverage, summary, cost, artifacts, .. } = self;
        WithoutFiles { schema, run, coverage, summary, cost, artifacts }
    }
}

/// When a run took place, how it ended, and what it ran.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunView<'a> {
    /// Id of the run, such as `20261122T101500Z-1f0c2ab4`.
    pub id: &'a str,
    /// Start, in RFC 3339, UTC.
    pub started_at: &'a str,
    /// Wall time in milliseconds.
    pub duration_ms: u64,
    /// Whether everything was analyzed, and whether something was found.
    pub outcome: Outcome,
    /// Whether the model took part.
    pub mode: Mode,
    /// Whether a gate was hit.
    pub gate: &'a Gate,
    /// What was run, as `analyzer:operation`; empty for a run that an older devflow kept.
    pub operations: &'a [String],
    /// Where rules were off; a later one counts over an earlier one.
    pub rules_off: &'a [RulesOff],
    /// Whether a script judged the findings, and may have dropped some.
    pub is_judged: bool,
}

/// Which files a run analyzed, and which it did not.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CoverageView<'a> {
    /// Files that were found.
    pub found: usize,
    /// Files that this run analyzed completely.
    pub analyzed: usize,
    /// Looked at by an earlier run.
    pub reused: usize,
    /// Files that the filter declined, by path, each with its reason.
    pub skipped: &'a [Skipped],
    /// What should have been looked at and was not.
    pub failed: &'a [Failure],
}

/// Scores and findings of all files together.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SummaryView<'a> {
    /// Of all files together; see `docs/scoring.md`.
    pub score: Option<Scores>,
    /// The worst of each score.
    pub worst: Option<Scores>,
    /// Number of findings of each severity.
    pub findings: SeverityCounts,
    /// Claims that did not hold.
    pub dropped: u32,
    /// Rules that spoke in three files or more.
    pub patterns: Vec<PatternView<'a>>,
}

/// A rule that recurs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PatternView<'a> {
    /// `analyzer/rule`
    pub rule: &'a str,
    /// In how many files.
    pub files: usize,
    /// How many findings it has in all files together.
    pub findings: u32,
}

/// What a run used and cost, and what kept answers saved.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CostView {
    /// Requests that were sent, tries included.
    pub requests: u64,
    /// As the server counted them.
    pub input_tokens: u64,
    /// Of these, from its cache.
    pub cached_tokens: u64,
    /// As the server counted them, reasoning included.
    pub output_tokens: u64,
    /// What this run cost.
    pub usd: f64,
    /// Answers that were kept.
    pub hits: usize,
    /// Questions that were asked.
    pub misses: usize,
    /// What the kept answers had cost.
    pub saved_usd: f64,
    /// Whether the price of the model is known; `usd` says nothing of requests where it is not.
    pub is_priced: bool,
    /// Texts that were replaced in what was sent, since they have the form of a secret or stand in its place.
    pub redacted: u32,
}

/// A file with its result.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FileView<'a> {
    /// From the root of the project.
    pub path: &'a RelPath,
    /// Present and true when `path` has escapes: for what is not UTF-8, control characters, and names that look escaped themselves.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub path_is_escaped: bool,
    /// Its language; `document` for one that is no source.
    pub language: &'static str,
    /// How it is used.
    pub role: Role,
    /// Hash of its bytes.
    #[schemars(with = "String")]
    pub sha256: Digest,
    /// Whether an earlier run left the result.
    pub reused: bool,
    /// Lines that hold code, whether or not a comment follows.
    pub code_lines: u32,
    /// Present when some of the file does not parse.
    #[serde(skip_serializing_if = "is_zero")]
    pub parse_errors: u32,
    /// Lines in those places, which were judged without them.
    #[serde(skip_serializing_if = "is_zero")]
    pub unparsed_lines: u32,
    /// Claims of the model that became part of a rule's finding.
    pub merged: u32,
    /// None when something about the file failed.
    pub score: Option<Scores>,
    /// How many percent of the lines of public code in the language stand in files with a lower overall score; absent without a score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentile: Option<u8>,
    /// Whether it has a critical or high finding that is at least 70 % sure.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_urgent: bool,
    /// In the order of their places in the file.
    pub findings: &'a [Finding],
    /// What was generated for this file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<ArtifactView<'a>>,
    /// Changes of this file that fit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<PatchView<'a>>,
    /// Claims about this file that did not hold.
    #[serde(skip)]
    pub dropped: &'a [Dropped],
    /// Measures of its functions, which tell what stands in one function.
    #[serde(skip)]
    pub functions: &'a [FunctionMetrics],
}

/// A file that an operation generated.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ArtifactView<'a> {
    /// The analyzer and the operation that generated it.
    #[serde(flatten)]
    pub by: &'a Claimant,
    /// Where it would be written, below the folder of artifacts.
    pub name: String,
    /// Such as `text/markdown`.
    pub media_type: &'a str,
    /// Content of the file.
    pub body: &'a str,
    /// What it is about: functions, for tests.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub names: &'a [String],
    /// The command that passed with it, if one was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed: Option<&'a str>,
}

/// A change of one file: it fits, and the result parses.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PatchView<'a> {
    /// The analyzer and the operation that generated it.
    #[serde(flatten)]
    pub by: &'a Claimant,
    /// What the change does, in one line.
    pub title: &'a str,
    /// Unified, with the names of the file.
    pub diff: String,
    /// The command that passed with it, if one was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed: Option<&'a str>,
}

/// The name of a language; a document has none.
pub fn language_name(language: Option<Language>) -> &'static str {
    language.map_or("document", Language::name)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// One file of a document.
pub fn file_view<'a>(row: &'a FileRow, result: &'a FileResult) -> FileView<'a> {
    FileView {
        path: &row.path,
        path_is_escaped: row.path.is_escaped(),
        language: language_name(row.summary.language),
        role: row.summary.role,
        sha256: row.summary.sha256,
        reused: row.reused,
        code_lines: row.summary.code_lines,
        parse_errors: row.summary.parse_errors,
        unparsed_lines: result.metrics.unparsed_lines,
        merged: result.merged,
        score: row.summary.scores,
        percentile: row.summary.language.zip(row.summary.scores).map(|(language, scores)| percentile(language, scores.overall)),
        is_urgent: row.summary.urgent > 0,
        findings: &result.findings,
        artifacts: result.artifacts.iter().map(|made| artifact(made, &row.path)).collect(),
        patches: result.patches.iter().map(|made| patch(made, &row.path)).collect(),
        dropped: &result.dropped,
        functions: &result.metrics.functions,
    }
}

/// All findings of a document with what they cost their files.
pub(super) fn ranked_findings<'a>(document: &'a Document<'_>) -> Vec<Ranked<'a>> {
    document.files.iter().flat_map(|file| ranked_of(file.path, file.findings, file.functions, file.code_lines)).collect()
}

/// Makes the document of a run. `results` stand in the order of the report's files.
pub fn document<'a>(report: &'a RunReport, results: &'a [FileResult]) -> Document<'a> {
    let pattern = |(rule, files): &'a (String, usize)| PatternView {
        rule,
        files: *files,
        findings: report.totals.rules.get(rule).copied().unwrap_or(0),
    };
    Document {
        schema: "devflow.run/1",
        run: RunView {
            id: &report.id.0,
            started_at: &report.started_at,
            duration_ms: report.duration_ms,
            outcome: report.outcome,
            mode: report.mode,
            gate: &report.gate,
            operations: &report.operations,
            rules_off: &report.rules_off,
            is_judged: report.is_judged,
        },
        coverage: CoverageView {
            found: report.coverage.found,
            analyzed: report.coverage.analyzed,
            reused: report.coverage.reused,
            skipped: &report.coverage.skipped,
            failed: &report.coverage.failed,
        },
        summary: SummaryView {
            score: report.totals.scores,
            worst: report.totals.worst,
            findings: report.totals.counts,
            dropped: report.totals.dropped,
            patterns: report.totals.patterns.iter().map(pattern).collect(),
        },
        cost: CostView {
            requests: report.usage.requests,
            input_tokens: report.usage.input_tokens,
            cached_tokens: report.usage.cached_tokens,
            output_tokens: report.usage.output_tokens,
            usd: report.usage.cost.usd(),
            hits: report.hits,
            misses: report.misses,
            saved_usd: report.saved.usd(),
            is_priced: !report.asking.is_unpriced,
            redacted: report.asking.redacted,
        },
        files: report.files.iter().zip(results).map(|(row, result)| file_view(row, result)).collect(),
        artifacts: report.artifacts.iter().map(|made| artifact(made, &RelPath::from("."))).collect(),
        dropped: &report.dropped,
    }
}

fn artifact<'a>(made: &'a GeneratedArtifact, path: &RelPath) -> ArtifactView<'a> {
    ArtifactView {
        by: &made.by,
        name: made.path_for(path),
        media_type: &made.media_type,
        body: &made.body,
        names: &made.names,
        passed: made.passed.as_deref(),
    }
}

fn patch<'a>(made: &'a GeneratedPatch, path: &RelPath) -> PatchView<'a> {
    PatchView {
        by: &made.by,
        title: &made.title,
        diff: format!("--- a/{path}\n+++ b/{path}\n{}", made.diff),
        passed: made.passed.as_deref(),
    }
}
