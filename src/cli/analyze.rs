//! Owns `devflow analyze`. Never looks at code itself.

use std::ffi::OsString;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::analyzers::plan;
use super::args::{BatchArgs, FormatArg, Global, RunArgs};
use super::context::{Context, SystemClock, style};
use super::exit::{Failed, Status, chain, store_hint};
use super::output;
use super::progress::Progress;
use crate::config::{Origin, Settings};
use crate::git::unquoted;
use crate::pipeline::{Clock as _, Forecast, ModelPart, Parts, PathArg, Plan, end_command, forecast, run};
use crate::provider::PRICES_DATE;
use crate::report::{Format, counted, document, finding_lines, json, language_name, markdown, summary};
use crate::store::Store;
use crate::types::{FileBody, FileResult, FileRow, Finding, Outcome, RunEvent, RunReport, Severity, Ticks};

/// `devflow analyze batch`
pub(super) fn batch(global: &Global, args: BatchArgs) -> Result<Status, Failed> {
    let outputs = formats(&args.output)?;
    let context = Context::load(global, &args.run)?;
    context.warn(global);
    let reads_stdin = args.paths.iter().any(|path| path == "-");
    if args.paths.iter().any(|path| path.is_empty()) {
        return Err(Failed::usage("an empty path was given").hint("`.` is the working directory"));
    }
    let paths = expand_stdin(args.paths, &context)?;
    if args.dry_run {
        let mut plan = plan(&context, paths, &args.run, false)?;
        plan.allows_missing = reads_stdin;
        return dry_run(global, &context, &plan);
    }
    let mut plan = plan(&context, paths, &args.run, true)?;
    plan.allows_missing = reads_stdin;
    let store = context.store_or_memory(is_silent(global, &plan))?;
    let report = analyze(global, &plan, &store)?;
    let (written, failed) = write_reports(&outputs, &report, &store, &context)?;
    output::result(&report_text(global, &context, &plan, &store, &report, args.format, &written)?)?;
    failed.map_or_else(|| Ok(status(&report)), Err)
}

/// Writes every report that can be written, so that one full disk does not cost the others. Gives what to say of them, and the first that
/// failed.
pub(super) fn write_reports(
    outputs: &[(PathBuf, Format)],
    report: &RunReport,
    store: &Store,
    context: &Context,
) -> Result<(String, Option<Failed>), Failed> {
    let (mut written, mut failed) = (String::new(), None);
    for (path, format) in outputs {
        match output::file(path, &render(*format, report, store, context)?) {
            Ok(()) => written.push_str(&format!("report in {}\n", path.display())),
            Err(error) => drop(failed.get_or_insert(error)),
        }
    }
    Ok((written, failed))
}

/// What goes to standard output. `written` follows the summary.
pub(super) fn report_text(
    global: &Global,
    context: &Context,
    plan: &Plan,
    store: &Store,
    report: &RunReport,
    format: FormatArg,
    written: &str,
) -> Result<String, Failed> {
    match format {
        FormatArg::Text => Ok(summarize(global, context, plan, store, report)? + written),
        FormatArg::Json => render(Format::Json, report, store, context),
        FormatArg::Markdown => render(Format::Markdown, report, store, context),
    }
}

