//! What a run works with, beside its plan.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::run_id::run_id;
use crate::store::{Store, StoreError};
use crate::types::{CancelToken, RunEvent, RunEventKind, RunId, UnixMillis};

/// What time it is. Tests bring their own.
pub trait Clock: Send + Sync {
    /// Nanoseconds since 1970, UTC.
    fn now_ns(&self) -> i64;
}

/// Why something was not done, when the run should end.
pub(super) const INTERRUPTED: &str = "the run was interrupted";

/// What a run works with.
pub struct Parts<'a> {
    /// Where results, answers and costs are kept.
    pub store: &'a Store,
    /// What time it is.
    pub clock: &'a dyn Clock,
    /// Whether the listener wants each row as soon as it is known.
    pub wants_rows: bool,
    /// Whether the run should end.
    pub cancel: CancelToken,
    events: &'a (dyn Fn(&RunEvent) + Sync),
    run: RunId,
    n_told: AtomicU64,
    /// Events go out one by one, in the order of their numbers.
    telling: Mutex<()>,
}

impl<'a> Parts<'a> {
    /// Parts for one run, which gets its name here. `events` hears of every step.
    pub fn new(store: &'a Store, clock: &'a dyn Clock, events: &'a (dyn Fn(&RunEvent) + Sync)) -> Self {
        let run = run_id(clock.now_ns());
        Self {
            store,
            clock,
            wants_rows: false,
            cancel: CancelToken::default(),
            events,
            run,
            n_told: AtomicU64::new(0),
            telling: Mutex::default(),
        }
    }

    /// The name of the run.
    pub fn run(&self) -> &RunId {
        &self.run
    }

    pub(super) fn tell(&self, kind: RunEventKind) {
        let _one_by_one = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        let seq = self.n_told.fetch_add(1, Ordering::Relaxed) + 1;
        let at = UnixMillis(self.clock.now_ns() / 1_000_000);
        (self.events)(&RunEvent { run: self.run.clone(), seq, at, kind });
    }

    /// Tells something that the user should know.
    pub(super) fn warn(&self, text: impl Into<String>) {
        self.tell(RunEventKind::Warning { text: text.into() });
    }

    /// What the store knows; nothing, with a warning, when it fails. A cache that cannot be read costs time, not the run.
    pub(super) fn or_nothing<T: Default>(&self, known: Result<T, StoreError>) -> T {
        known.unwrap_or_else(|error| {
            self.warn(format!("what is kept cannot be used: {error}"));
            T::default()
        })
    }

    /// Seconds since 1970.
    pub(super) fn now_s(&self) -> i64 {
        self.clock.now_ns() / 1_000_000_000
    }
}
