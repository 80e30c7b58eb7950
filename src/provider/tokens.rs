//! Tokens of a text before anything is sent: how many there likely are, and how many there are at most.
//!
//! Grok's tokenizer is not public. Two figures stand for it: the likely one is shown, the most is set aside from the budget.

use crate::types::Language;

/// Tokens of Grok for one of `o200k_base`, until usage tells better. Source: 407 files of seven kinds, of which the older public tokenizer of
/// Grok made 1.08 to 1.25 times as many.
const OF_GROK: f64 = 1.15;

/// Tokens that every request costs beside its text; up to 683 were reported for this generation of models.
const OVERHEAD: u64 = 700;

/// Bytes for a token of `o200k_base`. Source: docs/decisions/0006, which says what was measured and how to repeat it.
fn bytes_per_token(language: Option<Language>) -> f64 {
    match language {
        Some(Language::C) => 3.48,
        Some(Language::Go) => 3.57,
        Some(Language::JavaScript) => 3.76,
        Some(Language::Rust) => 3.79,
        Some(Language::TypeScript) => 3.81,
        Some(Language::Kotlin) => 3.87,
        Some(Language::Tsx) => 3.98,
        Some(Language::Cpp) => 4.01,
        Some(Language::Python) => 4.05,
        Some(Language::Java) => 4.29,
        None => 3.8,
    }
}

/// Tokens that a text of `n_bytes` likely has. `factor` is what usage told of this model.
pub fn likely_tokens(language: Option<Language>, n_bytes: usize, factor: Option<f64>) -> u64 {
    let of_table = n_bytes as f64 / bytes_per_token(language);
    (of_table * factor.unwrap_or(OF_GROK)).ceil() as u64
}

/// Most tokens that a text can have, by its bytes alone: two for three letters of ASCII that stand together, one for three digits, one for
/// eight blanks, one more for blanks before what takes none of them along, and one for each other byte. Linear in the text.
///
/// Source: docs/decisions/0006. No real or odd text that was tried has more by the table of `o200k_base`.
pub fn most_tokens(text: &str) -> u64 {
    let mut rest = text.as_bytes();
    let mut total = 0;
    while let Some(first) = rest.first() {
        let is_alike: fn(&u8) -> bool = match first {
            b'a'..=b'z' | b'A'..=b'Z' => u8::is_ascii_alphabetic,
            b'0'..=b'9' => u8::is_ascii_digit,
            b' ' => |byte| *byte == b' ',
            _ => |_| false,
        };
        let n = rest.iter().take_while(|byte| is_alike(byte)).count().max(1);
        let (n_alike, next) = (n as u64, rest.get(n));
        total += match first {
            b'a'..=b'z' | b'A'..=b'Z' => (2 * n_alike).div_ceil(3),
            b'0'..=b'9' => n_alike.div_ceil(3),
            // The last blank goes with the word behind it; a number takes none along.
            b' ' => 1 + n_alike / 8 + u64::from(n > 1 && next.is_some_and(|byte| byte.is_ascii_digit() || !byte.is_ascii())),
            _ => 1,
        };
        rest = &rest[n..];
    }
    total
}

/// Tokens to set aside for a request with `text`: the most it can have, and what every request costs beside its text.
pub fn reserve_tokens(text: &str) -> u64 {
    most_tokens(text) + OVERHEAD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_one_kind_share_tokens_and_everything_else_has_its_own() {
        for (text, expected) in [
            ("", 0),
            ("abc", 2),
            ("abcd", 3),
            ("a", 1),
            ("1234", 2),
            ("        ", 2),
            (" ", 1),
            ("{}\n", 3),
            ("é", 2),
            ("a1 b", 4),
            ("  b", 2),
            ("  1", 3),
        ] {
            assert_eq!(most_tokens(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_usage_told_counts() {
        assert_eq!(likely_tokens(Some(Language::C), 3480, Some(1.0)), 1000);
        assert_eq!(likely_tokens(Some(Language::C), 3480, Some(2.0)), 2000);
        assert!(likely_tokens(Some(Language::C), 3480, None) > 1000);
    }
}
