//! Owns the way from documents to lock files, one module per form, and the fixed versions that some manifests have. Never judges.

mod fixed;
mod npm;
mod pnpm;
mod tables;
mod yarn;

use devflow_plugin::Document;

use crate::model::{Lock, Manifest, file_of};

/// Globs of all lock files.
pub const GLOBS: [&str; 11] = [
    "**/Cargo.lock",
    "**/package-lock.json",
    "**/npm-shrinkwrap.json",
    "**/yarn.lock",
    "**/pnpm-lock.yaml",
    "**/poetry.lock",
    "**/uv.lock",
    "**/pdm.lock",
    "**/gradle.lockfile",
    "**/gradle.properties",
    "**/go.sum",
];

/// What was read.
#[derive(Debug, Default)]
pub struct Locks {
    /// By document.
    pub locks: Vec<Lock>,
    /// Documents that have the name of a lock file and are not of its form.
    pub broken: Vec<usize>,
}

/// Reads every lock file.
pub fn read(documents: &[Document], manifests: &[Manifest]) -> Locks {
    let mut read = Locks::default();
    for (index, document) in documents.iter().enumerate() {
        let (path, text) = (document.path.as_str(), document.text.as_str());
        let lock = match file_of(path) {
            "Cargo.lock" => tables::read_cargo(index, path, text),
            "poetry.lock" | "uv.lock" | "pdm.lock" => tables::read_python(index, path, text),
            "package-lock.json" | "npm-shrinkwrap.json" => npm::read(index, path, text),
            "yarn.lock" => yarn::read(index, path, text),
            "pnpm-lock.yaml" => pnpm::read(index, path, text),
            "gradle.lockfile" => Some(fixed::read_gradle(index, path, text)),
            _ => continue,
        };
        match lock {
            Some(lock) => read.locks.push(lock),
            None => read.broken.push(index),
        }
    }
    let fixed: Vec<Lock> = manifests.iter().filter_map(|manifest| fixed::of_manifest(manifest, documents, &read.locks)).collect();
    read.locks.extend(fixed);
    read.locks.sort_by_key(|lock| lock.document);
    read
}
