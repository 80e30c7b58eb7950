//! What a JSON Schema of a plugin may be. Checking a value against one takes a step for each way through the schema, so a short one can take
//! for ever; these are counted before a validator sees it.

use std::collections::HashMap;

use serde_json::Value;

/// Longest schema, in bytes of JSON.
const MAX_BYTES: usize = 256 << 10;

/// Deepest nesting, references included.
const MAX_HEIGHT: usize = 100;

/// Most parts of a schema when each reference is replaced by what it refers to.
const MAX_PARTS: u64 = 10_000;

/// Most regular expressions in a schema, longest one in bytes, and most memory of one when compiled.
const MAX_PATTERNS: usize = 50;
const MAX_PATTERN_BYTES: usize = 1000;
const MAX_COMPILED_BYTES: usize = 2 << 20;

/// Checks the text of a schema. A text that is not JSON passes: whoever reads it says so.
///
/// # Errors
/// What is too much, in words that follow "a schema that".
pub fn check_text(schema: &str) -> Result<(), String> {
    if schema.len() > MAX_BYTES {
        return Err(format!("is longer than {} KiB", MAX_BYTES >> 10));
    }
    serde_json::from_str(schema).map_or(Ok(()), |schema: Value| check(&schema))
}

/// Checks a schema.
///
/// # Errors
/// What is too much, in words that follow "a schema that".
pub fn check(schema: &Value) -> Result<(), String> {
    let mut sizes = Sizes { root: schema, known: HashMap::new(), n_patterns: 0 };
    let size = sizes.of(schema, 0)?;
    // Definitions that nothing refers to were counted, too.
    if size.parts > MAX_PARTS {
        return Err(format!("has more than {MAX_PARTS} parts when its references are replaced"));
    }
    Ok(())
}

/// Size of a part of a schema, with all that it refers to.
#[derive(Clone, Copy, Debug)]
struct Size {
    parts: u64,
    height: usize,
}

struct Sizes<'a> {
    root: &'a Value,
    /// By reference; nothing while it is being counted.
    known: HashMap<&'a str, Option<Size>>,
    n_patterns: usize,
}

impl<'a> Sizes<'a> {
    /// `depth` counts what is around the part, references included: it bounds the stack of this walk.
    fn of(&mut self, part: &'a Value, depth: usize) -> Result<Size, String> {
        let mut size = Size { parts: 1, height: 1 };
        if depth > MAX_HEIGHT {
            return Err(too_deep());
        }
        match part {
            Value::Object(object) => {
                for (key, value) in object {
                    self.check_keyword(key, value, depth)?;
                    size.add(self.of(value, depth + 1)?);
                }
                if let Some(Value::String(reference)) = object.get("$ref") {
                    size.add(self.of_reference(reference, depth + 1)?);
                }
            }
            Value::Array(values) => {
                for value in values {
                    size.add(self.of(value, depth + 1)?);
                }
            }
            // Names and numbers cost nothing worth counting.
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => size.parts = 0,
        }
        if size.height > MAX_HEIGHT {
            return Err(too_deep());
        }
        Ok(size)
    }

