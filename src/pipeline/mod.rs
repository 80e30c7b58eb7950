//! A run: all stages in their order, on one screen.
//!
//! `discover -> filter -> inspect -> batch -> lookup -> ask -> verify -> score -> report`

mod ask;
mod batch;
mod change;
mod discover;
mod documents;
mod error;
mod filter;
mod forecast;
mod found;
mod freeform;
mod generated;
mod globs;
mod hooks;
mod ignored;
mod inspect;
mod inspection;
mod judge;
mod keys;
mod links;
mod lookup;
mod one_fault;
mod overrides;
mod parts;
mod place;
mod plan;
mod project;
mod project_source;
mod prompt;
mod random;
mod report;
mod roles;
mod run_id;
mod same_fault;
mod state;
mod summary;
mod texts;
mod trial;
mod units;
mod unread;
mod verify;
mod wanted;

pub use change::changes;
pub use error::RunError;
pub use filter::language;
pub use forecast::{Forecast, Replaced};
pub use found::{FoundFile, PathArg, is_glob, normal, split_glob};
pub use freeform::{FreeAnswer, ask_free, free_question, price_of};
pub use generated::{apply, path_fault};
pub use hooks::{HookError, Hooks, Verdict};
pub use overrides::{nested_files, overrides_for};
pub use parts::{Clock, Parts};
pub use plan::{Inquiry, Judging, Keeping, ModelPart, NestedSettings, Override, Plan, PlannedOperation, Target, Tools, TrialSettings};
pub use prompt::{PREAMBLE, fence};
pub use report::reopen;

use inspection::InspectionOutcome;
use state::Run;

use crate::store::RunPlace;
use crate::types::{Digest, Failure, RunEventKind, RunReport, Scope};

/// The sources that a target names and that the filter would not decline by what the disk says of them.
///
/// # Errors
/// See [`RunError`].
pub fn sources(target: &Target) -> Result<Vec<FoundFile>, RunError> {
    let mut found = discover::discover(target, &globs::Globs::default())?.files;
    roles::give(target, &overrides::Overrides::default(), &mut found);
    Ok(filter::by_stat(found, &target.files).kept)
}

/// Runs all stages and keeps the run.
///
/// # Errors
/// See [`RunError`]; what concerns one file, unit, request or plugin is told in the report instead.
pub fn run(plan: &Plan, parts: &Parts<'_>) -> Result<RunReport, RunError> {
    let operations = plan.tools().operations.iter().map(PlannedOperation::name).collect();
    parts.tell(RunEventKind::Started { operations, asks_model: matches!(plan.inquiry().model, ModelPart::On(_)) });
    let report = all_stages(plan, parts);
    parts.tell(match &report {
        Ok(report) => RunEventKind::Ended { outcome: report.outcome, cost: report.usage.cost },
        Err(error) => RunEventKind::Aborted { reason: error.to_string() },
    });
    report
}

fn all_stages(plan: &Plan, parts: &Parts<'_>) -> Result<RunReport, RunError> {
    let (mut run, sources) = start(plan, parts)?;
    if plan.tools().looks_at_files() {
        look_at_files(plan, parts, &mut run, sources.clone())?;
        texts::look(plan, &mut run)?;
    }
    if plan.tools().has_scope(Scope::Project) {
        project::look(plan, parts, &mut run, &sources)?;
    }
    run.tell_cancelled();
    if let Some(trial) = &plan.judging().trial {
        trial::try_made(&plan.target().root, parts, &mut run, trial);
    }
    judge::judge(plan.judging(), parts, &mut run)?;
    if parts.wants_rows && !plan.tells_early() {
        run.files.iter().for_each(|row| parts.tell(RunEventKind::Row { row: Box::new(row.clone()) }));
    }
    Ok(keep(plan, parts, run))
}

/// Finds the files, and lets hooks choose among them.
fn start<'a>(plan: &'a Plan, parts: &'a Parts<'a>) -> Result<(Run<'a>, Vec<FoundFile>), RunError> {
    let (mut run, sources) = Run::start(plan, parts)?;
    let sources = judge::choose(plan.judging(), &mut run, sources)?;
    Ok((run, sources))
}

