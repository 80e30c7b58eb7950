//! The check that a quote of the model stands in the code and says something, and where it stands. A line number is never trusted.

use crate::syntax::LineIndex;
use crate::types::Span;

/// Why a quote is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// It is not in the text.
    #[error("the quoted code is not there")]
    Absent,
    /// It is too short, or made of keywords and brackets, so that it is evidence of nothing.
    #[error("the quote says nothing about the place")]
    Trivial,
    /// It stands in so many places that it points to none.
    #[error("the quoted code stands in too many places")]
    Everywhere,
}

/// Characters of a quote that need not be a whole line, white space not counted.
const MIN_PART_CHARS: usize = 12;

/// Places that a quote may have in its unit.
const MAX_PLACES: usize = 3;

/// Lines around the claimed one in which a quote with more places must have just one.
const NEAR_LINES: u32 = 3;

/// Words that say nothing about a place, in any of the languages.
const KEYWORDS: &str = "abstract and as assert async await auto bool boolean break byte case catch char class const constexpr continue \
    crate data debugger def default defer del delete do double dyn elif else end enum except export extends extern false final finally \
    float fn for from func fun function go goto if impl implements import in include inline instanceof int interface internal is lambda \
    let long loop match mod module mut namespace new nil none not null nullptr object operator or override package pass private protected \
    public pub raise range ref return self select short signed sizeof static struct super suspend switch template this throw throws trait \
    true try type typedef typename typeof undefined union unsafe unsigned use using val var virtual void volatile when where while with \
    yield";

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
        let quote = strip_fence(quote);
        let wanted = fold(quote).text;
        if !says_something(quote) {
            return Err(NotFound::Trivial);
        }
        let starts: Vec<usize> = self.folded.text.match_indices(&wanted).map(|(at, _)| at).collect();
        let distance = |start: usize| if line == 0 { 0 } else { self.line_of(start).abs_diff(line) };
        let nearest = starts.iter().copied().min_by_key(|at| (distance(*at), *at)).ok_or(NotFound::Absent)?;
        let is_long = wanted.chars().count() >= MIN_PART_CHARS;
        if !is_long && !starts.iter().any(|at| self.is_whole_line(*at, at + wanted.len())) {
            return Err(NotFound::Trivial);
        }
        let n_near = starts.iter().filter(|at| line > 0 && distance(**at) <= NEAR_LINES).count();
        if starts.len() > MAX_PLACES && n_near != 1 {
            return Err(NotFound::Everywhere);
        }
        let last = self.folded.offsets[nearest + wanted.len() - 1];
        // The last byte of a character was found; the span ends after the whole of it.
        let end = last + 1;
        let span = Span { start: self.folded.offsets[nearest], end };
        debug_assert!(self.text.is_char_boundary(span.start) && self.text.is_char_boundary(span.end));
        Ok(span)
    }

    /// The line of a place in the folded text.
    fn line_of(&self, at: usize) -> u32 {
        self.lines.line(self.folded.offsets[at])
    }

    /// Whether a part of the folded text is all that its lines have, but for closing marks.
    fn is_whole_line(&self, start: usize, end: usize) -> bool {
        let (start, end) = (self.folded.offsets[start], self.folded.offsets[end - 1] + 1);
        let before = self.text[..start].rsplit('\n').next().unwrap_or("");
        let behind = self.text[end..].split('\n').next().unwrap_or("");
        before.trim().is_empty() && behind.chars().all(|c| c.is_whitespace() || ";,{}()[]:".contains(c))
    }
}

/// Whether there is something beside keywords, brackets and signs in a quote: a name, a number, a text.
fn says_something(quote: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let is_keyword = |word: &str| KEYWORDS.split_ascii_whitespace().any(|known| known.eq_ignore_ascii_case(word));
    quote.split(|c| !is_word(c)).filter(|word| !word.is_empty()).any(|word| !is_keyword(word))
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
        for nothing in ["{", "", "```\n```"] {
            check(nothing, 2, Err(NotFound::Trivial));
        }
    }

    /// Code in which the tables below are quoted.
    const CODE: &str = include_str!("evidence_code.txt");

    #[test]
    fn quotes_that_prove_nothing_are_not_taken() {
        let nothing = [
            "def",
            "return",
            "return None",
            "if",
            "else:",
            "try:",
            "import",
            "class",
            "for",
            "in",
            "()",
            "{}",
            "});",
            "self",
            "self.",
            "not",
            "and",
            "or",
            "=",
            "==",
            "return True",
            "return False",
            "pass",
            "break",
            "continue",
            "async def",
            "await",
            "None",
            "True",
            "a",
            "name",
            "items",
            "(name)",
            "print",
            "if not",
            "raise",
            "total =",
            "with",
            "for item in",
            "return result",
        ];
        assert_eq!(nothing.len(), 40);
        for quote in nothing {
            let found = Evidence::new(CODE).locate(quote, 0);
            assert!(matches!(found, Err(NotFound::Trivial | NotFound::Everywhere)), "`{quote}`: {found:?}");
        }
    }

    #[test]
    fn short_quotes_that_prove_something_are_taken() {
        let telling = [
            "cur.execute(\"SELECT * FROM users WHERE name = '%s'\"",
            "total = 0",
            "x += 1",
            "i = i - 1",
            "del d[k]",
            "return a + b",
            "n = len(xs)",
            "y = x or 5",
            "os.remove(p)",
            "eval(code)",
            "t = a / b",
            "if n > 9:",
            "while n:",
            "for k in d:",
            "d[k] = 1",
            "assert n",
            "raise Oops",
            "with lock:",
            "f.close()",
            "s = s[1:]",
            "k = 3.14",
            "z = ~z",
            "p = None",
            "q.pop()",
            "m |= 2",
            "import os",
            "class Cart:",
            "def add(a, b):",
            "@cache",
            "# off by one",
            "except Oops:",
            "a, b = b, a",
            "u = v = 1",
            "lambda q: q.id",
            "yield row",
            "return -1",
            "print(n)",
            "x = y",
            "gone = []",
            "v = {}",
        ];
        assert_eq!(telling.len(), 40);
        for quote in telling {
            let found = Evidence::new(CODE).locate(quote, 0);
            assert!(found.is_ok(), "`{quote}`: {found:?}");
        }
    }

    #[test]
    fn a_quote_with_many_places_needs_a_line_near_one_of_them() {
        let text = "check(value)\n\n\n\n\n\n\n\n".repeat(5);
        let evidence = Evidence::new(&text);
        assert_eq!(evidence.locate("check(value)", 0), Err(NotFound::Everywhere));
        assert_eq!(evidence.locate("check(value)", 13), Err(NotFound::Everywhere));
        assert_eq!(evidence.locate("check(value)", 10).map(|span| evidence.lines.line(span.start)), Ok(9));
        let close = "check(value)\n".repeat(5);
        assert_eq!(Evidence::new(&close).locate("check(value)", 3), Err(NotFound::Everywhere));
    }

    proptest! {
        #[test]
        fn what_is_found_is_the_quote(text in "[a-zé \n{}();\u{1F600}]{0,60}", from in 0usize..60, length in 1usize..30, line in 0u32..9) {
            let chars: Vec<char> = text.chars().collect();
            let quote: String = chars.iter().skip(from).take(length).collect();
            match Evidence::new(&text).locate(&quote, line) {
                Ok(span) => prop_assert_eq!(fold(&text[span.start..span.end]).text, fold(strip_fence(&quote)).text),
                Err(reason) => prop_assert_ne!(reason, NotFound::Absent),
            }
        }
    }
}
