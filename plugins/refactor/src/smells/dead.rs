//! Owns the smell of private code that nothing in its file names. What a compiler, a framework, a child module or a header may reach is left
//! alone; code that is private to more than a file is judged with the project in sight, not here.

use std::ops::Range;

use devflow_plugin::words::words;
use devflow_plugin::{Finding, Function};

use crate::code::Code;
use crate::grammar::Tag;
use crate::owners::Owners;
use crate::rules::finding;

/// Functions that the runtime calls by their name.
const CALLED: &[&str] =
    &["main", "readObject", "writeObject", "readResolve", "writeReplace", "readObjectNoData", "finalize", "serialVersionUID", "init"];

pub(super) fn inspect(code: &Code<'_>, findings: &mut Vec<Finding>) {
    if !is_closed(code) {
        return;
    }
    let owners = Owners::read(code);
    for (at, function) in code.functions.iter().enumerate() {
        let is_own = !function.is_test && !code.is_test(function.span.range().start) && !owners.is_bound(code, at);
        if !is_own || !is_hidden(code, &owners, at, function) || CALLED.contains(&function.name.as_str()) {
            continue;
        }
        report(code, &function.name, "function", &function.span.range(), &function.signature.range(), findings);
    }
    for found in code.matches(Tag::Constant).chain(code.matches(Tag::Field)) {
        let span = found.span("constant").or_else(|| found.span("field"));
        let (Some(name), Some(span)) = (found.span("name"), span) else { continue };
        let name = code.slice(&name);
        if is_hidden_value(code, &owners, &span) && !code.is_test(span.start) && !CALLED.contains(&name) {
            report(code, name, "constant", &span, &span, findings);
        }
    }
}

fn report(code: &Code<'_>, name: &str, what: &str, item: &Range<usize>, place: &Range<usize>, findings: &mut Vec<Finding>) {
    let is_meant = name.starts_with('_') && !name.starts_with("__");
    if name.len() < 2 || is_meant || is_doubtful(code, item) || is_named(code, name, item) {
        return;
    }
    let message = format!("the private {what} `{name}` is never named again");
    findings.push(finding(
        "dead-code",
        place.clone(),
        message,
        format!("Remove dead code: delete {} with `{name}`.", code.lines_in_words(item)),
    ));
}

/// Whether a name stands outside of its item. Comments and texts count: they may be run.
fn is_named(code: &Code<'_>, name: &str, item: &Range<usize>) -> bool {
    let bare = name.trim_start_matches('#');
    let anywhere = code.places(bare).iter().chain(code.places(name)).any(|at| !item.contains(at)) || is_in_template(code, name, item);
    // Python writes the class before a name with two underscores when it is asked for from outside.
    anywhere
        || (code.language == "python"
            && name.starts_with("__")
            && code.all_words().any(|word| word.len() > name.len() && word.ends_with(name)))
}

/// Whether a name stands behind or before a dollar, which belongs to no word there: `"$name.x"` in Kotlin and Python, `{:>WIDTH$}` in Rust.
fn is_in_template(code: &Code<'_>, name: &str, item: &Range<usize>) -> bool {
    let has_part = |word: &&str| word.contains('$') && word.split('$').any(|part| part == name);
    matches!(code.language, "kotlin" | "python" | "rust")
        && code.all_words().filter(has_part).any(|word| code.places(word).iter().any(|at| !item.contains(at)))
}

/// Whether the code in or before an item does not parse: then nobody knows where the item ends, and what belongs to it.
fn is_doubtful(code: &Code<'_>, item: &Range<usize>) -> bool {
    // Branches of `#if` may open a brace twice and close it once, which the grammar takes at times.
    let count = |brace: char| code.slice(item).matches(brace).count();
    let is_uneven = matches!(code.language, "c" | "cpp") && count('{') != count('}');
    is_uneven || code.measures.errors.iter().any(|error| error.range().start <= item.end)
}

/// Whether nothing outside the file can reach what the file hides.
fn is_closed(code: &Code<'_>) -> bool {
    let has = |word: &str| !code.places(word).is_empty();
    match code.language {
        "rust" => {
            let names_a_file = |line: &str| line.ends_with(';') && words(line).take(4).any(|(_, word)| word == "mod");
            !code.text.contains("include!(")
                && !code.text.contains("allow(dead_code")
                && !code.text.lines().any(|line| names_a_file(line.trim()))
        }
        "javascript" | "typescript" | "tsx" => {
            ["import", "export", "require", "module"].iter().any(|word| has(word)) && !has("eval") && !has("with")
        }
        "python" => !has("locals") && !has("globals") && !has("exec"),
        "java" => !has("lombok"),
        "kotlin" => true,
        // A header hides nothing, and names can be put together.
        "c" | "cpp" => {
            let is_header =
                code.text.contains("#pragma once") || first_directive(code.text).is_some_and(|line| line.starts_with("#ifndef"));
            let has_open =
                code.functions.iter().any(|function| function.is_public && !code.slice(&function.signature.range()).contains("inline"));
            let includes_code = code
                .text
                .lines()
                .any(|line| line.starts_with("#include \"") && [".c\"", ".inc\"", ".def\"", ".cpp\""].iter().any(|end| line.contains(end)));
            !is_header && has_open && !includes_code && !code.text.contains("##")
        }
        _ => false,
    }
}

