//! Owns asking: kept answers first, then the model, within budget, retries and limits; every answer is kept before it is used. Never
//! trusts an answer's claims.

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;

use super::asked::{Answer, Asked, Pending, locked};
use super::asker::Asker;
use super::inspect::{Inspected, Looked};
use super::prompt::{answer_key, prompt};
use super::{ModelPart, Parts, Plan};
use crate::analyzer::Conclusion;
use crate::provider::ChatModel;
use crate::types::{AnswersUsed, Digest, Failure, Question, RunEvent, Stage, Usage};

/// While nothing comes, a line says so this often, in seconds.
const TELL_EVERY_S: u64 = 10;

/// Questions that one unit may lead to, the first one included.
const MAX_ROUNDS: usize = 3;

/// A file on its way to verification.
pub(super) enum Answered {
    File(Box<AnsweredFile>),
    Other(Looked),
}

/// A file with what the analyzers concluded from the answers about it.
pub(super) struct AnsweredFile {
    pub(super) inspected: Inspected,
    /// By unit.
    pub(super) conclusions: Vec<(usize, Conclusion)>,
    pub(super) failures: Vec<Failure>,
    /// When the earliest answer expires, in seconds since 1970.
    pub(super) expires_at: i64,
    pub(super) answers: AnswersUsed,
}

/// Gets the answers of all units and lets the analyzers conclude. Whatever concerns one unit becomes a failure of its file.
pub(super) fn ask(plan: &Plan, parts: &Parts<'_>, asked: &mut Asked, looked: Vec<Looked>) -> Vec<Answered> {
    let mut files: Vec<Answered> = looked.into_iter().map(answered).collect();
    match &plan.model_part {
        ModelPart::Off => {}
        ModelPart::Missing(reason) => {
            for file in &mut files {
                if let Answered::File(file) = file {
                    file.failures.push(failure(plan, &file.inspected, None, Stage::Ask, reason.clone()));
                }
            }
        }
        ModelPart::On(model) => rounds(plan, parts, asked, model.as_ref(), &mut files),
    }
    files
}

fn answered(looked: Looked) -> Answered {
    match looked {
        Looked::Inspected(inspected) => Answered::File(Box::new(AnsweredFile {
            inspected: *inspected,
            conclusions: Vec::new(),
            failures: Vec::new(),
            expires_at: i64::MAX,
            answers: AnswersUsed::default(),
        })),
        other => Answered::Other(other),
    }
}

fn failure(plan: &Plan, inspected: &Inspected, unit: Option<usize>, stage: Stage, error: String) -> Failure {
    let unit = unit.map(|unit| &inspected.units[unit]);
    let operation = unit.map(|unit| &plan.operations[unit.operation]);
    Failure {
        path: inspected.read.file.path.clone(),
        stage,
        analyzer: operation.map(|operation| operation.analyzer.id().to_owned()),
        operation: operation.map(|operation| operation.operation.clone()),
        unit: unit.map(|unit| unit.label.clone()),
        error,
    }
}

