//! Every rule has a page, and what the page calls bad is found.
#![expect(clippy::disallowed_methods, reason = "the pages are files")]

use devflow_plugin::Plugin;
use devflow_plugin::testing::File;
use devflow_plugin_refactor::Refactor;

/// Pages whose examples are too short to fire, since a true one fills screens.
const FOR_READING: [&str; 2] = ["god-object", "oversized-function"];

/// The fenced blocks of a section with their languages.
fn blocks(page: &str, section: &str) -> Vec<(String, String)> {
    let text = page.split(&format!("\n## {section}\n")).nth(1).unwrap_or("").split("\n## ").next().unwrap_or("");
    let fenced = text.split("```").skip(1).step_by(2);
    fenced.filter_map(|block| block.split_once('\n').map(|(language, code)| (language.to_owned(), code.to_owned()))).collect()
}

#[test]
fn every_rule_has_a_page_whose_examples_hold() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules/");
    for rule in Refactor::manifest().rules {
        let page = std::fs::read_to_string(format!("{folder}{}.md", rule.id)).unwrap_or_else(|_| panic!("no page for {}", rule.id));
        let facts = format!("*{} · {} · refactor:", rule.severity.name(), rule.category.name());
        assert!(page.starts_with(&format!("# {}\n\n{}\n\n{facts}", rule.id, rule.summary)), "{}", rule.id);
        assert!(!blocks(&page, "Bad").is_empty() && !blocks(&page, "Good").is_empty() && page.contains("\n## When it is wrong\n"));
        if !page.contains("refactor:smells*") || FOR_READING.contains(&rule.id.as_str()) {
            continue;
        }
        for (section, wanted) in [("Bad", true), ("Good", false)] {
            for (language, code) in blocks(&page, section) {
                let report = File::new(&language, &code).inspect::<Refactor>("smells", "{}").unwrap();
                let found = report.findings.iter().any(|finding| finding.rule == rule.id);
                assert_eq!(found, wanted, "{} {section} {language}: {:?}", rule.id, report.findings);
            }
        }
    }
}
