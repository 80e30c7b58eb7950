//! The JSON object of an answer, whatever a model puts around it: thoughts, words, a fence, a byte order mark.

use serde_json::Value;
use serde_json::value::RawValue;

/// Places where an object is looked for; an answer with more opening braces outside of its object is no answer.
const MAX_TRIES: usize = 64;

/// The one JSON object in `text`; the last one where there are several, since models think first. `None` when there is none, or when the last
/// one contradicts another, since either could be the answer.
pub(super) fn object(text: &str) -> Option<&str> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if is_object(text) {
        return Some(text);
    }
    // What is thought about is not what is said.
    let said = text.rsplit_once("</think>").map_or(text, |(_, said)| said);
    let mut objects = Vec::new();
    let mut at = 0;
    for _ in 0..MAX_TRIES {
        let Some(start) = said[at..].find('{').map(|start| at + start) else { break };
        let mut values = serde_json::Deserializer::from_str(&said[start..]).into_iter::<&RawValue>();
        match values.next() {
            Some(Ok(value)) => {
                let object = value.get();
                if is_object(object) {
                    objects.push(object);
                }
                at = start + object.len();
            }
            _ => at = start + 1,
        }
    }
    let last = objects.pop()?;
    if objects.iter().any(|other| contradict(other, last)) { None } else { Some(last) }
}

/// Whether two objects have the same fields with different values.
fn contradict(one: &str, other: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let (one, other) = (read(one), read(other));
    let keys = |value: &Value| value.as_object().map(|fields| fields.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    one != other && keys(&one) == keys(&other)
}

fn is_object(text: &str) -> bool {
    text.starts_with('{') && serde_json::from_str::<Value>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_is_found_whatever_stands_around_it() {
        for text in [
            r#"{"a":{"b":1}}"#,
            "\u{feff}{\"a\":{\"b\":1}}",
            "```json\n{\"a\":{\"b\":1}}\n```",
            "```{\"a\":{\"b\":1}}```",
            "Here it is:\n```json\n{\"a\":{\"b\":1}}\n```\nI hope this helps {you}.",
            "<think>maybe {\"a\":2}? no</think>\n{\"a\":{\"b\":1}}",
            "I use { and } here. {\"a\":{\"b\":1}}",
            "{\"c\":2}\nThat was an example. Now:\n{\"a\":{\"b\":1}}",
        ] {
            assert_eq!(object(text), Some(r#"{"a":{"b":1}}"#), "{text}");
        }
    }

    #[test]
    fn what_is_no_object_stays_what_it_is() {
        for text in ["", "[]", "word", "{", "{\"a\":", "{a}"] {
            assert_eq!(object(text), None, "{text}");
        }
        assert_eq!(object(&"{".repeat(1 << 20)), None);
        let findings = r#"{"findings":[1]}"#;
        for text in [format!("{findings}\n{{\"findings\":[]}}"), format!("[{findings},{{\"findings\":[]}}]")] {
            assert_eq!(object(&text), None, "{text}");
        }
        assert_eq!(object(&format!("{findings}\n{findings}")), Some(findings));
    }
}
