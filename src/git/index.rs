//! Owns what the index of a repository says: its entries, how it differs from a commit, and whether a file is as it was when git saw it last.

use std::fs::Metadata;

use super::error::GitError;
use super::repository::WorkTree;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ObjectKind {
    File,
    Link,
    /// A submodule; its id is a commit of another repository.
    Module,
}

/// Something that git keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) kind: ObjectKind,
    pub(super) id: String,
}

/// A file of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: Vec<u8>,
    pub(super) object: Object,
    /// A sparse checkout leaves it out of the work tree.
    pub(super) is_absent: bool,
    /// A merge left it in conflict, with several texts; this is the first of them.
    pub(super) is_unmerged: bool,
    seen: Seen,
}

/// The entries, by path.
pub(super) struct Index {
    pub(super) entries: Vec<Entry>,
    written: Moment,
}

/// A file that is not in the index as it is in a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// In the index, or in the commit when the index does not have it.
    pub(super) path: Vec<u8>,
    /// What the commit has; of a renamed file, under its old name.
    pub(super) old: Option<Object>,
    pub(super) new: Option<Object>,
    /// A merge left it in conflict; the new side is not told.
    pub(super) is_unmerged: bool,
}

/// Seconds and nanoseconds, as git keeps them.
type Moment = (u32, u32);

/// What the disk said of a file when git saw it last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    ctime: Moment,
    mtime: Moment,
    inode: u32,
    size: u32,
}

impl Index {
    /// Whether the disk says of a file what it said when git last found it to be as the index has it.
    ///
    /// A file that was changed at the time of the index or later may have been changed twice within one tick of the clock, so it is not
    /// believed. Nor is a size of 0: git writes it for files that it does not believe itself.
    pub(super) fn is_as_seen(&self, entry: &Entry, data: &Metadata) -> bool {
        let now = Seen::of(data);
        entry.seen == now && now.size > 0 && now.ctime.max(now.mtime) < self.written
    }
}

impl Seen {
    #[cfg(unix)]
    fn of(data: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        let ctime = (data.ctime() as u32, data.ctime_nsec() as u32);
        let mtime = (data.mtime() as u32, data.mtime_nsec() as u32);
        Self { ctime, mtime, inode: data.ino() as u32, size: data.size() as u32 }
    }

    #[cfg(not(unix))]
    fn of(_: &Metadata) -> Self {
        Self::default()
    }

    /// Takes a line of names and values, such as `ctime: 1795759648:503409479`.
    fn take(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        let mut words = line.split_ascii_whitespace();
        while let (Some(name), Some(value)) = (words.next(), words.next()) {
            match name {
                "ctime:" => self.ctime = moment(value).unwrap_or_default(),
                "mtime:" => self.mtime = moment(value).unwrap_or_default(),
                "ino:" => self.inode = value.parse().unwrap_or_default(),
                "size:" => self.size = value.parse().unwrap_or_default(),
                _ => {}
            }
        }
    }
}

fn moment(text: &str) -> Option<Moment> {
    let (seconds, nanos) = text.split_once(':')?;
    Some((seconds.parse().ok()?, nanos.parse().ok()?))
}

/// What a mode says that an entry is.
fn kind_of(mode: &str) -> ObjectKind {
    match mode {
        "120000" => ObjectKind::Link,
        "160000" => ObjectKind::Module,
        _ => ObjectKind::File,
    }
}

pub(super) fn index(tree: &WorkTree) -> Result<Index, GitError> {
    let text = tree.ask(&["ls-files", "-z", "--stage", "-t", "--debug"], b"")?;
    let written = tree.index.symlink_metadata().map(|data| Seen::of(&data).mtime).unwrap_or_default();
    Ok(Index { entries: entries(&text), written })
}

/// Each entry is `TAG MODE ID STAGE<tab>PATH<nul>`, and then lines about the disk, which begin with two spaces.
fn entries(text: &[u8]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for part in text.split(|byte| *byte == 0) {
        let mut rest = part;
        while rest.starts_with(b"  ") {
            let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
            let (line, after) = rest.split_at(end);
            if let Some(last) = entries.last_mut() {
                last.seen.take(line);
            }
            rest = after;
        }
        entries.extend(entry(rest));
    }
    entries.dedup_by(|later, first| later.path == first.path);
    entries
}

