//! What a run has gathered so far. Stages add to it; none reads what another has added but `report`, at the end.

use std::collections::{BTreeMap, BTreeSet};

use super::ask::budget::Budgets;
use super::ask::session::Session;
use super::change;
use super::discover::{Discovery, discover};
use super::error::RunError;
use super::filter;
use super::found::FoundFile;
use super::keys::run_digest;
use super::lookup::KnownFiles;
use super::overrides::Overrides;
use super::parts::{INTERRUPTED, Parts};
use super::plan::{ModelPart, Plan};
use super::project_source::ProjectSource;
use super::roles;
use crate::git::DiffKind;
use crate::types::{
    Coverage, Digest, Dropped, Failure, FileRow, GeneratedArtifact, Language, RelPath, RunEventKind, SkipReason, Skipped, Stage,
};

/// What a run has gathered so far.
pub(super) struct Run<'a> {
    pub(super) plan: &'a Plan,
    pub(super) parts: &'a Parts<'a>,
    pub(super) overrides: Overrides,
    pub(super) digest: Digest,
    pub(super) started_ns: i64,
    pub(super) files: Vec<FileRow>,
    pub(super) coverage: Coverage,
    pub(super) session: Session,
    pub(super) artifacts: Vec<GeneratedArtifact>,
    /// Languages that the analyzers are prepared for.
    pub(super) prepared: BTreeSet<Language>,
    /// Sources that were looked at one by one, for the operations of the project.
    pub(super) outlined: BTreeMap<RelPath, ProjectSource>,
    pub(super) dropped: Vec<Dropped>,
    /// Files that the user named, each by itself.
    pub(super) named: BTreeSet<RelPath>,
    /// The store refused once; waiting for it again with every batch would help nobody.
    pub(super) cannot_keep: bool,
    /// Files that nobody looked at, since the run should end.
    n_left_out: usize,
}

impl<'a> Run<'a> {
    /// Finds the files, and what is in force for them.
    ///
    /// # Errors
    /// See [`RunError`].
    pub(super) fn start(plan: &'a Plan, parts: &'a Parts<'a>) -> Result<(Self, Vec<FoundFile>), RunError> {
        let started_ns = parts.clock.now_ns();
        let mut found = discover(plan.target())?;
        let overrides = Overrides::gather(plan.tools(), &found.files)?;
        roles::give(plan.target(), &overrides, &mut found.files);
        let digest = run_digest(plan, &overrides);
        let operations = plan.tools().operations.iter();
        let own_budgets = operations.filter_map(|operation| Some((operation.analyzer.id().to_owned(), operation.max_cost?)));
        let mut run = Self {
            plan,
            parts,
            overrides,
            digest,
            started_ns,
            files: Vec::new(),
            coverage: Coverage::default(),
            session: Session::new(parts.run().clone(), Budgets::new(plan.inquiry().max_cost, own_budgets)),
            artifacts: Vec::new(),
            prepared: BTreeSet::new(),
            outlined: BTreeMap::new(),
            dropped: Vec::new(),
            named: found.files.iter().filter(|file| file.is_named).map(|file| file.path.clone()).collect(),
            cannot_keep: false,
            n_left_out: 0,
        };
        let sources = run.take_found(found);
        Ok((run, sources))
    }

    /// Splits what was found into what is looked at and what is not.
    fn take_found(&mut self, found: Discovery) -> Vec<FoundFile> {
        let (sources, skipped, failed) = filter::by_stat(found.files, &self.plan.target().files);
        self.coverage.found += failed.len();
        failed.into_iter().for_each(|failure| self.fail(failure));
        self.coverage.found += sources.len() + skipped.len() + found.skipped.len();
        self.coverage.found -= found.skipped.iter().filter(|skip| skip.reason == SkipReason::Missing).count();
        self.coverage.skipped = found.skipped;
        self.coverage.skipped.extend(skipped);
        for (path, file) in &self.plan.target().changes {
            match file.kind {
                DiffKind::Deleted if change::is_there(&self.plan.target().root, path) => {
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
        let notices = self.plan.inquiry().notices.iter().filter(|_| matches!(self.plan.inquiry().model, ModelPart::On(_)));
        notices.for_each(|notice| self.parts.warn(notice.clone()));
        self.plan.target().failures.iter().for_each(|failure| self.fail(failure.clone()));
        for warning in found.warnings {
            self.parts.warn(warning);
        }
        found.failed.into_iter().for_each(|failure| self.fail(failure));
        self.parts.tell(RunEventKind::Discovered { n_sources: sources.len(), n_skipped: self.coverage.skipped.len() });
        sources
    }

    pub(super) fn take_known(&mut self, known: KnownFiles) {
        self.parts.tell(RunEventKind::Reused { n_files: known.files.len() });
        known.files.into_iter().for_each(|row| self.reuse(row));
        self.coverage.skipped.extend(known.skipped);
    }

    /// Takes a kept result. The answers behind it are used once more, and are not paid once more.
    pub(super) fn reuse(&mut self, row: FileRow) {
        self.coverage.reused += 1;
        self.session.hits += row.summary.answers.count as usize;
        self.session.saved += row.summary.answers.cost;
        self.push(row);
    }

    /// Takes a row that is done.
    pub(super) fn push(&mut self, row: FileRow) {
        if self.parts.wants_rows && self.plan.tells_early() {
            self.parts.tell(RunEventKind::Row { row: Box::new(row.clone()) });
        }
        self.files.push(row);
    }

    pub(super) fn fail(&mut self, failure: Failure) {
        self.parts.tell(RunEventKind::Failed { failure: failure.clone() });
        self.coverage.failed.push(failure);
    }

    /// Files that nobody looked at, since the run should end.
    pub(super) fn leave_out(&mut self, n_files: usize) {
        self.n_left_out += n_files;
    }

    /// Whoever ends a run wants to read one line, not one for each file.
    pub(super) fn tell_cancelled(&mut self) {
        if !self.parts.cancel.is_cancelled() {
            return;
        }
        let error = match self.n_left_out {
            0 => INTERRUPTED.to_owned(),
            1 => format!("{INTERRUPTED}: 1 file was not looked at"),
            n_files => format!("{INTERRUPTED}: {n_files} files were not looked at"),
        };
        self.fail(Failure::of_file(RelPath::from("."), Stage::Discover, error));
    }

    /// Skips something that nobody has counted as found yet.
    pub(super) fn decline(&mut self, path: &RelPath, reason: SkipReason) {
        self.coverage.found += 1;
        self.skip(path, reason);
    }

    pub(super) fn skip(&mut self, path: &RelPath, reason: SkipReason) {
        self.coverage.skipped.push(Skipped::new(path.clone(), reason));
    }
}
