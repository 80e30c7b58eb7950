//! What decides a run, in five parts: what to look at, with what, how to ask, how to judge, what to keep. A plan is made once and never
//! changed; each stage takes its own part.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::found::PathArg;
use super::hooks::Hooks;
use crate::analyzer::Analyzer;
use crate::config::{BatchSettings, FileSettings, GateSettings, ProviderSettings};
use crate::diag::Diagnostic;
use crate::git::DiffFile;
use crate::provider::ChatModel;
use crate::types::{Failure, RelPath, RepositoryState, Role, Scope, Severity, Stage, Ticks};

/// One thing that an analyzer is to do with every unit.
#[derive(Clone)]
pub struct PlannedOperation {
    /// The analyzer that is called for each of its units.
    pub analyzer: Arc<dyn Analyzer>,
    /// What, such as `file`.
    pub operation: String,
    /// Options as a JSON object; empty braces for none.
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
    /// The name as users write it, such as `review:file`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.analyzer.id(), self.operation)
    }

    /// A failure of this operation on a part of a file.
    pub(super) fn failure(&self, path: RelPath, stage: Stage, unit: &str, error: String) -> Failure {
        Failure::of_file(path, stage, error).by(self.analyzer.id(), &self.operation).in_unit(unit)
    }

    /// The failure of the whole operation.
    fn whole_failure(&self, error: String) -> Failure {
        let stage = if self.needs_model { Stage::Ask } else { Stage::Inspect };
        Failure::of_file(RelPath::from("."), stage, error).by(self.analyzer.id(), &self.operation)
    }
}

/// Whether and how the model takes part in a run.
#[derive(Clone)]
pub enum ModelPart {
    /// Not at all; the run is complete without it.
    Off,
    /// It should, and cannot for the reason given: the run is incomplete.
    Missing(String),
    /// It takes part, and requests go through this client.
    On(Arc<dyn ChatModel>),
}

/// What to look at.
#[derive(Clone)]
pub struct Target {
    /// Root of the project; all paths of results are relative to it.
    pub root: PathBuf,
    /// Where relative arguments begin.
    pub working_directory: PathBuf,
    /// What the user named, each by itself: it must be there and be looked at.
    pub paths: Vec<PathArg>,
    /// What a list on standard input, a selection or a script brought.
    pub listed: Vec<PathArg>,
    /// Files that a diff or a selection names, by their path in the project: those that cannot be looked at, and what changed in the others
    /// where an operation looks at changes.
    pub changes: BTreeMap<RelPath, DiffFile>,
    /// Section `[files]` of the settings.
    pub files: FileSettings,
    /// Threads of a walk; 0 for as many as there are processors.
    pub jobs: usize,
    /// What is known to fail before anything is looked at, such as a file that is named and not in the diff.
    pub failures: Vec<Failure>,
}

/// What is different for some paths.
#[derive(Clone, Debug)]
pub struct Override {
    /// Globs, relative to `folder`.
    pub paths: Vec<String>,
    /// Relative to the root of the project; empty for the root.
    pub folder: String,
    /// Analyzers that look at these files, and no others.
    pub analyzers: Option<Vec<String>>,
    /// What these files are.
    pub role: Option<Role>,
    /// Names of rules that are off.
    pub disabled_rules: Vec<String>,
    /// Severities by `analyzer/rule`, or by the name of the rule alone.
    pub severities: BTreeMap<String, Severity>,
    /// Options, by operation such as `review:file` and then by name; they count over those of the operation itself.
    pub options: BTreeMap<String, Map<String, Value>>,
}

/// Asks for what the settings of a folder say: those of a nested file, if there is one.
pub type NestedSettings = dyn Fn(&str) -> Result<Vec<Override>, Vec<Diagnostic>> + Send + Sync;

/// With what files are looked at.
#[derive(Clone)]
pub struct Tools {
    /// What to do with every unit.
    pub operations: Vec<PlannedOperation>,
    /// Names of rules that are off everywhere.
    pub disabled_rules: Vec<String>,
    /// What is different for some paths.
    pub overrides: Vec<Override>,
    /// Asks for the settings of a folder below the root.
    pub nested: Option<Arc<NestedSettings>>,
    /// Section `[batch]` of the settings.
    pub batch: BatchSettings,
    /// Bytes of a chunk that the model is asked about; none where nobody is asked.
    pub chunk_bytes: Option<usize>,
}

impl Tools {
    /// Whether an operation has units of this scope.
    pub fn has_scope(&self, scope: Scope) -> bool {
        self.operations.iter().any(|operation| operation.scope == scope)
    }