fn rounds(plan: &Plan, parts: &Parts<'_>, asked: &mut Asked, model: &dyn ChatModel, files: &mut [Answered]) {
    let mut pending = first_questions(plan, model, asked, files);
    for round in 1..=MAX_ROUNDS {
        if pending.is_empty() {
            break;
        }
        let answers = get_answers(plan, parts, asked, model, &pending).unwrap_or_else(|reason| vec![Err(reason); pending.len()]);
        let mut next = Vec::new();
        for (question, answer) in pending.into_iter().zip(answers) {
            let Answered::File(file) = &mut files[question.file] else { continue };
            let AnsweredFile { inspected, conclusions, failures, expires_at, answers } = &mut **file;
            let unit = &inspected.units[question.unit];
            let operation = &plan.operations[unit.operation];
            let concluded = answer.map_err(|reason| (Stage::Ask, reason)).and_then(|answer| {
                *expires_at = (*expires_at).min(answer.expires_at);
                answers.count += 1;
                answers.cost += answer.cost;
                let conclusion = operation.analyzer.conclude(
                    &operation.operation,
                    &unit.subject,
                    &inspected.read.in_force.options(operation),
                    &answer.body,
                );
                conclusion.map_err(|error| {
                    // Kept, it would fail every run until it expires.
                    parts.or_nothing(parts.store.forget_answer(&question.key));
                    (Stage::Verify, error.to_string())
                })
            });
            match concluded {
                Ok(mut conclusion) => {
                    match conclusion.follow_up.take() {
                        Some(_) if round == MAX_ROUNDS => {
                            let reason = format!("more than {MAX_ROUNDS} questions about one unit");
                            failures.push(failure(plan, inspected, Some(question.unit), Stage::Verify, reason));
                        }
                        Some(follow_up) => {
                            next.push(pending_question(model, asked, (question.file, question.unit), &question.operation, &follow_up));
                        }
                        None => {}
                    }
                    conclusions.push((question.unit, conclusion));
                }
                Err((stage, reason)) => failures.push(failure(plan, inspected, Some(question.unit), stage, reason)),
            }
        }
        pending = next;
    }
}

fn pending_question(
    model: &dyn ChatModel,
    asked: &mut Asked,
    (file, unit): (usize, usize),
    operation: &str,
    question: &Question,
) -> Pending {
    let (prompt, n_replaced) = prompt(question);
    asked.redacted += n_replaced as u32;
    Pending { file, unit, operation: operation.to_owned(), key: answer_key(model.identity(), &prompt), prompt, takes_cut: false }
}

fn first_questions(plan: &Plan, model: &dyn ChatModel, asked: &mut Asked, files: &[Answered]) -> Vec<Pending> {
    let mut pending = Vec::new();
    for (file, answered) in files.iter().enumerate() {
        let Answered::File(answered) = answered else { continue };
        // Two operations that ask about one file send its secrets' placeholders twice; it is one text that was replaced.
        let (mut replaced, mut removed) = (BTreeSet::new(), BTreeSet::new());
        for (unit, work) in answered.inspected.units.iter().enumerate() {
            if let Some(question) = &work.question {
                let operation = &plan.operations[work.operation];
                let name = format!("{}:{}", operation.analyzer.id(), operation.operation);
                replaced.extend(work.redacted.places().map(|(span, _)| (work.start + span.start, work.start + span.end)));
                let hunks = work.subject.unit.hunks.iter().enumerate();
                removed.extend(
                    hunks.flat_map(|(hunk, one)| one.removed.match_indices("REDACTED_").map(move |(at, _)| (work.start, hunk, at))),
                );
                pending.push(pending_question(model, asked, (file, unit), &name, question));
            }
        }
        asked.redacted += (replaced.len() + removed.len()) as u32;
    }
    pending
}

