//! Owns the report as comma-separated values, one finding a line. Of the coverage it has what failed, as rows of a rule that is none.

use super::{INCOMPLETE, findings, rule_name};
use crate::report::view::Document;

/// Renders the findings. A cell that a spreadsheet would take for a formula gets a quote before it.
pub fn csv(document: &Document<'_>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = [
        "path",
        "line",
        "column",
        "end_line",
        "end_column",
        "severity",
        "category",
        "rule",
        "message",
        "suggestion",
        "confidence",
        "origin",
        "fingerprint",
    ];
    let mut write = |row: &[String]| writer.write_record(row).expect("writing to memory cannot fail, and all rows have the same length");
    write(&head.map(str::to_owned));
    for (path, finding) in findings(document) {
        let numbers = [finding.line, finding.column, finding.end_line, finding.end_column].map(|number| number.to_string());
        let texts = [
            finding.severity.name().to_owned(),
            finding.category.name().to_owned(),
            rule_name(finding),
            cell(&finding.message),
            cell(finding.suggestion.as_deref().unwrap_or("")),
            finding.confidence.to_string(),
            finding.origin.name().to_owned(),
            finding.fingerprint.clone(),
        ];
        write(&[vec![cell(path.as_str())], numbers.to_vec(), texts.to_vec()].concat());
    }
    for failure in document.coverage.failed {
        let [path, message] = [failure.path.as_str(), &format!("not looked at: {}", failure.error)].map(cell);
        let blank = || vec![String::new(); 4];
        let texts = ["", "", INCOMPLETE].map(str::to_owned).to_vec();
        write(&[vec![path], blank(), texts, vec![message], blank()].concat());
    }
    let bytes = writer.into_inner().expect("writing to memory cannot fail");
    String::from_utf8(bytes).expect("only text was written")
}

fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}
