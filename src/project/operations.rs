//! Operations ready for a plan: their options, permissions and documents. Runs none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::analyzers::plugin;
use super::error::{Error, Hint, Result};
use super::open::{Project, incomplete};
use super::places::{NamedBy, may_not_read, may_read};
use super::trust::withheld;
use crate::analyzer::Analyzer as _;
use crate::config::PipelineSettings;
use crate::pipeline::PlannedOperation;
use crate::plugin::{Grants, OperationInfo, Plugin};
use crate::types::{Digest, Scope};

/// What `devflow analyze` does with every file: `review` stands for `review:file`.
pub(super) fn enabled_operations(project: &Project) -> Result<Vec<PlannedOperation>> {
    let mut names: Vec<(String, String)> = Vec::new();
    for name in &project.settings.analyzers.enabled {
        let (id, operation) = name.split_once(':').unwrap_or((name, "file"));
        names.push((id.to_owned(), operation.to_owned()));
    }
    for settings in project.settings.plugins.iter().filter(|plugin| plugin.is_enabled) {
        names.extend(settings.operations.iter().map(|operation| (settings.name.clone(), operation.clone())));
    }
    names.sort();
    names.dedup();
    if names.is_empty() {
        return Err(Error::usage("no analyzer is enabled, so nothing would be looked at"));
    }
    let plan = |(id, operation): (String, String)| {
        let plugin = plugin(project, &id)?;
        let Enabled { scope, needs_model, documents } = enabled(&plugin, &operation)?;
        Ok(PlannedOperation {
            operation,
            options: "{}".to_owned(),
            scope,
            asks_model: plugin.grants().model,
            sees_project: false,
            needs_model,
            withheld: None,
            max_cost: plugin.max_cost(),
            documents,
            folders: Vec::new(),
            analyzer: plugin,
        })
    };
    names.into_iter().map(plan).collect()
}

/// What has to be known of an enabled operation.
struct Enabled {
    scope: Scope,
    needs_model: bool,
    documents: Vec<String>,
}

/// The text files that the most common operation looks at beside sources.
const REVIEWED_TEXTS: [&str; 2] = ["**/*", "**/.env*"];

/// What the manifest says of an enabled operation. For the most common one, no plugin has to be loaded to know it.
fn enabled(plugin: &Plugin, operation: &str) -> Result<Enabled> {
    if (plugin.id(), operation) == ("review", "file") {
        let documents = REVIEWED_TEXTS.map(str::to_owned).to_vec();
        return Ok(Enabled { scope: Scope::File, needs_model: false, documents });
    }
    // A plugin that cannot be loaded fails with each file, and leaves the others alone.
    let Ok(manifest) = plugin.manifest() else {
        return Ok(Enabled { scope: Scope::File, needs_model: false, documents: Vec::new() });
    };
    let name = format!("{}:{operation}", plugin.id());
    match manifest.operations.iter().find(|info| info.name == operation) {
        Some(info) if matches!(info.scope, Scope::File | Scope::Function) => {
            let documents = if info.scope == Scope::File { info.documents.clone() } else { Vec::new() };
            Ok(Enabled { scope: info.scope, needs_model: info.needs_model, documents })
        }
        Some(_) => Err(Error::usage(format!("`{name}` does not look at single files, which is what `devflow analyze` is for"))
            .say("a pipeline can run it")),
        None => Err(Error::usage(format!("`{}` has no operation `{operation}`", plugin.id())).hint(Hint::ListPlugins)),
    }
}

