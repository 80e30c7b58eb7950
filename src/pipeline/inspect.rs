//! Owns the part of a run that needs no network: parsing, measures, static findings, and the units that the model may be
//! asked about. Never sends, never stores.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::change::{changed_subject, hunks_of_part, unit_of_part};
use super::filter::{Read, ReadFile};
use super::made::Made;
use super::place::finding;
use super::{ModelPart, Plan, PlannedOperation};
use crate::analyzer::{Place, Redacted, Subject, redact, redact_part, secrets};
use crate::syntax::{LineIndex, chunks};
use crate::types::{
    Claimant, Dropped, Failure, FileMetrics, Finding, Language, Origin, Question, Role, Scope, SkipReason, Span, Stage, Unit,
};

/// Most text that is parsed while analyzers are prepared, in bytes: all those trees are in memory at once.
const AHEAD_BYTES: usize = 2 << 20;

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

/// A file that was read, before it is looked at.
enum Ready {
    File(ReadFile, Arc<Subject>),
    Other(Looked),
}

/// Looks at files in parallel. `prepared` are the languages that were seen before.
pub(super) fn inspect(plan: &Plan, prepared: &mut BTreeSet<Language>, files: Vec<Read>) -> Vec<Looked> {
    let ready: Vec<Ready> = files.into_iter().map(|read| ready(plan, read)).collect();
    prepare(plan, prepared, &ready);
    let look = |ready| match ready {
        Ready::File(read, subject) => Looked::Inspected(Box::new(inspect_one(plan, read, subject))),
        Ready::Other(looked) => looked,
    };
    ready.into_par_iter().map(look).collect()
}

fn ready(plan: &Plan, read: Read) -> Ready {
    match read {
        Read::File(read) if is_left_out(plan, &read) => Ready::Other(Looked::Skipped(read.file, read.read_ns, SkipReason::Override)),
        Read::File(mut read) => {
            let unit = Unit::of_file(read.language, read.role, std::mem::take(&mut read.text));
            Ready::File(*read, Arc::new(Subject::new(unit)))
        }
        Read::Skipped(file, read_ns, reason) => Ready::Other(Looked::Skipped(file, read_ns, reason)),
        Read::Failed(failure) => Ready::Other(Looked::Failed(failure)),
    }
}

/// Prepares the analyzers for new languages. It takes one thread a while, and all others would wait for it with their first file: they
/// parse meanwhile.
fn prepare(plan: &Plan, prepared: &mut BTreeSet<Language>, ready: &[Ready]) {
    let subjects = || ready.iter().filter_map(|ready| if let Ready::File(_, subject) = ready { Some(subject) } else { None });
    let new: BTreeSet<Language> = subjects().map(|subject| subject.unit.language).filter(|language| !prepared.contains(language)).collect();
    if new.is_empty() {
        return;
    }
    let for_files = plan.operations.iter().filter(|operation| operation.scope == Scope::File);
    let tasks: Vec<_> = for_files.flat_map(|operation| new.iter().map(move |language| (operation, *language))).collect();
    let is_done = AtomicBool::new(false);
    rayon::join(
        || {
            tasks.par_iter().for_each(|(operation, language)| operation.analyzer.prepare(&operation.operation, *language));
            is_done.store(true, Ordering::Relaxed);
        },
        || {
            let ahead = subjects().scan(0, |n_bytes, subject| {
                *n_bytes += subject.unit.text.len();
                (*n_bytes <= AHEAD_BYTES).then_some(subject)
            });
            ahead.collect::<Vec<_>>().into_par_iter().for_each(|subject| {
                if !is_done.load(Ordering::Relaxed) {
                    subject.parsed();
                }
            });
        },
    );
    prepared.extend(new);
}

/// Whether there are operations for files, and none for this one.
fn is_left_out(plan: &Plan, read: &ReadFile) -> bool {
    let mut for_files = plan.operations.iter().filter(|operation| operation.scope != Scope::Project).peekable();
    for_files.peek().is_some() && !for_files.any(|operation| read.in_force.allows(operation))
}

fn inspect_one(plan: &Plan, read: ReadFile, subject: Arc<Subject>) -> Inspected {
    let metrics = subject.parsed().metrics(&subject.unit.text);
    let mut inspected =
        Inspected { read, subject, metrics, findings: Vec::new(), made: Made::default(), units: Vec::new(), failures: Vec::new() };
    let changed = match changed_subject(plan, &inspected.read.file.path, &inspected.subject.unit) {
        Ok(changed) => changed,
        Err(error) => {
            let path = inspected.read.file.path.clone();
            inspected.failures.push(Failure { path, stage: Stage::Inspect, analyzer: None, operation: None, unit: None, error });
            None
        }
    };
    static_part(plan, &mut inspected, changed.as_ref());
    if let ModelPart::On(_) = plan.model_part {
        model_part(plan, &mut inspected, changed.as_ref());
    }
    inspected
}

