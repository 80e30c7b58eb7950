//! Owns units of scope `change`: which files of a diff there are, where its hunks stand in them and in their chunks, and what a finding must
//! touch.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::found::{PathArg, normal};
use super::keys::is_shown;
use crate::analyzer::{Redacted, Subject, redact_part, secrets};
use crate::git::{DiffFile, DiffKind, fit};
use crate::types::{Hunk, RelPath, Scope, Span, Unit};
use crate::unit;

/// Lines around a hunk that belong to it: the model sees so many as context, and what it says of them is about the change.
const CONTEXT_LINES: usize = 3;

/// The files of a diff by their place in the project. The names are as the user could have written them.
pub fn changes(project: &Path, working_directory: &Path, files: Vec<(PathArg, DiffFile)>) -> BTreeMap<RelPath, DiffFile> {
    let mut changes: BTreeMap<RelPath, DiffFile> = BTreeMap::new();
    for (name, file) in files {
        let path = RelPath::new(project, &normal(&working_directory.join(name)));
        match changes.get_mut(&path) {
            // A file that became something else, or the other way round, is told as one that goes and one that comes.
            Some(known) if known.kind == DiffKind::Deleted || matches!(file.kind, DiffKind::Link | DiffKind::Submodule) => *known = file,
            // Two diffs in one text may name a file twice.
            Some(known) => known.hunks.extend(file.hunks),
            None => drop(changes.insert(path, file)),
        }
    }
    changes
}

/// Whether there is a file of this name, links left aside: what a diff makes of those is told as two files.
pub(super) fn is_there(root: &Path, path: &RelPath) -> bool {
    let absolute = root.join(path.as_str());
    !path.is_escaped() && absolute.is_file() && !absolute.is_symlink()
}

/// The changed file as a unit for the static part, if the diff names it.
///
/// # Errors
/// The file is not the new side of the diff, in words.
pub(super) fn changed_subject(change: Option<&DiffFile>, whole: &Unit) -> Result<Option<Arc<Subject>>, String> {
    let Some(file) = change.filter(|file| is_shown(file)) else { return Ok(None) };
    if file.kind == DiffKind::Binary {
        return Err("the diff says only that this file differs, as if it were binary, so what changed is not known".to_owned());
    }
    let hunks = fit(file, &whole.text).map_err(|line| format!("the diff does not fit this file: line {line} is another"))?;
    Ok(Some(Arc::new(Subject::new(unit::changed(whole, hunks)))))
}

/// The hunks with what they take away redacted as a part of the whole old text: one line of a private key has no form of its own.
pub(super) fn removed_without_secrets(text: &str, hunks: &[Hunk]) -> Vec<Hunk> {
    let mut old = String::with_capacity(text.len());
    let (mut at, mut parts) = (0, Vec::with_capacity(hunks.len()));
    for hunk in hunks {
        old.push_str(text.get(at..hunk.span.start).unwrap_or(""));
        let start = old.len();
        old.push_str(&hunk.removed);
        parts.push(start..old.len());
        at = at.max(hunk.span.end);
    }
    old.push_str(text.get(at..).unwrap_or(""));
    let secrets = secrets(&old);
    let without = |(hunk, part): (&Hunk, Range<usize>)| Hunk { span: hunk.span, removed: redact_part(&old, part, &secrets).text };
    hunks.iter().zip(parts).map(without).collect()
}

/// The hunks that lie in a part of the file, as places in its text without secrets.
pub(super) fn hunks_of_part(hunks: &[Hunk], part: &Range<usize>, is_last: bool, redacted: &Redacted) -> Vec<Hunk> {
    let mut inside = Vec::new();
    for hunk in hunks {
        let Span { start, end } = hunk.span;
        let begins_here = part.contains(&start) || (is_last && start == part.end);
        if !begins_here && (start >= part.end || end <= part.start) {
            continue;
        }
        let at = |offset: usize| redacted.to_redacted(offset.clamp(part.start, part.end) - part.start);
        // What was taken away is told once, where it began.
        let removed = if begins_here { hunk.removed.clone() } else { String::new() };
        inside.push(Hunk { span: Span { start: at(start), end: at(end) }, removed });
    }
    inside
}

