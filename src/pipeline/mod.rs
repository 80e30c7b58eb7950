//! Owns a run: all stages in their order, on one screen. Never prints, never decides what a flag means.
//!
//! `discover -> filter -> inspect -> batch -> lookup -> ask -> verify -> score -> report`

mod ask;
mod asked;
mod asker;
mod batch;
mod budget;
mod chance;
mod change;
mod discover;
mod documents;
mod filter;
mod forecast;
mod free;
mod health;
mod hooks;
mod ignored;
mod inspect;
mod links;
mod lookup;
mod made;
mod overrides;
mod place;
mod plan;
mod project;
mod prompt;
mod report;
mod same_fault;
mod score;
mod trial;
mod units;
mod unread;
mod verify;

use std::collections::{BTreeMap, BTreeSet};

use overrides::Overrides;

pub use change::changes;
pub use discover::{FoundFile, PathArg, is_glob, normal, split_glob};
pub use forecast::{Forecast, Replaced};
pub use free::{FreeAnswer, ask_free, free_question, price_of};
pub use hooks::{HookError, Hooks, Verdict};
pub use made::apply;
pub use overrides::{NestedSettings, Override, nested_files, overrides_for};
pub use plan::{ModelPart, Plan, PlannedOperation};
pub use prompt::{PREAMBLE, fence};
pub use report::reopen;
pub use score::{LostPoints, Reason, SCORING_VERSION, explain, scores};
pub use trial::{TrialSettings, end_command};

use crate::diag::Diagnostic;
use crate::git::DiffKind;
use crate::store::{Store, StoreError};
use crate::types::{
    Digest, Dropped, Failure, FileRow, KeyHasher, Language, MadeArtifact, RelPath, RunEvent, RunId, RunReport, Scope, SkipReason, Skipped,
    Stage,
};

/// What time it is. Tests bring their own.
pub trait Clock: Sync {
    /// Nanoseconds since 1970, UTC.
    fn now_ns(&self) -> i64;
}

/// What a run works with.
pub struct Parts<'a> {
    /// Where results, answers and costs are kept.
    pub store: &'a Store,
    /// What time it is.
    pub clock: &'a dyn Clock,
    /// Hears of every step.
    pub events: &'a (dyn Fn(RunEvent) + Sync),
}

impl Parts<'_> {
    /// What the store knows; nothing, with a warning, when it fails. A cache that cannot be read costs time, not the run.
    fn or_nothing<T: Default>(&self, known: Result<T, StoreError>) -> T {
        known.unwrap_or_else(|error| {
            (self.events)(RunEvent::Warning(format!("what is kept cannot be used: {error}")));
            T::default()
        })
    }
}

/// Why a run cannot go on. Whatever concerns one file only is no error but a part of the report.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Nothing that was named is there.
    #[error("nothing that was named exists: {}", names.join(", "))]
    AllMissing {
        /// As they were written.
        names: Vec<String>,
    },
    /// A glob that is none.
    #[error("`{glob}` is not a glob: {reason}")]
    Glob {
        /// As it was written.
        glob: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A nested file of settings, or a hook, is wrong.
    #[error("what the user wrote is wrong")]
    Mistakes(Vec<Diagnostic>),
    /// The threads cannot be started.
    #[error("cannot start threads: {0}")]
    Threads(String),
}

/// The sources that a plan names and that the filter would not decline by what the disk says of them.
///
/// # Errors
/// See [`RunError`].
pub fn sources(plan: &Plan) -> Result<Vec<FoundFile>, RunError> {
    Ok(filter::by_stat(discover::discover(plan)?.files, &plan.files).0)
}

/// Runs all stages and keeps the run.
///
/// # Errors
/// See [`RunError`]; what concerns one file, unit, request or plugin is told in the report instead.
pub fn run(plan: &Plan, parts: &Parts<'_>) -> Result<RunReport, RunError> {
    let plan = &plan.as_far_as_it_goes();
    let (mut run, sources) = Run::start(plan, parts)?;
    if plan.looks_at_files() {
        look_at_files(plan, parts, &mut run, sources.clone())?;
    }
    if plan.has_scope(Scope::Project) {
        project::look(plan, parts, &mut run, &sources)?;
    }
    if let Some(trial) = &plan.trial {
        trial::try_made(plan, parts, &mut run, trial);
    }
    hooks::judge(plan, parts, &mut run)?;
    if plan.tells_rows && !plan.tells_early() {
        run.files.iter().for_each(|row| (parts.events)(RunEvent::Row(row.clone())));
    }
    let (is_kept, digest) = (plan.is_kept && !run.cannot_keep, run.digest);
    let report = report::report(plan, parts, run);
    // Everything is known by now: a store that fails here costs a row of the history, not the report.
    if is_kept && let Err(error) = parts.store.keep_run(&plan.root_name(), &plan.pipeline, &digest, &report) {
        (parts.events)(RunEvent::Warning(format!("this run is not kept: {error}")));
    }
    if is_kept && plan.keep_days > 0 {
        let before = parts.clock.now_ns() / 1_000_000_000 - plan.keep_days * 86_400;
        parts.or_nothing(parts.store.drop_runs_before(&plan.root_name(), before));
    }
    Ok(report)
}