fn entry(text: &[u8]) -> Option<Entry> {
    let tab = text.iter().position(|byte| *byte == b'\t')?;
    let (head, path) = (std::str::from_utf8(&text[..tab]).ok()?, text[tab + 1..].to_vec());
    let mut words = head.split(' ');
    let (tag, mode, id, stage) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let object = Object { kind: kind_of(mode), id: id.to_owned() };
    Some(Entry { path, object, is_absent: tag == "S", is_unmerged: stage != "0", seen: Seen::default() })
}

/// How the index differs from a commit or a tree. Renamed files are found, as `git diff` finds them.
pub(super) fn differences(tree: &WorkTree, commit: &str) -> Result<Vec<Difference>, GitError> {
    let ask = |renames: &str| {
        let flags = ["diff-index", "--cached", "--raw", "-z", "--no-abbrev", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none"];
        tree.ask(&[&flags[..], &[renames, commit, "--"]].concat(), b"")
    };
    // To find renamed files, git reads old texts; a partial clone may lack them.
    let text = ask("--find-renames").or_else(|_| ask("--no-renames"))?;
    Ok(parse_differences(&text))
}

/// Each is `:OLD_MODE NEW_MODE OLD_ID NEW_ID STATUS<nul>PATH<nul>`, and of a renamed file both paths.
fn parse_differences(text: &[u8]) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut parts = text.split(|byte| *byte == 0);
    while let Some(head) = parts.next() {
        let head = String::from_utf8_lossy(head);
        let words: Vec<&str> = head.trim_start_matches(':').split(' ').collect();
        let [old_mode, new_mode, old_id, new_id, status] = words[..] else { continue };
        let has_two_names = status.starts_with(['R', 'C']);
        let name = parts.next();
        let path = if has_two_names { parts.next() } else { name };
        let Some(path) = path else { break };
        let object = |mode: &str, id: &str| (mode != "000000").then(|| Object { kind: kind_of(mode), id: id.to_owned() });
        let (old, new) = (object(old_mode, old_id), object(new_mode, new_id));
        differences.push(Difference { path: path.to_vec(), old, new, is_unmerged: status.starts_with('U') });
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "587be6b4c3f93f93c489c0111bba5596147a26cb";

    #[test]
    fn entries_are_read_with_what_the_disk_said_of_them() {
        let text = format!(
            "H 100644 {ID} 0\ta\tb\n.py\0  ctime: 7:8\n  mtime: 5:6\n  dev: 1\tino: 42\n  uid: 0\tgid: 0\n  size: 2\tflags: 0\nS 160000 {ID} 0\tsub\0  ctime: 0:0\nM 120000 {ID} 2\tl\0"
        );
        let entries = entries(text.as_bytes());
        let shape: Vec<_> = entries.iter().map(|one| (one.path.as_slice(), one.object.kind, one.is_absent, one.is_unmerged)).collect();
        assert_eq!(
            shape,
            [
                (&b"a\tb\n.py"[..], ObjectKind::File, false, false),
                (&b"sub"[..], ObjectKind::Module, true, false),
                (&b"l"[..], ObjectKind::Link, false, true)
            ]
        );
        assert_eq!(entries[0].seen, Seen { ctime: (7, 8), mtime: (5, 6), inode: 42, size: 2 });
        assert_eq!(entries[0].object.id, ID);
    }

    #[test]
    fn differences_are_read_with_both_names_of_a_renamed_file() {
        let none = "0".repeat(40);
        let text =
            format!(":100644 100644 {ID} {ID} R100\0a b.py\0z.py\0:000000 100644 {none} {ID} A\0n.py\0:160000 000000 {ID} {none} D\0sub\0");
        let found = parse_differences(text.as_bytes());
        let shape: Vec<_> = found
            .iter()
            .map(|one| (one.path.as_slice(), one.old.as_ref().map(|old| old.kind), one.new.as_ref().map(|new| new.kind)))
            .collect();
        assert_eq!(
            shape,
            [
                (&b"z.py"[..], Some(ObjectKind::File), Some(ObjectKind::File)),
                (&b"n.py"[..], None, Some(ObjectKind::File)),
                (&b"sub"[..], Some(ObjectKind::Module), None)
            ]
        );
    }
}
