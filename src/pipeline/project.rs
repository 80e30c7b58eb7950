//! Owns the operations that look at a whole project: outlines and documents in, findings for each file out.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crate::unit;
use rayon::ThreadPool;
use rayon::prelude::*;

use super::ask::units::{UnitQuestion, ask_units};
use super::error::RunError;
use super::filter::{ReadFile, ReadOutcome};
use super::found::FoundFile;
use super::generated::{Generated, dropped};
use super::inspect::unparsed;
use super::overrides::Overrides;
use super::parts::Parts;
use super::place::{finding, related};
use super::plan::{Inquiry, ModelPart, Plan, PlannedOperation, Tools};
use super::project_source::ProjectSource;
use super::roles::Roles;
use super::state::Run;
use super::summary::summarize;
use super::unread::unread;
use super::{batch, documents, filter};
use crate::analyzer::{AnalyzerError, Claims, Place, Subject};
use crate::score::scores;
use crate::syntax::{LineIndex, repeats};
use crate::types::{
    Claimant, Digest, Document, Dropped, Failure, FileBody, FileMetrics, FileResult, FileRow, FileState, Finding, Origin, Project, RelPath,
    Role, RunEventKind, Scope, SkipReason, SourceOutline, Span, Stage, assign_fingerprints,
};

/// Everything that the operations of a project have in common.
struct Gathered {
    project: Arc<Project>,
    rows: Vec<FileRow>,
}

/// Runs every operation of scope `project`.
///
/// # Errors
/// The threads cannot be started, or a glob of a plugin is none.
pub(super) fn look(plan: &Plan, parts: &Parts<'_>, run: &mut Run<'_>, files: &[FoundFile]) -> Result<(), RunError> {
    let is_alone = !plan.tools().looks_at_files();
    if let Some(outside) = files.iter().find(|file| file.path.as_str().starts_with('/')) {
        let warning = format!("`{}` lies outside of the project; documents such as manifests are read inside of it only", outside.path);
        parts.warn(warning);
    }
    let pool = batch::threads(&plan.tools().batch)?;
    let Some(gathered) = gather(plan, parts, run, &pool, files, is_alone)? else {
        // Files that are looked at one by one, too, are counted there.
        run.leave_out(if is_alone { files.len() } else { 0 });
        return Ok(());
    };
    let project = &gathered.project;
    let static_part = |(at, operation): (usize, &PlannedOperation)| {
        let seen = if operation.sees_project { Arc::clone(project) } else { Arc::default() };
        let subject = Arc::new(Subject::of_project(unit::project(), seen));
        let claims = operation.analyzer.inspect(&operation.operation, &subject, &operation.options);
        (at, subject, claims)
    };
    let operations: Vec<_> =
        plan.tools().operations.iter().enumerate().filter(|(_, operation)| operation.scope == Scope::Project).collect();
    let looked: Vec<_> = pool.install(|| operations.into_par_iter().map(static_part).collect());
    let overrides = run.overrides.clone();
    let mut placing = Placing { tools: plan.tools(), overrides: &overrides, project, findings: BTreeMap::new(), dropped: Vec::new() };
    let mut generated = Generated::default();
    let mut is_complete = true;
    for (at, subject, found) in looked {
        let operation = &plan.tools().operations[at];
        let (all, failure) = claims(plan.inquiry(), parts, run, (operation, &subject), found);
        is_complete &= failure.is_none();
        failure.into_iter().for_each(|failure| run.fail(failure));
        let by = Claimant { analyzer: operation.analyzer.id().to_owned(), operation: operation.operation.clone() };
        for (origin, claims) in all {
            placing.place(&by, origin, &claims);
            generated.take(&by, claims.artifacts, claims.patches, None);
        }
    }
    if is_alone {
        gathered.rows.into_iter().for_each(|row| run.files.push(row));
    } else {
        // Sources have their rows already.
        gathered.rows.into_iter().filter(|row| row.summary.language.is_none()).for_each(|row| run.files.push(row));
    }
    generated.dropped.append(&mut placing.dropped);
    merge(parts, run, placing.findings, is_complete || !is_alone);
    run.artifacts.append(&mut generated.artifacts);
    run.dropped.append(&mut generated.dropped);
    Ok(())
}

