//! Owns the rule `undocumented-public`. Passes over what everybody knows, and what has its documentation elsewhere.

use std::collections::BTreeSet;

use devflow_plugin::{Finding, Place};

use crate::rules::finding;
use crate::unit::{Declared, Item, Kind};

/// Most lines of code of an accessor that needs no documentation.
const MAX_ACCESSOR_LINES: u32 = 5;

/// Python bases that give a class no methods which it could override.
const PLAIN_BASES: [&str; 10] =
    ["object", "ABC", "Protocol", "Generic", "NamedTuple", "TypedDict", "Enum", "IntEnum", "StrEnum", "BaseModel"];

/// Most further items that a finding points to.
const MAX_RELATED: usize = 50;

/// Public items without documentation: one finding for the file, at the first of them.
pub(super) fn check(declared: &Declared<'_>, is_for_every_file: bool, findings: &mut Vec<Finding>) {
    let n_documented = declared.items.iter().filter(|item| item.is_public && item.has_doc).count();
    let bare = undocumented(declared);
    let Some((first, others)) = bare.split_first() else { return };
    // Where nothing is documented, somebody has decided so.
    if n_documented == 0 && !is_for_every_file {
        return;
    }
    let noun = if first.kind == Kind::Function { "function" } else { "type" };
    let name = declared.full_name(first);
    let message = match others.len() {
        0 => format!("the public {noun} `{name}` has no documentation"),
        1 => format!("the public {noun} `{name}` and one more public item have no documentation"),
        more => format!("the public {noun} `{name}` and {more} more public items have no documentation"),
    };
    let confidence = 90;
    let advice = match first.kind {
        Kind::Function => "Say in one sentence what it does and what it expects.",
        _ => "Say in one sentence what it stands for.",
    };
    let place = |item: &Item| Place::Span(item.head.clone().into());
    let mut found = finding("undocumented-public", place(first), message, advice, confidence);
    found = found.reason("public items without documentation", bare.len() as i64);
    found = found.reason("public items with documentation", n_documented as i64);
    for item in others.iter().take(MAX_RELATED) {
        found = found.relate(place(item), &format!("`{}` has none either", declared.full_name(item)));
    }
    findings.push(found);
}

/// The public items that want documentation and have none. Of several forms of one function it is enough to document one.
pub(crate) fn undocumented<'a>(declared: &'a Declared<'_>) -> Vec<&'a Item> {
    if is_stub(declared) {
        return Vec::new();
    }
    let key = |item: &Item| (item.holder, declared.full_name(item));
    let mut told: BTreeSet<(Option<usize>, String)> = declared.items.iter().filter(|item| item.has_doc).map(key).collect();
    let is_bare = |item: &&Item| item.is_public && !item.is_test && !item.has_doc && deserves_doc(declared, item);
    declared.items.iter().filter(is_bare).filter(|item| told.insert(key(item))).collect()
}

/// Whether the unit only tells the types of what stands elsewhere with its documentation, as `.pyi` and `.d.ts` files do. No unit bears a
/// path: a stub is known by having no code.
fn is_stub(declared: &Declared<'_>) -> bool {
    let mut functions = declared.items.iter().filter(|item| item.kind == Kind::Function);
    let behind = |item: &Item| declared.text.get(item.head.end..item.span.end).unwrap_or("");
    match declared.language {
        "python" => {
            // A protocol has no code either, and is the place where its methods are explained.
            let is_protocol =
                |holder: &Item| declared.part(&holder.head).contains("Protocol") || declared.part(&holder.head).contains("ABC");
            let is_empty = |item: &Item| behind(item).trim_start_matches(|c: char| c == ':' || c.is_whitespace()).starts_with("...");
            let has_own = declared
                .items
                .iter()
                .any(|item| item.kind == Kind::Function && declared.holder_type(item).is_none_or(|holder| !is_protocol(holder)));
            has_own && functions.all(is_empty)
        }
        "typescript" => {
            let is_ambient = declared.text.lines().any(|line| line.starts_with("declare ") || line.starts_with("export declare "));
            is_ambient && !functions.any(|item| behind(item).trim_end().ends_with('}'))
        }
        _ => false,
    }
}

fn deserves_doc(declared: &Declared<'_>, item: &Item) -> bool {
    match item.kind {
        Kind::Impl | Kind::Module | Kind::Constant => false,
        Kind::Type | Kind::Interface => !is_known_type(declared, item) && !is_documented_as_group(declared, item),
        Kind::Function => {
            !is_known_function(declared, item)
                && !is_marked(declared, item)
                && !may_override(declared, item)
                && !is_documented_as_group(declared, item)
        }
    }
}