/// Whether a place in a unit belongs to its change: a claim about other code was not asked for. A unit without hunks is all of it.
pub(super) fn touches(unit: &Unit, span: Span) -> bool {
    let before = |at: usize| unit.text[..at].rmatch_indices('\n').nth(CONTEXT_LINES).map_or(0, |(at, _)| at + 1);
    let behind = |at: usize| unit.text[at..].match_indices('\n').nth(CONTEXT_LINES - 1).map_or(unit.text.len(), |(after, _)| at + after);
    let is_near = |hunk: &Hunk| span.start <= behind(hunk.span.end) && before(hunk.span.start) <= span.end;
    unit.scope != Scope::Change || unit.hunks.iter().any(is_near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzer::redact;
    use crate::types::{Language, Role};

    #[test]
    fn a_removed_line_of_a_private_key_is_part_of_it() {
        let mark = |word: &str| format!("-----{word} PRIVATE KEY-----\n");
        let key = format!("{}MIIBVgIBADANBgkqhkiG9w0BAQEFAASC\nHnBhf06yROepI1SmDLxNhGmCwOYGATo1\n{}", mark("BEGIN"), mark("END"));
        let new = key.replace("HnBhf06yROepI1SmDLxNhGmCwOYGATo1", "Zx81mQpL3vKt9Ws2Zx81mQpL3vKt9Ws2");
        let start = new.find("Zx81").unwrap();
        let hunk = Hunk { span: Span { start, end: start + 33 }, removed: "HnBhf06yROepI1SmDLxNhGmCwOYGATo1\n".to_owned() };
        assert_eq!(removed_without_secrets(&new, &[hunk])[0].removed, "REDACTED_private_key_1");
    }

    fn hunk(start: usize, end: usize) -> Hunk {
        Hunk { span: Span { start, end }, removed: "gone\n".to_owned() }
    }

    #[test]
    fn hunks_follow_their_text_into_parts_without_secrets() {
        let text = "k = \"AKIAABCDEFGHIJKLMNOP\"\nnew = 1\nrest = 2\n";
        let (first, second) = text.split_at(text.find("rest").unwrap());
        let redacted = redact(first);
        let start = text.find("new").unwrap();
        let hunks = [hunk(start, text.len())];
        let inside = hunks_of_part(&hunks, &(0..first.len()), false, &redacted);
        assert_eq!(&redacted.text[inside[0].span.start..inside[0].span.end], "new = 1\n");
        assert_eq!(inside[0].removed, "gone\n");
        let rest = hunks_of_part(&hunks, &(first.len()..text.len()), true, &redact(second));
        assert_eq!((rest[0].span, rest[0].removed.as_str()), (Span { start: 0, end: second.len() }, ""));
        assert_eq!(hunks_of_part(&hunks, &(0..start), false, &redact(&text[..start])), []);
        assert_eq!(hunks_of_part(&[hunk(text.len(), text.len())], &(first.len()..text.len()), true, &redact(second)).len(), 1);
    }

    #[test]
    fn a_claim_touches_the_change_or_the_lines_around_it() {
        let text: String = (0..20).map(|n| format!("line{n:02}\n")).collect();
        let line = |n: usize| Span { start: n * 7, end: n * 7 + 6 };
        let unit = unit::changed(&unit::whole(Language::Python, Role::Source, text.clone()), vec![hunk(70, 77)]);
        let touched: Vec<usize> = (0..20).filter(|n| touches(&unit, line(*n))).collect();
        assert_eq!(touched, [7, 8, 9, 10, 11, 12, 13]);
        assert!(touches(&unit::whole(Language::Python, Role::Source, text), line(0)));
    }
}