/// The operations of a pipeline, with its options.
///
/// # Errors
/// One is not there or cannot be used; an option that it does not have; a folder outside of the project.
pub(super) fn pipeline_operations(project: &Project, pipeline: &PipelineSettings) -> Result<Vec<PlannedOperation>> {
    if pipeline.operations.is_empty() {
        return enabled_operations(project);
    }
    load_all(project, &pipeline.operations);
    let mut planned = Vec::new();
    for name in &pipeline.operations {
        let options: BTreeMap<String, String> =
            pipeline.options.get(name).into_iter().flatten().map(|(key, value)| (key.clone(), text_of(value))).collect();
        let (operation, keys) = plan_operation(project, name, &options)?;
        if let Some(key) = options.keys().find(|key| !keys.contains(key)) {
            return Err(Error::usage(format!("`{name}` has no option `{key}`, which the pipeline `{}` gives", pipeline.name)));
        }
        if let Some((option, folder)) = operation.folders.iter().find(|(_, folder)| !may_read(&project.root, NamedBy::Checkout, folder)) {
            let message = format!("the pipeline `{}` has `{}` read, which is outside of the project", pipeline.name, folder.display());
            return Err(Error::usage(message).hint(Hint::GiveOption(option.clone())));
        }
        planned.push(operation);
    }
    Ok(planned)
}

