//! Building a plugin into a component, with the tools that are there, and its lock file.

mod contract;
mod error;
mod files;
mod kind;
mod lock;
mod other;
mod rust;
mod sources;
mod tools;

use std::path::{Path, PathBuf};

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

pub use contract::CONTRACT;
pub use error::BuildError;
pub use sources::{source_digest, sources};
pub use tools::Tools;

use super::stub::stubs;
use crate::types::Digest;
use files::{read, write};
use kind::Kind;
use lock::Lock;
use tools::Compiled;

/// What was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The component.
    pub path: PathBuf,
    /// Of the component.
    pub size_bytes: usize,
}

/// Builds the plugin in `dir` and puts `<id>.wasm` and its part of `lock.toml` into `out`.
///
/// # Errors
/// See [`BuildError`].
pub fn build(dir: &Path, out: &Path, tools: &Tools<'_>) -> Result<Built, BuildError> {
    let kind = Kind::of(dir)?;
    let package = package_name(kind, &dir.join(kind.manifest()))?;
    let id = package.strip_prefix("devflow-plugin-").unwrap_or(&package).to_owned();
    let of_module = |bytes: &[u8]| component(bytes).map_err(|reason| BuildError::Component { reason });
    let (bytes, compiler) = match kind {
        Kind::Rust => {
            let Compiled { bytes, compiler } = rust::compile(dir, &package, tools)?;
            (of_module(&bytes)?, compiler)
        }
        Kind::C => {
            let Compiled { bytes, compiler } = other::c(dir, &package, &version(dir)?, tools)?;
            (of_module(&typed(bytes).map_err(|reason| BuildError::Component { reason })?)?, compiler)
        }
        Kind::JavaScript | Kind::Python => {
            let Compiled { bytes, compiler } =
                if kind == Kind::Python { other::python(dir, tools)? } else { other::javascript(dir, tools)? };
            (bytes, compiler)
        }
    };
    let path = out.join(format!("{id}.wasm"));
    write(&path, &bytes)?;
    let lock = Lock { source: source_digest(dir)?, component: Digest::of(&bytes), compiler };
    lock.write(&out.join("lock.toml"), &id)?;
    Ok(Built { path, size_bytes: bytes.len() })
}

/// Makes a component of a core module that bears the contract as its type; what it wants of WASI is replaced.
///
/// # Errors
/// A module that is no plugin, or that wants more.
pub fn component(module: &[u8]) -> Result<Vec<u8>, String> {
    let mut encoder = ComponentEncoder::default().validate(true).module(module).map_err(|error| format!("{error:#}"))?;
    for (name, stub) in stubs(module)? {
        encoder = encoder.adapter(&name, &stub).map_err(|error| format!("{error:#}"))?;
    }
    encoder.encode().map_err(|error| format!("{error:#}"))
}

/// Gives a core module the contract as its type, where no macro has done so.
fn typed(mut module: Vec<u8>) -> Result<Vec<u8>, String> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("analyzer.wit", CONTRACT).map_err(|error| format!("{error:#}"))?;
    let world = resolve.select_world(&[package], Some("analyzer")).map_err(|error| format!("{error:#}"))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).map_err(|error| format!("{error:#}"))?;
    Ok(module)
}

/// The version that `plugin.toml` states.
fn version(dir: &Path) -> Result<String, BuildError> {
    let table: toml::Table = String::from_utf8_lossy(&read(&dir.join(Kind::C.manifest()))?).parse().unwrap_or_default();
    let version = table.get("version").and_then(toml::Value::as_str).unwrap_or("0.0.0");
    Ok(version.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+')).collect())
}

/// The name becomes the name of a file.
fn package_name(kind: Kind, manifest: &Path) -> Result<String, BuildError> {
    let text = String::from_utf8_lossy(&read(manifest)?).into_owned();
    let name = match kind {
        Kind::JavaScript => {
            serde_json::from_str::<serde_json::Value>(&text).ok().and_then(|table| Some(table["name"].as_str()?.to_owned()))
        }
        _ => text.parse::<toml::Table>().ok().and_then(|table| {
            let part = match kind {
                Kind::Rust => table.get("package")?.as_table()?,
                Kind::Python => table.get("project")?.as_table()?,
                _ => &table,
            };
            Some(part.get("name")?.as_str()?.to_owned())
        }),
    };
    let is_plain = |name: &String| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    name.filter(is_plain).ok_or_else(|| BuildError::NoPackage { path: manifest.to_owned() })
}
