//! Owns the report as SARIF 2.1.0, in the shape that GitHub's code scanning takes. One run for each analyzer, so that one can be uploaded
//! without the others.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Catalog, RuleText, coverage_line, whole_message, whole_quote};
use crate::report::view::Document;
use crate::types::{Category, Finding, Origin, RelPath, Related, Severity, TextEdit};

/// Results of one run that GitHub takes.
///
/// Source: GitHub's documentation, "SARIF support for code scanning", limits of an upload.
const MAX_RESULTS: usize = 25_000;

/// Runs of one file that GitHub takes.
const MAX_RUNS: usize = 20;

/// What one analyzer found, the worst first.
type Found<'a> = (&'a str, Vec<(&'a RelPath, &'a Finding)>);

/// Renders the findings, the worst first. `catalog` says what rules are about; of a rule that is not in it, the findings must do.
///
/// An analyzer that took part and found nothing has a run as well: code scanning closes an alert when its category is uploaded without it.
pub fn sarif(document: &Document<'_>, catalog: &Catalog) -> String {
    let mut analyzers = by_analyzer(document.run.operations, super::worst_first(document));
    let left_out = analyzers.split_off(analyzers.len().min(MAX_RUNS));
    let notes: Vec<Value> = left_out.iter().map(left_out_note).collect();
    let runs: Vec<Value> = analyzers.iter().map(|found| run(document, catalog, found, &notes)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": runs,
    });
    let mut text = serde_json::to_string_pretty(&log).expect("the log has no keys that JSON cannot hold");
    text.push('\n');
    text
}

/// All analyzers that took part; those with the worst findings come first, those without any last.
fn by_analyzer<'a>(operations: &'a [String], findings: Vec<(&'a RelPath, &'a Finding)>) -> Vec<Found<'a>> {
    let mut found: BTreeMap<&str, Vec<(&RelPath, &Finding)>> = BTreeMap::new();
    for operation in operations {
        found.entry(operation.split(':').next().unwrap_or(operation)).or_default();
    }
    for (path, finding) in findings {
        found.entry(finding.analyzer.as_str()).or_default().push((path, finding));
    }
    if found.is_empty() {
        found.insert("devflow", Vec::new());
    }
    let mut found: Vec<Found<'_>> = found.into_iter().collect();
    let worst = |findings: &[(&RelPath, &Finding)]| findings.first().map(|(_, finding)| finding.severity);
    // The sort keeps the order of names where the severities are equal.
    found.sort_by_key(|(_, findings)| Reverse(worst(findings)));
    found
}

fn left_out_note((analyzer, findings): &Found<'_>) -> Value {
    let results = crate::report::counted(findings.len(), "result");
    let text = format!("the run of {analyzer} with {results} is left out: at most {MAX_RUNS} runs are taken");
    json!({ "level": "error", "message": { "text": text } })
}

