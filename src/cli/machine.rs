//! The machine as the command line sees it: working directory, environment, clock; and the settings that flags and variables make.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{Global, RunArgs};
use super::environment::{user_folder, variable};
use super::events::{Events, take_stdout};
use super::exit::{Failed, usage};
use super::terminal::Terminal;
use crate::config::is_setting_variable;
use crate::pipeline::Clock;
use crate::project::spec::{LayerSource, SettingsLayer};
use crate::project::{Error, Machine, Project};
use crate::report::Format;

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    fn now_ns(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
    }
}

#[expect(clippy::disallowed_methods, reason = "the command line owns the working directory")]
fn machine(global: &Global, terminal: Terminal) -> Result<Machine, Failed> {
    let working_directory = std::env::current_dir().map_err(|error| Error::usage(format!("cannot tell the working directory: {error}")))?;
    Ok(Machine {
        working_directory,
        settings_file: global.config.clone(),
        config_folder: user_folder("XDG_CONFIG_HOME", ".config"),
        cache_folder: user_folder("XDG_CACHE_HOME", ".cache"),
        home: global.home().or_else(|| user_folder("XDG_DATA_HOME", ".local/share")),
        trusts_plugins: global.trust_plugins,
        key: Arc::new(variable),
        clock: Arc::new(SystemClock),
        cancel: global.interrupts.cancel.clone(),
        listener: Arc::new(terminal),
    })
}

/// Opens the project for a command that runs nothing, and warns of its settings.
pub(super) fn open(global: &Global) -> Result<(Project, Vec<SettingsLayer>), Failed> {
    let layers = layers(global, &RunArgs::default());
    let project = Project::open(machine(global, Terminal::new(global, false))?, &layers)?;
    project.tell_warnings();
    Ok((project, layers))
}

/// Opens the project of a folder, wherever the user is.
pub(super) fn open_at(global: &Global, folder: &Path, settings: &[SettingsLayer]) -> Result<Project, Failed> {
    let machine = Machine { working_directory: folder.to_owned(), ..machine(global, Terminal::new(global, false))? };
    Ok(Project::open(machine, settings)?)
}

/// Where the user is.
pub(super) fn working_directory(global: &Global) -> Result<PathBuf, Failed> {
    Ok(machine(global, Terminal::new(global, false))?.working_directory)
}

/// Keeps the model out, as `--no-model` does.
pub(super) fn without_model() -> SettingsLayer {
    SettingsLayer::flag("--no-model", [("model.mode".to_owned(), "off".to_owned())])
}

/// Opens the project for a run, which warns by itself. With the format `jsonl`, rows go out as they come.
pub(super) fn open_for_run(global: &Global, run: &RunArgs, settings: &[SettingsLayer], format: &Format) -> Result<Project, Failed> {
    let events = run.events.as_deref().map(Events::open).transpose()?;
    if take_stdout(run) && *format != Format::Text {
        return Err(usage("`--events -` and `--format` both want standard output", "write one of them into a file"));
    }
    let terminal = Terminal::new(global, *format == Format::Jsonl).with_events(events);
    Ok(Project::open(machine(global, terminal)?, settings)?)
}

/// The settings that variables and flags make, the weakest first.
pub(super) fn layers(global: &Global, run: &RunArgs) -> Vec<SettingsLayer> {
    let flag = |key: &str, value: &Option<String>, name: &str| {
        let value = value.clone()?;
        Some(SettingsLayer::flag(name, [(key.to_owned(), value)]))
    };
    let mut layers = vec![environment(), SettingsLayer::flag("--set", global.set.clone())];
    layers.extend(flag("batch.size", &run.batch_size, "--batch-size"));
    layers.extend(flag("gate.fail-on", &run.fail_on, "--fail-on"));
    layers.extend(flag("gate.fail-below", &run.fail_below, "--fail-below"));
    layers.extend(flag("budget.max-usd", &run.max_usd, "--max-usd"));
    layers.extend(flag("batch.jobs", &run.jobs, "--jobs"));
    layers.extend(flag("files.limit-size", &run.limit_size, "--limit-size"));
    if run.no_model {
        layers.push(without_model());
    }
    layers
}

/// Settings of the environment. Of a variable that is not a setting only the name is taken, to warn of it: its value may be a secret.
#[expect(clippy::disallowed_methods, reason = "the command line owns the environment")]
fn environment() -> SettingsLayer {
    let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    let ours = std::env::vars_os().filter_map(text).filter(|(name, value)| name.starts_with("DEVFLOW_") && !value.is_empty());
    let known = |(name, value): (String, String)| if is_setting_variable(&name) { (name, value) } else { (name, "set".to_owned()) };
    let mut values: Vec<(String, String)> = ours.map(known).collect();
    values.sort();
    SettingsLayer { from: LayerSource::Environment, values }
}
