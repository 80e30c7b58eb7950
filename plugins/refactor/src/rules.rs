//! Owns the list of rules and the making of findings. Never decides whether there is one.

use std::ops::Range;

use devflow_plugin::{Category, Finding, Place, RuleInfo, Severity};

use Category::{Complexity, Maintainability};
use Severity::{Info, Low};

/// A rule: id, severity, category, confidence in percent, one sentence.
type Row = (&'static str, Severity, Category, u8, &'static str);

/// Every rule.
const RULES: [Row; 21] = [
    ("oversized-function", Info, Complexity, 80, "A long function holds a block that can be a function of its own."),
    ("arrow-code", Info, Complexity, 85, "A condition wraps the rest of a deeply nested function or loop."),
    ("complex-condition", Low, Complexity, 80, "A condition joins many parts with both and and or."),
    ("long-parameter-list", Low, Complexity, 80, "A function takes many parameters, some of which name one thing together."),
    ("flag-parameters", Low, Maintainability, 80, "A public function takes several booleans that a caller cannot tell apart."),
    ("primitive-obsession", Info, Maintainability, 75, "A public function takes a row of texts that a caller can mix up unnoticed."),
    ("data-clump", Low, Maintainability, 75, "The same parameters go together through several functions."),
    ("duplicated-code", Low, Maintainability, 85, "Two functions share a block that can be one function."),
    ("magic-number", Low, Maintainability, 70, "A number without a name decides something."),
    ("dead-code", Low, Maintainability, 85, "A private function or constant is never named again."),
    ("god-object", Low, Maintainability, 80, "A type has many methods, many fields and many lines."),
    ("temporary-field", Low, Maintainability, 80, "A private field serves a single method, as a local variable would."),
    ("refused-bequest", Low, Maintainability, 75, "A type inherits methods that it only refuses."),
    ("repeated-switch", Low, Maintainability, 75, "Several functions choose between the same cases of the same thing."),
    ("message-chain", Low, Maintainability, 80, "A chain of getters walks through objects that are none of its business."),
    ("feature-envy", Info, Maintainability, 65, "A method works with another type of the same file alone."),
    ("mixed-naming", Info, Maintainability, 80, "A file names its functions in two styles."),
    ("duplicated-across-files", Low, Maintainability, 80, "A block of code stands in two files."),
    ("unstable-hub", Low, Maintainability, 75, "A file imports a large part of the project and is imported by a large part of it."),
    ("unused-public-function", Info, Maintainability, 50, "No other source of the program names a public function."),
    ("suggested-refactoring", Low, Maintainability, 60, "The model proposes a refactoring."),
];

/// The rules for the manifest of the plugin.
pub fn all() -> Vec<RuleInfo> {
    RULES.iter().map(info).collect()
}

fn info(&(id, severity, category, confidence, summary): &Row) -> RuleInfo {
    RuleInfo::new(id, severity, category, summary).confidence(confidence)
}

/// What a rule says at a place, with the rule's severity, category and confidence.
fn at(rule: &str, place: Place, message: String, suggestion: String) -> Finding {
    let unknown = || RuleInfo::new(rule, Info, Maintainability, "").confidence(0);
    let known = RULES.iter().find(|(id, ..)| *id == rule).map_or_else(unknown, info);
    Finding { suggestion: (!suggestion.is_empty()).then_some(suggestion), ..Finding::new(&known, place, message) }
}

/// A finding in the unit.
pub fn finding(rule: &str, span: Range<usize>, message: String, suggestion: String) -> Finding {
    at(rule, Place::Span(span.into()), message, suggestion)
}

/// A finding in a source of the project.
pub fn project_finding(rule: &str, source: usize, span: Range<usize>, message: String, suggestion: String) -> Finding {
    at(rule, Place::source(source, span), message, suggestion)
}

/// A finding where the model quoted code.
pub fn quoted_finding(rule: &str, quote: &str, line: u32, message: String, suggestion: String) -> Finding {
    at(rule, Place::quote(quote, line), message, suggestion)
}

/// Names between back-ticks, with commas; at most `limit` of them, and how many more there are.
pub fn listed<'n>(names: impl IntoIterator<Item = &'n str>, limit: usize) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let shown: Vec<String> = names.iter().take(limit).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(limit) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
