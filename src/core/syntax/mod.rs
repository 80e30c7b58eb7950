//! Owns the syntax of a source: parsing, measures, queries, outline, chunks.

mod chunks;
mod duplicates;
mod form;
mod imports;
mod kinds;
mod lines;
mod loading;
mod measure;
mod names;
mod outline;
mod parsed;
mod query;
mod signatures;

use std::cell::RefCell;

pub use chunks::{Chunk, chunks, functions};
pub use duplicates::repeats;
pub use form::{FormKind, FormNode, form};
pub use lines::LineIndex;
pub use outline::outline;
pub use parsed::{Function, Item, Parsed};
pub use query::{Capture, Captures, PatternCache, PatternError, PatternHit, QueryCache, QueryError, Stop, Watch};
pub use signatures::Signatures;

use crate::types::{Language, LineCounts};

/// Longest time for parsing one file, in milliseconds; what a grammar cannot parse by then is a parse error.
pub const PARSE_LIMIT_MS: u64 = 5000;

/// Parses and measures `text`. Never fails: what does not parse is told in [`Parsed::errors`].
///
/// Linear in the text. Source of the measures: see [`Function`].
pub fn parse(language: Language, text: &str) -> Parsed {
    thread_local! {
        static PARSERS: RefCell<Vec<(Language, tree_sitter::Parser)>> = const { RefCell::new(Vec::new()) };
    }
    let tree = PARSERS.with_borrow_mut(|parsers| {
        let at = parsers.iter().position(|(known, _)| *known == language).unwrap_or_else(|| {
            let mut parser = tree_sitter::Parser::new();
            parser.set_language(&kinds::grammar(language)).expect("every grammar fits the tree-sitter version it is built with");
            parsers.push((language, parser));
            parsers.len() - 1
        });
        parse_with_limit(&mut parsers[at].1, text)
    });
    let mut parsed = Parsed {
        language,
        tree: None,
        functions: Vec::new(),
        items: Vec::new(),
        comments: Vec::new(),
        errors: Vec::new(),
        tests: Vec::new(),
        duplicates: Vec::new(),
        lines: LineCounts::default(),
    };
    match tree {
        Some(tree) => {
            measure::measure(&tree, text, &mut parsed);
            parsed.tree = Some(tree);
        }
        None => {
            parsed.errors.push(0..text.len());
            parsed.lines.code = text.lines().count() as u32;
        }
    }
    parsed
}

fn parse_with_limit(parser: &mut tree_sitter::Parser, text: &str) -> Option<tree_sitter::Tree> {
    let start = std::time::Instant::now();
    let mut progress = |_: &tree_sitter::ParseState| {
        if start.elapsed().as_millis() as u64 > PARSE_LIMIT_MS {
            std::ops::ControlFlow::Break(())
        } else {
            std::ops::ControlFlow::Continue(())
        }
    };
    let options = tree_sitter::ParseOptions::new().progress_callback(&mut progress);
    let bytes = text.as_bytes();
    let tree = parser.parse_with_options(&mut |at, _| &bytes[at.min(bytes.len())..], None, Some(options));
    if tree.is_none() {
        parser.reset();
    }
    tree
}
