//! Owns where a large source is cut: on the boundaries of items, chosen by content.
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
    let pieces = pieces(parsed, text, &index, size);
    group(&pieces, text, size).into_iter().map(chunk).collect()
}

/// Functions with a name that stand in no other one, each with what stands in it.
pub fn functions(parsed: &Parsed, text: &str) -> Vec<(String, Chunk)> {
    let index = LineIndex::new(text);
    let mut found: Vec<(String, Chunk)> = Vec::new();
    for function in parsed.functions.iter().filter(|function| !function.name.is_empty()) {
        let span = function.span.clone();
        if found.last().is_none_or(|(_, last)| last.span.end <= span.start) {
            let lines = (index.line(span.start), index.line(span.end.saturating_sub(1).max(span.start)));
            found.push((function.name.clone(), Chunk { span, lines }));
        }
    }
    found
}

/// The smallest parts that are kept together: an item with what stands before it. Adjoining, covering the whole text.
fn pieces(parsed: &Parsed, text: &str, lines: &LineIndex, size: usize) -> Vec<Range<usize>> {
    let mut starts = vec![];
    if let Some(tree) = &parsed.tree {
        item_starts(tree.root_node(), text, lines, size, &mut starts);
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
fn item_starts(root: Node<'_>, text: &str, lines: &LineIndex, size: usize, starts: &mut Vec<usize>) {
    let mut stack = vec![root];
    while let Some(node) = stack.pop() {
        let mut cursor = node.walk();
        let mut lead = None;
        let mut last_line = None;
        let mut inner = Vec::new();
        for child in node.children(&mut cursor) {
            let is_lead = matches!(child.kind(), "line_comment" | "block_comment" | "comment" | "attribute_item");
            if is_lead {
                lead.get_or_insert(child.start_byte());
                continue;
            }
            let start = lead.take().unwrap_or(child.start_byte());
            let line_start = lines.start(lines.line(start));
            // Many items may stand on one long line; the first alone can begin it.
            if last_line != Some(line_start) && text[line_start..start].trim().is_empty() {
                starts.push(line_start);
            }
            last_line = Some(line_start);
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
        let is_good_end = line.trim().is_empty() || hash(line.trim()).is_multiple_of(8);
        if length >= size || (length >= size / 2 && is_good_end) {
            pieces.push(start..at);
            start = at;
        }
    }
    if start < span.end {
        pieces.push(start..span.end);
    }
}

/// Splits the pieces where the hash of a head is least, again and again, until every part is small enough.
///
/// Where a split falls depends on the heads and on how many pieces there are, not on their sizes: an edit inside a piece changes the
/// part that holds it and no other.
fn group(pieces: &[Range<usize>], text: &str, size: usize) -> Vec<Range<usize>> {
    let weights: Vec<u64> = pieces.iter().map(|piece| hash(head(&text[piece.clone()]))).collect();
    let mut chunks = Vec::new();
    let mut open: Vec<Range<usize>> = Vec::new();
    open.push(0..pieces.len());
    while let Some(part) = open.pop() {
        let span = pieces[part.start].start..pieces[part.end - 1].end;
        if span.len() <= size || part.len() == 1 {
            chunks.push(span);
            continue;
        }
        // Ends are left out, so that no part gets very small.
        let margin = (part.len() / 4).max(1);
        let middle = part.start + margin..(part.end - margin).max(part.start + margin + 1);
        let at = middle.min_by_key(|at| weights[*at]).expect("a part of two pieces has a place to split");
        open.push(at..part.end);
        open.push(part.start..at);
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

fn hash(head: &str) -> u64 {
    let digest = Digest::of(head.as_bytes());
    u64::from_le_bytes(digest.0[..8].try_into().expect("a digest has more than eight bytes"))
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
    fn functions_are_units_with_those_in_them() {
        let text = "class A:\n    def b(self):\n        def c():\n            pass\n        return c\n\ndef d(): return lambda: 1\nx = lambda: 2\n";
        let found = functions(&parse(Language::Python, text), text);
        let seen: Vec<_> = found.iter().map(|(name, chunk)| (name.as_str(), chunk.lines)).collect();
        assert_eq!(seen, [("b", (2, 5)), ("d", (7, 7))]);
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
