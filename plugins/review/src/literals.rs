//! Owns the reading of expressions from their text: fixed, glued, or sent by a client, and what a variable was set to.
//! Never knows a rule, and never follows a value further than to its assignment in the same function, at most 8,000 bytes back.

use crate::source::{MAX_BEFORE, Source};

/// An expression that makes a text: its literal parts joined, with `HOLE` where something is filled in, and what is filled in.
pub(crate) struct Glue<'a> {
    pub(crate) literal: String,
    pub(crate) fills: Vec<&'a str>,
}

/// Stands in a literal for what is filled in.
pub(crate) const HOLE: char = '\u{1}';

/// Words that hand a text through; what they are given counts instead of them.
const CARRIERS: &str = "format .format .formatted String.format fmt.Sprintf Sprintf str String string String.valueOf std::string \
    .join .to_string .to_owned .into .as_str .as_ref .trim .strip .trimIndent .trimMargin .toString String::from concat include_str \
    new if else in for not and or null None nil True False true false mut await";

/// Whether `word` is one of `words`, which are separated by spaces.
pub(crate) fn among(words: &str, word: &str) -> bool {
    words.split_ascii_whitespace().any(|known| known == word)
}

/// Reads an expression without its grammar: literals, what is interpolated into them, and the words outside.
pub(crate) fn glue<'a>(text: &'a str, language: &str) -> Glue<'a> {
    let mut glue = Glue { literal: String::new(), fills: Vec::new() };
    let (mut at, mut prefix, mut is_added) = (0, "", false);
    let is_formatted = language == "python" && text.contains(".format(");
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if matches!(c, '"' | '`') || (c == '\'' && language != "rust") {
            at = read_literal(&Literal { text, start: at, prefix, is_formatted, language }, &mut glue);
            (prefix, is_added) = ("", false);
        } else if is_path(c) {
            let word_end = path_end(text, at);
            let word = &text[at..word_end];
            let is_prefix = word.len() < 4 && text[word_end..].starts_with(['"', '\'']);
            let is_value = !is_prefix && !c.is_ascii_digit() && !among(CARRIERS, word);
            let end = if is_value { chain_end(text, word_end) } else { word_end };
            if is_value {
                glue.literal.extend(Some(HOLE).filter(|_| is_added));
                glue.fills.push(&text[at..end]);
            }
            prefix = if is_prefix { word } else { "" };
            (at, is_added) = (end, is_added && !is_value);
        } else {
            is_added = c == '+' || (is_added && (c.is_whitespace() || matches!(c, '(' | '&' | '*')));
            at += c.len_utf8();
        }
    }
    glue
}

/// A literal that is about to be read.
struct Literal<'a, 't> {
    text: &'a str,
    start: usize,
    /// Letters before the quote.
    prefix: &'t str,
    /// Whether `.format(` fills what stands in braces.
    is_formatted: bool,
    language: &'t str,
}

/// Reads a literal into `glue` and answers where it ends.
fn read_literal<'a>(literal: &Literal<'a, '_>, glue: &mut Glue<'a>) -> usize {
    let Literal { text, start, prefix, is_formatted, language } = *literal;
    let quote = quote_at(text, start);
    let is_raw = prefix.contains(['r', 'R']) || (language == "go" && quote == "`");
    let is_open = match language {
        "python" => prefix.contains(['f', 'F']) || is_formatted,
        "rust" | "kotlin" => true,
        _ => quote == "`" && language != "go",
    };
    let mut at = start + quote.len();
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = &text[at..];
        if rest.starts_with(quote) {
            return at + quote.len();
        }
        let hole = hole(rest, language, is_open);
        let (len, shown) = match (&hole, c == '\\' && !is_raw) {
            (Some((len, _)), _) => (*len, HOLE),
            (None, true) => (1 + rest.chars().nth(1).map_or(0, char::len_utf8), ' '),
            (None, false) => (c.len_utf8(), c),
        };
        glue.literal.push(shown);
        glue.fills
            .extend(hole.map(|(_, value)| value).filter(|value| !value.is_empty() && !value.starts_with(|c: char| c.is_ascii_digit())));
        at += len;
    }
    text.len()
}

