//! The keys that there are, with their defaults.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::layer::Layer;
use super::origin::{Entry, Origin};

/// The embedded list of keys with their defaults and their documentation.
pub const DEFAULTS: &str = include_str!("defaults.toml");

/// Keys and defaults, parsed once.
pub fn defaults() -> &'static BTreeMap<String, Entry> {
    static ENTRIES: OnceLock<BTreeMap<String, Entry>> = OnceLock::new();
    ENTRIES.get_or_init(|| {
        let layer = Layer::parse_file("defaults.toml", DEFAULTS, &Origin::Default);
        layer.expect("the embedded defaults are valid TOML").entries.into_iter().collect()
    })
}

/// Name of the environment variable for a key: `batch.size` is `DEVFLOW_BATCH_SIZE`.
pub fn variable_name(key: &str) -> String {
    format!("DEVFLOW_{}", key.replace(['.', '-'], "_").to_uppercase())
}

/// Whether an environment variable of this name is a setting.
pub fn is_setting_variable(name: &str) -> bool {
    defaults().keys().any(|key| variable_name(key) == name)
}
