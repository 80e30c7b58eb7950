//! Owns where a large source is cut: on the boundaries of items, chosen by content. Never asks anybody about a chunk.
//!
//! A boundary depends on the heads of the items near it, not on positions or bodies: an edit inside a function changes the
//! chunk that holds it and no other, and an insertion does not shift the chunks after it.

use std::ops::Range;

use tree_sitter::Node;

use super::{LineIndex, Parsed};
use crate::types::Digest;

/// A part of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Bytes of the source.
    pub span: Range<usize>,
    /// First and last line, from 1.
    pub lines: (u32, u32),
}

/// Cuts `text` into chunks of about `size` bytes; a text that is not larger stays whole.
///
/// The chunks put together give `text` back. None is larger than `2 * size`, unless a single line is.
pub fn chunks(parsed: &Parsed, text: &str, size: usize) -> Vec<Chunk> {
    let index = LineIndex::new(text);
    let chunk = |span: Range<usize>| {
        let lines = (index.line(span.start), index.line(span.end.saturating_sub(1).max(span.start)));
        Chunk { span, lines }
    };
    if text.len() <= size {
        return vec![chunk(0..text.len())];
    }
    let pieces = pieces(parsed, text, size);
    group(&pieces, text, size).into_iter().map(chunk).collect()
}

/// The smallest parts that are kept together: an item with what stands before it. Adjoining, covering the whole text.
fn pieces(parsed: &Parsed, text: &str, size: usize) -> Vec<Range<usize>> {
    let mut starts = vec![];
    if let Some(tree) = &parsed.tree {
        item_starts(tree.root_node(), text, size, &mut starts);
    }
    starts.push(text.len());
    starts.dedup();
    let mut pieces = Vec::new();
    let mut start = 0;
    for end in starts {
        if end <= start {
            continue;
        }
        if end - start > size {
            split_lines(text, start..end, size, &mut pieces);
        } else {
            pieces.push(start..end);
        }
        start = end;
    }
    pieces
}

/// Beginnings of the items below `node`, each moved to the beginning of its line; comments and attributes before an
/// item belong to it, items larger than `size` are entered.
fn item_starts(root: Node<'_>, text: &str, size: usize, starts: &mut Vec<usize>) {
    let mut stack = vec![root];
    while let Some(node) = stack.pop() {
        let mut cursor = node.walk();
        let mut lead = None;
        let mut inner = Vec::new();
        for child in node.children(&mut cursor) {
            let is_lead = matches!(child.kind(), "line_comment" | "block_comment" | "comment" | "attribute_item");
            if is_lead {
                lead.get_or_insert(child.start_byte());
                continue;
            }
            let start = lead.take().unwrap_or(child.start_byte());
            let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
            if text[line_start..start].trim().is_empty() {
                starts.push(line_start);
            }
            if child.end_byte() - child.start_byte() > size {
                inner.push(child);
            }
        }
        stack.extend(inner);
    }
    starts.sort_unstable();
}

/// Cuts what is no item and yet too large at blank lines or, failing that, at lines.
fn split_lines(text: &str, span: Range<usize>, size: usize, pieces: &mut Vec<Range<usize>>) {
    let mut start = span.start;
    let mut at = span.start;
    for line in text[span.clone()].split_inclusive('\n') {
        at += line.len();
        let length = at - start;
        let is_good_end = line.trim().is_empty() || is_boundary(line.trim(), 8);
        if length >= size || (length >= size / 2 && is_good_end) {
            pieces.push(start..at);
            start = at;
        }
    }
    if start < span.end {
        pieces.push(start..span.end);
    }
}

/// Joins pieces into chunks of at least half of `size`; ends a chunk where the head of the next piece says so, and
/// before it would grow over `size`.
fn group(pieces: &[Range<usize>], text: &str, size: usize) -> Vec<Range<usize>> {
    let average = (text.len() / pieces.len().max(1)).max(1);
    let one_in = (size / 4 / average).max(1) as u64;
    let mut chunks: Vec<Range<usize>> = Vec::new();
    for piece in pieces {
        let Some(last) = chunks.last_mut() else {
            chunks.push(piece.clone());
            continue;
        };
        let is_large_enough = last.len() >= size / 2;
        let would_be_too_large = last.len() + piece.len() > size;
        if would_be_too_large || (is_large_enough && is_boundary(head(&text[piece.clone()]), one_in)) {
            chunks.push(piece.clone());
        } else {
            last.end = piece.end;
        }
    }
    chunks
}

/// The first line of a piece that holds code, as far as one can tell without a grammar.
fn head(piece: &str) -> &str {
    let is_code = |line: &&str| {
        !line.is_empty() && !line.starts_with("//") && !line.starts_with('#') && !line.starts_with('*') && !line.starts_with("/*")
    };
    piece.lines().map(str::trim).find(is_code).unwrap_or("")
}

/// A fair coin with `one_in` sides, thrown by the text.
fn is_boundary(head: &str, one_in: u64) -> bool {
    let digest = Digest::of(head.as_bytes());
    u64::from_le_bytes(digest.0[..8].try_into().expect("a digest has more than eight bytes")).is_multiple_of(one_in)
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::types::Language;
    use proptest::prelude::*;

    fn texts(text: &str, size: usize) -> Vec<String> {
        chunks(&parse(Language::Rust, text), text, size).into_iter().map(|chunk| text[chunk.span].to_owned()).collect()
    }

    fn source(n: usize) -> String {
        (0..n).map(|n| format!("/// Does {n}.\nfn function_{n}(x: u32) -> u32 {{\n    let y = x + {n};\n    y * 2\n}}\n\n")).collect()
    }

    #[test]
    fn a_small_text_stays_whole() {
        assert_eq!(texts("fn a() {}\n", 1000).len(), 1);
        assert_eq!(texts("", 1000).len(), 1);
    }

    #[test]
    fn an_edit_of_one_function_changes_one_chunk() {
        let before = source(300);
        let after = before.replace("let y = x + 150;", "let y = x + 151; let z = y;");
        let (old, new) = (texts(&before, 4000), texts(&after, 4000));
        assert!(old.len() > 3);
        let changed = new.iter().filter(|chunk| !old.contains(chunk)).count();
        assert_eq!(changed, 1);
    }

    #[test]
    fn an_insertion_does_not_shift_the_later_chunks() {
        let before = source(300);
        let after = format!("fn first() {{}}\n\n{before}");
        let (old, new) = (texts(&before, 4000), texts(&after, 4000));
        let changed = new.iter().filter(|chunk| !old.contains(chunk)).count();
        assert!(changed <= 3 && changed < new.len() / 2, "{changed} of {} chunks changed", new.len());
    }

    #[test]
    fn one_large_item_is_entered() {
        let methods: String = (0..200).map(|n| format!("    fn method_{n}(&self) -> u32 {{\n        {n}\n    }}\n")).collect();
        let text = format!("impl Large {{\n{methods}}}\n");
        let parts = texts(&text, 2000);
        assert!(parts.len() > 3);
        assert!(parts.iter().all(|part| part.len() <= 4000));
    }

    proptest! {
        #[test]
        fn chunks_put_together_give_the_text_back(
            text in "(fn [a-z]{1,6}\\(\\) \\{[a-z ;\n]{0,40}\\}\n|// [a-zé]{0,20}\n|[{}\"'\n ]|\u{1F600}){0,80}",
            size in 10usize..400,
        ) {
            prop_assert_eq!(texts(&text, size).concat(), text);
        }
    }
}
