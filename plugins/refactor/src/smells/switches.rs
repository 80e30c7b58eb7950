//! Owns the smell of the same choice between the same cases made in several functions.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use devflow_plugin::words::is_name_char;
use devflow_plugin::{Finding, Severity};

use crate::code::Code;
use crate::grammar::Tag;
use crate::rules::{finding, listed};

/// Fewest cases that the choices share.
const MIN_CASES: usize = 3;
/// Fewest functions that make the choice.
const MIN_FUNCTIONS: usize = 3;
/// The same where a `match` must name every case, so that the compiler finds a forgotten one.
const MIN_FUNCTIONS_CHECKED: usize = 5;
/// Names shown in a message.
const MAX_SHOWN: usize = 5;

/// One choice.
struct Choice {
    span: Range<usize>,
    function: usize,
    cases: BTreeSet<String>,
}

pub(super) fn inspect(code: &Code<'_>, findings: &mut Vec<Finding>) {
    let choices = choices(code);
    let mut groups: BTreeMap<Vec<&String>, Vec<&Choice>> = BTreeMap::new();
    for choice in &choices {
        let cases: Vec<&String> = choice.cases.iter().collect();
        if cases.len() >= MIN_CASES {
            groups.entry(cases).or_default().push(choice);
        }
    }
    let is_checked = matches!(code.language, "rust" | "kotlin");
    let enough = if is_checked { MIN_FUNCTIONS_CHECKED } else { MIN_FUNCTIONS };
    let mut found: Vec<Finding> = Vec::new();
    for (cases, group) in &groups {
        let functions: BTreeSet<usize> = group.iter().map(|choice| choice.function).collect();
        // Methods of one name in several types are polymorphism already.
        let names = functions.iter().filter_map(|at| code.functions.get(*at)).map(|function| code.subject(function).replace('`', ""));
        let names: BTreeSet<String> = names.collect();
        let Some(first) = group.first().filter(|_| names.len() >= enough) else { continue };
        let lines: Vec<String> = group.iter().map(|choice| code.line(choice.span.start).to_string()).collect();
        let message = format!(
            "{} choose between the same {} cases: {}",
            listed(names.iter().map(String::as_str), MAX_SHOWN),
            cases.len(),
            listed(cases.iter().map(|case| case.as_str()), MAX_SHOWN)
        );
        let suggestion = if is_checked {
            format!("Give the type one method per question, or one table, for the choices of lines {}.", lines.join(", "))
        } else {
            format!(
                "Replace the conditionals of lines {} with polymorphism: a type per case, or one table that holds what differs.",
                lines.join(", ")
            )
        };
        let head = first.span.start..first.span.start + code.slice(&first.span).lines().next().unwrap_or("").trim_end().len();
        let mut one = finding("repeated-switch", head, message, suggestion);
        if is_checked {
            one.severity = Severity::Info;
        }
        found.push(one);
    }
    findings.append(&mut found);
}

fn choices(code: &Code<'_>) -> Vec<Choice> {
    let mut by_place: BTreeMap<(usize, usize), Choice> = BTreeMap::new();
    // Chains of comparisons: in one function, of one subject.
    let mut chains: BTreeMap<(usize, String), Choice> = BTreeMap::new();
    for found in code.matches(Tag::Case).chain(code.matches(Tag::Equal)) {
        let (Some(subject), Some(label)) = (found.span("subject"), found.span("label")) else { continue };
        let Some(function) = code.function_at(subject.start).filter(|_| !code.is_test(subject.start)) else { continue };
        let text = code.slice(&subject).trim_matches(['(', ')', ' ']).to_owned();
        let label = code.slice(&label).trim().trim_matches(['"', '\'', '`']).to_owned();
        if !is_telling(&label) {
            continue;
        }
        let span = found.span("switch").or_else(|| found.span("equal")).unwrap_or(subject);
        let key = (span.start, span.end);
        let new = || Choice { span, function, cases: BTreeSet::new() };
        let choice = match found.tag {
            Tag::Case => by_place.entry(key).or_insert_with(new),
            _ => chains.entry((function, text)).or_insert_with(new),
        };
        choice.cases.insert(label);
    }
    by_place.into_values().chain(chains.into_values()).collect()
}

/// Whether a label names a case: a word, not a number, a character or a pattern that takes something apart.
fn is_telling(label: &str) -> bool {
    let is_path = |c: char| is_name_char(c) || matches!(c, '.' | ':' | '-' | ' ' | '(' | ')' | '{' | '}' | '*');
    label.len() > 2
        && label.chars().next().is_some_and(|c| c.is_alphabetic() || c == '*')
        && label.chars().all(is_path)
        && !matches!(
            label,
            "None" | "Some" | "true" | "false" | "null" | "default" | "Error" | "Ok(_)" | "Err(_)" | "Some(_)" | "error" | "string" | "int"
        )
}
