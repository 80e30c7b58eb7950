//! What checkouts and scripts may not do with the user's money and machine: they may lower what the user and the defaults allow, and never raise it.

use std::collections::BTreeMap;

use super::origin::{Entry, Origin};
use super::value::Value;
use crate::diag::{Diagnostic, Gravity};

/// Keys that a project or a script may only lower.
const LOWERED: &[&str] = &[
    "budget.max-usd",
    "budget.project-max-usd",
    "provider.concurrency",
    "provider.attempts",
    "model.max-output-tokens",
    "model.mode",
    "analyzers.deadline",
    "analyzers.memory",
];

/// Keys by which a project decides what is paid for, within the budget.
const PRICED: &[&str] = &["model.name", "model.reasoning-effort"];

/// Whether an entry of a project or a script asks for more than is allowed so far; then the warning.
pub(super) fn raises(key: &str, entry: &Entry, known: &BTreeMap<String, Entry>) -> Option<Diagnostic> {
    let allowed = known.get(key).filter(|_| may_only_lower(&entry.origin) && LOWERED.contains(&key))?;
    if amount(&entry.value) <= amount(&allowed.value) {
        return None;
    }
    let who = if matches!(entry.origin, Origin::Script { .. }) { "script" } else { "project" };
    let message = format!("a {who} may lower `{key}` and not raise it: {} stays", allowed.value);
    let label = "set it in your own configuration, the environment or by a flag".to_owned();
    Some(Diagnostic { gravity: Gravity::Warning, ..entry.origin.diagnostic("not-raised", message, label, false) })
}

fn may_only_lower(origin: &Origin) -> bool {
    origin.is_project() || matches!(origin, Origin::Script { .. })
}

/// `none` means no limit, and `off` costs nothing.
fn amount(value: &Value) -> f64 {
    match value {
        Value::Whole(whole) => *whole as f64,
        Value::Number(number) => *number,
        Value::Text(text) if text == "off" => 0.0,
        _ => f64::INFINITY,
    }
}

/// Whether a project chose the model or how long it thinks, and the user has set no budget.
pub(super) fn is_chosen_by_project(entries: &BTreeMap<String, Entry>) -> bool {
    let is_chosen = |key: &&str| entries.get(*key).is_some_and(|entry| entry.origin.is_project());
    let budget = entries.get("budget.max-usd");
    let is_lifted = budget.is_some_and(|entry| !may_only_lower(&entry.origin) && entry.origin != Origin::Default);
    !is_lifted && PRICED.iter().any(is_chosen)
}
