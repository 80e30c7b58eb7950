//! Owns reading options and answers of the model as JSON. Never decides what they are worth.

use devflow_plugin::words::{self, shortened};
use devflow_plugin::{Edit, Unit};
use serde_json::Value;

/// JSON Schema of a list of edits, to be put into others.
pub const EDITS: &str = r#"{"type":"array","maxItems":12,"items":{"type":"object","additionalProperties":false,"required":["search","replace"],"properties":{"search":{"type":"string"},"replace":{"type":"string"}}}}"#;

/// Reads JSON.
///
/// # Errors
/// A text that is none.
pub fn read(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("the answer is not what was asked for: {error}"))
}

/// A text of an object, white space at both ends left out; empty where there is none.
pub fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or("").trim()
}

/// A number of an object; 0 where there is none.
pub fn number(value: &Value, key: &str) -> u32 {
    value.get(key).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok()).unwrap_or(0)
}

/// The objects of a list.
pub fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A text of the options; empty where there is none.
///
/// # Errors
/// Options that are not JSON.
pub fn option(options: &str, key: &str) -> Result<String, String> {
    let options: Value = serde_json::from_str(options).map_err(|error| format!("the options are not JSON: {error}"))?;
    Ok(text(&options, key).to_owned())
}

/// The edits of an object that change something. The host checks that they fit.
pub fn edits(value: &Value) -> Vec<Edit> {
    let edit = |edit: &Value| {
        let raw = |key: &str| edit.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
        Edit { search: raw("search"), replace: raw("replace") }
    };
    list(value, "edits").iter().map(edit).filter(|edit| !edit.search.trim().is_empty() && edit.search != edit.replace).collect()
}

/// One line of at most `limit` characters.
pub fn one_line(text: &str, limit: usize) -> String {
    shortened(&words::one_line(text), limit)
}

/// The part of a question that changes from unit to unit: what is wanted, what stands elsewhere, the code.
pub fn content(unit: &Unit, wanted: &[(&str, &str)]) -> String {
    let mut content = format!("Language: {}\n", unit.language);
    for (name, value) in wanted.iter().filter(|(_, value)| !value.is_empty()) {
        content.push_str(&format_line(name, value));
    }
    if !unit.outline.is_empty() {
        content.push_str("\nElsewhere in the same file, for reference only:\n");
        content.push_str(&unit.outline);
    }
    content.push_str("\nThe code; line 1 follows:\n");
    content.push_str(&unit.text);
    content
}

fn format_line(name: &str, value: &str) -> String {
    format!("{name}: {}\n", one_line(value, usize::MAX))
}

/// Whether a quote stands in a text, white space left out; too short a quote proves nothing.
pub fn is_quoted(text: &str, quote: &str) -> bool {
    const MIN_QUOTE_CHARS: usize = 3;
    let fold = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let quote = fold(quote.trim().trim_matches('`'));
    quote.chars().count() >= MIN_QUOTE_CHARS && fold(text).contains(&quote)
}
