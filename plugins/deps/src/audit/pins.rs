//! Owns versions that are left open: every version, every later version, a branch, a snapshot. Bounds that a lock file makes good are let
//! pass.

use devflow_plugin::{Finding, Severity};

use crate::model::{Dependency, Ecosystem, Format, Kind, Manifest, Origin, Trait, folder_of};
use crate::project::Project;
use crate::rules::{self, listed};
use crate::version::{Bound, bound};

/// All findings.
pub(super) fn inspect(project: &Project) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in &project.manifests {
        if manifest.format == Format::Requirements {
            findings.extend(requirements(project, manifest));
            continue;
        }
        let is_locked = project.lock_for(manifest).is_some();
        findings.extend(manifest.dependencies.iter().filter_map(|dependency| one(project, manifest, dependency, is_locked)));
    }
    findings
}

fn one(project: &Project, manifest: &Manifest, dependency: &Dependency, is_locked: bool) -> Option<Finding> {
    let name = &dependency.name;
    let is_judged = matches!(dependency.kind, Kind::Normal | Kind::Development | Kind::Build | Kind::Runtime | Kind::Managed);
    if !is_judged || dependency.is_inherited || project.makes(dependency.ecosystem, name) {
        return None;
    }
    if let Origin::Git { is_fixed: false } = dependency.origin {
        let message = format!("`{name}` comes from a git repository without a commit or tag, and no lock file keeps one");
        let is_open = !is_locked && dependency.requirement.is_none() && dependency.ecosystem != Ecosystem::Cargo;
        return is_open.then(|| rules::finding("unpinned-version", &dependency.spot, message, "Name a commit or a tag."));
    }
    let requirement = dependency.requirement.as_deref().filter(|_| dependency.origin == Origin::Registry)?;
    if is_snapshot(project, manifest, dependency, requirement) {
        let message = format!("`{name}` is a snapshot: {requirement} may be another thing tomorrow");
        return Some(rules::finding("unpinned-version", &dependency.spot, message, "Take a released version."));
    }
    match bound(dependency.ecosystem, requirement) {
        Bound::None if is_meant_open(manifest, dependency, requirement) => None,
        Bound::None => {
            let message = format!("every version of `{name}` will do for `{requirement}`, a breaking one too");
            let mut finding = rules::finding("wildcard-version", &dependency.spot, message, "Name the lowest version that works.");
            if is_locked || !matches!(dependency.kind, Kind::Normal | Kind::Managed) {
                finding.severity = Severity::Low;
            }
            Some(finding)
        }
        Bound::Lower if !is_locked && dependency.ecosystem != Ecosystem::Python => {
            let message = format!("`{requirement}` takes every later version of `{name}`, and no lock file keeps one");
            Some(rules::finding("unpinned-version", &dependency.spot, message, "Give it an upper bound, or keep a lock file."))
        }
        _ => None,
    }
}

/// Libraries in Python leave versions open on purpose, and so do packages that only bring types.
fn is_meant_open(manifest: &Manifest, dependency: &Dependency, requirement: &str) -> bool {
    let says_so = requirement.trim() == "*" && manifest.format == Format::Pyproject;
    // A library for React Native takes the version of the program around it.
    let is_given = dependency.name.starts_with("com.facebook.react:");
    (dependency.ecosystem == Ecosystem::Python && !says_so) || is_given || dependency.name.starts_with("@types/")
}

/// A snapshot of somebody else, in a project that is none itself.
fn is_snapshot(project: &Project, manifest: &Manifest, dependency: &Dependency, requirement: &str) -> bool {
    let group = dependency.name.split(':').next().unwrap_or_default();
    let version = manifest.package.as_ref().and_then(|package| package.version.as_deref());
    dependency.ecosystem == Ecosystem::Maven
        && requirement.ends_with("-SNAPSHOT")
        && version.is_some_and(|version| !version.ends_with("-SNAPSHOT"))
        && !project.makes_group(group)
}

/// One finding for a whole list of requirements.
fn requirements(project: &Project, manifest: &Manifest) -> Option<Finding> {
    let is_bound_elsewhere =
        manifest.has(Trait::IsConstrained) || project.lock_for(manifest).is_some() || is_read_by_setup(project, manifest);
    let is_program = |dependency: &&Dependency| dependency.kind == Kind::Normal;
    let all: Vec<&Dependency> = manifest.dependencies.iter().filter(is_program).collect();
    let open: Vec<&Dependency> = all.iter().copied().filter(|dependency| is_open(dependency)).collect();
    let first = open.first().filter(|_| !is_bound_elsewhere)?;
    let names = listed(open.iter().map(|dependency| dependency.alias.as_str()), 5);
    let message = format!("{} of {} requirements take whatever version is newest on the day: {names}", open.len(), all.len());
    Some(rules::finding("unpinned-version", &first.spot, message, "Pin versions with `==`, or install with a constraints or lock file."))
}

fn is_open(dependency: &Dependency) -> bool {
    match &dependency.origin {
        Origin::Git { is_fixed } => !is_fixed,
        Origin::Registry => {
            let requirement = dependency.requirement.as_deref().unwrap_or_default();
            matches!(bound(Ecosystem::Python, requirement), Bound::None | Bound::Lower)
        }
        Origin::Path(_) | Origin::Url | Origin::Workspace => false,
    }
}

/// A library may take its requirements from this very file.
fn is_read_by_setup(project: &Project, manifest: &Manifest) -> bool {
    let file = project.file(manifest.document);
    project.documents.iter().any(|document| {
        let is_setup = ["setup.py", "setup.cfg", "pyproject.toml"].iter().any(|name| document.path.ends_with(name));
        let is_near = folder_of(&document.path) == manifest.folder || manifest.folder.starts_with(folder_of(&document.path));
        is_setup && is_near && document.text.contains(file)
    })
}
