//! The replacement of secrets by placeholders before anything leaves the machine, and the way back.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};

use super::secret_form::{Form, Hit, forms, secrets_in};
use super::secret_value::is_odd;
use super::secret_words::Words;
use crate::types::Span;

/// A text without its secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redacted {
    /// With placeholders such as `REDACTED_aws_key_1`.
    pub text: String,
    /// Places of placeholders here, and of what they stand for in the source; in order.
    edits: Vec<(Span, Span)>,
}

struct Table {
    forms: Vec<Form>,
    patterns: Vec<Regex>,
    words: Words,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let forms = forms();
        let options = syntax::Config::new().unicode(false).utf8(false).multi_line(true);
        let build = |form: &Form| {
            let limits = Regex::config().nfa_size_limit(Some(10 << 20));
            Regex::builder().syntax(options).configure(limits).build(&form.pattern).expect("the patterns of secrets are valid")
        };
        Table { patterns: forms.iter().map(build).collect(), words: Words::of(&forms), forms }
    })
}

impl Table {
    /// Matches of a form, in order and not overlapping: the whole, and the first group.
    fn matches<'a>(&'a self, form: usize, text: &'a str, names: &'a [usize]) -> Box<dyn Iterator<Item = (usize, Range<usize>)> + 'a> {
        let pattern = &self.patterns[form];
        let group = |found: &Captures| found.get_group(1).expect("every pattern of a secret has a first group").range();
        if !self.forms[form].begins_with_name {
            return Box::new(pattern.captures_iter(text).filter_map(move |found| Some((found.get_match()?.start(), group(&found)))));
        }
        // Looking where names are is much less than looking everywhere.
        let (mut found, mut end) = (pattern.create_captures(), 0);
        Box::new(names.iter().filter_map(move |at| {
            if *at < end {
                return None;
            }
            pattern.search_captures(&Input::new(text).range(*at..).anchored(Anchored::Yes), &mut found);
            end = found.get_match()?.end();
            Some((*at, group(&found)))
        }))
    }
}

/// The places of secrets in a text, in order and not overlapping, each with its row of the table.
#[derive(Clone, Debug, Default)]
pub struct Secrets(Vec<(Span, usize)>);

impl Secrets {
    /// Their places in a part of the text, and what each is called, with the rule that reports it.
    pub fn inside(&self, part: Range<usize>) -> impl Iterator<Item = (Span, &'static str, Option<&'static str>)> {
        self.touched(&part).iter().map(|(span, form)| (*span, table().forms[*form].what, table().forms[*form].rule))
    }

    /// Those that stand in a part, whole or not.
    fn touched(&self, part: &Range<usize>) -> &[(Span, usize)] {
        let first = self.0.partition_point(|(span, _)| span.end <= part.start);
        let end = self.0.partition_point(|(span, _)| span.start < part.end);
        &self.0[first.min(end)..end]
    }

    /// The secrets themselves, for texts that repeat parts of the one that they were found in.
    pub fn known<'a>(&self, text: &'a str) -> KnownSecrets<'a> {
        let all = self.0.iter().map(|(span, form)| (&text[span.start..span.end], *form));
        KnownSecrets::new(all.filter(|(value, _)| value.len() >= MIN_REPEATED_BYTES && is_odd(value)).collect())
    }
}

/// Secrets that are looked for by themselves: elsewhere they stand without the name that gave them away.
#[derive(Clone, Debug)]
pub struct KnownSecrets<'a> {
    /// Each with its row of the table, in order.
    values: Vec<(&'a str, usize)>,
    finder: Option<AhoCorasick>,
}

