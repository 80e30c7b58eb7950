//! Owns the report that GitLab calls Code Quality. The widget compares by fingerprint, so lines are not in it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{INCOMPLETE, findings, rule_name, whole_message};
use crate::report::view::Document;
use crate::types::{Digest, Failure, Finding, RelPath, Severity};

/// Renders the findings as an array. What was not looked at is in it too, as a finding, since the format has no other place.
pub fn gitlab(document: &Document<'_>) -> String {
    let finding = |(path, finding): (&RelPath, &Finding)| {
        json!({
            "description": whole_message(finding),
            "check_name": rule_name(finding),
            "fingerprint": fingerprint(path, &finding.fingerprint),
            "severity": severity(finding.severity),
            "location": { "path": path, "lines": { "begin": finding.line, "end": finding.end_line } },
        })
    };
    let failure = |failure: &Failure| {
        json!({
            "description": format!("not looked at: {}", failure.error),
            "check_name": INCOMPLETE,
            "fingerprint": fingerprint(&failure.path, &failed_part(failure)),
            "severity": "major",
            "location": { "path": failure.path, "lines": { "begin": 1 } },
        })
    };
    let mut all: Vec<Value> = findings(document).map(finding).chain(document.coverage.failed.iter().map(failure)).collect();
    number_equal_ones(&mut all);
    let mut text = serde_json::to_string_pretty(&all).expect("the rows have no keys that JSON cannot hold");
    text.push('\n');
    text
}

/// What failed, without the words of the error: they may differ from run to run.
fn failed_part(failure: &Failure) -> String {
    format!("{}:{:?}:{:?}:{:?}", failure.stage.name(), failure.analyzer, failure.operation, failure.unit)
}

/// Of rows with equal fingerprints, GitLab shows one.
fn number_equal_ones(rows: &mut [Value]) {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for row in rows {
        let own = row["fingerprint"].as_str().unwrap_or_default().to_owned();
        let count = seen.entry(own.clone()).or_default();
        *count += 1;
        if *count > 1 {
            row["fingerprint"] = json!(Digest::of(format!("{own}\n{count}").as_bytes()).to_string());
        }
    }
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
