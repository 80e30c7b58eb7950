//! Owns the order in which the smells of a file are looked for. Never knows one.

mod chains;
mod copies;
mod dead;
mod envy;
mod flow;
mod naming;
mod numbers;
mod parameters;
mod refusal;
mod size;
mod switches;
mod types;

use devflow_plugin::{Call, Finding, Role, Severity};

use crate::code::Code;

/// All smells of a file, by place. Tests are free of them: they may repeat themselves and be plain.
///
/// # Errors
/// The host's, when the syntax cannot be searched.
pub fn inspect(call: &Call<'_>) -> Result<Vec<Finding>, String> {
    if matches!(call.unit.role, Role::Test | Role::Story | Role::Fixture) {
        return Ok(Vec::new());
    }
    let code = Code::read(call)?;
    let mut findings = of(&code, call)?;
    if matches!(call.unit.role, Role::Example | Role::Script) {
        findings.iter_mut().for_each(|finding| finding.severity = Severity::Info);
    }
    Ok(findings)
}

/// All smells of code that was read, by place.
///
/// # Errors
/// The host's, when the text cannot be searched.
pub fn of(code: &Code<'_>, call: &Call<'_>) -> Result<Vec<Finding>, String> {
    let mut findings = Vec::new();
    size::inspect(code, &mut findings);
    flow::inspect(code, &mut findings);
    parameters::inspect(code, &mut findings);
    copies::inspect(code, &mut findings);
    numbers::inspect(code, &mut findings);
    dead::inspect(code, &mut findings);
    types::inspect(code, &mut findings);
    refusal::inspect(code, &mut findings);
    switches::inspect(code, &mut findings);
    chains::inspect(code, call.host, &mut findings)?;
    envy::inspect(code, &mut findings);
    naming::inspect(code, &mut findings);
    findings.sort_by_key(|finding| (start(finding), finding.rule.clone()));
    Ok(findings)
}

/// First byte of a finding in the unit.
pub fn start(finding: &Finding) -> usize {
    match &finding.place {
        devflow_plugin::Place::Span(span) => span.range().start,
        _ => 0,
    }
}
