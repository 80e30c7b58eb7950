//! One question on its way to the model: money set aside, tries, one repair, the ledger before and after.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::budget::Wish;
use super::health::Endpoint;
use super::ledger::{begin_request, settle_request};
use super::locked::locked;
use super::session::{Answer, Pending, Session};
use crate::pipeline::parts::{INTERRUPTED, Parts};
use crate::pipeline::plan::Inquiry;
use crate::pipeline::random::random;
use crate::provider::{AskError, Billing, ChatModel, MAX_RETRY_AFTER, Prompt, Reach, Reply};
use crate::store::{Intent, IntentId, KeptAnswer, Settlement, StoreError};
use crate::types::{RunEventKind, Ticks, Usage};

/// A wait longer than this is told.
const TOLD_WAIT: Duration = Duration::from_secs(3);

/// Longest wait between two tries.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// How often a wait looks whether the run should end.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Between two tries to reach a server that answered before.
const RECONNECT: Duration = Duration::from_secs(1);

/// Counts a request while it is on its way, however it ends.
struct OnWay<'a>(&'a AtomicUsize);

impl<'a> OnWay<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for OnWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Asks the questions of one batch.
pub(super) struct Requester<'a> {
    pub(super) inquiry: &'a Inquiry,
    pub(super) parts: &'a Parts<'a>,
    pub(super) session: &'a Session,
    pub(super) model: &'a dyn ChatModel,
    pub(super) usage: Mutex<Usage>,
}

