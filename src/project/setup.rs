//! A run that is ready: from a spec to everything that a door needs to run it and to report it.

use std::sync::Arc;

use super::driver::{PipelineHooks, State, hooks};
use super::error::{Error, Kind, Result};
use super::model::Purpose;
use super::open::Project;
use super::plan::{Around, plan};
use super::render::Renderer;
use super::reports::{Output, check_formats, check_templates, outputs, pipeline_outputs};
use super::run::run_plan;
use super::spec::{Bytes, RunSpec, Work};
use crate::pipeline::{Forecast, Hooks, ModelPart, Parts, Plan, forecast};
use crate::store::Store;
use crate::types::{Failure, RunReport};

/// A run that is ready.
pub struct Setup {
    /// The project with the settings of the run.
    pub project: Project,
    /// What decides the run.
    pub plan: Plan,
    /// Reports that are to be written: those of the pipeline, then those of the spec.
    pub outputs: Vec<Output>,
    script: Option<PipelineHooks>,
}

/// What a pipeline's script made of a run that is over.
#[derive(Clone, Debug, Default)]
pub struct After {
    /// Why it calls the run a failure, if it does.
    pub failure: Option<String>,
    /// What the script's own runs added up to.
    pub state: State,
}

impl Project {
    /// Resolves a spec on this machine: settings, operations, files to look at, reports, script. Nothing is looked at yet.
    ///
    /// # Errors
    /// What the spec names is not there or cannot be used.
    pub fn plan(&self, spec: &RunSpec, purpose: Purpose) -> Result<Setup> {
        let (project, pipeline) = match &spec.work {
            Work::Pipeline(name) => {
                let (project, pipeline) = self.with_pipeline(name, &spec.settings)?;
                (project, Some(pipeline))
            }
            _ => (self.with(&spec.settings)?, None),
        };
        project.tell_warnings();
        let mut all = match &pipeline {
            Some(pipeline) => pipeline_outputs(&project, pipeline)?,
            None => Vec::new(),
        };
        let given: Vec<_> = spec.outputs.iter().map(|output| Bytes::to_os_string(output).into()).collect();
        all.extend(outputs(&project.machine.working_directory, &given)?);
        check_formats(&project, all.iter().map(Output::format))?;
        let script = match pipeline.as_ref().filter(|pipeline| !pipeline.script.is_empty()) {
            Some(pipeline) => Some(hooks(&project, &spec.settings, &pipeline.script)?),
            None => None,
        };
        let around = Around { hooks: script.as_ref().map(|(hooks, _)| Arc::clone(hooks) as Arc<dyn Hooks>), budget: None };
        let plan = plan(&project, spec, pipeline.as_ref(), purpose, around)?;
        if let Some(pipeline) = &pipeline {
            check_templates(&project, pipeline)?;
        }
        Ok(Setup { project, plan, outputs: all, script })
    }
}

impl Setup {
    /// Whether the run may cost money.
    pub fn pays(&self) -> bool {
        matches!(self.plan.inquiry().model, ModelPart::On(_))
    }

    /// Runs it. What concerns one file, unit, request or plugin is told in the report.
    ///
    /// # Errors
    /// The run cannot go on.
    pub fn run(&self, store: &Arc<Store>) -> Result<RunReport> {
        if let Some((_, driver)) = &self.script {
            driver.use_store(store);
        }
        run_plan(&self.project, &self.plan, store)
    }

    /// What a run would ask, and what it would cost. Gives what could not be looked at.
    ///
    /// # Errors
    /// See [`Setup::run`].
    pub fn forecast(&self, store: &Store, see: &mut dyn FnMut(&Forecast)) -> Result<Vec<Failure>> {
        let parts = Parts::new(store, self.project.machine.clock.as_ref(), &|_| {});
        Ok(forecast(&self.plan, &parts, see)?)
    }

    /// Tells the script of the pipeline that the run is over; none for a run without one.
    ///
    /// # Errors
    /// A mistake in the script.
    pub fn after(&self, renderer: &Renderer<'_>) -> Result<Option<After>> {
        // Without a script nobody needs the document, which is made of all results.
        let Some((hooks, driver)) = &self.script else { return Ok(None) };
        let (value, usd) = renderer.take(|document| (serde_json::to_value(document), document.cost.usd))?;
        let value = value.map_err(|error| Error { kind: Kind::Incomplete, ..Error::usage(error.to_string()) })?;
        // What the script starts now shares the budget with the run that is over.
        driver.note_spent(usd);
        let failure = hooks.after(&value)?;
        Ok(Some(After { failure, state: driver.state() }))
    }
}
