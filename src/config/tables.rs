//! Tables of a file that stand for themselves, as they are written.

use super::origin::{Entry, Origin};

/// A table as it was written.
#[derive(Clone, Debug)]
pub struct OverrideTable {
    /// Its keys, in the order they were written.
    pub entries: Vec<(String, Entry)>,
    /// Where the table stands.
    pub origin: Origin,
}

/// A table as it was written.
#[derive(Clone, Debug)]
pub struct PipelineTable {
    /// The NAME of `[pipeline.NAME]`, not yet checked.
    pub name: String,
    /// Its keys, in the order they were written.
    pub entries: Vec<(String, Entry)>,
    /// Where the name of the table stands.
    pub origin: Origin,
    /// Keys that only the user may set.
    pub refused: Vec<(String, Entry)>,
}

/// A table as it was written.
#[derive(Clone, Debug)]
pub struct PluginTable {
    /// Its keys, in the order they were written.
    pub entries: Vec<(String, Entry)>,
    /// Where the table stands.
    pub origin: Origin,
}
