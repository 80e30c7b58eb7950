//! The rules on what is written into a text: regular expressions that can take exponential time, and characters that turn the order of
//! others.

use devflow_plugin::FormKind;
use devflow_plugin::facts::Node;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::rule::{ALL, Category, Finder, InTests, Rule, Severity};
use crate::source::Source;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "regex-denial-of-service",
        severity: Severity::Medium,
        category: Category::Security,
        confidence: 70,
        summary: "A regular expression can take exponential time, or comes from outside.",
        suggestion: "Do without nested repetitions, limit the length of the text, and escape what comes from outside.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Table { message: "`{path}` can be made to run for minutes by a short text" },
            Finder::File { languages: BACKTRACKING, check: nested_repetitions },
        ],
    },
    Rule {
        id: "bidirectional-characters",
        severity: Severity::High,
        category: Category::Security,
        confidence: 85,
        summary: "An invisible character makes the text look different from what the compiler reads.",
        suggestion: "Delete the character, or write it as an escape (`\\u202e`).",
        in_tests: InTests::Same,
        finders: &[Finder::Text {
            languages: ALL,
            // U+202A, 202B, 202D, 202E and U+2066 to 2068; patterns are of bytes.
            pattern: r"(\xe2(?:\x80[\xaa\xab\xad\xae]|\x81[\xa6-\xa8]))",
            message: "an invisible character turns the order of what follows on this line",
            accept: |_, at, source| !is_written_from_the_right(source.line_at(at)),
        }],
    },
];

/// Letters of scripts that are written from the right need such characters.
fn is_written_from_the_right(line: &str) -> bool {
    line.chars().any(|c| matches!(c, '\u{0590}'..='\u{08ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'))
}

/// Languages whose usual libraries try one way after the other. Those of Go and Rust take linear time.
const BACKTRACKING: &[&str] = &["python", "javascript", "typescript", "tsx", "java", "kotlin", "cpp"];

/// Calls whose first argument is a regular expression.
const COMPILERS: &[&str] = &[
    "re.compile",
    "re.match",
    "re.search",
    "re.fullmatch",
    "re.findall",
    "re.finditer",
    "re.sub",
    "re.subn",
    "re.split",
    "RegExp",
    "java.util.regex.Pattern.compile",
    "java.util.regex.Pattern.matches",
    "kotlin.text.Regex",
    "Regex",
    "std.regex",
];

/// Longest expression that is read, in bytes.
const MAX_BYTES: usize = 2_000;

fn nested_repetitions(source: &Source<'_>) -> Vec<(usize, usize, String)> {
    let facts = &source.facts;
    let mut found = Vec::new();
    for node in facts.nodes() {
        let pattern = match facts.kind(node) {
            FormKind::Regex => Some((node, of_literal(facts.text_of(node)).to_owned())),
            FormKind::Call | FormKind::New => compiled(source, node),
            _ => None,
        };
        let Some((node, pattern)) = pattern else { continue };
        if pattern.len() <= MAX_BYTES && is_exponential(&pattern) {
            let span = facts.span(node);
            found.push((span.start, span.end, "this expression can take exponential time: it repeats a repetition".to_owned()));
        }
    }
    found
}

/// The inside of `/…/g`.
fn of_literal(text: &str) -> &str {
    let inner = text.strip_prefix('/').unwrap_or(text);
    inner.rfind('/').map_or(inner, |end| &inner[..end])
}

/// The expression that a call compiles, if it stands there.
fn compiled(source: &Source<'_>, call: Node) -> Option<(Node, String)> {
    let facts = &source.facts;
    // Names are cheaper to compare than paths.
    let name = facts.callee_name(call);
    if !COMPILERS.iter().any(|known| known.rsplit('.').next() == Some(name)) {
        return None;
    }
    let path = facts.path(facts.child(call, 0)?);
    if !COMPILERS.iter().any(|known| facts.is_path(&path, known)) {
        return None;
    }
    let argument = facts.positional(call, 0)?;
    let is_text = |node: Node| facts.kind(node) == FormKind::Text;
    let is_written = is_text(argument) || facts.kind(argument) == FormKind::Template && facts.children(argument).all(is_text);
    let written = Some(facts.literal(argument).to_owned()).filter(|_| is_written)?;
    let is_raw = ["r", "R", "\"\"\""].iter().any(|mark| facts.text_of(argument).starts_with(mark));
    // In a text, each of its backslashes is written twice.
    Some((argument, if is_raw { written } else { written.replace("\\\\", "\\") }))
}

