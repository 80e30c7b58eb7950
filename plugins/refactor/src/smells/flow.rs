//! Owns the smells of control flow: the arrow of nested conditions, and the condition of many parts.

use std::collections::BTreeMap;
use std::ops::Range;

use devflow_plugin::words::one_line;
use devflow_plugin::{Finding, Place, Severity};

use crate::code::Code;
use crate::grammar::Tag;
use crate::rules::finding;

/// Fewest levels of nesting in a function for which an arrow is reported.
const MIN_NESTING: u32 = 4;
/// Fewest lines that the condition wraps.
const MIN_WRAPPED_LINES: usize = 8;
/// Fewest logical operators of a condition that mixes both sorts.
const MIN_OPERATORS: usize = 5;
/// Longest group that is shown.
const MAX_GROUP_CHARS: usize = 70;
/// From this many operators on nobody reads it.
const MANY_OPERATORS: usize = 8;

pub(super) fn inspect(code: &Code<'_>, findings: &mut Vec<Finding>) {
    arrows(code, findings);
    conditions(code, findings);
}

fn arrows(code: &Code<'_>, findings: &mut Vec<Finding>) {
    let mut best: BTreeMap<usize, (usize, Range<usize>, bool)> = BTreeMap::new();
    for found in code.matches(Tag::Guard) {
        let Some(guard) = found.span("guard") else { continue };
        let Some(at) = code.function_at(guard.start) else { continue };
        if code.functions.get(at).is_none_or(|function| function.nesting < MIN_NESTING) || code.is_test(guard.start) {
            continue;
        }
        // A grammar without a field for the other branch: it stands between the head and the last block.
        let head = found.span("gap").map_or("", |gap| code.text.get(guard.start..gap.start).unwrap_or(""));
        let is_other = head.trim_end().ends_with("else");
        // Declarations in the condition cannot be turned round by a `!`.
        let condition = code.slice(&guard).lines().next().unwrap_or("");
        let is_let = code.language == "rust" && condition.contains(" let ") && condition.contains("&&");
        let (first, last) = code.lines(&guard);
        let n_lines = last - first + 1;
        if is_other || is_let || n_lines < MIN_WRAPPED_LINES || !nests_more(code, &guard) {
            continue;
        }
        if best.get(&at).is_none_or(|(most, ..)| n_lines > *most) {
            best.insert(at, (n_lines, guard, found.span("loop").is_some()));
        }
    }
    for (at, (_, guard, is_loop)) in best {
        let Some(function) = code.functions.get(at) else { continue };
        let (line, n) = (code.line(guard.start), function.nesting);
        let (what, word) = if is_loop { ("loop", "continue") } else { ("function", "return") };
        let message = format!(
            "{} nests {n} deep, and the condition of line {line} wraps the rest of its {what} ({})",
            code.subject(function),
            code.lines_in_words(&guard)
        );
        let suggestion = format!("Replace the nested condition of line {line} with a guard clause: turn it round and `{word}` early.");
        let head = guard.start..guard.start + code.slice(&guard).lines().next().unwrap_or("").trim_end().len();
        let found = finding("arrow-code", function.signature.range(), message, suggestion);
        findings.push(found.relate(Place::Span(head.into()), "the condition to turn round"));
    }
}

/// Whether there is a loop or a condition further in.
fn nests_more(code: &Code<'_>, guard: &Range<usize>) -> bool {
    let mut steps = code.matches(Tag::Step).filter_map(|found| found.span("step"));
    code.language == "kotlin" || steps.any(|step| guard.start < step.start && step.end <= guard.end)
}

/// A logical expression with its operands.
struct Logic {
    span: Range<usize>,
    left: Range<usize>,
    right: Range<usize>,
}

