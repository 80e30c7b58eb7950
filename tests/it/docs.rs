//! Pages that are made from the program: they are compared here, and written anew with `DEVFLOW_UPDATE_DOCS=1`.

use std::path::Path;

use devflow::config::{DEFAULTS, variable_name};
use devflow_plugin::{Manifest, Plugin as _, RuleInfo};

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
            let (severity, category) = (rule.severity.name(), rule.category.name());
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
            let facts = format!("*{} · {} · {}:", rule.severity.name(), rule.category.name(), manifest.id);
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

/// The page with the part between `<!-- name -->` and `<!-- end -->` made anew.
fn check_part(page: &str, name: &str, part: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
    let text = std::fs::read_to_string(&path).unwrap();
    let mark = format!("<!-- {name} -->\n");
    let start = text.find(&mark).unwrap_or_else(|| panic!("{page} has no {mark}")) + mark.len();
    let end = start + text[start..].find("<!-- end -->").unwrap();
    check(page, &format!("{}{part}{}", &text[..start], &text[end..]));
}

#[test]
fn the_page_about_scripts_names_all_scripts_and_functions() {
    let scripts: String = devflow::script::SCRIPTS
        .iter()
        .map(|script| format!("| [{0}](../scripts/{0}.rhai) | {1} |\n", script.name, devflow::script::summary(script.text)))
        .collect();
    check_part("scripts.md", "scripts", &scripts);
    let entry = |entry: &devflow::script::ApiEntry| format!("* `{}` {}\n", entry.signature, entry.doc);
    check_part("scripts.md", "functions", &devflow::script::api().iter().map(entry).collect::<String>());
}

#[test]
fn the_page_about_templates_names_all_templates_and_every_field() {
    let templates: String = devflow::template::REPORTS.iter().map(|known| format!("| `{}` | {} |\n", known.name, known.summary)).collect();
    check_part("templates.md", "templates", &templates);
    let schema = serde_json::to_value(schemars::schema_for!(devflow::report::Page<'static>)).unwrap();
    let mut part = fields("Page", &schema);
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        part.push_str(&fields(name, definition));
    }
    check_part("templates.md", "page", &part);
}

/// A table of the fields of one type, or the list of its values.
fn fields(name: &str, schema: &serde_json::Value) -> String {
    let about = |schema: &serde_json::Value| {
        schema["description"].as_str().unwrap_or("").split("\n\n").next().unwrap_or("").replace(['\n', '|'], " ")
    };
    let mut text = format!("### {name}\n\n");
    if !about(schema).is_empty() {
        text.push_str(&format!("{}\n\n", about(schema)));
    }
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(serde_json::Value::as_str).collect();
    let mut rows: Vec<String> = Vec::new();
    for (field, inner) in schema["properties"].as_object().into_iter().flatten() {
        let optional = if required.contains(&field.as_str()) || is_nullable(inner) { "" } else { "*optional*, " };
        rows.push(format!("| `{field}` | {optional}{} | {} |\n", kind(inner), about(inner)));
    }
    for value in schema["oneOf"].as_array().into_iter().flatten() {
        rows.push(format!("| `{}` | text | {} |\n", value["const"].as_str().unwrap_or("?"), about(value)));
    }
    for value in schema["enum"].as_array().into_iter().flatten() {
        rows.push(format!("| `{}` | text | |\n", value.as_str().unwrap_or("?")));
    }
    if !rows.is_empty() {
        text.push_str(&format!("| field | is | meaning |\n|---|---|---|\n{}\n", rows.concat()));
    }
    text
}

fn is_nullable(schema: &serde_json::Value) -> bool {
    let has_null =
        |list: &serde_json::Value| list.as_array().is_some_and(|all| all.iter().any(|one| one == "null" || one["type"] == "null"));
    has_null(&schema["type"]) || has_null(&schema["anyOf"])
}

/// The type of a field in a word or two.
fn kind(schema: &serde_json::Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return name.trim_start_matches("#/$defs/").to_owned();
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let shown: Vec<String> =
            choices.iter().map(|choice| if choice["type"] == "null" { "none".to_owned() } else { kind(choice) }).collect();
        return shown.join(" or ");
    }
    let word = |name: &str| match name {
        "string" => "text".to_owned(),
        "integer" | "number" => "number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "null" => "none".to_owned(),
        "array" if schema["items"].is_object() => format!("list of {}", kind(&schema["items"])),
        "array" => {
            let inner: Vec<String> = schema["prefixItems"].as_array().into_iter().flatten().map(kind).collect();
            format!("pair of {}", inner.join(" and "))
        }
        other => other.to_owned(),
    };
    match &schema["type"] {
        serde_json::Value::String(name) => word(name),
        serde_json::Value::Array(names) => names.iter().filter_map(|name| name.as_str().map(word)).collect::<Vec<_>>().join(" or "),
        _ => "value".to_owned(),
    }
}

#[test]
fn the_page_of_roles_has_all_names_and_words() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/roles.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (before, rest) = page.split_once("<!-- generated: roles -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    let mut table = String::from("| role | looks at | names or words | condition |\n|---|---|---|---|\n");
    for (role, custom) in devflow::types::customs() {
        table.push_str(&format!("| {} | {} | {} | {} |\n", role.name(), custom.kind.name(), custom.names(), custom.when()));
    }
    check("roles.md", &format!("{before}<!-- generated: roles -->\n{table}<!-- end -->{after}"));
}
