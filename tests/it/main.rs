//! Tests through the binary and over the whole tree, in one program: each further test binary would link everything again.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests make and read files, and end at the first surprise")]

mod answers;
mod bad;
mod changes;
mod checkout;
mod cli;
mod conclusions;
mod docs;
mod faults;
mod formats;
mod green;
mod growth;
mod history;
mod hostile;
mod limits;
mod many;
mod model;
mod money;
mod operations;
mod pipelines;
mod places;
mod plugins;
mod prompt;
mod sandbox;
mod scripts;
mod secrets;
mod settings;
mod spending;
mod statements;
mod support;
mod templates;
mod tidy;
mod trials;
mod truth;
