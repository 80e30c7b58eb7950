//! What a script can ask for, answered by the driver.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::changes::{Base, changed_paths};
use super::driver::Driver;
use super::error::chain;
use super::hooks::file_value;
use super::model::Purpose;
use super::operations::plan_operation;
use super::places::report_file;
use super::plan::{check_inside_project, inquiry, plan, target};
use super::render::Renderer;
use super::reports::{check_formats, check_template};
use super::results::results;
use super::spec::{LayerSource, SettingsLayer, Work, os_string};
use super::write;
use crate::diag::Diagnostic;
use crate::git::{Changes, churn, root};
use crate::pipeline::{Forecast, FoundFile, Parts, Target, ask_free, forecast, free_question};
use crate::report::{Format, compare, document, printable};
use crate::script::Host;
use crate::syntax::parse;
use crate::types::{Language, RelPath, Severity, Ticks};

/// A limit of `gate`.
enum Limit {
    FailOn(Severity),
    FailBelow(f64),
}

fn limit(key: &str, value: &Value) -> std::result::Result<Limit, String> {
    match (key, value) {
        ("fail_on", Value::String(name)) => {
            Severity::from_name(name).map(Limit::FailOn).ok_or_else(|| format!("`{name}` is not a severity"))
        }
        ("fail_below", Value::Number(score)) => Ok(Limit::FailBelow(score.as_f64().unwrap_or(0.0))),
        _ => Err(format!("there is no limit `{key}` of this kind: `fail_on` is a severity, `fail_below` a score")),
    }
}

/// A setting of `analyze` as text.
fn setting(key: &str, value: &Value) -> std::result::Result<(String, String), String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(_) => texts(key, value)?.join(","),
        other => other.to_string(),
    };
    Ok((key.to_owned(), text))
}

/// An option that is a list.
fn texts(key: &str, value: &Value) -> std::result::Result<Vec<String>, String> {
    let texts = value.as_array().and_then(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>());
    let example = if key == "operations" { " such as `review:file`" } else { "" };
    texts.ok_or_else(|| format!("`{key}` is a list of names{example}"))
}

impl Driver {
    /// A format by its name or that of a template, if there is one.
    fn format(&self, template: &str) -> std::result::Result<Format, String> {
        let format = Format::from_name(template).unwrap_or_else(|| Format::Template(template.to_owned()));
        check_template(&self.project, &format).map_err(self.words())?;
        check_formats(&self.project, [&format]).map_err(self.words())?;
        Ok(format)
    }

    fn layer(&self, values: Vec<(String, String)>) -> SettingsLayer {
        SettingsLayer { from: LayerSource::Script { is_project: self.is_project }, values }
    }

    /// Operations that a script names are there.
    fn fits_operations(&self, names: &[String]) -> std::result::Result<(), String> {
        names.iter().try_for_each(|name| plan_operation(&self.project, name, &BTreeMap::new()).map(drop)).map_err(self.words())
    }

    /// Whether a script may set this; without a value, any will do.
    fn fits_setting(&self, key: &str, value: Option<&Value>) -> std::result::Result<(), String> {
        let pair = value.map_or_else(|| Ok((key.to_owned(), String::new())), |value| setting(key, value))?;
        let layers: Vec<SettingsLayer> = self.layers.iter().cloned().chain([self.layer(vec![pair])]).collect();
        let Err(error) = self.project.with(&layers) else { return Ok(()) };
        let is_of_key = |diagnostic: &Diagnostic| ["unknown-key", "not-here"].contains(&diagnostic.code);
        if value.is_some() || error.diagnostics.iter().any(is_of_key) { Err(self.project.words(&error)) } else { Ok(()) }
    }
}

impl Host for Driver {
    fn is_cancelled(&self) -> bool {
        self.project.machine.cancel.is_cancelled()
    }

    fn discover(&self, paths: Vec<String>) -> std::result::Result<Value, String> {
        let target = self.target(paths)?;
        Ok(self.found(&target)?.iter().map(file_value).collect())
    }

