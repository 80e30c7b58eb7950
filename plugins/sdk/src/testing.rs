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

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

use devflow_core::analyzer::Subject;
use devflow_core::syntax::{Parsed, PatternCache, QueryCache, form, outline, parse, repeats};
use devflow_core::types::{self, Language, RelPath, SkipReason, SourceOutline};
use devflow_core::unit;

use crate::{
    Call, Captures, Conclusion, Document, Exchange, Finding, FormNode, Function, Hit, Host, Hunk, Measures, Place, Plugin, Question,
    Repeat, Report, Role, Scope, Source, Symbol, Unit, UnreadFile,
};

mod given {
    devflow_core::given_to_plugins!(crate::bindings::devflow::plugin);
}

/// One file as a unit.
#[derive(Clone, Debug)]
pub struct File {
    unit: Unit,
}

/// A project as a unit.
#[derive(Debug, Default)]
pub struct Project {
    files: types::Project,
    comments: Vec<Vec<Range<usize>>>,
}

struct Native<'a> {
    text: &'a str,
    parsed: Option<Parsed>,
    project: &'a Project,
}

/// Compiled queries, kept for all tests of a program: compiling takes longer than most tests.
static QUERIES: LazyLock<QueryCache> = LazyLock::new(QueryCache::default);
static PATTERNS: LazyLock<PatternCache> = LazyLock::new(PatternCache::default);

fn language(name: &str) -> Option<Language> {
    #[expect(clippy::panic, reason = "a test that names no language cannot go on")]
    let known = || Language::from_name(name).unwrap_or_else(|| panic!("there is no language `{name}`"));
    (!name.is_empty()).then(known)
}

impl File {
    /// A file of ordinary code; of a text without a language, where that is empty.
    pub fn new(language: &str, text: &str) -> Self {
        let plain = unit::plain_text(types::Role::Source, text.to_owned());
        Self { unit: given::unit(&types::Unit { language: self::language(language), ..plain }) }
    }

    /// The file is test code.
    #[must_use]
    pub fn test(self) -> Self {
        self.role(Role::Test)
    }

    /// The file is code of this role.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        self.unit.role = role;
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
        let plain = unit::plain_text(role, self.unit.text.clone());
        let file = types::Unit { language: language(&self.unit.language), ..plain };
        let function = |one: unit::FunctionUnit| Self { unit: Unit { role: self.unit.role, ..given::unit(&one.unit) } };
        unit::function_units(&Subject::new(file)).into_iter().map(function).collect()
    }

    /// What a plugin gets.
    pub fn unit(&self) -> &Unit {
        &self.unit
    }

    fn call<T>(&self, operation: &str, options: &str, work: impl FnOnce(&Call<'_>) -> T) -> T {
        let parsed = language(&self.unit.language).map(|language| parse(language, &self.unit.text));
        let project = Project::default();
        let host = native(&self.unit.text, parsed, &project);
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
        self.call(operation, options, |call| conclude::<P>(call, answer))
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
        let language = Language::of(Path::new(path)).unwrap_or_else(|| panic!("`{path}` is no source"));
        let parsed = parse(language, text);
        let made = outline(RelPath::from(path), types::Role::of(path, &types::NoFolders), &parsed, text.to_owned());
        let at = self.files.sources.partition_point(|known| known.path < made.path);
        self.files.sources.insert(at, made);
        self.comments.insert(at, parsed.comments);
        self
    }

    /// Adds a document.
    #[must_use]
    pub fn document(mut self, path: &str, text: &str) -> Self {
        let document = types::Document { path: RelPath::from(path), text: text.to_owned() };
        let at = self.files.documents.partition_point(|known| known.path < document.path);
        self.files.documents.insert(at, document);
        self
    }

    /// Adds a file that is found and not handed over; `reason` is one of those in the coverage, such as `size`. With an empty text, nothing
    /// is known of its words.
    #[must_use]
    pub fn unread(mut self, path: &str, reason: &str, text: &str) -> Self {
        #[expect(clippy::panic, reason = "a test with a reason that devflow never gives would prove nothing")]
        let reason = SkipReason::from_name(reason).unwrap_or_else(|| panic!("unknown skip reason `{reason}`"));
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        let words: BTreeSet<&str> = words.collect();
        let unread = types::Unread {
            path: RelPath::from(path),
            reason: Some(reason),
            language: Language::of(Path::new(path)),
            role: types::Role::of(path, &types::NoFolders),
            words: words.into_iter().map(str::to_owned).collect(),
        };
        let at = self.files.unread.partition_point(|known| known.path < unread.path);
        self.files.unread.insert(at, unread);
        self
    }

    fn call<T>(&self, operation: &str, options: &str, work: impl FnOnce(&Call<'_>) -> T) -> T {
        let unit = given::unit(&unit::project());
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
        self.call(operation, options, |call| conclude::<P>(call, answer))
    }

    /// Path, line and rule of each finding, sorted.
    pub fn places(&self, report: &Report) -> Vec<(String, usize, String)> {
        let line = |text: &str, at: usize| text.get(..at).map_or(0, |before| before.matches('\n').count() + 1);
        let place = |finding: &Finding| {
            let (path, line) = match &finding.place {
                Place::Source(place) => {
                    let source = &self.files.sources[place.index as usize];
                    (source.path.as_str().to_owned(), line(&source.text, place.span.range().start))
                }
                Place::Document(place) => {
                    let document = &self.files.documents[place.index as usize];
                    (document.path.as_str().to_owned(), line(&document.text, place.span.range().start))
                }
                Place::Span(_) | Place::Quote(_) => (String::new(), 0),
            };
            (path, line, finding.rule.clone())
        };
        let mut places: Vec<_> = report.findings.iter().map(place).collect();
        places.sort();
        places
    }
}

/// The form of a text, as the contract has it.
pub fn form_nodes(form: &[devflow_core::syntax::FormNode]) -> Vec<FormNode> {
    form.iter().map(given::form_node).collect()
}

fn native<'a>(text: &'a str, parsed: Option<Parsed>, project: &'a Project) -> Native<'a> {
    Native { text, parsed, project }
}

/// Concludes from the answer to the first question. A plugin that asks nothing gets an empty question.
fn conclude<P: Plugin>(call: &Call<'_>, answer: &str) -> Result<Conclusion, String> {
    let nothing = || Question { instructions: String::new(), schema: String::new(), content: String::new() };
    let question = P::question(call)?.unwrap_or_else(nothing);
    P::conclude(call, &Exchange { round: 1, question, answer: answer.to_owned() })
}

impl Native<'_> {
    fn source(&self, at: usize) -> Option<&SourceOutline> {
        self.project.files.sources.get(at)
    }
}

