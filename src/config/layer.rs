//! Owns one layer of settings: a file, the environment or the flags, each value with its place. Never merges layers.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::overrides::OverrideTable;
use super::pipelines::PipelineTable;
use super::plugins::PluginTable;
use super::value::Value;
use super::{Entry, defaults, variable_name};
use crate::diag::{Diagnostic, Excerpt, Gravity, nearest};

/// Environment variables for flags that are not settings.
const NO_SETTINGS: &[&str] = &["DEVFLOW_HOME", "DEVFLOW_TRUST_PLUGINS"];

/// Keys that decide who gets the user's key, or what becomes of the user's history: a checkout of foreign code must not set them.
const USER_KEYS: &[&str] = &["provider.base-url", "provider.key-variable", "provider.ca-file", "history.keep-days"];

/// Where a value came from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// The embedded defaults.
    Default,
    /// A file of the user or the project.
    File {
        /// As the user knows it.
        name: Arc<str>,
        /// Its whole text.
        text: Arc<str>,
        /// Bytes of the key.
        key: Range<usize>,
        /// Bytes of the value.
        value: Range<usize>,
        /// Whether the file came with the project, and not from the user.
        is_project: bool,
    },
    /// The environment variable of this name.
    Variable(String),
    /// The flag of this name.
    Flag(String),
    /// A script that runs.
    Script {
        /// Whether the script came with the project, and not from the user or with devflow.
        is_project: bool,
    },
}

impl Origin {
    /// The beginning of a file.
    pub(super) fn file(name: &str, text: &str, is_project: bool) -> Self {
        Self::File { name: name.into(), text: text.into(), key: 0..0, value: 0..0, is_project }
    }

    /// Whether it came with the project.
    pub fn is_project(&self) -> bool {
        matches!(self, Self::File { is_project: true, .. } | Self::Script { is_project: true })
    }
}

impl PartialEq for Origin {
    /// By what a user sees of it: file and line, variable, flag.
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { name, text, key, .. } => {
                let line = text[..key.start].matches('\n').count() + 1;
                write!(f, "{name}:{line}")
            }
            Self::Variable(name) => write!(f, "${name}"),
            Self::Flag(name) => f.write_str(name),
            Self::Script { .. } => f.write_str("the script"),
        }
    }
}

/// One layer of settings.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    /// Keys such as `batch.size`, in the order they were written.
    pub entries: Vec<(String, Entry)>,
    /// Keys that this layer may not set.
    pub refused: Vec<(String, Entry)>,
    /// Its `[[plugin]]` tables.
    pub plugins: Vec<PluginTable>,
    /// Its `[pipeline.NAME]` tables.
    pub pipelines: Vec<PipelineTable>,
    /// Its `[[override]]` tables.
    pub overrides: Vec<OverrideTable>,
}

impl Layer {
    /// Reads the text of the user's configuration file.
    ///
    /// # Errors
    /// Text that is not TOML.
    pub fn parse_user(name: &str, text: &str) -> Result<Self, Box<Diagnostic>> {
        Self::parse_file(name, text, &Origin::file(name, text, false))
    }

    /// Reads the text of a project's configuration file. It may come with foreign code, so what it says of servers and
    /// keys is noted as [`Layer::refused`].
    ///
    /// # Errors
    /// Text that is not TOML.
    pub fn parse_project(name: &str, text: &str) -> Result<Self, Box<Diagnostic>> {
        let mut layer = Self::parse_file(name, text, &Origin::file(name, text, true))?;
        let is_refused = |(key, _): &(String, Entry)| USER_KEYS.contains(&key.as_str());
        layer.refused = layer.entries.extract_if(.., |entry| is_refused(entry)).collect();
        for pipeline in &mut layer.pipelines {
            pipeline.refused = pipeline.entries.extract_if(.., |entry| is_refused(entry)).collect();
        }
        Ok(layer)
    }

