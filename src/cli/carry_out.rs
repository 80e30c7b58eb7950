//! Carrying out a spec: run, reports, generated files, what goes to standard output, and the exit status.

use std::sync::Arc;

use super::args::{Global, RunArgs};
use super::events::{check_files, take_stdout};
use super::exit::{Failed, Status, status};
use super::machine::open_for_run;
use super::output;
use super::style::style;
use crate::pipeline::{ModelPart, Plan};
use crate::project::generated::{all_artifacts, write_all};
use crate::project::reports::check_formats;
use crate::project::{After, Project, Purpose, Renderer, RunSpec, Setup};
use crate::report::{Document, Format, printable};
use crate::store::Store;
use crate::types::RunReport;

/// Prints a spec instead of running it, where that is wanted.
pub(super) fn print_spec(spec: &RunSpec) -> Result<Status, Failed> {
    let text = serde_json::to_string_pretty(spec).expect("a spec has no keys that JSON cannot hold");
    output::result(&format!("{text}\n"))?;
    Ok(Status::Fine)
}

/// Resolves a spec, and checks the format of what is shown, too: a template that fails should be known before anything is paid.
pub(super) fn set_up(global: &Global, args: &RunArgs, spec: &RunSpec, format: &Format, purpose: Purpose) -> Result<Setup, Failed> {
    let project = open_for_run(global, args, &spec.settings, format)?;
    let setup = project.plan(spec, purpose)?;
    check_formats(&setup.project, [format])?;
    check_files(args, &setup.outputs)?;
    Ok(setup)
}

/// Runs what was set up, in the store of the project.
pub(super) fn run(setup: &Setup) -> Result<(Arc<Store>, RunReport), Failed> {
    let store = Arc::new(setup.project.store_or_memory(setup.pays())?);
    let report = setup.run(&store)?;
    Ok((store, report))
}

/// What a command says on standard output beside the report.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// Where reports were written.
    Reports,
    /// Generated files and patches, too, and which operations could do only a part.
    Generated,
}

/// Runs a spec and reports. One output that fails costs no other.
pub(super) fn carry_out(global: &Global, args: &RunArgs, spec: &RunSpec, format: &Format, beside: Beside) -> Result<Status, Failed> {
    let setup = set_up(global, args, spec, format, Purpose::Run)?;
    let store = Arc::new(setup.project.store_or_memory(setup.pays())?);
    // Until the reports are written: rendering a large run takes seconds.
    let _busy = global.interrupts.busy();
    let mut report = setup.run(&store)?;
    let (mut said, mut failed) = (String::new(), Vec::new());
    if beside == Beside::Generated && *format == Format::Text {
        said.push_str(&unasked(&setup.plan));
    }
    if let Some(write) = &spec.write {
        let folder = setup.project.machine.working_directory.join(write.folder.to_os_string());
        let renderer = Renderer::new(&setup.project, &store, &report);
        let written = renderer.take(|document| write_all(&folder, document, write.overwrite))?;
        said.push_str(&written.text);
        // Reports and the summary count what was dropped here, too.
        report.totals.dropped += written.dropped.len() as u32;
        report.dropped.extend(written.dropped);
        failed.extend(written.failed);
    }
    let renderer = Renderer::new(&setup.project, &store, &report);
    if beside == Beside::Generated && spec.write.is_none() && *format == Format::Text {
        said.push_str(&renderer.take(list)?);
    }
    let (written, unwritten) = renderer.write(&setup.outputs);
    written.iter().for_each(|name| said.push_str(&format!("report in {name}\n")));
    failed.extend(unwritten);
    let shown =
        if take_stdout(args) { Ok(()) } else { shown(global, &setup, &renderer, format, &said).and_then(|text| output::result(&text)) };
    let mut all: Vec<Failed> = failed.into_iter().map(Failed::from).chain(shown.err()).collect();
    let own = match setup.after(&renderer) {
        Ok(after) => after.map_or(Status::Fine, |after| say_after(&after)),
        Err(error) => {
            all.push(error.into());
            Status::Fine
        }
    };
    worst(all, status(&report).max(own))
}

/// The first failure with the worst status; the others are told here. Without a failure, the status.
pub(super) fn worst(failed: Vec<Failed>, status: Status) -> Result<Status, Failed> {
    let status = failed.iter().map(|failed| failed.status).fold(status, Status::max);
    let mut failed = failed.into_iter();
    let Some(first) = failed.next() else { return Ok(status) };
    failed.for_each(|other| output::note(&other.render(false)));
    Err(Failed { status, ..first })
}

fn say_after(after: &After) -> Status {
    if let Some(why) = &after.failure {
        output::note(&format!("the script failed: {why}"));
    }
    if after.state.is_gate_hit {
        output::note("the script found a gate hit");
    }
    match (after.state.is_incomplete, after.state.is_gate_hit || after.failure.is_some()) {
        (true, _) => Status::Incomplete,
        (_, true) => Status::Gate,
        _ => Status::Fine,
    }
}

/// What goes to standard output. `said` follows the summary.
pub(super) fn shown(global: &Global, setup: &Setup, renderer: &Renderer<'_>, format: &Format, said: &str) -> Result<String, Failed> {
    Ok(match format {
        Format::Text => renderer.summary(&static_note(&setup.project, &setup.plan), style(global))? + said,
        // The lines of files went out as they finished.
        Format::Jsonl => renderer.last_line()?,
        other => renderer.render(other)?,
    })
}

/// Why the model takes no part, in one line.
pub(super) fn static_note(project: &Project, plan: &Plan) -> String {
    project.static_note(&plan.inquiry().model)
}

/// Says which operations ask the model, when it took no part.
fn unasked(plan: &Plan) -> String {
    if !matches!(plan.inquiry().model, ModelPart::Off) {
        return String::new();
    }
    let asking = plan.tools().operations.iter().filter(|operation| operation.asks_model && !operation.needs_model);
    let line = |name: String| format!("{name} asks the model, which took no part: only what needs no model was done\n");
    asking.map(|operation| line(operation.name())).collect()
}

/// Generated files, for a terminal.
fn list(document: &Document<'_>) -> String {
    let mut text = String::new();
    let artifacts: Vec<_> = all_artifacts(document).collect();
    if let [only] = artifacts.as_slice() {
        text.push_str(&format!("--- {}\n{}\n---\n", printable(&only.name), printable(only.body.trim_end())));
    } else if !artifacts.is_empty() {
        text.push_str("Made (`--write DIR` writes it)\n");
        artifacts.iter().for_each(|made| text.push_str(&format!("  {} ({} bytes)\n", printable(&made.name), made.body.len())));
    }
    for patch in document.files.iter().flat_map(|file| &file.patches) {
        text.push_str(&format!("{}\n{}", patch.title, printable(&patch.diff)));
    }
    text
}
