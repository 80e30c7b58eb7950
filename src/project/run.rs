//! Running a plan, with the listener of the project for its steps.

use super::error::Result;
use super::open::Project;
use super::results::bodies;
use crate::pipeline::{Parts, Plan, run};
use crate::report::{file_view, json_line};
use crate::store::Store;
use crate::types::{RunEvent, RunEventKind, RunReport};

/// Runs a plan. What concerns one file, unit, request or plugin is told in the report.
///
/// # Errors
/// The run cannot go on.
pub(super) fn run_plan(project: &Project, plan: &Plan, store: &Store) -> Result<RunReport> {
    let listener = &project.machine.listener;
    let see = |event: &RunEvent| {
        listener.event(event);
        if let RunEventKind::Row { row } = &event.kind {
            // A file whose result cannot be read is told by the last line.
            let body = bodies(&[row], store).ok().and_then(|mut bodies| bodies.pop());
            listener.row(&body.map(|body| json_line("file", &file_view(row, &body))).unwrap_or_default());
        }
    };
    let mut parts = Parts::new(store, project.machine.clock.as_ref(), &see);
    parts.wants_rows = listener.wants_rows();
    parts.cancel = project.machine.cancel.clone();
    Ok(run(plan, &parts)?)
}
