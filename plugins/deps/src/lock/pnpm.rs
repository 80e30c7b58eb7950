//! Owns `pnpm-lock.yaml`, versions 5 to 9, read by indentation: the part of YAML that pnpm writes.

use std::collections::BTreeMap;

use crate::model::{Ecosystem, Lock, Locked, Recorded};
use crate::read::lines::lines;

/// A line of the form `key: value`.
struct Line<'t> {
    start: usize,
    indent: usize,
    key: &'t str,
    value: &'t str,
}

/// Reads one lock file. Nothing when it does not say its version.
pub(super) fn read(document: usize, path: &str, text: &str) -> Option<Lock> {
    let mut lock = Lock::new(document, path, Ecosystem::Npm);
    let (mut is_lock, mut is_old) = (false, false);
    let mut recorded: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    // The keys above a line, with their indentation.
    let mut above: Vec<(usize, &str)> = Vec::new();
    for line in lines(text).filter_map(|(start, line)| parse(start, line)) {
        while above.last().is_some_and(|(indent, _)| *indent >= line.indent) {
            above.pop();
        }
        let keys: Vec<&str> = above.iter().map(|(_, key)| *key).collect();
        if keys.is_empty() && line.key == "lockfileVersion" {
            is_lock = true;
            is_old = line.value.starts_with('5');
        }
        match keys.as_slice() {
            ["packages"] => lock.packages.extend(package(&line, is_old)),
            ["packages", _] | ["packages", _, "peerDependencies"] => {
                if let Some(locked) = lock.packages.last_mut() {
                    describe(locked, &keys, &line);
                }
            }
            _ => {
                if let Some((folder, name)) = importer(&keys, &line) {
                    recorded.entry(folder.to_owned()).or_default().insert(name.to_owned(), line.value.to_owned());
                }
            }
        }
        above.push((line.indent, line.key));
    }
    lock.is_detailed = true;
    lock.recorded = Recorded::Requirements(recorded);
    is_lock.then_some(lock)
}

fn parse(start: usize, line: &str) -> Option<Line<'_>> {
    let indent = line.len() - line.trim_start().len();
    let bare = line.trim();
    if bare.starts_with(['#', '-']) {
        return None;
    }
    let (key, value) = match bare.strip_prefix('\'') {
        Some(rest) => rest.split_once("':")?,
        None => bare.split_once(": ").or_else(|| bare.strip_suffix(':').map(|key| (key, "")))?,
    };
    Some(Line { start, indent, key, value: value.trim().trim_matches(['\'', '"']) })
}

/// The folder and the name whose requirement a line has.
fn importer<'t>(keys: &[&'t str], line: &Line<'t>) -> Option<(&'t str, &'t str)> {
    let is_section = |name: &str| matches!(name, "dependencies" | "devDependencies" | "optionalDependencies");
    let (folder, name) = match keys {
        ["importers", folder, section, name] if is_section(section) && line.key == "specifier" => (*folder, *name),
        ["importers", folder, "specifiers"] => (*folder, line.key),
        [section, name] if is_section(section) && line.key == "specifier" => (".", *name),
        ["specifiers"] => (".", line.key),
        _ => return None,
    };
    Some((if folder == "." { "" } else { folder }, name))
}

/// `/name/1.0.0_peer`, `/name@1.0.0(peer@2)` or `name@1.0.0`.
fn package(line: &Line<'_>, is_old: bool) -> Option<Locked> {
    let key = line.key.trim_start_matches('/');
    let key = key.split('(').next()?;
    let (name, version) = if is_old {
        // The name has one slash when it begins with `@`, else none; peers stand after an underscore.
        let name_end = key.match_indices('/').nth(usize::from(key.starts_with('@')))?.0;
        (key.get(..name_end)?, key.get(name_end + 1..)?.split('_').next()?)
    } else {
        let at = key.get(1..)?.find('@')?;
        (key.get(..=at)?, key.get(at + 2..)?)
    };
    let mut locked = Locked::new(name, version, line.start..line.start + line.indent + line.key.len());
    locked.is_registry = version.starts_with(|letter: char| letter.is_ascii_digit());
    Some(locked)
}

fn describe(locked: &mut Locked, keys: &[&str], line: &Line<'_>) {
    if keys.len() > 2 {
        locked.peers.push(line.key.to_owned());
    } else if line.key == "hasBin" {
        locked.has_programs = line.value == "true";
    }
}
