//! Running WASM components as analyzers: loading, limits, errors. A finding is checked against the contract, and not interpreted.

mod bindings;
pub mod build;
mod clock;
mod component;
mod convert;
mod embedded;
mod engine;
mod error;
mod given;
mod host;
mod limits;
mod manifest;
pub mod schema;
mod stub;
pub mod template;
mod words;

pub use component::{Grants, Plugin};
pub use embedded::{Embedded, embedded, plugins as embedded_plugins};
pub use engine::PluginHost;
pub use error::PluginError;
pub use limits::Limits;
pub use manifest::{CONTRACT_VERSION, Limit, Manifest, OperationInfo, RuleInfo};
