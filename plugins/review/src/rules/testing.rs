//! Owns the rules about tests that do not test: without a check, alone, or left out.

use crate::literals::among;
use crate::rule::{Category, Finder, InTests, JS, Rule, Severity, always};
use crate::source::{Function, Match, Source};

use super::logic::{has_word, holds_any};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "test-without-assertion",
        severity: Severity::Info,
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
                accept: callback_checks_nothing,
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
fn asserts(text: &str, language: &str) -> bool {
    const WORDS: &str = "assert expect should verif require check panic fail raise throw ensure snapshot unwrap must golden error reject matches compare \
        validate done( fatal )? exit todo! skip equal warns( run_test runtest roundtrip round_trip round-trip doctest trybuild plan( t.pass tests:: testutil compile";
    let text = text.to_ascii_lowercase();
    // A pause asks for nothing.
    let waits = text.replace("waitfortimeout", "").replace("wait_for_timeout", "");
    holds_any(&text, WORDS) || throwers(language).split_ascii_whitespace().any(|word| waits.contains(word))
}

/// What throws when it does not find what it looks for or waits for, and what a type checker judges.
fn throwers(language: &str) -> &'static str {
    match language {
        "python" => {
            "wait_for wait_until wait.until( webdriverwait reveal_type deprecated_call( \
             get_by_role get_by_label get_by_placeholder get_by_text get_by_alt_text get_by_title get_by_test_id"
        }
        "javascript" | "typescript" | "tsx" => {
            "getbyrole getbylabel getbyplaceholder getbytext getbydisplayvalue getbyalttext getbytitle getbytestid getallby \
             findbyrole findbylabel findbyplaceholder findbytext findbydisplayvalue findbyalttext findbytitle findbytestid findallby \
             waitfor wait.until driver.wait( browser.wait( cy.get( cy.contains( satisfies \
             t.is( t.not( t.true( t.false( t.truthy( t.falsy( t.ok( t.like( t.regex("
        }
        "java" | "kotlin" => "waitfor waituntil await(). wait.until( webdriverwait .then().",
        _ => "",
    }
}

/// Whether the text calls a function of this file that asserts or calls one that does, or a macro of this file, which may.
fn calls_what_asserts(text: &str, source: &Source<'_>) -> bool {
    let mut macros = source.text.split("macro_rules! ").skip(1).filter_map(|rest| rest.split([' ', '{']).next());
    let mut called = called_functions(text, source);
    let asserts = |text: &str| asserts(text, source.language);
    macros.any(|name| has_word(text, name))
        || called.any(|body| {
            is_bound(body, source.language) || asserts(body) || called_functions(body, source).any(|inner| inner != body && asserts(inner))
        })
}

/// A function of Rust with parameters of type and nothing to do is called so that the compiler looks at its bounds.
fn is_bound(function: &str, language: &str) -> bool {
    let (head, body) = function.split_once('{').unwrap_or((function, ""));
    language == "rust" && head.contains('<') && body.trim() == "}"
}

/// The functions of this file whose names stand in the text.
fn called_functions<'s>(text: &'s str, source: &'s Source<'_>) -> impl Iterator<Item = &'s str> {
    let called = source.functions.iter().filter(move |f| !f.name.is_empty() && has_word(text, &f.name));
    called.filter_map(|f| source.text.get(f.span.range()))
}

/// Whether somebody else may do the checking: a runner that gets the body, a helper that is not in this file, the compiler.
fn is_handed_on(body: &str, source: &Source<'_>) -> bool {
    let code = body.trim().trim_start_matches([':', '{']).trim_end_matches('}').trim();
    let is_single = code.lines().count() == 1 && code.ends_with([')', ';']) && !code.contains('=');
    let callee = code.split('(').next().unwrap_or("").trim_start_matches("self.").trim_start_matches("this.");
    let is_delegated = is_single && !callee.is_empty() && !callee.contains(['.', ' ', ':']);
    let words = || body.split(|c: char| !c.is_alphanumeric() && c != '_').map(|word| word.trim_start_matches('_'));
    let is_runner = |word: &str| {
        ["test", "run", "doTest", "do_test"].iter().any(|verb| {
            let rest = word.strip_prefix(verb).unwrap_or("");
            rest.starts_with(|c: char| c == '_' || c.is_ascii_uppercase()) && body.contains(&format!("{word}("))
        })
    };
    let of_language = match source.language {
        // A method that this file does not have comes from the base class.
        "python" => body.match_indices("self.").any(|(at, mark)| {
            let rest = &body[at + mark.len()..];
            let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
            rest[name.len()..].starts_with('(') && !source.functions.iter().any(|f| f.name == name)
        }),
        "go" => ["(t)", "(t,", ", t)", ", t,", "{t,", "{t}", ": t,", "t.Run(", "HELPER"].iter().any(|hand| body.contains(hand)),
        "kotlin" => body.trim_start().starts_with('=') || declares_types(body, &["val ", "var "]),
        "rust" => rust_checks_elsewhere(code, source),
        _ => false,
    };
    is_delegated || of_language || words().any(is_runner)
}

