//! Owns lines and their places, and what is asked of a piece of text. Never knows a format.

use std::ops::Range;

/// The lines of a text without their ends, each with the place of its first byte.
pub fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line.trim_end_matches(['\n', '\r']))
    })
}

/// The line around a place, without the space around it.
pub fn line_around(text: &str, at: usize) -> Range<usize> {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1);
    let end = text.get(at..).and_then(|after| after.find('\n')).map_or(text.len(), |found| at + found);
    let line = text.get(start..end).unwrap_or_default();
    let head = line.len() - line.trim_start().len();
    let body = line.trim();
    start + head..start + head + body.len()
}

/// The place of `part`, which must be a piece of `whole`.
pub fn place_of(whole: &str, part: &str) -> Range<usize> {
    let start = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
    if start + part.len() <= whole.len() { start..start + part.len() } else { 0..0 }
}

/// Whether a byte can be part of the name of a package.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'@')
}

/// The places where `name` stands by itself, not as a part of a longer name.
pub fn mentions(text: &str, name: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let is_free = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_none_or(|byte| !is_name_byte(*byte));
    text.match_indices(name)
        .filter(|(at, _)| !name.is_empty() && is_free(at.checked_sub(1)) && is_free(Some(at + name.len())))
        .map(|(at, _)| at)
        .collect()
}

/// Texts between quotes, with the place inside of the quotes. Escapes are left as they are.
pub fn quoted(text: &str) -> Vec<(Range<usize>, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find(['"', '\''])) {
        let start = at + open + 1;
        let Some(quote) = text.get(start - 1..start) else { break };
        let Some(length) = text.get(start..).and_then(|rest| rest.find(quote)) else { break };
        if let Some(inner) = text.get(start..start + length) {
            found.push((start..start + length, inner));
        }
        at = start + length + 1;
    }
    found
}
