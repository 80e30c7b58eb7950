//! The wish that work should end, shared by whoever has it and whoever works.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

/// Nobody wants it to end.
const GOING: u8 = 0;
/// Nothing new is begun; what is on its way is waited for.
const ENDING: u8 = 1;
/// Nothing is waited for.
const LEAVING: u8 = 2;

#[derive(Debug, Default)]
struct State {
    wish: AtomicU8,
    wait_ms: AtomicU64,
}

/// Asks for an end. Clones share the wish; nobody can take it back. Whoever works looks at it between steps, and every 50 ms while it waits.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<State>);

impl CancelToken {
    /// Nothing new is begun; what is on its way is waited for so long.
    pub fn cancel(&self, wait: Duration) {
        self.0.wait_ms.store(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.0.wish.fetch_max(ENDING, Ordering::Release);
    }

    /// Nothing is waited for any more.
    pub fn leave(&self) {
        self.0.wish.store(LEAVING, Ordering::Release);
    }

    /// Whether the work should end.
    pub fn is_cancelled(&self) -> bool {
        self.0.wish.load(Ordering::Acquire) != GOING
    }

    /// How long what is on its way may be waited for; none while nobody wants an end.
    pub fn wait(&self) -> Option<Duration> {
        match self.0.wish.load(Ordering::Acquire) {
            GOING => None,
            ENDING => Some(Duration::from_millis(self.0.wait_ms.load(Ordering::Relaxed))),
            _ => Some(Duration::ZERO),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_the_wish_and_nobody_takes_it_back() {
        let token = CancelToken::default();
        let other = token.clone();
        assert_eq!((other.is_cancelled(), other.wait()), (false, None));
        token.cancel(Duration::from_secs(15));
        assert_eq!((other.is_cancelled(), other.wait()), (true, Some(Duration::from_secs(15))));
        other.leave();
        token.cancel(Duration::from_secs(15));
        assert_eq!((token.is_cancelled(), token.wait()), (true, Some(Duration::ZERO)));
        assert!(!CancelToken::default().is_cancelled());
    }
}
