//! Owns the report that GitLab calls Code Quality. The widget compares by fingerprint, so lines are not in it.

use serde_json::json;

use super::{INCOMPLETE, findings, rule_name, whole_message};
use crate::report::view::Document;
use crate::types::{Digest, RelPath, Severity};

/// Renders the findings as an array. What was not looked at is in it too, as a finding, since the format has no other place.
pub fn gitlab(document: &Document<'_>) -> String {
    let finding = |(path, finding): (&RelPath, &crate::types::Finding)| {
        json!({
            "description": whole_message(finding),
            "check_name": rule_name(finding),
            "fingerprint": fingerprint(path, &finding.fingerprint),
            "severity": severity(finding.severity),
            "location": { "path": path, "lines": { "begin": finding.line, "end": finding.end_line } },
        })
    };
    let failure = |failure: &crate::types::Failure| {
        json!({
            "description": format!("not looked at: {}", failure.error),
            "check_name": INCOMPLETE,
            "fingerprint": fingerprint(&failure.path, &format!("{}:{:?}:{:?}", failure.stage.name(), failure.operation, failure.unit)),
            "severity": "major",
            "location": { "path": failure.path, "lines": { "begin": 1 } },
        })
    };
    let all: Vec<_> = findings(document).map(finding).chain(document.coverage.failed.iter().map(failure)).collect();
    let mut text = serde_json::to_string_pretty(&all).expect("the rows have no keys that JSON cannot hold");
    text.push('\n');
    text
}

/// Two copies of one file have equal fingerprints, and equal ones are shown once.
fn fingerprint(path: &RelPath, own: &str) -> String {
    Digest::of(format!("{path}\n{own}").as_bytes()).to_string()
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
        Severity::Info => "info",
    }
}
