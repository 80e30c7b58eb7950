//! Owns the flags and their documentation. Never acts on them.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::report::Format;

/// Reviews a whole source tree like a careful colleague, for cents.
///
/// Exit status: 0 all looked at and no gate hit; 1 a gate hit; 2 wrong usage or configuration; 3 something that should have been
/// looked at was not; 101 a bug; 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "devflow", version, propagate_version = true, max_term_width = 100)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// Use this file instead of the project's `devflow.toml`
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Keep answers, costs and runs in this folder [default: `devflow` in the user's data directory]
    #[arg(long, global = true, value_name = "DIR", env = "DEVFLOW_HOME", hide_env_values = true)]
    home: Option<OsString>,
    /// Change any setting, such as `batch.size=40`; may repeat
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = pair)]
    pub(super) set: Vec<(String, String)>,
    /// Use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: ColorWhen,
    /// Show progress on standard error
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) progress: ProgressWhen,
    /// Nothing on standard error but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// A line for each file
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
    /// Behave as if there were a bug; only in builds for tests
    #[cfg(debug_assertions)]
    #[arg(long, global = true, hide = true)]
    pub(super) with_bug: bool,
}

impl Global {
    /// The folder of the store, if one was named; an empty variable names none.
    pub(super) fn home(&self) -> Option<PathBuf> {
        self.home.clone().filter(|home| !home.is_empty()).map(PathBuf::from)
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorWhen {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ProgressWhen {
    Auto,
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Look at code: rules and metrics, and the model where there is a key
    #[command(subcommand)]
    Analyze(AnalyzeCommand),
    /// Run a pipeline, or any operation of any analyzer, such as `refactor:smells`
    Run {
        /// Name of a pipeline, or `analyzer:operation`; `devflow pipelines` and `devflow plugin list` show them
        operation: String,
        #[command(flatten)]
        args: OperationArgs,
    },
    /// Show the pipelines of the project
    Pipelines,
    /// Review code
    #[command(subcommand)]
    Review(ReviewCommand),
    /// Find what is not tested, and have tests written
    #[command(subcommand)]
    Test(TestCommand),
    /// Find what is hard to change, and change it
    #[command(subcommand)]
    Refactor(RefactorCommand),
    /// Check documentation, and have it written
    #[command(subcommand)]
    Docs(DocsCommand),
    /// Look at what the project depends on
    #[command(subcommand)]
    Deps(DepsCommand),
    /// Say where the points of one file's score went
    Explain {
        /// The file
        path: OsString,
        #[command(flatten)]
        run: RunArgs,
    },
    /// Show what was spent
    Costs,
    /// Look after kept answers and results
    #[command(subcommand)]
    Cache(CacheCommand),
    /// Look after plugins
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Drive whole runs by a script
    #[command(subcommand)]
    Script(ScriptCommand),
    /// Show a kept run again, or what changed between two
    Report(ReportArgs),
    /// Look after templates of reports
    #[command(subcommand)]
    Template(TemplateCommand),
    /// Look after settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ReviewCommand {
    /// The same as `devflow run review:file`
    Files(OperationArgs),
}

#[derive(Debug, Subcommand)]
pub(super) enum TestCommand {
    /// Have tests written for functions, checked before they are shown
    Generate(OperationArgs),
    /// Find public functions that no test names
    Gaps(OperationArgs),
    /// Have test data written for the types of a file
    Fixtures(OperationArgs),
}

#[derive(Debug, Subcommand)]
pub(super) enum RefactorCommand {
    /// Find what is hard to change, in files and across them
    Smells(OperationArgs),
    /// Ask for small changes that help, as patches
    Suggest(OperationArgs),
    /// Make a plan of steps in their order
    Plan(OperationArgs),
    /// Ask for one change, as a patch
    Apply(OperationArgs),
}

#[derive(Debug, Subcommand)]
pub(super) enum DocsCommand {
    /// A page for each file
    Module(OperationArgs),
    /// A draft of a README
    Readme(OperationArgs),
    /// A map of the modules with their imports
    Architecture(OperationArgs),
    /// A page of all public items
    Api(OperationArgs),
    /// Find what is not documented, or wrongly
    Check(OperationArgs),
}

#[derive(Debug, Subcommand)]
pub(super) enum DepsCommand {
    /// Known faults, risky sources, loose versions
    Audit {
        /// A folder of OSV files
        #[arg(long, value_name = "DIR")]
        advisories: Option<String>,
        #[command(flatten)]
        args: OperationArgs,
    },
    /// Dependencies that no source imports
    Unused(OperationArgs),
    /// Several versions of one package
    Duplicates(OperationArgs),
    /// Licences of the project and of what it depends on
    Licenses(OperationArgs),
    /// Ask for lighter or better kept packages
    Alternatives(OperationArgs),
}

/// What every operation takes.
#[derive(Debug, Args)]
pub(super) struct OperationArgs {
    /// Files, folders and quoted globs; the working directory by default
    #[arg(value_name = "PATHS")]
    pub(super) paths: Vec<OsString>,
    /// An option of the operation, as its schema has it; may repeat
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub(super) option: Vec<(String, String)>,
    /// For an operation that looks at changes: the unified diff, `-` for standard input; the files must be its new side
    #[arg(long, value_name = "FILE")]
    pub(super) diff: Option<PathBuf>,
    /// Keep what is made only if this command passes with it, in a scratch copy of the project; it runs what the model wrote
    #[arg(long, value_name = "COMMAND")]
    pub(super) verify: Option<String>,
    /// Keep tests only if the command fails when the tested function is faulty
    #[arg(long, requires = "verify")]
    pub(super) mutate: bool,
    /// Longest time of one run of the command, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600, requires = "verify")]
    pub(super) verify_limit: u64,
    /// Write what is made (pages, tests, patches) below this folder
    #[arg(long, value_name = "DIR")]
    pub(super) write: Option<PathBuf>,
    /// Replace files that are there and different
    #[arg(long, requires = "write")]
    pub(super) overwrite: bool,
    /// Write a report: FILE, whose extension chooses the format, or FORMAT=FILE; may repeat
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Vec<PathBuf>,
    /// Format on standard output: text, markdown, html, json, jsonl, sarif, gitlab, github, junit, checkstyle, rdjsonl, csv or template:NAME
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format)]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) run: RunArgs,
}

