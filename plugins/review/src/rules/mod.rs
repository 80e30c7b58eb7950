//! Owns the list of all rules. Never applies one.

mod branches;
mod comparisons;
mod complexity;
mod crypto;
mod data;
mod documentation;
mod errors;
mod injection;
mod logic;
mod loops;
mod maintainability;
mod memory;
mod operands;
mod patterns;
mod removed;
mod repetition;
mod resources;
mod rust;
mod secret_doubts;
mod secrets;
mod stops;
mod testing;
mod transport;
pub(crate) mod weight;

use crate::rule::Rule;

/// All rules, by file and then in the order of their file.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let files = [
        branches::RULES,
        comparisons::RULES,
        complexity::RULES,
        crypto::RULES,
        data::RULES,
        documentation::RULES,
        errors::RULES,
        injection::RULES,
        logic::RULES,
        loops::RULES,
        maintainability::RULES,
        memory::RULES,
        operands::RULES,
        patterns::RULES,
        removed::RULES,
        repetition::RULES,
        resources::RULES,
        rust::RULES,
        secrets::RULES,
        stops::RULES,
        testing::RULES,
        transport::RULES,
    ];
    files.into_iter().flatten()
}
