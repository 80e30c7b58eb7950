//! Owns the one model of manifests, lock files and dependencies that every operation works on.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Where packages come from, and whose rules for names and versions hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ecosystem {
    /// Rust: crates.io.
    Cargo,
    /// JavaScript and TypeScript: npm.
    Npm,
    /// Python: PyPI.
    Python,
    /// Go modules.
    Go,
    /// Java and Kotlin, by Maven or Gradle.
    Maven,
}

impl Ecosystem {
    /// The name that advisories use.
    pub fn osv_name(self) -> &'static str {
        match self {
            Self::Cargo => "crates.io",
            Self::Npm => "npm",
            Self::Python => "PyPI",
            Self::Go => "Go",
            Self::Maven => "Maven",
        }
    }

    /// The word for it in tables, questions and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cargo => "cargo",
            Self::Npm => "npm",
            Self::Python => "python",
            Self::Go => "go",
            Self::Maven => "maven",
        }
    }
}

/// A place in a document of the project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// Index of the document.
    pub document: usize,
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}

impl Spot {
    /// The place at `span` in the document with this index.
    pub fn new(document: usize, span: Range<usize>) -> Self {
        Self { document, start: span.start, end: span.end }
    }
}

/// What a dependency is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What the program or library itself uses.
    Normal,
    /// Tests, examples, tools of the developer.
    Development,
    /// Build scripts and build systems.
    Build,
    /// Whoever uses this package must bring it along.
    Peer,
    /// Present at run time only, or given by the platform.
    Runtime,
    /// Somebody else's dependency, listed here for its version.
    Indirect,
    /// A version for whoever declares the package elsewhere; no dependency by itself.
    Managed,
}

/// Where the code of a dependency comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A registry.
    Registry,
    /// A git repository; `is_fixed` when a commit or tag is named.
    Git {
        /// A commit or tag is named.
        is_fixed: bool,
    },
    /// A folder or file, as written.
    Path(String),
    /// An address, neither of a git repository nor of a local file.
    Url,
    /// Another manifest of the same workspace says it.
    Workspace,
}

/// A dependency, as one manifest declares it.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// Whose rules for names and versions hold.
    pub ecosystem: Ecosystem,
    /// Its name in the registry, in the form that compares; `group:artifact` for Maven.
    pub name: String,
    /// The name by which this project calls it.
    pub alias: String,
    /// The versions that will do, as written, with properties filled in.
    pub requirement: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// What it is for.
    pub kind: Kind,
    /// Off unless asked for.
    pub is_optional: bool,
    /// Holds for some platforms or versions of the language only.
    pub is_conditional: bool,
    /// The section it stands in.
    pub section: String,
    /// Its version stands in another place of the project: a workspace, a parent, a catalog.
    pub is_inherited: bool,
    /// It is also there to switch on features.
    pub has_features: bool,
    /// Where the manifest declares it.
    pub spot: Spot,
}

impl Dependency {
    /// An ordinary dependency from a registry.
    pub fn new(ecosystem: Ecosystem, name: &str, spot: Spot) -> Self {
        Self {
            ecosystem,
            name: name.to_owned(),
            alias: name.to_owned(),
            requirement: None,
            origin: Origin::Registry,
            kind: Kind::Normal,
            is_optional: false,
            is_conditional: false,
            section: "dependencies".to_owned(),
            is_inherited: false,
            has_features: false,
            spot,
        }
    }

    /// Whether this project itself uses it.
    pub fn is_direct(&self) -> bool {
        !matches!(self.kind, Kind::Indirect | Kind::Managed)
    }
}

/// The form of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// `Cargo.toml`.
    CargoToml,
    /// `package.json`.
    PackageJson,
    /// `pyproject.toml`.
    Pyproject,
    /// `requirements.txt` and its like.
    Requirements,
    /// `setup.cfg`.
    SetupCfg,
    /// `setup.py`.
    SetupPy,
    /// `go.mod`.
    GoMod,
    /// `pom.xml`.
    Pom,
    /// `build.gradle` and `build.gradle.kts`.
    Gradle,
    /// `libs.versions.toml`.
    Catalog,
}

/// What a manifest says about its licence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum License {
    /// The manifest states none.
    #[default]
    Missing,
    /// A name or an expression.
    Stated(String),
    /// A file has it, or a program says it.
    Elsewhere,
}

/// Whether the package is made for a registry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Publishing {
    /// The manifest rules it out.
    Never,
    /// It does not say.
    #[default]
    Unknown,
    /// It has what a registry asks for.
    Meant,
}

