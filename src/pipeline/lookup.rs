//! Owns taking what earlier runs left: by the stat index, and by content.

use std::collections::HashMap;

use super::filter::{ReadOutcome, is_failed_when_named};
use super::found::FoundFile;
use super::keys::file_key;
use super::parts::Parts;
use super::summary::summarize;
use crate::store::{FileKey, KnownFile, KnownState};
use crate::types::{Digest, FileBody, FileRow, RelPath, SkipReason, Skipped};

/// A file changed less than this before it was read, in nanoseconds, may have changed again without a trace: clocks of file systems tick
/// every four milliseconds, on some machines every ten.
const RACY_NS: i64 = 20_000_000;

/// What earlier runs know.
#[derive(Default)]
pub(super) struct KnownFiles {
    pub(super) files: Vec<FileRow>,
    pub(super) skipped: Vec<Skipped>,
}

/// A file whose content has a result under another name or time.
pub(super) struct KnownContent {
    pub(super) file: FoundFile,
    pub(super) read_ns: i64,
    pub(super) row: FileRow,
    pub(super) expires_at: i64,
}

/// Takes what the stat index knows to be unchanged; gives back what has to be read.
pub(super) fn known(root: &str, parts: &Parts<'_>, digest: &Digest, files: Vec<FoundFile>) -> (KnownFiles, Vec<FoundFile>) {
    let mut known = KnownFiles::default();
    if files.is_empty() {
        return (known, files);
    }
    let paths: Vec<&RelPath> = files.iter().map(|file| &file.path).collect();
    let now_s = parts.now_s();
    let mut index = parts.or_nothing(parts.store.known_files(root, digest, now_s, &paths));
    let mut todo = Vec::new();
    for file in files {
        match index.remove(file.path.as_str()) {
            Some(entry) if is_unchanged(&file, &entry) && fits_role(&file, &entry.state) => match entry.state {
                KnownState::Result { id, summary } => {
                    known.files.push(FileRow { path: file.path, reused: true, summary: *summary, body: FileBody::Stored(id) });
                }
                KnownState::Skipped(reason) if is_failed_when_named(&file, reason) => todo.push(file),
                KnownState::Skipped(reason) => known.skipped.push(Skipped::new(file.path, reason)),
            },
            _ => todo.push(file),
        }
    }
    (known, todo)
}

/// Whether a file is still the one that an entry is about.
pub(super) fn is_unchanged(file: &FoundFile, entry: &KnownFile) -> bool {
    file.stat == entry.stat && file.stat.changed_ns.saturating_add(RACY_NS) < entry.indexed_ns
}

/// Whether what was kept can be of a file that has its role by this path now: folders around it may have changed. By its text alone, a
/// source becomes a script, and nothing else that has a result.
fn fits_role(file: &FoundFile, state: &KnownState) -> bool {
    match state {
        KnownState::Result { summary, .. } => summary.role == file.given.role,
        KnownState::Skipped(_) => file.given.by.is_none(),
    }
}

/// Takes files whose content has a result already: touched, renamed or copied ones. Gives back the rest.
pub(super) fn by_content(parts: &Parts<'_>, digest: &Digest, read: Vec<ReadOutcome>) -> (Vec<ReadOutcome>, Vec<KnownContent>) {
    let keys: Vec<FileKey> = read
        .iter()
        .filter_map(|read| if let ReadOutcome::File(read) = read { Some(file_key(digest, &read.input())) } else { None })
        .collect();
    let mut results = parts.or_nothing(parts.store.results(parts.now_s(), &keys));
    if results.is_empty() {
        return (read, Vec::new());
    }
    let mut rest = Vec::new();
    let mut again = Vec::new();
    // Two copies of one file share a key: the second needs the result too.
    let mut uses: HashMap<FileKey, usize> = HashMap::new();
    keys.iter().for_each(|key| *uses.entry(*key).or_default() += 1);
    for item in read {
        let ReadOutcome::File(file) = item else {
            rest.push(item);
            continue;
        };
        let key = file_key(digest, &file.input());
        let left = uses.get_mut(&key).expect("every key was counted");
        *left -= 1;
        let found = if *left == 0 { results.remove(&key) } else { results.get(&key).cloned() };
        match found {
            Some(found) => {
                let summary = summarize(Some(file.language), file.role, file.sha256, &found.result);
                let row = FileRow { path: file.file.path.clone(), reused: true, summary, body: FileBody::Stored(found.id) };
                again.push(KnownContent { file: file.file, read_ns: file.read_ns, row, expires_at: found.expires_at });
            }
            None => rest.push(ReadOutcome::File(file)),
        }
    }
    (rest, again)
}

/// Whether a skip is a property of the content, so that the index may keep it.
pub(super) fn is_lasting(reason: SkipReason) -> bool {
    matches!(
        reason,
        SkipReason::Binary
            | SkipReason::Generated
            | SkipReason::Vendored
            | SkipReason::Bundle
            | SkipReason::Minified
            | SkipReason::Empty
            | SkipReason::NotUtf8
            | SkipReason::Fixture
            | SkipReason::SecretsOnly
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Stat;

    #[test]
    fn a_file_changed_as_it_was_read_is_read_again() {
        let stat = Stat { size: 1, changed_ns: 1_000_000_000, inode: 3 };
        let file = FoundFile { path: RelPath::from("a.rs"), absolute: "a.rs".into(), stat, is_named: false, given: Default::default() };
        let entry = |stat, indexed_ns| KnownFile { stat, indexed_ns, state: KnownState::Skipped(SkipReason::Empty) };
        assert!(is_unchanged(&file, &entry(stat, 2_000_000_000)));
        assert!(!is_unchanged(&file, &entry(stat, 1_010_000_000)), "racy");
        assert!(!is_unchanged(&file, &entry(Stat { size: 2, ..stat }, 2_000_000_000)));
        assert!(!is_unchanged(&file, &entry(Stat { changed_ns: 1, ..stat }, 2_000_000_000)));
        assert!(!is_unchanged(&file, &entry(Stat { inode: 4, ..stat }, 2_000_000_000)));
    }
}
