//! Owns what scripts get when they ask for something, and what their asking adds up to. Never looks at code itself.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::analyze::{analyze, os_string};
use super::analyzers::{enabled_operations, plugin_host};
use super::args::{Global, RunArgs};
use super::context::{Context, SystemClock, colors_errors};
use super::exit::{Failed, chain};
use super::history::open;
use super::hooks::file_value;
use super::operate::plan_operation;
use super::output;
use super::pipelines::{changed_paths, plan as plan_pipeline};
use super::places::{NamedBy, is_inside, report_file};
use super::reports::{Shown, check_formats, check_template, midnight, results};
use super::scripts::hooks_of;
use crate::config::{Layer, PipelineSettings};
use crate::diag::Diagnostic;
use crate::git::{Changes, churn, root};
use crate::pipeline::{
    Clock as _, Forecast, FoundFile, Hooks, Parts, PathArg, Plan, PlannedOperation, ask_free, forecast, free_question, is_glob, sources,
};
use crate::report::{Format, compare, document};
use crate::script::Host;
use crate::store::Store;
use crate::syntax::parse;
use crate::types::{Language, Outcome, RelPath, RunReport, Severity, Ticks};

/// Most scripts inside of each other: one may run a pipeline that has another.
const MAX_DEPTH: usize = 4;

/// Most runs of one script, those of the scripts in it included: each leaves a row in the store.
const MAX_RUNS: usize = 1_000;

/// What has happened so far.
#[derive(Clone, Copy, Default)]
pub(super) struct State {
    pub(super) is_incomplete: bool,
    pub(super) is_gate_hit: bool,
    limit: Option<Ticks>,
    /// What the user allows.
    most: Option<Ticks>,
    spent: Ticks,
    n_runs: usize,
}

impl State {
    fn begin_run(&mut self) -> Result<(), String> {
        if self.n_runs == MAX_RUNS {
            return Err(format!("a script can start at most {MAX_RUNS} runs"));
        }
        self.n_runs += 1;
        Ok(())
    }
}

/// Does what scripts ask for.
pub(super) struct Driver {
    global: Global,
    /// The flags of the command that bind all that the script starts: whether and for how much the model is asked.
    flags: RunArgs,
    pub(super) context: Context,
    store: Arc<Store>,
    /// Of the script and of those that it has run.
    state: Arc<Mutex<State>>,
    /// Scripts around it.
    depth: usize,
    /// Whether the script belongs to the checkout.
    is_project: bool,
}

impl Driver {
    pub(super) fn new(global: &Global, run: &RunArgs, context: Context, by: NamedBy) -> Result<Self, Failed> {
        let store = context.store_or_memory(global.quiet)?;
        let flags = RunArgs { no_model: run.no_model, max_usd: run.max_usd.clone(), ..RunArgs::default() };
        // A script is one command: what it starts shares one budget.
        let most = context.settings.max_cost;
        let state = State { limit: most, most, ..State::default() };
        let is_project = by == NamedBy::Checkout;
        Ok(Self {
            global: global.clone(),
            flags,
            context,
            store: Arc::new(store),
            state: Arc::new(Mutex::new(state)),
            depth: 0,
            is_project,
        })
    }

    /// Counts what was spent beside the script, as by the run whose hooks it has.
    pub(super) fn note_spent(&self, usd: f64) {
        self.locked().spent += Ticks::from_usd(usd);
    }

    /// For the script of a pipeline that this script runs: they share what was spent and what went wrong.
    fn inner(&self, context: Context) -> Self {
        let (store, state) = (Arc::clone(&self.store), Arc::clone(&self.state));
        Self { global: self.global.clone(), flags: self.flags.clone(), context, store, state, depth: self.depth + 1, is_project: true }
    }

    /// Runs a pipeline that has a script of its own.
    fn run_hooked(&self, pipeline: &PipelineSettings, plan: &mut Plan) -> Result<Value, String> {
        if self.depth == MAX_DEPTH {
            return Err(format!(
                "the pipeline `{}` is run by a script in a script in a script: {MAX_DEPTH} deep is the limit",
                pipeline.name
            ));
        }
        let (own, _) = Context::load_pipeline(&self.global, &self.flags, &pipeline.name).map_err(words)?;
        let (hooks, _) = hooks_of(self.inner(own), &pipeline.script).map_err(words)?;
        plan.hooks = Some(Arc::clone(&hooks) as Arc<dyn Hooks>);
        let document = self.execute(plan)?;
        if let Some(why) = hooks.after(&document).map_err(|mistake| words(Failed::from(vec![*mistake])))? {
            output::note(&format!("the script of the pipeline `{}` failed: {why}", pipeline.name));
            self.locked().is_gate_hit = true;
        }
        Ok(document)
    }

