//! `devflow plugin`: list, info, why, add, trust and remove here; what those who write plugins use in `author`.

mod author;

use super::args::{Global, PluginCommand};
use super::exit::{Failed, Status, usage, word};
use super::machine::open;
use super::output;
use crate::analyzer::Analyzer as _;
use crate::config::VENDOR_FOLDER;
use crate::plugin::{Limit, Manifest, Plugin, RuleInfo, build, embedded};
use crate::project::analyzers::{all, plugin};
use crate::project::error::chain;
use crate::project::plugins::{AddOutcome, add, remove, trust_component};
use crate::project::{Error, PROJECT_FILE, Project, withheld};

/// Shows, adds or builds plugins.
pub(super) fn plugin_command(global: &Global, command: &PluginCommand) -> Result<Status, Failed> {
    let (project, _) = open(global)?;
    let text = match command {
        PluginCommand::List => list(global, &project),
        PluginCommand::Info { name } => info(&project, name)?,
        PluginCommand::Why { rule } => why(&project, rule)?,
        PluginCommand::Wit => build::CONTRACT.to_owned(),
        PluginCommand::Add { source, allow } => say_added(&add(&project, source, allow)?, allow),
        PluginCommand::Remove { name } => say_removed(name, remove(&project, name)?),
        PluginCommand::Trust { name } => {
            let (digest, path) = trust_component(&project, name)?;
            format!("`{name}` with the checksum {digest} may use the permissions of its table\nnoted in {}\n", path.display())
        }
        PluginCommand::Build { dir, out } => author::build(global, &project, dir, &out.clone().unwrap_or_else(|| dir.join("dist")))?,
        PluginCommand::New { name, lang } => author::new(&project, name, *lang)?,
        PluginCommand::Check { file } => return author::check(&project, file),
        PluginCommand::Test { dir, update } => return author::test(global, &project, dir, *update),
        PluginCommand::Dev { dir, paths, once, print_spec } => return author::dev(global, &project, dir, paths, *once, *print_spec),
    };
    output::result(&text)?;
    Ok(Status::Fine)
}

fn say_added(added: &AddOutcome, allow: &[String]) -> String {
    match added {
        AddOutcome::New { plugin, manifest, file } => format!(
            "{}added {file} and its table in {PROJECT_FILE}\nit asks for {}; it is granted {}\n",
            describe(plugin, manifest, false),
            asked(manifest),
            if allow.is_empty() { "none".to_owned() } else { allow.join(", ") }
        ),
        AddOutcome::Restored { settings } => {
            format!("wrote {}; its table is in {} already, and says what it may\n", settings.path, settings.origin)
        }
    }
}

fn say_removed(name: &str, had_copy: bool) -> String {
    let copy = if had_copy { format!(" and {VENDOR_FOLDER}") } else { String::new() };
    format!("removed `{name}` from {PROJECT_FILE}{copy}\n")
}

fn manifest(plugin: &Plugin) -> Result<Manifest, Failed> {
    plugin.manifest().map_err(|error| Error::incomplete(chain(&error)).into())
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

fn list(global: &Global, project: &Project) -> String {
    let mut text = String::new();
    let own = embedded().iter().map(|component| component.id);
    for name in own.chain(project.settings.plugins.iter().map(|settings| settings.name.as_str())) {
        // One that is not there or cannot be loaded must not hide the others.
        match plugin(project, name).map_err(Failed::from).and_then(|plugin| Ok((manifest(&plugin)?, plugin))) {
            Ok((manifest, plugin)) => text.push_str(&describe(&plugin, &manifest, global.verbose)),
            Err(failed) => text.push_str(&format!("{name}: {}\n", failed.error.words(&word))),
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

fn info(project: &Project, name: &str) -> Result<String, Failed> {
    let plugin = plugin(project, name)?;
    let manifest = manifest(&plugin)?;
    let mut text = describe(&plugin, &manifest, true);
    let settings = project.settings.plugins.iter().find(|settings| settings.name == name);
    text.push_str(&match settings {
        Some(settings) => format!("from {} ({})\n", settings.url.as_ref().unwrap_or(&settings.path), settings.origin),
        None => "comes with devflow\n".to_owned(),
    });
    text.push_str(&format!("checksum {}\n", plugin.digest()));
    let grants = plugin.grants();
    if let Some(settings) = settings.filter(|settings| (settings.may_ask, settings.may_see_project) != (grants.model, grants.project)) {
        let (message, hint) = withheld(settings);
        text.push_str(&format!("{message}; {}\n", word(&hint)));
    }
    text.push_str(&format!("asks for {}; is granted {}\n", asked(&manifest), permissions(grants.model, grants.project)));
    if let Some(limit) = plugin.max_cost().filter(|_| grants.model) {
        text.push_str(&format!("may spend {limit} in one run\n"));
    }
    for operation in &manifest.operations {
        text.push_str(&format!("options of {}: {}\n", operation.name, operation.options_line()));
    }
    Ok(text)
}

fn why(project: &Project, rule: &str) -> Result<String, Failed> {
    let id = rule.rsplit('/').next().unwrap_or(rule);
    let mut text = String::new();
    for plugin in all(project)? {
        // One that cannot be loaded must not hide the others.
        let manifest = match manifest(&plugin) {
            Ok(manifest) => manifest,
            Err(failed) => {
                output::note(&failed.error.words(&word));
                continue;
            }
        };
        for found in manifest.rules.iter().filter(|known| known.id == id) {
            let (severity, category) = (found.severity.name(), found.category.name());
            text.push_str(&format!("{}/{id}, {severity}, {category}: {}\n", manifest.id, found.summary));
            text.push_str(&format!("  from {} {}, checksum {}\n", manifest.id, manifest.version, plugin.digest()));
            text.push_str(&explained(found));
        }
    }
    if text.is_empty() {
        return Err(usage(format!("no plugin has a rule `{id}`"), "`devflow plugin list -v` shows all rules"));
    }
    Ok(text)
}

/// What a plugin says of a rule beside its summary.
fn explained(rule: &RuleInfo) -> String {
    let limit = |limit: &Limit| {
        let Limit { name, summary, default, least, most } = limit;
        format!("  {name} = {default} ({least} to {most}): {summary}\n")
    };
    let mut text: String = rule.limits.iter().map(limit).collect();
    text.extend(rule.cwe.iter().map(|number| format!("  CWE-{number}\n")));
    text.extend(rule.links.iter().map(|link| format!("  {link}\n")));
    if !rule.page.is_empty() {
        text.push_str(&format!("\n{}\n", rule.page.trim_end()));
    }
    text
}
