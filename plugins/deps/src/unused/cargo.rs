//! Owns unused crates. A crate counts as used when its name occurs as a word anywhere in the sources of the package: paths, attributes and
//! macros need no import.

use std::collections::BTreeSet;

use devflow_plugin::{Finding, Source};

use super::{Sources, believable, finding, tables, whole};
use crate::model::{Dependency, Format, Kind, Manifest, Trait, join};
use crate::project::Project;

/// All findings.
pub(super) fn inspect(project: &Project, sources: &Sources<'_>) -> Vec<Finding> {
    let packages: Vec<&Manifest> =
        project.manifests.iter().filter(|manifest| manifest.format == Format::CargoToml && manifest.package.is_some()).collect();
    let mut findings = Vec::new();
    for manifest in packages.iter().filter(|manifest| !manifest.has(Trait::HasSourcesElsewhere)) {
        let owned = sources.owned(manifest, &packages, &["rust"]);
        if owned.is_empty() || !whole::is_crate_whole(&owned) || !has_root(&owned, &manifest.folder) {
            continue;
        }
        let owned: Vec<usize> = owned.into_iter().map(|(index, _)| index).collect();
        let words: BTreeSet<String> = owned.iter().flat_map(|index| sources.host.words(*index)).collect();
        let squashed: BTreeSet<String> = words.iter().map(|word| squash(word)).collect();
        let judged: Vec<&Dependency> = manifest.dependencies.iter().filter(|dependency| is_judged(manifest, dependency)).collect();
        let mut unused = Vec::new();
        for dependency in judged.iter().copied() {
            let is_word = names(dependency).iter().any(|name| words.contains(name) || squashed.contains(&squash(name)));
            if is_word || (dependency.kind == Kind::Development && is_in_docs(sources, &owned, dependency)) {
                continue;
            }
            let confidence = match (dependency.kind, dependency.has_features) {
                (Kind::Development, _) => 50,
                (_, true) => 60,
                (_, false) => 85,
            };
            unused.push(finding(dependency, confidence));
        }
        findings.extend(believable(unused, judged.len()));
    }
    findings
}

/// Whether the root of a crate is seen: the file that everything else hangs on.
fn has_root(owned: &[(usize, &Source)], folder: &str) -> bool {
    let is_root = |source: &Source, file: &str| join(folder, file).is_some_and(|path| source.path == path);
    owned.iter().any(|(_, source)| is_root(source, "src/lib.rs") || is_root(source, "src/main.rs"))
}

fn is_judged(manifest: &Manifest, dependency: &Dependency) -> bool {
    let name = dependency.name.as_str();
    let is_linked = ["-sys", "_sys", "-src", "-static"].iter().any(|end| name.ends_with(end));
    let is_own = manifest.package.as_ref().and_then(|package| package.name.as_deref()) == Some(name);
    // A second declaration only adds features.
    let is_second = dependency.kind == Kind::Development
        && manifest.dependencies.iter().any(|other| other.kind == Kind::Normal && other.alias == dependency.alias);
    let is_quiet = is_linked || is_own || is_second || tables::CARGO_WITHOUT_WORD.contains(&name);
    dependency.kind != Kind::Managed && !dependency.is_optional && !is_quiet
}

/// The names by which sources may call a crate.
fn names(dependency: &Dependency) -> Vec<String> {
    let alias = dependency.alias.replace('-', "_");
    let mut names = vec![dependency.name.replace('-', "_")];
    for (start, end) in [("rust_", ""), ("", "_rs"), ("", "_rust"), ("lib", "")] {
        names.extend(alias.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)).filter(|rest| rest.len() > 1).map(str::to_owned));
    }
    names.extend(tables::CARGO_NAMES.iter().filter(|(crate_name, _)| *crate_name == dependency.name).map(|(_, name)| (*name).to_owned()));
    names.push(alias);
    names
}

fn squash(word: &str) -> String {
    word.replace('_', "")
}

/// Examples in documentation use crates too.
fn is_in_docs(sources: &Sources<'_>, owned: &[usize], dependency: &Dependency) -> bool {
    let names = names(dependency);
    owned.iter().any(|index| sources.host.symbols(*index).iter().any(|symbol| names.iter().any(|name| symbol.doc.contains(name.as_str()))))
}
