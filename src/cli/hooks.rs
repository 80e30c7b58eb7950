//! Owns the functions of a script that take part in a run of a pipeline. Never runs one by itself.

use serde_json::{Value, json};

use crate::diag::{Diagnostic, Gravity};
use crate::pipeline::{FoundFile, HookError, Hooks, Verdict};
use crate::report::file_view;
use crate::script::Script;
use crate::types::{FileResult, FileRow, Finding, Language, Role, Severity};

/// Names that a script gives its hooks, each with the number of its parameters.
pub(super) const HOOKS: [(&str, usize); 6] = [("keep", 1), ("group", 1), ("priority", 1), ("on_finding", 1), ("score", 1), ("after", 1)];

/// A script whose functions are hooks.
pub(super) struct ScriptHooks {
    script: Script,
}

impl ScriptHooks {
    pub(super) fn new(script: Script) -> Self {
        Self { script }
    }

    /// Whether any function of it is a hook.
    pub(super) fn has_any(&self) -> bool {
        HOOKS.iter().any(|(name, n_parameters)| self.script.has(name, *n_parameters))
    }

    /// Tells the script that the run is over; gives why it calls that a failure, if it does.
    pub(super) fn after(&self, document: &Value) -> Result<Option<String>, HookError> {
        if !self.script.has("after", 1) {
            return Ok(None);
        }
        Ok(self.script.call("after", std::slice::from_ref(document))?.err())
    }

    /// What a hook says; none when it is not there. In the middle of a run, nothing is a failure.
    fn ask(&self, name: &str, value: &Value) -> Result<Option<Value>, HookError> {
        if self.script.has(name, 1) { Ok(self.script.call(name, std::slice::from_ref(value))?.ok()) } else { Ok(None) }
    }
}

/// A severity that a script gave; one that is none must not pass for "as it was".
fn severity(value: &Value) -> Result<Severity, HookError> {
    value.as_str().and_then(Severity::from_name).ok_or_else(|| {
        let message = format!("`on_finding` gave {value}, which is no severity");
        let hint = Some("info, low, medium, high or critical".to_owned());
        Box::new(Diagnostic { gravity: Gravity::Error, code: "script", message, excerpt: None, hint })
    })
}

/// What a script gets to see of a file.
pub(super) fn file_value(file: &FoundFile) -> Value {
    let path = file.path.as_str();
    json!({
        "path": path,
        "language": Language::of(&file.absolute).map_or("", Language::name),
        "role": Role::of(path).name(),
        "size": file.stat.size,
    })
}

impl Hooks for ScriptHooks {
    fn keep(&self, file: &FoundFile) -> Result<bool, HookError> {
        Ok(self.ask("keep", &file_value(file))?.is_none_or(|said| said != Value::Bool(false)))
    }

    fn priority(&self, file: &FoundFile) -> Result<Option<f64>, HookError> {
        Ok(self.ask("priority", &file_value(file))?.and_then(|said| said.as_f64()))
    }

    fn group(&self, files: &[FoundFile]) -> Result<Option<Vec<Vec<usize>>>, HookError> {
        let all: Value = files.iter().map(file_value).collect();
        let Some(Value::Array(groups)) = self.ask("group", &all)? else { return Ok(None) };
        let path = |file: &Value| file["path"].as_str().or(file.as_str()).map(str::to_owned);
        let place = |file: &Value| files.iter().position(|known| Some(known.path.as_str().to_owned()) == path(file));
        Ok(Some(groups.iter().map(|group| group.as_array().into_iter().flatten().filter_map(place).collect()).collect()))
    }

    fn judges(&self) -> bool {
        self.script.has("on_finding", 1) || self.script.has("score", 1)
    }

    fn on_finding(&self, path: &str, finding: &Finding) -> Result<Verdict, HookError> {
        let mut value = serde_json::to_value(finding).unwrap_or_default();
        value["path"] = json!(path);
        Ok(match self.ask("on_finding", &value)? {
            Some(Value::Bool(false)) => Verdict::Drop,
            Some(Value::Object(change)) => Verdict::Change {
                severity: change.get("severity").map(severity).transpose()?,
                note: change.get("note").and_then(Value::as_str).map(str::to_owned),
            },
            _ => Verdict::Keep,
        })
    }

    fn score(&self, row: &FileRow, result: &FileResult) -> Result<Option<f64>, HookError> {
        if !self.script.has("score", 1) {
            return Ok(None);
        }
        let value = serde_json::to_value(file_view(row, result)).unwrap_or_default();
        Ok(self.ask("score", &value)?.and_then(|said| said.as_f64()))
    }
}
