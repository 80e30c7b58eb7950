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
        if owned.is_empty() || !whole::is_crate_whole(&owned) || !is_root_seen(&owned, &manifest.folder) {
            continue;
        }
        let unread: Vec<Vec<String>> =
            sources.unread(&manifest.folder, &["rust"]).into_iter().map(|file| sources.host.unread_words(file)).collect();
        // What nothing is known of may use everything.
        if unread.iter().any(Vec::is_empty) {
            continue;
        }
        let mut words: BTreeSet<String> = owned.iter().flat_map(|(index, _)| sources.host.words(*index)).collect();
        words.extend(unread.into_iter().flatten());
        let strangers = strangers(sources, manifest, &owned);
        let squashed: BTreeSet<String> = words.iter().map(|word| squash(word)).collect();
        let rest = Rest { has_library: has_root(&owned, &manifest.folder, "src/lib.rs"), is_packed: is_packed(project, manifest) };
        let owned: Vec<usize> = owned.into_iter().map(|(index, _)| index).collect();
        let judged: Vec<&Dependency> = manifest.dependencies.iter().filter(|dependency| is_judged(manifest, dependency, &rest)).collect();
        let mut unused = Vec::new();
        for dependency in judged.iter().copied() {
            let is_word = names(dependency).iter().any(|name| words.contains(name) || squashed.contains(&squash(name)));
            if is_word || (dependency.kind == Kind::Development && is_in_docs(sources, &owned, dependency)) {
                continue;
            }
            let confidence = match (dependency.kind, dependency.has_features) {
                (Kind::Development, _) => 70,
                (_, true) => 60,
                (_, false) => 85,
            };
            match other_name(manifest, dependency, &strangers, &words) {
                OtherName::Likely => {}
                OtherName::Possible(most) => unused.push(finding(dependency, most.min(confidence))),
                OtherName::Unlikely => unused.push(finding(dependency, confidence)),
            }
        }
        findings.extend(believable(unused, judged.len()));
    }
    findings
}

/// Whether sources may call a crate by a name that its package does not have: a library can be called anything.
enum OtherName {
    Likely,
    /// With the most that a finding may be sure, in percent.
    Possible(u8),
    Unlikely,
}

fn other_name(manifest: &Manifest, dependency: &Dependency, strangers: &BTreeSet<String>, words: &BTreeSet<String>) -> OtherName {
    let whole = squash(&dependency.name.replace('-', "_"));
    let resembles = |stranger: &String| {
        let stranger = squash(stranger);
        stranger.len() > 2 && (whole.contains(&stranger) || stranger.contains(&whole))
    };
    if strangers.iter().any(resembles) {
        return OtherName::Likely;
    }
    if !strangers.is_empty() {
        return OtherName::Possible(30);
    }
    let is_other = |part: &str| manifest.dependencies.iter().any(|other| names(other).iter().any(|name| name == part));
    let parts = dependency.name.split(['-', '_']).filter(|part| part.len() > 3 && part.len() < dependency.name.len());
    let has_part = parts.into_iter().any(|part| words.contains(part) && !is_other(part));
    if has_part { OtherName::Possible(50) } else { OtherName::Unlikely }
}

/// Crates that sources import and that no dependency has the name of.
fn strangers(sources: &Sources<'_>, manifest: &Manifest, owned: &[(usize, &Source)]) -> BTreeSet<String> {
    let own = manifest.package.as_ref().and_then(|package| package.name.as_deref());
    let mut known: BTreeSet<String> =
        ["std", "core", "alloc", "proc_macro", "test", "crate", "self", "super"].into_iter().map(str::to_owned).collect();
    known.extend(own.map(|name| name.replace('-', "_")));
    known.extend(manifest.dependencies.iter().flat_map(names));
    let mut imported: BTreeSet<String> = BTreeSet::new();
    for (index, source) in owned {
        // What a source declares or takes into scope can begin a path as well.
        known.extend(sources.host.symbols(*index).into_iter().map(|symbol| symbol.name));
        known.extend(source.path.split(['/', '.']).map(str::to_owned));
        for import in source.imports.iter().map(|import| &import.name) {
            let mut parts = import.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|part| !part.is_empty());
            imported.extend(parts.next().filter(|first| first.starts_with(char::is_lowercase)).map(str::to_owned));
            known.extend(parts.map(str::to_owned));
        }
    }
    imported.retain(|name| !known.contains(name));
    imported
}

/// What else decides about crates of developers.
struct Rest {
    has_library: bool,
    is_packed: bool,
}

/// Whether the root of a crate is seen: the file that everything else hangs on.
fn is_root_seen(owned: &[(usize, &Source)], folder: &str) -> bool {
    has_root(owned, folder, "src/lib.rs") || has_root(owned, folder, "src/main.rs")
}

fn has_root(owned: &[(usize, &Source)], folder: &str, file: &str) -> bool {
    join(folder, file).is_some_and(|path| owned.iter().any(|(_, source)| source.path == path))
}

/// A package as a registry has it mostly lacks its tests.
fn is_packed(project: &Project, manifest: &Manifest) -> bool {
    project.text(manifest.document).starts_with("# THIS FILE IS AUTOMATICALLY GENERATED BY CARGO")
}

fn is_judged(manifest: &Manifest, dependency: &Dependency, rest: &Rest) -> bool {
    let name = dependency.name.as_str();
    let is_linked = ["-sys", "_sys", "-src", "-static"].iter().any(|end| name.ends_with(end));
    let is_own = manifest.package.as_ref().and_then(|package| package.name.as_deref()) == Some(name);
    // A second declaration only adds features.
    let is_second = dependency.kind == Kind::Development
        && manifest.dependencies.iter().any(|other| other.kind == Kind::Normal && other.alias == dependency.alias);
    // Examples in the documentation of a library may use it, and not all of that is seen.
    let may_be_shown = rest.has_library && !tables::CARGO_FOR_TESTS.contains(&name);
    let is_elsewhere = dependency.kind == Kind::Development && (rest.is_packed || may_be_shown);
    let is_quiet = is_elsewhere || is_linked || is_own || is_second || tables::CARGO_WITHOUT_WORD.contains(&name);
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
