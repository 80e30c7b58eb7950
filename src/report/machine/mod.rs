//! Owns the formats that other programs read. What each of them cannot say is said where it is made. Never sorts by anything that differs
//! between two runs.

mod checkstyle;
mod csv;
mod github;
mod gitlab;
mod junit;
mod rdjsonl;
mod sarif;

pub use checkstyle::checkstyle;
pub use csv::csv;
pub use github::{GITHUB_CAP, github};
pub use gitlab::gitlab;
pub use junit::junit;
pub use rdjsonl::rdjsonl;
pub use sarif::sarif;

use std::collections::BTreeMap;

use super::view::Document;
use crate::types::{Category, Finding, RelPath, Severity};

/// What is known of a rule beside its findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleText {
    /// One sentence.
    pub summary: String,
    /// In ordinary code.
    pub severity: Severity,
    /// What it is about.
    pub category: Category,
}

/// Rules by analyzer and id.
pub type Catalog = BTreeMap<(String, String), RuleText>;

/// Name under which something that was not looked at is told, in formats that know nothing but findings.
const INCOMPLETE: &str = "devflow/incomplete";

/// Every finding with its file, by path and place.
fn findings<'a>(document: &'a Document<'_>) -> impl Iterator<Item = (&'a RelPath, &'a Finding)> {
    document.files.iter().flat_map(|file| file.findings.iter().map(move |finding| (file.path, finding)))
}

/// Every finding with its file, the worst first.
fn worst_first<'a>(document: &'a Document<'_>) -> Vec<(&'a RelPath, &'a Finding)> {
    let mut all: Vec<_> = findings(document).collect();
    all.sort_by(|a, b| b.1.severity.cmp(&a.1.severity).then_with(|| a.0.cmp(b.0)).then_with(|| a.1.place_order(b.1)));
    all
}

/// `review/eval`
fn rule_name(finding: &Finding) -> String {
    format!("{}/{}", finding.analyzer, finding.rule)
}

/// The message, and what to do.
fn whole_message(finding: &Finding) -> String {
    match &finding.suggestion {
        Some(suggestion) => format!("{}. {suggestion}", finding.message.trim_end_matches('.')),
        None => finding.message.clone(),
    }
}

/// A sentence about what was looked at.
fn coverage_line(document: &Document<'_>) -> String {
    let coverage = &document.coverage;
    format!(
        "{} found, {} analysed, {} reused, {} skipped, {} failed",
        super::counted(coverage.found, "file"),
        coverage.analyzed,
        coverage.reused,
        coverage.skipped.len(),
        coverage.failed.len()
    )
}

/// One line of JSON for each value.
fn lines(values: impl Iterator<Item = serde_json::Value>) -> String {
    values.map(|value| format!("{value}\n")).collect()
}

/// Characters that XML 1.0 cannot hold become a sign that stands for them.
fn xml_text(text: &str) -> String {
    let is_allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|c| if is_allowed(c) { c } else { '\u{fffd}' }).collect()
}
