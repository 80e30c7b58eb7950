//! Owns styles with a section of parameters: Rust's `# Arguments`, Google and NumPy docstrings, and the fields of Sphinx.

use devflow_plugin::words::is_name;

use super::{Described, Line, name_at_start};

/// Bullets with a name in back-ticks under `# Arguments`, `# Parameters`.
pub(super) fn rust(lines: &[Line<'_>]) -> Described {
    let mut described = Described { names: Vec::new(), is_whole: true };
    let mut is_inside = false;
    let mut bullet_indent = None;
    for line in lines {
        let text = line.trimmed();
        if let Some(heading) = text.strip_prefix('#') {
            let heading = heading.trim_start_matches('#').trim().trim_end_matches(':');
            is_inside = matches!(heading, "Arguments" | "Parameters" | "Args" | "Params");
            continue;
        }
        if !is_inside || !text.starts_with(['*', '-', '+']) || *bullet_indent.get_or_insert(line.indent()) != line.indent() {
            continue;
        }
        let entry = text.trim_start_matches(['*', '-', '+']).trim_start();
        let Some((name, rest)) = entry.strip_prefix('`').and_then(|inner| inner.split_once('`')) else {
            described.is_whole = false;
            continue;
        };
        let name = name.split(':').next().unwrap_or(name).trim();
        let is_entry = rest.trim_start().starts_with(['-', ':', '–', '—', '(']) || rest.trim().is_empty();
        match name_at_start(name).filter(|found| is_entry && *found == name) {
            Some(name) => described.names.push((name.to_owned(), line.place(name))),
            None => described.is_whole = false,
        }
    }
    described
}

/// The first of the three styles that is there.
pub(super) fn python(lines: &[Line<'_>]) -> Described {
    let google = google(lines);
    if !google.names.is_empty() {
        return google;
    }
    let numpy = numpy(lines);
    if !numpy.names.is_empty() {
        return numpy;
    }
    sphinx(lines)
}

/// `Args:` and deeper lines of the form `name (type): …`.
fn google(lines: &[Line<'_>]) -> Described {
    let mut described = Described { names: Vec::new(), is_whole: true };
    let mut section: Option<usize> = None;
    let mut entry_indent: Option<usize> = None;
    for line in lines {
        let text = line.trimmed();
        if text.is_empty() {
            continue;
        }
        if matches!(text, "Args:" | "Arguments:" | "Parameters:" | "Params:") {
            (section, entry_indent) = (Some(line.indent()), None);
            continue;
        }
        let Some(outer) = section else { continue };
        if line.indent() <= outer {
            section = None;
            continue;
        }
        let indent = *entry_indent.get_or_insert(line.indent());
        if line.indent() > indent {
            continue;
        }
        match google_names(text) {
            Some(names) if line.indent() == indent => take_all(&mut described, line, names),
            _ => described.is_whole = false,
        }
    }
    described
}

/// The names before the colon of an entry; nothing when it is none.
fn google_names(text: &str) -> Option<&str> {
    let bare = text.trim_start_matches(['*', '\\']);
    let end = bare.find([':', '(']).or_else(|| bare.find(" -"))?;
    let names = bare.get(..end)?.trim_end();
    let rest = bare.get(end..)?;
    let has_colon = rest.starts_with(':') || rest.contains("):") || rest.contains(") :") || rest.starts_with(" -");
    (has_colon && are_names(names)).then_some(names)
}

fn are_names(text: &str) -> bool {
    !text.is_empty()
        && text.split(',').all(|part| name_at_start(part).is_some_and(|name| part.trim().trim_start_matches(['*', '\\']) == name))
}

fn take_all(described: &mut Described, line: &Line<'_>, names: &str) {
    for part in names.split(',') {
        if let Some(name) = name_at_start(part) {
            described.names.push((name.to_owned(), line.place(name)));
        }
    }
}

/// `Parameters`, a line of dashes, and entries of the form `name : type` that stand as far out as the heading.
fn numpy(lines: &[Line<'_>]) -> Described {
    let mut described = Described { names: Vec::new(), is_whole: true };
    let is_rule = |line: &Line<'_>| line.trimmed().len() >= 3 && line.trimmed().chars().all(|c| c == '-');
    let mut section: Option<usize> = None;
    for (at, line) in lines.iter().enumerate() {
        let text = line.trimmed();
        let is_heading = lines.get(at + 1).is_some_and(is_rule);
        if is_heading {
            let is_parameters = matches!(text, "Parameters" | "Other Parameters" | "Arguments");
            section = is_parameters.then(|| lines.get(at + 1).map_or(0, Line::indent));
            continue;
        }
        let Some(indent) = section else { continue };
        if text.is_empty() || is_rule(line) || line.indent() > indent {
            continue;
        }
        let names = text.split(" :").next().unwrap_or(text).split(": ").next().unwrap_or(text).trim();
        if line.indent() == indent && are_names(names) {
            take_all(&mut described, line, names);
        } else if text != "..." {
            described.is_whole = false;
        }
    }
    described
}

/// `:param name: …`, `:param type name: …`.
fn sphinx(lines: &[Line<'_>]) -> Described {
    let mut described = Described { names: Vec::new(), is_whole: true };
    for line in lines {
        let text = line.trimmed();
        let tags = [":param ", ":parameter ", ":arg ", ":argument "];
        let Some(rest) = tags.iter().find_map(|tag| text.strip_prefix(tag)) else { continue };
        // A type may hold colons of its own only in brackets; the name is the last word before the colon.
        let before = rest.split(':').next().unwrap_or("");
        let name = before.split_whitespace().next_back().unwrap_or("").trim_start_matches(['*', '\\']);
        if rest.contains(':') && is_name(name) {
            described.names.push((name.to_owned(), line.place(name)));
        } else {
            described.is_whole = false;
        }
    }
    described
}
