//! Owns the flags of the commands that measure how good findings are.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum EvalCommand {
    /// Compare findings with a set of marked places: recall and precision by topic, language and rule
    Score(ScoreArgs),
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
    /// Findings of another tool, in its SARIF, in the place of a run
    #[arg(long, value_name = "FILE", conflicts_with = "of")]
    pub(in crate::cli) sarif: Option<PathBuf>,
    /// List the places, too, or the findings that nothing is said about
    #[arg(long, value_name = "WHICH")]
    pub(in crate::cli) list: Vec<Listed>,
    /// How the figures are shown
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: FiguresFormat,
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
