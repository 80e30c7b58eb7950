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

/// One thing to look at. It bears no path, so that an answer survives a rename.
#[derive(Clone, Debug)]
pub struct Unit {
    /// What it covers.
    pub scope: Scope,
    /// Its language.
    pub language: Language,
    /// How its file is used. Always [`Role::Source`] where a question is made.
    pub role: Role,
    /// The text to look at: of the source itself for the static part, with secrets replaced for the model part.
    pub text: String,
    /// Signatures of the same file that the text refers to and does not hold, one a line.
    pub outline: String,
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

/// Something generated: a test file, a page, a patch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Proposed file name.
    pub name: String,
    /// Such as `text/markdown`.
    pub media_type: String,
    /// The text.
    pub body: String,
}
