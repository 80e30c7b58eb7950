//! Owns what is known of all sources of a project: paths, symbols, documents, and short ways to ask for them. Never judges.

pub mod graph;
pub mod resolve;

use std::collections::BTreeMap;

use devflow_plugin::{Document, Host, Kind, Role, Source, Symbol, UnreadFile};

/// Most files of one name among which the nearest is looked for.
const MAX_CANDIDATES: usize = 200;

/// All sources and documents of a project.
#[derive(Debug, Default)]
pub struct Project {
    /// By path.
    pub sources: Vec<Source>,
    /// What each source declares.
    pub symbols: Vec<Vec<Symbol>>,
    /// By path.
    pub documents: Vec<Document>,
    /// Files that were found and not handed over, by path.
    pub unread: Vec<UnreadFile>,
}

impl Project {
    /// Asks the host for everything.
    pub fn read(host: &dyn Host) -> Self {
        let sources = host.sources();
        let symbols = (0..sources.len()).map(|at| host.symbols(at)).collect();
        Self { sources, symbols, documents: host.documents(), unread: host.unread() }
    }

    /// Whether a source is ordinary code.
    pub fn is_source(&self, at: usize) -> bool {
        self.sources.get(at).is_some_and(|source| source.role == Role::Source)
    }

    /// The indexes of ordinary sources.
    pub fn ordinary(&self) -> impl Iterator<Item = usize> {
        (0..self.sources.len()).filter(|at| self.is_source(*at))
    }

    /// The path of a source.
    pub fn path(&self, at: usize) -> &str {
        self.sources.get(at).map_or("", |source| source.path.as_str())
    }

    /// What others see of a source, in the order of the file.
    pub fn public(&self, at: usize) -> Vec<&Symbol> {
        let symbols = self.symbols.get(at).map(Vec::as_slice).unwrap_or_default();
        let hidden: Vec<&str> =
            symbols.iter().filter(|symbol| symbol.kind == Kind::Class && !symbol.is_public).map(|symbol| symbol.name.as_str()).collect();
        let is_shown =
            |symbol: &&Symbol| symbol.is_public && !symbol.is_test && !symbol.name.is_empty() && !hidden.contains(&symbol.parent.as_str());
        symbols.iter().filter(is_shown).collect()
    }

    /// The document with this path.
    pub fn document(&self, path: &str) -> Option<(usize, &str)> {
        let at = self.documents.iter().position(|document| document.path == path)?;
        self.documents.get(at).map(|document| (at, document.text.as_str()))
    }

    /// The documents with this file name, each with its folder.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.documents.iter().filter_map(move |document| {
            let (folder, file) = split(&document.path);
            (file == name).then_some((folder, document.text.as_str()))
        })
    }

    /// Lines of code by language as people write it, the largest first.
    pub fn languages(&self) -> Vec<(&str, u32)> {
        let mut lines: BTreeMap<&str, u32> = BTreeMap::new();
        for source in &self.sources {
            *lines.entry(crate::module::language_name(&source.language)).or_default() += source.code_lines;
        }
        let mut lines: Vec<_> = lines.into_iter().filter(|(_, lines)| *lines > 0).collect();
        lines.sort_by_key(|(name, lines)| (std::cmp::Reverse(*lines), *name));
        lines
    }
}

/// Folder and file name; the folder is empty at the root.
pub fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// A file name without its last extension.
pub fn stem(path: &str) -> &str {
    let name = split(path).1;
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// A path below a folder; the folder may be the root.
pub fn join(folder: &str, rest: &str) -> String {
    if folder.is_empty() { rest.to_owned() } else { format!("{folder}/{rest}") }
}

/// Follows `.` and `..` from a folder; nothing when that leads out of the project.
pub fn follow(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Whether a folder is `suffix`, or ends with it at a slash.
pub fn ends_with(folder: &str, suffix: &str) -> bool {
    folder.strip_suffix(suffix).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

/// Of several sources the one that shares the longest beginning with `path`; nothing when two do.
pub fn nearest(project: &Project, candidates: &[usize], path: &str) -> Option<usize> {
    let shared = |at: usize| {
        let parts = project.path(at).split('/').zip(path.split('/'));
        parts.take_while(|(a, b)| a == b).count()
    };
    if candidates.len() > MAX_CANDIDATES {
        return None;
    }
    let scores: Vec<(usize, usize)> = candidates.iter().map(|at| (shared(*at), *at)).collect();
    let (best, found) = *scores.iter().max()?;
    let n_best = scores.iter().filter(|(score, _)| *score == best).count();
    (n_best == 1).then_some(found)
}
