//! The time of one call. What the host does for a guest counts like the guest's own work; what is compiled or parsed once for all does not.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often longer than its deadline a call may last on a machine that is busy with other things.
const BUSY_FACTOR: u32 = 10;

/// Lists that a call may have compiled without being charged for it. Our own analyzers have about a hundred over all languages.
const MAX_FREE_LISTS: u32 = 100;

/// Time for compiling lists that is not charged: in one call, and to one plugin in one run.
const MAX_FREE_IN_CALL: Duration = Duration::from_secs(10);
const MAX_FREE_IN_RUN: Duration = Duration::from_secs(60);

/// Time that the lists of one plugin may still take to compile without being charged, over all its instances.
#[derive(Debug)]
pub(super) struct Allowance {
    left_us: AtomicU64,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { left_us: AtomicU64::new(MAX_FREE_IN_RUN.as_micros() as u64) }
    }
}

impl Allowance {
    fn left(&self) -> Duration {
        Duration::from_micros(self.left_us.load(Ordering::Relaxed))
    }

    fn take(&self, time: Duration) {
        let time_us = time.as_micros() as u64;
        let mut left_us = self.left_us.load(Ordering::Relaxed);
        while let Err(now) =
            self.left_us.compare_exchange_weak(left_us, left_us.saturating_sub(time_us), Ordering::Relaxed, Ordering::Relaxed)
        {
            left_us = now;
        }
    }
}

/// The clock of one instance, started anew with each call.
#[derive(Debug)]
pub(super) struct CallClock {
    deadline: Duration,
    /// Time that the thread had used when the call began.
    started: Duration,
    began: Instant,
    /// Time that is not charged to this call.
    free: Duration,
    free_compiling: Duration,
    free_lists: u32,
}

impl CallClock {
    pub(super) fn new(deadline: Duration) -> Self {
        let began = Instant::now();
        Self { deadline, started: thread_time(), began, free: Duration::ZERO, free_compiling: Duration::ZERO, free_lists: 0 }
    }

    /// Begins a call.
    pub(super) fn start(&mut self) {
        *self = Self::new(self.deadline);
    }

    /// Time that the call still has: of what its thread works, and at most [`BUSY_FACTOR`] times as much of what passes.
    pub(super) fn left(&self) -> Duration {
        let worked = thread_time().saturating_sub(self.started).saturating_sub(self.free);
        let passed = self.began.elapsed().saturating_sub(self.free);
        let left = self.deadline.saturating_sub(worked);
        left.min(self.deadline.saturating_mul(BUSY_FACTOR).saturating_sub(passed))
    }

    pub(super) fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// Time that the next list may take to compile without being charged.
    pub(super) fn free_for_list(&self, allowance: &Allowance) -> Duration {
        if self.free_lists >= MAX_FREE_LISTS {
            return Duration::ZERO;
        }
        MAX_FREE_IN_CALL.saturating_sub(self.free_compiling).min(allowance.left())
    }

    /// Notes that a list was compiled.
    pub(super) fn compiled(&mut self, time: Duration, allowance: &Allowance) {
        if !time.is_zero() {
            self.free_lists += 1;
            self.free_compiling += time;
            self.free += time;
            allowance.take(time);
        }
    }

    /// Notes work that is done once for all who look at a unit.
    pub(super) fn shared(&mut self, time: Duration) {
        self.free += time;
    }
}

/// Time that this thread has really run: a machine that is busy with other things does not end a call.
#[cfg(unix)]
pub(super) fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// Time that has passed; where threads have no clock of their own, a busy machine counts.
#[cfg(not(unix))]
pub(super) fn thread_time() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_time_is_bounded_by_call_by_number_and_by_run() {
        let allowance = Allowance::default();
        let mut clock = CallClock::new(Duration::from_secs(5));
        clock.compiled(Duration::from_secs(4), &allowance);
        assert_eq!(clock.free_for_list(&allowance), Duration::from_secs(6));
        clock.compiled(Duration::from_secs(6), &allowance);
        assert_eq!(clock.free_for_list(&allowance), Duration::ZERO);
        clock.start();
        for _ in 0..MAX_FREE_LISTS {
            assert!(!clock.free_for_list(&allowance).is_zero());
            clock.compiled(Duration::from_millis(1), &allowance);
        }
        assert_eq!(clock.free_for_list(&allowance), Duration::ZERO);
        clock.start();
        allowance.take(Duration::from_secs(49));
        assert_eq!(clock.free_for_list(&allowance), Duration::from_millis(900));
        allowance.take(Duration::from_secs(49));
        assert_eq!(clock.free_for_list(&allowance), Duration::ZERO);
    }

    #[test]
    fn free_time_is_not_charged() {
        let mut clock = CallClock::new(Duration::from_millis(1));
        while !clock.is_over() {}
        clock.shared(Duration::from_secs(1));
        assert!(!clock.is_over());
    }
}
