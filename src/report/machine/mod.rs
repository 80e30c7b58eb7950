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

use super::view::{Document, ranked_findings};
use crate::score::{LIMITED, in_order};
use crate::types::{Category, Finding, MAX_QUOTE_CHARS, RelPath, Severity};

/// What is known of a rule beside its findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleText {
    /// What the rule reports, in one sentence.
    pub summary: String,
    /// Severity of its findings in ordinary code.
    pub severity: Severity,
    /// What it is about.
    pub category: Category,
    /// Numbers of weaknesses in MITRE's list (CWE).
    pub cwe: Vec<u32>,
    /// Pages that explain the fault.
    pub links: Vec<String>,
    /// What is wrong and how to mend it, in Markdown; empty where the plugin has no page.
    pub page: String,
}

/// Rules by analyzer and id.
pub type Catalog = BTreeMap<(String, String), RuleText>;

/// Name under which something that was not looked at is told, in formats that know nothing but findings.
const INCOMPLETE: &str = "devflow/incomplete";

/// Every finding with its file, by path and place.
fn findings<'a>(document: &'a Document<'_>) -> impl Iterator<Item = (&'a RelPath, &'a Finding)> {
    document.files.iter().flat_map(|file| file.findings.iter().map(move |finding| (file.path, finding)))
}

/// Every finding with its file, what is to be looked at first before all others.
fn worst_first<'a>(document: &'a Document<'_>) -> Vec<(&'a RelPath, &'a Finding)> {
    let (first, others) = in_order(ranked_findings(document), LIMITED);
    first.into_iter().chain(others).map(|ranked| (ranked.path, ranked.finding)).collect()
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

/// The quote of a finding, if it holds the lines of the place as they are in the file. Of a very long line only the place itself is quoted,
/// and a long quote is cut.
fn whole_quote(finding: &Finding) -> Option<&str> {
    let quote = finding.quote.as_str();
    let is_cut = quote.chars().nth(MAX_QUOTE_CHARS).is_some();
    // A place that ends with its line may end at the start of the next one.
    let last_line = if finding.end_column == 1 && finding.end_line > finding.line { finding.end_line - 1 } else { finding.end_line };
    let n_lines = usize::try_from(last_line.checked_sub(finding.line)?).ok()? + 1;
    if is_cut || quote.lines().count() != n_lines {
        return None;
    }
    let is_whole = if finding.column == 1 {
        true
    } else if n_lines == 1 && last_line == finding.end_line {
        // The place alone is shorter by what stands before it.
        quote.chars().count() + 1 >= finding.end_column as usize
    } else {
        // A place begins with code, and a line with its indentation; and the place alone ends where it ends.
        let ends_later = last_line == finding.end_line && quote.lines().next_back()?.chars().count() + 1 > finding.end_column as usize;
        quote.starts_with([' ', '\t']) || ends_later
    };
    is_whole.then_some(quote)
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