/// Whether a part that is repeated without end can fit the same text in several ways, and something behind it can fail. What the parser does
/// not know (looking around, references back) is left alone.
fn is_exponential(pattern: &str) -> bool {
    // Most have no bracket that is repeated.
    if ![")+", ")*", "){"].iter().any(|repeat| pattern.contains(repeat)) {
        return false;
    }
    let parser = ParserBuilder::new().unicode(false).utf8(false).nest_limit(50).build().parse(pattern);
    parser.is_ok_and(|hir| has_nested(&hir, false))
}

/// `is_followed`: something stands behind that may not fit.
fn has_nested(hir: &Hir, is_followed: bool) -> bool {
    match hir.kind() {
        HirKind::Concat(parts) => {
            let must_fit = |part: &Hir| matches!(part.kind(), HirKind::Look(_)) || part.properties().minimum_len().is_some_and(|n| n > 0);
            parts.iter().enumerate().any(|(at, part)| has_nested(part, is_followed || parts[at + 1..].iter().any(must_fit)))
        }
        HirKind::Alternation(parts) => parts.iter().any(|part| has_nested(part, is_followed)),
        HirKind::Capture(capture) => has_nested(&capture.sub, is_followed),
        HirKind::Repetition(repetition) => {
            let is_endless = repetition.max.is_none();
            is_endless && is_followed && is_ambiguous(&repetition.sub) || has_nested(&repetition.sub, is_followed || is_endless)
        }
        _ => false,
    }
}

/// Whether several turns of a part can fit what one turn fits: it has an endless repetition, and all else in it may be left out or fits the
/// same characters.
fn is_ambiguous(part: &Hir) -> bool {
    let part = bare(part);
    match part.kind() {
        HirKind::Repetition(inner) => inner.max.is_none() && bytes(&inner.sub).is_some(),
        HirKind::Concat(parts) => parts.iter().enumerate().any(|(at, repeated)| {
            let HirKind::Repetition(inner) = bare(repeated).kind() else { return false };
            let Some(fitting) = bytes(&inner.sub).filter(|_| inner.max.is_none()) else { return false };
            let is_optional = |other: &Hir| other.properties().minimum_len() == Some(0) && !matches!(other.kind(), HirKind::Look(_));
            let fits_same = |other: &Hir| bytes_of_turn(other).is_some_and(|other| other.iter().all(|byte| fitting.contains(byte)));
            parts.iter().enumerate().all(|(other_at, other)| other_at == at || is_optional(other) || fits_same(other))
        }),
        _ => false,
    }
}

fn bare(part: &Hir) -> &Hir {
    match part.kind() {
        HirKind::Capture(capture) => bare(&capture.sub),
        _ => part,
    }
}

/// The bytes that a part of one character fits.
fn bytes(part: &Hir) -> Option<Vec<u8>> {
    match bare(part).kind() {
        HirKind::Class(Class::Bytes(class)) => Some(class.iter().flat_map(|range| range.start()..=range.end()).collect()),
        HirKind::Literal(literal) if literal.0.len() == 1 => Some(literal.0.to_vec()),
        _ => None,
    }
}

/// The same of one turn of a repetition.
fn bytes_of_turn(part: &Hir) -> Option<Vec<u8>> {
    match bare(part).kind() {
        HirKind::Repetition(inner) => bytes(&inner.sub),
        _ => bytes(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repetition_of_a_repetition_is_exponential_where_something_can_fail_behind_it() {
        for pattern in [r"(a+)+$", r"^(\w+\s?)+$", r"([a-z]+)*!", r"(x+x+)+y", r"^(?:\d+)*\.$", r"^([\w.]+\.?)+@", r"(.*)*x", r"^(a*b?)*c"]
        {
            assert!(is_exponential(pattern), "{pattern}");
        }
    }

    #[test]
    fn what_is_told_apart_in_each_turn_takes_linear_time() {
        for pattern in [r"(\w+\.)+com", r"(a+)+", r"^(?:[a-z]+-)*[a-z]+$", r"(\d{1,3}\.){3}", r"([^,]+,)+x", r"^(ab)+$", r"(?:\s+\w+)+$"] {
            assert!(!is_exponential(pattern), "{pattern}");
        }
    }
}