#[derive(Debug, Subcommand)]
pub(super) enum AnalyzeCommand {
    /// Look at files, folders and globs, in batches
    Batch(BatchArgs),
    /// Look at one file and show every finding with its code
    File {
        /// The file
        path: OsString,
        #[command(flatten)]
        run: RunArgs,
        /// Format on standard output, as for `batch`
        #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format)]
        format: Format,
    },
}

#[derive(Debug, Args)]
pub(super) struct BatchArgs {
    /// Files, folders and quoted globs such as `"src/**/*.rs"`; `-` reads paths from standard input, separated by NUL or line ends
    #[arg(required = true, value_name = "PATHS")]
    pub(super) paths: Vec<OsString>,
    /// Write a report: FILE, whose extension chooses the format, or FORMAT=FILE; may repeat
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Vec<PathBuf>,
    /// Format on standard output: text, markdown, html, json, jsonl, sarif, gitlab, github, junit, checkstyle, rdjsonl, csv or template:NAME
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format)]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) run: RunArgs,
    /// Show what would be asked and what it would cost, and send nothing; with `-v`, the prompts themselves
    #[arg(long, conflicts_with_all = ["output", "format"])]
    pub(super) dry_run: bool,
}

#[derive(Debug, Default, Args)]
pub(super) struct RunArgs {
    /// Files in one batch
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(super) batch_size: Option<String>,
    /// Exit with 1 when a finding is at least this bad: info, low, medium, high, critical
    #[arg(long, value_name = "SEVERITY")]
    pub(super) fail_on: Option<String>,
    /// Exit with 1 when the overall score of a file is below this
    #[arg(long, value_name = "SCORE", allow_hyphen_values = true)]
    pub(super) fail_below: Option<String>,
    /// Rules and metrics only
    #[arg(long)]
    pub(super) no_model: bool,
    /// Pass over kept results and answers
    #[arg(long)]
    pub(super) fresh: bool,
    /// Most that this run may spend, in USD
    #[arg(long, value_name = "X", allow_hyphen_values = true)]
    pub(super) max_usd: Option<String>,
    /// Threads
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(super) jobs: Option<String>,
    /// Largest file that is looked at
    #[arg(long, value_name = "BYTES", allow_hyphen_values = true)]
    pub(super) limit_size: Option<String>,
}

fn format(text: &str) -> Result<Format, String> {
    Format::from_name(text).ok_or_else(|| format!("there are {} and template:NAME", Format::NAMES.join(", ")))
}

#[derive(Debug, Subcommand)]
pub(super) enum CacheCommand {
    /// Show what is kept and what it saved
    Stats,
    /// Remove what has expired
    Prune,
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
pub(super) enum PluginCommand {
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
    },
    /// Build the plugin in a folder into a component
    Build {
        /// Folder of the plugin: with `Cargo.toml`, `package.json`, `pyproject.toml` or `plugin.toml`
        #[arg(default_value = ".")]
        dir: PathBuf,
        /// Where to put component and lock file
        #[arg(long, value_name = "DIR", default_value = "dist")]
        out: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PluginLang {
    Rust,
    Js,
    Python,
    C,
}

#[derive(Debug, Subcommand)]
pub(super) enum ScriptCommand {
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
pub(super) struct PromptArgs {
    /// Its name; `devflow template list` shows them under `prompts/`
    pub(super) name: String,
    /// A variable of the prompt; may repeat
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(super) var: Vec<(String, String)>,
    /// Send it, and print the answer
    #[arg(long)]
    pub(super) execute: bool,
    /// Write the answer into this file
    #[arg(short, long, value_name = "FILE", requires = "execute")]
    pub(super) output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) run: RunArgs,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct ReportArgs {
    /// Id of the run or the beginning of it, `last`, `last:PIPELINE`, `last~1` for the one before
    pub(super) run: Option<String>,
    /// Write a report: FILE, whose extension chooses the format, or FORMAT=FILE; may repeat
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Vec<PathBuf>,
    /// Format on standard output, as for `analyze batch`
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format)]
    pub(super) format: Format,
    #[command(subcommand)]
    pub(super) command: Option<ReportCommand>,
}

#[derive(Debug, Subcommand)]
pub(super) enum ReportCommand {
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
}

#[derive(Debug, Subcommand)]
pub(super) enum TemplateCommand {
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
pub(super) enum ConfigCommand {
    /// Show every setting, its value and where it came from
    Show {
        /// And what is different for this path
        #[arg(long, value_name = "PATH")]
        r#for: Option<PathBuf>,
    },
    /// Check the configuration and say nothing when it is right
    Check,
    /// Write a `devflow.toml` with every setting and its documentation
    Init,
}
