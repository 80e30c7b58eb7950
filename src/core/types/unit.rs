//! Owns what one question is about and what is asked. Never finds or splits units.

use serde::{Deserialize, Serialize};

use super::{Language, Role, Span};

/// What a unit covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// A file, or a chunk of one.
    File,
    /// Hunks of a file.
    Change,
    /// One function.
    Function,
    /// A whole project.
    Project,
}

impl Scope {
    /// The name in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Change => "change",
            Self::Function => "function",
            Self::Project => "project",
        }
    }
}

/// A part of a file that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// Where the new lines stand in the text of the unit; empty where lines were only taken away.
    pub span: Span,
    /// The lines that were there before.
    pub removed: String,
}

/// One thing to look at. It bears no path, so that an answer survives a rename.
#[derive(Clone, Debug)]
pub struct Unit {
    /// What it covers.
    pub scope: Scope,
    /// Its language; `None` for a text in none that is parsed, and for a whole project.
    pub language: Option<Language>,
    /// How its file is used. Always [`Role::Source`] where a question is made.
    pub role: Role,
    /// The text to look at: of the source itself for the static part, with secrets replaced for the model part.
    pub text: String,
    /// Signatures of the same file that the text refers to and does not hold, one a line.
    pub outline: String,
    /// What was changed; empty for every scope but [`Scope::Change`].
    pub hunks: Vec<Hunk>,
    /// Where the text stands in the source.
    pub span: Span,
}

/// What an analyzer asks of the model for one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The same for every unit of an operation.
    pub instructions: String,
    /// JSON Schema of the answer; the same for every unit of an operation.
    pub schema: String,
    /// The unit's text and outline, with secrets replaced; fenced before it is sent.
    pub content: String,
}

/// What was asked about a unit, and what the model answered.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// 1 for the first question about the unit, one more for each follow-up.
    pub round: u32,
    /// As the analyzer asked it.
    pub question: &'a Question,
    /// JSON, already valid against the schema of the question.
    pub answer: &'a str,
}

/// Something generated: a test file, a page, a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Proposed path with forward slashes. Until the report it may hold `{dir}`, `{stem}` and `{ext}`, the parts of the unit's path.
    pub name: String,
    /// Such as `text/markdown`.
    pub media_type: String,
    /// The text.
    pub body: String,
    /// The language it must parse in.
    #[serde(skip)]
    pub language: Option<String>,
    /// Names that must occur in it as whole words.
    #[serde(skip)]
    pub must_name: Vec<String>,
}

/// Replaces a text that stands in the unit exactly once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// As it stands there.
    pub search: String,
    /// What comes in its place.
    pub replace: String,
}

/// A change of a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// One line.
    pub title: String,
    /// Not overlapping.
    pub edits: Vec<Edit>,
}
