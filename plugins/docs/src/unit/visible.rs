//! Owns which items others see, as far as one file tells. Where it does not, the item counts as hidden.

use std::collections::BTreeMap;

use super::{Hints, Item, Kind, go_receiver, is_header};

/// Sets [`Item::is_public`] of all items.
pub(super) fn decide(items: &mut [Item], language: &str, text: &str, hints: &Hints) {
    let types: BTreeMap<String, bool> = items
        .iter()
        .filter(|item| matches!(item.kind, Kind::Type | Kind::Interface))
        .map(|item| (item.name.clone(), own(item, language, text, hints, None)))
        .collect();
    let mut seen: Vec<bool> = Vec::with_capacity(items.len());
    for at in 0..items.len() {
        let Some(item) = items.get(at) else { return };
        let holder = item.holder.and_then(|holder| items.get(holder));
        let around = item.holder.and_then(|holder| seen.get(holder)).copied().unwrap_or(true);
        let is_known_type = |name: &str| types.get(name).copied().unwrap_or(true);
        let is_visible = match item.kind {
            Kind::Impl => around && is_known_type(&item.name),
            _ => {
                let receiver = if language == "go" { text.get(item.head.clone()).and_then(go_receiver) } else { None };
                let is_seen_type = receiver.is_none_or(|name| name.starts_with(char::is_uppercase) && is_known_type(name));
                let is_local = holder.is_some_and(|holder| holder.kind == Kind::Function);
                around && is_seen_type && !is_local && own(item, language, text, hints, holder)
            }
        };
        seen.push(is_visible);
    }
    for (item, is_public) in items.iter_mut().zip(seen) {
        item.is_public = is_public && !item.name.is_empty();
    }
}

/// What the item itself says.
fn own(item: &Item, language: &str, text: &str, hints: &Hints, holder: Option<&Item>) -> bool {
    let head = text.get(item.head.clone()).unwrap_or("");
    let before_name = head.split(item.name.as_str()).next().unwrap_or(head);
    let has = |word: &str| before_name.split(|c: char| !c.is_alphanumeric() && c != '_').any(|known| known == word);
    match language {
        "rust" => match item.kind {
            Kind::Impl => true,
            _ if holder.is_some_and(|holder| holder.kind == Kind::Interface) => true,
            _ => head.starts_with("pub ") || head.starts_with("pub\n"),
        },
        "python" => !item.name.starts_with('_') && (!hints.has_all || holder.is_some() || hints.exported_names.contains(&item.name)),
        "javascript" | "typescript" | "tsx" => match holder {
            Some(holder) if holder.kind == Kind::Module => {
                text.get(..item.span.start).is_some_and(|before| before.trim_end().ends_with("export"))
            }
            Some(_) => item.is_public && item.kind == Kind::Function && !has("private") && !has("protected"),
            None => {
                let is_named = hints.exported_names.contains(&item.name);
                is_named || hints.exported.contains(&item.span.start) || item.kind == Kind::Constant
            }
        },
        "java" => {
            let in_interface = holder.is_some_and(|holder| holder.kind == Kind::Interface);
            has("public") || in_interface && !has("private")
        }
        "kotlin" => !has("private") && !has("internal") && !has("protected"),
        "go" => item.name.starts_with(char::is_uppercase),
        "c" | "cpp" => is_header(text) && !has("static") && !is_cpp_member(item, holder) && !item.name.starts_with('_'),
        _ => false,
    }
}

/// Whether a member is public depends on the label above it, which no query tells.
fn is_cpp_member(item: &Item, holder: Option<&Item>) -> bool {
    item.kind == Kind::Function && holder.is_some_and(|holder| holder.kind == Kind::Type)
}
