//! Comparing versions by the rules of each ecosystem. What is not a version compares to nothing.

mod cargo;
mod maven;
mod pep440;
mod range;
mod semver;

use std::cmp::Ordering;

use crate::model::Ecosystem;

pub use range::{Bound, bound, satisfies};

/// The order of two versions; nothing when one of them is not understood.
pub fn compare(ecosystem: Ecosystem, left: &str, right: &str) -> Option<Ordering> {
    match ecosystem {
        Ecosystem::Cargo => Some(cargo::parse(left)?.cmp(&cargo::parse(right)?)),
        Ecosystem::Npm | Ecosystem::Go => Some(semver::parse(left)?.cmp(&semver::parse(right)?)),
        Ecosystem::Python => Some(pep440::parse(left)?.cmp(&pep440::parse(right)?)),
        Ecosystem::Maven => Some(maven::parse(left)?.cmp(&maven::parse(right)?)),
    }
}

/// Whether two texts name the same version.
pub fn is_same(ecosystem: Ecosystem, left: &str, right: &str) -> bool {
    left == right || compare(ecosystem, left, right) == Some(Ordering::Equal)
}
