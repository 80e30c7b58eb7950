//! Owns the list of rules and the making of findings. Never decides whether there is one.

use devflow_plugin::{Category, Finding, Place, RuleInfo, Severity};

use crate::model::Spot;

/// A rule: id, severity, category, one sentence.
type Row = (&'static str, Severity, Category, &'static str);

/// Every rule.
const RULES: [Row; 16] = [
    ("vulnerable-dependency", Severity::High, Category::Security, "A locked version has a known vulnerability."),
    ("advisories-not-checked", Severity::Info, Category::Security, "Locked versions were not compared with advisories."),
    ("deprecated-package", Severity::Low, Category::Maintainability, "A package is deprecated or abandoned."),
    ("git-dependency", Severity::Low, Category::Maintainability, "A published package takes a dependency from a git repository."),
    ("path-dependency", Severity::Low, Category::Maintainability, "A published package takes a dependency from a folder."),
    ("wildcard-version", Severity::Medium, Category::Maintainability, "Every version of a dependency will do."),
    ("unpinned-version", Severity::Low, Category::Maintainability, "The version of a dependency may change from one build to the next."),
    ("missing-lock-file", Severity::Low, Category::Maintainability, "A program has dependencies and no lock file."),
    ("stale-lock-file", Severity::Medium, Category::Correctness, "A lock file does not fit its manifest."),
    ("unreadable-manifest", Severity::Medium, Category::Correctness, "A manifest or lock file is not of its form."),
    ("unused-dependency", Severity::Low, Category::Maintainability, "No source imports a declared dependency."),
    ("duplicate-version", Severity::Info, Category::Maintainability, "A package is locked in several versions."),
    ("conflicting-declaration", Severity::Low, Category::Correctness, "A manifest declares one package with different versions."),
    ("missing-license", Severity::Low, Category::Documentation, "A manifest does not state its licence."),
    ("denied-license", Severity::High, Category::Maintainability, "A package has a licence that the project does not allow."),
    ("alternative-dependency", Severity::Info, Category::Maintainability, "There is a lighter or maintained package for the same work."),
];

/// The rules for the manifest of the plugin.
pub fn all() -> Vec<RuleInfo> {
    RULES.iter().map(info).collect()
}

fn info(&(id, severity, category, summary): &Row) -> RuleInfo {
    RuleInfo::new(id, severity, category, summary)
}

/// A finding of a rule at a place, with the rule's severity and full confidence.
pub fn finding(rule: &str, spot: &Spot, message: String, suggestion: &str) -> Finding {
    let unknown = || RuleInfo::new(rule, Severity::Info, Category::Maintainability, "");
    let known = RULES.iter().find(|(id, ..)| *id == rule).map_or_else(unknown, info);
    let place = Place::document(spot.document, spot.start..spot.end);
    Finding { suggestion: (!suggestion.is_empty()).then(|| suggestion.to_owned()), ..Finding::new(&known, place, message) }
}

/// Names between back-ticks, with commas; at most `limit` of them, and how many more there are.
pub fn listed<'n>(names: impl Iterator<Item = &'n str>, limit: usize) -> String {
    let names: Vec<&str> = names.collect();
    let shown: Vec<String> = names.iter().take(limit).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(limit) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
