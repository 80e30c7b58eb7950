//! Owns what an analyzer is to the pipeline, and the check of its claims against the code. Never runs a plugin itself.

mod evidence;
mod redact;
mod secret_form;
mod secret_value;
mod secret_words;

use std::sync::{Arc, OnceLock};

pub use evidence::{Evidence, NotFound};
pub use redact::{KnownSecrets, Redacted, Secrets, redact, redact_known, redact_part, secrets};

use crate::syntax::{FormNode, Parsed, form, parse};
use crate::types::{Artifact, Category, Digest, Exchange, Language, Patch, Project, Question, Reason, Severity, Span, TextEdit, Unit};

/// Something that looks at units. A plugin is one packaged as a WASM component.
pub trait Analyzer: Send + Sync {
    /// Its name, such as `review`.
    fn id(&self) -> &str;

    /// Changes whenever its code does.
    fn digest(&self) -> Digest;

    /// The static part. `options` is JSON.
    ///
    /// # Errors
    /// What went wrong inside; it concerns this unit only.
    fn inspect(&self, operation: &str, subject: &Arc<Subject>, options: &str) -> Result<Claims, AnalyzerError>;

    /// Does once, before the first unit of a language, what would make that unit wait. `empty` is a unit without text. It has no effect on any
    /// result.
    fn prepare(&self, _operation: &str, _empty: &Arc<Subject>) {}

    /// What to ask of the model about this unit, if anything.
    ///
    /// # Errors
    /// See [`Analyzer::inspect`].
    fn question(&self, operation: &str, subject: &Arc<Subject>, options: &str) -> Result<Option<Question>, AnalyzerError>;

    /// Turns an answer of the model into claims.
    ///
    /// # Errors
    /// See [`Analyzer::inspect`].
    fn conclude(&self, operation: &str, subject: &Arc<Subject>, options: &str, exchange: Exchange<'_>)
    -> Result<Conclusion, AnalyzerError>;
}

/// What went wrong inside an analyzer, for one call.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct AnalyzerError {
    /// Lower case, names the analyzer where that helps.
    pub message: String,
}

/// A unit with its syntax, parsed when somebody asks for it.
#[derive(Debug)]
pub struct Subject {
    /// The unit.
    pub unit: Unit,
    /// What the operation may see of the rest; `None` without the permission `project`.
    pub project: Option<Arc<Project>>,
    parsed: OnceLock<Parsed>,
    form: OnceLock<Vec<FormNode>>,
}

impl Subject {
    /// A unit that nobody has parsed.
    pub fn new(unit: Unit) -> Self {
        Self { unit, project: None, parsed: OnceLock::new(), form: OnceLock::new() }
    }

    /// A unit of scope `project`.
    pub fn of_project(unit: Unit, project: Arc<Project>) -> Self {
        Self { unit, project: Some(project), parsed: OnceLock::new(), form: OnceLock::new() }
    }

    /// A unit whose text is parsed already.
    pub fn with_syntax(unit: Unit, parsed: Parsed) -> Self {
        Self { unit, project: None, parsed: OnceLock::from(parsed), form: OnceLock::new() }
    }

    /// The syntax of the unit's text; without anything in it where that has no language.
    pub fn parsed(&self) -> &Parsed {
        self.parsed.get_or_init(|| match self.unit.language {
            Some(language) => parse(language, &self.unit.text),
            // The syntax of no text is that of an empty one, in whatever language.
            None => parse(Language::ALL[0], ""),
        })
    }

    /// The form of the unit's text.
    pub fn form(&self) -> &[FormNode] {
        self.form.get_or_init(|| form(self.parsed(), &self.unit.text))
    }
}

/// Where a claim points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Bytes of the unit's text.
    Span(Span),
    /// Code that the model quoted, and the line it claimed (from 1, 0 for none). It has yet to be found.
    Quote {
        /// As quoted.
        text: String,
        /// As claimed, inside the unit.
        line: u32,
    },
    /// Bytes of a source of the project, by index.
    Source(usize, Span),
    /// Bytes of a document of the project, by index.
    Document(usize, Span),
}

/// A finding as an analyzer states it, before the host has checked its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Id of the rule, without the analyzer.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about.
    pub category: Category,
    /// One sentence.
    pub message: String,
    /// Where.
    pub place: Place,
    /// What to do instead.
    pub suggestion: Option<String>,
    /// In percent, at most 100.
    pub confidence: u8,
    /// Facts that it rests on, the weightiest first.
    pub reasons: Vec<Reason>,
    /// Other places that belong to it, and what they have to do with it.
    pub related: Vec<(Place, String)>,
    /// One change that mends it: bytes of the text that `place` is in.
    pub edits: Vec<TextEdit>,
}

/// What one call of an analyzer gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// In any order.
    pub findings: Vec<Claim>,
    /// In the order they were made.
    pub artifacts: Vec<Artifact>,
    /// In the order they were made.
    pub patches: Vec<Patch>,
}

/// What an analyzer makes of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conclusion {
    /// Its claims.
    pub claims: Claims,
    /// One more question about the same unit.
    pub follow_up: Option<Question>,
}
