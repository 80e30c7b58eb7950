//! Owns asking: kept answers first, then the model, within budget, retries and limits; every answer is kept before it is used. Never
//! trusts an answer's claims.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;

use super::chance::random;
use super::inspect::{Inspected, Looked};
use super::prompt::{answer_key, prompt};
use super::{ModelPart, Parts, Plan};
use crate::analyzer::Conclusion;
use crate::provider::{AskError, Billing, ChatModel, MAX_RETRY_AFTER, Prompt, Reach, Reply};
use crate::store::{Intent, IntentId, KeptAnswer, Settlement, StoreError};
use crate::types::{Digest, Failure, Question, RunEvent, RunId, Stage, Ticks, Usage};

/// Questions that one unit may lead to, the first one included.
const MAX_ROUNDS: usize = 3;

/// Longest wait between two tries.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// Units in a row that find nobody at the other end before the run stops asking.
const UNREACHABLE_UNITS: u32 = 2;

/// A file on its way to verification.
pub(super) enum Answered {
    File { inspected: Box<Inspected>, conclusions: Vec<(usize, Conclusion)>, failures: Vec<Failure>, expires_at: i64 },
    Other(Looked),
}

/// What a run has asked so far.
pub(super) struct Asked {
    pub(super) id: RunId,
    pub(super) usage: Usage,
    pub(super) hits: usize,
    pub(super) misses: usize,
    pub(super) saved: Ticks,
    budget: Mutex<Budget>,
    /// Money that was set aside has come back.
    freed: tokio::sync::Notify,
    /// Why the run asks no more.
    stop: Mutex<Option<String>>,
    /// Units in a row that found nobody at the other end.
    unreachable: Mutex<u32>,
    /// Models that answered in the place of the one that was asked for.
    served: Mutex<std::collections::BTreeSet<String>>,
    /// Made for the first question and kept, since connections live in it.
    runtime: Option<tokio::runtime::Runtime>,
    validators: HashMap<String, jsonschema::Validator>,
}

#[derive(Default)]
struct Budget {
    limit: Option<Ticks>,
    spent: Ticks,
    reserved: Ticks,
}

/// A question on its way.
struct Pending {
    file: usize,
    unit: usize,
    operation: String,
    prompt: Prompt,
    key: Digest,
}

