//! Owns modules of Python: dotted names from the root of their package, and relative ones.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::super::{join, nearest, split, stem};
use super::{Bond, Index, Target};

/// Modules by dotted name. A package begins where the folders with `__init__.py` begin.
pub(super) fn modules(index: &Index<'_>) -> BTreeMap<String, Vec<usize>> {
    let mut modules: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, source) in index.project.sources.iter().enumerate().filter(|(_, source)| source.language == "python") {
        let (folder, _) = split(&source.path);
        let mut root = folder;
        while !root.is_empty() && index.file(&join(root, "__init__.py")).is_some() {
            root = split(root).0;
        }
        let bare = source.path.rsplit_once('.').map_or("", |(bare, _)| bare);
        // Folders without `__init__.py` are packages too when they are named from the root of the project.
        for root in BTreeSet::from([root, "", if folder.starts_with("src/") { "src" } else { "" }]) {
            let below = if root.is_empty() { bare } else { bare.get(root.len() + 1..).unwrap_or("") };
            let dotted = below.replace('/', ".");
            let dotted = dotted.strip_suffix(".__init__").unwrap_or(&dotted).to_owned();
            if !dotted.is_empty() && dotted != "__init__" {
                modules.entry(dotted).or_default().push(at);
            }
        }
    }
    modules
}

pub(super) fn resolve(index: &Index<'_>, at: usize, name: &str, place: &Range<usize>, found: &mut BTreeSet<(Target, Bond)>) {
    let path = index.project.path(at);
    if !name.starts_with('.') && are_all_modules(index, at, name, place) {
        return;
    }
    let target = if name.starts_with('.') { relative(index, path, name) } else { absolute(index, path, name) };
    let Some(target) = target else { return };
    // A package and its modules know each other.
    let is_package = stem(path) == "__init__" || stem(index.project.path(target)) == "__init__";
    let bond = if is_package { Bond::Loose } else { Bond::Tight };
    found.insert((Target::File(target), bond));
}

/// `from package import module` is told as `package` and, at the same place, as `package.module`: whether only modules are meant.
fn are_all_modules(index: &Index<'_>, at: usize, name: &str, place: &Range<usize>) -> bool {
    let Some(source) = index.project.sources.get(at).filter(|_| name.len() == place.len()) else { return false };
    let first = source.imports.partition_point(|known| known.span.range().start < place.start);
    let same = source.imports.iter().skip(first).take_while(|known| known.span.range().start == place.start);
    let mut names = same.filter(|known| known.name.len() > name.len()).peekable();
    names.peek().is_some() && names.all(|known| absolute(index, &source.path, &known.name).is_some())
}

pub(super) fn relative(index: &Index<'_>, path: &str, name: &str) -> Option<usize> {
    let n_dots = name.chars().take_while(|c| *c == '.').count();
    let mut folder = split(path).0;
    for _ in 1..n_dots {
        folder = if folder.is_empty() { return None } else { split(folder).0 };
    }
    let parts: Vec<&str> = name.trim_start_matches('.').split('.').filter(|part| !part.is_empty()).collect();
    // The last part may be a name in the module before it.
    (0..=parts.len()).rev().take(2).find_map(|n| module_at(index, &join(folder, &parts.get(..n)?.join("/"))))
}

fn module_at(index: &Index<'_>, base: &str) -> Option<usize> {
    let base = base.trim_end_matches('/');
    index.file(&format!("{base}.py")).or_else(|| index.file(&join(base, "__init__.py")))
}

fn absolute(index: &Index<'_>, path: &str, name: &str) -> Option<usize> {
    let folder = split(path).0;
    // A script finds its neighbours first.
    if index.file(&join(folder, "__init__.py")).is_none()
        && let Some(neighbour) = module_at(index, &join(folder, &name.replace('.', "/")))
    {
        return Some(neighbour);
    }
    index.modules.get(name).and_then(|candidates| nearest(index.project, candidates, path))
}
