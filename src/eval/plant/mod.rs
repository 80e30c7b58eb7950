//! Defects put into code that has none of the kind: each still parses, and each place is known.

mod operators;
mod site;

use std::ops::Range;

use super::set::Case;
use crate::syntax::parse;
use crate::types::{Digest, Language};

pub use operators::{Operator, operators};
pub use site::Site;
use site::Source;

/// Lines between two places of one file, at least: one must not explain the other.
const APART: usize = 15;

/// Most places of one file, changed or left.
const MAX_PER_FILE: usize = 4;

/// A file that defects can be put into.
#[derive(Clone, Debug)]
pub struct Plantable {
    /// From the root of the repository, with `/`.
    pub path: String,
    /// Its language.
    pub language: Language,
    /// Its text.
    pub text: String,
}

/// A file with its defects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    /// As in [`Plantable`].
    pub path: String,
    /// With the defects.
    pub text: String,
    /// What is where: a place for each defect, and places of the same kind that were left as they are.
    pub cases: Vec<Case>,
}

/// Whether a change is wanted, by the name of its operator.
type Wanted<'a> = &'a dyn Fn(&str) -> bool;

/// Every place in a file where an operator finds something to change.
fn sites(file: &Plantable, is_wanted: Wanted<'_>) -> Vec<Site> {
    let parsed = parse(file.language, &file.text);
    let source = Source::new(file.language, &parsed, &file.text);
    let mut sites: Vec<Site> =
        operators().iter().filter(|operator| is_wanted(operator.name)).flat_map(|operator| operator.sites(&source)).collect();
    // Rules say less about tests, and so would a reviewer.
    let is_test = |site: &Site| parsed.tests.iter().any(|test| test.contains(&site.span.start));
    sites.retain(|site| !is_test(site));
    sites.sort_by_key(|site| (site.span.start, site.operator));
    sites
}

/// Whether a change leaves a file that parses as well as before.
fn keeps_parsing(file: &Plantable, site: &Site) -> bool {
    let mut text = file.text.clone();
    text.replace_range(site.span.clone(), &site.with);
    let n_errors = |text: &str| parse(file.language, text).errors.len();
    n_errors(&text) <= n_errors(&file.text)
}

/// The order in which chance takes sites: the same for the same seed.
fn rank(seed: u64, path: &str, site: &Site) -> [u8; 32] {
    Digest::of(format!("{seed} {path} {} {}", site.operator, site.span.start).as_bytes()).0
}

/// Puts about `n` defects into files, those of each operator in turn, so that a frequent one does not crowd out the others.
pub fn plant(files: &[Plantable], n: usize, seed: u64, is_wanted: Wanted<'_>) -> Vec<Planted> {
    let all: Vec<Vec<Site>> = files.iter().map(|file| sites(file, is_wanted)).collect();
    let mut queues: Vec<Vec<(usize, usize)>> = operators()
        .iter()
        .map(|operator| {
            let own = all.iter().enumerate().flat_map(|(file, sites)| (0..sites.len()).map(move |site| (file, site)));
            let mut own: Vec<(usize, usize)> = own.filter(|(file, site)| all[*file][*site].operator == operator.name).collect();
            // The last one is taken first.
            own.sort_by_key(|(file, site)| std::cmp::Reverse(rank(seed, &files[*file].path, &all[*file][*site])));
            own
        })
        .collect();
    // Of each file, the sites that are changed, and those like them that stay as they are.
    let mut taken: Vec<Vec<(usize, bool)>> = vec![Vec::new(); files.len()];
    let mut n_changed = 0;
    while n_changed < n && queues.iter().any(|queue| !queue.is_empty()) {
        for queue in &mut queues {
            for is_changed in [true, false] {
                let is_wanted = !is_changed || n_changed < n;
                if let Some((file, site)) = is_wanted.then(|| next_free(queue, files, &all, &taken)).flatten() {
                    taken[file].push((site, is_changed));
                    n_changed += usize::from(is_changed);
                }
            }
        }
    }
    let planted = files.iter().zip(&all).zip(&taken);
    planted.filter_map(|((file, sites), taken)| change(file, sites, taken)).collect()
}

/// Takes sites off a queue up to one that stands far enough from what was taken of its file, and that leaves a file that parses.
fn next_free(
    queue: &mut Vec<(usize, usize)>,
    files: &[Plantable],
    all: &[Vec<Site>],
    taken: &[Vec<(usize, bool)>],
) -> Option<(usize, usize)> {
    while let Some((file, site)) = queue.pop() {
        let lines = |site: usize| lines_of(&files[file].text, &all[file][site].span);
        let own = lines(site);
        let is_far = |(other, _): &(usize, bool)| {
            let other = lines(*other);
            own.start > other.end + APART || other.start > own.end + APART
        };
        if taken[file].len() < MAX_PER_FILE && taken[file].iter().all(is_far) && keeps_parsing(&files[file], &all[file][site]) {
            return Some((file, site));
        }
    }
    None
}

/// First and last line of a part, from 1.
fn lines_of(text: &str, span: &Range<usize>) -> Range<usize> {
    let line = |at: usize| text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    line(span.start)..line(span.end.saturating_sub(1).max(span.start))
}

/// Changes one file, and says what is where in the new text. None without a change.
fn change(file: &Plantable, sites: &[Site], taken: &[(usize, bool)]) -> Option<Planted> {
    if taken.is_empty() {
        return None;
    }
    let mut all: Vec<(&Site, bool)> = taken.iter().map(|(at, is_changed)| (&sites[*at], *is_changed)).collect();
    all.sort_by_key(|(site, _)| site.span.start);
    let (mut text, mut at, mut cases) = (String::with_capacity(file.text.len()), 0, Vec::new());
    let mut places = Vec::new();
    for (site, is_changed) in all {
        text.push_str(&file.text[at..site.span.start]);
        let start = text.len() - (site.span.start - site.around.start).min(text.len());
        text.push_str(if is_changed { &site.with } else { &file.text[site.span.clone()] });
        at = site.span.end;
        places.push((site, is_changed, start..text.len() + (site.around.end - site.span.end)));
    }
    text.push_str(&file.text[at..]);
    for (site, is_changed, place) in places {
        let lines = lines_of(&text, &(place.start..place.end.min(text.len())));
        cases.push(Case {
            path: file.path.clone(),
            start: lines.start as u32,
            end: lines.end as u32,
            topic: site.topic.to_owned(),
            must: is_changed,
            note: site.operator.to_owned(),
            at_least: Some(site.at_least),
        });
    }
    Some(Planted { path: file.path.clone(), text, cases })
}

#[cfg(test)]
mod tests;
