//! Owns lock files that are missing or do not fit their manifest. Where a form does not remember enough, it says nothing.

use std::collections::{BTreeMap, BTreeSet};

use devflow_plugin::{Finding, Host, UnreadFile};

use crate::manifest::go_sums;
use crate::model::{
    Dependency, Ecosystem, Format, Kind, Lock, Locked, Manifest, Origin, Publishing, Recorded, Trait, file_of, folder_of, is_inside,
};
use crate::project::Project;
use crate::rules;
use crate::version::satisfies;

/// Folders with small programs that show or test something.
const SIDE_FOLDERS: [&str; 10] = ["examples", "example", "tests", "test", "benches", "fuzz", "demo", "demos", "docs", "templates"];

/// All findings.
pub(super) fn inspect(project: &Project, host: &dyn Host) -> Vec<Finding> {
    let paths: BTreeSet<String> = host.sources().into_iter().map(|source| source.path).collect();
    let unread = host.unread();
    let mut findings = Vec::new();
    for manifest in &project.manifests {
        let file = match (manifest.format, project.lock_for(manifest)) {
            _ if has_unread_lock(project, &unread, manifest) => None,
            (Format::GoMod, _) => go(project, manifest),
            (_, Some(lock)) => stale(project, manifest, lock),
            (_, None) => missing(project, manifest, &paths),
        };
        findings.extend(file);
    }
    findings
}

/// Whether a lock file is there and was not handed over, as one that is too large or a link, or is not of its form.
fn has_unread_lock(project: &Project, unread: &[UnreadFile], manifest: &Manifest) -> bool {
    let names: &[&str] = match manifest.format {
        Format::CargoToml => &["Cargo.lock"],
        Format::PackageJson => {
            &["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "deno.lock"]
        }
        Format::Pyproject => &["poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock"],
        Format::GoMod => &["go.sum"],
        _ => &[],
    };
    let broken = project.broken.iter().map(|at| project.documents[*at].path.as_str());
    let is_lock = |path: &str| names.contains(&file_of(path)) && is_inside(&manifest.folder, folder_of(path));
    unread.iter().map(|file| file.path.as_str()).chain(broken).any(is_lock)
}

fn missing(project: &Project, manifest: &Manifest, paths: &BTreeSet<String>) -> Option<Finding> {
    let first =
        manifest.dependencies.iter().find(|dependency| dependency.origin == Origin::Registry && dependency.kind != Kind::Managed)?;
    let takes_from_outside = manifest.dependencies.iter().any(|dependency| dependency.origin == Origin::Workspace);
    if takes_from_outside || manifest.folder.split('/').any(|folder| SIDE_FOLDERS.contains(&folder)) {
        return None;
    }
    let (is_program, file) = match manifest.format {
        Format::CargoToml => (has_main(manifest, paths), "Cargo.lock"),
        Format::PackageJson => (is_npm_program(project, manifest), "package-lock.json"),
        Format::Pyproject if manifest.has(Trait::IsProgram) => (true, "poetry.lock` or `uv.lock"),
        _ => return None,
    };
    let message = format!("no `{file}` was found for this program: without one, every build may take other versions of what it depends on");
    let spot = manifest.package.as_ref().map_or_else(|| first.spot.clone(), |package| manifest.spot(package.span.clone()));
    let mut finding = rules::finding("missing-lock-file", &spot, message, "Commit the lock file.");
    finding.confidence = 80;
    is_program.then_some(finding)
}

fn has_main(manifest: &Manifest, paths: &BTreeSet<String>) -> bool {
    let source = if manifest.folder.is_empty() { "src/".to_owned() } else { format!("{}/src/", manifest.folder) };
    paths.contains(&format!("{source}main.rs")) && !paths.contains(&format!("{source}lib.rs"))
}

fn is_npm_program(project: &Project, manifest: &Manifest) -> bool {
    let package = manifest.package.as_ref();
    let is_private = package.is_some_and(|package| package.publishing == Publishing::Never || package.version.is_none());
    let has_any_lock = project.locks.iter().any(|lock| lock.is_file && lock.ecosystem == Ecosystem::Npm);
    let is_told_otherwise = project.documents.iter().any(|document| match file_of(&document.path) {
        ".npmrc" => document.text.replace(' ', "").contains("package-lock=false"),
        "bun.lock" | "bunfig.toml" => true,
        _ => false,
    });
    // The lock file of Bun used to be binary, which is not read here.
    let may_be_bun = project.text(manifest.document).contains("bun");
    is_private && !manifest.has(Trait::IsLibrary) && !has_any_lock && !is_told_otherwise && !may_be_bun
}

/// A dependency and what is wrong with its lock.
type Mismatch<'p> = (&'p Dependency, String);

