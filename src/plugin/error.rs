//! Owns what can go wrong with a plugin and how it is told. Never decides what becomes of the run.

use wasmtime::Trap;

use super::Limits;

/// What went wrong with a plugin.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PluginError {
    /// It cannot be loaded at all.
    #[error("plugin `{id}` cannot be loaded: {reason}")]
    Load {
        /// Its name.
        id: String,
        /// Why not.
        reason: String,
    },
    /// One of its operations was called for a unit that it does not look at.
    #[error("`{id}:{operation}` looks at a {scope}, not at a {unit}")]
    Scope {
        /// Its name.
        id: String,
        /// The operation.
        operation: String,
        /// What it looks at.
        scope: &'static str,
        /// What it was given.
        unit: &'static str,
    },
    /// It ran too long.
    #[error("plugin `{id}` ran longer than {limit_ms} ms in `{function}`")]
    Deadline {
        /// Its name.
        id: String,
        /// The export that was called.
        function: &'static str,
        /// The limit.
        limit_ms: u128,
    },
    /// It wanted too much memory.
    #[error("plugin `{id}` wanted more than {limit_mib} MiB of memory in `{function}`")]
    Memory {
        /// Its name.
        id: String,
        /// The export that was called.
        function: &'static str,
        /// The limit.
        limit_mib: usize,
    },
    /// It handed over too much.
    #[error("plugin `{id}` gave more than {limit_mib} MiB of output in `{function}`")]
    Output {
        /// Its name.
        id: String,
        /// The export that was called.
        function: &'static str,
        /// The limit.
        limit_mib: usize,
    },
    /// It crashed.
    #[error("plugin `{id}` crashed in `{function}`: {reason}")]
    Crash {
        /// Its name.
        id: String,
        /// The export that was called.
        function: &'static str,
        /// The trap, and what the plugin said last.
        reason: String,
    },
    /// It answered with an error.
    #[error("plugin `{id}` refused `{function}`: {message}")]
    Refused {
        /// Its name.
        id: String,
        /// The export that was called.
        function: &'static str,
        /// Its own words.
        message: String,
    },
    /// What it gave breaks the contract.
    #[error("plugin `{id}` broke the contract: {reason}")]
    Contract {
        /// Its name.
        id: String,
        /// How.
        reason: String,
    },
}

/// Longest part of a plugin's own words that is repeated, in characters.
const MAX_WORDS: usize = 300;

/// Shortens and cleans what a guest said: it must not fill a screen or steer a terminal.
pub(super) fn tame(words: &str) -> String {
    let clean: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_WORDS).collect();
    if words.chars().count() > MAX_WORDS { format!("{clean}…") } else { clean }
}

/// The memory limiter ends a call with this text.
pub(super) const MEMORY_EXCEEDED: &str = "the memory ceiling of the plugin was reached";

/// Says what a failed call was.
pub(super) fn from_trap(id: &str, function: &'static str, error: &wasmtime::Error, said: Option<String>, limits: &Limits) -> PluginError {
    let id = id.to_owned();
    let text = format!("{error:#}");
    let trap = error.downcast_ref::<Trap>();
    if trap == Some(&Trap::Interrupt) {
        return PluginError::Deadline { id, function, limit_ms: limits.deadline.as_millis() };
    }
    if text.contains(MEMORY_EXCEEDED) {
        return PluginError::Memory { id, function, limit_mib: limits.memory_bytes >> 20 };
    }
    // The engine has no type for this one, only words.
    if text.contains("fuel allocated for hostcalls") {
        return PluginError::Output { id, function, limit_mib: limits.output_bytes >> 20 };
    }
    let reason = match (trap, said) {
        (Some(trap), Some(said)) => format!("{trap} ({})", tame(&said)),
        (Some(trap), None) => trap.to_string(),
        (None, _) => tame(error.root_cause().to_string().as_str()),
    };
    PluginError::Crash { id, function, reason }
}
