//! Owns what a run has asked so far, and a question on its way. Never sends one.

use std::collections::HashMap;
use std::sync::Mutex;

use super::budget::Budgets;
use crate::provider::Prompt;
use crate::store::KeptAnswer;
use crate::types::{Digest, RunId, Ticks, Usage};

/// An answer, or why there is none.
pub(super) type Answer = Result<KeptAnswer, String>;

/// What a run has asked so far.
pub(super) struct Asked {
    pub(super) id: RunId,
    pub(super) usage: Usage,
    pub(super) hits: usize,
    pub(super) misses: usize,
    pub(super) saved: Ticks,
    pub(super) budgets: Mutex<Budgets>,
    /// Money that was set aside has come back.
    pub(super) freed: tokio::sync::Notify,
    /// Why the run asks no more.
    pub(super) stop: Mutex<Option<String>>,
    /// Units in a row that found nobody at the other end.
    pub(super) unreachable: Mutex<u32>,
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
            saved: Ticks(0),
            budgets: Mutex::new(budgets),
            freed: tokio::sync::Notify::new(),
            stop: Mutex::new(None),
            unreachable: Mutex::new(0),
            served: Mutex::default(),
            runtime: None,
            validators: HashMap::new(),
        }
    }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("no thread panics while it counts")
}
