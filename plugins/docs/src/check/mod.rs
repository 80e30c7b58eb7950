//! Owns the operation `check`: what is wrong with the documentation of one file, without a model.

mod parameters;
pub(crate) mod undocumented;
mod wording;

use devflow_plugin::{Call, Report, Role};

use crate::unit::Declared;

/// Options of the operation.
pub const OPTIONS: &str = r#"{"type":"object","additionalProperties":false,"properties":{
"every-file":{"type":"boolean","default":false,"description":"Ask for documentation in files that have none at all, too."}}}"#;

/// Whether files without any documentation are asked for some, too.
fn is_for_every_file(options: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(options).is_ok_and(|options| options["every-file"] == true)
}

/// Looks at one file. Test files have no readers who need documentation.
///
/// # Errors
/// A query that the host refuses.
pub fn inspect(call: &Call<'_>) -> Result<Report, String> {
    let mut report = Report::default();
    if matches!(call.unit.role, Role::Test | Role::Story | Role::Fixture) {
        return Ok(report);
    }
    let declared = Declared::read(call)?;
    if call.unit.role == Role::Source {
        undocumented::check(&declared, is_for_every_file(call.options), &mut report.findings);
    }
    parameters::check(&declared, &mut report.findings);
    wording::check(&declared, &mut report.findings);
    Ok(report)
}
