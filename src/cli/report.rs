//! `devflow report`: kept runs, shown again and compared, for nothing.

use super::args::{Global, ReportArgs, ReportCommand};
use super::carry_out::worst;
use super::exit::{Failed, Status, usage};
use super::machine;
use super::output;
use super::style::style;
use crate::project::history::{find, open};
use crate::project::reports::{Output, check_formats, outputs};
use crate::project::results::results;
use crate::project::{Project, Renderer};
use crate::report::{Format, compare, document, printable};
use crate::store::KeptRun;

/// Runs that `list` shows.
const LISTED: usize = 30;

/// Shows, lists or compares kept runs.
pub(super) fn report(global: &Global, args: &ReportArgs) -> Result<Status, Failed> {
    let (project, _) = machine::open(global)?;
    match (&args.command, &args.run) {
        (Some(ReportCommand::List), _) => list(&project),
        (Some(ReportCommand::Drop { run }), _) => remove(&project, run),
        (Some(ReportCommand::Diff { before, after, format }), _) => diff(&project, before, after, format),
        (None, Some(run)) => show(global, &project, run, args),
        (None, None) => Err(usage("no run was named", "`devflow report last`; `devflow report list` shows the kept runs")),
    }
}

fn list(project: &Project) -> Result<Status, Failed> {
    let runs = project.store()?.runs(&project.root_name(), LISTED)?;
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

fn remove(project: &Project, name: &str) -> Result<Status, Failed> {
    let store = project.store()?;
    let kept = find(project, &store, name)?;
    if kept.root != project.root_name() {
        return Err(usage(format!("the run `{}` looked at another project, `{}`", kept.id, kept.root), "go there to remove it"));
    }
    store.drop_run(&kept.id)?;
    output::result(&format!("removed the run {}; its costs stay\n", kept.id))?;
    Ok(Status::Fine)
}

fn show(global: &Global, project: &Project, name: &str, args: &ReportArgs) -> Result<Status, Failed> {
    let outputs = outputs(&project.machine.working_directory, &args.report.output)?;
    check_formats(project, outputs.iter().map(Output::format).chain([&args.report.format]))?;
    let store = project.store()?;
    let report = open(project, &store, name)?;
    let renderer = Renderer::new(project, &store, &report);
    let (written, failed) = renderer.write(&outputs);
    let text = match &args.report.format {
        Format::Text => {
            let reports: String = written.iter().map(|name| format!("report in {name}\n")).collect();
            renderer.summary("", style(global))? + reports.as_str()
        }
        other => renderer.render(other)?,
    };
    output::result(&text)?;
    // What a run was is told; how it ended then is no failure of this command.
    worst(failed.into_iter().map(Failed::from).collect(), Status::Fine)
}

fn diff(project: &Project, before: &str, after: &str, format: &Format) -> Result<Status, Failed> {
    let store = project.store()?;
    let (before, after) = (open(project, &store, before)?, open(project, &store, after)?);
    let (old, new) = (results(&before, &store)?, results(&after, &store)?);
    let (old, new) = (document(&before, &old), document(&after, &new));
    let comparison = compare(&old, &new);
    let text = match format {
        Format::Text => comparison.text(),
        Format::Markdown => printable(&comparison.markdown()),
        Format::Json => serde_json::to_string_pretty(&comparison).expect("a comparison has no keys that JSON cannot hold") + "\n",
        _ => return Err(usage("a comparison has no such form", "there are text, markdown and json")),
    };
    output::result(&text)?;
    Ok(Status::Fine)
}
