//! Versions of npm and Go, and those of Cargo that lack a number. Build metadata is passed over; missing numbers count as zero.

use std::cmp::Ordering;

/// A version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Semver {
    /// Major, minor, patch.
    pub(super) numbers: [u64; 3],
    /// Parts after the first dash; none for a release.
    pub(super) pre: Vec<Part>,
}

/// A part of a pre-release; numbers come before words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// A number.
    Number(u64),
    /// Anything else.
    Word(String),
}

impl Ord for Semver {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => self.pre.cmp(&other.pre),
        })
    }
}

impl PartialOrd for Semver {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Reads a version, with or without a `v` before it.
pub(super) fn parse(text: &str) -> Option<Semver> {
    let (numbers, pre) = split(text)?;
    let mut version = Semver { numbers: [0; 3], pre };
    for (index, number) in numbers.split('.').enumerate() {
        *version.numbers.get_mut(index)? = digits(number)?;
    }
    Some(version)
}

/// Splits a version into the text of its numbers and the parts of its pre-release.
pub(super) fn split(text: &str) -> Option<(&str, Vec<Part>)> {
    let text = text.trim().trim_start_matches(['v', 'V', '=']).trim_start();
    let text = text.split('+').next()?;
    let (numbers, pre) = text.split_once('-').map_or((text, None), |(numbers, pre)| (numbers, Some(pre)));
    let parts = pre.map(|pre| pre.split('.').map(part).collect()).unwrap_or_default();
    Some((numbers, parts))
}

/// A number without a sign; one that is too long counts as the largest.
pub(super) fn digits(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

fn part(text: &str) -> Part {
    digits(text).map_or_else(|| Part::Word(text.to_owned()), Part::Number)
}
