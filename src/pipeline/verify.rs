//! Owns the check of every claim of the model against the code, merging it with what the rules found, and the scores of each
//! file. A claim whose quote is not in the code is dropped and counted. Never asks.

use rayon::prelude::*;

use super::ask::{AnsweredFile, AskOutcome};
use super::change::touches;
use super::filter::ReadFile;
use super::inspection::{InspectionOutcome, UnitWork};
use super::place::{finding, related, shorten};
use super::plan::Tools;
use super::project_source::ProjectSource;
use super::same_fault::is_same;
use super::units::of_part;
use crate::analyzer::{Claim, Evidence, Place};
use crate::score::scores;
use crate::syntax::LineIndex;
use crate::types::{Claimant, Dropped, Failure, FileResult, Finding, Origin, Scope, Span, TextEdit, assign_fingerprints};

/// A file with its result.
pub(super) struct VerifiedFile {
    pub(super) read: ReadFile,
    /// What operations of the project need of it, if there are any.
    pub(super) outlined: Option<Box<ProjectSource>>,
    pub(super) result: FileResult,
    /// Of everything about this file.
    pub(super) failures: Vec<Failure>,
    /// When the earliest answer expires, in seconds since 1970.
    pub(super) expires_at: i64,
}

/// What became of a file in this stage.
pub(super) enum VerifyOutcome {
    File(Box<VerifiedFile>),
    /// It was not looked at.
    Other(InspectionOutcome),
}

/// Verifies and scores files in parallel.
pub(super) fn verify(tools: &Tools, answered: Vec<AskOutcome>) -> Vec<VerifyOutcome> {
    let verify = |answered| match answered {
        AskOutcome::File(file) => VerifyOutcome::File(Box::new(verify_one(tools, *file))),
        AskOutcome::Other(looked) => VerifyOutcome::Other(looked),
    };
    answered.into_par_iter().map(verify).collect()
}

fn verify_one(tools: &Tools, file: AnsweredFile) -> VerifiedFile {
    let AnsweredFile { inspection: mut inspected, conclusions, mut failures, expires_at, answers } = file;
    let text = &inspected.subject.unit.text;
    let lines = LineIndex::new(text);
    let mut findings = std::mem::take(&mut inspected.findings);
    let mut generated = std::mem::take(&mut inspected.generated);
    let mut dropped = Vec::new();
    let mut merged = 0;
    for (unit, conclusion) in conclusions {
        let unit = &inspected.units[unit];
        let operation = &tools.operations[unit.operation];
        let analyzer = operation.analyzer.id();
        let by = Claimant { analyzer: analyzer.to_owned(), operation: operation.operation.clone() };
        let source = inspected.subject.unit.language.map(|language| (language, text.as_str()));
        let artifacts = conclusion.claims.artifacts.into_iter().map(|artifact| of_part(artifact, &unit.label)).collect();
        generated.take(&by, artifacts, conclusion.claims.patches, source);
        let verifier = Verifier { unit, evidence: Evidence::new(&unit.subject.unit.text), analyzer, text, lines: &lines };
        for claim in conclusion.claims.findings {
            let Some(judged) = inspected.read.in_force.judge(tools, analyzer, claim.clone()) else {
                dropped.push(dropped_claim(&claim, "its rule is off here".to_owned()));
                continue;
            };
            let found = verifier.finding(&judged, &mut dropped);
            merged += u32::from(found.is_some_and(|found| merge(&mut findings, found)));
        }
    }
    findings.sort_by(Finding::place_order);
    findings.dedup();
    assign_fingerprints(&mut findings);
    failures.append(&mut inspected.failures);
    let scores = failures.is_empty().then(|| scores(inspected.read.language, &findings, &inspected.metrics));
    dropped.append(&mut generated.dropped);
    let metrics = std::mem::take(&mut inspected.metrics);
    let outlined =
        tools.has_scope(Scope::Project).then(|| Box::new(ProjectSource::new(&inspected.read, &inspected.subject, metrics.clone())));
    let result =
        FileResult { metrics, findings, dropped, merged, scores, answers, artifacts: generated.artifacts, patches: generated.patches };
    VerifiedFile { read: inspected.read, outlined, result, failures, expires_at }
}

/// What is needed to check the claims about one unit.
struct Verifier<'a> {
    unit: &'a UnitWork,
    evidence: Evidence<'a>,
    analyzer: &'a str,
    /// The text of the file.
    text: &'a str,
    lines: &'a LineIndex,
}

