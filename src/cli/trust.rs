//! Owns which plugins of a checkout the user trusts: by the checksum of the component, in a file beside the user's configuration. Never loads
//! a plugin.

use std::path::PathBuf;

use super::context::{Context, user_folder};
use super::exit::Failed;
use super::output;
use crate::config::PluginSettings;
use crate::types::Digest;

/// Beside the user's `config.toml`.
const FILE: &str = "trusted-plugins.toml";

/// Whether a plugin gets the permissions that its table allows. Those of a checkout only do when the user trusts this very component.
pub(super) fn is_trusted(context: &Context, settings: &PluginSettings, digest: &Digest) -> bool {
    !settings.origin.is_project() || context.trusts_plugins || known().is_ok_and(|known| holds(&known, &settings.name, digest))
}

/// Trusts a component from now on, whichever project it stands in.
///
/// # Errors
/// There is no folder for the user's configuration, or it cannot be written.
pub(super) fn trust(name: &str, digest: &Digest) -> Result<PathBuf, Failed> {
    let path = file()?;
    let mut known = known()?;
    if !holds(&known, name, digest) {
        let entry = known.entry(name).or_insert_with(|| toml::Value::Array(Vec::new()));
        match entry.as_array_mut() {
            Some(list) => list.push(digest.to_string().into()),
            None => *entry = toml::Value::Array(vec![digest.to_string().into()]),
        }
        let text = toml::to_string(&known).map_err(|error| Failed::incomplete(format!("`{}`: {error}", path.display())))?;
        let head = "# Written by `devflow plugin trust`: components of projects that may use the permissions of their tables.\n\n";
        output::folder_of(&path)?;
        output::file(&path, &format!("{head}{text}"))?;
    }
    Ok(path)
}

/// What to say of a plugin whose permissions are withheld.
pub(super) fn withheld(settings: &PluginSettings) -> (String, String) {
    let mut permissions = Vec::new();
    permissions.extend(settings.may_ask.then_some("`model`"));
    permissions.extend(settings.may_see_project.then_some("`project`"));
    let message = format!("the plugin `{}` of the project is not trusted, and went without {}", settings.name, permissions.join(" and "));
    let hint = format!("`devflow plugin trust {}` trusts this component; `--trust-plugins` all of this run", settings.name);
    (message, hint)
}

fn file() -> Result<PathBuf, Failed> {
    let folder = user_folder("XDG_CONFIG_HOME", ".config").ok_or_else(|| Failed::usage("there is no home directory"))?;
    Ok(folder.join(FILE))
}

#[expect(clippy::disallowed_methods, reason = "what the user trusts is read here")]
fn known() -> Result<toml::Table, Failed> {
    let path = file()?;
    match std::fs::read_to_string(&path) {
        Ok(text) => text.parse().map_err(|error| Failed::usage(format!("`{}` cannot be read: {error}", path.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(toml::Table::new()),
        Err(error) => Err(Failed::usage(format!("cannot read `{}`: {error}", path.display()))),
    }
}

fn holds(known: &toml::Table, name: &str, digest: &Digest) -> bool {
    let digest = digest.to_string();
    let list = known.get(name).and_then(toml::Value::as_array);
    list.is_some_and(|list| list.iter().any(|one| one.as_str() == Some(digest.as_str())))
}
