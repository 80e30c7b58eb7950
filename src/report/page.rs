//! Owns the view model of templates: one page, whatever the format.
//!
//! `docs/templates.md` is made from the types of this file, so their comments are the documentation.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::view::{ArtifactView, CostView, Document, FileView, PatchView, PatternView, RunView, ranked_findings};
use super::{printable, scope};
use crate::score::{LIMITED, Ranked, in_order};
use crate::template::{TemplateError, complete, render, samples};
use crate::types::{Dropped, Finding, Mode, Outcome, RelPath, Scores, Severity, SeverityCounts, Skipped};

/// Everything that a template can show.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Page<'a> {
    /// The outcome in a sentence or two.
    pub verdict: String,
    /// `model` when the model took part, else `static`.
    pub mode: Mode,
    /// Id, start, duration, outcome and gate.
    pub run: &'a RunView<'a>,
    /// What was looked at and what was not.
    pub coverage: PageCoverage<'a>,
    /// Scores of all files together; none when no file has scores.
    pub scores: Option<Scores>,
    /// The worst of each score.
    pub worst: Option<Scores>,
    /// Number of findings of each severity.
    pub counts: SeverityCounts,
    /// Number of findings of all severities together.
    pub total: u32,
    /// Findings by severity, the worst first; a severity without findings is there too.
    pub groups: Vec<FindingGroup<'a>>,
    /// What to look at first, at most ten: the findings that cost their files most, at most two of one rule and one of one function.
    pub first: Vec<FindingView<'a>>,
    /// What comes next, at most a hundred, the dearest first.
    pub next: Vec<FindingView<'a>>,
    /// Files with a critical or high finding that is at least 70 % sure, or an overall score below `report.attention-below`, the worst first.
    pub attention: Vec<&'a FileView<'a>>,
    /// Rules that spoke in three files or more.
    pub patterns: &'a [PatternView<'a>],
    /// All files that were looked at, by path.
    pub files: &'a [FileView<'a>],
    /// What operations made, of the project and of all files.
    pub artifacts: Vec<&'a ArtifactView<'a>>,
    /// Changes of files, in the order of the files.
    pub patches: Vec<&'a PatchView<'a>>,
    /// How many claims did not hold and were dropped.
    pub dropped: u32,
    /// Those claims, with their reasons, as far as they belong to the project as a whole or to a file.
    pub dropped_claims: Vec<&'a Dropped>,
    /// What this run cost.
    pub cost: &'a CostView,
    /// What was spent by all runs: today, in 7 days, in 30 days, ever.
    pub costs: Vec<CostPeriod>,
    /// Earlier runs on this project, the oldest first, at most 30; the run itself is the last, when it was kept.
    pub trend: Vec<TrendPoint>,
    /// Texts of the files with findings.
    pub sources: Vec<SourceText>,
    /// A score below this needs attention.
    pub attention_below: f64,
}

/// What was looked at and what was not.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PageCoverage<'a> {
    /// Files that were found, skipped ones included.
    pub found: usize,
    /// Files looked at, now or by an earlier run.
    pub looked_at: usize,
    /// Files looked at now.
    pub analyzed: usize,
    /// Files whose results an earlier run left.
    pub reused: usize,
    /// Files that the filter declined, by path.
    pub skipped: &'a [Skipped],
    /// The same without files in other languages.
    pub declined: Vec<&'a Skipped>,
    /// What should have been looked at and was not.
    pub failed: Vec<FailedView<'a>>,
    /// How many files were skipped for each reason.
    pub reasons: Vec<(&'static str, usize)>,
}

/// Something that should have been looked at and was not. A field that does not apply is empty.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FailedView<'a> {
    /// Path of the file, from the root of the project; `.` for the project as a whole.
    pub path: &'a str,
    /// `discover`, `filter`, `inspect`, `ask` or `verify`.
    pub stage: &'static str,
    /// The analyzer at work.
    pub analyzer: &'a str,
    /// The operation of that analyzer, such as `file`.
    pub operation: &'a str,
    /// The part of the file.
    pub unit: &'a str,
    /// Why it failed, as a message for people.
    pub error: &'a str,
}

/// A finding with its file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FindingView<'a> {
    /// Path of the file, from the root of the project.
    pub path: &'a str,
    /// Language of the file, such as `rust`; `document` for a file that is not a source.
    pub language: &'a str,
    /// The finding, whose fields stand beside `path` and `language`.
    #[serde(flatten)]
    pub finding: &'a Finding,
}

