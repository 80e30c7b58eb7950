//! Owns the smells of types: the one that does everything, and the field that serves one method.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use devflow_plugin::words::{is_name_char, words};
use devflow_plugin::{Finding, Function};

use crate::code::Code;
use crate::owners::{Owner, Owners};
use crate::rules::{finding, listed};

/// Fewest methods of more than [`TRIVIAL_LINES`].
const MIN_METHODS: usize = 20;
/// Fewest fields.
const MIN_FIELDS: usize = 10;
/// Fewest lines of code in the methods.
const MIN_LINES: u32 = 300;
/// Methods up to this many lines only hand something on.
const TRIVIAL_LINES: u32 = 3;
/// A field that more than this part of the methods use, in percent, says nothing about what belongs together.
const HUB_PERCENT: usize = 40;
/// Fewest methods that make a type of their own.
const MIN_PART: usize = 3;
/// Names shown in a message.
const MAX_SHOWN: usize = 6;

pub(super) fn inspect(code: &Code<'_>, findings: &mut Vec<Finding>) {
    let owners = Owners::read(code);
    for owner in &owners.all {
        god_object(code, owner, findings);
        if let Some(first) = owner.spans.first() {
            temporary_fields(code, owner, first, findings);
        }
    }
}

fn methods<'c>(code: &'c Code<'_>, owner: &Owner) -> Vec<&'c Function> {
    owner.methods.iter().filter_map(|at| code.functions.get(*at)).collect()
}

fn god_object(code: &Code<'_>, owner: &Owner, findings: &mut Vec<Finding>) {
    let all = methods(code, owner);
    let methods: Vec<&Function> = all.iter().filter(|function| function.code_lines > TRIVIAL_LINES && !function.is_test).copied().collect();
    let n_lines: u32 = all.iter().map(|function| function.code_lines).sum();
    let Some(span) = owner.spans.first() else { return };
    let is_state = |(name, field): &&(String, Range<usize>)| {
        let head = code.slice(field).split('=').next().unwrap_or("");
        name.chars().any(char::is_lowercase) && !words(head).any(|(_, word)| matches!(word, "static" | "const"))
    };
    let n_fields = owner.fields.iter().filter(is_state).count();
    if methods.len() < MIN_METHODS || n_fields < MIN_FIELDS || n_lines < MIN_LINES || owner.is_interface || code.is_test(span.start) {
        return;
    }
    let message = format!("`{}` has {} methods, {n_fields} fields and {n_lines} lines of code in methods", owner.name, methods.len());
    let suggestion = match part(code, owner, &methods) {
        Some((fields, methods)) => format!(
            "Extract a class: {} use {} and share nothing with the rest but what all use.",
            listed(methods.iter().map(String::as_str), MAX_SHOWN),
            listed(fields.iter().map(String::as_str), MAX_SHOWN)
        ),
        None => "Extract a class for each reason the type has to change, and let it hold those.".to_owned(),
    };
    let head = span.start..span.start + code.slice(span).lines().next().unwrap_or("").trim_end().len();
    findings.push(finding("god-object", head, message, suggestion));
}

/// The largest group of methods that has its fields to itself, when there is more than one group.
fn part(code: &Code<'_>, owner: &Owner, methods: &[&Function]) -> Option<(BTreeSet<String>, BTreeSet<String>)> {
    let mut users: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (name, field) in &owner.fields {
        for at in code.places(name).iter().filter(|at| !field.contains(at)) {
            let after = methods.partition_point(|method| method.span.range().start <= *at);
            let user = after.checked_sub(1).filter(|user| methods.get(*user).is_some_and(|method| method.span.range().contains(at)));
            let known = users.entry(name).or_default();
            known.extend(user.filter(|user| !known.contains(user)));
        }
    }
    users.retain(|_, users| users.len() * 100 <= methods.len() * HUB_PERCENT);
    let mut groups: Vec<usize> = (0..methods.len()).collect();
    for users in users.values() {
        let Some(first) = users.first().and_then(|user| groups.get(*user)).copied() else { continue };
        let joined: BTreeSet<usize> = users.iter().filter_map(|user| groups.get(*user)).copied().collect();
        groups.iter_mut().filter(|group| joined.contains(group)).for_each(|group| *group = first);
    }
    let mut parts: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for user in users.values().flatten() {
        parts.entry(*groups.get(*user)?).or_default().insert(*user);
    }
    parts.retain(|_, part| part.len() >= MIN_PART);
    if parts.len() < 2 {
        return None;
    }
    // The smaller one is the easier one to take out.
    let part = parts.into_values().min_by_key(BTreeSet::len)?;
    let fields = users.iter().filter(|(_, users)| users.iter().any(|user| part.contains(user))).map(|(name, _)| (*name).to_owned());
    let names = part.iter().filter_map(|at| methods.get(*at)).map(|method| method.name.clone());
    Some((fields.collect(), names.collect()))
}

