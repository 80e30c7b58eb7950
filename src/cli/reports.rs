//! Owns what a command does with the report of a run: which formats, which templates, where each goes.
//! Never looks at code itself.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::analyzers::{plugin, plugin_host};
use super::args::Global;
use super::context::{Context, SystemClock, style};
use super::exit::{Failed, Status, chain, store_hint};
use super::output;
use super::templates::{Found, checkout_template, is_embedded, report_template, try_report};
use crate::config::{Origin, PipelineSettings, Settings};
use crate::diag::nearest;
use crate::git::work_tree_around;
use crate::pipeline::{Clock as _, Plan};
use crate::report::{
    Catalog, CostPeriod, Document, Format, PageParts, RuleText, SourceText, TrendPoint, checkstyle, csv, document, github, gitlab, json,
    jsonl, junit, page, rdjsonl, sarif, summary,
};
use crate::store::{CostLine, KeptRun, Store};
use crate::types::{Digest, FileBody, FileResult, FileRow, Finding, Outcome, RelPath, RunReport, Severity};

/// Earlier runs that a page can show.
const TREND_RUNS: usize = 30;

/// Results kept by the store are read in groups of this many.
const BODIES_AT_ONCE: usize = 500;

/// One `--output`.
#[derive(Clone, Debug)]
pub(super) struct Output {
    path: PathBuf,
    format: Format,
}

/// Refuses what stands where the name of a format would, before an equals sign, and is none. Where such a file is there, it is meant.
pub(super) fn check_name(given: &Path) -> Result<(), Failed> {
    let is_part = |c: char| c.is_ascii_lowercase() || matches!(c, '-' | '.');
    let Some((name, _)) = given.to_str().and_then(|text| text.split_once('=')) else { return Ok(()) };
    if name.is_empty() || !name.chars().all(is_part) || Format::from_name(name).is_some() || given.exists() {
        return Ok(());
    }
    let hint = match nearest(name, Format::NAMES) {
        Some(near) => format!("did you mean `{near}`?"),
        None if name.contains('.') => format!("a template is named `template:{name}`"),
        None => format!("there are {} and template:NAME", Format::NAMES.join(", ")),
    };
    Err(Failed::usage(format!("`{name}` in `{}` is no format", given.display())).hint(hint))
}

/// Reads `--output`: `FILE`, whose extension chooses the format, or `FORMAT=FILE`.
pub(super) fn outputs(given: &[PathBuf]) -> Result<Vec<Output>, Failed> {
    given.iter().map(|given| output_of(given)).collect()
}

fn output_of(given: &Path) -> Result<Output, Failed> {
    check_name(given)?;
    let named = given.to_str().and_then(|text| text.split_once('=')).and_then(|(name, path)| Some((Format::from_name(name)?, path)));
    let (format, path) = match named {
        Some((format, path)) => (format, PathBuf::from(path)),
        None => {
            let extension = given.extension().and_then(|extension| extension.to_str()).unwrap_or("");
            let format = Format::of_extension(extension).ok_or_else(|| {
                let message = format!("no format belongs to the extension of `{}`", given.display());
                Failed::usage(message).hint(format!("known extensions: {}; or write `FORMAT=FILE`", Format::EXTENSIONS))
            })?;
            (format, given.to_owned())
        }
    };
    if path == Path::new("-") {
        return Err(Failed::usage("`-` is no file for a report").hint("`--format` chooses what goes to standard output"));
    }
    check_place(&path)?;
    Ok(Output { path, format })
}

/// Refuses what cannot be the file of a report: that should be known before anything is paid. Folders that are not there are made later.
fn check_place(path: &Path) -> Result<(), Failed> {
    if path.is_dir() {
        return Err(Failed::usage(format!("`{}` is a folder", path.display())).hint("name a file in it"));
    }
    if path.file_name().is_none() {
        return Err(Failed::usage(format!("`{}` names no file", path.display())));
    }
    match path.ancestors().skip(1).find(|above| above.symlink_metadata().is_ok()) {
        Some(above) if !above.is_dir() => {
            Err(Failed::usage(format!("cannot write `{}`: `{}` is not a folder", path.display(), above.display())))
        }
        _ => Ok(()),
    }
}

