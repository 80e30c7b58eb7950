//! Owns the vocabulary that a plugin shares with the host, as plain data. Every offset is a byte offset, end exclusive, on a character boundary.

use std::ops::Range;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Costs a little.
    Low,
    /// Will cost somebody an afternoon.
    Medium,
    /// A defect or a hole that somebody will hit.
    High,
    /// A hole that anybody can use.
    Critical,
}

/// What a finding is about; it decides which score the finding lowers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// Somebody hostile profits.
    Security,
    /// The program does something else than it says.
    Correctness,
    /// It costs time or memory without need.
    Performance,
    /// It is hard to follow.
    Complexity,
    /// It is hard to change.
    Maintainability,
    /// It is not explained, or wrongly.
    Documentation,
    /// The test does not test.
    Testing,
}

/// What one call is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// A file, or a chunk of one.
    #[default]
    File,
    /// Hunks of a file.
    Change,
    /// One function.
    Function,
    /// A whole project.
    Project,
}

/// How the code is used. Tests and examples deserve a milder judgement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Ordinary code.
    #[default]
    Source,
    /// Test code.
    Test,
    /// An example or a benchmark.
    Example,
}

/// A part of a file that was changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hunk {
    /// Where the new lines stand in the text of the unit; empty where lines were only taken away.
    pub span: Range<usize>,
    /// The lines that were there before.
    pub removed: String,
}

/// The thing to look at. It never bears a path: an answer must survive a rename.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// What it covers.
    pub scope: Scope,
    /// `rust`, `python`, `javascript`, `typescript`, `tsx`, `java`, `kotlin`, `go`, `c` or `cpp`; empty for a whole project.
    pub language: String,
    /// Always [`Role::Source`] in `question` and `conclude`, so that a question depends on the text alone.
    pub role: Role,
    /// Empty for a unit of scope [`Scope::Project`].
    pub text: String,
    /// Signatures of the same file that `text` refers to and does not hold, one a line.
    pub outline: String,
    /// What was changed; empty for every scope but [`Scope::Change`].
    pub hunks: Vec<Hunk>,
}

/// Where a finding is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Bytes of the unit's text.
    Span(Range<usize>),
    /// Code that the model quoted, and the line it claimed (from 1, 0 for none). The host looks for it and drops the finding if it is not
    /// there.
    Quote {
        /// As quoted.
        text: String,
        /// As claimed.
        line: u32,
    },
    /// Bytes of the source with this index in [`Host::sources`](crate::Host::sources).
    Source(usize, Range<usize>),
    /// Bytes of the document with this index in [`Host::documents`](crate::Host::documents).
    Document(usize, Range<usize>),
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Lower-case letters, digits and dashes, without the name of the plugin: the host adds it.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about.
    pub category: Category,
    /// One sentence that names the thing.
    pub message: String,
    /// Where.
    pub place: Place,
    /// What to do instead.
    pub suggestion: Option<String>,
    /// In percent, at most 100.
    pub confidence: u8,
}

/// Something generated: a test file, a page, a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Artifact {
    /// A proposed path with forward slashes; `{dir}`, `{stem}` and `{ext}` stand for the parts of the unit's path.
    pub name: String,
    /// Such as `text/markdown`.
    pub media_type: String,
    /// The text.
    pub body: String,
    /// The language it must parse in, else the host drops it.
    pub language: Option<String>,
    /// Names that must occur in it as whole words, else the host drops it.
    pub must_name: Vec<String>,
}

/// Replaces `search`, which must stand in the unit exactly once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// As it stands in the unit.
    pub search: String,
    /// What comes in its place.
    pub replace: String,
}

/// A change of the unit. The host drops it unless every edit fits and the result parses as well as before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// One line.
    pub title: String,
    /// In any order, not overlapping.
    pub edits: Vec<Edit>,
}

/// What one look gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// In any order.
    pub findings: Vec<Finding>,
    /// In the order they were made.
    pub artifacts: Vec<Artifact>,
    /// In the order they were made.
    pub patches: Vec<Patch>,
}

/// What to ask of the model. `instructions` and `schema` must not depend on the unit, so that the provider's prompt cache can keep them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What to do.
    pub instructions: String,
    /// JSON Schema of the answer.
    pub schema: String,
    /// The code; the host fences it as data.
    pub content: String,
}

/// What a plugin makes of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conclusion {
    /// What it found.
    pub report: Report,
    /// One more question about the same unit; the host allows a few rounds.
    pub follow_up: Option<Question>,
}

/// One thing that a plugin can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Such as `file`.
    pub name: String,
    /// One sentence.
    pub summary: String,
    /// What its units are.
    pub scope: Scope,
    /// Permission `model`.
    pub asks_model: bool,
    /// Permission `project`.
    pub sees_project: bool,
    /// Whether it does nothing without the model.
    pub needs_model: bool,
    /// Globs of documents to be read whole.
    pub documents: Vec<String>,
    /// JSON Schema of the options.
    pub options_schema: String,
}

impl Operation {
    /// An operation without permissions and options.
    pub fn new(name: &str, scope: Scope, summary: &str) -> Self {
        Self {
            name: name.to_owned(),
            summary: summary.to_owned(),
            scope,
            asks_model: false,
            sees_project: false,
            needs_model: false,
            documents: Vec::new(),
            options_schema: r#"{"type":"object","additionalProperties":false,"properties":{}}"#.to_owned(),
        }
    }

    /// It may ask the model.
    #[must_use]
    pub fn asks_model(mut self) -> Self {
        self.asks_model = true;
        self
    }

    /// It may ask the model, and does nothing without it: a run without one says so, and gives no scores for it.
    #[must_use]
    pub fn needs_model(mut self) -> Self {
        self.asks_model = true;
        self.needs_model = true;
        self
    }

    /// It may see the outlines of other files, and the documents that match `globs` whole.
    #[must_use]
    pub fn sees_project(mut self, globs: &[&str]) -> Self {
        self.sees_project = true;
        self.documents = globs.iter().map(|glob| (*glob).to_owned()).collect();
        self
    }

    /// It takes options that fit this JSON Schema; the host checks them and fills in nothing.
    #[must_use]
    pub fn options(mut self, schema: &str) -> Self {
        self.options_schema = schema.to_owned();
        self
    }
}

/// One rule as the plugin describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// Without the name of the plugin.
    pub id: String,
    /// In ordinary code.
    pub severity: Severity,
    /// What it is about.
    pub category: Category,
    /// One sentence.
    pub summary: String,
}

impl RuleInfo {
    /// A rule.
    pub fn new(id: &str, severity: Severity, category: Category, summary: &str) -> Self {
        Self { id: id.to_owned(), severity, category, summary: summary.to_owned() }
    }
}

/// What a plugin says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Its name: lower-case letters, digits and dashes.
    pub id: String,
    /// Its version.
    pub version: String,
    /// What it can do.
    pub operations: Vec<Operation>,
    /// What it may find.
    pub rules: Vec<RuleInfo>,
}
