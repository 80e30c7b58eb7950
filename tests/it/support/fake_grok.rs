//! Owns a fake Grok server: plain TCP on the loopback, so that it can stall, reset and cut in the middle of a body.
//! Never judges a request; a test looks at what arrived.

mod wire;

use std::any::Any;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};

use wire::Message;

/// Longest wait for a socket.
const SOCKET_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest silence of a reply that stalls.
const SILENCE: Duration = Duration::from_secs(20);
/// A server that listens until it is dropped.
pub(crate) struct FakeGrok {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

/// What the connections and the owner both see.
#[derive(Default)]
struct Shared {
    is_stopped: AtomicBool,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    requests: Vec<Request>,
    n_in_flight: usize,
    most_in_flight: usize,
    /// The first panic of the test's own closure; raised again when the server is dropped.
    panic: Option<Box<dyn Any + Send>>,
}

/// One request as it arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// Order of arrival, from 0.
    pub index: usize,
    pub method: String,
    pub path: String,
    /// As sent, in the order sent.
    pub headers: Vec<(String, String)>,
    /// `Null` when there was none or when it did not parse.
    pub body: Value,
    /// The whole message, head and body.
    pub raw: Vec<u8>,
}

/// The two endpoints that answer questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `/v1/responses`.
    Responses,
    /// `/v1/chat/completions`.
    Chat,
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A 200 in the dialect of the request; see [`Reply::answer`].
    Answer(Answer),
    /// Any other status and body; see [`Reply::error`].
    Error(Failure),
    /// Head and this many bytes of a good answer, then silence until the client hangs up or 20 s pass.
    Stall(usize),
    /// Head and this many bytes of a good answer, then a reset of the connection.
    Reset(usize),
    /// Half of the promised bytes, then an orderly close.
    Truncated,
    /// A 200 whose body is not JSON.
    InvalidJson,
    /// Silence until the client hangs up or 20 s pass.
    NeverAnswer,
}

/// A good answer. The builder methods are on [`Reply`].
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    text: String,
    cached: usize,
    reasoning: usize,
    ticks: Ticks,
    has_usage: bool,
    usage: Option<(u64, u64)>,
    finish: String,
    served_model: Option<String>,
    extra: Extra,
}

#[derive(Clone, Copy, Debug)]
enum Ticks {
    Priced,
    Given(i64),
    Absent,
}

/// A refusal. The builder methods are on [`Reply`].
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    status: u16,
    body: String,
    extra: Extra,
}

#[derive(Clone, Debug, Default)]
struct Extra {
    headers: Vec<(String, String)>,
    delay: Duration,
}

impl FakeGrok {
    /// Binds a free port of 127.0.0.1; `reply` is called once for each request that parses.
    ///
    /// A panic in `reply` resets that connection and comes up again when the server is dropped.
    pub(crate) fn start(reply: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> FakeGrok {
        FakeGrok::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), reply)
    }

    /// The same at an address of the loopback that was free a moment ago.
    pub(crate) fn start_at(address: SocketAddr, reply: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> FakeGrok {
        let listener = TcpListener::bind(address).expect("the loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared::default());
        let for_acceptor = Arc::clone(&shared);
        let acceptor = thread::spawn(move || accept(&listener, &for_acceptor, &Arc::new(reply)));
        FakeGrok { address, shared, acceptor: Some(acceptor) }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Everything that arrived, in order of arrival.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.log().requests.clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.shared.log().requests.len()
    }

    /// The largest number of requests that waited for their reply at the same time.
    ///
    /// A request counts from its last byte until its reply starts, or until its silence ends.
    pub(crate) fn most_in_flight(&self) -> usize {
        self.shared.log().most_in_flight
    }
}

impl Drop for FakeGrok {
    fn drop(&mut self) {
        self.shared.is_stopped.store(true, Ordering::SeqCst);
        // Wakes the acceptor. When it fails the acceptor has gone already.
        drop(TcpStream::connect(self.address));
        if let Some(acceptor) = self.acceptor.take() {
            acceptor.join().expect("the acceptor does not panic");
        }
        let panic = self.shared.log().panic.take();
        if let Some(panic) = panic
            && !thread::panicking()
        {
            panic::resume_unwind(panic);
        }
    }
}

impl Shared {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().expect("nothing panics while it holds the log")
    }
}

