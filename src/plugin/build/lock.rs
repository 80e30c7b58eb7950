//! Owns the lock file beside built components. Never builds.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::BuildError;
use super::files::{read, write};
use crate::types::Digest;

/// One component's part of the lock file.
pub(super) struct Lock {
    pub(super) source: Digest,
    pub(super) component: Digest,
    pub(super) compiler: String,
}

impl Lock {
    pub(super) fn write(&self, path: &Path, id: &str) -> Result<(), BuildError> {
        let old: toml::Table = read(path).ok().and_then(|text| String::from_utf8_lossy(&text).parse().ok()).unwrap_or_default();
        let mut parts: BTreeMap<String, String> = BTreeMap::new();
        for (name, part) in old.iter().filter(|(_, part)| part.is_table()) {
            let field = |key: &str| part.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
            parts.insert(name.clone(), lock_part(&field("source"), &field("component"), &field("compiler")));
        }
        parts.insert(id.to_owned(), lock_part(&self.source.to_string(), &self.component.to_string(), &self.compiler));
        let text: String = parts.iter().map(|(name, part)| format!("\n[{name}]\n{part}")).collect();
        write(path, format!("# Written by `devflow plugin build`: what each component was made of.\n{text}").as_bytes())
    }
}

fn lock_part(source: &str, component: &str, compiler: &str) -> String {
    format!("source = \"{source}\"\ncomponent = \"{component}\"\ncompiler = \"{compiler}\"\n")
}
