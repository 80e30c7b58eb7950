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

use std::ops::Range;

use devflow_plugin::Role;

use crate::rule::Rule;
use crate::source::Source;

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

/// Whether none of the texts that a row of a table found can be the key that the rule speaks of.
pub(crate) fn is_no_key(rule: &Rule, texts: &[String]) -> bool {
    rule.id == "hard-coded-secret" && !texts.is_empty() && texts.iter().all(|text| secret_doubts::is_label_of_key(text))
}

/// Whether a finding weighs less than its rule says, by what stands around it.
pub(crate) fn is_milder(rule: &Rule, span: &Range<usize>, source: &Source<'_>, role: Role) -> bool {
    match rule.id {
        "tls-verification-disabled" if transport::is_explained(span.start, source) => true,
        "tls-verification-disabled" | "xss-sink" | "cors-wildcard" | "request-forgery" | "open-redirect" | "response-splitting" => {
            role == Role::Test && transport::speaks_with_itself(source)
        }
        "swallowed-error" => errors::is_probe(span.start, source),
        "hard-coded-secret" => secret_doubts::is_of_this_machine(span, source),
        _ => false,
    }
}
