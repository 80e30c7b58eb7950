//! Owns the time that a script works itself: it stands still between the calls of its hooks, and while the host works for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Stands for the beginning of work while there is none.
const STOPPED: u64 = u64::MAX;

/// A stopwatch. One thread starts and stops it.
pub(super) struct Watch {
    base: Instant,
    /// When the work that is going on began, in nanoseconds since `base`.
    began_ns: AtomicU64,
    /// All work that has ended.
    ended_ns: AtomicU64,
}

impl Default for Watch {
    fn default() -> Self {
        Self { base: Instant::now(), began_ns: AtomicU64::new(STOPPED), ended_ns: AtomicU64::new(0) }
    }
}

impl Watch {
    pub(super) fn start(&self) {
        self.start_at(self.now_ns());
    }

    pub(super) fn stop(&self) {
        self.stop_at(self.now_ns());
    }

    /// All work so far, in nanoseconds.
    pub(super) fn own_ns(&self) -> u64 {
        self.own_at(self.now_ns())
    }

    fn now_ns(&self) -> u64 {
        u64::try_from(self.base.elapsed().as_nanos()).unwrap_or(STOPPED - 1)
    }

    fn start_at(&self, now_ns: u64) {
        self.began_ns.store(now_ns, Ordering::Relaxed);
    }

    fn stop_at(&self, now_ns: u64) {
        let began_ns = self.began_ns.swap(STOPPED, Ordering::Relaxed);
        if began_ns != STOPPED {
            self.ended_ns.fetch_add(now_ns.saturating_sub(began_ns), Ordering::Relaxed);
        }
    }

    fn own_at(&self, now_ns: u64) -> u64 {
        let began_ns = self.began_ns.load(Ordering::Relaxed);
        let running_ns = if began_ns == STOPPED { 0 } else { now_ns.saturating_sub(began_ns) };
        self.ended_ns.load(Ordering::Relaxed).saturating_add(running_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_work_between_start_and_stop_counts() {
        let watch = Watch::default();
        assert_eq!(watch.own_at(90_000), 0);
        watch.start_at(100_000);
        assert_eq!(watch.own_at(100_007), 7);
        watch.stop_at(100_010);
        assert_eq!(watch.own_at(900_000), 10);
        watch.start_at(900_000);
        watch.stop_at(900_005);
        watch.stop_at(999_999);
        assert_eq!(watch.own_at(999_999), 15);
    }
}
