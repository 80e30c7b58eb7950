//! What one call into a plugin may use.

use std::time::Duration;

/// What one call into a plugin may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time that its thread works, in the plugin and in the host; what passes on a busy machine may be ten times as much.
    pub deadline: Duration,
    /// Linear memory of one instance, in bytes, and as much again for what the host holds for it.
    pub memory_bytes: usize,
    /// What it hands to the host, in bytes.
    pub output_bytes: usize,
}