    fn changed(&self, base: &str) -> std::result::Result<Value, String> {
        let root = &self.project.root;
        let from = Base { root, folder: root };
        let (paths, unseen) = changed_paths(from, &[".".into()], Changes::Since(base)).map_err(|error| error.to_string())?;
        // A script has no coverage in which it would stand.
        for path in unseen {
            let text = format!("warning: only a filter could compare `{path}`, so whether it changed is not known");
            self.project.machine.listener.alarm(&text);
            self.locked().is_incomplete = true;
        }
        let target = Target { listed: paths, ..target(&self.project) };
        Ok(self.found(&target)?.iter().map(file_value).collect())
    }

    fn churn(&self, since: &str) -> std::result::Result<Value, String> {
        let fail = |error: crate::git::GitError| error.to_string();
        let root = root(&self.project.root).map_err(fail)?;
        let churn = churn(&root, since).map_err(fail)?;
        let project = self.project.root.canonicalize().unwrap_or(self.project.root.clone());
        let path = |name: &Vec<u8>| RelPath::new(&project, &root.join(os_string(name))).as_str().to_owned();
        Ok(churn.iter().map(|(name, count)| (path(name), json!(count))).collect::<serde_json::Map<_, _>>().into())
    }

    #[expect(clippy::disallowed_methods, reason = "files that a script wants measured are read here")]
    fn measure(&self, paths: Vec<String>) -> std::result::Result<Value, String> {
        let target = self.target(paths)?;
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
        Ok(self.found(&target)?.iter().map(measure).collect())
    }

    fn analyze(&self, paths: Vec<String>, options: Value) -> std::result::Result<Value, String> {
        let mut pairs = Vec::new();
        let mut operations = Vec::new();
        for (key, value) in options.as_object().into_iter().flatten() {
            match key.as_str() {
                "operations" => operations = texts(key, value)?,
                _ => pairs.push(setting(key, value)?),
            }
        }
        let work = if operations.is_empty() { Work::Enabled } else { Work::Operations { names: operations, options: BTreeMap::new() } };
        let spec = self.spec(work, &paths, Some(self.layer(pairs)));
        let project = self.project.with(&spec.settings).map_err(self.words())?;
        self.bind(&project);
        check_inside_project(&project.root, &paths)?;
        let plan = plan(&project, &spec, None, Purpose::Run, self.around(None)).map_err(self.words())?;
        self.execute(&project, &plan)
    }

    fn price(&self, paths: Vec<String>) -> std::result::Result<Value, String> {
        self.found(&self.target(paths.clone())?)?;
        let spec = self.spec(Work::Enabled, &paths, None);
        let plan = plan(&self.project, &spec, None, Purpose::Run, self.around(None)).map_err(self.words())?;
        let store = self.store().map_err(self.words())?;
        let parts = Parts::new(&store, self.project.machine.clock.as_ref(), &|_| {});
        let (mut questions, mut kept, mut most) = (0, 0, Ticks(0));
        let mut see = |asked: &Forecast| {
            questions += 1;
            kept += usize::from(asked.is_hit);
            most += if asked.is_hit { Ticks(0) } else { asked.most.cost };
        };
        forecast(&plan, &parts, &mut see).map_err(|error| chain(&error))?;
        Ok(json!({ "questions": questions, "kept": kept, "usd": most.usd() }))
    }

    fn run(&self, pipeline: &str) -> std::result::Result<Value, String> {
        let (project, pipeline) = self.project.with_pipeline(pipeline, &self.layers).map_err(self.words())?;
        self.run_pipeline(&project, &pipeline)
    }

    #[expect(clippy::disallowed_methods, reason = "files that a script asks about are read here")]
    fn ask(&self, question: &str, paths: Vec<String>) -> std::result::Result<String, String> {
        let target = self.target(paths)?;
        let mut content = String::new();
        for file in self.found(&target)? {
            let text = std::fs::read_to_string(&file.absolute).map_err(|error| format!("cannot read `{}`: {error}", file.path))?;
            content.push_str(&format!("{}\n{text}\n\n", file.path));
        }
        let content = if content.is_empty() { "(no code)".to_owned() } else { content };
        let store = self.store().map_err(self.words())?;
        let parts = Parts::new(&store, self.project.machine.clock.as_ref(), &|_| {});
        let inquiry = inquiry(&self.project, Purpose::Run, &self.around(None)).map_err(self.words())?;
        let answer = ask_free(&inquiry, &parts, "script:ask", &free_question(question, &content))?;
        self.locked().spent += answer.usage.cost;
        Ok(answer.text)
    }

