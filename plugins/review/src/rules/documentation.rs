//! Owns the rules about comments: missing, forgotten, switched off. Never judges whether a comment is true.

use std::ops::Range;

use crate::rule::{ALL, Category, Finder, InTests, JS, Rule, Severity};
use crate::source::Source;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "todo-comment",
        severity: Severity::Info,
        category: Category::Maintainability,
        confidence: 90,
        summary: "A comment says that work is left.",
        suggestion: "Do it, or move it to the issue tracker and leave the number of the issue.",
        in_tests: InTests::Same,
        finders: &[Finder::Text {
            languages: ALL,
            pattern: r"\b((?:TODO|FIXME|HACK|XXX)\b.*?)[ \t\r]*(?:\*/.*)?$",
            message: "work is left to do here",
            accept: is_marker,
        }],
    },
    Rule {
        id: "commented-out-code",
        severity: Severity::Low,
        category: Category::Maintainability,
        confidence: 75,
        summary: "Code stands in comments.",
        suggestion: "Delete it; the version control keeps it.",
        in_tests: InTests::As(Severity::Info),
        finders: &[Finder::File {
            languages: &["rust", "javascript", "typescript", "tsx", "java", "kotlin", "go", "c", "cpp"],
            check: commented_out_code,
        }],
    },
    Rule {
        id: "silenced-check",
        severity: Severity::Info,
        category: Category::Maintainability,
        confidence: 85,
        summary: "A comment silences a checker without saying which complaint it means.",
        suggestion: "Name the complaint, so that the next one is still heard.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Text {
                languages: JS,
                pattern: r"(@ts-(?:ignore|nocheck)|eslint-disable(?:-next-line|-line)?)[ \t]*(?:\*/\}?)?[ \t\r]*$",
                message: "this silences every complaint, without a reason",
                accept: stands_in_comment,
            },
            Finder::Text {
                languages: &["python"],
                pattern: r"(#[ \t]*(?:type:[ \t]*ignore|(?:flake8:[ \t]*)?(?:noqa|NOQA)))[ \t\r]*$",
                message: "this silences every complaint about the line",
                accept: stands_in_comment,
            },
            Finder::Text {
                languages: &["go"],
                pattern: r"(//[ \t]*nolint)[ \t\r]*$",
                message: "this silences every linter",
                accept: stands_in_comment,
            },
        ],
    },
];

/// The word opens the comment, or is written as a marker: `word:` or `word(name)`.
fn is_marker(text: &str, at: usize, source: &Source<'_>) -> bool {
    let after = text.trim_start_matches(|c: char| c.is_ascii_uppercase());
    if !source.in_comment(at) || !(after.is_empty() || after.starts_with([' ', '\t', ':', '(', ','])) {
        return false;
    }
    let before = source.text[..at].rsplit('\n').next().unwrap_or("").trim_end();
    after.starts_with([':', '(']) || before.is_empty() || before.ends_with(['/', '*', '#', '!', '-', '@'])
}

fn stands_in_comment(_: &str, at: usize, source: &Source<'_>) -> bool {
    source.in_comment(at)
}

/// What a line of a comment looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Statement,
    /// Part of a statement, a bracket, or nothing.
    Neutral,
    Prose,
}

/// Runs of `//` lines that hold at least two statements and no prose.
fn commented_out_code(source: &Source<'_>) -> Vec<(usize, usize, String)> {
    let mut found = Vec::new();
    let mut run: Vec<Range<usize>> = Vec::new();
    for line in line_comments(source) {
        let is_next = run.last().and_then(|last| source.text.get(last.end..line.start)).is_some_and(is_line_break);
        if !is_next {
            found.extend(judge(&run, source));
            run.clear();
        }
        run.push(line);
    }
    found.extend(judge(&run, source));
    found
}

/// The `//` comments that have their line to themselves, without the end of the line.
fn line_comments<'a>(source: &'a Source<'_>) -> impl Iterator<Item = Range<usize>> + 'a {
    let spans = source.measures.comments.iter().filter(|span| source.text[span.range().start..].starts_with("//"));
    let lines = spans.flat_map(|span| {
        let mut at = span.range().start;
        source.text[span.range()].split_inclusive('\n').map(move |line| {
            let start = at + line.len() - line.trim_start().len();
            at += line.len();
            start..start + line.trim().len()
        })
    });
    lines.filter(|line| !line.is_empty() && source.line_at(line.start).trim_start().starts_with("//"))
}

