//! What one search may use: time on the caller's clock, and memory for what it finds.

use std::cell::Cell;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Longest time for running one list over one text. Code that people write takes milliseconds; a chain of thousands of calls in one
/// expression would take minutes, since open matches are compared with each other.
pub(super) const SEARCH_LIMIT: Duration = Duration::from_secs(5);

/// Most memory for what one search finds when nobody sets another limit, in bytes.
const MAX_FOUND_BYTES: usize = 1 << 30;

/// Why a search has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop<E> {
    /// The list is not valid, or too large for this text.
    Invalid(E),
    /// The time of the watch is over.
    Late,
    /// More was found than the watch has memory for.
    TooMuch,
}

/// The limits of one search.
#[derive(Debug)]
pub struct Watch {
    clock: fn() -> Duration,
    end: Duration,
    max_bytes: usize,
    max_free: Duration,
    compiling: Cell<Duration>,
}

impl Watch {
    /// Gives a search the time `left` on `clock`, and `max_bytes` for what it finds. Compiling a list that nobody has used before is free up
    /// to `max_free`.
    pub fn new(clock: fn() -> Duration, left: Duration, max_bytes: usize, max_free: Duration) -> Self {
        Self { clock, end: clock() + left, max_bytes, max_free, compiling: Cell::new(Duration::ZERO) }
    }

    /// The limits of a search that nobody else watches.
    pub(super) fn ordinary() -> Self {
        Self::new(wall, SEARCH_LIMIT, MAX_FOUND_BYTES, Duration::MAX)
    }

    /// The part of the search that compiled a list and is free.
    pub fn free(&self) -> Duration {
        self.compiling.get().min(self.max_free)
    }

    pub(super) fn compiling<T>(&self, work: impl FnOnce() -> T) -> T {
        let start = self.now();
        let made = work();
        self.compiling.set(self.compiling.get() + self.now().saturating_sub(start));
        made
    }

    pub(super) fn now(&self) -> Duration {
        (self.clock)()
    }

    pub(super) fn left(&self) -> Duration {
        self.end.saturating_add(self.free()).saturating_sub(self.now())
    }

    pub(super) fn is_late(&self) -> bool {
        self.left().is_zero()
    }

    pub(super) fn holds(&self, bytes: usize) -> bool {
        bytes <= self.max_bytes
    }
}

#[cfg(test)]
impl Watch {
    /// Limits on a clock on which a millisecond passes each time that somebody looks.
    pub(super) fn ticking(left: Duration, max_bytes: usize) -> Self {
        fn clock() -> Duration {
            thread_local!(static LOOKED: Cell<u64> = const { Cell::new(0) });
            LOOKED.set(LOOKED.get() + 1);
            Duration::from_millis(LOOKED.get())
        }
        Self::new(clock, left, max_bytes, Duration::MAX)
    }
}

fn wall() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}
