//! Every rule has a page with its facts.
#![expect(clippy::disallowed_methods, reason = "the pages are files")]

use devflow_plugin::Plugin;
use devflow_plugin_test_gen::TestGen;

#[test]
fn every_rule_has_a_page_with_its_facts() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules/");
    for rule in TestGen::manifest().rules {
        let page = std::fs::read_to_string(format!("{folder}{}.md", rule.id)).unwrap_or_else(|_| panic!("no page for {}", rule.id));
        let facts = format!("*{} · {} · test-gen:gaps*", rule.severity.name(), rule.category.name());
        assert!(page.starts_with(&format!("# {}\n\n{}\n\n{facts}\n", rule.id, rule.summary)), "{}", rule.id);
        let sections: Vec<&str> = page.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(sections, ["## Why", "## Bad", "## Good", "## When it is wrong"], "{}", rule.id);
    }
}