/// What went wrong with one operation on one unit.
fn failure(inspected: &Inspected, operation: &PlannedOperation, unit: &str, error: String) -> Failure {
    Failure {
        path: inspected.read.file.path.clone(),
        stage: Stage::Inspect,
        analyzer: Some(operation.analyzer.id().to_owned()),
        operation: Some(operation.operation.clone()),
        unit: Some(unit.to_owned()),
        error,
    }
}

/// `changed` is the same file with its hunks, where a diff names it.
fn static_part(plan: &Plan, inspected: &mut Inspected, changed: Option<&Arc<Subject>>) {
    let whole = Arc::clone(&inspected.subject);
    let text = &whole.unit.text;
    let lines = LineIndex::new(text);
    for operation in &plan.operations {
        let (subject, label) = match (operation.scope, changed) {
            (Scope::File, _) => (&whole, "file"),
            (Scope::Change, Some(changed)) => (changed, "change"),
            _ => continue,
        };
        if !inspected.read.in_force.allows(operation) {
            continue;
        }
        let options = inspected.read.in_force.options(operation);
        match operation.analyzer.inspect(&operation.operation, subject, &options) {
            Ok(claims) => {
                let by = Claimant { analyzer: operation.analyzer.id().to_owned(), operation: operation.operation.clone() };
                inspected.made.take(&by, claims.artifacts, claims.patches, Some((subject.unit.language, text)));
                for claim in claims.findings {
                    let Some(claim) = inspected.read.in_force.judge(plan, operation.analyzer.id(), claim) else { continue };
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
            Err(error) => inspected.failures.push(failure(inspected, operation, label, error.to_string())),
        }
    }
}

/// Cuts the file into units and asks the analyzers for their questions. The role is left out, since a question depends
/// on the text alone. Of a changed file, the parts with hunks are asked about.
fn model_part(plan: &Plan, inspected: &mut Inspected, changed: Option<&Arc<Subject>>) {
    let subject = Arc::clone(&inspected.subject);
    let text = &subject.unit.text;
    let chunks = chunks(subject.parsed(), text, plan.model.chunk_size);
    let n_chunks = chunks.len();
    let secrets = secrets(text);
    for (at, chunk) in chunks.into_iter().enumerate() {
        let redacted = redact_part(text, chunk.span.clone(), &secrets);
        let outline = if n_chunks == 1 { String::new() } else { redact(&subject.parsed().outline(text, &chunk.span)).text };
        let span = Span { start: chunk.span.start, end: chunk.span.end };
        let hunks = changed.map(|changed| hunks_of_part(&changed.unit.hunks, &chunk.span, at + 1 == n_chunks, &redacted));
        let changed = hunks.filter(|hunks| !hunks.is_empty()).map(|hunks| {
            let unit = unit_of_part(&subject.unit, &redacted.text, &outline, span, hunks);
            Arc::new(Subject::new(unit))
        });
        let (language, text) = (subject.unit.language, redacted.text.clone());
        let unit = Unit { outline, span, ..Unit::of_file(language, Role::Source, text) };
        let whole = Arc::new(Subject::new(unit));
        let lines = (n_chunks > 1).then(|| format!("lines {}-{}", chunk.lines.0, chunk.lines.1));
        let labels = ["file", "change"].map(|whole| lines.clone().unwrap_or_else(|| whole.to_owned()));
        for (at, operation) in plan.operations.iter().enumerate().filter(|(_, operation)| operation.asks_model) {
            let (unit, label) = match (operation.scope, &changed) {
                (Scope::File, _) => (&whole, &labels[0]),
                (Scope::Change, Some(changed)) => (changed, &labels[1]),
                _ => continue,
            };
            if inspected.read.in_force.allows(operation) {
                let question = question(inspected, operation, unit, label);
                let (start, subject, redacted) = (chunk.span.start, Arc::clone(unit), redacted.clone());
                inspected.units.push(UnitWork { operation: at, label: label.clone(), start, subject, redacted, question });
            }
        }
    }
}

/// What the operation asks about the unit; a failure is noted.
fn question(inspected: &mut Inspected, operation: &PlannedOperation, unit: &Arc<Subject>, label: &str) -> Option<Question> {
    let options = inspected.read.in_force.options(operation);
    match operation.analyzer.question(&operation.operation, unit, &options) {
        Ok(question) => question,
        Err(error) => {
            inspected.failures.push(failure(inspected, operation, label, error.to_string()));
            None
        }
    }
}