/// The findings of one severity.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FindingGroup<'a> {
    /// The severity of every finding in the group.
    pub severity: Severity,
    /// Whether one line for each will do: low and info.
    pub is_brief: bool,
    /// By path and place.
    pub findings: Vec<FindingView<'a>>,
}

/// What was spent in a span of time.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CostPeriod {
    /// `today`, `7 days`, `30 days` or `ever`.
    pub name: String,
    /// Requests that were sent.
    pub requests: u64,
    /// What they cost together, in USD.
    pub usd: f64,
}

/// One run of the past, in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TrendPoint {
    /// Id of the run.
    pub id: String,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// The pipeline, or empty.
    pub pipeline: String,
    /// `clean`, `findings`, `incomplete` or `nothing`.
    pub outcome: String,
    /// Mean scores; none when no file had scores.
    pub scores: Option<Scores>,
    /// Number of findings of each severity.
    pub counts: SeverityCounts,
    /// What the run cost, in USD.
    pub usd: f64,
}

/// The text of a file with findings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SourceText {
    /// Path of the file, from the root of the project.
    pub path: String,
    /// None when it cannot be read or is no longer what was looked at.
    pub text: Option<String>,
}

/// Findings behind them that a page can show.
const N_NEXT: usize = 100;

/// What a page needs beside the document.
#[derive(Debug)]
pub struct PageParts {
    /// A lower overall score needs attention.
    pub attention_below: f64,
    /// See [`Page::sources`].
    pub sources: Vec<SourceText>,
    /// See [`Page::trend`].
    pub trend: Vec<TrendPoint>,
    /// See [`Page::costs`].
    pub costs: Vec<CostPeriod>,
}

impl Page<'_> {
    /// Pages to try a template with: one in which everything optional is there, one in which nothing is, and one of a run that looked at
    /// nothing. What they say is made up.
    pub fn samples() -> [minijinja::Value; 3] {
        samples::<Self>().map(|data| complete::<Self>(with_groups(data)))
    }
}

/// A page has a group for each severity, whatever was found.
fn with_groups(mut page: Json) -> Json {
    let first = page["groups"].get(0).cloned().unwrap_or_else(|| json!({ "findings": [] }));
    let group = |severity: Severity| {
        let mut group = first.clone();
        group["severity"] = json!(severity.name());
        group["is_brief"] = json!(severity <= Severity::Low);
        for finding in group["findings"].as_array_mut().into_iter().flatten() {
            finding["severity"] = json!(severity.name());
        }
        group
    };
    page["groups"] = Severity::ALL.into_iter().rev().map(group).collect();
    page
}

/// Renders a template. `name` decides what is escaped: everything in a name that ends with `.html` or `.xml`. The bytes depend on nothing but the
/// arguments.
///
/// # Errors
/// A template that cannot be rendered.
pub fn page(document: &Document<'_>, name: &str, template: &str, parts: PageParts) -> Result<String, TemplateError> {
    let data = serde_json::to_value(view(document, parts)).expect("a page has no keys that JSON cannot hold");
    let text = render(name, template, &complete::<Page<'_>>(data))?;
    // Pages are printed, too, and code can hold anything.
    let mut text = printable(&text);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

fn view<'a>(document: &'a Document<'a>, parts: PageParts) -> Page<'a> {
    let is_low = |file: &FileView<'_>| file.score.is_some_and(|score| score.overall < parts.attention_below);
    let mut attention: Vec<&FileView<'_>> = document.files.iter().filter(|file| file.is_urgent || is_low(file)).collect();
    let overall = |file: &FileView<'_>| file.score.map_or(f64::INFINITY, |score| score.overall);
    attention.sort_by(|a, b| overall(a).total_cmp(&overall(b)).then_with(|| a.path.cmp(b.path)));
    let (first, next) = first_findings(document);
    Page {
        verdict: verdict(document),
        mode: document.run.mode,
        run: &document.run,
        coverage: coverage(document),
        scores: document.summary.score,
        worst: document.summary.worst,
        counts: document.summary.findings,
        total: document.summary.findings.total(),
        groups: Severity::ALL.into_iter().rev().map(|severity| group(document, severity)).collect(),
        first,
        next,
        attention,
        patterns: &document.summary.patterns,
        files: &document.files,
        artifacts: document.artifacts.iter().chain(document.files.iter().flat_map(|file| &file.artifacts)).collect(),
        patches: document.files.iter().flat_map(|file| &file.patches).collect(),
        dropped: document.summary.dropped,
        dropped_claims: document.dropped.iter().chain(document.files.iter().flat_map(|file| file.dropped)).collect(),
        cost: &document.cost,
        costs: parts.costs,
        trend: parts.trend,
        sources: parts.sources,
        attention_below: parts.attention_below,
    }
}

/// What is looked at first, and what comes next.
fn first_findings<'a>(document: &'a Document<'_>) -> (Vec<FindingView<'a>>, Vec<FindingView<'a>>) {
    let (shown, mut others) = in_order(ranked_findings(document), LIMITED);
    others.truncate(N_NEXT);
    let language: BTreeMap<&RelPath, &str> = document.files.iter().map(|file| (file.path, file.language)).collect();
    let view = |ranked: Ranked<'a>| FindingView {
        path: ranked.path.as_str(),
        language: language.get(ranked.path).copied().unwrap_or("document"),
        finding: ranked.finding,
    };
    (shown.into_iter().map(view).collect(), others.into_iter().map(view).collect())
}

