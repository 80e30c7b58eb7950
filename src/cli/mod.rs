//! Owns the command line: flags, environment, what is printed and the exit status. Nothing else in devflow does.

mod analyze;
mod args;
mod cache;
mod configure;
mod context;
mod costs;
mod exit;
mod explain;
mod output;
mod plugins;
mod progress;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use args::{AnalyzeCommand, Cli, Command};
use exit::{Failed, Status};

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; clap knows which stream each belongs to.
            drop(error.print());
            return if error.use_stderr() { Status::Usage.into() } else { ExitCode::SUCCESS };
        }
    };
    let color = context::colors_errors(&cli.global);
    report_bugs();
    #[cfg(debug_assertions)]
    assert!(!cli.global.with_bug, "a bug was asked for");
    match dispatch(cli) {
        Ok(status) => status.into(),
        Err(failed) => {
            output::error(&failed.render(color));
            failed.status.into()
        }
    }
}

/// A panic is a bug of ours: it says so, and the program ends with 101.
fn report_bugs() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        usual(panic);
        output::error("this is a bug in devflow; what was paid for is kept, and nothing of this run is to be trusted");
    }));
}

fn dispatch(cli: Cli) -> Result<Status, Failed> {
    let global = cli.global;
    match cli.command {
        Command::Analyze(AnalyzeCommand::Batch(args)) => analyze::batch(&global, args),
        Command::Analyze(AnalyzeCommand::File { path, run, format }) => analyze::file(&global, path, &run, format),
        Command::Explain { path, run } => explain::explain(&global, path, &run),
        Command::Costs => costs::costs(&global),
        Command::Cache(command) => cache::cache(&global, &command),
        Command::Plugin(command) => plugins::plugins(&global, &command),
        Command::Config(command) => configure::configure(&global, &command),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "devflow", &mut script);
            output::result(&String::from_utf8_lossy(&script))?;
            Ok(Status::Fine)
        }
    }
}

/// The command line as Markdown, for `docs/cli.md`.
pub fn reference() -> String {
    let mut page = String::new();
    // A page must not depend on the terminal that it is made in.
    let mut command = Cli::command().term_width(100);
    command.build();
    describe(&command, "devflow", &mut page);
    page
}

fn describe(command: &clap::Command, name: &str, page: &mut String) {
    let mut shown = command.clone().color(clap::ColorChoice::Never);
    if command.get_subcommands().next().is_none() || name == "devflow" {
        let help = shown.render_long_help().to_string();
        let help: Vec<&str> = help.lines().map(str::trim_end).collect();
        page.push_str(&["## `", name, "`\n\n```text\n", help.join("\n").trim_end(), "\n```\n\n"].concat());
    }
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        describe(sub, &format!("{name} {}", sub.get_name()), page);
    }
}
