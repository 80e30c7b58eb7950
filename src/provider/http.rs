//! Owns the HTTP client and one try of a request. Never retries.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::prices::{cost, price};
use super::wait::retry_after;
use super::{AskError, BoxFuture, ChatModel, Identity, Prompt, Reply, body, reserve_tokens};
use crate::config::{ModelSettings, ProviderSettings, is_xai};
use crate::types::{Ticks, Usage};

/// Largest reply that is read, in bytes.
const MAX_REPLY_BYTES: usize = 32 << 20;

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The file with certificate authorities cannot be read.
    #[error("cannot read certificates from `{path}`: {reason}")]
    Certificates {
        /// The file that `provider.ca-file` names.
        path: String,
        /// What is wrong with the file, in one line.
        reason: String,
    },
    /// A key would cross the network in the clear.
    #[error("the key is not sent to `{url}` without encryption")]
    Plaintext {
        /// The value of `provider.base-url`.
        url: String,
    },
    /// The client refuses its settings.
    #[error("cannot make the HTTP client: {reason}")]
    Client {
        /// What the library for HTTP or TLS reported.
        reason: String,
    },
}

/// A server that speaks one of the two dialects.
pub struct HttpModel {
    /// Made for the first request: a run whose answers are all kept needs none.
    client: OnceLock<Result<reqwest::Client, String>>,
    settings: ProviderSettings,
    url: String,
    key: Option<String>,
    identity: Identity,
    /// Whether a reply came, so that connections may be kept which the server closes at any moment.
    has_connected: AtomicBool,
}

/// A request that dies this soon on a kept connection was never read: no answer is made and billed in so short a time.
const STALE: Duration = Duration::from_millis(250);

/// Whether a URL points to this machine.
pub fn is_loopback(url: &str) -> bool {
    // Parsers disagree on what is the host of such a URL.
    if url.contains(['\\', '@']) {
        return false;
    }
    let host = url.split_once("://").map_or(url, |(_, rest)| rest).split(['/', '?']).next().unwrap_or("");
    let name =
        if let Some(inner) = host.strip_prefix('[') { inner.split(']').next().unwrap_or("") } else { host.split(':').next().unwrap_or("") };
    let is_local_ip = |ip: std::net::IpAddr| ip.is_loopback();
    name == "localhost" || name.parse().is_ok_and(is_local_ip)
}

impl HttpModel {
    /// Prepares for a server; nothing is opened or read yet. `key` is `None` for a server that needs none.
    ///
    /// # Errors
    /// A key that would be sent in the clear to another machine, or a file without certificates.
    pub fn new(provider: &ProviderSettings, model: &ModelSettings, key: Option<String>) -> Result<Self, ProviderError> {
        if key.is_some() && provider.base_url.starts_with("http://") && !is_loopback(&provider.base_url) {
            return Err(ProviderError::Plaintext { url: provider.base_url.clone() });
        }
        // Read again when the client is made; here so that the mistake is told before anything is done.
        authorities(&provider.ca_file)?;
        let identity = Identity {
            endpoint: provider.base_url.clone(),
            dialect: provider.dialect,
            model: model.name.clone(),
            reasoning_effort: model.reasoning_effort.clone(),
            max_output_tokens: model.max_output_tokens,
        };
        let url = format!("{}{}", provider.base_url, body::path(provider.dialect));
        Ok(Self { client: OnceLock::new(), settings: provider.clone(), url, key, identity, has_connected: AtomicBool::new(false) })
    }

    async fn send(&self, prompt: &Prompt) -> Result<Reply, AskError> {
        let bytes = serde_json::to_vec(&body::request(&self.identity, prompt)).expect("a JSON value has a text form");
        let client = self.client.get_or_init(|| client(&self.settings).map_err(|error| error.to_string()));
        let client = client.as_ref().map_err(|reason| AskError::setup(reason.clone()))?;
        let mut request = client.post(&self.url).header("content-type", "application/json").body(bytes);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let (may_be_stale, start) = (self.has_connected.load(Ordering::Relaxed), Instant::now());
        let sent = request.send().await;
        let mut response = sent.map_err(|error| self.network_error(&error, may_be_stale && start.elapsed() < STALE))?;
        self.has_connected.store(true, Ordering::Relaxed);
        let status = response.status().as_u16();
        let wait = retry_after(response.headers(), status == 429);
        let may_retry = response.headers().get("x-should-retry").is_none_or(|value| value.as_bytes() != b"false");
        let idle = Duration::from_secs(self.settings.idle_timeout_s);
        let mut bytes = Vec::new();
        loop {
            // The wait for the first byte is bounded by the time of the whole try; this bounds the silence after it.
            match tokio::time::timeout(idle, response.chunk()).await {
                Ok(Ok(Some(chunk))) => bytes.extend_from_slice(&chunk),
                Ok(Ok(None)) => break,
                _ if status != 200 => break,
                Ok(Err(error)) => return Err(self.network_error(&error, false)),
                Err(_) => {
                    let silence = format!("{} fell silent for {} s within an answer", self.server(), self.settings.idle_timeout_s);
                    return Err(AskError::broken(format!("{silence} (`provider.idle-timeout`)")));
                }
            }
            if bytes.len() > MAX_REPLY_BYTES {
                return Err(AskError::unusable(format!("the reply is larger than {} MiB", MAX_REPLY_BYTES >> 20)));
            }
        }
        if status != 200 {
            let is_xai = is_xai(&self.identity.endpoint);
            let mut error = AskError::status(status, &String::from_utf8_lossy(&bytes), wait, may_retry, is_xai);
            if status == 401 || error.message.to_lowercase().contains("api key") {
                error.message.push_str(&match (&self.key, self.settings.key_variable.as_str()) {
                    (Some(_), variable) => format!(" (the key in `{variable}`)"),
                    (None, "") => " (no key was sent: `provider.key-variable` names none)".to_owned(),
                    (None, variable) => format!(" (no key is set in `{variable}`)"),
                });
            }
            return Err(error);
        }
        body::reply(&self.identity, &bytes)
    }