/// The quote that opens at `start`, once or three times.
fn quote_at(text: &str, start: usize) -> &str {
    let one = &text[start..=start];
    let is_triple = text[start + 1..].strip_prefix(one).is_some_and(|rest| rest.starts_with(one));
    &text[start..start + if is_triple { 3 } else { 1 }]
}

/// The length of the hole at the head of `rest`, and what fills it when that is written there.
fn hole<'a>(rest: &'a str, language: &str, is_open: bool) -> Option<(usize, &'a str)> {
    let opening = if matches!(language, "python" | "rust") { "{" } else { "${" };
    if is_open && rest.starts_with(opening) && !rest.starts_with("{{") {
        let len = group_end(rest, opening.len() - 1);
        let inside = rest.get(opening.len()..len - 1).unwrap_or("");
        return Some((len, if opening == "{" { inside.split([':', '!']).next().unwrap_or("").trim() } else { inside }));
    }
    if language == "kotlin" && rest.starts_with('$') {
        let len = 1 + rest[1..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len() - 1);
        return Some((len, &rest[1..len])).filter(|(len, _)| *len > 1);
    }
    let verb = rest.strip_prefix('%').filter(|_| !matches!(language, "rust" | "javascript" | "typescript" | "tsx"))?;
    let verb = verb.strip_prefix('(').and_then(|named| named.split_once(')')).map_or(verb, |(_, verb)| verb);
    let tail = verb.trim_start_matches(|c: char| c.is_ascii_digit() || c == '$' || c == '-').strip_prefix(['s', 'v'])?;
    Some((rest.len() - tail.len(), ""))
}

fn is_path(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '.')
}

/// Where the path ends that begins at `at`: words joined by `.`, `?.`, `->` or `::`.
fn path_end(text: &str, mut at: usize) -> usize {
    while let Some(c) = text[at..].chars().next() {
        let join = ["->", "::", "?."].iter().find(|join| text[at..].starts_with(**join)).map_or(0, |join| join.len());
        if join == 0 && !is_path(c) {
            break;
        }
        at += join.max(c.len_utf8());
    }
    at
}

/// Where a path with its calls and indexes ends.
fn chain_end(text: &str, mut at: usize) -> usize {
    while text[at..].starts_with(['(', '[']) {
        at = path_end(text, group_end(text, at));
    }
    at
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

/// Whether the value is neither fixed nor cleaned: it holds a variable, and a variable that is known here is not fixed either.
pub(crate) fn is_open(text: &str, offset: usize, source: &Source<'_>) -> bool {
    let is_open = |text: &str| !is_tame(text) && glue(text, source.language).fills.iter().any(|fill| !is_constant(fill));
    is_open(text) && assigned(source, offset, text).is_none_or(is_open)
}

/// Whether the value is a text with variables in it, or comes from the request or the command line, here or where its variable was set.
pub(crate) fn is_glued(text: &str, offset: usize, source: &Source<'_>) -> bool {
    let is_glued = |text: &str| {
        let glue = glue(text, source.language);
        !is_tame(text) && (is_requested(text) || (!glue.literal.is_empty() && glue.fills.iter().any(|fill| !is_constant(fill))))
    };
    is_glued(text) || assigned(source, offset, text).is_some_and(is_glued)
}

/// Whether the value was sent by a client or stands on the command line.
pub(crate) fn is_requested(text: &str) -> bool {
    const SOURCES: &[&str] = &[
        "req.query",
        "req.params",
        "req.body",
        "req.param(",
        "request.args",
        "request.form",
        "request.GET",
        "request.POST",
        "request.values",
        "request.query",
        "request.params",
        "request.body",
        "request.json",
        "request.data",
        ".getParameter(",
        ".getHeader(",
        "FormValue(",
        "URL.Query()",
        "ctx.query",
        "ctx.params",
        "ctx.request",
        "c.Query(",
        "c.Param(",
        "call.parameters",
        "queryParameters",
        "pathParameters",
        "searchParams.get(",
        "location.hash",
        "location.search",
        "r.PathValue(",
        "receiveParameters",
        "receiveText",
    ];
    let bytes = text.as_bytes();
    let is_inside = |at: usize| at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || !bytes[at - 1].is_ascii());
    // One pass: this is asked of every other call of a file.
    (0..bytes.len()).any(|at| {
        let is_start = matches!(bytes[at], b'.' | b'r' | b'F' | b'U' | b'c' | b'q' | b'p' | b's' | b'l');
        is_start && (bytes[at] == b'.' || !is_inside(at)) && SOURCES.iter().any(|source| bytes[at..].starts_with(source.as_bytes()))
    })
}

