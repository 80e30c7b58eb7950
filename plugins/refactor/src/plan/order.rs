//! Owns the order of steps: what depends on what, without circles. Never knows what a step does.

use std::collections::{BTreeMap, BTreeSet};

/// One step of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// From 1, as the steps that depend on it call it.
    pub number: usize,
    /// What to do, in the imperative.
    pub title: String,
    /// What gets easier.
    pub why: String,
    /// The code concerned.
    pub quote: String,
    /// `low`, `medium` or `high`.
    pub risk: String,
    /// Numbers of the steps to do before.
    pub depends_on: Vec<usize>,
}

/// The steps without the doubtful ones and all that depends on them.
pub fn without(mut steps: Vec<Step>, doubtful: &[usize]) -> Vec<Step> {
    let mut gone: BTreeSet<usize> = doubtful.iter().copied().collect();
    loop {
        let falls = |step: &&Step| !gone.contains(&step.number) && step.depends_on.iter().any(|number| gone.contains(number));
        let more: Vec<usize> = steps.iter().filter(falls).map(|step| step.number).collect();
        if more.is_empty() {
            break;
        }
        gone.extend(more);
    }
    steps.retain(|step| !gone.contains(&step.number));
    steps
}

/// The steps so that each comes after what it depends on, the first in their own order where there is a choice, numbered anew. A dependency
/// that would close a circle is dropped, and so is one on a step that is not there.
pub fn order(steps: Vec<Step>) -> Vec<Step> {
    let known: BTreeSet<usize> = steps.iter().map(|step| step.number).collect();
    let mut needs: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for step in &steps {
        for number in step.depends_on.iter().filter(|number| known.contains(number)) {
            if !reaches(&needs, *number, step.number) {
                needs.entry(step.number).or_default().insert(*number);
            }
        }
    }
    let mut left = steps;
    let mut done: BTreeMap<usize, usize> = BTreeMap::new();
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let is_ready = |step: &Step| needs.get(&step.number).is_none_or(|needs| needs.iter().all(|number| done.contains_key(number)));
        // Without circles there is always one that is ready.
        let at = left.iter().position(is_ready).unwrap_or(0);
        let mut step = left.remove(at);
        let number = ordered.len() + 1;
        step.depends_on = needs.get(&step.number).into_iter().flatten().filter_map(|number| done.get(number).copied()).collect();
        step.depends_on.sort_unstable();
        done.insert(step.number, number);
        step.number = number;
        ordered.push(step);
    }
    ordered
}

/// Whether a step depends on another one, or is it.
fn reaches(needs: &BTreeMap<usize, BTreeSet<usize>>, from: usize, to: usize) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(number) = open.pop() {
        if number == to {
            return true;
        }
        if seen.insert(number) {
            open.extend(needs.get(&number).into_iter().flatten());
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(number: usize, depends_on: &[usize]) -> Step {
        Step { number, title: number.to_string(), depends_on: depends_on.to_vec(), ..Step::default() }
    }

    fn shown(steps: &[Step]) -> Vec<(String, Vec<usize>)> {
        steps.iter().map(|step| (step.title.clone(), step.depends_on.clone())).collect()
    }

    #[test]
    fn steps_come_after_what_they_need() {
        let ordered = order(vec![step(1, &[3]), step(2, &[]), step(3, &[2])]);
        assert_eq!(shown(&ordered), [("2".to_owned(), vec![]), ("3".to_owned(), vec![1]), ("1".to_owned(), vec![2])]);
    }

    #[test]
    fn a_circle_is_cut_where_it_closes() {
        let ordered = order(vec![step(1, &[2]), step(2, &[3]), step(3, &[1, 3, 9])]);
        assert_eq!(shown(&ordered), [("3".to_owned(), vec![]), ("2".to_owned(), vec![1]), ("1".to_owned(), vec![2])]);
    }

    #[test]
    fn what_depends_on_a_doubtful_step_goes_with_it() {
        let left = without(vec![step(1, &[]), step(2, &[1]), step(3, &[2]), step(4, &[])], &[1]);
        assert_eq!(shown(&left), [("4".to_owned(), vec![])]);
    }
}