fn run(document: &Document<'_>, catalog: &Catalog, (analyzer, findings): &Found<'_>, left_out: &[Value]) -> Value {
    let shown = &findings[..findings.len().min(MAX_RESULTS)];
    let mut rules: Vec<&str> = shown.iter().map(|(_, finding)| finding.rule.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    let descriptors: Vec<Value> = rules.iter().map(|id| rule(catalog, analyzer, id, shown)).collect();
    // A file that was analysed twice with the same finding must not count twice.
    let mut seen: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    let results: Vec<Value> = shown
        .iter()
        .map(|(path, finding)| {
            let ordinal = seen.entry((path.as_str(), finding.fingerprint.as_str())).or_default();
            *ordinal += 1;
            result(path, finding, &rules, *ordinal)
        })
        .collect();
    json!({
        "tool": { "driver": {
            "name": "devflow",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "version": env!("CARGO_PKG_VERSION"),
            "rules": descriptors,
        }},
        "automationDetails": { "id": format!("devflow/{analyzer}/") },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": { "%SRCROOT%": { "description": { "text": "The root of the project." } } },
        "invocations": [invocation(document, findings.len() - shown.len(), left_out)],
        "results": results,
    })
}

/// What was looked at: a run with failures says that it was none, and names each. So does one that does not show everything.
fn invocation(document: &Document<'_>, n_left_out: usize, left_out: &[Value]) -> Value {
    let mut notifications = vec![json!({ "level": "note", "message": { "text": coverage_line(document) } })];
    if n_left_out > 0 {
        let text = format!("{n_left_out} results are left out: at most {MAX_RESULTS} are taken");
        notifications.push(json!({ "level": "error", "message": { "text": text } }));
    }
    notifications.extend(left_out.iter().cloned());
    for failure in document.coverage.failed {
        notifications.push(json!({
            "level": "error",
            "message": { "text": format!("not looked at: {}", failure.error) },
            "locations": [{ "physicalLocation": { "artifactLocation": location(&failure.path) } }],
        }));
    }
    for skipped in document.coverage.skipped {
        notifications.push(json!({
            "level": "note",
            "message": { "text": format!("skipped: {}", skipped.reason.name()) },
            "locations": [{ "physicalLocation": { "artifactLocation": location(&skipped.path) } }],
        }));
    }
    json!({
        "executionSuccessful": document.coverage.failed.is_empty() && n_left_out == 0 && left_out.is_empty(),
        "startTimeUtc": document.run.started_at,
        "toolExecutionNotifications": notifications,
    })
}

fn rule(catalog: &Catalog, analyzer: &str, id: &str, findings: &[(&RelPath, &Finding)]) -> Value {
    let known = catalog.get(&(analyzer.to_owned(), id.to_owned()));
    let example = findings.iter().map(|(_, finding)| *finding).find(|finding| finding.rule == id);
    let (severity, category) = match (known, example) {
        (Some(known), _) => (known.severity, known.category),
        (None, Some(example)) => (example.severity, example.category),
        (None, None) => (Severity::Info, Category::Maintainability),
    };
    let summary = match (known, example) {
        (Some(known), _) if !known.summary.is_empty() => known.summary.clone(),
        (_, Some(example)) => example.message.clone(),
        _ => id.to_owned(),
    };
    let suggestion = example.and_then(|example| example.suggestion.clone());
    let help = suggestion.map_or_else(|| summary.clone(), |suggestion| format!("{summary}\n\n{suggestion}"));
    let mut properties = json!({
        "tags": [category.name(), analyzer],
        "precision": precision(example),
        "problem.severity": problem(severity),
    });
    if category == Category::Security {
        properties["security-severity"] = json!(security(severity));
    }
    let mut descriptor = json!({
        "id": format!("{analyzer}/{id}"),
        "name": id,
        "shortDescription": { "text": summary },
        "fullDescription": { "text": summary },
        "help": { "text": help },
        "defaultConfiguration": { "level": level(severity) },
        "properties": properties,
    });
    known.into_iter().for_each(|known| explain(&mut descriptor, known));
    descriptor
}

/// Adds what a plugin says of a rule beside its summary.
fn explain(descriptor: &mut Value, known: &RuleText) {
    if let Some(tags) = descriptor["properties"]["tags"].as_array_mut() {
        tags.extend(known.cwe.iter().map(|number| json!(format!("external/cwe/cwe-{number:03}"))));
    }
    if let Some(link) = known.links.first() {
        descriptor["helpUri"] = json!(link);
    }
    if !known.page.is_empty() {
        descriptor["help"]["markdown"] = json!(known.page);
    }
}

fn result(path: &RelPath, finding: &Finding, rules: &[&str], ordinal: u32) -> Value {
    let index = rules.binary_search(&finding.rule.as_str()).expect("the rules are those of the findings");
    let mut place = json!({
        "artifactLocation": location(path),
        "region": region((finding.line, finding.column), (finding.end_line, finding.end_column)),
    });
    // The quote has whole lines, and a snippet must be what its region covers.
    if let Some(quote) = whole_quote(finding) {
        place["contextRegion"] = json!({ "startLine": finding.line, "endLine": finding.end_line, "snippet": { "text": quote } });
    }
    let mut result = json!({
        "ruleId": format!("{}/{}", finding.analyzer, finding.rule),
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": { "text": whole_message(finding) },
        "locations": [{ "physicalLocation": place }],
        "partialFingerprints": {
            // The only one that GitHub looks at.
            "primaryLocationLineHash": format!("{}:{ordinal}", finding.fingerprint),
        },
        "properties": { "confidence": finding.confidence, "origin": finding.origin.name(), "severity": finding.severity.name() },
    });
    if !finding.reasons.is_empty() {
        result["properties"]["reasons"] = json!(finding.reasons);
    }
    if !finding.related.is_empty() {
        result["relatedLocations"] = finding.related.iter().map(|place| related(path, place)).collect();
    }
    if !finding.edits.is_empty() {
        result["fixes"] = json!([fix(path, finding)]);
    }
    result
}

/// From a line and column to another, both from 1, the end exclusive.
fn region(start: (u32, u32), end: (u32, u32)) -> Value {
    json!({ "startLine": start.0, "startColumn": start.1, "endLine": end.0, "endColumn": end.1 })
}

fn related(path: &RelPath, place: &Related) -> Value {
    json!({
        "message": { "text": place.message },
        "physicalLocation": {
            "artifactLocation": location(place.path.as_ref().unwrap_or(path)),
            "region": region((place.line, place.column), (place.end_line, place.end_column)),
        },
    })
}

fn fix(path: &RelPath, finding: &Finding) -> Value {
    let replacement = |edit: &TextEdit| {
        json!({
            "deletedRegion": { "byteOffset": edit.start, "byteLength": edit.end - edit.start },
            "insertedContent": { "text": edit.replacement },
        })
    };
    let replacements: Vec<Value> = finding.edits.iter().map(replacement).collect();
    json!({
        "description": { "text": finding.suggestion.as_ref().unwrap_or(&finding.message) },
        "artifactChanges": [{ "artifactLocation": location(path), "replacements": replacements }],
        // A consumer that applies fixes unread should apply these alone.
        "properties": { "isCertain": finding.edits.iter().all(|edit| edit.is_certain) },
    })
}

/// A path inside of the project is relative to its root; another one is absolute. What a URI cannot hold is escaped.
fn location(path: &RelPath) -> Value {
    let mut uri = String::new();
    let bytes = path.as_str().as_bytes();
    // An escape in the text of a path is the one that a URI has.
    let is_escape = |at: usize| bytes[at] == b'%' && bytes.get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
    for (at, byte) in bytes.iter().copied().enumerate() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) || is_escape(at) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    if uri.starts_with('/') { json!({ "uri": format!("file://{uri}") }) } else { json!({ "uri": uri, "uriBaseId": "%SRCROOT%" }) }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

fn problem(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "recommendation",
    }
}

