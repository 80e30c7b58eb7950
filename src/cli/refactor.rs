//! `devflow refactor`: familiar names of operations of the analyzer.

use super::args::{Global, RefactorCommand};
use super::exit::{Failed, Status};
use super::run::operations;

pub(super) fn refactor(global: &Global, command: &RefactorCommand) -> Result<Status, Failed> {
    match command {
        RefactorCommand::Smells(args) => operations(global, &["refactor:smells", "refactor:coupling"], args),
        RefactorCommand::Suggest(args) => operations(global, &["refactor:suggest"], args),
        RefactorCommand::Plan(args) => operations(global, &["refactor:plan"], args),
        RefactorCommand::Apply(args) => operations(global, &["refactor:apply"], args),
    }
}
