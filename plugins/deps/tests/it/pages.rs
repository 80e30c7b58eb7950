//! Every rule has a page, and the page says what the rule is.
#![expect(clippy::disallowed_methods, reason = "the pages are files")]

use std::path::Path;

use devflow_plugin::Plugin;
use devflow_plugin_deps::Deps;

/// The operation that a rule belongs to.
const OPERATIONS: [(&str, &str); 16] = [
    ("advisories-not-checked", "audit"),
    ("alternative-dependency", "alternatives"),
    ("conflicting-declaration", "duplicates"),
    ("denied-license", "licenses"),
    ("deprecated-package", "audit"),
    ("duplicate-version", "duplicates"),
    ("git-dependency", "audit"),
    ("missing-license", "licenses"),
    ("missing-lock-file", "audit"),
    ("path-dependency", "audit"),
    ("stale-lock-file", "audit"),
    ("unpinned-version", "audit"),
    ("unreadable-manifest", "audit"),
    ("unused-dependency", "unused"),
    ("vulnerable-dependency", "audit"),
    ("wildcard-version", "audit"),
];

#[test]
fn every_rule_has_its_page() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules");
    let rules = Deps::manifest().rules;
    assert_eq!(rules.len(), OPERATIONS.len());
    for rule in rules {
        let (_, operation) = OPERATIONS.iter().find(|(id, _)| *id == rule.id).unwrap();
        let page = std::fs::read_to_string(folder.join(format!("{}.md", rule.id))).unwrap();
        let facts = format!("*{} · {} · deps:{operation}*", rule.severity.name(), rule.category.name());
        let head = format!("# {}\n\n{}\n\n{facts}\n\n## Why\n\n", rule.id, rule.summary);
        assert!(page.starts_with(&head), "{head}");
        for section in ["\n## Bad\n", "\n## Good\n", "\n## When it is wrong\n"] {
            assert!(page.contains(section), "{} lacks {section}", rule.id);
        }
    }
}
