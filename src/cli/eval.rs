//! `devflow eval`: how good findings are, by what is known to be true of code.

use std::path::Path;

use super::args::{EvalCommand, FiguresFormat, Global, ImportCommand, Listed, PlantArgs, RunArgs, ScoreArgs};
use super::exit::{Failed, Status, usage};
use super::machine::{self, layers, open_at};
use super::output;
use crate::eval::{Case, Figures, Found, Head, Judged, Outcome, Set, figures, judge, operators, write_set};
use crate::git::repository_of;
use crate::project::eval::{
    Marked, copy_with, found_by_tool, found_in_run, head_of, import_benchmark, import_semgrep, is_set, keep_looked_at, marked, planted,
    run_on,
};
use crate::project::history::open;
use crate::project::{Project, write};
use crate::types::{Outcome as Ended, RelPath, Role};

pub(super) fn eval(global: &Global, command: &EvalCommand) -> Result<Status, Failed> {
    match command {
        EvalCommand::Score(args) => score(global, args),
        EvalCommand::Plant(args) => plant_defects(global, args),
        EvalCommand::Import(command) => import(global, command),
    }
}

fn score(global: &Global, args: &ScoreArgs) -> Result<Status, Failed> {
    if args.format == FiguresFormat::Json && !args.list.is_empty() {
        return Err(usage("`--list` and `--format json` do not go together", "leave one of them out"));
    }
    let shown = args.marked.display().to_string();
    let (_, root) = head_of(&args.marked, &shown)?;
    let mut settings = layers(global, &RunArgs::default());
    settings.push(machine::without_model());
    let project = open_at(global, &root, &settings)?;
    let mut marked = marked(&project, &args.marked, &shown)?;
    if let Some(at_least) = args.at_least {
        marked.set.head.at_least = at_least;
        marked.set.cases.iter_mut().for_each(|(case, _)| case.at_least = None);
    }
    let (found, status, n_out) = findings(&project, &mut marked, args, settings)?;
    let judged = judge(&marked.set, &found);
    let figures = Figures { not_looked_at: n_out, ..figures(&marked.set, &found, &judged) };
    let text = match args.format {
        FiguresFormat::Text => figures.text() + lists(&marked.set, &found, &judged, &args.list).as_str(),
        FiguresFormat::Json => serde_json::to_string_pretty(&figures).expect("figures have no keys that JSON cannot hold") + "\n",
    };
    output::result(&text)?;
    Ok(status)
}

/// The findings that are judged, how the run ended that they are of, and how many places it did not look at.
fn findings(
    project: &Project,
    marked: &mut Marked,
    args: &ScoreArgs,
    settings: Vec<crate::project::spec::SettingsLayer>,
) -> Result<(Vec<Found>, Status, usize), Failed> {
    if let Some(sarif) = &args.sarif {
        return Ok((found_by_tool(marked, sarif, &sarif.display().to_string())?, Status::Fine, 0));
    }
    let (store, report) = match &args.of {
        Some(name) => {
            let store = std::sync::Arc::new(project.store()?);
            let report = open(project, &store, name)?;
            (store, report)
        }
        None => run_on(project, marked, settings)?,
    };
    for failure in &report.coverage.failed {
        output::note(&format!("not looked at: {}: {}", failure.path, failure.error));
    }
    let of_set =
        |path: &RelPath| marked.set.cases.iter().any(|(case, _)| RelPath::new(&project.root, &marked.root.join(&case.path)) == *path);
    for skipped in report.coverage.skipped.iter().filter(|skipped| of_set(&skipped.path)) {
        output::note(&format!("skipped: {}: {}", skipped.path, skipped.reason.name()));
    }
    let (n_skipped, n_unknown) = keep_looked_at(project, marked, &report);
    let is_whole = report.outcome != Ended::Incomplete && n_unknown == 0;
    let status = if is_whole { Status::Fine } else { Status::Incomplete };
    Ok((found_in_run(project, marked, &store, &report)?, status, n_skipped + n_unknown))
}

/// Places and findings that are listed one by one.
fn lists(set: &Set, found: &[Found], judged: &Judged, listed: &[Listed]) -> String {
    let mut text = String::new();
    let place = |Case { path, start, end, topic, note, .. }: &Case| {
        let lines = if start == end { start.to_string() } else { format!("{start}-{end}") };
        format!("{path}:{lines}  {topic}{}{note}", if note.is_empty() { "" } else { "  " })
    };
    for ((case, _), outcome) in set.cases.iter().zip(&judged.outcomes) {
        let (which, by) = match outcome {
            Outcome::Missed => (Listed::Missed, String::new()),
            Outcome::False(at) => (Listed::Wrong, format!("  by {}", found[*at].rule)),
            Outcome::Found(at) => (Listed::Found, format!("  by {}", found[*at].rule)),
            Outcome::Silent => continue,
        };
        if listed.contains(&which) {
            text.push_str(&format!("{:<8}  {}{by}\n", format!("{which:?}").to_lowercase(), place(case)));
        }
    }
    if listed.contains(&Listed::Unjudged) {
        for Found { path, start, rule, severity, .. } in judged.unjudged.iter().map(|at| &found[*at]) {
            text.push_str(&format!("unjudged  {path}:{start}  {rule}  {}\n", severity.name()));
        }
    }
    text
}

