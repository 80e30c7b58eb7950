//! What a plugin may ask of the host, as one trait, so that the same code runs in the sandbox and in a native test.

use crate::{Captures, Document, FormNode, Function, Hit, Measures, Repeat, Source, Symbol, UnreadFile};

/// What a plugin may ask of the host. Everything about the unit of the running call; for operations with the permission `project`, also
/// about the other files.
pub trait Host {
    /// The functions of the unit, in the order of their place.
    fn functions(&self) -> Vec<Function>;

    /// Facts of the whole unit.
    fn measure(&self) -> Measures;

    /// The form of the unit; see [`crate::facts::Facts`], which reads it.
    fn form(&self) -> Vec<FormNode> {
        Vec::new()
    }

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
    fn unread(&self) -> Vec<UnreadFile> {
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
