//! Owns the `[[plugin]]` tables: which plugins there are beside our own, where they stand, what they may do.

use super::origin::{Entry, Origin};
use super::tables::PluginTable;
use super::value::Value;
use crate::diag::{Diagnostic, nearest};
use crate::types::{Digest, Ticks};

/// Keys of one table.
const KEYS: &[&str] = &["name", "path", "url", "sha256", "operations", "allow", "max-usd", "enabled"];

/// What a plugin that may ask the model may spend in one run when its table does not say: a quarter of a dollar.
const DEFAULT_MAX: Ticks = Ticks(Ticks::PER_USD / 4);

/// One `[[plugin]]` table.
#[derive(Clone, Debug, PartialEq)]
pub struct PluginSettings {
    /// Id of the plugin.
    pub name: String,
    /// The component, relative to the project. One that came from a URL stands in `.devflow/plugins`.
    pub path: String,
    /// Where it came from, if that was a URL.
    pub url: Option<String>,
    /// Of the component; always there for one that came from a URL.
    pub sha256: Option<Digest>,
    /// What `devflow analyze` runs of it.
    pub operations: Vec<String>,
    /// Whether `allow` names `model`, the permission to ask the model.
    pub may_ask: bool,
    /// Whether `allow` names `project`, the permission to see outlines and documents of the project.
    pub may_see_project: bool,
    /// Most that it may spend in one run.
    pub max_cost: Ticks,
    /// Whether `devflow analyze` runs it.
    pub is_enabled: bool,
    /// Where the table stands.
    pub origin: Origin,
}

/// What the engine itself is called in reports.
const OWN_NAME: &str = "devflow";

/// Where plugins from elsewhere are kept with the project, so that it works without a network.
pub const VENDOR_FOLDER: &str = ".devflow/plugins";

/// Understands all tables; a later one of the same name replaces an earlier one. What is wrong goes to `diagnostics`.
pub(super) fn understand(tables: &[PluginTable], diagnostics: &mut Vec<Diagnostic>) -> Vec<PluginSettings> {
    let mut plugins: Vec<PluginSettings> = Vec::new();
    for table in tables {
        let before = diagnostics.len();
        let plugin = Reader { table, diagnostics }.read();
        if diagnostics.len() == before
            && let Some(plugin) = plugin
        {
            plugins.retain(|known| known.name != plugin.name);
            plugins.push(plugin);
        }
    }
    plugins
}

struct Reader<'a> {
    table: &'a PluginTable,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn read(mut self) -> Option<PluginSettings> {
        for (key, entry) in &self.table.entries {
            if !KEYS.contains(&key.as_str()) {
                let near = nearest(key, KEYS.iter().copied()).map_or(String::new(), |near| format!("did you mean `{near}`?"));
                self.diagnostics.push(entry.origin.diagnostic("unknown-key", format!("a plugin has no setting `{key}`"), near, true));
            }
        }
        let name = self.text("name");
        let Some(name) = name.filter(|name| is_plugin_name(name)) else {
            self.refuse("name", "a plugin needs a `name` of lower-case letters, digits and dashes, 64 of them at most");
            return None;
        };
        if name == OWN_NAME {
            self.refuse("name", "no plugin can be called `devflow`: the engine speaks under this name");
            return None;
        }
        let (path, url) = (self.text("path"), self.text("url"));
        let sha256 = self.text("sha256").and_then(|text| {
            let digest = Digest::parse(&text).ok();
            if digest.is_none() {
                self.refuse("sha256", "expected 64 hexadecimal digits");
            }
            digest
        });
        if path.is_some() == url.is_some() {
            self.refuse("path", &format!("the plugin `{name}` needs either a `path` or a `url`"));
        }
        if url.is_some() && sha256.is_none() {
            self.refuse("url", &format!("the plugin `{name}` comes from a URL, so it needs a `sha256`"));
        }
        let allow = self.list("allow").unwrap_or_default();
        if let Some(unknown) = allow.iter().find(|permission| !matches!(permission.as_str(), "model" | "project")) {
            self.refuse("allow", &format!("there is no permission `{unknown}`; there are `model` and `project`"));
        }
        let allows = |permission: &str| allow.iter().any(|known| known == permission);
        Some(PluginSettings {
            path: path.unwrap_or_else(|| format!("{VENDOR_FOLDER}/{name}.wasm")),
            url,
            sha256,
            operations: self.list("operations").unwrap_or_else(|| vec!["file".to_owned()]),
            may_ask: allows("model"),
            may_see_project: allows("project"),
            max_cost: self.money("max-usd").unwrap_or(DEFAULT_MAX),
            is_enabled: self.flag("enabled").unwrap_or(true),
            origin: self.table.origin.clone(),
            name,
        })
    }

    fn entry(&self, key: &str) -> Option<&Entry> {
        self.table.entries.iter().find(|(known, _)| known == key).map(|(_, entry)| entry)
    }

    fn refuse(&mut self, key: &str, message: &str) {
        let origin = self.entry(key).map_or(&self.table.origin, |entry| &entry.origin);
        let diagnostic = origin.diagnostic("wrong-value", message.to_owned(), String::new(), false);
        self.diagnostics.push(diagnostic);
    }

    /// The value of a key, if it is there and `take` takes it; a diagnostic if it does not.
    fn take<T>(&mut self, key: &str, expected: &str, take: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let value = take(&self.entry(key)?.value);
        if value.is_none() {
            self.refuse(key, &format!("`{key}` of a plugin must be {expected}"));
        }
        value
    }

    fn text(&mut self, key: &str) -> Option<String> {
        self.take(key, "a text", |value| if let Value::Text(text) = value { Some(text.clone()) } else { None })
    }

    fn list(&mut self, key: &str) -> Option<Vec<String>> {
        self.take(key, "a list of texts", |value| if let Value::List(list) = value { Some(list.clone()) } else { None })
    }

    fn flag(&mut self, key: &str) -> Option<bool> {
        self.take(key, "`true` or `false`", |value| if let Value::Flag(flag) = value { Some(*flag) } else { None })
    }

    fn money(&mut self, key: &str) -> Option<Ticks> {
        self.take(key, "a number of USD that is not negative", |value| match value {
            Value::Number(usd) if *usd >= 0.0 && usd.is_finite() => Some(Ticks::from_usd(*usd)),
            Value::Whole(usd) if *usd >= 0 => Some(Ticks::from_usd(*usd as f64)),
            _ => None,
        })
    }
}

