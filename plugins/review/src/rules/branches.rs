//! Owns the rules about branches: those that do the same, that are never taken, or that run on into the next one.

use crate::around::code_before;
use devflow_plugin::FormKind;
use devflow_plugin::facts::Node;

use crate::rule::{C_LIKE, Category, Finder, InTests, JS, Rule, Severity, always};
use crate::source::{Match, Source};

use super::logic::{has_word, holds_any};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "identical-branches",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 85,
        summary: "Both branches of a condition do the same.",
        suggestion: "Drop the condition, or write what the other branch was meant to do.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: JS,
                query: r#"
                    (if_statement condition: (_) @here consequence: (_) @then alternative: (else_clause (_) @other) (#eq? @then @other))
                    (ternary_expression condition: (_) @here consequence: (_) @then alternative: (_) @other (#eq? @then @other))"#,
                message: "the same happens whether `{here}` holds or not",
                accept: does_something,
            },
            Finder::Syntax {
                languages: C_LIKE,
                query: r#"
                    (if_statement condition: (_) @here consequence: (_) @then alternative: (else_clause (_) @other) (#eq? @then @other))
                    (conditional_expression condition: (_) @here consequence: (_) @then alternative: (_) @other (#eq? @then @other))"#,
                message: "the same happens whether `{here}` holds or not",
                accept: does_something,
            },
            Finder::Syntax {
                languages: &["java", "go"],
                query: r#"(if_statement condition: (_) @here consequence: (_) @then alternative: (_) @other (#eq? @then @other))"#,
                message: "the same happens whether `{here}` holds or not",
                accept: does_something,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"(ternary_expression condition: (_) @here consequence: (_) @then alternative: (_) @other (#eq? @then @other))"#,
                message: "the same value comes out whether `{here}` holds or not",
                accept: always,
            },
            Finder::Syntax {
                languages: &["rust"],
                query: r#"(if_expression condition: (_) @here consequence: (_) @then alternative: (else_clause (_) @other) (#eq? @then @other))"#,
                message: "the same happens whether `{here}` holds or not",
                accept: does_something,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(if_expression condition: (_) @here . (_) @then . (_) @other (#eq? @then @other))"#,
                message: "the same happens whether `{here}` holds or not",
                accept: does_something,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"
                    (if_statement condition: (_) @here consequence: (_) @then . alternative: (else_clause body: (_) @other) (#eq? @then @other))
                    (conditional_expression . (_) @then . (_) @here . (_) @other . (#eq? @then @other))"#,
                message: "the same happens whether `{here}` holds or not",
                accept: does_something,
            },
        ],
    },
    Rule {
        id: "duplicate-condition",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 90,
        summary: "A condition is asked again in the same chain, so its branch is never taken.",
        suggestion: "Ask the question that was meant, or delete the dead branch.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["javascript", "typescript", "tsx", "c", "cpp"],
                query: r#"(if_statement condition: (_) @first alternative: (else_clause (if_statement condition: (_) @here)) (#eq? @first @here))"#,
                message: "`{here}` was asked just before: this branch is never taken",
                accept: asks_only,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"(if_statement condition: (_) @first alternative: (if_statement condition: (_) @here) (#eq? @first @here))"#,
                message: "`{here}` was asked just before: this branch is never taken",
                accept: asks_only,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"(if_statement condition: (_) @first alternative: (if_statement !initializer condition: (_) @here) (#eq? @first @here))"#,
                message: "`{here}` was asked just before: this branch is never taken",
                accept: asks_only,
            },
            Finder::Syntax {
                languages: &["rust"],
                query: r#"(if_expression condition: (_) @first alternative: (else_clause (if_expression condition: (_) @here)) (#eq? @first @here))"#,
                message: "`{here}` was asked just before: this branch is never taken",
                accept: asks_only,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(if_expression condition: (_) @first . (_) . (if_expression condition: (_) @here) (#eq? @first @here))"#,
                message: "`{here}` was asked just before: this branch is never taken",
                accept: asks_only,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"
                    (if_statement condition: (_) @first alternative: (elif_clause condition: (_) @here) (#eq? @first @here))
                    (if_statement alternative: (elif_clause condition: (_) @first) . alternative: (elif_clause condition: (_) @here) (#eq? @first @here))"#,
                message: "`{here}` was asked before in this chain: this branch is never taken",
                accept: asks_only,
            },
        ],
    },
    Rule {
        id: "unreachable-code",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 90,
        summary: "Code stands behind a statement that leaves the block.",
        suggestion: "Delete it, or move it before the statement that leaves.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["python"],
                query: r#"[(return_statement) (raise_statement) (break_statement) (continue_statement)] @here"#,
                message: "what stands behind this in its block is never reached",
                accept: never_runs,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"[(return_statement) (throw_statement) (break_statement) (continue_statement)] @here"#,
                message: "what stands behind this in its block is never reached",
                accept: never_runs,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"[(return_statement) (break_statement) (continue_statement)] @here"#,
                message: "what stands behind this in its block is never reached",
                accept: never_runs,
            },
            Finder::Syntax {
                languages: C_LIKE,
                query: r#"[(return_statement) (break_statement) (continue_statement)] @here"#,
                message: "what stands behind this in its block is never reached",
                accept: never_runs,
            },
        ],
    },
    Rule {
        id: "switch-fallthrough",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 70,
        summary: "A case runs on into the next one, and nothing says that this is meant.",
        suggestion: "End the case with `break`, or say in a comment that it falls through.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: C_LIKE,
                query: r#"((case_statement (expression_statement) @here .) . (case_statement))"#,
                message: "the case ends here without `break` and runs into the next one",
                accept: comes_back,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"((switch_case body: (expression_statement) @here .) . [(switch_case) (switch_default)])"#,
                message: "the case ends here without `break` and runs into the next one",
                accept: comes_back,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"((switch_block_statement_group (expression_statement) @here .) . (switch_block_statement_group))"#,
                message: "the case ends here without `break` and runs into the next one",
                accept: comes_back,
            },
        ],
    },
];

/// Leaves out empty branches, and the last step of an `else if` chain, which may be spelled out for the reader.
fn does_something(m: &Match<'_>, source: &Source<'_>) -> bool {
    let before = source.text.get(..m.start()).unwrap_or("").trim_end_matches(|c: char| c.is_whitespace() || c == '(');
    let in_chain = before.ends_with("else if") || before.ends_with("elif");
    let then = m.text("then").trim_matches(|c: char| c.is_whitespace() || matches!(c, '{' | '}' | ';'));
    !in_chain && !then.is_empty() && then != "pass"
}

/// Whether asking twice must give the same answer, as far as a name can tell.
fn asks_only(m: &Match<'_>, _: &Source<'_>) -> bool {
    const ACTS: &str = "next read accept match( consume eat( eat_ poll pop try expect recv skip advance parse take scan random ++ -- :=";
    let condition = m.text("first").to_ascii_lowercase();
    !holds_any(&condition, ACTS) && !condition.contains(" = ")
}

/// Leaves out what may stand there for a reason: labels, hoisted definitions, the `break` of a case, what makes a generator.
fn never_runs(m: &Match<'_>, source: &Source<'_>) -> bool {
    let Some(at) = m.span("here").and_then(|leaves| next_in_block(source, &leaves)) else { return false };
    let next = source.text[at..].lines().next().unwrap_or("");
    let first_word = next.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
    let is_label = !first_word.is_empty() && next[first_word.len()..].trim_start().starts_with(':') && !next.contains("::");
    let is_macro = !first_word.contains(|c: char| c.is_ascii_lowercase()) && first_word.len() > 1;
    // Macros may hide what the text really is.
    let is_broken = source.function_at(m.start()).is_some_and(|f| source.measures.errors.iter().any(|e| f.span.contains(e.range().start)));
    let may_stand = match source.language {
        "python" => has_word(next, "yield"),
        "go" => is_label || matches!(first_word, "case" | "default"),
        "c" | "cpp" => {
            is_label || is_macro || is_broken || matches!(first_word, "break" | "case" | "default" | "else") || next.starts_with('#')
        }
        _ => {
            const MAY_STAND: &str = "function async class var break type interface enum case default else export";
            is_label || MAY_STAND.split(' ').any(|word| word == first_word)
        }
    };
    // The author has told another checker that this is meant.
    let is_known = source.text[..at].rsplit('\n').take(4).any(|line| line.contains("unreachable"));
    !may_stand && !is_known
}

/// Where the next statement of the same block begins. Queries for neighbours in a block keep a state open for every block, which makes
/// all other queries slow; the text tells as well.
fn next_in_block(source: &Source<'_>, leaves: &std::ops::Range<usize>) -> Option<usize> {
    let line_start = source.text[..leaves.start].rfind('\n').map_or(0, |at| at + 1);
    let indent = &source.text[line_start..leaves.start];
    if source.language == "python" {
        return next_with_indent(source.text, indent, leaves.end);
    }
    // A statement behind `)`, `else` or a label belongs to what is before it; a line for the preprocessor tells nothing.
    let before = code_before(leaves.start, source);
    let is_directive = C_LIKE.contains(&source.language) && before.rsplit('\n').next().unwrap_or("").trim_start().starts_with('#');
    if source.language != "go" && (is_directive || !before.ends_with(['{', '}', ';'])) {
        return None;
    }
    let mut at = leaves.end;
    loop {
        let rest = &source.text[at..];
        at += rest.len() - rest.trim_start_matches([';', ' ', '\t', '\r', '\n']).len();
        match source.measures.comments.iter().find(|comment| comment.range().start == at) {
            Some(comment) if comment.range().end > at => at = comment.range().end,
            _ => break,
        }
    }
    (at < source.text.len() && !source.text[at..].starts_with('}')).then_some(at)
}

fn next_with_indent(text: &str, indent: &str, end: usize) -> Option<usize> {
    let is_alone = indent.trim().is_empty();
    let (tail, _) = text[end..].split_once('\n')?;
    if !is_alone || !(tail.trim().is_empty() || tail.trim_start().starts_with('#')) {
        return None;
    }
    let mut at = end + tail.len() + 1;
    for line in text[at..].split_inclusive('\n') {
        let code = line.trim_start();
        if !code.is_empty() && !code.starts_with('#') {
            let own = &line[..line.len() - code.len()];
            return (own == indent).then_some(at + own.len());
        }
        at += line.len();
    }
    None
}

/// Leaves out calls that do not return, macros, sums that are built up from case to case, and what a comment or an attribute explains.
/// Whether the next label has no statements, so that nothing is run that was not meant.
fn runs_into_nothing(source: &Source<'_>, offset: usize) -> bool {
    let facts = &source.facts;
    let Some(node) = facts.innermost(offset) else { return false };
    let Some(case) = std::iter::once(node).chain(facts.around(node)).find(|around| facts.kind(*around) == FormKind::Case) else {
        return false;
    };
    let Some(next) = facts.next(case) else { return true };
    let is_value = |child: Node| {
        !matches!(facts.kind(child), FormKind::Statement | FormKind::Block | FormKind::Return | FormKind::If | FormKind::Loop)
    };
    facts.next(next).is_none() && facts.children(next).all(is_value)
}

fn comes_back(m: &Match<'_>, source: &Source<'_>) -> bool {
    const LEAVES: &str = "exit abort fail die panic err throw assert reach usage fatal bug longjmp exec fall never missing invalid unexpected \
        illegal bail terminate quit croak goto";
    let Some(here) = m.span("here") else { return false };
    let text = m.text("here");
    let callee = text.split('(').next().unwrap_or("");
    let lower = text.to_ascii_lowercase();
    let is_macro = !callee.contains(|c: char| c.is_ascii_lowercase());
    let accumulates = holds_any(text, "+= -= ^= |= &= <<= ++ --");
    // The rest of this line, and what follows up to the statements of the next case.
    let mut next = source.text[here.end..].lines().take(4);
    let is_explained = next.any(|line| ["fall", "FALL", "Fall"].iter().any(|word| line.contains(word)));
    !is_macro && !accumulates && !holds_any(&lower, LEAVES) && !is_explained && !runs_into_nothing(source, here.start)
}