fn is_line_break(gap: &str) -> bool {
    gap.trim().is_empty() && gap.matches('\n').count() == 1
}

fn judge(run: &[Range<usize>], source: &Source<'_>) -> Option<(usize, usize, String)> {
    let (mut n_statements, mut n_open) = (0, 0);
    for line in run {
        let comment = &source.text[line.clone()];
        // Between brackets a line may look like anything.
        match look(comment) {
            _ if n_open > 0 => {}
            Look::Statement => n_statements += 1,
            Look::Neutral => {}
            Look::Prose => return None,
        }
        n_open += comment.matches(['(', '[']).count();
        n_open = n_open.saturating_sub(comment.matches([')', ']']).count());
    }
    let first = run.first().filter(|_| n_statements >= 2)?;
    Some((first.start, first.end, format!("code in comments, {} lines of it", run.len())))
}

fn look(comment: &str) -> Look {
    let text = comment.trim_start_matches('/');
    // `///` and `//!` are documentation; the examples in it are meant to stay.
    if comment.len() - text.len() != 2 || text.starts_with('!') {
        return Look::Prose;
    }
    let text = text.split(" //").next().unwrap_or("").trim();
    if text.is_empty() || text.starts_with(['.', '}', ')', ']']) || text == "{" {
        return Look::Neutral;
    }
    if is_prose(text) {
        return Look::Prose;
    }
    match text.chars().next_back() {
        Some(';') if is_statement(text) => Look::Statement,
        Some('{') if opens_block(text) => Look::Statement,
        Some('{' | ',' | '(' | '[' | '&' | '|' | '=') => Look::Neutral,
        _ if is_statement_without_end(text) => Look::Statement,
        _ => Look::Prose,
    }
}

/// Four plain words in a row, or a word with a full stop behind it.
fn is_prose(text: &str) -> bool {
    let mut n_plain = 0;
    for word in text.split_whitespace() {
        let is_modifier =
            matches!(word, "public" | "private" | "protected" | "static" | "final" | "const" | "unsigned" | "volatile" | "override");
        let is_plain = word.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | ',' | '.'));
        n_plain = if is_plain && !is_modifier { n_plain + 1 } else { 0 };
        if n_plain >= 4 {
            return true;
        }
    }
    text.contains(". ")
}

/// For a line that ends with `;`.
fn is_statement(text: &str) -> bool {
    let body = text.trim_end_matches(';').trim_end();
    let word = body.split(|c: char| !c.is_alphabetic()).next().unwrap_or("");
    let is_keyword =
        matches!(word, "return" | "break" | "continue" | "throw" | "import" | "use" | "using" | "let" | "const" | "var" | "goto" | "await");
    is_keyword || has_assignment(body) || body.ends_with("++") || body.ends_with("--") || ends_with_call(body)
}

/// For a line without an end mark, as in Go and Kotlin.
fn is_statement_without_end(text: &str) -> bool {
    let declares = ["val ", "var ", "const ", "let "].iter().any(|word| text.starts_with(word));
    let path = text.split('(').next().unwrap_or("");
    let calls = path.contains('.') && path.chars().all(|c| c.is_alphanumeric() || "._".contains(c)) && text.ends_with(')');
    text.contains(" := ") || declares && text.contains(" = ") || calls && ends_with_call(text)
}

fn opens_block(text: &str) -> bool {
    let word = text.trim_start_matches(['}', ' ']).split(|c: char| !c.is_alphabetic()).next().unwrap_or("");
    let is_keyword = matches!(
        word,
        "if" | "else"
            | "for"
            | "while"
            | "switch"
            | "match"
            | "when"
            | "do"
            | "try"
            | "catch"
            | "finally"
            | "func"
            | "fn"
            | "fun"
            | "function"
            | "class"
            | "struct"
            | "enum"
            | "impl"
            | "pub"
            | "public"
            | "private"
            | "static"
            | "void"
    );
    is_keyword || text.contains(") {") || text.contains("=> {")
}

fn has_assignment(text: &str) -> bool {
    [" = ", " += ", " -= ", " |= ", " *= "].iter().any(|sign| text.contains(sign))
}

/// `name(...)`: the bracket follows the name at once, which prose does not do.
fn ends_with_call(text: &str) -> bool {
    let open = text.find('(').unwrap_or(0);
    let before = text[..open].chars().next_back();
    before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '!' | '>')) && text.ends_with([')', '?'])
}
