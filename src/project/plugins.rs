//! Adding plugins to a project and taking them out: a copy of the component, its table in the settings, a line in the lock file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml_edit::{DocumentMut, Item};

use super::analyzers::{component_path, plugin};
use super::error::{Error, Hint, Result};
use super::open::{PROJECT_FILE, Project, incomplete};
use super::places::check_inside;
use super::trust::trust;
use super::write;
use crate::analyzer::Analyzer as _;
use crate::config::{PluginSettings, VENDOR_FOLDER, is_plugin_name};
use crate::plugin::{Grants, Manifest, Plugin, embedded};
use crate::provider::fetch;
use crate::types::{Digest, Scope};

/// Name of the list of what was added, beside the components.
const LOCK_FILE: &str = "lock.toml";

/// What became of a plugin that was to be added.
pub enum AddOutcome {
    /// It is new to the project.
    New {
        /// The plugin, loaded without permissions.
        plugin: Box<Plugin>,
        /// What it says of itself.
        manifest: Box<Manifest>,
        /// Its copy, from the root of the project.
        file: String,
    },
    /// Its table was there already, as after a clone of a project that does not hold the component.
    Restored {
        /// What the table says.
        settings: Box<PluginSettings>,
    },
}

/// The file or address that was named, and the checksum behind it.
fn split(source: &str) -> Result<(&str, Option<Digest>)> {
    let Some((place, fragment)) = source.split_once('#') else { return Ok((source, None)) };
    let digest = fragment.strip_prefix("sha256=").and_then(|text| Digest::parse(text).ok());
    digest
        .map(|digest| (place, Some(digest)))
        .ok_or_else(|| Error::usage(format!("`#{fragment}` is no checksum")).say("write `#sha256=` and 64 hexadecimal digits"))
}

#[expect(clippy::disallowed_methods, reason = "the component that the user named is read here")]
fn component(project: &Project, place: &str, digest: Option<Digest>) -> Result<Vec<u8>> {
    let bytes = if place.contains("://") {
        if digest.is_none() {
            return Err(Error::usage("a plugin from a URL needs its checksum").say(format!("write `{place}#sha256=…`")));
        }
        fetch(place).map_err(|error| Error::incomplete(format!("cannot fetch `{place}`: {error}")))?
    } else {
        let path = project.machine.working_directory.join(place);
        std::fs::read(&path).map_err(|error| Error::usage(format!("cannot read `{place}`: {error}")))?
    };
    let found = Digest::of(&bytes);
    match digest {
        Some(expected) if expected != found => {
            Err(Error::usage(format!("`{place}` has the checksum {found}, and {expected} was expected; nothing was added")))
        }
        _ => Ok(bytes),
    }
}

/// Copies a component to the project, loads it once, and adds its table. `allow` are permissions: `model`, `project`.
///
/// # Errors
/// It cannot be had or loaded, has a name that is taken, or the project cannot be written to.
pub fn add(project: &Project, source: &str, allow: &[String]) -> Result<AddOutcome> {
    let (place, digest) = split(source)?;
    let bytes = component(project, place, digest)?;
    let digest = Digest::of(&bytes);
    let host = Arc::clone(project.plugin_host());
    let plugin = Plugin::new(place, bytes.clone(), digest, Grants { model: false, project: false }, host);
    let manifest = plugin.manifest().map_err(|error| incomplete(&error))?;
    let name = &manifest.id;
    // The name becomes a file and a line of the configuration.
    if let Some(bad) = std::iter::once(name).chain(manifest.operations.iter().map(|o| &o.name)).find(|text| !is_plugin_name(text)) {
        let message = format!("`{}` is no name for a plugin or an operation; nothing was added", bad.escape_debug());
        return Err(Error::usage(message).say("lower-case letters, digits and dashes, 64 at most"));
    }
    if embedded().iter().any(|known| known.id == name) {
        return Err(Error::usage(format!("`{name}` is an analyzer of devflow itself")).say("give the plugin another name"));
    }
    if let Some(known) = project.settings.plugins.iter().find(|known| known.name == *name) {
        return restore(project, known, &manifest, place, &bytes);
    }
    if let Some(unknown) = allow.iter().find(|permission| !matches!(permission.as_str(), "model" | "project")) {
        return Err(Error::usage(format!("there is no permission `{unknown}`")).say("there are `model` and `project`"));
    }
    let file = format!("{VENDOR_FOLDER}/{name}.wasm");
    let settings_file = project.root.join(PROJECT_FILE);
    check_inside(&project.root, &settings_file)?;
    write::in_project(&project.root, &project.root.join(&file), &bytes)?;
    let before = read_or_empty(&settings_file)?;
    let gap = if before.is_empty() || before.ends_with("\n\n") { "" } else { "\n" };
    let table = table_of(&manifest, place, &digest, &file, allow);
    write::new_file(&settings_file, format!("{before}{gap}{table}").as_bytes())?;
    lock(project, name, Some((&manifest.version, place, &digest)))?;
    // Whoever grants a permission by hand trusts the component.
    if !allow.is_empty() {
        trust(&project.machine, name, &digest)?;
    }
    Ok(AddOutcome::New { plugin: Box::new(plugin), manifest: Box::new(manifest), file })
}

/// The table of a plugin, as text.
fn table_of(manifest: &Manifest, place: &str, digest: &Digest, file: &str, allow: &[String]) -> String {
    let looks_at_files = manifest.operations.iter().filter(|o| matches!(o.scope, Scope::File | Scope::Function));
    let operations: Vec<String> = looks_at_files.map(|operation| format!("\"{}\"", operation.name)).collect();
    let origin = if place.contains("://") { format!("url = \"{place}\"") } else { format!("path = \"{file}\"") };
    let allowed: Vec<String> = allow.iter().map(|permission| format!("\"{permission}\"")).collect();
    format!(
        "[[plugin]]\nname = \"{}\"\n{origin}\nsha256 = \"{digest}\"\noperations = [{}]\nallow = [{}]\n",
        manifest.id,
        operations.join(", "),
        allowed.join(", ")
    )
}