/// Finds and renders every template before the run pays for anything, so that a wrong name or a template that fails is reported first.
pub(super) fn check_formats<'a>(context: &Context, formats: impl IntoIterator<Item = &'a Format>) -> Result<(), Failed> {
    for format in formats {
        let name = match format {
            Format::Markdown => "report.md",
            Format::Html => "report.html",
            Format::Template(name) => name,
            _ => continue,
        };
        let found = report_template(context, name)?;
        if is_embedded(&found) {
            continue;
        }
        try_report(&found).map_err(|error| Failed::from(vec![error.diagnostic(&found.shown, &found.text)]))?;
    }
    Ok(())
}

/// Refuses a pipeline of the project whose reports are made by templates from elsewhere. In their own configuration, users name what they like.
pub(super) fn check_templates(context: &Context, pipeline: &PipelineSettings) -> Result<(), Failed> {
    if !pipeline.written.get("reports").is_some_and(Origin::is_project) {
        return Ok(());
    }
    for report in &pipeline.reports {
        let format = report.split_once('=').and_then(|(format, _)| Format::from_name(format));
        if let Some(format) = format {
            check_template(context, &format)?;
        }
    }
    Ok(())
}

/// Refuses a format that a checkout names when its template may not be read on behalf of the checkout.
pub(super) fn check_template(context: &Context, format: &Format) -> Result<(), Failed> {
    match format {
        Format::Template(name) => checkout_template(context, name).map(drop),
        _ => Ok(()),
    }
}

/// The worse of two ends: a run that is incomplete beats wrong usage, and both beat a gate.
pub(super) fn worse(a: Status, b: Status) -> Status {
    let rank = |status: Status| match status {
        Status::Fine => 0,
        Status::Gate => 1,
        Status::Usage => 2,
        Status::Incomplete => 3,
    };
    if rank(b) > rank(a) { b } else { a }
}

/// Keeps one failure of several with the status of the worst. The others are told here.
pub(super) fn gather(known: Option<Failed>, new: Failed) -> Option<Failed> {
    let Some(mut known) = known else { return Some(new) };
    output::note(&new.render(false));
    known.status = worse(known.status, new.status);
    Some(known)
}

impl Output {
    pub(super) fn format(&self) -> &Format {
        &self.format
    }
}

/// A report with everything that is needed to show it.
pub(super) struct Shown<'a> {
    pub(super) context: &'a Context,
    pub(super) store: &'a Store,
    pub(super) report: &'a RunReport,
}

