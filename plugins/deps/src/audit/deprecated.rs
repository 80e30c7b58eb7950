//! Owns the look into the list of deprecated packages. A package is told once, however many manifests ask for it.

use std::collections::BTreeMap;

use devflow_plugin::Finding;

use super::names::{AS_OF, Entry, NAMES};
use crate::model::{Dependency, Ecosystem, Origin};
use crate::project::Project;
use crate::rules;

/// All findings.
pub(super) fn inspect(project: &Project) -> Vec<Finding> {
    let mut told: BTreeMap<(Ecosystem, &str), (&Dependency, &Entry, usize)> = BTreeMap::new();
    for (_, dependency) in project.dependencies() {
        // What holds for some platforms only may be there for an old one.
        if !dependency.is_direct() || dependency.is_conditional || !matches!(dependency.origin, Origin::Registry) {
            continue;
        }
        let Some(entry) = entry_of(dependency) else { continue };
        told.entry((dependency.ecosystem, dependency.name.as_str())).or_insert((dependency, entry, 0)).2 += 1;
    }
    told.into_values().map(|(dependency, entry, count)| finding(dependency, entry, count)).collect()
}

fn entry_of(dependency: &Dependency) -> Option<&'static Entry> {
    NAMES.iter().find(|(ecosystem, name, ..)| {
        let is_go = *ecosystem == Ecosystem::Go;
        let rest = dependency.name.strip_prefix(name);
        // A Go module of a later major version bears it in its path: `…/v4`.
        *ecosystem == dependency.ecosystem && rest.is_some_and(|rest| rest.is_empty() || (is_go && rest.starts_with("/v")))
    })
}

fn finding(dependency: &Dependency, entry: &Entry, count: usize) -> Finding {
    let (_, name, severity, why, instead) = entry;
    let elsewhere = match count {
        0 | 1 => String::new(),
        2 => " (and in one more manifest)".to_owned(),
        more => format!(" (and in {} more manifests)", more - 1),
    };
    let message = format!("`{name}` {why}, as of {AS_OF}{elsewhere}");
    let mut finding = rules::finding("deprecated-package", &dependency.spot, message, &format!("Use {instead}."));
    finding.severity = *severity;
    finding
}