impl Verifier<'_> {
    /// Makes a finding of a claim that holds. What does not hold, the claim or a part of it, joins `dropped`.
    fn finding(&self, claim: &Claim, dropped: &mut Vec<Dropped>) -> Option<Finding> {
        let span = match self.place(&claim.place) {
            Ok(span) => span,
            Err(reason) => {
                dropped.push(dropped_claim(claim, reason));
                return None;
            }
        };
        let mut found = finding(self.analyzer, claim, span, Origin::Model, self.text, self.lines);
        for (place, message) in &claim.related {
            match self.locate(place) {
                Ok(span) => found.related.push(related(message.clone(), None, self.in_source(span), self.text, self.lines)),
                Err(reason) => dropped.push(dropped_part(claim, place, message, reason)),
            }
        }
        match self.edits(&claim.edits) {
            Ok(edits) => found.edits = edits,
            Err(reason) => dropped.push(dropped_claim(claim, reason)),
        }
        Some(found)
    }

    /// Finds the place of a claim in the source.
    fn place(&self, place: &Place) -> Result<Span, String> {
        let span = self.locate(place)?;
        if !touches(&self.unit.subject.unit, span) {
            return Err("it is about code that the change did not touch".to_owned());
        }
        Ok(self.in_source(span))
    }

    /// Finds a place in the unit.
    fn locate(&self, place: &Place) -> Result<Span, String> {
        match place {
            Place::Span(span) => Ok(*span),
            Place::Source(..) | Place::Document(..) => Err("it points to another file than the one that was asked about".to_owned()),
            Place::Quote { text, line } => self.evidence.locate(text, *line).map_err(|error| error.to_string()),
        }
    }

    fn in_source(&self, span: Span) -> Span {
        let in_unit = self.unit.redacted.to_source(span);
        Span { start: self.unit.start + in_unit.start, end: self.unit.start + in_unit.end }
    }

    /// The edits in the source. A secret is neither replaced nor written by them: the model saw a placeholder.
    fn edits(&self, edits: &[TextEdit]) -> Result<Vec<TextEdit>, String> {
        let edit = |edit: &TextEdit| {
            let span = self.unit.redacted.to_source(Span { start: edit.start, end: edit.end });
            let touches =
                |(secret, name): (Span, &str)| span.start < secret.end && secret.start < span.end || edit.replacement.contains(name);
            if self.unit.redacted.places().any(touches) {
                return Err("its edits touch a secret".to_owned());
            }
            Ok(TextEdit { start: self.unit.start + span.start, end: self.unit.start + span.end, ..edit.clone() })
        };
        edits.iter().map(edit).collect()
    }
}

fn dropped_claim(claim: &Claim, reason: String) -> Dropped {
    dropped_part(claim, &claim.place, &claim.message, reason)
}

/// A claim, or one of its other places, that is not taken.
fn dropped_part(claim: &Claim, place: &Place, message: &str, reason: String) -> Dropped {
    let quote = if let Place::Quote { text, .. } = place { shorten(text) } else { String::new() };
    Dropped { rule: claim.rule.clone(), message: message.to_owned(), quote, reason }
}

