//! Owns turning a claim whose place is known into a finding with line, column and quote.

use crate::analyzer::Claim;
use crate::syntax::LineIndex;
use crate::types::{Finding, MAX_QUOTE_CHARS, Origin, RelPath, Related, Span};

/// Makes a finding of a claim whose place in the source is known. Its other places and its edits are still to be added.
pub(super) fn finding(analyzer: &str, claim: &Claim, span: Span, origin: Origin, text: &str, lines: &LineIndex) -> Finding {
    let last = span.end.max(span.start);
    Finding {
        rule: claim.rule.clone(),
        analyzer: analyzer.to_owned(),
        severity: claim.severity,
        category: claim.category,
        message: claim.message.clone(),
        line: lines.line(span.start),
        column: lines.column(text, span.start),
        end_line: lines.line(last),
        end_column: lines.column(text, last),
        quote: quote(text, span),
        suggestion: claim.suggestion.clone(),
        reasons: claim.reasons.clone(),
        related: Vec::new(),
        edits: Vec::new(),
        confidence: claim.confidence,
        origin,
        fingerprint: String::new(),
    }
}

/// Another place that belongs to a finding. `path` says which file it is in, when that is not the finding's.
pub(super) fn related(message: String, path: Option<RelPath>, span: Span, text: &str, lines: &LineIndex) -> Related {
    Related {
        path,
        line: lines.line(span.start),
        column: lines.column(text, span.start),
        end_line: lines.line(span.end),
        end_column: lines.column(text, span.end),
        message,
    }
}

/// Longest line of which the whole is quoted, in bytes; of a longer one, only the place itself.
const MAX_LINE_BYTES: usize = 300;

/// The lines of a place, whole: a reader wants to see the code, not the two words that a rule looks at.
fn quote(text: &str, span: Span) -> String {
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let last = span.end.saturating_sub(1).max(span.start);
    let end = text.as_bytes()[last..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| last + at).max(span.end);
    let is_long = text[start..end].lines().next().is_some_and(|line| line.len() > MAX_LINE_BYTES);
    let quoted = if is_long { &text[span.start..span.end] } else { &text[start..end] };
    shorten(quoted.trim_start_matches(['\u{feff}', '\r', '\n']).trim_end())
}

/// Cuts a quote that is too long to be kept.
pub(super) fn shorten(quote: &str) -> String {
    match quote.char_indices().nth(MAX_QUOTE_CHARS) {
        Some((at, _)) => format!("{}…", &quote[..at]),
        None => quote.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, place: &str, expected: &str) {
        let start = text.find(place).unwrap();
        assert_eq!(quote(text, Span { start, end: start + place.len() }), expected);
    }

    #[test]
    fn whole_lines_are_quoted() {
        check("a\n  try: x() # why\nb", "x", "  try: x() # why");
        check("a(\n b,\n c) + d\n", "(\n b,\n c)", "a(\n b,\n c) + d");
        check("\u{feff}a = 1\r\nb", "1", "a = 1");
        check("last", "last", "last");
    }

    #[test]
    fn of_a_very_long_line_only_the_place_is_quoted() {
        check(&format!("{}eval(x){}", " a;".repeat(200), " b;".repeat(200)), "eval(x)", "eval(x)");
    }
}
