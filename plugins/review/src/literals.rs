//! Owns the reading of expressions from their text: fixed, glued, or sent by a client, and what a variable was set to.
//! Never knows a rule, and never follows a value further than to its assignment in the same function, at most 8,000 bytes back.

use crate::source::{MAX_BEFORE, Source};

/// Whether `word` is one of `words`, which are separated by spaces.
pub(crate) fn among(words: &str, word: &str) -> bool {
    words.split_ascii_whitespace().any(|known| known == word)
}

/// The quote that opens at `start`, once or three times.
fn quote_at(text: &str, start: usize) -> &str {
    let one = &text[start..=start];
    let is_triple = text[start + 1..].strip_prefix(one).is_some_and(|rest| rest.starts_with(one));
    &text[start..start + if is_triple { 3 } else { 1 }]
}

/// Where the bracket that opens at `start` is closed, or the end of the text.
pub(crate) fn group_end(text: &str, start: usize) -> usize {
    let (mut depth, mut quote) = (0_u32, None);
    for (at, c) in text[start..].char_indices() {
        match (c, quote) {
            (_, Some(open)) => quote = quote.filter(|_| c != open),
            ('"' | '\'', None) => quote = Some(c),
            ('(' | '[' | '{', None) => depth += 1,
            (')' | ']' | '}', None) if depth == 1 => return start + at + 1,
            (')' | ']' | '}', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text.len()
}

/// Whether a path names a constant, by its spelling.
pub(crate) fn is_constant(path: &str) -> bool {
    let name = path.rsplit(['.', ':', '>']).next().unwrap_or(path);
    name.len() > 1 && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// What the variable was last set to before `offset`, in the functions around it, the innermost first. A parameter was set by the caller,
/// whatever stands there as its default.
pub(crate) fn assigned<'a>(source: &Source<'a>, offset: usize, name: &str) -> Option<&'a str> {
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if !is_name {
        return None;
    }
    for function in source.functions_around(offset) {
        if let Some(value) = last_value(near(source.text, function.signature.range().end.min(offset), offset), name, source.language) {
            return Some(value);
        }
        if function.parameters.iter().any(|parameter| parameter == name) {
            return None;
        }
    }
    // What a function does not set, it may have from anywhere.
    if source.function_at(offset).is_some() { None } else { last_value(near(source.text, 0, offset), name, source.language) }
}

/// Most occurrences of a name that are searched for its assignment.
const MAX_PLACES: usize = 100;

/// Longest part of a line before a name that is searched, in bytes.
const MAX_HEAD: usize = 500;

/// What stands before a place, no further back than `start`: files of thousands of calls would take as many passes.
pub(crate) fn near(text: &str, start: usize, end: usize) -> &str {
    &text[text.ceil_char_boundary(start.max(end.saturating_sub(MAX_BEFORE)))..end]
}

fn last_value<'a>(before: &'a str, name: &str, language: &str) -> Option<&'a str> {
    let value = |at: usize| {
        let head = before[before.ceil_char_boundary(at.saturating_sub(MAX_HEAD))..at].rsplit('\n').next().unwrap_or("");
        let rest = before[at + name.len()..].trim_start();
        let line = rest.split(['\n', ';', ')']).next().unwrap_or("");
        let typed = rest.starts_with(':').then(|| line.find('=').filter(|at| *at > 1)).flatten().unwrap_or(0);
        let rest = rest[typed..].trim_start_matches([':', '+', '|']).strip_prefix('=').filter(|rest| !rest.starts_with(['=', '>']))?;
        let in_text = ['"', '\'', '`'].iter().any(|quote| head.matches(*quote).count() % 2 == 1);
        // `call(name=value)` names an argument.
        let is_argument = language == "python" && (head.matches('(').count() > head.matches(')').count() || line.trim_end().ends_with(','));
        Some(rest).filter(|_| !in_text && !is_argument)
    };
    let last = before.rmatch_indices(name).map(|(at, _)| at).filter(|at| is_whole(before, *at, name)).take(MAX_PLACES).find_map(value);
    last.map(|rest| rest[..statement_end(rest)].trim())
}

/// Where a statement ends: at a `;` or at the end of a line outside brackets.
fn statement_end(text: &str) -> usize {
    let mut at = 0;
    while let Some(c) = text[at..].chars().next().filter(|c| !matches!(c, ';' | '\n')) {
        at = if matches!(c, '(' | '[' | '{') { group_end(text, at) } else { at + c.len_utf8() };
    }
    at
}

/// Where the literal that opens at `start` is closed, or the end of the text; what fills it is passed over.
pub(crate) fn literal_end(text: &str, start: usize, language: &str) -> usize {
    let hashes = start - text[..start].trim_end_matches('#').len();
    if language == "rust" && text[..start - hashes].ends_with('r') {
        let close = format!("\"{}", "#".repeat(hashes));
        return text[start + 1..].find(&close).map_or(text.len(), |at| start + 1 + at + close.len());
    }
    let quote = quote_at(text, start);
    let mut at = start + quote.len();
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if rest.starts_with(quote) {
            return at + quote.len();
        }
        at += match c {
            '\\' if quote != "`" || language != "go" => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            '\n' if quote.len() == 1 && quote != "`" && language != "rust" => return at,
            '$' if quote == "`" && rest.starts_with("${") => group_end(rest, 1),
            _ => c.len_utf8(),
        };
    }
    text.len()
}

fn is_whole(text: &str, at: usize, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    !text[..at].ends_with(is_word) && !text[at + name.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// The words of a name, in small letters: `userId` and `user_id` are `user`, `id`.
pub(crate) fn segments(name: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        words.last_mut().into_iter().for_each(|word| word.extend(c.to_lowercase().filter(|c| c.is_alphanumeric())));
        was_lower = c.is_lowercase() || c.is_ascii_digit();
    }
    words.into_iter().filter(|word| !word.is_empty())
}
