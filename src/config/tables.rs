//! Tables of a file that stand for themselves, as they are written.

use super::origin::{Entry, Origin};

/// A table as it was written.
#[derive(Clone, Debug)]
pub struct OverrideTable {
    /// Its keys, in the order they were written.
    pub entries: Vec<(String, Entry)>,
    /// Of the table.
    pub origin: Origin,
}

/// A table as it was written.
#[derive(Clone, Debug)]
pub struct PipelineTable {
    /// Its name.
    pub name: String,
    /// Its keys, in the order they were written.
    pub entries: Vec<(String, Entry)>,
    /// Of its name.
    pub origin: Origin,
    /// Keys that only the user may set.
    pub refused: Vec<(String, Entry)>,
}

/// A table as it was written.
#[derive(Clone, Debug)]
pub struct PluginTable {
    /// Its keys, in the order they were written.
    pub entries: Vec<(String, Entry)>,
    /// Of the table.
    pub origin: Origin,
}
