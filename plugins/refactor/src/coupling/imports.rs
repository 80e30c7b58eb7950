//! Owns which sources of the project an import leads to. Never guesses: where two sources fit, there is none.

use std::collections::{BTreeMap, BTreeSet};

use devflow_plugin::Source;

use super::{folder, stem};

/// Sources by the last part of their path, without the ending; for Go, folders by their last part.
pub(super) struct Index<'a> {
    sources: &'a [Source],
    by_stem: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Index<'a> {
    pub(super) fn new(sources: &'a [Source]) -> Self {
        let mut by_stem: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, source) in sources.iter().enumerate() {
            let key = match stem(&source.path) {
                // These stand for their folder.
                "mod" | "__init__" | "index" => folder(&source.path).rsplit('/').next().unwrap_or(""),
                stem => stem,
            };
            by_stem.entry(key).or_default().push(at);
        }
        Self { sources, by_stem }
    }

    /// The sources that one source imports, itself left out.
    pub(super) fn imported(&self, at: usize) -> BTreeSet<usize> {
        let Some(source) = self.sources.get(at) else { return BTreeSet::new() };
        let targets = source.imports.iter().filter_map(|import| self.target(source, &import.name));
        targets.filter(|target| *target != at).collect()
    }

    /// Whether loading a source needs another one: an import of types alone makes no circle.
    pub(super) fn needs(&self, at: usize, target: usize) -> bool {
        let Some(source) = self.sources.get(at) else { return false };
        let mut imports = source.imports.iter().filter(|import| !import.is_deferred);
        imports.any(|import| self.target(source, &import.name) == Some(target))
    }

    fn target(&self, from: &Source, import: &str) -> Option<usize> {
        match from.language.as_str() {
            "javascript" | "typescript" | "tsx" => self.relative(from, import),
            "python" => {
                let parts: Vec<&str> = import.trim_start_matches('.').split('.').filter(|part| !part.is_empty()).collect();
                self.longest(from, &parts, import.starts_with('.'))
            }
            "rust" => {
                let parts: Vec<&str> = import.split("::").map(str::trim).collect();
                let is_own = matches!(parts.first(), Some(&("crate" | "super" | "self")));
                let parts: Vec<&str> = parts.into_iter().filter(|part| !matches!(*part, "crate" | "super" | "self")).collect();
                if is_own { self.longest(from, &parts, true) } else { None }
            }
            "java" | "kotlin" => {
                let parts: Vec<&str> = import.split('.').collect();
                if parts.len() > 1 { self.longest(from, &parts, false) } else { None }
            }
            "c" | "cpp" => {
                let (path, _) = import.rsplit_once('.')?;
                let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "." | "..")).collect();
                self.unique(from, &parts, |known| is_header(&known.path))
            }
            _ => None,
        }
    }

    /// `./a` and `../b/c`, with or without an ending.
    fn relative(&self, from: &Source, import: &str) -> Option<usize> {
        if !import.starts_with('.') {
            return None;
        }
        let mut parts: Vec<&str> = folder(&from.path).split('/').filter(|part| !part.is_empty()).collect();
        for part in import.split('/') {
            match part {
                "." | "" => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        let path = parts.join("/");
        let bare = [".js", ".jsx", ".ts", ".tsx", ".mjs"].iter().find_map(|end| path.strip_suffix(end)).unwrap_or(&path);
        let key = bare.rsplit('/').next().unwrap_or(bare);
        let fits = |known: &&usize| {
            self.sources.get(**known).is_some_and(|source| {
                let without = source.path.rsplit_once('.').map_or(source.path.as_str(), |(without, _)| without);
                without == bare || without.strip_suffix("/index") == Some(bare)
            })
        };
        self.by_stem.get(key)?.iter().find(fits).copied()
    }

    /// The source that the longest beginning of a dotted path leads to; the rest names things in it.
    fn longest(&self, from: &Source, parts: &[&str], is_near: bool) -> Option<usize> {
        let fewest = if is_near { 1 } else { 2 };
        (fewest.min(parts.len()).max(1)..=parts.len()).rev().find_map(|n| {
            let parts = parts.get(..n)?;
            // One word alone fits too many files, unless it is meant to be near.
            let within = |known: &Source| !is_near || root(&known.path) == root(&from.path);
            self.unique(from, parts, within)
        })
    }

    /// The one source of the same family of languages whose path ends in these parts.
    fn unique(&self, from: &Source, parts: &[&str], also: impl Fn(&Source) -> bool) -> Option<usize> {
        let wanted = parts.join("/");
        let fits = |known: &&usize| {
            self.sources.get(**known).is_some_and(|source| {
                let without = source.path.rsplit_once('.').map_or(source.path.as_str(), |(without, _)| without);
                let without = ["/mod", "/__init__"].iter().find_map(|end| without.strip_suffix(end)).unwrap_or(without);
                let ends = without == wanted || without.strip_suffix(&wanted).is_some_and(|before| before.ends_with('/'));
                ends && family(&source.language) == family(&from.language) && also(source)
            })
        };
        let mut found = self.by_stem.get(parts.last()?)?.iter().filter(fits);
        let first = found.next()?;
        found.next().is_none().then_some(*first)
    }
}

fn is_header(path: &str) -> bool {
    path.rsplit('.').next().is_some_and(|end| end.starts_with('h'))
}

/// The first folder of a path.
fn root(path: &str) -> &str {
    path.split_once("/src/").map_or_else(|| path.split('/').next().unwrap_or(""), |(root, _)| root)
}

/// Languages whose sources import each other.
fn family(language: &str) -> &str {
    match language {
        "kotlin" => "java",
        "cpp" => "c",
        other => other,
    }
}
