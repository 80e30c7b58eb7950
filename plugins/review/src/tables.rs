//! The tables of calls, settings and names, and the rules that they speak for. How a table is written stands in `docs/tables.md`.

use std::sync::OnceLock;

use devflow_plugin::facts::Table;

use crate::rule::{Finder, Rule};
use crate::rules;

/// The tables of this plugin. A section may stand in several of them.
const TEXTS: &[&str] = &[
    include_str!("tables/sources.table"),
    include_str!("tables/injection.table"),
    include_str!("tables/crypto.table"),
    include_str!("tables/transport.table"),
    include_str!("tables/web.table"),
    include_str!("tables/files.table"),
    include_str!("tables/data.table"),
];

/// All tables as one.
pub(crate) fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| Table::parse(&TEXTS.join("\n")).expect("a test reads every table"))
}

/// The languages in which the tables have rows for a rule, by name.
pub fn languages(rule: &str) -> Vec<&'static str> {
    table().languages(rule)
}

/// The rule of a section, and the message for rows that have none.
pub(crate) fn rule(section: &str) -> Option<(&'static Rule, &'static str)> {
    let message = |rule: &'static Rule| {
        rule.finders.iter().find_map(|finder| match finder {
            Finder::Table { message } => Some((rule, *message)),
            _ => None,
        })
    };
    rules::all().find(|rule| rule.id == section).and_then(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_can_be_read_and_every_section_is_a_rule() {
        for text in TEXTS {
            Table::parse(text).unwrap();
        }
        for section in table().rules() {
            assert!(rule(section).is_some(), "no rule with rows of `{section}`");
        }
    }
}
