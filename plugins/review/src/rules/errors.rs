//! Owns the rules about errors that are swallowed, ignored, lost or raised wrongly.

use devflow_plugin::FormKind;

use crate::context::{is_handled_behind, is_in_finally};
use crate::literals::among;
use crate::rule::{Category, Finder, InTests, JS, Rule, Severity, always};
use crate::source::{Match, Source};

use super::logic::{has_word, holds_any};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "swallowed-error",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 75,
        summary: "An error is caught and nothing is done about it.",
        suggestion: "Handle the error, log it or pass it on; where it truly does not matter, say why in a comment.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["javascript", "typescript", "tsx", "java", "cpp"],
                query: r#"(catch_clause body: (_) @body) @here"#,
                message: "the error is caught and dropped",
                accept: empty_handler,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"(call_expression
                    function: (member_expression property: (property_identifier) @name (#eq? @name "catch"))
                    arguments: (arguments . [(arrow_function body: (statement_block) @body) (function_expression body: (statement_block) @body)] .) @here)"#,
                message: "the rejection is caught and dropped",
                accept: empty_handler,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(catch_block (identifier) @name (user_type) @kind (block) @body) @here"#,
                message: "the exception is caught and dropped",
                // The name `_` says of one kind of exception that it is expected; not of all.
                accept: |m, source| {
                    (m.text("name") != "_" || matches!(m.text("kind"), "Throwable" | "Exception")) && empty_handler(m, source)
                },
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"(except_clause value: (_) @kind (block . [(pass_statement) (continue_statement) (expression_statement (ellipsis))] .)) @here"#,
                message: "every exception is caught here and dropped",
                accept: drops_everything,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"(if_statement condition: (binary_expression left: (identifier) @name operator: "!=" right: (nil)) consequence: (block) @body !alternative) @here"#,
                message: "`{name}` is looked at and dropped",
                accept: |m, source| is_error_name(m.text("name")) && empty_handler(m, source),
            },
            Finder::Syntax {
                languages: &["rust"],
                query: r#"(if_expression
                    condition: (let_condition pattern: (tuple_struct_pattern type: (identifier) @kind (#eq? @kind "Err")))
                    consequence: (block) @body !alternative) @here"#,
                message: "the error is looked at and dropped",
                accept: empty_handler,
            },
        ],
    },
    Rule {
        id: "bare-except",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 85,
        summary: "`except:` without a class also catches Ctrl-C and the request to exit.",
        suggestion: "Name the exceptions that are expected, or at least `Exception`.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: &["python"],
            query: r#"(except_clause "except" @here !value (block) @body)"#,
            message: "bare `except` also catches KeyboardInterrupt and SystemExit",
            accept: takes_everything,
        }],
    },
    Rule {
        id: "ignored-result",
        severity: Severity::Low,
        category: Category::Correctness,
        confidence: 70,
        summary: "A call tells in its result whether it worked, and nobody looks.",
        suggestion: "Check the result and report or pass on the failure.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Table { message: "the result of `{path}` is ignored" },
            Finder::Syntax {
                languages: &["rust"],
                query: r#"
                    (let_declaration pattern: "_" value: (call_expression function: [
                        (field_expression field: (field_identifier) @callee) (scoped_identifier) @callee])
                        (#any-of? @callee "write_all" "sync_all" "sync_data" "set_len" "fs::write" "std::fs::write" "fs::rename" "std::fs::rename" "fs::copy" "std::fs::copy")) @here
                    (expression_statement (call_expression function: (field_expression
                        value: (call_expression function: [(field_expression field: (field_identifier) @callee) (scoped_identifier) @callee])
                        field: (field_identifier) @ok))
                        (#eq? @ok "ok")
                        (#any-of? @callee "write_all" "sync_all" "sync_data" "set_len" "fs::write" "std::fs::write" "fs::rename" "std::fs::rename" "fs::copy" "std::fs::copy")) @here"#,
                message: "the error of `{callee}` is dropped",
                accept: |m, source| !m.text("here").contains("stderr") && !m.text("here").contains("stdout") && !is_in_memory(m, source),
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"(expression_statement (call
                    function: (attribute object: (identifier) @module attribute: (identifier) @callee)
                    arguments: (argument_list) @arguments)
                    (#eq? @module "subprocess") (#any-of? @callee "run" "call")) @here"#,
                message: "nobody sees whether the command of `{module}.{callee}` failed",
                accept: |m, _| !m.text("arguments").contains("check=") && !m.text("arguments").contains("**"),
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"
                    (expression_statement (method_invocation object: (_) name: (identifier) @callee arguments: (argument_list . (_)? .)
                        (#any-of? @callee "renameTo" "tryLock" "tryAcquire"))) @here
                    (expression_statement (method_invocation object: (_) name: (identifier) @callee arguments: (argument_list . (identifier) @buffer .)
                        (#eq? @callee "read") (#any-of? @buffer "buf" "buffer" "bytes" "data"))) @here"#,
                message: "the result of `{callee}` is ignored",
                accept: always,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(block (call_expression (navigation_expression (_) (identifier) @callee .) (value_arguments)
                    (#any-of? @callee "renameTo" "tryLock" "tryAcquire")) @here . (_))"#,
                message: "the result of `{callee}` is ignored",
                accept: always,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"
                    (short_var_declaration
                        left: (expression_list (identifier) @blank .)
                        right: (expression_list (call_expression function: (selector_expression) @callee))
                        (#eq? @blank "_")
                        (#any-of? @callee "strconv.Atoi" "strconv.ParseInt" "strconv.ParseUint" "strconv.ParseFloat"
                            "os.Open" "os.Create" "os.OpenFile" "os.ReadFile" "os.ReadDir" "io.ReadAll" "ioutil.ReadAll" "ioutil.ReadFile"
                            "url.Parse" "time.Parse" "http.NewRequest" "http.Get" "net.Dial" "net.Listen" "sql.Open" "rand.Read")) @here
                    (expression_statement (call_expression function: (selector_expression) @callee
                        (#any-of? @callee "json.Unmarshal" "xml.Unmarshal" "yaml.Unmarshal" "os.WriteFile" "os.Rename" "os.Mkdir" "os.MkdirAll" "os.Chdir" "binary.Read" "http.ListenAndServe" "rand.Read"))) @here"#,
                message: "the error of `{callee}` is dropped",
                // A group of a regular expression has been checked by the expression.
                // So has the port of a URL. A clean-up has nobody to tell.
                accept: |m, source| {
                    let is_checked = m.text("callee").starts_with("strconv.") && holds_any(m.text("here"), "[ .Port()");
                    !is_checked && !holds_any(source.line_at(m.start()), "Cleanup(func defer")
                },
            },
            Finder::Syntax {
                languages: &["c", "cpp"],
                query: r#"(expression_statement (call_expression function: (identifier) @callee
                    (#any-of? @callee "scanf" "fscanf" "sscanf" "fgets" "fread" "chdir" "ftruncate" "realloc" "pthread_create"))) @here"#,
                message: "the result of `{callee}` is ignored",
                accept: always,
            },
        ],
    },
    Rule {
        id: "lost-cause",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 65,
        summary: "A new error replaces the one that was caught, and the cause is lost.",
        suggestion: "Hand the caught error to the new one as its cause.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["java"],
                query: r#"(catch_clause (catch_formal_parameter (catch_type) @kind name: (identifier) @name)
                    body: (block (throw_statement (object_creation_expression)) @here) @body)"#,
                message: "`{name}` is not handed on as the cause",
                accept: loses_the_cause,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"(catch_clause parameter: (identifier) @name body: (statement_block (throw_statement (new_expression)) @here) @body)"#,
                message: "`{name}` is not handed on as the cause",
                accept: loses_the_cause,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(catch_block (identifier) @name (user_type) @kind (block (throw_expression (call_expression)) @here) @body)"#,
                message: "`{name}` is not handed on as the cause",
                accept: loses_the_cause,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"(if_statement
                    condition: (binary_expression left: (identifier) @name operator: "!=" right: (nil))
                    consequence: (block (statement_list (return_statement (expression_list
                        (call_expression function: (selector_expression) @callee) .)) @here)) @body
                    (#any-of? @callee "errors.New" "fmt.Errorf"))"#,
                message: "`{name}` is not part of the error that is returned",
                accept: |m, source| is_error_name(m.text("name")) && loses_the_cause(m, source),
            },
        ],
    },
    Rule {
        id: "return-in-finally",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 90,
        summary: "A `return` in `finally` discards the exception or the result that was on its way.",
        suggestion: "Move the `return` behind the `try` statement.",
        in_tests: InTests::Same,
        finders: &[
            Finder::Syntax {
                languages: JS,
                query: r#"
                    (finally_clause body: (statement_block (return_statement) @here))
                    (finally_clause body: (statement_block (if_statement consequence: (statement_block (return_statement) @here))))"#,
                message: "this `return` discards whatever was thrown or returned before",
                accept: always,
            },
            Finder::Syntax {
                languages: &["java", "python"],
                query: r#"
                    (finally_clause (block (return_statement) @here))
                    (finally_clause (block (if_statement consequence: (block (return_statement) @here))))"#,
                message: "this `return` discards whatever was raised or returned before",
                accept: always,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"
                    (finally_block (block (return_expression) @here))
                    (finally_block (block (if_expression (block (return_expression) @here))))"#,
                message: "this `return` discards whatever was thrown or returned before",
                accept: always,
            },
        ],
    },
    Rule {
        id: "exception-not-thrown",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 95,
        summary: "An exception is made and not thrown.",
        suggestion: "Put `throw` (or `raise`) before it, or delete the line.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["python"],
                query: r#"(expression_statement . (call function: (identifier) @callee) @here .)"#,
                message: "`{callee}` is made and not raised",
                accept: names_an_exception,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"(expression_statement (new_expression constructor: (identifier) @callee)) @here"#,
                message: "`{callee}` is made and not thrown",
                accept: names_an_exception,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"(expression_statement (object_creation_expression type: (type_identifier) @callee)) @here"#,
                message: "`{callee}` is made and not thrown",
                accept: names_an_exception,
            },
            Finder::Syntax {
                languages: &["cpp"],
                query: r#"(expression_statement (call_expression function: (qualified_identifier) @callee
                    (#any-of? @callee "std::runtime_error" "std::logic_error" "std::invalid_argument" "std::out_of_range" "std::domain_error" "std::length_error" "std::range_error" "std::overflow_error" "std::system_error"))) @here"#,
                message: "`{callee}` is made and not thrown",
                accept: always,
            },
        ],
    },
    Rule {
        id: "throw-non-exception",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 90,
        summary: "What is thrown is not an exception.",
        suggestion: "Throw an object of an exception class, by value.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: JS,
                query: r#"(throw_statement [(string) (template_string) (number)]) @here"#,
                message: "what is thrown has no stack trace and is no `Error`",
                accept: always,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"
                    (raise_statement . [(string) (concatenated_string)]) @here
                    (raise_statement . [(identifier) @name (call function: (identifier) @name)] (#eq? @name "NotImplemented")) @here"#,
                message: "this raises a TypeError instead of what is written here",
                accept: always,
            },
            Finder::Syntax {
                languages: &["cpp"],
                query: r#"(throw_statement [(string_literal) (new_expression)]) @here"#,
                message: "a pointer is thrown: no handler for `std::exception` catches it",
                accept: always,
            },
        ],
    },
    Rule {
        id: "catch-by-value",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 90,
        summary: "An exception is caught by value, which cuts off what its class adds to the base.",
        suggestion: "Catch by `const` reference.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: &["cpp"],
            query: r#"(catch_clause parameters: (parameter_list (parameter_declaration
                type: [(type_identifier) (qualified_identifier)] declarator: (identifier)) @here))"#,
            message: "`{here}` copies the exception and slices it",
            accept: always,
        }],
    },
];

/// Names that say nothing about what is caught.
const PLAIN_NAMES: &str = "e ex err error exc exception t th throwable cause e1 e2 failure fault ioe";

/// Whether the handler holds nothing, not even a comment, its author has not said by a name that this is meant, and nothing behind it handles
/// the failure.
fn empty_handler(m: &Match<'_>, source: &Source<'_>) -> bool {
    let body = m.text("body");
    let here = m.span("here").unwrap_or(0..0);
    let is_empty = body.trim_start_matches('{').trim_end_matches('}').trim().is_empty();
    let in_destructor = source.function_at(m.start()).is_some_and(|f| f.name.contains('~'));
    let is_comment = |line: &str| ["//", "/*", "*/"].iter().any(|mark| line.trim_start().starts_with(mark));
    let is_explained = ["//", "/*"].iter().any(|mark| source.line_at(here.end.saturating_sub(1)).contains(mark))
        || try_before(source, here.start).is_some_and(|start| source.lines_above(start, 1).any(is_comment));
    is_empty
        && !in_destructor
        && !is_explained
        && !is_meant(m, source)
        && !is_handled_behind(source, here.start)
        && !is_in_finally(source, here.start)
}

/// Whether the name of what is caught says that it may be dropped: `ignored`, `_`, `alreadyCommitted`.
fn is_meant(m: &Match<'_>, source: &Source<'_>) -> bool {
    let facts = &source.facts;
    let Some(catch) = facts.starting_at(m.start(), FormKind::Catch) else {
        let head = m.text("here").strip_suffix(m.text("body")).unwrap_or("").to_ascii_lowercase();
        return holds_any(&head, "ignore expected unused");
    };
    let first = facts.child(catch, 0).filter(|first| matches!(facts.kind(*first), FormKind::Name | FormKind::Parameter));
    let name = first.and_then(|first| facts.within(first).rfind(|node| facts.kind(*node) == FormKind::Name));
    let name = name.map_or("", |name| facts.text_of(name));
    let plain = name.trim_start_matches('_').to_ascii_lowercase();
    !name.is_empty() && !among(PLAIN_NAMES, &plain)
}

/// Whether an `except` clause that does nothing takes every exception and does not explain itself.
fn drops_everything(m: &Match<'_>, source: &Source<'_>) -> bool {
    let Some(here) = m.span("here") else { return false };
    let explained = m.text("here").contains('#') || source.line_at(here.end.saturating_sub(1)).contains('#');
    (has_word(m.text("kind"), "Exception") || has_word(m.text("kind"), "BaseException")) && !explained
}

/// Leaves out clauses that raise again, now or later, or end the program, those that look at what came, and those after a clause that
/// lets Ctrl-C through.
fn takes_everything(m: &Match<'_>, source: &Source<'_>) -> bool {
    const LOOKS: &str = "reraise exc_info traceback print_exc format_exc .exception( handle_error handleError sys.exit os._exit os.abort";
    let body = m.text("body");
    let indent = source.line_at(m.start()).len() - source.line_at(m.start()).trim_start().len();
    let clause = |line: &&str| line.trim_start().starts_with("except") && line.len() - line.trim_start().len() == indent;
    let passes_on = source.lines_above(m.start(), 1).any(|line| line.trim() == "raise");
    let lets_through =
        passes_on || source.lines_above(m.start(), 12).filter(clause).take(3).any(|line| holds_any(line, "KeyboardInterrupt SystemExit"));
    !has_word(body, "raise") && !holds_any(body, LOOKS) && !lets_through && !raises_later(body, m, source)
}

/// Whether the handler keeps a mark that the code behind the clause asks for before it raises.
fn raises_later(body: &str, m: &Match<'_>, source: &Source<'_>) -> bool {
    let Some(end) = source.function_at(m.start()).map(|function| function.span.range().end) else { return false };
    let Some(rest) = m.span("body").and_then(|body| source.text.get(body.end..end)) else { return false };
    let mut marks = body.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.trim());
    has_word(rest, "raise") && marks.any(|name| has_word(rest, name))
}

/// Whether what is written to lies in memory, where writing does not fail.
fn is_in_memory(m: &Match<'_>, source: &Source<'_>) -> bool {
    const MEMORY: &[&str] = &["Vec", "String", "BytesMut", "Cursor", "vec", "BufferWriter"];
    let facts = &source.facts;
    let Some(callee) = m.span("callee").and_then(|span| facts.innermost(span.start)) else { return false };
    let member = std::iter::once(callee).chain(facts.around(callee)).find(|node| facts.kind(*node) == FormKind::Member);
    let path = member.and_then(|member| facts.child(member, 0)).map(|receiver| facts.path(receiver)).unwrap_or_default();
    path.split(['.', '(', '!']).any(|part| MEMORY.contains(&part))
}

fn is_error_name(name: &str) -> bool {
    name.starts_with("err") || name.ends_with("Err") || name.ends_with("Error")
}

/// Some exceptions say nothing that the message of the new one cannot say as well.
fn loses_the_cause(m: &Match<'_>, _: &Source<'_>) -> bool {
    const BARREN: &str = "NumberFormat NoSuch NotFound AlreadyExists Interrupted Unsupported CloneNot IndexOutOfBounds ClassCast EOF";
    !has_word(m.text("body"), m.text("name")) && !holds_any(m.text("kind"), BARREN)
}

fn names_an_exception(m: &Match<'_>, _: &Source<'_>) -> bool {
    let callee = m.text("callee");
    callee.starts_with(|c: char| c.is_ascii_uppercase()) && (callee.ends_with("Error") || callee.ends_with("Exception"))
}

/// Longest `try` block that is read backwards, in bytes.
const MAX_TRY: usize = 2_000;

/// Where the `try` of a handler begins.
fn try_before(source: &Source<'_>, catch: usize) -> Option<usize> {
    let start = source.text.ceil_char_boundary(catch.saturating_sub(MAX_TRY));
    let block = source.text[start..catch].trim_end().strip_suffix('}')?;
    let open = start + block.len() - braced_try(block)?.len() - 1;
    source.text[..open].trim_end().strip_suffix("try").map(str::len)
}

/// Whether what may fail is one statement, which only asks whether something is there or can be read: `try { return statSync(x) } catch {}`.
pub(super) fn is_probe(catch: usize, source: &Source<'_>) -> bool {
    let before = &source.text[source.text.ceil_char_boundary(catch.saturating_sub(MAX_TRY))..catch];
    // `.catch(() => {})`
    if before.trim_end().ends_with('(') || source.text[catch..].starts_with('(') {
        return true;
    }
    let body = match source.language {
        "python" => indented_try(before),
        _ => before.trim_end().strip_suffix('}').and_then(braced_try),
    };
    body.is_some_and(|body| {
        let lines = body.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//") && !line.starts_with('#'));
        lines.count() == 1 && body.matches(';').count() < 2
    })
}

/// The block that was closed behind `text`.
fn braced_try(text: &str) -> Option<&str> {
    let mut depth = 0_u32;
    for (at, c) in text.char_indices().rev() {
        match c {
            '}' => depth += 1,
            '{' if depth == 0 => return Some(&text[at + 1..]),
            '{' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The lines between the last `try:` and the `except` behind `text`.
fn indented_try(text: &str) -> Option<&str> {
    text.rfind("try:").map(|at| &text[at + "try:".len()..])
}
