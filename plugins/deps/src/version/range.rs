//! Owns requirements: whether a version fits one, and how wide it is. What is not understood is no answer, never a guess.

use std::cmp::Ordering;

use super::semver::{self, Part, Semver, digits};
use super::{cargo, pep440};
use crate::model::Ecosystem;

/// How wide a requirement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Every version fits, or whatever is newest.
    None,
    /// Every later version fits.
    Lower,
    /// There is a first version that does not fit any more.
    Closed,
    /// It is not understood.
    Unknown,
}

/// Whether the version fits; nothing when that cannot be told.
pub fn satisfies(ecosystem: Ecosystem, requirement: &str, version: &str) -> Option<bool> {
    match ecosystem {
        Ecosystem::Cargo => cargo::satisfies(requirement, version),
        Ecosystem::Npm => npm(requirement, &semver::parse(version)?),
        Ecosystem::Python => python(requirement, version),
        Ecosystem::Go | Ecosystem::Maven => None,
    }
}

/// How wide a requirement is.
pub fn bound(ecosystem: Ecosystem, requirement: &str) -> Bound {
    let requirement = requirement.trim();
    match ecosystem {
        Ecosystem::Cargo | Ecosystem::Python => listed(requirement.split(','), ecosystem == Ecosystem::Python && requirement.is_empty()),
        Ecosystem::Npm => npm_bound(requirement),
        Ecosystem::Maven => maven_bound(requirement),
        Ecosystem::Go => Bound::Closed,
    }
}

fn npm_bound(requirement: &str) -> Bound {
    if matches!(requirement, "" | "*" | "x" | "X" | "latest" | "next") {
        return Bound::None;
    }
    if requirement.contains([':', '/']) {
        return Bound::Unknown;
    }
    let mut widest = Bound::Closed;
    for alternative in requirement.split("||") {
        if alternative.contains(" - ") {
            continue;
        }
        let joined = joined(alternative);
        match listed(joined.split_whitespace(), true) {
            Bound::None => return Bound::None,
            Bound::Lower => widest = Bound::Lower,
            Bound::Closed | Bound::Unknown => {}
        }
    }
    widest
}

/// The width of comparators that must all hold.
fn listed<'t>(comparators: impl Iterator<Item = &'t str>, is_empty_wide: bool) -> Bound {
    let mut has_lower = false;
    let mut has_any = false;
    for comparator in comparators.map(str::trim) {
        has_any |= !comparator.is_empty();
        match operator(comparator) {
            (">" | ">=", "0" | "0.0" | "0.0.0") | ("" | "=" | "==", "*" | "x" | "X") => {}
            (">" | ">=", _) => has_lower = true,
            ("!=", _) | (_, "") => {}
            _ => return Bound::Closed,
        }
    }
    match (has_lower, has_any || is_empty_wide) {
        (true, _) => Bound::Lower,
        (false, true) => Bound::None,
        (false, false) => Bound::Unknown,
    }
}

fn maven_bound(requirement: &str) -> Bound {
    let lower = requirement.to_ascii_lowercase();
    if matches!(lower.as_str(), "latest" | "release" | "+") || lower.starts_with("latest.") {
        return Bound::None;
    }
    let is_open_list = requirement.ends_with(",)") || requirement.ends_with(",]") || requirement.ends_with(",[");
    if is_open_list || requirement.ends_with('+') {
        return Bound::Lower;
    }
    if requirement.is_empty() || requirement.contains('$') { Bound::Unknown } else { Bound::Closed }
}

/// Takes away the space between an operator and its version.
fn joined(alternative: &str) -> String {
    let mut joined = String::new();
    for word in alternative.split_whitespace() {
        if !joined.is_empty() && !joined.ends_with(['>', '<', '=', '^', '~']) {
            joined.push(' ');
        }
        joined.push_str(word);
    }
    joined
}

/// Splits a comparator into operator and version.
fn operator(comparator: &str) -> (&str, &str) {
    let end = comparator.find(|letter: char| !matches!(letter, '<' | '>' | '=' | '^' | '~' | '!')).unwrap_or(comparator.len());
    let (operator, version) = comparator.split_at(end);
    (operator, version.trim())
}

fn npm(requirement: &str, version: &Semver) -> Option<bool> {
    let mut is_unknown = false;
    for alternative in requirement.split("||") {
        let fits = match alternative.split_once(" - ") {
            Some((low, high)) => both(comparator(">=", low.trim(), version), comparator("<=", high.trim(), version)),
            None => {
                let joined = joined(alternative);
                if joined.is_empty() { Some(true) } else { all(joined.split_whitespace(), "", version) }
            }
        };
        match fits {
            Some(true) => return Some(true),
            Some(false) => {}
            None => is_unknown = true,
        }
    }
    (!is_unknown).then_some(false)
}

fn both(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    Some(left? && right?)
}

