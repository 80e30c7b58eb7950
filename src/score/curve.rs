//! From points to a score: the line through the middle and the worst twentieth of the reference.

/// Score of code that is worth as many points as the middle of the reference.
const MEDIAN_SCORE: f64 = 88.0;

/// Score of code that is worth as many points as the best of the worst twentieth.
const WORST_SCORE: f64 = 68.0;

/// From there on, so many points halve a score, in every language.
const HALVING: f64 = 40.0;

/// The lowest score that is told from nothing when points are read off a score, which is rounded.
const LEAST_SCORE: f64 = 0.05;

/// A falling curve from 100: through [`MEDIAN_SCORE`] and [`WORST_SCORE`], then straight in logarithms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Curve {
    /// Points of the middle of the reference, weighted by lines.
    pub(super) median: f64,
    /// Points that a twentieth of it exceeds.
    pub(super) worst: f64,
}

/// How often a score is halved from 100.
fn halvings(score: f64) -> f64 {
    (100.0 / score).log2()
}

impl Curve {
    fn exponent(self) -> f64 {
        (halvings(WORST_SCORE) / halvings(MEDIAN_SCORE)).ln() / (self.worst / self.median).ln()
    }

    /// From 0 to 100, not rounded; more points never score more.
    pub(super) fn score(self, points: f64) -> f64 {
        let halvings = if points <= 0.0 {
            0.0
        } else if points <= self.worst {
            halvings(MEDIAN_SCORE) * (points / self.median).powf(self.exponent())
        } else {
            halvings(WORST_SCORE) + (points - self.worst) / HALVING
        };
        100.0 * (-halvings).exp2()
    }

    /// The points that a score stands for.
    pub(super) fn points(self, score: f64) -> f64 {
        let halved = halvings(score.max(LEAST_SCORE));
        if halved <= 0.0 {
            0.0
        } else if halved <= halvings(WORST_SCORE) {
            self.median * (halved / halvings(MEDIAN_SCORE)).powf(1.0 / self.exponent())
        } else {
            self.worst + (halved - halvings(WORST_SCORE)) * HALVING
        }
    }
}

/// As scores are shown: one decimal.
pub(super) fn rounded(score: f64) -> f64 {
    (score * 10.0).round() / 10.0
}
