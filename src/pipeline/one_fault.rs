//! What several analyzers say of the shape of one function, as one finding.

use crate::types::{Category, Finding, Origin, Reason};

/// Joins findings on complexity that begin at the same place: the gravest stays, and what the others say becomes its reasons.
///
/// A function that is long, nested and full of branches is one thing to mend, whoever measured it.
pub(super) fn join(findings: &mut Vec<Finding>) {
    let is_shape = |finding: &Finding| finding.category == Category::Complexity && finding.origin == Origin::Static;
    let mut joined: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in std::mem::take(findings) {
        let known = joined
            .iter_mut()
            .find(|known| is_shape(known) && is_shape(&finding) && (known.line, known.column) == (finding.line, finding.column));
        match known {
            Some(known) if finding.severity > known.severity => {
                let milder = std::mem::replace(known, finding);
                add(known, milder);
            }
            Some(known) => add(known, finding),
            None => joined.push(finding),
        }
    }
    *findings = joined;
}

fn add(known: &mut Finding, other: Finding) {
    known.reasons.push(Reason { text: other.message, number: None });
    known.reasons.extend(other.reasons);
    known.related.extend(other.related);
    if let Some(suggestion) = other.suggestion {
        known.suggestion = Some(match known.suggestion.take() {
            Some(own) => format!("{own} {suggestion}"),
            None => suggestion,
        });
    }
}
