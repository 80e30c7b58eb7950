//! Owns the rules about conditions and comparisons: what always holds, never holds, or compares the wrong thing.

use crate::rule::{Category, Finder, InTests, JS, Rule, Severity, always};
use crate::source::{Match, Source};

use super::logic::{has_word, holds_any};

/// Languages whose grammar writes a comparison as `binary_expression` with `left`, `operator` and `right`.
const INFIX: &[&str] = &["rust", "javascript", "typescript", "tsx", "java", "kotlin", "go", "c", "cpp"];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "identity-comparison",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 90,
        summary: "Two things are compared by where they are in memory instead of by what they hold.",
        suggestion: "Compare the content: `==` in Python and Kotlin, `equals` in Java, `strcmp` in C, the length or the elements in JavaScript.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["python"],
                query: r#"(comparison_operator operators: ["is" "is not"] [(string) (concatenated_string) (integer) (float) (list) (dictionary)]) @here"#,
                message: "`is` asks whether it is the same object, not whether it is equal",
                accept: always,
            },
            Finder::Syntax {
                languages: &["java", "c"],
                query: r#"
                    (binary_expression operator: ["==" "!="] right: (string_literal)) @here
                    (binary_expression left: (string_literal) operator: ["==" "!="]) @here"#,
                message: "this compares addresses, not the text",
                accept: always,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(binary_expression operator: ["===" "!=="] right: [(string_literal) (number_literal) (float_literal)]) @here"#,
                message: "`===` asks whether it is the same object, not whether it is equal",
                accept: always,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"
                    (binary_expression operator: ["===" "!=="] right: [(array) (object) (regex)]) @here
                    (binary_expression operator: ["==" "!="] right: (object)) @here"#,
                message: "a fresh object is never equal to anything",
                accept: always,
            },
        ],
    },
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
                    (boolean_operator operator: "or" right: (true) @literal) @here
                    (boolean_operator operator: "and" right: (false) @literal) @here"#,
                message: "`{literal}` decides this condition alone",
                accept: decided_by_a_literal,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"
                    (binary_expression left: (binary_expression operator: ["==" "==="]) operator: "||" right: [(string) (number)] @literal) @here
                    (binary_expression operator: "||" right: (true) @literal) @here
                    (binary_expression operator: "&&" right: (false) @literal) @here"#,
                message: "`{literal}` decides this condition alone",
                accept: decided_by_a_literal,
            },
            Finder::Syntax {
                languages: &["c", "cpp"],
                query: r#"(binary_expression left: (binary_expression operator: "==") operator: "||" right: [(number_literal) (char_literal)] @literal) @here"#,
                message: "`{literal}` decides this condition alone",
                accept: decided_by_a_literal,
            },
            Finder::Syntax {
                languages: &["java", "go"],
                query: r#"
                    (binary_expression operator: "||" right: (true) @literal) @here
                    (binary_expression operator: "&&" right: (false) @literal) @here"#,
                message: "`{literal}` decides this condition alone",
                accept: decided_by_a_literal,
            },
            Finder::Syntax {
                languages: INFIX,
                query: r#"
                    (binary_expression
                        left: (binary_expression left: (_) @subject operator: _ @compares right: (_) @first)
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
                languages: &["rust", "javascript", "typescript", "tsx", "java", "go", "cpp"],
                query: r#"(binary_expression left: (_) @length operator: [">=" "<"] @compares right: (_) @zero (#eq? @zero "0")) @here"#,
                message: "a length is never below zero",
                accept: |m, _| {
                    let length = m.text("length");
                    [".length", ".length()", ".size()", ".len()"].iter().any(|suffix| length.ends_with(suffix)) || is_len_call(length)
                },
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"(comparison_operator . (call) @length operators: [">=" "<"] . (integer) @zero . (#eq? @zero "0")) @here"#,
                message: "a length is never below zero",
                accept: |m, _| is_len_call(m.text("length")),
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
                languages: INFIX,
                query: r#"(binary_expression left: (_) @left operator: _ @operator right: (_) @right (#eq? @left @right)) @here"#,
                message: "both sides of `{operator}` are the same",
                accept: one_too_many,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"
                    (comparison_operator . (_) @left operators: _ @operator . (_) @right . (#eq? @left @right)) @here
                    (boolean_operator left: (_) @left operator: _ @operator right: (_) @right (#eq? @left @right)) @here
                    (binary_operator left: (_) @left operator: ["-" "/" "//" "%"] @operator right: (_) @right (#eq? @left @right)) @here"#,
                message: "both sides of `{operator}` are the same",
                accept: one_too_many,
            },
        ],
    },
    Rule {
        id: "nan-comparison",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 95,
        summary: "A comparison with NaN is false whatever the other side is, even NaN.",
        suggestion: "Ask the function for it: `isnan`, `is_nan`, `Number.isNaN`, `math.IsNaN`.",
        in_tests: InTests::Same,
        finders: &[
            Finder::Syntax {
                languages: INFIX,
                query: r#"
                    (binary_expression operator: _ @operator right: (_) @nan (#any-of? @nan
                        "NaN" "Number.NaN" "Double.NaN" "Float.NaN" "f32::NAN" "f64::NAN" "std::f32::NAN" "std::f64::NAN" "NAN" "math.NaN()"
                        "std::numeric_limits<double>::quiet_NaN()" "std::numeric_limits<float>::quiet_NaN()")) @here
                    (binary_expression left: (_) @nan operator: _ @operator (#any-of? @nan
                        "NaN" "Number.NaN" "Double.NaN" "Float.NaN" "f32::NAN" "f64::NAN" "std::f32::NAN" "std::f64::NAN" "NAN" "math.NaN()"
                        "std::numeric_limits<double>::quiet_NaN()" "std::numeric_limits<float>::quiet_NaN()")) @here"#,
                message: "nothing is equal to NaN, not even NaN",
                accept: |m, _| is_comparison(m.text("operator")),
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"(comparison_operator operators: ["==" "!=" "<" ">" "<=" ">="] [(attribute) (call)] @nan
                    (#any-of? @nan "math.nan" "np.nan" "numpy.nan" "np.NaN" "float('nan')" "float(\"nan\")" "float('NaN')" "float(\"NaN\")")) @here"#,
                message: "nothing is equal to NaN, not even NaN",
                accept: always,
            },
        ],
    },
    Rule {
        id: "float-equality",
        severity: Severity::Low,
        category: Category::Correctness,
        confidence: 70,
        summary: "A number is compared for equality with a fraction that binary floating point cannot hold exactly.",
        suggestion: "Compare the distance with a tolerance that suits the numbers.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: INFIX,
                query: r#"(binary_expression operator: _ @operator right: (_) @value (#match? @value "^[0-9]+\\.[0-9]+[fF]?$")) @here"#,
                message: "`{value}` has no exact binary form, so `{operator}` depends on rounding",
                accept: needs_rounding,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"(comparison_operator operators: ["==" "!="] @operator . (float) @value .) @here"#,
                message: "`{value}` has no exact binary form, so `{operator}` depends on rounding",
                accept: needs_rounding,
            },
        ],
    },
    Rule {
        id: "loose-equality",
        severity: Severity::Low,
        category: Category::Correctness,
        confidence: 70,
        summary: "`==` converts both sides before it compares, so `0`, an empty string, `false` and `[]` count as equal.",
        suggestion: "Use `===`, and ask for each of the values that are meant.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: JS,
            query: r#"(binary_expression operator: ["==" "!="] @operator right: [(number) (string) (true) (false)] @value) @here"#,
            message: "`{operator} {value}` holds for more values than `{value}`",
            accept: |m, _| {
                matches!(m.text("value"), "0" | "\"\"" | "''" | "true" | "false") && !holds_any(m.text("here"), "typeof .length % indexOf")
            },
        }],
    },
    Rule {
        id: "invalid-typeof",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 95,
        summary: "`typeof` is compared with something that it never returns.",
        suggestion: "Compare with one of the eight names that `typeof` returns.",
        in_tests: InTests::Same,
        finders: &[Finder::Syntax {
            languages: JS,
            query: r#"(binary_expression left: (unary_expression operator: "typeof") operator: ["==" "===" "!=" "!=="] right: [(string) (undefined) (null)] @kind) @here"#,
            message: "`typeof` never returns {kind}",
            accept: |m, _| {
                const KINDS: &[&str] = &["undefined", "object", "boolean", "number", "bigint", "string", "symbol", "function"];
                let kind = m.text("kind");
                // `unknown` and `date` were returned by old versions of Internet Explorer.
                kind == "undefined" || (!KINDS.contains(&kind.trim_matches(['"', '\''])) && kind != "\"unknown\"" && kind != "'unknown'")
            },
        }],
    },
    Rule {
        id: "assignment-in-condition",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 80,
        summary: "A condition assigns where it was to compare.",
        suggestion: "Write `==`; if the assignment is meant, give it a line of its own.",
        in_tests: InTests::Same,
        finders: &[
            Finder::Syntax {
                languages: &["javascript", "typescript", "tsx", "c", "java"],
                query: r#"(if_statement condition: (parenthesized_expression (assignment_expression "=" right: (_) @value) @here))"#,
                message: "`{here}` assigns; it does not compare",
                accept: assigns_plainly,
            },
            Finder::Syntax {
                languages: &["cpp"],
                query: r#"(if_statement condition: (condition_clause value: (assignment_expression "=" right: (_) @value) @here))"#,
                message: "`{here}` assigns; it does not compare",
                accept: assigns_plainly,
            },
        ],
    },
    Rule {
        id: "operator-precedence",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 85,
        summary: "An operator binds tighter than the line suggests.",
        suggestion: "Put parentheses around what belongs together.",
        in_tests: InTests::Same,
        finders: &[
            Finder::Syntax {
                languages: JS,
                query: r#"(binary_expression left: (unary_expression operator: "!") @left operator: ["in" "instanceof"] @operator) @here"#,
                message: "`!` binds tighter than `{operator}`: this negates the left side alone",
                accept: always,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"(ternary_expression condition: (binary_expression left: (string) operator: "+") @here)"#,
                message: "`+` binds tighter than `?`, and the text that it makes is always true",
                accept: always,
            },
            Finder::Syntax {
                languages: &["javascript", "typescript", "tsx", "c", "cpp"],
                query: r#"(binary_expression left: (_) @left operator: ["&" "|" "^"] @operator right: (binary_expression operator: ["==" "!="] @compares)) @here"#,
                message: "`{compares}` binds tighter than `{operator}`",
                accept: |m, _| !["==", "!=", "<", ">", "!", "is"].iter().any(|sign| m.text("left").contains(sign)),
            },
            Finder::Syntax {
                languages: &["c", "cpp"],
                query: r#"(binary_expression left: (unary_expression operator: "!" argument: (_) @inner) operator: "&" right: [(identifier) (number_literal)] @mask) @here"#,
                message: "`!` binds tighter than `&`: this masks a truth value",
                accept: |m, _| m.text("mask").len() > 1 && !m.text("mask").contains(|c: char| c.is_ascii_lowercase()),
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(binary_expression left: (binary_expression left: (string_literal) operator: "+" @operator) operator: "?:") @here"#,
                message: "`+` binds tighter than `?:`, and its result is never null",
                accept: always,
            },
        ],
    },
];

fn is_comparison(operator: &str) -> bool {
    matches!(operator, "==" | "!=" | "===" | "!==" | "<" | ">" | "<=" | ">=")
}

fn is_len_call(text: &str) -> bool {
    text.starts_with("len(") && text.ends_with(')') && !text[4..text.len() - 1].contains(')')
}

/// Leaves out calls that are made for their effect, with a literal behind them for the result.
fn decided_by_a_literal(m: &Match<'_>, _: &Source<'_>) -> bool {
    let is_truth = matches!(m.text("literal"), "true" | "false" | "True" | "False");
    m.text("literal") != "0" && !(is_truth && m.text("here").contains('('))
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
    impossible
        && differ
        && is_constant(m.text("first"))
        && is_constant(m.text("second"))
        && !subject.ends_with("()")
        && !subject.contains(['+', '-'])
}

/// Leaves out calls, which may give something new each time, literals, and the old way to ask for NaN.
fn one_too_many(m: &Match<'_>, source: &Source<'_>) -> bool {
    let (left, operator) = (m.text("left"), m.text("operator"));
    let is_checked = is_comparison(operator)
        || matches!(operator, "&&" | "||" | "-" | "/" | "//" | "%" | "and" | "or" | "is" | "is not" | "in" | "not in");
    let is_value =
        left.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '*' | '&' | '$' | '@')) && !left.contains(['(', '!', '\'', '"']);
    let asks_for_nan = || {
        let around =
            source.function_at(m.start()).and_then(|f| source.text.get(f.span.clone())).unwrap_or_else(|| source.line_at(m.start()));
        let mut near = source.lines_above(m.start(), 2).chain([around]);
        near.any(|text| holds_any(&text.to_ascii_lowercase(), "nan inf"))
    };
    is_checked && is_value && !(matches!(operator, "==" | "!=" | "===" | "!==" | "-" | "/") && asks_for_nan()) && !has_word(left, "await")
}

/// Whether the decimal fraction is not a sum of powers of two.
fn needs_rounding(m: &Match<'_>, _: &Source<'_>) -> bool {
    let scaled = m.text("value").trim_end_matches(['f', 'F']).parse::<f64>().map_or(0.0, |value| value * 1024.0);
    scaled.fract() != 0.0 && matches!(m.text("operator"), "==" | "!=" | "===" | "!==")
}

/// Leaves out the result of a call and the step along a list, which are often meant.
fn assigns_plainly(m: &Match<'_>, _: &Source<'_>) -> bool {
    !m.text("value").contains(['(', '[', '>', '.'])
}
