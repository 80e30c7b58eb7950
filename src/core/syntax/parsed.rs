//! A source that was parsed and measured.

use std::ops::Range;

use super::lines::LineIndex;
use crate::types::{FileMetrics, FunctionMetrics, Language, LineCounts};

/// One function, with places as byte ranges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Empty for a function without a name.
    pub name: String,
    /// The whole item, documentation excluded.
    pub span: Range<usize>,
    /// From the first word to the opening of the body.
    pub signature: Range<usize>,
    /// Names of the parameters, receiver excluded.
    pub parameters: Vec<String>,
    /// Lines of the item.
    pub lines: u32,
    /// Lines that hold code, whether or not a comment follows.
    pub code_lines: u32,
    /// Deepest nesting of control flow.
    pub nesting: u32,
    /// McCabe (1976): one, and one for each branch, loop, handler, arm, guard and logical operator; `docs/scoring.md` has the details.
    pub cyclomatic: u32,
    /// Campbell, "Cognitive Complexity" (SonarSource, 2018), without the increment for recursion.
    pub cognitive: u32,
    /// Visible outside its file or class, by the custom of the language.
    pub is_public: bool,
    /// Whether it is test code, by its attributes, its name, or what it stands in.
    pub is_test: bool,
    /// A doc comment or docstring is present.
    pub has_doc: bool,
}

/// A named item that is not a function: its head may be sent as context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Name as declared; for an `impl`, the type that it is for.
    pub name: String,
    /// The whole item, documentation excluded.
    pub span: Range<usize>,
    /// Its head: up to the body, or the whole of a short item.
    pub head: Range<usize>,
}

/// A source that was parsed and measured in one walk.
#[derive(Debug)]
pub struct Parsed {
    /// The language whose grammar parsed it.
    pub language: Language,
    /// `None` when the grammar gave up.
    pub tree: Option<tree_sitter::Tree>,
    /// In the order of their beginnings.
    pub functions: Vec<Function>,
    /// Types, constants and the like.
    pub items: Vec<Item>,
    /// All comments, doc comments included, in the order of the text.
    pub comments: Vec<Range<usize>>,
    /// Outermost places that do not parse.
    pub errors: Vec<Range<usize>>,
    /// Parts that are test code, not overlapping.
    pub tests: Vec<Range<usize>>,
    /// Later copies of blocks that occur more than once.
    pub duplicates: Vec<Range<usize>>,
    /// Number of lines with code, with nothing but a comment, and blank.
    pub lines: LineCounts,
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
