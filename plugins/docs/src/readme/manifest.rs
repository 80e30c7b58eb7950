//! Owns what manifests say about a project as a whole: its name, what it is, how it is built and tested. Never resolves a dependency.

use serde_json::Value;
use toml::de::{DeTable, DeValue};

use devflow_plugin::words::one_line;

use crate::project::Project;

/// What the manifests at the root say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The name, when a manifest gives one.
    pub name: String,
    /// One sentence or so.
    pub description: String,
    /// The licence as written.
    pub license: String,
    /// What to type for what.
    pub commands: Vec<(String, String)>,
}

/// Takes what one manifest says.
type Reader = fn(&str, &mut Facts);

/// Reads the manifests at the root; the first that gives a name or a description wins.
pub fn facts(project: &Project) -> Facts {
    let mut facts = Facts::default();
    let readers: [(&str, Reader); 12] = [
        ("Cargo.toml", cargo),
        ("package.json", npm),
        ("pyproject.toml", python),
        ("setup.cfg", setup_cfg),
        ("setup.py", setup_py),
        ("go.mod", go),
        ("pom.xml", maven),
        ("settings.gradle.kts", gradle_settings),
        ("settings.gradle", gradle_settings),
        ("build.gradle.kts", gradle),
        ("build.gradle", gradle),
        ("CMakeLists.txt", cmake),
    ];
    for (name, read) in readers {
        if let Some((_, text)) = project.document(name) {
            read(text, &mut facts);
        }
    }
    if let Some((_, text)) = project.document("Makefile") {
        make(text, &mut facts);
    }
    facts
}

impl Facts {
    fn say(&mut self, name: Option<&str>, description: Option<&str>, license: Option<&str>) {
        for (field, value) in [(&mut self.name, name), (&mut self.description, description), (&mut self.license, license)] {
            if field.is_empty() {
                *field = one_line(value.unwrap_or(""));
            }
        }
    }

    fn command(&mut self, what: &str, command: &str) {
        if !self.commands.iter().any(|(_, known)| known == command) {
            self.commands.push((what.to_owned(), command.to_owned()));
        }
    }
}

/// The text under a key in a table of a TOML document.
pub fn toml_text(text: &str, tables: &[&str], key: &str) -> Option<String> {
    with_table(text, tables, |table| value(table, key)?.as_str().map(str::to_owned)).flatten()
}

/// The texts in a table of a TOML document, by key.
pub fn toml_table(text: &str, tables: &[&str]) -> Vec<(String, String)> {
    let read = |table: &DeTable<'_>| {
        let mut entries: Vec<(String, String)> =
            table.iter().filter_map(|(key, value)| Some((key.get_ref().to_string(), value.get_ref().as_str()?.to_owned()))).collect();
        entries.sort();
        entries
    };
    with_table(text, tables, read).unwrap_or_default()
}

fn value<'t, 'a>(table: &'t DeTable<'a>, key: &str) -> Option<&'t DeValue<'a>> {
    table.get(key).map(toml::Spanned::get_ref)
}

