//! Owns the rules `stale-parameter` and `missing-parameter`. Silent wherever the signature may hold more than it shows.

use std::collections::BTreeSet;

use devflow_plugin::words::is_name;
use devflow_plugin::{Finding, Place};

use crate::parameters::{Described, described};
use crate::prose::identifiers;
use crate::rules::finding;
use crate::unit::{Declared, Item, Kind};

/// Decorators that leave the parameters of a function as they are written.
const PLAIN_DECORATORS: [&str; 8] =
    ["property", "staticmethod", "classmethod", "abstractmethod", "cached_property", "override", "final", "deprecated"];

/// Compares every documentation with the parameters of its function.
pub(super) fn check(declared: &Declared<'_>, findings: &mut Vec<Finding>) {
    for item in declared.items.iter().filter(|item| item.kind == Kind::Function) {
        let Some(doc) = &item.doc else { continue };
        let described = described(declared.language, declared.text, doc);
        if described.names.is_empty() || hides_parameters(declared, item) {
            continue;
        }
        let parameters: Vec<&str> = item.parameters.iter().map(|name| plain(name)).collect();
        let words: BTreeSet<&str> = identifiers(declared.part(&item.head)).collect();
        let named: BTreeSet<&str> = described.names.iter().map(|(name, _)| name.as_str()).collect();
        let doc_text = doc.text(declared.text);
        let told: BTreeSet<&str> = identifiers(&doc_text).collect();
        let is_left_out = |name: &&&str| !named.contains(**name) && !told.contains(**name) && wants_description(name);
        let left_out: Vec<&str> = parameters.iter().filter(is_left_out).copied().collect();
        let n_before = findings.len();
        stale(declared, item, &described, &words, &left_out, findings);
        let is_clear = parameters.iter().all(|name| is_name(name));
        if findings.len() == n_before && described.is_whole && is_clear && !left_out.is_empty() {
            missing(declared, item, &described, &left_out, findings);
        }
    }
}

fn stale(
    declared: &Declared<'_>,
    item: &Item,
    described: &Described,
    words: &BTreeSet<&str>,
    left_out: &[&str],
    findings: &mut Vec<Finding>,
) {
    // The names inside of a pattern are for the function alone; its documentation may call the whole as it likes.
    if item.parameters.iter().any(|name| !is_name(plain(name))) {
        return;
    }
    for (name, place) in
        described.names.iter().filter(|(name, _)| !words.contains(name.as_str()) && !words.contains(format!("_{name}").as_str()))
    {
        let function = declared.full_name(item);
        let message = format!("the documentation of `{function}` describes `{name}`, which is no parameter of it");
        let advice = match left_out {
            [renamed] => format!("Describe `{renamed}` in its place, which is not described yet."),
            _ => "Take the description away, or write the name as it stands in the signature.".to_owned(),
        };
        findings.push(finding("stale-parameter", Place::Span(place.clone().into()), message, &advice, 92));
    }
}

fn missing(declared: &Declared<'_>, item: &Item, described: &Described, left_out: &[&str], findings: &mut Vec<Finding>) {
    let Some((_, place)) = described.names.last() else { return };
    let names = left_out.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let function = declared.full_name(item);
    let message = format!("the documentation of `{function}` describes other parameters and leaves out {names}");
    findings.push(finding("missing-parameter", Place::Span(place.clone().into()), message, "Describe it as the others are.", 85));
}

/// The name of a parameter without stars, dots, default and type.
fn plain(name: &str) -> &str {
    let name = name.trim_start_matches(['*', '&', '.', ' ']);
    let name = name.strip_prefix("mut ").or_else(|| name.strip_prefix("ref ")).unwrap_or(name);
    name.split([':', '=']).next().unwrap_or(name).trim()
}

/// Whether a parameter needs a description when others have one.
fn wants_description(name: &str) -> bool {
    is_name(name) && !name.starts_with('_') && !matches!(name, "self" | "cls" | "this" | "args" | "kwargs")
}

/// Whether callers may pass more than the list of parameters shows.
fn hides_parameters(declared: &Declared<'_>, item: &Item) -> bool {
    let head = declared.part(&item.head);
    let signature = head.get(head.find('(').unwrap_or(0)..).unwrap_or("");
    match declared.language {
        "python" => {
            let is_open = signature.contains("**") || signature.contains("*args") || signature.split(',').any(is_starred);
            let plain = |decorator: &str| {
                let name = decorator.trim_start_matches('@').split('(').next().unwrap_or("").rsplit('.').next().unwrap_or("").trim();
                PLAIN_DECORATORS.contains(&name)
            };
            is_open || !item.decorators.iter().all(|span| plain(declared.part(span)))
        }
        "javascript" | "typescript" | "tsx" => {
            let reads_arguments = || identifiers(declared.part(&item.span)).any(|word| word == "arguments");
            signature.contains("...") || reads_arguments()
        }
        // A parameter without a name is only its type.
        "c" | "cpp" => {
            let inside = signature.trim_start_matches('(').trim_end_matches(')');
            inside.split(',').any(|part| item.parameters.iter().any(|name| name == part.trim()))
        }
        _ => false,
    }
}

/// `*names`, but not the lone star that ends the positional parameters.
fn is_starred(part: &str) -> bool {
    part.trim_start_matches(['(', ' ', '\n'])
        .strip_prefix('*')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}
