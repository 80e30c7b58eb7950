//! Owns `devflow run NAME` and `devflow pipelines`: what a named pipeline looks at, with what. Never looks at code itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::analyze::os_string;
use super::analyzers::{enabled_operations, plugin, plugin_host};
use super::args::{Global, OperationArgs, RunArgs};
use super::context::Context;
use super::exit::{Failed, Status};
use super::operate::{Job, plan_operation, run};
use super::output;
use super::reports::{Output, check_formats, check_name, is_inside, outputs, report_file, stays_inside};
use super::scripts::hooks;
use crate::config::{PipelineSettings, Select, Value};
use crate::diag::nearest;
use crate::git::{self, Changes, DiffFile, DiffKind, GitError};
use crate::pipeline::{Hooks, PathArg, Plan, PlannedOperation, changes};
use crate::plugin::PluginHost;
use crate::report::Format;
use crate::types::{RelPath, Scope};

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
    let (hooks, driver) = hooks(global, own, &pipeline.script)?;
    plan.hooks = Some(Arc::clone(&hooks) as Arc<dyn Hooks>);
    run(&Job { global, context: &context, plan: &plan, args, outputs: &outputs }, &|document| {
        let value = serde_json::to_value(document).map_err(|error| Failed::incomplete(error.to_string()))?;
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
    outputs(&pipeline.reports.iter().map(|report| in_project(context, report)).collect::<Result<Vec<_>, _>>()?)
}

/// A report is named from the root of the project, whatever its format.
fn in_project(context: &Context, report: &str) -> Result<PathBuf, Failed> {
    check_name(Path::new(report))?;
    Ok(match report.split_once('=').filter(|(format, _)| Format::from_name(format).is_some()) {
        Some((format, path)) => PathBuf::from(format!("{format}={}", report_file(context, path)?.display())),
        None => report_file(context, report)?,
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
    let is_glob = |path: &&String| path.contains(['*', '?', '[', '{']) && !context.project.join(path).exists();
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
    plan.paths = changed_paths(&plan, &paths, which).map_err(|error| Failed::usage(error.to_string()))?;
    plan.allows_missing = true;
    if plan.has_scope(Scope::Change) {
        plan.changes = hunks(&plan, &paths, which)?;
    }
    Ok(plan)
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
        if let Some((option, folder)) = operation.folders.iter().find(|(_, folder)| !stays_inside(&context.project, folder)) {
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

/// Changed files below the paths.
pub(super) fn changed_paths(plan: &Plan, paths: &[PathArg], which: Changes<'_>) -> Result<Vec<PathArg>, GitError> {
    let root = git::root(&plan.project)?;
    let changed = git::changed_files(&root, which)?;
    let filter = Filter::new(plan, paths);
    let absolute = changed.iter().map(|name| root.join(os_string(name)));
    Ok(absolute.filter(|path| filter.takes(path)).map(PathBuf::into_os_string).collect())
}

/// What changed in the files of the plan, and which files below `paths` are gone.
fn hunks(plan: &Plan, paths: &[PathArg], which: Changes<'_>) -> Result<BTreeMap<RelPath, DiffFile>, Failed> {
    let fail = |error: GitError| Failed::usage(error.to_string());
    let root = git::root(&plan.project).map_err(fail)?;
    let diff = git::diff_of(&root, which).map_err(fail)?;
    let files = git::parse(&diff).map_err(|error| Failed::incomplete(format!("git gave a diff that cannot be read: {error}")))?;
    let filter = Filter::new(plan, paths);
    let is_gone = |path: &PathArg, file: &DiffFile| file.kind == DiffKind::Deleted && filter.takes(Path::new(path));
    let wanted = |(path, file): &(PathArg, DiffFile)| plan.paths.contains(path) || is_gone(path, file);
    let named = files.into_iter().map(|file| (root.join(os_string(&file.path)).into_os_string(), file)).filter(wanted).collect();
    Ok(changes(&plan.project, &plan.working_directory, named))
}

/// Folders, files and globs that changed files are compared with.
struct Filter {
    folders: Vec<PathBuf>,
    globs: GlobSet,
}

impl Filter {
    fn new(plan: &Plan, paths: &[PathArg]) -> Self {
        let mut builder = GlobSetBuilder::new();
        let mut folders = Vec::new();
        for path in paths {
            let absolute: PathBuf = plan.working_directory.join(path).components().collect();
            let is_glob = path.to_string_lossy().contains(['*', '?', '[', '{']) && !absolute.exists();
            match GlobBuilder::new(&absolute.to_string_lossy()).literal_separator(true).build() {
                Ok(glob) if is_glob => drop(builder.add(glob)),
                _ => folders.push(absolute),
            }
        }
        Self { folders, globs: builder.build().unwrap_or_else(|_| GlobSet::empty()) }
    }

    fn takes(&self, path: &Path) -> bool {
        self.globs.is_match(path) || self.folders.iter().any(|folder| path.starts_with(folder))
    }
}
