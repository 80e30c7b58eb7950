//! What there is in a project beside the files that were looked at: without it, an analyzer would say of the whole what is true of a part.

use std::collections::BTreeSet;

use super::discover::rest;
use super::documents::linked_documents;
use super::filter;
use super::found::FoundFile;
use super::links::leads_out;
use super::plan::{Target, Tools};
use super::roles::Roles;
use super::state::Run;
use crate::types::{Language, RelPath, Role, SkipReason, SourceOutline, Unread};

/// Longest identifier that is kept, in bytes.
const MAX_WORD_BYTES: usize = 100;

/// Sources that were declined, tests outside of what was named, and documents that are links.
/// Of sources that are mostly not parsed, too, only the words are known.
pub(super) fn unread(
    (target, tools): (&Target, &Tools),
    run: &Run<'_>,
    sources: &[SourceOutline],
    broken: &BTreeSet<RelPath>,
) -> Vec<Unread> {
    let wanted: Vec<&String> =
        tools.operations.iter().filter(|operation| operation.sees_project).flat_map(|operation| &operation.documents).collect();
    if !tools.operations.iter().any(|operation| operation.sees_project) {
        return Vec::new();
    }
    let mut all: Vec<Unread> = run.coverage.skipped.iter().filter_map(|skipped| declined(target, &skipped.path, skipped.reason)).collect();
    let known: BTreeSet<RelPath> =
        sources.iter().map(|source| &source.path).chain(all.iter().map(|unread| &unread.path)).cloned().collect();
    let roles = Roles::new(&target.root);
    let is_other = |file: &&FoundFile| roles.of(&file.path).role == Role::Test && !known.contains(&file.path);
    all.extend(rest(target).iter().filter(is_other).map(|file| of(target, &file.path, None)));
    all.extend(broken.iter().map(|path| of(target, path, None)));
    all.extend(linked_documents(target, &wanted).into_iter().map(|path| Unread {
        path,
        reason: Some(SkipReason::Symlink),
        language: None,
        role: Role::Source,
        words: Vec::new(),
    }));
    all.sort_by(|a, b| a.path.cmp(&b.path));
    all.dedup_by(|a, b| a.path == b.path);
    all
}

/// Folders of other people's code, empty files and what is no source say nothing about the project.
fn declined(target: &Target, path: &RelPath, reason: SkipReason) -> Option<Unread> {
    let tells = matches!(
        reason,
        SkipReason::Size
            | SkipReason::Generated
            | SkipReason::Bundle
            | SkipReason::Minified
            | SkipReason::NotUtf8
            | SkipReason::Binary
            | SkipReason::Symlink
    );
    (tells && !path.as_str().starts_with('/')).then(|| of(target, path, Some(reason)))
}

fn of(target: &Target, path: &RelPath, reason: Option<SkipReason>) -> Unread {
    let absolute = target.root.join(path.as_str());
    let is_other = leads_out(&target.root, &absolute).is_some();
    let read = if is_other { Ok(Err(SkipReason::Symlink)) } else { filter::document(&absolute) };
    let (text, fault) = match read {
        Ok(Ok(text)) => (text, None),
        Ok(Err(reason)) => (String::new(), Some(reason)),
        Err(_) => (String::new(), None),
    };
    Unread {
        path: path.clone(),
        reason: reason.or(fault),
        language: Language::of(&absolute),
        role: Roles::new(&target.root).of(path).role,
        words: words(&text),
    }
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty() && word.len() <= MAX_WORD_BYTES);
    let names = words.filter(|word| !word.starts_with(|c: char| c.is_ascii_digit()));
    names.collect::<BTreeSet<&str>>().into_iter().map(str::to_owned).collect()
}
