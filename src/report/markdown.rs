//! Owns what the Markdown template is given. Never lays out a page: that is the template's.

use std::collections::BTreeMap;

use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use super::scope;
use super::view::{Document, FileView};
use crate::template::{REPORT_MARKDOWN, TemplateError, render};
use crate::types::{Finding, Outcome, Severity, SkipReason};

#[derive(Serialize)]
struct FindingView<'a> {
    path: &'a str,
    language: &'a str,
    #[serde(flatten)]
    finding: &'a Finding,
}

#[derive(Serialize)]
struct Group<'a> {
    severity: Severity,
    is_brief: bool,
    findings: Vec<FindingView<'a>>,
}

/// Renders the Markdown report. `template` is name and text of the user's own template, if there is one. The bytes depend on
/// nothing but the document; everything that differs between two runs on the same input stands in its last section.
///
/// # Errors
/// A template that cannot be rendered.
pub fn markdown(document: &Document<'_>, template: Option<(&str, &str)>, attention_below: f64) -> Result<String, TemplateError> {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for skipped in document.coverage.skipped {
        *reasons.entry(skipped.reason.name()).or_default() += 1;
    }
    let groups: Vec<Group<'_>> = Severity::ALL.into_iter().rev().map(|severity| group(document, severity)).collect();
    let is_low = |file: &&FileView<'_>| file.score.is_some_and(|score| score.overall < attention_below);
    let mut attention: Vec<&FileView<'_>> = document.files.iter().filter(is_low).collect();
    let overall = |file: &FileView<'_>| file.score.map_or(0.0, |score| score.overall);
    attention.sort_by(|a, b| overall(a).total_cmp(&overall(b)).then_with(|| a.path.cmp(b.path)));
    let context = context! {
        verdict => verdict(document),
        mode => value(document.run.mode),
        run => value(&document.run),
        coverage => context! {
            looked_at => document.coverage.analyzed + document.coverage.reused,
            analyzed => document.coverage.analyzed,
            reused => document.coverage.reused,
            skipped => value(document.coverage.skipped),
            declined => document.coverage.skipped.iter().filter(|skipped| skipped.reason != SkipReason::Language).map(value).collect::<Value>(),
            failed => failed(document),
            reasons => reasons.iter().map(|(reason, count)| (reason.to_string(), *count)).collect::<Vec<_>>(),
        },
        scores => value(document.summary.score),
        worst => value(document.summary.worst),
        attention => value(&attention),
        patterns => value(&document.summary.patterns),
        counts => value(document.summary.findings),
        total => document.summary.findings.total(),
        groups => value(&groups),
        artifacts => value(document.artifacts.iter().chain(document.files.iter().flat_map(|file| &file.artifacts)).collect::<Vec<_>>()),
        patches => value(document.files.iter().flat_map(|file| &file.patches).collect::<Vec<_>>()),
        dropped => document.summary.dropped,
        cost => value(&document.cost),
    };
    let (name, text) = template.unwrap_or(REPORT_MARKDOWN);
    let mut page = render(name, text, &context)?;
    if !page.ends_with('\n') {
        page.push('\n');
    }
    Ok(page)
}

fn value<T: Serialize>(of: T) -> Value {
    Value::from(Serde(of))
}

/// Failures with all their fields, so that a strict template can ask for each.
fn failed(document: &Document<'_>) -> Value {
    let row = |failure: &crate::types::Failure| {
        context! {
            path => failure.path.as_str(),
            stage => failure.stage.name(),
            analyzer => failure.analyzer.as_deref().unwrap_or(""),
            operation => failure.operation.as_deref().unwrap_or(""),
            unit => failure.unit.as_deref().unwrap_or(""),
            error => failure.error.as_str(),
        }
    };
    document.coverage.failed.iter().map(row).collect()
}

fn group<'a>(document: &'a Document<'_>, severity: Severity) -> Group<'a> {
    let view = |file: &'a FileView<'_>| {
        let (path, language) = (file.path.as_str(), file.language);
        file.findings.iter().filter(move |finding| finding.severity == severity).map(move |finding| FindingView { path, language, finding })
    };
    Group { severity, is_brief: severity <= Severity::Low, findings: document.files.iter().flat_map(view).collect() }
}

fn verdict(document: &Document<'_>) -> String {
    let counts = &document.summary.findings;
    let n_declined = document.coverage.skipped.iter().filter(|skipped| skipped.reason != SkipReason::Language).count();
    let scope = scope(document.coverage.analyzed + document.coverage.reused, n_declined);
    let mut verdict = match document.run.outcome {
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
