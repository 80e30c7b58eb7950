//! Owns what decides a run: where, with which operations, settings and limits. Never runs anything.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::change;
use super::discover::PathArg;
use super::hooks::Hooks;
use super::overrides::{NestedSettings, Override};
use super::score::SCORING_VERSION;
use super::trial::TrialSettings;
use crate::analyzer::Analyzer;
use crate::config::{AnalyzerSettings, BatchSettings, FileSettings, GateSettings, ModelSettings, ProviderSettings};
use crate::git::DiffFile;
use crate::provider::ChatModel;
use crate::types::{Digest, Failure, KeyHasher, RelPath, Scope, Stage, Ticks};

/// One thing that an analyzer is to do with every unit.
#[derive(Clone)]
pub struct PlannedOperation {
    /// Who.
    pub analyzer: Arc<dyn Analyzer>,
    /// What, such as `file`.
    pub operation: String,
    /// JSON.
    pub options: String,
    /// What its units are.
    pub scope: Scope,
    /// Whether it may ask the model: its manifest wants to, and the settings allow it.
    pub asks_model: bool,
    /// Whether it may see outlines and documents: its manifest wants to, and the settings allow it.
    pub sees_project: bool,
    /// Whether it does nothing without the model.
    pub needs_model: bool,
    /// Why it goes without a permission that it would use, when it was asked for by name: then the run is incomplete.
    pub withheld: Option<String>,
    /// Most that its analyzer may spend in this run.
    pub max_cost: Option<Ticks>,
    /// Globs of documents that it reads whole.
    pub documents: Vec<String>,
    /// Folders that its options name, by option: everything in them is handed over as documents.
    pub folders: Vec<(String, PathBuf)>,
}

impl PlannedOperation {
    /// The failure of the whole operation.
    fn failure(&self, error: String) -> Failure {
        Failure {
            path: RelPath::from("."),
            stage: if self.needs_model { Stage::Ask } else { Stage::Inspect },
            analyzer: Some(self.analyzer.id().to_owned()),
            operation: Some(self.operation.clone()),
            unit: None,
            error,
        }
    }
}

/// Whether and how the model takes part in a run.
#[derive(Clone)]
pub enum ModelPart {
    /// Not at all; the run is complete without it.
    Off,
    /// It should, and cannot for the reason given: the run is incomplete.
    Missing(String),
    /// It does.
    On(Arc<dyn ChatModel>),
}

/// Everything that decides what a run does.
#[derive(Clone)]
pub struct Plan {
    /// What the user named, each by itself: it must be there and be looked at.
    pub paths: Vec<PathArg>,
    /// What a list on standard input, a selection or a script brought.
    pub listed: Vec<PathArg>,
    /// What was changed, for operations of scope `change`; by the path in the project.
    pub changes: BTreeMap<RelPath, DiffFile>,
    /// Root of the project; all paths are relative to it.
    pub project: PathBuf,
    /// Where relative arguments begin.
    pub working_directory: PathBuf,
    /// `[files]`
    pub files: FileSettings,
    /// `[batch]`
    pub batch: BatchSettings,
    /// `[gate]`
    pub gate: GateSettings,
    /// `[model]`
    pub model: ModelSettings,
    /// `[provider]`
    pub provider: ProviderSettings,
    /// `[analyzers]`
    pub analyzers: AnalyzerSettings,
    /// Most that the run may spend.
    pub max_cost: Option<Ticks>,
    /// How long an answer is kept, in seconds.
    pub answer_ttl_s: i64,
    /// What to do.
    pub operations: Vec<PlannedOperation>,
    /// Whether the model takes part.
    pub model_part: ModelPart,
    /// What is different for some paths.
    pub overrides: Vec<Override>,
    /// Asks for the settings of a folder below the root.
    pub nested: Option<Arc<NestedSettings>>,
    /// Functions of the user that take part.
    pub hooks: Option<Arc<dyn Hooks>>,
    /// How what is made is tried, if it is.
    pub trial: Option<TrialSettings>,
    /// Whether every row is told as soon as it is known.
    pub tells_rows: bool,
    /// Name of the pipeline, or empty.
    pub pipeline: String,
    /// Whether the run is one for the history. A look at one file is none.
    pub is_kept: bool,
    /// Whether kept results and answers are passed over (new ones are kept all the same).
    pub is_fresh: bool,
    /// How long runs on the project are kept, in days; 0 for ever.
    pub keep_days: i64,
    /// What is known to fail before anything is looked at, such as a file that is named and not in the diff.
    pub failures: Vec<Failure>,
    /// What the user should know before the model is asked.
    pub notices: Vec<String>,
}

