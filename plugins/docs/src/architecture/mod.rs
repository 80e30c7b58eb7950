//! Owns the operation `architecture`: one page about the whole project, and the rule `import-cycle`. Asks no model.

mod chart;
mod cycles;
mod entries;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use devflow_plugin::{Artifact, Report, Role};

use crate::project::Project;
use crate::project::resolve::{Bond, Edge, Target, edges, missing};
use crate::project::split;
use crate::prose::cell;

/// The manifests that tell how code finds code.
pub const GLOBS: [&str; 5] = ["**/Cargo.toml", "**/package.json", "**/go.mod", "**/pyproject.toml", "**/setup.cfg"];

/// Rows of the table of folders.
const MAX_FOLDERS: usize = 200;

/// Files in each list of extremes.
const MAX_LISTED: usize = 10;

/// Files that are listed as not looked at.
const MAX_UNSEEN: usize = 50;

/// The page and the cycles.
pub fn inspect(project: &Project) -> Report {
    let edges = edges(project);
    let cycles = cycles::find(&edges);
    let findings = cycles.iter().map(|cycle| cycles::finding_of(project, cycle)).collect();
    if project.ordinary().next().is_none() {
        return Report::default();
    }
    let body = page(project, &edges, &cycles);
    let artifact =
        Artifact { name: "docs/architecture.md".to_owned(), media_type: "text/markdown".to_owned(), body, ..Artifact::default() };
    Report { findings, artifacts: vec![artifact], ..Report::default() }
}

fn page(project: &Project, edges: &[Edge], cycles: &[cycles::Cycle]) -> String {
    let n_lines: u32 = project.ordinary().filter_map(|at| project.sources.get(at)).map(|source| source.code_lines).sum();
    let languages = project.languages().iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let mut body = format!(
        "# Architecture\n\n{} sources looked at, without tests and examples, {n_lines} lines of code; {languages}.\n",
        project.ordinary().count()
    );
    write_folders(&mut body, project);
    body.push_str(&chart::chart(project, edges));
    cycles::write(&mut body, project, edges, cycles);
    entries::write(&mut body, project);
    write_extremes(&mut body, project, edges);
    write_unseen(&mut body, project);
    body
}

fn write_folders(body: &mut String, project: &Project) {
    // Files, lines, public items.
    let mut folders: BTreeMap<&str, (usize, u32, usize)> = BTreeMap::new();
    for at in project.ordinary() {
        let Some(source) = project.sources.get(at) else { continue };
        let sums = folders.entry(split(&source.path).0).or_default();
        sums.0 += 1;
        sums.1 += source.code_lines;
        sums.2 += project.public(at).len();
    }
    body.push_str("\n## Folders\n\n| folder | files | lines of code | public items |\n|---|---:|---:|---:|\n");
    for (folder, (n_files, n_lines, n_public)) in folders.iter().take(MAX_FOLDERS) {
        let folder = if folder.is_empty() { "." } else { folder };
        let _ = writeln!(body, "| `{}` | {n_files} | {n_lines} | {n_public} |", cell(folder));
    }
    if let Some(n_more) = folders.len().checked_sub(MAX_FOLDERS).filter(|n_more| *n_more > 0) {
        let _ = writeln!(body, "\n{n_more} more folders are left out.");
    }
}

fn write_extremes(body: &mut String, project: &Project, edges: &[Edge]) {
    let mut largest: Vec<(u32, &str)> =
        project.ordinary().filter_map(|at| project.sources.get(at)).map(|source| (source.code_lines, source.path.as_str())).collect();
    largest.sort_by_key(|(n_lines, path)| (std::cmp::Reverse(*n_lines), *path));
    body.push_str("\n## Largest files looked at\n\n");
    for (n_lines, path) in largest.iter().take(MAX_LISTED) {
        let _ = writeln!(body, "- `{path}`, {n_lines} lines of code");
    }
    let mut importers: BTreeMap<&Target, BTreeSet<usize>> = BTreeMap::new();
    for edge in edges.iter().filter(|edge| edge.bond != Bond::Declaration) {
        importers.entry(&edge.to).or_default().insert(edge.from);
    }
    let name = |target: &Target| match target {
        Target::File(at) => project.path(*at).to_owned(),
        Target::Folder(folder) if folder.is_empty() => ".".to_owned(),
        Target::Folder(folder) => folder.clone(),
    };
    let mut most: Vec<(usize, String)> = importers.iter().map(|(target, from)| (from.len(), name(target))).collect();
    most.sort_by_key(|(n, name)| (std::cmp::Reverse(*n), name.clone()));
    if most.is_empty() {
        return;
    }
    body.push_str("\n## Most imported\n\n");
    for (n, name) in most.iter().take(MAX_LISTED) {
        let _ = writeln!(body, "- `{name}`, by {n} {}", if *n == 1 { "file" } else { "files" });
    }
}

/// The largest file of a project is the first to be skipped: the page says what it does not know.
fn write_unseen(body: &mut String, project: &Project) {
    let missing = missing(project);
    let unread = project.unread.iter().filter(|file| file.role == Role::Source && !file.language.is_empty());
    let mut unseen: Vec<(&str, String)> = unread.map(|file| (file.path.as_str(), file.reason.clone())).collect();
    for (path, from) in &missing {
        // The path of an import mostly lacks the ending.
        if !unseen.iter().any(|(known, _)| known.starts_with(path.as_str())) {
            unseen.push((path, format!("imported by {} {}", from.len(), if from.len() == 1 { "file" } else { "files" })));
        }
    }
    if unseen.is_empty() {
        return;
    }
    unseen.sort();
    body.push_str("\n## Not looked at\n\nToo large, generated, ignored or not part of this run; what is only imported may not exist.\n\n");
    for (path, reason) in unseen.iter().take(MAX_UNSEEN) {
        let _ = writeln!(body, "- `{}`, {reason}", cell(path));
    }
    if let Some(n_more) = unseen.len().checked_sub(MAX_UNSEEN).filter(|n_more| *n_more > 0) {
        let _ = writeln!(body, "- and {n_more} more");
    }
}
