//! Owns `devflow explain`. Never computes a score.

use std::ffi::OsString;

use super::analyze::{analyze, status};
use super::analyzers::plan;
use super::args::{Global, RunArgs};
use super::context::Context;
use super::exit::{Failed, Status};
use super::history::open;
use super::output;
use super::reports::bodies;
use crate::pipeline::{LostPoints, Reason, explain as lost_points, normal};
use crate::types::{Dimension, FileBody, FileResult, FileRow, RelPath};

/// Shows the score of one file and where each point went.
pub(super) fn explain(global: &Global, path: OsString, pipeline: Option<&str>, args: &RunArgs) -> Result<Status, Failed> {
    let context = Context::load(global, args)?;
    context.warn(global);
    if let Some(pipeline) = pipeline {
        return explain_kept(&context, &path, pipeline);
    }
    if context.working_directory.join(&path).is_dir() {
        return Err(Failed::usage(format!("`{}` is a folder", path.to_string_lossy())));
    }
    let mut plan = plan(&context, vec![path], args, true)?;
    plan.is_kept = false;
    let store = context.store_or_memory(global.quiet)?;
    let report = analyze(global, &plan, &store)?;
    let Some(row) = report.files.first() else {
        let skipped = report.coverage.skipped.first();
        let why =
            skipped.map_or("nothing was found".to_owned(), |skipped| format!("`{}` was skipped: {}", skipped.path, skipped.reason.name()));
        let failed = report.coverage.failed.first().map(|failure| format!("`{}` failed: {}", failure.path, failure.error));
        return Err(Failed::usage(failed.unwrap_or(why)));
    };
    let result = match &row.body {
        FileBody::Here(result) => (**result).clone(),
        FileBody::Stored(id) => {
            store.bodies(&[*id])?.into_iter().next().flatten().ok_or_else(|| Failed::incomplete("the result was removed"))?
        }
    };
    let mut text = head(row, &result);
    for failure in &report.coverage.failed {
        text.push_str(&format!("  failed, {}: {}\n", failure.stage.name(), failure.error));
    }
    if result.scores.is_some() {
        explain_points(&mut text, &result);
    }
    output::result(&text)?;
    Ok(status(&report))
}

/// Explains what the last run of a pipeline found in a file, with all its operations.
fn explain_kept(context: &Context, path: &OsString, pipeline: &str) -> Result<Status, Failed> {
    let store = context.store()?;
    let report = open(context, &store, &format!("last:{pipeline}"))?;
    let path = RelPath::new(&context.project, &normal(&context.working_directory.join(path)));
    let row = report.files.iter().find(|row| row.path == path).ok_or_else(|| {
        Failed::usage(format!("the last run of `{pipeline}` did not look at `{path}`"))
            .hint(format!("`devflow run {pipeline}` makes a new one"))
    })?;
    let result = bodies(&[row], &store)?.pop().ok_or_else(|| Failed::incomplete("the result was removed"))?;
    let mut text = head(row, &result);
    text.push_str(&format!("  in the run {} of {}\n", report.id.0, report.started_at));
    if result.scores.is_some() {
        explain_points(&mut text, &result);
    }
    output::result(&text)?;
    Ok(Status::Fine)
}

fn head(row: &FileRow, result: &FileResult) -> String {
    match result.scores {
        Some(scores) => {
            let dimensions: Vec<String> = Dimension::ALL.iter().map(|d| format!("{} {:.1}", d.name(), scores.get(*d))).collect();
            format!("{}: overall {:.1} ({})\n", row.path, scores.overall, dimensions.join(", "))
        }
        None => format!("{}: no score: the analysis of it is incomplete\n", row.path),
    }
}

fn explain_points(text: &mut String, result: &FileResult) {
    let lost = lost_points(&result.findings, &result.metrics);
    if lost.is_empty() {
        text.push_str("no point was lost\n");
        return;
    }
    text.push_str("\noverall  dimension               reason\n");
    for LostPoints { dimension, reason, lost, lost_overall } in lost {
        let reason = match reason {
            Reason::Finding(at) => {
                let finding = &result.findings[at];
                let (severity, line) = (finding.severity.name(), finding.line);
                format!("line {line}: {}/{} ({severity}, {} % sure)", finding.analyzer, finding.rule, finding.confidence)
            }
            Reason::Metric { function, line, metric, value } => format!("line {line}: {metric} {value} of `{function}`"),
        };
        text.push_str(&format!("{lost_overall:>6.2}  {lost:>6.2} {:<16}  {reason}\n", dimension.name()));
    }
}
