//! A question in words, asked once, with the budget, the ledger and the kept answers of every other one.

use super::ask::answers::get_answers;
use super::ask::budget::Budgets;
use super::ask::session::{Pending, Session};
use super::keys::answer_key;
use super::parts::Parts;
use super::plan::{Inquiry, ModelPart};
use super::prompt::prompt;
use crate::provider::likely_tokens;
use crate::types::{Question, Ticks, Usage};

/// What a model says in words.
const SCHEMA: &str = r#"{"type":"object","additionalProperties":false,"required":["answer"],"properties":{"answer":{"type":"string"}}}"#;

/// How the answer is to be wrapped.
const FORM: &str = "\n\nYou have no tools. Answer now, with JSON only: `answer` holds the whole answer, as Markdown.";

/// An answer in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeAnswer {
    /// Markdown, or so the model was told.
    pub text: String,
    /// Whether it was cut at `model.max-output-tokens`: this is its beginning.
    pub is_cut: bool,
    /// Whether it was kept already.
    pub is_hit: bool,
    /// What this question cost now.
    pub usage: Usage,
    /// What a kept answer had cost.
    pub saved: Ticks,
}

/// The question as it would be asked; `content` is data for the model.
pub fn free_question(instructions: &str, content: &str) -> Question {
    Question { instructions: format!("{instructions}{FORM}"), schema: SCHEMA.to_owned(), content: content.to_owned() }
}

/// Asks in words. `operation` is the name in the ledger.
///
/// # Errors
/// There is no model, the budget does not allow it, or there is no usable answer; in words.
pub fn ask_free(inquiry: &Inquiry, parts: &Parts<'_>, operation: &str, question: &Question) -> Result<FreeAnswer, String> {
    let model = match &inquiry.model {
        ModelPart::On(model) => model,
        ModelPart::Off => return Err("the model takes no part".to_owned()),
        ModelPart::Missing(reason) => return Err(reason.clone()),
    };
    let mut session = Session::new(parts.run().clone(), Budgets::new(inquiry.max_cost, []));
    let (prompt, _) = prompt(question);
    let key = answer_key(model.identity(), &prompt);
    let likely_tokens = likely_tokens(None, prompt.n_bytes(), Some(1.0));
    let pending = [Pending { unit: 0, operation: operation.to_owned(), prompt, key, likely_tokens, takes_cut: true }];
    let mut answers = get_answers(inquiry, parts, &mut session, model.as_ref(), &pending)?;
    let answer = answers.pop().unwrap_or_else(|| Err("it was not asked".to_owned()))?;
    let whole: Option<serde_json::Value> = serde_json::from_str(&answer.body).ok();
    let text = whole.as_ref().and_then(|value| value["answer"].as_str()).map(str::to_owned);
    let is_cut = text.is_none();
    let text = text.unwrap_or_else(|| beginning(&answer.body));
    Ok(FreeAnswer { text, is_cut, is_hit: session.hits > 0, usage: session.usage, saved: session.saved })
}

/// What the question would cost at most, and whether its answer is kept; none when there is no model.
pub fn price_of(inquiry: &Inquiry, parts: &Parts<'_>, question: &Question) -> Option<(Usage, bool)> {
    let ModelPart::On(model) = &inquiry.model else { return None };
    let (prompt, _) = prompt(question);
    let key = answer_key(model.identity(), &prompt);
    let now_s = parts.now_s();
    let is_kept = !inquiry.is_fresh && parts.or_nothing(parts.store.answers(now_s, &[key])).contains_key(&key);
    Some((model.reserve(&prompt), is_kept))
}

/// The text of an answer whose end is missing.
fn beginning(body: &str) -> String {
    let inside = body.trim_start().strip_prefix('{').and_then(|rest| rest.trim_start().strip_prefix("\"answer\""));
    let Some(text) = inside.and_then(|rest| rest.trim_start().strip_prefix(':')).and_then(|rest| rest.trim_start().strip_prefix('"'))
    else {
        return body.to_owned();
    };
    // An escape that was cut in two is at most six bytes long.
    let whole = (0..=6).filter_map(|n_bytes| text.get(..text.len().checked_sub(n_bytes)?));
    whole.filter_map(|text| serde_json::from_str(&format!("\"{text}\"")).ok()).next().unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_a_cut_answer_is_read() {
        assert_eq!(beginning(r#"{"answer": "one\ntw"#), "one\ntw");
        assert_eq!(beginning(r#"{"answer":"caf\u00"#), "caf");
        assert_eq!(beginning("## Verdict"), "## Verdict");
    }
}