/// Runs the operations of the scopes `file`, `change` and `function`.
fn look_at_files(plan: &Plan, parts: &Parts<'_>, run: &mut Run<'_>, sources: Vec<FoundFile>) -> Result<(), RunError> {
    let (known, todo) = lookup::known(plan, parts, &run.digest, sources);
    run.take_known(known);
    let batches = match hooks::group(plan, &todo)? {
        Some(batches) => batches,
        None => batch::batches(todo, &plan.batch),
    };
    let windows = batch::windows(&batches, plan);
    let step = batch::step(plan);
    let pool = if batches.is_empty() { None } else { Some(batch::threads(plan)?) };
    for (window, pool) in windows.iter().zip(pool.iter().cycle()) {
        for number in window.clone() {
            (parts.events)(RunEvent::BatchStarted { batch: number + 1, n_batches: batches.len() });
        }
        let files: Vec<&FoundFile> = batches[window.clone()].iter().flatten().collect();
        for files in files.chunks(step) {
            let read = pool.install(|| filter::read(plan, &run.overrides, parts.clock, files));
            let (read, found_again) = lookup::by_content(plan, parts, &run.digest, read);
            let inspected = pool.install(|| inspect::inspect(plan, &mut run.prepared, read));
            let answered = ask::ask(plan, parts, &mut run.asked, inspected);
            let verified = pool.install(|| verify::verify(plan, answered));
            run.keep(found_again, verified);
        }
    }
    Ok(())
}

/// What a run of the plan would ask, and what it would cost; nothing is sent and nothing but static results is kept. Gives what could not be
/// looked at.
///
/// # Errors
/// See [`RunError`].
pub fn forecast(plan: &Plan, parts: &Parts<'_>, see: &mut dyn FnMut(&Forecast)) -> Result<Vec<Failure>, RunError> {
    let ModelPart::On(model) = &plan.model_part else { return Ok(Vec::new()) };
    let (mut run, sources) = Run::start(plan, parts)?;
    let (_, todo) = lookup::known(plan, parts, &run.digest, sources);
    let batches = batch::batches(todo, &plan.batch);
    let windows = batch::windows(&batches, plan);
    let mut failed = std::mem::take(&mut run.coverage.failed);
    if batches.is_empty() {
        return Ok(failed);
    }
    let pool = batch::threads(plan)?;
    for window in windows {
        let files: Vec<&FoundFile> = batches[window].iter().flatten().collect();
        let read = pool.install(|| filter::read(plan, &run.overrides, parts.clock, &files));
        let (read, _) = lookup::by_content(plan, parts, &run.digest, read);
        let inspected = pool.install(|| inspect::inspect(plan, &mut run.prepared, read));
        failed.extend(inspected.iter().flat_map(inspect::Looked::failures).cloned());
        forecast::forecast_batch(plan, parts, model.as_ref(), &inspected, see);
    }
    Ok(failed)
}

/// What a run has gathered so far.
struct Run<'a> {
    plan: &'a Plan,
    parts: &'a Parts<'a>,
    overrides: Overrides,
    digest: Digest,
    started_ns: i64,
    files: Vec<FileRow>,
    coverage: crate::types::Coverage,
    asked: asked::Asked,
    artifacts: Vec<MadeArtifact>,
    /// Languages that the analyzers are prepared for.
    prepared: BTreeSet<Language>,
    /// Sources that were looked at one by one, for the operations of the project.
    outlined: BTreeMap<RelPath, project::Outlined>,
    dropped: Vec<Dropped>,
    /// Files that the user named, each by itself.
    named: BTreeSet<RelPath>,
    /// The store refused once; waiting for it again with every batch would help nobody.
    cannot_keep: bool,
}

