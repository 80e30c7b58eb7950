//! Owns the operations that look at a whole project: outlines and documents in, findings for each file out. Never judges a file by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use rayon::ThreadPool;
use rayon::prelude::*;

use super::ask::{Answered, ask};
use super::discover::FoundFile;
use super::filter::{Read, ReadFile};
use super::inspect::{Inspected, Looked, unparsed};
use super::lookup::summarize;
use super::made::Made;
use super::overrides::{InForce, Overrides};
use super::place::finding;
use super::units::UnitWork;
use super::unread::unread;
use super::{ModelPart, Parts, Plan, PlannedOperation, Run, RunError, batch, documents, filter, score};
use crate::analyzer::{AnalyzerError, Claims, Place, Redacted, Subject};
use crate::store::Stat;
use crate::syntax::{LineIndex, outline, repeats};
use crate::types::{
    Claimant, Digest, Document, Dropped, Failure, FileBody, FileMetrics, FileResult, FileRow, FileState, Finding, Language, Origin,
    Project, RelPath, Role, RunEvent, Scope, SkipReason, SourceOutline, Stage, Unit, assign_fingerprints,
};

/// A source of the project with what its own row needs.
pub(super) struct Outlined {
    outline: SourceOutline,
    comments: Vec<Range<usize>>,
    metrics: FileMetrics,
    sha256: Digest,
}

impl Outlined {
    /// Takes what is needed of a file that was looked at.
    pub(super) fn new(read: &ReadFile, subject: &Subject, metrics: FileMetrics) -> Self {
        let parsed = subject.parsed();
        let outline = outline(read.file.path.clone(), read.role, parsed, subject.unit.text.clone());
        Self { outline, comments: parsed.comments.clone(), metrics, sha256: read.sha256 }
    }
}

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
    let is_alone = !plan.looks_at_files();
    if let Some(outside) = files.iter().find(|file| file.path.as_str().starts_with('/')) {
        let warning = format!("`{}` lies outside of the project; documents such as manifests are read inside of it only", outside.path);
        (parts.events)(RunEvent::Warning(warning));
    }
    let pool = batch::threads(plan)?;
    let gathered = gather(plan, parts, run, &pool, files, is_alone)?;
    let project = &gathered.project;
    let static_part = |(at, operation): (usize, &PlannedOperation)| {
        let seen = if operation.sees_project { Arc::clone(project) } else { Arc::default() };
        let subject = Arc::new(Subject::of_project(unit(), seen));
        let claims = operation.analyzer.inspect(&operation.operation, &subject, &operation.options);
        (at, subject, claims)
    };
    let operations: Vec<_> = plan.operations.iter().enumerate().filter(|(_, operation)| operation.scope == Scope::Project).collect();
    let looked: Vec<_> = pool.install(|| operations.into_par_iter().map(static_part).collect());
    let overrides = run.overrides.clone();
    let mut placing = Placing { plan, overrides: &overrides, project, findings: BTreeMap::new(), dropped: Vec::new() };
    let mut made = Made::default();
    let mut is_complete = true;
    for (at, subject, found) in looked {
        let operation = &plan.operations[at];
        let (all, failures) = claims(plan, parts, run, (at, &subject), found);
        is_complete &= failures.is_empty();
        failures.into_iter().for_each(|failure| run.fail(failure));
        let by = Claimant { analyzer: operation.analyzer.id().to_owned(), operation: operation.operation.clone() };
        for (origin, claims) in all {
            placing.place(&by, origin, &claims);
            made.take(&by, claims.artifacts, claims.patches, None);
        }
    }
    if is_alone {
        gathered.rows.into_iter().for_each(|row| run.files.push(row));
    } else {
        // Sources have their rows already.
        gathered.rows.into_iter().filter(|row| row.summary.language.is_none()).for_each(|row| run.files.push(row));
    }
    made.dropped.append(&mut placing.dropped);
    merge(parts, run, placing.findings, is_complete || !is_alone);
    run.artifacts.append(&mut made.artifacts);
    run.dropped.append(&mut made.dropped);
    Ok(())
}

