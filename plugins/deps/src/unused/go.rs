//! Owns unused Go modules: a module is used when an import begins with its path.

use std::collections::BTreeSet;

use devflow_plugin::Finding;

use super::{Sources, believable, finding, tables, whole};
use crate::manifest::go_programs;
use crate::model::{Dependency, Format, Kind, Manifest};
use crate::project::Project;

/// All findings.
pub(super) fn inspect(project: &Project, sources: &Sources<'_>) -> Vec<Finding> {
    let modules: Vec<&Manifest> = project.manifests.iter().filter(|manifest| manifest.format == Format::GoMod).collect();
    let mut findings = Vec::new();
    for manifest in &modules {
        let owned = sources.owned(manifest, &modules, &["go"]);
        let name = manifest.package.as_ref().and_then(|package| package.name.as_deref()).unwrap_or_default();
        let has_unread = !sources.unread(&manifest.folder, &["go"]).is_empty();
        if owned.is_empty() || has_unread || name.is_empty() || !whole::is_module_whole(&owned, name, &manifest.folder) {
            continue;
        }
        let mut imports: BTreeSet<String> =
            owned.iter().flat_map(|(_, source)| &source.imports).map(|import| import.name.trim_matches(['"', '`']).to_owned()).collect();
        imports.extend(go_programs(project.text(manifest.document)));
        let known: BTreeSet<&str> = manifest.dependencies.iter().map(|dependency| dependency.alias.as_str()).collect();
        let used: BTreeSet<&str> = imports.iter().filter_map(|import| module_of(import, &known)).collect();
        let is_generated = |name: &str| tables::GO_GENERATED.iter().any(|start| name.starts_with(start));
        let judged: Vec<&Dependency> =
            manifest.dependencies.iter().filter(|dependency| dependency.kind == Kind::Normal && !is_generated(&dependency.alias)).collect();
        let unused = judged.iter().filter(|dependency| !used.contains(dependency.alias.as_str())).map(|dependency| finding(dependency, 85));
        findings.extend(believable(unused.collect(), judged.len()));
    }
    findings
}

/// The longest module path that an import begins with.
fn module_of<'k>(import: &str, known: &BTreeSet<&'k str>) -> Option<&'k str> {
    let mut part = import;
    loop {
        if let Some(module) = known.get(part) {
            return Some(module);
        }
        part = part.rsplit_once('/')?.0;
    }
}
