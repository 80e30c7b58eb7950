//! Owns a question in words, asked once, with the budget, the ledger and the kept answers of every other one. Never reads a file.

use super::ask::get_answers;
use super::asked::{Asked, Pending};
use super::budget::Budgets;
use super::prompt::{answer_key, prompt};
use super::{ModelPart, Parts, Plan, chance, report};
use crate::analyzer::redact;
use crate::types::{Question, RunId, Ticks, Usage};

/// What a model says in words.
const SCHEMA: &str = r#"{"type":"object","additionalProperties":false,"required":["answer"],"properties":{"answer":{"type":"string"}}}"#;

/// How the answer is to be wrapped.
const FORM: &str = "\n\nYou have no tools. Answer now, with JSON only: `answer` holds the whole answer, as Markdown.";

/// An answer in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeAnswer {
    /// Markdown, or so the model was told.
    pub text: String,
    /// Whether it was kept already.
    pub is_hit: bool,
    /// What this question cost now.
    pub usage: Usage,
    /// What a kept answer had cost.
    pub saved: Ticks,
}

/// The question as it would be sent; `content` is data for the model, and comes without its secrets.
pub fn free_question(instructions: &str, content: &str) -> Question {
    Question { instructions: format!("{}{FORM}", redact(instructions).text), schema: SCHEMA.to_owned(), content: redact(content).text }
}

/// Asks in words. `operation` is the name in the ledger.
///
/// # Errors
/// There is no model, the budget does not allow it, or there is no usable answer; in words.
pub fn ask_free(plan: &Plan, parts: &Parts<'_>, operation: &str, question: &Question) -> Result<FreeAnswer, String> {
    let model = match &plan.model_part {
        ModelPart::On(model) => model,
        ModelPart::Off => return Err("the model takes no part".to_owned()),
        ModelPart::Missing(reason) => return Err(reason.clone()),
    };
    let id = RunId(format!("{}-{:08x}", report::compact_time(parts.clock.now_ns()), chance::random() as u32));
    let mut asked = Asked::new(id, Budgets::new(plan.max_cost, []));
    let prompt = prompt(question);
    let key = answer_key(model.identity(), &prompt);
    let pending = [Pending { file: 0, unit: 0, operation: operation.to_owned(), prompt, key }];
    let mut answers = get_answers(plan, parts, &mut asked, model.as_ref(), &pending)?;
    let answer = answers.pop().unwrap_or_else(|| Err("it was not asked".to_owned()))?;
    let value: serde_json::Value = serde_json::from_str(&answer.body).map_err(|error| format!("the answer is no JSON: {error}"))?;
    let text = value["answer"].as_str().ok_or("the answer has no text")?.to_owned();
    Ok(FreeAnswer { text, is_hit: asked.hits > 0, usage: asked.usage, saved: asked.saved })
}

/// What the question would cost at most, and whether its answer is kept; none when there is no model.
pub fn price_of(plan: &Plan, parts: &Parts<'_>, question: &Question) -> Option<(Usage, bool)> {
    let ModelPart::On(model) = &plan.model_part else { return None };
    let prompt = prompt(question);
    let key = answer_key(model.identity(), &prompt);
    let now_s = parts.clock.now_ns() / 1_000_000_000;
    let is_kept = !plan.is_fresh && parts.or_nothing(parts.store.answers(now_s, &[key])).contains_key(&key);
    Some((model.reserve(&prompt), is_kept))
}
