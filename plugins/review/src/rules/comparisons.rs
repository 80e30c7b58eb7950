//! Owns the rules about comparisons: of the wrong thing, with the wrong operator, or without brackets.
//!
//! What holds for queries in `operands` holds here too: they name what stands on the left.

use crate::literals::is_constant;
use crate::rule::{C_LIKE, Category, Finder, InTests, JS, Rule, Severity, always};
use crate::source::{Match, Source};

use super::logic::holds_any;

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
                    (binary_expression
                        left: (leaf)
                        operator: ["==" "!="] right: (string_literal)) @here
                    (binary_expression left: (string_literal) operator: ["==" "!="]) @here"#,
                message: "this compares addresses, not the text",
                accept: always,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(binary_expression
                    left: (leaf)
                    operator: ["===" "!=="] right: [(string_literal) (number_literal) (float_literal)]) @here"#,
                message: "`===` asks whether it is the same object, not whether it is equal",
                accept: always,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"
                    (binary_expression left: (primary_expression) operator: ["===" "!=="] right: [(array) (object) (regex)]) @here
                    (binary_expression left: (primary_expression) operator: ["==" "!="] right: (object)) @here"#,
                message: "a fresh object is never equal to anything",
                accept: always,
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
                languages: &["go", "c"],
                query: r#"
                    (binary_expression
                        left: (leaf)
                        operator: _ @operator right: (_) @nan
                        (#any-of? @nan "NAN" "math.NaN()")) @here
                    (binary_expression
                        left: (leaf) @nan
                        operator: _ @operator
                        (#any-of? @nan "NAN" "math.NaN()")) @here"#,
                message: "nothing is equal to NaN, not even NaN",
                accept: |m, _| is_comparison(m.text("operator")),
            },
            Finder::Syntax {
                languages: &["javascript", "typescript", "tsx", "java", "cpp"],
                query: r#"
                    (binary_expression
                        left: (leaf)
                        operator: _ @operator right: (_) @nan
                        (#any-of? @nan "NaN" "Number.NaN" "Double.NaN" "Float.NaN" "NAN"
                            "std::numeric_limits<double>::quiet_NaN()" "std::numeric_limits<float>::quiet_NaN()")) @here
                    (binary_expression
                        left: (leaf) @nan
                        operator: _ @operator
                        (#any-of? @nan "NaN" "Number.NaN" "Double.NaN" "Float.NaN" "NAN"
                            "std::numeric_limits<double>::quiet_NaN()" "std::numeric_limits<float>::quiet_NaN()")) @here"#,
                message: "nothing is equal to NaN, not even NaN",
                // An object with its own comparison: `NAN == Approx(NAN)`.
                accept: |m, source| {
                    let is_call = m.text("here").replace("quiet_NaN()", "").contains('(');
                    is_comparison(m.text("operator")) && !(source.language == "cpp" && is_call)
                },
            },
            Finder::Syntax {
                languages: &["rust"],
                query: r#"
                    (binary_expression
                        left: (leaf)
                        operator: _ @operator right: (_) @nan
                        (#any-of? @nan "f32::NAN" "f64::NAN" "std::f32::NAN" "std::f64::NAN")) @here
                    (binary_expression
                        left: (leaf) @nan
                        operator: _ @operator
                        (#any-of? @nan "f32::NAN" "f64::NAN" "std::f32::NAN" "std::f64::NAN")) @here"#,
                message: "nothing is equal to NaN, not even NaN",
                accept: |m, _| is_comparison(m.text("operator")),
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"
                    (binary_expression
                        left: (leaf)
                        operator: _ @operator right: (_) @nan
                        (#any-of? @nan "Double.NaN" "Float.NaN")) @here
                    (binary_expression
                        left: (leaf) @nan
                        operator: _ @operator
                        (#any-of? @nan "Double.NaN" "Float.NaN")) @here"#,
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
                languages: &["rust", "javascript", "typescript", "tsx", "java", "kotlin", "go", "c", "cpp"],
                query: r#"(binary_expression
                    left: (leaf)
                    operator: _ @operator right: (_) @value (#match? @value "^[0-9]+\\.[0-9]+[fF]?$")) @here"#,
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
            query: r#"(binary_expression left: (primary_expression)
                operator: ["==" "!="] @operator right: [(number) (string) (true) (false)] @value) @here"#,
            message: "`{operator} {value}` holds for more values than `{value}`",
            accept: |m, source| {
                let is_known = source.lines_above(m.start(), 1).any(|line| line.contains("eqeqeq"));
                !is_known
                    && matches!(m.text("value"), "0" | "\"\"" | "''" | "true" | "false")
                    && !holds_any(m.text("here"), "typeof .length % indexOf")
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
                languages: &["javascript", "typescript", "tsx", "java", "c"],
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
                languages: JS,
                query: r#"(binary_expression
                    left: (leaf) @left
                    operator: ["&" "|" "^"] @operator right: (binary_expression operator: ["==" "!="] @compares)) @here"#,
                message: "`{compares}` binds tighter than `{operator}`",
                accept: |m, _| !["==", "!=", "<", ">", "!", "is"].iter().any(|sign| m.text("left").contains(sign)),
            },
            Finder::Syntax {
                languages: &["c", "cpp"],
                query: r#"(binary_expression
                    left: (leaf) @left
                    operator: ["&" "|" "^"] @operator right: (binary_expression operator: ["==" "!="] @compares)) @here"#,
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

/// Whether the operator asks how two values relate.
pub(super) fn is_comparison(operator: &str) -> bool {
    matches!(operator, "==" | "!=" | "===" | "!==" | "<" | ">" | "<=" | ">=")
}

/// Whether the decimal fraction is not a sum of powers of two.
fn needs_rounding(m: &Match<'_>, _: &Source<'_>) -> bool {
    let scaled = m.text("value").trim_end_matches(['f', 'F']).parse::<f64>().map_or(0.0, |value| value * 1024.0);
    scaled.fract() != 0.0 && matches!(m.text("operator"), "==" | "!=" | "===" | "!==")
}

/// Leaves out the result of a call and the step along a list, which are often meant.
/// In C, a step along a list or a mask is an idiom, too, and only a constant is what somebody meant to compare with.
fn assigns_plainly(m: &Match<'_>, source: &Source<'_>) -> bool {
    let value = m.text("value");
    let is_quoted = value.starts_with(['\'', '"']);
    let is_word = matches!(value, "true" | "false" | "null" | "nullptr" | "undefined");
    let is_literal = is_quoted || is_word || value.starts_with(|c: char| c.is_ascii_digit() || c == '-') || is_constant(value);
    (is_quoted || !value.contains(['(', '[', '>', '.'])) && (is_literal || !C_LIKE.contains(&source.language))
}