impl Request {
    /// Which endpoint was asked.
    pub(crate) fn dialect(&self) -> Dialect {
        self.known_dialect().expect("the path is one of the two that answer questions")
    }

    /// The model asked for, or the empty string.
    pub(crate) fn model(&self) -> &str {
        self.body["model"].as_str().unwrap_or("")
    }

    /// The system text: `instructions`, and the text of messages from `system` and `developer`.
    pub(crate) fn instructions(&self) -> String {
        let own = self.body["instructions"].as_str().map(str::to_owned);
        own.into_iter().chain(self.texts(|role| matches!(role, "system" | "developer"))).collect::<Vec<_>>().join("\n")
    }

    /// The user's text: a plain `input`, or the text of messages from `user`.
    pub(crate) fn content(&self) -> String {
        match &self.body["input"] {
            Value::String(text) => text.clone(),
            _ => self.texts(|role| role == "user").join("\n"),
        }
    }

    /// The schema of the answer, when one was asked for.
    pub(crate) fn schema(&self) -> Option<&Value> {
        self.body.pointer("/text/format/schema").or_else(|| self.body.pointer("/response_format/json_schema/schema"))
    }

    /// The first header of that name, in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn known_dialect(&self) -> Option<Dialect> {
        match self.path.as_str() {
            "/v1/responses" => Some(Dialect::Responses),
            "/v1/chat/completions" => Some(Dialect::Chat),
            _ => None,
        }
    }

    /// Texts of the messages whose role is wanted.
    fn texts(&self, is_wanted: fn(&str) -> bool) -> Vec<String> {
        let messages = [&self.body["input"], &self.body["messages"]].into_iter().filter_map(Value::as_array).flatten();
        messages.filter(|message| message["role"].as_str().is_some_and(is_wanted)).map(text_of).collect()
    }
}

/// The content of a message: a string, or the `text` of its parts.
fn text_of(message: &Value) -> String {
    match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    }
}

impl Reply {
    /// A 200 whose output text is `text`, with usage at the prices of grok-4.3.
    ///
    /// Input tokens are the bytes of the request over 4, output tokens the bytes of the text over 4.
    pub(crate) fn answer(text: impl Into<String>) -> Reply {
        Reply::Answer(Answer {
            text: text.into(),
            cached: 0,
            reasoning: 0,
            ticks: Ticks::Priced,
            has_usage: true,
            usage: None,
            finish: "stop".into(),
            served_model: None,
            extra: Extra::default(),
        })
    }

    pub(crate) fn findings(findings: &Value) -> Reply {
        Reply::answer(findings.to_string())
    }

    pub(crate) fn error(status: u16, body: impl Into<String>) -> Reply {
        Reply::Error(Failure { status, body: body.into(), extra: Extra::default() })
    }

    /// So many of the input tokens came from the cache.
    pub(crate) fn cached(self, n_tokens: usize) -> Reply {
        self.edit(|answer| answer.cached = n_tokens)
    }

    /// So many tokens were spent on reasoning, beside those of the text.
    pub(crate) fn reasoning(self, n_tokens: usize) -> Reply {
        self.edit(|answer| answer.reasoning = n_tokens)
    }

    /// The reported cost instead of the true one; `None` leaves the field out.
    pub(crate) fn ticks(self, ticks: Option<i64>) -> Reply {
        self.edit(|answer| answer.ticks = ticks.map_or(Ticks::Absent, Ticks::Given))
    }

    /// Says that it used so many tokens, whatever it did.
    pub(crate) fn usage(self, input: u64, output: u64) -> Reply {
        self.edit(|answer| answer.usage = Some((input, output)))
    }

