//! Owns `devflow plugin`. Never runs a plugin on code.

use super::args::{Global, PluginCommand, RunArgs};
use super::context::Context;
use super::exit::{Failed, Status, chain};
use super::output;
use crate::analyzer::Analyzer as _;
use crate::plugin::build;

/// Shows or builds plugins.
pub(super) fn plugins(global: &Global, command: &PluginCommand) -> Result<Status, Failed> {
    let text = match command {
        PluginCommand::List => list(global)?,
        PluginCommand::Build { dir, out } => {
            let note = |text: &str| {
                if !global.quiet {
                    output::note(text);
                }
            };
            let built = build::build(dir, out, &note).map_err(|error| Failed::incomplete(chain(&error)))?;
            format!("{} ({} bytes)\n", built.path.display(), built.size_bytes)
        }
    };
    output::result(&text)?;
    Ok(Status::Fine)
}

fn list(global: &Global) -> Result<String, Failed> {
    let context = Context::load(global, &RunArgs::default())?;
    context.warn(global);
    let mut text = String::new();
    for plugin in context.enabled_plugins()? {
        let manifest = plugin.manifest().map_err(|error| Failed::incomplete(chain(&error)))?;
        text.push_str(&format!("{} {} ({} rules, {})\n", manifest.id, manifest.version, manifest.rules.len(), plugin.digest().short()));
        for operation in &manifest.operations {
            let model = if operation.asks_model { " May ask the model." } else { "" };
            text.push_str(&format!("  {}:{}  {}{model}\n", manifest.id, operation.name, operation.summary));
        }
        if global.verbose {
            for rule in &manifest.rules {
                text.push_str(&format!("    {:<8} {:<15} {:<28} {}\n", rule.severity.name(), rule.category.name(), rule.id, rule.summary));
            }
        }
    }
    Ok(text)
}
