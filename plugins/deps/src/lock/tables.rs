//! Owns lock files that are TOML with `[[package]]`: those of Cargo, Poetry, uv and PDM.

use toml::de::{DeTable, DeValue};

use crate::manifest::normalized;
use crate::model::{Ecosystem, Lock, Locked};
use crate::read::table;

/// Reads `Cargo.lock`.
pub(super) fn read_cargo(document: usize, path: &str, text: &str) -> Option<Lock> {
    let root = table::parse(text)?;
    let mut lock = Lock::new(document, path, Ecosystem::Cargo);
    for package in packages(&root) {
        let Some(mut locked) = locked(package) else { continue };
        locked.is_registry = table::text(package, "source").is_some_and(|source| !source.starts_with("git+"));
        lock.packages.push(locked);
    }
    Some(lock)
}

/// Reads `poetry.lock`, `uv.lock` and `pdm.lock`.
pub(super) fn read_python(document: usize, path: &str, text: &str) -> Option<Lock> {
    let root = table::parse(text)?;
    let mut lock = Lock::new(document, path, Ecosystem::Python);
    for package in packages(&root) {
        let Some(mut locked) = locked(package) else { continue };
        locked.name = normalized(&locked.name);
        locked.is_registry = is_from_registry(package);
        lock.packages.push(locked);
    }
    Some(lock)
}

fn packages<'t, 'a>(root: &'t DeTable<'a>) -> Vec<&'t DeTable<'a>> {
    table::list(root, "package").into_iter().filter_map(|item| item.get_ref().as_table()).collect()
}

fn locked(package: &DeTable<'_>) -> Option<Locked> {
    let name = package.get("name")?;
    let version = table::text(package, "version")?;
    Some(Locked::new(name.get_ref().as_str()?, version, name.span()))
}

fn is_from_registry(package: &DeTable<'_>) -> bool {
    let has = |key: &str| package.contains_key(key);
    match table::get(package, "source") {
        Some(DeValue::Table(source)) => source.contains_key("registry") || table::text(source, "type") == Some("legacy"),
        _ => !has("git") && !has("path") && !has("url"),
    }
}
