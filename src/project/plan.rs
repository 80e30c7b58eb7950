//! From a spec to a plan: everything in it resolved on this machine.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::changes::{Base, Selection, of_diff, of_pipeline, places, take_deleted};
use super::error::{Error, Hint, Result};
use super::model::Purpose;
use super::names::Names;
use super::nested::{nested_settings, override_of};
use super::open::Project;
use super::operations::{enabled_operations, of_component, pipeline_operations, plan_operation};
use super::places::is_inside;
use super::spec::{Bytes, PathsFrom, RunSpec, Work};
use crate::config::{PipelineSettings, Select};
use crate::diag::Diagnostic;
use crate::git::{repository_of, unquoted};
use crate::pipeline::{
    Hooks, Inquiry, Judging, Keeping, ModelPart, Override, PathArg, Plan, PlannedOperation, Target, Tools, TrialSettings, is_glob,
};
use crate::types::{Role, Scope, Ticks};

/// What whoever composes a run adds to its spec: none of it is data.
#[derive(Clone, Default)]
pub(super) struct Around {
    /// Functions of a script that take part.
    pub(super) hooks: Option<Arc<dyn Hooks>>,
    /// What may still be spent, by all that the run is a part of.
    pub(super) budget: Option<Ticks>,
}

/// Makes the plan. `project` has the settings of the spec, those of its pipeline included.
///
/// # Errors
/// What the spec names is not there or cannot be used.
pub(super) fn plan(
    project: &Project,
    spec: &RunSpec,
    pipeline: Option<&PipelineSettings>,
    purpose: Purpose,
    around: Around,
) -> Result<Plan> {
    let operations = operations(project, spec, pipeline)?;
    let selection = match pipeline {
        Some(pipeline) => of_named_pipeline(project, pipeline, spec, has_changes(&operations))?,
        None => select(project, spec, has_changes(&operations))?,
    };
    let inquiry = match &spec.work {
        // What is tried while it is written asks nobody.
        Work::Component(_) => Inquiry { model: ModelPart::Off, ..inquiry(project, purpose, &around)? },
        _ => inquiry(project, purpose, &around)?,
    };
    let keeping = Keeping {
        pipeline: pipeline.map_or_else(String::new, |pipeline| pipeline.name.clone()),
        is_kept: spec.keep,
        is_fresh: spec.fresh,
        keep_runs: project.settings.keep_runs,
        keep_days: project.settings.keep_days,
        repository: repository_of(&project.root, &project.settings.project_id),
    };
    let trial = spec.trial.as_ref().map(|trial| TrialSettings {
        command: trial.command.clone(),
        limit: Duration::from_secs(trial.limit_s),
        mutate: trial.mutate,
        hidden: project.key_variables(),
    });
    let judging = Judging { gate: project.settings.gate.clone(), hooks: around.hooks, trial };
    let target = Target {
        paths: selection.paths,
        listed: selection.listed,
        changes: selection.changes,
        failures: selection.failures,
        working_directory: folder_of(project, spec, pipeline),
        ..target(project)
    };
    let mut tools = tools(project, operations)?;
    tools.overrides.extend(spec.role.map(of_all_files));
    Ok(Plan::new(target, tools, Inquiry { is_fresh: spec.fresh, ..inquiry }, judging, keeping))
}

fn has_changes(operations: &[PlannedOperation]) -> bool {
    operations.iter().any(|operation| operation.scope == Scope::Change)
}

/// A target with nothing in it, whose names begin in the root of the project.
pub(super) fn target(project: &Project) -> Target {
    Target {
        root: project.root.clone(),
        working_directory: project.root.clone(),
        paths: Vec::new(),
        listed: Vec::new(),
        changes: BTreeMap::new(),
        files: project.settings.files.clone(),
        jobs: project.settings.batch.jobs,
        failures: Vec::new(),
    }
}

/// How the model is asked, by the settings alone.
///
/// # Errors
/// The model cannot be asked as the settings want.
pub(super) fn inquiry(project: &Project, purpose: Purpose, around: &Around) -> Result<Inquiry> {
    let own = project.settings.max_cost;
    Ok(Inquiry {
        model: project.model_part(purpose)?,
        provider: project.settings.provider.clone(),
        max_cost: around.budget.map_or(own, |left| Some(own.map_or(left, |own| own.min(left)))),
        answer_ttl_s: project.settings.answer_ttl_s,
        is_fresh: false,
        notices: project.chosen_model().into_iter().collect(),
    })
}

/// What all files are.
fn of_all_files(role: Role) -> Override {
    Override {
        paths: vec!["**".to_owned()],
        folder: String::new(),
        analyzers: None,
        role: Some(role),
        disabled_rules: Vec::new(),
        severities: BTreeMap::new(),
        options: BTreeMap::new(),
    }
}

/// With what files are looked at.
///
/// # Errors
/// Mistakes in the settings for some paths.
pub(super) fn tools(project: &Project, operations: Vec<PlannedOperation>) -> Result<Tools> {
    let settings = &project.settings;
    let names = Names::new(project);
    let mistakes: Vec<Diagnostic> = settings.overrides.iter().flat_map(|one| names.mistakes(one)).collect();
    if !mistakes.is_empty() {
        return Err(Error::from(mistakes));
    }
    let nested = move |folder: &str| {
        let all = nested_settings(names.project(), folder)?;
        let mistakes: Vec<Diagnostic> = all.iter().flat_map(|one| names.mistakes(one)).collect();
        if mistakes.is_empty() { Ok(all.into_iter().map(override_of).collect()) } else { Err(mistakes) }
    };
    Ok(Tools {
        operations,
        disabled_rules: settings.analyzers.disabled_rules.clone(),
        overrides: settings.overrides.iter().cloned().map(override_of).collect(),
        nested: Some(Arc::new(nested)),
        batch: settings.batch.clone(),
        chunk_bytes: Some(settings.model.chunk_size),
    })
}

