//! Owns how prose and names are cut: sentences, paragraphs, back-ticks, words of a name. Never looks at syntax.

use std::collections::BTreeSet;

use devflow_plugin::words::{is_name_char, one_line};

/// Abbreviations whose full stop ends no sentence.
const ABBREVIATIONS: [&str; 9] = ["e.g.", "i.e.", "etc.", "vs.", "cf.", "approx.", "resp.", "a.k.a.", "no."];

/// The sentences of a text, each on one line, with their end marks. A full stop inside back-ticks ends nothing.
pub fn sentences(text: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut sentence: Vec<&str> = Vec::new();
    let mut in_code = false;
    for word in text.split_whitespace() {
        sentence.push(word);
        if word.matches('`').count() % 2 == 1 {
            in_code = !in_code;
        }
        let bare = word.trim_end_matches([')', '"', '\'', '*', '_', ']', '`']);
        let is_end = bare.ends_with(['.', '!', '?']) && !ABBREVIATIONS.contains(&bare.trim_start_matches('(').to_lowercase().as_str());
        if is_end && !in_code {
            sentences.push(sentence.join(" "));
            sentence.clear();
        }
    }
    if !sentence.is_empty() {
        sentences.push(sentence.join(" "));
    }
    sentences
}

/// The first sentence of a documentation, on one line; empty where it begins with a tag.
pub fn first_sentence(doc: &str) -> String {
    let paragraph = first_paragraph(doc);
    sentences(&paragraph).into_iter().next().unwrap_or_default()
}

/// The first paragraph of a documentation, on one line, without the tags, headings and code that follow it.
pub fn first_paragraph(doc: &str) -> String {
    let is_end = |line: &str| {
        line.is_empty() || line.starts_with(['@', '\\', '#']) || line.starts_with("```") || line.starts_with(":param") || is_section(line)
    };
    let lines: Vec<&str> = doc.lines().map(str::trim).skip_while(|line| line.is_empty()).take_while(|line| !is_end(line)).collect();
    without_inline_tags(lines.join(" ").trim_start_matches("<p>"))
}

/// Turns `{@code …}`, `{@link …}` and their like into code between back-ticks.
pub fn without_inline_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once("{@") {
        plain.push_str(before);
        let inner = tag.split_once('}').and_then(|(inside, after)| Some((inside.split_once(char::is_whitespace)?.1, after)));
        match inner {
            Some((code, after)) => {
                plain.push('`');
                plain.push_str(code.trim());
                plain.push('`');
                rest = after;
            }
            None => {
                plain.push_str("{@");
                rest = tag;
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn is_section(line: &str) -> bool {
    matches!(line, "Args:" | "Arguments:" | "Parameters:" | "Returns:" | "Raises:" | "Yields:" | "Example:" | "Examples:" | "Parameters")
}

/// What stands between single back-ticks on one line.
pub fn in_ticks(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut parts = line.split('`');
        parts.next();
        while let (Some(code), Some(_)) = (parts.next(), parts.next()) {
            if !code.is_empty() {
                found.push(code);
            }
        }
    }
    found
}

/// The identifiers in a text.
pub fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !is_name_char(c)).filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$'))
}

/// The words of a name in lower case: `readAll`, `read_all` and `ReadAll` give `read`, `all`.
pub fn words_of_name(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = '_';
    for c in name.chars() {
        let is_start = !before.is_alphanumeric() || c.is_uppercase() && !before.is_uppercase();
        if c.is_alphanumeric() {
            if is_start || words.is_empty() {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(c.to_lowercase());
            }
        }
        before = c;
    }
    words
}

/// Drops the sentences that name, in back-ticks, something that is not `known`. Keeps code without any identifier, such as `0`.
pub fn only_known(text: &str, known: &BTreeSet<&str>) -> String {
    let is_known = |sentence: &String| in_ticks(sentence).iter().all(|code| names_known(code, known));
    sentences(text).into_iter().filter(is_known).collect::<Vec<_>>().join(" ")
}

/// Whether every identifier in a piece of code is known. Literals of the languages always are.
fn names_known(code: &str, known: &BTreeSet<&str>) -> bool {
    let is_literal =
        |name: &str| matches!(name, "true" | "false" | "null" | "nil" | "None" | "True" | "False" | "undefined" | "self" | "this");
    identifiers(code).all(|name| is_literal(name) || known.contains(name))
}

/// Fits a text into one cell of a table.
pub fn cell(text: &str) -> String {
    one_line(text).replace('|', "\\|")
}

/// A text as inline code, also when it holds a back-tick.
pub fn code(text: &str) -> String {
    let line = one_line(text);
    if line.contains('`') { format!("`` {line} ``") } else { format!("`{line}`") }
}

/// The line of a byte offset, from 1.
pub fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).map_or(1, |before| before.matches('\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_outside_of_code_and_abbreviations() {
        assert_eq!(
            sentences("Reads `a. b` now. Then, e.g. on Monday, stops! Done"),
            ["Reads `a. b` now.", "Then, e.g. on Monday, stops!", "Done"]
        );
        assert_eq!(first_sentence("\nAdds {@code a} up.\n More.\n\n@param a one"), "Adds `a` up.");
    }

    #[test]
    fn names_fall_into_words() {
        assert_eq!(words_of_name("HTTPServer_run2Now"), ["httpserver", "run2", "now"]);
        assert_eq!(words_of_name("__init__"), ["init"]);
    }

    #[test]
    fn sentences_with_unknown_names_are_dropped() {
        let known = BTreeSet::from(["open", "Box"]);
        assert_eq!(
            only_known("Use `Box::open()` first. Then `close`. With `0` it ends.", &known),
            "Use `Box::open()` first. With `0` it ends."
        );
    }
}