fn unit() -> Unit {
    // A project has no one language: no analyzer is told this one.
    Unit { scope: Scope::Project, ..Unit::of_file(Language::Rust, Role::Source, String::new()) }
}

/// Reads and outlines everything that was not looked at in this run already.
fn gather(
    plan: &Plan,
    parts: &Parts<'_>,
    run: &mut Run<'_>,
    pool: &ThreadPool,
    files: &[FoundFile],
    is_alone: bool,
) -> Result<Gathered, RunError> {
    let mut known = std::mem::take(&mut run.outlined);
    let files: Vec<&FoundFile> = files.iter().filter(|file| !known.contains_key(&file.path)).collect();
    let read = pool.install(|| filter::read(plan, &run.overrides, parts.clock, &files));
    let mut sources = Vec::new();
    for read in read {
        match read {
            Read::File(read) => sources.push(*read),
            // Where files are looked at one by one, too, they are told there.
            Read::Skipped(file, _, reason) if is_alone => run.skip(&file.path, reason),
            Read::Failed(failure) if is_alone => run.fail(failure),
            Read::Skipped(..) | Read::Failed(_) => {}
        }
    }
    let new: Vec<Outlined> = pool.install(|| sources.into_par_iter().map(outlined).collect());
    known.extend(new.into_iter().map(|source| (source.outline.path.clone(), source)));
    let outlined: Vec<Outlined> = known.into_values().collect();
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
        let state = FileState::Analyzed(row.summary.scores.map(|scores| scores.overall));
        (parts.events)(RunEvent::File { path: row.path.clone(), state });
    }
    let sources: Vec<SourceOutline> = outlined.into_iter().map(|source| source.outline).collect();
    let unread = unread(plan, run, &sources, &broken);
    let is_told = |path: &RelPath| run.coverage.skipped.iter().any(|skipped| skipped.path == *path);
    let untold: Vec<(RelPath, SkipReason)> =
        unread.iter().filter_map(|file| Some((file.path.clone(), file.reason?))).filter(|(path, _)| !is_told(path)).collect();
    untold.into_iter().filter(|(_, reason)| *reason != SkipReason::Symlink).for_each(|(path, reason)| run.decline(&path, reason));
    Ok(Gathered { project: Arc::new(Project { sources, documents, repeats, unread }), rows })
}

fn outlined(mut read: ReadFile) -> Outlined {
    let subject = Subject::new(Unit::of_file(read.language, read.role, std::mem::take(&mut read.text)));
    let metrics = subject.parsed().metrics(&subject.unit.text);
    Outlined::new(&read, &subject, metrics)
}

/// Documents of the project, then those of folders that options name; with how many are the project's own.
fn documents(plan: &Plan, run: &mut Run<'_>) -> Result<(Vec<Document>, usize), RunError> {
    let wanted: Vec<&PlannedOperation> = plan.operations.iter().filter(|operation| operation.sees_project).collect();
    let mut globs: Vec<String> = wanted.iter().flat_map(|operation| operation.documents.clone()).collect();
    globs.sort();
    globs.dedup();
    let mut documents = Vec::new();
    for (path, absolute) in documents::documents(plan, &globs)? {
        match filter::document(&absolute) {
            Ok(Ok(text)) => documents.push(Document { path, text }),
            Ok(Err(reason)) => run.decline(&path, reason),
            Err(error) => run.fail(failure(path, Stage::Filter, None, error)),
        }
    }
    let n_own = documents.len();
    for (option, folder) in wanted.iter().flat_map(|operation| &operation.folders) {
        for (path, absolute) in documents::folder(folder, option) {
            match filter::document(&absolute) {
                Ok(Ok(text)) => documents.push(Document { path, text }),
                Ok(Err(reason)) => run.decline(&path, reason),
                Err(error) => run.fail(failure(path, Stage::Filter, None, error)),
            }
        }
    }
    Ok((documents, n_own))
}

