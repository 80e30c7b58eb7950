//! Owns the form of what is measured of code.

use serde::{Deserialize, Serialize};

/// Measures of one function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionMetrics {
    /// Empty for a function without a name.
    pub name: String,
    /// First line, from 1.
    pub line: u32,
    /// Last line, from 1.
    pub end_line: u32,
    /// Lines that hold code, whether or not a comment follows.
    pub code_lines: u32,
    /// Number of parameters, receiver excluded.
    pub parameters: u32,
    /// Deepest nesting of control flow.
    pub nesting: u32,
    /// McCabe's cyclomatic complexity.
    pub cyclomatic: u32,
    /// Cognitive complexity, without the increment for recursion.
    pub cognitive: u32,
    /// Whether a doc comment (or docstring) is present.
    pub has_doc: bool,
    /// Whether it is test code, by its attributes, its name, or what it stands in.
    pub is_test: bool,
}

/// How many lines a file has of each kind. Every line is of exactly one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineCounts {
    /// Lines with code, whether or not a comment follows.
    pub code: u32,
    /// Lines with nothing but a comment.
    pub comment: u32,
    /// Lines with neither code nor a comment.
    pub blank: u32,
}

/// Measures of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMetrics {
    /// How many lines it has of each kind.
    pub lines: LineCounts,
    /// Lines that belong to later copies of a block in the same file.
    pub duplicated_lines: u32,
    /// Places that do not parse; what is said of the file is then said of the rest.
    pub parse_errors: u32,
    /// Lines in those places.
    #[serde(default)]
    pub unparsed_lines: u32,
    /// In the order of the file.
    pub functions: Vec<FunctionMetrics>,
}
