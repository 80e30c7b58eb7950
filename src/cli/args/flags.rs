//! Flags that many commands share.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::interrupt::Interrupts;
use crate::report::Format;

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(in crate::cli) struct Global {
    /// Use this file instead of the project's `devflow.toml`
    #[arg(long, global = true, value_name = "FILE")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// Keep answers, costs and runs in this folder [default: `devflow` in the user's data directory]
    #[arg(long, global = true, value_name = "DIR", env = "DEVFLOW_HOME", hide_env_values = true)]
    home: Option<OsString>,
    /// Change any setting, such as `batch.size=40`; may repeat
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = pair)]
    pub(in crate::cli) set: Vec<(String, String)>,
    /// Let the plugins of the project use the permissions of their tables, without `devflow plugin trust`
    #[arg(long, global = true, env = "DEVFLOW_TRUST_PLUGINS", value_parser = truth)]
    pub(in crate::cli) trust_plugins: bool,
    /// Use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(in crate::cli) color: ColorWhen,
    /// Show progress on standard error
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(in crate::cli) progress: ProgressWhen,
    /// Nothing on standard error but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(in crate::cli) quiet: bool,
    /// A line for each file
    #[arg(short, long, global = true)]
    pub(in crate::cli) verbose: bool,
    #[arg(skip)]
    pub(in crate::cli) interrupts: Interrupts,
    /// Behave as if there were a bug; only in builds for tests
    #[cfg(debug_assertions)]
    #[arg(long, global = true, hide = true)]
    pub(in crate::cli) with_bug: bool,
}

impl Global {
    /// The folder of the store, if one was named; an empty variable names none.
    pub(in crate::cli) fn home(&self) -> Option<PathBuf> {
        self.home.clone().filter(|home| !home.is_empty()).map(PathBuf::from)
    }
}

/// What a variable says of a flag; an empty one says nothing.
fn truth(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "" | "0" | "false" | "no" | "off" => Ok(false),
        "1" | "true" | "yes" | "on" => Ok(true),
        _ => Err("expected 1 or 0".to_owned()),
    }
}

/// Reads `KEY=VALUE`.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ColorWhen {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ProgressWhen {
    Auto,
    Never,
}

/// Where results go.
#[derive(Debug, Args)]
pub(in crate::cli) struct ReportFlags {
    /// Write a report: FILE, whose extension chooses the format, or FORMAT=FILE; may repeat
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Vec<PathBuf>,
    /// Format on standard output: text, markdown, html, json, jsonl, sarif, gitlab, github, junit, checkstyle, rdjsonl, csv or template:NAME
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format)]
    pub(in crate::cli) format: Format,
}

#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct RunArgs {
    /// Files in one batch
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(in crate::cli) batch_size: Option<String>,
    /// Exit with 1 when a finding is at least this bad: info, low, medium, high, critical
    #[arg(long, value_name = "SEVERITY")]
    pub(in crate::cli) fail_on: Option<String>,
    /// Exit with 1 when the overall score of a file is below this
    #[arg(long, value_name = "SCORE", allow_hyphen_values = true)]
    pub(in crate::cli) fail_below: Option<String>,
    /// Rules and metrics only
    #[arg(long)]
    pub(in crate::cli) no_model: bool,
    /// Pass over kept results and answers
    #[arg(long)]
    pub(in crate::cli) fresh: bool,
    /// Most that this run may spend, in USD
    #[arg(long, value_name = "X", allow_hyphen_values = true)]
    pub(in crate::cli) max_usd: Option<String>,
    /// Threads
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(in crate::cli) jobs: Option<String>,
    /// Largest file that is looked at
    #[arg(long, value_name = "BYTES", allow_hyphen_values = true)]
    pub(in crate::cli) limit_size: Option<String>,
    /// Write each step of the run as a line of JSON into this file; `-` for standard output, in the place of the summary
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) events: Option<PathBuf>,
    /// Print what would be run as data, and run nothing
    #[arg(long, hide = true)]
    pub(in crate::cli) print_spec: bool,
}

/// Reads `--format`.
pub(super) fn format(text: &str) -> Result<Format, String> {
    Format::from_name(text).ok_or_else(|| format!("there are {} and template:NAME", Format::NAMES.join(", ")))
}
