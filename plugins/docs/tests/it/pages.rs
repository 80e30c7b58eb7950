//! The pages of the rules of `check` keep their word: every block under Bad fires, none under Good does.

use devflow_plugin::Plugin;
use devflow_plugin::testing::{File, Project};
use devflow_plugin_docs::Docs;

const PAGES: [(&str, &str); 8] = [
    ("undocumented-public", include_str!("../../../../docs/rules/undocumented-public.md")),
    ("stale-parameter", include_str!("../../../../docs/rules/stale-parameter.md")),
    ("missing-parameter", include_str!("../../../../docs/rules/missing-parameter.md")),
    ("empty-documentation", include_str!("../../../../docs/rules/empty-documentation.md")),
    ("unknown-reference", include_str!("../../../../docs/rules/unknown-reference.md")),
    ("import-cycle", include_str!("../../../../docs/rules/import-cycle.md")),
    ("readme-missing", include_str!("../../../../docs/rules/readme-missing.md")),
    ("readme-stale-path", include_str!("../../../../docs/rules/readme-stale-path.md")),
];

/// Section, language and text of each block.
fn blocks(page: &str) -> Vec<(&str, &str, String)> {
    let (mut section, mut blocks, mut open) = ("", Vec::new(), None);
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => open = Some((section, language, String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some((_, _, text)), None) => text.extend([line, "\n"]),
            (None, None) => section = line.strip_prefix("## ").unwrap_or(section),
        }
    }
    blocks
}

#[test]
fn every_rule_has_a_page_with_its_facts() {
    let rules = Docs::manifest().rules;
    assert_eq!(rules.iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>(), PAGES.map(|(id, _)| id));
    for (rule, (id, page)) in rules.iter().zip(PAGES) {
        let facts = format!("*{} · {} · docs:", rule.severity.name(), rule.category.name());
        assert!(page.starts_with(&format!("# {id}\n\n{}\n\n{facts}", rule.summary)), "{id}");
    }
}

/// The files of a block: each begins with a comment that is its path.
fn files(text: &str) -> Vec<(&str, String)> {
    let mut files: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        let path = line.strip_prefix("// ").or_else(|| line.strip_prefix("# "));
        match (path.filter(|path| path.contains('.') && !path.contains(' ')), files.last_mut()) {
            (Some(path), _) => files.push((path, String::new())),
            (None, Some((_, text))) => text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    files
}

#[test]
fn blocks_about_cycles_fire_or_do_not() {
    let (id, page) = PAGES[5];
    for (section, _, text) in blocks(page) {
        let project = files(&text).into_iter().fold(Project::new(), |project, (path, text)| project.source(path, &text));
        let report = project.inspect::<Docs>("architecture", "{}").unwrap();
        let fires = report.findings.iter().any(|finding| finding.rule == id);
        assert_eq!(fires, section == "Bad", "{section}\n{text}");
    }
}

#[test]
fn blocks_of_check_fire_or_do_not() {
    for (id, page) in PAGES.iter().take(5) {
        for (section, language, text) in blocks(page) {
            let report = File::new(language, &text).inspect::<Docs>("check", "{}").unwrap();
            let fires = report.findings.iter().any(|finding| finding.rule == *id);
            assert_eq!(fires, section == "Bad", "{id} {section}\n{text}");
        }
    }
}
