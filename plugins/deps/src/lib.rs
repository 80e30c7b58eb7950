//! The `deps` analyzer: what a project depends on, read from its manifests, lock files and imports.
//!
//! [`manifest`] and [`lock`] turn every format into the one [`model`]; each operation is a module that works on that alone.

pub mod alternatives;
pub mod audit;
pub mod duplicates;
pub mod licenses;
pub mod lock;
pub mod manifest;
pub mod model;
pub mod project;
pub mod read;
pub mod rules;
mod spdx;
pub mod unused;
pub mod version;

use devflow_plugin::{Call, Conclusion, Exchange, Manifest, Operation, Place, Plugin, Question, Report, Scope};

use crate::project::Project;

/// The analyzer.
#[derive(Debug)]
pub struct Deps;

impl Plugin for Deps {
    fn manifest() -> Manifest {
        let all = documents(&[]);
        let operation = |name: &str, summary: &str| Operation::new(name, Scope::Project, summary).sees_project(&all);
        Manifest {
            id: "deps".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            operations: vec![
                Operation::new(
                    "audit",
                    Scope::Project,
                    "Known vulnerabilities, abandoned packages, loose versions and lock files that do not fit.",
                )
                .sees_project(&documents(&audit::GLOBS))
                .options(audit::OPTIONS),
                Operation::new("unused", Scope::Project, "Declared dependencies that no source imports.")
                    .sees_project(&documents(&unused::GLOBS)),
                operation("duplicates", "Packages in several versions, and packages declared twice."),
                Operation::new("licenses", Scope::Project, "Licences of the project and of its packages, as far as they are stated.")
                    .sees_project(&documents(&licenses::GLOBS))
                    .options(licenses::OPTIONS),
                operation("alternatives", "Lighter or maintained packages for the same work.").asks_model(),
            ],
            rules: rules::all(),
        }
    }

    fn inspect(call: &Call<'_>) -> Result<Report, String> {
        let project = Project::read(call.host);
        let mut report = Report::default();
        match call.operation {
            "audit" => report.findings = audit::inspect(&project, call.host, call.options)?,
            "unused" => report.findings = unused::inspect(&project, call.host),
            "duplicates" => duplicates::inspect(&project, &mut report),
            "licenses" => licenses::inspect(&project, call.options, &mut report)?,
            "alternatives" => alternatives::inspect(&project, &mut report),
            other => return Err(format!("no operation `{other}`")),
        }
        report.findings.extend(project.broken.iter().map(|document| {
            let message = format!("`{}` cannot be read, so nothing in it was looked at", project.file(*document));
            let spot = model::Spot::new(*document, project.first_line(*document));
            rules::finding("unreadable-manifest", &spot, message, "Correct its form.")
        }));
        mend_places(&project, &mut report);
        Ok(report)
    }

    fn question(call: &Call<'_>) -> Result<Option<Question>, String> {
        Ok(match call.operation {
            "alternatives" => alternatives::question(&Project::read(call.host)),
            _ => None,
        })
    }

    fn conclude(call: &Call<'_>, exchange: &Exchange) -> Result<Conclusion, String> {
        if call.operation != "alternatives" {
            return Ok(Conclusion::default());
        }
        let project = Project::read(call.host);
        let mut conclusion = alternatives::conclude(&project, &exchange.answer)?;
        mend_places(&project, &mut conclusion.report);
        Ok(conclusion)
    }
}

/// A place that is no piece of its document, as escapes in a text may make one, becomes the first line.
fn mend_places(project: &Project, report: &mut Report) {
    for finding in &mut report.findings {
        if let Place::Document(place) = &mut finding.place
            && project.text(place.index as usize).get(place.span.range()).is_none()
        {
            place.span = project.first_line(place.index as usize).into();
        }
    }
}

/// Globs of manifests and lock files, and more.
fn documents(more: &[&'static str]) -> Vec<&'static str> {
    manifest::GLOBS.iter().chain(&lock::GLOBS).chain(more).copied().collect()
}

devflow_plugin::export!(Deps);
