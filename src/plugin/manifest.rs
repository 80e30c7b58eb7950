//! What a plugin says of itself.

use super::words::one_line;
use crate::types::{Category, Scope, Severity};

/// Longest schema that is shown, in characters.
const MAX_OPTIONS: usize = 20_000;

/// The version of the contract that this devflow offers.
pub const CONTRACT_VERSION: &str = "0.2.0";

/// One operation as its plugin describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationInfo {
    /// Such as `file`.
    pub name: String,
    /// One sentence.
    pub summary: String,
    /// What its units are.
    pub scope: Scope,
    /// Permission `model`: whether it may ask the model.
    pub asks_model: bool,
    /// Permission `project`: whether it may see the outlines of other files, and these documents.
    pub sees_project: bool,
    /// Whether it does nothing without the model.
    pub needs_model: bool,
    /// Globs of files that it wants to read whole.
    pub documents: Vec<String>,
    /// JSON Schema of its options.
    pub options_schema: String,
}

impl OperationInfo {
    /// The schema of its options for a reader: one line that steers no terminal.
    pub fn options_line(&self) -> String {
        one_line(&self.options_schema, MAX_OPTIONS)
    }
}

/// One rule as its plugin describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// Without the plugin.
    pub id: String,
    /// How bad it is in ordinary code.
    pub severity: Severity,
    /// What it is about.
    pub category: Category,
    /// One sentence.
    pub summary: String,
    /// Confidence of its findings, in percent, 0 to 100; `None` where it differs from finding to finding.
    pub confidence: Option<u8>,
    /// Numbers that a user may want to choose.
    pub limits: Vec<Limit>,
    /// Numbers of the weaknesses in MITRE's list (CWE) that it looks for.
    pub cwe: Vec<u32>,
    /// Pages that explain the fault, beginning with `https://`.
    pub links: Vec<String>,
    /// What is wrong and how to mend it, in Markdown; empty where the plugin has no page.
    pub page: String,
}

/// A number of a rule that a user may want to choose, such as the most lines of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Such as `max-lines`.
    pub name: String,
    /// What it limits, in one sentence.
    pub summary: String,
    /// Its value when nobody chooses.
    pub default: i64,
    /// The least value that makes sense.
    pub least: i64,
    /// The greatest value that makes sense.
    pub most: i64,
}

/// What a plugin says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Its name.
    pub id: String,
    /// Its version.
    pub version: String,
    /// In its own order.
    pub operations: Vec<OperationInfo>,
    /// In its own order.
    pub rules: Vec<RuleInfo>,
}
