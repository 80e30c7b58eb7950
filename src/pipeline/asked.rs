//! Owns what a run has asked so far, and a question on its way. Never sends one.

use std::collections::HashMap;
use std::sync::Mutex;

use super::budget::Budgets;
use super::health::Health;
use super::{ModelPart, Plan};
use crate::provider::Prompt;
use crate::store::KeptAnswer;
use crate::types::{Asking, Digest, RunId, Ticks, Usage};

/// An answer, or why there is none.
pub(super) type Answer = Result<KeptAnswer, String>;

/// What a run has asked so far.
pub(super) struct Asked {
    pub(super) id: RunId,
    pub(super) usage: Usage,
    pub(super) hits: usize,
    pub(super) misses: usize,
    /// Whether a question of the run was sent.
    pub(super) has_begun: bool,
    pub(super) saved: Ticks,
    pub(super) budgets: Mutex<Budgets>,
    /// Money that was set aside has come back.
    pub(super) freed: tokio::sync::Notify,
    /// Whether and how the run may go on asking.
    pub(super) health: Health,
    /// Texts that were replaced in the questions.
    pub(super) redacted: u32,
    /// Models that answered in the place of the one that was asked for.
    pub(super) served: Mutex<std::collections::BTreeSet<String>>,
    /// Made for the first question and kept, since connections live in it.
    pub(super) runtime: Option<tokio::runtime::Runtime>,
    pub(super) validators: HashMap<String, jsonschema::Validator>,
}

/// A question on its way.
pub(super) struct Pending {
    pub(super) file: usize,
    pub(super) unit: usize,
    pub(super) operation: String,
    pub(super) prompt: Prompt,
    pub(super) key: Digest,
    /// Whether the beginning of an answer is better than none: it is for a person.
    pub(super) takes_cut: bool,
}

impl Pending {
    /// Who asks: the operation without its own name.
    pub(super) fn analyzer(&self) -> &str {
        self.operation.split(':').next().unwrap_or("")
    }
}

impl Asked {
    pub(super) fn new(id: RunId, budgets: Budgets) -> Self {
        Self {
            id,
            usage: Usage::default(),
            hits: 0,
            misses: 0,
            has_begun: false,
            saved: Ticks(0),
            budgets: Mutex::new(budgets),
            freed: tokio::sync::Notify::new(),
            health: Health::default(),
            redacted: 0,
            served: Mutex::default(),
            runtime: None,
            validators: HashMap::new(),
        }
    }

    /// What there is to say at the end.
    pub(super) fn summary(&self, plan: &Plan) -> Asking {
        let is_priced = match &plan.model_part {
            ModelPart::On(model) => model.is_priced(),
            ModelPart::Off | ModelPart::Missing(_) => true,
        };
        let remedy = self.health.remedy();
        Asking { remedy, is_unpriced: !is_priced && self.usage.requests > 0 && self.usage.cost == Ticks(0), redacted: self.redacted }
    }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("no thread panics while it counts")
}