/// Adds a finding of the model, unless a rule said the same of the same place: then the rule's finding stays, with the model's suggestion
/// where it had none and the higher severity and confidence. Answers whether it became part of another one.
fn merge(findings: &mut Vec<Finding>, new: Finding) -> bool {
    let is_known = |known: &&mut Finding| **known == new || (known.origin == Origin::Static && is_same(known, &new));
    match findings.iter_mut().find(is_known) {
        Some(known) => {
            known.confidence = known.confidence.max(new.confidence);
            known.severity = known.severity.max(new.severity);
            if known.suggestion.is_none() {
                known.suggestion = new.suggestion;
            }
            true
        }
        None => {
            findings.push(new);
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::analyzer::{Subject, redact};
    use crate::types::{Category, Language, Role, Severity};
    use crate::unit;

    fn claim(rule: &str, category: Category) -> Claim {
        Claim {
            rule: rule.to_owned(),
            severity: Severity::Medium,
            category,
            message: "m".to_owned(),
            place: Place::Quote { text: String::new(), line: 0 },
            suggestion: Some("s".to_owned()),
            confidence: 50,
            reasons: Vec::new(),
            related: Vec::new(),
            edits: Vec::new(),
        }
    }

    fn at(rule: &str, category: Category, start: usize, origin: Origin) -> Finding {
        let text = "aaaa\nbbbb\ncccc\n";
        finding("review", &claim(rule, category), Span { start, end: start + 4 }, origin, text, &LineIndex::new(text))
    }

    /// What becomes of a claim about `use(x)` in a text whose first line is redacted; what is dropped has its reason.
    fn verified(related: Vec<(Place, String)>, edits: impl Fn(&str) -> Vec<TextEdit>) -> (Finding, Vec<String>) {
        let text = "# head\npassword = \"hunter2hunter2\"\nuse(x)\n";
        let start = "# head\n".len();
        let redacted = redact(&text[start..]);
        assert!(!redacted.text.contains("hunter2"));
        let edits = edits(&redacted.text);
        let subject = Arc::new(Subject::new(unit::whole(Language::Python, Role::Source, redacted.text.clone())));
        let unit = UnitWork { operation: 0, label: "file".to_owned(), start, subject: Arc::clone(&subject), redacted, question: None };
        let lines = LineIndex::new(text);
        let verifier = Verifier { unit: &unit, evidence: Evidence::new(&subject.unit.text), analyzer: "review", text, lines: &lines };
        let place = Place::Quote { text: "use(x)".to_owned(), line: 0 };
        let claim = Claim { place, related, edits, ..claim("x", Category::Security) };
        let mut dropped = Vec::new();
        let found = verifier.finding(&claim, &mut dropped).expect("its quote is there");
        (found, dropped.into_iter().map(|dropped| dropped.reason).collect())
    }

    fn edit_of(text: &str, replaced: &str, replacement: &str) -> TextEdit {
        let start = text.find(replaced).expect("it is there");
        TextEdit { start, end: start + replaced.len(), replacement: replacement.to_owned(), is_certain: true }
    }

    #[test]
    fn other_places_and_edits_of_a_claim_lead_into_the_source() {
        let quote = |text: &str| (Place::Quote { text: text.to_owned(), line: 0 }, "there".to_owned());
        let related = vec![quote("password = \"REDACTED_assigned_1\""), quote("nowhere_in_it(at_all)")];
        let (found, dropped) = verified(related, |text| vec![edit_of(text, "(x)", "(y)")]);
        let places: Vec<(u32, u32)> = found.related.iter().map(|place| (place.line, place.end_column)).collect();
        assert_eq!(places, [(2, 28)], "{dropped:?}");
        let whole = "# head\npassword = \"hunter2hunter2\"\nuse(x)\n";
        assert_eq!(&whole[found.edits[0].start..found.edits[0].end], "(x)");
        assert_eq!(dropped.len(), 1, "{dropped:?}");
    }

    #[test]
    fn edits_neither_replace_a_secret_nor_write_its_placeholder() {
        let replaces: fn(&str) -> TextEdit = |text| edit_of(text, "\"REDACTED_assigned_1\"", "os.environ['P']");
        let writes: fn(&str) -> TextEdit = |text| edit_of(text, "x", "REDACTED_assigned_1");
        for touching in [replaces, writes] {
            let (found, dropped) = verified(Vec::new(), |text| vec![edit_of(text, "use", "call"), touching(text)]);
            assert!(found.edits.is_empty(), "all or nothing: {:?}", found.edits);
            assert_eq!(dropped, ["its edits touch a secret"]);
        }
    }

    #[test]
    fn places_are_lines_and_columns() {
        let found = at("x", Category::Security, 5, Origin::Static);
        assert_eq!((found.line, found.column, found.end_line, found.end_column, found.quote.as_str()), (2, 1, 2, 5, "bbbb"));
    }

    #[test]
    fn what_both_found_is_one_finding() {
        let mut findings = vec![at("eval", Category::Security, 5, Origin::Static)];
        assert!(merge(&mut findings, at("injection", Category::Security, 5, Origin::Model)));
        assert_eq!((findings.len(), findings[0].rule.as_str(), findings[0].origin), (1, "eval", Origin::Static));
    }

    #[test]
    fn another_fault_is_another_finding() {
        let mut findings = vec![at("command-injection", Category::Security, 5, Origin::Static)];
        for (rule, start) in [("access-control", 5), ("logic-error", 5), ("injection", 10), ("command-style", 5)] {
            assert!(!merge(&mut findings, at(rule, Category::Security, start, Origin::Model)), "{rule}");
        }
        let second = Finding { message: "another".to_owned(), ..at("logic-error", Category::Security, 5, Origin::Model) };
        assert!(!merge(&mut findings, second), "two claims of one kind on one line are two");
        assert!(merge(&mut findings, at("logic-error", Category::Security, 5, Origin::Model)), "the same claim again is one");
        assert_eq!(findings.len(), 6);
    }
}
