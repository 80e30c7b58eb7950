//! Owns the rule `readme-stale-path`. Judges only paths of sources, in folders that hold sources: of other files the project is not asked.

use std::collections::BTreeSet;
use std::ops::Range;

use devflow_plugin::{Finding, Place};

use super::is_readme;
use crate::project::{Project, follow, split};
use crate::rules::finding;

/// Extensions of the languages that devflow parses.
const EXTENSIONS: [&str; 20] =
    ["rs", "py", "pyi", "js", "mjs", "cjs", "jsx", "ts", "mts", "tsx", "java", "kt", "kts", "go", "c", "h", "cpp", "cc", "hpp", "hh"];

/// Words of a line that speaks of a file which the reader is to make, or of an example.
const MARKS: [&str; 16] = [
    "create",
    "add ",
    "your",
    "e.g.",
    "example",
    "new file",
    "generat",
    "for instance",
    "such as",
    "suppose",
    "output",
    "called",
    "name it",
    "save",
    "removed",
    "renamed",
];

/// Paths in back-ticks and links that lead to no source.
pub(super) fn check(project: &Project, findings: &mut Vec<Finding>) {
    let files: BTreeSet<&str> = project.sources.iter().map(|source| source.path.as_str()).collect();
    let documents: BTreeSet<&str> = project.documents.iter().map(|document| document.path.as_str()).collect();
    let folders: BTreeSet<&str> = files.iter().map(|path| split(path).0).collect();
    for (at, document) in project.documents.iter().enumerate().filter(|(_, document)| is_readme(&document.path)) {
        let base = split(&document.path).0;
        for (span, path, is_link) in mentioned(&document.text) {
            let from_root = follow("", path.trim_start_matches('/'));
            let beside = follow(base, path);
            let candidates: Vec<String> =
                if path.starts_with('/') { vec![from_root] } else { vec![beside, from_root] }.into_iter().flatten().collect();
            let is_there = |path: &String| files.contains(path.as_str()) || documents.contains(path.as_str());
            let is_near = |path: &String| folders.contains(split(path).0) && path.contains('/');
            // A link leads from where the README stands; a path in prose may be meant from either place.
            let meant = if is_link { candidates.get(..1).unwrap_or_default() } else { candidates.as_slice() };
            if meant.is_empty() || candidates.iter().any(is_there) || !meant.iter().any(is_near) {
                continue;
            }
            let message = format!("`{path}` does not exist, though other sources of its folder do");
            let advice = "Write the path that the file has now, or take the mention away.";
            findings.push(finding("readme-stale-path", Place::document(at, span), message, advice, if is_link { 92 } else { 80 }));
        }
    }
}

/// Paths of sources outside of code blocks: place, path, and whether it is a link.
fn mentioned(text: &str) -> Vec<(Range<usize>, &str, bool)> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut fence: Option<&str> = None;
    let mut before = "";
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) if !line.starts_with("    ") && !line.starts_with('\t') => in_line(before, line, at, &mut found),
            _ => {}
        }
        at += line.len();
        before = line;
    }
    found
}

fn in_line<'a>(before: &str, line: &'a str, start: usize, found: &mut Vec<(Range<usize>, &'a str, bool)>) {
    let place = |part: &str| {
        let offset = start + (part.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
        offset..offset + part.len()
    };
    for (at, _) in line.match_indices("](") {
        let rest = line.get(at + 2..).unwrap_or("");
        let target = rest.split([')', ' ']).next().unwrap_or("");
        let path = target.trim_start_matches('<').split(['#', '?', '>']).next().unwrap_or("");
        if is_source_path(path) {
            found.push((place(path), path, true));
        }
    }
    let lower = format!("{before}{line}").to_lowercase();
    if MARKS.iter().any(|mark| lower.contains(mark)) {
        return;
    }
    let mut parts = line.split('`');
    parts.next();
    while let (Some(code), Some(_)) = (parts.next(), parts.next()) {
        let path = code.split('#').next().unwrap_or(code);
        // `name.rs:12` names a line.
        let path = path.rsplit_once(':').filter(|(_, line)| line.bytes().all(|byte| byte.is_ascii_digit())).map_or(path, |(path, _)| path);
        if is_source_path(path) && !path.starts_with('/') {
            found.push((place(path), path, false));
        }
    }
}

/// A relative path with a folder and the extension of a source, without patterns and placeholders.
fn is_source_path(path: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+');
    let name = split(path).1;
    let extension = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map_or("", |(_, extension)| extension);
    let is_pattern = ["foo", "bar.", "path/to", "xxx", "..."].iter().any(|mark| path.contains(mark));
    // What is built stands in no version control.
    let is_built =
        path.split('/').any(|part| matches!(part, "dist" | "build" | "target" | "out" | "node_modules" | "generated" | "gen" | "bin"));
    path.trim_start_matches("./").contains('/') && path.chars().all(is_plain) && EXTENSIONS.contains(&extension) && !is_pattern && !is_built
}
