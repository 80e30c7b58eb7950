//! Owns the smells that show in heads of functions: long lists, flags, rows of texts, and clumps that travel together.

use std::collections::{BTreeMap, BTreeSet};

use devflow_plugin::words::words;
use devflow_plugin::{Finding, Function};

use crate::code::Code;
use crate::owners::Owners;
use crate::rules::{finding, listed};
use crate::signature::{Parameter, parameters};

/// From this many parameters on, a list with a group in it is reported.
const MANY_PARAMETERS: usize = 6;
/// From this many on, every list is.
const TOO_MANY_PARAMETERS: usize = 8;
/// Fewest parameters of a group or a clump.
const MIN_GROUP: usize = 3;
/// Fewest functions, of different names, through which a clump goes.
const MIN_CLUMP_FUNCTIONS: usize = 3;
/// Functions with the same list whole, from which on somebody else prescribes it: callbacks, handlers, table entries.
const CALLBACKS: usize = 6;
/// Fewest functions whose names begin alike: with fewer they are variants of one.
const MANY_VARIANTS: usize = 5;
/// Parameters of one function that are looked at for clumps.
const MAX_CLUMP_PARAMETERS: usize = 12;
/// Fewest booleans of a public function.
const MIN_FLAGS: usize = 2;
/// Fewest texts in a row.
const MIN_TEXTS: usize = 4;
/// Names shown in a message.
const MAX_SHOWN: usize = 5;

/// Parameters that a framework or a habit hands to everything.
const SURROUNDINGS: &[&str] = &[
    "ctx",
    "context",
    "req",
    "res",
    "request",
    "response",
    "next",
    "err",
    "error",
    "event",
    "args",
    "kwargs",
    "logger",
    "log",
    "callback",
    "done",
    "state",
    "action",
    "dispatch",
    "env",
    "options",
    "opts",
    "config",
    "cfg",
    "self",
    "this",
    "cls",
    "props",
    "params",
    "out",
    "buf",
    "buffer",
    "len",
    "length",
    "size",
    "offset",
    "start",
    "end",
    "count",
    "index",
    "allocator",
    "writer",
    "reader",
    "session",
    "user_data",
    "data",
    "key",
    "value",
    "name",
    "parent",
    "node",
    "tx",
    "db",
    "span",
    "argc",
    "argv",
    "dst",
    "src",
    "min",
    "max",
    "lhs",
    "rhs",
    "left",
    "right",
];

pub(super) fn inspect(code: &Code<'_>, findings: &mut Vec<Finding>) {
    let owners = Owners::read(code);
    let mut free = Vec::new();
    for (at, function) in code.functions.iter().enumerate() {
        // What C++ defines outside of its class is declared elsewhere, perhaps as an override.
        let is_elsewhere = function.name.is_empty() || function.name.contains("::");
        if function.parameters.len() < MIN_FLAGS
            || function.is_test
            || is_elsewhere
            || owners.is_bound(code, at)
            || is_wired(code, function)
        {
            continue;
        }
        let list = parameters(code, function);
        let is_constructor = is_constructor(function, &owners, at);
        if !is_constructor {
            long_list(code, function, &list, findings);
            flags(code, function, &list, findings);
            texts(code, function, &list, findings);
            free.push(function);
        }
    }
    clumps(&free, findings);
}

/// Whether a framework fills the parameters: a mark stands on the function or on one of them.
fn is_wired(code: &Code<'_>, function: &Function) -> bool {
    const HARMLESS: &[&str] = &[
        "Nullable",
        "NonNull",
        "NotNull",
        "Nonnull",
        "Deprecated",
        "SuppressWarnings",
        "SafeVarargs",
        "JvmStatic",
        "JvmOverloads",
        "Contract",
        "VisibleForTesting",
        "CanIgnoreReturnValue",
        "CheckForNull",
        "Throws",
    ];
    let signature = code.slice(&function.signature.range());
    let marks = signature.match_indices('@').filter_map(|(at, _)| words(signature.get(at + 1..)?).next());
    let mut marks = marks.filter(|(_, mark)| !HARMLESS.contains(mark));
    let before = code.text.get(..code.line_start(function.span.range().start)).unwrap_or("").trim_end();
    let is_decorated = code.language == "python"
        && before.lines().rev().take_while(|line| !line.trim().is_empty()).take(60).any(|line| line.trim_start().starts_with('@'));
    marks.next().is_some() || is_decorated
}

