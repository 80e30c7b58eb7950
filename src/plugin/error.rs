//! Owns what can go wrong with a plugin and how it is told. Never decides what becomes of the run.

use wasmtime::Trap;

use super::limits::Limits;
use super::words::tame;

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
    /// It wanted too much memory, or the host would have had to hold too much for it.
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
    /// It failed too often in a row, and is not called any more in this run.
    #[error("plugin `{id}` was put aside after {failures} failures in a row")]
    PutAside {
        /// Its name.
        id: String,
        /// How many.
        failures: u32,
    },
    /// The run ended while it was at work.
    #[error("the run ended while plugin `{id}` was at work")]
    Cancelled {
        /// Its name.
        id: String,
    },
    /// It bears a name that reports use for devflow itself.
    #[error("no plugin can be called `{id}`: reports use the name for devflow itself")]
    Reserved {
        /// Its name.
        id: String,
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

/// Why the host ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Ended {
    /// Guest and host together have used up its time.
    #[error("the deadline of the call is over")]
    Deadline,
    /// The guest, or what the host was to hold for it, grew too large.
    #[error("the memory ceiling of the plugin was reached")]
    Memory,
}

/// Says what a failed call was.
pub(super) fn from_trap(id: &str, function: &'static str, error: &wasmtime::Error, said: Option<String>, limits: &Limits) -> PluginError {
    let id = id.to_owned();
    let trap = error.downcast_ref::<Trap>();
    let ended = error.downcast_ref::<Ended>().or_else(|| error.root_cause().downcast_ref::<Ended>()).copied();
    if trap == Some(&Trap::Interrupt) || ended == Some(Ended::Deadline) {
        return PluginError::Deadline { id, function, limit_ms: limits.deadline.as_millis() };
    }
    if ended == Some(Ended::Memory) {
        return PluginError::Memory { id, function, limit_mib: limits.memory_bytes >> 20 };
    }
    // The engine has no type for this one, only words. The guest's own names stand further out in the chain, in the backtrace.
    let cause = error.root_cause().to_string();
    if cause.contains("fuel allocated for hostcalls") {
        return PluginError::Output { id, function, limit_mib: limits.output_bytes >> 20 };
    }
    let reason = match (trap, said) {
        (Some(trap), Some(said)) => format!("{trap} ({})", tame(&said)),
        (Some(trap), None) => trap.to_string(),
        (None, _) => tame(&cause),
    };
    PluginError::Crash { id, function, reason }
}

impl PluginError {
    /// Whether the plugin itself gave out, rather than say why it cannot look at a unit.
    pub(super) fn is_failure(&self) -> bool {
        match self {
            Self::Deadline { .. } | Self::Memory { .. } | Self::Output { .. } | Self::Crash { .. } => true,
            Self::Load { .. }
            | Self::Scope { .. }
            | Self::Refused { .. }
            | Self::PutAside { .. }
            | Self::Cancelled { .. }
            | Self::Reserved { .. }
            | Self::Contract { .. } => false,
        }
    }
}
