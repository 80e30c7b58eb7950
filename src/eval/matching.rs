//! Which findings meet which marked places. A finding meets one place at most: what is said twice is no second hit.

use std::collections::BTreeMap;

use super::set::{Case, Set};
use crate::types::Severity;

/// A finding of any tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// From the root of the set, with `/`.
    pub path: String,
    /// First line, from 1.
    pub start: u32,
    /// Last line.
    pub end: u32,
    /// `analyzer/rule`, or `tool/rule` of another tool.
    pub rule: String,
    /// Numbers of the weaknesses that the rule names.
    pub weaknesses: Vec<u32>,
    /// How bad it is said to be.
    pub severity: Severity,
}

/// What became of a marked place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It had to be found and was, by the finding with this position.
    Found(usize),
    /// It had to be found and was not.
    Missed,
    /// Nothing may be found here, and something was: the finding with this position.
    False(usize),
    /// Nothing may be found here, and nothing was.
    Silent,
}

/// A set with what became of each place, and findings that met none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// In the order of the set.
    pub outcomes: Vec<Outcome>,
    /// Positions of findings in files of the set that nothing is said about.
    pub unjudged: Vec<usize>,
}

/// Whether a finding is about the topic of a case, bad enough, and within `slack` lines of it.
fn meets(set: &Set, at: usize, found: &Found, slack: u32) -> bool {
    let (case, topic) = &set.cases[at];
    let at_least = case.at_least.unwrap_or(set.head.at_least);
    let is_near = found.start <= case.end.saturating_add(slack) && found.end.saturating_add(slack) >= case.start;
    is_near && found.severity >= at_least && topic.holds(&found.rule, &found.weaknesses)
}

/// Compares findings with a set. The order of neither matters to how many are found.
pub fn judge(set: &Set, found: &[Found]) -> Judged {
    let mut of_path: BTreeMap<&str, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (at, (Case { path, .. }, _)) in set.cases.iter().enumerate() {
        of_path.entry(path).or_default().0.push(at);
    }
    for (at, found) in found.iter().enumerate() {
        if let Some((_, findings)) = of_path.get_mut(found.path.as_str()) {
            findings.push(at);
        }
    }
    let mut outcomes: Vec<Outcome> = set.cases.iter().map(|(case, _)| if case.must { Outcome::Missed } else { Outcome::Silent }).collect();
    let mut unjudged = Vec::new();
    for (cases, findings) in of_path.values() {
        unjudged.extend(judge_file(set, found, cases, findings, &mut outcomes));
    }
    unjudged.sort_unstable();
    Judged { outcomes, unjudged }
}

/// Judges one file; gives the findings that met nothing.
fn judge_file(set: &Set, found: &[Found], cases: &[usize], findings: &[usize], outcomes: &mut [Outcome]) -> Vec<usize> {
    let (wanted, forbidden): (Vec<usize>, Vec<usize>) = cases.iter().partition(|case| set.cases[**case].0.must);
    // Who stands right on a forbidden place and on no wanted one has no claim on a wanted one nearby.
    let is_false = |finding: &usize| forbidden.iter().any(|case| meets(set, *case, &found[*finding], 0));
    let is_exact = |finding: &usize| wanted.iter().any(|case| meets(set, *case, &found[*finding], 0));
    for case in &forbidden {
        if let Some(finding) = findings.iter().find(|finding| meets(set, *case, &found[**finding], 0)) {
            outcomes[*case] = Outcome::False(*finding);
        }
    }
    let usable: Vec<usize> = findings.iter().copied().filter(|finding| is_exact(finding) || !is_false(finding)).collect();
    let edges = |slack: u32| -> Vec<Vec<usize>> {
        wanted.iter().map(|case| usable.iter().copied().filter(|finding| meets(set, *case, &found[*finding], slack)).collect()).collect()
    };
    // What stands right there first, then what is near.
    let mut holder = BTreeMap::new();
    for slack in [0, set.head.slack] {
        let edges = edges(slack);
        for case in 0..wanted.len() {
            if !holder.values().any(|held| *held == case) {
                assign(case, &edges, &mut holder, &mut vec![false; wanted.len()]);
            }
        }
    }
    for (finding, case) in &holder {
        outcomes[wanted[*case]] = Outcome::Found(*finding);
    }
    let is_about_nothing = |finding: &usize| {
        let near = |case: &usize| meets(set, *case, &found[*finding], set.head.slack);
        !is_false(finding) && !wanted.iter().any(near) && found[*finding].severity >= set.head.at_least
    };
    findings.iter().copied().filter(is_about_nothing).collect()
}

/// Finds a finding for a case, moving others to findings that they can have as well: as many cases as can be have one.
fn assign(case: usize, edges: &[Vec<usize>], holder: &mut BTreeMap<usize, usize>, asked: &mut [bool]) -> bool {
    if std::mem::replace(&mut asked[case], true) {
        return false;
    }
    for finding in &edges[case] {
        let held = holder.get(finding).copied();
        if held.is_none_or(|other| assign(other, edges, holder, asked)) {
            holder.insert(*finding, case);
            return true;
        }
    }
    false
}
