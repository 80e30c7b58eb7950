//! Owns `devflow config`. Never understands a setting.

use std::path::{Path, PathBuf};

use super::args::{ConfigCommand, Global, RunArgs};
use super::check::check;
use super::context::{Context, PROJECT_FILE};
use super::exit::{Failed, Status};
use super::output;
use super::places::check_inside;
use crate::config::{DEFAULTS, Origin};
use crate::pipeline::overrides_for;
use crate::types::RelPath;

/// Shows, checks or writes settings.
pub(super) fn configure(global: &Global, command: &ConfigCommand) -> Result<Status, Failed> {
    let context = Context::load(global, &RunArgs::default())?;
    context.warn(global);
    match command {
        ConfigCommand::Show { r#for: Some(path) } => output::result(&for_path(&context, path)?)?,
        ConfigCommand::Show { r#for: None } => {
            let mut text = String::new();
            for (key, entry) in &context.config.entries {
                let origin = if matches!(entry.origin, Origin::Default) { String::new() } else { format!("  # {}", entry.origin) };
                text.push_str(&format!("{key} = {}{origin}\n", entry.value));
            }
            let key = &context.settings.provider.key_variable;
            let is_set = if super::context::variable(key).is_some() { "is set" } else { "is not set" };
            text.push_str(&format!("# the key, `{key}`, {is_set}\n"));
            for file in &context.files {
                text.push_str(&format!("# read {}\n", file.display()));
            }
            let home = context.home.as_ref().map_or("none".to_owned(), |home| home.display().to_string());
            text.push_str(&format!("# home {home}\n"));
            output::result(&text)?;
        }
        ConfigCommand::Check => {
            check(global, &context)?;
            super::analyzers::enabled_operations(&context)?;
        }
        ConfigCommand::Init => init(&context)?,
    }
    Ok(Status::Fine)
}

/// What is different for one path, the outermost first.
fn for_path(context: &Context, path: &Path) -> Result<String, Failed> {
    let path = RelPath::new(&context.project, &context.working_directory.join(path).components().collect::<PathBuf>());
    let plan = context.plan(Vec::new(), &RunArgs::default(), false)?;
    let found = overrides_for(&plan, &path)?;
    if found.is_empty() {
        return Ok(format!("nothing is different for {path}\n"));
    }
    let mut text = String::new();
    for one in found {
        let folder = if one.folder.is_empty() { PROJECT_FILE.to_owned() } else { format!("{}/{PROJECT_FILE}", one.folder) };
        text.push_str(&format!("{folder}, paths {:?}\n", one.paths));
        if let Some(analyzers) = &one.analyzers {
            text.push_str(&format!("  analyzers = {analyzers:?}\n"));
        }
        if !one.disabled_rules.is_empty() {
            text.push_str(&format!("  disabled-rules = {:?}\n", one.disabled_rules));
        }
        one.severities.iter().for_each(|(rule, severity)| text.push_str(&format!("  severity.{rule} = {:?}\n", severity.name())));
        for (operation, options) in &one.options {
            options.iter().for_each(|(key, value)| text.push_str(&format!("  options.{operation}.{key} = {value}\n")));
        }
    }
    Ok(text)
}

#[expect(clippy::disallowed_methods, reason = "the new configuration file is written here")]
fn init(context: &Context) -> Result<(), Failed> {
    let path = context.working_directory.join(PROJECT_FILE);
    if path.exists() {
        return Err(Failed::usage(format!("`{PROJECT_FILE}` is there already")));
    }
    check_inside(&context.project, &path)?;
    // Every setting as a comment: what is not changed keeps following the defaults.
    let commented = |line: &str| if line.starts_with(['#', '[']) || line.is_empty() { format!("{line}\n") } else { format!("# {line}\n") };
    let text: String = DEFAULTS.lines().map(commented).collect();
    std::fs::write(&path, text).map_err(|error| Failed::usage(format!("cannot write `{PROJECT_FILE}`: {error}")))?;
    output::result(&format!("wrote {PROJECT_FILE}\n"))
}