/// A macro may check, and so may a helper from another file; what a test declares with its type is checked by the compiler.
fn rust_checks_elsewhere(code: &str, source: &Source<'_>) -> bool {
    const ITEMS: &[&str] = &["fn ", "type ", "impl", "struct ", "trait ", "enum ", "static ", "const ", "let _: "];
    let is_item = |line: &str| ITEMS.iter().any(|word| line.starts_with(word));
    let calls = |line: &str| {
        let name = line.split(|c: char| !c.is_alphanumeric() && !"_:".contains(c)).next().unwrap_or("");
        let rest = &line[name.len()..];
        let is_known = matches!(name, "" | "dbg" | "drop" | "sleep" | "spawn" | "block_on") || name.contains("print");
        // A helper from elsewhere stands alone; a path leads to what is tested.
        let is_helper = rest.starts_with('(') || name.ends_with("::") && rest.starts_with('<');
        let is_foreign = !name.trim_end_matches(':').contains("::") && !source.functions.iter().any(|f| f.name == name);
        !is_known && (rest.starts_with('!') || is_helper && is_foreign && name.starts_with(|c: char| c.is_ascii_lowercase()))
    };
    code.is_empty() || code.lines().map(str::trim_start).any(|line| is_item(line) || calls(line)) || declares_types(code, &["let "])
}

/// Whether a body in TypeScript holds declarations that nobody runs, and nothing else: the type checker is what tests them. Only the lines
/// that are indented least count.
fn only_declares(body: &str, language: &str) -> bool {
    const DECLARATIONS: &str = "function async type interface class abstract enum declare namespace";
    let Some(code) = body.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else { return false };
    let width = |line: &str| line.len() - line.trim_start().len();
    let lines = || code.lines().filter(|line| !line.trim().is_empty());
    let outer = lines().map(width).min().unwrap_or(0);
    let mut own =
        lines().filter(|line| width(line) == outer).map(str::trim).filter(|line| !line.starts_with(['}', ')', '/', '*'])).peekable();
    let is_declaration = |line: &str| {
        let is_typed = (line.starts_with("const ") || line.starts_with("let ")) && declares_types(line, &["const ", "let "]);
        is_typed || line.split(|c: char| !c.is_alphanumeric()).next().is_some_and(|word| among(DECLARATIONS, word))
    };
    matches!(language, "typescript" | "tsx") && own.peek().is_some() && own.all(is_declaration)
}

/// Whether there are declarations and all of them name their type.
fn declares_types(body: &str, words: &[&str]) -> bool {
    let mut declared = body.lines().map(str::trim_start).filter(|line| words.iter().any(|word| line.starts_with(word))).peekable();
    declared.peek().is_some() && declared.all(|line| line.split('=').next().unwrap_or("").contains(':'))
}

/// A test whose name says that it is enough when nothing fails.
fn is_smoke_test(name: &str) -> bool {
    const ENOUGH: &str = "notthrow not_throw nothrow no_throw notfail not_fail notraise not_raise notcrash not_crash nocrash no_crash smoke compil \
        notpanic not_panic nopanic no_panic swallow without_error noerror no_error helper";
    holds_any(&name.to_ascii_lowercase(), ENOUGH)
}

/// A callback that takes `done` or returns a promise tells the runner by itself how it went.
fn callback_checks_nothing(m: &Match<'_>, source: &Source<'_>) -> bool {
    let body = m.text("body");
    let is_told = has_word(body, "done") || has_word(body, "return") || !body.starts_with('{');
    let is_smoke = is_smoke_test(&m.text("here").replace(' ', "_"));
    !is_told
        && !is_smoke
        && !asserts(body, source.language)
        && !only_declares(body, source.language)
        && !is_handed_on(body, source)
        && !calls_what_asserts(body, source)
}

