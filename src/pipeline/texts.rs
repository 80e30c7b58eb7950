//! Text files that operations for sources look at beside them: what is in no language that is parsed, and sources that are declined for
//! their role or size. They have findings, and neither scores nor answers of a model; the files stay among the skipped ones.

use std::sync::Arc;

use rayon::prelude::*;

use super::change::changed_subject;
use super::error::RunError;
use super::filter::plain_text;
use super::found::FoundFile;
use super::inspect::placed;
use super::lookup::is_unchanged;
use super::overrides::Overrides;
use super::plan::{Judging, Plan, PlannedOperation};
use super::state::Run;
use super::summary::summarize;
use super::wanted::{MAX_TEXT_BYTES, Text, operations};
use super::{batch, judge};
use crate::analyzer::Subject;
use crate::git::DiffKind;
use crate::store::KnownState;
use crate::syntax::LineIndex;
use crate::types::{Digest, Failure, FileBody, FileResult, FileRow, Finding, Scope, SkipReason, Stage, assign_fingerprints};
use crate::unit;

/// What became of a text.
enum Looked {
    /// With the digest of its content.
    Found(Digest, Box<FileResult>),
    Skipped(SkipReason),
    Failed(Vec<Failure>),
}

/// Looks at the texts of a run.
///
/// # Errors
/// The threads cannot be started, or a hook is wrong.
pub(super) fn look(plan: &Plan, run: &mut Run<'_>) -> Result<(), RunError> {
    let texts = std::mem::take(&mut run.texts);
    if texts.is_empty() || run.parts.cancel.is_cancelled() {
        run.leave_out(texts.iter().filter(|text| text.declined.is_none()).count());
        return Ok(());
    }
    let texts = choose(plan.judging(), run, texts)?;
    let todo = if plan.keeping().is_fresh { texts } else { without_known(run, texts) };
    let pool = batch::threads(&plan.tools().batch)?;
    let (clock, cancel, overrides) = (run.parts.clock, &run.parts.cancel, &run.overrides);
    let one = |text: Text| {
        let read_ns = clock.now_ns();
        let looked = (!cancel.is_cancelled()).then(|| look_at(plan, overrides, &text.file));
        (text, read_ns, looked)
    };
    let looked: Vec<_> = pool.install(|| todo.into_par_iter().map(one).collect());
    let mut without = Vec::new();
    for (text, read_ns, looked) in looked {
        match looked {
            Some(looked) => without.extend(take(run, text, looked).map(|(file, reason)| (file, read_ns, reason))),
            None => run.leave_out(usize::from(text.declined.is_none())),
        }
    }
    run.keep_skipped(&without);
    Ok(())
}

/// Takes what became of a text. Gives back a file without findings, with why it is among the skipped ones.
fn take(run: &mut Run<'_>, text: Text, looked: Looked) -> Option<(FoundFile, SkipReason)> {
    let Text { file, declined } = text;
    match looked {
        Looked::Failed(failures) => {
            failures.into_iter().for_each(|failure| run.fail(failure));
            None
        }
        Looked::Skipped(reason) => {
            // A source is there already.
            declined.is_none().then(|| run.skip(&file.path, reason))?;
            Some((file, reason))
        }
        Looked::Found(sha256, result) => {
            if declined.is_none() {
                run.skip(&file.path, SkipReason::SecretsOnly);
            }
            // What is found in a text is not kept: such files are few, and are read again.
            if result.findings.is_empty() && result.dropped.is_empty() {
                return Some((file, declined.unwrap_or(SkipReason::SecretsOnly)));
            }
            run.push(row(file, sha256, result));
            None
        }
    }
}

/// Leaves out texts that a hook does not keep. A source that is declined was never offered.
fn choose(judging: &Judging, run: &mut Run<'_>, texts: Vec<Text>) -> Result<Vec<Text>, RunError> {
    let Some(hooks) = &judging.hooks else { return Ok(texts) };
    let mut kept = Vec::with_capacity(texts.len());
    for text in texts {
        if text.declined.is_some() || hooks.keep(&text.file).map_err(judge::mistake)? {
            kept.push(text);
        } else {
            run.skip(&text.file.path, SkipReason::Script);
        }
    }
    Ok(kept)
}

