//! Owns where a program begins: main functions, and what manifests name. Lists no test.

use std::collections::BTreeSet;
use std::fmt::Write;

use devflow_plugin::Kind;
use serde_json::Value;

use crate::project::{Project, follow, join, split};
use crate::readme::manifest::toml_table;

/// Entry points that the page lists.
const MAX_ENTRIES: usize = 60;

/// The section about entry points; nothing when there is none.
pub(super) fn write(body: &mut String, project: &Project) {
    let mut entries: BTreeSet<(String, String)> = BTreeSet::new();
    for at in project.ordinary() {
        entries.extend(of_source(project, at).map(|what| (project.path(at).to_owned(), what)));
    }
    for (folder, text) in project.named("package.json") {
        of_package(project, folder, text, &mut entries);
    }
    for (folder, text) in project.named("pyproject.toml") {
        for keys in [["project", "scripts"].as_slice(), &["tool", "poetry", "scripts"]] {
            for (name, value) in toml_table(text, keys) {
                entries.insert((join(folder, "pyproject.toml"), format!("script `{name}` runs `{value}`")));
            }
        }
    }
    if entries.is_empty() {
        return;
    }
    body.push_str("\n## Entry points\n\n");
    for (path, what) in entries.iter().take(MAX_ENTRIES) {
        let _ = writeln!(body, "- `{path}`: {what}");
    }
    if entries.len() > MAX_ENTRIES {
        let _ = writeln!(body, "- and {} more", entries.len() - MAX_ENTRIES);
    }
}

fn of_source(project: &Project, at: usize) -> Option<String> {
    let source = project.sources.get(at)?;
    let (folder, name) = split(&source.path);
    if source.language == "python" {
        return match name {
            "__main__.py" => Some(format!("runs with `python -m {}`", split(folder).1)),
            "manage.py" | "wsgi.py" | "asgi.py" => Some("started by Django or a web server".to_owned()),
            _ => None,
        };
    }
    let symbols = project.symbols.get(at)?;
    let main =
        symbols.iter().find(|symbol| symbol.name == "main" && !symbol.is_test && matches!(symbol.kind, Kind::Function | Kind::Method))?;
    let is_entry = match source.language.as_str() {
        "rust" => main.parent.is_empty() && (name == "main.rs" || folder.ends_with("bin") || name == "build.rs"),
        "go" => main.signature.starts_with("func main()"),
        "java" => main.signature.contains("static") && main.parameters.len() <= 1,
        "kotlin" | "c" | "cpp" => main.parent.is_empty(),
        _ => false,
    };
    let what = if name == "build.rs" { "build script" } else { "`main`" };
    is_entry.then(|| format!("{what}, line {}", main.line))
}

/// `main` and `bin` of a package, where they are files of the project.
fn of_package(project: &Project, folder: &str, text: &str, entries: &mut BTreeSet<(String, String)>) {
    let Ok(manifest) = serde_json::from_str::<Value>(text) else { return };
    let mut add = |what: String, file: Option<&str>| {
        let Some(path) = file.and_then(|file| follow(folder, file)) else { return };
        if project.sources.binary_search_by(|source| source.path.as_str().cmp(&path)).is_ok() {
            entries.insert((path, what));
        }
    };
    add("`main` of the package".to_owned(), manifest.get("main").and_then(Value::as_str));
    match manifest.get("bin") {
        Some(Value::Object(programs)) => {
            for (name, file) in programs {
                add(format!("program `{name}`"), file.as_str());
            }
        }
        Some(Value::String(file)) => add("program of the package".to_owned(), Some(file)),
        _ => {}
    }
}
