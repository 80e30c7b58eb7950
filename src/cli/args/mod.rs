//! Owns the flags and their documentation. Never acts on them.

mod eval;
mod flags;
mod manage;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::report::Format;
use flags::{format, pair};

pub(in crate::cli) use eval::{EvalCommand, FiguresFormat, ImportCommand, Listed, PlantArgs, ScoreArgs};
pub(in crate::cli) use flags::{ColorWhen, Global, ProgressWhen, ReportFlags, RunArgs};
pub(in crate::cli) use manage::{
    CacheCommand, ConfigCommand, PluginCommand, PluginLang, PromptArgs, ReportArgs, ReportCommand, ScriptCommand, TemplateCommand,
};

/// Reviews a whole source tree like a careful colleague, for cents.
///
/// Exit status: 0 all looked at and no gate hit; 1 a gate hit; 2 wrong usage or configuration; 3 something that should have been
/// looked at was not; 101 a bug; 130 interrupted (143 by SIGTERM, 129 by SIGHUP).
#[derive(Debug, Parser)]
#[command(name = "devflow", version, propagate_version = true, max_term_width = 100)]
pub(in crate::cli) struct Cli {
    #[command(flatten)]
    pub(in crate::cli) global: Global,
    #[command(subcommand)]
    pub(in crate::cli) command: Command,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
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
        /// As it was in the last run of this pipeline, instead of looking at the file now
        #[arg(long, value_name = "NAME")]
        pipeline: Option<String>,
        #[command(flatten)]
        run: RunArgs,
    },
    /// Measure how good findings are, by what is known to be true of code
    #[command(subcommand)]
    Eval(EvalCommand),
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
pub(in crate::cli) enum ReviewCommand {
    /// The same as `devflow run review:file`
    Files(OperationArgs),
    /// What the diff given with `--diff` touches and what it takes away
    Change(OperationArgs),
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TestCommand {
    /// Have tests written for functions, checked before they are shown
    Generate(OperationArgs),
    /// Find public functions that no test names
    Gaps(OperationArgs),
    /// Have test data written for the types of a file
    Fixtures(OperationArgs),
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum RefactorCommand {
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
pub(in crate::cli) enum DocsCommand {
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
pub(in crate::cli) enum DepsCommand {
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
pub(in crate::cli) struct OperationArgs {
    /// Files, folders and quoted globs; the working directory by default
    #[arg(value_name = "PATHS")]
    pub(in crate::cli) paths: Vec<OsString>,
    /// An option of the operation, as its schema has it; may repeat
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub(in crate::cli) option: Vec<(String, String)>,
    /// For an operation that looks at changes: the unified diff, `-` for standard input; the files must be its new side
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) diff: Option<PathBuf>,
    /// Keep what is made only if this command passes with it, in a scratch copy of the project; it runs what the model wrote
    #[arg(long, value_name = "COMMAND")]
    pub(in crate::cli) verify: Option<String>,
    /// Keep tests only if the command fails when the tested function is faulty
    #[arg(long, requires = "verify")]
    pub(in crate::cli) mutate: bool,
    /// Longest time of one run of the command, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600, requires = "verify", value_parser = clap::value_parser!(u64).range(1..))]
    pub(in crate::cli) verify_limit: u64,
    /// Write what is made (pages, tests, patches) below this folder
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) write: Option<PathBuf>,
    /// Replace files that are there and different
    #[arg(long, requires = "write")]
    pub(in crate::cli) overwrite: bool,
    #[command(flatten)]
    pub(in crate::cli) report: ReportFlags,
    #[command(flatten)]
    pub(in crate::cli) run: RunArgs,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum AnalyzeCommand {
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
pub(in crate::cli) struct BatchArgs {
    /// Files, folders and quoted globs such as `"src/**/*.rs"`; `-` reads paths from standard input, separated by NUL or line ends
    #[arg(required = true, value_name = "PATHS")]
    pub(in crate::cli) paths: Vec<OsString>,
    #[command(flatten)]
    pub(in crate::cli) report: ReportFlags,
    #[command(flatten)]
    pub(in crate::cli) run: RunArgs,
    /// Show what would be asked and what it would cost, and send nothing; with `-v`, the prompts themselves
    #[arg(long, conflicts_with_all = ["output", "format"])]
    pub(in crate::cli) dry_run: bool,
}
