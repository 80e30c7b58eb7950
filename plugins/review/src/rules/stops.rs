//! Owns the rules about code that stops the whole program where an error would do.

use crate::context::{is_asked_around, is_in_function_marked};
use crate::rule::{Category, Finder, InTests, Rule, Severity, always};
use crate::source::{Match, Source};

use super::logic::{has_word, holds_any, word_places};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "unfinished-code",
        severity: Severity::Low,
        category: Category::Correctness,
        confidence: 80,
        summary: "A path that can be taken is not written yet.",
        suggestion: "Write it, or return an error that the caller can handle.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["rust"],
                query: r#"(macro_invocation macro: (identifier) @name (#any-of? @name "todo" "unimplemented")) @here"#,
                message: "`{name}!` stops the program when this is reached",
                // With a reason, `unimplemented` is a decision.
                accept: |m, _| m.text("name") == "todo" || m.text("here").ends_with("()"),
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(call_expression . (identifier) @name (value_arguments) (#eq? @name "TODO")) @here"#,
                message: "`TODO` throws when this is reached",
                accept: always,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"(call_expression function: (identifier) @name arguments: (argument_list . (interpreted_string_literal) @text) (#eq? @name "panic")) @here"#,
                message: "this panics because the code is not written yet",
                accept: says_unfinished,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"(throw_statement (object_creation_expression arguments: (argument_list . (string_literal) @text))) @here"#,
                message: "this throws because the code is not written yet",
                // An override that refuses is a decision.
                accept: |m, source| {
                    let is_refusal =
                        m.text("here").contains("UnsupportedOperation") && is_in_function_marked(source, m.start(), "Override");
                    says_unfinished(m, source) && !is_refusal
                },
            },
        ],
    },
    Rule {
        id: "process-exit-in-library",
        severity: Severity::Low,
        category: Category::Correctness,
        confidence: 60,
        summary: "A function that others call ends the whole process.",
        suggestion: "Return an error and leave the decision to `main`.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["rust", "javascript", "typescript", "tsx", "go"],
                query: r#"(call_expression function: (_) @callee
                    (#any-of? @callee "std::process::exit" "process::exit" "process.exit" "os.Exit" "log.Fatal" "log.Fatalf" "log.Fatalln")) @here"#,
                message: "`{callee}` ends the process of whoever calls this",
                accept: inside_a_library,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"(call function: [(attribute) (identifier)] @callee (#any-of? @callee "sys.exit" "exit" "quit")) @here"#,
                message: "`{callee}` ends the process of whoever calls this",
                accept: inside_a_library,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"(method_invocation object: (identifier) @class name: (identifier) @callee (#eq? @class "System") (#eq? @callee "exit")) @here"#,
                message: "`{class}.{callee}` ends the process of whoever calls this",
                accept: inside_a_library,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(call_expression . (identifier) @callee (value_arguments) (#eq? @callee "exitProcess")) @here"#,
                message: "`{callee}` ends the process of whoever calls this",
                accept: inside_a_library,
            },
        ],
    },
    Rule {
        id: "panic-in-fallible-function",
        severity: Severity::Low,
        category: Category::Correctness,
        confidence: 75,
        summary: "A function that can return an error panics because of one.",
        suggestion: "Return the error; the signature has room for it.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["rust"],
                query: r#"(macro_invocation macro: (identifier) @name (#eq? @name "panic")) @here"#,
                message: "this function returns a `Result` and panics all the same",
                accept: |m, source| answer_of(m, source).is_some_and(|answer| has_word(answer, "Result")),
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"(call_expression function: (identifier) @name (#eq? @name "panic")) @here"#,
                message: "this function returns an error and panics all the same",
                accept: |m, source| answer_of(m, source).is_some_and(|answer| has_word(answer, "error")),
            },
        ],
    },
    Rule {
        id: "not-null-assertion",
        severity: Severity::Low,
        category: Category::Correctness,
        confidence: 60,
        summary: "An assertion that something is not null takes the place of a check.",
        suggestion: "Handle the missing value, or demand it with a message that says what was expected.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(unary_expression argument: (_) @value operator: "!!") @here"#,
                message: "`{value}` may be null, and nothing says why it is not",
                accept: |m, source| !is_never_null(m.text("value")) && !is_known_there(m, source),
            },
            Finder::Syntax {
                languages: &["typescript", "tsx"],
                query: r#"(non_null_expression (call_expression function: (member_expression property: (property_identifier) @method))
                    (#any-of? @method "find" "match" "exec" "pop" "shift")) @here"#,
                message: "`{method}` may find nothing, and `!` only silences the compiler",
                accept: |m, source| !is_known_there(m, source),
            },
        ],
    },
];

