//! Every rule has a page in `docs/rules`, every example on a page does what the page says: a bad one is found, a good one is not.
#![expect(clippy::disallowed_methods, reason = "the pages are files")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use devflow_plugin::testing::File;
use devflow_plugin::{Hunk, Role, Severity};
use devflow_plugin_review::rule::{ALL, Category, Finder, Rule};
use devflow_plugin_review::{Review, rules, table_languages};

/// How often a rule speaks of a text.
fn count(rule: &str, language: &str, text: &str) -> usize {
    let report = match language.strip_prefix("diff ") {
        Some(language) => changed(language, text).inspect::<Review>("change", "{}"),
        None => File::new(language, text).inspect::<Review>("file", "{}"),
    };
    let report = report.unwrap_or_else(|error| panic!("{rule}, {language}: {error}"));
    report.findings.iter().filter(|found| found.rule == rule).count()
}

/// A change from an example: lines that begin with `-` are gone, with `+` are new.
fn changed(language: &str, example: &str) -> File {
    let (mut text, mut hunks, mut open) = (String::new(), Vec::new(), None::<Hunk>);
    for line in example.lines() {
        let (mark, rest) = line.split_at(usize::from(!line.is_empty()));
        let start = text.len();
        if mark == "-" {
            open.get_or_insert_with(|| Hunk { span: (start..start).into(), removed: String::new() }).removed.extend([rest, "\n"]);
            continue;
        }
        text.extend([rest, "\n"]);
        if mark == "+" {
            open.get_or_insert_with(|| Hunk { span: (start..start).into(), removed: String::new() }).span.end = text.len() as u32;
        } else {
            hunks.extend(open.take());
        }
    }
    hunks.extend(open);
    File::new(language, &text).changed(hunks)
}

fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules")
}

/// Blocks of a page: section, language, code.
fn blocks(page: &str) -> Vec<(String, String, String)> {
    let (mut section, mut blocks, mut open) = (String::new(), Vec::new(), None::<(String, String)>);
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (Some(_), Some("")) => blocks.extend(open.take().map(|(language, code)| (section.clone(), language, code))),
            (Some((_, code)), _) => code.extend([line, "\n"]),
            (None, Some(language)) => open = Some((language.to_owned(), String::new())),
            (None, None) => section = line.strip_prefix("## ").map_or(section, str::to_owned),
        }
    }
    blocks
}

fn languages(rule: &Rule) -> Vec<&'static str> {
    let has = |language: &&&str| {
        rule.finders.iter().any(|finder| match finder {
            Finder::Syntax { languages, .. }
            | Finder::Text { languages, .. }
            | Finder::Function { languages, .. }
            | Finder::File { languages, .. }
            | Finder::Removed { languages, .. } => languages.contains(language),
            Finder::Measure { languages, .. } => languages.contains(language),
            Finder::Table { .. } => table_languages(rule.id).contains(language),
            Finder::Secret { .. } => true,
        })
    };
    ALL.iter().filter(has).copied().collect()
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

fn facts(rule: &Rule) -> String {
    let category = match rule.category {
        Category::Security => "security",
        Category::Correctness => "correctness",
        Category::Performance => "performance",
        Category::Complexity => "complexity",
        Category::Maintainability => "maintainability",
        Category::Documentation => "documentation",
        Category::Testing => "testing",
    };
    let languages = languages(rule);
    let languages = if languages.len() == ALL.len() { "all".to_owned() } else { languages.join(", ") };
    let in_tests = match rule.severity_in(Role::Test) {
        None => "off in tests".to_owned(),
        Some(same) if same == rule.severity => "same in tests".to_owned(),
        Some(lower) => format!("{} in tests", severity(lower)),
    };
    format!("*{} · {category} · {languages} · {in_tests}*", severity(rule.severity))
}

/// Examples that would fill a page with a thousand lines are made here instead.
fn made_examples(rule: &str) -> Vec<(&'static str, &'static str, String)> {
    let statements = |n: usize| (0..n).map(|n| format!("    work({n});\n")).collect::<String>();
    let assignments = |n: usize| (0..n).map(|n| format!("let value_{n} = {n};\n")).collect::<String>();
    match rule {
        "complex-function" => vec![
            ("Bad", "rust", format!("fn long() {{\n{}}}\n", statements(110))),
            ("Good", "rust", format!("fn short() {{\n{}}}\n", statements(70))),
        ],
        "long-file" => vec![("Bad", "javascript", assignments(1100)), ("Good", "javascript", assignments(900))],
        _ => Vec::new(),
    }
}

#[test]
fn every_rule_has_a_page_that_says_what_the_rule_is() {
    let mut problems = Vec::new();
    for rule in rules::all() {
        let Ok(page) = std::fs::read_to_string(pages().join(format!("{}.md", rule.id))) else {
            problems.push(format!("{}: no page", rule.id));
            continue;
        };
        let lines: Vec<&str> = page.lines().collect();
        let expected = [(0, format!("# {}", rule.id)), (2, rule.summary.to_owned()), (4, facts(rule))];
        for (at, expected) in expected {
            if lines.get(at) != Some(&expected.as_str()) {
                problems.push(format!("{}.md:{}: expected `{expected}`, found `{}`", rule.id, at + 1, lines.get(at).unwrap_or(&"")));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_page_belongs_to_a_rule() {
    let known: Vec<&str> = rules::all().map(|rule| rule.id).chain(["README", "model"]).collect();
    for entry in std::fs::read_dir(pages()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        // The third fact of a rule of another analyzer is its operation: `deps:unused`.
        let page = std::fs::read_to_string(entry.path()).unwrap();
        if page.lines().nth(4).is_some_and(|facts| facts.ends_with('*') && facts.contains(':')) {
            continue;
        }
        assert!(known.contains(&name.trim_end_matches(".md")), "{name} belongs to no rule");
    }
}

#[test]
fn bad_examples_are_found_and_good_ones_are_not() {
    let mut problems = Vec::new();
    for rule in rules::all() {
        let page = std::fs::read_to_string(pages().join(format!("{}.md", rule.id))).unwrap_or_default();
        let mut bad: BTreeMap<String, usize> = BTreeMap::new();
        let made = made_examples(rule.id).into_iter().map(|(section, language, code)| (section.to_owned(), language.to_owned(), code));
        let is_made = !made_examples(rule.id).is_empty();
        for (section, language, code) in blocks(&page).into_iter().chain(made) {
            let is_bad = match section.as_str() {
                "Bad" => true,
                "Good" => false,
                _ => continue,
            };
            let count = count(rule.id, &language, &code);
            *bad.entry(language.trim_start_matches("diff ").to_owned()).or_default() += usize::from(is_bad);
            if is_bad != (count > 0) {
                problems.push(format!("{}: {count} findings in a {} example:\n{code}", rule.id, if is_bad { "bad" } else { "good" }));
            }
        }
        for language in languages(rule) {
            if !is_made && bad.get(language).is_none_or(|n| *n == 0) {
                problems.push(format!("{}: no bad example in {language}", rule.id));
            }
        }
    }
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn there_are_many_rules_and_each_has_its_own_id() {
    let mut ids: Vec<&str> = rules::all().map(|rule| rule.id).collect();
    assert!(ids.len() >= 60, "{} rules", ids.len());
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), rules::all().count());
}
