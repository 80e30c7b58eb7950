//! What has the form of a secret, and what only looks like one: the table `secrets.tsv` as data, and the checks that its rows name. The
//! analyzer `review` is compiled with this very file, so that what a rule reports is what is replaced before anything is sent.

use std::ops::Range;

use super::secret_value::{
    is_chosen, is_masked, is_odd, is_random, is_reference, is_strong, is_value, names_secret, says_secret, words_of,
};

/// The table. Its columns: id, rule that reports it (`-` for none, `texts:` before one that does so only in texts without a language), check, words of which one must be there, what a message calls it,
/// pattern whose first group is the secret.
const TABLE: &str = include_str!("secrets.tsv");

/// One form of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// Part of the placeholder: `REDACTED_<id>_1`. Rows of one id are spellings of one form.
    pub(crate) id: &'static str,
    /// The rule that reports it; a form without one is only replaced.
    pub(crate) rule: Option<&'static str>,
    /// The rule that reports it in a text without a language, where it would be code in a source.
    pub(crate) text_rule: Option<&'static str>,
    /// What tells a secret from what only looks like one.
    pub(crate) check: Check,
    /// One of them is in every text that the pattern matches, in small or capital letters; empty for no such condition.
    pub(crate) words: Vec<&'static str>,
    /// As messages call it.
    pub(crate) what: &'static str,
    /// Syntax of the `regex` crate, ASCII only; the first group is the secret.
    pub(crate) pattern: String,
    /// Whether every match begins with one of the words, in the name of a secret.
    pub(crate) begins_with_name: bool,
}

/// How sure the form alone makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// The form is enough, unless the text says that it stands for something.
    Form,
    /// The name before it must be that of a secret.
    Named,
    /// The same, and the value must look like one: the place is one where ordinary words stand too.
    Odd,
    /// The same, for each quoted text by itself. Keys of a map do not count.
    Each,
    /// Each quoted text that somebody may have chosen, where code takes a secret.
    Inside,
    /// The value must look like one, whatever stands before it.
    Varied,
    /// Somebody may have chosen it: letters and a digit are enough.
    Chosen,
    /// Both cases, digits and a sign, as rules for passwords demand.
    Strong,
    /// It has the entropy of random letters.
    Random,
}

/// All forms, in the order of the table.
pub(crate) fn forms() -> Vec<Form> {
    let mut shorthands: Vec<(&str, &str)> = Vec::new();
    let mut forms = Vec::new();
    for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let columns: Vec<&'static str> = line.split('\t').collect();
        match columns[..] {
            [name, "=", pattern] => shorthands.push((name, pattern)),
            [id, rule, check, words, what, pattern] => {
                let begins_with_name = pattern.starts_with("@NAME");
                let pattern = shorthands.iter().fold(pattern.to_owned(), |pattern, (name, text)| pattern.replace(name, text));
                let text_rule = rule.strip_prefix("texts:");
                let rule = Some(rule).filter(|rule| *rule != "-" && text_rule.is_none());
                let words = words.split(' ').filter(|word| *word != "-").collect();
                forms.push(Form { id, rule, text_rule, check: check_named(check), words, what, pattern, begins_with_name });
            }
            _ => panic!("a row of the table of secrets has three or six columns: {line}"),
        }
    }
    forms
}

fn check_named(name: &str) -> Check {
    match name {
        "named" => Check::Named,
        "odd" => Check::Odd,
        "each" => Check::Each,
        "inside" => Check::Inside,
        "varied" => Check::Varied,
        "chosen" => Check::Chosen,
        "strong" => Check::Strong,
        "random" => Check::Random,
        _ => Check::Form,
    }
}

/// A hit of a pattern: the text around it, where the match begins, and the secret itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit<'a> {
    pub(crate) text: &'a str,
    /// Byte offset of the match.
    pub(crate) start: usize,
    /// Byte offset of the secret.
    pub(crate) value_start: usize,
    pub(crate) value: &'a str,
}

impl<'a> Hit<'a> {
    /// Whether it is a key of a map and not a value: `SECRETS = {"prod": "…"}`.
    fn is_entry_name(&self) -> bool {
        let behind = &self.text[self.value_start + self.value.len()..];
        self.text[self.start..self.value_start].contains('{') && behind.starts_with(['"', '\'']) && names_entry(&behind[1..])
    }

    /// Whether its surroundings mark it as public: a public key, a checksum, the address of an error tracker.
    fn is_public(&self) -> bool {
        const MARKS: &str = "public integrity base64, checksum ipfs";
        let before = &self.text.as_bytes()[self.value_start.saturating_sub(60)..self.value_start];
        let before = before.rsplit(|byte| *byte == b'\n').next().unwrap_or(before).to_ascii_lowercase();
        let behind = &self.text.as_bytes()[self.value_start + self.value.len()..];
        let host = &behind[..behind.len().min(60)];
        let has = |text: &[u8], mark: &str| text.windows(mark.len()).any(|part| part == mark.as_bytes());
        MARKS.split(' ').any(|mark| has(&before, mark)) || (host.starts_with(b"@") && has(host, "sentry"))
    }

    /// The name that the match begins with, whole: a pattern begins with its telling part.
    pub(crate) fn name(&self) -> &'a str {
        &self.text[name_around(self.text.as_bytes(), self.start, self.value_start)]
    }
}

