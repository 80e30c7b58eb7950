//! Owns which file or folder of the project an import means. What cannot be said for certain leads nowhere.

mod missing;
mod names;
mod python;
mod rust;
mod script;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::{Project, split};

/// What an import leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// The source with this index.
    File(usize),
    /// All sources of a folder.
    Folder(String),
}

/// One import inside of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The source that imports.
    pub from: usize,
    /// What it imports.
    pub to: Target,
    /// The place of the import.
    pub place: Range<usize>,
    /// How close it ties.
    pub bond: Bond,
}

/// How close an import ties two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bond {
    /// It takes part in cycles.
    Tight,
    /// It is not needed to load the file, or it is between a module and those inside of it.
    Loose,
    /// A Rust module declares its child, which imports nothing.
    Declaration,
}

/// What paths and manifests tell, made once for a project.
struct Index<'a> {
    project: &'a Project,
    paths: BTreeMap<&'a str, usize>,
    names: BTreeMap<&'a str, Vec<usize>>,
    folders: BTreeSet<&'a str>,
    folder_names: BTreeMap<&'a str, Vec<&'a str>>,
    modules: BTreeMap<String, Vec<usize>>,
    declared: BTreeMap<&'a str, Vec<usize>>,
    go: Vec<(String, &'a str)>,
    crates: BTreeMap<String, usize>,
    packages: BTreeMap<String, String>,
}

/// All imports between ordinary sources, in the order of files and places.
pub fn edges(project: &Project) -> Vec<Edge> {
    let index = Index::new(project);
    let mut edges = Vec::new();
    for at in project.ordinary() {
        let Some(source) = project.sources.get(at) else { continue };
        for import in &source.imports {
            let (name, place) = (import.name.as_str(), &import.span.range());
            let mut found: BTreeSet<(Target, Bond)> = BTreeSet::new();
            match source.language.as_str() {
                "rust" => rust::resolve(&index, at, name, place, &mut found),
                "python" => python::resolve(&index, at, name, place, &mut found),
                "javascript" | "typescript" | "tsx" => script::resolve(&index, at, name, &mut found),
                "java" | "kotlin" => names::jvm(&index, at, name, &mut found),
                "go" => names::go(&index, at, name, &mut found),
                "c" | "cpp" => names::include(&index, at, name, &mut found),
                _ => {}
            }
            for (to, bond) in found {
                let is_kept = match &to {
                    Target::File(to) => *to != at && project.is_source(*to),
                    Target::Folder(folder) => folder != split(&source.path).0,
                };
                if is_kept {
                    let bond = if import.is_deferred { Bond::Loose } else { bond };
                    edges.push(Edge { from: at, to, place: place.clone(), bond });
                }
            }
        }
    }
    edges
}

/// Files and folders of the project that imports name and that are not there, each with the sources that import it.
pub fn missing(project: &Project) -> BTreeMap<String, BTreeSet<usize>> {
    let index = Index::new(project);
    let mut missing: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for at in project.ordinary() {
        let Some(source) = project.sources.get(at) else { continue };
        for import in &source.imports {
            if let Some(path) = missing::missing(&index, source, &import.name, &import.span.range()) {
                missing.entry(path).or_default().insert(at);
            }
        }
    }
    missing
}

impl<'a> Index<'a> {
    fn new(project: &'a Project) -> Self {
        let mut index = Self {
            project,
            paths: BTreeMap::new(),
            names: BTreeMap::new(),
            folders: BTreeSet::new(),
            folder_names: BTreeMap::new(),
            modules: BTreeMap::new(),
            declared: BTreeMap::new(),
            go: names::go_modules(project),
            crates: BTreeMap::new(),
            packages: script::packages(project),
        };
        for (at, source) in project.sources.iter().enumerate() {
            let (folder, name) = split(&source.path);
            index.paths.insert(&source.path, at);
            index.names.entry(name).or_default().push(at);
            if index.folders.insert(folder) {
                index.folder_names.entry(split(folder).1).or_default().push(folder);
            }
            if matches!(source.language.as_str(), "java" | "kotlin") {
                let symbols = project.symbols.get(at).map(Vec::as_slice).unwrap_or_default();
                for symbol in symbols.iter().filter(|symbol| symbol.parent.is_empty()) {
                    index.declared.entry(&symbol.name).or_default().push(at);
                }
            }
        }
        index.modules = python::modules(&index);
        index.crates = rust::crates(&index);
        index
    }

    fn file(&self, path: &str) -> Option<usize> {
        self.paths.get(path).copied()
    }
}