fn with_table<T>(text: &str, tables: &[&str], read: impl FnOnce(&DeTable<'_>) -> T) -> Option<T> {
    let document = DeTable::parse(text).ok()?;
    let table = tables.iter().try_fold(document.get_ref(), |table, key| value(table, key)?.as_table())?;
    Some(read(table))
}

fn cargo(text: &str, facts: &mut Facts) {
    let get = |key: &str| toml_text(text, &["package"], key);
    facts.say(get("name").as_deref(), get("description").as_deref(), get("license").as_deref());
    let workspace = with_table(text, &["workspace"], |_| ()).is_some();
    let all = if workspace { " --workspace" } else { "" };
    facts.command("Build", &format!("cargo build{all}"));
    facts.command("Test", &format!("cargo test{all}"));
}

fn npm(text: &str, facts: &mut Facts) {
    let Ok(manifest) = serde_json::from_str::<Value>(text) else { return };
    let get = |key: &str| manifest.get(key).and_then(Value::as_str);
    facts.say(get("name"), get("description"), get("license"));
    let manager = get("packageManager").and_then(|manager| manager.split('@').next()).filter(|name| matches!(*name, "pnpm" | "yarn"));
    let manager = manager.unwrap_or("npm");
    facts.command("Install", &format!("{manager} install"));
    let has = |script: &str| manifest.get("scripts").and_then(|scripts| scripts.get(script)).is_some();
    let known = [("Build", "build"), ("Start", "start"), ("Develop", "dev"), ("Test", "test"), ("Lint", "lint")];
    for (what, script) in known.into_iter().filter(|(_, script)| has(script)) {
        facts.command(what, &format!("{manager} run {script}"));
    }
}

fn python(text: &str, facts: &mut Facts) {
    for tables in [["project"].as_slice(), &["tool", "poetry"]] {
        let get = |key: &str| toml_text(text, tables, key);
        facts.say(get("name").as_deref(), get("description").as_deref(), get("license").as_deref());
    }
    let is_poetry = with_table(text, &["tool", "poetry"], |_| ()).is_some();
    let is_package = is_poetry || with_table(text, &["project"], |_| ()).is_some();
    if is_package {
        facts.command("Install", if is_poetry { "poetry install" } else { "pip install ." });
    }
    if text.contains("pytest") {
        facts.command("Test", if is_poetry { "poetry run pytest" } else { "pytest" });
    }
}

fn setup_cfg(text: &str, facts: &mut Facts) {
    let metadata = text.split_once("[metadata]").map_or("", |(_, rest)| rest.split("\n[").next().unwrap_or(""));
    let get = |key: &str| {
        let line = metadata.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='))?;
        Some(line.trim()).filter(|value| !value.is_empty() && !value.contains(':'))
    };
    facts.say(get("name"), get("description"), get("license"));
    if text.contains("[tool:pytest]") {
        facts.command("Test", "pytest");
    }
}

fn setup_py(text: &str, facts: &mut Facts) {
    let get = |key: &str| {
        let rest = text.lines().find_map(|line| line.trim().strip_prefix(key)?.trim_start().strip_prefix('='))?.trim();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest.get(1..)?.split(quote).next()
    };
    facts.say(get("name"), get("description"), get("license"));
    facts.command("Install", "pip install .");
}

fn go(text: &str, facts: &mut Facts) {
    let module = text.lines().find_map(|line| line.trim().strip_prefix("module "));
    let path = module.map(|line| line.split_whitespace().next().unwrap_or("").trim_matches('"'));
    // The last part of the path, without a version.
    let name =
        path.and_then(|path| path.rsplit('/').find(|part| !(part.starts_with('v') && part.chars().skip(1).all(|c| c.is_ascii_digit()))));
    facts.say(name, None, None);
    facts.command("Build", "go build ./...");
    facts.command("Test", "go test ./...");
}

fn maven(text: &str, facts: &mut Facts) {
    // What the parent and the dependencies are called is not the name of the project.
    let own = match text.split_once("<parent>") {
        Some((before, rest)) => format!("{before}{}", rest.split_once("</parent>").map_or("", |(_, after)| after)),
        None => text.to_owned(),
    };
    let own = own.split("<dependencies>").next().unwrap_or("").split("<dependencyManagement>").next().unwrap_or("").to_owned();
    let get = |tag: &str| {
        let inner = own.split_once(&format!("<{tag}>"))?.1.split_once(&format!("</{tag}>"))?.0.trim();
        Some(inner).filter(|inner| !inner.contains(['<', '$']))
    };
    facts.say(get("artifactId"), get("description"), None);
    facts.command("Build", "mvn package");
    facts.command("Test", "mvn test");
}

fn gradle_settings(text: &str, facts: &mut Facts) {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("rootProject.name"));
    facts.say(line.map(|line| line.trim_matches(['=', ' ', '"', '\''])), None, None);
    gradle(text, facts);
}

fn gradle(_: &str, facts: &mut Facts) {
    facts.command("Build", "gradle build");
    facts.command("Test", "gradle test");
}

fn cmake(text: &str, facts: &mut Facts) {
    let lower = text.to_lowercase();
    let inside = lower.find("project(").and_then(|at| text.get(at + "project(".len()..));
    let name = inside.and_then(|inside| inside.split([')', ' ', '\n']).find(|part| !part.is_empty()));
    facts.say(name.filter(|name| !name.contains('$')), None, None);
    facts.command("Build", "cmake -B build && cmake --build build");
    if lower.contains("enable_testing") || lower.contains("include(ctest)") {
        facts.command("Test", "ctest --test-dir build");
    }
}

fn make(text: &str, facts: &mut Facts) {
    let has = |target: &str| {
        text.lines().any(|line| {
            line.strip_prefix(target).is_some_and(|rest| rest.trim_start().starts_with(':') && !rest.trim_start().starts_with(":="))
        })
    };
    let is_alone = facts.commands.is_empty();
    if is_alone {
        facts.command("Build", "make");
    }
    for (what, target) in [("Test", "test"), ("Test", "check"), ("Install", "install"), ("Lint", "lint")] {
        if has(target) && (is_alone || what != "Install") {
            facts.command(what, &format!("make {target}"));
        }
    }
}
