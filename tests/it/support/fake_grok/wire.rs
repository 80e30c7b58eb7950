//! Owns the bytes of the fake Grok server: reads requests, writes replies in the two dialects. Never decides what to reply.

use std::io::{self, Read};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Answer, Dialect, Extra, Reply, Request, SOCKET_TIMEOUT, Ticks, refusal};

/// Answers carry a fixed date, 2026-11-01, so that snapshots stay the same.
const CREATED_S: u64 = 1_793_491_200;
/// Prices of grok-4.3 in ticks (1e-10 USD) for a token: input, cached input, output.
///
/// Source: the table of prices in `src/provider/prices.json`. A prompt of 200 000 tokens or more doubles all of them.
const TICKS_PER_TOKEN: [i64; 3] = [12_500, 2_000, 25_000];
/// Limits of grok-4.3 in the lowest tier: requests and tokens a minute.
const LIMITS: [usize; 2] = [1_776, 10_000_000];

/// Reads one message, but leaves its last byte in the socket. `None` when the client closed; `false` when it is no request.
pub(super) fn receive(mut stream: &TcpStream) -> io::Result<Option<(Request, bool)>> {
    let mut raw = Vec::new();
    let mut chunk = vec![0; 1 << 16];
    loop {
        let n_new = stream.peek(&mut chunk)?;
        if n_new == 0 {
            return Ok(None);
        }
        let n_before = raw.len();
        raw.extend_from_slice(&chunk[..n_new]);
        let (mut request, is_good) = match parse(&raw) {
            Ok(Some((request, n_bytes, is_good))) => {
                raw.truncate(n_bytes);
                (request, is_good)
            }
            Ok(None) => {
                stream.read_exact(&mut chunk[..n_new])?;
                continue;
            }
            Err(Malformed) => (Request::default(), false),
        };
        stream.read_exact(&mut chunk[..raw.len() - n_before - 1])?;
        request.raw = raw;
        return Ok(Some((request, is_good)));
    }
}

/// Waits for so long, or until the client hangs up.
pub(super) fn wait(stream: &TcpStream, time: Duration) -> io::Result<()> {
    if time.is_zero() {
        return Ok(());
    }
    stream.set_read_timeout(Some(time))?;
    // Nothing is expected to come: what ends the wait is the timeout or the end of the stream.
    drop(stream.peek(&mut [0]));
    stream.set_read_timeout(Some(SOCKET_TIMEOUT))
}

/// The bytes are no HTTP message; nobody knows where the next one starts.
struct Malformed;

/// The request at the start of `raw`, its length and whether its body is JSON; `None` while bytes are missing.
fn parse(raw: &[u8]) -> Result<Option<(Request, usize, bool)>, Malformed> {
    let Some(n_head) = raw.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return Ok(None) };
    let head = str::from_utf8(&raw[..n_head]).map_err(|_| Malformed)?;
    let mut lines = head.split("\r\n");
    let first: Vec<&str> = lines.next().unwrap_or("").split(' ').collect();
    let [method, path, "HTTP/1.1" | "HTTP/1.0"] = first[..] else { return Err(Malformed) };
    let mut request = Request { method: method.into(), path: path.into(), ..Request::default() };
    for line in lines {
        let (name, value) = line.split_once(':').ok_or(Malformed)?;
        request.headers.push((name.into(), value.trim().into()));
    }
    let rest = &raw[n_head + 4..];
    let framed = match request.header("transfer-encoding") {
        Some(coding) if coding.eq_ignore_ascii_case("chunked") => dechunk(rest)?,
        Some(_) => return Err(Malformed),
        None => {
            let n_body = request.header("content-length").unwrap_or("0").parse().map_err(|_| Malformed)?;
            rest.get(..n_body).map(|body| (body.to_vec(), n_body))
        }
    };
    let Some((body, n_body)) = framed else { return Ok(None) };
    let parsed = serde_json::from_slice(&body);
    let is_good = parsed.is_ok() || (body.is_empty() && method == "GET");
    request.body = parsed.unwrap_or(Value::Null);
    Ok(Some((request, n_head + 4 + n_body, is_good)))
}

/// The body that comes in chunks and its length on the wire; `None` while bytes are missing. Trailers are not read.
fn dechunk(raw: &[u8]) -> Result<Option<(Vec<u8>, usize)>, Malformed> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let Some(n_line) = raw[at..].windows(2).position(|bytes| bytes == b"\r\n") else { return Ok(None) };
        let line = str::from_utf8(&raw[at..at + n_line]).map_err(|_| Malformed)?;
        let size = line.split(';').next().unwrap_or("").trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| Malformed)?;
        at += n_line + 2;
        let Some(chunk) = raw.get(at..at + size + 2) else { return Ok(None) };
        if !chunk.ends_with(b"\r\n") {
            return Err(Malformed);
        }
        body.extend_from_slice(&chunk[..size]);
        at += size + 2;
        if size == 0 {
            return Ok(Some((body, at)));
        }
    }
}

/// A reply as bytes.
pub(super) struct Message {
    pub(super) bytes: Vec<u8>,
    /// The last so many of them are the body.
    pub(super) n_body: usize,
}

impl Message {
    pub(super) fn new(reply: &Reply, request: &Request) -> Message {
        match (reply, request.known_dialect()) {
            (Reply::Error(failure), _) => Message::pack(failure.status, &failure.body, &failure.extra, request),
            (Reply::InvalidJson, _) => Message::pack(200, "{\"id\": \"this is not", &Extra::default(), request),
            (Reply::Answer(answer), Some(dialect)) => answer.message(dialect, request),
            (_, Some(_)) => Message::new(&Reply::answer("{\"findings\":[]}"), request),
            (_, None) => Message::new(&refusal(404, "not-found", "There is no such endpoint."), request),
        }
    }

