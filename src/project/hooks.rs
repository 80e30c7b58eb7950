//! The functions of a script that take part in a run of a pipeline.

use serde_json::{Map, Value, json};

use crate::diag::nearest;
use crate::pipeline::{FoundFile, HookError, Hooks, Verdict};
use crate::report::file_view;
use crate::script::Script;
use crate::types::{FileResult, FileRow, Finding, Language, Severity};

/// Longest value that a message shows, in characters.
const MAX_SHOWN_CHARS: usize = 80;

/// What `on_finding` may change.
const CHANGES: [&str; 2] = ["severity", "note"];

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

    /// What a hook gave is not what it may give, and must not pass for nothing.
    fn wrong(&self, hook: &str, said: &Value, right: &str) -> HookError {
        let mut shown = said.to_string();
        if let Some((at, _)) = shown.char_indices().nth(MAX_SHOWN_CHARS) {
            shown.truncate(at);
            shown.push('…');
        }
        Box::new(self.script.mistake_in(hook, &format!("`{hook}` gave {shown}, which is {right}")))
    }

    /// A number, or nothing.
    fn number(&self, hook: &str, value: &Value) -> Result<Option<f64>, HookError> {
        match self.ask(hook, value)? {
            None | Some(Value::Null) => Ok(None),
            Some(said) => said.as_f64().map(Some).ok_or_else(|| self.wrong(hook, &said, "not a number")),
        }
    }

    /// What a map says that `on_finding` gave. The finding may come back as it was, with what is changed.
    fn change(&self, finding: &Value, change: &Map<String, Value>) -> Result<Verdict, HookError> {
        const HOOK: &str = "on_finding";
        let (mut severity, mut note) = (None, None);
        for (key, value) in change {
            match (key.as_str(), value) {
                ("severity", value) => {
                    let known = value.as_str().and_then(Severity::from_name);
                    severity = Some(known.ok_or_else(|| self.wrong_severity(value))?);
                }
                ("note", Value::String(text)) => note = Some(text.clone()),
                ("note", Value::Null) => {}
                ("note", value) => return Err(self.wrong(HOOK, value, "not a text for `note`")),
                (key, value) if finding.get(key) == Some(value) => {}
                (key, _) => {
                    let mut mistake =
                        self.script.mistake_in(HOOK, &format!("`on_finding` gave `{key}`; it can change `severity` and `note`"));
                    mistake.hint = nearest(key, CHANGES).map(|near| format!("did you mean `{near}`?"));
                    return Err(Box::new(mistake));
                }
            }
        }
        Ok(Verdict::Change { severity, note })
    }

    fn wrong_severity(&self, value: &Value) -> HookError {
        let mut mistake = self.wrong("on_finding", value, "not a severity");
        mistake.hint = Some("info, low, medium, high or critical".to_owned());
        mistake
    }
}

/// What a script gets to see of a file.
pub(super) fn file_value(file: &FoundFile) -> Value {
    let path = file.path.as_str();
    json!({
        "path": path,
        "language": Language::of(&file.absolute).map_or("", Language::name),
        "role": file.given.role.name(),
        "size": file.stat.size,
    })
}

impl Hooks for ScriptHooks {
    fn keep(&self, file: &FoundFile) -> Result<bool, HookError> {
        match self.ask("keep", &file_value(file))? {
            None | Some(Value::Null | Value::Bool(true)) => Ok(true),
            Some(Value::Bool(false)) => Ok(false),
            Some(other) => Err(self.wrong("keep", &other, "neither `true` nor `false`")),
        }
    }

    fn priority(&self, file: &FoundFile) -> Result<Option<f64>, HookError> {
        self.number("priority", &file_value(file))
    }

    fn group(&self, files: &[FoundFile]) -> Result<Option<Vec<Vec<usize>>>, HookError> {
        let all: Value = files.iter().map(file_value).collect();
        let said = match self.ask("group", &all)? {
            None | Some(Value::Null) => return Ok(None),
            Some(said) => said,
        };
        let wrong = |part: &Value| self.wrong("group", part, "not a list of lists of files or paths");
        let mut groups = Vec::new();
        for group in said.as_array().ok_or_else(|| wrong(&said))? {
            let mut places = Vec::new();
            for file in group.as_array().ok_or_else(|| wrong(group))? {
                let path = file["path"].as_str().or(file.as_str()).ok_or_else(|| wrong(file))?;
                // A path that was not found is in no group.
                places.extend(files.iter().position(|known| known.path.as_str() == path));
            }
            groups.push(places);
        }
        Ok(Some(groups))
    }

    fn judges(&self) -> bool {
        self.script.has("on_finding", 1) || self.script.has("score", 1)
    }

    fn on_finding(&self, path: &str, finding: &Finding) -> Result<Verdict, HookError> {
        let mut value = serde_json::to_value(finding).unwrap_or_default();
        value["path"] = json!(path);
        match self.ask("on_finding", &value)? {
            None | Some(Value::Null | Value::Bool(true)) => Ok(Verdict::Keep),
            Some(Value::Bool(false)) => Ok(Verdict::Drop),
            Some(Value::Object(change)) => self.change(&value, &change),
            Some(other) => Err(self.wrong("on_finding", &other, "neither `true` nor `false` nor a map")),
        }
    }

    fn score(&self, row: &FileRow, result: &FileResult) -> Result<Option<f64>, HookError> {
        if !self.script.has("score", 1) {
            return Ok(None);
        }
        let value = serde_json::to_value(file_view(row, result)).unwrap_or_default();
        self.number("score", &value)
    }
}
