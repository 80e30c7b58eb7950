//! Owns the operation `duplicates`: packages locked in several versions, and packages that a manifest declares twice. Never says that two
//! versions are one too many: sometimes there is no other way.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use devflow_plugin::{Artifact, Finding, Report};

use crate::model::{Dependency, Ecosystem, Kind, Lock, Locked, Manifest, Spot};
use crate::project::Project;
use crate::rules;
use crate::version::{compare, satisfies};

/// Names shown in one message.
const SHOWN: usize = 5;

/// Everything that the operation finds, and a table of it.
pub fn inspect(project: &Project, report: &mut Report) {
    let mut table = String::new();
    for lock in project.locks.iter().filter(|lock| lock.is_file) {
        let several = several(lock);
        if several.is_empty() {
            continue;
        }
        add_table(&mut table, project.path(lock.document), &several);
        report.findings.extend(of_lock(project, lock, &several));
    }
    report.findings.extend(project.manifests.iter().flat_map(conflicts));
    if !table.is_empty() {
        let body = format!("# Packages in several versions\n{table}");
        report.artifacts.push(Artifact {
            name: "duplicates.md".to_owned(),
            media_type: "text/markdown".to_owned(),
            body,
            ..Artifact::default()
        });
    }
}

/// Packages by name, one for each version, the lower version first; only those with several.
fn several(lock: &Lock) -> BTreeMap<&str, Vec<&Locked>> {
    let mut by_name: BTreeMap<&str, Vec<&Locked>> = BTreeMap::new();
    for package in &lock.packages {
        let versions = by_name.entry(&package.name).or_default();
        if !versions.iter().any(|known| known.version == package.version) {
            versions.push(package);
        }
    }
    by_name.retain(|_, versions| versions.len() > 1);
    for versions in by_name.values_mut() {
        let by_version = |left: &&Locked, right: &&Locked| {
            compare(lock.ecosystem, &left.version, &right.version).unwrap_or(Ordering::Equal).then_with(|| left.version.cmp(&right.version))
        };
        versions.sort_by(by_version);
    }
    by_name
}

fn versions_of(packages: &[&Locked]) -> String {
    packages.iter().map(|package| package.version.as_str()).collect::<Vec<_>>().join(", ")
}

fn add_table(table: &mut String, path: &str, several: &BTreeMap<&str, Vec<&Locked>>) {
    let _ = write!(table, "\n## {path}\n\n| package | versions |\n|---|---|\n");
    for (name, versions) in several {
        let _ = writeln!(table, "| `{name}` | {} |", versions_of(versions));
    }
}

/// One finding for each direct dependency, and one for all the others.
fn of_lock(project: &Project, lock: &Lock, several: &BTreeMap<&str, Vec<&Locked>>) -> Vec<Finding> {
    let mut direct: BTreeMap<&str, &Dependency> = BTreeMap::new();
    for dependency in
        project.manifests_of(lock).into_iter().flat_map(|manifest| &manifest.dependencies).filter(|dependency| is_shipped(dependency))
    {
        direct.entry(&dependency.name).or_insert(dependency);
    }
    let mut findings = Vec::new();
    let mut others: Vec<(&str, &Vec<&Locked>)> = Vec::new();
    for (name, versions) in several {
        let Some(dependency) = direct.get(name).copied() else {
            others.push((name, versions));
            continue;
        };
        let message = format!("`{name}` is locked in {} versions: {}", versions.len(), versions_of(versions));
        findings.push(rules::finding(
            "duplicate-version",
            &dependency.spot,
            message,
            "See which packages ask for the others, and update them together.",
        ));
    }
    let first = others.iter().flat_map(|(_, versions)| versions.iter()).min_by_key(|package| package.span.start);
    if let Some(first) = first {
        let shown: Vec<String> =
            others.iter().take(SHOWN).map(|(name, versions)| format!("`{name}` ({})", versions_of(versions))).collect();
        let more = if others.len() > SHOWN { format!(" and {} more", others.len() - SHOWN) } else { String::new() };
        let are = if others.len() == 1 { "1 more package is".to_owned() } else { format!("{} more packages are", others.len()) };
        let message = format!("{are} locked in several versions: {}{more}", shown.join(", "));
        let spot = Spot::new(lock.document, first.span.clone());
        findings.push(rules::finding("duplicate-version", &spot, message, "Update the packages that ask for the older versions."));
    }
    findings
}

/// Whether a direct dependency becomes a part of the product: those of developers are told together with the others.
fn is_shipped(dependency: &Dependency) -> bool {
    matches!(dependency.kind, Kind::Normal | Kind::Build | Kind::Runtime)
}

/// Packages that one manifest declares with versions that exclude each other.
fn conflicts(manifest: &Manifest) -> Vec<Finding> {
    let mut first: BTreeMap<&str, &Dependency> = BTreeMap::new();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let mut findings = Vec::new();
    for dependency in manifest.dependencies.iter().filter(|dependency| is_compared(dependency)) {
        let Some(earlier) = first.get(dependency.name.as_str()) else {
            first.insert(&dependency.name, dependency);
            continue;
        };
        let (Some(old), Some(new)) = (&earlier.requirement, &dependency.requirement) else { continue };
        // Two names for one package are two versions on purpose.
        let is_renamed = manifest.ecosystem != Ecosystem::Python && earlier.alias != dependency.alias;
        if is_renamed || !excludes(manifest.ecosystem, old, new) || !told.insert(&dependency.name) {
            continue;
        }
        let message = format!("`{}` is declared twice, as `{old}` and as `{new}`", dependency.name);
        findings.push(rules::finding("conflicting-declaration", &dependency.spot, message, "Keep one declaration."));
    }
    findings
}

fn is_compared(dependency: &Dependency) -> bool {
    let is_own = matches!(dependency.kind, Kind::Normal | Kind::Development | Kind::Build | Kind::Runtime);
    is_own && !dependency.is_conditional && dependency.requirement.is_some()
}

/// Whether no version named in one requirement fits the other.
fn excludes(ecosystem: Ecosystem, old: &str, new: &str) -> bool {
    if old == new || ecosystem == Ecosystem::Go {
        return false;
    }
    if ecosystem == Ecosystem::Maven {
        return compare(ecosystem, old, new).is_some_and(Ordering::is_ne);
    }
    let bare = |requirement: &str| requirement.trim_start_matches(['^', '~', '=', '<', '>', ' ']).to_owned();
    satisfies(ecosystem, old, &bare(new)) == Some(false) && satisfies(ecosystem, new, &bare(old)) == Some(false)
}
