//! Owns the bytes of requests and replies in both dialects.

use serde_json::{Value, json};

use super::object::object;
use super::prices::{cost, price};
use super::{AskError, Identity, Prompt, Reply};
use crate::config::{Dialect, is_xai};
use crate::types::{Digest, Ticks, Usage};

/// The path of a dialect below the base URL.
pub(super) fn path(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Responses => "/responses",
        Dialect::Chat => "/chat/completions",
    }
}

/// Makes the body of a request. Constant fields come first and the unit last, so that the provider's prompt cache works.
pub(super) fn request(identity: &Identity, prompt: &Prompt) -> Value {
    let schema: Value = serde_json::from_str(&prompt.schema).unwrap_or(Value::Bool(true));
    let is_xai = is_xai(&identity.endpoint);
    // The same for every unit of an operation: the router then finds the server whose cache is warm.
    let cache_key = Digest::of(format!("{}\n{}", prompt.instructions, prompt.schema).as_bytes()).short();
    let effort = match identity.reasoning_effort.as_str() {
        "default" => None,
        "none" if !is_xai => None,
        effort => Some(effort),
    };
    let mut body = json!({ "model": identity.model });
    match identity.dialect {
        Dialect::Responses => {
            body["instructions"] = json!(prompt.instructions);
            body["text"] = json!({ "format": { "type": "json_schema", "name": "answer", "schema": schema, "strict": true } });
            if let Some(effort) = effort {
                body["reasoning"] = json!({ "effort": effort });
            }
            body["max_output_tokens"] = json!(identity.max_output_tokens);
            body["temperature"] = json!(0);
            body["store"] = json!(false);
            body["prompt_cache_key"] = json!(cache_key);
            body["input"] = json!(prompt.content);
        }
        Dialect::Chat => {
            body["response_format"] =
                json!({ "type": "json_schema", "json_schema": { "name": "answer", "strict": true, "schema": schema } });
            if let Some(effort) = effort {
                body["reasoning_effort"] = json!(effort);
            }
            body[if is_xai { "max_completion_tokens" } else { "max_tokens" }] = json!(identity.max_output_tokens);
            body["temperature"] = json!(0);
            if is_xai {
                body["prompt_cache_key"] = json!(cache_key);
            }
            body["messages"] = json!([
                { "role": "system", "content": prompt.instructions },
                { "role": "user", "content": prompt.content },
            ]);
        }
    }
    body
}

/// Reads the body of a reply with status 200.
///
/// # Errors
/// A body that is no reply, or that holds an error.
pub(super) fn reply(identity: &Identity, body: &[u8]) -> Result<Reply, AskError> {
    let start = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    if start.starts_with(b"<") {
        return Err(AskError::page());
    }
    let json: Value = serde_json::from_slice(start).map_err(|error| AskError::unusable(format!("the reply is not JSON: {error}")))?;
    if let Some(error) = json.get("error").filter(|error| !error.is_null()) {
        let text = error.get("message").and_then(Value::as_str).or(error.as_str()).unwrap_or("no reason given");
        return Err(AskError::unusable(format!("the reply holds an error: {text}")));
    }
    if json.get("output").or_else(|| json.get("choices")).is_none() {
        return Err(AskError::unusable("the reply is not of the dialect that was spoken".to_owned()));
    }
    let ends = ["/choices/0/finish_reason", "/incomplete_details/reason"];
    if ends.iter().any(|end| json.pointer(end).and_then(Value::as_str) == Some("content_filter")) {
        return Err(AskError::refused("the provider's content filter ended the answer".to_owned()));
    }
    let (text, is_cut) = match identity.dialect {
        Dialect::Responses => responses_text(&json),
        Dialect::Chat => chat_text(&json),
    };
    if text.is_empty()
        && let Some(refusal) = refusal(&json)
    {
        let words: String = refusal.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_REFUSAL_CHARS).collect();
        return Err(AskError::refused(format!("the model refused to answer: {words}")));
    }
    let text = object(&text).unwrap_or(&text).to_owned();
    let served_model = json.get("model").and_then(Value::as_str).map(str::to_owned);
    let usage = usage(identity, served_model.as_deref(), text.is_empty(), &json);
    Ok(Reply { text, is_cut, usage, served_model })
}

