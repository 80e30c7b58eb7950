//! Owns the list of rules and how a finding of one is made. Never decides where a rule fires.

use devflow_plugin::{Category, Finding, Place, RuleInfo, Severity, Span};

/// A rule: id, severity, confidence in percent, one sentence.
type Row = (&'static str, Severity, u8, &'static str);

const RULES: [Row; 2] = [
    ("untested-function", Severity::Low, 60, "No test names a public function."),
    ("no-tests", Severity::Info, 80, "The project has no tests."),
];

/// All rules of the analyzer.
pub fn all() -> Vec<RuleInfo> {
    RULES.iter().map(info).collect()
}

fn info(&(id, severity, confidence, summary): &Row) -> RuleInfo {
    RuleInfo::new(id, severity, Category::Testing, summary).confidence(confidence)
}

/// A finding of a rule in the list, in a source of the project.
pub fn finding(rule: &str, source: usize, span: impl Into<Span>, message: String, suggestion: String) -> Finding {
    let unknown = || RuleInfo::new(rule, Severity::Info, Category::Testing, "").confidence(0);
    let known = RULES.iter().find(|(id, ..)| *id == rule).map_or_else(unknown, info);
    Finding::new(&known, Place::source(source, span), message).suggest(suggestion)
}
