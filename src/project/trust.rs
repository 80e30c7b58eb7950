//! Which plugins of a checkout the user trusts: by the checksum of the component, in a file beside the user's configuration.

use std::path::{Path, PathBuf};

use super::error::{Error, Hint, Result};
use super::machine::Machine;
use super::open::Project;
use super::write;
use crate::config::PluginSettings;
use crate::types::Digest;

/// Beside the user's `config.toml`.
const FILE: &str = "trusted-plugins.toml";

/// Whether a plugin gets the permissions that its table allows. Those of a checkout only do when the user trusts this very component.
pub(super) fn is_trusted(project: &Project, settings: &PluginSettings, digest: &Digest) -> bool {
    let machine = &project.machine;
    let is_known = || file(machine).and_then(|path| known(&path)).is_ok_and(|known| holds(&known, &settings.name, digest));
    !settings.origin.is_project() || machine.trusts_plugins || is_known()
}

/// Trusts a component from now on, whichever project it stands in. Gives the file that says so.
///
/// # Errors
/// There is no folder for the user's configuration, or it cannot be written.
pub(super) fn trust(machine: &Machine, name: &str, digest: &Digest) -> Result<PathBuf> {
    let path = file(machine)?;
    let mut known = known(&path)?;
    if !holds(&known, name, digest) {
        let entry = known.entry(name).or_insert_with(|| toml::Value::Array(Vec::new()));
        match entry.as_array_mut() {
            Some(list) => list.push(digest.to_string().into()),
            None => *entry = toml::Value::Array(vec![digest.to_string().into()]),
        }
        let text = toml::to_string(&known).map_err(|error| Error::incomplete(format!("`{}`: {error}", path.display())))?;
        let head = "# Written by `devflow plugin trust`: components of projects that may use the permissions of their tables.\n\n";
        write::folder_of(&path)?;
        write::file(&path, &path.display().to_string(), &format!("{head}{text}"))?;
    }
    Ok(path)
}

/// What to say of a plugin whose permissions are withheld.
pub fn withheld(settings: &PluginSettings) -> (String, Hint) {
    let mut permissions = Vec::new();
    permissions.extend(settings.may_ask.then_some("`model`"));
    permissions.extend(settings.may_see_project.then_some("`project`"));
    let message = format!("the plugin `{}` of the project is not trusted, and went without {}", settings.name, permissions.join(" and "));
    (message, Hint::TrustPlugin(settings.name.clone()))
}

fn file(machine: &Machine) -> Result<PathBuf> {
    let folder = machine.config_folder.as_ref().ok_or_else(|| Error::usage("there is no home directory"))?;
    Ok(folder.join(FILE))
}

#[expect(clippy::disallowed_methods, reason = "what the user trusts is read here")]
fn known(path: &Path) -> Result<toml::Table> {
    match std::fs::read_to_string(path) {
        Ok(text) => text.parse().map_err(|error| Error::usage(format!("`{}` cannot be read: {error}", path.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(toml::Table::new()),
        Err(error) => Err(Error::usage(format!("cannot read `{}`: {error}", path.display()))),
    }
}

fn holds(known: &toml::Table, name: &str, digest: &Digest) -> bool {
    let digest = digest.to_string();
    let list = known.get(name).and_then(toml::Value::as_array);
    list.is_some_and(|list| list.iter().any(|one| one.as_str() == Some(digest.as_str())))
}
