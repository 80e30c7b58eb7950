//! What a text looks like that is put together: its fixed parts, and where the others stand.

use super::flow::{FORMATS, operands};
use crate::FormKind;
use crate::facts::tree::{Facts, Node};

/// Stands for a value that is not known.
const HOLE: &str = "\u{1}";
/// Stands for a constant from elsewhere.
const CONSTANT: &str = "\u{2}";

/// Most shapes of one value.
const MAX_SHAPES: usize = 4;

/// Most parts of a text that are looked at: the first ones.
const MAX_PARTS: usize = 100;

/// The texts that a value can be, with marks in place of what does not stand in the file. Names are followed `steps` assignments far.
pub(super) fn shapes(facts: &Facts<'_>, node: Node, steps: u32) -> Vec<String> {
    if let Some(texts) = facts.texts(node) {
        return texts;
    }
    match facts.kind(node) {
        FormKind::Template => vec![joined(facts, node, steps)],
        FormKind::Binary if facts.name_of(node) == "+" => vec![joined(facts, node, steps)],
        FormKind::Binary if facts.name_of(node) == "%" => {
            facts.child(node, 0).map(|format| shapes(facts, format, steps).iter().map(|text| filled(text)).collect()).unwrap_or_default()
        }
        FormKind::Conditional => facts.children(node).skip(1).flat_map(|choice| shapes(facts, choice, steps)).take(MAX_SHAPES).collect(),
        FormKind::Name if steps > 0 => {
            let values: Vec<Node> = facts.bindings(node, facts.text_of(node)).filter_map(|binding| binding.value).collect();
            let values = values.into_iter().filter(|value| !facts.within(*value).contains(&node));
            let found: Vec<String> = values.flat_map(|value| shapes(facts, value, steps - 1)).take(MAX_SHAPES).collect();
            if found.is_empty() { vec![mark(facts, node)] } else { found }
        }
        FormKind::Call | FormKind::New => match of_call(facts, node) {
            Some(inner) if FORMATS.contains(&facts.callee_name(node)) => {
                shapes(facts, inner, steps.saturating_sub(1)).iter().map(|text| filled(text)).collect()
            }
            Some(inner) => shapes(facts, inner, steps.saturating_sub(1)),
            None => vec![mark(facts, node)],
        },
        _ => vec![mark(facts, node)],
    }
}

fn joined(facts: &Facts<'_>, node: Node, steps: u32) -> String {
    let mut parts = if facts.kind(node) == FormKind::Binary { operands(facts, node) } else { facts.children(node).collect() };
    parts.sort_unstable();
    parts.into_iter().take(MAX_PARTS).map(|part| shapes(facts, part, steps).into_iter().next().unwrap_or_default()).collect()
}

/// The text that a call fills, or what it hands through.
fn of_call(facts: &Facts<'_>, call: Node) -> Option<Node> {
    if !FORMATS.contains(&facts.callee_name(call)) {
        return facts.carried(call);
    }
    let receiver = facts.child(call, 0).filter(|callee| facts.kind(*callee) == FormKind::Member).and_then(|callee| facts.child(callee, 0));
    let is_text = |node: &Node| facts.texts(*node).is_some();
    receiver.into_iter().chain(facts.arguments(call).take(2)).find(is_text)
}

/// A format with a mark for each of its holes: `%s`, `%(name)s`, `%-5d`, `{}`, `{name}`.
fn filled(format: &str) -> String {
    let mut filled = String::with_capacity(format.len());
    let mut rest = format;
    while let Some(at) = rest.find(['%', '{']) {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = hole_length(rest);
        filled.push_str(if length == 0 || rest.starts_with("%%") { &rest[..1] } else { HOLE });
        rest = &rest[length.max(1)..];
    }
    filled.push_str(rest);
    filled
}

/// The length of the hole that a format begins with; 0 for none.
fn hole_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let is_letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphabetic);
    match bytes {
        [b'%', b'%', ..] => 2,
        [b'%', b'(', ..] => rest.find(')').filter(|end| is_letter(end + 1)).map_or(0, |end| end + 2),
        [b'%', ..] => {
            let flags =
                bytes[1..].iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'#' | b'.' | b'$')).count();
            if is_letter(1 + flags) { flags + 2 } else { 0 }
        }
        _ => rest.find('}').filter(|end| !rest[1..*end].contains(['\'', '"', '{', '\n'])).map_or(0, |end| end + 1),
    }
}

fn mark(facts: &Facts<'_>, node: Node) -> String {
    if facts.is_fixed(node) { CONSTANT } else { HOLE }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn the_holes_of_a_format_are_marked() {
        let marked = |format: &str| filled(format).replace('\u{1}', "_");
        assert_eq!(marked("drop database %s"), "drop database _");
        assert_eq!(marked("a = '%(name)s' and b like '%%%s%%'"), "a = '_' and b like '%_%'");
        assert_eq!(marked("id = {} or x = {0} or y = {name}"), "id = _ or x = _ or y = _");
        assert_eq!(marked("100 % of {'a'}"), "100 % of {'a'}");
        assert_eq!(marked("%(name)é %(open"), "%(name)é %(open");
    }
}
