//! Exit statuses, and hints in the words of the command line.

use std::process::ExitCode;

use crate::project::{Error, Hint, Kind};
use crate::store::StoreError;
use crate::types::{Outcome, RunReport};

/// How the program ends, the worst last. 101 is Rust's own for a panic; a signal has its own, whatever was done till then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Status {
    /// All looked at, no gate hit.
    Fine,
    Gate,
    /// Wrong usage or configuration.
    Usage,
    /// Something that should have been looked at was not.
    Incomplete,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Fine => 0,
            Status::Gate => 1,
            Status::Usage => 2,
            Status::Incomplete => 3,
        })
    }
}

impl From<Kind> for Status {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Usage => Self::Usage,
            Kind::Incomplete => Self::Incomplete,
        }
    }
}

/// The exit status of a run.
pub(super) fn status(report: &RunReport) -> Status {
    if report.outcome == Outcome::Incomplete {
        Status::Incomplete
    } else if !report.gate.passed {
        Status::Gate
    } else {
        Status::Fine
    }
}

/// Why the program stops early.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) status: Status,
    pub(super) error: Error,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { status: error.kind.into(), error }
    }
}

/// A mistake of whoever called, with what to do about it.
pub(super) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Failed {
    Error::usage(message).say(hint).into()
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Error::from(error).into()
    }
}

impl Failed {
    /// Text for standard error, without a final line end.
    pub(super) fn render(&self, color: bool) -> String {
        let Error { message, hint, diagnostics, .. } = &self.error;
        if !diagnostics.is_empty() {
            return diagnostics.iter().map(|diagnostic| diagnostic.render(color)).collect::<Vec<_>>().join("\n");
        }
        let hint = hint.as_ref().map_or(String::new(), |hint| format!("\n  hint: {}", word(hint)));
        let error = if color { "\u{1b}[1;31merror\u{1b}[0m" } else { "error" };
        format!("{error}: {message}{hint}")
    }
}

/// A hint with the flags and commands that a user of the command line has.
pub(super) fn word(hint: &Hint) -> String {
    match hint {
        Hint::Say(text) => text.clone(),
        Hint::Meant(name) => format!("did you mean `{name}`?"),
        Hint::ListAnalyzers => "`devflow plugin list` shows analyzers and operations".to_owned(),
        Hint::ListPlugins => "`devflow plugin list` shows them".to_owned(),
        Hint::ListPipelines => "`devflow pipelines` shows them; an operation is written as `analyzer:operation`".to_owned(),
        Hint::ListScripts => "`devflow script list` shows them".to_owned(),
        Hint::ListPrompts => "`devflow template list` shows them".to_owned(),
        Hint::ListRuns => "`devflow report list` shows the kept runs".to_owned(),
        Hint::NameHome => "name a folder with `--home`".to_owned(),
        Hint::OtherHome => "name another folder with `--home`".to_owned(),
        Hint::WritableHome => "name a folder that can be written to with `--home` or `DEVFLOW_HOME`".to_owned(),
        Hint::UpdateOrOtherHome => "update devflow, or name another folder with `--home`".to_owned(),
        Hint::WaitOrOtherHome => "wait until the other process is done, or name another folder with `--home`".to_owned(),
        Hint::MoveAway(path) => format!(
            "move `{}` away; answers and results are made again; docs/store.md says how to get costs and runs out of the old file",
            path.display()
        ),
        Hint::NoBudget => "`--max-usd none` runs without a budget".to_owned(),
        Hint::AddPlugin(source) => format!("`devflow plugin add {source}` fetches it"),
        Hint::RemovePlugin(name) => format!("`devflow plugin remove {name}` takes it out"),
        Hint::TrustPlugin(name) => {
            format!("`devflow plugin trust {name}` trusts this component; `--trust-plugins` all of this run")
        }
        Hint::GiveKey(variable) => format!("`{variable}`, or a server of your own, lets the model take part"),
        Hint::NameDiff => "name one with `--diff FILE`, or `git diff | devflow run … --diff -`".to_owned(),
        Hint::RunScript => "`devflow script run` runs any script".to_owned(),
        Hint::GiveOption(option) => format!("give the option `{option}` on the command line"),
        Hint::NamePath => "name it on the command line to look at it".to_owned(),
        Hint::GiveVariable { name, description } => format!("`--var {name}=…`: {description}"),
        Hint::RunAgain => "`devflow cache prune` and `clear` remove results; a new run makes them again".to_owned(),
        Hint::FormatChooses => "`--format` chooses what goes to standard output".to_owned(),
    }
}
