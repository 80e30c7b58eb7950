//! Owns what a run looked at and what it did not, with the reasons.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RelPath, Role};

/// Why the filter declined a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// Named on the command line and not there.
    Missing,
    /// Not one of the languages that are parsed.
    Language,
    /// A text in no language that is parsed: secrets were looked for in it, and nothing else.
    SecretsOnly,
    /// Larger than `files.limit-size`.
    Size,
    /// Holds NUL bytes.
    Binary,
    /// Says that a program wrote it.
    Generated,
    /// Lines of more than 250 bytes on average, as minified code has.
    Minified,
    /// Somebody else's code, kept in the project.
    Vendored,
    /// Input of a test.
    Fixture,
    /// Output of a bundler.
    Bundle,
    /// `files.roles` leaves out the code that the project ships.
    Source,
    /// `files.roles` leaves out tests.
    Test,
    /// `files.roles` leaves out examples.
    Example,
    /// `files.roles` leaves out scripts.
    #[serde(rename = "script-role")]
    ScriptRole,
    /// `files.roles` leaves out stories.
    Story,
    /// Nothing in it but white space.
    Empty,
    /// Not UTF-8, such as a text in UTF-16.
    NotUtf8,
    /// A pipe, socket or device.
    Special,
    /// A symbolic link; its target is looked at in its own place.
    Symlink,
    /// Went away while the run was going on.
    Vanished,
    /// The change that was looked at deletes it.
    Deleted,
    /// A script did not keep it.
    Script,
    /// The settings for its path leave no analyzer for it.
    Override,
    /// Another repository, such as a submodule, that changed.
    Submodule,
    /// Only a filter that the repository names could tell what changed in it, and such programs are not run.
    Filter,
}

impl SkipReason {
    /// Whether the file is in no language that is parsed: nobody declined to analyse it.
    pub fn is_of_language(self) -> bool {
        matches!(self, Self::Language | Self::SecretsOnly)
    }

    /// All reasons.
    pub const ALL: [Self; 25] = [
        Self::Missing,
        Self::Language,
        Self::SecretsOnly,
        Self::Size,
        Self::Binary,
        Self::Generated,
        Self::Minified,
        Self::Vendored,
        Self::Fixture,
        Self::Bundle,
        Self::Source,
        Self::Test,
        Self::Example,
        Self::ScriptRole,
        Self::Story,
        Self::Empty,
        Self::NotUtf8,
        Self::Special,
        Self::Symlink,
        Self::Vanished,
        Self::Deleted,
        Self::Script,
        Self::Override,
        Self::Submodule,
        Self::Filter,
    ];

    /// The name in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Language => "language",
            Self::SecretsOnly => "secrets-only",
            Self::Size => "size",
            Self::Binary => "binary",
            Self::Generated => "generated",
            Self::Minified => "minified",
            Self::Vendored => "vendored",
            Self::Fixture => "fixture",
            Self::Bundle => "bundle",
            Self::Source => "source",
            Self::Test => "test",
            Self::Example => "example",
            Self::ScriptRole => "script-role",
            Self::Story => "story",
            Self::Empty => "empty",
            Self::NotUtf8 => "not-utf8",
            Self::Special => "special",
            Self::Symlink => "symlink",
            Self::Vanished => "vanished",
            Self::Deleted => "deleted",
            Self::Script => "script",
            Self::Override => "override",
            Self::Submodule => "submodule",
            Self::Filter => "filter",
        }
    }

    /// The reason called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }

    /// Why a file of a role that is not looked at is declined.
    pub fn of_role(role: Role) -> Self {
        match role {
            Role::Source => Self::Source,
            Role::Test => Self::Test,
            Role::Example => Self::Example,
            Role::Fixture => Self::Fixture,
            Role::Script => Self::ScriptRole,
            Role::Story => Self::Story,
            Role::Generated => Self::Generated,
            Role::Vendored => Self::Vendored,
            Role::Bundle => Self::Bundle,
        }
    }
}

/// Who gave a file its role, where that was not its path or text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum GivenBy {
    /// An override in `devflow.toml`.
    #[serde(rename = "devflow.toml")]
    Settings,
    /// An attribute such as `linguist-generated`.
    #[serde(rename = ".gitattributes")]
    Attributes,
}

impl GivenBy {
    /// The name in documents: the file that says so.
    pub fn name(self) -> &'static str {
        match self {
            Self::Settings => "devflow.toml",
            Self::Attributes => ".gitattributes",
        }
    }
}

/// A file that the filter declined.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Skipped {
    /// The file, from the root of the project.
    pub path: RelPath,
    /// Why the filter declined it.
    pub reason: SkipReason,
    /// Who says so, where the reason is a role that a file of the project gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_by: Option<GivenBy>,
}

impl Skipped {
    /// A file that was declined for what it is.
    pub fn new(path: RelPath, reason: SkipReason) -> Self {
        Self { path, reason, given_by: None }
    }
}

/// The stage in which something failed; the words of the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Finding files: arguments, globs, and the walk over the tree.
    Discover,
    /// Deciding which files are analyzed, and reading them.
    Filter,
    /// Rules and measures, without the model.
    Inspect,
    /// Getting answers, from the cache or the model.
    Ask,
    /// Checking answers against the code, and trying generated files.
    Verify,
}

impl Stage {
    /// The name in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Discover => "discover",
            Self::Filter => "filter",
            Self::Inspect => "inspect",
            Self::Ask => "ask",
            Self::Verify => "verify",
        }
    }
}

/// Something that should have been looked at and was not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// The file, from the root of the project; `.` for the project as a whole.
    pub path: RelPath,
    /// The stage in which it failed.
    pub stage: Stage,
    /// The plugin at work, if one was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub analyzer: Option<String>,
    /// The operation of that plugin.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub operation: Option<String>,
    /// The part of the file: `file`, or `lines 10-80` for a chunk.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unit: Option<String>,
    /// Why it failed, as a message for people.
    pub error: String,
}

impl Failure {
    /// A failure of a file as a whole, not of one operation on it.
    pub fn of_file(path: RelPath, stage: Stage, error: impl Into<String>) -> Self {
        Self { path, stage, analyzer: None, operation: None, unit: None, error: error.into() }
    }

    /// The same as a failure of one operation.
    #[must_use]
    pub fn by(self, analyzer: &str, operation: &str) -> Self {
        Self { analyzer: Some(analyzer.to_owned()), operation: Some(operation.to_owned()), ..self }
    }

    /// The same as a failure on a part of the file.
    #[must_use]
    pub fn in_unit(self, unit: &str) -> Self {
        Self { unit: Some(unit.to_owned()), ..self }
    }
}

/// What a run looked at and what it did not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Files that were found, skipped ones included.
    pub found: usize,
    /// Files looked at now, completely.
    pub analyzed: usize,
    /// Files whose results an earlier run left.
    pub reused: usize,
    /// Files declined, by path.
    pub skipped: Vec<Skipped>,
    /// What failed, by path.
    pub failed: Vec<Failure>,
}
