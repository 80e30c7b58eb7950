//! `devflow explain`.

use std::ffi::OsString;
use std::path::Path;

use super::args::{Global, RunArgs};
use super::carry_out::{print_spec, run, set_up};
use super::events::take_stdout;
use super::exit::{Failed, Status, status};
use super::machine::{layers, open_for_run};
use super::output;
use crate::pipeline::normal;
use crate::project::history::open;
use crate::project::results::bodies;
use crate::project::spec::{Bytes, Work};
use crate::project::{Error, Project, Purpose, RunSpec};
use crate::report::Format;
use crate::score::{LostPoints, Reason, explain as lost_points, percentile};
use crate::types::{Dimension, FileResult, FileRow, RelPath, RunReport};

/// Shows the score of one file and where each point went.
pub(super) fn explain(global: &Global, path: &OsString, pipeline: Option<&str>, args: &RunArgs) -> Result<Status, Failed> {
    let layers = layers(global, args);
    if let Some(pipeline) = pipeline {
        let project = open_for_run(global, args, &layers, &Format::Text)?;
        project.tell_warnings();
        return explain_kept(&project, path, pipeline);
    }
    let spec = RunSpec { paths: vec![Bytes::from(path)], fresh: args.fresh, keep: false, ..RunSpec::new(Work::Enabled, layers) };
    if args.print_spec {
        return print_spec(&spec);
    }
    if Path::new(path).is_dir() {
        return Err(Error::usage(format!("`{}` is a folder", path.to_string_lossy())).into());
    }
    let setup = set_up(global, args, &spec, &Format::Text, Purpose::Run)?;
    let (store, report) = run(&setup)?;
    let row = report.files.first().ok_or_else(|| Error::usage(why_none(&report)))?;
    let result = bodies(&[row], &store)?.pop().ok_or_else(|| Error::incomplete("the result was removed"))?;
    let mut text = head(row, &result);
    for failure in &report.coverage.failed {
        text.push_str(&format!("  failed, {}: {}\n", failure.stage.name(), failure.error));
    }
    explain_points(&mut text, row, &result);
    if !take_stdout(args) {
        output::result(&text)?;
    }
    Ok(status(&report))
}

/// Why there is no row.
fn why_none(report: &RunReport) -> String {
    if let Some(failure) = report.coverage.failed.first() {
        return format!("`{}` failed: {}", failure.path, failure.error);
    }
    let skipped = report.coverage.skipped.first();
    skipped.map_or("nothing was found".to_owned(), |skipped| format!("`{}` was skipped: {}", skipped.path, skipped.reason.name()))
}

/// Explains what the last run of a pipeline found in a file, with all its operations.
fn explain_kept(project: &Project, path: &OsString, pipeline: &str) -> Result<Status, Failed> {
    let store = project.store()?;
    let report = open(project, &store, &format!("last:{pipeline}"))?;
    let path = RelPath::new(&project.root, &normal(&project.machine.working_directory.join(path)));
    let row = report.files.iter().find(|row| row.path == path).ok_or_else(|| {
        Error::usage(format!("the last run of `{pipeline}` did not look at `{path}`"))
            .say(format!("`devflow run {pipeline}` makes a new one"))
    })?;
    let result = bodies(&[row], &store)?.pop().ok_or_else(|| Error::incomplete("the result was removed"))?;
    let mut text = head(row, &result);
    text.push_str(&format!("  in the run {} of {}\n", report.id.0, report.started_at));
    explain_points(&mut text, row, &result);
    output::result(&text)?;
    Ok(Status::Fine)
}

fn head(row: &FileRow, result: &FileResult) -> String {
    match result.scores {
        Some(scores) => {
            let dimensions: Vec<String> = Dimension::ALL.iter().map(|d| format!("{} {:.1}", d.name(), scores.get(*d))).collect();
            let standing = row.summary.language.map_or(String::new(), |language| {
                let percent = percentile(language, scores.overall);
                format!("  better than {percent} % of public {} code, by lines\n", language.name())
            });
            format!("{}: overall {:.1} ({})\n{standing}", row.path, scores.overall, dimensions.join(", "))
        }
        None => format!("{}: no score: the analysis of it is incomplete\n", row.path),
    }
}

/// Most reasons that are listed; what a file of hundreds of functions loses by the others is told in one line.
const MAX_REASONS: usize = 30;

fn explain_points(text: &mut String, row: &FileRow, result: &FileResult) {
    let Some(language) = row.summary.language.filter(|_| result.scores.is_some()) else { return };
    let mut lost = lost_points(language, &result.findings, &result.metrics);
    if lost.is_empty() {
        text.push_str("no point was lost\n");
        return;
    }
    text.push_str("\noverall  dimension               reason\n");
    let others = lost.split_off(lost.len().min(MAX_REASONS));
    for LostPoints { dimension, reason, lost, lost_overall } in lost {
        let reason = match reason {
            Reason::Finding(at) => {
                let finding = &result.findings[at];
                let (severity, line) = (finding.severity.name(), finding.line);
                format!("line {line}: {}/{} ({severity}, {} % sure)", finding.analyzer, finding.rule, finding.confidence)
            }
            Reason::Metric { function, line, metric, value } if function.is_empty() => format!("line {line}: {metric} {value}"),
            Reason::Metric { function, line, metric, value } => format!("line {line}: {metric} {value} of `{function}`"),
        };
        text.push_str(&format!("{lost_overall:>6.2}  {lost:>6.2} {:<16}  {reason}\n", dimension.name()));
    }
    if !others.is_empty() {
        let sum: f64 = others.iter().map(|other| other.lost_overall).sum();
        text.push_str(&format!("{sum:>6.2}  {:<23}  {} more\n", "", others.len()));
    }
}
