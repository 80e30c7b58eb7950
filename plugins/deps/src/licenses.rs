//! Owns the operation `licenses`: what manifests and lock files state, as a table, and what the project does not allow. Never reads the
//! text of a licence.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use devflow_plugin::{Artifact, Finding, Report};
use serde_json::Value;

use crate::model::{Ecosystem, Format, License, Manifest, Package, Publishing, Spot, file_of, folder_of};
use crate::project::Project;
use crate::rules::{self, listed};
use crate::spdx;

/// The schema of its options.
pub const OPTIONS: &str = r#"{"type":"object","additionalProperties":false,"properties":{"deny":{"type":"array","items":{"type":"string"},"description":"Licences that no package may have, as SPDX ids."}}}"#;

/// More globs: the texts of licences, for their presence.
pub const GLOBS: [&str; 8] =
    ["**/COPYING", "**/COPYING.txt", "**/LICENCE", "**/LICENCE.md", "**/LICENSE", "**/LICENSE.md", "**/LICENSE.rst", "**/LICENSE.txt"];

/// Folders with small packages that nobody publishes.
const SIDE_FOLDERS: [&str; 9] = ["examples", "example", "tests", "test", "benches", "benchmarks", "fuzz", "docs", "templates"];

/// Everything that the operation finds, and a table of all licences.
///
/// # Errors
/// Options that are not JSON.
pub fn inspect(project: &Project, options: &str, report: &mut Report) -> Result<(), String> {
    let options: Value = serde_json::from_str(options).map_err(|error| format!("options: {error}"))?;
    let denied = options.get("deny").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let denied: Vec<String> = denied.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    for ecosystem in [Ecosystem::Cargo, Ecosystem::Npm, Ecosystem::Python, Ecosystem::Maven] {
        report.findings.extend(missing(project, ecosystem));
    }
    report.findings.extend(of_denied(project, &denied));
    report.artifacts.extend(table(project));
    Ok(())
}

/// One finding for an ecosystem, at the first manifest.
fn missing(project: &Project, ecosystem: Ecosystem) -> Option<Finding> {
    let of_ecosystem = || project.manifests.iter().filter(|manifest| manifest.ecosystem == ecosystem);
    let states = |manifest: &Manifest| manifest.package.as_ref().is_some_and(|package| package.license != License::Missing);
    let found: Vec<(&Manifest, &Package)> = of_ecosystem()
        .filter_map(|manifest| Some((manifest, manifest.package.as_ref()?)))
        .filter(|(manifest, package)| shall_state(project, manifest, package))
        .filter(|(manifest, _)| !of_ecosystem().any(|other| other.folder == manifest.folder && states(other)))
        .collect();
    let (manifest, package) = found.iter().min_by_key(|(manifest, _)| (manifest.folder.matches('/').count(), manifest.document))?;
    let names: BTreeSet<&str> = found.iter().map(|(_, package)| package.name.as_deref().unwrap_or("?")).collect();
    let verb = if names.len() == 1 { "states" } else { "state" };
    let message = format!("{} {verb} no licence, so nobody knows what is allowed", listed(names.into_iter(), 5));
    let suggestion = if has_license_file(project, &manifest.folder) {
        "Name the licence of the file beside it in the manifest, or say that the package is not published."
    } else {
        "Add the field with an SPDX id, or say that the package is not published."
    };
    Some(rules::finding("missing-license", &manifest.spot(package.span.clone()), message, suggestion))
}

fn shall_state(project: &Project, manifest: &Manifest, package: &Package) -> bool {
    let is_side = manifest.folder.split('/').any(|folder| SIDE_FOLDERS.contains(&folder));
    let is_missing = package.license == License::Missing && package.publishing != Publishing::Never && package.name.is_some();
    let is_due = match manifest.format {
        Format::CargoToml => true,
        Format::PackageJson => package.version.is_some(),
        // Build tools of Python add a file with the usual name by themselves.
        Format::Pyproject | Format::SetupCfg | Format::SetupPy => !has_license_file(project, &manifest.folder),
        Format::Pom => package.publishing == Publishing::Meant,
        Format::Requirements | Format::GoMod | Format::Gradle | Format::Catalog => false,
    };
    is_missing && is_due && !is_side
}

