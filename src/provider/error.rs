//! Owns what a failed try means: for the run, for the unit, for the bill.

use std::time::Duration;

use serde_json::Value;

use crate::types::Ticks;

/// How far a failure reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Whatever is asked fails too: no credit, no client.
    Run,
    /// The key, the address or the name of the model is refused, or something else answers in the provider's place. Certain until the
    /// first usable answer; afterwards it may be a hiccup of the provider's edge.
    Server,
    /// This unit cannot be asked about.
    Unit,
    /// It may work in a moment.
    Transient,
}

/// What is wrong with the way to the model, where the user can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The key is refused, or there is none.
    Key,
    /// Nothing of the API is at this URL.
    Address,
    /// There is no such model.
    Model,
    /// The server's certificate is not trusted.
    Certificate,
    /// The account has no money.
    Credit,
    /// Nobody answers at the base URL.
    Server,
}

/// What a failed try costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Billing {
    /// The server refused, so nothing.
    Nothing,
    /// A fee that the provider is known to charge, such as for refused content.
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
    /// What the try is charged with.
    pub billing: Billing,
    /// How long the server wants to be left alone.
    pub retry_after: Option<Duration>,
    /// Whether nobody answered at all.
    pub is_unreachable: bool,
    /// Whether a kept connection turned out to be dead: the same request may be sent on a new one at once.
    pub is_stale: bool,
    /// What the user can do something about.
    pub trouble: Option<Trouble>,
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
    fn new(reach: Reach, billing: Billing, message: String) -> Self {
        Self { reach, billing, retry_after: None, is_unreachable: false, is_stale: false, trouble: None, message }
    }

    /// Nobody is at the other end.
    pub(super) fn unreachable(message: String) -> Self {
        Self { is_unreachable: true, trouble: Some(Trouble::Server), ..Self::new(Reach::Transient, Billing::Nothing, message) }
    }

    /// A try that ended in the network, after the request may have arrived.
    pub(super) fn broken(message: String) -> Self {
        Self::new(Reach::Transient, Billing::Unknown, message)
    }

    /// A kept connection was closed by the server before this request was written to it.
    pub(super) fn stale(message: String) -> Self {
        Self { is_stale: true, ..Self::new(Reach::Transient, Billing::Nothing, message) }
    }

    /// The server cannot prove who it is.
    pub(super) fn certificate(message: String) -> Self {
        Self { trouble: Some(Trouble::Certificate), ..Self::new(Reach::Server, Billing::Nothing, message) }
    }

    /// A page for people in the place of an answer: a login page, or a wrong URL.
    pub(super) fn page() -> Self {
        let message = "the server answered with an HTML page, so it is not the API".to_owned();
        Self { trouble: Some(Trouble::Address), ..Self::new(Reach::Server, Billing::Nothing, message) }
    }

    /// The client cannot be made, so nothing can be sent at all.
    pub(super) fn setup(message: String) -> Self {
        Self::new(Reach::Run, Billing::Nothing, message)
    }

    /// The provider's own filter, or the model itself, refused; it was billed.
    pub(super) fn refused(message: String) -> Self {
        Self::new(Reach::Unit, Billing::Unknown, message)
    }

    /// A 200 that is no usable reply; it was billed.
    pub(super) fn unusable(message: String) -> Self {
        Self::new(Reach::Transient, Billing::Unknown, message)
    }

    /// A reply with an error status. `charges_violations` tells whether the server takes a fee for refused content.
    pub(super) fn status(status: u16, body: &str, retry_after: Option<Duration>, may_retry: bool, charges_violations: bool) -> Self {
        let (text, code) = words_of(body);
        let lower = text.to_lowercase();
        let has = |needles: &[&str]| needles.iter().any(|needle| lower.contains(needle));
        let is_overflow = has(&[
            "maximum prompt length",
            "maximum context length",
            "prompt is too long",
            "context_length_exceeded",
            "exceed_context_size",
        ]);
        let is_safety = has(&["content violates", "safety_check", "content_filter"]);
        let mut billing = Billing::Nothing;
        let (reach, trouble) = match status {
            _ if has(&["incorrect api key", "invalid api key"]) => (Reach::Server, Some(Trouble::Key)),
            402 => (Reach::Run, Some(Trouble::Credit)),
            429 if is_money(&lower, &code, retry_after) => (Reach::Run, Some(Trouble::Credit)),
            _ if is_overflow => (Reach::Unit, None),
            403 if is_safety => {
                billing = if charges_violations { Billing::Fee(VIOLATION_FEE) } else { Billing::Nothing };
                (Reach::Unit, None)
            }
            401 | 403 => (Reach::Server, Some(Trouble::Key)),
            404 if has(&["model"]) => (Reach::Server, Some(Trouble::Model)),
            300..=399 | 404 | 405 | 501 | 505 | 525 | 526 => (Reach::Server, Some(Trouble::Address)),
            408 | 409 | 429 => (Reach::Transient, None),
            500.. if may_retry => {
                // A gateway that lost patience says nothing of what the server behind it has done.
                if matches!(status, 504 | 522 | 524) {
                    billing = Billing::Unknown;
                }
                (Reach::Transient, None)
            }
            _ => (Reach::Unit, None),
        };
        let reach = if reach == Reach::Transient && !may_retry { Reach::Unit } else { reach };
        let shown = if text.is_empty() { String::new() } else { format!(": {}", hide_ids(&text)) };
        Self { retry_after, trouble, ..Self::new(reach, billing, format!("the server answered {status}{shown}")) }
    }
}