    fn of_reference(&mut self, reference: &'a str, depth: usize) -> Result<Size, String> {
        match self.known.get(reference) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => return Err(format!("refers to itself by `{}`", shown(reference))),
            None => {}
        }
        let target = match reference.strip_prefix('#') {
            Some(pointer) => self.root.pointer(pointer),
            None => None,
        };
        let Some(target) = target else { return Err(format!("refers to `{}`, which is not a part of it", shown(reference))) };
        self.known.insert(reference, None);
        let size = self.of(target, depth)?;
        self.known.insert(reference, Some(size));
        Ok(size)
    }

    /// Keywords that change what a reference means, and patterns.
    fn check_keyword(&mut self, key: &str, value: &Value, depth: usize) -> Result<(), String> {
        match (key, value) {
            ("$dynamicRef" | "$recursiveRef", Value::String(_)) => Err(format!("has a `{key}`")),
            ("$id", Value::String(_)) if depth > 0 => Err("has an `$id` inside".to_owned()),
            ("pattern", Value::String(pattern)) => self.check_pattern(pattern),
            ("patternProperties", Value::Object(properties)) => properties.keys().try_for_each(|pattern| self.check_pattern(pattern)),
            _ => Ok(()),
        }
    }

    fn check_pattern(&mut self, pattern: &str) -> Result<(), String> {
        use regex_automata::nfa::thompson;
        self.n_patterns += 1;
        if self.n_patterns > MAX_PATTERNS {
            return Err(format!("has more than {MAX_PATTERNS} patterns"));
        }
        if pattern.len() > MAX_PATTERN_BYTES {
            return Err(format!("has a pattern of more than {MAX_PATTERN_BYTES} bytes"));
        }
        let limits = thompson::Config::new().nfa_size_limit(Some(MAX_COMPILED_BYTES));
        match thompson::Compiler::new().configure(limits).build(pattern) {
            Err(error) if error.size_limit().is_some() => Err(format!("has a pattern that is too large: `{}`", shown(pattern))),
            // One that is not valid, or that looks around, is left to the validator.
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

impl Size {
    fn add(&mut self, other: Self) {
        self.parts = self.parts.saturating_add(other.parts);
        self.height = self.height.max(other.height.saturating_add(1));
    }
}

fn too_deep() -> String {
    format!("is nested more than {MAX_HEIGHT} levels deep")
}

fn shown(text: &str) -> String {
    super::words::one_line(text, 60)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `n` definitions, each of which is the next one twice.
    fn doubling(n: usize) -> Value {
        let mut definitions = serde_json::Map::new();
        definitions.insert(format!("a{n}"), json!({ "const": "never" }));
        for i in 0..n {
            let next = json!({ "$ref": format!("#/$defs/a{}", i + 1) });
            definitions.insert(format!("a{i}"), json!({ "anyOf": [next, next] }));
        }
        json!({ "type": "object", "$defs": definitions, "properties": { "x": { "$ref": "#/$defs/a0" } } })
    }

    #[track_caller]
    fn refused(schema: &Value, reason: &str) {
        let error = check(schema).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }

    #[test]
    fn the_ways_through_a_schema_are_bounded() {
        assert_eq!(check(&doubling(5)), Ok(()));
        refused(&doubling(20), "more than 10000 parts");
        refused(&doubling(40), "nested more than 100 levels deep");
    }

    #[test]
    fn a_chain_of_references_is_bounded_in_either_order() {
        let chain = |order: &mut dyn Iterator<Item = usize>| {
            let mut definitions: serde_json::Map<String, Value> =
                order.map(|i| (format!("a{i}"), json!({ "$ref": format!("#/$defs/a{}", i + 1) }))).collect();
            definitions.insert("a5000".to_owned(), json!(true));
            json!({ "$defs": definitions })
        };
        refused(&chain(&mut (0..5000)), "nested more than 100 levels deep");
        refused(&chain(&mut (0..5000).rev()), "nested more than 100 levels deep");
    }

    #[test]
    fn references_lead_to_another_part_of_the_schema() {
        refused(&json!({ "properties": { "x": { "$ref": "#" } } }), "refers to itself by `#`");
        refused(&json!({ "$defs": { "a": { "items": { "$ref": "#/$defs/a" } } } }), "refers to itself");
        refused(&json!({ "$ref": "https://example.org/a.json" }), "not a part of it");
        refused(&json!({ "$ref": "#/$defs/none" }), "not a part of it");
        refused(&json!({ "items": { "$dynamicRef": "#a" } }), "has a `$dynamicRef`");
        refused(&json!({ "items": { "$id": "other", "$ref": "#/x" } }), "has an `$id` inside");
    }

    #[test]
    fn length_depth_and_patterns_are_bounded() {
        let mut deep = json!(true);
        for _ in 0..200 {
            deep = json!({ "items": deep });
        }
        refused(&deep, "nested more than 100 levels deep");
        assert!(check_text(&format!("\"{}\"", "a".repeat(300_000))).unwrap_err().contains("longer than 256 KiB"));
        refused(&json!({ "pattern": r"(\w{500}){500}" }), "pattern that is too large");
        refused(&json!({ "pattern": "a".repeat(2000) }), "more than 1000 bytes");
        refused(&json!({ "items": vec![json!({ "pattern": "a" }); 101] }), "more than 50 patterns");
    }

    #[test]
    fn what_is_not_json_is_left_to_others_and_ordinary_schemas_pass() {
        assert_eq!(check_text("there is no schema"), Ok(()));
        let schema = r##"{ "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "required": ["a"],
            "properties": { "a": { "type": "array", "items": { "$ref": "#/$defs/b" } }, "c": { "enum": ["x", "y"], "pattern": "^[a-z]+$" } },
            "$defs": { "b": { "type": "object", "properties": { "d": { "type": "string" } } } } }"##;
        assert_eq!(check_text(schema), Ok(()));
    }
}
