//! What comes first: the findings that cost their files most, of several kinds and from several places.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::points::{finding_points, weight};
use crate::types::{Dimension, FileResult, Finding, FunctionMetrics, Origin, RelPath};

/// Most findings of one rule among the first.
const MAX_OF_RULE: usize = 2;

/// Most claims of a model among the first.
const MAX_OF_MODEL: usize = 3;

/// A finding with what decides its place.
#[derive(Clone, Debug)]
pub struct Ranked<'a> {
    /// The file that it is in.
    pub path: &'a RelPath,
    /// The finding.
    pub finding: &'a Finding,
    /// First line of the function around it.
    function: Option<u32>,
    /// Points that it takes from the overall score of its file.
    pub points: f64,
}

/// The findings of a file, in the order of the file.
pub fn ranked<'a>(path: &'a RelPath, result: &'a FileResult) -> impl Iterator<Item = Ranked<'a>> {
    ranked_of(path, &result.findings, &result.metrics.functions, result.metrics.lines.code)
}

/// The same from the parts of a result.
pub fn ranked_of<'a>(
    path: &'a RelPath,
    findings: &'a [Finding],
    functions: &'a [FunctionMetrics],
    code_lines: u32,
) -> impl Iterator<Item = Ranked<'a>> {
    let worths = finding_points(findings, code_lines);
    findings.iter().zip(worths).map(move |(finding, worth)| {
        let around = functions.iter().filter(|function| (function.line..=function.end_line).contains(&finding.line));
        let function = around.map(|function| function.line).max();
        Ranked { path, finding, function, points: worth * weight(Dimension::of(finding.category)) }
    })
}

/// By the points, then by severity, path and place.
fn order(a: &Ranked<'_>, b: &Ranked<'_>) -> Ordering {
    let by_points = b.points.total_cmp(&a.points).then_with(|| b.finding.severity.cmp(&a.finding.severity));
    by_points.then_with(|| a.path.cmp(b.path)).then_with(|| a.finding.place_order(b.finding))
}

/// Findings that reports show first, and among which the limits hold.
pub const LIMITED: usize = 10;

/// The findings that are shown first, at most `room`, and the others, the dearest first.
///
/// Where there are more than `room`, at most two of the first ten are of one rule, one of one function and three of a model's claims, and they
/// are spread over the files. What room is left then is given to those that were passed over.
pub fn in_order<'a>(mut all: Vec<Ranked<'a>>, room: usize) -> (Vec<Ranked<'a>>, Vec<Ranked<'a>>) {
    all.sort_by(order);
    if all.len() <= room {
        return (all, Vec::new());
    }
    let mut limits = Limits::new(&all, room);
    let n_limited = room.min(LIMITED);
    let mut n_shown = 0;
    let (mut shown, mut others): (Vec<Ranked<'a>>, Vec<Ranked<'a>>) = all.into_iter().partition(|next| {
        let is_shown = n_shown < n_limited && limits.takes(next);
        n_shown += usize::from(is_shown);
        is_shown
    });
    let rest = others.split_off(others.len().min(room - shown.len()));
    shown.append(&mut others);
    (shown, rest)
}

/// How many of a kind are shown, and may be.
struct Limits<'a> {
    max_of_file: usize,
    of_rule: BTreeMap<(&'a str, &'a str), usize>,
    of_file: BTreeMap<&'a RelPath, usize>,
    of_function: BTreeMap<(&'a RelPath, u32), usize>,
    of_model: usize,
}

impl<'a> Limits<'a> {
    fn new(all: &[Ranked<'a>], room: usize) -> Self {
        let mut files: Vec<&RelPath> = all.iter().map(|ranked| ranked.path).collect();
        files.sort_unstable();
        files.dedup();
        let max_of_file = room.div_ceil(files.len().max(1)).max(MAX_OF_RULE);
        Self { max_of_file, of_rule: BTreeMap::new(), of_file: BTreeMap::new(), of_function: BTreeMap::new(), of_model: 0 }
    }

    /// Whether a finding may be shown; if so, it counts.
    fn takes(&mut self, next: &Ranked<'a>) -> bool {
        let is_claim = next.finding.origin == Origin::Model;
        let rule = self.of_rule.entry((&next.finding.analyzer, &next.finding.rule)).or_default();
        let file = self.of_file.entry(next.path).or_default();
        let function = next.function.map(|line| self.of_function.entry((next.path, line)).or_default());
        let is_full = *rule >= MAX_OF_RULE
            || *file >= self.max_of_file
            || function.as_ref().is_some_and(|count| **count > 0)
            || is_claim && self.of_model >= MAX_OF_MODEL;
        if is_full {
            return false;
        }
        *rule += 1;
        *file += 1;
        self.of_model += usize::from(is_claim);
        if let Some(count) = function {
            *count += 1;
        }
        true
    }
}
