//! Owns the check that a quote of the model stands in the code, and where. Never trusts a line number.

use crate::syntax::LineIndex;
use crate::types::Span;

/// Why a quote is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// It is not in the text.
    #[error("the quoted code is not there")]
    Absent,
    /// It is empty or too short to be evidence of anything.
    #[error("the quote is too short")]
    TooShort,
}

/// Fewest characters of a quote, white space not counted.
const MIN_QUOTE_CHARS: usize = 3;

/// A text in which quotes are looked for.
#[derive(Debug)]
pub struct Evidence<'a> {
    text: &'a str,
    lines: LineIndex,
    folded: Folded,
}

/// A text without its white space, and the byte offset of each byte that is left.
#[derive(Debug)]
struct Folded {
    text: String,
    offsets: Vec<usize>,
}

fn fold(text: &str) -> Folded {
    let mut folded = Folded { text: String::with_capacity(text.len()), offsets: Vec::with_capacity(text.len()) };
    for (at, c) in text.char_indices().filter(|(_, c)| !c.is_whitespace()) {
        folded.text.push(c);
        folded.offsets.extend(at..at + c.len_utf8());
    }
    folded
}

impl<'a> Evidence<'a> {
    /// Prepares `text` for many searches.
    pub fn new(text: &'a str) -> Self {
        Self { text, lines: LineIndex::new(text), folded: fold(text) }
    }

    /// Finds `quote`, white space ignored, at the occurrence nearest to the claimed line (from 1, 0 for none).
    ///
    /// # Errors
    /// A quote that is not there or that proves nothing.
    pub fn locate(&self, quote: &str, line: u32) -> Result<Span, NotFound> {
        let wanted = fold(strip_fence(quote)).text;
        if wanted.chars().count() < MIN_QUOTE_CHARS {
            return Err(NotFound::TooShort);
        }
        let distance = |start: usize| if line == 0 { 0 } else { self.lines.line(start).abs_diff(line) };
        let starts = self.folded.text.match_indices(&wanted).map(|(at, _)| at);
        let nearest = starts.min_by_key(|at| (distance(self.folded.offsets[*at]), *at)).ok_or(NotFound::Absent)?;
        let last = self.folded.offsets[nearest + wanted.len() - 1];
        // The last byte of a character was found; the span ends after the whole of it.
        let end = last + 1;
        let span = Span { start: self.folded.offsets[nearest], end };
        debug_assert!(self.text.is_char_boundary(span.start) && self.text.is_char_boundary(span.end));
        Ok(span)
    }
}

/// Models like to put code between fences or back-ticks.
fn strip_fence(quote: &str) -> &str {
    let quote = quote.trim();
    if let Some(inner) = quote.strip_prefix("```").and_then(|quote| quote.strip_suffix("```")) {
        return inner.split_once('\n').map_or(inner, |(_, code)| code).trim();
    }
    quote.strip_prefix('`').and_then(|quote| quote.strip_suffix('`')).unwrap_or(quote)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "fn a() {\n    x.unwrap();\n}\n\nfn b() {\n    x.unwrap();\n}\n";

    #[track_caller]
    fn check(quote: &str, line: u32, expected: Result<(&str, u32), NotFound>) {
        let evidence = Evidence::new(TEXT);
        let found = evidence.locate(quote, line).map(|span| (&TEXT[span.start..span.end], evidence.lines.line(span.start)));
        assert_eq!(found, expected);
    }

    #[test]
    fn the_nearest_occurrence_is_taken() {
        check("x.unwrap();", 5, Ok(("x.unwrap();", 6)));
        check("x.unwrap();", 1, Ok(("x.unwrap();", 2)));
        check("x.unwrap();", 0, Ok(("x.unwrap();", 2)));
        check("x.unwrap();", 700, Ok(("x.unwrap();", 6)));
    }

    #[test]
    fn white_space_and_fences_do_not_matter() {
        check("fn b()  {\nx . unwrap();", 0, Ok(("fn b() {\n    x.unwrap();", 5)));
        check("```rust\nfn b() {\n```", 0, Ok(("fn b() {", 5)));
        check("`x.unwrap()`", 0, Ok(("x.unwrap()", 2)));
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        check("y.unwrap();", 2, Err(NotFound::Absent));
        check("{", 2, Err(NotFound::TooShort));
        check("", 2, Err(NotFound::TooShort));
        check("```\n```", 2, Err(NotFound::TooShort));
    }

    proptest! {
        #[test]
        fn every_part_of_a_text_is_found_in_it(text in "[a-zé \n{}();\u{1F600}]{0,60}", from in 0usize..60, length in 1usize..30) {
            let chars: Vec<char> = text.chars().collect();
            let quote: String = chars.iter().skip(from).take(length).collect();
            let is_evidence = quote.chars().filter(|c| !c.is_whitespace()).count() >= MIN_QUOTE_CHARS;
            let found = Evidence::new(&text).locate(&quote, 0);
            if is_evidence {
                let span = found.unwrap();
                prop_assert_eq!(fold(&text[span.start..span.end]).text, fold(&quote).text);
            } else {
                prop_assert!(found.is_err());
            }
        }
    }
}
