//! The `refactor` analyzer: smells of design by measured rules, and refactorings that the model proposes and the host checks.
//!
//! [`smells`] and [`coupling`] never ask; [`suggest`], [`plan`] and [`apply`] do, and make nothing that the unit's text does not bear out.

pub mod answer;
pub mod apply;
pub mod code;
pub mod coupling;
pub mod grammar;
pub mod owners;
pub mod plan;
pub mod rules;
pub mod signature;
pub mod smells;
pub mod suggest;

use devflow_plugin::{Call, Conclusion, Exchange, Manifest, Operation, Plugin, Question, Report, Scope};

/// The analyzer.
#[derive(Debug)]
pub struct Refactor;

impl Plugin for Refactor {
    fn manifest() -> Manifest {
        Manifest {
            id: "refactor".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            operations: vec![
                Operation::new(
                    "smells",
                    Scope::File,
                    "Smells of design that a file alone can show, each with the refactoring that cures it.",
                ),
                Operation::new(
                    "coupling",
                    Scope::Project,
                    "Copies across files, files that everything hangs on, public functions that nothing names.",
                )
                .sees_project(&coupling::GLOBS),
                Operation::new("suggest", Scope::File, "Refactorings that the model proposes, as patches where it can write them down.")
                    .needs_model(),
                Operation::new("plan", Scope::File, "A plan in steps, ordered by what depends on what.")
                    .asks_model()
                    .options(plan::OPTIONS),
                Operation::new("apply", Scope::File, "One change that you describe, as a patch.").needs_model().options(apply::OPTIONS),
            ],
            rules: rules::all(),
        }
    }

    fn inspect(call: &Call<'_>) -> Result<Report, String> {
        match call.operation {
            "smells" => Ok(Report { findings: smells::inspect(call)?, ..Report::default() }),
            "coupling" => Ok(Report { findings: coupling::inspect(call.host), ..Report::default() }),
            "plan" => plan::inspect(call),
            "suggest" | "apply" => Ok(Report::default()),
            other => Err(format!("no operation `{other}`")),
        }
    }

    fn question(call: &Call<'_>) -> Result<Option<Question>, String> {
        match call.operation {
            "suggest" => Ok(Some(suggest::question(call))),
            "plan" => plan::question(call).map(Some),
            "apply" => apply::question(call).map(Some),
            _ => Ok(None),
        }
    }

    fn conclude(call: &Call<'_>, exchange: &Exchange) -> Result<Conclusion, String> {
        match call.operation {
            "suggest" => suggest::conclude(&exchange.answer),
            "plan" => plan::conclude(call, &exchange.answer),
            "apply" => apply::conclude(&exchange.answer),
            _ => Ok(Conclusion::default()),
        }
    }
}

devflow_plugin::export!(Refactor);
