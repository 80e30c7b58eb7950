//! The contract that plugins are built for.

/// As WIT.
pub const CONTRACT: &str = include_str!("../../../plugins/sdk/wit/v0.2/analyzer.wit");