    /// Whether an operation looks at files one by one, or at parts of them.
    pub(super) fn looks_at_files(&self) -> bool {
        self.operations.iter().any(|operation| operation.scope != Scope::Project)
    }
}

/// How the model is asked.
#[derive(Clone)]
pub struct Inquiry {
    /// Whether the model is asked, and through which client.
    pub model: ModelPart,
    /// Section `[provider]` of the settings.
    pub provider: ProviderSettings,
    /// Most that the run may spend.
    pub max_cost: Option<Ticks>,
    /// How long an answer is kept, in seconds.
    pub answer_ttl_s: i64,
    /// Whether kept answers are passed over; new ones are kept all the same.
    pub is_fresh: bool,
    /// What the user should know before the model is asked.
    pub notices: Vec<String>,
}

/// How generated files and patches are tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialSettings {
    /// A command for a shell: it must succeed.
    pub command: String,
    /// Longest time of one run of it.
    pub limit: Duration,
    /// Whether an artifact about functions must make the command fail when one of them is faulty.
    pub mutate: bool,
    /// Variables of the environment that the command does not get: those that hold the provider's key.
    pub hidden: Vec<String>,
}

/// How results are judged.
#[derive(Clone)]
pub struct Judging {
    /// Section `[gate]` of the settings.
    pub gate: GateSettings,
    /// Functions of the user that take part.
    pub hooks: Option<Arc<dyn Hooks>>,
    /// How generated files are tried, if they are.
    pub trial: Option<TrialSettings>,
}

/// What is kept of a run, and what kept results are used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keeping {
    /// Name of the pipeline, or empty.
    pub pipeline: String,
    /// Whether the run is one for the history. A look at one file is none.
    pub is_kept: bool,
    /// Whether kept results are passed over; new ones are kept all the same.
    pub is_fresh: bool,
    /// How many runs on the project are kept; 0 for all.
    pub keep_runs: u64,
    /// How long runs on the project are kept, in days; 0 for ever.
    pub keep_days: i64,
    /// The repository that the project belongs to.
    pub repository: RepositoryState,
}

/// Everything that decides what a run does.
pub struct Plan {
    target: Target,
    tools: Tools,
    inquiry: Inquiry,
    judging: Judging,
    keeping: Keeping,
}

impl Plan {
    /// Puts the parts together. What would do nothing is left out and has failed: an operation that needs the model where none takes part,
    /// and a part of one that goes without a permission.
    pub fn new(mut target: Target, mut tools: Tools, inquiry: Inquiry, judging: Judging, keeping: Keeping) -> Self {
        let failed = idle(&mut tools.operations, &inquiry.model);
        target.failures.extend(failed);
        if !matches!(inquiry.model, ModelPart::On(_)) {
            tools.chunk_bytes = None;
        }
        Self { target, tools, inquiry, judging, keeping }
    }

    /// What to look at.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The operations of the run, and what they work under.
    pub fn tools(&self) -> &Tools {
        &self.tools
    }

    /// How the model is asked.
    pub fn inquiry(&self) -> &Inquiry {
        &self.inquiry
    }

    /// How results are judged.
    pub fn judging(&self) -> &Judging {
        &self.judging
    }

    /// What is kept of the run, and whether kept results are used.
    pub fn keeping(&self) -> &Keeping {
        &self.keeping
    }

    /// Whether a row is known when its file is done: operations of a project and trials change rows at the end.
    pub(super) fn tells_early(&self) -> bool {
        self.judging.trial.is_none() && self.judging.hooks.is_none() && !self.tools.has_scope(Scope::Project)
    }

    /// The project as the store knows it.
    pub fn root_name(&self) -> String {
        self.target.root.to_string_lossy().into_owned()
    }
}

/// Takes out operations that can do nothing, and tells what therefore fails.
fn idle(operations: &mut Vec<PlannedOperation>, model: &ModelPart) -> Vec<Failure> {
    let withheld = |operation: &PlannedOperation| operation.withheld.clone().map(|withheld| operation.whole_failure(withheld));
    let mut failures: Vec<Failure> = operations.iter().filter_map(withheld).collect();
    let why = match model {
        ModelPart::On(_) => None,
        ModelPart::Off => Some("no model takes part"),
        ModelPart::Missing(reason) => Some(reason.as_str()),
    };
    // Without the permission to ask, nobody asks for it either.
    let is_idle = |operation: &mut PlannedOperation| operation.needs_model && (why.is_some() || !operation.asks_model);
    failures.extend(operations.extract_if(.., is_idle).map(|operation| {
        let why = why.unwrap_or("it may not ask");
        operation.whole_failure(format!("`{}` does nothing without the model, and {why}", operation.name()))
    }));
    failures
}
