//! The rows of a table, and the table as they are looked up in it.

use std::collections::HashMap;

use super::condition::Condition;
use crate::Severity;

/// What a row looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Looks {
    /// A call, or the making of something.
    Call,
    /// A value under a key, or an assignment to a member or a name.
    Set,
    /// A mention.
    Use,
    /// A value that comes from outside of the program.
    Source,
    /// A call that makes a value harmless.
    Clean,
    /// A call that makes what another row says untrue of its receiver; the name of the group.
    Safe(String),
    /// A call that puts its arguments into what it is called on, or into its first argument.
    Into,
    /// What a function with an annotation gives back.
    Return,
    /// Words of names that say that a value is no value.
    Plain,
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Empty for a row that holds for all rules.
    pub(super) rule: String,
    pub(super) languages: Vec<&'static str>,
    pub(super) looks: Looks,
    pub(super) names: Vec<String>,
    pub(super) conditions: Vec<Condition>,
    pub(super) severity: Option<Severity>,
    pub(super) confidence: Option<u8>,
    pub(super) message: Option<String>,
}

/// A parsed table; see `docs/tables.md` for its syntax.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub(super) rows: Vec<Row>,
    /// Rows by the last segment of their names, for each thing that they look at.
    pub(super) calls: HashMap<String, Vec<usize>>,
    pub(super) sets: HashMap<String, Vec<usize>>,
    pub(super) uses: HashMap<String, Vec<usize>>,
    pub(super) sources: HashMap<String, Vec<usize>>,
    pub(super) cleans: HashMap<String, Vec<usize>>,
    pub(super) intos: HashMap<String, Vec<usize>>,
    pub(super) returns: HashMap<String, Vec<usize>>,
    /// Rows on cleaners whose names are patterns, and rows on plain words.
    pub(super) globs: Vec<usize>,
    pub(super) plains: Vec<usize>,
}

/// Where a value comes from, as far as the file tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// From the program itself, or nobody knows.
    Own,
    /// From whoever calls the function.
    Given,
    /// From outside of the program.
    Sent,
}
