//! Owns the arithmetic of scores: findings and metrics in, numbers out, each lost point with its reason. A model never hands out
//! a number. `docs/scoring.md` explains it to users.
//!
//! Every finding and some metrics are worth points. A dimension with `P` points scores `100 * 2^(-P / 40)`: the first
//! finding costs most, no sum goes below zero, and one finding more never raises a score.

use crate::types::{Dimension, FileMetrics, Finding, FunctionMetrics, Scores, Severity};

/// Raised whenever a number below changes.
pub const SCORING_VERSION: u32 = 2;

/// So many points halve a score.
const HALVING: f64 = 40.0;

/// Files up to this many lines of code are counted as they are; in larger ones, points weigh less by the root of the size.
const SIZE_UNIT: f64 = 200.0;

/// A function with more has a finding.
const COGNITIVE_LIMIT: u32 = 15;

/// What each doubling of the worst cognitive complexity beyond the limit is worth.
const DOUBLING: f64 = 5.0;

/// What a dimension weighs in the overall score.
fn weight(dimension: Dimension) -> f64 {
    match dimension {
        Dimension::Security => 0.35,
        Dimension::Quality => 0.30,
        Dimension::Complexity => 0.15,
        Dimension::Maintainability => 0.20,
    }
}

/// What a finding is worth that is certain.
fn severity_points(severity: Severity) -> f64 {
    match severity {
        Severity::Critical => 60.0,
        Severity::High => 25.0,
        Severity::Medium => 8.0,
        Severity::Low => 2.0,
        Severity::Info => 0.25,
    }
}

/// Why points are lost.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// The finding at this position of the list.
    Finding(usize),
    /// A measure of a function that is high, but not yet a finding.
    Metric {
        /// Name of the function.
        function: String,
        /// First line of the function, from 1.
        line: u32,
        /// Name of the measure, such as `nesting` or `lines of code`.
        metric: &'static str,
        /// What the function measures.
        value: u32,
    },
}

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

/// The raw points of every reason, in the order of the findings and then of the functions.
fn points(findings: &[Finding], metrics: &FileMetrics) -> Vec<(Dimension, Reason, f64)> {
    let size = (f64::from(metrics.lines.code) / SIZE_UNIT).sqrt().max(1.0);
    let mut points = Vec::new();
    for (at, finding) in findings.iter().enumerate() {
        // A hole does not get smaller because the file is large.
        let divisor = if finding.severity >= Severity::High { 1.0 } else { size };
        let worth = severity_points(finding.severity) * f64::from(finding.confidence.min(100)) / 100.0 / divisor;
        points.push((Dimension::of(finding.category), Reason::Finding(at), worth));
    }
    for function in metrics.functions.iter().filter(|function| !function.is_test) {
        for (metric, value, worth) in metric_points(function) {
            let reason = Reason::Metric { function: function.name.clone(), line: function.line, metric, value };
            points.push((Dimension::Complexity, reason, worth / size));
        }
    }
    points.extend(worst_function(metrics));
    points
}

/// The most tangled function counts in full, however large the file around it is: half of its excess over the limit would not make
/// anybody look.
fn worst_function(metrics: &FileMetrics) -> Option<(Dimension, Reason, f64)> {
    let functions = metrics.functions.iter().filter(|function| !function.is_test && function.cognitive > COGNITIVE_LIMIT);
    let worst = functions.max_by_key(|function| (function.cognitive, std::cmp::Reverse(function.line)))?;
    let worth = DOUBLING * (f64::from(worst.cognitive) / f64::from(COGNITIVE_LIMIT)).log2();
    let metric = "cognitive complexity beyond the limit";
    let reason = Reason::Metric { function: worst.name.clone(), line: worst.line, metric, value: worst.cognitive };
    Some((Dimension::Complexity, reason, worth))
}

/// Points of measures on their way to a finding; from there on the finding bears the rest.
fn metric_points(function: &FunctionMetrics) -> impl Iterator<Item = (&'static str, u32, f64)> {
    let ramp = |value: u32, from: u32, to: u32, most: f64| f64::from(value.clamp(from, to) - from) / f64::from(to - from) * most;
    let cognitive = ("cognitive complexity", function.cognitive, ramp(function.cognitive, 8, COGNITIVE_LIMIT, 2.0));
    let lines = ("lines of code", function.code_lines, ramp(function.code_lines, 50, 80, 1.0));
    let nesting = ("nesting", function.nesting, ramp(function.nesting, 3, 4, 0.5));
    [cognitive, lines, nesting].into_iter().filter(|(_, _, worth)| *worth > 0.0)
}

/// Scores of a file.
pub fn scores(findings: &[Finding], metrics: &FileMetrics) -> Scores {
    let points = points(findings, metrics);
    let sum = |dimension: Dimension| points.iter().filter(|(known, _, _)| *known == dimension).map(|(_, _, worth)| worth).sum::<f64>();
    let score = |points: f64| rounded(100.0 * (-points / HALVING).exp2());
    let overall: f64 = Dimension::ALL.into_iter().map(|dimension| weight(dimension) * sum(dimension)).sum();
    Scores {
        overall: score(overall),
        security: score(sum(Dimension::Security)),
        quality: score(sum(Dimension::Quality)),
        complexity: score(sum(Dimension::Complexity)),
        maintainability: score(sum(Dimension::Maintainability)),
    }
}

