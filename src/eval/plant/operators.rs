//! What is put wrong, and where that can be done so that the code still compiles. A place that an operator finds has no defect of its kind before.

use std::ops::Range;

use super::site::{Site, Source};
use crate::syntax::FormKind;
use crate::types::Language::{self, C, Cpp, Go, Java, JavaScript, Kotlin, Python, Rust, Tsx, TypeScript};
use crate::types::Severity;

/// A way to make a defect.
pub struct Operator {
    /// Kebab-case.
    pub name: &'static str,
    /// What a finding of it is about.
    pub topic: &'static str,
    /// The least severity of such a finding.
    pub at_least: Severity,
    languages: &'static [Language],
    change: fn(&Source<'_>) -> Vec<Change>,
}

/// What is replaced, with what, and what a reader has to see to know that it is wrong.
struct Change {
    span: Range<usize>,
    with: String,
    around: Range<usize>,
}

/// A change that shows by itself.
fn change(span: Range<usize>, with: impl Into<String>) -> Change {
    Change { around: span.clone(), span, with: with.into() }
}

impl Operator {
    pub(super) fn sites(&self, source: &Source<'_>) -> Vec<Site> {
        if !self.languages.contains(&source.language) {
            return Vec::new();
        }
        let site =
            |Change { span, with, around }| Site { operator: self.name, span, with, around, topic: self.topic, at_least: self.at_least };
        (self.change)(source).into_iter().map(site).collect()
    }
}

const SCRIPTS: &[Language] = &[JavaScript, TypeScript, Tsx];
const ALL: &[Language] = &Language::ALL;

const fn operator(
    name: &'static str,
    topic: &'static str,
    at_least: Severity,
    languages: &'static [Language],
    change: fn(&Source<'_>) -> Vec<Change>,
) -> Operator {
    Operator { name, topic, at_least, languages, change }
}

/// All operators, in the order in which they take turns.
pub fn operators() -> &'static [Operator] {
    use Severity::{Low, Medium};
    const OPERATORS: &[Operator] = &[
        operator("same-branches", "identical-branches", Low, ALL, same_branches),
        operator("asked-twice", "duplicate-condition", Medium, ALL, asked_twice),
        operator("same-operands", "identical-operands", Low, ALL, same_operands),
        operator("empty-handler", "swallowed-error", Low, &[JavaScript, TypeScript, Tsx, Python, Java, Kotlin, Cpp], empty_handler),
        operator("bare-handler", "bare-except", Low, &[Python], bare_handler),
        operator("shared-default", "mutable-default-argument", Low, &[Python], shared_default),
        operator("weak-hash", "weak-hash,weak-password-hash", Low, &[Python, JavaScript, TypeScript, Tsx, Java, Kotlin], weak_hash),
        operator("run-as-code", "eval", Medium, &[Python, JavaScript, TypeScript, Tsx], run_as_code),
        operator("unchecked-certificate", "tls-verification-disabled", Medium, &[Python], unchecked_certificate),
        operator("open-loader", "unsafe-deserialization", Medium, &[Python], open_loader),
        operator("written-secret", "hard-coded-secret", Medium, ALL, written_secret),
        operator("unbounded-copy", "unsafe-c-string", Low, &[C, Cpp], unbounded_copy),
        operator("set-in-condition", "assignment-in-condition", Medium, &[JavaScript, C, Cpp], set_in_condition),
        operator("converting-equality", "loose-equality", Low, SCRIPTS, converting_equality),
        operator("same-object", "identity-comparison", Medium, &[Java], same_object),
        operator("forced-value", "unwrap-in-library", Low, &[Rust], forced_value),
        operator("one-too-far", "off-by-one,logic-error", Low, ALL, one_too_far),
        operator("turned-condition", "logic-error", Low, ALL, turned_condition),
        operator("lost-error", "error-handling,swallowed-error,ignored-result", Low, &[Go], lost_error),
    ];
    OPERATORS
}

/// What a condition brings into its branch: a binding, or a type that is known there.
fn binds(condition: &str) -> bool {
    ["let ", "instanceof", " is ", "null", "nil", "undefined", ":=", " as ", "None", "typeof"].iter().any(|word| condition.contains(word))
        || condition.contains('=')
            && !condition.contains("==")
            && !condition.contains("!=")
            && !condition.contains("<=")
            && !condition.contains(">=")
}

/// Condition, body and what follows `else`.
fn branches(source: &Source<'_>, node: usize) -> Option<[usize; 3]> {
    <[usize; 3]>::try_from(source.children(node)).ok()
}

fn same_branches(source: &Source<'_>) -> Vec<Change> {
    let site = |node| {
        let [condition, body, other] = branches(source, node)?;
        let is_plain = [body, other].iter().all(|part| source.kind(*part) == FormKind::Block && source.text_of(*part).lines().count() <= 8);
        let [first, second] = [body, other].map(|part| source.text_of(part));
        // The last case of a chain may be the same as the one before on purpose.
        let is_alone = source.kind(source.parent(node)) != FormKind::If;
        let is_fit = is_plain && first.split_whitespace().ne(second.split_whitespace()) && !binds(source.text_of(condition));
        // A block of a language without braces has to stand as deep as before.
        let is_deep = source.language != Language::Python || indent(source, body) == indent(source, other);
        (is_fit && is_deep && is_alone && first.len() > 8)
            .then(|| Change { around: source.span(node), ..change(source.span(other), first) })
    };
    source.all(FormKind::If).filter_map(site).collect()
}

/// Columns before a node.
fn indent(source: &Source<'_>, node: usize) -> usize {
    let start = source.span(node).start;
    start - source.text[..start].rfind('\n').map_or(0, |end| end + 1)
}

fn asked_twice(source: &Source<'_>) -> Vec<Change> {
    let site = |node| {
        let [condition, _, other] = branches(source, node)?;
        let [second, ..] = *source.children(other).as_slice() else { return None };
        let [asked, again] = [condition, second].map(|part| source.text_of(part));
        let is_fit = source.kind(other) == FormKind::If
            && asked != again
            && !binds(asked)
            && !binds(again)
            && !source.holds(condition, &[FormKind::Call]);
        is_fit.then(|| change(source.span(second), asked))
    };
    source.all(FormKind::If).filter_map(site).collect()
}

fn same_operands(source: &Source<'_>) -> Vec<Change> {
    let site = |node: usize| {
        let [left, right] = <[usize; 2]>::try_from(source.children(node)).ok()?;
        // `x != x` is an old way to ask whether `x` is no number.
        let is_asked = matches!(source.name_of(node), "==" | "===" | "<" | ">" | "<=" | ">=");
        let is_name = |part: usize| matches!(source.kind(part), FormKind::Name | FormKind::Member) && source.text_of(part).len() > 1;
        let is_constant =
            |part: usize| source.text_of(part).rsplit(['.', ':', '>']).next().is_some_and(|name| !name.chars().any(char::is_lowercase));
        let is_fit = is_asked && is_name(left) && is_name(right) && !is_constant(right) && source.text_of(left) != source.text_of(right);
        is_fit.then(|| change(source.span(right), source.text_of(left)))
    };
    source.all(FormKind::Binary).filter_map(site).collect()
}

fn empty_handler(source: &Source<'_>) -> Vec<Change> {
    let site = |node: usize| {
        let body = *source.children(node).last()?;
        // Without these, no path through the function needs the handler.
        let leaves =
            [FormKind::Return, FormKind::Throw, FormKind::Jump, FormKind::Assign, FormKind::Append, FormKind::If, FormKind::Function];
        let is_fit = source.kind(body) == FormKind::Block && source.holds(body, &[FormKind::Call]) && !source.holds(body, &leaves);
        let with = if source.language == Language::Python { "pass" } else { "{}" };
        let is_braced = source.language == Language::Python || source.text_of(body).starts_with('{');
        (is_fit && is_braced).then(|| change(source.span(body), with))
    };
    source.all(FormKind::Catch).filter_map(site).collect()
}

fn bare_handler(source: &Source<'_>) -> Vec<Change> {
    let site = |node: usize| {
        let head = source.text_of(node).split(':').next()?;
        let is_last = source.children(source.parent(node)).iter().rfind(|child| source.kind(**child) == FormKind::Catch) == Some(&node);
        let is_fit = head.starts_with("except ") && !head.contains(" as ") && !head.contains('\n') && is_last;
        let start = source.span(node).start;
        is_fit.then(|| change(start..start + head.len(), "except"))
    };
    source.all(FormKind::Catch).filter_map(site).collect()
}

fn shared_default(source: &Source<'_>) -> Vec<Change> {
    let site = |node: usize| {
        let text = source.text_of(node);
        let front = text.strip_suffix("None").filter(|front| front.trim_end().ends_with('=') && !front.contains(':'))?;
        let start = source.span(node).start + front.len();
        Some(change(start..start + "None".len(), "[]"))
    };
    source.all(FormKind::Parameter).filter_map(site).collect()
}

fn weak_hash(source: &Source<'_>) -> Vec<Change> {
    const CALLS: &[(&str, &str)] = &[
        ("hashlib.sha256(", "hashlib.md5("),
        ("hashlib.sha512(", "hashlib.md5("),
        ("createHash('sha256')", "createHash('md5')"),
        ("createHash(\"sha256\")", "createHash(\"md5\")"),
        ("createHash('sha512')", "createHash('md5')"),
        ("MessageDigest.getInstance(\"SHA-256\")", "MessageDigest.getInstance(\"MD5\")"),
        ("MessageDigest.getInstance(\"SHA-512\")", "MessageDigest.getInstance(\"MD5\")"),
    ];
    in_calls(source, CALLS)
}

/// Replaces texts where they stand in a call.
fn in_calls(source: &Source<'_>, texts: &[(&str, &str)]) -> Vec<Change> {
    let mut sites: Vec<Change> = Vec::new();
    for call in source.all(FormKind::Call) {
        for (text, with) in texts {
            let Some(at) = source.text_of(call).find(text).filter(|_| !source.text_of(call).contains("usedforsecurity")) else { continue };
            let start = source.span(call).start + at;
            // The call itself, and not one around it.
            if at == 0 || source.text_of(call)[..at].ends_with('.') {
                sites.push(change(start..start + text.len(), *with));
            }
        }
    }
    sites.dedup_by_key(|site| site.span.start);
    sites
}

fn run_as_code(source: &Source<'_>) -> Vec<Change> {
    let site = |call: usize| {
        let [callee, argument] = <[usize; 2]>::try_from(source.children(call)).ok()?;
        let is_reader = match source.language {
            Language::Python => matches!(source.text_of(callee), "int" | "float" | "json.loads"),
            _ => matches!(source.text_of(callee), "JSON.parse" | "parseInt" | "parseFloat" | "Number"),
        };
        let is_fit = is_reader && matches!(source.kind(argument), FormKind::Name | FormKind::Member | FormKind::Index);
        is_fit.then(|| change(source.span(callee), "eval"))
    };
    source.all(FormKind::Call).filter_map(site).collect()
}

fn unchecked_certificate(source: &Source<'_>) -> Vec<Change> {
    const CALLS: &[&str] = &["requests.get", "requests.post", "requests.put", "requests.delete", "requests.head", "requests.request"];
    let site = |call: usize| {
        let callee = *source.children(call).first()?;
        let text = source.text_of(call);
        let is_fit = CALLS.contains(&source.text_of(callee)) && !text.contains("verify") && !text.contains("**") && text.ends_with(')');
        let end = source.span(call).end;
        let with = if text.trim_end_matches(')').trim_end().ends_with(',') { "verify=False)" } else { ", verify=False)" };
        is_fit.then(|| change(end - 1..end, with))
    };
    source.all(FormKind::Call).filter_map(site).collect()
}

fn open_loader(source: &Source<'_>) -> Vec<Change> {
    let site = |call: usize| {
        let callee = *source.children(call).first()?;
        (source.text_of(callee) == "yaml.safe_load").then(|| change(source.span(callee), "yaml.unsafe_load"))
    };
    source.all(FormKind::Call).filter_map(site).collect()
}

/// A value that nobody gives out, in two parts, so that this file does not hold it.
const VALUE: [&str; 2] = ["kR7vQ2mZx9", "Lp4TfW8sYb"];

fn written_secret(source: &Source<'_>) -> Vec<Change> {
    const READERS: &[&str] = &["process.env.", "os.environ", "os.getenv(", "System.getenv(", "os.Getenv("];
    let site = |node: usize| {
        let [target, value] = <[usize; 2]>::try_from(source.children(node)).ok()?;
        let name = source.text_of(target).to_lowercase();
        let names_secret = ["password", "secret", "token", "api_key", "apikey"].iter().any(|word| name.ends_with(word));
        let text = source.text_of(value);
        let reads =
            READERS.iter().any(|reader| text.starts_with(reader)) && !text.contains('\n') && !text.contains("||") && !text.contains("??");
        (names_secret && reads && source.kind(target) == FormKind::Name)
            .then(|| change(source.span(value), format!("\"{}\"", VALUE.concat())))
    };
    source.all(FormKind::Assign).filter_map(site).collect()
}

fn unbounded_copy(source: &Source<'_>) -> Vec<Change> {
    let site = |call: usize| {
        let children = source.children(call);
        let [callee, to, rest @ ..] = children.as_slice() else { return None };
        let text = |node: usize| source.text_of(node);
        let with = match (text(*callee), rest) {
            ("strncpy", [from, _]) => format!("strcpy({}, {})", text(*to), text(*from)),
            ("strncat", [from, _]) => format!("strcat({}, {})", text(*to), text(*from)),
            ("snprintf", [_, format, values @ ..]) if !values.is_empty() => {
                let values: Vec<&str> = values.iter().map(|value| text(*value)).collect();
                format!("sprintf({}, {}, {})", text(*to), text(*format), values.join(", "))
            }
            _ => return None,
        };
        Some(change(source.span(call), with))
    };
    source.all(FormKind::Call).filter_map(site).collect()
}

fn set_in_condition(source: &Source<'_>) -> Vec<Change> {
    let site = |node: usize| {
        let condition = *source.children(node).first()?;
        let [left, right] = <[usize; 2]>::try_from(source.children(condition)).ok()?;
        let is_equality = source.kind(condition) == FormKind::Binary && matches!(source.name_of(condition), "==" | "===");
        let is_fit = is_equality
            && source.kind(left) == FormKind::Name
            && matches!(source.kind(right), FormKind::Number | FormKind::Text | FormKind::Constant)
            && !source.text_of(left).contains(['.', ':'])
            && source.text_of(left).chars().any(char::is_lowercase);
        is_fit.then(|| change(source.name_span(condition), "="))
    };
    source.all(FormKind::If).filter_map(site).collect()
}

fn converting_equality(source: &Source<'_>) -> Vec<Change> {
    let site = |node: usize| {
        let [left, right] = <[usize; 2]>::try_from(source.children(node)).ok()?;
        let with = match source.name_of(node) {
            "===" => "==",
            "!==" => "!=",
            _ => return None,
        };
        // With these, more than one value counts as equal.
        let is_open = matches!(source.text_of(right), "0" | "\"\"" | "''" | "true" | "false");
        let is_known = ["typeof", "length", "%", "indexOf"].iter().any(|word| source.text_of(left).contains(word));
        (is_open && !is_known).then(|| change(source.name_span(node), with))
    };
    source.all(FormKind::Binary).filter_map(site).collect()
}

fn same_object(source: &Source<'_>) -> Vec<Change> {
    let site = |call: usize| {
        let [callee, argument] = <[usize; 2]>::try_from(source.children(call)).ok()?;
        let receiver = *source.children(callee).first()?;
        let is_equals = source.kind(callee) == FormKind::Member && source.name_of(callee) == "equals";
        let is_text = |node: usize| source.kind(node) == FormKind::Text;
        let is_name = |node: usize| source.kind(node) == FormKind::Name;
        let is_fit = is_equals && (is_text(receiver) && is_name(argument) || is_name(receiver) && is_text(argument));
        is_fit.then(|| change(source.span(call), format!("({} == {})", source.text_of(receiver), source.text_of(argument))))
    };
    source.all(FormKind::Call).filter_map(site).collect()
}

fn forced_value(source: &Source<'_>) -> Vec<Change> {
    let site = |node: usize| {
        let span = source.span(node);
        let is_asked = source.text.get(span.end..span.end + 1) == Some("?") && source.text_of(node).ends_with(')');
        is_asked.then(|| change(span.end..span.end + 1, ".unwrap()"))
    };
    source.all(FormKind::Call).filter_map(site).collect()
}

fn one_too_far(source: &Source<'_>) -> Vec<Change> {
    let site = |node: usize| {
        let condition =
            source.within(node).skip(1).find(|inner| source.kind(*inner) == FormKind::Binary && source.name_of(*inner) == "<")?;
        let is_head = source.children(node).first().is_some_and(|first| source.within(*first).contains(&condition));
        is_head.then(|| change(source.name_span(condition), "<="))
    };
    source.all(FormKind::Loop).filter_map(site).collect()
}

fn turned_condition(source: &Source<'_>) -> Vec<Change> {
    let site = |node: usize| {
        let condition = *source.children(node).first()?;
        let with = match source.name_of(condition) {
            "==" => "!=",
            "===" => "!==",
            "<" => ">=",
            ">" => "<=",
            _ => return None,
        };
        (source.kind(condition) == FormKind::Binary && !binds(source.text_of(condition))).then(|| change(source.name_span(condition), with))
    };
    source.all(FormKind::If).filter_map(site).collect()
}

fn lost_error(source: &Source<'_>) -> Vec<Change> {
    let site = |node: usize| {
        let text = source.text_of(node);
        let is_fit = text.starts_with("if err != nil {") && text.lines().count() <= 4 && source.children(node).len() == 2;
        is_fit.then(|| change(source.span(node), "if err != nil {\n\t}"))
    };
    source.all(FormKind::If).filter_map(site).collect()
}