/// Reads and outlines everything that was not looked at in this run already. Nothing when the run should end meanwhile.
fn gather(
    plan: &Plan,
    parts: &Parts<'_>,
    run: &mut Run<'_>,
    pool: &ThreadPool,
    files: &[FoundFile],
    is_alone: bool,
) -> Result<Option<Gathered>, RunError> {
    if parts.cancel.is_cancelled() {
        return Ok(None);
    }
    let mut known = std::mem::take(&mut run.outlined);
    let files: Vec<&FoundFile> = files.iter().filter(|file| !known.contains_key(&file.path)).collect();
    let read = pool.install(|| filter::read(plan.target(), &run.overrides, parts.clock, &files));
    let mut sources = Vec::new();
    for read in read {
        match read {
            ReadOutcome::File(read) => sources.push(*read),
            // Where files are looked at one by one, too, they are told there.
            ReadOutcome::Skipped(file, _, reason) if is_alone => run.skip(&file.path, reason),
            ReadOutcome::Failed(failure) if is_alone => run.fail(failure),
            ReadOutcome::Skipped(..) | ReadOutcome::Failed(_) => {}
        }
    }
    let unless_cancelled = |read| (!parts.cancel.is_cancelled()).then(|| outlined(read));
    let new: Option<Vec<ProjectSource>> = pool.install(|| sources.into_par_iter().map(unless_cancelled).collect());
    let Some(new) = new else { return Ok(None) };
    known.extend(new.into_iter().map(|source| (source.outline.path.clone(), source)));
    let outlined: Vec<ProjectSource> = known.into_values().collect();
    let texts: Vec<(&str, &[Range<usize>])> =
        outlined.iter().map(|source| (source.outline.text.as_str(), source.comments.as_slice())).collect();
    let repeats = repeats(&texts);
    let unparsed: Vec<Failure> =
        outlined.iter().filter_map(|source| unparsed(&source.outline.path, source.outline.language, &source.metrics)).collect();
    let broken: BTreeSet<RelPath> = unparsed.iter().map(|failure| failure.path.clone()).collect();
    let (documents, n_own) = documents(plan, run)?;
    let mut rows: Vec<FileRow> = outlined.iter().map(|source| row(source, broken.contains(&source.outline.path))).collect();
    // `setup.py` is a source and a document: one row is enough.
    let is_source = |path: &RelPath| outlined.iter().any(|source| source.outline.path == *path);
    let own: Vec<&Document> = documents[..n_own].iter().filter(|document| !is_source(&document.path)).collect();
    let n_own = own.len();
    rows.extend(own.into_iter().map(document_row));
    if is_alone {
        run.coverage.analyzed += outlined.len() - broken.len();
        unparsed.into_iter().for_each(|failure| run.fail(failure));
    }
    run.coverage.found += n_own;
    run.coverage.analyzed += n_own;
    for row in rows.iter().filter(|row| is_alone || row.summary.language.is_none()) {
        let score = row.summary.scores.map(|scores| scores.overall);
        parts.tell(RunEventKind::File { path: row.path.clone(), state: FileState::Analyzed, score });
    }
    let sources: Vec<SourceOutline> = outlined.into_iter().map(|source| source.outline).collect();
    let unread = unread((plan.target(), plan.tools()), run, &sources, &broken);
    let is_told = |path: &RelPath| run.coverage.skipped.iter().any(|skipped| skipped.path == *path);
    let untold: Vec<(RelPath, SkipReason)> =
        unread.iter().filter_map(|file| Some((file.path.clone(), file.reason?))).filter(|(path, _)| !is_told(path)).collect();
    untold.into_iter().filter(|(_, reason)| *reason != SkipReason::Symlink).for_each(|(path, reason)| run.decline(&path, reason));
    Ok(Some(Gathered { project: Arc::new(Project { sources, documents, repeats, unread }), rows }))
}