fn rounded(score: f64) -> f64 {
    (score * 10.0).round() / 10.0
}

/// Every lost point with its reason, the dearest first. What a dimension lacks is shared out in proportion to the points.
pub fn explain(findings: &[Finding], metrics: &FileMetrics) -> Vec<LostPoints> {
    let points = points(findings, metrics);
    let sum = |dimension: Dimension| points.iter().filter(|(known, _, _)| *known == dimension).map(|(_, _, worth)| worth).sum::<f64>();
    let lost = |points: f64| 100.0 - 100.0 * (-points / HALVING).exp2();
    let overall: f64 = Dimension::ALL.into_iter().map(|dimension| weight(dimension) * sum(dimension)).sum();
    let mut explained: Vec<LostPoints> = points
        .iter()
        .filter(|(_, _, worth)| *worth > 0.0)
        .map(|(dimension, reason, worth)| LostPoints {
            dimension: *dimension,
            reason: reason.clone(),
            lost: lost(sum(*dimension)) * worth / sum(*dimension),
            lost_overall: lost(overall) * weight(*dimension) * worth / overall,
        })
        .collect();
    explained.sort_by(|a, b| b.lost_overall.total_cmp(&a.lost_overall));
    explained
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Category, LineCounts, Origin};
    use proptest::prelude::*;

    fn finding(severity: Severity, category: Category, confidence: u8) -> Finding {
        Finding {
            rule: "r".to_owned(),
            analyzer: "a".to_owned(),
            severity,
            category,
            message: String::new(),
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 1,
            quote: String::new(),
            suggestion: None,
            reasons: Vec::new(),
            related: Vec::new(),
            edits: Vec::new(),
            confidence,
            origin: Origin::Static,
            fingerprint: String::new(),
        }
    }

    fn metrics(code: u32, cognitive: u32) -> FileMetrics {
        let function = FunctionMetrics {
            name: "f".to_owned(),
            line: 1,
            end_line: 2,
            code_lines: 60,
            parameters: 0,
            nesting: 4,
            cyclomatic: 1,
            cognitive,
            has_doc: false,
            is_test: false,
        };
        FileMetrics { lines: LineCounts { code, comment: 0, blank: 0 }, functions: vec![function], ..FileMetrics::default() }
    }

    #[test]
    fn nothing_found_is_a_hundred() {
        let scores = scores(&[], &FileMetrics::default());
        assert_eq!(scores.to_array(), [100.0; 5]);
    }

    #[test]
    fn one_certain_critical_finding_needs_attention() {
        let findings = [finding(Severity::Critical, Category::Security, 100)];
        let scores = scores(&findings, &FileMetrics::default());
        assert_eq!((scores.security, scores.overall), (35.4, 69.5));
    }

    #[test]
    fn one_tangled_function_shows_however_large_its_file_is() {
        let finding = [finding(Severity::Medium, Category::Complexity, 90)];
        let complexity = |code, cognitive| scores(&finding, &metrics(code, cognitive)).complexity;
        assert!(complexity(20_000, 4001) < 55.0, "{}", complexity(20_000, 4001));
        assert!(complexity(20_000, 30) > 85.0, "{}", complexity(20_000, 30));
    }

    fn any_finding() -> impl Strategy<Value = Finding> {
        (0usize..5, 0usize..7, 0u8..=100).prop_map(|(s, c, confidence)| finding(Severity::ALL[s], Category::ALL[c], confidence))
    }

    proptest! {
        #[test]
        fn scores_are_bounded_and_a_finding_never_raises_one(
            findings in prop::collection::vec(any_finding(), 0..40), more in any_finding(), code in 0u32..100_000, cognitive in 0u32..300,
        ) {
            let metrics = metrics(code, cognitive);
            let before = scores(&findings, &metrics);
            let after = scores(&[findings.as_slice(), &[more]].concat(), &metrics);
            for (before, after) in before.to_array().into_iter().zip(after.to_array()) {
                prop_assert!((0.0..=100.0).contains(&before) && after <= before);
            }
        }

        #[test]
        fn lost_points_add_up(findings in prop::collection::vec(any_finding(), 0..20), code in 0u32..5000, cognitive in 0u32..30) {
            let metrics = metrics(code, cognitive);
            let explained = explain(&findings, &metrics);
            let scores = scores(&findings, &metrics);
            let overall: f64 = explained.iter().map(|lost| lost.lost_overall).sum();
            prop_assert!((overall - (100.0 - scores.overall)).abs() < 0.06);
            for dimension in Dimension::ALL {
                let lost: f64 = explained.iter().filter(|lost| lost.dimension == dimension).map(|lost| lost.lost).sum();
                prop_assert!((lost - (100.0 - scores.get(dimension))).abs() < 0.06);
            }
        }
    }
}
