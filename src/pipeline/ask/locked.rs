//! Locks that outlive a panic: what one question leaves behind must not stop the others.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the mutex holds. All values here are whole between two statements, so a thread that panicked leaves nothing half done.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