/// Runs the operations of the scopes `file`, `change` and `function`.
fn look_at_files(plan: &Plan, parts: &Parts<'_>, run: &mut Run<'_>, sources: Vec<FoundFile>) -> Result<(), RunError> {
    let (tools, inquiry) = (plan.tools(), plan.inquiry());
    let (known, todo) = known_files(plan, parts, &run.digest, sources);
    run.take_known(known);
    let batches = match judge::group(plan.judging(), &todo)? {
        Some(batches) => batches,
        None => batch::batches(todo, &tools.batch),
    };
    let windows = batch::windows(&batches, tools, inquiry);
    let step = if parts.wants_rows && plan.tells_early() { batch::row_step(tools, inquiry) } else { usize::MAX };
    let pool = if batches.is_empty() { None } else { Some(batch::threads(&tools.batch)?) };
    for (window, pool) in windows.iter().zip(pool.iter().cycle()) {
        for number in window.clone() {
            parts.tell(RunEventKind::BatchStarted { batch: number + 1, n_batches: batches.len() });
        }
        let files: Vec<&FoundFile> = batches[window.clone()].iter().flatten().collect();
        files.chunks(step).for_each(|files| look_at(plan, parts, run, pool, files));
    }
    Ok(())
}

/// Takes some files through all stages.
fn look_at(plan: &Plan, parts: &Parts<'_>, run: &mut Run<'_>, pool: &rayon::ThreadPool, files: &[&FoundFile]) {
    if parts.cancel.is_cancelled() {
        run.leave_out(files.len());
        return;
    }
    let (target, tools) = (plan.target(), plan.tools());
    let read = pool.install(|| filter::read(target, &run.overrides, parts.clock, files));
    let (read, found_again) = if plan.keeping().is_fresh { (read, Vec::new()) } else { lookup::by_content(parts, &run.digest, read) };
    let inspected = pool.install(|| inspect::inspect((tools, target), &parts.cancel, &mut run.prepared, read));
    let answered = ask::ask(tools, plan.inquiry(), parts, &mut run.session, inspected);
    let verified = pool.install(|| verify::verify(tools, answered));
    run.keep(found_again, verified);
}

/// What earlier runs know of the files, and the files that they do not know.
fn known_files(plan: &Plan, parts: &Parts<'_>, digest: &Digest, sources: Vec<FoundFile>) -> (lookup::KnownFiles, Vec<FoundFile>) {
    if plan.keeping().is_fresh { (Default::default(), sources) } else { lookup::known(&plan.root_name(), parts, digest, sources) }
}

/// Sums up the run, and makes it part of the history.
fn keep(plan: &Plan, parts: &Parts<'_>, run: Run<'_>) -> RunReport {
    let keeping = plan.keeping();
    let (is_kept, digest) = (keeping.is_kept && !run.cannot_keep, run.digest);
    let report = report::report(plan, parts, run);
    // Everything is known by now: a store that fails here costs a row of the history, not the report.
    let root = plan.root_name();
    let place = RunPlace { root: &root, pipeline: &keeping.pipeline, repository: &keeping.repository };
    if is_kept && let Err(error) = parts.store.keep_run(&place, &digest, &report) {
        parts.warn(format!("this run is not kept: {error}"));
    }
    let before = (keeping.keep_days > 0).then(|| parts.now_s() - keeping.keep_days * 86_400);
    let most = (keeping.keep_runs > 0).then_some(keeping.keep_runs);
    if is_kept && (before.is_some() || most.is_some()) {
        parts.or_nothing(parts.store.drop_old_runs(&root, most, before));
    }
    report
}

/// What a run of the plan would ask, and what it would cost; nothing is sent and nothing but static results is kept. Gives what could not be
/// looked at.
///
/// # Errors
/// See [`RunError`].
pub fn forecast(plan: &Plan, parts: &Parts<'_>, see: &mut dyn FnMut(&Forecast)) -> Result<Vec<Failure>, RunError> {
    let (target, tools, inquiry) = (plan.target(), plan.tools(), plan.inquiry());
    let ModelPart::On(model) = &inquiry.model else { return Ok(Vec::new()) };
    let (mut run, sources) = start(plan, parts)?;
    let is_fresh = plan.keeping().is_fresh;
    let (_, todo) = known_files(plan, parts, &run.digest, sources);
    let batches = batch::batches(todo, &tools.batch);
    let windows = batch::windows(&batches, tools, inquiry);
    let mut failed = std::mem::take(&mut run.coverage.failed);
    if batches.is_empty() {
        return Ok(failed);
    }
    let pool = batch::threads(&tools.batch)?;
    for window in windows {
        let files: Vec<&FoundFile> = batches[window].iter().flatten().collect();
        let read = pool.install(|| filter::read(target, &run.overrides, parts.clock, &files));
        let read = if is_fresh { read } else { lookup::by_content(parts, &run.digest, read).0 };
        let inspected = pool.install(|| inspect::inspect((tools, target), &parts.cancel, &mut run.prepared, read));
        failed.extend(inspected.iter().flat_map(InspectionOutcome::failures).cloned());
        forecast::forecast_batch(tools, inquiry, parts, model.as_ref(), &inspected, see);
    }
    Ok(failed)
}