fn coverage<'a>(document: &'a Document<'_>) -> PageCoverage<'a> {
    let mut reasons: BTreeMap<&'static str, usize> = BTreeMap::new();
    for skipped in document.coverage.skipped {
        *reasons.entry(skipped.reason.name()).or_default() += 1;
    }
    let failed = |failure: &'a crate::types::Failure| FailedView {
        path: failure.path.as_str(),
        stage: failure.stage.name(),
        analyzer: failure.analyzer.as_deref().unwrap_or(""),
        operation: failure.operation.as_deref().unwrap_or(""),
        unit: failure.unit.as_deref().unwrap_or(""),
        error: failure.error.as_str(),
    };
    PageCoverage {
        found: document.coverage.found,
        looked_at: document.coverage.analyzed + document.coverage.reused,
        analyzed: document.coverage.analyzed,
        reused: document.coverage.reused,
        skipped: document.coverage.skipped,
        declined: document.coverage.skipped.iter().filter(|skipped| !skipped.reason.is_of_language()).collect(),
        failed: document.coverage.failed.iter().map(failed).collect(),
        reasons: reasons.into_iter().collect(),
    }
}

fn group<'a>(document: &'a Document<'_>, severity: Severity) -> FindingGroup<'a> {
    let view = |file: &'a FileView<'_>| {
        let (path, language) = (file.path.as_str(), file.language);
        file.findings.iter().filter(move |finding| finding.severity == severity).map(move |finding| FindingView { path, language, finding })
    };
    FindingGroup { severity, is_brief: severity <= Severity::Low, findings: document.files.iter().flat_map(view).collect() }
}

fn verdict(document: &Document<'_>) -> String {
    let counts = &document.summary.findings;
    let n_declined = document.coverage.skipped.iter().filter(|skipped| !skipped.reason.is_of_language()).count();
    let scope = scope(document.coverage.analyzed + document.coverage.reused, n_declined);
    let mut verdict = match document.run.outcome {
        Outcome::Nothing => "Nothing to do: no file was analysed.".to_owned(),
        Outcome::Clean => format!("Clean: nothing was found; {scope}."),
        Outcome::Findings => {
            let total = counts.total();
            let worst = counts.worst().map_or("", Severity::name);
            format!("{total} {}, the worst of them {worst}; {scope}.", if total == 1 { "finding" } else { "findings" })
        }
        Outcome::Incomplete => {
            format!("Incomplete: {} of the things to look at failed. What follows is about the rest.", document.coverage.failed.len())
        }
    };
    if !document.run.gate.passed {
        verdict.push_str(&format!(" The gate is hit: {}.", document.run.gate.reasons.join("; ")));
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::REPORTS;

    #[test]
    fn every_template_can_show_everything_nothing_optional_and_nothing_at_all() {
        for page in Page::samples() {
            for known in REPORTS {
                let shown = render(known.name, known.text, &page);
                assert!(shown.is_ok_and(|text| text.len() > 20), "{}: {:?}", known.name, render(known.name, known.text, &page));
            }
        }
    }

    #[test]
    fn a_finding_without_a_suggestion_has_none() {
        let [full, bare, empty] = Page::samples();
        let text =
            "{% for group in groups %}{% for finding in group.findings %}{{ finding.suggestion or 'none' }} {% endfor %}{% endfor %}";
        for (page, expected) in [(full, "text text text text text "), (bare, "none none none none none "), (empty, "")] {
            assert_eq!(render("x.md", text, &page).unwrap(), expected);
        }
    }
}