    pub(super) fn state(&self) -> State {
        *self.locked()
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics while it counts")
    }

    /// A plan for these paths, which stand below the root of the project, within what may still be spent.
    fn plan(&self, context: &Context, paths: Vec<String>) -> Result<Plan, String> {
        if let Some(path) = paths.iter().find(|path| !is_inside(&context.project, path)) {
            return Err(format!("a script may not look at `{path}`: it is outside of the project"));
        }
        let paths: Vec<PathArg> = paths.into_iter().map(PathArg::from).collect();
        let mut plan = context.plan(Vec::new(), &self.flags, true).map_err(words)?;
        plan.listed = paths;
        plan.working_directory.clone_from(&context.project);
        self.limit(&mut plan);
        Ok(plan)
    }

    /// Holds the whole script to a bound that one of its options brings, as for a model that the checkout chose; and says what was not raised.
    fn bind(&self, context: &Context) {
        let is_new = |warning: &&Diagnostic| self.context.config.warnings.iter().all(|known| known.message != warning.message);
        for warning in context.config.warnings.iter().filter(is_new) {
            if self.context.notes_once(&warning.message) {
                output::note(&warning.render(colors_errors(&self.global)));
            }
        }
        if let Some(bound) = context.settings.max_cost.filter(|_| context.settings.is_bound_by_project) {
            let mut state = self.locked();
            state.limit = Some(state.limit.map_or(bound, |limit| limit.min(bound)));
            state.most = Some(state.most.map_or(bound, |most| most.min(bound)));
        }
    }

    fn limit(&self, plan: &mut Plan) {
        let state = self.state();
        if let Some(limit) = state.limit {
            let left = Ticks((limit.0 - state.spent.0).max(0));
            plan.max_cost = Some(plan.max_cost.map_or(left, |own| own.min(left)));
        }
    }

    fn execute(&self, plan: &Plan) -> Result<Value, String> {
        self.locked().begin_run()?;
        let report = analyze(&self.global, plan, &self.store).map_err(words)?;
        {
            let mut state = self.locked();
            state.spent += report.usage.cost;
            state.is_incomplete |= report.outcome == Outcome::Incomplete;
            state.is_gate_hit |= !report.gate.passed;
        }
        self.document_of(&report)
    }

    fn document_of(&self, report: &RunReport) -> Result<Value, String> {
        let results = results(report, &self.store).map_err(words)?;
        serde_json::to_value(document(report, &results)).map_err(|error| error.to_string())
    }

    fn found(&self, plan: &Plan) -> Result<Vec<FoundFile>, String> {
        let is_there = |path: &PathArg| plan.working_directory.join(path).symlink_metadata().is_ok();
        if let Some(path) = plan.listed.iter().find(|path| !is_glob(path.as_os_str()) && !is_there(path)) {
            return Err(format!("no such file or directory: `{}`", path.to_string_lossy()));
        }
        sources(plan).map_err(|error| chain(&error))
    }

    /// A format by its name or that of a template, if there is one.
    fn format(&self, template: &str) -> Result<Format, String> {
        let format = Format::from_name(template).unwrap_or_else(|| Format::Template(template.to_owned()));
        check_template(&self.context, &format).map_err(words)?;
        check_formats(&self.context, [&format]).map_err(words)?;
        Ok(format)
    }

    /// Whether a script may set this; without a value, any will do.
    fn fits_setting(&self, key: &str, value: Option<&Value>) -> Result<(), String> {
        let pair = value.map_or_else(|| Ok((key.to_owned(), String::new())), |value| setting(key, value))?;
        let Err(failed) = Context::with_layer(&self.global, &self.flags, Layer::from_script([pair], self.is_project)) else {
            return Ok(());
        };
        let (diagnostics, words) = failed.into_parts();
        let is_of_key = value.is_some() || diagnostics.iter().any(|diagnostic| ["unknown-key", "not-here"].contains(&diagnostic.code));
        if is_of_key { Err(words) } else { Ok(()) }
    }
}

