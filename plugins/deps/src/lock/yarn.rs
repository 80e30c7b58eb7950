//! Owns `yarn.lock`, of Yarn 1 and of later ones.

use std::collections::BTreeSet;

use crate::model::{Ecosystem, Lock, Locked, Recorded};
use crate::read::lines::lines;

/// Reads one lock file. Nothing when it has no entry and does not say that it is one.
pub(super) fn read(document: usize, path: &str, text: &str) -> Option<Lock> {
    let mut lock = Lock::new(document, path, Ecosystem::Npm);
    lock.is_detailed = text.contains("\n__metadata:") || text.starts_with("__metadata:");
    let mut descriptors = BTreeSet::new();
    let mut entry: Option<Locked> = None;
    let mut part = String::new();
    for (start, line) in lines(text).filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#')) {
        if !line.starts_with(' ') {
            keep(&mut lock, entry.take());
            let head = line.trim_end().trim_end_matches(':');
            if head != "__metadata" {
                entry = Some(head_of(head, start..start + head.len(), &mut descriptors));
            }
            continue;
        }
        let Some(locked) = &mut entry else { continue };
        let (key, value) = pair(line);
        if !line.starts_with("   ") {
            key.clone_into(&mut part);
            describe(locked, key, value);
        } else if part == "peerDependencies" {
            locked.peers.push(key.to_owned());
        }
    }
    keep(&mut lock, entry);
    let says_so = text.contains("yarn lockfile") || lock.is_detailed;
    if lock.packages.is_empty() && !says_so && !text.trim().is_empty() {
        return None;
    }
    lock.recorded = Recorded::Descriptors(descriptors);
    Some(lock)
}

fn keep(lock: &mut Lock, entry: Option<Locked>) {
    lock.packages.extend(entry.filter(|locked| !locked.version.is_empty()));
}

/// `a@^1, a@^1.2` with or without quotes.
fn head_of(head: &str, span: std::ops::Range<usize>, descriptors: &mut BTreeSet<String>) -> Locked {
    let mut name = String::new();
    for descriptor in head.split(',').map(|part| part.trim().trim_matches('"')) {
        let Some((alias, range)) = split(descriptor) else { continue };
        let plain = range.strip_prefix("npm:").unwrap_or(range);
        descriptors.insert(format!("{alias}@{plain}"));
        name = match split(plain) {
            Some((real, _)) if range.starts_with("npm:") => real.to_owned(),
            _ => alias.to_owned(),
        };
    }
    Locked::new(&name, "", span)
}

fn describe(locked: &mut Locked, key: &str, value: &str) {
    match key {
        "version" => value.clone_into(&mut locked.version),
        "resolved" => locked.is_registry = value.starts_with("http") && !value.contains(".git#") && !value.contains("codeload.github.com"),
        "resolution" => match split(value) {
            Some((name, from)) if from.starts_with("npm:") => name.clone_into(&mut locked.name),
            // Workspaces, patches and repositories.
            _ => locked.is_registry = false,
        },
        "bin" => locked.has_programs = true,
        _ => {}
    }
}

fn pair(line: &str) -> (&str, &str) {
    let bare = line.trim();
    let (key, value) = match bare.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
        Some((key, rest)) => (key, rest.trim_start_matches(':')),
        None => bare.split_once([' ', ':']).unwrap_or((bare, "")),
    };
    (key.trim_end_matches(':'), value.trim().trim_start_matches(':').trim().trim_matches('"'))
}

/// Splits `name@range`; the name may begin with `@`.
fn split(descriptor: &str) -> Option<(&str, &str)> {
    let at = descriptor.get(1..)?.find('@')? + 1;
    Some((descriptor.get(..at)?, descriptor.get(at + 1..)?))
}
