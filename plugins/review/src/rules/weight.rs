//! How much a finding weighs: by where its value comes from, and by what stands around it.

use std::ops::Range;

use devflow_plugin::Role;
use devflow_plugin::facts::{Hit, Origin};

use super::{errors, secret_doubts, transport};
use crate::rule::{Rule, Severity};
use crate::source::Source;

/// The severity of what a table found in code of a role; `None` where nothing is to be said.
pub(crate) fn of_hit(rule: &Rule, hit: &Hit<'_>, source: &Source<'_>, role: Role) -> Option<Severity> {
    let is_label =
        rule.id == "hard-coded-secret" && !hit.texts.is_empty() && hit.texts.iter().all(|text| secret_doubts::is_label_of_key(text));
    let own = by_origin(rule, hit.severity.unwrap_or(rule.severity), role, hit);
    of_place(&Rule { severity: own, ..*rule }, &hit.span, source, role).filter(|_| !is_label)
}

/// The severity of a finding at a place in code of a role; `None` where the rule does not apply.
pub(crate) fn of_place(rule: &Rule, span: &Range<usize>, source: &Source<'_>, role: Role) -> Option<Severity> {
    let severity = rule.severity_in(role)?;
    Some(if is_milder(rule, span, source, role) { severity.min(Severity::Low) } else { severity })
}

/// Whether a finding weighs less than its rule says, by what stands around it.
fn is_milder(rule: &Rule, span: &Range<usize>, source: &Source<'_>, role: Role) -> bool {
    match rule.id {
        "tls-verification-disabled" if transport::is_explained(span.start, source) => true,
        "tls-verification-disabled" | "xss-sink" | "cors-wildcard" | "request-forgery" | "open-redirect" | "response-splitting" => {
            role == Role::Test && transport::speaks_with_itself(span.start, source)
        }
        "swallowed-error" => errors::is_probe(span.start, source),
        "hard-coded-secret" => secret_doubts::is_of_this_machine(span, source),
        _ => false,
    }
}

/// Rules on values that become code: how bad they are depends on where the value comes from.
const BY_ORIGIN: &[&str] = &[
    "command-injection",
    "eval",
    "expression-injection",
    "ldap-injection",
    "nosql-injection",
    "sql-injection",
    "template-injection",
    "unsafe-deserialization",
    "xpath-injection",
    "xss-sink",
];

/// The severity of a finding by where its value comes from. What nobody sends is decided by the program itself; in a script, by whoever
/// runs it. What a function is given may come from anywhere: what becomes objects or code is hardly ever the program's own. A value in
/// a statement breaks it even where nobody means harm, and the name of a table does not.
fn by_origin(rule: &Rule, own: Severity, role: Role, hit: &Hit<'_>) -> Severity {
    let is_by_hand = matches!(role, Role::Script | Role::Test);
    match hit.origin {
        // What comes into a script or a test comes from whoever runs it.
        Origin::Sent if is_by_hand && rule.id == "command-injection" => own.min(Severity::Medium),
        Origin::Sent => own,
        _ if !BY_ORIGIN.contains(&rule.id) => own,
        _ if role == Role::Script => own.min(Severity::Low),
        Origin::Given if matches!(rule.id, "unsafe-deserialization" | "eval") => own,
        _ if role == Role::Test => own.min(Severity::Medium),
        _ if rule.id == "sql-injection" && has_value_hole(&hit.texts) => own,
        _ if rule.id == "sql-injection" && has_only_names(&hit.texts) => own.min(Severity::Low),
        Origin::Given | Origin::Own => own.min(Severity::Medium),
    }
}

/// Whether a text has a hole where a value stands, and not a name: `name = '{}'`, `LIKE '%{}%'`, `id = ` and something behind it.
fn has_value_hole(texts: &[String]) -> bool {
    let is_of_value = |before: &str| {
        let low = before.to_ascii_lowercase();
        let is_compared = ["where", " and ", "having"].iter().any(|word| low.contains(word));
        before.trim_end_matches(['%', '(', '^']).ends_with('\'') || is_compared && before.trim_end().ends_with(['=', '<', '>'])
    };
    texts.iter().any(|text| text.match_indices(HOLE).any(|(at, _)| is_of_value(&text[..at])))
}

/// What stands for a value that is not known, in the texts of a hit.
const HOLE: char = '\u{1}';

/// Words of SQL behind which a name stands that nobody can bind: of a table, a database, a user, a setting.
const BEFORE_NAMES: &str = "from into table database schema user role index view update join pragma names attach sequence column exists \
    describe truncate use cascade grant revoke synonym catalog to on type extension savepoint listen notify";

/// Whether all holes of a text stand where SQL wants a name.
fn has_only_names(texts: &[String]) -> bool {
    let holes = texts.iter().flat_map(|text| text.match_indices(HOLE).map(move |(at, _)| &text[..at]));
    let is_of_name = |before: &str| {
        let before = before.trim_end_matches(['"', '`', '[']).trim_end();
        let word = before.rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("").to_ascii_lowercase();
        BEFORE_NAMES.split_ascii_whitespace().any(|known| known == word)
    };
    let mut holes = holes.peekable();
    holes.peek().is_some() && holes.all(is_of_name)
}
