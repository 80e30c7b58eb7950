//! Owns the smell of a function that is too large and says where it can be cut. A long list without a block to take out is no smell here.

use std::ops::Range;

use devflow_plugin::words::words;
use devflow_plugin::{Finding, Function, Severity};

use crate::code::Code;
use crate::grammar::Tag;
use crate::rules::{finding, listed};

/// Most lines of code of a function, the functions in it not counted.
const MAX_LINES: u32 = 50;
/// From this many lines on it is a problem of weight.
const MAX_BEARABLE_LINES: u32 = 120;
/// Fewest lines of a block that is worth a function.
const MIN_STEP_LINES: usize = 10;
/// Largest part of the function, in percent, that one block may be: taking out nearly everything only moves the problem.
const MAX_STEP_PERCENT: usize = 70;
/// Longest line that is shown.
const MAX_HEAD_CHARS: usize = 60;
/// Most parameters that the new function may need from those of the old one.
const MAX_NEEDED: usize = 4;

pub(super) fn inspect(code: &Code<'_>, findings: &mut Vec<Finding>) {
    for (at, function) in code.functions.iter().enumerate() {
        if function.code_lines <= MAX_LINES || function.is_test {
            continue;
        }
        let n_lines = code.own_lines(at);
        if n_lines <= MAX_LINES {
            continue;
        }
        let Some(step) = best_step(code, at, function) else { continue };
        let needed = needed(code, function, &step);
        let with = if needed.is_empty() { String::new() } else { format!("; of the parameters it needs {}", listed(needed, MAX_NEEDED)) };
        let message = format!(
            "{} has {n_lines} lines of code, and {} are a block that can stand alone",
            code.subject(function),
            code.lines_in_words(&step)
        );
        let suggestion = format!("Extract a function from {}{}{with}.", code.lines_in_words(&step), head(code, &step));
        let mut found = finding("oversized-function", function.signature.range(), message, suggestion);
        if n_lines > MAX_BEARABLE_LINES {
            found.severity = Severity::Low;
        }
        findings.push(found);
    }
}

/// The longest statement that can leave the function without a change of flow.
fn best_step(code: &Code<'_>, at: usize, function: &Function) -> Option<Range<usize>> {
    let limit = function.lines as usize * MAX_STEP_PERCENT / 100;
    let n_lines = |span: &Range<usize>| {
        let (first, last) = code.lines(span);
        last - first + 1
    };
    let steps = code.matches(Tag::Step).filter_map(|found| found.span("step"));
    let steps = steps.filter(|step| function.span.range().start < step.start && step.end <= function.span.range().end);
    let fits = |step: &Range<usize>| {
        let n = n_lines(step);
        n >= MIN_STEP_LINES && n <= limit && code.function_at(step.start) == Some(at) && keeps_flow(code, step)
    };
    steps.filter(fits).max_by_key(|step| (n_lines(step), usize::MAX - step.start))
}

/// Whether nothing in the block leaves it for anywhere but its end.
fn keeps_flow(code: &Code<'_>, step: &Range<usize>) -> bool {
    let text = code.slice(step);
    let first = words(text).next().map_or("", |(_, word)| word);
    let is_loop = matches!(first, "for" | "while" | "do" | "loop");
    let is_switch = first == "switch";
    words(text).all(|(at, word)| match word {
        "return" | "yield" | "goto" | "co_return" | "co_yield" | "fallthrough" => code.is_comment(step.start + at),
        "break" => is_loop || is_switch || code.is_comment(step.start + at),
        "continue" => is_loop || code.is_comment(step.start + at),
        _ => true,
    })
}

fn needed<'c>(code: &Code<'_>, function: &'c Function, step: &Range<usize>) -> Vec<&'c str> {
    let names = function.parameters.iter().map(String::as_str);
    names.filter(|name| code.places(name).iter().any(|at| step.contains(at))).collect()
}

/// The first line of a block in parentheses, without what opens it; empty where it tells nothing.
fn head(code: &Code<'_>, step: &Range<usize>) -> String {
    let line = code.line_text(step.start).trim().trim_end_matches(['{', ':', ' ']).trim_end_matches("=>").trim_end();
    if line.ends_with('(') || line.contains('`') || line.chars().count() > MAX_HEAD_CHARS {
        return String::new();
    }
    format!(" (`{line}`)")
}