    pub(crate) fn no_usage(self) -> Reply {
        self.edit(|answer| answer.has_usage = false)
    }

    /// Why the answer ended: `stop`, `length`, `content_filter` or any other text.
    pub(crate) fn finish(self, reason: &str) -> Reply {
        self.edit(|answer| answer.finish = reason.into())
    }

    /// The model that the answer claims to come from, instead of the one asked for.
    pub(crate) fn served_model(self, name: &str) -> Reply {
        self.edit(|answer| answer.served_model = Some(name.into()))
    }

    /// Waits before the reply starts, 30 s at most; for answers and errors.
    pub(crate) fn delay(mut self, delay: Duration) -> Reply {
        self.extra().delay = delay.min(SOCKET_TIMEOUT);
        self
    }

    /// One more header; for answers and errors.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Reply {
        self.extra().headers.push((name.into(), value.into()));
        self
    }

    /// A `retry-after` header: seconds, or a date.
    pub(crate) fn retry_after(self, text: &str) -> Reply {
        self.header("retry-after", text)
    }

    fn edit(mut self, change: impl FnOnce(&mut Answer)) -> Reply {
        match &mut self {
            Reply::Answer(answer) => change(answer),
            other => panic!("{other:?} is not an answer"),
        }
        self
    }

    fn extra(&mut self) -> &mut Extra {
        match self {
            Reply::Answer(answer) => &mut answer.extra,
            Reply::Error(failure) => &mut failure.extra,
            other => panic!("{other:?} is neither an answer nor an error"),
        }
    }
}

/// 400, as xAI answers an unknown key.
pub(crate) fn bad_key() -> Reply {
    let error = "Incorrect API key provided: xa***ey. You can obtain an API key from https://console.x.ai.";
    refusal(400, "Client specified an invalid argument", error)
}

/// 401, as xAI answers a request without a key.
pub(crate) fn no_credentials() -> Reply {
    refusal(401, "unauthenticated:no-credentials", "No credentials presented.")
}

/// 403, as xAI answers a prompt that its safety check refuses.
pub(crate) fn safety() -> Reply {
    let error = "Content violates usage guidelines. Team: 00000000-fake, API key ID: 00000000-fake, Model: grok-4.3, \
                 Failed check: SAFETY_CHECK_TYPE_CYBER";
    refusal(403, "The caller does not have permission to execute the specified operation", error)
}

/// 404, as xAI answers an unknown model.
pub(crate) fn no_model() -> Reply {
    let error = "The model grok-0 does not exist or your team 00000000-fake does not have access to it.";
    refusal(404, "not-found", error)
}

/// 429 for haste: it is worth waiting.
pub(crate) fn rate_limited() -> Reply {
    let error = "Too many tokens for team 00000000-fake and model grok-4.3. Your team is limited. \
                 Tokens per Minute (actual/limit): 65605/16000";
    refusal(429, "resource-exhausted", error)
}

/// 429 for money: waiting does not help.
pub(crate) fn out_of_credits() -> Reply {
    let error = "Your team 00000000-fake has either used all available credits or reached its monthly spending limit. \
                 To continue making API requests, please purchase more credits or raise your spending limit.";
    refusal(429, "resource-exhausted", error)
}

/// 503, as xAI answers when it is down.
pub(crate) fn unavailable() -> Reply {
    refusal(503, "The service is currently unavailable", "Service temporarily unavailable.")
}

/// 520 with a page of the proxy before xAI.
pub(crate) fn edge_html() -> Reply {
    let page = "<!DOCTYPE html>\n<html><head><title>api.x.ai | 520: Web server is returning an unknown error</title>\
                </head><body><h1>Error 520</h1></body></html>\n";
    Reply::error(520, page)
}

/// 400, as xAI answers a prompt that does not fit into the model.
pub(crate) fn context_overflow() -> Reply {
    let error = "This model's maximum prompt length is 256000 but the request contains 300123 tokens.";
    refusal(400, "Client specified an invalid argument", error)
}

