//! The part of a run that needs no network: parsing, measures, static findings.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::change::changed_subject;
use super::filter::{ReadFile, ReadOutcome};
use super::generated::{Generated, dropped};
use super::inspection::{Inspection, InspectionOutcome};
use super::one_fault;
use super::place::{finding, related};
use super::plan::{PlannedOperation, Target, Tools};
use super::units::{Part, function_parts, of_part, questions};
use crate::analyzer::{Claim, Place, Subject};
use crate::syntax::LineIndex;
use crate::types::{
    CancelToken, Claimant, Dropped, Failure, FileMetrics, Finding, Language, Origin, RelPath, Scope, SkipReason, Span, Stage, TextEdit,
};
use crate::unit;

/// Most text that is parsed while analyzers are prepared, in bytes: all those trees are in memory at once.
const AHEAD_BYTES: usize = 2 << 20;

/// A file that was read, before it is looked at.
enum Ready {
    File(ReadFile, Arc<Subject>),
    Other(InspectionOutcome),
}

/// Looks at files in parallel. `prepared` are the languages that were seen before.
pub(super) fn inspect(
    (tools, target): (&Tools, &Target),
    cancel: &CancelToken,
    prepared: &mut BTreeSet<Language>,
    files: Vec<ReadOutcome>,
) -> Vec<InspectionOutcome> {
    let ready: Vec<Ready> = files.into_iter().map(|read| ready(tools, read)).collect();
    prepare(tools, prepared, &ready);
    let look = |ready| match ready {
        Ready::File(_, _) if cancel.is_cancelled() => InspectionOutcome::LeftOut,
        Ready::File(read, subject) => InspectionOutcome::File(Box::new(inspect_one(tools, target, read, subject))),
        Ready::Other(looked) => looked,
    };
    ready.into_par_iter().map(look).collect()
}

fn ready(tools: &Tools, read: ReadOutcome) -> Ready {
    match read {
        ReadOutcome::File(read) if is_left_out(tools, &read) => {
            Ready::Other(InspectionOutcome::Skipped(read.file, read.read_ns, SkipReason::Override))
        }
        ReadOutcome::File(mut read) => {
            let unit = unit::whole(read.language, read.role, std::mem::take(&mut read.text));
            Ready::File(*read, Arc::new(Subject::new(unit)))
        }
        ReadOutcome::Skipped(file, read_ns, reason) => Ready::Other(InspectionOutcome::Skipped(file, read_ns, reason)),
        ReadOutcome::Failed(failure) => Ready::Other(InspectionOutcome::Failed(failure)),
    }
}

