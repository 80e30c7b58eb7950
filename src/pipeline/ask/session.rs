//! State of asking during a run: budgets, totals, validators, the runtime; and a question on its way.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

use super::budget::Budgets;
use super::health::Health;
use crate::pipeline::plan::ModelPart;
use crate::provider::Prompt;
use crate::store::KeptAnswer;
use crate::types::{Asking, Digest, RunId, Ticks, Usage};

/// An answer, or why there is none.
pub(in crate::pipeline) type Answer = Result<KeptAnswer, String>;

/// What a run has asked so far.
pub(in crate::pipeline) struct Session {
    pub(in crate::pipeline) id: RunId,
    pub(in crate::pipeline) usage: Usage,
    pub(in crate::pipeline) hits: usize,
    pub(in crate::pipeline) misses: usize,
    /// Whether a question of the run was sent.
    pub(in crate::pipeline) has_begun: bool,
    pub(in crate::pipeline) saved: Ticks,
    pub(in crate::pipeline) budgets: Mutex<Budgets>,
    /// Money that was set aside has come back.
    pub(in crate::pipeline) freed: tokio::sync::Notify,
    /// Requests on their way.
    pub(in crate::pipeline) n_on_way: AtomicUsize,
    /// Whether and how the run may go on asking.
    pub(in crate::pipeline) health: Health,
    /// Texts that were replaced in the questions.
    pub(in crate::pipeline) redacted: u32,
    /// Models that answered in the place of the one that was asked for.
    pub(in crate::pipeline) served: Mutex<std::collections::BTreeSet<String>>,
    /// Made for the first question and kept, since connections live in it.
    pub(in crate::pipeline) runtime: Option<tokio::runtime::Runtime>,
    pub(in crate::pipeline) validators: HashMap<String, jsonschema::Validator>,
}

/// A question on its way.
pub(in crate::pipeline) struct Pending {
    /// Which of those that are asked about.
    pub(in crate::pipeline) unit: usize,
    pub(in crate::pipeline) operation: String,
    pub(in crate::pipeline) prompt: Prompt,
    pub(in crate::pipeline) key: Digest,
    /// Tokens that the prompt likely has, by bytes and language alone.
    pub(in crate::pipeline) likely_tokens: u64,
    /// Whether the beginning of an answer is better than none: it is for a person.
    pub(in crate::pipeline) takes_cut: bool,
}

impl Pending {
    /// Who asks: the operation without its own name.
    pub(in crate::pipeline) fn analyzer(&self) -> &str {
        self.operation.split(':').next().unwrap_or("")
    }
}

impl Session {
    pub(in crate::pipeline) fn new(id: RunId, budgets: Budgets) -> Self {
        Self {
            id,
            usage: Usage::default(),
            hits: 0,
            misses: 0,
            has_begun: false,
            saved: Ticks(0),
            budgets: Mutex::new(budgets),
            freed: tokio::sync::Notify::new(),
            n_on_way: AtomicUsize::new(0),
            health: Health::default(),
            redacted: 0,
            served: Mutex::default(),
            runtime: None,
            validators: HashMap::new(),
        }
    }

    /// What there is to say at the end.
    pub(in crate::pipeline) fn summary(&self, model: &ModelPart) -> Asking {
        let is_priced = match model {
            ModelPart::On(model) => model.is_priced(),
            ModelPart::Off | ModelPart::Missing(_) => true,
        };
        let remedy = self.health.remedy();
        Asking { remedy, is_unpriced: !is_priced && self.usage.requests > 0 && self.usage.cost == Ticks(0), redacted: self.redacted }
    }
}