fn operations(project: &Project, spec: &RunSpec, pipeline: Option<&PipelineSettings>) -> Result<Vec<PlannedOperation>> {
    match (&spec.work, pipeline) {
        (_, Some(pipeline)) => pipeline_operations(project, pipeline),
        (Work::Operations { names, options }, _) => named(project, names, options),
        (Work::Component(path), _) => of_component(project, &project.machine.working_directory.join(path.to_os_string())),
        (Work::Enabled | Work::Pipeline(_), _) => enabled_operations(project),
    }
}

/// Operations by their names, each with the options that it knows.
fn named(project: &Project, names: &[String], options: &BTreeMap<String, String>) -> Result<Vec<PlannedOperation>> {
    let mut planned = Vec::new();
    for name in names {
        planned.push(plan_operation(project, name, options)?);
    }
    let is_known = |key: &String| planned.iter().any(|(_, keys)| keys.contains(key));
    if let Some(key) = options.keys().find(|key| !is_known(key)) {
        let keys: Vec<String> = planned.iter().flat_map(|(_, keys)| keys.clone()).collect();
        let hint = if keys.is_empty() { "it has none".to_owned() } else { format!("it has `{}`", keys.join("`, `")) };
        return Err(Error::usage(format!("`{}` has no option `{key}`", names.join("`, `"))).say(hint));
    }
    Ok(planned.into_iter().map(|(operation, _)| operation).collect())
}

/// Where relative names of the run begin.
fn folder_of(project: &Project, spec: &RunSpec, pipeline: Option<&PipelineSettings>) -> PathBuf {
    let is_own = pipeline.is_some() && spec.paths.is_empty();
    match spec.paths_from {
        PathsFrom::WorkingDirectory if !is_own => project.machine.working_directory.clone(),
        PathsFrom::WorkingDirectory | PathsFrom::Project => project.root.clone(),
    }
}

fn paths(given: &[Bytes]) -> Vec<OsString> {
    given.iter().map(Bytes::to_os_string).collect()
}

/// What a run without a pipeline looks at.
fn select(project: &Project, spec: &RunSpec, looks_at_changes: bool) -> Result<Selection> {
    let names = || match &spec.work {
        Work::Operations { names, .. } => names.join("`, `"),
        _ => String::new(),
    };
    match (&spec.diff, looks_at_changes) {
        (Some(diff), true) => return of_diff(project, diff, &paths(&spec.paths)),
        (Some(_), false) => return Err(Error::usage(format!("`{}` looks at no changes, so `--diff` is of no use", names()))),
        (None, true) if matches!(spec.work, Work::Operations { .. }) => {
            return Err(Error::usage(format!("`{}` looks at changes, and there is no diff", names())).hint(Hint::NameDiff));
        }
        (None, _) => {}
    }
    let mut selection = Selection { paths: paths(&spec.paths), ..Selection::default() };
    if selection.paths.is_empty() && !spec.has_list {
        selection.paths = vec![".".into()];
    }
    for name in &spec.listed {
        selection.listed.extend(places(project, Bytes(unquoted(&name.0)).to_os_string()));
    }
    if spec.paths_from == PathsFrom::WorkingDirectory {
        take_deleted(project, &mut selection);
    }
    Ok(selection)
}

/// What a run of a pipeline looks at: paths that are given take the place of its own.
fn of_named_pipeline(project: &Project, pipeline: &PipelineSettings, spec: &RunSpec, looks_at_changes: bool) -> Result<Selection> {
    let named = paths(&spec.paths);
    if named.is_empty() {
        check_paths(project, pipeline)?;
    }
    if pipeline.select == Select::All && looks_at_changes {
        let message = format!("the pipeline `{}` looks at changes, and selects none", pipeline.name);
        return Err(Error::usage(message).say("write `select = \"changed\"` or `select = \"staged\"` into its table"));
    }
    let own: Vec<PathArg> = pipeline.paths.iter().map(PathArg::from).collect();
    let all = if named.is_empty() { &own } else { &named };
    let folder = folder_of(project, spec, Some(pipeline));
    of_pipeline(Base { root: &project.root, folder: &folder }, pipeline, (all, &named), looks_at_changes)
}

/// Refuses a pipeline that names what is outside of the project.
///
/// # Errors
/// Fails if it does, or if a glob of it cannot be read.
pub(super) fn check_paths(project: &Project, pipeline: &PipelineSettings) -> Result<()> {
    let is_glob = |path: &&String| is_glob(path.as_ref()) && !project.root.join(path).exists();
    for path in pipeline.paths.iter().filter(is_glob) {
        if let Err(error) = globset::GlobBuilder::new(path).build() {
            return Err(Error::usage(format!("`{path}` is not a glob: {}", error.kind())));
        }
    }
    match pipeline.paths.iter().find(|path| !is_inside(&project.root, path)) {
        None => Ok(()),
        Some(path) => {
            let message = format!("the pipeline `{}` names `{path}`, which is outside of the project", pipeline.name);
            Err(Error::usage(message).hint(Hint::NamePath))
        }
    }
}

/// Refuses paths of a script that lead out of the project.
///
/// # Errors
/// Fails if one does.
pub(super) fn check_inside_project(root: &Path, paths: &[String]) -> std::result::Result<(), String> {
    match paths.iter().find(|path| !is_inside(root, path)) {
        None => Ok(()),
        Some(path) => Err(format!("a script may not look at `{path}`: it is outside of the project")),
    }
}
