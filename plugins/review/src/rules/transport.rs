//! The rules on connections: certificates, versions of the protocol, cookies, origins, addresses to listen on. Most of what they look for
//! stands in the tables `transport` and `web`.

use crate::around::in_code;
use crate::rule::{Finder, Rule, Severity, table};
use crate::source::Source;

/// Managers and verifiers of certificates that accept everything.
const ACCEPTS_ALL: Finder = Finder::Text {
    languages: &["java", "kotlin"],
    pattern: r#"(?x)(
  (?:void|fun)\x20checkServerTrusted\([^)]*\)[^{;=]*\{(?:\s*//[^\n]*)*\s*\}
  | [hH]ostnameVerifier\s*[({]\s*\(?\s*\w+,\s*\w+\s*\)?\s*->\s*true
  | boolean\x20verify\((?:final\x20)?String\x20\w+,\s*(?:final\x20)?SSLSession\x20\w+\)\s*\{\s*return\x20true)"#,
    message: "any certificate is accepted, so anybody on the way can read and change what is sent",
    accept: |found, at, source| in_code(found, at, source) && !says_insecure(at, source),
};

/// Whether a comment beside or above says why the other side is not checked.
pub(super) fn is_explained(at: usize, source: &Source<'_>) -> bool {
    const REASONS: &[&str] = &["self-signed", "self signed", "local server", "on purpose", "by design", "intentional", "deliberate"];
    let is_comment = |line: &str| ["//", "/*", "* ", "#"].iter().any(|mark| line.contains(mark));
    let mut lines = [source.line_at(at)].into_iter().chain(source.lines_above(at, 3));
    lines.any(|line| is_comment(line) && REASONS.iter().any(|reason| line.to_lowercase().contains(reason)))
}

/// Farthest look to either side for the other end of a connection, in bytes.
const REACH: usize = 10_000;

/// Whether the test around starts the other side itself, or speaks to this machine: nobody else is there to see or to change anything.
pub(super) fn speaks_with_itself(at: usize, source: &Source<'_>) -> bool {
    const OWN: &[&str] =
        &["//localhost", "\"localhost", "'localhost", "127.0.0.1", "[::1]", "createServer(", "NewServer(", "NewTLSServer(", "TestServer("];
    let test = source.functions_around(at).last().map_or(0..source.text.len(), |function| function.span.range());
    let start = source.text.ceil_char_boundary(test.start.max(at.saturating_sub(REACH)));
    let end = source.text.floor_char_boundary(test.end.min(at + REACH));
    let around = source.text.get(start..end).unwrap_or("");
    OWN.iter().any(|mark| around.contains(mark))
}

/// Whether a function around says by its name that it does without a check.
fn says_insecure(at: usize, source: &Source<'_>) -> bool {
    let mut names = source.functions_around(at).map(|function| function.name.to_lowercase());
    names.any(|name| ["insecure", "trustall", "unsafe"].iter().any(|word| name.contains(word)))
}

pub(super) const RULES: &[Rule] = &[
    table(
        "tls-verification-disabled",
        Severity::High,
        90,
        "The certificate or host name of the other side is not checked.",
        "Leave verification on; add a private authority to the trust store instead.",
        &[Finder::Table { message: "any certificate is accepted, so anybody on the way can read and change what is sent" }, ACCEPTS_ALL],
    ),
    table(
        "weak-tls-version",
        Severity::Medium,
        85,
        "A connection may fall back to SSL or to TLS before 1.2.",
        "Ask for TLS 1.2 at least, or leave the choice to the library.",
        &[Finder::Table { message: "this version of the protocol is broken" }],
    ),
    table(
        "ssh-host-key",
        Severity::High,
        85,
        "The key of an SSH server is not checked.",
        "Check the key against a list of known hosts.",
        &[Finder::Table { message: "any server is accepted, so anybody on the way can read and change what is sent" }],
    ),
    table(
        "cleartext-transport",
        Severity::Low,
        65,
        "Data is sent over the network without encryption.",
        "Use the encrypted form of the protocol.",
        &[Finder::Table { message: "`{path}` sends in clear text, so anybody on the way can read and change it" }],
    ),
    table(
        "insecure-cookie",
        Severity::Medium,
        75,
        "A cookie's protection is switched off.",
        "Set both `Secure` and `HttpOnly`; take the value from the configuration when development needs another.",
        &[Finder::Table { message: "a script in the page, or anybody on the network, can read this cookie" }],
    ),
    table(
        "cors-wildcard",
        Severity::High,
        85,
        "Every web site may call this server with the user's cookies.",
        "List the origins that may call, or do without credentials.",
        &[Finder::Table { message: "any site may call this server with the cookies of whoever visits it" }],
    ),
    table(
        "csrf-disabled",
        Severity::Medium,
        75,
        "The protection against requests that other sites forge is switched off.",
        "Leave it on, and exempt only what authenticates every request by itself.",
        &[Finder::Table { message: "other sites can make the browser of a user send this request" }],
    ),
    table(
        "post-message",
        Severity::Low,
        65,
        "A message goes to a window of any origin.",
        "Name the origin that the message is for.",
        &[Finder::Table { message: "whatever page is in that window gets this message" }],
    ),
    table(
        "websocket-origin",
        Severity::Medium,
        75,
        "A WebSocket server accepts connections from pages of any origin.",
        "Compare the origin with a list.",
        &[Finder::Table { message: "any site can open this connection with the cookies of whoever visits it" }],
    ),
    table(
        "bind-all-interfaces",
        Severity::Low,
        60,
        "A server listens on every network interface.",
        "Listen on `127.0.0.1` by default and take the address from the configuration.",
        &[Finder::Table { message: "whoever reaches any interface of this machine reaches this server" }],
    ),
    table(
        "debug-mode-enabled",
        Severity::Medium,
        80,
        "A debugging aid is switched on in the program text.",
        "Read the switch from the environment and leave it off by default.",
        &[Finder::Table { message: "the debugging aid shows the program's inside to whoever asks" }],
    ),
];
