//! Owns the list of all rules. Never applies one.

mod branches;
mod commands;
mod comparisons;
mod complexity;
mod crypto;
mod documentation;
mod errors;
mod injection;
mod logic;
mod loops;
mod maintainability;
mod memory;
mod operands;
mod removed;
mod repetition;
mod resources;
mod rust;
mod secrets;
mod stops;
mod testing;
mod transport;
mod unsafe_input;

use crate::rule::Rule;

/// All rules, by file and then in the order of their file.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let files = [
        branches::RULES,
        commands::RULES,
        comparisons::RULES,
        complexity::RULES,
        crypto::RULES,
        documentation::RULES,
        errors::RULES,
        injection::RULES,
        logic::RULES,
        loops::RULES,
        maintainability::RULES,
        memory::RULES,
        operands::RULES,
        removed::RULES,
        repetition::RULES,
        resources::RULES,
        rust::RULES,
        secrets::RULES,
        stops::RULES,
        testing::RULES,
        transport::RULES,
        unsafe_input::RULES,
    ];
    files.into_iter().flatten()
}