/// A limit of `gate`.
enum Limit {
    FailOn(Severity),
    FailBelow(f64),
}

fn limit(key: &str, value: &Value) -> Result<Limit, String> {
    match (key, value) {
        ("fail_on", Value::String(name)) => {
            Severity::from_name(name).map(Limit::FailOn).ok_or_else(|| format!("`{name}` is not a severity"))
        }
        ("fail_below", Value::Number(score)) => Ok(Limit::FailBelow(score.as_f64().unwrap_or(0.0))),
        _ => Err(format!("there is no limit `{key}` of this kind: `fail_on` is a severity, `fail_below` a score")),
    }
}

/// A setting of `analyze` as text.
fn setting(key: &str, value: &Value) -> Result<(String, String), String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(_) => texts(key, value)?.join(","),
        other => other.to_string(),
    };
    Ok((key.to_owned(), text))
}

/// An option that is a list.
fn texts(key: &str, value: &Value) -> Result<Vec<String>, String> {
    let texts = value.as_array().and_then(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>());
    let example = if key == "operations" { " such as `review:file`" } else { "" };
    texts.ok_or_else(|| format!("`{key}` is a list of names{example}"))
}

/// Operations by their names.
fn planned(context: &Context, names: &[String]) -> Result<Vec<PlannedOperation>, String> {
    let host = plugin_host(context);
    let plan = |name: &String| plan_operation(context, &host, name, &BTreeMap::new()).map(|(planned, _)| planned);
    names.iter().map(plan).collect::<Result<_, Failed>>().map_err(words)
}

#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
fn words(failed: Failed) -> String {
    failed.words()
}

impl Host for Driver {
    fn discover(&self, paths: Vec<String>) -> Result<Value, String> {
        let plan = self.plan(&self.context, paths)?;
        Ok(self.found(&plan)?.iter().map(file_value).collect())
    }

    fn changed(&self, base: &str) -> Result<Value, String> {
        let mut plan = self.plan(&self.context, Vec::new())?;
        let (paths, unseen) = changed_paths(&plan, &[".".into()], Changes::Since(base)).map_err(|error| error.to_string())?;
        // A script has no coverage in which it would stand.
        for path in unseen {
            output::note(&format!("warning: only a filter could compare `{path}`, so whether it changed is not known"));
            self.locked().is_incomplete = true;
        }
        plan.listed = paths;
        Ok(self.found(&plan)?.iter().map(file_value).collect())
    }

    fn churn(&self, since: &str) -> Result<Value, String> {
        let fail = |error: crate::git::GitError| error.to_string();
        let root = root(&self.context.project).map_err(fail)?;
        let churn = churn(&root, since).map_err(fail)?;
        let project = self.context.project.canonicalize().unwrap_or(self.context.project.clone());
        let path = |name: &Vec<u8>| RelPath::new(&project, &root.join(os_string(name))).as_str().to_owned();
        Ok(churn.iter().map(|(name, count)| (path(name), json!(count))).collect::<serde_json::Map<_, _>>().into())
    }

    #[expect(clippy::disallowed_methods, reason = "files that a script wants measured are read here")]
    fn measure(&self, paths: Vec<String>) -> Result<Value, String> {
        let plan = self.plan(&self.context, paths)?;
        let measure = |file: &FoundFile| {
            let mut value = file_value(file);
            // What is no text is measured as nothing, as the filter would decline it.
            let text = std::fs::read_to_string(&file.absolute).unwrap_or_default();
            let parsed = parse(Language::of(&file.absolute).unwrap_or(Language::C), &text);
            let sum = |of: fn(&crate::syntax::Function) -> u32| parsed.functions.iter().map(of).map(u64::from).sum::<u64>();
            value["code_lines"] = json!(parsed.lines.code);
            value["functions"] = json!(parsed.functions.len());
            value["cyclomatic"] = json!(sum(|function| function.cyclomatic));
            value["cognitive"] = json!(sum(|function| function.cognitive));
            value
        };
        Ok(self.found(&plan)?.iter().map(measure).collect())
    }

