//! Owns what a plugin may ask of the host, as one trait, so that the same code runs in the sandbox and in a native test.

use std::ops::Range;

use crate::types::Role;

/// One function of the unit. Places are byte ranges of the unit's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// Lines without blank lines and comments.
    pub code_lines: u32,
    /// Deepest nesting of control flow.
    pub nesting: u32,
    /// McCabe's number.
    pub cyclomatic: u32,
    /// Cognitive complexity.
    pub cognitive: u32,
    /// Visible outside its file or class.
    pub is_public: bool,
    /// Test code.
    pub is_test: bool,
    /// A doc comment stands before it (or a docstring in it).
    pub has_doc: bool,
}

/// Facts of the whole unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measures {
    /// Lines with code.
    pub code_lines: u32,
    /// Lines with a comment only.
    pub comment_lines: u32,
    /// Empty lines.
    pub blank_lines: u32,
    /// Later copies of blocks that occur more than once.
    pub duplicates: Vec<Range<usize>>,
    /// Places that do not parse.
    pub errors: Vec<Range<usize>>,
    /// Parts that are test code, in the order of the text; none in another one.
    pub tests: Vec<Range<usize>>,
    /// All comments.
    pub comments: Vec<Range<usize>>,
}

impl Measures {
    /// Whether an offset is in a part that is test code.
    pub fn is_test(&self, offset: usize) -> bool {
        self.tests.get(self.tests.partition_point(|test| test.end <= offset)).is_some_and(|test| test.start <= offset)
    }
}

/// Captures of all queries, by match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captures {
    /// Names of captures.
    pub names: Vec<String>,
    /// Captures of one match stand together.
    pub items: Vec<Capture>,
}

/// One capture of one match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// Position of the query in its list.
    pub query: usize,
    /// Number of the match; captures of one match share it.
    pub group: usize,
    /// Position in [`Captures::names`].
    pub name: usize,
    /// Its place.
    pub span: Range<usize>,
}

/// One hit of a regular expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Position of the pattern in its list.
    pub pattern: usize,
    /// The whole match.
    pub span: Range<usize>,
    /// The first group, or the whole match.
    pub group: Range<usize>,
}

/// One source of the project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Relative to the root of the project, with forward slashes.
    pub path: String,
    /// As in [`Unit::language`](crate::Unit::language).
    pub language: String,
    /// How it is used.
    pub role: Role,
    /// Lines with code.
    pub code_lines: u32,
    /// Lines with a comment only.
    pub comment_lines: u32,
    /// What it imports, as written, with the place of each import: `std::fmt`, `os.path`, `./util`, `stdio.h`. A name from a Python module
    /// comes after the module, at the same place: `os` and `os.path`.
    pub imports: Vec<(String, Range<usize>)>,
    /// Positions in `imports` of those that are not needed to load the source, in order: they stand in a function, or serve types or
    /// documentation alone.
    pub deferred: Vec<usize>,
}

impl Source {
    /// Adds an import.
    pub fn add_import(&mut self, name: &str, place: Range<usize>, is_deferred: bool) {
        if is_deferred {
            self.deferred.push(self.imports.len());
        }
        self.imports.push((name.to_owned(), place));
    }

    /// One import for each place: the module, where names from it are told as well. For counting.
    pub fn first_imports(&self) -> impl Iterator<Item = &(String, Range<usize>)> {
        let is_first = move |at: usize, place: &Range<usize>| {
            let before = at.checked_sub(1).and_then(|before| self.imports.get(before));
            before.is_none_or(|(_, known)| known.start != place.start)
        };
        self.imports.iter().enumerate().filter(move |(at, (_, place))| is_first(*at, place)).map(|(_, import)| import)
    }

    /// Whether loading the source does not need the import at this position of `imports`.
    pub fn is_deferred(&self, import: usize) -> bool {
        self.deferred.binary_search(&import).is_ok()
    }
}

