//! Owns what a part of a source is told of the rest of its file: the signatures that it refers to.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::Parsed;

/// The signatures of a file, by name.
#[derive(Debug)]
pub struct Signatures<'a> {
    text: &'a str,
    /// In the order of the file.
    heads: Vec<Head<'a>>,
    by_name: HashMap<&'a str, Vec<usize>>,
}

#[derive(Debug)]
struct Head<'a> {
    start: usize,
    text: &'a str,
}

/// Of one name, no more are told: overloads are few.
const MAX_OF_NAME: usize = 8;

/// More of a signature is not told.
const MAX_HEAD_BYTES: usize = 1_000;

/// A part is told this many bytes, and four for each of its own, so that a file of many small parts does not repeat one large signature
/// in all of them.
const MAX_BYTES: usize = 1_000;

impl<'a> Signatures<'a> {
    /// Collects them once for all parts of a file.
    pub fn new(parsed: &'a Parsed, text: &'a str) -> Self {
        let functions = parsed.functions.iter().map(|f| (f.name.as_str(), f.span.start, f.signature.clone()));
        let items = parsed.items.iter().map(|item| (item.name.as_str(), item.span.start, item.head.clone()));
        let mut all: Vec<_> = functions.chain(items).filter(|(name, ..)| !name.is_empty()).collect();
        all.sort_by_key(|(_, start, _)| *start);
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut heads = Vec::with_capacity(all.len());
        for (name, start, head) in all {
            by_name.entry(name).or_default().push(heads.len());
            let end = text.floor_char_boundary(head.end.min(head.start + MAX_HEAD_BYTES));
            heads.push(Head { start, text: &text[head.start..end] });
        }
        Self { text, heads, by_name }
    }

    /// Signatures that the text in `part` refers to and does not hold, one a line, in the order of the file.
    ///
    /// Only what is referred to, so that a change of one signature re-asks only the parts that use it.
    pub fn beside(&self, part: &Range<usize>) -> String {
        let words: BTreeSet<&str> = self.text[part.clone()].split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let is_outside = |head: &&usize| !part.contains(&self.heads[**head].start);
        let named = words.iter().filter_map(|word| self.by_name.get(word));
        let told: BTreeSet<usize> = named.flat_map(|heads| heads.iter().filter(is_outside).take(MAX_OF_NAME)).copied().collect();
        let mut outline = String::new();
        for head in told {
            if outline.len() > MAX_BYTES + 4 * part.len() {
                break;
            }
            outline.push_str(&self.heads[head].text.split_whitespace().collect::<Vec<_>>().join(" "));
            outline.push('\n');
        }
        outline
    }
}