impl Shown<'_> {
    /// Writes every report that can be written, so that one full disk, or one template that fails, does not cost the others. Gives what to say
    /// of them, and what failed.
    pub(super) fn write(&self, outputs: &[Output]) -> Result<(String, Option<Failed>), Failed> {
        let (mut written, mut failed) = (String::new(), None);
        for Output { path, format } in outputs {
            let done = self.render(format).and_then(|text| output::folder_of(path).and_then(|()| output::file(path, &text)));
            match done {
                Ok(()) => written.push_str(&format!("report in {}\n", path.display())),
                Err(error) => failed = gather(failed, error),
            }
        }
        // A failure must not make a run look better than it was.
        if let Some(failed) = &mut failed
            && self.report.outcome == Outcome::Incomplete
        {
            failed.status = Status::Incomplete;
        }
        Ok((written, failed))
    }

    /// What goes to standard output. `written` follows the summary.
    pub(super) fn text(&self, global: &Global, plan: &Plan, format: &Format, written: &str) -> Result<String, Failed> {
        match format {
            Format::Text => {
                let note = self.context.static_note(plan);
                Ok(self.summary(global, &note)? + written)
            }
            // The lines of files went out as they finished.
            Format::Jsonl => self.take(|document| Ok(jsonl(document).lines().last().map(|line| format!("{line}\n")).unwrap_or_default())),
            other => self.render(other),
        }
    }

    fn summary(&self, global: &Global, note: &str) -> Result<String, Failed> {
        let worst = worst_findings(self.report, self.store, &self.context.settings)?;
        let today = self.store.spent_since(midnight()).unwrap_or_default();
        Ok(summary(self.report, &worst, &today, note, self.context.settings.report.attention_below, style(global)))
    }

    /// Hands over the document.
    pub(super) fn take<T>(&self, take: impl FnOnce(&Document<'_>) -> Result<T, Failed>) -> Result<T, Failed> {
        take(&document(self.report, &results(self.report, self.store)?))
    }

    pub(super) fn render(&self, format: &Format) -> Result<String, Failed> {
        let results = results(self.report, self.store)?;
        let report = match format {
            Format::Sarif | Format::Gitlab | Format::Github | Format::Rdjsonl => of_repository(&self.context.project, self.report),
            _ => Cow::Borrowed(self.report),
        };
        let document = document(&report, &results);
        Ok(match format {
            Format::Text => {
                let mut all: Vec<(&FileRow, Finding)> = Vec::new();
                for (row, result) in self.report.files.iter().zip(&results) {
                    all.extend(result.findings.iter().map(|finding| (row, finding.clone())));
                }
                all.sort_by(|a, b| {
                    b.1.severity.cmp(&a.1.severity).then_with(|| a.0.path.cmp(&b.0.path)).then_with(|| a.1.report_order(&b.1))
                });
                let today = self.store.spent_since(midnight()).unwrap_or_default();
                summary(self.report, &all, &today, "", self.context.settings.report.attention_below, crate::report::Style::Plain)
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
            Format::Markdown => self.page(&document, &report_template(self.context, "report.md")?)?,
            Format::Html => self.page(&document, &report_template(self.context, "report.html")?)?,
            Format::Template(name) => self.page(&document, &report_template(self.context, name)?)?,
        })
    }

    fn page(&self, document: &Document<'_>, template: &Found) -> Result<String, Failed> {
        let sources = if template.text.contains("sources") { sources(self.context, document) } else { Vec::new() };
        let trend = if template.text.contains("trend") { self.trend()? } else { Vec::new() };
        let costs = self.store.costs(midnight(), SystemClock.now_ns() / 1_000_000_000)?;
        let period = |line: CostLine| CostPeriod { name: line.name, requests: line.usage.requests, usd: line.usage.cost.usd() };
        let costs = costs.periods.into_iter().map(period).collect();
        let parts = PageParts { attention_below: self.context.settings.report.attention_below, sources, trend, costs };
        page(document, &template.name, &template.text, parts)
            .map_err(|error| Failed::from(vec![error.diagnostic(&template.shown, &template.text)]))
    }

    /// Runs of this project, the oldest first; the one that is shown is the last.
    fn trend(&self) -> Result<Vec<TrendPoint>, Failed> {
        let root = self.context.project.to_string_lossy();
        let mut runs = self.store.runs(&root, TREND_RUNS)?;
        runs.retain(|run| run.started_at <= self.report.started_at);
        Ok(runs.into_iter().rev().map(trend_point).collect())
    }

    /// What the analyzers say of the rules that spoke. One that cannot be asked leaves the findings to speak for themselves.
    fn catalog(&self, document: &Document<'_>) -> Catalog {
        let mut analyzers: Vec<&str> =
            document.files.iter().flat_map(|file| file.findings).map(|finding| finding.analyzer.as_str()).collect();
        analyzers.sort_unstable();
        analyzers.dedup();
        let host = plugin_host(self.context);
        let manifests = analyzers.into_iter().filter_map(|id| Some((id, plugin(self.context, id, &host).ok()?.manifest().ok()?)));
        let rules = manifests.flat_map(|(id, manifest)| manifest.rules.into_iter().map(move |rule| (id.to_owned(), rule)));
        rules
            .map(|(id, rule)| ((id, rule.id), RuleText { summary: rule.summary, severity: rule.severity, category: rule.category }))
            .collect()
    }
}

/// The summary of a kept run.
pub(super) fn summary_of(global: &Global, shown: &Shown<'_>) -> Result<String, Failed> {
    shown.summary(global, "")
}

fn trend_point(run: KeptRun) -> TrendPoint {
    let KeptRun { id, started_at, pipeline, outcome, scores, counts, cost, .. } = run;
    TrendPoint { id: id.0, started_at, pipeline, outcome, scores, counts, usd: cost.usd() }
}

/// Texts of the files with findings, as far as they are still what was looked at.
#[expect(clippy::disallowed_methods, reason = "a page that shows code reads it here")]
fn sources(context: &Context, document: &Document<'_>) -> Vec<SourceText> {
    let text = |path: &str, sha256: Digest| {
        let bytes = std::fs::read(context.project.join(path)).ok()?;
        let is_same = Digest::of(&bytes) == sha256;
        String::from_utf8(bytes).ok().filter(|_| is_same)
    };
    let with_findings = document.files.iter().filter(|file| !file.findings.is_empty());
    with_findings.map(|file| SourceText { path: file.path.as_str().to_owned(), text: text(file.path.as_str(), file.sha256) }).collect()
}

/// The full results of all files, in their order.
pub(super) fn results(report: &RunReport, store: &Store) -> Result<Vec<FileResult>, Failed> {
    let mut results = Vec::with_capacity(report.files.len());
    for rows in report.files.chunks(BODIES_AT_ONCE) {
        let rows: Vec<&FileRow> = rows.iter().collect();
        results.extend(bodies(&rows, store)?);
    }
    Ok(results)
}

pub(super) fn bodies(rows: &[&FileRow], store: &Store) -> Result<Vec<FileResult>, Failed> {
    let ids: Vec<i64> = rows.iter().map(|row| if let FileBody::Stored(id) = row.body { id } else { 0 }).collect();
    let stored = store.bodies(&ids).map_err(|error| Failed::incomplete(chain(&error)).hint(store_hint(&error)))?;
    let take = |(row, stored): (&&FileRow, Option<FileResult>)| match &row.body {
        FileBody::Here(result) => Ok((**result).clone()),
        FileBody::Stored(_) => stored.ok_or_else(|| {
            Failed::incomplete(format!("the result of `{}` was removed while the run went on", row.path)).hint("run it again")
        }),
    };
    rows.iter().zip(stored).map(take).collect()
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

/// The worst findings of a run: full results are read only of files that have one of them.
fn worst_findings<'a>(report: &'a RunReport, store: &Store, settings: &Settings) -> Result<Vec<(&'a FileRow, Finding)>, Failed> {
    let mut worst: Vec<(&FileRow, Finding)> = Vec::new();
    for severity in Severity::ALL.into_iter().rev() {
        let room = settings.report.worst.saturating_sub(worst.len());
        if room == 0 {
            break;
        }
        let rows: Vec<&FileRow> = report.files.iter().filter(|row| row.summary.counts.get(severity) > 0).take(room).collect();
        for (row, result) in rows.iter().zip(bodies(&rows, store)?) {
            let mut findings: Vec<Finding> = result.findings.into_iter().filter(|finding| finding.severity == severity).collect();
            findings.sort_by(Finding::report_order);
            worst.extend(findings.into_iter().map(|finding| (*row, finding)));
        }
        worst.truncate(settings.report.worst);
    }
    Ok(worst)
}

/// The last midnight in the time zone of the machine, in seconds since 1970.
pub(super) fn midnight() -> i64 {
    let now = jiff::Timestamp::from_nanosecond(i128::from(SystemClock.now_ns())).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let today = now.to_zoned(jiff::tz::TimeZone::system()).start_of_day();
    today.map_or(0, |today| today.timestamp().as_second())
}