    fn analyze(&self, paths: Vec<String>, options: Value) -> Result<Value, String> {
        let mut pairs = Vec::new();
        let mut operations = Vec::new();
        for (key, value) in options.as_object().into_iter().flatten() {
            match key.as_str() {
                "operations" => operations = texts(key, value)?,
                _ => pairs.push(setting(key, value)?),
            }
        }
        let context = Context::with_layer(&self.global, &self.flags, Layer::from_script(pairs, self.is_project)).map_err(words)?;
        self.bind(&context);
        let mut plan = self.plan(&context, paths)?;
        // A name that is not there is a mistake, not a clean run.
        plan.paths = std::mem::take(&mut plan.listed);
        plan.operations =
            if operations.is_empty() { enabled_operations(&context).map_err(words)? } else { planned(&context, &operations)? };
        self.execute(&plan)
    }

    fn price(&self, paths: Vec<String>) -> Result<Value, String> {
        let mut plan = self.plan(&self.context, paths)?;
        plan.operations = enabled_operations(&self.context).map_err(words)?;
        self.found(&plan)?;
        let parts = Parts { store: &self.store, clock: &SystemClock, events: &|_| {} };
        let (mut questions, mut kept, mut most) = (0, 0, Ticks(0));
        let mut see = |asked: &Forecast| {
            questions += 1;
            kept += usize::from(asked.is_hit);
            most += if asked.is_hit { Ticks(0) } else { asked.most.cost };
        };
        forecast(&plan, &parts, &mut see).map_err(|error| chain(&error))?;
        Ok(json!({ "questions": questions, "kept": kept, "usd": most.usd() }))
    }

    fn run(&self, pipeline: &str) -> Result<Value, String> {
        let (context, pipeline) = Context::load_pipeline(&self.global, &self.flags, pipeline).map_err(words)?;
        let mut plan = plan_pipeline(&context, &pipeline, &[], &self.flags).map_err(words)?;
        self.limit(&mut plan);
        if pipeline.script.is_empty() { self.execute(&plan) } else { self.run_hooked(&pipeline, &mut plan) }
    }

    #[expect(clippy::disallowed_methods, reason = "files that a script asks about are read here")]
    fn ask(&self, question: &str, paths: Vec<String>) -> Result<String, String> {
        let plan = self.plan(&self.context, paths)?;
        let mut content = String::new();
        for file in self.found(&plan)? {
            let text = std::fs::read_to_string(&file.absolute).map_err(|error| format!("cannot read `{}`: {error}", file.path))?;
            content.push_str(&format!("{}\n{text}\n\n", file.path));
        }
        let content = if content.is_empty() { "(no code)".to_owned() } else { content };
        let parts = Parts { store: &self.store, clock: &SystemClock, events: &|_| {} };
        let answer = ask_free(&plan, &parts, "script:ask", &free_question(question, &content))?;
        self.locked().spent += answer.usage.cost;
        Ok(answer.text)
    }

    fn report(&self, run: &str, template: &str, path: &str) -> Result<(), String> {
        let format = self.format(template)?;
        let whole = report_file(&self.context.project, path).map_err(words)?;
        let report = open(&self.context, &self.store, run).map_err(words)?;
        let text = Shown { context: &self.context, store: &self.store, report: &report }.render(&format).map_err(words)?;
        output::folder_of(&whole).and_then(|()| output::file(&whole, &text)).map_err(words)
    }

    fn compare(&self, before: &str, after: &str) -> Result<Value, String> {
        let (before, after) =
            (open(&self.context, &self.store, before).map_err(words)?, open(&self.context, &self.store, after).map_err(words)?);
        let (old, new) = (results(&before, &self.store).map_err(words)?, results(&after, &self.store).map_err(words)?);
        let (old, new) = (document(&before, &old), document(&after, &new));
        serde_json::to_value(compare(&old, &new)).map_err(|error| error.to_string())
    }

    fn costs(&self) -> Result<Value, String> {
        let costs = self.store.costs(midnight(), SystemClock.now_ns() / 1_000_000_000).map_err(|error| chain(&error))?;
        Ok(costs.periods.iter().map(|line| (line.name.clone(), json!(line.usage.cost.usd()))).collect::<serde_json::Map<_, _>>().into())
    }

