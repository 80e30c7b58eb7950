//! The `docs` analyzer: checks documentation, and writes pages about modules, the interface and the architecture.
//!
//! [`unit`] reads one file, [`project`] reads all of them; each operation is a module that works on that alone.

pub mod api;
pub mod architecture;
pub mod check;
pub mod module;
pub mod parameters;
pub mod project;
pub mod prose;
pub mod readme;
pub mod rules;
pub mod unit;

use devflow_plugin::{Call, Conclusion, Exchange, Manifest, Operation, Plugin, Question, Report, Scope};

use crate::project::Project;

/// The analyzer.
#[derive(Debug)]
pub struct Docs;

impl Plugin for Docs {
    fn manifest() -> Manifest {
        Manifest {
            id: "docs".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            operations: vec![
                Operation::new("check", Scope::File, "Documentation that is missing, stale or empty.").options(check::OPTIONS),
                Operation::new("module", Scope::File, "A page about one file: what it is for and what it offers.").asks_model(),
                Operation::new("architecture", Scope::Project, "Folders, imports, cycles and entry points of a project.")
                    .sees_project(&architecture::GLOBS),
                Operation::new("api", Scope::Project, "Everything public of a project, file by file.").sees_project(&[]),
                Operation::new("readme", Scope::Project, "A draft of a README, and what is stale in the one there is.")
                    .sees_project(&readme::GLOBS)
                    .asks_model(),
            ],
            rules: rules::all(),
        }
    }

    fn inspect(call: &Call<'_>) -> Result<Report, String> {
        match call.operation {
            "check" => check::inspect(call),
            "module" => module::inspect(call),
            "architecture" => Ok(architecture::inspect(&Project::read(call.host))),
            "api" => Ok(api::inspect(&Project::read(call.host))),
            "readme" => Ok(readme::inspect(&Project::read(call.host))),
            other => Err(format!("no operation `{other}`")),
        }
    }

    fn question(call: &Call<'_>) -> Result<Option<Question>, String> {
        Ok(match call.operation {
            "module" => module::question(call),
            "readme" => readme::question(&Project::read(call.host)),
            _ => None,
        })
    }

    fn conclude(call: &Call<'_>, exchange: &Exchange) -> Result<Conclusion, String> {
        match call.operation {
            "module" => module::conclude(call, &exchange.answer),
            "readme" => readme::conclude(&Project::read(call.host), call.host, &exchange.answer),
            _ => Ok(Conclusion::default()),
        }
    }
}

devflow_plugin::export!(Docs);
