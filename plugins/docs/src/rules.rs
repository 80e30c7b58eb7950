//! Owns the list of rules and how a finding of one is made. Never decides where a rule fires.

use devflow_plugin::{Category, Finding, Place, RuleInfo, Severity};

/// A rule: id, severity, category, one sentence.
type Row = (&'static str, Severity, Category, &'static str);

/// Every rule.
const RULES: [Row; 8] = [
    ("undocumented-public", Severity::Info, Category::Documentation, "Something that others can use has no documentation."),
    ("stale-parameter", Severity::Low, Category::Documentation, "The documentation describes a parameter that the function does not have."),
    ("missing-parameter", Severity::Low, Category::Documentation, "The documentation describes some parameters and leaves out others."),
    ("empty-documentation", Severity::Info, Category::Documentation, "The documentation is empty or only repeats the name."),
    ("unknown-reference", Severity::Low, Category::Documentation, "The documentation refers to a member that its type does not have."),
    ("import-cycle", Severity::Low, Category::Maintainability, "Files import one another in a circle."),
    ("readme-missing", Severity::Info, Category::Documentation, "The project has no README."),
    ("readme-stale-path", Severity::Low, Category::Documentation, "A README names a source that does not exist."),
];

/// All rules of the analyzer.
pub fn all() -> Vec<RuleInfo> {
    RULES.iter().map(info).collect()
}

fn info(&(id, severity, category, summary): &Row) -> RuleInfo {
    RuleInfo::new(id, severity, category, summary)
}

/// A finding of a rule in the list, with the rule's own severity and category.
pub fn finding(rule: &str, place: Place, message: String, suggestion: &str, confidence: u8) -> Finding {
    let unknown = || RuleInfo::new(rule, Severity::Info, Category::Documentation, "");
    let known = RULES.iter().find(|(id, ..)| *id == rule).map_or_else(unknown, info);
    Finding { confidence, ..Finding::new(&known, place, message).suggest(suggestion) }
}
