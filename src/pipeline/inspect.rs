//! Owns the part of a run that needs no network: parsing, measures, static findings, and the units that the model may be
//! asked about. Never sends, never stores.

use std::sync::Arc;

use rayon::prelude::*;

use super::filter::{Read, ReadFile};
use super::made::Made;
use super::place::finding;
use super::{ModelPart, Plan};
use crate::analyzer::{Place, Redacted, Subject, redact, redact_part, secrets};
use crate::syntax::{LineIndex, chunks, parse};
use crate::types::{Claimant, Dropped, Failure, FileMetrics, Finding, Origin, Question, Role, Scope, SkipReason, Span, Stage, Unit};

/// A file after its static part.
pub(super) struct Inspected {
    pub(super) read: ReadFile,
    /// The whole file, parsed.
    pub(super) subject: Arc<Subject>,
    pub(super) metrics: FileMetrics,
    pub(super) findings: Vec<Finding>,
    pub(super) made: Made,
    pub(super) units: Vec<UnitWork>,
    pub(super) failures: Vec<Failure>,
}

/// A unit that the model may be asked about.
pub(super) struct UnitWork {
    /// Which operation of the plan.
    pub(super) operation: usize,
    /// `file`, or `lines 10-80` for a chunk.
    pub(super) label: String,
    /// Where the text stands in the source.
    pub(super) start: usize,
    /// The text without secrets, as the analyzer and the model see it.
    pub(super) subject: Arc<Subject>,
    pub(super) redacted: Redacted,
    pub(super) question: Option<Question>,
}

/// What became of a file in this stage.
pub(super) enum Looked {
    Inspected(Box<Inspected>),
    Skipped(super::FoundFile, i64, SkipReason),
    Failed(Failure),
}

/// Looks at files in parallel.
pub(super) fn inspect(plan: &Plan, files: Vec<Read>) -> Vec<Looked> {
    let look = |read| match read {
        Read::File(read) => Looked::Inspected(Box::new(inspect_one(plan, *read))),
        Read::Skipped(file, read_ns, reason) => Looked::Skipped(file, read_ns, reason),
        Read::Failed(failure) => Looked::Failed(failure),
    };
    files.into_par_iter().map(look).collect()
}

fn inspect_one(plan: &Plan, mut read: ReadFile) -> Inspected {
    let text = std::mem::take(&mut read.text);
    let parsed = parse(read.language, &text);
    let metrics = parsed.metrics(&text);
    let span = Span { start: 0, end: text.len() };
    let unit = Unit { scope: Scope::File, language: read.language, role: read.role, text, outline: String::new(), hunks: Vec::new(), span };
    let subject = Arc::new(Subject::with_syntax(unit, parsed));
    let mut inspected =
        Inspected { read, subject, metrics, findings: Vec::new(), made: Made::default(), units: Vec::new(), failures: Vec::new() };
    static_part(plan, &mut inspected);
    if let ModelPart::On(_) = plan.model_part {
        model_part(plan, &mut inspected);
    }
    inspected
}

fn static_part(plan: &Plan, inspected: &mut Inspected) {
    let subject = Arc::clone(&inspected.subject);
    let text = &subject.unit.text;
    let lines = LineIndex::new(text);
    for operation in plan.operations.iter().filter(|operation| operation.scope == Scope::File) {
        match operation.analyzer.inspect(&operation.operation, &subject, &operation.options) {
            Ok(claims) => {
                let by = Claimant { analyzer: operation.analyzer.id().to_owned(), operation: operation.operation.clone() };
                inspected.made.take(&by, claims.artifacts, claims.patches, Some((subject.unit.language, text)));
                for claim in claims.findings.into_iter().filter(|claim| !plan.analyzers.disabled_rules.contains(&claim.rule)) {
                    // A rule knows its place; a quote from a rule would be a rule that does not.
                    if let Place::Span(span) = claim.place {
                        inspected.findings.push(finding(operation.analyzer.id(), &claim, span, Origin::Static, text, &lines));
                    } else {
                        let reason = "the static part must say where it is".to_owned();
                        let (rule, message) = (claim.rule, claim.message);
                        inspected.made.dropped.push(Dropped { rule, message, quote: String::new(), reason });
                    }
                }
            }
            Err(error) => inspected.failures.push(Failure {
                path: inspected.read.file.path.clone(),
                stage: Stage::Inspect,
                analyzer: Some(operation.analyzer.id().to_owned()),
                operation: Some(operation.operation.clone()),
                unit: Some("file".to_owned()),
                error: error.to_string(),
            }),
        }
    }
}

/// Cuts the file into units and asks the analyzers for their questions. The role is left out, since a question depends
/// on the text alone.
fn model_part(plan: &Plan, inspected: &mut Inspected) {
    let subject = Arc::clone(&inspected.subject);
    let text = &subject.unit.text;
    let chunks = chunks(subject.parsed(), text, plan.model.chunk_size);
    let is_whole = chunks.len() == 1;
    let secrets = secrets(text);
    for chunk in chunks {
        let redacted = redact_part(text, chunk.span.clone(), &secrets);
        let outline = if is_whole { String::new() } else { redact(&subject.parsed().outline(text, &chunk.span)).text };
        let span = Span { start: chunk.span.start, end: chunk.span.end };
        let (language, text) = (subject.unit.language, redacted.text.clone());
        let unit = Unit { scope: Scope::File, language, role: Role::Source, text, outline, hunks: Vec::new(), span };
        let unit = Arc::new(Subject::new(unit));
        let label = if is_whole { "file".to_owned() } else { format!("lines {}-{}", chunk.lines.0, chunk.lines.1) };
        let asking = |operation: &super::PlannedOperation| operation.scope == Scope::File && operation.asks_model;
        for (at, operation) in plan.operations.iter().enumerate().filter(|(_, operation)| asking(operation)) {
            let question = match operation.analyzer.question(&operation.operation, &unit, &operation.options) {
                Ok(question) => question,
                Err(error) => {
                    inspected.failures.push(Failure {
                        path: inspected.read.file.path.clone(),
                        stage: Stage::Inspect,
                        analyzer: Some(operation.analyzer.id().to_owned()),
                        operation: Some(operation.operation.clone()),
                        unit: Some(label.clone()),
                        error: error.to_string(),
                    });
                    None
                }
            };
            inspected.units.push(UnitWork {
                operation: at,
                label: label.clone(),
                start: chunk.span.start,
                subject: Arc::clone(&unit),
                redacted: redacted.clone(),
                question,
            });
        }
    }
}
