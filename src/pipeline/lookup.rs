//! Owns taking what earlier runs left: by the stat index, and by content. Never decides what a result is worth.

use std::collections::HashMap;

use super::discover::FoundFile;
use super::filter::{Read, ReadFile, is_failed_when_named};
use super::{Parts, Plan};
use crate::store::{FileKey, KnownFile, KnownState};
use crate::types::{
    Digest, FileBody, FileResult, FileRow, FileSummary, KeyHasher, Language, RelPath, Role, SeverityCounts, SkipReason, Skipped,
};

/// A file changed less than this before it was read, in nanoseconds, may have changed again without a trace: clocks of file systems tick
/// every four milliseconds, on some machines every ten.
const RACY_NS: i64 = 20_000_000;

/// What earlier runs know.
#[derive(Default)]
pub(super) struct Known {
    pub(super) files: Vec<FileRow>,
    pub(super) skipped: Vec<Skipped>,
}

/// A file whose content has a result under another name or time.
pub(super) struct FoundAgain {
    pub(super) file: FoundFile,
    pub(super) read_ns: i64,
    pub(super) row: FileRow,
    pub(super) expires_at: i64,
}

/// The key of a file's result: everything that decides it, and no path.
pub(super) fn file_key(plan: &Digest, read: &ReadFile) -> FileKey {
    let mut key = KeyHasher::new("file-result", 2);
    key.field(&plan.0).field(&read.sha256.0).field(read.language.name().as_bytes()).field(read.role.name().as_bytes());
    key.field(&read.in_force.digest().0);
    match &read.change {
        Some(change) => key.field(b"changed").field(&change.0),
        None => key.field(b"whole"),
    };
    FileKey(key.finish())
}

/// Takes what the stat index knows to be unchanged; gives back what has to be read.
pub(super) fn known(plan: &Plan, parts: &Parts<'_>, digest: &Digest, files: Vec<FoundFile>) -> (Known, Vec<FoundFile>) {
    let mut known = Known::default();
    if plan.is_fresh || files.is_empty() {
        return (known, files);
    }
    let paths: Vec<&RelPath> = files.iter().map(|file| &file.path).collect();
    let now_s = parts.clock.now_ns() / 1_000_000_000;
    let mut index = parts.or_nothing(parts.store.known_files(&plan.root_name(), digest, now_s, &paths));
    let mut todo = Vec::new();
    for file in files {
        match index.remove(file.path.as_str()) {
            Some(entry) if is_unchanged(&file, &entry) => match entry.state {
                KnownState::Result { id, summary } => {
                    known.files.push(FileRow { path: file.path, reused: true, summary: *summary, body: FileBody::Stored(id) });
                }
                KnownState::Skipped(reason) if is_failed_when_named(&file, reason) => todo.push(file),
                KnownState::Skipped(reason) => known.skipped.push(Skipped { path: file.path, reason }),
            },
            _ => todo.push(file),
        }
    }
    (known, todo)
}

fn is_unchanged(file: &FoundFile, entry: &KnownFile) -> bool {
    file.stat == entry.stat && file.stat.changed_ns.saturating_add(RACY_NS) < entry.indexed_ns
}

/// Takes files whose content has a result already: touched, renamed or copied ones. Gives back the rest.
pub(super) fn by_content(plan: &Plan, parts: &Parts<'_>, digest: &Digest, read: Vec<Read>) -> (Vec<Read>, Vec<FoundAgain>) {
    if plan.is_fresh {
        return (read, Vec::new());
    }
    let keys: Vec<FileKey> =
        read.iter().filter_map(|read| if let Read::File(read) = read { Some(file_key(digest, read)) } else { None }).collect();
    let mut results = parts.or_nothing(parts.store.results(parts.clock.now_ns() / 1_000_000_000, &keys));
    if results.is_empty() {
        return (read, Vec::new());
    }
    let mut rest = Vec::new();
    let mut again = Vec::new();
    // Two copies of one file share a key: the second needs the result too.
    let mut uses: HashMap<FileKey, usize> = HashMap::new();
    keys.iter().for_each(|key| *uses.entry(*key).or_default() += 1);
    for item in read {
        let Read::File(file) = item else {
            rest.push(item);
            continue;
        };
        let key = file_key(digest, &file);
        let left = uses.get_mut(&key).expect("every key was counted");
        *left -= 1;
        let found = if *left == 0 { results.remove(&key) } else { results.get(&key).cloned() };
        match found {
            Some(found) => {
                let summary = summarize(Some(file.language), file.role, file.sha256, &found.result);
                let row = FileRow { path: file.file.path.clone(), reused: true, summary, body: FileBody::Stored(found.id) };
                again.push(FoundAgain { file: file.file, read_ns: file.read_ns, row, expires_at: found.expires_at });
            }
            None => rest.push(Read::File(file)),
        }
    }
    (rest, again)
}

