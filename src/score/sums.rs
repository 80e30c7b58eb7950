//! The points of a file, added up.

use super::curve::Curve;
use super::points::{Reason, points, weight};
use super::reference::Reference;
use crate::types::{Dimension, FileMetrics, Finding};

/// The points of a file, and their sums.
pub(super) struct Sums<'r> {
    reference: &'r Reference,
    /// Every reason with what it is worth.
    pub(super) points: Vec<(Dimension, Reason, f64)>,
    /// In the order of [`Dimension::ALL`].
    sums: [f64; 4],
}

impl<'r> Sums<'r> {
    pub(super) fn new(reference: &'r Reference, findings: &[Finding], metrics: &FileMetrics) -> Self {
        let points = points(reference, findings, metrics);
        let sum = |dimension: Dimension| points.iter().filter(|(known, _, _)| *known == dimension).map(|(_, _, worth)| worth).sum();
        let sums = Dimension::ALL.map(sum);
        Self { reference, points, sums }
    }

    pub(super) fn of(&self, dimension: Dimension) -> f64 {
        self.sums[dimension as usize]
    }

    pub(super) fn overall(&self) -> f64 {
        Dimension::ALL.into_iter().map(|dimension| weight(dimension) * self.of(dimension)).sum()
    }

    /// Complexity has a curve of its own: every function has some.
    fn curve(&self, dimension: Dimension) -> Curve {
        match dimension {
            Dimension::Complexity => self.reference.complexity,
            _ => self.reference.overall,
        }
    }

    /// Not rounded.
    pub(super) fn score(&self, dimension: Dimension) -> f64 {
        self.curve(dimension).score(self.of(dimension))
    }

    /// Not rounded.
    pub(super) fn overall_score(&self) -> f64 {
        self.reference.overall.score(self.overall())
    }
}