/// Longest part of a refusal that is repeated, in characters.
const MAX_REFUSAL_CHARS: usize = 200;

/// What the model said in the place of an answer.
fn refusal(json: &Value) -> Option<&str> {
    let parts = ["/choices/0/message/content", "/output/0/content", "/output/1/content"];
    let in_parts = parts.iter().filter_map(|at| json.pointer(at)?.as_array()).flatten().find_map(|part| part.get("refusal")?.as_str());
    json.pointer("/choices/0/message/refusal").and_then(Value::as_str).or(in_parts)
}

fn responses_text(json: &Value) -> (String, bool) {
    let items = json.get("output").and_then(Value::as_array).into_iter().flatten();
    let parts = items.filter_map(|item| item.get("content")?.as_array()).flatten();
    let text = parts.filter(|part| part.get("type").and_then(Value::as_str) == Some("output_text"));
    let text = text.filter_map(|part| part.get("text")?.as_str()).collect();
    let is_cut = json.get("status").and_then(Value::as_str) == Some("incomplete");
    (text, is_cut)
}

fn chat_text(json: &Value) -> (String, bool) {
    let choice = json.pointer("/choices/0");
    let content = choice.and_then(|choice| choice.pointer("/message/content"));
    let text = match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts.iter().filter_map(|part| part.get("text")?.as_str()).collect(),
        _ => String::new(),
    };
    let reason = choice.and_then(|choice| choice.get("finish_reason")?.as_str());
    (text, reason == Some("length"))
}

/// What the reply says it used. `output` is everything beyond the prompt, since dialects disagree on whether reasoning is part of
/// their output count; the total never lies. Numbers that cannot be (a prompt of no tokens, an answer of none, less than nothing, halves)
/// say nothing: `None`.
/// Highest price of one answer that is believed: 1,000 USD, in ticks.
const MAX_TICKS: i64 = 1_000 * 10_000_000_000;