/// In the middle of what GitHub calls critical (over 9), high (from 7), medium (from 4) and low.
fn security(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "1.0",
    }
}

/// A model is never taken for precise.
fn precision(example: Option<&Finding>) -> &'static str {
    match example {
        Some(finding) if finding.origin == Origin::Static && finding.confidence >= 90 => "very-high",
        Some(finding) if finding.origin == Origin::Static && finding.confidence >= 70 => "high",
        _ => "medium",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(analyzer: &str, severity: Severity) -> Finding {
        Finding {
            rule: "rule".to_owned(),
            analyzer: analyzer.to_owned(),
            severity,
            category: Category::Security,
            message: "A message.".to_owned(),
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 2,
            quote: "x".to_owned(),
            suggestion: None,
            reasons: Vec::new(),
            related: Vec::new(),
            edits: Vec::new(),
            confidence: 90,
            origin: Origin::Static,
            fingerprint: "0".to_owned(),
        }
    }

    #[test]
    fn every_analyzer_that_took_part_has_a_run_and_the_worst_come_first() {
        let operations: Vec<String> = (0..25).map(|n| format!("quiet-{n:02}:check")).chain(["review:check".to_owned()]).collect();
        let path = RelPath::from("a.rs");
        let (high, low) = (finding("review", Severity::High), finding("zeal", Severity::Low));
        let found = by_analyzer(&operations, vec![(&path, &high), (&path, &low)]);
        let names: Vec<&str> = found.iter().map(|(analyzer, _)| *analyzer).collect();
        assert_eq!((names.len(), &names[..4]), (27, &["review", "zeal", "quiet-00", "quiet-01"][..]));
        let note = left_out_note(&found[26]);
        assert_eq!(note["level"], "error");
        assert_eq!(note["message"]["text"], "the run of quiet-24 with 0 results is left out: at most 20 runs are taken");
        assert_eq!(by_analyzer(&[], Vec::new())[0].0, "devflow");
    }
}
