//! Owns the rules about size and shape: how long, how deep, how many. Never counts itself; the host measured.

use crate::rule::{ALL, C_LIKE, Category, Finder, InTests, JS, Rule, Severity};
use crate::source::{Function, Match, Source};

/// Highest cognitive complexity that is not reported.
const MAX_COGNITIVE: u32 = 15;
/// Highest cyclomatic complexity that is not reported.
const MAX_CYCLOMATIC: u32 = 20;
/// Most lines of code of a function.
const MAX_FUNCTION_LINES: u32 = 80;
/// Deepest nesting of control flow.
const MAX_NESTING: u32 = 4;
/// Most parameters of a function.
const MAX_PARAMETERS: usize = 6;
/// Most lines of code of a file.
const MAX_FILE_LINES: u32 = 1000;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "cognitive-complexity",
        severity: Severity::Medium,
        category: Category::Complexity,
        confidence: 85,
        summary: "A function has more nested and broken flow than a reader can hold in mind.",
        suggestion: "Move the inner blocks into named functions and leave early instead of nesting.",
        in_tests: InTests::As(Severity::Low),
        finders: &[Finder::Function { languages: ALL, check: cognitive }],
    },
    Rule {
        id: "cyclomatic-complexity",
        severity: Severity::Low,
        category: Category::Complexity,
        confidence: 70,
        summary: "A function has more paths than tests will cover.",
        suggestion: "Put the cases into a table, or split the function by what it decides.",
        in_tests: InTests::Off,
        finders: &[Finder::Function { languages: ALL, check: cyclomatic }],
    },
    Rule {
        id: "long-function",
        severity: Severity::Low,
        category: Category::Complexity,
        confidence: 80,
        summary: "A function is longer than a screen or two.",
        suggestion: "Give each step of the function a function of its own.",
        in_tests: InTests::Off,
        finders: &[Finder::Function { languages: ALL, check: long_function }],
    },
    Rule {
        id: "deep-nesting",
        severity: Severity::Medium,
        category: Category::Complexity,
        confidence: 85,
        summary: "Control flow is nested so deeply that the conditions around a line are out of sight.",
        suggestion: "Turn conditions round and leave early, or move the inner block into a function.",
        in_tests: InTests::As(Severity::Low),
        finders: &[Finder::Function { languages: ALL, check: nesting }],
    },
    Rule {
        id: "too-many-parameters",
        severity: Severity::Low,
        category: Category::Complexity,
        confidence: 75,
        summary: "A function takes so many parameters that callers mix them up.",
        suggestion: "Group the parameters that belong together into a type.",
        in_tests: InTests::Off,
        finders: &[Finder::Function { languages: ALL, check: parameters }],
    },
    Rule {
        id: "long-file",
        severity: Severity::Low,
        category: Category::Complexity,
        confidence: 80,
        summary: "A file holds more code than one purpose needs.",
        suggestion: "Split the file by purpose.",
        in_tests: InTests::Off,
        finders: &[Finder::File { languages: ALL, check: long_file }],
    },
    Rule {
        id: "nested-ternary",
        severity: Severity::Low,
        category: Category::Complexity,
        confidence: 80,
        summary: "A conditional expression stands inside another one.",
        suggestion: "Use `if`, or give the inner condition a name.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: JS,
                query: r#"
                    (ternary_expression condition: (parenthesized_expression (ternary_expression))) @here
                    (ternary_expression consequence: [
                        (ternary_expression) (parenthesized_expression (ternary_expression))]) @here
                    (ternary_expression alternative: [
                        (ternary_expression) @chained (parenthesized_expression (ternary_expression) @chained)]) @here"#,
                message: "a conditional expression inside another one",
                accept: is_hard_to_read,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"
                    (ternary_expression condition: (parenthesized_expression (ternary_expression))) @here
                    (ternary_expression consequence: [
                        (ternary_expression) (parenthesized_expression (ternary_expression))]) @here
                    (ternary_expression alternative: [
                        (ternary_expression) @chained (parenthesized_expression (ternary_expression) @chained)]) @here"#,
                message: "a conditional expression inside another one",
                accept: is_hard_to_read,
            },
            Finder::Syntax {
                languages: C_LIKE,
                query: r#"
                    (conditional_expression condition: (parenthesized_expression (conditional_expression))) @here
                    (conditional_expression consequence: [
                        (conditional_expression) (parenthesized_expression (conditional_expression))]) @here
                    (conditional_expression alternative: [
                        (conditional_expression) @chained
                        (parenthesized_expression (conditional_expression) @chained)]) @here"#,
                message: "a conditional expression inside another one",
                accept: is_hard_to_read,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"
                    (conditional_expression (parenthesized_expression (conditional_expression))) @here
                    (conditional_expression (conditional_expression) @chained) @here"#,
                message: "a conditional expression inside another one",
                accept: is_hard_to_read,
            },
        ],
    },
    Rule {
        id: "backward-goto",
        severity: Severity::Low,
        category: Category::Complexity,
        confidence: 75,
        summary: "A `goto` jumps back, which makes a loop that does not look like one.",
        suggestion: "Write a loop.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: C_LIKE,
            query: r#"(goto_statement label: (statement_identifier) @label) @here"#,
            message: "this jumps back to `{label}`",
            accept: label_stands_before,
        }],
    },
];

