//! Why a project cannot do what it was asked to, as data: each door words it.

use thiserror::Error;

use crate::diag::Diagnostic;
use crate::pipeline::RunError;
use crate::store::StoreError;

/// What a failure means for whoever asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The request or the configuration is wrong; nothing was started.
    Usage,
    /// Something that was to be done could not be done.
    Incomplete,
}

/// What to do about a failure. Doors put it into words: the command line with its flags, a page with a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// A sentence that is the same at every door.
    Say(String),
    /// Another name was probably meant.
    Meant(String),
    /// Look at the list of analyzers and their operations.
    ListAnalyzers,
    /// The same for plugins alone.
    ListPlugins,
    /// Look at the list of pipelines; operations are written as `analyzer:operation`.
    ListPipelines,
    /// Look at the list of scripts.
    ListScripts,
    /// Look at the list of prompts.
    ListPrompts,
    /// Look at the list of kept runs.
    ListRuns,
    /// Name a folder for what is kept.
    NameHome,
    /// Name another folder for what is kept.
    OtherHome,
    /// Name a folder for what is kept that can be written to.
    WritableHome,
    /// Update devflow, or name another folder for what is kept.
    UpdateOrOtherHome,
    /// Wait for the other process, or name another folder for what is kept.
    WaitOrOtherHome,
    /// The database is damaged: move this file away.
    MoveAway(std::path::PathBuf),
    /// Run without a budget.
    NoBudget,
    /// Fetch a plugin again: its address with the checksum.
    AddPlugin(String),
    /// Take a plugin out of the project.
    RemovePlugin(String),
    /// Trust the component of a plugin of the project.
    TrustPlugin(String),
    /// Let the model take part: by a key in this variable, or by a server of one's own.
    GiveKey(String),
    /// Name a diff: an operation of the run looks at changes.
    NameDiff,
    /// Run a script by itself; a pipeline names only those of the project.
    RunScript,
    /// Give an option with the request instead of in the pipeline.
    GiveOption(String),
    /// Name a path with the request instead of in the pipeline.
    NamePath,
    /// Give a variable of a prompt, which means this.
    GiveVariable {
        /// Name of the variable, as the prompt declares it.
        name: String,
        /// What it is for.
        description: String,
    },
    /// Results of kept runs are removed by looking after the cache; a new run makes them again.
    RunAgain,
    /// Whoever asks chooses the format of what is shown at once in another way.
    FormatChooses,
}

/// Why something could not be done.
#[derive(Clone, Debug, Error)]
#[error("{message}")]
pub struct Error {
    /// What it means for whoever asked.
    pub kind: Kind,
    /// One line; empty where `diagnostics` say it all.
    pub message: String,
    /// What to do about it.
    pub hint: Option<Hint>,
    /// Mistakes in what the user wrote, each with its place.
    pub diagnostics: Vec<Diagnostic>,
}

/// What most functions of a project give.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The request or the configuration is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { kind: Kind::Usage, message: message.into(), hint: None, diagnostics: Vec::new() }
    }

    /// Something could not be done.
    pub fn incomplete(message: impl Into<String>) -> Self {
        Self { kind: Kind::Incomplete, ..Self::usage(message) }
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn hint(self, hint: Hint) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// Everything in one line, for a place where more would not fit. `word` puts hints into words.
    pub fn words(&self, word: &dyn Fn(&Hint) -> String) -> String {
        if self.diagnostics.is_empty() {
            return self.hint.as_ref().map_or(self.message.clone(), |hint| format!("{}; {}", self.message, word(hint)));
        }
        self.diagnostics.iter().map(mistake).collect::<Vec<_>>().join(", and ")
    }

    /// The same with a sentence of what to do about it.
    #[must_use]
    pub fn say(self, hint: impl Into<String>) -> Self {
        self.hint(Hint::Say(hint.into()))
    }
}

fn mistake(diagnostic: &Diagnostic) -> String {
    let label = diagnostic.excerpt.as_ref().map(|excerpt| excerpt.label.clone()).filter(|label| !label.is_empty());
    let place = diagnostic.excerpt.as_ref().map_or(String::new(), |excerpt| {
        let line = excerpt.text[..excerpt.range.start].matches('\n').count() + 1;
        format!("{}:{line}: ", excerpt.name)
    });
    let parts = [Some(format!("{place}{}", diagnostic.message)), label, diagnostic.hint.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

impl From<Vec<Diagnostic>> for Error {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics, ..Self::usage("") }
    }
}

impl From<Box<Diagnostic>> for Error {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Self::from(vec![*diagnostic])
    }
}

/// An error with all its causes on one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// What to do about a database that cannot be used.
fn store_hint(error: &StoreError) -> Hint {
    match error {
        StoreError::Damaged { path, .. } => Hint::MoveAway(path.clone()),
        StoreError::Newer { .. } => Hint::UpdateOrOtherHome,
        StoreError::Foreign { .. } => Hint::OtherHome,
        StoreError::Locked { .. } => Hint::WaitOrOtherHome,
        StoreError::Folder { .. } | StoreError::Unwritable { .. } | StoreError::Sqlite { .. } => Hint::WritableHome,
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::usage(chain(&error)).hint(store_hint(&error))
    }
}

impl From<RunError> for Error {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Threads(_) => Self::incomplete(chain(&error)),
            RunError::Mistakes(diagnostics) => Self::from(diagnostics),
            RunError::AllMissing { .. } | RunError::Glob { .. } => Self::usage(chain(&error)),
        }
    }
}
