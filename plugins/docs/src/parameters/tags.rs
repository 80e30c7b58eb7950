//! Owns styles with a tag for each parameter: Javadoc, KDoc, JSDoc, Doxygen. What cannot be read makes the result not whole.

use devflow_plugin::words::is_name_char;

use super::{Described, Line, name_at_start};

/// `@param name …`; type parameters in angle brackets are passed over.
pub(super) fn javadoc(lines: &[Line<'_>]) -> Described {
    let mut described = Described { names: Vec::new(), is_whole: true };
    for line in lines {
        let Some(rest) = after_tag(line.trimmed(), &["@param"]) else { continue };
        if rest.starts_with('<') {
            continue;
        }
        take(&mut described, line, rest.trim_start_matches('['));
    }
    described
}

/// `@param {type} [name=default] - …`, `@param {type} options.name`.
pub(super) fn jsdoc(lines: &[Line<'_>]) -> Described {
    // Such a comment describes something else than the function that stands below it.
    let elsewhere = ["@callback", "@typedef", "@overload", "@event", "@namespace", "@mixin", "@function", "@method", "@name", "@template"];
    if lines.iter().any(|line| elsewhere.iter().any(|tag| line.trimmed().starts_with(tag))) {
        return Described::default();
    }
    let mut described = Described { names: Vec::new(), is_whole: true };
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        let Some(rest) = after_tag(line.trimmed(), &["@param", "@arg", "@argument"]) else { continue };
        let (line, rest) = if rest.starts_with('{') {
            match after_type(line, rest, lines.get(at..).unwrap_or(&[])) {
                Some((line, rest, n_more)) => {
                    at += n_more;
                    (line, rest)
                }
                None => {
                    described.is_whole = false;
                    continue;
                }
            }
        } else {
            (*line, rest)
        };
        take(&mut described, &line, rest.trim_start_matches('['));
    }
    described
}

/// What follows a type in braces, with its line and how many lines it took.
fn after_type<'a>(line: &Line<'a>, rest: &'a str, more: &[Line<'a>]) -> Option<(Line<'a>, &'a str, usize)> {
    let mut depth = 0_usize;
    let lines = std::iter::once((*line, rest)).chain(more.iter().map(|line| (*line, line.text)));
    for (n_more, (line, text)) in lines.take(20).enumerate() {
        for (at, c) in text.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.checked_sub(1)?,
                _ => {}
            }
            if depth == 0 {
                let after = text.get(at + 1..)?.trim_start();
                return (!after.is_empty()).then_some((line, after, n_more));
            }
        }
    }
    None
}

/// `@param[in,out] name …`, `\param a, b …`.
pub(super) fn doxygen(lines: &[Line<'_>]) -> Described {
    let elsewhere = ["@fn", "\\fn", "@def", "\\def", "@overload", "\\overload", "@copydoc", "\\copydoc", "@name", "\\name"];
    if lines.iter().any(|line| elsewhere.iter().any(|tag| line.trimmed().starts_with(tag))) {
        return Described::default();
    }
    let mut described = Described { names: Vec::new(), is_whole: true };
    for line in lines {
        let Some(rest) = after_tag(line.trimmed(), &["@param", "\\param"]) else { continue };
        let rest = if rest.starts_with('[') { rest.split_once(']').map_or("", |(_, rest)| rest).trim_start() } else { rest };
        let mut rest = rest;
        loop {
            take(&mut described, line, rest);
            let name_end = rest.find(|c: char| !is_name_char(c)).unwrap_or(rest.len());
            match rest.get(name_end..).and_then(|after| after.strip_prefix(',')) {
                Some(next) if name_at_start(next).is_some() => rest = next.trim_start(),
                _ => break,
            }
        }
    }
    described
}

/// What follows one of the tags at the beginning of a line.
fn after_tag<'a>(line: &'a str, tags: &[&str]) -> Option<&'a str> {
    tags.iter().find_map(|tag| line.strip_prefix(tag)).filter(|rest| rest.starts_with([' ', '\t', '[', '{'])).map(str::trim_start)
}

fn take(described: &mut Described, line: &Line<'_>, rest: &str) {
    if rest.starts_with("...") && name_at_start(rest).is_none() {
        return;
    }
    match name_at_start(rest) {
        Some(name) => {
            // Several tags may describe the fields of one parameter.
            if described.names.iter().all(|(known, _)| known != name) {
                described.names.push((name.to_owned(), line.place(name)));
            }
        }
        None => described.is_whole = false,
    }
}
