//! Owns running a plugin natively, with devflow's own syntax and without a sandbox: for the tests of plugin authors. Checks no limit.
//!
//! ```
//! # use devflow_plugin::{Call, Category, Finding, Manifest, Plugin, Place, Report, Severity};
//! # struct Mine;
//! # impl Plugin for Mine {
//! #     fn manifest() -> Manifest { Manifest { id: "mine".into(), version: "1".into(), operations: vec![], rules: vec![] } }
//! # }
//! use devflow_plugin::testing::File;
//!
//! let report = File::new("python", "def f():\n    pass\n").inspect::<Mine>("file", "{}").unwrap();
//! assert!(report.findings.is_empty());
//! ```

use std::ops::Range;
use std::sync::LazyLock;

use devflow::analyzer::Subject;
use devflow::pipeline::unit;
use devflow::syntax::{Parsed, PatternCache, QueryCache, outline, parse, repeats};
use devflow::types::{self, Language, RelPath, SourceOutline, Span, SymbolKind};

use crate::{
    Call, Capture, Captures, Conclusion, Document, Function, Hit, Host, Hunk, Kind, Measures, Place, Plugin, Question, Repeat, Report,
    Role, Scope, Source, Symbol, Unit, Unread,
};

/// One file as a unit.
#[derive(Clone, Debug)]
pub struct File {
    unit: Unit,
}

/// A project as a unit.
#[derive(Debug, Default)]
pub struct Project {
    sources: Vec<SourceOutline>,
    comments: Vec<Vec<Range<usize>>>,
    documents: Vec<Document>,
    unread: Vec<(Unread, Vec<String>)>,
}

struct Native<'a> {
    text: &'a str,
    parsed: Option<Parsed>,
    project: &'a Project,
}

/// Compiled queries, kept for all tests of a program: compiling takes longer than most tests.
static QUERIES: LazyLock<QueryCache> = LazyLock::new(QueryCache::default);
static PATTERNS: LazyLock<PatternCache> = LazyLock::new(PatternCache::default);

fn language(name: &str) -> Language {
    #[expect(clippy::panic, reason = "a test that names no language cannot go on")]
    Language::from_name(name).unwrap_or_else(|| panic!("there is no language `{name}`"))
}

fn role(role: types::Role) -> Role {
    match role {
        types::Role::Source => Role::Source,
        types::Role::Test => Role::Test,
        types::Role::Example => Role::Example,
    }
}

fn range(span: Span) -> Range<usize> {
    span.start..span.end
}

impl File {
    /// A file of ordinary code.
    pub fn new(language: &str, text: &str) -> Self {
        Self { unit: Unit { language: language.to_owned(), text: text.to_owned(), ..Unit::default() } }
    }

    /// The file is test code.
    #[must_use]
    pub fn test(mut self) -> Self {
        self.unit.role = Role::Test;
        self
    }

    /// The file is a change: these places are new, and these lines were there before.
    #[must_use]
    pub fn changed(mut self, hunks: Vec<Hunk>) -> Self {
        self.unit.scope = Scope::Change;
        self.unit.hunks = hunks;
        self
    }

    /// The first function of the text, as an operation of scope `function` gets it: with the signatures of the others that it refers to.
    #[must_use]
    pub fn function(self) -> Self {
        #[expect(clippy::panic, reason = "a test of a function without a function cannot go on")]
        self.functions().into_iter().next().unwrap_or_else(|| panic!("there is no function in the text"))
    }

    /// All functions of the text, as an operation of scope `function` gets them.
    pub fn functions(&self) -> Vec<Self> {
        let role = if self.unit.role == Role::Test { types::Role::Test } else { types::Role::Source };
        let file = unit::whole(language(&self.unit.language), role, self.unit.text.clone());
        let function = |one: unit::FunctionUnit| {
            let types::Unit { text, outline, .. } = one.unit;
            Self { unit: Unit { scope: Scope::Function, text, outline, ..self.unit.clone() } }
        };
        unit::function_units(&Subject::new(file)).into_iter().map(function).collect()
    }

    /// What a plugin gets.
    pub fn unit(&self) -> &Unit {
        &self.unit
    }

