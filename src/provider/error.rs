//! Owns what a failed try means: for the run, for the unit, for the bill. Never retries.

use std::time::Duration;

use serde_json::Value;

use crate::types::Ticks;

/// How far a failure reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Asking again with anything else fails too: wrong key, no credit, no such model.
    Run,
    /// This unit cannot be asked about.
    Unit,
    /// It may work in a moment.
    Transient,
}

/// What a failed try costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Billing {
    /// The server refused, so nothing.
    Nothing,
    /// A known fee.
    Fee(Ticks),
    /// It was sent and nobody knows; it is charged at its estimate.
    Unknown,
}

/// A try that gave no reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct AskError {
    /// How far it reaches.
    pub reach: Reach,
    /// What it costs.
    pub billing: Billing,
    /// How long the server wants to be left alone.
    pub retry_after: Option<Duration>,
    /// Whether nobody answered at all.
    pub is_unreachable: bool,
    /// Lower case, one line.
    pub message: String,
}

/// xAI charges this for a prompt that its check refuses before anything is generated (Responses API).
/// Source: the provider's price page.
const VIOLATION_FEE: Ticks = Ticks(500_000_000);

/// Longest wait that a server may ask for; beyond it the try counts as failed for good.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(120);

/// Longest part of a server's message that is repeated, in characters.
const MAX_MESSAGE: usize = 300;

impl AskError {
    /// A try that ended in the network. `was_sent` tells whether the request may have arrived.
    pub(super) fn transport(message: String, was_sent: bool) -> Self {
        let billing = if was_sent { Billing::Unknown } else { Billing::Nothing };
        Self { reach: Reach::Transient, billing, retry_after: None, is_unreachable: !was_sent, message }
    }

    /// The client cannot be made, so nothing can be sent at all.
    pub(super) fn setup(message: String) -> Self {
        Self { reach: Reach::Run, billing: Billing::Nothing, retry_after: None, is_unreachable: false, message }
    }

    /// The provider's own filter ended the answer; it was billed.
    pub(super) fn filtered() -> Self {
        let message = "the provider's content filter ended the answer".to_owned();
        Self { reach: Reach::Unit, billing: Billing::Unknown, retry_after: None, is_unreachable: false, message }
    }

    /// A 200 that is no usable reply; it was billed.
    pub(super) fn unusable(message: String) -> Self {
        Self { reach: Reach::Transient, billing: Billing::Unknown, retry_after: None, is_unreachable: false, message }
    }

    /// A reply with an error status. `charges_violations` tells whether the server takes a fee for refused content.
    pub(super) fn status(status: u16, body: &str, retry_after: Option<Duration>, may_retry: bool, charges_violations: bool) -> Self {
        let text = message_of(body);
        let lower = text.to_lowercase();
        let has = |needles: &[&str]| needles.iter().any(|needle| lower.contains(needle));
        let is_money = has(&["credits", "spending limit", "billing", "insufficient_quota", "quota exceeded"]);
        let is_overflow = has(&[
            "maximum prompt length",
            "maximum context length",
            "prompt is too long",
            "context_length_exceeded",
            "exceed_context_size",
        ]);
        let is_safety = has(&["content violates", "safety_check", "content_filter"]);
        let mut billing = Billing::Nothing;
        let reach = match status {
            _ if has(&["incorrect api key", "invalid api key"]) => Reach::Run,
            429 | 402 if is_money => Reach::Run,
            _ if is_overflow => Reach::Unit,
            403 if is_safety => {
                billing = if charges_violations { Billing::Fee(VIOLATION_FEE) } else { Billing::Nothing };
                Reach::Unit
            }
            401 | 402 | 403 | 404 | 405 | 525 | 526 => Reach::Run,
            408 | 409 | 429 => Reach::Transient,
            500.. if may_retry => {
                // A gateway that lost patience says nothing of what the server behind it has done.
                if matches!(status, 504 | 522 | 524) {
                    billing = Billing::Unknown;
                }
                Reach::Transient
            }
            _ => Reach::Unit,
        };
        let reach = if reach == Reach::Transient && !may_retry { Reach::Unit } else { reach };
        let shown = if text.is_empty() { String::new() } else { format!(": {}", hide_ids(&text)) };
        Self { reach, billing, retry_after, is_unreachable: false, message: format!("the server answered {status}{shown}") }
    }
}