impl Host for Native<'_> {
    fn functions(&self) -> Vec<Function> {
        self.parsed.iter().flat_map(|parsed| parsed.functions.iter().map(given::function)).collect()
    }

    fn measure(&self) -> Measures {
        given::measures(self.parsed.as_ref())
    }

    fn form(&self) -> Vec<FormNode> {
        let form = self.parsed.iter().map(|parsed| form(parsed, self.text));
        form.flat_map(|form| form_nodes(&form)).collect()
    }

    fn search_syntax(&self, queries: &[String]) -> Result<Captures, String> {
        let Some(parsed) = &self.parsed else { return Err("this unit has no syntax".to_owned()) };
        QUERIES.search(parsed, self.text, queries).map(given::captures).map_err(|error| error.to_string())
    }

    fn search_text(&self, patterns: &[String]) -> Result<Vec<Hit>, String> {
        let hits = PATTERNS.search(self.text, patterns).map_err(|error| error.to_string())?;
        Ok(hits.into_iter().map(given::hit).collect())
    }

    fn sources(&self) -> Vec<Source> {
        self.project.files.sources.iter().map(given::source).collect()
    }

    fn symbols(&self, source: usize) -> Vec<Symbol> {
        self.source(source).map(|source| source.symbols.iter().map(given::symbol).collect()).unwrap_or_default()
    }

    fn words(&self, source: usize) -> Vec<String> {
        self.source(source).map(|source| source.words.clone()).unwrap_or_default()
    }

    fn documents(&self) -> Vec<Document> {
        self.project.files.documents.iter().map(given::document).collect()
    }

    fn unread(&self) -> Vec<UnreadFile> {
        self.project.files.unread.iter().map(given::unread).collect()
    }

    fn unread_words(&self, file: usize) -> Vec<String> {
        self.project.files.unread.get(file).map(|unread| unread.words.clone()).unwrap_or_default()
    }

    fn repeats(&self) -> Vec<Repeat> {
        let pairs = self.project.files.sources.iter().zip(&self.project.comments);
        let files: Vec<(&str, &[Range<usize>])> = pairs.map(|(source, comments)| (source.text.as_str(), comments.as_slice())).collect();
        repeats(&files).iter().map(given::repeat).collect()
    }
}
