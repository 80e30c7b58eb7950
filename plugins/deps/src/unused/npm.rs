//! Owns unused npm packages. Tools, plugins and types are seldom imported: they are let pass, and developers' packages are only judged with
//! a lock file that tells programs and peers.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use devflow_plugin::Finding;

use super::{Sources, believable, finding, is_mentioned, tables, whole};
use crate::model::{Dependency, Ecosystem, Format, Kind, Lock, Locked, Manifest, Origin};
use crate::project::Project;

const LANGUAGES: [&str; 3] = ["javascript", "typescript", "tsx"];

/// All findings.
pub(super) fn inspect(project: &Project, sources: &Sources<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in project.manifests.iter().filter(|manifest| manifest.format == Format::PackageJson) {
        let below = sources.below(&manifest.folder, &LANGUAGES);
        if below.is_empty() || !sources.unread(&manifest.folder, &LANGUAGES).is_empty() || !whole::are_scripts_whole(&sources.all, &below) {
            continue;
        }
        let imported: BTreeSet<&str> =
            below.iter().flat_map(|(_, source)| &source.imports).filter_map(|import| package_of(&import.name)).collect();
        let words: OnceCell<BTreeSet<String>> = OnceCell::new();
        let all_words = || below.iter().flat_map(|(index, _)| sources.host.words(*index)).map(|word| squash(&word)).collect();
        // Some ways to load a package are no import; its name is mostly near: `getRawBody` for `raw-body`.
        let is_near = |name: &str| {
            let short = squash(name.rsplit('/').next().unwrap_or_default());
            let words = words.get_or_init(all_words);
            words.contains(&short) || (short.len() > 3 && words.iter().any(|word| word.contains(&short)))
        };
        let beside = Beside::new(project.lock_for(manifest));
        let mut unused = Vec::new();
        let mut n_judged = 0;
        for dependency in &manifest.dependencies {
            let Some(confidence) = confidence(dependency, beside.as_ref()) else { continue };
            n_judged += 1;
            let name = dependency.alias.as_str();
            let is_known = imported.contains(name) || project.makes(Ecosystem::Npm, &dependency.name) || is_second(manifest, dependency);
            if !is_known && !is_near(name) && !is_mentioned(project, manifest, name) {
                unused.push(finding(dependency, confidence));
            }
        }
        findings.extend(believable(unused, n_judged));
    }
    findings
}

/// What the lock file tells about packages beside their versions.
struct Beside<'l> {
    by_name: BTreeMap<&'l str, &'l Locked>,
    peers: BTreeSet<&'l str>,
}

impl<'l> Beside<'l> {
    fn new(lock: Option<&'l Lock>) -> Option<Self> {
        let lock = lock.filter(|lock| lock.is_detailed)?;
        let by_name = lock.packages.iter().map(|package| (package.name.as_str(), package)).collect();
        let peers = lock.packages.iter().flat_map(|package| &package.peers).map(String::as_str).collect();
        Some(Self { by_name, peers })
    }

    /// Whether a package runs as a program, or is there for another one.
    fn is_used_otherwise(&self, name: &str) -> bool {
        self.peers.contains(name) || self.by_name.get(name).is_none_or(|package| package.has_programs)
    }
}

/// How sure a finding about this dependency would be; nothing when it is not judged.
fn confidence(dependency: &Dependency, beside: Option<&Beside<'_>>) -> Option<u8> {
    let name = dependency.name.as_str();
    if dependency.is_optional || dependency.origin != Origin::Registry || tables::is_npm_tool(name) {
        return None;
    }
    match (dependency.kind, beside) {
        (_, Some(beside)) if beside.is_used_otherwise(name) => None,
        (Kind::Normal, Some(_)) => Some(85),
        (Kind::Normal, None) => Some(75),
        (Kind::Development, Some(_)) => Some(60),
        _ => None,
    }
}

/// The same package as a peer: declared for whoever uses this one.
fn is_second(manifest: &Manifest, dependency: &Dependency) -> bool {
    manifest.dependencies.iter().any(|other| other.kind == Kind::Peer && other.alias == dependency.alias)
}

fn squash(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// The package that an import names; nothing for files of the project and modules of Node.
fn package_of(import: &str) -> Option<&str> {
    let name = import.trim_matches(['"', '\'', '`']).rsplit('!').next()?;
    if name.is_empty() || name.starts_with(['.', '/', '#']) || name.contains(':') {
        return None;
    }
    let name = name.trim_start_matches('~');
    let parts = if name.starts_with('@') { 2 } else { 1 };
    match name.match_indices('/').nth(parts - 1) {
        Some((at, _)) => name.get(..at),
        None => Some(name),
    }
}
