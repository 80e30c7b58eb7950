//! The `test-gen` analyzer: finds public functions that no test names, and writes tests and fixtures for a file.
//!
//! [`gaps`] reads the whole project; [`generate`] and [`fixtures`] read one file by [`unit`] and check what the model writes by [`bare`] and
//! [`framework`].

pub mod answer;
pub mod assemble;
pub mod bare;
pub mod fixtures;
pub mod framework;
pub mod gaps;
pub mod generate;
pub mod rules;
pub mod unit;

use devflow_plugin::{Call, Conclusion, Exchange, Manifest, Operation, Plugin, Question, Report, Scope};

/// The analyzer.
#[derive(Debug)]
pub struct TestGen;

impl Plugin for TestGen {
    fn manifest() -> Manifest {
        Manifest {
            id: "test-gen".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            operations: vec![
                Operation::new("gaps", Scope::Project, "Public functions that no test names, and a plan that begins with the worst.")
                    .sees_project(&gaps::GLOBS),
                Operation::new("generate", Scope::File, "A test file for the public functions of a file, in its test framework.")
                    .needs_model()
                    .options(generate::OPTIONS),
                Operation::new("fixtures", Scope::File, "Builders and sample values for the types of a file.")
                    .needs_model()
                    .options(fixtures::OPTIONS),
            ],
            rules: rules::all(),
        }
    }

    fn inspect(call: &Call<'_>) -> Result<Report, String> {
        match call.operation {
            "gaps" => Ok(gaps::inspect(call.host)),
            "generate" | "fixtures" => Ok(Report::default()),
            other => Err(format!("no operation `{other}`")),
        }
    }

    fn question(call: &Call<'_>) -> Result<Option<Question>, String> {
        match call.operation {
            "generate" => generate::question(call),
            "fixtures" => fixtures::question(call),
            _ => Ok(None),
        }
    }

    fn conclude(call: &Call<'_>, exchange: &Exchange) -> Result<Conclusion, String> {
        match call.operation {
            "generate" => generate::conclude(call, &exchange.answer),
            "fixtures" => fixtures::conclude(call, &exchange.answer),
            _ => Ok(Conclusion::default()),
        }
    }
}

devflow_plugin::export!(TestGen);