impl Asked {
    pub(super) fn new(id: RunId, limit: Option<Ticks>) -> Self {
        Self {
            id,
            usage: Usage::default(),
            hits: 0,
            misses: 0,
            saved: Ticks(0),
            budget: Mutex::new(Budget { limit, ..Budget::default() }),
            freed: tokio::sync::Notify::new(),
            stop: Mutex::new(None),
            unreachable: Mutex::new(0),
            served: Mutex::default(),
            runtime: None,
            validators: HashMap::new(),
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("no thread panics while it counts")
}

/// Gets the answers of all units and lets the analyzers conclude. Whatever concerns one unit becomes a failure of its file.
pub(super) fn ask(plan: &Plan, parts: &Parts<'_>, asked: &mut Asked, looked: Vec<Looked>) -> Vec<Answered> {
    let mut files: Vec<Answered> = looked.into_iter().map(answered).collect();
    match &plan.model_part {
        ModelPart::Off => {}
        ModelPart::Missing(reason) => {
            for file in &mut files {
                if let Answered::File { inspected, failures, .. } = file {
                    failures.push(failure(plan, inspected, None, Stage::Ask, reason.clone()));
                }
            }
        }
        ModelPart::On(model) => rounds(plan, parts, asked, model.as_ref(), &mut files),
    }
    files
}

fn answered(looked: Looked) -> Answered {
    match looked {
        Looked::Inspected(inspected) => Answered::File { inspected, conclusions: Vec::new(), failures: Vec::new(), expires_at: i64::MAX },
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
    let mut pending = first_questions(plan, model, files);
    for round in 1..=MAX_ROUNDS {
        if pending.is_empty() {
            break;
        }
        let answers = get_answers(plan, parts, asked, model, &pending).unwrap_or_else(|reason| vec![Err(reason); pending.len()]);
        let mut next = Vec::new();
        for (question, answer) in pending.into_iter().zip(answers) {
            let Answered::File { inspected, conclusions, failures, expires_at } = &mut files[question.file] else { continue };
            let unit = &inspected.units[question.unit];
            let operation = &plan.operations[unit.operation];
            let concluded = answer.map_err(|reason| (Stage::Ask, reason)).and_then(|answer| {
                *expires_at = (*expires_at).min(answer.expires_at);
                let conclusion = operation.analyzer.conclude(&operation.operation, &unit.subject, &operation.options, &answer.body);
                conclusion.map_err(|error| (Stage::Verify, error.to_string()))
            });
            match concluded {
                Ok(mut conclusion) => {
                    match conclusion.follow_up.take() {
                        Some(_) if round == MAX_ROUNDS => {
                            let reason = format!("more than {MAX_ROUNDS} questions about one unit");
                            failures.push(failure(plan, inspected, Some(question.unit), Stage::Verify, reason));
                        }
                        Some(follow_up) => {
                            next.push(pending_question(model, question.file, question.unit, &question.operation, &follow_up));
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

fn pending_question(model: &dyn ChatModel, file: usize, unit: usize, operation: &str, question: &Question) -> Pending {
    let prompt = prompt(question);
    Pending { file, unit, operation: operation.to_owned(), key: answer_key(model.identity(), &prompt), prompt }
}

fn first_questions(plan: &Plan, model: &dyn ChatModel, files: &[Answered]) -> Vec<Pending> {
    let mut pending = Vec::new();
    for (file, answered) in files.iter().enumerate() {
        let Answered::File { inspected, .. } = answered else { continue };
        for (unit, work) in inspected.units.iter().enumerate() {
            if let Some(question) = &work.question {
                let operation = &plan.operations[work.operation];
                let name = format!("{}:{}", operation.analyzer.id(), operation.operation);
                pending.push(pending_question(model, file, unit, &name, question));
            }
        }
    }
    pending
}

type Answer = Result<KeptAnswer, String>;

/// Answers in the order of the questions: kept ones, and for the rest the model's.
///
/// # Errors
/// The store fails, so that nothing may be asked: what cannot be written down must not be paid.
fn get_answers(
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

fn ask_all(
    plan: &Plan,
    parts: &Parts<'_>,
    asked: &mut Asked,
    model: &dyn ChatModel,
    misses: &[&Pending],
) -> Result<HashMap<Digest, Answer>, String> {
    for question in misses {
        if !asked.validators.contains_key(&question.prompt.schema)
            && let Ok(schema) = serde_json::from_str(&question.prompt.schema)
            && let Ok(validator) = jsonschema::validator_for(&schema)
        {
            asked.validators.insert(question.prompt.schema.clone(), validator);
        }
    }
    let runtime = match asked.runtime.take() {
        Some(runtime) => runtime,
        None => {
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| format!("cannot start asking: {error}"))?
        }
    };
    let asker = Asker { plan, parts, asked, model, usage: Mutex::new(Usage::default()) };
    let answers: Vec<(Digest, Answer)> = runtime.block_on(async {
        let asker = &asker;
        let mut futures = Vec::new();
        for question in misses {
            futures.push(async move { (question.key, asker.ask_one(question).await) });
        }
        stream::iter(futures).buffer_unordered(plan.provider.concurrency).collect().await
    });
    let usage = *locked(&asker.usage);
    asked.usage += usage;
    asked.runtime = Some(runtime);
    Ok(answers.into_iter().collect())
}

/// Asks the questions of one batch.
struct Asker<'a> {
    plan: &'a Plan,
    parts: &'a Parts<'a>,
    asked: &'a Asked,
    model: &'a dyn ChatModel,
    usage: Mutex<Usage>,
}

impl Asker<'_> {
    /// One question to its end: tries, one repair, or a reason why there is no answer.
    async fn ask_one(&self, question: &Pending) -> Answer {
        let mut prompt = question.prompt.clone();
        let mut tries = 0;
        let mut is_repaired = false;
        loop {
            if let Some(reason) = locked(&self.asked.stop).clone() {
                return Err(reason);
            }
            let estimate = self.model.reserve(&prompt);
            self.reserve(estimate.cost).await?;
            let sent = self.send(question, &prompt, estimate).await;
            self.release(estimate.cost);
            match sent {
                Sent::Answer(answer) => return Ok(answer),
                Sent::Unusable(unfit) if is_repaired => return Err(format!("the answer was unusable twice: {}", unfit.reason)),
                Sent::Unusable(unfit) => {
                    is_repaired = true;
                    let complaint = unfit.complaint;
                    prompt.content =
                        format!("{}\n\nYour previous answer was not usable: {complaint}. Answer again.", question.prompt.content);
                }
                Sent::Failed(error) => {
                    tries += 1;
                    self.wait_or_give_up(&error, tries).await?;
                }
                Sent::Store(error) => {
                    let reason = format!("the answer could not be kept: {error}");
                    *locked(&self.asked.stop) = Some(reason.clone());
                    return Err(reason);
                }
            }
        }
    }

    /// Waits before the next try, or says why there is none.
    async fn wait_or_give_up(&self, error: &AskError, tries: u32) -> Result<(), String> {
        let reason = error.message.clone();
        if error.reach == Reach::Run {
            *locked(&self.asked.stop) = Some(reason.clone());
            return Err(reason);
        }
        let is_too_long = error.retry_after.is_some_and(|wait| wait > MAX_RETRY_AFTER);
        if error.reach == Reach::Unit || is_too_long || tries >= self.plan.provider.attempts {
            if error.is_unreachable {
                self.count_unreachable(&reason);
            }
            return Err(if tries > 1 { format!("{reason} ({tries} tries)") } else { reason });
        }
        // Full jitter: tries that failed together must not come back together.
        let longest = Duration::from_secs_f64(self.plan.provider.retry_wait_s * f64::from(1_u32 << (tries - 1).min(10))).min(MAX_WAIT);
        let jitter = longest.mul_f64((random() >> 11) as f64 / (1_u64 << 53) as f64);
        tokio::time::sleep(error.retry_after.unwrap_or_default() + jitter).await;
        Ok(())
    }

    fn count_unreachable(&self, reason: &str) {
        let mut units = locked(&self.asked.unreachable);
        *units += 1;
        if *units >= UNREACHABLE_UNITS {
            locked(&self.asked.stop).get_or_insert(reason.to_owned());
        }
    }

    /// Sets money aside for the worst case. While others have money aside that may come back, it waits.
    ///
    /// # Errors
    /// The budget does not allow it, whatever comes back.
    async fn reserve(&self, cost: Ticks) -> Result<(), String> {
        loop {
            let freed = self.asked.freed.notified();
            {
                let mut budget = locked(&self.asked.budget);
                let Budget { limit, spent, reserved } = *budget;
                match limit {
                    Some(limit) if spent + cost > limit => {
                        return Err(format!("the budget of {limit} does not allow it: {spent} spent, up to {cost} for this"));
                    }
                    Some(limit) if spent + reserved + cost > limit => {}
                    _ => {
                        budget.reserved += cost;
                        return Ok(());
                    }
                }
            }
            freed.await;
        }
    }

    fn release(&self, cost: Ticks) {
        let mut budget = locked(&self.asked.budget);
        budget.reserved = budget.reserved - cost;
        drop(budget);
        self.asked.freed.notify_waiters();
    }

    /// One request, with its row in the ledger before and after.
    async fn send(&self, question: &Pending, prompt: &Prompt, estimate: Usage) -> Sent {
        let identity = self.model.identity();
        let intent = Intent { run: &self.asked.id, at: self.now_s(), operation: &question.operation, model: &identity.model, estimate };
        let id = match self.parts.store.begin_request(&intent) {
            Ok(id) => id,
            Err(error) => return Sent::Store(error),
        };
        match self.model.ask(prompt).await {
            Ok(reply) => self.take_reply(question, id, reply, estimate),
            Err(error) => self.take_error(id, error, estimate),
        }
    }

    fn take_reply(&self, question: &Pending, id: IntentId, reply: Reply, estimate: Usage) -> Sent {
        *locked(&self.asked.unreachable) = 0;
        self.note_model(&reply);
        let usage = reply.usage.unwrap_or(estimate);
        let now_s = self.now_s();
        let verdict = self.validate(&question.prompt.schema, &reply);
        let expires_at = now_s.saturating_add(self.plan.answer_ttl_s);
        let settlement = match &verdict {
            Ok(()) => Settlement::Answered { usage, key: question.key, body: &reply.text, expires_at },
            Err(_) => Settlement::Unusable { usage },
        };
        self.pay(usage);
        if let Err(error) = self.parts.store.settle_request(id, now_s, &settlement) {
            return Sent::Store(error);
        }
        match verdict {
            Ok(()) => Sent::Answer(KeptAnswer { body: reply.text, cost: usage.cost, expires_at }),
            Err(unfit) => Sent::Unusable(unfit),
        }
    }

    /// Retired names are often served by another model, at its price: the user should know.
    fn note_model(&self, reply: &Reply) {
        let asked_for = &self.model.identity().model;
        if let Some(served) = reply.served_model.as_ref().filter(|served| !served.starts_with(asked_for.as_str()))
            && locked(&self.asked.served).insert(served.clone())
        {
            (self.parts.events)(RunEvent::Warning(format!("`{served}` answered in the place of `{asked_for}`")));
        }
    }

    fn take_error(&self, id: IntentId, error: AskError, estimate: Usage) -> Sent {
        if !error.is_unreachable {
            *locked(&self.asked.unreachable) = 0;
        }
        let settlement = match error.billing {
            Billing::Nothing if error.is_unreachable => Settlement::NotSent,
            Billing::Nothing => Settlement::Refused,
            Billing::Fee(cost) => Settlement::Unusable { usage: Usage { requests: 1, cost, ..Usage::default() } },
            // The row stays as it is, charged at its estimate: nobody knows better.
            Billing::Unknown => {
                self.pay(estimate);
                return Sent::Failed(error);
            }
        };
        let paid = match &settlement {
            Settlement::Unusable { usage } => *usage,
            Settlement::NotSent => Usage::default(),
            _ => Usage { requests: 1, ..Usage::default() },
        };
        self.pay(paid);
        match self.parts.store.settle_request(id, self.now_s(), &settlement) {
            Ok(()) => Sent::Failed(error),
            Err(error) => Sent::Store(error),
        }
    }

    fn pay(&self, usage: Usage) {
        locked(&self.asked.budget).spent += usage.cost;
        let mut total = locked(&self.usage);
        *total += usage;
        (self.parts.events)(RunEvent::Paid { total: self.asked.usage.cost + total.cost });
    }

    fn validate(&self, schema: &str, reply: &Reply) -> Result<(), Unfit> {
        if reply.is_cut {
            return Err(Unfit::new("it was longer than allowed and was cut; report fewer findings"));
        }
        if reply.text.is_empty() {
            return Err(Unfit::new("it was empty"));
        }
        let json: serde_json::Value = serde_json::from_str(&reply.text)
            .map_err(|error| Unfit { complaint: "it is no JSON".to_owned(), reason: format!("it is no JSON ({error})") })?;
        let Some(validator) = self.asked.validators.get(schema) else { return Err(Unfit::new("the schema of the question is not valid")) };
        validator.validate(&json).map_err(|error| {
            let detail: String = error.to_string().chars().take(200).collect();
            Unfit {
                complaint: format!("it does not fit the schema at `{}`", error.schema_path()),
                reason: format!("it does not fit the schema at `{}`: {detail}", error.instance_path()),
            }
        })
    }

    fn now_s(&self) -> i64 {
        self.parts.clock.now_ns() / 1_000_000_000
    }
}

/// Why an answer is of no use: in words for the user, and in words for the model that repeat nothing of its answer. What the code has
/// talked it into must not come back outside the fence.
struct Unfit {
    complaint: String,
    reason: String,
}

impl Unfit {
    fn new(words: &str) -> Self {
        Self { complaint: words.to_owned(), reason: words.to_owned() }
    }
}

/// How one request ended.
enum Sent {
    Answer(KeptAnswer),
    Unusable(Unfit),
    Failed(AskError),
    Store(StoreError),
}
