//! Owns the smell of numbers that decide something and have no name. Only operands of comparisons and sums count: what is given to a call, an
//! index, a list, a field or a variable has a name near by, or is data.

use std::collections::BTreeMap;
use std::ops::Range;

use devflow_plugin::words::{is_name_char, words};
use devflow_plugin::{Finding, Severity};

use crate::code::Code;
use crate::grammar::Tag;
use crate::rules::{finding, listed};

/// Most numbers of a file that are told one by one: a file with more is arithmetic by trade.
const MAX_NUMBERS: usize = 8;
/// The smallest number that can be magic; below it are counts that everybody can see.
const MIN_VALUE: f64 = 4.0;
/// Numbers that everybody knows: units of time, angles, per cent, sizes of bytes.
const KNOWN: &[f64] = &[
    5.0, 6.0, 7.0, 12.0, 24.0, 28.0, 29.0, 30.0, 31.0, 52.0, 60.0, 90.0, 127.0, 180.0, 255.0, 270.0, 360.0, 365.0, 365.25, 366.0, 400.0,
    999.0, 1440.0, 1900.0, 1970.0, 3600.0, 9999.0, 65535.0, 86400.0,
];
/// Words beside a number that say what it is.
const TELLING: &[&str] = &[
    "len",
    "length",
    "size",
    "sizeof",
    "count",
    "argc",
    "args",
    "version",
    "sdk",
    "api",
    "status",
    "code",
    "statuscode",
    "status_code",
    "errno",
    "width",
    "height",
    "hash",
    "hashcode",
    "seed",
    "sdk_int",
    "major",
    "minor",
    "year",
    "month",
    "day",
    "hour",
    "column",
    "columns",
    "port",
    "version_info",
    "char",
    "byte",
    "keycode",
    "which",
    "pow",
    "radix",
    "nargs",
    "arity",
    "ndim",
    "depth",
    "level",
    "bits",
    "key",
];

/// A number with the places where it decides.
struct Number {
    spans: Vec<Range<usize>>,
    compares: bool,
}

pub(super) fn inspect(code: &Code<'_>, findings: &mut Vec<Finding>) {
    let mut numbers: BTreeMap<&str, Number> = BTreeMap::new();
    for found in code.matches(Tag::Number) {
        let (Some(number), Some(other), Some(sum)) = (found.span("number"), found.span("other"), found.span("sum")) else { continue };
        let gap = code.text.get(number.end.min(other.end)..number.start.max(other.start)).unwrap_or("").trim();
        if !is_magic(code, &number, &other, &sum, gap) {
            continue;
        }
        let known = numbers.entry(code.slice(&number)).or_insert(Number { spans: Vec::new(), compares: false });
        known.compares |= is_comparison(gap);
        known.spans.push(number);
    }
    let told = numbers.iter().filter(|(_, number)| number.spans.len() > 1 || number.compares);
    let told: Vec<(&&str, &Number)> = told.collect();
    if told.len() > MAX_NUMBERS {
        return crowd(&told, findings);
    }
    for (text, number) in told {
        let Some(first) = number.spans.first() else { continue };
        let lines: Vec<String> = number.spans.iter().map(|span| code.line(span.start).to_string()).collect();
        let place = function_name(code, first.start).map_or(String::new(), |name| format!(" in `{name}`"));
        let (message, suggestion) = match lines.len() {
            1 => (
                format!("`{text}`{place} decides something and has no name"),
                format!("Replace the number {text} with a constant that says what it is."),
            ),
            n => (
                format!("`{text}` decides something in {n} places and has no name"),
                format!("Replace the number {text} of lines {} with one constant.", lines.join(", ")),
            ),
        };
        let mut found = finding("magic-number", first.clone(), message, suggestion);
        if lines.len() == 1 {
            found.severity = Severity::Info;
        }
        findings.push(found);
    }
}

fn crowd(told: &[(&&str, &Number)], findings: &mut Vec<Finding>) {
    let Some(first) = told.iter().filter_map(|(_, number)| number.spans.first()).min_by_key(|span| span.start) else { return };
    let message = format!("{} numbers of this file decide something and have no name", told.len());
    let names = listed(told.iter().map(|(text, _)| **text), MAX_NUMBERS);
    findings.push(finding("magic-number", first.clone(), message, format!("Replace the numbers with constants: {names}.")));
}

fn is_comparison(operator: &str) -> bool {
    matches!(operator, "<" | ">" | "<=" | ">=" | "==" | "!=" | "===" | "!==")
}

