//! What is set aside for a request is never less than its text can have: held against the table of `o200k_base`, which is in no release.

use devflow::provider::{likely_tokens, most_tokens};
use devflow::types::Language;

use crate::tidy::{files, read};

/// A number that depends on the ones before it alone, so that a test that fails fails again.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }

    fn letter(&mut self, first: u8) -> char {
        char::from(first + self.next(26) as u8)
    }
}

/// Texts that no person writes.
fn odd(numbers: &mut Numbers, kind: usize) -> String {
    let (mut text, n_bytes) = (String::new(), 100 + numbers.next(1500) as usize);
    while text.len() < n_bytes {
        match kind {
            0 => text.push(numbers.letter(b'a')),
            1 => text.push(numbers.letter(b'A')),
            2 => {
                let first = if numbers.next(2) == 0 { b'a' } else { b'A' };
                text.push(numbers.letter(first));
            }
            3 => text.push(char::from(b'0' + numbers.next(10) as u8)),
            4 => text.push(char::from(33 + numbers.next(94) as u8)),
            5 => text.push([' ', '\t', '\n', '\r'][numbers.next(4) as usize]),
            6 => text.push(char::from_u32(0x80 + numbers.next(0x2fff) as u32).unwrap_or('x')),
            7 => text.push(char::from_u32(numbers.next(0x10_ffff) as u32).unwrap_or('x')),
            8 => {
                // Columns of numbers.
                (0..numbers.next(9)).for_each(|_| text.push(' '));
                text.push(char::from(b'0' + numbers.next(10) as u8));
            }
            9 => {
                let one = char::from(33 + numbers.next(94) as u8);
                (0..numbers.next(12)).for_each(|_| text.push(one));
                text.push(' ');
            }
            _ => {
                text.push(numbers.letter(b'a'));
                text.push(char::from(b'0' + numbers.next(10) as u8));
                if numbers.next(3) == 0 {
                    text.push_str("  ");
                }
            }
        }
    }
    text
}

#[test]
fn no_text_has_more_tokens_than_are_set_aside() {
    let table = bpe_openai::o200k_base();
    let mut above = Vec::new();
    let mut check = |what: String, text: &str| {
        let (real, most) = (table.count(text) as u64, most_tokens(text));
        if real > most {
            above.push(format!("{what}: {real} tokens, {most} set aside"));
        }
    };
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for n in 0..5000 {
        check(format!("odd text {n} of kind {}", n % 11), &odd(&mut numbers, n % 11));
    }
    for path in files("src", "rs").into_iter().chain(files("plugins", "rs")).chain(files("docs", "md")) {
        let text = read(&path);
        let mut at = 0;
        while at < text.len() {
            let end = text.ceil_char_boundary(at + 200 + numbers.next(6000) as usize);
            check(path.display().to_string(), &text[at..end]);
            at = end;
        }
    }
    assert!(above.is_empty(), "{above:?}");
}

#[test]
fn what_is_likely_is_near_the_table() {
    let table = bpe_openai::o200k_base();
    let (mut real, mut likely) = (0, 0);
    for path in files("src", "rs") {
        let text = read(&path);
        real += table.count(&text) as u64;
        likely += likely_tokens(Some(Language::Rust), text.len(), Some(1.0));
    }
    let ratio = likely as f64 / real as f64;
    assert!((0.8..1.25).contains(&ratio), "{ratio}");
}