impl<'a> KnownSecrets<'a> {
    fn new(mut values: Vec<(&'a str, usize)>) -> Self {
        values.sort();
        values.dedup_by(|a, b| a.0 == b.0);
        let finder = if values.is_empty() { None } else { AhoCorasick::new(values.iter().map(|(value, _)| value)).ok() };
        Self { values, finder }
    }

    /// What several texts know.
    pub fn joined(all: impl IntoIterator<Item = Self>) -> Self {
        Self::new(all.into_iter().flat_map(|known| known.values).collect())
    }

    fn places(&self, text: &str) -> Vec<(Span, usize)> {
        let place =
            |found: aho_corasick::Match| (Span { start: found.start(), end: found.end() }, self.values[found.pattern().as_usize()].1);
        self.finder.iter().flat_map(|finder| finder.find_overlapping_iter(text)).map(place).collect()
    }
}

/// A shorter secret, or a word, is not looked for elsewhere: it would be found in ordinary code.
const MIN_REPEATED_BYTES: usize = 8;

/// Replaces every secret in `text`. The same secret gets the same placeholder; placeholders are numbered by kind in
/// the order of the text, so that the result depends on the text alone. A text that was redacted before stays as it is.
pub fn redact(text: &str) -> Redacted {
    redact_part(text, 0..text.len(), &secrets(text))
}

/// Replaces the secrets in a part of `text`. They were looked for in the whole of it: a key that the end of the part cuts in two is
/// a key all the same.
pub fn redact_part(text: &str, part: Range<usize>, secrets: &Secrets) -> Redacted {
    let clipped = secrets.touched(&part).iter().map(|(span, kind)| {
        let (start, end) = (span.start.max(part.start), span.end.min(part.end));
        (Span { start: start - part.start, end: end - part.start }, *kind)
    });
    replace(&text[part.clone()], &clipped.collect::<Vec<_>>())
}

/// The places in `text` that hold a secret by its form, and the places where one of those secrets occurs again; in order, without overlaps.
pub fn secrets(text: &str) -> Secrets {
    let table = table();
    let (is_possible, names) = table.words.look(text);
    let mut found: Vec<(Span, usize)> = Vec::new();
    for form in (0..table.forms.len()).filter(|form| is_possible[*form]) {
        for (start, group) in table.matches(form, text, &names) {
            let span = Span { start: boundary_before(text, group.start), end: boundary_behind(text, group.end) };
            let hit = Hit { text, start: boundary_before(text, start), value_start: span.start, value: &text[span.start..span.end] };
            let inside = secrets_in(table.forms[form].check, &hit).into_iter();
            found.extend(inside.map(|place| (Span { start: place.start, end: place.end }, form)));
        }
    }
    let found = Secrets(disjoint(found));
    let repeated = found.known(text).places(text);
    if repeated.is_empty() { found } else { Secrets(disjoint([found.0, repeated].concat())) }
}

/// Looks for secrets, and for what is known to be one from the text around.
pub fn redact_known(text: &str, known: &KnownSecrets<'_>) -> Redacted {
    let mut found = secrets(text).0;
    found.extend(known.places(text));
    replace(text, &disjoint(found))
}

/// Joins what overlaps: a part that only one of two forms covers is a part of a secret, too. The form that begins first names it; of those
/// that begin together, the longest.
fn disjoint(mut found: Vec<(Span, usize)>) -> Vec<(Span, usize)> {
    found.sort_by_key(|(span, form)| (span.start, std::cmp::Reverse(span.end), *form));
    let mut joined: Vec<(Span, usize)> = Vec::with_capacity(found.len());
    for (span, form) in found {
        match joined.last_mut() {
            Some((last, _)) if span.start < last.end => last.end = last.end.max(span.end),
            _ => joined.push((span, form)),
        }
    }
    joined
}

/// Patterns work on bytes; a match may begin or end inside a character.
fn boundary_before(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn boundary_behind(text: &str, at: usize) -> usize {
    (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

fn replace(text: &str, found: &[(Span, usize)]) -> Redacted {
    let mut redacted = Redacted::default();
    let mut names: HashMap<&str, String> = HashMap::new();
    let mut numbers: Vec<(&str, usize)> = Vec::new();
    let mut at = 0;
    for (span, kind) in found {
        let secret = &text[span.start..span.end];
        let name = match names.get(secret) {
            Some(name) => name.clone(),
            None => {
                let id = table().forms[*kind].id;
                let at = numbers.iter().position(|(known, _)| *known == id).unwrap_or_else(|| {
                    numbers.push((id, 0));
                    numbers.len() - 1
                });
                numbers[at].1 += 1;
                let name = format!("REDACTED_{id}_{}", numbers[at].1);
                names.insert(secret, name.clone());
                name
            }
        };
        redacted.text.push_str(&text[at..span.start]);
        let start = redacted.text.len();
        redacted.text.push_str(&name);
        redacted.edits.push((Span { start, end: redacted.text.len() }, *span));
        at = span.end;
    }
    redacted.text.push_str(&text[at..]);
    redacted
}

impl Redacted {
    /// What was replaced: its place in the source, and the placeholder.
    pub fn places(&self) -> impl Iterator<Item = (Span, &str)> {
        self.edits.iter().map(|(here, source)| (*source, &self.text[here.start..here.end]))
    }

    /// Maps an offset of the source to the redacted text; one inside a secret becomes the beginning of its placeholder.
    pub fn to_redacted(&self, offset: usize) -> usize {
        let mut shift = 0isize;
        for (here, source) in self.edits.iter().take_while(|(_, source)| source.start < offset) {
            if offset < source.end {
                return here.start;
            }
            shift = here.end as isize - source.end as isize;
        }
        offset.saturating_add_signed(shift)
    }

    /// Maps a span of the redacted text to the source; a placeholder that is touched is taken whole.
    pub fn to_source(&self, span: Span) -> Span {
        Span { start: self.offset(span.start, false), end: self.offset(span.end, true) }
    }

    fn offset(&self, offset: usize, is_end: bool) -> usize {
        let mut shift = 0isize;
        for (here, source) in &self.edits {
            let is_past = if is_end { offset <= here.start } else { offset < here.start };
            if is_past {
                break;
            }
            if offset < here.end {
                return if is_end { source.end } else { source.start };
            }
            shift = source.end as isize - here.end as isize;
        }
        offset.saturating_add_signed(shift)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(redact(text).text, expected);
        assert_eq!(redact(expected).text, expected, "redaction must not change what it made");
    }

    #[test]
    fn secrets_are_replaced() {
        check("k = AKIAABCDEFGHIJKLMNOP;", "k = REDACTED_aws_key_1;");
        check("password = \"hunter2hunter2\"", "password = \"REDACTED_assigned_1\"");
        check("password: str = \"hunter2hunter2\"", "password: str = \"REDACTED_assigned_1\"");
        check("var password string = \"hunter2hunter2\"", "var password string = \"REDACTED_assigned_1\"");
        check("char password[] = \"hunter2hunter2\";", "char password[] = \"REDACTED_assigned_1\";");
        check(
            "{ 'password': 'hunter2hunter2', b: c = 'hunter3hunter3' }",
            "{ 'password': 'REDACTED_assigned_1', b: c = 'hunter3hunter3' }",
        );
        check("const TOKEN: &'static str = \"hunter2hunter2\";", "const TOKEN: &'static str = \"REDACTED_assigned_1\";");
        check("{\"api_key\": 'abcdefgh12345678'}", "{\"api_key\": 'REDACTED_assigned_1'}");
        check("postgres://me:s3cr3t@host/db", "postgres://me:REDACTED_url_password_1@host/db");
        check("Authorization: Bearer abcdef0123456789abcdef", "Authorization: Bearer REDACTED_bearer_1");
        check(
            "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----REDACTED_private_key_1-----END RSA PRIVATE KEY-----",
        );
    }

    #[test]
    fn ordinary_code_stays() {
        for text in [
            "let token = next_token();",
            "password = os.environ['PASSWORD']",
            "secret: \"${SECRET_VALUE}\"",
            "https://example.org:8080/a@b",
            "<input type=\"password\" id=\"login_password\" class=\"form-control\" placeholder=\"Enter password\"/>",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn a_secret_that_is_cut_in_two_is_replaced_on_both_sides() {
        let text = "-----BEGIN PRIVATE KEY-----\nabc\ndef\n-----END PRIVATE KEY-----\n";
        let (secrets, middle) = (secrets(text), text.find("def").unwrap());
        let (first, second) = (redact_part(text, 0..middle, &secrets), redact_part(text, middle..text.len(), &secrets));
        assert_eq!(first.text, "-----BEGIN PRIVATE KEY-----REDACTED_private_key_1");
        assert_eq!(second.text, "REDACTED_private_key_1-----END PRIVATE KEY-----\n");
    }

    #[test]
    fn equal_secrets_get_equal_names() {
        check("AKIAABCDEFGHIJKLMNOP AKIAABCDEFGHIJKLMNOQ AKIAABCDEFGHIJKLMNOP", "REDACTED_aws_key_1 REDACTED_aws_key_2 REDACTED_aws_key_1");
    }

    #[test]
    fn places_map_back_to_the_source() {
        let text = "a AKIAABCDEFGHIJKLMNOP b";
        let redacted = redact(text);
        let at = redacted.text.find('b').unwrap();
        let span = redacted.to_source(Span { start: at, end: at + 1 });
        assert_eq!(&text[span.start..span.end], "b");
        let whole = redacted.to_source(Span { start: 0, end: redacted.text.len() });
        assert_eq!(&text[whole.start..whole.end], text);
        let inside = redacted.to_source(Span { start: 5, end: 9 });
        assert_eq!(&text[inside.start..inside.end], "AKIAABCDEFGHIJKLMNOP");
    }
}
