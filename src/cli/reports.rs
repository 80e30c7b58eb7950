//! Owns what a command does with the report of a run: which formats, which templates, where each goes. Never looks at code itself.

use std::path::{Component, Path, PathBuf};

use super::analyzers::{plugin, plugin_host};
use super::args::Global;
use super::context::{Context, SystemClock, style};
use super::exit::{Failed, chain, store_hint};
use super::output;
use super::templates::{Found, report_template};
use crate::config::Settings;
use crate::diag::nearest;
use crate::pipeline::{Clock as _, Plan};
use crate::report::{
    Catalog, CostPeriod, Document, Format, PageParts, RuleText, SourceText, TrendPoint, checkstyle, csv, document, github, gitlab, json,
    jsonl, junit, page, rdjsonl, sarif, summary,
};
use crate::store::{CostLine, KeptRun, Store};
use crate::template::check;
use crate::types::{Digest, FileBody, FileResult, FileRow, Finding, RunReport, Severity};

/// Earlier runs that a page can show.
const TREND_RUNS: usize = 30;

/// Results kept by the store are read in groups of this many.
const BODIES_AT_ONCE: usize = 500;

/// Endings of files that a project's own pipelines and scripts may write.
const ENDINGS: [&str; 9] = ["md", "html", "json", "txt", "csv", "xml", "sarif", "jsonl", "rdjsonl"];

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
    // What cannot be written should be known before anything is paid.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) || path.is_dir() {
        return Err(Failed::usage(format!("cannot write `{}`: there is no such folder", path.display())));
    }
    Ok(Output { path, format })
}

/// Looks for templates before anything is paid: a name that is none must not be told after the run.
pub(super) fn check_formats<'a>(context: &Context, formats: impl IntoIterator<Item = &'a Format>) -> Result<(), Failed> {
    for format in formats {
        let name = match format {
            Format::Markdown => "report.md",
            Format::Html => "report.html",
            Format::Template(name) => name,
            _ => continue,
        };
        let found = report_template(context, name)?;
        check(&found.name, &found.text).map_err(|error| Failed::from(vec![error.diagnostic(&found.shown, &found.text)]))?;
    }
    Ok(())
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
    /// Writes every report that can be written, so that one full disk does not cost the others. Gives what to say of them, and the first that
    /// failed.
    pub(super) fn write(&self, outputs: &[Output]) -> Result<(String, Option<Failed>), Failed> {
        let (mut written, mut failed) = (String::new(), None);
        for Output { path, format } in outputs {
            match output::file(path, &self.render(format)?) {
                Ok(()) => written.push_str(&format!("report in {}\n", path.display())),
                Err(error) => drop(failed.get_or_insert(error)),
            }
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
        let document = document(self.report, &results);
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

/// Whether the nearest folder above `path` that is there lies in `folder` when links are followed: a checkout may hold any links.
pub(super) fn stays_inside(folder: &Path, path: &Path) -> bool {
    let Ok(root) = folder.canonicalize() else { return true };
    let there = path.ancestors().find_map(|above| above.canonicalize().ok());
    there.is_none_or(|above| above.starts_with(&root) || root.starts_with(&above))
}

/// Where a report goes whose name comes from the project's own settings or scripts. They may come with foreign code, so nothing but a report
/// inside of the project is written.
pub(super) fn report_file(context: &Context, path: &str) -> Result<PathBuf, Failed> {
    let is_plain =
        Path::new(path).components().all(|part| matches!(part, Component::Normal(name) if !name.to_string_lossy().starts_with('.')));
    let ending = Path::new(path).extension().and_then(|ending| ending.to_str()).unwrap_or("");
    let whole = context.project.join(path);
    if !is_plain || !ENDINGS.contains(&ending) || whole.is_symlink() || !stays_inside(&context.project, &whole) {
        let message = format!("a project may not have `{path}` written");
        let hint = format!("a report is named by a relative path in the project, not hidden, that ends in one of: {}", ENDINGS.join(", "));
        return Err(Failed::usage(message).hint(hint));
    }
    Ok(whole)
}

/// Whether a path or glob, seen from the project, stays inside of it.
pub(super) fn is_inside(project: &Path, path: &str) -> bool {
    let mut whole = PathBuf::new();
    for part in project.join(path).components() {
        match part {
            Component::ParentDir => drop(whole.pop()),
            // Behind a wildcard only what is below it can be meant.
            Component::Normal(name) if name.to_string_lossy().contains(['*', '?', '[', '{']) && !whole.join(name).exists() => break,
            part => whole.push(part),
        }
    }
    let is_climbing = path.split('/').skip_while(|part| !part.contains(['*', '?', '[', '{'])).any(|part| part == "..");
    !is_climbing && whole.starts_with(project) && stays_inside(project, &whole)
}
