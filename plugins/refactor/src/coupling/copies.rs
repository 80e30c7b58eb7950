//! Owns the smell of a block that stands in two files. Never looks for it; the host did.

use std::collections::BTreeMap;

use devflow_plugin::{Finding, Host, Kind, Place, Repeat, Severity, Source, Symbol};

use super::{is_own, stem};
use crate::rules::project_finding;

/// Fewest lines of code of a copy.
const MIN_LINES: u32 = 12;
/// From this many lines on it is a problem of weight.
const MANY_LINES: u32 = 40;
/// Lines of a function that a copy may miss to be the whole of it: its head and its end.
const SLACK: u32 = 3;
/// Most copies that a finding points to.
const MAX_RELATED: usize = 50;
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
    let mut clusters: BTreeMap<usize, Vec<(usize, Vec<Repeat>)>> = BTreeMap::new();
    for ((first, second), repeats) in pairs {
        clusters.entry(first).or_default().push((second, repeats));
    }
    let mut symbols = Symbols { host, known: BTreeMap::new() };
    findings.extend(clusters.into_iter().filter_map(|(first, others)| told(sources, &mut symbols, first, others)));
}

/// Symbols of the sources that were asked about.
struct Symbols<'h> {
    host: &'h dyn Host,
    known: BTreeMap<usize, Vec<Symbol>>,
}

impl Symbols<'_> {
    /// The innermost function around a place, else the type.
    fn holder(&mut self, source: usize, at: usize) -> Option<Symbol> {
        let host = self.host;
        let all = self.known.entry(source).or_insert_with(|| host.symbols(source));
        let around = all.iter().filter(|symbol| symbol.span.contains(at));
        around.min_by_key(|symbol| (!is_function(symbol), symbol.span.range().len())).cloned()
    }
}

fn is_function(symbol: &Symbol) -> bool {
    matches!(symbol.kind, Kind::Function | Kind::Method)
}

/// All files that share blocks with one file, as one finding there. Tables and tests may repeat themselves.
fn told(sources: &[Source], symbols: &mut Symbols<'_>, first: usize, others: Vec<(usize, Vec<Repeat>)>) -> Option<Finding> {
    let own = sources.get(first)?;
    let mut copies: Vec<(usize, u32, Repeat, Symbol, Symbol)> = Vec::new();
    for (second, repeats) in others {
        let n_lines: u32 = repeats.iter().map(|repeat| repeat.lines).sum();
        let longest = repeats.into_iter().max_by_key(|repeat| (repeat.lines, usize::MAX - repeat.second_span.range().start))?;
        let here = symbols.holder(first, longest.first_span.range().start);
        let there = symbols.holder(second, longest.second_span.range().start);
        let (Some(here), Some(there)) = (here, there) else { continue };
        if is_function(&here) && is_function(&there) && !here.is_test && !there.is_test {
            copies.push((second, n_lines, longest, here, there));
        }
    }
    let (second, n_lines, longest, here, there) = copies.iter().max_by_key(|(second, n, ..)| (*n, usize::MAX - second))?;
    let other = sources.get(*second)?;
    let more = match copies.len() - 1 {
        0 => String::new(),
        1 => " and one more file".to_owned(),
        n => format!(" and {n} more files"),
    };
    let message = format!("{n_lines} lines of code of `{}` stand in `{}`{more} too (in `{}`)", here.name, other.path, there.name);
    let suggestion = if here.name == there.name && here.code_lines <= longest.lines + SLACK {
        format!("Move `{}` to a file that both use, and delete the copy.", here.name)
    } else if here.name == there.name {
        format!("Extract what `{}` of both files shares into a function that both use.", here.name)
    } else {
        format!("Extract what `{}` and `{}` share into a function that both files use.", here.name, there.name)
    };
    let mut found = project_finding("duplicated-across-files", first, longest.first_span.range(), message, suggestion);
    found = found.reason("lines of code", i64::from(*n_lines)).reason("copies", copies.len() as i64);
    // Files of one name in folders beside each other are variants: of a language, a version, a platform.
    let name = |source: &Source| source.path.rsplit('/').next().unwrap_or("").to_owned();
    let are_variants = copies.iter().filter_map(|(second, ..)| sources.get(*second)).all(|source| name(source) == name(own));
    found.severity = match *n_lines {
        _ if are_variants => Severity::Info,
        n if n >= MANY_LINES => Severity::Low,
        _ => Severity::Info,
    };
    for (second, n, repeat, _, there) in copies.iter().take(MAX_RELATED) {
        let message = format!("{n} lines of code in `{}`", there.name);
        found = found.relate(Place::source(*second, repeat.second_span.range()), &message);
    }
    Some(found)
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
