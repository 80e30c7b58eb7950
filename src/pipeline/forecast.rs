//! Owns the dry run: what would be asked, and what it would cost. Never sends.

use std::collections::BTreeSet;

use super::inspect::Looked;
use super::prompt::{answer_key, prompt};
use super::{Parts, Plan};
use crate::provider::{ChatModel, Prompt, estimate_tokens};
use crate::types::{RelPath, Usage};

/// One question that a run would ask.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// The file.
    pub path: RelPath,
    /// `file`, or the lines of a chunk.
    pub unit: String,
    /// Such as `review:file`.
    pub operation: String,
    /// Whether its answer is kept already.
    pub is_hit: bool,
    /// Exactly what would be sent.
    pub prompt: Prompt,
    /// Tokens of the prompt, estimated a little high.
    pub input_tokens: u64,
    /// What it may cost at most.
    pub most: Usage,
}

/// Shows every question of a batch with its price, and whether its answer is kept.
pub(super) fn forecast_batch(plan: &Plan, parts: &Parts<'_>, model: &dyn ChatModel, looked: &[Looked], see: &mut dyn FnMut(&Forecast)) {
    let now_s = parts.clock.now_ns() / 1_000_000_000;
    // Copies of one file ask the same thing: it would be asked once.
    let mut seen = BTreeSet::new();
    for looked in looked {
        let Looked::Inspected(inspected) = looked else { continue };
        for unit in &inspected.units {
            let Some(question) = &unit.question else { continue };
            let prompt = prompt(question);
            let key = answer_key(model.identity(), &prompt);
            let is_hit = !plan.is_fresh && parts.or_nothing(parts.store.answers(now_s, &[key])).contains_key(&key);
            if !seen.insert(key) {
                continue;
            }
            let operation = &plan.operations[unit.operation];
            let text = [prompt.instructions.as_str(), &prompt.schema, &prompt.content].concat();
            see(&Forecast {
                path: inspected.read.file.path.clone(),
                unit: unit.label.clone(),
                operation: format!("{}:{}", operation.analyzer.id(), operation.operation),
                is_hit,
                input_tokens: estimate_tokens(&text),
                most: model.reserve(&prompt),
                prompt,
            });
        }
    }
}
