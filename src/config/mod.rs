//! Owns settings: what keys there are, where each value came from, what the values mean. Reads no file but those it is given.

mod bounds;
mod entries;
mod known;
mod layer;
mod origin;
mod overrides;
mod pipelines;
mod plugins;
mod settings;
mod tables;
mod texts;
mod value;

use std::collections::BTreeMap;

pub use entries::Config;
pub use known::{DEFAULTS, defaults, is_setting_variable, variable_name};
pub use layer::Layer;
pub use origin::{Entry, Origin};
pub use overrides::OverrideSettings;
pub use pipelines::{PipelineSettings, Select};
pub use plugins::{PluginSettings, VENDOR_FOLDER, is_plugin_name};
pub use settings::{
    AnalyzerSettings, BatchGroup, BatchSettings, Dialect, FailOn, FileSettings, GateSettings, ModelMode, ModelSettings, ProviderSettings,
    ReportSettings, Settings, XAI_KEY_VARIABLE, is_xai,
};
pub use tables::{OverrideTable, PipelineTable, PluginTable};
pub use value::Value;

use crate::diag::{Diagnostic, nearest};

impl Config {
    /// Puts `layers`, the weakest first, over the defaults and understands the result.
    ///
    /// # Errors
    /// All unknown keys and wrong values at once.
    pub fn resolve(layers: Vec<Layer>) -> Result<(Self, Settings), Vec<Diagnostic>> {
        let known = defaults();
        let mut config = Self { entries: known.clone(), warnings: Vec::new() };
        let mut diagnostics = Vec::new();
        let mut tables = Vec::new();
        let mut pipelines = Vec::new();
        let mut overrides = Vec::new();
        for layer in layers {
            tables.extend(layer.plugins);
            pipelines.extend(layer.pipelines);
            overrides.extend(layer.overrides);
            diagnostics.extend(layer.refused.iter().map(|(key, entry)| refused(key, entry)));
            for (key, entry) in layer.entries {
                match known.get(&key) {
                    None => diagnostics.push(unknown_key(&key, &entry.origin)),
                    Some(default) => config.take(key, entry, &default.value, &mut diagnostics),
                }
            }
        }
        let mut settings = Settings::understand(&config, &mut diagnostics);
        settings.plugins = plugins::understand(&tables, &mut diagnostics);
        settings.pipelines = pipelines::understand(&pipelines, &mut diagnostics);
        settings.overrides = overrides::understand(&overrides, "", &mut diagnostics);
        let place = |d: &Diagnostic| d.excerpt.as_ref().map(|excerpt| (excerpt.name.clone(), excerpt.range.start));
        diagnostics.sort_by_key(place);
        if diagnostics.is_empty() { Ok((config, settings)) } else { Err(diagnostics) }
    }
}

/// A key that only the user may set.
fn refused(key: &str, entry: &Entry) -> Diagnostic {
    let why = if key.starts_with("provider.") { "it decides who gets your key" } else { "it is yours" };
    let label = "set it in your own configuration, the environment or by a flag".to_owned();
    entry.origin.diagnostic("not-here", format!("a project may not set `{key}`: {why}"), label, true)
}

/// What a `devflow.toml` in a folder below the root says: the rules that are off there, and its overrides. `folder` is relative to the root.
///
/// # Errors
/// Text that is not TOML, and keys that only the outermost file may set.
pub fn nested(name: &str, text: &str, folder: &str) -> Result<Vec<OverrideSettings>, Vec<Diagnostic>> {
    let layer = Layer::parse_project(name, text).map_err(|diagnostic| vec![*diagnostic])?;
    let mut diagnostics = Vec::new();
    let mut all = Vec::new();
    let elsewhere = layer.plugins.iter().map(|table| &table.origin).chain(layer.pipelines.iter().map(|table| &table.origin));
    for origin in elsewhere {
        diagnostics.push(origin.diagnostic(
            "not-here",
            "only the outermost `devflow.toml` has such tables".to_owned(),
            String::new(),
            true,
        ));
    }
    for (key, entry) in layer.entries.iter().chain(&layer.refused) {
        match (key.as_str(), &entry.value) {
            ("analyzers.disabled-rules", Value::List(rules)) => all.push(OverrideSettings {
                paths: vec!["**".to_owned()],
                folder: folder.to_owned(),
                analyzers: None,
                role: None,
                disabled_rules: rules.clone(),
                severities: BTreeMap::new(),
                options: BTreeMap::new(),
                written: BTreeMap::from([("disabled-rules".to_owned(), entry.origin.clone())]),
            }),
            (known, _) if defaults().contains_key(known) => {
                let label = "a nested file may set `analyzers.disabled-rules`, and have `[[override]]` tables".to_owned();
                diagnostics.push(entry.origin.diagnostic("not-here", format!("only the outermost file may set `{key}`"), label, true));
            }
            _ => diagnostics.push(unknown_key(key, &entry.origin)),
        }
    }
    all.extend(overrides::understand(&layer.overrides, folder, &mut diagnostics));
    if diagnostics.is_empty() { Ok(all) } else { Err(diagnostics) }
}

