//! Owns annotations for GitHub Actions. GitHub shows few of each kind and says nothing of the rest, so the worst come first and the rest is
//! counted.

use super::{coverage_line, rule_name, whole_message, worst_first};
use crate::report::view::Document;
use crate::types::{Finding, Outcome, RelPath, Severity};

/// Errors, and again warnings, and again notices, that GitHub shows of one step.
///
/// Source: <https://github.com/orgs/community/discussions/26680>
pub const GITHUB_CAP: usize = 10;

/// Renders workflow commands, one a line; the last one says what was looked at.
pub fn github(document: &Document<'_>) -> String {
    let mut out = String::new();
    let failed = document.coverage.failed;
    // What was not looked at comes before what was found, as it does in the exit status.
    let errors_left = GITHUB_CAP.saturating_sub(1);
    for failure in failed.iter().take(errors_left) {
        out.push_str(&format!("::error file={},title=not looked at::{}\n", file_property(&failure.path), data(&failure.error)));
    }
    let mut room = [errors_left.saturating_sub(failed.len()), GITHUB_CAP, GITHUB_CAP - 1];
    let mut n_left_out = failed.len().saturating_sub(errors_left);
    for (path, finding) in worst_first(document) {
        let kind = kind(finding.severity);
        let left = &mut room[kind as usize];
        if *left == 0 {
            n_left_out += 1;
            continue;
        }
        *left -= 1;
        out.push_str(&annotation(kind, path, finding));
    }
    let more =
        if n_left_out > 0 { format!("; {n_left_out} more are in the report, since GitHub shows few of a kind") } else { String::new() };
    let outcome = document.run.outcome;
    let command = if outcome == Outcome::Incomplete { "error" } else { "notice" };
    out.push_str(&format!("::{command} title=devflow::{}: {}{}\n", outcome.name(), data(&coverage_line(document)), data(&more)));
    out
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Error,
    Warning,
    Notice,
}

fn kind(severity: Severity) -> Kind {
    match severity {
        Severity::Critical | Severity::High => Kind::Error,
        Severity::Medium => Kind::Warning,
        Severity::Low | Severity::Info => Kind::Notice,
    }
}

fn annotation(kind: Kind, path: &RelPath, finding: &Finding) -> String {
    let command = match kind {
        Kind::Error => "error",
        Kind::Warning => "warning",
        Kind::Notice => "notice",
    };
    // Columns are taken only for a place on one line.
    let columns =
        if finding.line == finding.end_line { format!(",col={},endColumn={}", finding.column, finding.end_column) } else { String::new() };
    let place = format!("file={},line={},endLine={}{columns}", file_property(path), finding.line, finding.end_line);
    format!("::{command} {place},title={}::{}\n", property(&rule_name(finding)), data(&whole_message(finding)))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A name with escapes in it is escaped already, as far as the signs go that these commands know.
fn file_property(path: &RelPath) -> String {
    if path.is_escaped() { path.as_str().replace(':', "%3A").replace(',', "%2C") } else { property(path.as_str()) }
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