/// Changes whenever the code that makes file results does; part of every plan digest, so that no result of an older engine is ever taken
/// for one of this engine.
const ENGINE_DIGEST: &str = env!("DEVFLOW_ENGINE_DIGEST");

impl Plan {
    /// Everything beside the file itself that decides its result.
    pub fn digest(&self) -> Digest {
        let mut key = KeyHasher::new("plan", 1);
        key.field(ENGINE_DIGEST.as_bytes()).field(&SCORING_VERSION.to_le_bytes());
        key.field(&[u8::from(self.files.generated), u8::from(self.files.minified)]);
        key.field(&self.files.limit_size.to_le_bytes());
        for rule in &self.analyzers.disabled_rules {
            key.field(b"disabled").field(rule.as_bytes());
        }
        for operation in &self.operations {
            key.field(operation.analyzer.id().as_bytes()).field(&operation.analyzer.digest().0);
            key.field(operation.operation.as_bytes()).field(operation.options.as_bytes());
            key.field(&[u8::from(operation.asks_model)]);
        }
        change::add_to_key(self, &mut key);
        match &self.model_part {
            ModelPart::Off => key.field(b"static"),
            ModelPart::Missing(_) => key.field(b"missing"),
            ModelPart::On(model) => {
                let identity = model.identity();
                key.field(b"model").field(identity.endpoint.as_bytes()).field(identity.dialect.name().as_bytes());
                key.field(identity.model.as_bytes()).field(identity.reasoning_effort.as_bytes());
                key.field(&identity.max_output_tokens.to_le_bytes()).field(&self.model.chunk_size.to_le_bytes());
                key.field(&self.answer_ttl_s.to_le_bytes())
            }
        };
        key.finish()
    }

    /// The plan without what would do nothing, and with what is known to be missing: an operation that needs the model has failed as a whole
    /// where none takes part, and so has a part of one that goes without a permission.
    pub(super) fn as_far_as_it_goes(&self) -> Cow<'_, Self> {
        let mut plan = Cow::Borrowed(self);
        for operation in &self.operations {
            if let Some(withheld) = &operation.withheld {
                plan.to_mut().failures.push(operation.failure(withheld.clone()));
            }
        }
        let why = match &self.model_part {
            ModelPart::On(_) => None,
            ModelPart::Off => Some("no model takes part"),
            ModelPart::Missing(reason) => Some(reason.as_str()),
        };
        // Without the permission to ask, nobody asks for it either.
        let is_idle = |operation: &PlannedOperation| operation.needs_model && (why.is_some() || !operation.asks_model);
        for operation in self.operations.iter().filter(|operation| is_idle(operation)) {
            let name = format!("{}:{}", operation.analyzer.id(), operation.operation);
            let why = why.unwrap_or("it may not ask");
            plan.to_mut().failures.push(operation.failure(format!("`{name}` does nothing without the model, and {why}")));
        }
        if self.operations.iter().any(is_idle) {
            plan.to_mut().operations.retain(|operation| !is_idle(operation));
        }
        plan
    }

    /// Whether an operation has units of this scope.
    pub fn has_scope(&self, scope: Scope) -> bool {
        self.operations.iter().any(|operation| operation.scope == scope)
    }

    /// Whether an operation looks at files one by one, or at parts of them.
    pub fn looks_at_files(&self) -> bool {
        self.operations.iter().any(|operation| operation.scope != Scope::Project)
    }

    /// Whether a row is known when its file is done: operations of a project and trials change rows at the end.
    pub(super) fn tells_early(&self) -> bool {
        self.trial.is_none() && self.hooks.is_none() && !self.has_scope(Scope::Project)
    }

    /// The project as the store knows it.
    pub fn root_name(&self) -> String {
        self.project.to_string_lossy().into_owned()
    }
}
