//! What a run and a native test of a plugin have in common: the words of devflow, syntax, units, and the check of claims. It is a crate of its
//! own so that the tests of plugins link this alone: no engine for components, no database, no network.

pub mod analyzer;
mod contract;
pub mod syntax;
pub mod types;
pub mod unit;
