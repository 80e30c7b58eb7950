//! Owns the rules about tests that do not test: without a check, alone, or left out.

use crate::rule::{Category, Finder, InTests, JS, Rule, Severity, always};
use crate::source::{Function, Match, Source};

use super::logic::{has_word, holds_any};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "test-without-assertion",
        severity: Severity::Medium,
        category: Category::Testing,
        confidence: 70,
        summary: "A test calls the code and checks nothing.",
        suggestion: "Check the result; if it is enough that nothing fails, say so in the name and in a comment.",
        in_tests: InTests::Same,
        finders: &[
            Finder::Function { languages: &["rust", "python", "java", "kotlin", "go"], check: checks_nothing },
            Finder::Syntax {
                languages: JS,
                query: r#"(call_expression function: (identifier) @callee
                    arguments: (arguments . [(string) (template_string)] @here . [(arrow_function body: (_) @body) (function_expression body: (_) @body)])
                    (#any-of? @callee "it" "test"))"#,
                message: "this test checks nothing",
                accept: |m, source| !asserts(m.text("body")) && !calls_what_asserts(m.text("body"), source),
            },
        ],
    },
    Rule {
        id: "focused-test",
        severity: Severity::High,
        category: Category::Testing,
        confidence: 95,
        summary: "One test is marked to run alone, so all others are skipped in silence.",
        suggestion: "Remove the mark before the change is merged.",
        in_tests: InTests::Same,
        finders: &[
            Finder::Syntax {
                languages: JS,
                query: r#"
                    (call_expression function: (member_expression object: (identifier) @suite property: (property_identifier) @only) @here
                        (#any-of? @suite "it" "test" "describe" "context" "suite") (#eq? @only "only"))
                    (call_expression function: (identifier) @here arguments: (arguments . (string) . [(arrow_function) (function_expression)])
                        (#any-of? @here "fit" "fdescribe" "fcontext"))"#,
                message: "`{here}` keeps every other test from running",
                accept: always,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"(call_expression function: (identifier) @here arguments: (argument_list . (interpreted_string_literal))
                    (#any-of? @here "FIt" "FDescribe" "FContext" "FEntry" "FDescribeTable"))"#,
                message: "`{here}` keeps every other test from running",
                accept: always,
            },
        ],
    },
    Rule {
        id: "skipped-test",
        severity: Severity::Info,
        category: Category::Testing,
        confidence: 90,
        summary: "A test is left out and nothing says why.",
        suggestion: "Repair it, delete it, or give the reason with a ticket.",
        in_tests: InTests::Same,
        finders: &[
            Finder::Syntax {
                languages: JS,
                query: r#"
                    (call_expression function: (member_expression object: (identifier) @suite property: (property_identifier) @skip) @here arguments: (arguments . [(string) (template_string)])
                        (#any-of? @suite "it" "test" "describe" "context" "suite") (#eq? @skip "skip"))
                    (call_expression function: (identifier) @here arguments: (arguments . (string) . [(arrow_function) (function_expression)])
                        (#any-of? @here "xit" "xtest" "xdescribe" "xcontext"))"#,
                message: "`{here}` leaves this test out",
                accept: unexplained,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"(marker_annotation name: (identifier) @name (#any-of? @name "Disabled" "Ignore")) @here"#,
                message: "`{here}` leaves this test out",
                accept: unexplained,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(annotation (user_type (identifier) @name) (#any-of? @name "Disabled" "Ignore")) @here"#,
                message: "`{here}` leaves this test out",
                accept: unexplained,
            },
            Finder::Syntax {
                languages: &["rust"],
                query: r#"(attribute_item (attribute . (identifier) @name .) (#eq? @name "ignore")) @here"#,
                message: "`{here}` leaves this test out",
                accept: unexplained,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"
                    (decorator (attribute) @name (#any-of? @name "pytest.mark.skip" "unittest.skip")) @here
                    (decorator (call function: (attribute) @name arguments: (argument_list . ")")) (#any-of? @name "pytest.mark.skip" "unittest.skip")) @here"#,
                message: "`{here}` leaves this test out",
                accept: unexplained,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"(expression_statement (call_expression function: (selector_expression operand: (identifier) @t field: (field_identifier) @method)
                    arguments: (argument_list . ")") (#any-of? @t "t" "b") (#any-of? @method "Skip" "SkipNow"))) @here"#,
                message: "`{here}` leaves this test out",
                accept: unexplained,
            },
        ],
    },
];

/// Whether the text holds a word that stops a test which went wrong.
fn asserts(text: &str) -> bool {
    const WORDS: &str = "assert expect should verif require check panic fail raise throw ensure snapshot unwrap must golden error reject matches compare \
        validate done( fatal )? exit todo! skip equal";
    holds_any(&text.to_ascii_lowercase(), WORDS)
}

/// Whether the text calls a function of this file that asserts, or a macro of this file, which may.
fn calls_what_asserts(text: &str, source: &Source<'_>) -> bool {
    let mut macros = source.text.split("macro_rules! ").skip(1).filter_map(|rest| rest.split([' ', '{']).next());
    macros.any(|name| has_word(text, name))
        || source
            .functions
            .iter()
            .any(|f| !f.name.is_empty() && has_word(text, &f.name) && source.text.get(f.span.clone()).is_some_and(asserts))
}

/// Helpers in test code are test code as well; only what a runner calls counts.
fn checks_nothing(function: &Function, source: &Source<'_>) -> Option<String> {
    let signature = source.text.get(function.signature.clone())?;
    let body = source.text.get(function.signature.end..function.span.end)?;
    let start = function.span.start;
    let above = || source.lines_above(start, 4).take_while(|line| !line.trim().is_empty() && !line.trim_end().ends_with('}'));
    let mark = |mark: &str| {
        signature.contains(mark)
            || above().any(|line| line.contains(mark))
            || source.text.get(start..function.signature.start).is_some_and(|head| head.contains(mark))
    };
    let is_run = match source.language {
        "rust" => (mark("test]") || mark("::test(")) && !mark("should_panic"),
        "python" => function.name.starts_with("test_"),
        "go" => function.name.starts_with("Test") && signature.contains("*testing.T") && function.name != "TestMain",
        _ => mark("@Test") && !mark("expected"),
    };
    let is_bare = is_run && function.is_test && !function.name.is_empty() && !asserts(body) && !calls_what_asserts(body, source);
    is_bare.then(|| format!("`{}` checks nothing", function.name))
}

/// A comment at the place or just above counts as the reason.
fn unexplained(m: &Match<'_>, source: &Source<'_>) -> bool {
    let is_comment =
        |line: &str| ["//", "#", "/*", "*"].iter().any(|sign| line.trim_start().starts_with(sign)) && !line.trim_start().starts_with("#[");
    let line = source.line_at(m.start());
    !source.lines_above(m.start(), 1).any(is_comment) && !line.contains("//") && !line.contains("  #")
}