fn all<'t>(comparators: impl Iterator<Item = &'t str>, default: &str, version: &Semver) -> Option<bool> {
    let mut fits = true;
    for text in comparators.map(str::trim) {
        let (operator, partial) = operator(text);
        fits &= comparator(if operator.is_empty() { default } else { operator }, partial, version)?;
    }
    Some(fits)
}

/// Whether a version fits one comparator, whose version may lack numbers.
fn comparator(operator: &str, partial: &str, version: &Semver) -> Option<bool> {
    let (numbers, pre) = partial_version(partial)?;
    let Some(low) = filled(&numbers, &pre) else { return Some(true) };
    let is_whole = numbers.len() == 3;
    let next = |kept: usize| version.numbers < raised(&numbers, kept);
    Some(match operator {
        "" | "=" | "==" if is_whole => version.cmp(&low) == Ordering::Equal,
        "" | "=" | "==" => version.numbers >= low.numbers && next(numbers.len()),
        "^" => *version >= low && next(numbers.iter().position(|number| *number != 0).map_or(numbers.len(), |at| at + 1)),
        "~" | "~>" => *version >= low && next(numbers.len().min(2)),
        ">" if is_whole => *version > low,
        ">" => !next(numbers.len()),
        ">=" => *version >= low,
        "<" => *version < low,
        "<=" if is_whole => *version <= low,
        "<=" => next(numbers.len()),
        _ => return None,
    })
}

/// The numbers that are there, up to a wildcard, and the pre-release.
fn partial_version(text: &str) -> Option<(Vec<u64>, Vec<Part>)> {
    let (numbers, pre) = semver::split(text)?;
    let mut found = Vec::new();
    for number in numbers.split('.') {
        if matches!(number, "*" | "x" | "X" | "") {
            break;
        }
        found.push(digits(number)?);
    }
    (found.len() <= 3).then_some((found, pre))
}

fn filled(numbers: &[u64], pre: &[Part]) -> Option<Semver> {
    let number = |index: usize| numbers.get(index).copied().unwrap_or(0);
    (!numbers.is_empty()).then(|| Semver { numbers: [number(0), number(1), number(2)], pre: pre.to_vec() })
}

/// The first numbers above all that share the first `kept` ones.
fn raised(numbers: &[u64], kept: usize) -> [u64; 3] {
    let mut raised = [0; 3];
    for (index, slot) in raised.iter_mut().enumerate().take(kept) {
        *slot = numbers.get(index).copied().unwrap_or(0).saturating_add(u64::from(index + 1 == kept));
    }
    raised
}

fn python(requirement: &str, version: &str) -> Option<bool> {
    let parsed = pep440::parse(version)?;
    for text in requirement.split(',').map(str::trim).filter(|text| !text.is_empty() && *text != "*") {
        let (operator, wanted) = operator(text);
        if matches!(operator, "^" | "~") || operator.is_empty() {
            return poetry(requirement, version);
        }
        let fits = match wanted.strip_suffix(".*") {
            Some(prefix) => {
                let prefix = pep440::parse(prefix)?;
                let is_inside = begins(&parsed.release, &prefix.release);
                match operator {
                    "==" => is_inside,
                    "!=" => !is_inside,
                    _ => return None,
                }
            }
            None => python_comparator(operator, wanted, version, &parsed)?,
        };
        if !fits {
            return Some(false);
        }
    }
    Some(true)
}

fn python_comparator(operator: &str, wanted: &str, version: &str, parsed: &pep440::Pep440) -> Option<bool> {
    if operator == "===" {
        return Some(version == wanted);
    }
    // A local part of the version at hand does not matter where none is asked for.
    let public = version.split('+').next().filter(|_| !wanted.contains('+')).and_then(pep440::parse);
    let parsed = public.as_ref().unwrap_or(parsed);
    let wanted_version = pep440::parse(wanted)?;
    Some(match operator {
        "==" => *parsed == wanted_version,
        "!=" => *parsed != wanted_version,
        ">=" => *parsed >= wanted_version,
        "<=" => *parsed <= wanted_version,
        ">" => *parsed > wanted_version,
        "<" => *parsed < wanted_version && (!parsed.is_early() || parsed.release != wanted_version.release),
        "~=" => {
            let (prefix, _) = wanted.rsplit_once('.')?;
            let prefix: Vec<u64> = prefix.split('.').map(digits).collect::<Option<_>>()?;
            *parsed >= wanted_version && begins(&parsed.release, &prefix)
        }
        _ => return None,
    })
}

/// Whether the numbers begin with these; missing ones are zero.
fn begins(numbers: &[u64], prefix: &[u64]) -> bool {
    prefix.iter().enumerate().all(|(index, wanted)| numbers.get(index).copied().unwrap_or(0) == *wanted)
}

/// Poetry's carets and tildes, read as Cargo's. A version without an operator is that version.
fn poetry(requirement: &str, version: &str) -> Option<bool> {
    all(requirement.split(',').filter(|text| !text.trim().is_empty()), "=", &semver::parse(version)?)
}
