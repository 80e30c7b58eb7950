//! Owns the list of rules and how a finding of one is made. Never decides where a rule fires.

use std::ops::Range;

use devflow_plugin::{Category, Finding, Place, RuleInfo, Severity};

/// Id, severity, confidence in percent, summary.
const RULES: [(&str, Severity, u8, &str); 2] = [
    ("untested-function", Severity::Low, 60, "No test names a public function."),
    ("no-tests", Severity::Info, 80, "The project has no tests."),
];

/// All rules of the analyzer.
pub fn all() -> Vec<RuleInfo> {
    RULES.iter().map(|(id, severity, _, summary)| RuleInfo::new(id, *severity, Category::Testing, summary)).collect()
}

/// A finding of a rule in the list, in a source of the project.
pub fn finding(rule: &str, source: usize, span: Range<usize>, message: String, suggestion: String) -> Finding {
    let known = RULES.iter().find(|(id, ..)| *id == rule);
    let (severity, confidence) = known.map_or((Severity::Info, 0), |(_, severity, confidence, _)| (*severity, *confidence));
    Finding {
        rule: rule.to_owned(),
        severity,
        category: Category::Testing,
        message,
        place: Place::Source(source, span),
        suggestion: Some(suggestion),
        confidence,
    }
}