fn stale(project: &Project, manifest: &Manifest, lock: &Lock) -> Option<Finding> {
    let file = project.file(lock.document);
    let mismatches = match manifest.format {
        Format::CargoToml => cargo(manifest, lock, file),
        Format::PackageJson => npm(project, manifest, lock, file),
        Format::Pyproject if manifest.folder == lock.folder => python(manifest, lock, file),
        _ => return None,
    };
    one(mismatches)
}

/// One finding for a manifest, at the first mismatch.
fn one(mismatches: Vec<Mismatch<'_>>) -> Option<Finding> {
    let more = mismatches.len().saturating_sub(1);
    let (dependency, reason) = mismatches.into_iter().next()?;
    let message = if more == 0 { reason } else { format!("{reason}, and {more} more do not fit either") };
    Some(rules::finding("stale-lock-file", &dependency.spot, message, "Bring the lock file up to date."))
}

fn by_name(lock: &Lock) -> BTreeMap<&str, Vec<&Locked>> {
    let mut by_name: BTreeMap<&str, Vec<&Locked>> = BTreeMap::new();
    for package in &lock.packages {
        by_name.entry(&package.name).or_default().push(package);
    }
    by_name
}

/// Compares requirements with locked versions.
fn against_versions<'p>(wanted: impl Iterator<Item = &'p Dependency>, lock: &Lock, file: &str) -> Vec<Mismatch<'p>> {
    let locked = by_name(lock);
    let mismatch = |dependency: &Dependency| {
        let name = &dependency.name;
        let Some(packages) = locked.get(name.as_str()) else { return Some(format!("`{name}` is not in `{file}`")) };
        let requirement = dependency.requirement.as_deref()?;
        let fits = |package: &&Locked| satisfies(dependency.ecosystem, requirement, &package.version) != Some(false);
        if packages.iter().any(fits) {
            return None;
        }
        let version = packages.first().map_or("", |package| package.version.as_str());
        Some(format!("`{name}` shall be `{requirement}`, and `{file}` has {version}"))
    };
    wanted.filter_map(|dependency| Some((dependency, mismatch(dependency)?))).collect()
}

fn cargo<'p>(manifest: &'p Manifest, lock: &Lock, file: &str) -> Vec<Mismatch<'p>> {
    // A manifest that the lock file does not know is no member of its workspace.
    let name = manifest.package.as_ref().and_then(|package| package.name.as_deref());
    let is_member = lock.packages.iter().any(|package| !package.is_registry && Some(package.name.as_str()) == name);
    let wanted =
        manifest.dependencies.iter().filter(|dependency| dependency.origin == Origin::Registry && dependency.kind != Kind::Managed);
    if is_member { against_versions(wanted, lock, file) } else { Vec::new() }
}

fn python<'p>(manifest: &'p Manifest, lock: &Lock, file: &str) -> Vec<Mismatch<'p>> {
    let is_plain = |dependency: &&Dependency| {
        dependency.kind == Kind::Normal && dependency.origin == Origin::Registry && !dependency.is_conditional && !dependency.is_optional
    };
    against_versions(manifest.dependencies.iter().filter(is_plain), lock, file)
}