fn refusal(status: u16, code: &str, error: &str) -> Reply {
    Reply::error(status, json!({ "code": code, "error": error }).to_string())
}

/// Takes connections until the owner stops it, then hangs up on all of them.
fn accept(listener: &TcpListener, shared: &Arc<Shared>, reply: &Arc<impl Fn(&Request) -> Reply + Send + Sync + 'static>) {
    // Weak: a connection closes when its own thread lets go of it, not when the server stops.
    let mut connections: Vec<(Weak<TcpStream>, JoinHandle<()>)> = Vec::new();
    for stream in listener.incoming() {
        if shared.is_stopped.load(Ordering::SeqCst) {
            break;
        }
        let Ok(stream) = stream.map(Arc::new) else { continue };
        connections.retain(|(_, thread)| !thread.is_finished());
        let (weak, shared, reply) = (Arc::downgrade(&stream), Arc::clone(shared), Arc::clone(reply));
        // An error means that the client went away, and a test may want just that.
        connections.push((weak, thread::spawn(move || drop(serve(&stream, &shared, &*reply)))));
    }
    for stream in connections.iter().filter_map(|(weak, _)| weak.upgrade()) {
        drop(stream.shutdown(Shutdown::Both));
    }
    for (_, thread) in connections {
        thread.join().expect("a connection catches the panics of the test");
    }
}

/// Answers the requests of one connection until either side closes it.
fn serve(mut stream: &TcpStream, shared: &Shared, reply: &impl Fn(&Request) -> Reply) -> io::Result<()> {
    stream.set_read_timeout(Some(SOCKET_TIMEOUT))?;
    stream.set_write_timeout(Some(SOCKET_TIMEOUT))?;
    stream.set_nodelay(true)?;
    while let Some((mut request, is_good)) = wire::receive(stream)? {
        let flight = shared.enter(&mut request);
        let reply = match is_good {
            true => shared.ask(reply, &request),
            false => Some(refusal(400, "invalid-argument", "This is not a request.").header("connection", "close")),
        };
        let Some(reply) = reply else { return Ok(()) };
        let message = Message::new(&reply, &request);
        // A close with an unread byte is a reset; std has no other way to ask for one.
        if !matches!(reply, Reply::Reset(_)) {
            stream.read_exact(&mut [0])?;
        }
        match reply {
            Reply::Answer(Answer { extra, .. }) | Reply::Error(Failure { extra, .. }) => {
                wire::wait(stream, extra.delay)?;
                drop(flight);
                stream.write_all(&message.bytes)?;
                if !is_good {
                    return Ok(());
                }
            }
            Reply::Stall(after_bytes) => {
                stream.write_all(message.cut(after_bytes))?;
                return wire::wait(stream, SILENCE);
            }
            Reply::NeverAnswer => return wire::wait(stream, SILENCE),
            Reply::Reset(after_bytes) => {
                drop(flight);
                return stream.write_all(message.cut(after_bytes));
            }
            Reply::Truncated => {
                drop(flight);
                return stream.write_all(message.cut(message.n_body / 2));
            }
            Reply::InvalidJson => {
                drop(flight);
                stream.write_all(&message.bytes)?;
            }
        }
    }
    Ok(())
}

/// Counts a request as in flight while it lives.
struct Flight<'a>(&'a Shared);

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.log().n_in_flight -= 1;
    }
}

impl Shared {
    /// Gives the request its number and writes it down.
    fn enter(&self, request: &mut Request) -> Flight<'_> {
        let mut log = self.log();
        request.index = log.requests.len();
        log.requests.push(request.clone());
        log.n_in_flight += 1;
        log.most_in_flight = log.most_in_flight.max(log.n_in_flight);
        Flight(self)
    }

    /// Calls the test; `None` when it panicked.
    fn ask(&self, reply: &impl Fn(&Request) -> Reply, request: &Request) -> Option<Reply> {
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| reply(request)));
        match outcome {
            Ok(reply) => Some(reply),
            Err(panic) => {
                self.log().panic.get_or_insert(panic);
                None
            }
        }
    }
}
