//! Answers to many questions: kept ones first, then the model's, side by side.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream;

use super::locked::locked;
use super::request::Requester;
use super::session::{Answer, Pending, Session};
use crate::pipeline::parts::{INTERRUPTED, Parts};
use crate::pipeline::plan::Inquiry;
use crate::provider::ChatModel;
use crate::types::{Digest, RunEventKind, Usage};

/// How often it is looked whether the run should end.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// While nothing comes, a line says so this often, in seconds.
const TELL_EVERY_S: u64 = 10;

/// Answers in the order of the questions: kept ones, and for the rest the model's.
///
/// # Errors
/// The store fails, so that nothing may be asked: what cannot be written down must not be paid.
pub(in crate::pipeline) fn get_answers(
    inquiry: &Inquiry,
    parts: &Parts<'_>,
    session: &mut Session,
    model: &dyn ChatModel,
    pending: &[Pending],
) -> Result<Vec<Answer>, String> {
    let now_s = parts.now_s();
    let keys: Vec<Digest> = pending.iter().map(|question| question.key).collect();
    let kept = if inquiry.is_fresh { HashMap::new() } else { parts.store.answers(now_s, &keys).map_err(|error| error.to_string())? };
    let hits: Vec<Digest> = keys.iter().filter(|key| kept.contains_key(key)).copied().collect();
    // Copies of one file ask the same thing: it is asked once.
    let mut unique: HashMap<Digest, usize> = HashMap::new();
    let mut misses = Vec::new();
    for (at, question) in pending.iter().enumerate() {
        if !kept.contains_key(&question.key) && unique.insert(question.key, at).is_none() {
            misses.push(question);
        }
    }
    parts.tell(RunEventKind::AnswersLookedUp { hits: hits.len(), misses: misses.len() });
    session.hits += hits.len();
    session.misses += misses.len();
    session.saved += hits.iter().filter_map(|key| kept.get(key)).map(|answer| answer.cost).sum();
    if !hits.is_empty() {
        parts.store.count_hits(now_s, &hits).map_err(|error| error.to_string())?;
    }
    let fresh = if misses.is_empty() { HashMap::new() } else { ask_all(inquiry, parts, session, model, &misses)? };
    let answer = |question: &Pending| match kept.get(&question.key) {
        Some(answer) => Ok(answer.clone()),
        None => fresh.get(&question.key).cloned().unwrap_or_else(|| Err(not_asked(parts))),
    };
    Ok(pending.iter().map(answer).collect())
}

/// Why there is no answer to a question that nobody refused to ask.
fn not_asked(parts: &Parts<'_>) -> String {
    if parts.cancel.is_cancelled() { format!("{INTERRUPTED} before its answer came") } else { "it was not asked".to_owned() }
}

/// Asks them side by side. The first question of a run goes alone: it shows whether the key, the address and the model are right, and warms
/// the provider's prompt cache for the others.
async fn ask_each(asker: &Requester<'_>, wanted: &[&Pending]) -> Vec<(Digest, Answer)> {
    let ask = async |question: &Pending| (question.key, asker.ask_one(question).await);
    let n_alone = usize::from(!asker.session.health.has_answer() && !asker.session.has_begun).min(wanted.len());
    let mut answers = Vec::with_capacity(wanted.len());
    let (alone, others) = wanted.split_at(n_alone);
    let concurrency = asker.inquiry.provider.concurrency;
    let mut farewell = Farewell::default();
    for part in [alone, others] {
        let mut stream = stream::iter(part.iter().map(|question| ask(question))).buffer_unordered(concurrency);
        let (mut last, mut told_s) = (Instant::now(), 0);
        loop {
            match tokio::time::timeout(LOOK_EVERY, stream.next()).await {
                Ok(Some(answer)) => {
                    answers.push(answer);
                    (last, told_s) = (Instant::now(), 0);
                }
                Ok(None) => break,
                Err(_) if last.elapsed().as_secs() >= told_s + TELL_EVERY_S => {
                    told_s += TELL_EVERY_S;
                    asker.tell_waiting(wanted.len() - answers.len(), told_s);
                }
                Err(_) => {}
            }
            // Requests that are dropped here stay charged at their estimates: nobody knows what became of them.
            if farewell.is_over(asker) {
                return answers;
            }
        }
    }
    answers
}

/// The time that requests on their way get when the run should end.
#[derive(Default)]
struct Farewell {
    since: Option<Instant>,
    /// Seconds that were told last.
    told_s: Option<u64>,
}

impl Farewell {
    /// Whether nothing more is waited for; tells how long it still is.
    fn is_over(&mut self, asker: &Requester<'_>) -> bool {
        let Some(wait) = asker.parts.cancel.wait() else { return false };
        let left = wait.saturating_sub(self.since.get_or_insert_with(Instant::now).elapsed());
        let (n_requests, wait_s) = (asker.session.n_on_way.load(Ordering::Relaxed), left.as_secs_f64().ceil() as u64);
        if n_requests > 0 && !left.is_zero() && self.told_s != Some(wait_s) {
            self.told_s = Some(wait_s);
            asker.parts.tell(RunEventKind::Cancelling { n_requests, wait_s });
        }
        left.is_zero()
    }
}

fn ask_all(
    inquiry: &Inquiry,
    parts: &Parts<'_>,
    session: &mut Session,
    model: &dyn ChatModel,
    misses: &[&Pending],
) -> Result<HashMap<Digest, Answer>, String> {
    // A question whose answer nobody could check is not paid.
    let mut unfit: HashMap<Digest, Answer> = HashMap::new();
    for question in misses {
        let schema = &question.prompt.schema;
        if session.validators.contains_key(schema) {
            continue;
        }
        let valid = serde_json::from_str(schema).map_err(|error| error.to_string());
        let validator = valid.and_then(|schema| jsonschema::validator_for(&schema).map_err(|error| error.to_string()));
        match validator {
            Ok(validator) => drop(session.validators.insert(schema.clone(), validator)),
            Err(error) => {
                let detail: String = error.chars().take(200).collect();
                unfit.insert(question.key, Err(format!("the schema of its question is not valid: {detail}")));
            }
        }
    }
    let runtime = match session.runtime.take() {
        Some(runtime) => runtime,
        None => {
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| format!("cannot start asking: {error}"))?
        }
    };
    let asker = Requester { inquiry, parts, session, model, usage: Mutex::new(Usage::default()) };
    let wanted: Vec<&Pending> = misses.iter().filter(|question| !unfit.contains_key(&question.key)).copied().collect();
    let answers = runtime.block_on(ask_each(&asker, &wanted));
    let usage = *locked(&asker.usage);
    session.has_begun = true;
    session.usage += usage;
    session.runtime = Some(runtime);
    Ok(answers.into_iter().chain(unfit).collect())
}
