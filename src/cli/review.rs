//! `devflow review`: familiar names of operations of the analyzer.

use super::args::{Global, ReviewCommand};
use super::exit::{Failed, Status};
use super::run::operations;

pub(super) fn review(global: &Global, command: &ReviewCommand) -> Result<Status, Failed> {
    match command {
        ReviewCommand::Files(args) => operations(global, &["review:file"], args),
        ReviewCommand::Change(args) => operations(global, &["review:change"], args),
    }
}
