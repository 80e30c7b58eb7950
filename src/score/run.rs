//! The scores of a run, from those of its files.

use super::curve::{Curve, rounded};
use super::points::weight;
use super::reference::Reference;
use crate::types::{Dimension, Scores};

/// What the score of a run needs of a file.
#[derive(Clone, Copy, Debug)]
pub struct ScoredFile {
    /// Lines that hold code; a file of comments alone counts as one line, so that it counts at all.
    pub code_lines: u32,
    /// The scores of the file.
    pub scores: Scores,
}

/// The scores of all files together; `None` when there is none.
///
/// Quality, complexity and maintainability are means, weighted by lines of code. Security is none, since size would dilute it: the points of
/// the worst file count in full, those of the second half, those of the third a third. What that adds to the mean goes into the overall
/// score by the weight of security, too. A run of one file has the scores of that file.
pub fn of_run(files: &[ScoredFile]) -> Option<Scores> {
    let curve = Reference::of(None).overall;
    let lines: f64 = files.iter().map(lines_of).sum();
    if files.is_empty() {
        return None;
    }
    let mean = |at: usize| files.iter().map(|file| file.scores.to_array()[at] * lines_of(file)).sum::<f64>() / lines;
    let [overall, security, quality, complexity, maintainability] = std::array::from_fn(mean);
    let holes = security_points(curve, files);
    let undiluted = (holes - curve.points(security)).max(0.0);
    let overall = curve.score(curve.points(overall) + weight(Dimension::Security) * undiluted);
    // What one file says is not worked out again.
    let security = if undiluted > 0.0 { curve.score(holes) } else { security };
    Some(Scores::from_array([overall, security, quality, complexity, maintainability].map(rounded)))
}

fn lines_of(file: &ScoredFile) -> f64 {
    f64::from(file.code_lines.max(1))
}

fn security_points(curve: Curve, files: &[ScoredFile]) -> f64 {
    let mut points: Vec<f64> = files.iter().map(|file| curve.points(file.scores.security)).collect();
    points.sort_by(|a, b| b.total_cmp(a));
    points.into_iter().enumerate().map(|(rank, points)| points / (rank + 1) as f64).sum()
}