/// Whether a 429 means that the account has no money. Providers write of billing in ordinary rate limits too, so their codes decide, and
/// the words of xAI, which has no code for it; who names a time to come back is not out of money.
fn is_money(lower: &str, code: &str, retry_after: Option<Duration>) -> bool {
    const CODES: &[&str] = &["insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_credits"];
    const WORDS: &[&str] = &["used all available credits", "monthly spending limit", "insufficient_quota", "insufficient credits"];
    let is_limit = code.contains("rate_limit") || code == "requests" || code == "tokens";
    CODES.contains(&code) || (retry_after.is_none() && !is_limit && WORDS.iter().any(|words| lower.contains(words)))
}

/// Finds the words and the code in an error body: xAI, OpenAI and proxies all wrap them in their own way.
fn words_of(body: &str) -> (String, String) {
    let mut code = String::new();
    let text = match serde_json::from_str::<Value>(body) {
        Ok(Value::String(text)) => text,
        Ok(json) => {
            let nested = json.pointer("/error/message").and_then(Value::as_str);
            let flat = ["error", "message", "detail"].iter().find_map(|key| json.get(key).and_then(Value::as_str));
            let codes = ["/error/code", "/code", "/error/type", "/error/status"];
            code = codes.iter().find_map(|key| json.pointer(key).and_then(Value::as_str)).unwrap_or("").to_lowercase();
            nested.or(flat).map_or_else(String::new, str::to_owned)
        }
        // A page of the network's edge says nothing that the status does not say.
        Err(_) if body.trim_start().starts_with('<') => String::new(),
        Err(_) => body.to_owned(),
    };
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_MESSAGE).collect();
    (clean.trim().to_owned(), code)
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
        check(400, r#"{"code":"invalid-argument","error":"Incorrect API key provided: xa***"}"#, Reach::Server);
        check(401, r#"{"code":"unauthenticated:no-credentials","error":"No credentials presented."}"#, Reach::Server);
        check(403, r#"{"code":"x","error":"You lack permission"}"#, Reach::Server);
        check(404, r#"{"code":"not-found","error":"The model X does not exist"}"#, Reach::Server);
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
        check(525, "<html>edge</html>", Reach::Server);
    }

    #[test]
    fn refused_content_has_its_fee_and_shows_no_ids() {
        let body = r#"{"code":"x","error":"Content violates usage guidelines. Team: 0f9d7a22-1111-2222-3333-444455556666, API key ID: 8a9d7a22-1111-2222-3333-444455556666, Model: grok, Failed check: SAFETY_CHECK_TYPE_CYBER"}"#;
        let error = check(403, body, Reach::Unit);
        assert_eq!(error.billing, Billing::Fee(VIOLATION_FEE));
        assert!(!error.message.contains("8a9d7a22") && error.message.contains("Failed check"), "{error}");
    }

    #[test]
    fn a_rate_limit_that_speaks_of_billing_is_a_rate_limit() {
        let openai = r#"{"error":{"message":"Rate limit reached for requests. Add a payment method under billing.","type":"requests","code":"rate_limit_exceeded"}}"#;
        check(429, openai, Reach::Transient);
        let gemini = r#"{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details. Please retry in 17s.","status":"RESOURCE_EXHAUSTED"}}"#;
        check(429, gemini, Reach::Transient);
        let empty = r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","code":"insufficient_quota"}}"#;
        check(429, empty, Reach::Run);
        let waits = AskError::status(429, r#"{"error":"insufficient credits in this minute"}"#, Some(Duration::from_secs(1)), true, true);
        assert_eq!(waits.reach, Reach::Transient);
    }

    #[test]
    fn what_the_user_can_mend_is_named() {
        assert_eq!(check(405, "", Reach::Server).trouble, Some(Trouble::Address));
        assert_eq!(check(307, "", Reach::Server).trouble, Some(Trouble::Address));
        assert_eq!(check(404, r#"{"error":"The model X does not exist"}"#, Reach::Server).trouble, Some(Trouble::Model));
        assert_eq!(check(401, "", Reach::Server).trouble, Some(Trouble::Key));
        assert_eq!(check(402, "", Reach::Run).trouble, Some(Trouble::Credit));
    }
}
