//! Owns the filling in of named values such as `${jackson.version}`. Never calls anything.

use std::collections::BTreeMap;

/// How often a value may name another.
const MAX_ROUNDS: usize = 8;
/// A longer value is no version.
const MAX_BYTES: usize = 512;

/// Puts values in place of `${name}` and, with `$name` allowed, of `$name`. Nothing when a name is not known.
pub(super) fn filled(text: &str, values: &BTreeMap<String, String>, is_short_allowed: bool) -> Option<String> {
    let mut current = text.to_owned();
    for _ in 0..MAX_ROUNDS {
        let Some(at) = current.find('$') else { return Some(current) };
        let (before, rest) = current.split_at_checked(at)?;
        let rest = rest.get(1..)?;
        let (name, after) = if let Some(inner) = rest.strip_prefix('{') {
            inner.split_once('}')?
        } else if is_short_allowed {
            let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')).unwrap_or(rest.len());
            rest.split_at_checked(end)?
        } else {
            return None;
        };
        let value = values.get(name.trim())?;
        current = format!("{before}{value}{after}");
        if current.len() > MAX_BYTES {
            return None;
        }
    }
    None
}
