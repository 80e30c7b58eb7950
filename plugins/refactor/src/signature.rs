//! Owns reading parameters with their types off the head of a function. Never judges.

use devflow_plugin::Function;
use devflow_plugin::words::is_name_char;

use crate::code::Code;

/// One parameter as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type; empty where none is written.
    pub kind: String,
    /// It may be left out.
    pub has_default: bool,
    /// A caller must write its name.
    pub is_named: bool,
}

impl Parameter {
    /// Whether it is a yes or no.
    pub fn is_flag(&self) -> bool {
        matches!(self.kind.as_str(), "bool" | "boolean" | "Boolean" | "_Bool" | "const bool" | "final boolean")
    }

    /// Whether it is a plain text.
    pub fn is_text(&self) -> bool {
        let kind = self.kind.replace(['&', '*'], " ");
        let kind = kind
            .split_whitespace()
            .filter(|word| !matches!(*word, "const" | "final") && !word.starts_with('\''))
            .collect::<Vec<_>>()
            .join(" ");
        let is_pointer = self.kind.matches('*').count() == 1;
        matches!(kind.as_str(), "str" | "String" | "string" | "std::string" | "std::string_view" | "string_view")
            || kind == "char" && is_pointer
    }
}

/// The parameters of a function, receiver excluded.
pub fn parameters(code: &Code<'_>, function: &Function) -> Vec<Parameter> {
    let Some(list) = list(code.slice(&function.signature.range()), &function.name) else { return Vec::new() };
    let mut found: Vec<Parameter> = Vec::new();
    let mut is_named = false;
    for part in split(list) {
        let part = part.trim();
        if code.language == "python" && part.starts_with('*') {
            is_named = true;
            continue;
        }
        if part.is_empty() || is_receiver(part) || part == "/" {
            continue;
        }
        let (body, has_default) = match default_at(part) {
            Some(at) => (part.get(..at).unwrap_or(part).trim(), true),
            None => (part, false),
        };
        let (name, kind) = name_and_kind(body, code.language);
        found.push(Parameter { name: name.to_owned(), kind: kind.to_owned(), has_default, is_named });
    }
    if code.language == "go" {
        // `a, b bool`: the type stands once.
        let mut kind = String::new();
        for parameter in found.iter_mut().rev() {
            if parameter.kind.is_empty() {
                parameter.kind.clone_from(&kind);
            } else {
                kind.clone_from(&parameter.kind);
            }
        }
    }
    found
}

fn is_receiver(part: &str) -> bool {
    matches!(part, "self" | "cls" | "this" | "&self" | "&mut self" | "mut self" | "void" | "...")
        || (part.starts_with('&') && part.ends_with("self"))
        || part.starts_with("self:")
}

/// What stands between the parentheses after the name.
fn list<'a>(signature: &'a str, name: &str) -> Option<&'a str> {
    let at = if name.is_empty() { 0 } else { signature.find(name)? + name.len() };
    let rest = signature.get(at..)?;
    let open = rest.find('(')?;
    let mut depth = 0_usize;
    for (at, c) in rest.char_indices().skip_while(|(at, _)| *at < open) {
        match c {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return rest.get(open + 1..at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Parts of a list between its commas, those in brackets left alone.
pub fn split(list: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start, mut last) = (0_i32, 0, ' ');
    for (at, c) in list.char_indices() {
        match c {
            '(' | '[' | '{' | '<' => depth += 1,
            '>' if matches!(last, '-' | '=') => {}
            ')' | ']' | '}' | '>' => depth -= 1,
            ',' if depth == 0 => {
                parts.extend(list.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
        last = c;
    }
    parts.extend(list.get(start..));
    parts
}

/// Where the default value begins.
fn default_at(part: &str) -> Option<usize> {
    let bytes = part.as_bytes();
    let is_plain = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        !matches!(bytes.get(at + 1), Some(b'=' | b'>')) && !matches!(before, Some(b'=' | b'<' | b'>' | b'!'))
    };
    part.match_indices('=').map(|(at, _)| at).find(|at| is_plain(*at))
}

fn name_and_kind<'a>(body: &'a str, language: &str) -> (&'a str, &'a str) {
    match language {
        "rust" | "typescript" | "tsx" | "kotlin" | "python" => match body.split_once(':') {
            Some((name, kind)) => (last_word(name.trim_end_matches('?')), kind.trim()),
            None => (last_word(body), ""),
        },
        "go" => body.split_once(char::is_whitespace).map_or((body, ""), |(name, kind)| (name, kind.trim())),
        "java" | "c" | "cpp" => {
            let name = last_word(body.trim_end_matches(['[', ']']));
            let end = body.rfind(name).unwrap_or(body.len());
            let kind = body.get(..end).unwrap_or("").trim();
            // Annotations stand before the type.
            let kind = kind.rsplit_once(' ').filter(|(before, _)| before.starts_with('@')).map_or(kind, |(_, kind)| kind);
            (name, kind)
        }
        _ => (body, ""),
    }
}

fn last_word(text: &str) -> &str {
    text.trim().rsplit(|c: char| !is_name_char(c)).next().unwrap_or(text)
}