/// What the summary of a run needs of a result.
pub(super) fn summarize(language: Option<Language>, role: Role, sha256: Digest, result: &FileResult) -> FileSummary {
    let mut rules: std::collections::BTreeMap<String, u32> = std::collections::BTreeMap::new();
    for finding in &result.findings {
        *rules.entry(format!("{}/{}", finding.analyzer, finding.rule)).or_default() += 1;
    }
    FileSummary {
        language,
        role,
        sha256,
        code_lines: result.metrics.lines.code,
        scores: result.scores,
        counts: SeverityCounts::of(&result.findings),
        dropped: result.dropped.len() as u32,
        parse_errors: result.metrics.parse_errors,
        answers: result.answers,
        rules: rules.iter().map(|(rule, count)| format!("{rule} {count}")).collect::<Vec<_>>().join("\n"),
    }
}

/// Whether a skip is a property of the content, so that the index may keep it.
pub(super) fn is_lasting(reason: SkipReason) -> bool {
    matches!(reason, SkipReason::Binary | SkipReason::Generated | SkipReason::Minified | SkipReason::Empty | SkipReason::NotUtf8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::overrides::InForce;
    use crate::store::Stat;

    fn read() -> ReadFile {
        let stat = Stat { size: 1, changed_ns: 0, inode: 0 };
        let file = FoundFile { path: RelPath::from("a.rs"), absolute: "a.rs".into(), stat, is_named: false };
        ReadFile {
            file,
            read_ns: 0,
            language: Language::Rust,
            role: Role::Source,
            sha256: Digest::of(b"a"),
            text: String::new(),
            in_force: InForce::default(),
            change: None,
        }
    }

    #[test]
    fn every_field_flips_the_key_but_the_path_does_not() {
        let plan = Digest::of(b"plan");
        let key = file_key(&plan, &read());
        assert_ne!(key, file_key(&Digest::of(b"other"), &read()));
        assert_ne!(key, file_key(&plan, &ReadFile { sha256: Digest::of(b"b"), ..read() }));
        assert_ne!(key, file_key(&plan, &ReadFile { language: Language::C, ..read() }));
        assert_ne!(key, file_key(&plan, &ReadFile { role: Role::Test, ..read() }));
        let changed = |text: &[u8]| ReadFile { change: Some(Digest::of(text)), ..read() };
        assert_ne!(key, file_key(&plan, &changed(b"a")));
        assert_ne!(file_key(&plan, &changed(b"a")), file_key(&plan, &changed(b"b")));
        let mut renamed = read();
        renamed.file.path = RelPath::from("b.rs");
        assert_eq!(key, file_key(&plan, &renamed));
    }

    #[test]
    fn a_file_changed_as_it_was_read_is_read_again() {
        let stat = Stat { size: 1, changed_ns: 1_000_000_000, inode: 3 };
        let file = FoundFile { path: RelPath::from("a.rs"), absolute: "a.rs".into(), stat, is_named: false };
        let entry = |stat, indexed_ns| KnownFile { stat, indexed_ns, state: KnownState::Skipped(SkipReason::Empty) };
        assert!(is_unchanged(&file, &entry(stat, 2_000_000_000)));
        assert!(!is_unchanged(&file, &entry(stat, 1_010_000_000)), "racy");
        assert!(!is_unchanged(&file, &entry(Stat { size: 2, ..stat }, 2_000_000_000)));
        assert!(!is_unchanged(&file, &entry(Stat { changed_ns: 1, ..stat }, 2_000_000_000)));
        assert!(!is_unchanged(&file, &entry(Stat { inode: 4, ..stat }, 2_000_000_000)));
    }
}
