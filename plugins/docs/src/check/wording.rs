//! Owns the rules `empty-documentation` and `unknown-reference`: documentation that says nothing, or names what its own type lacks.

use std::collections::BTreeSet;
use std::ops::Range;

use devflow_plugin::words::is_name_char;
use devflow_plugin::{Finding, Place};

use crate::prose::{identifiers, words_of_name};
use crate::rules::finding;
use crate::unit::{Declared, Doc, Form, Item, Kind};

/// Words that add nothing to a name.
const FILLERS: [&str; 20] = [
    "a",
    "an",
    "the",
    "this",
    "that",
    "of",
    "to",
    "for",
    "is",
    "function",
    "method",
    "class",
    "struct",
    "interface",
    "type",
    "enum",
    "trait",
    "object",
    "and",
    "in",
];

/// Members that every Java object has.
const OBJECT_MEMBERS: [&str; 9] = ["equals", "hashCode", "toString", "clone", "finalize", "getClass", "notify", "notifyAll", "wait"];

/// Looks at the words of every documentation.
pub(super) fn check(declared: &Declared<'_>, findings: &mut Vec<Finding>) {
    for item in declared.items.iter().filter(|item| !item.is_test && !matches!(item.kind, Kind::Impl | Kind::Module)) {
        let Some(doc) = item.doc.as_ref().filter(|doc| doc.form != Form::Informal) else { continue };
        let is_hidden_constant = item.kind == Kind::Constant && !item.is_public;
        if is_hidden_constant || matches!(declared.language, "c" | "cpp") {
            continue;
        }
        empty(declared, item, doc, findings);
    }
    references(declared, findings);
}

fn empty(declared: &Declared<'_>, item: &Item, doc: &Doc, findings: &mut Vec<Finding>) {
    let text = doc.text(declared.text);
    let name = declared.full_name(item);
    let message = if text.is_empty() {
        format!("the documentation of `{name}` is empty")
    } else if repeats(declared.language, &item.name, &text) {
        format!("the documentation of `{name}` only repeats its name")
    } else {
        return;
    };
    let advice = "Say what the name does not: what it expects, what it gives, when to use it.";
    findings.push(finding("empty-documentation", Place::Span(doc.span.clone().into()), message, advice, 85));
}

/// Whether a documentation consists of the words of the name and of fillers.
fn repeats(language: &str, name: &str, text: &str) -> bool {
    if text.len() > 200 || text.contains(['@', '\\', '{', '#', ':', '\n']) || text.trim_end_matches('.').contains(". ") {
        return false;
    }
    let stem = |word: &str| word.strip_suffix("es").or_else(|| word.strip_suffix('s')).unwrap_or(word).trim_end_matches('e').to_owned();
    let mut words: Vec<&str> = identifiers(text).collect();
    // By custom a Go comment begins with the name.
    if language == "go" && words.first() == Some(&name) {
        words.remove(0);
        if words.is_empty() {
            return true;
        }
    }
    let all: Vec<String> = words.iter().flat_map(|word| words_of_name(word)).collect();
    let n_numbers = text.chars().filter(char::is_ascii_digit).count();
    let said: BTreeSet<String> = all.iter().filter(|word| !FILLERS.contains(&word.as_str())).map(|word| stem(word)).collect();
    let named: BTreeSet<String> =
        words_of_name(name).iter().filter(|word| !FILLERS.contains(&word.as_str())).map(|word| stem(word)).collect();
    n_numbers == 0 && !said.is_empty() && said == named
}

/// Only where it is certain: members of a Java type without a base, variants of a Rust enum. The name stands nowhere in the code.
fn references(declared: &Declared<'_>, findings: &mut Vec<Finding>) {
    let mut words: Option<BTreeSet<&str>> = None;
    for item in &declared.items {
        let is_rust_type = declared.language == "rust" && matches!(item.kind, Kind::Type | Kind::Impl);
        if !is_rust_type && declared.language != "java" {
            continue;
        }
        let mut lines: Vec<Range<usize>> = item.doc.iter().flat_map(|doc| doc.lines.clone()).collect();
        if is_rust_type {
            let first = declared.comments.partition_point(|comment| comment.start < item.span.start);
            let inside = declared.comments.iter().skip(first).take_while(|comment| comment.end <= item.span.end);
            lines.extend(inside.filter(|comment| declared.part(comment).starts_with("///")).cloned());
        }
        let mentioned: Vec<_> = lines.iter().flat_map(|line| mentioned(declared, line)).collect();
        let is_certain = || if is_rust_type { is_enum(declared, item) } else { is_java_alone(declared, item) };
        if mentioned.is_empty() || !is_certain() {
            continue;
        }
        let words = words.get_or_insert_with(|| code_words(declared));
        let holder = if is_rust_type { item } else { declared.holder_type(item).unwrap_or(item) };
        for (name, place) in mentioned {
            if words.contains(name) || OBJECT_MEMBERS.contains(&name) {
                continue;
            }
            let message = format!("the documentation refers to `{name}`, which `{}` does not have", holder.name);
            let advice = "Name what took its place, or take the reference away.";
            findings.push(finding("unknown-reference", Place::Span(place.into()), message, advice, 88));
        }
    }
}

/// No type around it has a base, so everything it has stands in this file.
fn is_java_alone(declared: &Declared<'_>, item: &Item) -> bool {
    let types = declared.holders(item).chain(std::iter::once(item)).filter(|outer| matches!(outer.kind, Kind::Type | Kind::Interface));
    let mut types = types.peekable();
    types.peek().is_some()
        && types.all(|outer| {
            let head = declared.part(&outer.head);
            !head.contains(" extends ")
                && !head.contains(" implements ")
                && !head.contains('@')
                && !head.contains(" enum ")
                && !head.contains("record ")
        })
}

fn is_enum(declared: &Declared<'_>, holder: &Item) -> bool {
    let types = declared.items.iter().filter(|item| item.kind == Kind::Type && item.name == holder.name);
    let heads: Vec<&str> = types.map(|item| declared.part(&item.head)).collect();
    !heads.is_empty() && heads.iter().all(|head| head.split_whitespace().any(|word| word == "enum"))
}

/// Every identifier outside of comments.
fn code_words<'a>(declared: &Declared<'a>) -> BTreeSet<&'a str> {
    let mut words = BTreeSet::new();
    let mut at = 0;
    for comment in &declared.comments {
        words.extend(identifiers(declared.text.get(at..comment.start).unwrap_or("")));
        at = at.max(comment.end);
    }
    words.extend(identifiers(declared.text.get(at..).unwrap_or("")));
    words
}

/// `{@link #name}` in Java; `` `Self::Name` `` with a capital letter in Rust.
fn mentioned<'a>(declared: &Declared<'a>, line: &Range<usize>) -> Vec<(&'a str, Range<usize>)> {
    let text = declared.part(line);
    let mark = if declared.language == "java" { "{@link #" } else { "`Self::" };
    let mut found = Vec::new();
    for (at, _) in text.match_indices(mark) {
        let start = at + mark.len();
        let rest = text.get(start..).unwrap_or("");
        let end = rest.find(|c: char| !is_name_char(c)).unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(end).unwrap_or(("", ""));
        let is_whole = if declared.language == "java" {
            after.starts_with(['}', '(', ' '])
        } else {
            after.starts_with('`') && name.starts_with(char::is_uppercase) && name.chars().any(char::is_lowercase)
        };
        if is_whole && !name.is_empty() {
            found.push((name, line.start + start..line.start + start + name.len()));
        }
    }
    found
}
