//! Owns `devflow report`: kept runs, shown again and compared, for nothing. Never looks at code.

use super::args::{Global, ReportArgs, ReportCommand, RunArgs};
use super::context::Context;
use super::exit::{Failed, Status};
use super::output;
use super::reports::{Output, Shown, check_formats, outputs, results, summary_of};
use crate::pipeline::reopen;
use crate::report::{Format, compare, document, printable};
use crate::store::{KeptRun, Store};
use crate::types::RunReport;

/// Runs that `list` shows.
const LISTED: usize = 30;

/// Shows, lists or compares kept runs.
pub(super) fn history(global: &Global, args: &ReportArgs) -> Result<Status, Failed> {
    let context = Context::load(global, &RunArgs::default())?;
    context.warn(global);
    match (&args.command, &args.run) {
        (Some(ReportCommand::List), _) => list(&context),
        (Some(ReportCommand::Drop { run }), _) => remove(&context, run),
        (Some(ReportCommand::Diff { before, after, format }), _) => diff(&context, before, after, format),
        (None, Some(run)) => show(global, &context, run, args),
        (None, None) => Err(Failed::usage("no run was named").hint("`devflow report last`; `devflow report list` shows the kept runs")),
    }
}

fn list(context: &Context) -> Result<Status, Failed> {
    let runs = context.store()?.runs(&context.project.to_string_lossy(), LISTED)?;
    if runs.is_empty() {
        output::result("no run on this project is kept\n")?;
        return Ok(Status::Fine);
    }
    let line = |run: &KeptRun| {
        let overall = run.scores.map_or("    -".to_owned(), |scores| format!("{:>5.1}", scores.overall));
        let pipeline = if run.pipeline.is_empty() { String::new() } else { format!("  {}", run.pipeline) };
        format!("{}  {:<10} {overall}  {:>5} findings  {}{pipeline}\n", run.id, run.outcome, run.counts.total(), run.cost)
    };
    output::result(&runs.iter().map(line).collect::<String>())?;
    Ok(Status::Fine)
}

fn remove(context: &Context, name: &str) -> Result<Status, Failed> {
    let store = context.store()?;
    let kept = find(context, &store, name)?;
    if kept.root != context.project.to_string_lossy() {
        return Err(
            Failed::usage(format!("the run `{}` looked at another project, `{}`", kept.id, kept.root)).hint("go there to remove it")
        );
    }
    store.drop_run(&kept.id)?;
    output::result(&format!("removed the run {}; its costs stay\n", kept.id))?;
    Ok(Status::Fine)
}

fn show(global: &Global, context: &Context, name: &str, args: &ReportArgs) -> Result<Status, Failed> {
    let outputs = outputs(&args.report.output)?;
    check_formats(context, outputs.iter().map(Output::format).chain([&args.report.format]))?;
    let store = context.store()?;
    let report = open(context, &store, name)?;
    let shown = Shown { context, store: &store, report: &report };
    let (written, failed) = shown.write(&outputs)?;
    let text = match &args.report.format {
        Format::Text => summary_of(global, &shown)? + written.as_str(),
        other => shown.render(other)?,
    };
    output::result(&text)?;
    // What a run was is told; how it ended then is no failure of this command.
    failed.map_or(Ok(Status::Fine), Err)
}

fn diff(context: &Context, before: &str, after: &str, format: &Format) -> Result<Status, Failed> {
    let store = context.store()?;
    let (before, after) = (open(context, &store, before)?, open(context, &store, after)?);
    let (old, new) = (results(&before, &store)?, results(&after, &store)?);
    let (old, new) = (document(&before, &old), document(&after, &new));
    let comparison = compare(&old, &new);
    let text = match format {
        Format::Text => comparison.text(),
        Format::Markdown => printable(&comparison.markdown()),
        Format::Json => serde_json::to_string_pretty(&comparison).expect("a comparison has no keys that JSON cannot hold") + "\n",
        _ => return Err(Failed::usage("a comparison has no such form").hint("there are text, markdown and json")),
    };
    output::result(&text)?;
    Ok(Status::Fine)
}

/// A kept run by its id, the beginning of it, `last`, or `last:PIPELINE`; `last~2` is the second before the last.
pub(super) fn open(context: &Context, store: &Store, name: &str) -> Result<RunReport, Failed> {
    let kept = find(context, store, name)?;
    if kept.root != context.project.to_string_lossy() {
        return Err(Failed::usage(format!("the run `{}` looked at another project, `{}`", kept.id, kept.root)).hint("go there to show it"));
    }
    let Some(files) = store.run_files(&kept.id)? else {
        return Err(Failed::usage(format!("the run `{}` was kept by an older devflow, and cannot be shown again", kept.id)));
    };
    let gone = files.rows.iter().filter(|row| row.found.is_none()).count();
    if gone > 0 {
        let message = format!("{gone} of {} results of the run `{}` are kept no longer", files.rows.len(), kept.id);
        return Err(Failed::incomplete(message).hint("`devflow cache prune` and `clear` remove results; a new run makes them again"));
    }
    Ok(reopen(kept, files))
}

fn find(context: &Context, store: &Store, name: &str) -> Result<KeptRun, Failed> {
    let none = || Failed::usage(format!("no run `{name}` is kept")).hint("`devflow report list` shows the kept runs");
    let Some(which) = name.strip_prefix("last") else { return store.run(name)?.ok_or_else(none) };
    let (pipeline, back) = which.split_once('~').unwrap_or((which, "0"));
    let back: usize = back.parse().map_err(|_| none())?;
    let pipeline = pipeline.strip_prefix(':');
    let runs = store.runs(&context.project.to_string_lossy(), 10_000)?;
    runs.into_iter().filter(|run| pipeline.is_none_or(|pipeline| run.pipeline == pipeline)).nth(back).ok_or_else(none)
}