fn has_license_file(project: &Project, folder: &str) -> bool {
    let is_license = |file: &str| ["LICENSE", "LICENCE", "COPYING"].iter().any(|start| file.starts_with(start));
    project.documents.iter().any(|document| folder_of(&document.path) == folder && is_license(file_of(&document.path)))
}

fn of_denied(project: &Project, denied: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if denied.is_empty() {
        return findings;
    }
    let suggestion = "Replace it, or take the licence from the list `deny`.";
    for manifest in &project.manifests {
        let Some(package) = &manifest.package else { continue };
        if let License::Stated(license) = &package.license
            && spdx::is_denied(license, denied)
        {
            let message = format!("`{}` has the licence {license}, which is denied", package.name.as_deref().unwrap_or("?"));
            findings.push(rules::finding("denied-license", &manifest.spot(package.span.clone()), message, suggestion));
        }
    }
    for lock in &project.locks {
        let mut told = BTreeSet::new();
        for package in &lock.packages {
            let Some(license) = package.license.as_deref().filter(|license| spdx::is_denied(license, denied)) else { continue };
            if !told.insert((&package.name, &package.version)) {
                continue;
            }
            let declaration = project.declaration_of(lock, package);
            let spot = declaration.map_or_else(|| Spot::new(lock.document, package.span.clone()), |dependency| dependency.spot.clone());
            let message = format!("`{}` {} has the licence {license}, which is denied", package.name, package.version);
            findings.push(rules::finding("denied-license", &spot, message, suggestion));
        }
    }
    findings
}

/// Name, version, ecosystem, licence.
type Row<'p> = (Ecosystem, &'p str, &'p str, &'p str);

fn table(project: &Project) -> Option<Artifact> {
    let mut own: BTreeSet<Row<'_>> = BTreeSet::new();
    for manifest in &project.manifests {
        let Some(package) = &manifest.package else { continue };
        let Some(name) = &package.name else { continue };
        let license = match &package.license {
            License::Stated(license) => license.as_str(),
            License::Elsewhere => "in a file",
            License::Missing => "not stated",
        };
        own.insert((manifest.ecosystem, name, package.version.as_deref().unwrap_or_default(), license));
    }
    let mut taken: BTreeSet<Row<'_>> = BTreeSet::new();
    for lock in &project.locks {
        let stated = lock.packages.iter().filter_map(|package| Some((package, package.license.as_deref()?)));
        taken.extend(stated.map(|(package, license)| (lock.ecosystem, package.name.as_str(), package.version.as_str(), license)));
    }
    let known: BTreeSet<(Ecosystem, &str)> = taken.iter().chain(&own).map(|(ecosystem, name, ..)| (*ecosystem, *name)).collect();
    let rest = project.dependencies().map(|(_, dependency)| dependency).filter(|dependency| dependency.is_direct());
    let unknown: BTreeSet<Row<'_>> = rest
        .filter(|dependency| !known.contains(&(dependency.ecosystem, dependency.name.as_str())))
        .map(|dependency| (dependency.ecosystem, dependency.name.as_str(), "", "not stated"))
        .collect();
    taken.extend(unknown);
    if own.is_empty() && taken.is_empty() {
        return None;
    }
    let body =
        format!("# Licences\n\nAs manifests and lock files state them.\n{}{}", part("Of this project", &own), part("Of others", &taken));
    Some(Artifact { name: "licenses.md".to_owned(), media_type: "text/markdown".to_owned(), body, ..Artifact::default() })
}

fn part(title: &str, rows: &BTreeSet<Row<'_>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let cell = |text: &str| text.replace(['|', '\n', '\r'], " ");
    let mut body = format!("\n## {title}\n\n| package | version | from | licence |\n|---|---|---|---|\n");
    for (ecosystem, name, version, license) in rows {
        let _ = writeln!(body, "| `{}` | {} | {} | {} |", cell(name), cell(version), ecosystem.word(), cell(license));
    }
    body
}
