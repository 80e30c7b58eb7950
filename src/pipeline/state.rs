//! What a run has gathered so far. Stages add to it; none reads what another has added but `report`, at the end.

use std::collections::{BTreeMap, BTreeSet};

use super::ask::budget::Budgets;
use super::ask::session::Session;
use super::change;
use super::discover::{Discovery, discover};
use super::error::RunError;
use super::filter::{self, ByStat};
use super::found::{FoundFile, GivenRole};
use super::keys::run_digest;
use super::lookup::KnownFiles;
use super::overrides::Overrides;
use super::parts::{INTERRUPTED, Parts};
use super::plan::{ModelPart, Plan};
use super::project_source::ProjectSource;
use super::roles;
use super::wanted::{self, MAX_TEXT_BYTES, Text, is_read_all_the_same};
use crate::git::DiffKind;
use crate::types::{
    Coverage, Digest, Dropped, Failure, FileRow, GeneratedArtifact, Language, RelPath, Role, RunEventKind, SkipReason, Skipped, Stage,
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
    /// Files that are looked at as texts, at the end.
    pub(super) texts: Vec<Text>,
    /// Whether an operation wants such files.
    reads_texts: bool,
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
        let mut found = discover(plan.target(), &wanted::globs(plan.tools())?)?;
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
            texts: Vec::new(),
            reads_texts: wanted::is_any(plan.tools()),
            named: found.files.iter().filter(|file| file.is_named).map(|file| file.path.clone()).collect(),
            cannot_keep: false,
            n_left_out: 0,
        };
        let sources = run.take_found(found);
        Ok((run, sources))
    }

    /// Splits what was found into what is looked at and what is not.
    fn take_found(&mut self, found: Discovery) -> Vec<FoundFile> {
        let ByStat { kept: sources, others, declined, failed } = filter::by_stat(found.files, &self.plan.target().files);
        self.coverage.found += failed.len();
        failed.into_iter().for_each(|failure| self.fail(failure));
        self.coverage.found += sources.len() + others.len() + declined.len() + found.skipped.len();
        self.coverage.found -= found.skipped.iter().filter(|skip| skip.reason == SkipReason::Missing).count();
        self.coverage.skipped = found.skipped;
        self.coverage.skipped.extend(declined.iter().map(|(file, reason)| filter::declined_row(file, *reason)));
        self.take_texts(others, declined);
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

    /// Notes in what, beside sources, something is looked for.
    fn take_texts(&mut self, others: Vec<FoundFile>, declined: Vec<(FoundFile, SkipReason)>) {
        for mut file in others {
            if file.given.by.is_none() && file.given.role == Role::Source {
                file.given.role = wanted::role_of(&file.path);
            }
            match file.given.role {
                // Nobody looks into other people's code.
                role @ Role::Vendored => self.coverage.skipped.push(filter::declined_row(&file, SkipReason::of_role(role))),
                _ if !self.reads_texts => self.skip(&file.path, SkipReason::Language),
                _ if file.stat.size == 0 => self.skip(&file.path, SkipReason::Empty),
                _ if file.stat.size > MAX_TEXT_BYTES => self.skip(&file.path, SkipReason::Size),
                _ => self.texts.push(Text { file, declined: None }),
            }
        }
        for (file, reason) in declined {
            self.take_declined(file, reason);
        }
    }

    /// Notes a source that is declined, if something is looked for in it all the same; tells whether it is.
    pub(super) fn take_declined(&mut self, file: FoundFile, reason: SkipReason) -> bool {
        let is_taken = self.reads_texts && is_read_all_the_same(reason) && file.stat.size <= MAX_TEXT_BYTES;
        if is_taken {
            let role = match reason {
                SkipReason::Generated => Role::Generated,
                SkipReason::Bundle | SkipReason::Minified => Role::Bundle,
                _ => file.given.role,
            };
            let file = FoundFile { given: GivenRole { role, ..file.given }, ..file };
            self.texts.push(Text { file, declined: Some(reason) });
        }
        is_taken
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
