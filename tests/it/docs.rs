//! Pages that are made from the program: they are compared here, and written anew with `DEVFLOW_UPDATE_DOCS=1`.

use std::path::Path;

use devflow::config::{DEFAULTS, variable_name};
use devflow_plugin::{Category, Manifest, Plugin as _, RuleInfo, Severity};

fn check(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("DEVFLOW_UPDATE_DOCS").is_some() {
        std::fs::write(&path, expected).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "docs/{name} is stale: run `DEVFLOW_UPDATE_DOCS=1 cargo test --test it docs::`");
}

#[test]
fn the_page_of_settings_is_made_from_the_defaults() {
    let mut page = String::from(
        "# Settings\n\nThis page is made from `src/config/defaults.toml`; `devflow config show` tells the values in force and where each came \
         from, `devflow config init` writes a commented `devflow.toml`.\n\n",
    );
    let mut comment: Vec<&str> = Vec::new();
    let mut section = "";
    for line in DEFAULTS.lines() {
        if let Some(text) = line.strip_prefix("# ") {
            comment.push(text);
        } else if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
            page.push_str(&format!("## `[{section}]`\n\n| key | default | environment | meaning |\n|---|---|---|---|\n"));
            comment.clear();
        } else if let Some((key, value)) = line.split_once(" = ") {
            let variable = variable_name(&format!("{section}.{key}"));
            page.push_str(&format!("| `{key}` | `{value}` | `{variable}` | {} |\n", comment.join(" ")));
            comment.clear();
        } else {
            if section.is_empty() && !comment.is_empty() {
                page.push_str(&format!("{}\n", comment.join("\n")));
            }
            page.push('\n');
            comment.clear();
        }
    }
    check("config.md", &page);
}

#[test]
fn the_page_of_commands_is_made_from_the_flags() {
    let head = "# Commands\n\nThis page is made from the program's own help.\n\n";
    check("cli.md", &format!("{head}{}", devflow::cli::reference()));
}

/// Our own analyzers but `review`, whose model kinds have a page of their own.
fn other_manifests() -> Vec<Manifest> {
    vec![
        devflow_plugin_deps::Deps::manifest(),
        devflow_plugin_docs::Docs::manifest(),
        devflow_plugin_refactor::Refactor::manifest(),
        devflow_plugin_test_gen::TestGen::manifest(),
    ]
}

#[test]
fn the_list_of_rules_is_made_from_the_rules() {
    let mut page = String::from(
        "# Rules\n\nThe static rules of devflow's own analyzers. What the model may report is in [model.md](model.md). \
         A rule that does not suit a project is turned off by its name in `analyzers.disabled-rules`.\n\n",
    );
    let statics = devflow_plugin_review::rules::all().map(|rule| RuleInfo::new(rule.id, rule.severity, rule.category, rule.summary));
    let mut lists = vec![("review".to_owned(), statics.collect::<Vec<_>>())];
    lists.extend(other_manifests().into_iter().map(|manifest| (manifest.id, manifest.rules)));
    for (analyzer, mut rules) in lists {
        page.push_str(&format!("## {analyzer}\n\n| rule | severity | category | finds |\n|---|---|---|---|\n"));
        rules.sort_by_key(|rule| (rule.category, std::cmp::Reverse(rule.severity), rule.id.clone()));
        for rule in rules {
            let (severity, category) = (severity(rule.severity), category(rule.category));
            page.push_str(&format!("| [{0}]({0}.md) | {severity} | {category} | {1} |\n", rule.id, rule.summary.replace('|', "\\|")));
        }
        page.push('\n');
    }
    check("rules/README.md", &format!("{}\n", page.trim_end()));
}

#[test]
fn every_rule_of_every_analyzer_has_a_page_that_says_what_it_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    let mut wrong = Vec::new();
    for manifest in other_manifests() {
        for rule in &manifest.rules {
            let page = std::fs::read_to_string(folder.join(format!("{}.md", rule.id))).unwrap_or_default();
            let facts = format!("*{} · {} · {}:", severity(rule.severity), category(rule.category), manifest.id);
            let lines: Vec<&str> = page.lines().collect();
            let is_right =
                lines.first() == Some(&format!("# {}", rule.id).as_str()) && lines.get(4).is_some_and(|line| line.starts_with(&facts));
            if !is_right {
                wrong.push(format!("{}.md: expected `{facts}`, found `{}`", rule.id, lines.get(4).unwrap_or(&"no page")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn severity(severity: Severity) -> String {
    format!("{severity:?}").to_lowercase()
}

fn category(category: Category) -> String {
    format!("{category:?}").to_lowercase()
}

#[test]
fn links_between_pages_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md"), root.join("CONTRIBUTING.md"), root.join("CHANGELOG.md")];
    for folder in ["docs", "docs/decisions", "docs/rules"] {
        pages.extend(
            std::fs::read_dir(root.join(folder))
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.extension().is_some_and(|e| e == "md")),
        );
    }
    let mut broken = Vec::new();
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        // What stands between fences is an example.
        let text: String = text.split("```").step_by(2).collect();
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split([')', '#', ' ']).next().unwrap_or("");
            let is_file = !target.is_empty() && !target.contains("://") && target.bytes().all(|byte| byte.is_ascii_graphic());
            let has_extension = [".md", ".json", ".toml", ".rs", ".wit", ".sql"].iter().any(|extension| target.ends_with(extension));
            if is_file && has_extension && !page.parent().unwrap().join(target).exists() {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:?}");
}