fn unknown_key(key: &str, origin: &Origin) -> Diagnostic {
    let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
    let siblings = defaults().keys().filter_map(|known| known.strip_prefix(section)?.strip_prefix('.'));
    let elsewhere = || defaults().keys().map(String::as_str).find(|known| known.rsplit('.').next() == Some(name));
    let suggestion = nearest(name, siblings)
        .map(|near| if section.is_empty() { near.to_owned() } else { format!("{section}.{near}") })
        .or_else(|| elsewhere().map(str::to_owned))
        .or_else(|| nearest(key, defaults().keys().map(String::as_str)).map(str::to_owned));
    let label = suggestion.map_or(String::new(), |near| format!("did you mean `{near}`?"));
    origin.diagnostic("unknown-key", format!("no setting `{key}`"), label, true)
}

/// The settings of a project whose file has this text, or what is wrong with it.
#[cfg(test)]
fn resolve_text(text: &str) -> Result<Settings, String> {
    let layer = Layer::parse_project("devflow.toml", text).map_err(|error| error.render(false))?;
    Config::resolve(vec![layer]).map(|(_, settings)| settings).map_err(|all| all.iter().map(|d| d.render(false)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(text: &str) -> Vec<Layer> {
        vec![Layer::parse_project("devflow.toml", text).unwrap()]
    }

    fn problems(text: &str) -> String {
        let diagnostics = Config::resolve(project(text)).unwrap_err();
        diagnostics.iter().map(|d| d.render(false)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn defaults_are_valid_and_documented() {
        let (config, _) = Config::resolve(vec![]).unwrap();
        assert!(config.entries.len() > 25);
        let mut previous = "";
        for line in DEFAULTS.lines() {
            if line.contains(" = ") && !line.starts_with('#') {
                assert!(previous.starts_with("# "), "no documentation above `{line}`");
            }
            previous = line;
        }
    }

    #[test]
    fn all_mistakes_are_shown_at_once() {
        insta::assert_snapshot!(problems("[batch]\nsice = 3\nsize = \"many\"\n\n[gate]\nfail-on = \"hihg\"\n"), @r#"
        error[unknown-key]: no setting `batch.sice`
         --> devflow.toml:2:1
          |
        2 | sice = 3
          | ^^^^ did you mean `batch.size`?
        error[wrong-value]: `batch.size` cannot be "many"
         --> devflow.toml:3:8
          |
        3 | size = "many"
          |        ^^^^^^ expected a whole number
        error[wrong-value]: `gate.fail-on` cannot be "hihg"
         --> devflow.toml:6:11
          |
        6 | fail-on = "hihg"
          |           ^^^^^^ did you mean `high`?
        "#);
    }

    #[test]
    fn a_project_may_not_choose_who_gets_the_key() {
        let text = problems("[provider]\nbase-url = \"https://evil.example/v1\"\n");
        assert!(text.contains("error[not-here]: a project may not set `provider.base-url`"), "{text}");
        let own = Layer::parse_user("config.toml", "[provider]\nbase-url = \"https://own.example/v1\"\n").unwrap();
        assert_eq!(Config::resolve(vec![own]).unwrap().1.provider.base_url, "https://own.example/v1");
    }

    #[test]
    fn later_layers_win() {
        let mut layers = project("[batch]\nsize = 3\n");
        layers.push(Layer::from_environment([("DEVFLOW_BATCH_SIZE".to_owned(), "4".to_owned())]).0);
        assert_eq!(Config::resolve(layers.clone()).unwrap().1.batch.size, 4);
        layers.push(Layer::from_flags([("batch.size".to_owned(), "5".to_owned())], "--batch-size"));
        let (config, settings) = Config::resolve(layers).unwrap();
        assert_eq!(settings.batch.size, 5);
        assert_eq!(config.entries["batch.size"].origin.to_string(), "--batch-size");
    }

    #[test]
    fn a_key_in_the_wrong_section_is_found() {
        let text = problems("[model]\nfail-on = \"high\"\n");
        assert!(text.contains("did you mean `gate.fail-on`?"), "{text}");
    }
}
