//! devflow reviews a whole source tree: a static pass that needs no network, a model for what the static pass cannot judge,
//! every claim checked against the file, every answer kept.
//!
//! Reading order: [`types`], then [`pipeline`], where all stages stand on one screen. `docs/architecture.md` has the map.

pub mod cli;
pub mod config;
pub mod diag;
pub mod eval;
pub mod git;
pub mod pipeline;
pub mod plugin;
pub mod project;
pub mod provider;
pub mod report;
pub mod score;
pub mod script;
pub mod store;
pub mod template;

pub use devflow_core::{analyzer, syntax, types, unit};
