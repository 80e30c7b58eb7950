//! Owns the smell of a method that works with another type of the file and never with its own.

use std::collections::BTreeSet;

use devflow_plugin::words::{is_name_char, words};
use devflow_plugin::{Finding, Function};

use crate::code::Code;
use crate::owners::{Owner, Owners};
use crate::rules::{finding, listed};
use crate::signature::parameters;

/// Fewest uses of the other object.
const MIN_USES: usize = 5;
/// Fewest different things that are asked of it.
const MIN_MEMBERS: usize = 4;
/// Names shown in a message.
const MAX_SHOWN: usize = 5;
/// Beginnings of names of methods that stand apart from what they work on, on purpose.
const APART: &[&str] = &[
    "from",
    "into",
    "to",
    "visit",
    "render",
    "write",
    "read",
    "parse",
    "format",
    "print",
    "convert",
    "map",
    "serialize",
    "deserialize",
    "encode",
    "decode",
    "draw",
    "build",
    "create",
    "make",
    "new",
    "compare",
    "equals",
    "copy",
    "accept",
    "handle",
    "on",
    "apply",
    "validate",
    "test",
    "init",
    "save",
    "load",
    "insert",
    "update",
    "log",
    "show",
    "display",
    "emit",
    "export",
    "import",
    "with",
    "set",
    "of",
];

pub(super) fn inspect(code: &Code<'_>, findings: &mut Vec<Finding>) {
    if !matches!(code.language, "rust" | "java" | "kotlin" | "go" | "typescript" | "tsx" | "cpp") {
        return;
    }
    let owners = Owners::read(code);
    for (at, function) in code.functions.iter().enumerate() {
        let Some(owner) = owners.of(at).filter(|owner| !owner.is_interface) else { continue };
        if function.is_test || owners.is_bound(code, at) || function.parameters.len() > 3 || stands_apart(&function.name) {
            continue;
        }
        envy(code, &owners, owner, function, findings);
    }
}

fn stands_apart(name: &str) -> bool {
    let end = name.char_indices().skip(1).find(|(_, c)| *c == '_' || c.is_uppercase()).map_or(name.len(), |(at, _)| at);
    APART.contains(&name.get(..end).unwrap_or(name).to_lowercase().as_str())
}

fn envy(code: &Code<'_>, owners: &Owners, owner: &Owner, function: &Function, findings: &mut Vec<Finding>) {
    let names_type = |kind: &str, name: &str| words(kind).any(|(_, word)| word == name);
    let list = parameters(code, function);
    let other_of =
        |kind: &str| owners.all.iter().find(|other| !other.is_interface && other.name != owner.name && names_type(kind, &other.name));
    let mut others = list.iter().filter_map(|parameter| other_of(&parameter.kind).map(|other| (parameter, other)));
    let (Some((parameter, other)), None) = (others.next(), others.next()) else { return };
    // Containers of the other type are somebody's own business.
    let kind = parameter.kind.trim_start_matches(['&', '*']).trim_start_matches("mut ").trim_start_matches("const ");
    let is_plain = kind.trim_end_matches(['&', '*', ' ', '?']) == other.name;
    let body = code.text.get(function.signature.range().end..function.span.range().end).unwrap_or("");
    if !is_plain || uses_own(code, owner, function, body) {
        return;
    }
    let (n_uses, members) = uses_of(body, &parameter.name);
    if n_uses < MIN_USES || members.len() < MIN_MEMBERS {
        return;
    }
    let asked = listed(members, MAX_SHOWN);
    let message = format!("`{}` of `{}` asks `{}` for {asked} and uses nothing of its own", function.name, owner.name, parameter.name);
    let suggestion = format!("Move `{}` to `{}`.", function.name, other.name);
    findings.push(finding("feature-envy", function.signature.range(), message, suggestion));
}

/// Whether a method touches its own type, or makes one.
fn uses_own(code: &Code<'_>, owner: &Owner, function: &Function, body: &str) -> bool {
    let own: BTreeSet<&str> = owner.fields.iter().map(|(name, _)| name.as_str()).collect();
    let methods: BTreeSet<&str> =
        owner.methods.iter().filter_map(|at| code.functions.get(*at)).map(|method| method.name.as_str()).collect();
    let receiver =
        code.slice(&function.signature.range()).strip_prefix("func (").and_then(|rest| rest.split_whitespace().next()).unwrap_or("this");
    let signature = code.slice(&function.signature.range());
    let makes_one =
        signature.split(&function.name).nth(1).is_some_and(|rest| words(rest).any(|(_, word)| word == owner.name || word == "Self"))
            || words(signature.split(&function.name).next().unwrap_or("")).any(|(_, word)| word == owner.name && code.language != "go");
    let mut last = 0;
    let touches = words(body).any(|(at, word)| {
        let is_member = body.get(last..at).unwrap_or("").trim_end().ends_with(['.', '>']);
        last = at;
        let is_own = matches!(word, "self" | "Self" | "this" | "super") || word == receiver || word == owner.name;
        is_own || (!is_member && (own.contains(word) || methods.contains(word)))
    });
    makes_one || touches
}

/// How often something is asked of a name, and what.
fn uses_of<'t>(body: &'t str, name: &str) -> (usize, BTreeSet<&'t str>) {
    let mut members = BTreeSet::new();
    let mut n = 0;
    for (at, word) in words(body) {
        if word != name {
            continue;
        }
        let rest = body.get(at + word.len()..).unwrap_or("");
        let Some(rest) = rest.strip_prefix('.').or_else(|| rest.strip_prefix("->")).or_else(|| rest.strip_prefix("?.")) else { continue };
        let end = rest.char_indices().find(|(_, c)| !is_name_char(*c)).map_or(rest.len(), |(at, _)| at);
        n += 1;
        members.extend(rest.get(..end));
    }
    (n, members)
}
