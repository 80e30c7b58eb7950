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
use super::reports::{Output, Shown, bodies, check_formats, gather, midnight, outputs, results};
use crate::git::{DiffFile, DiffKind, deleted, unquoted, work_tree_around};
use crate::pipeline::{Forecast, ModelPart, Parts, PathArg, Plan, Replaced, end_command, forecast, normal, run};
use crate::provider::PRICES_DATE;
use crate::report::{Format, counted, file_view, finding_lines, json_line, language_name, summary};
use crate::store::Store;
use crate::types::{Outcome, RelPath, RunEvent, RunReport, Ticks};

/// `devflow analyze batch`
pub(super) fn batch(global: &Global, args: BatchArgs) -> Result<Status, Failed> {
    let outputs = outputs(&args.report.output)?;
    let context = Context::load(global, &args.run)?;
    context.warn(global);
    check_formats(&context, outputs.iter().map(Output::format).chain([&args.report.format]))?;
    if args.paths.iter().any(|path| path.is_empty()) {
        return Err(Failed::usage("an empty path was given").hint("`.` is the working directory"));
    }
    let (named, listed) = expand_stdin(args.paths, &context)?;
    let mut plan = plan(&context, named, &args.run, !args.dry_run)?;
    plan.listed = listed;
    take_deleted(&mut plan);
    if args.dry_run {
        return dry_run(global, &context, &plan);
    }
    plan.tells_rows = args.report.format == Format::Jsonl;
    let store = context.store_or_memory(is_silent(global, &plan))?;
    let report = analyze(global, &plan, &store)?;
    let shown = Shown { context: &context, store: &store, report: &report };
    let (written, failed) = shown.write(&outputs)?;
    let told = shown.text(global, &plan, &args.report.format, &written).and_then(|text| output::result(&text));
    let failed = [failed, told.err()].into_iter().flatten().fold(None, gather);
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

/// Paths that were named, and those of a list on standard input.
fn expand_stdin(paths: Vec<OsString>, context: &Context) -> Result<(Vec<PathArg>, Vec<PathArg>), Failed> {
    let (lists, named): (Vec<OsString>, Vec<OsString>) = paths.into_iter().partition(|path| path == "-");
    if lists.is_empty() {
        return Ok((named, Vec::new()));
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(|error| Failed::usage(format!("cannot read standard input: {error}")))?;
    // Some shells put a mark before what they hand on.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    // Without its mark, every second byte of it is zero; of names that zeros stand between, far fewer are.
    let is_wide = bytes.iter().filter(|byte| **byte == 0).count() * 5 > bytes.len() * 2;
    if is_wide || bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Failed::usage("the list on standard input is in UTF-16").hint("in PowerShell, set `$OutputEncoding` to UTF-8"));
    }
    let separator = if bytes.contains(&0) { 0 } else { b'\n' };
    let names = bytes.split(|byte| *byte == separator).map(|name| if separator == 0 { name } else { name.trim_ascii_end() });
    let mut listed = Vec::new();
    for name in names.filter(|name| !name.is_empty()) {
        listed.extend(places(context, os_string(&unquoted(name))));
    }
    Ok((named, listed))
}

/// Git names files from the root of the repository, wherever it is called; others name them from where they are. In a sub-folder, or in a
/// project that lies in a repository, a name may fit several, and then all are looked at.
pub(super) fn places(context: &Context, name: OsString) -> Vec<PathArg> {
    let is_there = |path: &Path| path.symlink_metadata().map_or_else(|error| error.kind() != ErrorKind::NotFound, |_| true);
    let own = context.working_directory.join(&name);
    let repository = work_tree_around(&context.project).unwrap_or(&context.project).join(&name);
    let mut found: Vec<PathArg> = Vec::new();
    if is_there(&own) {
        found.push(name.clone());
    }
    for path in [context.project.join(&name), repository] {
        // The list names the whole repository; what is outside of the project is no part of the run.
        if path != own && path.starts_with(&context.project) && is_there(&path) && !found.contains(&path.clone().into_os_string()) {
            found.push(path.into_os_string());
        }
    }
    if found.is_empty() { vec![name] } else { found }
}