/// Helpers in test code are test code as well; only what a runner calls counts.
fn checks_nothing(function: &Function, source: &Source<'_>) -> Option<String> {
    let signature = source.text.get(function.signature.range())?;
    let body = source.text.get(function.signature.range().end..function.span.range().end)?;
    let start = function.span.range().start;
    let above = || source.lines_above(start, 4).take_while(|line| !line.trim().is_empty() && !line.trim_end().ends_with(['}', '{']));
    let mark = |mark: &str| {
        signature.contains(mark)
            || above().any(|line| line.contains(mark))
            || source.text.get(start..function.signature.range().start).is_some_and(|head| head.contains(mark))
    };
    let is_run = match source.language {
        "rust" => (mark("test]") || mark("::test(")) && !mark("should_panic") && !mark("ignore"),
        "python" => function.name.starts_with("test_") && !mark("skip") && !mark("xfail") && is_python_test(function, source),
        "go" => function.name.starts_with("Test") && signature.contains("testing.T") && function.name != "TestMain",
        _ => mark("@Test") && !mark("expected") && !mark("@Ignore") && !mark("@Disabled"),
    };
    let is_bare = is_run
        && function.is_test
        && !function.name.is_empty()
        && !is_smoke_test(&function.name)
        && !asserts(body, source.language)
        && !signature.split_once('#').is_some_and(|(_, comment)| asserts(comment, source.language))
        && !(source.language == "rust" && signature.contains("Result") && gives_result(body))
        && !source.functions.iter().any(|outer| outer.span.range().start < start && function.span.range().end <= outer.span.range().end)
        && !is_handed_on(body, source)
        && !calls_what_asserts(body, source);
    is_bare.then(|| format!("`{}` checks nothing", function.name))
}

/// Whether a body in Rust hands on an error of something that it runs, in the middle or at its end.
fn gives_result(body: &str) -> bool {
    let is_tried = ["?;", "?)", "?.", "?,", "?\n", "? "].iter().any(|end| body.contains(end));
    let code = body.trim_end().strip_suffix('}').unwrap_or(body).trim_end();
    is_tried || !code.ends_with([';', '}', '{']) && !code.ends_with("Ok(())")
}

/// Whether a function with the name of a test is one: in a file of tests, and without what a runner could not give it.
fn is_python_test(function: &Function, source: &Source<'_>) -> bool {
    const MARKS: &str = "pytest unittest TestCase";
    let named = || source.functions.iter().filter(|f| !f.name.is_empty());
    let n_tests = named().filter(|f| f.name.starts_with("test_")).count();
    let gives =
        source.text.get(function.span.range()).is_some_and(|body| body.lines().any(|line| line.trim_start().starts_with("return ")));
    let has_defaults = source.text.get(function.signature.range()).is_some_and(|signature| signature.contains('='));
    !has_defaults && !gives && (n_tests * 2 >= named().count() || holds_any(source.text, MARKS))
}

/// A comment at the place or just above counts as the reason, and so does a condition.
fn unexplained(m: &Match<'_>, source: &Source<'_>) -> bool {
    let is_comment =
        |line: &str| ["//", "#", "/*", "*"].iter().any(|sign| line.trim_start().starts_with(sign)) && !line.trim_start().starts_with("#[");
    let line = source.line_at(m.start());
    let width = |line: &str| line.len() - line.trim_start().len();
    let mut outer = source.lines_above(m.start(), 20).filter(|above| !above.trim().is_empty() && width(above) < width(line));
    let is_conditional = outer.next().is_some_and(|above| {
        ["if ", "if(", "} else", "else", "case ", "default", "switch"].iter().any(|word| above.trim_start().starts_with(word))
    });
    let is_inline = ["if (", "? ", "||", "&&"].iter().any(|sign| line.split(m.text("here")).next().unwrap_or("").contains(sign));
    let has_reason = source.lines_above(m.start(), 1).any(is_comment);
    !has_reason && !line.contains("//") && !line.contains("/*") && !line.contains("  #") && !is_conditional && !is_inline
}