/// Answers in the order of the questions: kept ones, and for the rest the model's.
///
/// # Errors
/// The store fails, so that nothing may be asked: what cannot be written down must not be paid.
pub(super) fn get_answers(
    plan: &Plan,
    parts: &Parts<'_>,
    asked: &mut Asked,
    model: &dyn ChatModel,
    pending: &[Pending],
) -> Result<Vec<Answer>, String> {
    let now_s = parts.clock.now_ns() / 1_000_000_000;
    let keys: Vec<Digest> = pending.iter().map(|question| question.key).collect();
    let kept = if plan.is_fresh { HashMap::new() } else { parts.store.answers(now_s, &keys).map_err(|error| error.to_string())? };
    let hits: Vec<Digest> = keys.iter().filter(|key| kept.contains_key(key)).copied().collect();
    // Copies of one file ask the same thing: it is asked once.
    let mut unique: HashMap<Digest, usize> = HashMap::new();
    let mut misses = Vec::new();
    for (at, question) in pending.iter().enumerate() {
        if !kept.contains_key(&question.key) && unique.insert(question.key, at).is_none() {
            misses.push(question);
        }
    }
    (parts.events)(RunEvent::Looked { hits: hits.len(), misses: misses.len() });
    asked.hits += hits.len();
    asked.misses += misses.len();
    asked.saved += hits.iter().filter_map(|key| kept.get(key)).map(|answer| answer.cost).sum();
    if !hits.is_empty() {
        parts.store.count_hits(now_s, &hits).map_err(|error| error.to_string())?;
    }
    let fresh = if misses.is_empty() { HashMap::new() } else { ask_all(plan, parts, asked, model, &misses)? };
    let answer = |question: &Pending| match kept.get(&question.key) {
        Some(answer) => Ok(answer.clone()),
        None => fresh.get(&question.key).cloned().unwrap_or_else(|| Err("it was not asked".to_owned())),
    };
    Ok(pending.iter().map(answer).collect())
}

/// Asks them side by side. The first question of a run goes alone: it shows whether the key, the address and the model are right, and warms
/// the provider's prompt cache for the others.
async fn ask_each(asker: &Asker<'_>, wanted: &[&Pending]) -> Vec<(Digest, Answer)> {
    let ask = async |question: &Pending| (question.key, asker.ask_one(question).await);
    let n_alone = usize::from(!asker.asked.health.has_answer() && !asker.asked.has_begun).min(wanted.len());
    let mut answers = Vec::with_capacity(wanted.len());
    let (alone, others) = wanted.split_at(n_alone);
    let concurrency = asker.plan.provider.concurrency;
    for part in [alone, others] {
        let mut stream = stream::iter(part.iter().map(|question| ask(question))).buffer_unordered(concurrency);
        let mut waited_s = 0;
        loop {
            match tokio::time::timeout(Duration::from_secs(TELL_EVERY_S), stream.next()).await {
                Ok(Some(answer)) => {
                    answers.push(answer);
                    waited_s = 0;
                }
                Ok(None) => break,
                Err(_) => {
                    waited_s += TELL_EVERY_S;
                    asker.tell_waiting(wanted.len() - answers.len(), waited_s);
                }
            }
        }
    }
    answers
}

fn ask_all(
    plan: &Plan,
    parts: &Parts<'_>,
    asked: &mut Asked,
    model: &dyn ChatModel,
    misses: &[&Pending],
) -> Result<HashMap<Digest, Answer>, String> {
    // A question whose answer nobody could check is not paid.
    let mut unfit: HashMap<Digest, Answer> = HashMap::new();
    for question in misses {
        let schema = &question.prompt.schema;
        if asked.validators.contains_key(schema) {
            continue;
        }
        let valid = serde_json::from_str(schema).map_err(|error| error.to_string());
        let validator = valid.and_then(|schema| jsonschema::validator_for(&schema).map_err(|error| error.to_string()));
        match validator {
            Ok(validator) => drop(asked.validators.insert(schema.clone(), validator)),
            Err(error) => {
                let detail: String = error.chars().take(200).collect();
                unfit.insert(question.key, Err(format!("the schema of its question is not valid: {detail}")));
            }
        }
    }
    let runtime = match asked.runtime.take() {
        Some(runtime) => runtime,
        None => {
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| format!("cannot start asking: {error}"))?
        }
    };
    let asker = Asker { plan, parts, asked, model, usage: Mutex::new(Usage::default()) };
    let wanted: Vec<&Pending> = misses.iter().filter(|question| !unfit.contains_key(&question.key)).copied().collect();
    let answers = runtime.block_on(ask_each(&asker, &wanted));
    let usage = *locked(&asker.usage);
    asked.has_begun = true;
    asked.usage += usage;
    asked.runtime = Some(runtime);
    Ok(answers.into_iter().chain(unfit).collect())
}