/// Factories of the Java library that give nothing back but what was asked for.
fn is_never_null(value: &str) -> bool {
    [".getInstance(", ".newInstance(", ".createTempFile(", ".toString()"].iter().any(|factory| value.contains(factory))
}

/// Whether a condition around the place says already that the value is there: `x != null && x!!`, or a pattern that was tested before it is
/// matched.
fn is_known_there(m: &Match<'_>, source: &Source<'_>) -> bool {
    let value = m.text("value");
    let pattern = m.text("here").rsplit_once('(').map_or("", |(_, rest)| rest.trim_end_matches(['!', ')', ' ']));
    let receiver = m.text("here").split_once('.').map_or("", |(receiver, _)| receiver);
    is_asked_around(source, m.start(), |condition| {
        let says_there = |value: &str| {
            let compact: String = condition.split_whitespace().collect();
            let value: String = value.split_whitespace().collect();
            compact.contains(&format!("{value}!=null"))
                || compact.contains(&format!("{value}!==null"))
                || compact.contains(&format!("null!={value}"))
        };
        !value.is_empty() && says_there(value)
            || !pattern.is_empty()
                && [".test(", ".matches(", ".has(", ".includes("].iter().any(|call| condition.contains(call))
                && condition.contains(pattern)
            || !receiver.is_empty()
                && (condition.contains(&format!("{receiver}.length")) || condition.contains(&format!("{receiver}.some(")))
    })
}

fn says_unfinished(m: &Match<'_>, _: &Source<'_>) -> bool {
    let text = m.text("text").to_ascii_lowercase();
    ["todo", "not implemented", "not yet implemented", "unimplemented"].iter().any(|word| text.contains(word))
}

/// Whether the place is in a named function of a file that does not look like a program.
fn inside_a_library(m: &Match<'_>, source: &Source<'_>) -> bool {
    const MAINS: &[&str] = &["fn main(", "func main(", "fun main(", "void main(", "package main"];
    const OF_PROGRAMS: &str = "__main__ process.argv argparse optparse getopt click commander yargs clap flag.Parse";
    const OF_FUNCTIONS: &str = "main exit die abort fatal usage help version quit cli signal shutdown panic";
    let Some(function) = source.function_at(m.start()) else { return false };
    let name = function.name.to_ascii_lowercase();
    // Whoever waits for a signal ends the program by order of its user.
    let is_by_order = source.language == "go" && source.has("signal.Notify(");
    !name.is_empty()
        && !is_by_order
        && !holds_any(&name, OF_FUNCTIONS)
        && !source.text.starts_with("#!")
        && !holds_any(source.text, OF_PROGRAMS)
        && !MAINS.iter().any(|head| source.text.contains(head))
}

