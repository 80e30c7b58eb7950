//! Owns the rules about size and shape: how long, how deep, how many. Never counts itself; the host measured.

use crate::rule::{ALL, C_LIKE, Category, Finder, InTests, JS, Measured, Rule, Severity};
use crate::source::{Function, Match, Source};

/// A measure of a function, and where it begins to count: up to the first number it is fine, up to the second worth knowing, up to the third
/// of low severity. Source: cognitive complexity 15 is SonarSource's limit; the others are the ninth decile of well-kept projects and its
/// multiples, see `docs/scoring.md`.
struct Limits {
    fine: u32,
    info: u32,
    low: u32,
}

// Readers want to split most functions beyond 75, and few of those between 50 and 75; see `docs/quality.md`.
const COGNITIVE: Limits = Limits { fine: 15, info: 25, low: 75 };
const LINES: Limits = Limits { fine: 100, info: 150, low: 700 };
const NESTING: Limits = Limits { fine: 4, info: 6, low: u32::MAX };
const PARAMETERS: Limits = Limits { fine: 6, info: 8, low: u32::MAX };

/// Most lines of code of a file.
const MAX_FILE_LINES: u32 = 1000;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "complex-function",
        severity: Severity::Medium,
        category: Category::Complexity,
        confidence: 85,
        summary: "A function asks more of a reader than can be held in mind: by its flow, its nesting, its length or its parameters.",
        suggestion: "Move inner blocks into named functions, leave early instead of nesting, and group parameters that belong together.",
        in_tests: InTests::As(Severity::Info),
        finders: &[Finder::Measure { languages: ALL, check: shape }],
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

impl Limits {
    fn severity(&self, n: u32) -> Option<Severity> {
        match n {
            _ if n <= self.fine => None,
            _ if n <= self.info => Some(Severity::Info),
            _ if n <= self.low => Some(Severity::Low),
            _ => Some(Severity::Medium),
        }
    }
}

/// All measures of a function that are over their limit, as one finding.
fn shape(function: &Function, source: &Source<'_>) -> Option<Measured> {
    // An override cannot choose its parameters.
    let n_parameters = if is_override(function, source) { 0 } else { function.parameters.len() as u32 };
    let measures = [
        (&COGNITIVE, function.cognitive, "cognitive complexity"),
        (&NESTING, function.nesting, "levels of nesting"),
        (&LINES, function.code_lines, "lines of code"),
        (&PARAMETERS, n_parameters, "parameters"),
    ];
    let over: Vec<_> = measures.iter().filter_map(|(limits, n, what)| Some((limits.severity(*n)?, limits, *n, *what))).collect();
    let severity = over.iter().map(|(severity, ..)| *severity).max()?;
    let shown: Vec<String> = over.iter().map(|(_, limits, n, what)| format!("{what} {n} (limit {})", limits.fine)).collect();
    let mut reasons: Vec<(&str, u32)> = over.iter().map(|(_, _, n, what)| (*what, *n)).collect();
    reasons.push(("paths", function.cyclomatic));
    Some(Measured { message: format!("{} is hard to follow: {}", subject(function), shown.join(", ")), severity, reasons })
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
