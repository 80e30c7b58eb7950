//! What findings and measures are worth, in points. More points are worse.

use std::collections::BTreeMap;

use super::reference::Reference;
use crate::types::{Dimension, FileMetrics, FileSummary, Finding, FunctionMetrics, Severity};

/// Files up to this many lines of code are counted as they are; in larger ones, points weigh less by the root of the size.
const SIZE_UNIT: f64 = 200.0;

/// A function with more has a finding.
const COGNITIVE_LIMIT: f64 = 15.0;

/// What each doubling of the worst cognitive complexity beyond the limit is worth.
const WORST_DOUBLING: f64 = 2.5;

/// What each doubling of a function's cognitive complexity beyond the median is worth, were the function the whole file.
const COGNITIVE_DOUBLING: f64 = 6.0;

/// The same for its lines of code.
const LENGTH_DOUBLING: f64 = 4.0;

/// What each level of nesting beyond the median is worth.
const LEVEL: f64 = 3.0;

/// Tests are long and flat on purpose.
const TEST_SHARE: f64 = 0.5;

/// What a dimension weighs in the overall score.
pub(super) fn weight(dimension: Dimension) -> f64 {
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
    /// A measure of a function that is beyond the median of its language.
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

/// The divisor for what large files have more of.
fn size(code_lines: u32) -> f64 {
    (f64::from(code_lines) / SIZE_UNIT).sqrt().max(1.0)
}

/// What each finding is worth in its dimension, in the order of the findings: of one rule, the second dearest counts half, the third a third.
pub(super) fn finding_points(findings: &[Finding], code_lines: u32) -> Vec<f64> {
    let size = size(code_lines);
    let worth = |finding: &Finding| {
        // A hole does not get smaller because the file is large.
        let divisor = if finding.severity >= Severity::High { 1.0 } else { size };
        severity_points(finding.severity) * f64::from(finding.confidence.min(100)) / 100.0 / divisor
    };
    let mut points: Vec<f64> = findings.iter().map(worth).collect();
    let mut of_rule: BTreeMap<(&str, &str, Dimension), Vec<usize>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        of_rule.entry((&finding.analyzer, &finding.rule, Dimension::of(finding.category))).or_default().push(at);
    }
    for mut same in of_rule.into_values() {
        same.sort_by(|a, b| points[*b].total_cmp(&points[*a]).then(a.cmp(b)));
        same.into_iter().enumerate().for_each(|(rank, at)| points[at] /= (rank + 1) as f64);
    }
    points
}

/// The most points that one finding of a file takes from its overall score, by what is known without its findings.
pub fn most_points(summary: &FileSummary) -> f64 {
    let Some(worst) = summary.counts.worst() else { return 0.0 };
    let heaviest = Dimension::ALL.into_iter().map(weight).fold(0.0, f64::max);
    let of = |severity: Severity, divisor: f64| severity_points(severity) * heaviest / divisor;
    if worst >= Severity::High { of(worst, 1.0) } else { of(worst, size(summary.code_lines)) }
}

/// The raw points of every reason, in the order of the findings and then of the functions.
pub(super) fn points(reference: &Reference, findings: &[Finding], metrics: &FileMetrics) -> Vec<(Dimension, Reason, f64)> {
    let worths = finding_points(findings, metrics.lines.code);
    let of_findings = findings.iter().zip(worths).enumerate();
    let mut points: Vec<(Dimension, Reason, f64)> =
        of_findings.map(|(at, (finding, worth))| (Dimension::of(finding.category), Reason::Finding(at), worth)).collect();
    let whole = f64::from(metrics.lines.code.max(1));
    for function in &metrics.functions {
        let share = f64::from(function.code_lines).min(whole) / whole * if function.is_test { TEST_SHARE } else { 1.0 };
        for (metric, value, worth) in metric_points(reference, function) {
            points.push((Dimension::Complexity, reason(function, metric, value), worth * share));
        }
    }
    points.extend(worst_function(metrics));
    points.retain(|(_, _, worth)| *worth > 0.0);
    points
}

fn reason(function: &FunctionMetrics, metric: &'static str, value: u32) -> Reason {
    Reason::Metric { function: function.name.clone(), line: function.line, metric, value }
}

/// The most tangled function counts in full, however large the file around it is: its share of the lines would not make anybody look.
fn worst_function(metrics: &FileMetrics) -> Option<(Dimension, Reason, f64)> {
    let functions = metrics.functions.iter().filter(|function| !function.is_test && f64::from(function.cognitive) > COGNITIVE_LIMIT);
    let worst = functions.max_by_key(|function| (function.cognitive, std::cmp::Reverse(function.line)))?;
    let worth = WORST_DOUBLING * (f64::from(worst.cognitive) / COGNITIVE_LIMIT).log2();
    Some((Dimension::Complexity, reason(worst, "the most complex function: cognitive complexity", worst.cognitive), worth))
}

/// Points of measures from their median on, were the function the whole file.
fn metric_points(reference: &Reference, function: &FunctionMetrics) -> [(&'static str, u32, f64); 3] {
    let doublings = |value: f64, median: f64| (value / median).log2().max(0.0);
    let cognitive = COGNITIVE_DOUBLING * doublings(f64::from(function.cognitive) + 1.0, reference.cognitive + 1.0);
    let length = LENGTH_DOUBLING * doublings(f64::from(function.code_lines), reference.code_lines);
    let depth = LEVEL * (f64::from(function.nesting) - reference.nesting).max(0.0);
    [
        ("cognitive complexity", function.cognitive, cognitive),
        ("lines of code", function.code_lines, length),
        ("nesting", function.nesting, depth),
    ]
}
