//! Owns reading options and answers of the model as JSON. Never decides what they are worth.

use devflow_plugin::Unit;
use serde_json::Value;

use crate::framework::{Family, Framework};

/// Reads an answer.
///
/// # Errors
/// A text that is no JSON.
pub fn read(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("the answer is not what was asked for: {error}"))
}

/// A text of an object; empty where there is none.
pub fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or("")
}

/// The objects of a list.
pub fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A text of the options; empty where there is none.
///
/// # Errors
/// Options that are no JSON.
pub fn option(options: &str, key: &str) -> Result<String, String> {
    let options: Value = serde_json::from_str(options).map_err(|error| format!("the options are not JSON: {error}"))?;
    Ok(text(&options, key).trim().to_owned())
}

/// A code without the fences that models like to put around it, and without blank lines at both ends.
pub fn code(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("```")).map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// The family of a unit, and the framework that its tests follow: what the option says, else what the file tells.
///
/// # Errors
/// A language that has none, and an option that does not fit the language.
pub fn framework(unit: &Unit, options: &str) -> Result<(Family, Framework), String> {
    let family = Family::of(&unit.language).ok_or_else(|| format!("no test framework is known for `{}`", unit.language))?;
    let wanted = option(options, "framework")?;
    if wanted.is_empty() {
        return Ok((family, Framework::of_text(family, &unit.text)));
    }
    let framework = Framework::named(&wanted, family);
    framework.map(|framework| (family, framework)).ok_or_else(|| format!("`{wanted}` is no test framework for {}", family.name()))
}