impl Requester<'_> {
    /// One question to its end: tries, one repair, or a reason why there is no answer.
    pub(super) async fn ask_one(&self, question: &Pending) -> Answer {
        let mut prompt = question.prompt.clone();
        let mut tries = Tries::default();
        loop {
            if let Some(reason) = self.session.health.stop_reason() {
                return Err(reason);
            }
            if self.parts.cancel.is_cancelled() {
                return Err(INTERRUPTED.to_owned());
            }
            let estimate = self.model.reserve(&prompt);
            self.reserve(question.analyzer(), estimate.cost).await?;
            let sent = self.send(question, &prompt, estimate).await;
            self.release(question.analyzer(), estimate.cost);
            match sent {
                Sent::Answer(answer) => return Ok(answer),
                // Asked again with the same limit, it would be cut again, and paid again.
                Sent::Unusable(unfit) if unfit.is_final => return Err(unfit.reason),
                Sent::Unusable(unfit) if tries.is_repaired => return Err(format!("the answer was unusable twice: {}", unfit.reason)),
                Sent::Unusable(unfit) => {
                    tries.is_repaired = true;
                    let complaint = unfit.complaint;
                    prompt.content =
                        format!("{}\n\nYour previous answer was not usable: {complaint}. Answer again.", question.prompt.content);
                }
                Sent::Failed(error) => self.wait_or_give_up(&error, &mut tries).await?,
                Sent::Store(error) => {
                    let reason = format!("the answer could not be kept: {error}");
                    self.session.health.end(&reason, None, &self.endpoint());
                    return Err(reason);
                }
            }
        }
    }

    /// Waits before the next try, or says why there is none.
    async fn wait_or_give_up(&self, error: &AskError, tries: &mut Tries) -> Result<(), String> {
        let (reason, health) = (error.message.clone(), &self.session.health);
        if self.parts.cancel.is_cancelled() {
            return Err(format!("{reason} ({INTERRUPTED})"));
        }
        if error.is_stale && !std::mem::replace(&mut tries.was_stale, true) {
            return Ok(());
        }
        match error.reach {
            Reach::Run => health.end(&reason, error.trouble, &self.endpoint()),
            Reach::Server => health.trouble(error, &self.endpoint()),
            Reach::Unit | Reach::Transient => {}
        }
        if health.stop_reason().is_some() && matches!(error.reach, Reach::Run | Reach::Server) {
            return Err(reason);
        }
        if error.is_unreachable && health.has_answer() {
            return self.wait_for_server(error, tries).await;
        }
        tries.count += 1;
        let is_too_long = error.retry_after.is_some_and(|wait| wait > MAX_RETRY_AFTER);
        if error.reach == Reach::Unit || is_too_long || tries.count >= self.inquiry.provider.attempts {
            if error.is_unreachable {
                health.trouble(error, &self.endpoint());
            }
            return Err(if tries.count > 1 { format!("{reason} ({} tries)", tries.count) } else { reason });
        }
        self.wait(error, tries.count).await;
        Ok(())
    }

    /// Waits after the try of this number, which counts from 1.
    async fn wait(&self, error: &AskError, n_tries: u32) {
        let health = &self.session.health;
        // Full jitter: tries that failed together must not come back together.
        let doubled = f64::from(1_u32 << (n_tries - 1).min(10));
        let longest = Duration::from_secs_f64(self.inquiry.provider.retry_wait_s * doubled).min(MAX_WAIT);
        let jitter = longest.mul_f64((random() >> 11) as f64 / (1_u64 << 53) as f64);
        let wait = error.retry_after.unwrap_or_default() + jitter;
        if wait > TOLD_WAIT && health.may_tell() {
            self.tell(format!("waiting {} s: {}", wait.as_secs(), error.message));
        }
        self.sleep(wait).await;
    }

    /// A server that answered before may only be restarting: it is waited for as long as for an answer.
    async fn wait_for_server(&self, error: &AskError, tries: &mut Tries) -> Result<(), String> {
        let since = *tries.unreachable_since.get_or_insert_with(Instant::now);
        let limit = Duration::from_secs(self.inquiry.provider.timeout_s);
        if since.elapsed() >= limit {
            self.session.health.trouble(error, &self.endpoint());
            return Err(format!("{} (waited {} s, `provider.timeout`)", error.message, limit.as_secs()));
        }
        if self.session.health.may_tell() {
            self.tell(format!("waiting for the server to come back, up to {} s: {}", limit.as_secs(), error.message));
        }
        self.sleep(RECONNECT.mul_f64(0.5 + (random() >> 11) as f64 / (1_u64 << 53) as f64)).await;
        Ok(())
    }

    /// Sleeps, or until the run asks no more.
    async fn sleep(&self, wait: Duration) {
        let end = Instant::now() + wait;
        while !self.parts.cancel.is_cancelled() && self.session.health.stop_reason().is_none() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            self.session.health.sleep(left.min(LOOK_EVERY)).await;
        }
    }

    fn endpoint(&self) -> Endpoint<'_> {
        let provider = &self.inquiry.provider;
        Endpoint { url: &provider.base_url, key_variable: &provider.key_variable, model: &self.model.identity().model }
    }

    /// Says that answers are waited for.
    pub(super) fn tell_waiting(&self, n_answers: usize, waited_s: u64) {
        if self.session.health.may_tell() {
            let answers = if n_answers == 1 { "an answer".to_owned() } else { format!("{n_answers} answers") };
            self.tell(format!("waiting for {answers} ({waited_s} s)"));
        }
    }

    fn tell(&self, what: String) {
        self.parts.tell(RunEventKind::Waiting { what });
    }

    /// Sets money aside for the worst case. While others have money aside that may come back, it waits.
    ///
    /// # Errors
    /// The budget does not allow it, whatever comes back.
    async fn reserve(&self, analyzer: &str, cost: Ticks) -> Result<(), String> {
        loop {
            let freed = self.session.freed.notified();
            let wish = locked(&self.session.budgets).reserve(analyzer, cost);
            match wish {
                Wish::Granted => return Ok(()),
                Wish::Refused(reason) => return Err(reason),
                Wish::Later => freed.await,
            }
        }
    }

    fn release(&self, analyzer: &str, cost: Ticks) {
        locked(&self.session.budgets).release(analyzer, cost);
        self.session.freed.notify_waiters();
    }

    /// One request, with its row in the ledger before and after.
    async fn send(&self, question: &Pending, prompt: &Prompt, estimate: Usage) -> Sent {
        let identity = self.model.identity();
        let likely_tokens = question.likely_tokens;
        let (run, operation, model) = (self.session.id.clone(), question.operation.clone(), identity.model.clone());
        let intent = Intent { run, at: self.now_s(), operation, model, likely_tokens, estimate };
        let id = match begin_request(self.parts.store, intent).await {
            Ok(id) => id,
            Err(error) => return Sent::Store(error),
        };
        let reply = {
            let _on_way = OnWay::new(&self.session.n_on_way);
            self.model.ask(prompt).await
        };
        match reply {
            Ok(reply) => self.take_reply(question, id, reply, estimate).await,
            Err(error) => self.take_error(question, id, error, estimate).await,
        }
    }

    async fn take_reply(&self, question: &Pending, id: IntentId, reply: Reply, estimate: Usage) -> Sent {
        self.note_model(&reply);
        let usage = reply.usage.unwrap_or(estimate);
        let now_s = self.now_s();
        let verdict = self.validate(&question.prompt.schema, &reply);
        if verdict.is_ok() {
            self.session.health.answered();
        }
        let expires_at = now_s.saturating_add(self.inquiry.answer_ttl_s);
        let settlement = match &verdict {
            Ok(()) => Settlement::Answered { usage, key: question.key, body: reply.text.clone(), expires_at },
            Err(_) => Settlement::Unusable { usage },
        };
        self.pay(question, usage);
        if let Err(error) = settle_request(self.parts.store, id, now_s, settlement).await {
            return Sent::Store(error);
        }
        match verdict {
            // It is paid, and a person can make something of its beginning; it is not kept.
            Err(_) if reply.is_cut && question.takes_cut => {
                self.session.health.answered();
                Sent::Answer(KeptAnswer { body: reply.text, cost: usage.cost, expires_at: 0 })
            }
            Ok(()) => Sent::Answer(KeptAnswer { body: reply.text, cost: usage.cost, expires_at }),
            Err(unfit) => Sent::Unusable(unfit),
        }
    }

    /// Retired names are often served by another model, at its price: the user should know.
    fn note_model(&self, reply: &Reply) {
        let asked_for = &self.model.identity().model;
        if let Some(served) = reply.served_model.as_ref().filter(|served| !is_same_model(asked_for, served))
            && locked(&self.session.served).insert(served.clone())
        {
            self.parts.warn(format!("`{served}` answered in the place of `{asked_for}`"));
        }
    }

    async fn take_error(&self, question: &Pending, id: IntentId, error: AskError, estimate: Usage) -> Sent {
        let settlement = match error.billing {
            Billing::Nothing if error.is_unreachable || error.is_stale => Settlement::NotSent,
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
        match settle_request(self.parts.store, id, self.now_s(), settlement).await {
            Ok(()) => Sent::Failed(error),
            Err(error) => Sent::Store(error),
        }
    }

    fn pay(&self, question: &Pending, usage: Usage) {
        locked(&self.session.budgets).pay(question.analyzer(), usage.cost);
        let mut total = locked(&self.usage);
        *total += usage;
        self.parts.tell(RunEventKind::Paid { total: self.session.usage.cost + total.cost });
    }

    fn validate(&self, schema: &str, reply: &Reply) -> Result<(), Unfit> {
        if reply.is_cut {
            let limit = self.model.identity().max_output_tokens;
            let words = format!("the answer was cut at {limit} tokens (`model.max-output-tokens`)");
            return Err(Unfit { is_final: true, ..Unfit::new(&words) });
        }
        if reply.text.is_empty() {
            return Err(Unfit::new("it was empty"));
        }
        let json: serde_json::Value = serde_json::from_str(&reply.text)
            .map_err(|error| Unfit { reason: format!("it is not JSON ({error})"), ..Unfit::new("it is not JSON") })?;
        let Some(validator) = self.session.validators.get(schema) else {
            return Err(Unfit::new("the schema of the question is not valid"));
        };
        validator.validate(&json).map_err(|error| {
            let detail: String = error.to_string().chars().take(200).collect();
            Unfit {
                complaint: format!("it does not fit the schema at `{}`", error.schema_path()),
                reason: format!("it does not fit the schema at `{}`: {detail}", error.instance_path()),
                is_final: false,
            }
        })
    }

    fn now_s(&self) -> i64 {
        self.parts.now_s()
    }
}

