//! Owns unused Python packages. The name of a package need not be the name of its modules: known ones come from a table; others are judged
//! only when every import of the project is accounted for without them.

use std::collections::{BTreeMap, BTreeSet};

use devflow_plugin::Finding;

use super::{Sources, believable, finding, is_mentioned, standard, tables, whole};
use crate::model::{Dependency, Ecosystem, Format, Kind, Manifest, Origin, Trait, file_of};
use crate::project::Project;

/// All findings.
pub(super) fn inspect(project: &Project, sources: &Sources<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Lists of requirements come by the dozen, all for the same sources.
    let mut seen: BTreeMap<&str, Option<Imports<'_>>> = BTreeMap::new();
    for manifest in project.manifests.iter().filter(|manifest| manifest.ecosystem == Ecosystem::Python) {
        // A list that a program made holds everything that is installed.
        if manifest.has(Trait::IsConstrained) {
            continue;
        }
        let base = base_of(manifest);
        let Some(Imports { names: imports, is_complete }) = seen.entry(base).or_insert_with(|| imports(project, sources, base)) else {
            continue;
        };
        let judged: Vec<&Dependency> = manifest.dependencies.iter().filter(|dependency| is_judged(dependency)).collect();
        // A list in which everything is pinned may hold what other packages need.
        let is_frozen = manifest.format == Format::Requirements && judged.iter().all(|dependency| is_pinned(dependency));
        let mut unused = Vec::new();
        for dependency in judged.iter().copied() {
            let known = tables::python_modules(&dependency.name);
            let is_imported = match known {
                Some(modules) => modules.iter().any(|module| imports.iter().any(|import| begins(import, module))),
                None => imports.iter().any(|import| resembles(import, &dependency.name)),
            };
            let is_sure = known.is_some() || (*is_complete && !is_frozen);
            if is_sure
                && !is_imported
                && !is_mentioned(project, manifest, &dependency.name)
                && !is_mentioned(project, manifest, &dependency.alias)
            {
                unused.push(finding(dependency, if known.is_some() { 80 } else { 70 }));
            }
        }
        findings.extend(believable(unused, judged.len()));
    }
    findings
}

/// What the sources below a folder import.
struct Imports<'s> {
    names: BTreeSet<&'s str>,
    /// Whether every one is accounted for.
    is_complete: bool,
}

/// None where there are no sources, or not all of them are seen.
fn imports<'s>(project: &Project, sources: &'s Sources<'_>, base: &str) -> Option<Imports<'s>> {
    let below = sources.below(base, &["python"]);
    if below.is_empty() || !sources.unread(base, &["python"]).is_empty() || !whole::are_modules_whole(sources.host, &sources.all, &below) {
        return None;
    }
    let names: BTreeSet<&str> = below.iter().flat_map(|(_, source)| &source.imports).map(|import| import.name.as_str()).collect();
    let is_complete = unclaimed(project, sources, &names).is_empty();
    Some(Imports { names, is_complete })
}

/// The folder whose sources a manifest is for.
fn base_of(manifest: &Manifest) -> &str {
    let folder = manifest.folder.as_str();
    let is_list = manifest.format == Format::Requirements && matches!(file_of(folder), "requirements" | "reqs" | "deps");
    if is_list { crate::model::folder_of(folder) } else { folder }
}

fn is_pinned(dependency: &Dependency) -> bool {
    dependency.requirement.as_deref().is_some_and(|requirement| requirement.starts_with("=="))
}

fn is_judged(dependency: &Dependency) -> bool {
    dependency.kind == Kind::Normal
        && dependency.origin == Origin::Registry
        && !dependency.is_optional
        && !dependency.is_conditional
        && !tables::is_python_tool(&dependency.name)
}

/// Whether an import is a module, something in it, or what is around it: `from a import b` is seen as `a`.
fn begins(import: &str, module: &str) -> bool {
    let is_below = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    is_below(import, module) || is_below(module, import)
}

/// Whether an import may come from a package of this name: the name or a longer or shorter form of it begins the import.
fn resembles(import: &str, name: &str) -> bool {
    let squash = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let wanted = squash(name);
    let bare = ["python-", "py-", "py", "django-", "flask-"].iter().find_map(|start| name.strip_prefix(start)).unwrap_or(name);
    let bare = ["-python", "-py", "-client", "-sdk", "-api"].iter().find_map(|end| bare.strip_suffix(end)).unwrap_or(bare);
    let bare = squash(bare);
    let whole = squash(import);
    let top = squash(import.split('.').next().unwrap_or_default());
    !top.is_empty() && (whole.starts_with(&wanted) || (bare.len() > 1 && top == bare) || wanted.starts_with(&top) || top.contains(&bare))
}

/// Modules that are neither Python's, nor the project's, nor of a declared package.
fn unclaimed<'i>(project: &Project, sources: &Sources<'_>, imports: &BTreeSet<&'i str>) -> BTreeSet<&'i str> {
    let mut own: BTreeSet<&str> = BTreeSet::new();
    for source in sources.all.iter().filter(|source| source.language == "python") {
        own.extend(source.path.split('/').map(|part| part.trim_end_matches(".py")));
    }
    let declared: BTreeSet<&str> = project
        .dependencies()
        .filter(|(_, dependency)| dependency.ecosystem == Ecosystem::Python)
        .map(|(_, dependency)| dependency.name.as_str())
        .collect();
    let is_claimed = |import: &str, name: &str| match tables::python_modules(name) {
        Some(modules) => modules.iter().any(|module| begins(import, module)),
        None => resembles(import, name),
    };
    let top = |import: &'i str| import.split('.').next().unwrap_or_default();
    imports
        .iter()
        .copied()
        .filter(|import| !top(import).is_empty() && !own.contains(top(import)) && !standard::MODULES.contains(&top(import)))
        .filter(|import| !declared.iter().any(|name| is_claimed(import, name)))
        .collect()
}
