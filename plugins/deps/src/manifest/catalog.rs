//! Owns version catalogs, `libs.versions.toml`: their libraries are versions for build scripts, no dependencies by themselves.

use toml::de::{DeTable, DeValue};

use crate::model::{Dependency, Ecosystem, Format, Kind, Manifest};
use crate::read::table;

/// Reads one catalog.
pub(super) fn read(document: usize, path: &str, text: &str) -> Option<Manifest> {
    let root = table::parse(text)?;
    let mut manifest = Manifest::new(document, path, Ecosystem::Maven, Format::Catalog);
    let versions = table::table(&root, "versions");
    for (key, value) in table::table(&root, "libraries").map(table::entries).unwrap_or_default() {
        let Some((name, version)) = library(value.get_ref(), versions) else { continue };
        let mut dependency = Dependency::new(Ecosystem::Maven, &name, manifest.spot(key.span()));
        dependency.alias = accessor(key.get_ref());
        dependency.requirement = version;
        dependency.kind = Kind::Managed;
        "libraries".clone_into(&mut dependency.section);
        manifest.dependencies.push(dependency);
    }
    Some(manifest)
}

/// The name by which build scripts call a library: `a-b_c` is `a.b.c`.
fn accessor(alias: &str) -> String {
    alias.replace(['-', '_'], ".")
}

fn library(value: &DeValue<'_>, versions: Option<&DeTable<'_>>) -> Option<(String, Option<String>)> {
    if let Some(text) = value.as_str() {
        let (name, version) = split(text)?;
        return Some((name.to_owned(), version.map(str::to_owned)));
    }
    let details = value.as_table()?;
    let name = match table::text(details, "module") {
        Some(module) => module.to_owned(),
        None => format!("{}:{}", table::text(details, "group")?, table::text(details, "name")?),
    };
    let version = table::get(details, "version").and_then(|version| version_of(version, versions));
    Some((name, version))
}

/// A version, or a reference to one.
fn version_of(value: &DeValue<'_>, versions: Option<&DeTable<'_>>) -> Option<String> {
    if let Some(text) = value.as_str() {
        return Some(text.to_owned());
    }
    let details = value.as_table()?;
    if let Some(name) = table::text(details, "ref") {
        return table::get(versions?, name).and_then(|version| version_of(version, None));
    }
    ["strictly", "require", "prefer"].iter().find_map(|key| table::text(details, key)).map(str::to_owned)
}

/// Splits `group:artifact:version`.
pub(super) fn split(text: &str) -> Option<(&str, Option<&str>)> {
    let second = text.match_indices(':').nth(1).map(|(at, _)| at);
    let name = text.get(..second.unwrap_or(text.len()))?;
    let is_name = name.split(':').count() == 2
        && name.split(':').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
    let version = second.and_then(|at| text.get(at + 1..)).and_then(|rest| rest.split([':', '@']).next());
    is_name.then_some((name, version.filter(|version| !version.is_empty())))
}
