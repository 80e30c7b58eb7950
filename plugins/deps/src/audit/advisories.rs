//! Owns the comparison of locked versions with advisories. One finding for each package, version and vulnerability, whatever the number of
//! advisories about it.

use std::collections::BTreeSet;

use devflow_plugin::{Finding, Severity};

use super::osv::{Advisory, Known, Match};
use crate::model::{Ecosystem, Lock, Locked, Spot};
use crate::project::Project;
use crate::rules;

/// All findings.
pub(super) fn inspect(project: &Project, known: &Known) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Fixed versions of manifests may repeat each other; lock files may not.
    let mut told: BTreeSet<(Ecosystem, &str, &str, String)> = BTreeSet::new();
    for lock in &project.locks {
        let mut told_here = BTreeSet::new();
        for package in lock.packages.iter().filter(|package| package.is_registry) {
            let Some(advisories) = known.get(&(lock.ecosystem, package.name.clone())) else { continue };
            let mut seen: BTreeSet<&str> = BTreeSet::new();
            for (advisory, found) in best_first(lock.ecosystem, advisories, package) {
                if advisory.ids().any(|id| seen.contains(id)) {
                    seen.extend(advisory.ids());
                    continue;
                }
                seen.extend(advisory.ids());
                let key = (lock.ecosystem, package.name.as_str(), package.version.as_str(), advisory.id.clone());
                let is_new = told_here.insert(key.clone()) && (lock.is_file || !told.contains(&key));
                told.insert(key);
                if is_new {
                    findings.push(finding(project, (lock, package), advisory, &found));
                }
            }
        }
    }
    findings
}

/// Those that hold; the ones that tell their severity come first.
fn best_first<'a>(ecosystem: Ecosystem, advisories: &'a [Advisory], package: &Locked) -> Vec<(&'a Advisory, Match)> {
    let holding = advisories.iter().filter_map(|advisory| advisory.holds(ecosystem, &package.version).map(|found| (advisory, found)));
    let mut holding: Vec<(&Advisory, Match)> = holding.collect();
    holding.sort_by_key(|(advisory, found)| (advisory.severity.is_none(), found.fixed.is_none(), advisory.id.clone()));
    holding
}

fn finding(project: &Project, (lock, package): (&Lock, &Locked), advisory: &Advisory, found: &Match) -> Finding {
    let declaration = project.declaration_of(lock, package);
    let spot = declaration.map_or_else(|| Spot::new(lock.document, package.span.clone()), |dependency| dependency.spot.clone());
    let named = format!("`{}` {}", package.name, package.version);
    let summary = if advisory.summary.is_empty() { String::new() } else { format!(": {}", advisory.summary) };
    let suggestion = match (&found.fixed, declaration) {
        (Some(fixed), Some(_)) => format!("Update `{}` to {fixed} or later.", package.name),
        (Some(fixed), None) => format!("Update the packages that bring `{}`, so that it becomes {fixed} or later.", package.name),
        (None, _) => format!("Replace `{}`: the advisory knows no fixed version.", package.name),
    };
    let mut finding = match advisory.informational.as_deref() {
        Some("unmaintained") => {
            let message = format!("{named} is not maintained any more, {}{summary}", ids(advisory));
            rules::finding("deprecated-package", &spot, message, &suggestion)
        }
        Some(kind) => {
            let message = format!("{named} has an advisory, {}{summary}", ids(advisory));
            let mut finding = rules::finding("vulnerable-dependency", &spot, message, &suggestion);
            finding.severity = if kind == "unsound" { Severity::Low } else { Severity::Info };
            finding
        }
        None => {
            let message = format!("{named} has a known vulnerability, {}{summary}", ids(advisory));
            let mut finding = rules::finding("vulnerable-dependency", &spot, message, &suggestion);
            finding.severity = advisory.severity.unwrap_or(Severity::Medium);
            finding
        }
    };
    if !lock.is_file && lock.ecosystem == Ecosystem::Go {
        // Go takes the highest version that anybody asks for; this may be lower.
        finding.confidence = 90;
    }
    finding
}

/// The id, with the CVE number where it is another.
fn ids(advisory: &Advisory) -> String {
    let number = advisory.aliases.iter().find(|alias| alias.starts_with("CVE-") && **alias != advisory.id);
    number.map_or_else(|| advisory.id.clone(), |number| format!("{} ({number})", advisory.id))
}
