//! Owns making small faults in a function, so that a test can show that it notices one.

use std::ops::Range;

use tree_sitter::Node;

use crate::syntax::{LineIndex, parse};
use crate::types::Language;

/// A source with one fault in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mutant {
    pub(super) text: String,
    /// What was changed, such as "`<` became `>=` in line 3".
    pub(super) change: String,
}

/// How telling a fault is: the first kinds seldom break the types of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Comparison,
    Truth,
    Logic,
    Number,
    Arithmetic,
    Text,
}

/// Makes at most `most` faults in the functions called `name` that are no tests, the most telling ones first. None when there is no such
/// function, or nothing in it that could be changed.
pub(super) fn mutants(language: Language, text: &str, name: &str, most: usize) -> Vec<Mutant> {
    let parsed = parse(language, text);
    let Some(tree) = &parsed.tree else { return Vec::new() };
    let mut places: Vec<(Kind, Range<usize>, String)> = Vec::new();
    for function in parsed.functions.iter().filter(|function| function.name == name && !function.is_test) {
        let body = function.signature.end..function.span.end;
        let mut open = vec![tree.root_node()];
        while let Some(node) = open.pop() {
            if node.end_byte() <= body.start || node.start_byte() >= body.end {
                continue;
            }
            let is_inside = body.start <= node.start_byte() && node.end_byte() <= body.end;
            if let Some((kind, replace)) = Some(node).filter(|_| is_inside).and_then(|node| fault(node, text)) {
                places.push((kind, node.byte_range(), replace));
            } else {
                open.extend((0..node.child_count()).filter_map(|at| node.child(at)));
            }
        }
    }
    places.sort_by_key(|place| (place.0, place.1.start));
    places.dedup();
    let lines = LineIndex::new(text);
    let mutant = |(_, place, replace): (Kind, Range<usize>, String)| {
        let change = format!("`{}` became `{}` in line {}", &text[place.clone()], replace, lines.line(place.start));
        Mutant { text: format!("{}{replace}{}", &text[..place.start], &text[place.end..]), change }
    };
    places.into_iter().take(most).map(mutant).collect()
}

fn fault(node: Node<'_>, text: &str) -> Option<(Kind, String)> {
    let own = &text[node.byte_range()];
    if node.child_count() > 0 {
        return None;
    }
    let of = |kind, replace: &str| Some((kind, replace.to_owned()));
    if !node.is_named() && is_binary(node.parent()?) {
        return match own {
            "==" => of(Kind::Comparison, "!="),
            "!=" => of(Kind::Comparison, "=="),
            "===" => of(Kind::Comparison, "!=="),
            "!==" => of(Kind::Comparison, "==="),
            "<" => of(Kind::Comparison, ">="),
            ">" => of(Kind::Comparison, "<="),
            "<=" => of(Kind::Comparison, ">"),
            ">=" => of(Kind::Comparison, "<"),
            "&&" => of(Kind::Logic, "||"),
            "||" => of(Kind::Logic, "&&"),
            "and" => of(Kind::Logic, "or"),
            "or" => of(Kind::Logic, "and"),
            "+" => of(Kind::Arithmetic, "-"),
            "-" => of(Kind::Arithmetic, "+"),
            "*" => of(Kind::Arithmetic, "+"),
            "/" | "//" | "%" => of(Kind::Arithmetic, "*"),
            _ => None,
        };
    }
    match own {
        "true" => return of(Kind::Truth, "false"),
        "false" => return of(Kind::Truth, "true"),
        "True" => return of(Kind::Truth, "False"),
        "False" => return of(Kind::Truth, "True"),
        _ => {}
    }
    let kind = node.kind();
    // `x.0` in Rust is a field, and a format is not free text.
    if node.is_named()
        && (kind.contains("int") || kind.contains("number") || kind.contains("decimal"))
        && own.bytes().all(|byte| byte.is_ascii_digit())
    {
        let number: u64 = own.parse().ok()?;
        return Some((Kind::Number, number.checked_add(1)?.to_string()));
    }
    let is_text = kind.contains("string_content") || kind.contains("string_fragment") || kind == "interpreted_string_literal_content";
    (is_text && own.chars().all(|c| c.is_alphanumeric() || c == ' ')).then(|| (Kind::Text, format!("{own}x")))
}

fn is_binary(node: Node<'_>) -> bool {
    let kind = node.kind();
    ["binary", "comparison", "boolean_operator", "equality", "relational", "additive", "multiplicative", "conjunction", "disjunction"]
        .iter()
        .any(|part| kind.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(language: Language, text: &str, expected: &[&str]) {
        let changes: Vec<String> = mutants(language, text, "f", 9).into_iter().map(|mutant| mutant.change).collect();
        assert_eq!(changes, expected);
    }

    #[test]
    fn the_most_telling_faults_come_first_and_only_in_the_function() {
        let text = "fn g() -> bool { 1 < 2 }\nfn f(a: Vec<u8>, n: usize) -> bool {\n    // 1 < 2\n    let b = n + 3;\n    a.len() < b && true\n}\n";
        let expected = [
            "`<` became `>=` in line 5",
            "`true` became `false` in line 5",
            "`&&` became `||` in line 5",
            "`3` became `4` in line 4",
            "`+` became `-` in line 4",
        ];
        check(Language::Rust, text, &expected);
        let first = &mutants(Language::Rust, text, "f", 1)[0];
        assert!(first.text.contains("a.len() >= b && true"), "{}", first.text);
    }

    #[test]
    fn every_language_has_faults() {
        for (language, text) in [
            (Language::Python, "def f(a):\n    return a < 1\n"),
            (Language::JavaScript, "function f(a) { return a < 1; }\n"),
            (Language::TypeScript, "function f(a: number) { return a < 1; }\n"),
            (Language::Tsx, "function f(a: number) { return a < 1; }\n"),
            (Language::Java, "class A { boolean f(int a) { return a < 1; } }\n"),
            (Language::Kotlin, "fun f(a: Int): Boolean { return a < 1 }\n"),
            (Language::Go, "package a\n\nfunc f(a int) bool { return a < 1 }\n"),
            (Language::C, "int f(int a) { return a < 1; }\n"),
            (Language::Cpp, "bool f(int a) { return a < 1; }\n"),
        ] {
            let changes: Vec<String> = mutants(language, text, "f", 9).into_iter().map(|mutant| mutant.change).collect();
            assert!(
                changes.len() == 2 && changes[0].starts_with("`<` became `>=`") && changes[1].starts_with("`1` became `2`"),
                "{language:?}: {changes:?}"
            );
        }
    }

    #[test]
    fn a_function_without_anything_to_change_has_no_faults() {
        check(Language::Rust, "fn f() { g(); }\n", &[]);
        check(Language::Rust, "fn other() -> bool { true }\n", &[]);
        check(Language::Python, "def f():\n    return \"a b\"\n", &["`a b` became `a bx` in line 2"]);
    }
}