/// Whether a text speaks of quoting, escaping, cleaning or turning into a number.
pub(crate) fn is_tame(text: &str) -> bool {
    const CLEANERS: &str =
        "quote escape sanit purify encode clean basename base( int( number( secure_filename hash( md5( sha1( sha256( hexdigest";
    let text = text.to_lowercase();
    CLEANERS.split_ascii_whitespace().any(|word| text.contains(word))
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

/// The command in a list such as `"sh", "-c", command`, when its first part is a shell; `program` stands before the list.
pub(crate) fn shell_command<'a>(program: &str, list: &'a str) -> Option<&'a str> {
    const FLAGS: &str = "-c -lc -ec -ic -exc /c /C /K -Command";
    let flag = |quote: char| {
        list.match_indices(quote).take(8).find_map(|(at, _)| {
            let (flag, rest) = list[at + 1..].split_once(quote)?;
            Some((at, rest.trim_start().strip_prefix(',')?)).filter(|_| among(FLAGS, flag))
        })
    };
    let (at, rest) = flag('"').or_else(|| flag('\''))?;
    let before = if list[..at].trim_matches(['(', '[', '{', '&', ' ']).is_empty() { program } else { &list[..at] };
    let before = before.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '[' | '{' | '(' | ')' | '&'));
    let name =
        before.trim_end_matches(['"', '\'', '`']).rsplit(|c: char| !c.is_alphanumeric() && c != '.' && c != '_').next().unwrap_or("");
    let is_shell =
        among("sh bash dash zsh ksh ash cmd cmd.exe powershell powershell.exe pwsh", name) || name.to_lowercase().ends_with("shell");
    let mut end = 0;
    while let Some(c) = rest[end..].chars().next().filter(|c| !matches!(c, ',' | ')' | ']' | '}')) {
        end = match c {
            '(' | '[' | '{' => group_end(rest, end),
            '"' | '`' => literal_end(rest, end, ""),
            _ => end + c.len_utf8(),
        };
    }
    Some(rest[..end].trim()).filter(|_| is_shell)
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

/// Where a name stands as a whole word.
pub(crate) fn places(text: &str, name: &str) -> impl Iterator<Item = usize> {
    text.match_indices(name).map(|(at, _)| at).filter(move |at| is_whole(text, *at, name))
}

fn is_whole(text: &str, at: usize, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    !text[..at].ends_with(is_word) && !text[at + name.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// The function whose brackets are open at the end of `before`.
pub(crate) fn caller(before: &str) -> Option<&str> {
    let mut depth = 0_u32;
    for (at, c) in before.char_indices().rev().take(300) {
        match c {
            '(' if depth == 0 => {
                let path = before[..at].trim_end();
                let path = path.rfind("::<").filter(|_| path.ends_with('>')).map_or(path, |at| &path[..at]);
                return path.rsplit(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').next();
            }
            '(' => depth -= 1,
            ')' => depth += 1,
            ';' | '{' | '}' if depth == 0 => return None,
            _ => {}
        }
    }
    None
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
