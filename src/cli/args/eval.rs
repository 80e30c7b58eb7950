//! Owns the flags of the commands that measure how good findings are.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::types::Severity;

/// The severity of a name.
fn severity(name: &str) -> Result<Severity, String> {
    let names = || Severity::ALL.map(Severity::name).join(", ");
    Severity::ALL.into_iter().find(|severity| severity.name() == name).ok_or_else(|| format!("one of {}", names()))
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum EvalCommand {
    /// Compare findings with a set of marked places: recall and precision by topic, language and rule
    Score(ScoreArgs),
    /// Copy a repository and put defects into the copy, with a set that says where they are
    Plant(PlantArgs),
    /// Make a set of what others marked
    #[command(subcommand)]
    Import(ImportCommand),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ScoreArgs {
    /// The file of the set; its first line names the folder
    #[arg(value_name = "SET")]
    pub(in crate::cli) marked: PathBuf,
    /// A kept run on that folder, as for `devflow report`; without it, the files of the set are looked at now, without a model
    #[arg(value_name = "RUN")]
    pub(in crate::cli) of: Option<String>,
    /// Findings of another tool, in its SARIF, instead of a run
    #[arg(long, value_name = "FILE", conflicts_with = "of")]
    pub(in crate::cli) sarif: Option<PathBuf>,
    /// The least severity of what is found, instead of what the set says
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    pub(in crate::cli) at_least: Option<Severity>,
    /// List the places, too, or the findings that nothing is said about
    #[arg(long, value_name = "WHICH")]
    pub(in crate::cli) list: Vec<Listed>,
    /// How the figures are shown
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: FiguresFormat,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct PlantArgs {
    /// The folder that is copied
    #[arg(value_name = "REPO")]
    pub(in crate::cli) repository: PathBuf,
    /// The folder for the copy; it must not be there
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) into: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) set: Into,
    /// At most so many defects
    #[arg(short, long, default_value_t = 200, value_name = "N")]
    pub(in crate::cli) n: usize,
    /// Another number chooses other places
    #[arg(long, default_value_t = 7, value_name = "NUMBER")]
    pub(in crate::cli) seed: u64,
    /// Only these kinds of defects, by the names in docs/eval.md, with commas between them
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    pub(in crate::cli) only: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Listed {
    /// Had to be found and were not
    Missed,
    /// Nothing may be found there, and something was
    Wrong,
    /// Had to be found and were
    Found,
    /// Findings that the set says nothing about
    Unjudged,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum FiguresFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ImportCommand {
    /// The comments `ruleid:` and `ok:` in the tests of a checkout of semgrep's rules, by the weaknesses that the rules name
    Semgrep {
        /// The checkout, or a folder of it
        folder: PathBuf,
        #[command(flatten)]
        into: Into,
    },
    /// The table of expected results of an OWASP Benchmark
    Owasp {
        /// `expectedresults-….csv`
        table: PathBuf,
        /// The folder with the tests
        folder: PathBuf,
        #[command(flatten)]
        into: Into,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Into {
    /// The file of the set that is written
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: PathBuf,
}
