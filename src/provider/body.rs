//! Owns the bytes of requests and replies in both dialects. Never sends them.

use serde_json::{Value, json};

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
    let json: Value = serde_json::from_slice(body).map_err(|error| AskError::unusable(format!("the reply is no JSON: {error}")))?;
    if let Some(error) = json.get("error").filter(|error| !error.is_null()) {
        let text = error.get("message").and_then(Value::as_str).or(error.as_str()).unwrap_or("no reason given");
        return Err(AskError::unusable(format!("the reply holds an error: {text}")));
    }
    if json.get("output").or_else(|| json.get("choices")).is_none() {
        return Err(AskError::unusable("the reply is not of the dialect that was spoken".to_owned()));
    }
    let ends = ["/choices/0/finish_reason", "/incomplete_details/reason"];
    if ends.iter().any(|end| json.pointer(end).and_then(Value::as_str) == Some("content_filter")) {
        return Err(AskError::filtered());
    }
    let (text, is_cut) = match identity.dialect {
        Dialect::Responses => responses_text(&json),
        Dialect::Chat => chat_text(&json),
    };
    let text = strip_fence(&text).to_owned();
    let served_model = json.get("model").and_then(Value::as_str).map(str::to_owned);
    Ok(Reply { text, is_cut, usage: usage(identity, &json), served_model })
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
    let text = choice.and_then(|choice| choice.pointer("/message/content")?.as_str()).unwrap_or("").to_owned();
    let reason = choice.and_then(|choice| choice.get("finish_reason")?.as_str());
    (text, reason == Some("length"))
}

/// Local servers like to put JSON between fences.
fn strip_fence(text: &str) -> &str {
    let text = text.trim();
    let Some(inner) = text.strip_prefix("```").and_then(|text| text.strip_suffix("```")) else { return text };
    inner.split_once('\n').map_or(inner, |(_, inner)| inner).trim()
}

/// What the reply says it used. `output` is everything beyond the prompt, since dialects disagree on whether reasoning is part of
/// their output count; the total never lies.
fn usage(identity: &Identity, json: &Value) -> Option<Usage> {
    let usage = json.get("usage").filter(|usage| usage.is_object())?;
    let count = |keys: &[&str]| keys.iter().find_map(|key| usage.pointer(key)?.as_u64()).unwrap_or(0);
    let input_tokens = count(&["/input_tokens", "/prompt_tokens"]);
    let cached_tokens = count(&["/input_tokens_details/cached_tokens", "/prompt_tokens_details/cached_tokens"]);
    let stated = count(&["/output_tokens", "/completion_tokens"]);
    let output_tokens = count(&["/total_tokens"]).saturating_sub(input_tokens).max(stated);
    // Zero or less means that the server does not say, not that it was free.
    let ticks = usage.get("cost_in_usd_ticks").and_then(Value::as_i64).filter(|ticks| *ticks > 0).map(Ticks);
    let from_table = || price(&identity.model).map(|price| cost(price, input_tokens, cached_tokens, output_tokens));
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
        let body = br#"{"output":[{"content":[{"type":"output_text","text":"{}"}]}],"usage":{"input_tokens":1000000,"output_tokens":0,"total_tokens":1000000,"cost_in_usd_ticks":0}}"#;
        assert_eq!(reply(&identity(Dialect::Responses), body).unwrap().usage.unwrap().cost, Ticks::from_usd(2.5));
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
