//! The `review` analyzer: static rules, and a question for what rules cannot judge.
//!
//! The rules are data in [`rules`]; [`inspect`] applies them, [`question`] and [`conclude`] speak with the model. All of it is plain Rust
//! that runs natively in tests; only `export` is WASM.

mod around;
#[cfg(target_family = "wasm")]
mod export;
mod inspect;
mod literals;
mod question;
pub mod rule;
pub mod rules;
pub mod source;

pub use inspect::{Captures, Found, Hit, Host, Unit, inspect};
pub use question::{INSTRUCTIONS, KINDS, Quoted, SCHEMA, conclude, content};

/// The one operation so far: a file, or a chunk of one.
pub const OPERATION: &str = "file";