    fn cache(&self) -> Result<Value, String> {
        let stats = self.store.cache_stats(SystemClock.now_ns() / 1_000_000_000).map_err(|error| chain(&error))?;
        Ok(json!({
            "answers": stats.answers,
            "expired": stats.expired,
            "hits": stats.hits,
            "misses": stats.misses,
            "saved_usd": stats.saved.usd(),
            "results": stats.results,
            "size_bytes": stats.size_bytes,
        }))
    }

    fn runs(&self, pipeline: &str, most: usize) -> Result<Value, String> {
        let runs = self.store.runs(&self.context.project.to_string_lossy(), 10_000).map_err(|error| chain(&error))?;
        let fits = |run: &&crate::store::KeptRun| pipeline.is_empty() || run.pipeline == pipeline;
        let value = |run: &crate::store::KeptRun| {
            json!({
                "id": run.id,
                "started_at": run.started_at,
                "pipeline": run.pipeline,
                "outcome": run.outcome,
                "scores": run.scores,
                "findings": run.counts,
                "usd": run.cost.usd(),
            })
        };
        Ok(runs.iter().filter(fits).take(most).map(value).collect())
    }

    fn document(&self, run: &str) -> Result<Value, String> {
        self.document_of(&open(&self.context, &self.store, run).map_err(words)?)
    }

    fn budget(&self, usd: f64) {
        let mut state = self.locked();
        let limit = Ticks(state.spent.0 + Ticks::from_usd(usd.max(0.0)).0);
        // A script inside of another one spends what that one may spend.
        let outer = state.limit.filter(|_| self.depth > 0);
        state.limit = [outer, state.most].into_iter().flatten().chain([limit]).min();
    }

    fn spent(&self) -> f64 {
        self.state().spent.usd()
    }

    fn gate(&self, document: &Value, limits: &Value) -> Result<bool, String> {
        let mut is_hit = false;
        for (key, value) in limits.as_object().into_iter().flatten() {
            is_hit |= match limit(key, value)? {
                Limit::FailOn(limit) => {
                    let counts = &document["summary"]["findings"];
                    Severity::ALL
                        .into_iter()
                        .filter(|severity| *severity >= limit)
                        .any(|severity| counts[severity.name()].as_u64() > Some(0))
                }
                Limit::FailBelow(limit) => {
                    let mut scores =
                        document["files"].as_array().into_iter().flatten().filter_map(|file| file["score"]["overall"].as_f64());
                    scores.any(|score| score < limit)
                }
            };
        }
        self.locked().is_gate_hit |= is_hit;
        Ok(!is_hit)
    }

    fn fits(&self, function: &str, option: &str, value: Option<&Value>) -> Result<(), String> {
        match (function, option, value) {
            ("analyze", "operations", Some(names)) => planned(&self.context, &texts(option, names)?).map(drop),
            ("analyze", "operations", None) | ("gate", "fail_on" | "fail_below", None) => Ok(()),
            ("analyze", ..) => self.fits_setting(option, value),
            ("gate", ..) => limit(option, value.unwrap_or(&Value::Null)).map(drop),
            ("run", "pipeline", Some(Value::String(name))) => {
                Context::load_pipeline(&self.global, &self.flags, name).map(drop).map_err(words)
            }
            ("report", "template", Some(Value::String(name))) => self.format(name).map(drop),
            ("report", "path", Some(Value::String(path))) => report_file(&self.context.project, path).map(drop).map_err(words),
            _ => Ok(()),
        }
    }

    fn print(&self, text: &str) {
        drop(output::result(&format!("{}\n", crate::report::printable(text))));
    }

    fn log(&self, text: &str) {
        output::note(&crate::report::printable(text));
    }
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

    #[test]
    fn options_of_another_kind_are_mistakes() {
        assert_eq!(setting("a", &json!(["x", "y"])), Ok(("a".to_owned(), "x,y".to_owned())));
        assert_eq!(setting("a", &json!(["x", 1])), Err("`a` is a list of names".to_owned()));
        assert_eq!(texts("operations", &json!("review:file")), Err("`operations` is a list of names such as `review:file`".to_owned()));
        assert!(limit("fail_below", &json!("60")).is_err() && limit("fail_on", &json!("hgih")).is_err());
    }
}