/// Whether a plugin, or an operation of one, can have this name.
pub fn is_plugin_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.len() <= 64 && name.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::super::resolve_text;
    use super::*;

    fn read(text: &str) -> Result<Vec<PluginSettings>, String> {
        resolve_text(text).map(|settings| settings.plugins)
    }

    #[test]
    fn a_table_is_read_with_its_defaults() {
        let plugins = read("[[plugin]]\nname = \"no-tabs\"\npath = \"p/no-tabs.wasm\"\n").unwrap();
        let plugin = &plugins[0];
        assert_eq!((plugin.name.as_str(), plugin.path.as_str(), plugin.is_enabled), ("no-tabs", "p/no-tabs.wasm", true));
        assert_eq!((plugin.may_ask, plugin.may_see_project, plugin.max_cost), (false, false, DEFAULT_MAX));
        assert_eq!(plugin.operations, ["file"]);
    }

    #[test]
    fn a_plugin_from_a_url_is_looked_for_with_the_project() {
        let sha256 = "ab".repeat(32);
        let plugins = read(&format!(
            "[[plugin]]\nname = \"x\"\nurl = \"https://example.org/x.wasm\"\nsha256 = \"{sha256}\"\nallow = [\"model\"]\nmax-usd = 1.5\n"
        ))
        .unwrap();
        assert_eq!((plugins[0].path.as_str(), plugins[0].may_ask), (".devflow/plugins/x.wasm", true));
        assert_eq!(plugins[0].max_cost, Ticks::from_usd(1.5));
    }

    #[test]
    fn what_is_wrong_is_told_at_its_place() {
        for (text, expected) in [
            ("[[plugin]]\npath = \"x.wasm\"\n", "needs a `name`"),
            ("[[plugin]]\nname = \"devflow\"\npath = \"x.wasm\"\n", "no plugin can be called `devflow`"),
            ("[[plugin]]\nname = \"x\"\n", "either a `path` or a `url`"),
            ("[[plugin]]\nname = \"x\"\npath = \"a\"\nurl = \"b\"\n", "either a `path` or a `url`"),
            ("[[plugin]]\nname = \"x\"\nurl = \"https://example.org/x.wasm\"\n", "needs a `sha256`"),
            ("[[plugin]]\nname = \"x\"\npath = \"a\"\nsha256 = \"12\"\n", "64 hexadecimal digits"),
            ("[[plugin]]\nname = \"x\"\npath = \"a\"\nallow = [\"disk\"]\n", "no permission `disk`"),
            ("[[plugin]]\nname = \"x\"\npath = \"a\"\nallwo = []\n", "did you mean `allow`?"),
            ("[[plugin]]\nname = \"x\"\npath = 3\n", "must be a text"),
            ("[[plugin]]\nname = \"x\"\npath = \"a\"\nmax-usd = -1\n", "not negative"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(expected) && error.contains("devflow.toml:"), "{expected}: {error}");
        }
    }
}
