//! The one source of chance. Nothing that is shown or kept depends on it but the names of runs.

/// A number that nobody can foresee; good enough to spread retries and to name runs.
pub(super) fn random() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    std::hash::RandomState::new().build_hasher().finish()
}
