//! Owns finding the comment that a unit begins with, when it speaks of the whole unit. Takes a licence for none.

use super::Declared;
use super::doc::{docstring, without_marks};

/// The text of the head comment; empty where there is none.
pub(super) fn head_comment(declared: &Declared<'_>) -> String {
    let text = declared.text;
    if declared.language == "python" {
        return python(declared);
    }
    let mut found = String::new();
    let mut end = None;
    for comment in &declared.comments {
        let raw = declared.part(comment);
        let before = text.get(end.unwrap_or(0)..comment.start).unwrap_or("");
        let is_first_code = !before.trim().is_empty() && !is_preamble(declared.language, before);
        if is_first_code {
            break;
        }
        let is_run = end.is_some() && raw.starts_with("//") && before.matches('\n').count() <= 1;
        let body: Vec<&str> = without_marks(text, comment).into_iter().map(|line| text.get(line).unwrap_or("").trim()).collect();
        let body = body.join("\n");
        end = Some(comment.end);
        match declared.language {
            "rust" if raw.starts_with("//!") || raw.starts_with("/*!") => push(&mut found, &body),
            "rust" if found.is_empty() => {}
            "rust" => break,
            _ if is_run && !found.is_empty() => push(&mut found, &body),
            _ if !speaks_of_file(declared, comment.start, comment.end) => {}
            _ => found = body,
        }
    }
    if is_licence(&found) { String::new() } else { found.trim().to_owned() }
}

fn push(found: &mut String, line: &str) {
    if !found.is_empty() {
        found.push('\n');
    }
    found.push_str(line);
}

/// What may stand before the comment that speaks of the file.
fn is_preamble(language: &str, text: &str) -> bool {
    let is_marker = |line: &str| line.is_empty() || line.starts_with(['#', '\'', '"']);
    match language {
        "java" | "kotlin" => {
            text.lines().map(str::trim).all(|line| line.is_empty() || line.starts_with("package") || line.starts_with("import"))
        }
        _ => text.lines().map(str::trim).all(is_marker),
    }
}

/// Go: it stands right above `package`. Java and Kotlin: it documents the first type. Elsewhere: an empty line follows, or it says so.
fn speaks_of_file(declared: &Declared<'_>, start: usize, end: usize) -> bool {
    let raw = declared.text.get(start..end).unwrap_or("");
    let rest = declared.text.get(end..).unwrap_or("");
    let next = rest.trim_start_matches([' ', '\t', '\r']).trim_start_matches('\n');
    match declared.language {
        "go" => raw.starts_with("/*") && next.starts_with("package ") || raw.starts_with("//") && run_ends_at_package(rest),
        "java" | "kotlin" => declared.items.iter().any(|item| item.doc.as_ref().is_some_and(|doc| doc.span.start == start)),
        _ => {
            let is_marked = ["@file", "@module", "@packageDocumentation", "\\file", "@overview"].iter().any(|mark| raw.contains(mark));
            let is_apart = next.starts_with(['\n', '\r', '#']) || next.is_empty() || next.starts_with("import ");
            is_marked || is_apart || raw.starts_with("//") && next.starts_with("//")
        }
    }
}

/// The line comments go on until `package`, without an empty line.
fn run_ends_at_package(rest: &str) -> bool {
    let mut lines = rest.strip_prefix('\n').unwrap_or(rest).lines().map(str::trim);
    lines.find(|line| !line.starts_with("//")).is_some_and(|line| line.starts_with("package "))
}

fn python(declared: &Declared<'_>) -> String {
    let mut at = 0;
    for line in declared.text.split_inclusive('\n') {
        let trimmed = line.trim();
        if !trimmed.is_empty() && !trimmed.starts_with('#') {
            break;
        }
        at += line.len();
    }
    let doc = docstring(declared.text, at).map(|doc| doc.text(declared.text)).unwrap_or_default();
    if is_licence(&doc) { String::new() } else { doc }
}

fn is_licence(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["copyright", "licence", "license", "spdx", "all rights reserved"].iter().any(|word| lower.contains(word)) && !lower.contains("@file")
        || lower.trim_start().starts_with("eslint")
}
