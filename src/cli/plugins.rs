//! Owns `devflow plugin` for those who use plugins: list, info, why, add, remove. Never builds one.

use std::path::Path;

use super::analyzers::{all, component_path, plugin, plugin_host};
use super::args::{Global, PluginCommand, RunArgs};
use super::author;
use super::context::{Context, PROJECT_FILE};
use super::exit::{Failed, Status, chain};
use super::output;
use super::places::check_inside;
use super::trust::{trust as trusted, withheld};
use crate::analyzer::Analyzer as _;
use crate::config::{PluginSettings, VENDOR_FOLDER, is_plugin_name};
use crate::plugin::{Grants, Manifest, Plugin, build, embedded};
use crate::provider::fetch;
use crate::types::{Digest, Scope};

/// Name of the list of what was added, beside the components.
const LOCK_FILE: &str = "lock.toml";

/// Shows, adds or builds plugins.
pub(super) fn plugins(global: &Global, command: &PluginCommand) -> Result<Status, Failed> {
    let context = Context::load(global, &RunArgs::default())?;
    context.warn(global);
    let text = match command {
        PluginCommand::List => list(global, &context),
        PluginCommand::Info { name } => info(&context, name)?,
        PluginCommand::Why { rule } => why(&context, rule)?,
        PluginCommand::Wit => build::CONTRACT.to_owned(),
        PluginCommand::Add { source, allow } => add(&context, source, allow)?,
        PluginCommand::Remove { name } => remove(&context, name)?,
        PluginCommand::Trust { name } => trust(&context, name)?,
        PluginCommand::Build { dir, out } => author::build(global, dir, &out.clone().unwrap_or_else(|| dir.join("dist")))?,
        PluginCommand::New { name, lang } => author::new(&context, name, *lang)?,
        PluginCommand::Check { file } => return author::check(&context, file),
        PluginCommand::Test { dir, update } => return author::test(global, &context, dir, *update),
        PluginCommand::Dev { dir, paths, once } => return author::dev(global, &context, dir, paths, *once),
    };
    output::result(&text)?;
    Ok(Status::Fine)
}

fn manifest(plugin: &Plugin) -> Result<Manifest, Failed> {
    plugin.manifest().map_err(|error| Failed::incomplete(chain(&error)))
}

fn permissions(model: bool, project: bool) -> String {
    match (model, project) {
        (true, true) => "model, project".to_owned(),
        (true, false) => "model".to_owned(),
        (false, true) => "project".to_owned(),
        (false, false) => "none".to_owned(),
    }
}

fn asked(manifest: &Manifest) -> String {
    permissions(manifest.operations.iter().any(|o| o.asks_model), manifest.operations.iter().any(|o| o.sees_project))
}

fn list(global: &Global, context: &Context) -> String {
    let mut text = String::new();
    let host = plugin_host(context);
    let own = embedded().iter().map(|component| component.id);
    for name in own.chain(context.settings.plugins.iter().map(|settings| settings.name.as_str())) {
        // One that is not there or cannot be loaded must not hide the others.
        match plugin(context, name, &host).and_then(|plugin| Ok((manifest(&plugin)?, plugin))) {
            Ok((manifest, plugin)) => text.push_str(&describe(&plugin, &manifest, global.verbose)),
            Err(failed) => text.push_str(&format!("{name}: {}\n", failed.words())),
        }
    }
    text
}

fn describe(plugin: &Plugin, manifest: &Manifest, with_rules: bool) -> String {
    let n_rules = crate::report::counted(manifest.rules.len(), "rule");
    let mut text = format!("{} {} ({n_rules}, {})\n", manifest.id, manifest.version, plugin.digest().short());
    for operation in &manifest.operations {
        let model = if operation.asks_model { " May ask the model." } else { "" };
        text.push_str(&format!("  {}:{}  {}{model}\n", manifest.id, operation.name, operation.summary));
    }
    if with_rules {
        for rule in &manifest.rules {
            text.push_str(&format!("    {:<8} {:<15} {:<28} {}\n", rule.severity.name(), rule.category.name(), rule.id, rule.summary));
        }
    }
    text
}

