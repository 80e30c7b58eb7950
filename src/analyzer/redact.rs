//! Owns the replacement of secrets by placeholders before anything leaves the machine, and the way back. Never sends.

use std::ops::Range;
use std::sync::OnceLock;

use regex_automata::meta::Regex;
use regex_automata::util::syntax;

use crate::types::Span;

/// Kind of a secret, and a pattern whose first group (or whole match) is the secret.
const KINDS: &[(&str, &str)] = &[
    ("private_key", r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----(.+?)-----END [A-Z ]*PRIVATE KEY-----"),
    ("aws_key", r"\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16})\b"),
    ("github_token", r"\b((?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{50,255})\b"),
    ("gitlab_token", r"\b(glpat-[A-Za-z0-9_-]{20,})"),
    ("slack_token", r"\b(xox[abprs]-[A-Za-z0-9-]{10,})"),
    ("slack_webhook", r"(hooks\.slack\.com/services/[A-Za-z0-9/]{20,})"),
    ("google_key", r"\b(AIza[A-Za-z0-9_-]{35})"),
    ("stripe_key", r"\b((?:sk|rk|whsec)_(?:live_|test_)?[A-Za-z0-9]{16,})"),
    ("model_key", r"\b((?:xai|sk|sk-ant|sk-proj|gsk|hf|r8|pplx)[-_][A-Za-z0-9_-]{20,})"),
    ("npm_token", r"\b(npm_[A-Za-z0-9]{36})\b"),
    ("pypi_token", r"\b(pypi-[A-Za-z0-9_-]{50,})"),
    ("sendgrid_key", r"\b(SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})"),
    ("twilio_key", r"\b((?:SK|AC)[0-9a-f]{32})\b"),
    ("jwt", r"\b(eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,})"),
    ("bearer", r"(?i)\bbearer\s+([A-Za-z0-9._~+/-]{16,}=*)"),
    ("url_password", r"[a-z][a-z0-9+.-]{1,20}://[^\s:/@'\x22]{1,80}:([^\s:/@'\x22{$]{3,80})@"),
    (
        "assigned",
        r#"(?i)(?:passw(?:or)?d|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|credential)s?["'\]]{0,2}(?:\s*:(?:&'[a-z_]+|[a-z0-9_&<>\[\]., *?|]){1,60}=|\s+[a-z_][a-z0-9_.<>\[\]*&]{0,40}\s*=|(?:\[\d*\])?\s*(?::=|=>|[:=]))\s*(?:[a-z]{0,2})?["'`]([^"'`\s$<>{}]{8,200})["'`]"#,
    ),
];

/// A text without its secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redacted {
    /// With placeholders such as `REDACTED_aws_key_1`.
    pub text: String,
    /// Places of placeholders here, and of what they stand for in the source; in order.
    edits: Vec<(Span, Span)>,
}

fn patterns() -> &'static (Regex, Vec<Regex>) {
    static PATTERNS: OnceLock<(Regex, Vec<Regex>)> = OnceLock::new();
    PATTERNS.get_or_init(|| {
        let options = syntax::Config::new().unicode(false).utf8(false);
        let build = |pattern: &str| Regex::builder().syntax(options).build(pattern).expect("the patterns of secrets are valid");
        let which = Regex::config().match_kind(regex_automata::MatchKind::All);
        let texts: Vec<&str> = KINDS.iter().map(|(_, pattern)| *pattern).collect();
        let all = Regex::builder().syntax(options).configure(which).build_many(&texts).expect("the patterns of secrets are valid");
        (all, texts.iter().map(|text| build(text)).collect())
    })
}

/// The places of secrets in a text, in order and not overlapping.
#[derive(Clone, Debug, Default)]
pub struct Secrets(Vec<(Span, usize)>);

/// Replaces every secret in `text`. The same secret gets the same placeholder; placeholders are numbered by kind in
/// the order of the text, so that the result depends on the text alone. A text that was redacted before stays as it is.
pub fn redact(text: &str) -> Redacted {
    redact_part(text, 0..text.len(), &secrets(text))
}

/// Replaces the secrets in a part of `text`. They were looked for in the whole of it: a key that the end of the part cuts in two is
/// a key all the same.
pub fn redact_part(text: &str, part: Range<usize>, secrets: &Secrets) -> Redacted {
    let inside = secrets.0.iter().filter(|(span, _)| span.start < part.end && part.start < span.end);
    let clipped = inside.map(|(span, kind)| {
        let (start, end) = (span.start.max(part.start), span.end.min(part.end));
        (Span { start: start - part.start, end: end - part.start }, *kind)
    });
    replace(&text[part.clone()], &clipped.collect::<Vec<_>>())
}

/// Looks for secrets.
pub fn secrets(text: &str) -> Secrets {
    let (all, single) = patterns();
    let mut which = regex_automata::PatternSet::new(all.pattern_len());
    all.which_overlapping_matches(&regex_automata::Input::new(text), &mut which);
    let mut found: Vec<(Span, usize)> = Vec::new();
    for kind in which.iter().map(|pattern| pattern.as_usize()) {
        for captures in single[kind].captures_iter(text) {
            let group = captures.get_group(1).expect("every pattern of a secret has a first group");
            let span = Span { start: group.start, end: group.end };
            if text.is_char_boundary(span.start) && text.is_char_boundary(span.end) && !text[span.start..span.end].contains("REDACTED_") {
                found.push((span, kind));
            }
        }
    }
    // The first of overlapping secrets wins; of those that begin together, the longest.
    found.sort_by_key(|(span, kind)| (span.start, std::cmp::Reverse(span.end), *kind));
    let mut end = 0;
    found.retain(|(span, _)| {
        let is_free = span.start >= end;
        end = if is_free { span.end } else { end };
        is_free
    });
    Secrets(found)
}

fn replace(text: &str, found: &[(Span, usize)]) -> Redacted {
    let mut redacted = Redacted::default();
    let mut names: Vec<(&str, String)> = Vec::new();
    let mut numbers = vec![0; KINDS.len()];
    let mut at = 0;
    for (span, kind) in found {
        let secret = &text[span.start..span.end];
        let name = match names.iter().find(|(known, _)| *known == secret) {
            Some((_, name)) => name.clone(),
            None => {
                numbers[*kind] += 1;
                let name = format!("REDACTED_{}_{}", KINDS[*kind].0, numbers[*kind]);
                names.push((secret, name.clone()));
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
