//! Owns which analyzers there are for a command: our own, and those of the `[[plugin]]` tables. Never calls one.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::args::RunArgs;
use super::context::{Context, user_folder};
use super::exit::Failed;
use super::output;
use super::places::{NamedBy, may_not_read, may_read};
use super::trust::{is_trusted, withheld};
use crate::analyzer::Analyzer as _;
use crate::config::PluginSettings;
use crate::pipeline::{PathArg, Plan, PlannedOperation};
use crate::plugin::{Grants, Limits, Plugin, PluginHost, embedded, embedded_plugins};
use crate::types::{Digest, Scope};

const LIST_HINT: &str = "`devflow plugin list` shows them";

/// The sandbox of a command, with the settings' limits.
pub(super) fn plugin_host(context: &Context) -> Arc<PluginHost> {
    let settings = &context.settings.analyzers;
    let limits = Limits {
        deadline: Duration::from_millis(settings.deadline_ms),
        memory_bytes: settings.memory_bytes,
        output_bytes: settings.output_bytes,
    };
    let cache = user_folder("XDG_CACHE_HOME", ".cache").map(|folder| folder.join("native"));
    Arc::new(PluginHost::new(limits, cache))
}

/// One analyzer, enabled or not. Nothing is compiled yet.
pub(super) fn plugin(context: &Context, id: &str, host: &Arc<PluginHost>) -> Result<Arc<Plugin>, Failed> {
    if let Some(settings) = context.settings.plugins.iter().find(|plugin| plugin.name == id) {
        return installed(context, settings, host).map(Arc::new);
    }
    let (mut plugins, _) = embedded_plugins(&[id.to_owned()], host);
    plugins.pop().map(Arc::new).ok_or_else(|| Failed::usage(format!("there is no analyzer `{id}`")).hint(LIST_HINT))
}

/// Every analyzer there is, our own first.
pub(super) fn all(context: &Context, host: &Arc<PluginHost>) -> Result<Vec<Arc<Plugin>>, Failed> {
    let own = embedded().iter().map(|component| component.id);
    let names: Vec<&str> = own.chain(context.settings.plugins.iter().map(|plugin| plugin.name.as_str())).collect();
    names.into_iter().map(|name| plugin(context, name, host)).collect()
}

/// Where the component of a `[[plugin]]` table stands.
pub(super) fn component_path(context: &Context, settings: &PluginSettings) -> PathBuf {
    context.project.join(&settings.path)
}

#[expect(clippy::disallowed_methods, reason = "a component without a checksum is hashed here")]
fn installed(context: &Context, settings: &PluginSettings, host: &Arc<PluginHost>) -> Result<Plugin, Failed> {
    let name = &settings.name;
    if embedded().iter().any(|component| component.id == name) {
        return Err(Failed::usage(format!(
            "`{name}` is one of devflow's own analyzers; give the plugin in {} another name",
            settings.origin
        )));
    }
    let path = component_path(context, settings);
    if !path.is_file() {
        let shown = path.strip_prefix(&context.working_directory).unwrap_or(&path);
        let message = format!("the plugin `{name}` of {} is not at `{}`", settings.origin, shown.display());
        let hint = match (&settings.url, &settings.sha256) {
            (Some(url), Some(sha256)) => format!("`devflow plugin add {url}#sha256={sha256}` fetches it"),
            _ => "build it, or correct `path`".to_owned(),
        };
        return Err(Failed::usage(message).hint(hint));
    }
    let by = if settings.origin.is_project() { NamedBy::Checkout } else { NamedBy::User };
    if !may_read(&context.project, by, &path) {
        return Err(may_not_read("plugin", &settings.path));
    }
    let digest = match settings.sha256 {
        Some(digest) => digest,
        None => Digest::of(&std::fs::read(&path).map_err(|error| Failed::usage(format!("cannot read `{}`: {error}", path.display())))?),
    };
    let is_trusted = is_trusted(context, settings, &digest);
    let grants = Grants { model: settings.may_ask && is_trusted, project: settings.may_see_project && is_trusted };
    if !is_trusted && (settings.may_ask || settings.may_see_project) {
        let (message, hint) = withheld(settings);
        let text = format!("warning: {message}\n  hint: {hint}");
        if context.notes_once(&text) {
            output::note(&text);
        }
    }
    Ok(Plugin::from_file(name, path, digest, grants, Arc::clone(host)).with_max_cost(settings.max_cost))
}

/// Everything that decides a run of the enabled operations. `needs_key` is false where nothing is sent.
pub(super) fn plan(context: &Context, paths: Vec<PathArg>, run: &RunArgs, needs_key: bool) -> Result<Plan, Failed> {
    Ok(Plan { operations: enabled_operations(context)?, ..context.plan(paths, run, needs_key)? })
}

/// What `devflow analyze` does with every file: `review` stands for `review:file`.
pub(super) fn enabled_operations(context: &Context) -> Result<Vec<PlannedOperation>, Failed> {
    let host = plugin_host(context);
    let mut names: Vec<(String, String)> = Vec::new();
    for name in &context.settings.analyzers.enabled {
        let (id, operation) = name.split_once(':').unwrap_or((name, "file"));
        names.push((id.to_owned(), operation.to_owned()));
    }
    for settings in context.settings.plugins.iter().filter(|plugin| plugin.is_enabled) {
        names.extend(settings.operations.iter().map(|operation| (settings.name.clone(), operation.clone())));
    }
    names.sort();
    names.dedup();
    if names.is_empty() {
        return Err(Failed::usage("no analyzer is enabled, so nothing would be looked at"));
    }
    let plan = |(id, operation): (String, String)| {
        let plugin = plugin(context, &id, &host)?;
        let (scope, needs_model) = enabled_scope(&plugin, &operation)?;
        Ok(PlannedOperation {
            operation,
            options: "{}".to_owned(),
            scope,
            asks_model: plugin.grants().model,
            sees_project: false,
            needs_model,
            withheld: None,
            max_cost: plugin.max_cost(),
            documents: Vec::new(),
            folders: Vec::new(),
            analyzer: plugin,
        })
    };
    names.into_iter().map(plan).collect()
}

/// What the units of an enabled operation are, and whether it does nothing without the model. For the most common one, no plugin has to be
/// loaded to know it.
fn enabled_scope(plugin: &Plugin, operation: &str) -> Result<(Scope, bool), Failed> {
    if (plugin.id(), operation) == ("review", "file") {
        return Ok((Scope::File, false));
    }
    // A plugin that cannot be loaded fails with each file, and leaves the others alone.
    let Ok(manifest) = plugin.manifest() else { return Ok((Scope::File, false)) };
    let name = format!("{}:{operation}", plugin.id());
    match manifest.operations.iter().find(|info| info.name == operation).map(|info| (info.scope, info.needs_model)) {
        Some(found @ (Scope::File | Scope::Function, _)) => Ok(found),
        Some(_) => Err(Failed::usage(format!("`{name}` does not look at single files, which is what `devflow analyze` is for"))
            .hint("a pipeline can run it")),
        None => Err(Failed::usage(format!("`{}` has no operation `{operation}`", plugin.id())).hint(LIST_HINT)),
    }
}
