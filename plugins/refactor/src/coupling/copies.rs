//! Owns the smell of a block that stands in two files. Never looks for it; the host did.

use std::collections::BTreeMap;

use devflow_plugin::{Finding, Host, Kind, Repeat, Severity, Source, Symbol};

use super::{is_own, stem};
use crate::rules::project_finding;

/// Fewest lines of code of a copy.
const MIN_LINES: u32 = 12;
/// From this many lines on it is a problem of weight.
const MANY_LINES: u32 = 40;
/// Lines of a function that a copy may miss to be the whole of it: its head and its end.
const SLACK: u32 = 3;
/// Imports in a block that make it the head of a file.
const MAX_IMPORTS: usize = 2;

pub(super) fn inspect(host: &dyn Host, sources: &[Source], findings: &mut Vec<Finding>) {
    let mut pairs: BTreeMap<(usize, usize), Vec<Repeat>> = BTreeMap::new();
    for repeat in host.repeats() {
        let (Some(first), Some(second)) = (sources.get(repeat.first as usize), sources.get(repeat.second as usize)) else { continue };
        let n_imports = second.first_imports().filter(|import| repeat.second_span.contains(import.span.range().start)).count();
        if repeat.lines >= MIN_LINES
            && is_own(first)
            && is_own(second)
            && first.language == second.language
            && n_imports <= MAX_IMPORTS
            && !is_of_a_platform(&first.path)
            && !is_of_a_platform(&second.path)
        {
            pairs.entry((repeat.first as usize, repeat.second as usize)).or_default().push(repeat);
        }
    }
    let mut symbols: BTreeMap<usize, Vec<Symbol>> = BTreeMap::new();
    for ((first, second), repeats) in pairs {
        let n_lines: u32 = repeats.iter().map(|repeat| repeat.lines).sum();
        let Some(longest) = repeats.iter().max_by_key(|repeat| (repeat.lines, usize::MAX - repeat.second_span.range().start)) else {
            continue;
        };
        let Some(other) = sources.get(first) else { continue };
        for source in [first, second] {
            symbols.entry(source).or_insert_with(|| host.symbols(source));
        }
        let here = holder(symbols.get(&second), longest.second_span.range().start);
        let there = holder(symbols.get(&first), longest.first_span.range().start);
        if here.is_some_and(|symbol| symbol.is_test) || there.is_some_and(|symbol| symbol.is_test) {
            continue;
        }
        let blocks = if repeats.len() == 1 {
            format!("a block of {n_lines} lines of code stands")
        } else {
            format!("{} blocks of {n_lines} lines of code together stand", repeats.len())
        };
        let of = there.map_or(String::new(), |symbol| format!(" (in `{}`)", symbol.name));
        let message = format!("{blocks} in `{}` too{of}", other.path);
        let suggestion = match (here, there) {
            (Some(here), Some(there)) if here.name == there.name && here.code_lines <= longest.lines + SLACK => {
                format!("Move `{}` to a file that both use, and delete the copy.", here.name)
            }
            (Some(here), Some(there)) if here.name == there.name => {
                format!("Extract what `{}` of both files shares into a function that both use.", here.name)
            }
            (Some(here), Some(there)) => {
                format!("Extract what `{}` and `{}` share into a function that both files use.", there.name, here.name)
            }
            _ => format!("Extract what this file and `{}` share into a file that both use.", other.path),
        };
        let mut found = project_finding("duplicated-across-files", second, longest.second_span.range(), message, suggestion);
        if n_lines >= MANY_LINES {
            found.severity = Severity::Medium;
        }
        findings.push(found);
    }
}

/// Whether a file is one of several of which a build takes one.
fn is_of_a_platform(path: &str) -> bool {
    const PLATFORMS: &[&str] = &[
        "unix", "posix", "windows", "win32", "win", "linux", "darwin", "macos", "freebsd", "android", "ios", "wasm", "amd64", "arm64",
        "other",
    ];
    let last = stem(path).rsplit(['_', '.', '-']).next().unwrap_or("");
    PLATFORMS.contains(&last) || path.split('/').any(|part| PLATFORMS.contains(&part))
}

/// The innermost function around a place, else the type.
fn holder(symbols: Option<&Vec<Symbol>>, at: usize) -> Option<&Symbol> {
    let around = symbols?.iter().filter(|symbol| symbol.span.contains(at));
    around.min_by_key(|symbol| (!matches!(symbol.kind, Kind::Function | Kind::Method), symbol.span.range().len()))
}
