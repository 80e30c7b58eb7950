//! Owns the context that a part of a source is sent with: the signatures elsewhere in its file that it refers to.

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

/// Most signatures with one name; overloads are few.
const MAX_OF_NAME: usize = 8;

/// Longest beginning of a signature, in bytes.
const MAX_HEAD_BYTES: usize = 1_000;

/// Signatures of a part take this many bytes, and four for each byte of the part: otherwise a file of many small functions would send one
/// large signature with each of them.
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

    /// Signatures that the text in `part` refers to and does not hold, one a line, in the order of the file: of a name the first 8, of each
    /// 1,000 bytes, of all 1,000 bytes and four for each byte of the part. Linear in the part.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;
    use crate::types::Language;

    #[track_caller]
    fn check(text: &str, part: &str, expected: &str) {
        let start = text.find(part).unwrap();
        let parsed = parse(Language::Rust, text);
        assert_eq!(Signatures::new(&parsed, text).beside(&(start..start + part.len())), expected);
    }

    #[test]
    fn what_is_referred_to_and_stands_elsewhere_is_told_in_its_order() {
        let text = "fn b() {}\nfn a(x: u8) {}\nfn c() { a(1); b(); d(); }\nfn d() {}\nfn e() {}\n";
        check(text, "fn c() { a(1); b(); d(); }", "fn b()\nfn a(x: u8)\nfn d()\n");
        check(text, "fn e() {}", "");
    }

    #[test]
    fn many_of_one_name_and_long_ones_are_cut() {
        let many = format!("{}fn c() {{ a(); }}\n", "fn a() {}\n".repeat(20));
        check(&many, "fn c() { a(); }", &"fn a()\n".repeat(MAX_OF_NAME));
        let long = format!("fn a({}) {{}}\nfn c() {{ a(); }}\n", "x: u8, ".repeat(1_000));
        let parsed = parse(Language::Rust, &long);
        let part = long.find("fn c").unwrap()..long.len();
        assert!(Signatures::new(&parsed, &long).beside(&part).len() <= MAX_HEAD_BYTES + 1);
    }

    #[test]
    fn a_small_part_is_not_told_everything() {
        let names: Vec<String> = (0..100).map(|at| format!("function_of_a_long_name_{at}")).collect();
        let text: String = names.iter().map(|name| format!("fn {name}(argument: Vec<String>) -> Option<usize> {{}}\n")).collect();
        let calls = names.iter().map(|name| format!("{name}();")).collect::<String>();
        let text = format!("{text}fn c() {{ {calls} }}\n");
        let parsed = parse(Language::Rust, &text);
        let part = text.find("fn c()").unwrap()..text.len();
        let told = Signatures::new(&parsed, &text).beside(&part).len();
        assert!(told > MAX_BYTES && told <= MAX_BYTES + 4 * part.len() + MAX_HEAD_BYTES, "{told}");
    }
}