impl<'a> Run<'a> {
    /// Finds the files, and what is in force for them.
    fn start(plan: &'a Plan, parts: &'a Parts<'a>) -> Result<(Self, Vec<FoundFile>), RunError> {
        let started_ns = parts.clock.now_ns();
        let found = discover::discover(plan)?;
        let overrides = Overrides::gather(plan, &found.files)?;
        let mut digest = KeyHasher::new("run", 1);
        digest.field(&plan.digest().0);
        overrides.add_to_key(&mut digest);
        let own_budgets = plan.operations.iter().filter_map(|operation| Some((operation.analyzer.id().to_owned(), operation.max_cost?)));
        let id = RunId(format!("{}-{:08x}", report::compact_time(started_ns), chance::random() as u32));
        let mut run = Self {
            plan,
            parts,
            overrides,
            digest: digest.finish(),
            started_ns,
            files: Vec::new(),
            coverage: crate::types::Coverage::default(),
            asked: asked::Asked::new(id, budget::Budgets::new(plan.max_cost, own_budgets)),
            artifacts: Vec::new(),
            prepared: BTreeSet::new(),
            outlined: BTreeMap::new(),
            dropped: Vec::new(),
            named: found.files.iter().filter(|file| file.is_named).map(|file| file.path.clone()).collect(),
            cannot_keep: false,
        };
        let sources = run.take_found(found);
        let sources = hooks::choose(plan, &mut run, sources)?;
        Ok((run, sources))
    }

    /// Splits what was found into what is looked at and what is not.
    fn take_found(&mut self, found: discover::Found) -> Vec<FoundFile> {
        let (sources, skipped, failed) = filter::by_stat(found.files, &self.plan.files);
        self.coverage.found += failed.len();
        failed.into_iter().for_each(|failure| self.fail(failure));
        self.coverage.found += sources.len() + skipped.len() + found.skipped.len();
        self.coverage.found -= found.skipped.iter().filter(|skip| skip.reason == SkipReason::Missing).count();
        self.coverage.skipped = found.skipped;
        self.coverage.skipped.extend(skipped);
        for (path, file) in &self.plan.changes {
            match file.kind {
                DiffKind::Deleted if change::is_there(self.plan, path) => {
                    self.coverage.found += 1;
                    let error = "the diff deletes it, and it is there".to_owned();
                    let path = path.clone();
                    self.fail(Failure::of_file(path, Stage::Inspect, error));
                }
                DiffKind::Deleted => self.decline(path, SkipReason::Deleted),
                DiffKind::Link => self.decline(path, SkipReason::Symlink),
                DiffKind::Submodule => self.decline(path, SkipReason::Submodule),
                DiffKind::Filter => self.decline(path, SkipReason::Filter),
                DiffKind::Text | DiffKind::Binary => {}
            }
        }
        let notices = self.plan.notices.iter().filter(|_| matches!(self.plan.model_part, ModelPart::On(_)));
        notices.for_each(|notice| (self.parts.events)(RunEvent::Warning(notice.clone())));
        self.plan.failures.iter().for_each(|failure| self.fail(failure.clone()));
        for warning in found.warnings {
            (self.parts.events)(RunEvent::Warning(warning));
        }
        found.failed.into_iter().for_each(|failure| self.fail(failure));
        (self.parts.events)(RunEvent::Discovered { n_sources: sources.len(), n_skipped: self.coverage.skipped.len() });
        sources
    }

    fn take_known(&mut self, known: lookup::Known) {
        (self.parts.events)(RunEvent::Reused { n_files: known.files.len() });
        known.files.into_iter().for_each(|row| self.reuse(row));
        self.coverage.skipped.extend(known.skipped);
    }

    /// Takes a kept result. The answers behind it are used once more, and are not paid once more.
    fn reuse(&mut self, row: FileRow) {
        self.coverage.reused += 1;
        self.asked.hits += row.summary.answers.count as usize;
        self.asked.saved += row.summary.answers.cost;
        self.push(row);
    }

    /// Takes a row that is done.
    fn push(&mut self, row: FileRow) {
        if self.plan.tells_rows && self.plan.tells_early() {
            (self.parts.events)(RunEvent::Row(row.clone()));
        }
        self.files.push(row);
    }

    fn fail(&mut self, failure: crate::types::Failure) {
        (self.parts.events)(RunEvent::Failed(failure.clone()));
        self.coverage.failed.push(failure);
    }

    /// Skips something that nobody has counted as found yet.
    fn decline(&mut self, path: &RelPath, reason: SkipReason) {
        self.coverage.found += 1;
        self.skip(path, reason);
    }

    fn skip(&mut self, path: &RelPath, reason: SkipReason) {
        self.coverage.skipped.push(Skipped { path: path.clone(), reason });
    }
}
