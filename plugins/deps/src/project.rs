//! Owns what one call sees: the documents of the project, read once, and questions that several operations ask of them. Never judges.

use std::collections::BTreeSet;
use std::ops::Range;

use devflow_plugin::{Document, Host};

use crate::lock;
use crate::manifest;
use crate::model::{Dependency, Ecosystem, Kind, Lock, Locked, Manifest, file_of, is_inside};
use crate::version;

/// Where advisories lie when the option names a folder of them.
pub const ADVISORIES: &str = "advisories/";

/// Folders whose manifests belong to somebody else, or are there to be wrong.
const FOREIGN: [&str; 22] = [
    "node_modules",
    "bower_components",
    "vendor",
    "vendored",
    "third_party",
    "thirdparty",
    "third-party",
    "site-packages",
    "venv",
    ".venv",
    ".tox",
    ".cargo",
    "target",
    "fixtures",
    "__fixtures__",
    "fixture",
    "testdata",
    "test-data",
    "test_data",
    "testData",
    "cookiecutter",
    "archetype-resources",
];

/// Everything that was read.
#[derive(Debug)]
pub struct Project {
    /// All documents, by path.
    pub documents: Vec<Document>,
    /// All manifests of the project's own.
    pub manifests: Vec<Manifest>,
    /// All lock files, and fixed versions of manifests.
    pub locks: Vec<Lock>,
    /// Manifests and lock files that are not of their form.
    pub broken: Vec<usize>,
    /// Names of the packages that the project itself makes.
    own: BTreeSet<(Ecosystem, String)>,
}

impl Project {
    /// Reads everything that the host hands over. Foreign documents stay in the list, without a text, so that indices hold.
    pub fn read(host: &dyn Host) -> Self {
        let mut documents = host.documents();
        for document in &mut documents {
            if is_foreign(&document.path) {
                document.path = String::new();
                document.text = String::new();
            }
        }
        let manifests = manifest::read(&documents);
        let locks = lock::read(&documents, &manifests.manifests);
        let mut broken = manifests.broken;
        broken.extend(locks.broken);
        broken.sort_unstable();
        let named = |manifest: &Manifest| Some((manifest.ecosystem, manifest.package.as_ref()?.name.clone()?));
        let own = manifests.manifests.iter().filter_map(named).collect();
        Self { documents, manifests: manifests.manifests, locks: locks.locks, broken, own }
    }

    /// The path of a document.
    pub fn path(&self, document: usize) -> &str {
        self.documents.get(document).map_or("", |document| document.path.as_str())
    }

    /// The text of a document.
    pub fn text(&self, document: usize) -> &str {
        self.documents.get(document).map_or("", |document| document.text.as_str())
    }

    /// The file name of a document.
    pub fn file(&self, document: usize) -> &str {
        file_of(self.path(document))
    }

    /// All dependencies with their manifest.
    pub fn dependencies(&self) -> impl Iterator<Item = (&Manifest, &Dependency)> {
        self.manifests.iter().flat_map(|manifest| manifest.dependencies.iter().map(move |dependency| (manifest, dependency)))
    }

    /// The lock file that holds for a manifest: the nearest one above it.
    pub fn lock_for(&self, manifest: &Manifest) -> Option<&Lock> {
        let covering =
            self.locks.iter().filter(|lock| lock.is_file && lock.ecosystem == manifest.ecosystem && lock.covers(&manifest.folder));
        covering.max_by_key(|lock| lock.folder.len())
    }

    /// The line of a manifest that asks for a locked package: the place to change. Nothing when only other packages ask for it.
    pub fn declaration_of(&self, lock: &Lock, package: &Locked) -> Option<&Dependency> {
        let asks = |dependency: &Dependency| {
            dependency.ecosystem == lock.ecosystem
                && dependency.is_direct()
                && dependency.name == package.name
                && dependency.requirement.as_deref().is_none_or(|wanted| fits(lock.ecosystem, wanted, &package.version) != Some(false))
        };
        let all = || self.manifests_of(lock).into_iter().flat_map(|manifest| &manifest.dependencies);
        let found = all().find(|dependency| asks(dependency))?;
        let is_source = |dependency: &&Dependency| dependency.kind == Kind::Managed && dependency.name == found.name;
        if found.is_inherited { all().find(is_source).or(Some(found)) } else { Some(found) }
    }

    /// The manifests that a lock file holds for; for fixed versions, the manifest itself and those below it.
    pub fn manifests_of(&self, lock: &Lock) -> Vec<&Manifest> {
        let holds = |manifest: &&Manifest| {
            manifest.ecosystem == lock.ecosystem
                && is_inside(&manifest.folder, &lock.folder)
                && (!lock.is_file || self.lock_for(manifest).is_some_and(|nearest| nearest.document == lock.document))
        };
        self.manifests.iter().filter(holds).collect()
    }

    /// Whether the project itself makes a package.
    pub fn makes(&self, ecosystem: Ecosystem, name: &str) -> bool {
        self.own.contains(&(ecosystem, name.to_owned()))
    }

    /// Whether the project itself makes a package of this Maven group.
    pub fn makes_group(&self, group: &str) -> bool {
        self.own.iter().any(|(ecosystem, name)| *ecosystem == Ecosystem::Maven && name.split(':').next() == Some(group))
    }

    /// The first line of a document that says something.
    pub fn first_line(&self, document: usize) -> Range<usize> {
        let text = self.text(document);
        let start = text.len() - text.trim_start().len();
        let end = text.get(start..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| start + end);
        start..text.get(start..end).map_or(end, |line| start + line.trim_end().len())
    }
}

fn fits(ecosystem: Ecosystem, requirement: &str, locked: &str) -> Option<bool> {
    version::satisfies(ecosystem, requirement, locked)
}

/// Whether a path leads to somebody else's manifest, or to a template of one.
pub fn is_foreign(path: &str) -> bool {
    if path.starts_with(ADVISORIES) && path.ends_with(".json") {
        return false;
    }
    let mut folders: Vec<&str> = path.split('/').collect();
    folders.pop();
    path.contains(['{', '}', '<', '>']) || folders.iter().any(|folder| FOREIGN.contains(folder))
}