    pub(super) fn parse_file(name: &str, text: &str, origin: &Origin) -> Result<Self, Box<Diagnostic>> {
        let table = DeTable::parse(text).map_err(|error| {
            let range = error.span().unwrap_or(0..0);
            let excerpt = Excerpt { name: name.to_owned(), text: text.to_owned(), range, label: String::new() };
            let message = error.message().trim_end().replace('\n', ", ");
            Box::new(Diagnostic { gravity: Gravity::Error, code: "not-toml", message, excerpt: Some(excerpt), hint: None })
        })?;
        let mut layer = Self::default();
        layer.take_table("", table.get_ref(), origin);
        Ok(layer)
    }

    fn take_table(&mut self, prefix: &str, table: &DeTable<'_>, origin: &Origin) {
        let mut items: Vec<_> = table.iter().collect();
        items.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in items {
            let path = if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
            match value.get_ref() {
                DeValue::Table(pipelines) if path == "pipeline" => self.take_pipelines(pipelines, origin),
                DeValue::Table(inner) => self.take_table(&path, inner, origin),
                DeValue::Array(items) if path == "override" && items.iter().all(|item| item.get_ref().is_table()) => {
                    for item in items {
                        let origin = origin.at(item.span(), item.span());
                        let entries = entries(item.get_ref().as_table(), &origin);
                        self.overrides.push(OverrideTable { entries, origin });
                    }
                }
                DeValue::Array(items) if path == "plugin" && items.iter().all(|item| item.get_ref().is_table()) => {
                    for item in items {
                        let origin = origin.at(item.span(), item.span());
                        let entries = entries(item.get_ref().as_table(), &origin);
                        self.plugins.push(PluginTable { entries, origin });
                    }
                }
                _ => {
                    let origin = origin.at(key.span(), value.span());
                    self.entries.push((path, Entry { value: read_value(value), origin }));
                }
            }
        }
    }

    fn take_pipelines(&mut self, pipelines: &DeTable<'_>, origin: &Origin) {
        let mut items: Vec<_> = pipelines.iter().collect();
        items.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in items {
            let origin = origin.at(key.span(), value.span());
            let entries = match value.get_ref() {
                DeValue::Table(table) => entries(Some(table), &origin),
                // Told as a key that no setting has.
                _ => {
                    self.entries.push((format!("pipeline.{}", key.get_ref()), Entry { value: read_value(value), origin }));
                    continue;
                }
            };
            self.pipelines.push(PipelineTable { name: key.get_ref().to_string(), entries, origin, refused: Vec::new() });
        }
    }

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

/// The keys of a table of its own, in the order they were written.
fn entries(table: Option<&DeTable<'_>>, origin: &Origin) -> Vec<(String, Entry)> {
    let mut inner = Layer::default();
    if let Some(table) = table {
        inner.take_table("", table, origin);
    }
    inner.entries
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

impl Origin {
    fn at(&self, key: Range<usize>, value: Range<usize>) -> Self {
        match self {
            Self::File { name, text, is_project, .. } => {
                Self::File { name: name.clone(), text: text.clone(), key, value, is_project: *is_project }
            }
            other => other.clone(),
        }
    }
}

/// Reads a value; what no setting can be (a date, a list of tables) stays as its text and is refused later.
fn read_value(value: &Spanned<DeValue<'_>>) -> Value {
    match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(whole) => {
            let parsed = i64::from_str_radix(whole.as_str(), whole.radix());
            parsed.map_or_else(|_| Value::Text(whole.as_str().to_owned()), Value::Whole)
        }
        DeValue::Float(number) => {
            let parsed = number.as_str().parse::<f64>();
            parsed.map_or_else(|_| Value::Text(number.as_str().to_owned()), Value::Number)
        }
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Array(items) => {
            let texts: Option<Vec<String>> = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect();
            texts.map_or_else(|| Value::Text("a list of something else than texts".to_owned()), Value::List)
        }
        DeValue::Datetime(_) => Value::Text("a date".to_owned()),
        DeValue::Table(_) => Value::Text("a table".to_owned()),
    }
}
