//! Owns one question on its way to the model: money set aside, tries, one repair, the ledger before and after. Never trusts an answer's claims.

use std::sync::Mutex;
use std::time::Duration;

use super::asked::{Answer, Asked, Pending, locked};
use super::budget::Wish;
use super::chance::random;
use super::{Parts, Plan};
use crate::provider::{AskError, Billing, ChatModel, MAX_RETRY_AFTER, Prompt, Reach, Reply};
use crate::store::{Intent, IntentId, KeptAnswer, Settlement, StoreError};
use crate::types::{RunEvent, Ticks, Usage};

/// Longest wait between two tries.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// Units in a row that find nobody at the other end before the run stops asking.
const UNREACHABLE_UNITS: u32 = 2;

/// Asks the questions of one batch.
pub(super) struct Asker<'a> {
    pub(super) plan: &'a Plan,
    pub(super) parts: &'a Parts<'a>,
    pub(super) asked: &'a Asked,
    pub(super) model: &'a dyn ChatModel,
    pub(super) usage: Mutex<Usage>,
}

impl Asker<'_> {
    /// One question to its end: tries, one repair, or a reason why there is no answer.
    pub(super) async fn ask_one(&self, question: &Pending) -> Answer {
        let mut prompt = question.prompt.clone();
        let mut tries = 0;
        let mut is_repaired = false;
        loop {
            if let Some(reason) = locked(&self.asked.stop).clone() {
                return Err(reason);
            }
            let estimate = self.model.reserve(&prompt);
            self.reserve(question.analyzer(), estimate.cost).await?;
            let sent = self.send(question, &prompt, estimate).await;
            self.release(question.analyzer(), estimate.cost);
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
    async fn reserve(&self, analyzer: &str, cost: Ticks) -> Result<(), String> {
        loop {
            let freed = self.asked.freed.notified();
            let wish = locked(&self.asked.budgets).reserve(analyzer, cost);
            match wish {
                Wish::Granted => return Ok(()),
                Wish::Refused(reason) => return Err(reason),
                Wish::Later => freed.await,
            }
        }
    }

    fn release(&self, analyzer: &str, cost: Ticks) {
        locked(&self.asked.budgets).release(analyzer, cost);
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
            Err(error) => self.take_error(question, id, error, estimate),
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
        self.pay(question, usage);
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

    fn take_error(&self, question: &Pending, id: IntentId, error: AskError, estimate: Usage) -> Sent {
        if !error.is_unreachable {
            *locked(&self.asked.unreachable) = 0;
        }
        let settlement = match error.billing {
            Billing::Nothing if error.is_unreachable => Settlement::NotSent,
            Billing::Nothing => Settlement::Refused,
            Billing::Fee(cost) => Settlement::Unusable { usage: Usage { requests: 1, cost, ..Usage::default() } },
            // The row stays as it is, charged at its estimate: nobody knows better.
            Billing::Unknown => {
                self.pay(question, estimate);
                return Sent::Failed(error);
            }
        };
        let paid = match &settlement {
            Settlement::Unusable { usage } => *usage,
            Settlement::NotSent => Usage::default(),
            _ => Usage { requests: 1, ..Usage::default() },
        };
        self.pay(question, paid);
        match self.parts.store.settle_request(id, self.now_s(), &settlement) {
            Ok(()) => Sent::Failed(error),
            Err(error) => Sent::Store(error),
        }
    }

    fn pay(&self, question: &Pending, usage: Usage) {
        locked(&self.asked.budgets).pay(question.analyzer(), usage.cost);
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
