//! Owns readers of plain forms (JSON, XML, TOML, lines) that keep the place of everything. Never knows what a manifest is.

pub mod json;
pub mod lines;
pub mod table;
pub mod xml;
