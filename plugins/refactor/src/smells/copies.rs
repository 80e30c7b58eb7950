//! Owns the smell of a block that stands in two functions of the file. Never looks for the copies; the host found them.

use std::collections::BTreeMap;
use std::ops::Range;

use devflow_plugin::{Finding, FormKind, Place, Related, Severity};

use crate::code::Code;
use crate::rules::finding;

/// Fewest lines of a copy.
const MIN_LINES: usize = 10;
/// From this many lines on it is a problem of weight.
const MANY_LINES: usize = 40;
/// Fewest calls, branches and assignments of a block that is code and no table.
const MIN_ACTS: usize = 4;
/// Most places that are compared with one copy.
const MAX_ORIGINALS: usize = 50;

pub(super) fn inspect(code: &Code<'_>, findings: &mut Vec<Finding>) {
    if code.measures.duplicates.is_empty() {
        return;
    }
    let mut by_line: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut at = 0;
    for line in code.text.split_inclusive('\n') {
        by_line.entry(line.trim()).or_default().push(at);
        at += line.len();
    }
    let mut told: BTreeMap<usize, usize> = BTreeMap::new();
    for copy in code.measures.duplicates.iter().map(|copy| copy.range()) {
        let (first, last) = code.lines(&copy);
        if last - first + 1 < MIN_LINES || code.is_test(copy.start) {
            continue;
        }
        let Some((original, there)) = original(code, &by_line, &copy) else { continue };
        // Both must be within a function: whole functions and tables that repeat need another cure.
        let (Some(here), Some(there_in)) = (inside(code, &copy), inside(code, &original)) else { continue };
        let message = format!("{} of {here} are a copy of those from line {there} on in {there_in}", code.lines_in_words(&copy));
        let ends = code
            .function_at(copy.start)
            .and_then(|at| code.functions.get(at))
            .is_some_and(|function| copy.end <= function.span.range().end);
        let suggestion = if !ends {
            format!("Extract a type or a module that has what {} and those from line {there} on share.", code.lines_in_words(&copy))
        } else if here == there_in {
            format!("Extract a function from {} and call it twice in {here}.", code.lines_in_words(&copy))
        } else {
            format!("Extract a function from {} and call it from {there_in} and {here}.", code.lines_in_words(&copy))
        };
        if is_data(code, &copy) {
            continue;
        }
        // Copies of one block are one thing to mend.
        let place = Place::Span(copy.clone().into());
        if let Some(known) = told.get(&there).and_then(|at: &usize| findings.get_mut(*at)) {
            known.related.push(Related { place, message: format!("{here} has these lines, too") });
            continue;
        }
        let mut found = finding("duplicated-code", copy.clone(), message, suggestion);
        if last - first + 1 >= MANY_LINES {
            found.severity = Severity::Medium;
        }
        told.insert(there, findings.len());
        findings.push(found);
    }
}

/// Whether a block holds text or a table and next to no code that does something.
fn is_data(code: &Code<'_>, block: &Range<usize>) -> bool {
    let acts = |kind: FormKind| {
        matches!(
            kind,
            FormKind::Call | FormKind::If | FormKind::Loop | FormKind::Return | FormKind::Assign | FormKind::Append | FormKind::Switch
        )
    };
    let n_acts = code.form.iter().filter(|node| acts(node.kind) && block.contains(&(node.span.start as usize))).count();
    n_acts < MIN_ACTS
}

/// Where the same lines stand before, and the line of it.
fn original(code: &Code<'_>, by_line: &BTreeMap<&str, Vec<usize>>, copy: &Range<usize>) -> Option<(Range<usize>, usize)> {
    let wanted = lines(code.slice(copy));
    let first = wanted.first()?;
    for start in by_line.get(first)?.iter().take_while(|start| **start < copy.start).take(MAX_ORIGINALS) {
        let before = code.text.get(*start..copy.start)?;
        let found = lines(before);
        if found.get(..wanted.len()) == Some(wanted.as_slice()) {
            return Some((*start..*start + copy.len().min(before.len()), code.line(*start)));
        }
    }
    None
}

/// The lines that count for a copy.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| line.chars().any(char::is_alphanumeric)).collect()
}

/// The function in whose body a block lies.
fn inside(code: &Code<'_>, span: &Range<usize>) -> Option<String> {
    let start = span.start + (code.slice(span).len() - code.slice(span).trim_start().len());
    let function = code.functions.get(code.function_at(start)?)?;
    (function.signature.range().end <= start).then(|| code.subject(function))
}