/// Hands over the document of a run.
pub(super) fn document_of<T>(
    report: &RunReport,
    store: &Store,
    take: impl FnOnce(&crate::report::Document<'_>) -> Result<T, Failed>,
) -> Result<T, Failed> {
    take(&document(report, &results(report, store)?))
}

/// `devflow analyze file`
pub(super) fn file(global: &Global, path: OsString, args: &RunArgs, format: FormatArg) -> Result<Status, Failed> {
    let context = Context::load(global, args)?;
    context.warn(global);
    if context.working_directory.join(&path).is_dir() {
        let message = format!("`{}` is a folder", path.to_string_lossy());
        return Err(Failed::usage(message).hint("`devflow analyze batch` looks at folders"));
    }
    let plan = plan(&context, vec![path], args, true)?;
    let store = context.store_or_memory(is_silent(global, &plan))?;
    let report = analyze(global, &plan, &store)?;
    let text = match format {
        FormatArg::Text => one_file(global, &context, &plan, &store, &report)?,
        FormatArg::Json => render(Format::Json, &report, &store, &context)?,
        FormatArg::Markdown => render(Format::Markdown, &report, &store, &context)?,
    };
    output::result(&text)?;
    Ok(status(&report))
}

/// Answers that are paid and not kept are worth a word even to those who want none.
pub(super) fn is_silent(global: &Global, plan: &Plan) -> bool {
    global.quiet && !matches!(plan.model_part, ModelPart::On(_))
}

/// Runs the plan with progress.
pub(super) fn analyze(global: &Global, plan: &Plan, store: &Store) -> Result<RunReport, Failed> {
    let progress = Progress::new(global);
    let paid = Arc::new(AtomicI64::new(0));
    let see = |event| {
        if let RunEvent::Paid { total } = &event {
            paid.store(total.0, Ordering::Relaxed);
        }
        progress.see(event);
    };
    let parts = Parts { store, clock: &SystemClock, events: &see };
    catch_interrupt(Arc::clone(&paid), matches!(plan.model_part, ModelPart::On(_)));
    let report = run(plan, &parts);
    progress.end();
    Ok(report?)
}

/// Answers are kept as they come in, so an interrupted run has nothing to save: it says so and ends.
#[expect(clippy::exit, reason = "a signal handler has nobody to return to")]
fn catch_interrupt(paid: Arc<AtomicI64>, asks: bool) {
    let end = move || {
        end_command();
        let paid = Ticks(paid.load(Ordering::Relaxed));
        let kept = if asks {
            format!(
                "{paid} was paid, requests on their way are charged at their estimates; every answer that came in is kept, and the next run \
                 asks only for the rest"
            )
        } else {
            "the results of finished batches are kept".to_owned()
        };
        output::note(&format!("\ninterrupted; {kept}"));
        std::process::exit(130);
    };
    // A second handler cannot be set; then the first one still stands.
    drop(ctrlc::set_handler(end));
}

/// The exit status of a run.
pub(super) fn status(report: &RunReport) -> Status {
    if report.outcome == Outcome::Incomplete {
        Status::Incomplete
    } else if !report.gate.passed {
        Status::Gate
    } else {
        Status::Fine
    }
}

pub(super) fn formats(outputs: &[PathBuf]) -> Result<Vec<(PathBuf, Format)>, Failed> {
    let format = |path: &PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
        let format = Format::of_extension(extension).ok_or_else(|| {
            let message = format!("no format belongs to the extension of `{}`", path.display());
            Failed::usage(message).hint("known extensions: .md, .json, .txt")
        })?;
        // What cannot be written should be known before anything is paid.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if folder.is_some_and(|folder| !folder.is_dir()) || path.is_dir() {
            return Err(Failed::usage(format!("cannot write `{}`: there is no such folder", path.display())));
        }
        Ok((path.clone(), format))
    };
    outputs.iter().map(format).collect()
}

/// Puts the paths from standard input in the place of `-`.
fn expand_stdin(paths: Vec<OsString>, context: &Context) -> Result<Vec<PathArg>, Failed> {
    let mut expanded = Vec::new();
    for path in paths {
        if path != "-" {
            expanded.push(path);
            continue;
        }
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map_err(|error| Failed::usage(format!("cannot read standard input: {error}")))?;
        let separator = if bytes.contains(&0) { 0 } else { b'\n' };
        let names = bytes.split(|byte| *byte == separator).map(|name| if separator == 0 { name } else { name.trim_ascii_end() });
        for name in names.filter(|name| !name.is_empty()) {
            expanded.extend(places(context, os_string(&unquoted(name))));
        }
    }
    Ok(expanded)
}

/// Git names files from the root of the repository, wherever it is called; others name them from where they are. In a sub-folder a
/// name may fit both, and then both are looked at.
pub(super) fn places(context: &Context, name: OsString) -> Vec<PathArg> {
    let from_root = context.project.join(&name);
    let is_there = |path: &Path| path.symlink_metadata().map_or_else(|error| error.kind() != ErrorKind::NotFound, |_| true);
    let is_elsewhere = from_root != context.working_directory.join(&name) && is_there(&from_root);
    match (is_there(&context.working_directory.join(&name)), is_elsewhere) {
        (_, false) => vec![name],
        (false, true) => vec![from_root.into_os_string()],
        (true, true) => vec![name, from_root.into_os_string()],
    }
}

