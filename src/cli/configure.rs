//! Owns `devflow config`. Never understands a setting.

use super::args::{ConfigCommand, Global, RunArgs};
use super::context::{Context, PROJECT_FILE};
use super::exit::{Failed, Status};
use super::output;
use crate::config::{DEFAULTS, Origin};

/// Shows, checks or writes settings.
pub(super) fn configure(global: &Global, command: &ConfigCommand) -> Result<Status, Failed> {
    let context = Context::load(global, &RunArgs::default())?;
    context.warn(global);
    match command {
        ConfigCommand::Show => {
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
            super::analyzers::enabled_operations(&context)?;
            super::templates::own_template(&context)?;
        }
        ConfigCommand::Init => init(&context)?,
    }
    Ok(Status::Fine)
}

#[expect(clippy::disallowed_methods, reason = "the new configuration file is written here")]
fn init(context: &Context) -> Result<(), Failed> {
    let path = context.working_directory.join(PROJECT_FILE);
    if path.exists() {
        return Err(Failed::usage(format!("`{PROJECT_FILE}` is there already")));
    }
    // Every setting as a comment: what is not changed keeps following the defaults.
    let commented = |line: &str| if line.starts_with(['#', '[']) || line.is_empty() { format!("{line}\n") } else { format!("# {line}\n") };
    let text: String = DEFAULTS.lines().map(commented).collect();
    std::fs::write(&path, text).map_err(|error| Failed::usage(format!("cannot write `{PROJECT_FILE}`: {error}")))?;
    output::result(&format!("wrote {PROJECT_FILE}\n"))
}