    fn pack(status: u16, body: &str, extra: &Extra, request: &Request) -> Message {
        let kind = match serde_json::from_str::<Value>(body) {
            _ if status == 200 => "application/json",
            Ok(_) => "application/json",
            Err(_) if body.starts_with('<') => "text/html; charset=UTF-8",
            Err(_) => "text/plain; charset=utf-8",
        };
        let more: String = extra.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let (id, n_body) = (id(request), body.len());
        let head = format!("content-type: {kind}\r\ncontent-length: {n_body}\r\nx-request-id: {id}\r\n{more}");
        Message { bytes: format!("HTTP/1.1 {status} \r\n{head}\r\n{body}").into_bytes(), n_body }
    }

    /// The head and so much of the body, but never all of it.
    pub(super) fn cut(&self, n_body: usize) -> &[u8] {
        let n_missing = self.n_body.saturating_sub(n_body).max(1);
        &self.bytes[..self.bytes.len() - n_missing]
    }
}

fn id(request: &Request) -> String {
    format!("00000000-0000-4000-8000-{:012}", request.index)
}

impl Answer {
    fn message(&self, dialect: Dialect, request: &Request) -> Message {
        let mut body = match dialect {
            Dialect::Responses => self.responses_body(request),
            Dialect::Chat => self.chat_body(request),
        };
        let mut extra = self.extra.clone();
        if dialect == Dialect::Chat {
            let [n_requests, n_tokens] = LIMITS;
            let limits = [
                ("limit-requests", n_requests),
                ("remaining-requests", n_requests.saturating_sub(request.index + 1)),
                ("limit-tokens", n_tokens),
                ("remaining-tokens", n_tokens.saturating_sub(request.raw.len() / 4)),
            ];
            extra.headers.extend(limits.map(|(name, value)| (format!("x-ratelimit-{name}"), value.to_string())));
        }
        if self.has_usage {
            body["usage"] = match (self.usage, dialect) {
                (None, _) => self.counted_usage(dialect, request),
                (Some((input, output)), Dialect::Chat) => {
                    json!({ "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output })
                }
                (Some((input, output)), Dialect::Responses) => {
                    json!({ "input_tokens": input, "output_tokens": output, "total_tokens": input + output })
                }
            };
        }
        Message::pack(200, &body.to_string(), &extra, request)
    }

    fn responses_body(&self, request: &Request) -> Value {
        let reason = match self.finish.as_str() {
            "length" => Some("max_output_tokens"),
            "content_filter" => Some("content_filter"),
            _ => None,
        };
        let status = if reason.is_some() { "incomplete" } else { "completed" };
        let content = json!([{ "type": "output_text", "text": self.text, "annotations": [] }]);
        let output = json!([{ "type": "message", "role": "assistant", "status": status, "content": content }]);
        let model = self.served_model.as_deref().unwrap_or(request.model());
        let mut body = json!({
            "id": id(request), "object": "response", "created_at": CREATED_S, "model": model, "status": status,
            "output": output,
        });
        if let Some(reason) = reason {
            body["incomplete_details"] = json!({ "reason": reason });
        }
        body
    }

    fn chat_body(&self, request: &Request) -> Value {
        let message = json!({ "role": "assistant", "content": self.text, "refusal": null });
        let model = self.served_model.as_deref().unwrap_or(request.model());
        json!({
            "id": id(request), "object": "chat.completion", "created": CREATED_S, "model": model,
            "choices": [{ "index": 0, "message": message, "finish_reason": self.finish }],
            "system_fingerprint": "fp_fake", "service_tier": "default",
        })
    }

    /// Tokens and cost. On chat `completion_tokens` leaves reasoning out, while `total_tokens` has it.
    fn counted_usage(&self, dialect: Dialect, request: &Request) -> Value {
        let (n_input, n_text) = (request.raw.len() / 4, self.text.len() / 4);
        let n_cached = self.cached.min(n_input);
        let n_output = n_text + self.reasoning;
        let n_total = n_input + n_output;
        let reasoning = json!({ "reasoning_tokens": self.reasoning });
        let mut usage = match dialect {
            Dialect::Responses => json!({
                "input_tokens": n_input, "input_tokens_details": { "cached_tokens": n_cached },
                "output_tokens": n_output, "output_tokens_details": reasoning, "total_tokens": n_total,
            }),
            Dialect::Chat => json!({
                "prompt_tokens": n_input, "completion_tokens": n_text, "total_tokens": n_total,
                "prompt_tokens_details": { "text_tokens": n_input, "cached_tokens": n_cached },
                "completion_tokens_details": reasoning, "num_sources_used": 0,
            }),
        };
        let factor = if n_input < 200_000 { 1 } else { 2 };
        let counts = [n_input - n_cached, n_cached, n_output];
        let price: i64 = counts.into_iter().zip(TICKS_PER_TOKEN).map(|(n, ticks)| n as i64 * ticks * factor).sum();
        match self.ticks {
            Ticks::Priced => usage["cost_in_usd_ticks"] = json!(price),
            Ticks::Given(ticks) => usage["cost_in_usd_ticks"] = json!(ticks),
            Ticks::Absent => {}
        }
        usage
    }
}