/// Finds the words in an error body: xAI, OpenAI and proxies all wrap them in their own way.
fn message_of(body: &str) -> String {
    let text = match serde_json::from_str::<Value>(body) {
        Ok(Value::String(text)) => text,
        Ok(json) => {
            let nested = json.pointer("/error/message").and_then(Value::as_str);
            let flat = ["error", "message", "detail"].iter().find_map(|key| json.get(key).and_then(Value::as_str));
            nested.or(flat).map_or_else(String::new, str::to_owned)
        }
        // A page of the network's edge says nothing that the status does not say.
        Err(_) if body.trim_start().starts_with('<') => String::new(),
        Err(_) => body.to_owned(),
    };
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_MESSAGE).collect();
    clean.trim().to_owned()
}

/// Ids of teams and keys do not belong into logs and reports.
fn hide_ids(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = ["Team: ", "API key ID: ", "team "].iter().filter_map(|mark| Some(rest.find(mark)? + mark.len())).min() {
        shown.push_str(&rest[..at]);
        let id_end = rest[at..].find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len() - at);
        let id = &rest[at..at + id_end];
        let is_id = id.len() >= 16 && id.bytes().any(|byte| byte.is_ascii_digit());
        shown.push_str(if is_id { "…" } else { id });
        rest = &rest[at + id_end..];
    }
    shown + rest
}

/// Reads `Retry-After` in seconds. Dates are rare and not worth a parser: they are ignored.
pub(super) fn retry_after(value: Option<&str>) -> Option<Duration> {
    let seconds: f64 = value?.trim().parse().ok()?;
    (seconds >= 0.0 && seconds.is_finite()).then(|| Duration::from_secs_f64(seconds.min(86_400.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, body: &str, reach: Reach) -> AskError {
        let error = AskError::status(status, body, None, true, true);
        assert_eq!(error.reach, reach, "{error}");
        error
    }

    #[test]
    fn errors_are_told_apart() {
        check(400, r#"{"code":"invalid-argument","error":"Incorrect API key provided: xa***"}"#, Reach::Run);
        check(401, r#"{"code":"unauthenticated:no-credentials","error":"No credentials presented."}"#, Reach::Run);
        check(403, r#"{"code":"x","error":"You lack permission"}"#, Reach::Run);
        check(404, r#"{"code":"not-found","error":"The model X does not exist"}"#, Reach::Run);
        check(400, r#"{"error":{"message":"maximum prompt length is 1000","type":"x","code":1}}"#, Reach::Unit);
        check(422, "Failed to deserialize the JSON body into the target type: x", Reach::Unit);
        check(429, r#"{"code":"x","error":"Too many requests for team 5"}"#, Reach::Transient);
        check(
            429,
            r#"{"code":"x","error":"Your team has either used all available credits or reached its monthly spending limit"}"#,
            Reach::Run,
        );
        check(503, r#"{"code":"x","error":"Service temporarily unavailable."}"#, Reach::Transient);
        check(520, "<html>edge</html>", Reach::Transient);
        check(525, "<html>edge</html>", Reach::Run);
    }

    #[test]
    fn refused_content_has_its_fee_and_shows_no_ids() {
        let body = r#"{"code":"x","error":"Content violates usage guidelines. Team: 0f9d7a22-1111-2222-3333-444455556666, API key ID: 8a9d7a22-1111-2222-3333-444455556666, Model: grok, Failed check: SAFETY_CHECK_TYPE_CYBER"}"#;
        let error = check(403, body, Reach::Unit);
        assert_eq!(error.billing, Billing::Fee(VIOLATION_FEE));
        assert!(!error.message.contains("8a9d7a22") && error.message.contains("Failed check"), "{error}");
    }

    #[test]
    fn a_wait_is_read() {
        assert_eq!(retry_after(Some("1.5")), Some(Duration::from_millis(1500)));
        assert_eq!(retry_after(Some("Wed, 21 Oct 2026 07:28:00 GMT")), None);
        assert_eq!(retry_after(Some("-1")), None);
    }
}
