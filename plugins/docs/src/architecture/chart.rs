//! Owns the chart of imports. Shows files of a small project and folders of a larger one, and never more than can be read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::project::Project;
use crate::project::resolve::{Bond, Edge, Target};
use crate::project::split;

/// Most files that a chart shows one by one.
const MAX_FILES: usize = 40;

/// Most nodes of a chart.
const MAX_NODES: usize = 60;

/// Most arrows of a chart; the viewers refuse more than 500.
const MAX_ARROWS: usize = 400;

type Arrows = BTreeMap<(String, String), usize>;

/// The section with the chart; empty when nothing imports anything.
pub(super) fn chart(project: &Project, edges: &[Edge]) -> String {
    let is_small = project.ordinary().count() <= MAX_FILES;
    let pairs = pairs(project, edges, is_small);
    let at_depth = |depth: usize| {
        let name = |node: &str| if is_small { node.to_owned() } else { cut(node, depth) };
        let mut arrows = Arrows::new();
        for ((from, to), n) in &pairs {
            let (from, to) = (name(from), name(to));
            if from != to {
                *arrows.entry((from, to)).or_default() += n;
            }
        }
        arrows
    };
    let deepest = project.sources.iter().map(|source| source.path.matches('/').count()).max().unwrap_or(0).clamp(1, 12);
    let fitting = (1..=deepest).rev().map(at_depth).find(|arrows| nodes(arrows).len() <= MAX_NODES && !arrows.is_empty());
    let arrows = fitting.unwrap_or_else(|| at_depth(deepest));
    if arrows.is_empty() {
        return String::new();
    }
    let what = if is_small { "file" } else { "folder" };
    let mut text = format!("\n## Imports\n\nAn arrow leads from the {what} that imports to the one that is imported.\n\n");
    draw(&mut text, &arrows);
    text
}

/// How often each file or folder imports another. Between folders, declarations would only draw the tree of folders again.
fn pairs<'a>(project: &'a Project, edges: &'a [Edge], is_small: bool) -> BTreeMap<(&'a str, &'a str), usize> {
    let node = |at: usize| if is_small { project.path(at) } else { split(project.path(at)).0 };
    let mut pairs = BTreeMap::new();
    for edge in edges.iter().filter(|edge| is_small || edge.bond != Bond::Declaration) {
        let to = match &edge.to {
            Target::File(at) => node(*at),
            Target::Folder(folder) => folder,
        };
        *pairs.entry((node(edge.from), to)).or_default() += 1;
    }
    pairs
}

/// The first parts of a folder.
fn cut(folder: &str, depth: usize) -> String {
    if folder.is_empty() {
        return ".".to_owned();
    }
    folder.split('/').take(depth).collect::<Vec<_>>().join("/")
}

fn nodes(arrows: &Arrows) -> BTreeSet<&str> {
    arrows.keys().flat_map(|(from, to)| [from.as_str(), to.as_str()]).collect()
}

fn draw(text: &mut String, arrows: &Arrows) {
    // The nodes with most imports stay.
    let mut weights: BTreeMap<&str, usize> = BTreeMap::new();
    for ((from, to), n) in arrows {
        *weights.entry(from).or_default() += n;
        *weights.entry(to).or_default() += n;
    }
    let mut kept: Vec<(&str, usize)> = weights.into_iter().collect();
    kept.sort_by_key(|(name, n)| (std::cmp::Reverse(*n), *name));
    let n_nodes = kept.len();
    let ids: BTreeMap<&str, usize> =
        kept.iter().take(MAX_NODES).map(|(name, _)| *name).collect::<BTreeSet<_>>().into_iter().zip(0..).collect();
    let mut shown: Vec<(&(String, String), &usize)> =
        arrows.iter().filter(|((from, to), _)| ids.contains_key(from.as_str()) && ids.contains_key(to.as_str())).collect();
    shown.sort_by_key(|(pair, n)| (std::cmp::Reverse(**n), *pair));
    shown.truncate(MAX_ARROWS);
    shown.sort();
    text.push_str("```mermaid\ngraph LR\n");
    for (name, id) in &ids {
        let _ = writeln!(text, "    n{id}[\"{}\"]", name.replace('"', "'"));
    }
    for ((from, to), _) in &shown {
        if let (Some(from), Some(to)) = (ids.get(from.as_str()), ids.get(to.as_str())) {
            let _ = writeln!(text, "    n{from} --> n{to}");
        }
    }
    text.push_str("```\n");
    if n_nodes > ids.len() || shown.len() < arrows.len() {
        let _ = writeln!(
            text,
            "\nThe chart shows {} of {n_nodes} nodes and {} of {} arrows, those with most imports.",
            ids.len(),
            shown.len(),
            arrows.len()
        );
    }
}
