//! Owns turning a claim whose place is known into a finding with line, column and quote. Never looks for a place.

use crate::analyzer::Claim;
use crate::syntax::LineIndex;
use crate::types::{Finding, MAX_QUOTE_CHARS, Origin, Span};

/// Makes a finding of a claim whose place in the source is known.
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
        quote: shorten(&text[span.start..span.end]),
        suggestion: claim.suggestion.clone(),
        confidence: claim.confidence,
        origin,
        fingerprint: String::new(),
    }
}

/// Cuts a quote that is too long to be kept.
pub(super) fn shorten(quote: &str) -> String {
    match quote.char_indices().nth(MAX_QUOTE_CHARS) {
        Some((at, _)) => format!("{}…", &quote[..at]),
        None => quote.to_owned(),
    }
}
