//! Owns `devflow run NAME` and `devflow pipelines`: what a named pipeline looks at, with what. Never looks at code itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};

use super::analyze::os_string;
use super::analyzers::{enabled_operations, plugin, plugin_host};
use super::args::{Global, OperationArgs, RunArgs};
use super::context::Context;
use super::exit::{Failed, Status};
use super::named::without_changes;
use super::operate::{Job, plan_operation, run};
use super::output;
use super::places::{NamedBy, is_inside, may_read, report_file};
use super::reports::{Output, check_formats, check_name, check_templates, outputs};
use super::scripts::hooks;
use crate::config::{PipelineSettings, Select, Value};
use crate::diag::nearest;
use crate::git::{self, Change, Changes, DiffFile, DiffKind, GitError};
use crate::pipeline::{Hooks, PathArg, Plan, PlannedOperation, changes, is_glob, normal, split_glob};
use crate::plugin::PluginHost;
use crate::report::Format;
use crate::types::{Failure, Language, RelPath, Scope, Stage};

/// `devflow pipelines`
pub(super) fn list(global: &Global) -> Result<Status, Failed> {
    let context = Context::load(global, &RunArgs::default())?;
    context.warn(global);
    let pipelines = &context.settings.pipelines;
    if pipelines.is_empty() {
        output::result("there are no pipelines; `[pipeline.NAME]` in devflow.toml makes one\n")?;
        return Ok(Status::Fine);
    }
    let mut text = String::new();
    for pipeline in pipelines {
        let extends = pipeline.extends.first().map_or(String::new(), |name| format!(", extends {name}"));
        let operations = if pipeline.operations.is_empty() { "the enabled analyzers".to_owned() } else { pipeline.operations.join(", ") };
        let description = if pipeline.description.is_empty() { String::new() } else { format!("  {}\n", pipeline.description) };
        text.push_str(&format!("{} ({}{extends})\n{description}", pipeline.name, pipeline.origin));
        text.push_str(&format!("  {operations} on {} ({})\n", pipeline.paths.join(", "), pipeline.select.name()));
        pipeline.settings.iter().for_each(|(key, entry)| text.push_str(&format!("  {key} = {}\n", entry.value)));
        if !pipeline.reports.is_empty() {
            text.push_str(&format!("  writes {}\n", pipeline.reports.join(", ")));
        }
    }
    output::result(&text)?;
    Ok(Status::Fine)
}

/// `devflow run NAME`
pub(super) fn run_named(global: &Global, name: &str, args: &OperationArgs) -> Result<Status, Failed> {
    if !args.option.is_empty() || args.diff.is_some() {
        return Err(Failed::usage(format!("`{name}` is a pipeline: its table says the options")));
    }
    let (context, pipeline) = Context::load_pipeline(global, &args.run, name)?;
    context.warn(global);
    let mut outputs = report_outputs(&context, &pipeline)?;
    outputs.extend(super::reports::outputs(&args.report.output)?);
    check_formats(&context, outputs.iter().map(Output::format).chain([&args.report.format]))?;
    let mut plan = plan(&context, &pipeline, &args.paths, &args.run)?;
    plan.tells_rows = args.report.format == Format::Jsonl;
    if pipeline.script.is_empty() {
        return run(&Job { global, context: &context, plan: &plan, args, outputs: &outputs }, &|_| Ok(Status::Fine));
    }
    let (own, _) = Context::load_pipeline(global, &args.run, name)?;
    let (hooks, driver) = hooks(global, &args.run, own, &pipeline.script)?;
    plan.hooks = Some(Arc::clone(&hooks) as Arc<dyn Hooks>);
    run(&Job { global, context: &context, plan: &plan, args, outputs: &outputs }, &|document| {
        let value = serde_json::to_value(document).map_err(|error| Failed::incomplete(error.to_string()))?;
        // What the script starts now shares the budget with the run that is over.
        driver.note_spent(document.cost.usd);
        let failed = hooks.after(&value).map_err(|mistake| Failed::from(vec![*mistake]))?;
        if let Some(why) = &failed {
            output::note(&format!("the script failed: {why}"));
        }
        let state = driver.state();
        if state.is_gate_hit {
            output::note("the script found a gate hit");
        }
        Ok(match (state.is_incomplete, state.is_gate_hit || failed.is_some()) {
            (true, _) => Status::Incomplete,
            (_, true) => Status::Gate,
            _ => Status::Fine,
        })
    })
}