/// What a symbol is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A function outside of any type.
    #[default]
    Function,
    /// A function of a type.
    Method,
    /// A type of any sort.
    Class,
    /// A constant or a variable.
    Constant,
    /// A module or namespace.
    Module,
}

/// Something that a source declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Name of the type or module around it; empty at the top.
    pub parent: String,
    /// The whole item, documentation excluded.
    pub span: Range<usize>,
    /// Its line, from 1.
    pub line: u32,
    /// Its head on one line.
    pub signature: String,
    /// Its documentation without the marks of comments; empty where there is none.
    pub doc: String,
    /// Visible outside its file or class.
    pub is_public: bool,
    /// Test code.
    pub is_test: bool,
    /// Names of the parameters, receiver excluded.
    pub parameters: Vec<String>,
    /// Lines with code.
    pub code_lines: u32,
    /// McCabe's number.
    pub cyclomatic: u32,
    /// Cognitive complexity.
    pub cognitive: u32,
}

/// A file that is no source, read whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Relative to the root of the project, with forward slashes.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A file of the project that is neither among the sources nor among the documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Relative to the root of the project, with forward slashes.
    pub path: String,
    /// Why, in a word or two: `size`, `generated`, `symlink`, `not named`.
    pub reason: String,
    /// As in [`Unit::language`](crate::Unit::language), by its name; empty for what is no source.
    pub language: String,
    /// How it is used, by its path.
    pub role: Role,
}

/// A block of at least ten lines that stands in two sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Index of the source that comes first.
    pub first: usize,
    /// Its place there.
    pub first_span: Range<usize>,
    /// Index of the other source.
    pub second: usize,
    /// Its place there.
    pub second_span: Range<usize>,
    /// Lines of code.
    pub lines: u32,
}

/// What a plugin may ask of the host. Everything about the unit of the running call; for operations with the permission `project`, also
/// about the other files.
pub trait Host {
    /// The functions of the unit, in the order of their place.
    fn functions(&self) -> Vec<Function>;

    /// Facts of the whole unit.
    fn measure(&self) -> Measures;

    /// Runs tree-sitter queries over the unit in one pass; a list is compiled once and kept. `#eq?`, `#not-eq?`, `#any-of?`, `#match?` and
    /// `#not-match?` work.
    ///
    /// # Errors
    /// A query that the grammar of the unit's language does not take.
    fn search_syntax(&self, queries: &[String]) -> Result<Captures, String>;

    /// Runs regular expressions over the unit; a list is compiled once and kept. Syntax of Rust's `regex` crate, multi-line mode on, ASCII
    /// classes.
    ///
    /// # Errors
    /// A pattern that is none.
    fn search_text(&self, patterns: &[String]) -> Result<Vec<Hit>, String>;

    /// The sources of the project, by path.
    fn sources(&self) -> Vec<Source> {
        Vec::new()
    }

    /// What is declared in one source, in the order of the file.
    fn symbols(&self, source: usize) -> Vec<Symbol> {
        let _ = source;
        Vec::new()
    }

    /// The different identifiers of one source, sorted.
    fn words(&self, source: usize) -> Vec<String> {
        let _ = source;
        Vec::new()
    }

    /// The documents that the operation asked for, by path.
    fn documents(&self) -> Vec<Document> {
        Vec::new()
    }

    /// Files of the project that were found and not handed over, by path. Whoever says that there is none of something asks here first.
    fn unread(&self) -> Vec<Unread> {
        Vec::new()
    }

    /// The different words of one of them, sorted; none where it could not be read as a text.
    fn unread_words(&self, file: usize) -> Vec<String> {
        let _ = file;
        Vec::new()
    }

    /// Blocks that stand in two different sources.
    fn repeats(&self) -> Vec<Repeat> {
        Vec::new()
    }

    /// Says something to whoever debugs the plugin.
    fn log(&self, message: &str) {
        let _ = message;
    }
}
