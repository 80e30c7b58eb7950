//! Which analyzers there are: our own, and those of the `[[plugin]]` tables.

use std::path::PathBuf;
use std::sync::Arc;

use super::error::{Error, Hint, Result};
use super::open::Project;
use super::places::{NamedBy, may_not_read, may_read};
use super::trust::{is_trusted, withheld};
use crate::config::PluginSettings;
use crate::plugin::{Grants, Plugin, embedded, embedded_plugins};
use crate::types::Digest;

/// One analyzer, enabled or not. Nothing is compiled yet.
///
/// # Errors
/// There is none of this name, or its component cannot be used.
pub fn plugin(project: &Project, id: &str) -> Result<Arc<Plugin>> {
    if let Some(settings) = project.settings.plugins.iter().find(|plugin| plugin.name == id) {
        return installed(project, settings).map(Arc::new);
    }
    let (mut plugins, _) = embedded_plugins(&[id.to_owned()], project.plugin_host());
    plugins.pop().map(Arc::new).ok_or_else(|| Error::usage(format!("there is no analyzer `{id}`")).hint(Hint::ListPlugins))
}

/// Every analyzer there is, our own first.
///
/// # Errors
/// The component of one cannot be used.
pub fn all(project: &Project) -> Result<Vec<Arc<Plugin>>> {
    let own = embedded().iter().map(|component| component.id);
    let names: Vec<&str> = own.chain(project.settings.plugins.iter().map(|plugin| plugin.name.as_str())).collect();
    names.into_iter().map(|name| plugin(project, name)).collect()
}

/// Where the component of a `[[plugin]]` table stands.
pub(super) fn component_path(project: &Project, settings: &PluginSettings) -> PathBuf {
    project.root.join(&settings.path)
}

#[expect(clippy::disallowed_methods, reason = "a component without a checksum is hashed here")]
fn installed(project: &Project, settings: &PluginSettings) -> Result<Plugin> {
    let name = &settings.name;
    if embedded().iter().any(|component| component.id == name) {
        return Err(Error::usage(format!(
            "`{name}` is one of devflow's own analyzers; give the plugin in {} another name",
            settings.origin
        )));
    }
    let path = component_path(project, settings);
    if !path.is_file() {
        let message = format!("the plugin `{name}` of {} is not at `{}`", settings.origin, project.shown(&path));
        let hint = match (&settings.url, &settings.sha256) {
            (Some(url), Some(sha256)) => Hint::AddPlugin(format!("{url}#sha256={sha256}")),
            _ => Hint::Say("build it, or correct `path`".to_owned()),
        };
        return Err(Error::usage(message).hint(hint));
    }
    let by = if settings.origin.is_project() { NamedBy::Checkout } else { NamedBy::User };
    if !may_read(&project.root, by, &path) {
        return Err(may_not_read("plugin", &settings.path));
    }
    let digest = match settings.sha256 {
        Some(digest) => digest,
        None => Digest::of(&std::fs::read(&path).map_err(|error| Error::usage(format!("cannot read `{}`: {error}", path.display())))?),
    };
    let is_trusted = is_trusted(project, settings, &digest);
    let grants = Grants { model: settings.may_ask && is_trusted, project: settings.may_see_project && is_trusted };
    if !is_trusted && (settings.may_ask || settings.may_see_project) {
        let (message, hint) = withheld(settings);
        if project.is_new(&message) {
            project.machine.listener.note(&format!("warning: {message}\n  hint: {}", project.machine.listener.word(&hint)));
        }
    }
    Ok(Plugin::from_file(name, path, digest, grants, Arc::clone(project.plugin_host())).with_max_cost(settings.max_cost))
}
