//! What a run knows of the way to the model: whether it ever gave a usable answer, what went wrong since, and why the run asks no more.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::locked::locked;
use crate::provider::{AskError, Trouble};
use crate::types::Remedy;

/// Troubles in a row, with no usable answer between them, after which a run asks no more.
const MAX_TROUBLES: u32 = 2;

/// Between two lines that say that something is waited for.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// Why a run asks no more.
#[derive(Clone, Debug)]
struct Stop {
    reason: String,
    remedy: Option<Remedy>,
}

#[derive(Debug, Default)]
struct State {
    has_answer: bool,
    n_troubles: u32,
    stop: Option<Stop>,
    last_line: Option<Instant>,
}

/// See the head of this file.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct Health {
    state: Mutex<State>,
    /// Wakes those that wait before another try.
    stopped: tokio::sync::Notify,
}

/// Where a run asks, for remedies.
pub(in crate::pipeline) struct Endpoint<'a> {
    pub(in crate::pipeline) url: &'a str,
    pub(in crate::pipeline) key_variable: &'a str,
    pub(in crate::pipeline) model: &'a str,
}

impl Health {
    /// Why the run asks no more.
    pub(in crate::pipeline) fn stop_reason(&self) -> Option<String> {
        locked(&self.state).stop.as_ref().map(|stop| stop.reason.clone())
    }

    /// What would let it ask on.
    pub(in crate::pipeline) fn remedy(&self) -> Option<Remedy> {
        locked(&self.state).stop.as_ref().and_then(|stop| stop.remedy.clone())
    }

    /// Whether there was a usable answer.
    pub(in crate::pipeline) fn has_answer(&self) -> bool {
        locked(&self.state).has_answer
    }

    /// A usable answer came.
    pub(in crate::pipeline) fn answered(&self) {
        let mut state = locked(&self.state);
        (state.has_answer, state.n_troubles) = (true, 0);
    }

    /// Ends asking for the run; the first reason stays.
    pub(in crate::pipeline) fn end(&self, reason: &str, trouble: Option<Trouble>, endpoint: &Endpoint<'_>) {
        let remedy = trouble.map(|trouble| remedy(trouble, endpoint));
        locked(&self.state).stop.get_or_insert(Stop { reason: reason.to_owned(), remedy });
        self.stopped.notify_waiters();
    }

    /// Counts a trouble with the way to the model. Before the first usable answer it ends the run, afterwards the second in a row does.
    pub(in crate::pipeline) fn trouble(&self, error: &AskError, endpoint: &Endpoint<'_>) {
        let is_end = {
            let mut state = locked(&self.state);
            state.n_troubles += 1;
            !state.has_answer || state.n_troubles >= MAX_TROUBLES
        };
        if is_end {
            self.end(&error.message, error.trouble, endpoint);
        }
    }

    /// Sleeps, or until the run asks no more.
    pub(in crate::pipeline) async fn sleep(&self, wait: Duration) {
        let stopped = self.stopped.notified();
        if self.stop_reason().is_none() {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stopped => {}
            }
        }
    }

    /// Whether it is time for another line that says that something is waited for.
    pub(in crate::pipeline) fn may_tell(&self) -> bool {
        let mut state = locked(&self.state);
        let is_time = state.last_line.is_none_or(|last| last.elapsed() >= BETWEEN_LINES);
        if is_time {
            state.last_line = Some(Instant::now());
        }
        is_time
    }
}

fn remedy(trouble: Trouble, endpoint: &Endpoint<'_>) -> Remedy {
    match trouble {
        Trouble::Key => Remedy::CheckKey { variable: endpoint.key_variable.to_owned() },
        Trouble::Address => Remedy::CheckAddress { url: endpoint.url.to_owned() },
        Trouble::Model => Remedy::CheckModel { name: endpoint.model.to_owned() },
        Trouble::Certificate => Remedy::AddAuthority,
        Trouble::Credit => Remedy::AddCredit,
        Trouble::Server => Remedy::StartServer { url: endpoint.url.to_owned() },
    }
}
