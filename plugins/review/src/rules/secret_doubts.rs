//! Reasons why a value under the name of a secret, or in the form of one, is not a secret: text for people, a template, a name, a row of
//! letters, a piece of data, or a published key.

use std::ops::Range;

use crate::literals::{among, segments};
use crate::rule::SecretHit;
use crate::secret_value::is_random;
use crate::source::Source;

/// Whether a value is written for people: words of a language, or letters that passwords are hardly made of.
pub(super) fn is_prose(value: &str) -> bool {
    let count = |is: fn(&char) -> bool| value.chars().filter(is).count();
    let foreign = count(|c| c.is_alphabetic() && !c.is_ascii());
    let digits = count(char::is_ascii_digit);
    let words: Vec<&str> = value.split_whitespace().collect();
    let is_word = |word: &&&str| {
        let letters = word.trim_matches(|c: char| !c.is_alphanumeric());
        letters.len() > 1 && letters.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '-' | '/'))
    };
    foreign > 0 && (digits == 0 || foreign > digits) || words.len() > 1 && 2 * words.iter().filter(is_word).count() >= words.len()
}

/// Whether nothing is left of a value when its holes are taken out: `$user:$password`, `${a}-${b}`, `{}`.
pub(super) fn is_template(value: &str) -> bool {
    let (mut rest, mut has_hole, mut left) = (value, false, 0);
    while let Some(c) = rest.chars().next() {
        let hole = hole_at(rest);
        has_hole |= hole > 0;
        left += usize::from(hole == 0 && c.is_alphanumeric());
        rest = &rest[hole.max(c.len_utf8())..];
    }
    let is_path = value.contains('/') && !value.contains(|c: char| c.is_ascii_digit() && !value.contains(['%', '{']));
    has_hole && (left == 0 || is_path)
}

/// The length of the hole that a text begins with, in bytes; 0 for none.
fn hole_at(text: &str) -> usize {
    let name = |rest: &str| rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let closed = |from: usize| text.find('}').map_or(0, |end| if end >= from { end + 1 } else { 0 });
    match text.as_bytes() {
        [b'$' | b'#', b'{', ..] => closed(2),
        [b'{', ..] => closed(1),
        [b'$', first, ..] if first.is_ascii_alphabetic() || *first == b'_' => 1 + name(&text[1..]),
        [b'%', b'0'..=b'9' | b's' | b'd' | b'v', ..] => 2,
        _ => 0,
    }
}

/// Whether a value counts up: an alphabet, or digits in their order.
pub(super) fn is_row_of_letters(value: &str) -> bool {
    let follows = |pair: &[u8]| pair[1] == pair[0] + 1 || (pair[0] == b'9' && pair[1] == b'0');
    value.len() >= 10 && 10 * value.as_bytes().windows(2).filter(|pair| follows(pair)).count() >= 6 * (value.len() - 1)
}

/// Whether a value is an identifier of several words, one of which the name has, too: the key by which the secret is looked up.
pub(super) fn is_key_of_name(name: &str, value: &str) -> bool {
    let is_identifier = value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let words: Vec<String> = segments(value).collect();
    is_identifier && digits < 3 && words.len() > 2 && segments(name).any(|word| word.len() > 3 && words.contains(&word))
}

/// Whether the value stands in another place than the one that the name is set at.
pub(super) fn is_elsewhere(hit: &SecretHit<'_>, source: &Source<'_>) -> bool {
    let found = &source.text[hit.span.clone()];
    let between = found.rfind(hit.value).map_or(found, |at| &found[..at]);
    let behind = &source.text[hit.span.end..];
    let line = source.line_at(hit.span.start).trim_start();
    let before = line.split(hit.name).next().unwrap_or("");
    // `PasswordKey::UUID("…")` sets a member of it.
    let is_member = between.split(['"', '=', '(']).next().is_some_and(|name| name.contains("::"));
    // `if password:` and the next line.
    let is_header = between.contains('\n') && among("if elif while for with else except", line.split([' ', ':']).next().unwrap_or(""));
    // `user, password = "name", ""`
    let is_of_other = before.trim_end().ends_with(',') && between.contains('=') && behind.trim_start_matches(['"', '\'']).starts_with(',');
    let is_attribute = is_attribute(between, source.language);
    let is_converted = between.strip_suffix(['"', '\'']).is_some_and(|call| call.ends_with(".encode(") || call.ends_with(".decode("));
    is_member || is_header || is_of_other || is_attribute || is_converted || line.starts_with(">>>")
}