fn outlined(mut read: ReadFile) -> ProjectSource {
    let subject = Subject::new(unit::whole(read.language, read.role, std::mem::take(&mut read.text)));
    let metrics = subject.parsed().metrics(&subject.unit.text);
    ProjectSource::new(&read, &subject, metrics)
}

/// Documents of the project, then those of folders that options name; with how many are the project's own.
fn documents(plan: &Plan, run: &mut Run<'_>) -> Result<(Vec<Document>, usize), RunError> {
    let wanted: Vec<&PlannedOperation> = plan.tools().operations.iter().filter(|operation| operation.sees_project).collect();
    let mut globs: Vec<String> = wanted.iter().flat_map(|operation| operation.documents.clone()).collect();
    globs.sort();
    globs.dedup();
    let mut documents = Vec::new();
    let roles = Roles::new(&plan.target().root);
    for (path, absolute) in documents::documents(plan.target(), &globs)? {
        // The manifest of a fixture says nothing about the project.
        let role = roles.of(&path).role;
        if !plan.target().files.roles.contains(&role) {
            run.decline(&path, SkipReason::of_role(role));
            continue;
        }
        match filter::document(&absolute) {
            Ok(Ok(text)) => documents.push(Document { path, text }),
            Ok(Err(reason)) => run.decline(&path, reason),
            Err(error) => run.fail(Failure::of_file(path, Stage::Filter, error)),
        }
    }
    let n_own = documents.len();
    for (option, folder) in wanted.iter().flat_map(|operation| &operation.folders) {
        for (path, absolute) in documents::folder(folder, option) {
            match filter::document(&absolute) {
                Ok(Ok(text)) => documents.push(Document { path, text }),
                Ok(Err(reason)) => run.decline(&path, reason),
                Err(error) => run.fail(Failure::of_file(path, Stage::Filter, error)),
            }
        }
    }
    Ok((documents, n_own))
}

fn row(source: &ProjectSource, is_broken: bool) -> FileRow {
    let ProjectSource { outline, metrics, sha256, .. } = source;
    let scores = (!is_broken).then(|| scores(outline.language, &[], metrics));
    let result = FileResult { scores, metrics: metrics.clone(), ..FileResult::default() };
    let summary = summarize(Some(outline.language), outline.role, *sha256, &result);
    FileRow { path: outline.path.clone(), reused: false, summary, body: FileBody::Here(Box::new(result)) }
}

fn document_row(document: &Document) -> FileRow {
    let mut metrics = FileMetrics::default();
    metrics.lines.code = document.text.lines().filter(|line| !line.trim().is_empty()).count() as u32;
    // A manifest or a lock file is not code: it has no score, and weighs in no mean.
    let result = FileResult { metrics, ..FileResult::default() };
    let summary = summarize(None, Role::Source, Digest::of(document.text.as_bytes()), &result);
    FileRow { path: document.path.clone(), reused: false, summary, body: FileBody::Here(Box::new(result)) }
}