/// The reports that a pipeline writes.
pub(super) fn report_outputs(context: &Context, pipeline: &PipelineSettings) -> Result<Vec<Output>, Failed> {
    check_templates(context, pipeline)?;
    outputs(&pipeline.reports.iter().map(|report| in_project(context, report)).collect::<Result<Vec<_>, _>>()?)
}

/// A report is named from the root of the project, whatever its format.
fn in_project(context: &Context, report: &str) -> Result<PathBuf, Failed> {
    check_name(Path::new(report))?;
    Ok(match report.split_once('=').filter(|(format, _)| Format::from_name(format).is_some()) {
        Some((format, path)) => PathBuf::from(format!("{format}={}", report_file(&context.project, path)?.display())),
        None => report_file(&context.project, report)?,
    })
}

/// The pipeline called `name`.
pub(super) fn find<'a>(pipelines: &'a [PipelineSettings], name: &str) -> Result<&'a PipelineSettings, Failed> {
    let known = pipelines.iter().find(|pipeline| pipeline.name == name);
    known.ok_or_else(|| {
        let names = pipelines.iter().map(|pipeline| pipeline.name.as_str());
        let hint = match nearest(name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`devflow pipelines` shows them; an operation is written as `analyzer:operation`".to_owned(),
        };
        Failed::usage(format!("there is no pipeline `{name}`")).hint(hint)
    })
}

/// Refuses a pipeline that names what is outside of the project.
pub(super) fn check_paths(context: &Context, pipeline: &PipelineSettings) -> Result<(), Failed> {
    let is_glob = |path: &&String| is_glob(path.as_ref()) && !context.project.join(path).exists();
    if let Some((path, error)) = pipeline.paths.iter().filter(is_glob).find_map(|path| Some((path, GlobBuilder::new(path).build().err()?)))
    {
        return Err(Failed::usage(format!("`{path}` is not a glob: {}", error.kind())));
    }
    match pipeline.paths.iter().find(|path| !is_inside(&context.project, path)) {
        None => Ok(()),
        Some(path) => {
            let message = format!("the pipeline `{}` names `{path}`, which is outside of the project", pipeline.name);
            Err(Failed::usage(message).hint("name it on the command line to look at it"))
        }
    }
}

/// Everything that decides a run of a pipeline. Paths that are given take the place of its own.
pub(super) fn plan(context: &Context, pipeline: &PipelineSettings, paths: &[PathArg], run: &RunArgs) -> Result<Plan, Failed> {
    if paths.is_empty() {
        check_paths(context, pipeline)?;
    }
    let operations = operations(context, pipeline)?;
    let mut plan = context.plan(Vec::new(), run, true)?;
    plan.pipeline.clone_from(&pipeline.name);
    plan.operations = operations;
    let own: Vec<PathArg> = pipeline.paths.iter().map(PathArg::from).collect();
    if paths.is_empty() {
        plan.working_directory.clone_from(&context.project);
    }
    let named = paths;
    let paths = if paths.is_empty() { own } else { paths.to_vec() };
    let which = match pipeline.select {
        Select::All if plan.has_scope(Scope::Change) => {
            let message = format!("the pipeline `{}` looks at changes, and selects none", pipeline.name);
            return Err(Failed::usage(message).hint("write `select = \"changed\"` or `select = \"staged\"` into its table"));
        }
        Select::All => {
            plan.paths = paths;
            return Ok(plan);
        }
        Select::Staged => Changes::Staged,
        Select::Changed => Changes::Since(&pipeline.base),
    };
    let selection = select(&plan, &paths, which).map_err(|error| git_failed(&error))?;
    let is_known =
        |path: &Path| selection.paths.iter().any(|one| Path::new(one).starts_with(path)) || selection.touches(&plan.project, path);
    let unchanged = without_changes((&plan.project, &plan.working_directory), named, &is_known)?;
    (plan.listed, plan.changes) = (selection.paths, selection.changes);
    plan.failures.extend(unchanged);
    if pipeline.select == Select::Staged && !plan.has_scope(Scope::Change) {
        let unfit = changed_again(&plan);
        let is_fit = |path: &PathArg| !unfit.iter().any(|failure| plan.project.join(failure.path.as_str()) == Path::new(path));
        plan.listed = std::mem::take(&mut plan.listed).into_iter().filter(is_fit).collect();
        plan.failures.extend(unfit);
    }
    Ok(plan)
}

