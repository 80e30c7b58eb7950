//! The names of calls, settings and mentions, as rows are looked up by them.

use std::borrow::Cow;

use crate::FormKind;
use crate::facts::tree::{Facts, Node};

/// The path that the names of a row are compared with.
pub(super) fn named(facts: &Facts<'_>, node: Node) -> String {
    match facts.kind(node) {
        FormKind::Call | FormKind::New => facts.child(node, 0).map_or(String::new(), |callee| facts.path(callee)),
        FormKind::Assign | FormKind::Append => facts.child(node, 0).map_or(String::new(), |target| match facts.kind(target) {
            // What is assigned to is the name itself, not what it held before.
            FormKind::Name => facts.text_of(target).to_owned(),
            _ => facts.path(target),
        }),
        FormKind::Pair => facts.key(node).to_owned(),
        _ => facts.path(node),
    }
}

/// Whether a row names only a key, and the node sets it: `verify_mode` fits `context.verify_mode = …`.
pub(super) fn is_plain_key(facts: &Facts<'_>, node: Node, name: &str) -> bool {
    let target = match facts.kind(node) {
        FormKind::Pair => facts.key(node),
        FormKind::Assign | FormKind::Append => facts.child(node, 0).map_or("", |target| own_name(facts, target)),
        _ => return false,
    };
    target == name
}

/// The last segment of what a call calls: that of its path where it has another name here.
pub(super) fn called<'a>(facts: &Facts<'a>, call: Node) -> Cow<'a, str> {
    match facts.child(call, 0).filter(|callee| facts.kind(*callee) == FormKind::Name) {
        Some(callee) if facts.is_known(callee) => last_segment(&facts.path(callee)).to_owned().into(),
        _ => facts.callee_name(call).into(),
    }
}

/// The last segment of what a node names.
pub(super) fn own_name<'a>(facts: &Facts<'a>, node: Node) -> &'a str {
    match facts.kind(node) {
        FormKind::Member => facts.name_of(node),
        FormKind::Name => {
            let text = facts.text_of(node);
            text.rsplit(['.', ':']).next().unwrap_or(text)
        }
        FormKind::Index => facts.child(node, 1).filter(|key| facts.kind(*key) == FormKind::Text).map_or("", |key| facts.literal(key)),
        _ => "",
    }
}

pub(super) fn last_segment(name: &str) -> &str {
    let name = name.trim_end_matches("(*)").trim_end_matches("()").trim_end_matches("[]");
    name.rsplit(['.', '/', '@']).next().unwrap_or(name)
}

/// Whether a text fits a pattern, without regard to case; `*` stands for any run of characters.
pub(super) fn fits(glob: &str, text: &str) -> bool {
    let (glob, text) = (glob.to_lowercase(), text.to_lowercase());
    let mut parts = glob.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.clone().next_back() else { return rest.is_empty() };
    for part in parts.by_ref().take(glob.matches('*').count() - 1) {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}