/// What an operation found by itself, and what it makes of the model's answers.
fn claims(
    inquiry: &Inquiry,
    parts: &Parts<'_>,
    run: &mut Run<'_>,
    (operation, subject): (&PlannedOperation, &Arc<Subject>),
    found: Result<Claims, AnalyzerError>,
) -> (Vec<(Origin, Claims)>, Option<Failure>) {
    let fail = |stage, error: String| Some(operation.failure(RelPath::from("."), stage, "project", error));
    let mut all = Vec::new();
    match found {
        Ok(claims) => all.push((Origin::Static, claims)),
        Err(error) => return (all, fail(Stage::Inspect, error.to_string())),
    }
    if !operation.asks_model || matches!(inquiry.model, ModelPart::Off) {
        return (all, None);
    }
    let question = match operation.analyzer.question(&operation.operation, subject, &operation.options) {
        Ok(Some(question)) => question,
        Ok(None) => return (all, None),
        Err(error) => return (all, fail(Stage::Inspect, error.to_string())),
    };
    let model = match &inquiry.model {
        ModelPart::On(model) => model.as_ref(),
        ModelPart::Missing(reason) => return (all, Some(Failure::of_file(RelPath::from("."), Stage::Ask, reason.as_str()))),
        ModelPart::Off => return (all, None),
    };
    let asked = [UnitQuestion { operation, options: Cow::Borrowed(&operation.options), subject, question: &question }];
    let answers = ask_units(inquiry, parts, &mut run.session, model, &asked).pop().unwrap_or_default();
    all.extend(answers.conclusions.into_iter().map(|conclusion| (Origin::Model, conclusion.claims)));
    (all, answers.failure.and_then(|(stage, error)| fail(stage, error)))
}

/// Why a claim of an operation of scope `project` is dropped.
const NO_FILE: &str = "it points to no file of the project";

/// The file that a place is in.
fn in_file<'p>(project: &'p Project, place: &Place) -> Option<(&'p RelPath, &'p str, Span)> {
    match *place {
        Place::Source(index, span) => project.sources.get(index).map(|source| (&source.path, source.text.as_str(), span)),
        Place::Document(index, span) => project.documents.get(index).map(|document| (&document.path, document.text.as_str(), span)),
        Place::Span(_) | Place::Quote { .. } => None,
    }
}

/// What decides where a claim goes.
struct Placing<'a> {
    tools: &'a Tools,
    overrides: &'a Overrides,
    project: &'a Project,
    findings: BTreeMap<RelPath, Vec<Finding>>,
    dropped: Vec<Dropped>,
}

impl Placing<'_> {
    /// Gives every claim to its file.
    fn place(&mut self, by: &Claimant, origin: Origin, claims: &Claims) {
        let project = self.project;
        for claim in &claims.findings {
            let Some((path, text, span)) = in_file(project, &claim.place) else {
                self.dropped.push(dropped(&claim.rule, claim.message.clone(), NO_FILE.to_owned()));
                continue;
            };
            let Some(claim) = self.overrides.at(path).judge(self.tools, &by.analyzer, claim.clone()) else { continue };
            let mut made = finding(&by.analyzer, &claim, span, origin, text, &LineIndex::new(text));
            for (place, message) in claim.related {
                match in_file(project, &place) {
                    Some((other, text, span)) => {
                        let other = Some(other.clone()).filter(|other| other != path);
                        made.related.push(related(message, other, span, text, &LineIndex::new(text)));
                    }
                    None => self.dropped.push(dropped(&claim.rule, message, NO_FILE.to_owned())),
                }
            }
            made.edits = claim.edits;
            self.findings.entry(path.clone()).or_default().push(made);
        }
    }
}

/// Adds findings to the rows of their files; scores are computed anew.
fn merge(parts: &Parts<'_>, run: &mut Run<'_>, mut findings: BTreeMap<RelPath, Vec<Finding>>, is_complete: bool) {
    for row in &mut run.files {
        let new = findings.remove(&row.path);
        if new.is_none() && is_complete {
            continue;
        }
        let mut result = match &row.body {
            FileBody::Here(result) => (**result).clone(),
            FileBody::Stored(id) => match parts.or_nothing(parts.store.bodies(&[*id])).pop().flatten() {
                Some(result) => result,
                None => continue,
            },
        };
        result.findings.extend(new.unwrap_or_default());
        result.findings.sort_by(Finding::place_order);
        result.findings.dedup();
        assign_fingerprints(&mut result.findings);
        let old = &row.summary;
        // Without a language there is no score.
        result.scores =
            old.language.filter(|_| is_complete && result.scores.is_some()).map(|l| scores(l, &result.findings, &result.metrics));
        row.summary = summarize(old.language, old.role, old.sha256, &result);
        row.body = FileBody::Here(Box::new(result));
    }
}
