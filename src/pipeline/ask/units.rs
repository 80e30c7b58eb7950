//! Questions about units, follow-ups included: one door for those about files, functions, changes and projects.

use std::borrow::Cow;
use std::sync::Arc;

use super::answers::get_answers;
use super::session::{Pending, Session};
use crate::analyzer::{Conclusion, Subject};
use crate::pipeline::keys::answer_key;
use crate::pipeline::parts::Parts;
use crate::pipeline::plan::{Inquiry, PlannedOperation};
use crate::pipeline::prompt::prompt;
use crate::provider::{ChatModel, likely_tokens};
use crate::types::{AnswersUsed, Exchange, Question, Stage};

/// Questions that one unit may lead to, the first one included.
const MAX_ROUNDS: u32 = 3;

/// A unit, and the first question about it.
pub(in crate::pipeline) struct UnitQuestion<'a> {
    pub(in crate::pipeline) operation: &'a PlannedOperation,
    /// JSON of its options, as they are for this unit.
    pub(in crate::pipeline) options: Cow<'a, str>,
    pub(in crate::pipeline) subject: &'a Arc<Subject>,
    pub(in crate::pipeline) question: &'a Question,
}

/// What became of the questions about a unit.
pub(in crate::pipeline) struct UnitAnswers {
    /// What the analyzer concluded, one for each answer.
    pub(in crate::pipeline) conclusions: Vec<Conclusion>,
    /// Why there is no more.
    pub(in crate::pipeline) failure: Option<(Stage, String)>,
    /// When the earliest answer expires, in seconds since 1970.
    pub(in crate::pipeline) expires_at: i64,
    pub(in crate::pipeline) answers: AnswersUsed,
}

impl Default for UnitAnswers {
    fn default() -> Self {
        Self { conclusions: Vec::new(), failure: None, expires_at: i64::MAX, answers: AnswersUsed::default() }
    }
}

/// Asks about units and lets the analyzers conclude, in rounds: a conclusion may ask on. Gives what became of each unit, in their order.
pub(in crate::pipeline) fn ask_units(
    inquiry: &Inquiry,
    parts: &Parts<'_>,
    session: &mut Session,
    model: &dyn ChatModel,
    units: &[UnitQuestion<'_>],
) -> Vec<UnitAnswers> {
    let mut all: Vec<UnitAnswers> = units.iter().map(|_| UnitAnswers::default()).collect();
    let first = |(at, unit): (usize, &UnitQuestion<'_>)| pending(model, session, at, unit, unit.question);
    let mut open: Vec<Pending> = units.iter().enumerate().map(first).collect();
    let mut questions: Vec<Cow<'_, Question>> = units.iter().map(|unit| Cow::Borrowed(unit.question)).collect();
    for round in 1..=MAX_ROUNDS {
        if open.is_empty() {
            break;
        }
        let answers = get_answers(inquiry, parts, session, model, &open).unwrap_or_else(|reason| vec![Err(reason); open.len()]);
        let (mut next, mut follow_ups) = (Vec::new(), Vec::new());
        for ((asked, question), answer) in open.into_iter().zip(&questions).zip(answers) {
            let (unit, of_unit) = (&units[asked.unit], &mut all[asked.unit]);
            let concluded = answer.map_err(|reason| (Stage::Ask, reason)).and_then(|answer| {
                of_unit.expires_at = of_unit.expires_at.min(answer.expires_at);
                of_unit.answers.count += 1;
                of_unit.answers.cost += answer.cost;
                conclude(unit, Exchange { round, question, answer: &answer.body }).map_err(|error| {
                    // Kept, it would fail every run until it expires.
                    parts.or_nothing(parts.store.forget_answer(&asked.key));
                    (Stage::Verify, error)
                })
            });
            match concluded {
                Ok(mut conclusion) => {
                    match conclusion.follow_up.take() {
                        Some(_) if round == MAX_ROUNDS => {
                            of_unit.failure = Some((Stage::Verify, format!("more than {MAX_ROUNDS} questions about one unit")));
                        }
                        Some(follow_up) => {
                            next.push(pending(model, session, asked.unit, unit, &follow_up));
                            follow_ups.push(Cow::Owned(follow_up));
                        }
                        None => {}
                    }
                    of_unit.conclusions.push(conclusion);
                }
                Err(failure) => of_unit.failure = Some(failure),
            }
        }
        (open, questions) = (next, follow_ups);
    }
    all
}

fn conclude(unit: &UnitQuestion<'_>, exchange: Exchange<'_>) -> Result<Conclusion, String> {
    let PlannedOperation { analyzer, operation, .. } = unit.operation;
    analyzer.conclude(operation, unit.subject, &unit.options, exchange).map_err(|error| error.to_string())
}

fn pending(model: &dyn ChatModel, session: &mut Session, at: usize, unit: &UnitQuestion<'_>, question: &Question) -> Pending {
    let (prompt, n_replaced) = prompt(question);
    session.redacted += n_replaced as u32;
    let likely_tokens = likely_tokens(unit.subject.unit.language, prompt.n_bytes(), Some(1.0));
    let (key, operation) = (answer_key(model.identity(), &prompt), unit.operation.name());
    Pending { unit: at, operation, key, likely_tokens, prompt, takes_cut: false }
}
