//! Owns the look at the text around a place: code, comment or string, the lines nearby, the names above. Never knows a rule.

use crate::literals::{among, literal_end};
use crate::source::{C_LIKE, Source};

/// Farthest look to either side, in bytes, so that a file of one long line costs no more than another.
const REACH: usize = 2048;

/// Farthest look back for the beginning of a literal, in bytes.
const LITERAL_REACH: usize = 1 << 14;

/// Whether a place is code, and not a comment, the inside of a literal, or the declaration of a function of that name.
/// What begins as a quoted key (`"verify": false`) is judged by the sign behind the key.
pub(crate) fn in_code(found: &str, offset: usize, source: &Source<'_>) -> bool {
    const DECLARATIONS: &str = "#define extern import func def class int void char fn pub";
    let head = head_of_line(offset, source).trim_start();
    let is_declaration = among(DECLARATIONS, head.split(' ').next().unwrap_or("")) && !head.contains(['=', '{', ':', ';']);
    let is_defined = || {
        let is_c = C_LIKE.contains(&source.language);
        is_c && head.is_empty() && source.function_at(offset).is_some_and(|f| f.signature.contains(offset))
    };
    let sign = if found.starts_with(['"', '\'']) { 0 } else { found.find([':', '=', '(']).unwrap_or(0) };
    !is_declaration && !source.in_comment(offset) && !is_defined() && !in_literal(offset + sign, source)
}

/// Whether a place is inside a literal; a docstring is one. Reads from the last place nearby that is surely code.
pub(crate) fn in_literal(offset: usize, source: &Source<'_>) -> bool {
    let starts = source.functions.iter().filter_map(|f| match f.span.contains(offset) {
        true => Some(f.span.range().start),
        false => Some(f.span.range().end).filter(|end| *end <= offset),
    });
    let anchor = starts.max().unwrap_or(0);
    let mut at = if offset - anchor > LITERAL_REACH { next_line(offset - LITERAL_REACH, source.text).min(offset) } else { anchor };
    while let Some(step) = source.text.as_bytes()[at..offset].iter().position(|byte| matches!(byte, b'"' | b'`' | b'\'' | b'/' | b'#')) {
        at += step;
        let end = match source.text.as_bytes()[at] {
            b'"' | b'`' => literal_end(source.text, at, source.language),
            b'\'' => quoted_end(source, at),
            b'/' | b'#' => comment_end(source, at),
            _ => at + 1,
        };
        let is_literal = !matches!(source.text.as_bytes()[at], b'/' | b'#');
        if end > offset {
            return is_literal && !is_filled(&source.text[at..end], offset - at);
        }
        at = end;
    }
    false
}

/// Whether a place in a template is code again: inside `${...}`.
fn is_filled(literal: &str, place: usize) -> bool {
    let before = literal.get(..place).unwrap_or("");
    literal.starts_with('`') && before.rfind("${").is_some_and(|open| !before[open..].contains('}'))
}

/// Where what begins with `'` ends: a text, or, in the languages where that is one character, at most a few bytes.
fn quoted_end(source: &Source<'_>, at: usize) -> usize {
    if matches!(source.language, "python" | "javascript" | "typescript" | "tsx") {
        return literal_end(source.text, at, source.language);
    }
    let rest = &source.text[at + 1..];
    let is_escape = rest.starts_with('\\');
    let length = rest.char_indices().skip(usize::from(is_escape) + 1).take(if is_escape { 10 } else { 1 }).find(|(_, c)| *c == '\'');
    length.map_or(at + 1, |(length, _)| at + length + 2)
}

/// Where the comment that begins here ends; one byte on when there is none.
fn comment_end(source: &Source<'_>, at: usize) -> usize {
    let comments = &source.measures.comments;
    let after = comments.partition_point(|span| span.range().start <= at);
    let comment = after.checked_sub(1).and_then(|last| comments.get(last));
    comment.filter(|span| span.contains(at)).map_or(at + 1, |span| span.range().end)
}

fn next_line(offset: usize, text: &str) -> usize {
    let rest = text.as_bytes().get(offset..).unwrap_or_default();
    rest.iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| offset + at + 1)
}

fn line_start(offset: usize, text: &str) -> usize {
    let from = text.floor_char_boundary(offset.saturating_sub(REACH));
    text[from..offset].rfind('\n').map_or(from, |at| from + at + 1)
}

/// The text before a place up to the last code in it: neither blanks nor comments stand between.
pub(crate) fn code_before<'a>(offset: usize, source: &Source<'a>) -> &'a str {
    let comments = &source.measures.comments;
    let n_before = comments.partition_point(|comment| comment.range().start < offset);
    let mut code = source.text[..offset].trim_end();
    for comment in comments[..n_before].iter().rev() {
        if comment.range().end < code.len() {
            break;
        }
        code = source.text[..comment.range().start.min(code.len())].trim_end();
    }
    code
}

/// What stands on the line before a place.
pub(crate) fn head_of_line<'a>(offset: usize, source: &Source<'a>) -> &'a str {
    &source.text[line_start(offset, source.text)..offset]
}

/// The text from six lines above a place to seven below, in small letters.
pub(crate) fn near(offset: usize, source: &Source<'_>) -> String {
    let from = source.text.floor_char_boundary(offset.saturating_sub(REACH));
    let to = source.text.ceil_char_boundary((offset + REACH).min(source.text.len()));
    let above: Vec<&str> = source.text[from..offset].rsplit('\n').take(7).collect();
    let below: Vec<&str> = source.text[offset..to].lines().take(8).collect();
    let above: Vec<&str> = above.into_iter().rev().collect();
    format!("{}{}", above.join("\n"), below.join("\n")).to_lowercase()
}

/// The innermost name around a place; closures have none.
pub(crate) fn function_name<'a>(offset: usize, source: &'a Source<'_>) -> &'a str {
    let named = source.functions.iter().filter(|f| f.span.contains(offset) && !f.name.is_empty());
    named.min_by_key(|f| f.span.range().len()).map_or("", |f| f.name.as_str())
}