fn npm<'p>(project: &Project, manifest: &'p Manifest, lock: &Lock, file: &str) -> Vec<Mismatch<'p>> {
    let root = project.manifests.iter().find(|other| other.format == Format::PackageJson && other.folder == lock.folder);
    let overrides =
        |manifest: &Manifest| ["\"overrides\"", "\"resolutions\""].iter().any(|key| project.text(manifest.document).contains(key));
    let is_exact = file != "pnpm-lock.yaml" && !root.is_some_and(overrides);
    let mut n_declared: BTreeMap<&str, usize> = BTreeMap::new();
    for dependency in manifest.dependencies.iter().filter(|dependency| dependency.kind != Kind::Peer) {
        *n_declared.entry(&dependency.alias).or_default() += 1;
    }
    let is_wanted = |dependency: &&Dependency| {
        let is_clear = n_declared.get(dependency.alias.as_str()) == Some(&1);
        dependency.kind != Kind::Peer && is_clear && !project.makes(Ecosystem::Npm, &dependency.name)
    };
    let wanted = manifest.dependencies.iter().filter(is_wanted);
    match &lock.recorded {
        Recorded::Requirements(folders) => {
            let folder = manifest.folder.strip_prefix(&lock.folder).unwrap_or_default().trim_start_matches('/');
            let Some(recorded) = folders.get(folder) else { return Vec::new() };
            wanted.filter_map(|dependency| Some((dependency, against_record(dependency, recorded, file, is_exact)?))).collect()
        }
        Recorded::Descriptors(known) if manifest.folder == lock.folder && is_exact => {
            wanted.filter_map(|dependency| Some((dependency, against_descriptors(dependency, known, file)?))).collect()
        }
        Recorded::Nothing if manifest.folder == lock.folder && is_exact => {
            let plain = wanted.filter(|dependency| {
                dependency.origin == Origin::Registry && dependency.alias == dependency.name && !dependency.is_optional
            });
            against_versions(plain, lock, file)
        }
        _ => Vec::new(),
    }
}

fn against_record(dependency: &Dependency, recorded: &BTreeMap<String, String>, file: &str, is_exact: bool) -> Option<String> {
    let name = &dependency.alias;
    let Some(then) = recorded.get(name) else { return Some(format!("`{name}` is not in `{file}`")) };
    let now = dependency.requirement.as_deref().filter(|_| dependency.origin == Origin::Registry && dependency.alias == dependency.name)?;
    (is_exact && then.trim() != now).then(|| format!("`{name}` shall be `{now}`, and `{file}` was made for `{then}`"))
}

fn against_descriptors(dependency: &Dependency, known: &BTreeSet<String>, file: &str) -> Option<String> {
    let requirement = dependency.requirement.as_deref()?;
    let is_plain = dependency.origin == Origin::Registry && dependency.alias == dependency.name;
    let is_known = known.contains(&format!("{}@{requirement}", dependency.name));
    (is_plain && !is_known).then(|| format!("`{}` with `{requirement}` is not in `{file}`", dependency.name))
}

/// `go.sum` must have every module of `go.mod`, else nothing builds.
fn go(project: &Project, manifest: &Manifest) -> Option<Finding> {
    let in_workspace = project
        .documents
        .iter()
        .any(|document| file_of(&document.path) == "go.work" && is_inside(&manifest.folder, folder_of(&document.path)));
    let wanted: Vec<&Dependency> = manifest.dependencies.iter().filter(|dependency| dependency.origin == Origin::Registry).collect();
    let first = wanted.first().filter(|_| !in_workspace)?;
    let file =
        project.documents.iter().find(|document| file_of(&document.path) == "go.sum" && folder_of(&document.path) == manifest.folder);
    let Some(file) = file else {
        let message =
            "no `go.sum` was found beside `go.mod`: without one, nothing tells whether what is downloaded is what was tested".to_owned();
        let mut finding = rules::finding("missing-lock-file", &first.spot, message, "Run `go mod tidy` and commit `go.sum`.");
        finding.confidence = 80;
        return Some(finding);
    };
    let sums = go_sums(&file.text);
    let is_missing =
        |dependency: &&&Dependency| !sums.contains(&(dependency.name.as_str(), dependency.requirement.as_deref().unwrap_or_default()));
    let mismatch = |dependency: &&'_ Dependency| {
        format!("`{}` {} is not in `go.sum`", dependency.name, dependency.requirement.as_deref().unwrap_or_default())
    };
    one(wanted.iter().filter(is_missing).map(|dependency| (*dependency, mismatch(dependency))).collect())
}
