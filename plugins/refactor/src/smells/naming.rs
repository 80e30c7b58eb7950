//! Owns the smell of a file that names its functions in two styles. Languages whose compilers or tools tell of it are left to them.

use devflow_plugin::Finding;

use crate::code::Code;
use crate::owners::Owners;
use crate::rules::{finding, listed};

/// Fewest names in the style of the file.
const MIN_MAJORITY: usize = 5;
/// Fewest names in the other style.
const MIN_MINORITY: usize = 2;
/// Largest part, in percent, of the other style: with more there are two styles on purpose.
const MAX_MINORITY_PERCENT: usize = 25;
/// Names shown in a message.
const MAX_SHOWN: usize = 5;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Snake,
    Camel,
}

impl Style {
    fn word(self) -> &'static str {
        match self {
            Self::Snake => "snake_case",
            Self::Camel => "camelCase",
        }
    }
}

/// The style of a name of several words; none for others, and for prefixes and mixtures.
fn style(name: &str) -> Option<Style> {
    let has_upper = name.chars().any(char::is_uppercase);
    let starts_small = name.chars().next().is_some_and(char::is_lowercase);
    match (starts_small, has_upper, name.contains('_')) {
        (true, false, true) => Some(Style::Snake),
        (true, true, false) => Some(Style::Camel),
        _ => None,
    }
}

pub(super) fn inspect(code: &Code<'_>, findings: &mut Vec<Finding>) {
    if matches!(code.language, "rust" | "go") {
        return;
    }
    let owners = Owners::read(code);
    let mut names = Vec::new();
    for (at, function) in code.functions.iter().enumerate() {
        let is_nested = code.parent(at).is_some();
        if function.is_test || is_nested || owners.is_bound(code, at) || is_prescribed(&function.name, code.language) {
            continue;
        }
        if let Some(style) = style(&function.name) {
            names.push((function, style));
        }
    }
    let n_snake = names.iter().filter(|(_, style)| *style == Style::Snake).count();
    let n_camel = names.len() - n_snake;
    let (major, n_major, n_minor) = if n_snake >= n_camel { (Style::Snake, n_snake, n_camel) } else { (Style::Camel, n_camel, n_snake) };
    if n_major < MIN_MAJORITY || n_minor < MIN_MINORITY || n_minor * 100 > names.len() * MAX_MINORITY_PERCENT {
        return;
    }
    let odd: Vec<_> = names.iter().filter(|(_, style)| *style != major).map(|(function, _)| *function).collect();
    let Some(first) = odd.first() else { return };
    let message = format!("{n_major} functions of this file are named in {} and {n_minor} are not", major.word());
    let suggestion = format!("Rename {} to {}.", listed(odd.iter().map(|function| function.name.as_str()), MAX_SHOWN), major.word());
    findings.push(finding("mixed-naming", first.signature.range(), message, suggestion));
}

/// Names that a library prescribes.
fn is_prescribed(name: &str, language: &str) -> bool {
    const LIBRARY: &[&str] =
        &["push_back", "pop_back", "push_front", "pop_front", "emplace_back", "shrink_to_fit", "max_size", "type_name", "value_or"];
    match language {
        "python" => {
            name.starts_with("do_")
                || name.starts_with("visit_")
                || name.ends_with("Event")
                || name.starts_with("setUp")
                || name.starts_with("tearDown")
                || name.starts_with("assert")
        }
        "javascript" | "typescript" | "tsx" => name.starts_with("UNSAFE_") || name.starts_with("unstable_"),
        "cpp" => LIBRARY.contains(&name),
        _ => false,
    }
}
