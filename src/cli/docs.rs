//! `devflow docs`: familiar names of operations of the analyzer.

use super::args::{DocsCommand, Global};
use super::exit::{Failed, Status};
use super::run::operations;

pub(super) fn docs(global: &Global, command: &DocsCommand) -> Result<Status, Failed> {
    match command {
        DocsCommand::Module(args) => operations(global, &["docs:module"], args),
        DocsCommand::Readme(args) => operations(global, &["docs:readme"], args),
        DocsCommand::Architecture(args) => operations(global, &["docs:architecture"], args),
        DocsCommand::Api(args) => operations(global, &["docs:api"], args),
        DocsCommand::Check(args) => operations(global, &["docs:check"], args),
    }
}
