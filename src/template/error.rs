//! Mistakes in templates: what is wrong, where it is, and which known name was meant.

use std::collections::BTreeSet;

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Value};

use super::value::{is_view, miss};
use crate::diag::{Diagnostic, Excerpt, Gravity, nearest};

/// A template that cannot be rendered.
#[derive(Debug, thiserror::Error)]
#[error("template `{name}`{place}: {reason}", place = line.map(|line| format!(", line {line}")).unwrap_or_default())]
pub struct TemplateError {
    /// Name of the template, such as `report.md`.
    pub name: String,
    /// Line of the mistake, from 1; none where the engine names none.
    pub line: Option<usize>,
    /// Bytes of the template, where they are known.
    pub range: Option<std::ops::Range<usize>>,
    /// What is wrong, in the words of devflow or of the engine.
    pub reason: String,
    /// The known name that is nearest to the one that was used.
    pub near: Option<String>,
}

impl TemplateError {
    /// The mistake with its place. `shown` is what the user knows the template as.
    pub fn diagnostic(&self, shown: &str, text: &str) -> Diagnostic {
        let line_range = || {
            let start = text.split_inclusive('\n').take(self.line?.checked_sub(1)?).map(str::len).sum::<usize>();
            let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
            Some(start..end)
        };
        let range = self.range.clone().filter(|range| text.get(range.clone()).is_some()).or_else(line_range);
        let label = self.near.as_ref().map_or(String::new(), |near| format!("did you mean `{near}`?"));
        Diagnostic {
            gravity: Gravity::Error,
            code: "template",
            message: self.reason.clone(),
            excerpt: range.map(|range| Excerpt { name: shown.to_owned(), text: text.to_owned(), range, label }),
            hint: None,
        }
    }
}

/// Names of the filters that devflow has beside those of the engine, sorted.
pub const FILTERS: &[&str] = &[
    "cell",
    "code",
    "code_block",
    "duration",
    "excerpt",
    "inline",
    "money",
    "one_decimal",
    "relative",
    "severity_badge",
    "sparkline",
    "table",
    "thousands",
    "usd",
];

/// Filters of the engine.
const ENGINE_FILTERS: &[&str] = &[
    "abs",
    "attr",
    "batch",
    "bool",
    "capitalize",
    "chain",
    "count",
    "default",
    "dictsort",
    "escape",
    "first",
    "float",
    "format",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "pprint",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "tojson",
    "trim",
    "unique",
    "upper",
    "zip",
];

/// Tests of the engine.
const ENGINE_TESTS: &[&str] = &[
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "equalto",
    "even",
    "false",
    "filter",
    "float",
    "greaterthan",
    "integer",
    "iterable",
    "lessthan",
    "lower",
    "mapping",
    "none",
    "number",
    "odd",
    "safe",
    "sameas",
    "sequence",
    "startingwith",
    "string",
    "true",
    "undefined",
    "upper",
];

/// Functions of the engine.
const ENGINE_FUNCTIONS: &[&str] = &["debug", "dict", "namespace", "range"];

/// What is wrong, and the nearest known name.
struct Mistake {
    reason: String,
    used: Option<String>,
    near: Option<String>,
}

/// Words an error of the engine.
pub(super) fn failure(error: &Error, name: &str, text: &str, context: &Value) -> TemplateError {
    let Mistake { reason, used, near } = mistake(error, text, context);
    let range = error.range();
    // The engine marks the whole expression in which a name was needed.
    let narrow = range.clone().and_then(|range| {
        let used = used.as_deref()?;
        let at = range.start + find_word(text.get(range)?, used)?;
        Some(at..at + used.len())
    });
    TemplateError { name: name.to_owned(), line: error.line(), range: narrow.or(range), reason, near }
}

