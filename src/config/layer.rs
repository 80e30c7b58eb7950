//! One layer of settings, as a file has it: each value with its place.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::origin::{Entry, Origin};
use super::tables::{OverrideTable, PipelineTable, PluginTable};
use super::value::Value;
use crate::diag::{Diagnostic, Excerpt, Gravity};

/// Keys that decide who gets the user's key, or what becomes of the user's history: a checkout of foreign code must not set them.
pub(super) const USER_KEYS: &[&str] =
    &["provider.base-url", "provider.key-variable", "provider.ca-file", "history.keep-days", "history.keep-runs"];

/// One layer of settings.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    /// Keys such as `batch.size`, in the order they were written.
    pub entries: Vec<(String, Entry)>,
    /// Keys that this layer may not set.
    pub refused: Vec<(String, Entry)>,
    /// `[[plugin]]` tables, in the order they were written.
    pub plugins: Vec<PluginTable>,
    /// `[pipeline.NAME]` tables, in the order they were written.
    pub pipelines: Vec<PipelineTable>,
    /// `[[override]]` tables, in the order they were written.
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
}

/// The keys of a table of its own, in the order they were written.
fn entries(table: Option<&DeTable<'_>>, origin: &Origin) -> Vec<(String, Entry)> {
    let mut inner = Layer::default();
    if let Some(table) = table {
        inner.take_table("", table, origin);
    }
    inner.entries
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
