//! Owns the command line: flags, environment, what is printed and the exit status. Nothing else in devflow does.

mod analyze;
mod analyzers;
mod args;
mod author;
mod cache;
mod check;
mod configure;
mod context;
mod costs;
mod driver;
mod exit;
mod explain;
mod history;
mod hooks;
mod named;
mod names;
mod operate;
mod output;
mod pipelines;
mod places;
mod plugins;
mod progress;
mod prompts;
mod reports;
mod scripts;
mod templates;
mod trust;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use args::{AnalyzeCommand, Cli, Command, DepsCommand, DocsCommand, Global, RefactorCommand, ReviewCommand, TestCommand};
use exit::{Failed, Status};

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse_from(with_settings_first(std::env::args_os())) {
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
        output::error("this is a bug in devflow; what was paid for is kept, and nothing of this run is to be trusted");
    }));
}

fn dispatch(cli: Cli) -> Result<Status, Failed> {
    let global = cli.global;
    match cli.command {
        Command::Analyze(AnalyzeCommand::Batch(args)) => analyze::batch(&global, args),
        Command::Analyze(AnalyzeCommand::File { path, run, format }) => analyze::file(&global, path, &run, &format),
        Command::Run { operation, args } if operation.contains(':') => operate::operate(&global, &[&operation], &args),
        Command::Run { operation, args } => pipelines::run_named(&global, &operation, &args),
        Command::Pipelines => pipelines::list(&global),
        Command::Review(_) | Command::Test(_) | Command::Refactor(_) | Command::Docs(_) | Command::Deps(_) => verb(&global, cli.command),
        Command::Explain { path, pipeline, run } => explain::explain(&global, path, pipeline.as_deref(), &run),
        Command::Costs => costs::costs(&global),
        Command::Cache(command) => cache::cache(&global, &command),
        Command::Plugin(command) => plugins::plugins(&global, &command),
        Command::Script(command) => scripts::scripts(&global, &command),
        Command::Report(args) => history::history(&global, &args),
        Command::Template(command) => templates::templates(&global, &command),
        Command::Config(command) => configure::configure(&global, &command),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "devflow", &mut script);
            output::result(&String::from_utf8_lossy(&script))?;
            Ok(Status::Fine)
        }
    }
}

/// The familiar names of operations of our own analyzers.
fn verb(global: &Global, command: Command) -> Result<Status, Failed> {
    let (operations, args): (&[&str], _) = match command {
        Command::Review(ReviewCommand::Files(args)) => (&["review:file"], args),
        Command::Review(ReviewCommand::Change(args)) => (&["review:change"], args),
        Command::Test(TestCommand::Generate(args)) => (&["test-gen:generate"], args),
        Command::Test(TestCommand::Gaps(args)) => (&["test-gen:gaps"], args),
        Command::Test(TestCommand::Fixtures(args)) => (&["test-gen:fixtures"], args),
        Command::Refactor(RefactorCommand::Smells(args)) => (&["refactor:smells", "refactor:coupling"], args),
        Command::Refactor(RefactorCommand::Suggest(args)) => (&["refactor:suggest"], args),
        Command::Refactor(RefactorCommand::Plan(args)) => (&["refactor:plan"], args),
        Command::Refactor(RefactorCommand::Apply(args)) => (&["refactor:apply"], args),
        Command::Docs(DocsCommand::Module(args)) => (&["docs:module"], args),
        Command::Docs(DocsCommand::Readme(args)) => (&["docs:readme"], args),
        Command::Docs(DocsCommand::Architecture(args)) => (&["docs:architecture"], args),
        Command::Docs(DocsCommand::Api(args)) => (&["docs:api"], args),
        Command::Docs(DocsCommand::Check(args)) => (&["docs:check"], args),
        Command::Deps(DepsCommand::Audit { advisories, mut args }) => {
            args.option.extend(advisories.map(|folder| ("advisories".to_owned(), folder)));
            (&["deps:audit"], args)
        }
        Command::Deps(DepsCommand::Unused(args)) => (&["deps:unused"], args),
        Command::Deps(DepsCommand::Duplicates(args)) => (&["deps:duplicates"], args),
        Command::Deps(DepsCommand::Licenses(args)) => (&["deps:licenses"], args),
        Command::Deps(DepsCommand::Alternatives(args)) => (&["deps:alternatives"], args),
        _ => return Err(Failed::usage("this is no verb of an analyzer")),
    };
    operate::operate(global, operations, &args)
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