fn info(context: &Context, name: &str) -> Result<String, Failed> {
    let plugin = plugin(context, name, &plugin_host(context))?;
    let manifest = manifest(&plugin)?;
    let mut text = describe(&plugin, &manifest, true);
    let settings = context.settings.plugins.iter().find(|settings| settings.name == name);
    text.push_str(&match settings {
        Some(settings) => format!("from {} ({})\n", settings.url.as_ref().unwrap_or(&settings.path), settings.origin),
        None => "comes with devflow\n".to_owned(),
    });
    text.push_str(&format!("checksum {}\n", plugin.digest()));
    let grants = plugin.grants();
    if let Some(settings) = settings.filter(|settings| (settings.may_ask, settings.may_see_project) != (grants.model, grants.project)) {
        let (message, hint) = withheld(settings);
        text.push_str(&format!("{message}; {hint}\n"));
    }
    text.push_str(&format!("asks for {}; is granted {}\n", asked(&manifest), permissions(grants.model, grants.project)));
    if let Some(limit) = plugin.max_cost().filter(|_| grants.model) {
        text.push_str(&format!("may spend {limit} in one run\n"));
    }
    for operation in &manifest.operations {
        text.push_str(&format!("options of {}: {}\n", operation.name, operation.options_schema));
    }
    Ok(text)
}

/// Trusts the component that stands there now.
fn trust(context: &Context, name: &str) -> Result<String, Failed> {
    if embedded().iter().any(|known| known.id == name) {
        return Err(Failed::usage(format!("`{name}` comes with devflow, and has what it needs")));
    }
    let plugin = plugin(context, name, &plugin_host(context))?;
    let digest = plugin.digest();
    let path = trusted(name, &digest)?;
    Ok(format!("`{name}` with the checksum {digest} may use the permissions of its table\nnoted in {}\n", path.display()))
}

fn why(context: &Context, rule: &str) -> Result<String, Failed> {
    let id = rule.rsplit('/').next().unwrap_or(rule);
    let mut text = String::new();
    for plugin in all(context, &plugin_host(context))? {
        let manifest = manifest(&plugin)?;
        for found in manifest.rules.iter().filter(|known| known.id == id) {
            let (severity, category) = (found.severity.name(), found.category.name());
            text.push_str(&format!("{}/{id}, {severity}, {category}: {}\n", manifest.id, found.summary));
            text.push_str(&format!("  from {} {}, checksum {}\n", manifest.id, manifest.version, plugin.digest()));
        }
    }
    if text.is_empty() {
        return Err(Failed::usage(format!("no plugin has a rule `{id}`")).hint("`devflow plugin list -v` shows all rules"));
    }
    Ok(text)
}

/// What was named: a file or a URL, and the checksum behind it.
fn split(source: &str) -> Result<(&str, Option<Digest>), Failed> {
    let Some((place, fragment)) = source.split_once('#') else { return Ok((source, None)) };
    let digest = fragment.strip_prefix("sha256=").and_then(|text| Digest::parse(text).ok());
    digest
        .map(|digest| (place, Some(digest)))
        .ok_or_else(|| Failed::usage(format!("`#{fragment}` is no checksum")).hint("write `#sha256=` and 64 hexadecimal digits"))
}

#[expect(clippy::disallowed_methods, reason = "the component that the user named is read here")]
fn component(context: &Context, place: &str, digest: Option<Digest>) -> Result<Vec<u8>, Failed> {
    let is_url = place.contains("://");
    let bytes = if is_url {
        if digest.is_none() {
            return Err(Failed::usage("a plugin from a URL needs its checksum").hint(format!("write `{place}#sha256=…`")));
        }
        fetch(place).map_err(|error| Failed::incomplete(format!("cannot fetch `{place}`: {error}")))?
    } else {
        let path = context.working_directory.join(place);
        std::fs::read(&path).map_err(|error| Failed::usage(format!("cannot read `{place}`: {error}")))?
    };
    let found = Digest::of(&bytes);
    match digest {
        Some(expected) if expected != found => {
            Err(Failed::usage(format!("`{place}` has the checksum {found}, and {expected} was expected; nothing was added")))
        }
        _ => Ok(bytes),
    }
}

