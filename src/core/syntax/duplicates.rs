//! Owns the search for blocks that occur more than once, in a file or in two.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;

use crate::types::{Repeat, Span};

/// Fewest lines of code of a block that counts as a copy.
const MIN_BLOCK_LINES: usize = 8;

struct Line<'a> {
    start: usize,
    end: usize,
    text: &'a str,
    hash: u64,
}

/// Byte ranges of later copies of blocks of at least [`MIN_BLOCK_LINES`] lines of code, white space at both ends of a line
/// ignored, lines without code passed over, in the order of the file and not overlapping. Linear in the text.
///
/// `is_code` tells for each line whether it holds code.
pub(super) fn duplicates(text: &str, is_code: impl Iterator<Item = bool>) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (line, is_code) in text.split_inclusive('\n').zip(is_code) {
        let trimmed = line.trim();
        // Lines of brackets alone make every two ends of blocks alike.
        if is_code && trimmed.chars().any(char::is_alphanumeric) {
            let mut hasher = DefaultHasher::new();
            trimmed.hash(&mut hasher);
            lines.push(Line { start, end: start + line.trim_end().len(), text: trimmed, hash: hasher.finish() });
        }
        start += line.len();
    }
    find(&lines)
}

fn find(lines: &[Line<'_>]) -> Vec<Range<usize>> {
    let mut first: HashMap<u64, usize> = HashMap::new();
    let mut copies = Vec::new();
    let mut at = 0;
    while at + MIN_BLOCK_LINES <= lines.len() {
        let window = &lines[at..at + MIN_BLOCK_LINES];
        let mut hasher = DefaultHasher::new();
        window.iter().for_each(|line| hasher.write_u64(line.hash));
        let original = *first.entry(hasher.finish()).or_insert(at);
        // Invariant: a copy begins after its original ended, so that a run of equal lines is not a copy of itself.
        if original + MIN_BLOCK_LINES > at || !is_varied(window) {
            at += 1;
            continue;
        }
        let longest = (at - original).min(lines.len() - at);
        let length = (0..longest).take_while(|n| lines[original + n].text == lines[at + n].text).count();
        if length < MIN_BLOCK_LINES {
            at += 1;
            continue;
        }
        copies.push(lines[at].start..lines[at + length - 1].end);
        at += length;
    }
    copies
}

/// Fewest lines of code of a block that counts as a copy from another file.
const MIN_REPEAT_LINES: usize = 10;

/// Blocks of at least [`MIN_REPEAT_LINES`] lines of code that stand in two different files, longest first in each place and not overlapping
/// in the second. `files` has the text of each and its comments. Linear in the text.
pub fn repeats(files: &[(&str, &[Range<usize>])]) -> Vec<Repeat> {
    let files: Vec<Vec<Line<'_>>> = files.iter().map(|(text, comments)| code_lines(text, comments)).collect();
    let mut first: HashMap<u64, (usize, usize)> = HashMap::new();
    let mut found = Vec::new();
    for (file, lines) in files.iter().enumerate() {
        let mut at = 0;
        while at + MIN_REPEAT_LINES <= lines.len() {
            let window = &lines[at..at + MIN_REPEAT_LINES];
            let mut hasher = DefaultHasher::new();
            window.iter().for_each(|line| hasher.write_u64(line.hash));
            let (other, original) = *first.entry(hasher.finish()).or_insert((file, at));
            // Most blocks stand here for the first time, and must not be compared with themselves.
            if other == file || !is_varied(window) {
                at += 1;
                continue;
            }
            let there = &files[other][original..];
            let length = there.iter().zip(&lines[at..]).take_while(|(a, b)| a.text == b.text).count();
            if length < MIN_REPEAT_LINES {
                at += 1;
                continue;
            }
            let span = |lines: &[Line<'_>]| Span { start: lines[0].start, end: lines[length - 1].end };
            found.push(Repeat {
                first: other,
                first_span: span(there),
                second: file,
                second_span: span(&lines[at..]),
                lines: length as u32,
            });
            at += length;
        }
    }
    found
}

fn code_lines<'a>(text: &'a str, comments: &[Range<usize>]) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let first = start + (line.len() - line.trim_start().len());
        let after = comments.partition_point(|comment| comment.start <= first);
        let is_comment = after > 0 && comments[after - 1].contains(&first);
        if !is_comment && trimmed.chars().any(char::is_alphanumeric) {
            let mut hasher = DefaultHasher::new();
            trimmed.hash(&mut hasher);
            lines.push(Line { start, end: start + line.trim_end().len(), text: trimmed, hash: hasher.finish() });
        }
        start += line.len();
    }
    lines
}

/// Tables of numbers and lists of the same word are data, not copied code.
fn is_varied(window: &[Line<'_>]) -> bool {
    let mut hashes: Vec<u64> = window.iter().map(|line| line.hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.len() * 2 > window.len() && window.iter().any(|line| line.text.chars().filter(|c| c.is_alphabetic()).count() > 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(name: &str) -> String {
        (0..9).map(|n| format!("    let value_{n} = {name}({n});\n")).collect()
    }

    fn found(text: &str) -> Vec<Range<usize>> {
        duplicates(text, std::iter::repeat(true))
    }

    #[test]
    fn a_copy_is_found_once_with_its_place() {
        let text = format!("{}fn other() {{}}\n{}", block("a"), block("a"));
        let copies = found(&text);
        assert_eq!(copies.len(), 1);
        assert_eq!(copies[0].start, block("a").len() + "fn other() {}\n".len());
        assert_eq!(text[copies[0].clone()].lines().count(), 9);
    }

    #[test]
    fn a_block_in_two_files_is_found() {
        let long = |name: &str| (0..12).map(|n| format!("    let value_{n} = {name}({n});\n")).collect::<String>();
        let (a, b) = (format!("{}// end\n", long("f")), format!("fn b() {{}}\n{}", long("f")));
        let found = repeats(&[(&a, &[]), (&b, &[]), (&long("g"), &[])]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].first, found[0].second, found[0].lines), (0, 1, 12));
        assert!(b[found[0].second_span.start..].starts_with("    let value_0"));
    }

    #[test]
    fn different_code_and_repeated_lines_are_no_copies() {
        assert!(found(&format!("{}{}", block("a"), block("b"))).is_empty());
        assert!(found(&"    0, 0, 0, 0,\n".repeat(100)).is_empty());
    }
}