/// Staged files whose text on disk is not the one that would be committed.
#[expect(clippy::disallowed_methods, reason = "what is staged is compared with what is on disk")]
fn changed_again(plan: &Plan) -> Vec<Failure> {
    let is_other = |(path, file): &(&RelPath, &DiffFile)| {
        let text = std::fs::read_to_string(plan.project.join(path.as_str()));
        file.kind == DiffKind::Text && text.is_ok_and(|text| git::fit(file, &text).is_err())
    };
    let unfit = plan.changes.iter().filter(is_other);
    let error = "it was changed after it was staged: what is on disk is not what would be committed";
    unfit.map(|(path, _)| Failure::of_file(path.clone(), Stage::Discover, error)).collect()
}

fn operations(context: &Context, pipeline: &PipelineSettings) -> Result<Vec<PlannedOperation>, Failed> {
    if pipeline.operations.is_empty() {
        return enabled_operations(context);
    }
    let host = plugin_host(context);
    load_all(context, &host, &pipeline.operations);
    let mut planned = Vec::new();
    for name in &pipeline.operations {
        let options: BTreeMap<String, String> =
            pipeline.options.get(name).into_iter().flatten().map(|(key, value)| (key.clone(), text_of(value))).collect();
        let (operation, keys) = plan_operation(context, &host, name, &options)?;
        if let Some(key) = options.keys().find(|key| !keys.contains(key)) {
            return Err(Failed::usage(format!("`{name}` has no option `{key}`, which the pipeline `{}` gives", pipeline.name)));
        }
        if let Some((option, folder)) = operation.folders.iter().find(|(_, folder)| !may_read(&context.project, NamedBy::Checkout, folder))
        {
            let message = format!("the pipeline `{}` has `{}` read, which is outside of the project", pipeline.name, folder.display());
            return Err(Failed::usage(message).hint(format!("give the option `{option}` on the command line")));
        }
        planned.push(operation);
    }
    Ok(planned)
}

/// Loads the analyzers of several operations side by side. What goes wrong here goes wrong again where it is told.
fn load_all(context: &Context, host: &Arc<PluginHost>, operations: &[String]) {
    let ids: BTreeSet<&str> = operations.iter().filter_map(|name| Some(name.split_once(':')?.0)).collect();
    std::thread::scope(|scope| {
        for id in ids {
            scope.spawn(move || plugin(context, id, host).map(|plugin| plugin.manifest().is_ok()));
        }
    });
}

/// As a flag would give it.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::List(items) => items.join(","),
        other => other.to_string(),
    }
}

fn git_failed(error: &GitError) -> Failed {
    let failed = Failed::usage(error.to_string());
    match error {
        GitError::NoCommonCommit { .. } => {
            failed.hint("fetch more of the history: `git fetch --unshallow`, or `fetch-depth: 0` where a CI job checks out")
        }
        GitError::NoText { .. } => failed.hint("devflow fetches nothing; clone without `--filter`, or let git fetch what the diff needs"),
        _ => failed,
    }
}

/// Changed files below the paths, and sources that only a filter of the checkout could compare.
pub(super) fn changed_paths(plan: &Plan, paths: &[PathArg], which: Changes<'_>) -> Result<(Vec<PathArg>, Vec<RelPath>), GitError> {
    let selection = select(plan, paths, which)?;
    let is_unseen =
        |(path, file): &(&RelPath, &DiffFile)| file.kind == DiffKind::Filter && Language::of(Path::new(path.as_str())).is_some();
    let unseen = selection.changes.iter().filter(is_unseen).map(|(path, _)| path.clone()).collect();
    Ok((selection.paths, unseen))
}

