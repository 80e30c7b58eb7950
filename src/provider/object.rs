//! The JSON object of an answer, whatever a model puts around it: thoughts, words, a fence, a byte order mark.

use serde_json::Value;
use serde_json::value::RawValue;

/// Places where an object is looked for; an answer with more opening braces outside of its object is no answer.
const MAX_TRIES: usize = 64;

/// The one JSON object in `text`; the last one where there are several, since models think first. `None` when there is none.
pub(super) fn object(text: &str) -> Option<&str> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if is_object(text) {
        return Some(text);
    }
    // What is thought about is not what is said.
    let said = text.rsplit_once("</think>").map_or(text, |(_, said)| said);
    let mut found = None;
    let mut at = 0;
    for _ in 0..MAX_TRIES {
        let Some(start) = said[at..].find('{').map(|start| at + start) else { break };
        let mut values = serde_json::Deserializer::from_str(&said[start..]).into_iter::<&RawValue>();
        match values.next() {
            Some(Ok(value)) => {
                let object = value.get();
                found = Some(object).filter(|object| is_object(object)).or(found);
                at = start + object.len();
            }
            _ => at = start + 1,
        }
    }
    found
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
            "{\"a\":2}\nNo, better:\n{\"a\":{\"b\":1}}",
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
    }
}