fn is_constructor(function: &Function, owners: &Owners, at: usize) -> bool {
    let owner = owners.of(at).map_or("", |owner| owner.name.as_str());
    let name = function.name.rsplit("::").next().unwrap_or("");
    matches!(name, "__init__" | "constructor" | "new" | "__new__" | "create" | "of")
        || name == owner
        || name.starts_with("New")
        || name.starts_with("with_")
}

fn long_list(code: &Code<'_>, function: &Function, list: &[Parameter], findings: &mut Vec<Finding>) {
    let needed: Vec<&str> = list.iter().filter(|known| !known.has_default && !known.is_named).map(|known| known.name.as_str()).collect();
    let n = needed.len();
    if n < MANY_PARAMETERS {
        return;
    }
    let group = common_word(&needed);
    if group.is_none() && n < TOO_MANY_PARAMETERS {
        return;
    }
    let message = format!("{} takes {n} parameters in a row", code.subject(function));
    let suggestion = match group {
        Some((word, names)) => {
            format!("Introduce a parameter object: {} all speak of `{word}`.", listed(names, MAX_SHOWN))
        }
        None => format!(
            "Introduce a parameter object for those of {} that one caller always has together.",
            listed(needed, TOO_MANY_PARAMETERS)
        ),
    };
    findings.push(finding("long-parameter-list", function.signature.range(), message, suggestion));
}

/// The word that most names begin with, when there are enough of them.
fn common_word<'n>(names: &[&'n str]) -> Option<(String, Vec<&'n str>)> {
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for name in names {
        if let Some(word) = first_word(name) {
            groups.entry(word).or_default().push(name);
        }
    }
    groups.into_iter().filter(|(word, names)| names.len() >= MIN_GROUP && word.len() > 2).max_by_key(|(_, names)| names.len())
}

/// The first word of a name of several words, in small letters.
fn first_word(name: &str) -> Option<String> {
    let name = name.trim_start_matches('_');
    let end = name.char_indices().skip(1).find(|(_, c)| *c == '_' || c.is_uppercase()).map(|(at, _)| at)?;
    name.get(..end).map(str::to_lowercase).filter(|word| !matches!(word.as_str(), "is" | "has" | "num" | "max" | "min" | "the" | "use"))
}

fn flags(code: &Code<'_>, function: &Function, list: &[Parameter], findings: &mut Vec<Finding>) {
    let is_flag = |known: &&Parameter| {
        known.is_flag() && known.name.len() > 2 && !known.is_named && (code.language != "python" || !known.has_default)
    };
    let flags: Vec<&str> = list.iter().filter(is_flag).map(|known| known.name.as_str()).collect();
    if !function.is_public || flags.len() < MIN_FLAGS || function.name.starts_with("set") || is_overload(code, function) {
        return;
    }
    let message = format!("{} takes {} booleans: {}", code.subject(function), flags.len(), listed(flags.iter().copied(), MAX_SHOWN));
    let suggestion = format!(
        "Replace {} with an enum each or with options that have names, or give each way its own function.",
        listed(flags, MAX_SHOWN)
    );
    findings.push(finding("flag-parameters", function.signature.range(), message, suggestion));
}

/// Whether a function of the same name stands before: the first one is told.
fn is_overload(code: &Code<'_>, function: &Function) -> bool {
    code.functions
        .iter()
        .take_while(|known| known.span.start < function.span.start)
        .any(|known| known.name == function.name && known.parameters.len() >= MIN_FLAGS)
}