fn mistake(error: &Error, text: &str, context: &Value) -> Mistake {
    if let Some(used) = undefined_name(error, text) {
        return unknown_name(used, context);
    }
    let detail = error.detail().unwrap_or("");
    let known: &[&[&str]] = match error.kind() {
        ErrorKind::UnknownFilter => &[FILTERS, ENGINE_FILTERS],
        ErrorKind::UnknownTest => &[ENGINE_TESTS],
        ErrorKind::UnknownFunction => &[ENGINE_FUNCTIONS],
        _ => &[],
    };
    // `filter thousand is unknown`
    let used = detail.strip_suffix(" is unknown").and_then(|rest| rest.rsplit(' ').next());
    let near = used.and_then(|used| nearest(used, known.iter().flat_map(|names| names.iter().copied())));
    let reason = if detail.is_empty() { error.kind().to_string() } else { detail.to_owned() };
    Mistake { reason, used: None, near: near.map(str::to_owned) }
}

/// The name that is not there, if that is the mistake.
fn undefined_name(error: &Error, text: &str) -> Option<String> {
    if let Some(expression) = error.detail().and_then(undefined_expression) {
        // `files[...]` does not say what was asked for.
        return Some(last_name(expression).to_owned()).filter(|used| !used.is_empty() && !expression.ends_with("...]"));
    }
    let range = error.range().filter(|_| error.kind() == ErrorKind::UndefinedError)?;
    text.get(range).map(last_name).filter(|used| !used.is_empty()).map(str::to_owned)
}

/// `file.scores` of "`file.scores` is undefined (from line 3)".
fn undefined_expression(detail: &str) -> Option<&str> {
    let end = detail.find("` is undefined")?;
    let start = detail[..end].rfind('`')? + 1;
    Some(&detail[start..end])
}

/// Words a name that is not there, with the nearest one of the object that was asked for it.
fn unknown_name(used: String, context: &Value) -> Mistake {
    let (reason, near) = match miss(context, &used) {
        Some(miss) => {
            let near = nearest(&used, miss.known.iter().map(String::as_str)).map(str::to_owned);
            let reason =
                if miss.kind.is_empty() { format!("there is no `{used}`") } else { format!("`{}` has no field `{used}`", miss.kind) };
            (reason, near)
        }
        // A list, a text or a map of the template itself was asked: the names of the page would only mislead.
        None if is_view(context) => (format!("there is no `{used}`"), None),
        None => {
            let mut known = BTreeSet::new();
            names(context, 0, &mut known);
            let near = nearest(&used, known.iter().map(String::as_str).filter(|known| *known != used)).map(str::to_owned);
            (format!("there is no `{used}`"), near)
        }
    };
    Mistake { reason, used: Some(used), near }
}

/// Where `word` stands in `text`, not as a part of another word.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let is_alone = |at: usize| !text[..at].ends_with(is_word) && !text[at + word.len()..].starts_with(is_word);
    text.match_indices(word).map(|(at, _)| at).find(|at| is_alone(*at))
}

/// `score` of `file.score`, `verdict` of `verdict | upper`.
fn last_name(expression: &str) -> &str {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let head = expression.split('|').next().unwrap_or(expression).trim();
    head.rsplit(|c| !is_word(c)).find(|part| !part.is_empty()).unwrap_or("")
}

/// How deep the names of a context are looked for.
const NAME_LEVELS: usize = 5;

/// Names that occur in a context. Of a list, its first item speaks for all.
fn names(value: &Value, level: usize, known: &mut BTreeSet<String>) {
    if level > NAME_LEVELS {
        return;
    }
    match value.kind() {
        ValueKind::Map => {
            for key in value.try_iter().into_iter().flatten() {
                if let Some(name) = key.as_str() {
                    known.insert(name.to_owned());
                }
                if let Ok(inner) = value.get_item(&key) {
                    names(&inner, level + 1, known);
                }
            }
        }
        ValueKind::Seq | ValueKind::Iterable => {
            if let Some(first) = value.try_iter().ok().and_then(|mut items| items.next()) {
                names(&first, level + 1, known);
            }
        }
        _ => {}
    }
}
