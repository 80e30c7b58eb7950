//! The form of a source: one small tree for all languages, so that a rule is written once. It keeps names, calls, values, assignments and
//! the statements around them, and leaves out types, comments and punctuation.

mod build;
mod imports;
mod node;
mod shape;
mod shapes;
mod special;
mod tables;

pub use node::{FormKind, FormNode};

use super::parsed::Parsed;

/// The form of a parsed text; empty for one that did not parse at all.
///
/// Linear in the text. What is nested deeper than 250 levels is left out.
pub fn form(parsed: &Parsed, text: &str) -> Vec<FormNode> {
    parsed.tree.as_ref().map(|tree| build::build(tree, parsed.language, text)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