/// Tells what earlier runs know to be without findings; gives back what has to be read.
fn without_known(run: &mut Run<'_>, texts: Vec<Text>) -> Vec<Text> {
    let paths: Vec<_> = texts.iter().map(|text| &text.file.path).collect();
    let parts = run.parts;
    let index = parts.or_nothing(parts.store.known_files(&run.plan.root_name(), &run.digest, parts.now_s(), &paths));
    let mut todo = Vec::new();
    for text in texts {
        match index.get(text.file.path.as_str()) {
            Some(known) if is_unchanged(&text.file, known) => match known.state {
                KnownState::Skipped(reason) if text.declined.is_none() => run.skip(&text.file.path, reason),
                KnownState::Skipped(reason) if text.declined == Some(reason) => {}
                _ => todo.push(text),
            },
            _ => todo.push(text),
        }
    }
    todo
}

fn look_at(plan: &Plan, overrides: &Overrides, file: &FoundFile) -> Looked {
    let (target, tools) = (plan.target(), plan.tools());
    let in_force = overrides.at(&file.path);
    let operations: Vec<&PlannedOperation> = operations(tools).filter(|operation| in_force.allows(operation)).collect();
    if operations.is_empty() {
        return Looked::Skipped(SkipReason::Override);
    }
    let text = match plain_text(&file.absolute, MAX_TEXT_BYTES) {
        Ok(Ok(text)) => text,
        Ok(Err(reason)) => return Looked::Skipped(reason),
        Err(error) => return Looked::Failed(vec![Failure::of_file(file.path.clone(), Stage::Filter, error)]),
    };
    let (sha256, lines) = (Digest::of(text.as_bytes()), LineIndex::new(&text));
    let subject = Arc::new(Subject::new(unit::plain_text(file.given.role, text)));
    // What git takes for binary, as it does with a lock file by an attribute, has no lines that changed.
    let change = target.changes.get(&file.path).filter(|change| change.kind != DiffKind::Binary);
    let changed = match changed_subject(change, &subject.unit) {
        Ok(changed) => changed,
        Err(error) => return Looked::Failed(vec![Failure::of_file(file.path.clone(), Stage::Inspect, error)]),
    };
    let (mut findings, mut dropped, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    let seen_by = |operation: &PlannedOperation| if operation.scope == Scope::Change { changed.as_ref() } else { Some(&subject) };
    let operations: Vec<_> = operations.into_iter().filter_map(|operation| Some((operation, seen_by(operation)?))).collect();
    if operations.is_empty() {
        return Looked::Skipped(SkipReason::Binary);
    }
    for (operation, subject) in operations {
        match operation.analyzer.inspect(&operation.operation, subject, &in_force.options(operation)) {
            Ok(claims) => {
                let judged = claims.findings.into_iter().filter_map(|claim| in_force.judge(tools, operation.analyzer.id(), claim));
                let text = (subject.unit.text.as_str(), &lines);
                findings.extend(judged.filter_map(|claim| placed(operation.analyzer.id(), claim, 0, text, &mut dropped)));
            }
            Err(error) => failures.push(operation.failure(file.path.clone(), Stage::Inspect, "file", error.to_string())),
        }
    }
    if !failures.is_empty() {
        return Looked::Failed(failures);
    }
    findings.sort_by(Finding::place_order);
    findings.dedup();
    assign_fingerprints(&mut findings);
    Looked::Found(sha256, Box::new(FileResult { findings, dropped, ..FileResult::default() }))
}

fn row(file: FoundFile, sha256: Digest, result: Box<FileResult>) -> FileRow {
    let summary = summarize(None, file.given.role, sha256, &result);
    FileRow { path: file.path, reused: false, summary, body: FileBody::Here(result) }
}
