//! Owns the rule `import-cycle` and the section about cycles. One finding for each group of files that import one another.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;

use devflow_plugin::{Finding, Place, Severity};

use crate::project::graph::{Graph, circles, way_round};
use crate::project::resolve::{Bond, Edge, Target};
use crate::project::{Project, split};
use crate::rules::finding;

/// Cycles that the page lists, of files and of folders.
const MAX_CYCLES: usize = 50;

/// Files of a cycle that a message names.
const MAX_NAMED: usize = 6;

/// Files that import one another.
pub(super) struct Cycle {
    /// A shortest way round through the first file.
    way: Vec<usize>,
    /// How many files the whole group has.
    n_files: usize,
    /// The import in the last file of the way that leads back to the first.
    closing: Range<usize>,
}

/// All groups, by their first file.
pub(super) fn find(edges: &[Edge]) -> Vec<Cycle> {
    let mut graph = Graph::new();
    let mut places: BTreeMap<(usize, usize), &Range<usize>> = BTreeMap::new();
    for edge in edges.iter().filter(|edge| edge.bond == Bond::Tight) {
        if let Target::File(to) = edge.to {
            graph.entry(edge.from).or_default().insert(to);
            places.entry((edge.from, to)).or_insert(&edge.place);
        }
    }
    let cycle = |circle: Vec<usize>| {
        let start = *circle.first()?;
        let way = way_round(&graph, &circle, start);
        let closing = (*places.get(&(*way.last()?, start))?).clone();
        Some(Cycle { way, n_files: circle.len(), closing })
    };
    circles(&graph).into_iter().filter_map(cycle).collect()
}

/// The finding at the import that closes the cycle.
pub(super) fn finding_of(project: &Project, cycle: &Cycle) -> Finding {
    let first = cycle.way.first().copied().unwrap_or(0);
    let last = cycle.way.last().copied().unwrap_or(0);
    let more = match cycle.n_files.saturating_sub(cycle.way.len()) {
        0 => String::new(),
        1 => " (with one more file that leads to all of them)".to_owned(),
        n_more => format!(" (with {n_more} more files that lead to one another)"),
    };
    let message = format!("this import of `{}` closes a cycle: {}{more}", project.path(first), shown(project, &cycle.way));
    let advice = "Move what both sides need into a file that imports neither.";
    let language = project.sources.get(first).map_or("", |source| source.language.as_str());
    // What another file passes on may be a type, which leaves no trace in the program.
    let confidence = if matches!(language, "typescript" | "tsx") { 80 } else { 90 };
    let mut finding = finding("import-cycle", Place::source(last, cycle.closing.clone()), message, advice, confidence);
    // Where the compiler sees all files at once, a cycle only makes them hard to take apart.
    if matches!(language, "rust" | "java" | "kotlin") {
        finding.severity = Severity::Low;
    }
    finding
}

fn shown(project: &Project, way: &[usize]) -> String {
    let mut names: Vec<String> = way.iter().take(MAX_NAMED).map(|at| format!("`{}`", project.path(*at))).collect();
    if way.len() > MAX_NAMED {
        names.push("…".to_owned());
    }
    names.extend(way.first().map(|at| format!("`{}`", project.path(*at))));
    names.join(" → ")
}

/// The section about cycles between files and between folders.
pub(super) fn write(body: &mut String, project: &Project, edges: &[Edge], cycles: &[Cycle]) {
    let folders = folder_cycles(project, edges);
    if cycles.is_empty() && folders.is_empty() {
        if !edges.is_empty() {
            body.push_str("\n## Cycles\n\nNone among the files looked at. Imports inside of functions and of types alone do not count.\n");
        }
        return;
    }
    body.push_str("\n## Cycles\n\n");
    for cycle in cycles.iter().take(MAX_CYCLES) {
        let of =
            if cycle.n_files > cycle.way.len() { format!(", one way through a group of {} files", cycle.n_files) } else { String::new() };
        let _ = writeln!(body, "- {}{of}", shown(project, &cycle.way));
    }
    for folders in folders.iter().take(MAX_CYCLES) {
        let _ = writeln!(body, "- folders that import one another: {}", folders.join(", "));
    }
}

fn folder_cycles(project: &Project, edges: &[Edge]) -> Vec<Vec<String>> {
    let names: BTreeSet<&str> = project.sources.iter().map(|source| split(&source.path).0).collect();
    let ids: BTreeMap<&str, usize> = names.iter().copied().zip(0..).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let mut graph = Graph::new();
    for edge in edges.iter().filter(|edge| edge.bond == Bond::Tight) {
        let to = match &edge.to {
            Target::File(at) => split(project.path(*at)).0,
            Target::Folder(folder) => folder.as_str(),
        };
        if let (Some(from), Some(to)) = (ids.get(split(project.path(edge.from)).0), ids.get(to))
            && from != to
        {
            graph.entry(*from).or_default().insert(*to);
        }
    }
    let name = |at: &usize| names.get(*at).map_or(String::new(), |name| format!("`{}`", if name.is_empty() { "." } else { name }));
    circles(&graph).iter().map(|circle| circle.iter().take(20).map(name).collect()).collect()
}
