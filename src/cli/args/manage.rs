//! Owns the flags of the commands that look at no code: what is kept, plugins, scripts, templates, settings.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::flags::{ReportFlags, RunArgs, format, pair};
use crate::report::Format;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum CacheCommand {
    /// Show what is kept and what it saved
    Stats,
    /// Remove what has expired
    Prune {
        /// Remove runs of this project, too: all but the newest N; without N, those that `history.keep-runs` and `history.keep-days` give up
        #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, value_parser = clap::value_parser!(u64).range(1..))]
        runs: Option<Option<u64>>,
    },
    /// Remove every answer and every result; costs and runs stay
    Clear,
    /// Show the answers that were used most
    Hot {
        /// At most so many
        #[arg(short, long, default_value_t = 10, value_name = "N")]
        limit: usize,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PluginCommand {
    /// Show the plugins and what they can do
    List,
    /// Show one plugin: operations, rules, options, permissions, checksum
    Info {
        /// Its name
        name: String,
    },
    /// Say which plugin a rule comes from
    Why {
        /// Such as `eval` or `review/eval`
        rule: String,
    },
    /// Add a plugin to the project: a copy of it, and a table in `devflow.toml`
    Add {
        /// A file, or a URL with `#sha256=` and its checksum
        source: String,
        /// Permissions: `model`, `project`
        #[arg(long, value_name = "PERMISSION", value_delimiter = ',')]
        allow: Vec<String>,
    },
    /// Let a plugin of the project use the permissions of its table: this component, until it changes
    Trust {
        /// Its name
        name: String,
    },
    /// Take a plugin out of the project
    Remove {
        /// Its name
        name: String,
    },
    /// Print the contract between devflow and plugins
    Wit,
    /// Make a new plugin that builds, with a case that passes
    New {
        /// Its name: lower-case letters, digits and dashes
        name: String,
        /// Language that it is written in
        #[arg(long, value_name = "LANG", default_value = "rust")]
        lang: PluginLang,
    },
    /// Look at a component: contract, operations, imports, whether it gives the same twice
    Check {
        /// The component
        file: PathBuf,
    },
    /// Build the plugin in a folder and run its `cases` in the sandbox
    Test {
        /// Folder of the plugin: with `Cargo.toml`, `package.json`, `pyproject.toml` or `plugin.toml`
        #[arg(default_value = ".")]
        dir: PathBuf,
        /// Write what is found as what is expected
        #[arg(long)]
        update: bool,
    },
    /// Build the plugin in a folder whenever it changes, and show what it finds
    Dev {
        /// Folder of the plugin: with `Cargo.toml`, `package.json`, `pyproject.toml` or `plugin.toml`
        dir: PathBuf,
        /// What to look at
        #[arg(required = true, value_name = "PATHS")]
        paths: Vec<OsString>,
        /// Do it once and end
        #[arg(long)]
        once: bool,
        /// Print what would be run as data, and run nothing
        #[arg(long, hide = true)]
        print_spec: bool,
    },
    /// Build the plugin in a folder into a component
    Build {
        /// Folder of the plugin: with `Cargo.toml`, `package.json`, `pyproject.toml` or `plugin.toml`
        #[arg(default_value = ".")]
        dir: PathBuf,
        /// Where to put component and lock file; `dist` in the folder of the plugin by default
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum PluginLang {
    Rust,
    Js,
    Python,
    C,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ScriptCommand {
    /// Show the scripts of the project and those that come with devflow
    List,
    /// Run a script
    Run {
        /// Its name, or a file
        name: String,
        /// What it gets as `args` and, `--like this`, as `options`
        #[arg(last = true, value_name = "ARGS")]
        args: Vec<String>,
    },
    /// Check that a script is one
    Check {
        /// Its name, or a file
        name: String,
    },
    /// Write a new script into the project
    New {
        /// Its name: lower-case letters, digits and dashes
        name: String,
    },
    /// Print every function that a script can call
    Api,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct PromptArgs {
    /// Its name; `devflow template list` shows them under `prompts/`
    pub(in crate::cli) name: String,
    /// A variable of the prompt; may repeat
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(in crate::cli) var: Vec<(String, String)>,
    /// Send it, and print the answer
    #[arg(long)]
    pub(in crate::cli) execute: bool,
    /// Write the answer into this file
    #[arg(short, long, value_name = "FILE", requires = "execute")]
    pub(in crate::cli) output: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) run: RunArgs,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(in crate::cli) struct ReportArgs {
    /// Id of the run or the beginning of it, `last`, `last:PIPELINE`, `last~1` for the one before
    pub(in crate::cli) run: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) report: ReportFlags,
    #[command(subcommand)]
    pub(in crate::cli) command: Option<ReportCommand>,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ReportCommand {
    /// Show the kept runs on this project
    List,
    /// Show what changed between two runs: findings that are new, fixed and unchanged, and scores
    Diff {
        /// The earlier run
        before: String,
        /// The later run
        #[arg(default_value = "last")]
        after: String,
        /// text, markdown or json
        #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format)]
        format: Format,
    },
    /// Remove a kept run, and what only it holds; costs stay
    Drop {
        /// Its id, or the beginning of it
        run: String,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TemplateCommand {
    /// Show the templates
    List,
    /// Print one
    Show {
        /// Its name, or a file
        name: String,
    },
    /// Check that templates are templates
    Check {
        /// Names or files; all by default
        names: Vec<String>,
    },
    /// Fill a prompt with code, and show it or send it
    Use(Box<PromptArgs>),
    /// Write a template into the project, where it takes the place of the one that comes with devflow
    Eject {
        /// Its name
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ConfigCommand {
    /// Show every setting, its value and where it came from
    Show {
        /// And what is different for this path
        #[arg(long, value_name = "PATH")]
        r#for: Option<PathBuf>,
    },
    /// Check the configuration: every name in it, pipelines, nested files; say nothing when it is right
    Check,
    /// Write a `devflow.toml` with every setting and its documentation
    Init,
}
