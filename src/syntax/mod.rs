//! Owns the syntax of a source: parsing, measures, queries, outline, chunks. Never judges, never reads a file.

mod chunks;
mod duplicates;
mod imports;
mod kinds;
mod loading;
mod measure;
mod names;
mod outline;
mod query;
mod signatures;

use std::cell::RefCell;
use std::ops::Range;

pub use chunks::{Chunk, chunks, functions};
pub use duplicates::repeats;
pub use outline::outline;
pub use query::{Capture, Captures, PatternCache, PatternError, PatternHit, QueryCache, QueryError, Stop, Watch};
pub use signatures::Signatures;

use crate::types::{FileMetrics, FunctionMetrics, Language, LineCounts};

/// Longest time for parsing one file, in milliseconds; what a grammar cannot parse by then is a parse error.
pub const PARSE_LIMIT_MS: u64 = 5000;

/// One function, with places as byte ranges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Empty for a function without a name.
    pub name: String,
    /// The whole item, documentation excluded.
    pub span: Range<usize>,
    /// From the first word to the opening of the body.
    pub signature: Range<usize>,
    /// Names, receiver excluded.
    pub parameters: Vec<String>,
    /// Lines of the item.
    pub lines: u32,
    /// Lines with code.
    pub code_lines: u32,
    /// Deepest nesting of control flow.
    pub nesting: u32,
    /// McCabe (1976): one, and one for each branch, loop, handler, arm, guard and logical operator; `docs/scoring.md` has the details.
    pub cyclomatic: u32,
    /// Campbell, "Cognitive Complexity" (SonarSource, 2018), without the increment for recursion.
    pub cognitive: u32,
    /// Visible outside its file or class, by the custom of the language.
    pub is_public: bool,
    /// Test code.
    pub is_test: bool,
    /// A doc comment or docstring is present.
    pub has_doc: bool,
}

/// A named item that is not a function: its head may be sent as context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// The whole item.
    pub span: Range<usize>,
    /// Its head: up to the body, or the whole of a short item.
    pub head: Range<usize>,
}

/// A source that was parsed and measured in one walk.
#[derive(Debug)]
pub struct Parsed {
    /// Its language.
    pub language: Language,
    /// `None` when the grammar gave up.
    pub tree: Option<tree_sitter::Tree>,
    /// In the order of their beginnings.
    pub functions: Vec<Function>,
    /// Types, constants and the like.
    pub items: Vec<Item>,
    /// All comments.
    pub comments: Vec<Range<usize>>,
    /// Outermost places that do not parse.
    pub errors: Vec<Range<usize>>,
    /// Parts that are test code, not overlapping.
    pub tests: Vec<Range<usize>>,
    /// Later copies of blocks that occur more than once.
    pub duplicates: Vec<Range<usize>>,
    /// Lines by kind.
    pub lines: LineCounts,
}

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

impl Parsed {
    /// The measures that are kept with a result.
    pub fn metrics(&self, text: &str) -> FileMetrics {
        let lines = LineIndex::new(text);
        let function = |f: &Function| FunctionMetrics {
            name: f.name.clone(),
            line: lines.line(f.span.start),
            end_line: lines.line(f.span.end.saturating_sub(1).max(f.span.start)),
            code_lines: f.code_lines,
            parameters: f.parameters.len() as u32,
            nesting: f.nesting,
            cyclomatic: f.cyclomatic,
            cognitive: f.cognitive,
            has_doc: f.has_doc,
            is_test: f.is_test,
        };
        let duplicated = self.duplicates.iter().map(|span| lines.line(span.end.saturating_sub(1)) - lines.line(span.start) + 1);
        FileMetrics {
            lines: self.lines,
            duplicated_lines: duplicated.sum(),
            parse_errors: self.errors.len() as u32,
            unparsed_lines: unparsed_lines(&self.errors, &lines),
            functions: self.functions.iter().map(function).collect(),
        }
    }
}

/// Lines that lie in one of `errors`, which are in the order of the text. An error without a text, such as a missing bracket, takes none.
fn unparsed_lines(errors: &[Range<usize>], lines: &LineIndex) -> u32 {
    let (mut total, mut last) = (0, 0);
    for error in errors.iter().filter(|error| !error.is_empty()) {
        let first = lines.line(error.start).max(last + 1);
        let end = lines.line(error.end - 1);
        if end >= first {
            total += end - first + 1;
            last = end;
        }
    }
    total
}

/// Finds lines and columns of byte offsets.
#[derive(Debug)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// Looks for the line ends of `text`.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1));
        Self { starts }
    }

    /// The line of a byte offset, from 1.
    pub fn line(&self, offset: usize) -> u32 {
        self.starts.partition_point(|start| *start <= offset) as u32
    }

    /// First byte of a line that counts from 1; the end of the text for a line past the end.
    pub fn start(&self, line: u32) -> usize {
        let at = (line.max(1) as usize - 1).min(self.starts.len() - 1);
        self.starts[at]
    }

    /// The column of a byte offset in characters, from 1. `text` is the text of the index.
    pub fn column(&self, text: &str, offset: usize) -> u32 {
        let start = self.start(self.line(offset));
        // Editors do not count the mark at the beginning of some files.
        let mark = usize::from(start == 0 && text.starts_with('\u{feff}') && offset > 0);
        (text[start..offset].chars().count() - mark) as u32 + 1
    }
}