#[cfg(unix)]
pub(super) fn os_string(bytes: &[u8]) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
pub(super) fn os_string(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// Results kept by the store are read in groups of this many.
const BODIES_AT_ONCE: usize = 500;

/// The full results of all files, in their order.
fn results(report: &RunReport, store: &Store) -> Result<Vec<FileResult>, Failed> {
    let mut results = Vec::with_capacity(report.files.len());
    for rows in report.files.chunks(BODIES_AT_ONCE) {
        let rows: Vec<&FileRow> = rows.iter().collect();
        results.extend(bodies(&rows, store)?);
    }
    Ok(results)
}

fn bodies(rows: &[&FileRow], store: &Store) -> Result<Vec<FileResult>, Failed> {
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

pub(super) fn render(format: Format, report: &RunReport, store: &Store, context: &Context) -> Result<String, Failed> {
    let results = results(report, store)?;
    let document = document(report, &results);
    match format {
        Format::Json => Ok(json(&document)),
        Format::Markdown => {
            let own = own_template(context)?;
            let own = own.as_ref().map(|(name, text)| (name.as_str(), text.as_str()));
            let page = markdown(&document, own, context.settings.report.attention_below);
            page.map_err(|error| Failed::usage(chain(&error)))
        }
        Format::Text => {
            let mut all: Vec<(&FileRow, Finding)> = Vec::new();
            for (row, result) in report.files.iter().zip(&results) {
                all.extend(result.findings.iter().map(|finding| (row, finding.clone())));
            }
            all.sort_by(|a, b| b.1.severity.cmp(&a.1.severity).then_with(|| a.0.path.cmp(&b.0.path)).then_with(|| a.1.report_order(&b.1)));
            let today = store.spent_since(midnight()).unwrap_or_default();
            Ok(summary(report, &all, &today, "", context.settings.report.attention_below, crate::report::Style::Plain))
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the user's template is read here")]
/// The template that the settings name, if they do.
pub(super) fn own_template(context: &Context) -> Result<Option<(String, String)>, Failed> {
    let name = &context.settings.report.markdown_template;
    if name.is_empty() {
        return Ok(None);
    }
    let path = context.project.join(name);
    // A project must not put other files of the machine into a report.
    let origin = &context.config.entries["report.markdown-template"].origin;
    let is_own = matches!(origin, Origin::Flag(_) | Origin::Variable(_));
    let real = |path: &Path| path.canonicalize();
    let is_inside = real(&path).is_ok_and(|path| real(&context.project).is_ok_and(|root| path.starts_with(root)));
    if !is_own && path.exists() && !is_inside {
        return Err(Failed::usage(format!("the template `{name}` is outside of the project")));
    }
    let text =
        std::fs::read_to_string(&path).map_err(|error| Failed::usage(format!("cannot read the template `{}`: {error}", path.display())))?;
    Ok(Some((name.clone(), text)))
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

fn summarize(global: &Global, context: &Context, plan: &Plan, store: &Store, report: &RunReport) -> Result<String, Failed> {
    let worst = worst_findings(report, store, &context.settings)?;
    let today = store.spent_since(midnight()).unwrap_or_default();
    let note = context.static_note(plan);
    Ok(summary(report, &worst, &today, &note, context.settings.report.attention_below, style(global)))
}

/// The last midnight in the time zone of the machine, in seconds since 1970.
pub(super) fn midnight() -> i64 {
    let now = jiff::Timestamp::from_nanosecond(i128::from(SystemClock.now_ns())).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let today = now.to_zoned(jiff::tz::TimeZone::system()).start_of_day();
    today.map_or(0, |today| today.timestamp().as_second())
}

fn one_file(global: &Global, context: &Context, plan: &Plan, store: &Store, report: &RunReport) -> Result<String, Failed> {
    let mut text = String::new();
    for (row, result) in report.files.iter().zip(results(report, store)?) {
        let size = format!(
            "{} of code, {}",
            counted(result.metrics.lines.code as usize, "line"),
            counted(result.metrics.functions.len(), "function")
        );
        text.push_str(&format!("{} ({}, {}, {size})\n", row.path, language_name(row.summary.language), row.summary.role.name()));
        for finding in &result.findings {
            finding_lines(&mut text, row.path.as_str(), finding, style(global));
        }
        for dropped in &result.dropped {
            text.push_str(&format!("  dropped  {} ({})\n", dropped.message, dropped.reason));
        }
        text.push('\n');
    }
    let today = store.spent_since(midnight()).unwrap_or_default();
    let note = context.static_note(plan);
    text.push_str(&summary(report, &[], &today, &note, context.settings.report.attention_below, style(global)));
    Ok(text)
}

fn dry_run(global: &Global, context: &Context, plan: &Plan) -> Result<Status, Failed> {
    let store = context.store_or_memory(global.quiet)?;
    let parts = Parts { store: &store, clock: &SystemClock, events: &|_| {} };
    let (mut n_units, mut n_hits, mut tokens, mut most) = (0, 0, 0, Ticks(0));
    let mut text = String::new();
    let mut see = |asked: &Forecast| {
        n_units += 1;
        if asked.is_hit {
            n_hits += 1;
            text.push_str(&format!(
                "kept     {:>8} tokens            {} ({}, {})\n",
                asked.input_tokens, asked.path, asked.operation, asked.unit
            ));
            return;
        }
        tokens += asked.input_tokens;
        most += asked.most.cost;
        let price = asked.most.cost;
        text.push_str(&format!(
            "to ask   {:>8} tokens  ≤ {price}  {} ({}, {})\n",
            asked.input_tokens, asked.path, asked.operation, asked.unit
        ));
        if global.verbose {
            let prompt = &asked.prompt;
            text.push_str(&format!(
                "--- instructions\n{}\n--- schema\n{}\n--- content\n{}\n---\n",
                prompt.instructions, prompt.schema, prompt.content
            ));
        }
    };
    forecast(plan, &parts, &mut see)?;
    if let ModelPart::Off = plan.model_part {
        output::result("the model is off: nothing would be sent\n")?;
        return Ok(Status::Fine);
    }
    let model = &context.settings.model.name;
    text.push_str(&format!(
        "{n_hits} of {n_units} answers are kept, {} to ask of {model}; about {tokens} tokens in, at most {most} if every answer is of full length (prices of {PRICES_DATE})\n",
        n_units - n_hits
    ));
    text.push_str("nothing was sent\n");
    output::result(&text)?;
    Ok(Status::Fine)
}