/// What git says of the files below some paths.
struct Selection {
    /// Those to look at.
    paths: Vec<PathArg>,
    /// What changed in them, for operations that look at changes; and those that are gone or cannot be looked at.
    changes: BTreeMap<RelPath, DiffFile>,
}

impl Selection {
    fn touches(&self, project: &Path, path: &Path) -> bool {
        self.changes.keys().any(|changed| project.join(changed.as_str()).starts_with(path))
    }
}

fn select(plan: &Plan, paths: &[PathArg], which: Changes<'_>) -> Result<Selection, GitError> {
    let place = Place::of(plan)?;
    let filter = Filter::new(plan, paths);
    let changed = git::changed(&place.root, which, &|name| filter.takes(&place.path(name)))?;
    let looks_at_changes = plan.has_scope(Scope::Change);
    let needs_lines = looks_at_changes || matches!(which, Changes::Staged);
    let is_told = |change: &&Change| {
        let path = place.path(&change.path);
        match change.kind {
            // Nobody asks for the lines of what is no source.
            DiffKind::Text | DiffKind::Binary => needs_lines && Language::of(&path).is_some(),
            // What was only taken out of the index is there still, and is not part of the next commit.
            DiffKind::Deleted => looks_at_changes || path.symlink_metadata().is_err(),
            DiffKind::Link | DiffKind::Submodule | DiffKind::Filter => true,
        }
    };
    let told: Vec<Change> = changed.iter().filter(is_told).cloned().collect();
    let files = git::diff_of(&place.root, &told)?;
    let filtered: BTreeSet<Vec<u8>> = files.iter().filter(|file| file.kind == DiffKind::Filter).map(|file| file.path.clone()).collect();
    let is_wanted = |change: &&Change| matches!(change.kind, DiffKind::Text | DiffKind::Binary) && !filtered.contains(&change.path);
    let paths = changed.iter().filter(is_wanted).map(|change| place.path(&change.path).into_os_string()).collect();
    let named = files.into_iter().map(|file| (place.path(&file.path).into_os_string(), file)).collect();
    Ok(Selection { paths, changes: changes(&plan.project, &plan.working_directory, named) })
}

/// Where the names lie that git gives. They begin at the root of the repository, and git has followed the links on the way there.
struct Place<'a> {
    root: PathBuf,
    project: &'a Path,
    /// The project without links.
    real: PathBuf,
}

impl<'a> Place<'a> {
    fn of(plan: &'a Plan) -> Result<Self, GitError> {
        let real = plan.project.canonicalize().unwrap_or_else(|_| plan.project.clone());
        Ok(Self { root: git::root(&plan.project)?, project: &plan.project, real })
    }

    fn path(&self, name: &[u8]) -> PathBuf {
        let path = self.root.join(os_string(name));
        match path.strip_prefix(&self.real) {
            Ok(inside) => self.project.join(inside),
            Err(_) => path,
        }
    }
}

/// Folders, files and globs that changed files are compared with.
struct Filter {
    folders: Vec<PathBuf>,
    /// Each with the folder that it begins in, so that what that folder is called means nothing.
    globs: Vec<(PathBuf, GlobMatcher)>,
}

impl Filter {
    fn new(plan: &Plan, paths: &[PathArg]) -> Self {
        let (mut folders, mut globs) = (Vec::new(), Vec::new());
        for path in paths {
            let absolute = normal(&plan.working_directory.join(path));
            let text = path.to_string_lossy();
            let is_glob = is_glob(path) && !absolute.exists();
            let (base, pattern) = split_glob(&text);
            match GlobBuilder::new(pattern).literal_separator(true).build() {
                Ok(glob) if is_glob => globs.push((normal(&plan.working_directory.join(base)), glob.compile_matcher())),
                _ => folders.push(absolute),
            }
        }
        Self { folders, globs }
    }

    /// Whether a file is meant; or another repository, when something in it is.
    fn takes(&self, path: &Path) -> bool {
        let is_meant = |folder: &PathBuf| path.starts_with(folder) || folder.starts_with(path);
        let fits = |(base, glob): &(PathBuf, GlobMatcher)| {
            base.starts_with(path) || path.strip_prefix(base).is_ok_and(|inside| glob.is_match(inside))
        };
        self.folders.iter().any(is_meant) || self.globs.iter().any(fits)
    }
}
