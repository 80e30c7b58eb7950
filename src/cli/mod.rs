//! The command line: flags, environment, what is printed and the exit status. One file for each first word.

mod analyze;
mod args;
mod cache;
mod carry_out;
mod config;
mod costs;
mod deps;
mod docs;
mod environment;
mod eval;
mod events;
mod exit;
mod explain;
mod interrupt;
mod machine;
mod output;
mod pipelines;
mod plugin;
mod refactor;
mod report;
mod review;
mod run;
mod script;
mod style;
mod template;
mod terminal;
mod test;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use args::{Cli, Command};
use exit::{Failed, Status};
use interrupt::until_done_or_left;

/// Parses the command line of the process, does what it says, and returns the exit status.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse_from(with_settings_first(std::env::args_os())) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; clap knows which stream each belongs to.
            drop(error.print());
            return if error.use_stderr() { Status::Usage.into() } else { ExitCode::SUCCESS };
        }
    };
    report_bugs();
    let interrupts = cli.global.interrupts.clone();
    until_done_or_left(&interrupts, move || work(cli))
}

fn work(cli: Cli) -> ExitCode {
    let color = style::colors_errors(&cli.global);
    let interrupts = cli.global.interrupts.clone();
    #[cfg(debug_assertions)]
    assert!(!cli.global.with_bug, "a bug was asked for");
    let code = match dispatch(cli) {
        Ok(status) => status.into(),
        Err(failed) => {
            output::note(&failed.render(color));
            failed.status.into()
        }
    };
    interrupts.status().map_or(code, ExitCode::from)
}

/// Moves every `--set` before the command: of those on both sides of it, clap would keep only the ones behind.
fn with_settings_first(args: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let (mut first, mut settings, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    let mut args = args;
    first.extend(args.next());
    while let Some(arg) = args.next() {
        if arg == "--" {
            rest.push(arg);
            rest.extend(&mut args);
        } else if arg == "--set" {
            settings.push(arg);
            settings.extend(args.next());
        } else if arg.as_encoded_bytes().starts_with(b"--set=") {
            settings.push(arg);
        } else {
            rest.push(arg);
        }
    }
    first.into_iter().chain(settings).chain(rest).collect()
}

/// A panic is a bug of ours: it says so, and the program ends with 101.
fn report_bugs() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        usual(panic);
        output::note("this is a bug in devflow; what was paid for is kept, and nothing of this run is to be trusted");
    }));
}

fn dispatch(cli: Cli) -> Result<Status, Failed> {
    let global = cli.global;
    match cli.command {
        Command::Analyze(command) => analyze::analyze(&global, command),
        Command::Run { operation, args } => run::run(&global, &operation, &args),
        Command::Pipelines => pipelines::pipelines(&global),
        Command::Review(command) => review::review(&global, &command),
        Command::Test(command) => test::test(&global, &command),
        Command::Refactor(command) => refactor::refactor(&global, &command),
        Command::Docs(command) => docs::docs(&global, &command),
        Command::Deps(command) => deps::deps(&global, command),
        Command::Explain { path, pipeline, run } => explain::explain(&global, &path, pipeline.as_deref(), &run),
        Command::Eval(command) => eval::eval(&global, &command),
        Command::Costs => costs::costs(&global),
        Command::Cache(command) => cache::cache(&global, &command),
        Command::Plugin(command) => plugin::plugin_command(&global, &command),
        Command::Script(command) => script::script(&global, &command),
        Command::Report(args) => report::report(&global, &args),
        Command::Template(command) => template::template(&global, &command),
        Command::Config(command) => config::config(&global, &command),
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
