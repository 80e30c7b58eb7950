//! `devflow test`: familiar names of operations of the analyzer.

use super::args::{Global, TestCommand};
use super::exit::{Failed, Status};
use super::run::operations;

pub(super) fn test(global: &Global, command: &TestCommand) -> Result<Status, Failed> {
    match command {
        TestCommand::Generate(args) => operations(global, &["test-gen:generate"], args),
        TestCommand::Gaps(args) => operations(global, &["test-gen:gaps"], args),
        TestCommand::Fixtures(args) => operations(global, &["test-gen:fixtures"], args),
    }
}
