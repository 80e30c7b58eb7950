//! The files that a plugin is made of, and their hash.

use std::path::{Path, PathBuf};

use super::contract::CONTRACT;
use super::error::BuildError;
use super::files::{entries, read};
use super::kind::Kind;
use crate::types::{Digest, KeyHasher};

/// Folders in a plugin's own that are no part of it.
const MADE: &[&str] = &["cases", "dist", "node_modules", "target", "venv", "__pycache__"];

/// The files that a plugin is made of: its manifest and its sources, sorted.
///
/// # Errors
/// A folder that cannot be read.
pub fn sources(dir: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let kind = Kind::of(dir)?;
    let mut files = vec![dir.join(kind.manifest())];
    if kind == Kind::Rust {
        gather(&dir.join("src"), &mut files)?;
    } else {
        let mut all = Vec::new();
        gather(dir, &mut all)?;
        let ending = |path: &PathBuf| path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_owned();
        files.extend(all.into_iter().filter(|path| kind.endings().contains(&ending(path).as_str())));
    }
    files.sort();
    Ok(files)
}

/// Hash of everything that a plugin's component is made of: its folder, the folders that it names as path dependencies, the contract.
///
/// # Errors
/// A file that cannot be read.
pub fn source_digest(dir: &Path) -> Result<Digest, BuildError> {
    let mut key = KeyHasher::new("plugin-source", 2);
    key.field(CONTRACT.as_bytes());
    for (prefix, folder) in [(String::new(), dir.to_owned())].into_iter().chain(path_dependencies(dir)?) {
        for file in sources(&folder)? {
            let name = file.strip_prefix(&folder).unwrap_or(&file).to_string_lossy().replace('\\', "/");
            key.field(prefix.as_bytes()).field(name.as_bytes()).field(&read(&file)?);
        }
    }
    Ok(key.finish())
}

/// Names and folders of the dependencies that stand beside a Rust plugin, by name.
fn path_dependencies(dir: &Path) -> Result<Vec<(String, PathBuf)>, BuildError> {
    if Kind::of(dir)? != Kind::Rust {
        return Ok(Vec::new());
    }
    let manifest: toml::Table = String::from_utf8_lossy(&read(&dir.join("Cargo.toml"))?).parse().unwrap_or_default();
    let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
    let path = |(name, value): (&String, &toml::Value)| Some((name.clone(), dir.join(value.get("path")?.as_str()?)));
    let mut found: Vec<_> = dependencies.into_iter().flatten().filter_map(path).collect();
    found.sort();
    Ok(found)
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), BuildError> {
    for path in entries(folder)? {
        let is_made = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with('.') || MADE.contains(&name));
        match path.is_dir() {
            true if is_made => {}
            true => gather(&path, files)?,
            false => files.push(path),
        }
    }
    Ok(())
}