fn cognitive(function: &Function, _: &Source<'_>) -> Option<String> {
    let n = function.cognitive;
    (n > MAX_COGNITIVE).then(|| format!("{} has a cognitive complexity of {n}; the limit is {MAX_COGNITIVE}", subject(function)))
}

/// Silent where `cognitive` speaks, so that one function is not reported twice.
fn cyclomatic(function: &Function, _: &Source<'_>) -> Option<String> {
    let n = function.cyclomatic;
    (n > MAX_CYCLOMATIC && function.cognitive <= MAX_COGNITIVE)
        .then(|| format!("{} has {n} paths through it; the limit is {MAX_CYCLOMATIC}", subject(function)))
}

fn long_function(function: &Function, _: &Source<'_>) -> Option<String> {
    let n = function.code_lines;
    (n > MAX_FUNCTION_LINES).then(|| format!("{} has {n} lines of code; the limit is {MAX_FUNCTION_LINES}", subject(function)))
}

fn nesting(function: &Function, _: &Source<'_>) -> Option<String> {
    let n = function.nesting;
    (n > MAX_NESTING).then(|| format!("{} nests control flow {n} deep; the limit is {MAX_NESTING}", subject(function)))
}

/// An override cannot choose its parameters.
fn parameters(function: &Function, source: &Source<'_>) -> Option<String> {
    let n = function.parameters.len();
    if n <= MAX_PARAMETERS || is_override(function, source) {
        return None;
    }
    Some(format!("{} takes {n} parameters; the limit is {MAX_PARAMETERS}", subject(function)))
}

fn is_override(function: &Function, source: &Source<'_>) -> bool {
    let signature = source.text.get(function.signature.range()).unwrap_or("");
    let mut words = signature.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.any(|word| matches!(word, "Override" | "override"))
}

fn long_file(source: &Source<'_>) -> Vec<(usize, usize, String)> {
    let n = source.measures.code_lines;
    if n <= MAX_FILE_LINES {
        return Vec::new();
    }
    let start = source.text.len() - source.text.trim_start().len();
    let end = start + source.line_at(start).len();
    vec![(start, end, format!("this file has {n} lines of code; the limit is {MAX_FILE_LINES}"))]
}

/// A chain with one case a line reads like a table, and a comparison has three outcomes; a longer line is hard to read.
fn is_hard_to_read(m: &Match<'_>, _: &Source<'_>) -> bool {
    let text = m.text("here");
    let n_conditions = text.matches(" ? ").count().max(text.matches(" if ").count());
    m.span("chained").is_none() || n_conditions > 2 && !text.contains('\n')
}

fn label_stands_before(m: &Match<'_>, source: &Source<'_>) -> bool {
    let Some(function) = source.function_at(m.start()) else { return false };
    let before = source.text.get(function.span.range().start..m.start()).unwrap_or("");
    let label = m.text("label");
    before.lines().any(|line| {
        line.trim_start().strip_prefix(label).is_some_and(|rest| {
            let rest = rest.trim_start();
            rest.starts_with(':') && !rest.starts_with("::")
        })
    })
}

/// How a message names a function.
fn subject(function: &Function) -> String {
    match function.name.as_str() {
        "" => "this function".to_owned(),
        name => format!("`{name}`"),
    }
}
