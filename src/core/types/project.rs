//! Owns what an analyzer may see of a whole project: outlines of its sources, and the documents it asked for.

use super::{Language, RelPath, Role, SkipReason, Span};

/// What a symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolKind {
    /// A function outside of any type.
    Function,
    /// A function of a type.
    Method,
    /// A type of any sort.
    Class,
    /// A constant, static or variable.
    Constant,
    /// A module or namespace.
    Module,
}

/// Something that a source declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Name, as the declaration has it.
    pub name: String,
    /// What sort of item it is.
    pub kind: SymbolKind,
    /// Name of the type around it; empty at the top.
    pub parent: String,
    /// The whole item, documentation excluded.
    pub span: Span,
    /// Its line, from 1.
    pub line: u32,
    /// Its head on one line.
    pub signature: String,
    /// Its documentation without the marks of comments.
    pub doc: String,
    /// Visible outside its file or class.
    pub is_public: bool,
    /// Whether it is test code, by the customs of the language.
    pub is_test: bool,
    /// Names of the parameters, receiver excluded.
    pub parameters: Vec<String>,
    /// Lines that hold code; 0 for what is not a function.
    pub code_lines: u32,
    /// McCabe's number; 0 for what is not a function.
    pub cyclomatic: u32,
    /// Cognitive complexity; 0 for what is not a function.
    pub cognitive: u32,
}

/// Something that a source imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// What is imported, as written but without white space; a declared Rust module is `self::name`.
    pub name: String,
    /// Where the source writes it.
    pub span: Span,
    /// Whether loading the source does not need it: it stands in a function, or serves types or documentation alone.
    pub is_deferred: bool,
}

/// What the other files of a project may know of a source.
#[derive(Clone, Debug)]
pub struct SourceOutline {
    /// Path from the root of the project.
    pub path: RelPath,
    /// The language that it was parsed as.
    pub language: Language,
    /// How it is used.
    pub role: Role,
    /// Its text; analyzers do not see it.
    pub text: String,
    /// Lines that hold code, whether or not a comment follows.
    pub code_lines: u32,
    /// Lines with a comment only.
    pub comment_lines: u32,
    /// Imports, those inside of functions included.
    pub imports: Vec<Imported>,
    /// In the order of the file.
    pub symbols: Vec<Symbol>,
    /// Its different identifiers, sorted.
    pub words: Vec<String>,
}

/// A file that is no source, read whole because an operation asked for it.
#[derive(Clone, Debug)]
pub struct Document {
    /// Path from the root of the project.
    pub path: RelPath,
    /// The whole text, at most 16 MiB.
    pub text: String,
}

/// A block that stands in two different sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Index of the source that comes first.
    pub first: usize,
    /// Bytes of the block in that source.
    pub first_span: Span,
    /// Index of the other source.
    pub second: usize,
    /// Bytes of the block in the other source.
    pub second_span: Span,
    /// Lines of code in the block, ten or more.
    pub lines: u32,
}

/// A file of the project that was not handed over: declined, or a test outside of what was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Path from the root of the project.
    pub path: RelPath,
    /// Why it was declined; none for a file that nobody named.
    pub reason: Option<SkipReason>,
    /// Its language; a document has none.
    pub language: Option<Language>,
    /// How it is used.
    pub role: Role,
    /// Its different identifiers, sorted; empty where nobody could read it.
    pub words: Vec<String>,
}

/// A project as the operations with the permission `project` see it. Files come by path.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// What was discovered and not declined.
    pub sources: Vec<SourceOutline>,
    /// What the operations of the run asked for.
    pub documents: Vec<Document>,
    /// Blocks that two different sources share.
    pub repeats: Vec<Repeat>,
    /// What there is beside these, as far as it can change what is said of them.
    pub unread: Vec<Unread>,
}
