//! What scripts get when they ask for something, and what their asking adds up to.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value;

use super::error::{Error, Hint, Result, chain};
use super::history::open;
use super::hooks::{HOOKS, ScriptHooks};
use super::model::Purpose;
use super::open::Project;
use super::places::{NamedBy, is_inside, stays_inside};
use super::plan::{Around, check_inside_project, plan, target};
use super::results::results;
use super::run::run_plan;
use super::scripts::{Source, find, named_by_pipeline};
use super::spec::{Bytes, LayerSource, PathsFrom, RunSpec, SettingsLayer, Work};
use crate::config::PipelineSettings;
use crate::diag::Diagnostic;
use crate::pipeline::{FoundFile, Hooks, PathArg, Plan, Target, is_glob, sources};
use crate::report::document;
use crate::script::{Ended, Host, Script, check};
use crate::store::Store;
use crate::types::{Outcome, RunReport, Ticks};

/// Most scripts inside of each other: one may run a pipeline that has another.
const MAX_DEPTH: usize = 4;

/// Most runs of one script, those of the scripts in it included: each leaves a row in the store.
const MAX_RUNS: usize = 1_000;

/// What has happened so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct State {
    /// Whether a run of it was incomplete.
    pub is_incomplete: bool,
    /// Whether a gate was hit.
    pub is_gate_hit: bool,
    pub(super) limit: Option<Ticks>,
    /// What the user allows.
    pub(super) most: Option<Ticks>,
    pub(super) spent: Ticks,
    n_runs: usize,
}

impl State {
    fn begin_run(&mut self) -> std::result::Result<(), String> {
        if self.n_runs == MAX_RUNS {
            return Err(format!("a script can start at most {MAX_RUNS} runs"));
        }
        self.n_runs += 1;
        Ok(())
    }
}

/// Does what scripts ask for.
pub struct Driver {
    pub(super) project: Project,
    /// Settings of the request that bind all that the script starts: whether and for how much the model is asked.
    pub(super) layers: Vec<SettingsLayer>,
    /// Opened when it is needed.
    store: Arc<OnceLock<Arc<Store>>>,
    /// Of the script and of those that it has run.
    state: Arc<Mutex<State>>,
    /// Scripts around it.
    pub(super) depth: usize,
    /// Whether the script belongs to the checkout.
    pub(super) is_project: bool,
}

/// What a driver of a pipeline's script gives a run.
pub(super) type PipelineHooks = (Arc<ScriptHooks>, Arc<Driver>);

/// Settings that bind what a script starts; the others are about the run that it takes part in.
fn binding(layers: &[SettingsLayer]) -> Vec<SettingsLayer> {
    let is_of_model = |(key, _): &(String, String)| matches!(key.as_str(), "model.mode" | "budget.max-usd");
    let binds = |layer: &&SettingsLayer| match &layer.from {
        LayerSource::Flag(name) => name == "--set" || layer.values.iter().all(is_of_model),
        LayerSource::Environment | LayerSource::Script { .. } => true,
    };
    layers.iter().filter(binds).cloned().collect()
}

impl Driver {
    fn new(project: Project, layers: &[SettingsLayer], by: NamedBy) -> Self {
        // A script is one command: what it starts shares one budget.
        let most = project.settings.max_cost;
        let state = State { limit: most, most, ..State::default() };
        let layers = binding(layers);
        Self { project, layers, store: Arc::default(), state: Arc::new(Mutex::new(state)), depth: 0, is_project: by == NamedBy::Checkout }
    }

    /// Counts what was spent beside the script, as by the run whose hooks it has.
    pub(super) fn note_spent(&self, usd: f64) {
        self.locked().spent += Ticks::from_usd(usd);
    }

    /// Uses the store of the run whose hooks it has.
    pub(super) fn use_store(&self, store: &Arc<Store>) {
        // One that is in use already is the same.
        let _ = self.store.set(Arc::clone(store));
    }

    pub(super) fn store(&self) -> Result<Arc<Store>> {
        if let Some(store) = self.store.get() {
            return Ok(Arc::clone(store));
        }
        let opened = Arc::new(self.project.store_or_memory(false)?);
        Ok(Arc::clone(self.store.get_or_init(|| opened)))
    }