/// Whether what stands before a value is an attribute of markup or of a selector: `type="password" :title="x"`, `[type="x"`.
fn is_attribute(between: &str, language: &str) -> bool {
    let is_markup = matches!(language, "" | "javascript" | "typescript" | "tsx");
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | ':' | '@' | '_');
    let name = between.trim_end_matches(['"', '\'']).strip_suffix('=').filter(|_| is_markup);
    name.is_some_and(|name| {
        let rest = name.trim_end_matches(is_part);
        rest.len() < name.len() && rest.ends_with(|c: char| c.is_whitespace() || c == '[')
    })
}

/// Endings of files that a signed address shows.
const SHOWN: &[&str] = &[".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".mp4", ".mp3", ".pdf"];

/// Whether a token stands in the address of a picture or a film: it lets whoever has it see that one file.
pub(super) fn is_of_picture(hit: &SecretHit<'_>, source: &Source<'_>) -> bool {
    let from = source.text.ceil_char_boundary(hit.span.start.saturating_sub(400));
    let before = &source.text[from..hit.span.start];
    let address = before.rfind("://").map_or("", |at| &before[at..]);
    let is_one = !address.is_empty() && !address.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
    is_one
        && ["token", "sig"].iter().any(|name| hit.name.ends_with(name))
        && (SHOWN.iter().any(|end| address.contains(end)) || address.contains("imageView"))
}

/// Whether a password is for something that only this machine reaches, or that everybody has: a database in a container for developers, a
/// server on the own machine, a store of keys in memory, the token of a report on coverage.
pub(super) fn is_of_this_machine(span: &Range<usize>, source: &Source<'_>) -> bool {
    let line = source.line_at(span.start);
    let is_text = source.language.is_empty();
    let is_in_container = is_text && source.has("\nservices:") && source.has("image:");
    let is_of_coverage = is_text && line.trim_start().starts_with("token:") && source.has("codecov:");
    let is_local = ["localhost", "127.0.0.1"].iter().any(|host| line.contains(host));
    let in_memory = || source.has("load(null") && source.function_before(span.end).is_some_and(|before| before.contains("load(null"));
    is_in_container || is_of_coverage || is_local || in_memory()
}

/// Whether the line is a comment of a text without a language: an example that somebody may take over.
pub(super) fn is_commented(hit: &SecretHit<'_>, source: &Source<'_>) -> bool {
    let line = source.line_at(hit.span.start).trim_start();
    source.language.is_empty() && ["#", ";", "//", "--", "<!--"].iter().any(|mark| line.starts_with(mark))
}

/// Longest look around a value for the data that it is a piece of, in bytes.
const MAX_DATA: usize = 4096;

/// Least letters around a piece of data.
const MIN_AROUND: usize = 100;

/// Whether a value is a piece of a longer row of letters as data is written in: a picture, a program, a font.
pub(super) fn is_piece_of_data(hit: &SecretHit<'_>, source: &Source<'_>) -> bool {
    let is_letter = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let (text, found) = (source.text.as_bytes(), &source.text[hit.span.clone()]);
    let Some(start) = found.find(hit.value).map(|at| hit.span.start + at) else { return false };
    let before = text[..start].iter().rev().take(MAX_DATA).take_while(is_letter).count();
    let behind = text[start + hit.value.len()..].iter().take(MAX_DATA).take_while(is_letter).count();
    before > 0 && before + behind >= MIN_AROUND
}

/// Keys that stand in the manuals of their makers: those of emulators and of examples.
const PUBLISHED: &[&str] = &[
    // The storage emulator of Azure, and that of its document database.
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq",
    "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw",
    // The local stack of Supabase: `{"iss":"supabase-demo"`.
    "eyJpc3MiOiJzdXBhYmFzZS1kZW1v",
    // The token on the page that explains tokens: `John Doe`.
    "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9l",
    // The first test vectors of BIP 32.
    "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi",
    "xprv9s21ZrQH143K31xYSDQpPDxsXRTUcvj2iNHm5NUtrGiGG5e2DtALGdso3pGz6ssrdK4PFmM8NSpSBHNqPqm55Qn3LqFtT2emdEXVYsCzC2U",
];

/// Whether everybody has the value: its maker published it.
pub(super) fn is_published(value: &str) -> bool {
    PUBLISHED.iter().any(|known| value.contains(known))
}

/// Whether a value has the form of a key only because a name of a function begins like one: `test_toStringIncludeEmptyCollection`.
pub(super) fn is_name_of_test(value: &str) -> bool {
    ["test_", "live_"].iter().any(|start| value.strip_prefix(start).is_some_and(|rest| !is_random(rest)))
}

/// Whether the last part of a web token is a word: it stands for a signature.
pub(super) fn is_unsigned_token(value: &str) -> bool {
    let is_token = value.starts_with("ey") && value.matches('.').count() == 2;
    is_token && value.rsplit('.').next().is_some_and(|part| part.len() < 32 && part.bytes().all(|byte| byte.is_ascii_lowercase()))
}

/// Whether a text where a key is expected names what it is for, or stands for one: `<masked>`, `wp-sha384`, `SSBSKDF`.
pub(crate) fn is_label_of_key(text: &str) -> bool {
    let low = text.to_ascii_lowercase();
    let is_wrapped = text.starts_with('<') && text.ends_with('>') || text.starts_with('*') && text.ends_with('*');
    is_wrapped
        || is_template(text)
        || text.len() < 24 && ["sha256", "sha384", "sha512", "kdf", "hmac"].iter().any(|word| low.contains(word))
}

/// Whether a signature in an address is that of another service than Azure, whose addresses say their version and end.
pub(super) fn is_other_signature(hit: &SecretHit<'_>, source: &Source<'_>) -> bool {
    let line = source.line_at(hit.span.start);
    hit.value.starts_with("sig=") && !["sv=", "se=", "sp=", "sr="].iter().any(|part| line.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_for_people_is_told_from_what_somebody_chose() {
        for prose in ["Пароль", "Minimum 8 characters", "至少8个字符", "** internal error **", "Ñeʼẽñemi", "Aspoň 1 malé písmeno"]
        {
            assert!(is_prose(prose), "{prose}");
        }
        for chosen in ["hunter2", "Exposed_password_1!", "Fußball2019!x1", "a b1 c2 d3"] {
            assert!(!is_prose(chosen), "{chosen}");
        }
    }

    #[test]
    fn a_template_has_nothing_but_holes() {
        for template in ["$username:$password", "$RANDOM$RANDOM", "${a}-${b}", "{}:{}", "%s/%s"] {
            assert!(is_template(template), "{template}");
        }
        for value in ["$2a$10$N9qo8uLOickgx2ZMRZoMye", "Pa$$word", "pre${x}", "..."] {
            assert!(!is_template(value), "{value}");
        }
    }

    #[test]
    fn alphabets_and_keys_of_settings_are_no_secrets() {
        assert!(is_row_of_letters("0123456789") && is_row_of_letters("abcdefghijklmnopqrstuvwxyz") && is_row_of_letters("1234567890"));
        assert!(!is_row_of_letters("123456") && !is_row_of_letters("JF52S66x6WMoifP5gZ"));
        assert!(is_key_of_name("aws_secret_access_key", "s3_secret_access_key"));
        assert!(!is_key_of_name("password", "password123") && !is_key_of_name("secret", "Zagreb-Ka5tel"));
    }
}
