//! Layers of texts: variables of the environment, flags, and what a script sets.

use super::known::{defaults, variable_name};
use super::layer::{Layer, USER_KEYS};
use super::origin::{Entry, Origin};
use super::value::Value;
use crate::diag::{Diagnostic, Gravity, nearest};

/// Environment variables for flags that are not settings.
const NO_SETTINGS: &[&str] = &["DEVFLOW_HOME", "DEVFLOW_TRUST_PLUGINS"];

impl Layer {
    /// Takes the variables whose names begin with `DEVFLOW_`. The second part of the answer warns of those that are
    /// no setting; they may belong to another version, so they stop nothing.
    pub fn from_environment(variables: impl IntoIterator<Item = (String, String)>) -> (Self, Vec<Diagnostic>) {
        let mut layer = Self::default();
        let mut warnings = Vec::new();
        for (name, text) in variables {
            // An empty variable is one that somebody meant to unset.
            if !name.starts_with("DEVFLOW_") || NO_SETTINGS.contains(&name.as_str()) || text.is_empty() {
                continue;
            }
            let Some((key, entry)) = defaults().iter().find(|(key, _)| variable_name(key) == name) else {
                warnings.push(unknown_variable(&name));
                continue;
            };
            let value = Value::read(&text, &entry.value);
            layer.entries.push((key.clone(), Entry { value, origin: Origin::Variable(name) }));
        }
        layer.entries.sort_by(|a, b| a.0.cmp(&b.0));
        (layer, warnings)
    }

    /// Takes what a script sets. Like the project's file, it may say nothing of servers and keys.
    pub fn from_script(pairs: impl IntoIterator<Item = (String, String)>, is_project: bool) -> Self {
        let mut layer = Self::from_texts(pairs, &Origin::Script { is_project });
        layer.refused = layer.entries.extract_if(.., |(key, _)| USER_KEYS.contains(&key.as_str())).collect();
        layer
    }

    /// Takes keys with the text of their values. `flag` is the name of the flag that gave them, such as `--set`.
    pub fn from_flags(pairs: impl IntoIterator<Item = (String, String)>, flag: &str) -> Self {
        Self::from_texts(pairs, &Origin::Flag(flag.to_owned()))
    }

    fn from_texts(pairs: impl IntoIterator<Item = (String, String)>, origin: &Origin) -> Self {
        let entries = pairs.into_iter().map(|(key, text)| {
            let value = match defaults().get(&key) {
                Some(entry) => Value::read(&text, &entry.value),
                None => Value::Text(text),
            };
            (key, Entry { value, origin: origin.clone() })
        });
        Self { entries: entries.collect(), ..Self::default() }
    }
}

fn unknown_variable(name: &str) -> Diagnostic {
    let names: Vec<String> = defaults().keys().map(|key| variable_name(key)).collect();
    let near = nearest(name, names.iter().map(String::as_str));
    Diagnostic {
        gravity: Gravity::Warning,
        code: "unknown-variable",
        message: format!("no setting belongs to the environment variable `{name}`"),
        excerpt: None,
        hint: near.map(|near| format!("did you mean `{near}`?")),
    }
}