/// A plugin that stands in a file, with all permissions: whoever names the file wrote it, or looks into it.
///
/// # Errors
/// The file cannot be read.
#[expect(clippy::disallowed_methods, reason = "the component that the user named is read here")]
pub fn component(project: &Project, path: &Path) -> Result<(Plugin, usize)> {
    let bytes = std::fs::read(path).map_err(|error| Error::usage(format!("cannot read `{}`: {error}", path.display())))?;
    let id = path.file_stem().map_or("plugin".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let (digest, size) = (Digest::of(&bytes), bytes.len());
    Ok((Plugin::new(&id, bytes, digest, Grants::ALL, Arc::clone(project.plugin_host())), size))
}

/// The operations of a component, but those that look at changes; none asks the model.
///
/// # Errors
/// It cannot be read or loaded.
pub(super) fn of_component(project: &Project, path: &Path) -> Result<Vec<PlannedOperation>> {
    let plugin = Arc::new(component(project, path)?.0);
    let manifest = plugin.manifest().map_err(|error| incomplete(&error))?;
    let operation = |info: &OperationInfo| PlannedOperation {
        analyzer: Arc::clone(&plugin) as Arc<dyn crate::analyzer::Analyzer>,
        operation: info.name.clone(),
        options: "{}".to_owned(),
        scope: info.scope,
        asks_model: false,
        sees_project: info.sees_project,
        needs_model: false,
        withheld: None,
        max_cost: None,
        documents: info.documents.clone(),
        folders: Vec::new(),
    };
    Ok(manifest.operations.iter().filter(|info| info.scope != Scope::Change).map(operation).collect())
}

/// Loads the analyzers of several operations side by side. What goes wrong here goes wrong again where it is told.
fn load_all(project: &Project, operations: &[String]) {
    let ids: BTreeSet<&str> = operations.iter().filter_map(|name| Some(name.split_once(':')?.0)).collect();
    std::thread::scope(|scope| {
        for id in ids {
            scope.spawn(move || plugin(project, id).map(|plugin| plugin.manifest().is_ok()));
        }
    });
}

/// As a flag would give it.
pub(super) fn text_of(value: &crate::config::Value) -> String {
    match value {
        crate::config::Value::Text(text) => text.clone(),
        crate::config::Value::List(items) => items.join(","),
        other => other.to_string(),
    }
}

/// An operation ready for a plan, with the names of its options.
pub(super) fn plan_operation(project: &Project, name: &str, options: &BTreeMap<String, String>) -> Result<(PlannedOperation, Vec<String>)> {
    let (analyzer, operation) =
        name.split_once(':').ok_or_else(|| Error::usage(format!("`{name}` is no operation")).say("write it as `analyzer:operation`"))?;
    let plugin = plugin(project, analyzer)?;
    let manifest = plugin.manifest().map_err(|error| incomplete(&error))?;
    let info = manifest.operations.iter().find(|info| info.name == operation);
    let info = info.ok_or_else(|| Error::usage(format!("`{analyzer}` has no operation `{operation}`")).hint(Hint::ListAnalyzers))?;
    let withheld = withheld_from(project, &plugin, info);
    // Without it, it would look at nothing and find nothing.
    if info.scope == Scope::Project && info.sees_project && !plugin.grants().project {
        if let Some((message, hint)) = withheld {
            return Err(Error::incomplete(message).hint(hint));
        }
        let hint = format!("add `\"project\"` to `allow` of the plugin `{analyzer}`");
        return Err(Error::usage(format!("`{name}` needs the permission `project`, which it does not have")).say(hint));
    }
    let schema: Value = serde_json::from_str(&info.options_schema)
        .map_err(|error| Error::incomplete(format!("the options of `{name}` have no valid schema: {error}")))?;
    let (values, folders) = typed(project, name, &schema, options)?;
    let keys = schema["properties"].as_object().map(|known| known.keys().cloned().collect()).unwrap_or_default();
    Ok((planned(plugin, info, values, folders, withheld.map(|(message, _)| message)), keys))
}

/// Why a plugin of the checkout goes without a permission that its table allows and that the operation would use, if it does.
fn withheld_from(project: &Project, plugin: &Plugin, info: &OperationInfo) -> Option<(String, Hint)> {
    let settings = project.settings.plugins.iter().find(|settings| settings.name == plugin.id())?;
    let grants = plugin.grants();
    let lacks =
        (info.asks_model && settings.may_ask && !grants.model) || (info.sees_project && settings.may_see_project && !grants.project);
    lacks.then(|| withheld(settings))
}

fn planned(
    plugin: Arc<Plugin>,
    info: &OperationInfo,
    options: Value,
    folders: Vec<(String, PathBuf)>,
    withheld: Option<String>,
) -> PlannedOperation {
    PlannedOperation {
        analyzer: Arc::clone(&plugin) as Arc<dyn crate::analyzer::Analyzer>,
        operation: info.name.clone(),
        options: options.to_string(),
        scope: info.scope,
        asks_model: info.asks_model && plugin.grants().model,
        sees_project: info.sees_project && plugin.grants().project,
        needs_model: info.needs_model,
        withheld,
        max_cost: plugin.max_cost(),
        documents: info.documents.clone(),
        folders,
    }
}

/// Options with the types that the schema asks for, checked against it. A folder is given to the analyzer as documents.
fn typed(project: &Project, name: &str, schema: &Value, options: &BTreeMap<String, String>) -> Result<(Value, Vec<(String, PathBuf)>)> {
    let mut values = Map::new();
    let mut folders = Vec::new();
    for (key, text) in options {
        let property = &schema["properties"][key];
        if property.is_null() {
            continue;
        }
        let number = |text: &str| serde_json::from_str::<Value>(text).ok().filter(Value::is_number);
        let wrong = |kind: &str| Error::usage(format!("the option `{key}` of `{name}` wants {kind}, not `{text}`"));
        let value = match property["type"].as_str() {
            Some("integer" | "number") => number(text).ok_or_else(|| wrong("a number"))?,
            Some("boolean") => Value::Bool(text.parse().map_err(|_| wrong("`true` or `false`"))?),
            Some("array") => text.split(',').map(|item| Value::String(item.trim().to_owned())).collect(),
            _ => Value::String(text.clone()),
        };
        if property["format"] == "directory" {
            let folder = project.machine.working_directory.join(text);
            if !folder.is_dir() {
                return Err(Error::usage(format!("`{text}`, the option `{key}` of `{name}`, is no folder")));
            }
            // Whoever names it: what stands in the project may be a link that leads out of it.
            if !may_read(&project.root, NamedBy::User, &folder) {
                return Err(may_not_read("folder", text));
            }
            folders.push((key.clone(), folder));
        }
        values.insert(key.clone(), value);
    }
    let values = Value::Object(values);
    let validator = jsonschema::validator_for(schema).map_err(|error| {
        let detail: String = error.to_string().chars().take(200).collect();
        Error::incomplete(format!("the options of `{name}` have no valid schema: {detail}"))
    })?;
    if let Err(error) = validator.validate(&values) {
        return Err(Error::usage(format!("the options of `{name}` are not valid: {error}")));
    }
    Ok((values, folders))
}