    fn call<T>(&self, operation: &str, options: &str, work: impl FnOnce(&Call<'_>) -> T) -> T {
        let parsed = parse(language(&self.unit.language), &self.unit.text);
        let project = Project::default();
        let host = native(&self.unit.text, Some(parsed), &project);
        work(&Call { operation, unit: &self.unit, options, host: &host })
    }

    /// The static part.
    ///
    /// # Errors
    /// The plugin's own.
    pub fn inspect<P: Plugin>(&self, operation: &str, options: &str) -> Result<Report, String> {
        self.call(operation, options, P::inspect)
    }

    /// What would be asked.
    ///
    /// # Errors
    /// The plugin's own.
    pub fn question<P: Plugin>(&self, operation: &str, options: &str) -> Result<Option<Question>, String> {
        self.call(operation, options, P::question)
    }

    /// What comes of an answer.
    ///
    /// # Errors
    /// The plugin's own.
    pub fn conclude<P: Plugin>(&self, operation: &str, options: &str, answer: &str) -> Result<Conclusion, String> {
        self.call(operation, options, |call| P::conclude(call, answer))
    }
}

impl Project {
    /// An empty project.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a source; its name tells the language and the role, as it does for devflow.
    #[must_use]
    pub fn source(mut self, path: &str, text: &str) -> Self {
        #[expect(clippy::panic, reason = "a test that names no source cannot go on")]
        let language = Language::of(std::path::Path::new(path)).unwrap_or_else(|| panic!("`{path}` is no source"));
        let parsed = parse(language, text);
        let made = outline(RelPath::from(path), types::Role::of(path), &parsed, text.to_owned());
        let at = self.sources.partition_point(|known| known.path < made.path);
        self.sources.insert(at, made);
        self.comments.insert(at, parsed.comments);
        self
    }

    /// Adds a document.
    #[must_use]
    pub fn document(mut self, path: &str, text: &str) -> Self {
        let at = self.documents.partition_point(|known| known.path.as_str() < path);
        self.documents.insert(at, Document { path: path.to_owned(), text: text.to_owned() });
        self
    }

    /// Adds a file that is found and not handed over. With an empty text, nothing is known of its words.
    #[must_use]
    pub fn unread(mut self, path: &str, reason: &str, text: &str) -> Self {
        let language = Language::of(std::path::Path::new(path)).map_or(String::new(), |language| language.name().to_owned());
        let unread = Unread { path: path.to_owned(), reason: reason.to_owned(), language, role: role(types::Role::of(path)) };
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        let words: std::collections::BTreeSet<&str> = words.collect();
        let at = self.unread.partition_point(|(known, _)| known.path.as_str() < path);
        self.unread.insert(at, (unread, words.into_iter().map(str::to_owned).collect()));
        self
    }

    fn call<T>(&self, operation: &str, options: &str, work: impl FnOnce(&Call<'_>) -> T) -> T {
        let unit = Unit { scope: Scope::Project, ..Unit::default() };
        let host = native("", None, self);
        work(&Call { operation, unit: &unit, options, host: &host })
    }

    /// The static part.
    ///
    /// # Errors
    /// The plugin's own.
    pub fn inspect<P: Plugin>(&self, operation: &str, options: &str) -> Result<Report, String> {
        self.call(operation, options, P::inspect)
    }

    /// What would be asked.
    ///
    /// # Errors
    /// The plugin's own.
    pub fn question<P: Plugin>(&self, operation: &str, options: &str) -> Result<Option<Question>, String> {
        self.call(operation, options, P::question)
    }

    /// What comes of an answer.
    ///
    /// # Errors
    /// The plugin's own.
    pub fn conclude<P: Plugin>(&self, operation: &str, options: &str, answer: &str) -> Result<Conclusion, String> {
        self.call(operation, options, |call| P::conclude(call, answer))
    }

    /// Path, line and rule of each finding, sorted.
    pub fn places(&self, report: &Report) -> Vec<(String, usize, String)> {
        let line = |text: &str, at: usize| text.get(..at).map_or(0, |before| before.matches('\n').count() + 1);
        let place = |finding: &crate::Finding| {
            let (path, line) = match &finding.place {
                Place::Source(at, span) => (self.sources[*at].path.as_str().to_owned(), line(&self.sources[*at].text, span.start)),
                Place::Document(at, span) => (self.documents[*at].path.clone(), line(&self.documents[*at].text, span.start)),
                Place::Span(_) | Place::Quote { .. } => (String::new(), 0),
            };
            (path, line, finding.rule.clone())
        };
        let mut places: Vec<_> = report.findings.iter().map(place).collect();
        places.sort();
        places
    }
}

fn native<'a>(text: &'a str, parsed: Option<Parsed>, project: &'a Project) -> Native<'a> {
    Native { text, parsed, project }
}

impl Host for Native<'_> {
    fn functions(&self) -> Vec<Function> {
        let function = |f: &devflow::syntax::Function| Function {
            name: f.name.clone(),
            span: f.span.clone(),
            signature: f.signature.clone(),
            parameters: f.parameters.clone(),
            lines: f.lines,
            code_lines: f.code_lines,
            nesting: f.nesting,
            cyclomatic: f.cyclomatic,
            cognitive: f.cognitive,
            is_public: f.is_public,
            is_test: f.is_test,
            has_doc: f.has_doc,
        };
        self.parsed.iter().flat_map(|parsed| parsed.functions.iter().map(function)).collect()
    }

