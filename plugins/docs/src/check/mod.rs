//! Owns the operation `check`: what is wrong with the documentation of one file, without a model.

mod parameters;
pub(crate) mod undocumented;
mod wording;

use devflow_plugin::{Call, Report, Role};

use crate::unit::Declared;

/// Looks at one file. Test files have no readers who need documentation.
///
/// # Errors
/// A query that the host refuses.
pub fn inspect(call: &Call<'_>) -> Result<Report, String> {
    let mut report = Report::default();
    if call.unit.role == Role::Test {
        return Ok(report);
    }
    let declared = Declared::read(call)?;
    if call.unit.role == Role::Source {
        undocumented::check(&declared, &mut report.findings);
    }
    parameters::check(&declared, &mut report.findings);
    wording::check(&declared, &mut report.findings);
    Ok(report)
}