/// Names whose meaning everybody knows.
fn is_known_function(declared: &Declared<'_>, item: &Item) -> bool {
    let name = item.name.as_str();
    if name == "main" {
        return true;
    }
    match declared.language {
        "rust" => matches!(name, "new" | "default" | "fmt" | "from" | "drop" | "len" | "is_empty" | "iter"),
        "go" => {
            let is_interface = matches!(
                name,
                "String"
                    | "Error"
                    | "Unwrap"
                    | "Is"
                    | "As"
                    | "Len"
                    | "Less"
                    | "Swap"
                    | "Close"
                    | "Read"
                    | "Write"
                    | "ServeHTTP"
                    | "Scan"
                    | "Value"
                    | "Format"
            );
            is_interface || name.starts_with("Marshal") || name.starts_with("Unmarshal")
        }
        // A step of a Django migration.
        "python" => item.parameters.iter().any(|name| name == "schema_editor"),
        "c" | "cpp" => name.starts_with("operator"),
        _ => {
            let is_constructor = name == "constructor" || declared.holder_type(item).is_some_and(|holder| holder.name == name);
            let is_method = matches!(name, "toString" | "equals" | "hashCode" | "compareTo" | "toJSON" | "render" | "valueOf" | "values");
            is_constructor || is_method || is_accessor(item)
        }
    }
}

fn is_accessor(item: &Item) -> bool {
    let has_verb = ["get", "set", "is", "has", "with"].iter().any(|verb| {
        let rest = item.name.strip_prefix(verb).unwrap_or("");
        rest.starts_with(char::is_uppercase)
    });
    has_verb && item.code_lines > 0 && item.code_lines <= MAX_ACCESSOR_LINES
}

/// Django's `Meta` and the like; Kotlin types that are documented where they are expected.
fn is_known_type(declared: &Declared<'_>, item: &Item) -> bool {
    let is_inner = item.holder.is_some();
    match declared.language {
        "python" => item.name == "Migration" || is_inner && matches!(item.name.as_str(), "Meta" | "Config" | "Media"),
        "kotlin" => item.name == "Companion" || declared.part(&item.head).split_whitespace().any(|word| word == "actual"),
        _ => false,
    }
}

/// Overrides, overloads, setters, and entry points that a framework finds by a decorator.
fn is_marked(declared: &Declared<'_>, item: &Item) -> bool {
    let head = declared.part(&item.head);
    let marks = ["@Override", "override ", "actual ", "@Test", "@overload", "@Preview"];
    let is_accessor =
        matches!(declared.language, "javascript" | "typescript" | "tsx") && (head.starts_with("get ") || head.starts_with("set "));
    let decorators = item.decorators.iter().map(|span| declared.part(span));
    let is_decorated = decorators.into_iter().any(|decorator| {
        ["override", "overload", ".setter", ".deleter", ".register", "fixture"].iter().any(|mark| decorator.contains(mark))
    });
    is_accessor || is_decorated || marks.iter().any(|mark| head.contains(mark))
}

/// A method of a class with a base may have its documentation there.
fn may_override(declared: &Declared<'_>, item: &Item) -> bool {
    let Some(holder) = declared.holder_type(item) else { return false };
    let head = declared.part(&holder.head);
    match declared.language {
        "python" => {
            let bases = head.split_once('(').map_or("", |(_, bases)| bases.trim_end_matches([')', ':']));
            let base = |part: &str| part.trim().split('[').next().unwrap_or("").rsplit('.').next().unwrap_or("").to_owned();
            let is_plain = |part: &str| part.contains('=') || part.trim().ends_with(']') || PLAIN_BASES.contains(&base(part).as_str());
            !bases.trim().is_empty() && !bases.split(',').filter(|part| !part.trim().is_empty()).all(is_plain)
        }
        "javascript" | "typescript" | "tsx" => {
            holder.kind != Kind::Interface && (head.contains(" extends ") || head.contains(" implements "))
        }
        _ => false,
    }
}

/// In a header and in a Go group, one comment may stand above a block of declarations, or behind each of them.
fn is_documented_as_group(declared: &Declared<'_>, item: &Item) -> bool {
    if !matches!(declared.language, "c" | "cpp" | "go") {
        return false;
    }
    let text = declared.text;
    let line_end = text.get(item.span.end..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| item.span.end + at);
    let behind = declared.comments.partition_point(|comment| comment.start < item.span.end);
    if declared.comments.get(behind).is_some_and(|comment| comment.start <= line_end) {
        return true;
    }
    if declared.language == "go" {
        return false;
    }
    let block = text.get(..item.span.start).unwrap_or("");
    let lines = block.rsplit('\n').skip(1).map(str::trim).take(60);
    lines.take_while(|line| !line.is_empty()).any(|line| line.ends_with("*/") || line.starts_with("//"))
}