/// Prepares the analyzers for new languages. It takes one thread a while, and all others would wait for it with their first file: they
/// parse meanwhile.
fn prepare(tools: &Tools, prepared: &mut BTreeSet<Language>, ready: &[Ready]) {
    let subjects = || ready.iter().filter_map(|ready| if let Ready::File(_, subject) = ready { Some(subject) } else { None });
    let new: BTreeSet<Language> =
        subjects().filter_map(|subject| subject.unit.language).filter(|language| !prepared.contains(language)).collect();
    if new.is_empty() {
        return;
    }
    let for_files = tools.operations.iter().filter(|operation| matches!(operation.scope, Scope::File | Scope::Function));
    let tasks: Vec<_> = for_files.flat_map(|operation| new.iter().map(move |language| (operation, *language))).collect();
    let empty = |scope, language| Arc::new(Subject::new(unit::empty(scope, language)));
    let is_done = AtomicBool::new(false);
    rayon::join(
        || {
            tasks
                .par_iter()
                .for_each(|(operation, language)| operation.analyzer.prepare(&operation.operation, &empty(operation.scope, *language)));
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
fn is_left_out(tools: &Tools, read: &ReadFile) -> bool {
    let mut for_files = tools.operations.iter().filter(|operation| operation.scope != Scope::Project).peekable();
    for_files.peek().is_some() && !for_files.any(|operation| read.in_force.allows(operation))
}

fn inspect_one(tools: &Tools, target: &Target, read: ReadFile, subject: Arc<Subject>) -> Inspection {
    let metrics = subject.parsed().metrics(&subject.unit.text);
    let mut inspected = Inspection {
        read,
        subject,
        metrics,
        findings: Vec::new(),
        generated: Generated::default(),
        units: Vec::new(),
        failures: Vec::new(),
    };
    let Inspection { read, metrics, .. } = &inspected;
    let unparsed = unparsed(&read.file.path, read.language, metrics);
    inspected.failures.extend(unparsed);
    let changed = match changed_subject(target.changes.get(&inspected.read.file.path), &inspected.subject.unit) {
        Ok(changed) => changed,
        Err(error) => {
            let path = inspected.read.file.path.clone();
            inspected.failures.push(Failure::of_file(path, Stage::Inspect, error));
            None
        }
    };
    static_part(tools, &mut inspected, changed.as_ref());
    if let Some(chunk_bytes) = tools.chunk_bytes {
        questions(tools, chunk_bytes, &mut inspected, changed.as_ref());
    }
    inspected
}

/// The failure of a file of which more does not parse than does: whatever is said of the rest is not said of the file.
pub(super) fn unparsed(path: &RelPath, language: Language, metrics: &FileMetrics) -> Option<Failure> {
    let FileMetrics { lines, unparsed_lines, .. } = metrics;
    let n_lines = lines.code + lines.comment + lines.blank;
    if unparsed_lines * 2 <= n_lines {
        return None;
    }
    let error = format!("{unparsed_lines} of {n_lines} lines are not {} that can be parsed", language.name());
    Some(Failure::of_file(path.clone(), Stage::Inspect, error))
}

/// `changed` is the same file with its hunks, where a diff names it.
fn static_part(tools: &Tools, inspected: &mut Inspection, changed: Option<&Arc<Subject>>) {
    let whole = Part::whole(&inspected.subject);
    let changed: Vec<Part> = changed.into_iter().map(Part::whole).collect();
    let functions = function_parts(tools, &inspected.subject);
    let lines = LineIndex::new(&whole.subject.unit.text);
    for operation in &tools.operations {
        let parts = match operation.scope {
            Scope::File => std::slice::from_ref(&whole),
            Scope::Change => &changed,
            Scope::Function => &functions,
            Scope::Project => continue,
        };
        if inspected.read.in_force.allows(operation) {
            parts.iter().for_each(|part| static_claims(tools, inspected, operation, part, &lines));
        }
    }
    one_fault::join(&mut inspected.findings);
}

/// Why a claim of the static part without a place of its own is dropped.
const NO_PLACE: &str = "the static part must say where it is";

fn static_claims(tools: &Tools, inspected: &mut Inspection, operation: &PlannedOperation, part: &Part, lines: &LineIndex) {
    let options = inspected.read.in_force.options(operation);
    let claims = match operation.analyzer.inspect(&operation.operation, &part.subject, &options) {
        Ok(claims) => claims,
        Err(error) => return inspected.fail(operation, &part.label, error.to_string()),
    };
    let source = Arc::clone(&inspected.subject);
    let text = &source.unit.text;
    let by_language = source.unit.language.map(|language| (language, text.as_str()));
    let by = Claimant { analyzer: operation.analyzer.id().to_owned(), operation: operation.operation.clone() };
    let artifacts = claims.artifacts.into_iter().map(|artifact| of_part(artifact, &part.label)).collect();
    inspected.generated.take(&by, artifacts, claims.patches, by_language);
    for claim in claims.findings {
        let Some(claim) = inspected.read.in_force.judge(tools, operation.analyzer.id(), claim) else { continue };
        let found = placed(operation.analyzer.id(), claim, part.start, (text, lines), &mut inspected.generated.dropped);
        inspected.findings.extend(found);
    }
}

/// The finding of a claim about a part that begins at `start`. A rule knows its place; a quote from a rule would be a rule that does not.
pub(super) fn placed(
    analyzer: &str,
    claim: Claim,
    start: usize,
    (text, lines): (&str, &LineIndex),
    drops: &mut Vec<Dropped>,
) -> Option<Finding> {
    let shifted = |span: Span| Span { start: start + span.start, end: start + span.end };
    let Place::Span(span) = claim.place else {
        drops.push(dropped(&claim.rule, claim.message, NO_PLACE.to_owned()));
        return None;
    };
    let mut found = finding(analyzer, &claim, shifted(span), Origin::Static, text, lines);
    for (place, message) in claim.related {
        match place {
            Place::Span(span) => found.related.push(related(message, None, shifted(span), text, lines)),
            _ => drops.push(dropped(&claim.rule, message, NO_PLACE.to_owned())),
        }
    }
    let edit = |edit: TextEdit| TextEdit { start: start + edit.start, end: start + edit.end, ..edit };
    found.edits = claim.edits.into_iter().map(edit).collect();
    Some(found)
}
