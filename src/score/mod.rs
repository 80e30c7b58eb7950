//! Owns the arithmetic of scores: findings and measures in, numbers out, each lost point with its reason. A model never hands out
//! a number. `docs/scoring.md` explains it to users.
//!
//! Every finding and some measures are worth points. What a sum of points scores is told by the code of many public projects: half of
//! it, in each language, scores better than 88, a twentieth worse than 68. The first finding costs most, no sum goes below zero, and one
//! finding more never raises a score.

mod curve;
mod first;
mod points;
mod reference;
mod run;
mod sums;
#[cfg(test)]
mod tests;

pub use first::{LIMITED, Ranked, in_order, ranked, ranked_of};
pub use points::{Reason, most_points};
pub use reference::{REFERENCE_LINES, Reference};
pub use run::{ScoredFile, of_run};

use crate::types::{Dimension, FileMetrics, Finding, Language, Scores};
use curve::rounded;
use points::weight;
use sums::Sums;

/// Raised whenever a number of the arithmetic or of the reference changes.
pub const SCORING_VERSION: u32 = 3;

/// Points that one reason costs.
#[derive(Clone, Debug, PartialEq)]
pub struct LostPoints {
    /// Where they are lost.
    pub dimension: Dimension,
    /// The finding or the measure that costs them.
    pub reason: Reason,
    /// Of the dimension's score, in points of 100; all reasons together give what the dimension lacks.
    pub lost: f64,
    /// Of the overall score.
    pub lost_overall: f64,
}

/// Scores of a file.
pub fn scores(language: Language, findings: &[Finding], metrics: &FileMetrics) -> Scores {
    let sums = Sums::new(Reference::of(Some(language)), findings, metrics);
    Scores {
        overall: rounded(sums.overall_score()),
        security: rounded(sums.score(Dimension::Security)),
        quality: rounded(sums.score(Dimension::Quality)),
        complexity: rounded(sums.score(Dimension::Complexity)),
        maintainability: rounded(sums.score(Dimension::Maintainability)),
    }
}

/// Points that a file loses of its overall score, and those that it loses of complexity: what a reference is made of.
pub fn raw_points(reference: &Reference, findings: &[Finding], metrics: &FileMetrics) -> (f64, f64) {
    let sums = Sums::new(reference, findings, metrics);
    (sums.overall(), sums.of(Dimension::Complexity))
}

/// How many percent of the lines of public code in a language stand in files with a lower overall score, from 0 to 100.
pub fn percentile(language: Language, overall: f64) -> u8 {
    Reference::of(Some(language)).percentile(overall)
}

/// Every lost point with its reason, the dearest first. What a dimension lacks is shared out in proportion to the points.
pub fn explain(language: Language, findings: &[Finding], metrics: &FileMetrics) -> Vec<LostPoints> {
    let sums = Sums::new(Reference::of(Some(language)), findings, metrics);
    let overall = sums.overall();
    let lost_overall = 100.0 - sums.overall_score();
    let shared = |(dimension, reason, worth): &(Dimension, Reason, f64)| LostPoints {
        dimension: *dimension,
        reason: reason.clone(),
        lost: (100.0 - sums.score(*dimension)) * worth / sums.of(*dimension),
        lost_overall: lost_overall * weight(*dimension) * worth / overall,
    };
    let mut explained: Vec<LostPoints> = sums.points.iter().map(shared).collect();
    explained.sort_by(|a, b| b.lost_overall.total_cmp(&a.lost_overall));
    explained
}