fn texts(code: &Code<'_>, function: &Function, list: &[Parameter], findings: &mut Vec<Finding>) {
    if !function.is_public {
        return;
    }
    let mut row: Vec<&str> = Vec::new();
    let mut longest: Vec<&str> = Vec::new();
    for known in list {
        if known.is_text() && !known.is_named && !known.has_default {
            row.push(&known.name);
        } else {
            row.clear();
        }
        if row.len() > longest.len() {
            longest.clone_from(&row);
        }
    }
    if longest.len() < MIN_TEXTS {
        return;
    }
    let message = format!("{} takes {} texts in a row, and swapping two of them compiles", code.subject(function), longest.len());
    let suggestion = format!("Replace primitives with types: give {} a type each, or one type for all.", listed(longest, MAX_SHOWN));
    findings.push(finding("primitive-obsession", function.signature.range(), message, suggestion));
}

/// The parameters of a function that may be part of a clump.
fn telling(function: &Function) -> BTreeSet<&str> {
    let names = function.parameters.iter().map(String::as_str);
    let names = names.filter(|name| name.len() > 1 && !SURROUNDINGS.contains(name) && !name.contains(['{', '(', '[', '.', '*', ' ']));
    names.take(MAX_CLUMP_PARAMETERS).collect()
}

fn clumps(functions: &[&Function], findings: &mut Vec<Finding>) {
    let sets: BTreeMap<usize, BTreeSet<&str>> =
        functions.iter().enumerate().map(|(at, function)| (at, telling(function))).filter(|(_, set)| set.len() >= MIN_GROUP).collect();
    let mut carriers: BTreeMap<[&str; MIN_GROUP], Vec<usize>> = BTreeMap::new();
    for (at, set) in &sets {
        let names: Vec<&str> = set.iter().copied().collect();
        for (a, first) in names.iter().enumerate() {
            for (b, second) in names.iter().enumerate().skip(a + 1) {
                for third in names.iter().skip(b + 1) {
                    carriers.entry([first, second, third]).or_default().push(*at);
                }
            }
        }
    }
    let mut groups: Vec<&Vec<usize>> = carriers.values().filter(|carriers| is_clump(functions, carriers)).collect();
    groups.sort_by_key(|carriers| (usize::MAX - carriers.len(), (*carriers).clone()));
    groups.dedup();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for carriers in groups {
        let of = |at: &usize| sets.get(at).cloned().unwrap_or_default();
        let common = carriers.iter().map(of).reduce(|a, b| a.intersection(&b).copied().collect()).unwrap_or_default();
        if common.iter().any(|name| used.contains(name)) {
            continue;
        }
        used.extend(common.iter().copied());
        let Some(first) = carriers.first().and_then(|at| functions.get(*at)) else { continue };
        let names: BTreeSet<&str> = carriers.iter().filter_map(|at| functions.get(*at)).map(|function| function.name.as_str()).collect();
        let message = format!("{} go together through {}", listed(common.iter().copied(), MAX_SHOWN), listed(names, MAX_SHOWN));
        let suggestion = format!("Introduce a parameter object that holds {}.", listed(common, MAX_SHOWN));
        findings.push(finding("data-clump", first.signature.range(), message, suggestion));
    }
}

/// Whether functions of enough names carry the group, and no common contract makes them.
fn is_clump(functions: &[&Function], carriers: &[usize]) -> bool {
    let carriers: Vec<&Function> = carriers.iter().filter_map(|at| functions.get(*at)).copied().collect();
    let names: BTreeSet<&str> = carriers.iter().map(|function| function.name.as_str()).collect();
    let lists: BTreeSet<&[String]> = carriers.iter().map(|function| function.parameters.as_slice()).collect();
    // Variants of one operation hand their parameters on to each other.
    let stems: BTreeSet<String> = names.iter().map(|name| first_word(name).unwrap_or_else(|| name.to_lowercase())).collect();
    let is_varied = stems.len() > 1 || names.len() >= MANY_VARIANTS;
    names.len() >= MIN_CLUMP_FUNCTIONS && is_varied && !(lists.len() == 1 && carriers.len() >= CALLBACKS)
}
