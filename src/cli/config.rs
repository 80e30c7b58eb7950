//! `devflow config`.

use std::path::{Path, PathBuf};

use super::args::{ConfigCommand, Global};
use super::environment::variable;
use super::exit::{Failed, Status};
use super::machine::open;
use super::output;
use crate::config::{DEFAULTS, Origin};
use crate::project::check::{check, overrides_of};
use crate::project::{Error, PROJECT_FILE, Project, write};
use crate::types::RelPath;

/// Shows, checks or writes settings.
pub(super) fn config(global: &Global, command: &ConfigCommand) -> Result<Status, Failed> {
    let (project, layers) = open(global)?;
    match command {
        ConfigCommand::Show { r#for: Some(path) } => output::result(&for_path(&project, path)?)?,
        ConfigCommand::Show { r#for: None } => {
            let mut text = String::new();
            for (key, entry) in &project.config.entries {
                let origin = if matches!(entry.origin, Origin::Default) { String::new() } else { format!("  # {}", entry.origin) };
                text.push_str(&format!("{key} = {}{origin}\n", entry.value));
            }
            let key = &project.settings.provider.key_variable;
            let is_set = if variable(key).is_some() { "is set" } else { "is not set" };
            text.push_str(&format!("# the key, `{key}`, {is_set}\n"));
            for file in &project.files {
                text.push_str(&format!("# read {}\n", file.display()));
            }
            let home = project.machine.home.as_ref().map_or("none".to_owned(), |home| home.display().to_string());
            text.push_str(&format!("# home {home}\n"));
            output::result(&text)?;
        }
        ConfigCommand::Check => {
            check(&project, &layers)?;
        }
        ConfigCommand::Init => init(&project)?,
    }
    Ok(Status::Fine)
}

/// What is different for one path, the outermost first.
fn for_path(project: &Project, path: &Path) -> Result<String, Failed> {
    let path = RelPath::new(&project.root, &project.machine.working_directory.join(path).components().collect::<PathBuf>());
    let found = overrides_of(project, &path)?;
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

fn init(project: &Project) -> Result<(), Failed> {
    let path = project.machine.working_directory.join(PROJECT_FILE);
    if path.exists() {
        return Err(Error::usage(format!("`{PROJECT_FILE}` is there already")).into());
    }
    // Every setting as a comment: what is not changed keeps following the defaults.
    let commented = |line: &str| if line.starts_with(['#', '[']) || line.is_empty() { format!("{line}\n") } else { format!("# {line}\n") };
    let text: String = DEFAULTS.lines().map(commented).collect();
    write::in_project(&project.root, &path, text.as_bytes())?;
    output::result(&format!("wrote {PROJECT_FILE}\n"))
}