/// Takes names of files out of a plan that are not there and that git knows as deleted: nobody has to look at those, and they are told so.
pub(super) fn take_deleted(plan: &mut Plan) {
    let absolute = |arg: &PathArg| normal(&plan.working_directory.join(arg));
    let is_gone = |arg: &&PathArg| {
        let found = absolute(arg).symlink_metadata();
        found.is_err_and(|error| error.kind() == ErrorKind::NotFound) && !arg.to_string_lossy().contains(['*', '?', '{'])
    };
    let gone: Vec<PathArg> = plan.paths.iter().chain(&plan.listed).filter(is_gone).cloned().collect();
    let Some(repository) = work_tree_around(&plan.project).filter(|_| !gone.is_empty()) else { return };
    let inside = |arg: &PathArg| absolute(arg).strip_prefix(repository).ok().map(|path| path.as_os_str().as_encoded_bytes().to_vec());
    let names: Vec<Vec<u8>> = gone.iter().filter_map(inside).collect();
    // What git cannot tell is not known as deleted.
    let deleted = deleted(repository, &names).unwrap_or_default();
    let gone: Vec<PathArg> = gone.into_iter().filter(|arg| inside(arg).is_some_and(|name| deleted.contains(&name))).collect();
    for arg in &gone {
        let file = DiffFile { path: inside(arg).unwrap_or_default(), kind: DiffKind::Deleted, hunks: Vec::new() };
        plan.changes.insert(RelPath::new(&plan.project, &absolute(arg)), file);
    }
    plan.paths.retain(|arg| !gone.contains(arg));
    plan.listed.retain(|arg| !gone.contains(arg));
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

fn replaced_line(asked: &Forecast, replaced: &Replaced) -> String {
    let rule = replaced.rule.map_or(String::new(), |rule| format!(", review/{rule}"));
    format!("replaced {}:{} {} ({}{rule})\n", asked.path, replaced.line, replaced.placeholder, replaced.what)
}

fn dry_run(global: &Global, context: &Context, plan: &Plan) -> Result<Status, Failed> {
    let store = context.store_or_memory(global.quiet)?;
    let parts = Parts { store: &store, clock: &SystemClock, events: &|_| {} };
    let (mut n_units, mut n_hits, mut tokens, mut most) = (0, 0, 0, Ticks(0));
    let is_priced = matches!(&plan.model_part, ModelPart::On(model) if model.is_priced());
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
        let price = if is_priced { format!("≤ {}", asked.most.cost) } else { "price not known".to_owned() };
        text.push_str(&format!(
            "to ask   {:>8} tokens  {price}  {} ({}, {})\n",
            asked.input_tokens, asked.path, asked.operation, asked.unit
        ));
        if global.verbose {
            let prompt = &asked.prompt;
            let replaced: String = asked.replaced.iter().map(|one| replaced_line(asked, one)).collect();
            text.push_str(&format!(
                "{replaced}--- instructions\n{}\n--- schema\n{}\n--- content\n{}\n---\n",
                prompt.instructions, prompt.schema, prompt.content
            ));
        }
    };
    let failed = forecast(plan, &parts, &mut see)?;
    if let ModelPart::Off = plan.model_part {
        output::result("the model is off: nothing would be sent\n")?;
        return Ok(Status::Fine);
    }
    let model = &context.settings.model.name;
    let price = if is_priced {
        format!("at most {most} if every answer is of full length (prices of {PRICES_DATE})")
    } else {
        "the price of this model is not known".to_owned()
    };
    text.push_str(&format!(
        "{n_hits} of {n_units} answers are kept, {} to ask of {model}; about {tokens} tokens in, {price}\n",
        n_units - n_hits
    ));
    text.push_str("nothing was sent\n");
    output::result(&text)?;
    failed.iter().for_each(|failure| output::note(&format!("failed {}, {}: {}", failure.path, failure.stage.name(), failure.error)));
    Ok(if failed.is_empty() { Status::Fine } else { Status::Incomplete })
}
