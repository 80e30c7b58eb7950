//! Owns the operation `audit`: advisories, and what is wrong with manifests and lock files by themselves. Never says that nothing is
//! vulnerable.

mod advisories;
mod cvss;
mod deprecated;
mod locks;
mod names;
mod osv;
mod pins;
mod sources;

use devflow_plugin::{Finding, Host};

use crate::model::Spot;
use crate::project::{ADVISORIES, Project};
use crate::rules;

/// The schema of its options.
pub const OPTIONS: &str = r#"{"type":"object","additionalProperties":false,"properties":{"advisories":{"type":"string","format":"directory","description":"A folder of advisories in the OSV format, one JSON file each."}}}"#;

/// More globs: files that say how packages are installed.
pub const GLOBS: [&str; 4] = ["**/.npmrc", "**/go.work", "**/bun.lock", "**/bunfig.toml"];

/// Everything that the operation finds.
///
/// # Errors
/// Options that are not JSON.
pub fn inspect(project: &Project, host: &dyn Host, options: &str) -> Result<Vec<Finding>, String> {
    let mut findings = advisories_part(project, options)?;
    findings.extend(deprecated::inspect(project));
    findings.extend(sources::inspect(project));
    findings.extend(pins::inspect(project));
    findings.extend(locks::inspect(project, host));
    Ok(findings)
}

fn advisories_part(project: &Project, options: &str) -> Result<Vec<Finding>, String> {
    let options: serde_json::Value = serde_json::from_str(options).map_err(|error| format!("options: {error}"))?;
    let folder = options.get("advisories").and_then(serde_json::Value::as_str).filter(|folder| !folder.is_empty());
    let Some(folder) = folder else {
        return Ok(not_checked(project, "no folder of advisories was given").into_iter().collect());
    };
    let known = osv::read(project.documents.iter().filter(|document| document.path.starts_with(ADVISORIES)));
    if known.is_empty() {
        let reason = format!("`{folder}` has no advisory in the OSV format for any of the ecosystems here");
        return Ok(not_checked(project, &reason).into_iter().collect());
    }
    Ok(advisories::inspect(project, &known))
}

/// Says that nothing is known. Only where there is something that could have been looked up.
fn not_checked(project: &Project, reason: &str) -> Option<Finding> {
    let locks = project.locks.iter().filter(|lock| !lock.packages.is_empty()).map(|lock| (false, lock.document));
    let manifests = project.manifests.iter().filter(|manifest| !manifest.dependencies.is_empty()).map(|manifest| (true, manifest.document));
    let (_, document) = locks
        .chain(manifests)
        .min_by_key(|(is_manifest, document)| (project.path(*document).matches('/').count(), *is_manifest, *document))?;
    let spot = Spot::new(document, project.first_line(document));
    let message = format!("known vulnerabilities were not looked for: {reason}");
    Some(rules::finding("advisories-not-checked", &spot, message, "Give a folder of OSV files with the option `advisories`."))
}