    /// For the script of a pipeline that this script runs: they share what was spent and what went wrong.
    fn inner(&self, project: Project) -> Self {
        let (store, state) = (Arc::clone(&self.store), Arc::clone(&self.state));
        Self { project, layers: self.layers.clone(), store, state, depth: self.depth + 1, is_project: true }
    }

    /// What has happened so far.
    pub fn state(&self) -> State {
        *self.locked()
    }

    pub(super) fn locked(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn words(&self) -> impl Fn(Error) -> String {
        |error| self.project.words(&error)
    }

    /// Files below these paths, which stand below the root of the project.
    pub(super) fn target(&self, paths: Vec<String>) -> std::result::Result<Target, String> {
        check_inside_project(&self.project.root, &paths)?;
        Ok(Target { listed: paths.into_iter().map(PathArg::from).collect(), ..target(&self.project) })
    }

    /// A run of a script: paths begin in the root of the project.
    pub(super) fn spec(&self, work: Work, paths: &[String], own: Option<SettingsLayer>) -> RunSpec {
        let settings = self.layers.iter().cloned().chain(own).collect();
        let paths = paths.iter().map(Bytes::from).collect();
        // No name is no file, not the whole project.
        RunSpec { paths, has_list: true, paths_from: PathsFrom::Project, ..RunSpec::new(work, settings) }
    }

    /// Holds the whole script to a bound that one of its options brings, as for a model that the checkout chose; and says what was not raised.
    pub(super) fn bind(&self, project: &Project) {
        let is_new = |warning: &&Diagnostic| self.project.config.warnings.iter().all(|known| known.message != warning.message);
        for warning in project.config.warnings.iter().filter(is_new) {
            if self.project.is_new(&warning.message) {
                self.project.machine.listener.warning(warning);
            }
        }
        if let Some(bound) = project.settings.max_cost.filter(|_| project.settings.is_bound_by_project) {
            let mut state = self.locked();
            state.limit = Some(state.limit.map_or(bound, |limit| limit.min(bound)));
            state.most = Some(state.most.map_or(bound, |most| most.min(bound)));
        }
    }

    /// What a run of the script gets from around it.
    pub(super) fn around(&self, hooks: Option<Arc<dyn Hooks>>) -> Around {
        let state = self.state();
        Around { hooks, budget: state.limit.map(|limit| Ticks((limit.0 - state.spent.0).max(0))) }
    }

    pub(super) fn execute(&self, project: &Project, plan: &Plan) -> std::result::Result<Value, String> {
        self.locked().begin_run()?;
        let store = self.store().map_err(self.words())?;
        let report = run_plan(project, plan, &store).map_err(self.words())?;
        {
            let mut state = self.locked();
            state.spent += report.usage.cost;
            state.is_incomplete |= report.outcome == Outcome::Incomplete;
            state.is_gate_hit |= !report.gate.passed;
        }
        self.document_of(&report)
    }

    /// Runs a pipeline with its script, which may run others.
    pub(super) fn run_pipeline(&self, project: &Project, pipeline: &PipelineSettings) -> std::result::Result<Value, String> {
        let spec = self.spec(Work::Pipeline(pipeline.name.clone()), &[], None);
        let spec = RunSpec { paths_from: PathsFrom::WorkingDirectory, ..spec };
        let plan_with = |hooks| plan(project, &spec, Some(pipeline), Purpose::Run, self.around(hooks)).map_err(self.words());
        if pipeline.script.is_empty() {
            return self.execute(project, &plan_with(None)?);
        }
        if self.depth == MAX_DEPTH {
            return Err(format!(
                "the pipeline `{}` is run by a script in a script in a script: {MAX_DEPTH} deep is the limit",
                pipeline.name
            ));
        }
        let (hooks, _) = hooks_of(self.inner(project.clone()), &pipeline.script).map_err(self.words())?;
        let document = self.execute(project, &plan_with(Some(Arc::clone(&hooks) as Arc<dyn Hooks>))?)?;
        if let Some(why) = hooks.after(&document).map_err(|mistake| self.project.words(&Error::from(mistake)))? {
            self.project.machine.listener.alarm(&format!("the script of the pipeline `{}` failed: {why}", pipeline.name));
            self.locked().is_gate_hit = true;
        }
        Ok(document)
    }

    pub(super) fn document_of(&self, report: &RunReport) -> std::result::Result<Value, String> {
        let store = self.store().map_err(self.words())?;
        let results = results(report, &store).map_err(self.words())?;
        serde_json::to_value(document(report, &results)).map_err(|error| error.to_string())
    }

    pub(super) fn open(&self, run: &str) -> std::result::Result<(Arc<Store>, RunReport), String> {
        let store = self.store().map_err(self.words())?;
        let report = open(&self.project, &store, run).map_err(self.words())?;
        Ok((store, report))
    }

    pub(super) fn found(&self, target: &Target) -> std::result::Result<Vec<FoundFile>, String> {
        let is_there = |path: &PathArg| target.working_directory.join(path).symlink_metadata().is_ok();
        if let Some(path) = target.listed.iter().find(|path| !is_glob(path.as_os_str()) && !is_there(path)) {
            return Err(format!("no such file or directory: `{}`", path.to_string_lossy()));
        }
        sources(target).map_err(|error| chain(&error))
    }
}

/// The hooks of a pipeline's script, and whoever answers it. `project` has the settings of the pipeline, `layers` those of the request.
///
/// # Errors
/// The script is not there, is outside of the project, or has no hook.
pub(super) fn hooks(project: &Project, layers: &[SettingsLayer], script: &str) -> Result<PipelineHooks> {
    hooks_of(Driver::new(project.clone(), layers, NamedBy::Checkout), script)
}

/// The hooks of a script that `driver` serves.
fn hooks_of(driver: Driver, name: &str) -> Result<PipelineHooks> {
    let (project, driver) = (driver.project.clone(), Arc::new(driver));
    if !is_inside(&project.root, name) || !stays_inside(&project.root, &project.root.join(name)) {
        return Err(Error::usage(format!("the script `{name}` is outside of the project")).hint(Hint::RunScript));
    }
    let Source { shown, text, .. } = find(&project, &named_by_pipeline(&project, name))?;
    let script = Script::parse(&shown, &text, Arc::clone(&driver) as Arc<dyn Host>)?;
    let hooks = ScriptHooks::new(script);
    if !hooks.has_any() {
        let names: Vec<String> = HOOKS.iter().map(|(name, _)| format!("`{name}`")).collect();
        let hint = format!("functions of one parameter, called {}", names.join(", "));
        return Err(Error::usage(format!("`{shown}` has no hook")).say(hint));
    }
    Ok((Arc::new(hooks), driver))
}

/// What is wrong in a script as far as its text says.
///
/// # Errors
/// There is no such script.
pub fn script_mistakes(project: &Project, layers: &[SettingsLayer], name: &str) -> Result<Vec<Diagnostic>> {
    let Source { shown, text, by } = find(project, name)?;
    Ok(check(&shown, &text, &Driver::new(project.clone(), layers, by)))
}

/// Runs a script with its arguments. Gives how it ended, and what its runs added up to.
///
/// # Errors
/// There is no such script, or a mistake in it.
pub fn run_script(project: &Project, layers: &[SettingsLayer], name: &str, args: &[String]) -> Result<(Ended, State)> {
    let Source { shown, text, by } = find(project, name)?;
    let driver = Arc::new(Driver::new(project.clone(), layers, by));
    let script = Script::parse(&shown, &text, Arc::clone(&driver) as Arc<dyn Host>)?;
    let ended = script.run(args)?;
    Ok((ended, driver.state()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_starts_so_many_runs_and_no_more() {
        let mut state = State::default();
        for _ in 0..MAX_RUNS {
            assert_eq!(state.begin_run(), Ok(()));
        }
        assert_eq!(state.begin_run(), Err("a script can start at most 1000 runs".to_owned()));
    }
}
