//! `devflow deps`: familiar names of operations of the analyzer.

use super::args::{DepsCommand, Global};
use super::exit::{Failed, Status};
use super::run::operations;

pub(super) fn deps(global: &Global, command: DepsCommand) -> Result<Status, Failed> {
    match command {
        DepsCommand::Audit { advisories, mut args } => {
            args.option.extend(advisories.map(|folder| ("advisories".to_owned(), folder)));
            operations(global, &["deps:audit"], &args)
        }
        DepsCommand::Unused(args) => operations(global, &["deps:unused"], &args),
        DepsCommand::Duplicates(args) => operations(global, &["deps:duplicates"], &args),
        DepsCommand::Licenses(args) => operations(global, &["deps:licenses"], &args),
        DepsCommand::Alternatives(args) => operations(global, &["deps:alternatives"], &args),
    }
}
