//! Owns the dry run: what would be asked, and what it would cost. Never sends.

use std::collections::BTreeSet;

use super::inspection::{InspectionOutcome, UnitWork};
use super::keys::answer_key;
use super::parts::Parts;
use super::plan::{Inquiry, Tools};
use super::prompt::prompt;
use crate::analyzer::{Secrets, secrets};
use crate::provider::{ChatModel, Prompt, likely_tokens};
use crate::syntax::LineIndex;
use crate::types::{RelPath, Usage};

/// One question that a run would ask.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// The file that the question is about.
    pub path: RelPath,
    /// `file`, or the lines of a chunk.
    pub unit: String,
    /// Such as `review:file`.
    pub operation: String,
    /// Whether its answer is kept already.
    pub is_hit: bool,
    /// Exactly what would be sent.
    pub prompt: Prompt,
    /// Tokens that the prompt likely has.
    pub input_tokens: u64,
    /// What it may cost at most.
    pub most: Usage,
    /// What was replaced in it.
    pub replaced: Vec<Replaced>,
}

/// A text that was replaced in a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// Line of the file, from 1.
    pub line: u32,
    /// What stands there instead.
    pub placeholder: String,
    /// Such as `an AWS access key`.
    pub what: &'static str,
    /// The rule of `review` that reports it, if one does.
    pub rule: Option<&'static str>,
}

/// Shows every question of a batch with its price, and whether its answer is kept.
pub(super) fn forecast_batch(
    tools: &Tools,
    inquiry: &Inquiry,
    parts: &Parts<'_>,
    model: &dyn ChatModel,
    looked: &[InspectionOutcome],
    see: &mut dyn FnMut(&Forecast),
) {
    let now_s = parts.now_s();
    let factor = parts.or_nothing(parts.store.token_factor(&model.identity().model));
    // Copies of one file ask the same thing: it would be asked once.
    let mut seen = BTreeSet::new();
    for looked in looked {
        let InspectionOutcome::File(inspected) = looked else { continue };
        let lines = LineIndex::new(&inspected.subject.unit.text);
        let secrets = secrets(&inspected.subject.unit.text);
        for unit in &inspected.units {
            let Some(question) = &unit.question else { continue };
            let (prompt, _) = prompt(question);
            let key = answer_key(model.identity(), &prompt);
            let is_hit = !inquiry.is_fresh && parts.or_nothing(parts.store.answers(now_s, &[key])).contains_key(&key);
            if !seen.insert(key) {
                continue;
            }
            let operation = &tools.operations[unit.operation];
            see(&Forecast {
                path: inspected.read.file.path.clone(),
                unit: unit.label.clone(),
                operation: operation.name(),
                is_hit,
                input_tokens: likely_tokens(unit.subject.unit.language, prompt.n_bytes(), factor),
                most: model.reserve(&prompt),
                replaced: replaced(unit, &secrets, &lines),
                prompt,
            });
        }
    }
}

/// Both lists are in the order of the text.
fn replaced(unit: &UnitWork, secrets: &Secrets, lines: &LineIndex) -> Vec<Replaced> {
    let end = unit.redacted.places().last().map_or(0, |(span, _)| span.end);
    let known = secrets.inside(unit.start..unit.start + end);
    let replaced = unit.redacted.places().zip(known).map(|((span, placeholder), (_, what, rule))| {
        let line = lines.line(unit.start + span.start);
        Replaced { line, placeholder: placeholder.to_owned(), what, rule }
    });
    replaced.collect()
}