fn plant_defects(global: &Global, args: &PlantArgs) -> Result<Status, Failed> {
    let names: Vec<&str> = operators().iter().map(|operator| operator.name).collect();
    if let Some(unknown) = args.only.iter().find(|name| !names.contains(&name.as_str())) {
        return Err(usage(format!("there is no kind of defect `{unknown}`"), format!("the kinds are {}", names.join(", "))));
    }
    let here = machine::working_directory(global)?;
    let [repository, into, output] = [&args.repository, &args.into, &args.set.output].map(|path| here.join(path));
    let settings = layers(global, &RunArgs::default());
    let repository = repository
        .canonicalize()
        .map_err(|error| usage(format!("`{}`: {error}", args.repository.display()), "name the folder of a checkout"))?;
    let project = open_at(global, &repository, &settings)?;
    // What is not there yet has no real path, but some folder above it has.
    let real = into.ancestors().find_map(|above| Some(above.canonicalize().ok()?.join(into.strip_prefix(above).ok()?)));
    if real.is_some_and(|real| real.starts_with(&repository)) {
        return Err(usage(format!("`{}` is inside of the repository", args.into.display()), "name a folder beside it"));
    }
    check_output(&output, &args.set.output.display().to_string())?;
    let is_wanted = |name: &str| args.only.is_empty() || args.only.iter().any(|only| only == name);
    let planted = planted(&project, &repository, args.n, args.seed, &is_wanted)?;
    let cases: Vec<Case> = planted.iter().flat_map(|file| file.cases.clone()).collect();
    let n_must = cases.iter().filter(|case| case.must).count();
    if n_must == 0 {
        return Err(usage(format!("nothing in `{}` can be changed", args.repository.display()), "name a folder with sources"));
    }
    copy_with(&repository, &into, &planted)?;
    write::folder_of(&output)?;
    let head = Head { slack: 2, ..Head::of(&from_set(&into, &output)) };
    write::file(&output, &args.set.output.display().to_string(), &write_set(&head, &cases))?;
    let text =
        format!("{}: {n_must} defects in the copy, {} places like them that were left\n", args.set.output.display(), cases.len() - n_must);
    output::result(&text)?;
    Ok(Status::Fine)
}

fn import(global: &Global, command: &ImportCommand) -> Result<Status, Failed> {
    let working_directory = machine::working_directory(global)?;
    let (folder, output, (cases, n_left_out)) = match command {
        ImportCommand::Semgrep { folder, into } => (folder, &into.output, import_semgrep(&working_directory.join(folder))?),
        ImportCommand::Owasp { table, folder, into } => {
            let cases = import_benchmark(&working_directory.join(table), &table.display().to_string(), &working_directory.join(folder))?;
            (folder, &into.output, (cases, 0))
        }
    };
    check_output(&working_directory.join(output), &output.display().to_string())?;
    if cases.is_empty() {
        return Err(usage(format!("nothing is marked in `{}`", folder.display()), "name the folder that holds the tests"));
    }
    let root = working_directory.join(folder);
    // Suites look like tests all over.
    let head = Head {
        role: Some(Role::Source),
        commit: repository_of(&root, "").commit,
        ..Head::of(&from_set(&root, &working_directory.join(output)))
    };
    let n_must = cases.iter().filter(|case| case.must).count();
    write::folder_of(&working_directory.join(output))?;
    write::file(&working_directory.join(output), &output.display().to_string(), &write_set(&head, &cases))?;
    let left_out = if n_left_out > 0 { format!("; {n_left_out} marks of rules without a weakness were left out") } else { String::new() };
    let text =
        format!("{}: {n_must} places that must be found, {} where nothing may be{left_out}\n", output.display(), cases.len() - n_must);
    output::result(&text)?;
    Ok(Status::Fine)
}

/// A set is written over a set, and over nothing else.
fn check_output(path: &Path, shown: &str) -> Result<(), Failed> {
    if path.exists() && !is_set(path) {
        return Err(usage(format!("`{shown}` is there and is no set"), "name another file"));
    }
    Ok(())
}

/// The name of a folder as the set has it: relative to its own file where it can be.
fn from_set(root: &Path, set: &Path) -> String {
    let home = set.parent().and_then(|home| home.canonicalize().ok());
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    match home.as_ref().and_then(|home| root.strip_prefix(home).ok()) {
        Some(inside) if inside.as_os_str().is_empty() => ".".to_owned(),
        Some(inside) => inside.to_string_lossy().into_owned(),
        None => root.to_string_lossy().into_owned(),
    }
}
