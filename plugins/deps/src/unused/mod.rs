//! Owns the operation `unused`: declared dependencies that no source imports. What may be used in another way than by an import is let
//! pass.

mod cargo;
mod go;
mod java;
mod npm;
mod python;
mod standard;
mod tables;
mod whole;

use devflow_plugin::{Finding, Host, Source, UnreadFile};

use crate::model::{Dependency, Format, Manifest, file_of, folder_of, is_inside};
use crate::project::Project;
use crate::read::lines::mentions;
use crate::rules;

/// More globs: files that are no source of a known language and may name a package.
pub const GLOBS: [&str; 29] = [
    "**/*.astro",
    "**/*.mdx",
    "**/*.pyx",
    "**/*.sh",
    "**/*.svelte",
    "**/*.vue",
    "**/.babelrc*",
    "**/.eslintrc*",
    "**/.github/workflows/*.yml",
    "**/.github/workflows/*.yaml",
    "**/.gitlab-ci.yml",
    "**/.mocharc*",
    "**/.postcssrc*",
    "**/.prettierrc*",
    "**/.stylelintrc*",
    "**/.swcrc",
    "**/angular.json",
    "**/app.json",
    "**/compose*.yml",
    "**/docker-compose*.yml",
    "**/Dockerfile*",
    "**/Makefile",
    "**/nest-cli.json",
    "**/Procfile",
    "**/project.json",
    "**/pytest.ini",
    "**/tox.ini",
    "**/tsconfig*.json",
    "**/turbo.json",
];

/// What one look at the sources shows.
struct Sources<'h> {
    host: &'h dyn Host,
    all: Vec<Source>,
    unread: Vec<UnreadFile>,
}

impl Sources<'_> {
    /// Sources of these languages below a folder that were not handed over, by their index: what they import is not known.
    fn unread(&self, folder: &str, languages: &[&str]) -> Vec<usize> {
        let is_one = |file: &UnreadFile| languages.contains(&file.language.as_str()) && is_inside(&file.path, folder);
        self.unread.iter().enumerate().filter(|(_, file)| is_one(file)).map(|(at, _)| at).collect()
    }

    /// Sources of these languages below a folder, with their index.
    fn below(&self, folder: &str, languages: &[&str]) -> Vec<(usize, &Source)> {
        let is_one = |source: &Source| languages.contains(&source.language.as_str()) && is_inside(&source.path, folder);
        self.all.iter().enumerate().filter(|(_, source)| is_one(source)).collect()
    }

    /// Those of [`Sources::below`] that no other manifest of the list stands nearer to.
    fn owned(&self, manifest: &Manifest, others: &[&Manifest], languages: &[&str]) -> Vec<(usize, &Source)> {
        let inner: Vec<&str> =
            others.iter().map(|other| other.folder.as_str()).filter(|folder| folder.len() > manifest.folder.len()).collect();
        let mut owned = self.below(&manifest.folder, languages);
        owned.retain(|(_, source)| !inner.iter().any(|folder| is_inside(folder, &manifest.folder) && is_inside(&source.path, folder)));
        owned
    }
}

/// Everything that the operation finds.
pub fn inspect(project: &Project, host: &dyn Host) -> Vec<Finding> {
    let sources = Sources { host, all: host.sources(), unread: host.unread() };
    let mut findings = cargo::inspect(project, &sources);
    findings.extend(npm::inspect(project, &sources));
    findings.extend(python::inspect(project, &sources));
    findings.extend(go::inspect(project, &sources));
    findings.extend(java::inspect(project, &sources));
    findings
}

/// When most of what a manifest declares seems unused, its sources are somewhere else: then nothing is said.
fn believable(unused: Vec<Finding>, n_judged: usize) -> Vec<Finding> {
    if unused.len() > 3 && unused.len() * 2 > n_judged { Vec::new() } else { unused }
}

fn finding(dependency: &Dependency, confidence: u8) -> Finding {
    let name = &dependency.name;
    let message = format!("`{name}` is declared, and no analyzed source imports it");
    let suggestion =
        format!("Remove `{name}` from the {} section.", if dependency.section.is_empty() { "dependencies" } else { &dependency.section });
    let mut finding = rules::finding("unused-dependency", &dependency.spot, message, &suggestion);
    finding.confidence = confidence;
    finding
}

/// Whether a document that is neither a manifest nor a lock file names a package, or its manifest does outside of its lists.
fn is_mentioned(project: &Project, manifest: &Manifest, name: &str) -> bool {
    let text = project.text(manifest.document);
    let is_outside = |at: &usize| !manifest.declaring.iter().any(|range| range.contains(at));
    let in_manifest = manifest.format == Format::PackageJson && mentions(text, name).iter().any(is_outside);
    in_manifest || project.documents.iter().any(|document| is_other(&document.path) && !mentions(&document.text, name).is_empty())
}

/// Whether this operation asked for a document. A run may hand over what others asked for; it must not matter.
fn is_other(path: &str) -> bool {
    let is_alike = |pattern: &str, name: &str| match pattern.split_once('*') {
        Some((start, end)) => name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end),
        None => pattern == name,
    };
    let is_there = |glob: &str| folder_of(path).ends_with(folder_of(glob).trim_start_matches("**").trim_start_matches('/'));
    GLOBS.iter().any(|glob| is_alike(file_of(glob), file_of(path)) && is_there(glob))
}