fn first_directive(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| line.starts_with('#'))
}

/// Whether a function is private to the file, by the rules of its language, and unmarked.
fn is_hidden(code: &Code<'_>, owners: &Owners, at: usize, function: &Function) -> bool {
    let signature = code.slice(&function.signature.range());
    let says = |wanted: &str| words(signature).take_while(|(_, word)| *word != function.name).any(|(_, word)| word == wanted);
    let owner = owners.of(at);
    let is_local = code.parent(at).is_some() && owner.is_none();
    let before = code.before(function.span.range().start);
    match code.language {
        "rust" => {
            let is_contract = owner.is_some_and(|owner| owner.is_interface) || in_contract(owners, function.span.range().start);
            !is_contract && !signature.starts_with("pub") && !before.contains("#[") && !says("extern") && !in_extern(code, function)
        }
        "python" => {
            let is_mangled = owner.is_some() && function.name.starts_with("__") && !function.name.ends_with("__");
            (is_mangled || is_local) && !is_decorated(code, function.span.range().start)
        }
        "javascript" => {
            let is_declared = is_declaration(signature, &function.name) && !function.is_public && owner.is_none();
            is_declared && !before.contains("export")
                || owner.is_some() && function.name.starts_with('#') && !is_decorated(code, function.span.range().start)
        }
        "typescript" | "tsx" => {
            let is_declared = is_declaration(signature, &function.name) && !function.is_public && owner.is_none();
            let is_private = owner.is_some() && (says("private") || function.name.starts_with('#')) && function.name != "constructor";
            let has_body = code.slice(&function.span.range()).ends_with('}');
            let is_seen = is_declared && (before.contains("export") || before.contains("declare"));
            (is_declared || is_private) && has_body && !is_seen && !is_decorated(code, function.span.range().start)
        }
        "java" => says("private") && !signature.contains('@') && owner.is_some_and(|owner| owner.name != function.name),
        "kotlin" => says("private") && !signature.contains('@') && !says("operator") && !says("constructor"),
        "c" | "cpp" => {
            says("static") && owner.is_none() && !says("inline") && !signature.contains("__") && !before.contains("__attribute__")
        }
        _ => false,
    }
}

/// Whether a function is declared by its name, not made as a value.
fn is_declaration(signature: &str, name: &str) -> bool {
    let mut rest = words(signature).map(|(_, word)| word).skip_while(|word| *word == "async");
    rest.next() == Some("function") && rest.next() == Some(name)
}

fn in_contract(owners: &Owners, offset: usize) -> bool {
    owners.all.iter().any(|owner| {
        let foreign = owner.foreign.iter().any(|part| part.contains(&offset));
        foreign || (owner.is_interface && owner.spans.iter().any(|part| part.contains(&offset)))
    })
}

/// Whether a function is only declared, in an `extern` block or a contract.
fn in_extern(code: &Code<'_>, function: &Function) -> bool {
    !code.slice(&function.span.range()).ends_with('}')
}

/// Whether a decorator stands on the lines right before.
fn is_decorated(code: &Code<'_>, offset: usize) -> bool {
    let before = code.text.get(..offset).unwrap_or("");
    let mut lines = before.lines().rev();
    // The rest of the own line: white space, or `async`.
    if !before.ends_with('\n') {
        lines.next();
    }
    lines.take_while(|line| !line.trim().is_empty()).take(10).any(|line| line.trim_start().starts_with('@'))
}

/// Whether a constant or field is private to the file, by the rules of its language, and unmarked.
fn is_hidden_value(code: &Code<'_>, owners: &Owners, span: &Range<usize>) -> bool {
    let text = code.slice(span);
    let head = text.split('=').next().unwrap_or(text);
    let says = |wanted: &str| words(head).any(|(_, word)| word == wanted);
    match code.language {
        "rust" => {
            let is_value = text.starts_with("const ") || text.starts_with("static ");
            is_value && !code.before(span.start).contains("#[") && !in_contract(owners, span.start)
        }
        "javascript" | "typescript" | "tsx" => text.starts_with("const ") && !text.contains('@') && has_plain_value(text),
        "java" => says("private") && says("static") && says("final") && !text.contains('@'),
        "kotlin" => says("private") && says("const") && !text.contains('@'),
        "c" | "cpp" => says("static") && says("const") && !text.contains("__"),
        _ => false,
    }
}

/// Whether making the value does nothing else.
fn has_plain_value(text: &str) -> bool {
    let value = text.split_once('=').map_or("", |(_, value)| value).trim_start();
    let is_literal = value.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '"' | '\'' | '/'));
    let is_closed = value.starts_with(['[', '{']) && !value.contains('(');
    let is_function = value.starts_with("function") || value.starts_with("async") || (value.starts_with('(') && value.contains("=>"));
    // One declaration for several names would be told with the wrong lines.
    (is_literal || is_closed || is_function) && !text.contains(",\n") | is_function | is_closed
}
