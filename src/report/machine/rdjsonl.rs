//! Owns the report for reviewdog, one diagnostic a line. Coverage has no place in it; what was not looked at is a diagnostic.

use serde_json::{Value, json};

use super::{INCOMPLETE, findings, lines, rule_name, whole_message, whole_quote};
use crate::report::view::Document;
use crate::types::{Failure, Finding, RelPath, Severity};

/// One line of JSON for each finding, then one for each failure.
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
        "location": { "path": path, "range": range(finding) },
        "severity": severity,
        "source": { "name": "devflow" },
        "code": { "value": rule_name(finding) },
    })
}

/// The place, with columns where they are known. reviewdog counts them in bytes of UTF-8, and a finding has them in characters.
///
/// Source: reviewdog's `reviewdog.proto`, message `Position`.
fn range(finding: &Finding) -> Value {
    match columns(finding) {
        Some((start, end)) => json!({
            "start": { "line": finding.line, "column": start },
            "end": { "line": finding.end_line, "column": end },
        }),
        None => json!({ "start": { "line": finding.line }, "end": { "line": finding.end_line } }),
    }
}

/// Both columns in bytes, if the quote holds the lines that they belong to.
fn columns(finding: &Finding) -> Option<(usize, usize)> {
    let quote = whole_quote(finding)?;
    let start = byte_column(quote.lines().next()?, finding.column)?;
    // A place that ends with its line may end at the start of the next one, which is not quoted.
    let end = if finding.end_column == 1 { 1 } else { byte_column(quote.lines().next_back()?, finding.end_column)? };
    Some((start, end))
}

/// The byte of `line` at which the character `column` starts, both counted from 1.
fn byte_column(line: &str, column: u32) -> Option<usize> {
    let n_before = usize::try_from(column).ok()?.checked_sub(1)?;
    line.char_indices().map(|(at, _)| at).chain([line.len()]).nth(n_before).map(|at| at + 1)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Category, Origin};

    /// A finding from `start` to `end`, each a line and a column in characters.
    fn finding(quote: &str, start: (u32, u32), end: (u32, u32)) -> Finding {
        Finding {
            rule: "eval".to_owned(),
            analyzer: "review".to_owned(),
            severity: Severity::High,
            category: Category::Security,
            message: "Runs text as code.".to_owned(),
            line: start.0,
            column: start.1,
            end_line: end.0,
            end_column: end.1,
            quote: quote.to_owned(),
            suggestion: None,
            reasons: Vec::new(),
            related: Vec::new(),
            edits: Vec::new(),
            confidence: 90,
            origin: Origin::Static,
            fingerprint: String::new(),
        }
    }

    #[test]
    fn columns_are_bytes() {
        assert_eq!(columns(&finding("x = '😀😀'; eval(input('😀'))", (2, 11), (2, 27))), Some((17, 36)));
        assert_eq!(columns(&finding("    return eval(text)", (3, 12), (3, 22))), Some((12, 22)));
        assert_eq!(columns(&finding("é(\n  é)", (1, 1), (2, 5))), Some((1, 6)));
        assert_eq!(columns(&finding("  é(\n  é) + 1", (1, 3), (2, 5))), Some((3, 6)));
        assert_eq!(columns(&finding("é", (1, 1), (2, 1))), Some((1, 1)));
    }

    #[test]
    fn a_column_that_is_not_known_is_left_out() {
        // Of a very long line, only the place is quoted.
        let place = finding("eval(é)", (1, 601), (1, 608));
        assert_eq!(range(&place), json!({ "start": { "line": 1 }, "end": { "line": 1 } }));
        assert_eq!(columns(&finding("eval(é); eval(é)", (1, 5), (1, 21))), None);
        let cut = format!("{}…", "é\n".repeat(200));
        assert_eq!(columns(&finding(&cut, (1, 1), (500, 2))), None);
        assert_eq!(columns(&finding("f(\n1)", (1, 7), (2, 3))), None);
    }
}
