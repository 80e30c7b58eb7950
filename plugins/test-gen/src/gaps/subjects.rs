//! Owns which functions of a source deserve a test that names them. Where one file does not tell, the function does not. Never looks at tests.

use std::collections::BTreeMap;
use std::ops::Range;

use devflow_plugin::words::{has_word, is_name, words};
use devflow_plugin::{Kind, Role, Source, Symbol};

use super::names::{CALLED, CALLED_BEGINNINGS, DISPATCHERS, FOREIGN, HANDLED, HARMLESS, PASSED_OVER, ROUTED};

/// A function that a test should name.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    /// Its name.
    pub(crate) name: String,
    /// The type around it; empty at the top.
    pub(crate) parent: String,
    /// Its head.
    pub(crate) span: Range<usize>,
    /// Its line, from 1.
    pub(crate) line: u32,
    /// McCabe's number.
    pub(crate) cyclomatic: u32,
}

impl Subject {
    /// The name with that of its type.
    pub(crate) fn full_name(&self) -> String {
        if self.parent.is_empty() { self.name.clone() } else { format!("{}.{}", self.parent, self.name) }
    }
}

/// Whether functions of a source are looked at.
pub(super) fn is_looked_at(source: &Source) -> bool {
    let lower = source.path.to_lowercase();
    let (folders, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let is_dispatched = source.imports.iter().any(|import| DISPATCHERS.iter().any(|known| begins(&import.name, known)));
    let mut parts = folders.split('/').chain(name.split('.')).flat_map(|part| std::iter::once(part).chain(part.split(['_', '-'])));
    let is_script = matches!(source.language.as_str(), "javascript" | "typescript" | "tsx");
    let is_routed = is_script && folders.split('/').any(|part| ROUTED.contains(&part));
    let is_made = [".d.ts", ".pb.go", "_pb2.py", ".pb.cc", ".pb.h", ".min.js"].iter().any(|ending| name.ends_with(ending));
    let is_setup = matches!(name, "setup.py" | "build.rs" | "conf.py" | "manage.py" | "gulpfile.js" | "gruntfile.js");
    source.role == Role::Source
        && !is_dispatched
        && !is_routed
        && !is_made
        && !is_setup
        && !is_foreign(&source.path)
        && !name.split('.').next().is_some_and(|stem| stem.ends_with("benchmark"))
        && parts.all(|part| !PASSED_OVER.contains(&part))
}

/// Whether a source belongs to others.
pub(super) fn is_foreign(path: &str) -> bool {
    path.rsplit_once('/').is_some_and(|(folders, _)| folders.split('/').any(|part| FOREIGN.contains(&part.to_lowercase().as_str())))
}

/// Whether an import is of a library.
fn begins(import: &str, library: &str) -> bool {
    import.strip_prefix(library).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// What deserves a test, in the order of the file; overloads once, with their highest number.
pub(super) fn subjects(source: &Source, symbols: &[Symbol]) -> Vec<Subject> {
    let language = source.language.as_str();
    let types: BTreeMap<&str, bool> =
        symbols.iter().filter(|symbol| symbol.kind == Kind::Class).map(|symbol| (symbol.name.as_str(), symbol.is_public)).collect();
    let mut found: BTreeMap<(String, String), Subject> = BTreeMap::new();
    let mut end = 0;
    for symbol in symbols.iter().filter(|symbol| matches!(symbol.kind, Kind::Function | Kind::Method)) {
        // A function inside of a function is an affair of the outer one.
        let is_inner = symbol.span.start < end;
        end = end.max(symbol.span.end);
        let parent_is_open = match types.get(symbol.parent.as_str()) {
            Some(is_public) => *is_public,
            None => symbol.parent.is_empty() || !matches!(language, "javascript" | "typescript" | "tsx"),
        };
        let Some(name) = public_name(language, symbol) else { continue };
        if is_inner || !parent_is_open || symbol.is_test || is_trivial(symbol) || !is_called_by_name(language, name, symbol) {
            continue;
        }
        let span = symbol.span.range();
        let head = span.start..span.start + symbol.signature.len().clamp(1, span.len().max(1)).min(span.len());
        let subject = Subject {
            name: name.to_owned(),
            parent: symbol.parent.clone(),
            span: head,
            line: symbol.line,
            cyclomatic: symbol.cyclomatic.max(1),
        };
        let known = found.entry((subject.parent.clone(), subject.name.clone())).or_insert_with(|| subject.clone());
        if known.cyclomatic < subject.cyclomatic {
            *known = subject;
        }
    }
    found.into_values().collect()
}

/// The name that others call it by, when others can.
fn public_name<'s>(language: &str, symbol: &'s Symbol) -> Option<&'s str> {
    let name = symbol.name.as_str();
    let is_script = matches!(language, "javascript" | "typescript" | "tsx");
    let exported = name.strip_prefix("module.exports.").or_else(|| name.strip_prefix("exports."));
    let (name, is_public) = match exported {
        Some(name) if is_script => (name, true),
        _ => (name, symbol.is_public),
    };
    // The sections of a C++ class are not told; a method of an object literal has no type.
    let is_hidden = match language {
        "cpp" => symbol.kind == Kind::Method || !symbol.parent.is_empty(),
        "go" => receiver(&symbol.signature).is_some_and(|receiver| !receiver.starts_with(char::is_uppercase)),
        _ if is_script && exported.is_none() && symbol.parent.is_empty() => !has_word(&symbol.signature, "function"),
        _ => name.starts_with('_'),
    };
    (is_public && !is_hidden && is_name(name)).then_some(name)
}