fn conditions(code: &Code<'_>, findings: &mut Vec<Finding>) {
    let mut all: BTreeMap<(usize, usize), Logic> = BTreeMap::new();
    for found in code.matches(Tag::Logic) {
        if let (Some(span), Some(left), Some(right)) = (found.span("logic"), found.span("left"), found.span("right")) {
            all.insert((span.start, span.end), Logic { span, left, right });
        }
    }
    let mut inner = std::collections::BTreeSet::new();
    for logic in all.values() {
        for operand in [&logic.left, &logic.right] {
            let bare = bare(code, operand.clone());
            inner.insert((bare.start, bare.end));
        }
    }
    for (key, logic) in all.iter().filter(|(key, _)| !inner.contains(*key)) {
        let (n_and, n_or) = operators(code, &all, *key);
        let n = n_and + n_or;
        if n < MIN_OPERATORS || n_and == 0 || n_or == 0 || code.is_test(logic.span.start) || has_a_name(code, &logic.span, n) {
            continue;
        }
        let message = format!("the condition joins {} parts with both and and or", n + 1);
        let part = group(code, &all, logic).map_or(String::new(), |part| format!(", such as `{part}`,"));
        let suggestion = format!("Decompose the condition: give each group{part} a variable or a function that says what it means.");
        let mut found = finding("complex-condition", logic.span.clone(), message, suggestion);
        if n < MANY_OPERATORS {
            found.severity = Severity::Info;
        }
        findings.push(found);
    }
}

/// The first operand that is a group of its own, on one line and short.
fn group(code: &Code<'_>, all: &BTreeMap<(usize, usize), Logic>, root: &Logic) -> Option<String> {
    let mut open = vec![root];
    while let Some(logic) = open.pop() {
        for operand in [&logic.right, &logic.left] {
            let inner = bare(code, operand.clone());
            let Some(known) = all.get(&(inner.start, inner.end)) else { continue };
            let text = one_line(code.slice(&inner));
            if inner.start != operand.start && text.chars().count() <= MAX_GROUP_CHARS && !text.contains('`') {
                return Some(text);
            }
            open.push(known);
        }
    }
    None
}

/// How often each operator stands in a logical expression, without those in closures and arguments.
fn operators(code: &Code<'_>, all: &BTreeMap<(usize, usize), Logic>, root: (usize, usize)) -> (usize, usize) {
    let (mut n_and, mut n_or) = (0, 0);
    let mut open = vec![root];
    while let Some(key) = open.pop() {
        let Some(logic) = all.get(&key) else { continue };
        let operator = code.text.get(logic.left.end..logic.right.start).unwrap_or("");
        if operator.contains("&&") || operator.contains("and") {
            n_and += 1;
        } else {
            n_or += 1;
        }
        for operand in [&logic.left, &logic.right] {
            let bare = bare(code, operand.clone());
            open.push((bare.start, bare.end));
        }
    }
    (n_and, n_or)
}

/// An operand without parentheses and negations around it.
fn bare(code: &Code<'_>, mut span: Range<usize>) -> Range<usize> {
    loop {
        let text = code.slice(&span);
        let inner = text.trim();
        span = span.start + (text.len() - text.trim_start().len())..span.end - (text.len() - text.trim_end().len());
        if let Some(rest) = inner.strip_prefix('!').or_else(|| inner.strip_prefix("not ")) {
            span.start = span.end - rest.len();
        } else if inner.starts_with('(') && inner.ends_with(')') && closes_at_end(inner) {
            span = span.start + 1..span.end - 1;
        } else {
            return span;
        }
    }
}

/// Whether the first parenthesis is closed by the last one.
fn closes_at_end(text: &str) -> bool {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1 == text.len();
                }
            }
            _ => {}
        }
    }
    false
}

/// A condition that is the whole body of a function has a name already, unless it is far too long.
fn has_a_name(code: &Code<'_>, span: &Range<usize>, n_operators: usize) -> bool {
    let Some(function) = code.function_at(span.start).and_then(|at| code.functions.get(at)) else { return false };
    let (first, last) = code.lines(span);
    n_operators < MANY_OPERATORS && (function.code_lines as usize) <= last - first + 4
}
