//! Owns the components that come with devflow. Never reads a file at run time.

use std::sync::Arc;

use super::component::{Grants, Plugin};
use super::engine::PluginHost;
use crate::types::Digest;

/// One component inside the binary.
#[derive(Clone, Copy, Debug)]
pub struct Embedded {
    /// Its name.
    pub id: &'static str,
    /// The component.
    pub bytes: &'static [u8],
}

static COMPONENTS: [Embedded; 5] = [
    Embedded { id: "deps", bytes: include_bytes!("../../plugins/dist/deps.wasm") },
    Embedded { id: "docs", bytes: include_bytes!("../../plugins/dist/docs.wasm") },
    Embedded { id: "refactor", bytes: include_bytes!("../../plugins/dist/refactor.wasm") },
    Embedded { id: "review", bytes: include_bytes!("../../plugins/dist/review.wasm") },
    Embedded { id: "test-gen", bytes: include_bytes!("../../plugins/dist/test-gen.wasm") },
];

/// Hashes of sources and components, as `plugins/dist/lock.toml` has them.
const LOCK: &str = include_str!("../../plugins/dist/lock.toml");

/// The components that come with devflow.
pub fn embedded() -> &'static [Embedded] {
    &COMPONENTS
}

/// The components called `ids`, ready to be called; nothing is compiled or hashed yet. The second part of the answer is
/// the names that no component has.
pub fn plugins(ids: &[String], host: &Arc<PluginHost>) -> (Vec<Plugin>, Vec<String>) {
    let mut found = Vec::new();
    let mut unknown = Vec::new();
    for id in ids {
        match COMPONENTS.iter().find(|component| component.id == *id) {
            Some(component) => {
                let digest = locked_digest(component);
                found.push(Plugin::new(component.id, component.bytes, digest, Grants::ALL, Arc::clone(host)));
            }
            None => unknown.push(id.clone()),
        }
    }
    (found, unknown)
}

/// The lock file knows the digest, so that a run that calls no plugin need not hash one.
fn locked_digest(component: &Embedded) -> Digest {
    let mut lines = LOCK.lines().skip_while(|line| *line != format!("[{}]", component.id));
    let value = lines.find_map(|line| line.strip_prefix("component = \"")?.strip_suffix('"'));
    value.and_then(|text| Digest::parse(text).ok()).unwrap_or_else(|| Digest::of(component.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_has_the_digest_of_every_component() {
        for component in embedded() {
            assert_eq!(locked_digest(component), Digest::of(component.bytes), "{}: rebuild with `devflow plugin build`", component.id);
            assert!(LOCK.contains(&format!("component = \"{}\"", Digest::of(component.bytes))));
        }
    }
}