fn usage(identity: &Identity, served: Option<&str>, is_empty: bool, json: &Value) -> Option<Usage> {
    let usage = json.get("usage").filter(|usage| usage.is_object())?;
    let value = |keys: &[&str]| keys.iter().find_map(|key| usage.pointer(key).filter(|value| !value.is_null()));
    let count = |keys: &[&str]| value(keys).map_or(Some(0), Value::as_u64);
    let input_tokens = count(&["/input_tokens", "/prompt_tokens"])?;
    let cached_tokens = count(&["/input_tokens_details/cached_tokens", "/prompt_tokens_details/cached_tokens"])?.min(input_tokens);
    let stated = count(&["/output_tokens", "/completion_tokens"])?;
    let output_tokens = count(&["/total_tokens"])?.saturating_sub(input_tokens).max(stated);
    if input_tokens == 0 || (output_tokens == 0 && !is_empty) {
        return None;
    }
    // Zero or less means that the server does not say, not that it was free.
    let ticks = usage.get("cost_in_usd_ticks").and_then(Value::as_i64).filter(|ticks| (1..MAX_TICKS).contains(ticks)).map(Ticks);
    // A retired name is answered, and billed, by another model.
    let price = served.and_then(price).or_else(|| price(&identity.model));
    let from_table = || price.map(|price| cost(price, input_tokens, cached_tokens, output_tokens));
    Some(Usage { requests: 1, input_tokens, cached_tokens, output_tokens, cost: ticks.or_else(from_table).unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(dialect: Dialect) -> Identity {
        Identity {
            endpoint: "https://api.x.ai/v1".to_owned(),
            dialect,
            model: "grok-4.3".to_owned(),
            reasoning_effort: "none".to_owned(),
            max_output_tokens: 100,
        }
    }

    #[test]
    fn constant_parts_come_first() {
        for dialect in [Dialect::Responses, Dialect::Chat] {
            let prompt = |content: &str| Prompt { instructions: "I".repeat(2000), schema: "{}".to_owned(), content: content.to_owned() };
            let a = request(&identity(dialect), &prompt("first")).to_string();
            let b = request(&identity(dialect), &prompt("other")).to_string();
            let shared = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
            assert!(shared as f64 > a.len() as f64 * 0.98, "{shared} of {}", a.len());
        }
    }

    #[test]
    fn output_is_everything_beyond_the_prompt() {
        let body = br#"{"model":"grok-4.3","choices":[{"message":{"content":"```json\n{}\n```"},"finish_reason":"stop"}],
            "usage":{"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,"prompt_tokens_details":{"cached_tokens":6},"cost_in_usd_ticks":7}}"#;
        let reply = reply(&identity(Dialect::Chat), body).unwrap();
        assert_eq!(reply.text, "{}");
        let usage = reply.usage.unwrap();
        assert_eq!((usage.input_tokens, usage.cached_tokens, usage.output_tokens, usage.cost), (32, 6, 103, Ticks(7)));
    }

    #[test]
    fn a_cost_of_zero_is_not_believed() {
        let body = br#"{"output":[{"content":[{"type":"output_text","text":"{}"}]}],"usage":{"input_tokens":1000000,"output_tokens":1000000,"total_tokens":2000000,"cost_in_usd_ticks":0}}"#;
        assert_eq!(reply(&identity(Dialect::Responses), body).unwrap().usage.unwrap().cost, Ticks::from_usd(7.5));
    }

    #[test]
    fn usage_that_cannot_be_says_nothing() {
        let all = [
            r#"{"prompt_tokens":0,"completion_tokens":0}"#,
            "{}",
            r#"{"prompt_tokens":-5,"completion_tokens":3}"#,
            r#"{"prompt_tokens":5.5,"completion_tokens":3}"#,
            r#"{"prompt_tokens":100,"completion_tokens":0}"#,
            r#"{"prompt_tokens":"100","completion_tokens":"3"}"#,
        ];
        for usage in all {
            let body = format!(r#"{{"choices":[{{"message":{{"content":"{{}}"}}}}],"usage":{usage}}}"#);
            assert_eq!(reply(&identity(Dialect::Chat), body.as_bytes()).unwrap().usage, None, "{usage}");
        }
    }

    #[test]
    fn the_model_that_answered_sets_the_price() {
        let asked = Identity { model: "grok-4".to_owned(), ..identity(Dialect::Chat) };
        let body = br#"{"model":"grok-4.3","choices":[{"message":{"content":"{}"}}],"usage":{"prompt_tokens":1000,"completion_tokens":1}}"#;
        assert!(reply(&asked, body).unwrap().usage.unwrap().cost > Ticks(0));
    }

    #[test]
    fn an_answer_in_parts_is_read_and_a_refusal_is_told() {
        let parts = br#"{"choices":[{"message":{"content":[{"type":"text","text":"{\"a\""},{"type":"text","text":":1}"}]}}]}"#;
        assert_eq!(reply(&identity(Dialect::Chat), parts).unwrap().text, r#"{"a":1}"#);
        let refused = br#"{"choices":[{"message":{"content":null,"refusal":"I cannot."}}]}"#;
        let error = reply(&identity(Dialect::Chat), refused).unwrap_err();
        assert!(error.message.contains("I cannot."), "{error}");
    }

    #[test]
    fn a_page_for_people_is_no_answer_and_costs_nothing() {
        let error = reply(&identity(Dialect::Chat), b"\xef\xbb\xbf <!doctype html><p>Please log in").unwrap_err();
        assert_eq!((error.reach, error.billing), (crate::provider::Reach::Server, crate::provider::Billing::Nothing));
    }

    #[test]
    fn what_is_no_reply_is_an_error() {
        for body in ["not json", r#"{"error":{"message":"x"}}"#, "{}", "[]"] {
            assert!(reply(&identity(Dialect::Chat), body.as_bytes()).is_err(), "{body}");
        }
        let cut = br#"{"status":"incomplete","output":[{"content":[{"type":"output_text","text":"{\"fin"}]}]}"#;
        assert!(reply(&identity(Dialect::Responses), cut).unwrap().is_cut);
    }
}
