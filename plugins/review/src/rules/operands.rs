//! Owns the rules about conditions and operations whose outcome is known before the program runs.
//!
//! Expressions of thousands of operands nest to the left. A query that does not say what stands on the left keeps a state open for each
//! level and takes minutes, so the queries name an operand whose first leaf is at most three levels down.

use std::ops::Range;

use crate::around::code_before;
use crate::literals::{among, group_end};
use crate::rule::{Category, Finder, InTests, JS, Rule, Severity, always};
use crate::source::{Match, Source};

use super::comparisons::is_comparison;
use super::logic::{has_word, holds_any};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "constant-condition",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 85,
        summary: "A condition has the same outcome whatever the values are.",
        suggestion: "Write the comparison that was meant, once for each alternative.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["python"],
                query: r#"(assert_statement . (tuple (_)) @here)"#,
                message: "a tuple is always true: this asserts nothing",
                accept: always,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"
                    (boolean_operator left: (comparison_operator operators: "==") operator: "or" right: [(string) (integer)] @literal) @here
                    (boolean_operator
                        left: (leaf)
                        operator: "or" right: (true) @literal) @here
                    (boolean_operator
                        left: (leaf)
                        operator: "and" right: (false) @literal) @here"#,
                message: "`{literal}` decides this condition alone",
                accept: decided_by_a_literal,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"
                    (binary_expression
                        left: (binary_expression left: (primary_expression) operator: ["==" "==="])
                        operator: "||" right: [(string) (number)] @literal) @here
                    (binary_expression
                        left: (leaf)
                        operator: "||" right: (true) @literal) @here
                    (binary_expression
                        left: (leaf)
                        operator: "&&" right: (false) @literal) @here"#,
                message: "`{literal}` decides this condition alone",
                accept: decided_by_a_literal,
            },
            Finder::Syntax {
                languages: &["c", "cpp"],
                query: r#"(binary_expression
                    left: (binary_expression left: (leaf) operator: "==")
                    operator: "||" right: [(number_literal) (char_literal)] @literal) @here"#,
                message: "`{literal}` decides this condition alone",
                accept: decided_by_a_literal,
            },
            Finder::Syntax {
                languages: &["java", "go"],
                query: r#"
                    (binary_expression
                        left: (leaf)
                        operator: "||" right: (true) @literal) @here
                    (binary_expression
                        left: (leaf)
                        operator: "&&" right: (false) @literal) @here"#,
                message: "`{literal}` decides this condition alone",
                accept: decided_by_a_literal,
            },
            Finder::Syntax {
                languages: &["rust", "javascript", "typescript", "tsx", "java", "kotlin", "go", "c", "cpp"],
                query: r#"
                    (binary_expression
                        left: (binary_expression
                            left: (leaf) @subject
                            operator: _ @compares right: (_) @first)
                        operator: ["||" "&&"] @joins
                        right: (binary_expression left: (_) @again operator: _ @compares_again right: (_) @second)
                        (#eq? @subject @again) (#eq? @compares @compares_again) (#not-eq? @first @second)) @here"#,
                message: "`{subject}` cannot be both `{first}` and `{second}`: the outcome is always the same",
                accept: contradicts,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"
                    (boolean_operator
                        left: (comparison_operator . (_) @subject operators: _ @compares . (_) @first .)
                        operator: _ @joins
                        right: (comparison_operator . (_) @again operators: _ @compares_again . (_) @second .)
                        (#eq? @subject @again) (#eq? @compares @compares_again) (#not-eq? @first @second)) @here"#,
                message: "`{subject}` cannot be both `{first}` and `{second}`: the outcome is always the same",
                accept: contradicts,
            },
            Finder::Syntax {
                languages: &["rust", "go", "cpp"],
                query: r#"(binary_expression left: (call_expression) @length
                    operator: [">=" "<"] right: (_) @zero (#eq? @zero "0")) @here"#,
                message: "a length is never below zero",
                accept: is_below_zero,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"(binary_expression left: (member_expression) @length
                    operator: [">=" "<"] right: (_) @zero (#eq? @zero "0")) @here"#,
                message: "a length is never below zero",
                accept: is_below_zero,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"(binary_expression left: [(method_invocation) (field_access)] @length
                    operator: [">=" "<"] right: (_) @zero (#eq? @zero "0")) @here"#,
                message: "a length is never below zero",
                accept: is_below_zero,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"(comparison_operator . (call) @length operators: [">=" "<"] . (integer) @zero . (#eq? @zero "0")) @here"#,
                message: "a length is never below zero",
                // `len(a) > n >= 0` compares `n`.
                accept: |m, _| is_len_call(m.text("length")) && m.text("here").matches(['<', '>']).count() == 1,
            },
        ],
    },
    Rule {
        id: "identical-operands",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 85,
        summary: "Both sides of an operator are the same expression.",
        suggestion: "Write the operand that was meant on the other side.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["rust", "javascript", "typescript", "tsx", "java", "kotlin", "go", "c", "cpp"],
                query: r#"(binary_expression
                    left: (leaf) @left
                    operator: _ @operator right: (_) @right (#eq? @left @right)) @here"#,
                message: "both sides of `{operator}` are the same",
                accept: one_too_many,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"
                    (comparison_operator . (_) @left operators: _ @operator . (_) @right . (#eq? @left @right)) @here
                    (boolean_operator
                        left: (leaf) @left
                        operator: _ @operator right: (_) @right (#eq? @left @right)) @here
                    (binary_operator
                        left: (leaf) @left
                        operator: ["-" "/" "//" "%"] @operator right: (_) @right (#eq? @left @right)) @here"#,
                message: "both sides of `{operator}` are the same",
                accept: one_too_many,
            },
        ],
    },
];

fn is_len_call(text: &str) -> bool {
    text.starts_with("len(") && text.ends_with(')') && !text[4..text.len() - 1].contains(')')
}

fn is_below_zero(m: &Match<'_>, source: &Source<'_>) -> bool {
    let length = m.text("length");
    // `a.length - b!.length < 0`, which some grammars read from the right.
    let is_difference = length.contains(" - ") || code_before(m.start(), source).ends_with('-');
    // What may be anything may have any length.
    let is_asked = || source.lines_above(m.start(), 3).any(|line| line.contains("typeof") || line.contains("length' in"));
    !is_difference && !is_asked() && [".length", ".length()", ".size()", ".len()"].iter().any(|suffix| length.ends_with(suffix))
        || is_len_call(length)
}

/// Leaves out calls that are made for their effect, with a literal behind them for the result, and default values.
fn decided_by_a_literal(m: &Match<'_>, source: &Source<'_>) -> bool {
    let literal = m.text("literal");
    let is_truth = matches!(literal, "true" | "false" | "True" | "False");
    // A call or an assignment does something before the literal gives the result.
    let here = m.text("here").replace("==", "").replace("!=", "").replace("<=", "").replace(">=", "");
    literal != "0" && !(is_truth && here.contains(['(', '='])) && !is_default(m, source)
}

/// Where any value has a truth, `x || true` gives `x` or the default, and only a condition makes a question of it.
fn is_default(m: &Match<'_>, source: &Source<'_>) -> bool {
    let has_defaults = matches!(source.language, "python" | "javascript" | "typescript" | "tsx");
    let is_false = matches!(m.text("literal"), "false" | "False");
    has_defaults && !is_false && m.span("here").is_some_and(|here| !is_condition(&here, source))
}

/// Brackets around an expression that are looked through for its condition.
const MAX_BRACKETS: usize = 8;

/// Characters before an expression that are looked at.
const REACH: usize = 300;

/// Words that ask whether what follows holds.
const ASKS: &str = "if elif while assert not";

/// Whether the expression decides what happens: it stands behind an `if`, a loop or a negation, before a choice, or in a chain of operators
/// there. Everywhere else it is a value.
fn is_condition(expression: &Range<usize>, source: &Source<'_>) -> bool {
    // Words before a bracket that begins an operand, not the arguments of a call.
    const BEFORE_OPERANDS: &str = "return and or in else yield case typeof void await";
    let (mut start, mut end) = (expression.start, expression.end);
    for _ in 0..MAX_BRACKETS {
        if decides_what_follows(&source.text[end..], source.language) {
            return true;
        }
        let before = code_before(start, source);
        let (operands, open) = operands_before(before, source.language);
        let is_joined = operands.ends_with("&&") || operands.ends_with("||") || matches!(last_word(operands), "and" | "or");
        let first_word = operands.split_ascii_whitespace().next().unwrap_or("");
        if operands.ends_with('!') || among(ASKS, last_word(operands)) || is_joined && among(ASKS, first_word) {
            return true;
        }
        let Some(open) = open.filter(|_| is_joined || operands.is_empty()) else { return false };
        let head = before[..open].trim_end();
        let word = last_word(head);
        if among(ASKS, word) {
            return true;
        }
        let is_call = head.ends_with([')', ']']) || !word.is_empty() && !among(BEFORE_OPERANDS, word);
        if is_call {
            return false;
        }
        (start, end) = (open, group_end(source.text, open));
    }
    false
}

/// Whether the text behind an expression makes it a condition: the choice of a value, or an operator that goes on only when it holds.
fn decides_what_follows(after: &str, language: &str) -> bool {
    let after = after.trim_start();
    let is_choice = after.starts_with('?') && !after.starts_with("?.") && !after.starts_with("??");
    after.starts_with("&&") || is_choice || language == "python" && after.starts_with("and ")
}

/// What stands in the same expression at the end of `before`, and where the round bracket opens that holds it, if one does.
fn operands_before<'t>(before: &'t str, language: &str) -> (&'t str, Option<usize>) {
    let mut depth = 0_u32;
    for (at, c) in before.char_indices().rev().take(REACH) {
        let (head, rest) = (&before[..at], &before[at + c.len_utf8()..]);
        let is_end = match c {
            ')' | ']' | '}' => {
                depth += 1;
                false
            }
            '(' | '[' | '{' if depth > 0 => {
                depth -= 1;
                false
            }
            '(' => return (rest.trim(), Some(at)),
            '[' | '{' | ';' | ',' | ':' => depth == 0,
            '\n' => depth == 0 && language == "python",
            '=' => depth == 0 && !rest.starts_with('=') && !head.ends_with(['=', '!', '<', '>']),
            '?' => depth == 0 && !rest.starts_with(['.', '?']) && !head.ends_with('?'),
            _ => false,
        };
        if is_end {
            return (rest.trim(), None);
        }
    }
    // A look that ended in the middle has seen nothing for sure.
    if before.chars().nth(REACH).is_some() { ("", None) } else { (before.trim(), None) }
}

fn last_word(text: &str) -> &str {
    text.rsplit(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').next().unwrap_or("")
}

/// `x != A || x != B` and `x == A && x == B`, where `A` and `B` are constants and `x` is not a new value at each look.
fn contradicts(m: &Match<'_>, _: &Source<'_>) -> bool {
    let is_constant = |text: &str| {
        let last = text.rsplit(['.', ':']).next().unwrap_or(text);
        matches!(text, "null" | "nil" | "None" | "nullptr" | "undefined")
            || text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '"' | '\'' | '-'))
            || (last.len() > 1
                && last.starts_with(|c: char| c.is_ascii_uppercase())
                && !last.contains(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '_'))
    };
    let subject = m.text("subject");
    let impossible = matches!((m.text("joins"), m.text("compares")), ("||" | "or", "!=" | "!==") | ("&&" | "and", "==" | "==="));
    // To JavaScript's `!=` these two are the same.
    let is_void = |text: &str| matches!(text, "null" | "undefined");
    let differ = m.text("compares").len() > 2 || !(is_void(m.text("first")) && is_void(m.text("second")));
    // `1` and `1.0` are one number.
    let number = |text: &str| text.parse::<f64>().ok();
    let is_one = number(m.text("first")).is_some_and(|first| number(m.text("second")) == Some(first));
    impossible && differ && !is_one && is_constant(m.text("first")) && is_constant(m.text("second")) && !may_change(subject)
}

/// Whether the expression may give something new at each look: a call that does not only ask for a length, a step, a wait.
fn may_change(text: &str) -> bool {
    let asked = [".len()", ".length()", ".size()"].iter().find_map(|suffix| text.strip_suffix(suffix)).unwrap_or(text);
    (asked.contains('(') && !is_len_call(asked)) || asked.contains(['+', '-', '?']) && !asked.contains("->") || has_word(asked, "await")
}

/// Leaves out what may give something new each time, literals, the old way to ask for NaN, and what a check compares on purpose.
fn one_too_many(m: &Match<'_>, source: &Source<'_>) -> bool {
    let (left, operator) = (m.text("left"), m.text("operator"));
    let is_checked = is_comparison(operator)
        || matches!(operator, "&&" | "||" | "-" | "/" | "//" | "%" | "and" | "or" | "is" | "is not" | "in" | "not in");
    let is_value =
        left.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '*' | '&' | '$' | '@')) && !left.contains(['(', '!', '\'', '"']);
    let acts = ["++", "--"].iter().any(|sign| left.contains(sign)) || has_word(left, "await");
    let is_asserted = || {
        let above = source.lines_above(m.start(), 1).find(|line| line.trim_end().ends_with(['(', ',']));
        [source.line_at(m.start())].into_iter().chain(above).any(|line| holds_any(&line.to_ascii_lowercase(), "assert expect("))
    };
    let is_nan = matches!(operator, "==" | "!=" | "===" | "!==" | "-" | "/") && asks_for_nan(m, source);
    let is_meant = acts || is_nan || is_of_series(m, source) || is_read_otherwise(m, source) || is_asserted();
    is_checked && is_value && !is_meant
}

/// Whether the lines beside it are the same but for their numbers: one of a series that somebody unrolled.
fn is_of_series(m: &Match<'_>, source: &Source<'_>) -> bool {
    let plain = |line: &str| line.trim().replace(|c: char| c.is_ascii_digit(), "");
    let (line, mut above) = (source.line_at(m.start()), source.lines_above(m.start(), 2));
    line.contains(|c: char| c.is_ascii_digit()) && above.any(|other| plain(other) == plain(line))
}

/// Whether the operands go on in a way that the grammar reads from outside: `a && a!.b`, `(I == I)...`, `x and x or y`.
fn is_read_otherwise(m: &Match<'_>, source: &Source<'_>) -> bool {
    let Some(here) = m.span("here") else { return false };
    let behind = source.text[here.end..].trim_start();
    let is_asserted = behind.starts_with('!') && !behind.starts_with("!=");
    let is_pack = behind.strip_prefix(')').is_some_and(|rest| rest.trim_start().starts_with("..."));
    let is_choice = source.language == "python" && m.text("operator") == "and" && behind.starts_with("or ");
    is_asserted || is_pack || is_choice
}

/// Whether a text speaks of what is no number, or without an end; `information` and `tenant` do not.
fn speaks_of_nan(text: &str) -> bool {
    let low = text.to_ascii_lowercase();
    text.contains("NaN")
        || ["nan", "inf", "isinf"].iter().any(|word| has_word(&low, word))
        || holds_any(&low, "isnan is_nan infinit isfinite")
}

/// A value that differs from itself is NaN; so is `x - x` of an infinite one.
fn asks_for_nan(m: &Match<'_>, source: &Source<'_>) -> bool {
    const FLOATS: &str = "f32 f64 float double Float Double float32 float64 Number";
    let left = m.text("left");
    // Without types nothing else is ever written so.
    let is_idiom = matches!(m.text("operator"), "!=" | "!==") && !left.contains(['.', '[']);
    if is_idiom && matches!(source.language, "python" | "javascript" | "typescript" | "tsx") {
        return true;
    }
    let around = source.function_at(m.start()).and_then(|f| source.text.get(f.span.range())).unwrap_or_else(|| source.line_at(m.start()));
    let mut near = source.lines_above(m.start(), 2).chain([around]);
    near.any(speaks_of_nan) || is_idiom && FLOATS.split(' ').any(|kind| has_word(around, kind))
}