fn temporary_fields(code: &Code<'_>, owner: &Owner, span: &Range<usize>, findings: &mut Vec<Finding>) {
    for (name, field) in &owner.fields {
        if !is_private(code, name, field) || code.is_test(span.start) {
            continue;
        }
        let is_declared = !matches!(code.language, "python");
        let uses: Vec<usize> = code.places(name).iter().filter(|at| !(is_declared && field.contains(at))).copied().collect();
        let Some(method) = single_user(code, owner, &uses) else { continue };
        let message = format!("the private field `{name}` is set and read in `{}` alone", method.name);
        let suggestion = format!("Replace the field with a local variable of `{}`, or move both into a class of their own.", method.name);
        findings.push(finding("temporary-field", field.clone(), message, suggestion));
    }
}

fn is_private(code: &Code<'_>, name: &str, field: &Range<usize>) -> bool {
    let text = code.slice(field);
    let head = text.split('=').next().unwrap_or(text);
    let says = |wanted: &str| words(head).any(|(_, word)| word == wanted);
    let is_plain = !text.contains('@')
        && !says("static")
        && !says("final")
        && !says("readonly")
        && !says("volatile")
        && !says("transient")
        && !says("by");
    match code.language {
        "java" => is_plain && says("private") && code.places("lombok").is_empty(),
        "kotlin" => is_plain && says("private") && says("var") && !code.slice(field).contains("get()"),
        "typescript" | "tsx" => is_plain && says("private") && !code.before(field.start).contains('@'),
        "python" => name.starts_with("__") && !name.ends_with("__"),
        _ => false,
    }
}

/// The one method that uses a field, when it sets it before it reads it.
fn single_user<'c>(code: &'c Code<'_>, owner: &Owner, uses: &[usize]) -> Option<&'c Function> {
    let first = *uses.first()?;
    if uses.len() < 2 {
        return None;
    }
    let at = *owner.methods.iter().find(|at| code.functions.get(**at).is_some_and(|function| function.span.contains(first)))?;
    let method = code.functions.get(at)?;
    let body = code.text.get(method.signature.range().end..method.span.range().end)?;
    let is_plain = uses.iter().all(|at| method.span.range().contains(at))
        && !code.functions.iter().enumerate().any(|(inner, _)| code.parent(inner) == Some(at))
        && !["->", "=>", "lambda", "object :", "new Runnable"].iter().any(|mark| body.contains(mark))
        && !matches!(method.name.as_str(), "constructor" | "__init__")
        && method.name != owner.name
        && !words(body).any(|(_, word)| word == method.name || matches!(word, "await" | "yield" | "synchronized"));
    (is_plain && is_set(code, method, first) && is_read(code, uses)).then_some(method)
}

/// Whether the statement at the top of the body sets the field whole.
fn is_set(code: &Code<'_>, method: &Function, at: usize) -> bool {
    let line = code.line_text(at);
    let indent = |line: &str| line.len() - line.trim_start().len();
    let rest = code.text.get(at..).unwrap_or("").trim_start_matches(is_name_char).trim_start();
    let starts = ["this.", "self.", ""].iter().any(|receiver| {
        let name = line.trim_start().strip_prefix(receiver).unwrap_or("");
        line.len() - name.len() + (code.line_start(at)) == at
    });
    let method_indent = indent(code.line_text(method.span.range().start));
    let body = code.text.get(method.signature.range().end..method.span.range().end).unwrap_or("");
    let first = body.lines().skip(1).find(|line| !line.trim().is_empty() && indent(line) > method_indent).map_or(0, indent);
    // A value that is made of the old one needs the field to keep it.
    let name = code.text.get(at..).and_then(|text| words(text).next()).map_or("", |(_, word)| word);
    let value = rest.get(1..).and_then(|value| value.split([';', '\n']).next()).unwrap_or("");
    let keeps = words(value).any(|(_, word)| word == name);
    starts && !keeps && rest.starts_with('=') && !rest.starts_with("==") && indent(line) == first
}

/// Whether a use reads the field.
fn is_read(code: &Code<'_>, uses: &[usize]) -> bool {
    uses.iter().skip(1).any(|at| {
        let rest = code.text.get(*at..).unwrap_or("").trim_start_matches(is_name_char).trim_start();
        !rest.starts_with('=') || rest.starts_with("==")
    })
}
