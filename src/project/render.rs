//! Rendering the report of a run in any format.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::path::Path;

use super::analyzers::plugin;
use super::error::{Error, Result};
use super::open::Project;
use super::reports::Output;
use super::results::{bodies, results};
use super::templates::{TemplateText, report_template};
use super::write;
use crate::git::work_tree_around;
use crate::plugin::RuleInfo;
use crate::report::{
    Catalog, CostPeriod, Document, Format, PageParts, RuleText, SourceText, Style, TrendPoint, checkstyle, csv, document, github, gitlab,
    json, jsonl, junit, page, rdjsonl, sarif, summary,
};
use crate::score::{LIMITED, Ranked, in_order, most_points, ranked};
use crate::store::{CostLine, KeptRun, Store};
use crate::types::{Digest, FileResult, FileRow, Finding, RelPath, RunReport};

/// Earlier runs that a page can show.
const TREND_RUNS: usize = 30;

/// A run report with everything that is needed to render it.
pub struct Renderer<'a> {
    project: &'a Project,
    store: &'a Store,
    report: &'a RunReport,
    /// Full results, read once for all formats.
    results: OnceCell<Vec<FileResult>>,
}

impl<'a> Renderer<'a> {
    /// A renderer for a report of the project, whose results `store` keeps.
    pub fn new(project: &'a Project, store: &'a Store, report: &'a RunReport) -> Self {
        Self { project, store, report, results: OnceCell::new() }
    }

    fn results(&self) -> Result<&[FileResult]> {
        if self.results.get().is_none() {
            // Nobody else sets it: a renderer stays in its thread.
            let _ = self.results.set(results(self.report, self.store)?);
        }
        Ok(self.results.get().map_or(&[], Vec::as_slice))
    }

    /// Writes every report that can be written, so that one full disk, or one template that fails, does not cost the others. Gives the names of
    /// those that were written, and what failed.
    pub fn write(&self, outputs: &[Output]) -> (Vec<String>, Vec<Error>) {
        let (mut written, mut failed) = (Vec::new(), Vec::new());
        for Output { path, shown, format } in outputs {
            let done = self.render(format).and_then(|text| write::folder_of(path).and_then(|()| write::file(path, shown, &text)));
            match done {
                Ok(()) => written.push(shown.clone()),
                Err(error) => failed.push(error),
            }
        }
        (written, failed)
    }

    /// The summary for a terminal, with the worst findings and what was spent today. `note` says why the model took no part.
    ///
    /// # Errors
    /// Results that cannot be read.
    pub fn summary(&self, note: &str, style: Style) -> Result<String> {
        let worst = first_findings(self.report, self.store, self.project.settings.report.worst)?;
        let today = self.store.spent_since(self.project.machine.midnight()).unwrap_or_default();
        Ok(summary(self.report, &worst, &today, note, self.project.settings.report.attention_below, style))
    }

    /// The last line of the form `jsonl`: those of files go out as they finish.
    ///
    /// # Errors
    /// Results that cannot be read.
    pub fn last_line(&self) -> Result<String> {
        self.take(|document| jsonl(document).lines().last().map(|line| format!("{line}\n")).unwrap_or_default())
    }

