//! Owns the way from documents to manifests, one module per format. Never judges.

mod cargo;
mod catalog;
mod gomod;
mod gradle;
mod maven;
mod npm;
mod pep508;
mod properties;
mod pyproject;
mod requirements;
mod setup;

use devflow_plugin::Document;

use crate::model::{Format, Manifest, file_of};

pub use gomod::{programs as go_programs, sums as go_sums};
pub use pep508::normalized;

/// Globs of all manifests.
pub const GLOBS: [&str; 12] = [
    "**/Cargo.toml",
    "**/package.json",
    "**/pyproject.toml",
    "**/requirements*.txt",
    "**/requirements/*.txt",
    "**/setup.cfg",
    "**/setup.py",
    "**/go.mod",
    "**/pom.xml",
    "**/*.gradle",
    "**/*.gradle.kts",
    "**/*.versions.toml",
];

/// What was read.
#[derive(Debug, Default)]
pub struct Manifests {
    /// By document.
    pub manifests: Vec<Manifest>,
    /// Documents that have the name of a manifest and are not of its form.
    pub broken: Vec<usize>,
}

/// The format that a path stands for.
pub fn format_of(path: &str) -> Option<Format> {
    let file = file_of(path);
    Some(match file {
        "Cargo.toml" => Format::CargoToml,
        "package.json" => Format::PackageJson,
        "pyproject.toml" => Format::Pyproject,
        "setup.cfg" => Format::SetupCfg,
        "setup.py" => Format::SetupPy,
        "go.mod" => Format::GoMod,
        "pom.xml" => Format::Pom,
        _ if file.ends_with(".versions.toml") => Format::Catalog,
        _ if file == "settings.gradle" || file == "settings.gradle.kts" => return None,
        _ if file.ends_with(".gradle") || file.ends_with(".gradle.kts") => Format::Gradle,
        _ if is_requirements(path, file) => Format::Requirements,
        _ => return None,
    })
}

fn is_requirements(path: &str, file: &str) -> bool {
    let is_text = file.ends_with(".txt");
    is_text && !file.contains("constraint") && (file.starts_with("requirements") || path.rsplit('/').nth(1) == Some("requirements"))
}

/// Reads every manifest.
pub fn read(documents: &[Document]) -> Manifests {
    let mut read = Manifests::default();
    let mut poms = Vec::new();
    let mut scripts = Vec::new();
    for (index, document) in documents.iter().enumerate() {
        let (path, text) = (document.path.as_str(), document.text.as_str());
        let manifest = match format_of(path) {
            Some(Format::CargoToml) => cargo::read(index, path, text),
            Some(Format::PackageJson) => npm::read(index, path, text),
            Some(Format::Pyproject) => pyproject::read(index, path, text),
            Some(Format::Requirements) => Some(requirements::read(index, path, text)),
            Some(Format::SetupCfg) => Some(setup::read_cfg(index, path, text)),
            Some(Format::SetupPy) => Some(setup::read_py(index, path, text)),
            Some(Format::GoMod) => gomod::read(index, path, text),
            Some(Format::Catalog) => catalog::read(index, path, text),
            Some(Format::Pom) => {
                match maven::Pom::read(index, path, text) {
                    Some(pom) => poms.push(pom),
                    None => read.broken.push(index),
                }
                continue;
            }
            Some(Format::Gradle) => {
                scripts.push(index);
                continue;
            }
            None => continue,
        };
        match manifest {
            Some(manifest) => read.manifests.push(manifest),
            None => read.broken.push(index),
        }
    }
    cargo::inherit(&mut read.manifests);
    read.manifests.extend(maven::resolve(&poms));
    read.manifests.extend(gradle::read(&scripts, documents, &read.manifests));
    read.manifests.sort_by_key(|manifest| manifest.document);
    for manifest in &mut read.manifests {
        manifest.dependencies.sort_by_key(|dependency| dependency.spot.start);
    }
    read
}
