//! Owns the report for reviewdog, one diagnostic a line. Coverage has no place in it; what was not looked at is a diagnostic.

use serde_json::{Value, json};

use super::{INCOMPLETE, findings, lines, rule_name, whole_message};
use crate::report::view::Document;
use crate::types::{Failure, Finding, RelPath, Severity};

/// Renders the findings.
pub fn rdjsonl(document: &Document<'_>) -> String {
    lines(findings(document).map(diagnostic).chain(document.coverage.failed.iter().map(failure)))
}

fn diagnostic((path, finding): (&RelPath, &Finding)) -> Value {
    let severity = match finding.severity {
        Severity::Critical | Severity::High => "ERROR",
        Severity::Medium => "WARNING",
        Severity::Low | Severity::Info => "INFO",
    };
    json!({
        "message": whole_message(finding),
        "location": {
            "path": path,
            "range": {
                "start": { "line": finding.line, "column": finding.column },
                "end": { "line": finding.end_line, "column": finding.end_column },
            },
        },
        "severity": severity,
        "source": { "name": "devflow" },
        "code": { "value": rule_name(finding) },
    })
}

fn failure(failure: &Failure) -> Value {
    json!({
        "message": format!("not looked at: {}", failure.error),
        "location": { "path": failure.path },
        "severity": "ERROR",
        "source": { "name": "devflow" },
        "code": { "value": INCOMPLETE },
    })
}