fn is_magic(code: &Code<'_>, number: &Range<usize>, other: &Range<usize>, sum: &Range<usize>, operator: &str) -> bool {
    if !is_comparison(operator) && !matches!(operator, "+" | "-" | "*" | "/") {
        return false;
    }
    let text = code.slice(number);
    let digits: String = text.trim_end_matches(|c: char| c.is_ascii_alphabetic()).chars().filter(|c| *c != '_').collect();
    let is_plain =
        text.len() > 1 && digits.chars().all(|c| c.is_ascii_digit() || c == '.') && !text.starts_with("0x") && !is_suffixed_word(text);
    let Ok(value) = digits.parse::<f64>() else { return false };
    if !is_plain || is_known(value) || code.is_test(number.start) || code.function_at(number.start).is_none() {
        return false;
    }
    let beside = code.slice(other);
    // A number beside a number is a sum that somebody wrote out; a literal explains itself by its form.
    let is_literal = beside.chars().next().is_some_and(|c| c.is_ascii_digit() || matches!(c, '"' | '\'' | '`'));
    !is_literal && !is_explained(code, number, beside) && !is_named(code, sum)
}

/// `1e5` and the like end in letters in the middle.
fn is_suffixed_word(text: &str) -> bool {
    text.contains(['e', 'E']) && text.ends_with(|c: char| c.is_ascii_digit())
}

fn is_known(value: f64) -> bool {
    let half = value * 2.0;
    let is_whole = half.fract() == 0.0;
    let is_power = |base: f64| {
        let mut power = base;
        while power < value {
            power *= base;
        }
        power == value
    };
    (value < MIN_VALUE && is_whole)
        || KNOWN.contains(&value)
        || (is_whole && (is_power(2.0) || is_power(10.0) || (value + 1.0).log2().fract() == 0.0))
        || (value % 1000.0 == 0.0)
        || (value < 1.0 && [0.1, 0.01, 0.001, 0.5, 0.25, 0.75].contains(&value))
}

/// Whether the words beside a number, or a comment on its line, say what it is.
fn is_explained(code: &Code<'_>, number: &Range<usize>, beside: &str) -> bool {
    let is_telling = words(beside).any(|(_, word)| {
        let word = word.to_lowercase();
        TELLING.contains(&word.as_str())
            || word.ends_with("version")
            || word.ends_with("length")
            || word.ends_with("_len")
            || word.ends_with("size")
            || word.ends_with("count")
            || word.ends_with("status")
            || word.ends_with("code")
    });
    let line = code.line(number.start);
    let after = code.measures.comments.partition_point(|comment| comment.range().start <= number.start);
    let follows = code.measures.comments.get(after).is_some_and(|comment| code.line(comment.range().start) == line);
    let before = after.checked_sub(1).and_then(|at| code.measures.comments.get(at));
    let precedes = before.is_some_and(|comment| code.lines(&comment.range()).1 + 1 == line);
    let function = function_name(code, number.start).unwrap_or("").to_lowercase();
    let is_hash = [
        "hash",
        "crc",
        "checksum",
        "random",
        "seed",
        "parse",
        "format",
        "rgb",
        "sha",
        "md5",
        "digest",
        "cipher",
        "crypt",
        "encode",
        "decode",
        "processchunk",
        "color",
        "colour",
        "easing",
        "test",
    ]
    .iter()
    .any(|word| function.contains(word));
    is_telling || follows || precedes || is_hash
}

/// Whether the sum is all that a variable or a constant is set to: then that is its name.
fn is_named(code: &Code<'_>, sum: &Range<usize>) -> bool {
    let line = code.line_text(sum.start).trim();
    let Some((name, value)) = line.split_once('=').filter(|(name, value)| !value.starts_with('=') && !name.ends_with(['=', '!', '<', '>']))
    else {
        return false;
    };
    let name = name.trim_end_matches([':', '+', '-', '*', '/']).trim();
    let is_constant = name.split(|c: char| !is_name_char(c)).any(|word| {
        word.len() > 1
            && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
            && word.chars().any(|c| c.is_ascii_uppercase())
    });
    is_constant || value.trim().trim_end_matches([';', ',']) == code.slice(sum)
}

fn function_name<'c>(code: &'c Code<'_>, offset: usize) -> Option<&'c str> {
    let mut at = code.function_at(offset);
    while let Some(index) = at {
        let function = code.functions.get(index)?;
        if !function.name.is_empty() {
            return Some(&function.name);
        }
        at = code.parent(index);
    }
    None
}