/// The name around `at`, cut off at `end`.
pub(crate) fn name_around(bytes: &[u8], at: usize, end: usize) -> Range<usize> {
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$');
    let before = bytes[..at].iter().rev().take(MAX_NAME_BYTES).take_while(is_part).count();
    let behind = bytes[at..end].iter().take(MAX_NAME_BYTES).take_while(is_part).count();
    at - before..at + behind
}

/// Longest part of a name that is looked at, in bytes.
const MAX_NAME_BYTES: usize = 100;

/// The secrets in a hit: what it captured, or texts in it.
pub(crate) fn secrets_in(check: Check, hit: &Hit<'_>) -> Vec<Range<usize>> {
    let name = if check == Check::Inside { "" } else { hit.name() };
    if check == Check::Inside || check == Check::Each && names_secret(name) {
        let texts = quoted(hit.value).map(|text| hit.value_start + text.start..hit.value_start + text.end);
        // Sentences and names of types stand in such places, too.
        let is_word = |text: &Range<usize>| {
            let text = &hit.text[text.clone()];
            let is_type = says_secret(&text.to_lowercase()) && words_of(text).nth(2).is_some();
            !is_type && !text.contains(char::is_whitespace)
        };
        let is_chosen = |text: &Range<usize>| looks_chosen(name, &hit.text[text.clone()]) && opens(hit.text, text.start);
        return texts.filter(is_word).filter(is_chosen).collect();
    }
    let whole = hit.value_start..hit.value_start + hit.value.len();
    if is_secret(check, hit) { vec![whole] } else { Vec::new() }
}

/// Longest line whose quotes are counted, in bytes.
const MAX_COUNTED: usize = 1_000;

/// Whether the quote before `start` begins a text. In `"?password=" + given + "&x="` the second one ends it.
fn opens(text: &str, start: usize) -> bool {
    let bytes = text.as_bytes();
    let Some(quote) = start.checked_sub(1).map(|at| bytes[at]).filter(|quote| matches!(quote, b'"' | b'\'')) else { return true };
    // In a text in a text, one kind of quotes is both.
    if start > 1 && bytes[start - 2] == b'\\' {
        return true;
    }
    let line = &bytes[start.saturating_sub(MAX_COUNTED)..start - 1];
    let line = match line.iter().rposition(|byte| *byte == b'\n') {
        Some(end) => &line[end + 1..],
        None if line.len() + 1 >= MAX_COUNTED => return true,
        None => line,
    };
    // An apostrophe stands between letters.
    let is_letter = |at: Option<usize>| at.and_then(|at| line.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    let counts = |at: usize| {
        line[at] == quote
            && (at == 0 || line[at - 1] != b'\\')
            && !(quote == b'\'' && is_letter(at.checked_sub(1)) && is_letter(Some(at + 1)))
    };
    let is_even = (0..line.len()).filter(|at| counts(*at)).count().is_multiple_of(2);
    // The third of three quotes opens a text, although two stand before it.
    is_even || line.ends_with(&[quote, quote])
}

/// The quoted texts, without the keys of a map: `"prod": "…"`.
fn quoted(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(start) = (at..bytes.len()).find(|at| matches!(bytes[*at], b'"' | b'\'' | b'`')) {
            let end = text_end(bytes, start);
            at = end.unwrap_or(start) + 1;
            // `isLive ? "…" : "…"`
            let is_choice = text[..start].trim_end().ends_with('?');
            if let Some(end) = end.filter(|end| is_choice || !names_entry(&text[end + 1..])) {
                return Some(start + 1..end);
            }
        }
        None
    })
}

/// The closing quote for the one at `start`. Only text in back quotes may span lines.
fn text_end(bytes: &[u8], start: usize) -> Option<usize> {
    let quote = bytes[start];
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != quote && (quote == b'`' || bytes[at] != b'\n') {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at < bytes.len() && bytes[at] == quote).then_some(at)
}

/// Whether a text is a key of a map, by what follows it.
fn names_entry(behind: &str) -> bool {
    let behind = behind.trim_start_matches([' ', '\t']);
    behind.starts_with(':') || behind.starts_with("=>")
}

/// Whether a value under a name is one that somebody chose.
fn looks_chosen(name: &str, value: &str) -> bool {
    !value.contains("REDACTED_") && !is_reference(value) && (is_odd(value) || is_chosen(name, value)) && is_value(name, value)
}

/// Whether a hit is taken for a secret.
fn is_secret(check: Check, hit: &Hit<'_>) -> bool {
    let value = hit.value;
    if value.contains("REDACTED_") || is_reference(value) {
        return false;
    }
    match check {
        Check::Form => !is_masked(value),
        Check::Named => names_secret(hit.name()) && is_value(hit.name(), value) && !hit.is_entry_name() && opens(hit.text, hit.value_start),
        Check::Odd | Check::Each | Check::Inside => {
            names_secret(hit.name()) && looks_chosen(hit.name(), value) && opens(hit.text, hit.value_start)
        }
        Check::Varied => is_odd(value) && !is_masked(value) && !hit.is_public(),
        Check::Chosen => looks_chosen("", value),
        Check::Strong => is_strong(value) && !is_masked(value),
        Check::Random => is_random(value) && !hit.is_public(),
    }
}
