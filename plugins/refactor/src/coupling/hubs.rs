//! Owns the smell of a file that depends on much and that much depends on. Files whose only work is to gather others are none.

use std::collections::BTreeSet;

use devflow_plugin::{Finding, Source};

use super::imports::Index;
use super::{is_own, stem};
use crate::rules::{listed, project_finding};

/// Fewest sources of a project in which there is a hub.
const MIN_SOURCES: usize = 30;
/// Fewest sources that the hub imports, and fewest that import it.
const MIN_DEGREE: usize = 12;
/// The same as a part of the project, in percent.
const MIN_PERCENT: usize = 12;
/// Names shown in a message.
const MAX_SHOWN: usize = 4;

pub(super) fn inspect(sources: &[Source], findings: &mut Vec<Finding>) {
    let own: BTreeSet<usize> = sources.iter().enumerate().filter(|(_, source)| is_own(source)).map(|(at, _)| at).collect();
    if own.len() < MIN_SOURCES {
        return;
    }
    let index = Index::new(sources);
    let imported: Vec<BTreeSet<usize>> = (0..sources.len())
        .map(|at| if own.contains(&at) { index.imported(at).intersection(&own).copied().collect() } else { BTreeSet::new() })
        .collect();
    let mut n_importers = vec![0_usize; sources.len()];
    for target in imported.iter().flatten() {
        if let Some(n) = n_importers.get_mut(*target) {
            *n += 1;
        }
    }
    let is_much = |n: usize| n >= MIN_DEGREE && n * 100 >= own.len() * MIN_PERCENT;
    for (at, source) in sources.iter().enumerate() {
        let (Some(targets), Some(n_in)) = (imported.get(at), n_importers.get(at).copied()) else { continue };
        let gathers = matches!(stem(&source.path), "mod" | "lib" | "main" | "__init__" | "index" | "prelude");
        if gathers || !is_much(targets.len()) || !is_much(n_in) {
            continue;
        }
        // Those that import the hub as well are in a circle with it: they are the ones to cut first.
        let back: Vec<&str> = targets
            .iter()
            .filter(|target| index.needs(**target, at))
            .filter_map(|target| sources.get(*target))
            .map(|target| target.path.as_str())
            .collect();
        let span = source.imports.first().map_or(0..0, |import| import.span.range());
        let message = format!(
            "`{}` imports {} files of the project and is imported by {n_in}: every change spreads through it",
            source.path,
            targets.len()
        );
        let suggestion = if back.is_empty() {
            "Split the file into what others need and what needs others.".to_owned()
        } else {
            format!("Break the circles first: {} import it back.", listed(back, MAX_SHOWN))
        };
        findings.push(project_finding("unstable-hub", at, span, message, suggestion));
    }
}