/// Copies a component to the project, loads it once, and adds its table.
fn add(context: &Context, source: &str, allow: &[String]) -> Result<String, Failed> {
    let (place, digest) = split(source)?;
    let bytes = component(context, place, digest)?;
    let digest = Digest::of(&bytes);
    let plugin = Plugin::new(place, bytes.clone(), digest, Grants { model: false, project: false }, plugin_host(context));
    let manifest = manifest(&plugin)?;
    let name = &manifest.id;
    // The name becomes a file and a line of the configuration.
    if let Some(bad) = std::iter::once(name).chain(manifest.operations.iter().map(|o| &o.name)).find(|text| !is_plugin_name(text)) {
        let message = format!("`{}` is no name for a plugin or an operation; nothing was added", bad.escape_debug());
        return Err(Failed::usage(message).hint("lower-case letters, digits and dashes, 64 at most"));
    }
    if embedded().iter().any(|known| known.id == name) {
        return Err(Failed::usage(format!("`{name}` is an analyzer of devflow itself")).hint("give the plugin another name"));
    }
    if let Some(known) = context.settings.plugins.iter().find(|known| known.name == *name) {
        return restore(context, known, &manifest, place, &bytes);
    }
    if let Some(unknown) = allow.iter().find(|permission| !matches!(permission.as_str(), "model" | "project")) {
        return Err(Failed::usage(format!("there is no permission `{unknown}`")).hint("there are `model` and `project`"));
    }
    let file = format!("{VENDOR_FOLDER}/{name}.wasm");
    let settings_file = context.project.join(PROJECT_FILE);
    check_inside(&context.project, &settings_file)?;
    write(context, &context.project.join(&file), &bytes)?;
    let operations: Vec<String> = manifest
        .operations
        .iter()
        .filter(|o| matches!(o.scope, Scope::File | Scope::Function))
        .map(|operation| format!("\"{}\"", operation.name))
        .collect();
    let origin = if place.contains("://") { format!("url = \"{place}\"") } else { format!("path = \"{file}\"") };
    let allowed: Vec<String> = allow.iter().map(|permission| format!("\"{permission}\"")).collect();
    let table = format!(
        "[[plugin]]\nname = \"{name}\"\n{origin}\nsha256 = \"{digest}\"\noperations = [{}]\nallow = [{}]\n",
        operations.join(", "),
        allowed.join(", ")
    );
    let before = read_or_empty(&settings_file)?;
    let gap = if before.is_empty() || before.ends_with("\n\n") { "" } else { "\n" };
    output::new_file(&settings_file, format!("{before}{gap}{table}").as_bytes())?;
    lock(context, name, Some((&manifest.version, place, &digest)))?;
    // Whoever grants a permission by hand trusts the component.
    if !allow.is_empty() {
        trusted(name, &digest)?;
    }
    Ok(format!(
        "{}added {file} and its table in {PROJECT_FILE}\nit asks for {}; it is granted {}\n",
        describe(&plugin, &manifest, false),
        asked(&manifest),
        if allow.is_empty() { "none".to_owned() } else { allow.join(", ") }
    ))
}

/// Writes a file of the project; a checkout may hold links that lead out of it.
fn write(context: &Context, path: &Path, bytes: &[u8]) -> Result<(), Failed> {
    check_inside(&context.project, path)?;
    output::new_file(path, bytes)
}