    fn measure(&self) -> Measures {
        let Some(parsed) = &self.parsed else { return Measures::default() };
        Measures {
            code_lines: parsed.lines.code,
            comment_lines: parsed.lines.comment,
            blank_lines: parsed.lines.blank,
            duplicates: parsed.duplicates.clone(),
            errors: parsed.errors.clone(),
            tests: parsed.tests.clone(),
            comments: parsed.comments.clone(),
        }
    }

    fn search_syntax(&self, queries: &[String]) -> Result<Captures, String> {
        let Some(parsed) = &self.parsed else { return Err("this unit has no syntax".to_owned()) };
        let found = QUERIES.search(parsed, self.text, queries).map_err(|error| error.to_string())?;
        let item = |c: devflow::syntax::Capture| Capture {
            query: c.query as usize,
            group: c.group as usize,
            name: c.name as usize,
            span: c.start as usize..c.end as usize,
        };
        Ok(Captures { names: found.names, items: found.items.into_iter().map(item).collect() })
    }

    fn search_text(&self, patterns: &[String]) -> Result<Vec<Hit>, String> {
        let hits = PATTERNS.search(self.text, patterns).map_err(|error| error.to_string())?;
        Ok(hits.into_iter().map(|hit| Hit { pattern: hit.pattern, span: hit.span, group: hit.group }).collect())
    }

    fn sources(&self) -> Vec<Source> {
        let source = |source: &SourceOutline| {
            let mut seen = Source {
                path: source.path.as_str().to_owned(),
                language: source.language.name().to_owned(),
                role: role(source.role),
                code_lines: source.code_lines,
                comment_lines: source.comment_lines,
                ..Source::default()
            };
            source.imports.iter().for_each(|imported| seen.add_import(&imported.name, range(imported.span), imported.is_deferred));
            seen
        };
        self.project.sources.iter().map(source).collect()
    }

    fn symbols(&self, source: usize) -> Vec<Symbol> {
        let symbol = |symbol: &types::Symbol| Symbol {
            name: symbol.name.clone(),
            kind: match symbol.kind {
                SymbolKind::Function => Kind::Function,
                SymbolKind::Method => Kind::Method,
                SymbolKind::Class => Kind::Class,
                SymbolKind::Constant => Kind::Constant,
                SymbolKind::Module => Kind::Module,
            },
            parent: symbol.parent.clone(),
            span: range(symbol.span),
            line: symbol.line,
            signature: symbol.signature.clone(),
            doc: symbol.doc.clone(),
            is_public: symbol.is_public,
            is_test: symbol.is_test,
            parameters: symbol.parameters.clone(),
            code_lines: symbol.code_lines,
            cyclomatic: symbol.cyclomatic,
            cognitive: symbol.cognitive,
        };
        self.project.sources.get(source).map(|source| source.symbols.iter().map(symbol).collect()).unwrap_or_default()
    }

    fn words(&self, source: usize) -> Vec<String> {
        self.project.sources.get(source).map(|source| source.words.clone()).unwrap_or_default()
    }

    fn documents(&self) -> Vec<Document> {
        self.project.documents.clone()
    }

    fn unread(&self) -> Vec<Unread> {
        self.project.unread.iter().map(|(unread, _)| unread.clone()).collect()
    }

    fn unread_words(&self, file: usize) -> Vec<String> {
        self.project.unread.get(file).map(|(_, words)| words.clone()).unwrap_or_default()
    }

    fn repeats(&self) -> Vec<Repeat> {
        let pairs = self.project.sources.iter().zip(&self.project.comments);
        let files: Vec<(&str, &[Range<usize>])> = pairs.map(|(source, comments)| (source.text.as_str(), comments.as_slice())).collect();
        let repeat = |repeat: types::Repeat| Repeat {
            first: repeat.first,
            first_span: range(repeat.first_span),
            second: repeat.second,
            second_span: range(repeat.second_span),
            lines: repeat.lines,
        };
        repeats(&files).into_iter().map(repeat).collect()
    }
}
