//! Owns `devflow analyze`. Never looks at code itself.

use std::ffi::OsString;
use std::io::{ErrorKind, Read as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::analyzers::plan;
use super::args::{BatchArgs, Global, RunArgs};
use super::context::{Context, SystemClock, style};
use super::exit::{Failed, Status};
use super::output;
use super::progress::Progress;
use super::reports::{Output, Shown, bodies, check_formats, midnight, outputs, results};
use crate::git::unquoted;
use crate::pipeline::{Forecast, ModelPart, Parts, PathArg, Plan, end_command, forecast, run};
use crate::provider::PRICES_DATE;
use crate::report::{Format, counted, file_view, finding_lines, json_line, language_name, summary};
use crate::store::Store;
use crate::types::{Outcome, RunEvent, RunReport, Ticks};

/// `devflow analyze batch`
pub(super) fn batch(global: &Global, args: BatchArgs) -> Result<Status, Failed> {
    let outputs = outputs(&args.report.output)?;
    let context = Context::load(global, &args.run)?;
    context.warn(global);
    check_formats(&context, outputs.iter().map(Output::format).chain([&args.report.format]))?;
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
    plan.tells_rows = args.report.format == Format::Jsonl;
    let store = context.store_or_memory(is_silent(global, &plan))?;
    let report = analyze(global, &plan, &store)?;
    let shown = Shown { context: &context, store: &store, report: &report };
    let (written, failed) = shown.write(&outputs)?;
    output::result(&shown.text(global, &plan, &args.report.format, &written)?)?;
    failed.map_or_else(|| Ok(status(&report)), Err)
}

/// `devflow analyze file`
pub(super) fn file(global: &Global, path: OsString, args: &RunArgs, format: &Format) -> Result<Status, Failed> {
    let context = Context::load(global, args)?;
    context.warn(global);
    if context.working_directory.join(&path).is_dir() {
        let message = format!("`{}` is a folder", path.to_string_lossy());
        return Err(Failed::usage(message).hint("`devflow analyze batch` looks at folders"));
    }
    check_formats(&context, [format])?;
    let mut plan = plan(&context, vec![path], args, true)?;
    plan.tells_rows = *format == Format::Jsonl;
    let store = context.store_or_memory(is_silent(global, &plan))?;
    let report = analyze(global, &plan, &store)?;
    let text = match format {
        Format::Text => one_file(global, &context, &plan, &store, &report)?,
        other => Shown { context: &context, store: &store, report: &report }.text(global, &plan, other, "")?,
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
    let see = |event| match event {
        // A file whose result cannot be read is told by the last line.
        RunEvent::Row(row) => {
            let line =
                bodies(&[&row], store).ok().and_then(|mut bodies| bodies.pop()).map(|body| json_line("file", &file_view(&row, &body)));
            progress.beside(|| drop(output::result(&line.unwrap_or_default())));
        }
        event => {
            if let RunEvent::Paid { total } = &event {
                paid.store(total.0, Ordering::Relaxed);
            }
            progress.see(event);
        }
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
