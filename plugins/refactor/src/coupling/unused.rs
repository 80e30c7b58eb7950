//! Owns the smell of a public function of a program that no other source names. Libraries are made to be named by others and are left alone.

use std::collections::{BTreeMap, BTreeSet};

use devflow_plugin::words::words;
use devflow_plugin::{Document, Finding, Host, Kind, Source, Symbol};

use super::{folder, is_own, stem};
use crate::rules::project_finding;

/// Folders whose files a framework finds by their place.
const FOUND_BY_PLACE: &[&str] =
    &["pages", "app", "routes", "api", "migrations", "plugins", "commands", "handlers", "functions", "stories", "scripts", "config"];
/// Functions that a framework calls by their name.
const CALLED: &[&str] =
    &["main", "default", "init", "setup", "register", "activate", "deactivate", "handler", "up", "down", "loader", "action"];

pub(super) fn inspect(host: &dyn Host, sources: &[Source], findings: &mut Vec<Finding>) {
    let documents = host.documents();
    let symbols: Vec<Vec<Symbol>> = (0..sources.len()).map(|at| host.symbols(at)).collect();
    let programs = Programs::read(sources, &symbols, &documents);
    if programs.is_empty() {
        return;
    }
    let mut n_sources: BTreeMap<String, usize> = BTreeMap::new();
    let mut unknown: BTreeSet<String> = BTreeSet::new();
    for at in 0..sources.len() {
        for word in host.words(at) {
            *n_sources.entry(word).or_default() += 1;
        }
    }
    for (at, file) in host.unread().iter().enumerate().filter(|(_, file)| !file.language.is_empty()) {
        let words = host.unread_words(at);
        // What nothing is known of may name everything of its language.
        if words.is_empty() {
            unknown.insert(family(&file.language).to_owned());
        }
        for word in words {
            *n_sources.entry(word).or_default() += 1;
        }
    }
    let texts: BTreeSet<&str> = documents.iter().flat_map(|document| words(&document.text).map(|(_, word)| word)).collect();
    for (at, source) in sources.iter().enumerate() {
        if !is_own(source)
            || unknown.contains(family(&source.language))
            || matches!(stem(&source.path), "main" | "index")
            || !programs.holds(source)
        {
            continue;
        }
        let names: BTreeSet<&str> = symbols.get(at).into_iter().flatten().map(|symbol| symbol.parent.as_str()).collect();
        for symbol in symbols.get(at).into_iter().flatten() {
            let is_alone = n_sources.get(&symbol.name).is_some_and(|n| *n == 1) && !texts.contains(symbol.name.as_str());
            let is_open = symbol.kind == Kind::Function && symbol.parent.is_empty() && symbol.is_public && !symbol.is_test;
            if !is_open || !is_alone || CALLED.contains(&symbol.name.as_str()) || names.contains(symbol.name.as_str()) {
                continue;
            }
            let message = format!("no other analyzed source names the public function `{}`", symbol.name);
            let suggestion = format!("Delete `{}`, or make it private when this file uses it.", symbol.name);
            let span = symbol.span.range();
            let head = span.start..span.start + symbol.signature.len().min(span.len());
            findings.push(project_finding("unused-public-function", at, head, message, suggestion));
        }
    }
}

/// Languages whose sources name each other.
fn family(language: &str) -> &str {
    match language {
        "typescript" | "tsx" => "javascript",
        "kotlin" => "java",
        "cpp" => "c",
        other => other,
    }
}

/// Folders of packages that are programs and nothing else, by language.
struct Programs {
    rust: BTreeSet<String>,
    go: BTreeSet<String>,
    script: BTreeSet<String>,
    /// Folders of packages that others import, inside of programs.
    libraries: BTreeSet<String>,
}

impl Programs {
    fn read(sources: &[Source], symbols: &[Vec<Symbol>], documents: &[Document]) -> Self {
        let mut programs = Self { rust: BTreeSet::new(), go: BTreeSet::new(), script: BTreeSet::new(), libraries: BTreeSet::new() };
        let paths: BTreeSet<&str> = sources.iter().map(|source| source.path.as_str()).collect();
        let inside = |folder: &str, path: &str| if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") };
        for document in documents {
            let folder = folder(&document.path);
            if document.path.ends_with("Cargo.toml") && document.text.contains("[package]") {
                let is_program =
                    paths.contains(inside(folder, "src/main.rs").as_str()) && !paths.contains(inside(folder, "src/lib.rs").as_str());
                let is_declared = document.text.contains("[lib]") || document.text.contains("[[bin]]");
                let kind = if is_program && !is_declared { &mut programs.rust } else { &mut programs.libraries };
                kind.insert(inside(folder, "src"));
            } else if document.path.ends_with("package.json") {
                let kind = if is_private_program(&document.text) { &mut programs.script } else { &mut programs.libraries };
                kind.insert(folder.to_owned());
            }
        }
        for (at, source) in sources.iter().enumerate().filter(|(_, source)| source.language == "go") {
            let has_main = symbols.get(at).into_iter().flatten().any(|symbol| symbol.name == "main" && symbol.kind == Kind::Function);
            if has_main && is_own(source) {
                programs.go.insert(folder(&source.path).to_owned());
            }
        }
        programs
    }

    fn is_empty(&self) -> bool {
        self.rust.is_empty() && self.go.is_empty() && self.script.is_empty()
    }

    /// Whether a source belongs to a program.
    fn holds(&self, source: &Source) -> bool {
        match source.language.as_str() {
            "go" => self.go.contains(folder(&source.path)),
            "rust" => self.nearest(&source.path, &self.rust) && !source.path.contains("/bin/"),
            "javascript" | "typescript" | "tsx" => {
                self.nearest(&source.path, &self.script)
                    && !source.path.split('/').any(|part| FOUND_BY_PLACE.contains(&part))
                    && !stem(&source.path).contains('.')
            }
            _ => false,
        }
    }

    /// Whether the innermost package around a path is one of these.
    fn nearest(&self, path: &str, programs: &BTreeSet<String>) -> bool {
        let mut around = folder(path);
        loop {
            if programs.contains(around) {
                return true;
            }
            if self.libraries.contains(around) || around.is_empty() {
                return false;
            }
            around = folder(around);
        }
    }
}

/// Whether a manifest says that nobody imports the package, and that there are no packages in it.
fn is_private_program(text: &str) -> bool {
    let Ok(manifest) = serde_json::from_str::<serde_json::Value>(text) else { return false };
    let is_private = manifest.get("private").and_then(serde_json::Value::as_bool) == Some(true);
    is_private
        && ["main", "module", "exports", "types", "bin", "workspaces", "files", "browser"].iter().all(|key| manifest.get(key).is_none())
}