/// The package that a manifest describes.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// Name, as written; none where the manifest does not state one.
    pub name: Option<String>,
    /// Version, as written; none where the manifest does not state one.
    pub version: Option<String>,
    /// What the manifest says about its licence.
    pub license: License,
    /// Whether it is made for a registry.
    pub publishing: Publishing,
    /// Where the manifest names it.
    pub span: Range<usize>,
}

/// A manifest that was read.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Index of its document.
    pub document: usize,
    /// Its folder without a slash at the end; empty for the root.
    pub folder: String,
    /// Whose rules for names and versions hold.
    pub ecosystem: Ecosystem,
    /// Form of the manifest, which its file name decides.
    pub format: Format,
    /// The package, when it describes one.
    pub package: Option<Package>,
    /// What it declares, in the order of the text.
    pub dependencies: Vec<Dependency>,
    /// Parts of the text that declare dependencies: a name there is no use of it.
    pub declaring: Vec<Range<usize>>,
    /// Facts that only one form has.
    pub traits: BTreeSet<Trait>,
}

/// A fact that only one form of manifest has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trait {
    /// The root of a workspace.
    IsWorkspace,
    /// Takes its licence from the workspace.
    InheritsLicense,
    /// Gives its members a licence.
    GivesLicense,
    /// Its sources stand outside its folder.
    HasSourcesElsewhere,
    /// It is used by others, so it has no need of a lock file.
    IsLibrary,
    /// Versions are bounded in another file.
    IsConstrained,
    /// It is a program that says of itself that it is no package.
    IsProgram,
}

impl Manifest {
    /// A manifest without content.
    pub fn new(document: usize, path: &str, ecosystem: Ecosystem, format: Format) -> Self {
        Self {
            document,
            folder: folder_of(path).to_owned(),
            ecosystem,
            format,
            package: None,
            dependencies: Vec::new(),
            declaring: Vec::new(),
            traits: BTreeSet::new(),
        }
    }

    /// A place in it.
    pub fn spot(&self, span: Range<usize>) -> Spot {
        Spot::new(self.document, span)
    }

    /// Whether it has this fact.
    pub fn has(&self, fact: Trait) -> bool {
        self.traits.contains(&fact)
    }
}

/// One package of a lock file.
#[derive(Clone, Debug)]
pub struct Locked {
    /// Its name in the registry, in the form that compares.
    pub name: String,
    /// The exact version.
    pub version: String,
    /// The licence, where the lock file states it.
    pub license: Option<String>,
    /// Where the lock file names it.
    pub span: Range<usize>,
    /// It comes from a registry.
    pub is_registry: bool,
    /// It has programs to run.
    pub has_programs: bool,
    /// Packages that it expects beside itself.
    pub peers: Vec<String>,
}

impl Locked {
    /// A package from a registry.
    pub fn new(name: &str, version: &str, span: Range<usize>) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            license: None,
            span,
            is_registry: true,
            has_programs: false,
            peers: Vec::new(),
        }
    }
}

/// What a lock file remembers of the manifests it was made from.
#[derive(Clone, Debug, Default)]
pub enum Recorded {
    /// The lock file repeats nothing of its manifests.
    #[default]
    Nothing,
    /// By folder of the manifest: names as declared, with their requirement.
    Requirements(BTreeMap<String, BTreeMap<String, String>>),
    /// `name@requirement`, of all manifests together.
    Descriptors(BTreeSet<String>),
}

/// One lock file, or the fixed versions of a manifest.
#[derive(Clone, Debug)]
pub struct Lock {
    /// Index of its document.
    pub document: usize,
    /// Its folder without a slash at the end.
    pub folder: String,
    /// Whose rules for names and versions hold.
    pub ecosystem: Ecosystem,
    /// A file of its own: false for fixed versions that a manifest has.
    pub is_file: bool,
    /// It tells programs and peers of packages.
    pub is_detailed: bool,
    /// Its packages, in the order of the text.
    pub packages: Vec<Locked>,
    /// What it remembers of its manifests.
    pub recorded: Recorded,
}

impl Lock {
    /// A lock file without content.
    pub fn new(document: usize, path: &str, ecosystem: Ecosystem) -> Self {
        Self {
            document,
            folder: folder_of(path).to_owned(),
            ecosystem,
            is_file: true,
            is_detailed: false,
            packages: Vec::new(),
            recorded: Recorded::Nothing,
        }
    }

    /// Whether it covers manifests of this folder.
    pub fn covers(&self, folder: &str) -> bool {
        is_inside(folder, &self.folder)
    }
}

/// The folder of a path, without a slash at the end.
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The last part of a path.
pub fn file_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, file)| file)
}

/// Whether a path or folder is `folder` or stands below it.
pub fn is_inside(path: &str, folder: &str) -> bool {
    folder.is_empty() || path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// `folder` and `path` put together, with `.` and `..` worked out; nothing when it leads out of the project.
pub fn join(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}