/// The result type of the function around a panic about something that failed. A panic about a mistake in the program is another matter.
fn answer_of<'a>(m: &Match<'_>, source: &Source<'a>) -> Option<&'a str> {
    const OF_MISTAKES: &str = "unreachable impossible bug invariant should must internal unexpected";
    let function = source.function_at(m.start())?;
    let said = m.text("here");
    let values = values_of(said);
    let names_it = ["err", "error", "e"].iter().any(|word| has_word(&values, word));
    let tells_it = holds_any(said, "failed cannot unable") && (said.contains(['{', '%']) || values.contains('+'));
    if !(names_it || tells_it) || holds_any(&said.to_ascii_lowercase(), OF_MISTAKES) {
        return None;
    }
    let is_documented = source
        .lines_above(function.span.range().start, 40)
        .take_while(|line| line.trim_start().starts_with(['/', '#']))
        .any(|line| line.to_ascii_lowercase().contains("panic"));
    let signature = source.text.get(function.signature.range()).filter(|signature| !signature.contains("Formatter") && !is_documented)?;
    let before = source.text.get(function.signature.range().end..m.start())?;
    match source.language {
        "go" => result_of(inner_function(before).unwrap_or(signature)),
        _ if is_in_closure(before) => None,
        _ => result_of(signature).filter(|result| result.starts_with("->") && !result.contains("Self::Result")),
    }
}

/// The text without its strings; what a string takes in by `{name}` stays.
fn values_of(text: &str) -> String {
    let (mut is_quoted, mut is_taken_in) = (false, false);
    let mut kept = String::new();
    for c in text.chars() {
        match c {
            '"' | '`' => is_quoted = !is_quoted,
            '{' | '}' if is_quoted => is_taken_in = c == '{',
            _ if !is_quoted || is_taken_in => kept.push(c),
            _ => {}
        }
        if !c.is_alphanumeric() && c != '_' && !kept.ends_with(' ') {
            kept.push(' ');
        }
    }
    kept
}

/// What stands behind the parameters of a function, up to its bounds.
fn result_of(signature: &str) -> Option<&str> {
    let (mut angles, mut rounds, mut last) = (0_usize, 0_usize, ' ');
    let keyword = ["fn ", "func "].iter().filter_map(|word| signature.find(word)).min().unwrap_or(0);
    // The receiver of a method in Go stands before its name.
    let has_receiver = signature[keyword..].strip_prefix("func").is_some_and(|rest| rest.starts_with(" ("));
    let mut n_skipped = usize::from(has_receiver);
    for (at, c) in signature.char_indices().skip_while(|(at, _)| *at < keyword) {
        match c {
            '<' => angles += 1,
            '>' if last != '-' => angles = angles.saturating_sub(1),
            '(' => rounds += 1,
            ')' => rounds = rounds.saturating_sub(1),
            _ => {}
        }
        last = c;
        if c == ')' && rounds == 0 && angles == 0 {
            if n_skipped == 0 {
                let result = signature[at + 1..].trim_start();
                let end = word_places(result, "where").next().unwrap_or(result.len());
                return result.get(..end);
            }
            n_skipped -= 1;
        }
    }
    None
}

/// The head of the innermost function literal that is still open at the end of the text, in Go.
fn inner_function(text: &str) -> Option<&str> {
    let mut closed = 0_usize;
    for (at, c) in text.char_indices().rev() {
        match c {
            '}' => closed += 1,
            '{' if closed > 0 => closed -= 1,
            '{' => {
                let line = text[..at].rsplit('\n').next().unwrap_or("");
                if let Some(start) = line.rfind("func(") {
                    return line.get(start..);
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether a closure is open at the end of the text, in Rust: its result is its own.
fn is_in_closure(text: &str) -> bool {
    let mut closed = 0_usize;
    for (at, c) in text.char_indices().rev() {
        match c {
            ')' | '}' => closed += 1,
            '(' | '{' if closed > 0 => closed -= 1,
            '(' | '{' => {
                let head = text[..at].rsplit('\n').next().unwrap_or("").trim_end();
                let argument = text[at + 1..].trim_start();
                let opens = argument.starts_with('|') || argument.starts_with("move |");
                if head.ends_with('|') || opens && c == '(' {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}