/// Puts the component of a table that is there already to its place.
fn restore(project: &Project, known: &PluginSettings, manifest: &Manifest, place: &str, bytes: &[u8]) -> Result<AddOutcome> {
    let name = &known.name;
    let path = component_path(project, known);
    if path.exists() {
        return Err(Error::usage(format!("there is an analyzer `{name}` already")).hint(Hint::RemovePlugin(name.clone())));
    }
    let digest = Digest::of(bytes);
    if known.sha256.is_some_and(|expected| expected != digest) {
        let message = format!("`{place}` has the checksum {digest}, and the table of `{name}` in {} has another", known.origin);
        return Err(Error::usage(message).hint(Hint::RemovePlugin(name.clone())));
    }
    write::in_project(&project.root, &path, bytes)?;
    lock(project, name, Some((&manifest.version, place, &digest)))?;
    Ok(AddOutcome::Restored { settings: Box::new(known.clone()) })
}

/// Trusts the component of a plugin that stands there now. Gives its checksum, and the file that notes it.
///
/// # Errors
/// There is none, it comes with devflow, or it cannot be noted.
pub fn trust_component(project: &Project, name: &str) -> Result<(Digest, PathBuf)> {
    if embedded().iter().any(|known| known.id == name) {
        return Err(Error::usage(format!("`{name}` comes with devflow, and has what it needs")));
    }
    let digest = plugin(project, name)?.digest();
    let path = trust(&project.machine, name, &digest)?;
    Ok((digest, path))
}

/// Takes a plugin's table out of the project's settings, and its copy from the project. Whether there was a copy.
///
/// # Errors
/// There is no such table, or the project cannot be written to.
#[expect(clippy::disallowed_methods, reason = "the copy of the component is removed here")]
pub fn remove(project: &Project, name: &str) -> Result<bool> {
    let path = project.root.join(PROJECT_FILE);
    let text = read_or_empty(&path)?;
    let Some(rest) = without_table(&text, name)? else {
        return Err(Error::usage(format!("{PROJECT_FILE} has no plugin `{name}`")).hint(Hint::ListPlugins));
    };
    let copy = project.root.join(VENDOR_FOLDER).join(format!("{name}.wasm"));
    check_inside(&project.root, &copy)?;
    write::in_project(&project.root, &path, rest.as_bytes())?;
    let had_copy = std::fs::remove_file(&copy).is_ok();
    lock(project, name, None)?;
    Ok(had_copy)
}

/// The text without the `[[plugin]]` table of this name; `None` if there is none.
fn without_table(text: &str, name: &str) -> Result<Option<String>> {
    let mut document: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| Error::usage(format!("{PROJECT_FILE} cannot be read: {}", error.message())))?;
    let Some(tables) = document.get_mut("plugin").and_then(Item::as_array_of_tables_mut) else { return Ok(None) };
    let Some(at) = tables.iter().position(|table| table.get("name").and_then(Item::as_str) == Some(name)) else { return Ok(None) };
    tables.remove(at);
    if tables.is_empty() {
        document.remove("plugin");
    }
    Ok(Some(document.to_string()))
}

#[expect(clippy::disallowed_methods, reason = "the project's configuration is read here")]
fn read_or_empty(path: &Path) -> Result<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Error::usage(format!("cannot read `{}`: {error}", path.display()))),
    }
}

/// Notes what was added, or that it is gone.
fn lock(project: &Project, name: &str, entry: Option<(&str, &str, &Digest)>) -> Result<()> {
    let path = project.root.join(VENDOR_FOLDER).join(LOCK_FILE);
    let mut table: toml::Table = read_or_empty(&path)?.parse().unwrap_or_default();
    match entry {
        Some((version, source, digest)) => {
            let mut part = toml::Table::new();
            part.insert("version".to_owned(), version.into());
            part.insert("source".to_owned(), source.into());
            part.insert("sha256".to_owned(), digest.to_string().into());
            table.insert(name.to_owned(), part.into());
        }
        None => drop(table.remove(name)),
    }
    let text = toml::to_string(&table).map_err(|error| Error::incomplete(format!("the lock file cannot be written: {error}")))?;
    let text = format!("# Written by `devflow plugin add`: where each component came from.\n\n{text}");
    write::in_project(&project.root, &path, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_taken_out_and_nothing_else() {
        let text = "# mine\n[gate]\nfail-on = \"low\"\n\n[[plugin]]\nname = \"a\"\npath = \"a.wasm\"\n\n[[plugin]]\n\"name\" = 'b' # mine\npath = \"b.wasm\"\n\n[model]\nname = \"b\"\n";
        let without = |text: &str, name: &str| without_table(text, name).unwrap();
        assert_eq!(without(text, "c"), None);
        let without_b = without(text, "b").unwrap();
        let expected = "# mine\n[gate]\nfail-on = \"low\"\n\n[[plugin]]\nname = \"a\"\npath = \"a.wasm\"\n\n[model]\nname = \"b\"\n";
        assert_eq!(without_b, expected);
        assert!(without(&without_b, "b").is_none());
        assert_eq!(without(&without_b, "a").unwrap(), "# mine\n[gate]\nfail-on = \"low\"\n\n[model]\nname = \"b\"\n");
        assert!(without_table("[[plugin", "a").is_err());
    }
}
