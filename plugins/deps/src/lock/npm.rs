//! Owns `package-lock.json` of all versions. What npm made of aliases bears its real name.

use std::collections::BTreeMap;

use crate::model::{Ecosystem, Lock, Locked, Recorded};
use crate::read::json::{self, Member, Node};

const FOLDER: &str = "node_modules/";

/// Reads one lock file.
pub(super) fn read(document: usize, path: &str, text: &str) -> Option<Lock> {
    let root = json::parse(text)?;
    let mut lock = Lock::new(document, path, Ecosystem::Npm);
    let Some(packages) = root.get("packages") else {
        let mut waiting: Vec<&Node> = root.get("dependencies").into_iter().collect();
        while let Some(dependencies) = waiting.pop() {
            for member in dependencies.members() {
                lock.packages.extend(old_entry(member));
                waiting.extend(member.node.get("dependencies"));
            }
        }
        lock.packages.sort_by_key(|package| package.span.start);
        return Some(lock);
    };
    lock.is_detailed = true;
    let mut recorded = BTreeMap::new();
    for member in packages.members() {
        match member.key.rfind(FOLDER) {
            Some(at) => lock.packages.extend(entry(member, member.key.get(at + FOLDER.len()..).unwrap_or_default())),
            None => {
                recorded.insert(member.key.clone(), requirements(&member.node));
            }
        }
    }
    lock.recorded = Recorded::Requirements(recorded);
    Some(lock)
}

fn old_entry(member: &Member) -> Option<Locked> {
    let version = member.node.text_of("version")?;
    // An alias, a folder or an address.
    if version.contains([':', '/']) {
        return None;
    }
    Some(Locked::new(&member.key, version, member.key_span.clone()))
}

fn entry(member: &Member, name: &str) -> Option<Locked> {
    let node = &member.node;
    if node.get("link").and_then(Node::truth) == Some(true) {
        return None;
    }
    let mut locked = Locked::new(node.text_of("name").unwrap_or(name), node.text_of("version")?, member.key_span.clone());
    locked.license = node.text_of("license").map(str::to_owned);
    locked.is_registry =
        node.text_of("resolved").is_none_or(|address| address.starts_with("http") && !address.contains("codeload.github.com"));
    locked.has_programs = node.get("bin").is_some();
    locked.peers = names(node.get("peerDependencies"));
    Some(locked)
}

fn names(node: Option<&Node>) -> Vec<String> {
    node.map(|node| node.members().iter().map(|member| member.key.clone()).collect()).unwrap_or_default()
}

fn requirements(node: &Node) -> BTreeMap<String, String> {
    let sections = ["dependencies", "devDependencies", "optionalDependencies"];
    let members = sections.iter().filter_map(|section| node.get(section)).flat_map(Node::members);
    members.filter_map(|member| Some((member.key.clone(), member.node.text()?.to_owned()))).collect()
}
