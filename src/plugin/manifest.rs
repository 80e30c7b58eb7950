//! What a plugin says of itself.

use crate::types::{Category, Scope, Severity};

/// The version of the contract that this devflow offers.
pub const CONTRACT_VERSION: &str = "0.1.0";

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