/// The type of a Go method.
fn receiver(signature: &str) -> Option<&str> {
    let inside = signature.strip_prefix("func (")?.split(')').next()?;
    let name = inside.split_whitespace().next_back()?.trim_start_matches('*');
    Some(name.split('[').next().unwrap_or(name))
}

/// A body of one line, or a constructor that decides nothing.
fn is_trivial(symbol: &Symbol) -> bool {
    const MAX_LINES: u32 = 3;
    // Many parameters stand on lines of their own.
    let n_parameters = symbol.parameters.len();
    let max_lines = if n_parameters >= 3 { MAX_LINES + u32::try_from(n_parameters).unwrap_or(0) } else { MAX_LINES };
    let is_constructor = symbol.name == symbol.parent || symbol.name.starts_with("New") || symbol.name.starts_with("new_");
    let is_accessor = ["get", "set", "is_", "with_"].iter().any(|start| symbol.name.starts_with(start)) && symbol.code_lines <= 4;
    symbol.cyclomatic <= 1 && (symbol.code_lines <= max_lines || is_constructor || is_accessor)
}

/// Whether a test that wants to run it must write its name.
fn is_called_by_name(language: &str, name: &str, symbol: &Symbol) -> bool {
    let signature = symbol.signature.as_str();
    let has = |word: &str| has_word(signature, word);
    let is_handler = HANDLED.iter().any(|kind| signature.contains(kind))
        || matches!(symbol.parameters.first().map(String::as_str), Some("req" | "request" | "_req" | "_request"))
            && symbol.parameters.get(1).is_some_and(|second| second.contains("res") || second == "reply");
    let is_inherited = match language {
        "java" | "kotlin" => {
            has("Override") || has("override") || has("operator") || has("abstract") || has("native") || has_duty(signature)
        }
        "typescript" | "tsx" => has("override") || has("abstract") || signature.starts_with("get ") || signature.starts_with("set "),
        "cpp" => has("override") || has("operator"),
        _ => false,
    };
    let is_overriding_type = matches!(language, "java" | "cpp") && name == symbol.parent;
    let is_walked = symbol.kind == Kind::Method && CALLED_BEGINNINGS.iter().any(|start| name.starts_with(start));
    // A test of its own, run by a switch of the program.
    let is_own_test = name.ends_with("Test") || name.ends_with("Tests") || name.ends_with("_test") || name.starts_with("test_");
    !is_walked && !is_own_test && !CALLED.contains(&name) && !is_handler && !is_inherited && !is_overriding_type
}

/// Whether an annotation may tell a framework to call.
fn has_duty(signature: &str) -> bool {
    let annotations = signature.split('@').skip(1);
    annotations.map(|rest| words(rest).next().map_or("", |(_, word)| word)).any(|name| !HARMLESS.contains(&name))
}