/// What became of one question so far.
#[derive(Default)]
struct Tries {
    /// Those that count against `provider.attempts`.
    count: u32,
    is_repaired: bool,
    was_stale: bool,
    unreachable_since: Option<Instant>,
}

/// Whether the name that a reply gives is that of the model that was asked for, perhaps with its date: `grok-4-0709` is `grok-4`.
fn is_same_model(asked: &str, served: &str) -> bool {
    // A router may put the maker's name before it, on either side.
    let last = |name: &str| name.rsplit('/').next().unwrap_or("").to_lowercase();
    let (asked, served) = (last(asked), last(served));
    let tail = served.strip_prefix(&asked).or_else(|| asked.strip_prefix(&served));
    let is_date = |part: &str| part == "latest" || (part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_digit()));
    tail.is_some_and(|tail| tail.is_empty() || tail.strip_prefix(['-', ':', '@']).is_some_and(|tail| tail.split('-').all(is_date)))
}

/// Why an answer is of no use: in words for the user, and in words for the model that repeat nothing of its answer. What the code has
/// talked it into must not come back outside the fence.
struct Unfit {
    complaint: String,
    reason: String,
    /// Whether asking again cannot help.
    is_final: bool,
}

impl Unfit {
    fn new(words: &str) -> Self {
        Self { complaint: words.to_owned(), reason: words.to_owned(), is_final: false }
    }
}

/// How one request ended.
enum Sent {
    Answer(KeptAnswer),
    Unusable(Unfit),
    Failed(AskError),
    Store(StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_makes_no_other_model() {
        for (asked, served) in [
            ("grok-4", "grok-4"),
            ("grok-4", "grok-4-0709"),
            ("gpt-x", "gpt-x-2026-01-02"),
            ("xai/grok-4", "grok-4"),
            ("grok-4-latest", "grok-4"),
            ("Qwen3", "qwen3"),
        ] {
            assert!(is_same_model(asked, served), "{asked} {served}");
        }
        for (asked, served) in
            [("grok-4", "grok-4.3"), ("grok-4", "grok-4-fast"), ("grok-4", "grok-3"), ("grok-4-fast", "grok-4"), ("m", "")]
        {
            assert!(!is_same_model(asked, served), "{asked} {served}");
        }
    }
}