fn failure(path: RelPath, stage: Stage, operation: Option<&PlannedOperation>, error: String) -> Failure {
    Failure {
        path,
        stage,
        analyzer: operation.map(|operation| operation.analyzer.id().to_owned()),
        operation: operation.map(|operation| operation.operation.clone()),
        unit: operation.map(|_| "project".to_owned()),
        error,
    }
}

fn row(source: &Outlined, is_broken: bool) -> FileRow {
    let Outlined { outline, metrics, sha256, .. } = source;
    let scores = (!is_broken).then(|| score::scores(&[], metrics));
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
    plan: &Plan,
    parts: &Parts<'_>,
    run: &mut Run<'_>,
    (at, subject): (usize, &Arc<Subject>),
    found: Result<Claims, AnalyzerError>,
) -> (Vec<(Origin, Claims)>, Vec<Failure>) {
    let here = || RelPath::from(".");
    let operation = &plan.operations[at];
    let mut all = Vec::new();
    match found {
        Ok(claims) => all.push((Origin::Static, claims)),
        Err(error) => return (all, vec![failure(here(), Stage::Inspect, Some(operation), error.to_string())]),
    }
    if !operation.asks_model || matches!(plan.model_part, ModelPart::Off) {
        return (all, Vec::new());
    }
    let question = match operation.analyzer.question(&operation.operation, subject, &operation.options) {
        Ok(question) => question,
        Err(error) => return (all, vec![failure(here(), Stage::Inspect, Some(operation), error.to_string())]),
    };
    let Some(question) = question else { return (all, Vec::new()) };
    let stat = Stat { size: 0, changed_ns: 0, inode: 0 };
    let file = FoundFile { path: here(), absolute: plan.project.clone(), stat, is_named: false };
    let digest = Digest::of(question.content.as_bytes());
    let read = ReadFile {
        file,
        read_ns: 0,
        language: Language::Rust,
        role: Role::Source,
        sha256: digest,
        text: String::new(),
        in_force: InForce::default(),
        change: None,
    };
    let work = UnitWork {
        operation: at,
        label: "project".to_owned(),
        start: 0,
        subject: Arc::clone(subject),
        redacted: Redacted::default(),
        question: Some(question),
    };
    let inspected = Inspected {
        read,
        subject: Arc::clone(subject),
        metrics: FileMetrics::default(),
        findings: Vec::new(),
        made: Made::default(),
        units: vec![work],
        failures: Vec::new(),
    };
    let mut failures = Vec::new();
    for answered in ask(plan, parts, &mut run.asked, vec![Looked::Inspected(Box::new(inspected))]) {
        if let Answered::File(file) = answered {
            all.extend(file.conclusions.into_iter().map(|(_, conclusion)| (Origin::Model, conclusion.claims)));
            failures.extend(file.failures);
        }
    }
    (all, failures)
}

/// What decides where a claim goes.
struct Placing<'a> {
    plan: &'a Plan,
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
            let (path, text, span) = match claim.place {
                Place::Source(index, span) => (&project.sources[index].path, &project.sources[index].text, span),
                Place::Document(index, span) => (&project.documents[index].path, &project.documents[index].text, span),
                Place::Span(_) | Place::Quote { .. } => {
                    let reason = "it points to no file of the project".to_owned();
                    self.dropped.push(Dropped { rule: claim.rule.clone(), message: claim.message.clone(), quote: String::new(), reason });
                    continue;
                }
            };
            let Some(claim) = self.overrides.at(path).judge(self.plan, &by.analyzer, claim.clone()) else { continue };
            let made = finding(&by.analyzer, &claim, span, origin, text, &LineIndex::new(text));
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
        result.scores = if is_complete && result.scores.is_some() { Some(score::scores(&result.findings, &result.metrics)) } else { None };
        let old = &row.summary;
        row.summary = summarize(old.language, old.role, old.sha256, &result);
        row.body = FileBody::Here(Box::new(result));
    }
}