    fn report(&self, run: &str, template: &str, path: &str) -> std::result::Result<(), String> {
        let format = self.format(template)?;
        let whole = report_file(&self.project.root, path).map_err(self.words())?;
        let (store, report) = self.open(run)?;
        let text = Renderer::new(&self.project, &store, &report).render(&format).map_err(self.words())?;
        let shown = whole.display().to_string();
        write::folder_of(&whole).and_then(|()| write::file(&whole, &shown, &text)).map_err(self.words())
    }

    fn compare(&self, before: &str, after: &str) -> std::result::Result<Value, String> {
        let ((store, before), (_, after)) = (self.open(before)?, self.open(after)?);
        let (old, new) = (results(&before, &store).map_err(self.words())?, results(&after, &store).map_err(self.words())?);
        let (old, new) = (document(&before, &old), document(&after, &new));
        serde_json::to_value(compare(&old, &new)).map_err(|error| error.to_string())
    }

    fn costs(&self) -> std::result::Result<Value, String> {
        let costs = self
            .store()
            .map_err(self.words())?
            .costs(self.project.machine.midnight(), self.project.machine.now_s())
            .map_err(|error| chain(&error))?;
        Ok(costs.periods.iter().map(|line| (line.name.clone(), json!(line.usage.cost.usd()))).collect::<serde_json::Map<_, _>>().into())
    }

    fn cache(&self) -> std::result::Result<Value, String> {
        let stats = self.store().map_err(self.words())?.cache_stats(self.project.machine.now_s()).map_err(|error| chain(&error))?;
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

    fn runs(&self, pipeline: &str, most: usize) -> std::result::Result<Value, String> {
        let runs = self.store().map_err(self.words())?.runs(&self.project.root_name(), 10_000).map_err(|error| chain(&error))?;
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

    fn document(&self, run: &str) -> std::result::Result<Value, String> {
        self.document_of(&self.open(run)?.1)
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

    fn gate(&self, document: &Value, limits: &Value) -> std::result::Result<bool, String> {
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

    fn fits(&self, function: &str, option: &str, value: Option<&Value>) -> std::result::Result<(), String> {
        match (function, option, value) {
            ("analyze", "operations", Some(names)) => self.fits_operations(&texts(option, names)?),
            ("analyze", "operations", None) | ("gate", "fail_on" | "fail_below", None) => Ok(()),
            ("analyze", ..) => self.fits_setting(option, value),
            ("gate", ..) => limit(option, value.unwrap_or(&Value::Null)).map(drop),
            ("run", "pipeline", Some(Value::String(name))) => {
                self.project.with_pipeline(name, &self.layers).map(drop).map_err(self.words())
            }
            ("report", "template", Some(Value::String(name))) => self.format(name).map(drop),
            ("report", "path", Some(Value::String(path))) => report_file(&self.project.root, path).map(drop).map_err(self.words()),
            _ => Ok(()),
        }
    }

    fn print(&self, text: &str) {
        self.project.machine.listener.print(&format!("{}\n", printable(text)));
    }

    fn log(&self, text: &str) {
        self.project.machine.listener.alarm(&printable(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_another_kind_are_mistakes() {
        assert_eq!(setting("a", &json!(["x", "y"])), Ok(("a".to_owned(), "x,y".to_owned())));
        assert_eq!(setting("a", &json!(["x", 1])), Err("`a` is a list of names".to_owned()));
        assert_eq!(texts("operations", &json!("review:file")), Err("`operations` is a list of names such as `review:file`".to_owned()));
        assert!(limit("fail_below", &json!("60")).is_err() && limit("fail_on", &json!("hgih")).is_err());
    }
}