    /// The server as messages name it: a password in its URL is nobody's business.
    fn server(&self) -> String {
        match self.identity.endpoint.split_once("://") {
            Some((scheme, rest)) => {
                let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                format!("{scheme}://{}{path}", host.rsplit('@').next().unwrap_or(host))
            }
            None => self.identity.endpoint.clone(),
        }
    }

    fn network_error(&self, error: &reqwest::Error, is_stale: bool) -> AskError {
        let mut cause: &dyn std::error::Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        let server = self.server();
        if error.is_timeout() && !error.is_connect() {
            let limit = self.settings.timeout_s;
            AskError::broken(format!("{server} did not answer within {limit} s (`provider.timeout`)"))
        } else if error.is_connect() && cause.to_string().contains("certificate") {
            AskError::certificate(format!("the certificate of {server} is not trusted: {cause}"))
        } else if error.is_connect() {
            // Only a connection that never came about is certain to have carried nothing.
            AskError::unreachable(format!("cannot reach {server}: {cause}"))
        } else if is_stale {
            AskError::stale(format!("the connection to {server} was closed: {cause}"))
        } else {
            AskError::broken(format!("the connection to {server} broke: {cause}"))
        }
    }
}

impl ChatModel for HttpModel {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn reserve(&self, prompt: &Prompt) -> Usage {
        let text = [prompt.instructions.as_str(), &prompt.schema, &prompt.content].concat();
        let input_tokens = reserve_tokens(&text);
        let output_tokens = u64::from(self.identity.max_output_tokens);
        let cost = price(&self.identity.model).map_or(Ticks(0), |price| cost(price, input_tokens, 0, output_tokens));
        Usage { requests: 1, input_tokens, cached_tokens: 0, output_tokens, cost }
    }

    fn is_priced(&self) -> bool {
        price(&self.identity.model).is_some()
    }

    fn ask<'a>(&'a self, prompt: &'a Prompt) -> BoxFuture<'a, Result<Reply, AskError>> {
        Box::pin(self.send(prompt))
    }
}

impl std::fmt::Debug for HttpModel {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HttpModel({} at {})", self.identity.model, self.url)
    }
}

fn client(settings: &ProviderSettings) -> Result<reqwest::Client, ProviderError> {
    let mut builder = reqwest::Client::builder();
    // A proxy is another machine: what is meant for this one would leave it, in the clear.
    if is_loopback(&settings.base_url) {
        builder = builder.no_proxy();
    }
    builder
        .tls_backend_preconfigured(tls(&settings.ca_file)?)
        .connect_timeout(Duration::from_secs(settings.connect_timeout_s))
        .timeout(Duration::from_secs(settings.timeout_s))
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("devflow/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| ProviderError::Client { reason: error.to_string() })
}

/// A client for fetching a file: a few redirects are followed, which asking a model never does.
pub(super) fn plain_client() -> Result<reqwest::Client, ProviderError> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls("")?)
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_secs(120))
        .redirect(reqwest::redirect::Policy::limited(5))
        .user_agent(concat!("devflow/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| ProviderError::Client { reason: error.to_string() })
}

/// The certificates of a file; none for no file.
fn authorities(ca_file: &str) -> Result<Vec<CertificateDer<'static>>, ProviderError> {
    if ca_file.is_empty() {
        return Ok(Vec::new());
    }
    let fail = |reason: String| ProviderError::Certificates { path: ca_file.to_owned(), reason };
    let certificates = CertificateDer::pem_file_iter(ca_file).map_err(|error| fail(error.to_string()))?;
    let certificates = certificates.collect::<Result<Vec<_>, _>>().map_err(|error| fail(error.to_string()))?;
    if certificates.is_empty() { Err(fail("there is no certificate in it".to_owned())) } else { Ok(certificates) }
}

fn tls(ca_file: &str) -> Result<rustls::ClientConfig, ProviderError> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in authorities(ca_file)? {
        let fail = |error: rustls::Error| ProviderError::Certificates { path: ca_file.to_owned(), reason: error.to_string() };
        roots.add(certificate).map_err(fail)?;
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| ProviderError::Client { reason: error.to_string() })?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    // The client offers nothing by itself when it is handed a configuration, and would speak HTTP/1.1 with everybody.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known() {
        for url in ["http://localhost:11434/v1", "http://127.0.0.1:8080", "http://[::1]:1/v1"] {
            assert!(is_loopback(url), "{url}");
        }
        for url in
            ["https://api.x.ai/v1", "http://localhost.example.org/", "http://127.0.0.1@evil.example/", "http://evil.example\\@127.0.0.1/"]
        {
            assert!(!is_loopback(url), "{url}");
        }
    }
}