    /// Hands over the document.
    ///
    /// # Errors
    /// Results that cannot be read.
    pub fn take<T>(&self, take: impl FnOnce(&Document<'_>) -> T) -> Result<T> {
        Ok(take(&document(self.report, self.results()?)))
    }

    /// The whole report in a format.
    ///
    /// # Errors
    /// Results that cannot be read, a template that is not there or fails.
    pub fn render(&self, format: &Format) -> Result<String> {
        let results = self.results()?;
        let report = match format {
            Format::Sarif | Format::Gitlab | Format::Github | Format::Rdjsonl => of_repository(&self.project.root, self.report),
            _ => Cow::Borrowed(self.report),
        };
        let document = document(&report, results);
        Ok(match format {
            Format::Text => {
                let rows = self.report.files.iter().zip(results);
                let (first, others) =
                    in_order(rows.flat_map(|(row, result)| ranked(&row.path, result)).collect(), self.project.settings.report.worst);
                let all: Vec<(RelPath, Finding)> = first.into_iter().chain(others).map(owned).collect();
                let today = self.store.spent_since(self.project.machine.midnight()).unwrap_or_default();
                summary(self.report, &all, &today, "", self.project.settings.report.attention_below, Style::Plain)
            }
            Format::Json => json(&document),
            Format::Jsonl => jsonl(&document),
            Format::Sarif => sarif(&document, &self.catalog(&document)),
            Format::Gitlab => gitlab(&document),
            Format::Github => github(&document),
            Format::Junit => junit(&document),
            Format::Checkstyle => checkstyle(&document),
            Format::Rdjsonl => rdjsonl(&document),
            Format::Csv => csv(&document),
            Format::Markdown => self.page(&document, &report_template(self.project, "report.md")?)?,
            Format::Html => self.page(&document, &report_template(self.project, "report.html")?)?,
            Format::Template(name) => self.page(&document, &report_template(self.project, name)?)?,
        })
    }

    fn page(&self, document: &Document<'_>, template: &TemplateText) -> Result<String> {
        let sources = if template.text.contains("sources") { sources(self.project, document) } else { Vec::new() };
        let trend = if template.text.contains("trend") { self.trend()? } else { Vec::new() };
        let costs = self.store.costs(self.project.machine.midnight(), self.project.machine.now_s())?;
        let period = |line: CostLine| CostPeriod { name: line.name, requests: line.usage.requests, usd: line.usage.cost.usd() };
        let costs = costs.periods.into_iter().map(period).collect();
        let parts = PageParts { attention_below: self.project.settings.report.attention_below, sources, trend, costs };
        page(document, &template.name, &template.text, parts)
            .map_err(|error| Error::from(vec![error.diagnostic(&template.shown, &template.text)]))
    }

    /// Runs of this project, the oldest first; the one that is shown is the last.
    fn trend(&self) -> Result<Vec<TrendPoint>> {
        let root = self.project.root.to_string_lossy();
        let runs = self.store.runs_until(&root, &self.report.id, TREND_RUNS)?;
        Ok(runs.into_iter().rev().map(trend_point).collect())
    }

    /// What the analyzers say of the rules that spoke. One that cannot be asked leaves the findings to speak for themselves.
    fn catalog(&self, document: &Document<'_>) -> Catalog {
        let mut analyzers: Vec<&str> =
            document.files.iter().flat_map(|file| file.findings).map(|finding| finding.analyzer.as_str()).collect();
        analyzers.sort_unstable();
        analyzers.dedup();
        let manifests = analyzers.into_iter().filter_map(|id| Some((id, plugin(self.project, id).ok()?.manifest().ok()?)));
        let rules = manifests.flat_map(|(id, manifest)| manifest.rules.into_iter().map(move |rule| (id.to_owned(), rule)));
        let entry = |(analyzer, rule): (String, RuleInfo)| {
            let RuleInfo { id, severity, category, summary, cwe, links, page, .. } = rule;
            ((analyzer, id), RuleText { summary, severity, category, cwe, links, page })
        };
        rules.map(entry).collect()
    }
}

fn trend_point(run: KeptRun) -> TrendPoint {
    let KeptRun { id, started_at, pipeline, outcome, scores, counts, cost, .. } = run;
    TrendPoint { id: id.0, started_at, pipeline, outcome, scores, counts, usd: cost.usd() }
}

/// Texts of the files with findings, as far as they are still what was looked at.
#[expect(clippy::disallowed_methods, reason = "a page that shows code reads it here")]
fn sources(project: &Project, document: &Document<'_>) -> Vec<SourceText> {
    let text = |path: &str, sha256: Digest| {
        let bytes = std::fs::read(project.root.join(path)).ok()?;
        let is_same = Digest::of(&bytes) == sha256;
        String::from_utf8(bytes).ok().filter(|_| is_same)
    };
    let with_findings = document.files.iter().filter(|file| !file.findings.is_empty());
    with_findings.map(|file| SourceText { path: file.path.as_str().to_owned(), text: text(file.path.as_str(), file.sha256) }).collect()
}

/// The report with paths from the root of the repository, which is what the hosts of repositories understand, for a project that is a folder
/// of one.
fn of_repository<'a>(project: &Path, report: &'a RunReport) -> Cow<'a, RunReport> {
    // The project may have been reached through a link.
    let Ok(project) = project.canonicalize() else { return Cow::Borrowed(report) };
    let Some(folder) = work_tree_around(&project).filter(|root| *root != project).map(|root| RelPath::new(root, &project)) else {
        return Cow::Borrowed(report);
    };
    let mut report = report.clone();
    let paths = report.files.iter_mut().map(|row| &mut row.path);
    let failed = report.coverage.failed.iter_mut().map(|failure| &mut failure.path);
    let skipped = report.coverage.skipped.iter_mut().map(|skipped| &mut skipped.path);
    paths.chain(failed).chain(skipped).for_each(|path| *path = path.below(&folder));
    Cow::Owned(report)
}

/// Files whose results are read at a time while the first findings are looked for.
const CHUNK: usize = 64;

/// The findings of a run that come first. Full results are read only of files that can have one of them.
fn first_findings(report: &RunReport, store: &Store, room: usize) -> Result<Vec<(RelPath, Finding)>> {
    let mut rows: Vec<(f64, &FileRow)> = report.files.iter().map(|row| (most_points(&row.summary), row)).collect();
    rows.retain(|(most, _)| *most > 0.0);
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut read, mut rest): (Vec<(&FileRow, FileResult)>, _) = (Vec::new(), rows.as_slice());
    // Only where the limits fill the room is what is not read known to be worth less.
    let may_end = (report.totals.counts.total() as usize) > room && room <= LIMITED;
    loop {
        let all: Vec<Ranked<'_>> = read.iter().flat_map(|(row, result)| ranked(&row.path, result)).collect();
        let n_read = all.len();
        let shown = in_order(all, room).0;
        // What was passed over stands behind what was not, and is worth as much at least: then the order is broken.
        let is_filled = n_read > room && shown.len() == room && shown.is_sorted_by(|a, b| a.points >= b.points);
        let least = shown.last().filter(|_| is_filled).map(|last| last.points);
        let is_done = rest.first().is_none_or(|(most, _)| may_end && least.is_some_and(|least| *most < least));
        if is_done || room == 0 {
            return Ok(shown.into_iter().map(owned).collect());
        }
        let (chunk, left) = rest.split_at(CHUNK.min(rest.len()));
        let chunk: Vec<&FileRow> = chunk.iter().map(|(_, row)| *row).collect();
        let results = bodies(&chunk, store)?;
        read.extend(chunk.into_iter().zip(results));
        rest = left;
    }
}

fn owned(ranked: Ranked<'_>) -> (RelPath, Finding) {
    (ranked.path.clone(), ranked.finding.clone())
}
