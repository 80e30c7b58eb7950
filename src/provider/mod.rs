//! Owns talking to a model over HTTP: one try at a time, its cost, its errors. Never retries.

mod body;
mod error;
mod fetch;
mod http;
mod object;
mod prices;
mod tokens;
mod wait;

use std::future::Future;
use std::pin::Pin;

pub use error::{AskError, Billing, MAX_RETRY_AFTER, Reach, Trouble};
pub use fetch::fetch;
pub use http::{HttpModel, ProviderError, is_loopback};
pub use prices::{PRICES_DATE, Price, cost, price};
pub use tokens::{likely_tokens, most_tokens, reserve_tokens};

use crate::config::Dialect;
use crate::types::Usage;

/// What is sent for one question. The parts stand in the order of the bytes: constant ones first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// The same for every unit of an operation.
    pub instructions: String,
    /// JSON Schema of the answer.
    pub schema: String,
    /// The fenced unit, without secrets.
    pub content: String,
}

impl Prompt {
    /// Length of its texts together.
    pub fn n_bytes(&self) -> usize {
        self.instructions.len() + self.schema.len() + self.content.len()
    }
}

/// Everything about a model that decides its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Base URL of the server, without a slash at the end.
    pub endpoint: String,
    /// How it is spoken to.
    pub dialect: Dialect,
    /// Name of the model, as the server knows it.
    pub model: String,
    /// Sent with every request.
    pub reasoning_effort: String,
    /// Longest answer, in tokens.
    pub max_output_tokens: u32,
}

/// A usable HTTP reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// What the model wrote.
    pub text: String,
    /// Whether the model stopped because the answer got too long.
    pub is_cut: bool,
    /// What it used; `None` when the server did not say.
    pub usage: Option<Usage>,
    /// The model that really answered.
    pub served_model: Option<String>,
}

/// A future that a trait object can give.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that answers prompts.
pub trait ChatModel: Send + Sync {
    /// What decides its answers.
    fn identity(&self) -> &Identity;

    /// What the prompt may use and cost at most: all of the input at full price and an answer of full length. Cost is 0 for a
    /// model whose price is not known.
    fn reserve(&self, prompt: &Prompt) -> Usage;

    /// Whether a price is known, so that a budget can bind.
    fn is_priced(&self) -> bool;

    /// Sends the prompt once.
    fn ask<'a>(&'a self, prompt: &'a Prompt) -> BoxFuture<'a, Result<Reply, AskError>>;
}
