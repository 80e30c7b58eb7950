//! Owns the smell of a type that inherits what it refuses.

use devflow_plugin::words::words;
use devflow_plugin::{Finding, Function, Severity};

use crate::code::Code;
use crate::owners::{Owner, Owners};
use crate::rules::{finding, listed};

/// Refused methods from which on the inheritance itself is wrong; a single one is only worth knowing.
const SEVERAL: usize = 2;
/// Names shown in a message.
const MAX_SHOWN: usize = 5;
/// A method that the contract of its library lets everybody refuse.
const OPTIONAL: &[&str] = &["remove", "getParentLogger", "reset", "clone", "unwrap"];

pub(super) fn inspect(code: &Code<'_>, findings: &mut Vec<Finding>) {
    let owners = Owners::read(code);
    for owner in &owners.all {
        let refused: Vec<&Function> = owner
            .methods
            .iter()
            .filter(|at| owners.is_bound(code, **at))
            .filter_map(|at| code.functions.get(*at))
            .filter(|function| !function.is_test && !OPTIONAL.contains(&function.name.as_str()) && refuses(code, owner, function))
            .collect();
        let Some(first) = refused.first() else { continue };
        let names = listed(refused.iter().map(|function| function.name.as_str()), MAX_SHOWN);
        let message = format!("`{}` inherits {names} only to refuse it", owner.name);
        let suggestion =
            format!("Replace inheritance with delegation, or split the contract so that `{}` need not promise {names}.", owner.name);
        let mut found = finding("refused-bequest", first.signature.range(), message, suggestion);
        if refused.len() < SEVERAL {
            found.severity = Severity::Info;
        }
        findings.push(found);
    }
}

/// Whether all that a method does is to say that it does not.
fn refuses(code: &Code<'_>, owner: &Owner, function: &Function) -> bool {
    let body = code.text.get(function.signature.range().end..function.span.range().end).unwrap_or("");
    let body = statement(body, code.language);
    let lower = body.to_lowercase();
    let says_so = lower.contains("unsupported")
        || lower.contains("not supported")
        || lower.contains("not_supported")
        || lower.contains("does not support");
    let is_one = body.matches(';').count() <= 1 && body.lines().filter(|line| !line.trim().is_empty()).count() <= 4;
    let starts = |word: &str| words(body).next().is_some_and(|(_, first)| first == word);
    let throws = match code.language {
        "java" | "kotlin" => starts("throw") && body.contains("UnsupportedOperationException"),
        "javascript" | "typescript" | "tsx" => starts("throw") && owner.has_base,
        "cpp" => starts("throw"),
        "python" => starts("raise") && owner.has_base && !body.contains('\n'),
        "rust" => ["panic", "unimplemented", "unreachable"].iter().any(|word| starts(word)),
        _ => false,
    };
    throws && says_so && is_one
}

/// What a body does, without its brackets, comments and documentation.
fn statement<'t>(body: &'t str, language: &str) -> &'t str {
    let mut rest = body.trim();
    rest = rest.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')).unwrap_or(rest);
    rest = rest.trim_start_matches(['=', ':']).trim();
    while let Some(line) = rest.lines().next().filter(|line| line.starts_with("//") || line.starts_with('#')) {
        rest = rest.get(line.len()..).unwrap_or("").trim_start();
    }
    for quote in ["\"\"\"", "'''"] {
        if language == "python"
            && let Some((_, after)) = rest.strip_prefix(quote).and_then(|inner| inner.split_once(quote))
        {
            rest = after.trim();
        }
    }
    rest
}