/// Puts the component of a table that is there already to its place, as after a clone of a project that does not hold it.
fn restore(context: &Context, known: &PluginSettings, manifest: &Manifest, place: &str, bytes: &[u8]) -> Result<String, Failed> {
    let name = &known.name;
    let path = component_path(context, known);
    if path.exists() {
        return Err(
            Failed::usage(format!("there is an analyzer `{name}` already")).hint(format!("`devflow plugin remove {name}` takes it out"))
        );
    }
    let digest = Digest::of(bytes);
    if known.sha256.is_some_and(|expected| expected != digest) {
        let message = format!("`{place}` has the checksum {digest}, and the table of `{name}` in {} has another", known.origin);
        return Err(Failed::usage(message).hint(format!("`devflow plugin remove {name}` takes the table out")));
    }
    write(context, &path, bytes)?;
    lock(context, name, Some((&manifest.version, place, &digest)))?;
    Ok(format!("wrote {}; its table is in {} already, and says what it may\n", known.path, known.origin))
}

/// Takes a plugin's table out of the project's configuration, and its copy from the project.
#[expect(clippy::disallowed_methods, reason = "the copy of the component is removed here")]
fn remove(context: &Context, name: &str) -> Result<String, Failed> {
    let path = context.project.join(PROJECT_FILE);
    let text = read_or_empty(&path)?;
    let Some(rest) = without_table(&text, name) else {
        return Err(Failed::usage(format!("{PROJECT_FILE} has no plugin `{name}`")).hint("`devflow plugin list` shows the plugins"));
    };
    let copy = context.project.join(VENDOR_FOLDER).join(format!("{name}.wasm"));
    check_inside(&context.project, &copy)?;
    write(context, &path, rest.as_bytes())?;
    let had_copy = std::fs::remove_file(&copy).is_ok();
    lock(context, name, None)?;
    Ok(format!("removed `{name}` from {PROJECT_FILE}{}\n", if had_copy { format!(" and {VENDOR_FOLDER}") } else { String::new() }))
}

/// The text without the `[[plugin]]` table of this name; `None` if there is none.
fn without_table(text: &str, name: &str) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let is_head = |line: &str| line.trim_start().starts_with('[');
    let mut at = 0;
    while at < lines.len() {
        let end = (at + 1..lines.len()).find(|next| is_head(lines[*next])).unwrap_or(lines.len());
        let is_plugin = lines[at].trim_start().starts_with("[[plugin]]");
        let is_it = |line: &&str| {
            let value = line.split_once('=').filter(|(key, _)| key.trim() == "name").map(|(_, value)| value);
            value.is_some_and(|value| value.split('#').next().unwrap_or("").trim().trim_matches(['"', '\'']) == name)
        };
        if is_plugin && lines[at..end].iter().any(is_it) {
            return Some([&lines[..at], &lines[end..]].concat().concat());
        }
        at = end;
    }
    None
}

#[expect(clippy::disallowed_methods, reason = "the project's configuration is read here")]
fn read_or_empty(path: &Path) -> Result<String, Failed> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Failed::usage(format!("cannot read `{}`: {error}", path.display()))),
    }
}

/// Notes what was added, or that it is gone.
fn lock(context: &Context, name: &str, entry: Option<(&str, &str, &Digest)>) -> Result<(), Failed> {
    let path = context.project.join(VENDOR_FOLDER).join(LOCK_FILE);
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
    let text = toml::to_string(&table).map_err(|error| Failed::incomplete(format!("the lock file cannot be written: {error}")))?;
    write(context, &path, format!("# Written by `devflow plugin add`: where each component came from.\n\n{text}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_taken_out_and_nothing_else() {
        let text = "[gate]\nfail-on = \"low\"\n\n[[plugin]]\nname = \"a\"\npath = \"a.wasm\"\n\n[[plugin]]\nname = \"b\" # mine\npath = \"b.wasm\"\n\n[model]\nname = \"b\"\n";
        assert_eq!(without_table(text, "c"), None);
        let without_b = without_table(text, "b").unwrap();
        assert!(
            !without_b.contains("b.wasm") && without_b.contains("a.wasm") && without_b.ends_with("[model]\nname = \"b\"\n"),
            "{without_b}"
        );
        assert!(without_table(&without_b, "b").is_none());
    }
}
