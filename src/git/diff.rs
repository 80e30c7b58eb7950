//! Owns reading unified diffs, and fitting one to the text of its new side.

use std::ops::Range;

use super::unquoted;
use crate::types::{Hunk, Span};

/// Lines around a change that `git diff` and `diff -u` show when nobody says otherwise.
const USUAL_CONTEXT: usize = 3;

/// One file of a diff.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiffFile {
    /// Of the new side, as bytes, from the root that the diff was made in; of the old side when the file was deleted.
    pub path: Vec<u8>,
    /// What the diff can tell of it.
    pub kind: DiffKind,
    /// In the order of the file.
    pub hunks: Vec<DiffHunk>,
}

/// What a diff tells of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DiffKind {
    /// The lines that changed; the file is text.
    #[default]
    Text,
    /// The new side has no such file.
    Deleted,
    /// That it differs, and no more.
    Binary,
    /// Where a symbolic link leads.
    Link,
    /// The commit of a submodule, which is another project.
    Submodule,
    /// That it differs or may differ from what git keeps: only a filter that the repository names could tell.
    Filter,
}

/// A part of a file, with lines that did not change around those that did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiffHunk {
    /// Where it begins on the new side: a line from 1, or the line before it when the new side is empty.
    pub first_line: usize,
    /// Its lines of context, added and removed, in the order of the diff.
    pub lines: Vec<DiffLine>,
}

/// One line, without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiffLine {
    /// On both sides.
    Context(String),
    /// On the new side only.
    Added(String),
    /// On the old side only.
    Removed(String),
}

/// Why a text is no diff that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiffError {
    /// There is text, and no file in it.
    #[error("it is no unified diff")]
    None,
    /// The diff of a merge, with several old sides.
    #[error("line {line}: the combined diff of a merge has several old sides, and cannot be read")]
    Combined {
        /// From 1.
        line: usize,
    },
    /// A hunk that ends too early, or with something else than its lines.
    #[error("line {line}: {reason}")]
    Broken {
        /// From 1.
        line: usize,
        /// What is wrong at that line, such as `a hunk without a file`.
        reason: &'static str,
    },
}

/// Reads a unified diff, of git or of `diff -u`. An empty text has no files.
///
/// # Errors
/// See [`DiffError`].
pub fn parse(diff: &[u8]) -> Result<Vec<DiffFile>, DiffError> {
    let mut lines: Vec<&[u8]> = diff.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
    // Behind the last end of line there is no line.
    lines.pop_if(|last| last.is_empty());
    let mut files: Vec<DiffFile> = Vec::new();
    let (mut at, mut head) = (0, GitHead::default());
    while at < lines.len() {
        let line = lines[at];
        if line.starts_with(b"@@@") || line.starts_with(b"diff --cc ") || line.starts_with(b"diff --combined ") {
            return Err(DiffError::Combined { line: at + 1 });
        }
        if line.starts_with(b"diff --git ") {
            files.extend(head.end());
        }
        head.take(line);
        let new = lines.get(at + 1).and_then(|next| next.strip_prefix(b"+++ "));
        match (line.strip_prefix(b"--- "), new) {
            (Some(old), Some(new)) => {
                let mut file = file(old, new);
                file.kind = head.kind(file.kind);
                files.push(file);
                head.has_file = true;
                at += 2;
            }
            _ if line.starts_with(b"@@ ") => {
                let file = files.last_mut().ok_or(DiffError::Broken { line: at + 1, reason: "a hunk without a file" })?;
                let (hunk, next) = hunk(&lines, at)?;
                file.hunks.push(hunk);
                at = next;
            }
            _ => {
                let binary = head.binary(line);
                head.has_file |= binary.is_some();
                files.extend(binary.or_else(|| submodule(line)));
                at += 1;
            }
        }
    }
    files.extend(head.end());
    // Renames and modes have no hunks; there is nothing to look at in them.
    let is_git = lines.iter().any(|line| line.starts_with(b"diff --git "));
    if files.is_empty() && !is_git && !diff.trim_ascii().is_empty() {
        return Err(DiffError::None);
    }
    Ok(files)
}

/// What git writes about a file before its lines.
#[derive(Default)]
struct GitHead<'a> {
    /// Both names, with one space between them.
    names: &'a [u8],
    /// The new name of a file that was renamed or copied.
    renamed: Option<&'a [u8]>,
    is_link: bool,
    is_submodule: bool,
    is_deleted: bool,
    /// It was told already.
    has_file: bool,
}

impl<'a> GitHead<'a> {
    fn take(&mut self, line: &'a [u8]) {
        if let Some(names) = line.strip_prefix(b"diff --git ") {
            *self = Self { names, ..Self::default() };
        }
        let renamed = line.strip_prefix(b"rename to ").or_else(|| line.strip_prefix(b"copy to "));
        self.renamed = renamed.or(self.renamed);
        self.is_deleted |= line.starts_with(b"deleted file mode ");
        let is_mode = |mode: &[u8]| {
            line.ends_with(mode) && [&b"new file mode "[..], b"deleted file mode ", b"index "].iter().any(|head| line.starts_with(head))
        };
        self.is_link |= is_mode(b" 120000") && !line.starts_with(b"deleted ");
        self.is_submodule |= is_mode(b" 160000");
    }

    /// What a file is that looks like `kind` by its lines.
    fn kind(&self, kind: DiffKind) -> DiffKind {
        match kind {
            _ if self.is_submodule => DiffKind::Submodule,
            DiffKind::Text if self.is_link => DiffKind::Link,
            kind => kind,
        }
    }

    /// The file, when the line says that it has none to show.
    fn binary(&self, line: &[u8]) -> Option<DiffFile> {
        let is_binary = line == b"GIT binary patch" || (line.starts_with(b"Binary files ") && line.ends_with(b" differ"));
        if is_binary { self.file() } else { None }
    }

    /// A file that was deleted and had no line to show, such as an empty one.
    fn end(&self) -> Option<DiffFile> {
        if self.is_deleted && !self.has_file { self.file() } else { None }
    }

    /// The file by its names alone.
    fn file(&self) -> Option<DiffFile> {
        let kind = self.kind(if self.is_deleted { DiffKind::Deleted } else { DiffKind::Binary });
        if let Some(path) = self.renamed {
            return Some(DiffFile { path: unquoted(path), kind, hunks: Vec::new() });
        }
        // Both names are the same but for their prefixes, so the space between them stands in the middle.
        let (old, new) = self.names.split_at_checked(self.names.len() / 2)?;
        let file = file(old, new.strip_prefix(b" ")?);
        (!file.path.is_empty()).then_some(DiffFile { kind, ..file })
    }
}

/// A submodule, as `diff.submodule = log` has it: `Submodule libs/x 1a2b3c4..5d6e7f8:`, or what is not committed in it.
fn submodule(line: &[u8]) -> Option<DiffFile> {
    let text = std::str::from_utf8(line.strip_prefix(b"Submodule ")?).ok()?;
    let is_id = |id: &str| id.len() >= 4 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_range = |word: &str| {
        let sides = word.split_once("...").or_else(|| word.split_once(".."));
        sides.is_some_and(|(old, new)| is_id(old) && is_id(new.trim_end_matches(':')))
    };
    let open = text.strip_suffix(" contains modified content").or_else(|| text.strip_suffix(" contains untracked content"));
    let path = match open {
        Some(path) => path,
        None => {
            let mut splits = text.match_indices(' ').map(|(at, _)| text.split_at(at));
            splits.find(|(_, rest)| rest.split(' ').nth(1).is_some_and(is_range))?.0
        }
    };
    Some(DiffFile { path: path.as_bytes().to_vec(), kind: DiffKind::Submodule, hunks: Vec::new() })
}

fn file(old: &[u8], new: &[u8]) -> DiffFile {
    // Behind a name, `diff -u` writes a tab and the time; git writes a tab where a name has a space.
    let name = |side: &[u8]| unquoted(side.split(|byte| *byte == b'\t').next().unwrap_or(side).trim_ascii_end());
    let (old, new) = (name(old), name(new));
    let is_deleted = new == b"/dev/null";
    let path = if is_deleted { &old } else { &new };
    // `a/` and `b/`, or what `diff.mnemonicPrefix` makes of them; `diff.noprefix` leaves them out.
    let is_prefix = |side: &[u8]| side == b"/dev/null" || (side.len() > 2 && side[1] == b'/' && b"abciow12".contains(&side[0]));
    let differ = old.first() != new.first();
    let path = if is_prefix(&old) && is_prefix(&new) && differ { path[2..].to_vec() } else { path.clone() };
    DiffFile { path, kind: if is_deleted { DiffKind::Deleted } else { DiffKind::Text }, hunks: Vec::new() }
}

/// The hunk whose head stands at `at`, and where the next line is.
fn hunk(lines: &[&[u8]], at: usize) -> Result<(DiffHunk, usize), DiffError> {
    let broken = |line: usize, reason| DiffError::Broken { line: line + 1, reason };
    let head = std::str::from_utf8(lines[at]).ok().and_then(head);
    let (mut n_old, first_line, mut n_new) = head.ok_or(broken(at, "the head of a hunk that cannot be read"))?;
    let mut hunk = DiffHunk { first_line, lines: Vec::new() };
    let mut next = at + 1;
    while n_old > 0 || n_new > 0 {
        let line = lines.get(next).ok_or(broken(next, "the diff ends in the middle of a hunk"))?;
        let text = || String::from_utf8_lossy(line.get(1..).unwrap_or_default()).into_owned();
        match line.first() {
            // Some mailers take the space from an empty line.
            Some(b' ') | None if n_old > 0 && n_new > 0 => {
                (n_old, n_new) = (n_old - 1, n_new - 1);
                hunk.lines.push(DiffLine::Context(text()));
            }
            Some(b'-') if n_old > 0 => {
                n_old -= 1;
                hunk.lines.push(DiffLine::Removed(text()));
            }
            Some(b'+') if n_new > 0 => {
                n_new -= 1;
                hunk.lines.push(DiffLine::Added(text()));
            }
            Some(b'\\') => {}
            _ => return Err(broken(next, "a line that does not belong to its hunk")),
        }
        next += 1;
    }
    Ok((hunk, next))
}

/// `@@ -1,2 +3,4 @@`: lines of the old side, first line and lines of the new side.
fn head(line: &str) -> Option<(usize, usize, usize)> {
    let mut parts = line.strip_prefix("@@ -")?.split(' ');
    let range = |text: &str| match text.split_once(',') {
        Some((first, count)) => Some((first.parse().ok()?, count.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    };
    let (_, n_old): (usize, usize) = range(parts.next()?)?;
    let (first, n_new) = range(parts.next()?.strip_prefix('+')?)?;
    (parts.next()? == "@@").then_some((n_old, first, n_new))
}

/// The changes of a file as places in the text of its new side.
///
/// # Errors
/// The text is not the new side of the diff: the first line that differs, from 1.
pub fn fit(file: &DiffFile, text: &str) -> Result<Vec<Hunk>, usize> {
    let lines = lines_of(text);
    let width = file.hunks.iter().map(|hunk| context(hunk).0.max(context(hunk).1)).max();
    let mut hunks = Vec::new();
    for hunk in &file.hunks {
        let end = fit_hunk(hunk, text, &lines, &mut hunks)?;
        if width == Some(USUAL_CONTEXT) && ends_file(hunk) && end < lines.len() {
            return Err(end + 1);
        }
    }
    Ok(hunks)
}

/// Adds the changes of one hunk to `hunks`; gives the number of lines up to its end.
fn fit_hunk(hunk: &DiffHunk, text: &str, lines: &[Range<usize>], hunks: &mut Vec<Hunk>) -> Result<usize, usize> {
    let n_new = hunk.lines.iter().filter(|line| !matches!(line, DiffLine::Removed(_))).count();
    let mut at = if n_new == 0 { hunk.first_line } else { hunk.first_line.max(1) - 1 };
    if at > lines.len() {
        return Err(at);
    }
    let empty_at = |start: usize| Hunk { span: Span { start, end: start }, removed: String::new() };
    let mut open: Option<Hunk> = None;
    for line in &hunk.lines {
        let (DiffLine::Context(own) | DiffLine::Added(own) | DiffLine::Removed(own)) = line;
        if let DiffLine::Removed(_) = line {
            let start = lines.get(at).map_or(text.len(), |range| range.start);
            let hunk = open.get_or_insert_with(|| empty_at(start));
            hunk.removed.push_str(own);
            hunk.removed.push('\n');
            continue;
        }
        let range = lines.get(at).filter(|range| is_line(&text[(*range).clone()], own)).ok_or(at + 1)?;
        if let DiffLine::Added(_) = line {
            open.get_or_insert_with(|| empty_at(range.start)).span.end = range.end;
        } else {
            hunks.extend(open.take());
        }
        at += 1;
    }
    hunks.extend(open);
    Ok(at)
}

/// Whether a hunk is the end of its file: with three lines around each change, as is usual, fewer after the last one are all there are.
fn ends_file(hunk: &DiffHunk) -> bool {
    let (before, after) = context(hunk);
    before == USUAL_CONTEXT && after < USUAL_CONTEXT
}

/// The number of context lines at the beginning and at the end of a hunk.
fn context(hunk: &DiffHunk) -> (usize, usize) {
    let is_context = |line: &&DiffLine| matches!(line, DiffLine::Context(_));
    let count = |lines: &mut dyn Iterator<Item = &DiffLine>| lines.take_while(is_context).count();
    (count(&mut hunk.lines.iter()), count(&mut hunk.lines.iter().rev()))
}

/// Lines with their ends.
fn lines_of(text: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    let line = |line: &str| {
        at += line.len();
        at - line.len()..at
    };
    text.split_inclusive('\n').map(line).collect()
}

fn is_line(line: &str, own: &str) -> bool {
    line.trim_end_matches(['\r', '\n']) == own.trim_end_matches('\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIT: &str = "diff --git a/src/a.py b/src/a.py\nindex 1..2 100644\n--- a/src/a.py\n+++ b/src/a.py\n@@ -1,4 +1,4 @@ def x\n one\n-two\n-- two\n+zwei\n+++ zwei\n four\n\\ No newline at end of file\n";

    fn paths(diff: &str) -> Vec<String> {
        parse(diff.as_bytes()).unwrap().iter().map(|file| String::from_utf8(file.path.clone()).unwrap()).collect()
    }

    #[test]
    fn counts_decide_where_a_hunk_ends_not_the_look_of_its_lines() {
        let files = parse(GIT.as_bytes()).unwrap();
        assert_eq!(files.len(), 1);
        let text = "one\nzwei\n++ zwei\nfour";
        let hunks = fit(&files[0], text).unwrap();
        assert_eq!(hunks, [Hunk { span: Span { start: 4, end: 17 }, removed: "two\n- two\n".to_owned() }]);
        assert_eq!(&text[4..17], "zwei\n++ zwei\n");
    }

    #[test]
    fn a_text_that_is_not_the_new_side_is_told_by_its_line() {
        assert_eq!(fit(&parse(GIT.as_bytes()).unwrap()[0], "one\nzwei\nother\nfour"), Err(3));
        assert_eq!(fit(&parse(GIT.as_bytes()).unwrap()[0], "one\n"), Err(2));
    }

    #[test]
    fn a_hunk_without_lines_after_it_is_the_end_of_the_file() {
        let diff = "--- a/x\n+++ b/x\n@@ -1,3 +1,4 @@\n a\n b\n c\n+d\n";
        let fits = |text: &str| fit(&parse(diff.as_bytes()).unwrap()[0], text);
        assert!(fits("a\nb\nc\nd\n").is_ok());
        assert_eq!(fits("a\nb\nc\nd\ne\n"), Err(5));
        let narrow = "--- a/x\n+++ b/x\n@@ -3,0 +4 @@\n+d\n";
        assert!(fit(&parse(narrow.as_bytes()).unwrap()[0], "a\nb\nc\nd\ne\n").is_ok());
    }

    #[test]
    fn lines_that_were_only_taken_away_leave_an_empty_place() {
        let diff = "--- a/x\n+++ b/x\n@@ -2,2 +1,0 @@\n-gone\n-gone too\n";
        let hunks = fit(&parse(diff.as_bytes()).unwrap()[0], "first\nlast\n").unwrap();
        assert_eq!(hunks, [Hunk { span: Span { start: 6, end: 6 }, removed: "gone\ngone too\n".to_owned() }]);
    }

    #[test]
    fn runs_of_changes_are_hunks_of_their_own() {
        let diff = "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n-a\n+A\n b\n-c\n+C\n";
        let hunks = fit(&parse(diff.as_bytes()).unwrap()[0], "A\nb\nC\n").unwrap();
        assert_eq!(hunks.iter().map(|hunk| (hunk.span.start, hunk.span.end)).collect::<Vec<_>>(), [(0, 2), (4, 6)]);
    }

    #[test]
    fn names_are_found_in_all_their_forms() {
        let of = |old: &str, new: &str| paths(&format!("--- {old}\n+++ {new}\n@@ -1 +1 @@\n-a\n+b\n"));
        assert_eq!(of("a/x y.rs\t", "b/x y.rs\t"), ["x y.rs"]);
        assert_eq!(of("i/x.rs", "w/x.rs"), ["x.rs"]);
        assert_eq!(of("a/x.rs", "a/x.rs"), ["a/x.rs"], "`diff.noprefix`, or `diff -u`");
        assert_eq!(of("src/x.rs\t2026-01-01", "src/x.rs\t2026-01-02"), ["src/x.rs"]);
        assert_eq!(of("/dev/null", "b/new.rs"), ["new.rs"]);
        assert_eq!(of("a/gone.rs", "/dev/null"), ["gone.rs"]);
        assert_eq!(of("\"a/f\\303\\251.py\"", "\"b/f\\303\\251.py\""), ["fé.py"]);
    }

    #[test]
    fn a_place_behind_the_end_does_not_fit() {
        let diff = "--- a/x\n+++ b/x\n@@ -1,2 +999,0 @@\n-gone\n-gone too\n";
        assert_eq!(fit(&parse(diff.as_bytes()).unwrap()[0], "first\nlast\n"), Err(999));
    }

    #[test]
    fn files_without_lines_to_show_are_files_all_the_same() {
        let of = |diff: &str| parse(diff.as_bytes()).unwrap().into_iter().map(|file| (file.path, file.kind)).collect::<Vec<_>>();
        let binary = "diff --git a/a b.py b/a b.py\nindex 1..2 100644\nBinary files a/a b.py and b/a b.py differ\n";
        assert_eq!(of(binary), [(b"a b.py".to_vec(), DiffKind::Binary)]);
        let patch = "diff --git a/x.py b/x.py\nindex 1..2 100644\nGIT binary patch\nliteral 1\nabc\n\n";
        assert_eq!(of(patch), [(b"x.py".to_vec(), DiffKind::Binary)]);
        let renamed = "diff --git a/x.py b/long.py\nsimilarity index 60%\nrename from x.py\nrename to long.py\nindex 1..2 100644\nBinary files a/x.py and b/long.py differ\n";
        assert_eq!(of(renamed), [(b"long.py".to_vec(), DiffKind::Binary)]);
        assert_eq!(
            of(&renamed.replace("rename to long.py", "copy to \"f\\303\\251.py\"")),
            [("fé.py".as_bytes().to_vec(), DiffKind::Binary)]
        );
        let empty = "diff --git a/x.py b/x.py\ndeleted file mode 100644\nindex 1..0\ndiff --git a/y.py b/y.py\ndeleted file mode 100644\n--- a/y.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n";
        assert_eq!(of(empty), [(b"x.py".to_vec(), DiffKind::Deleted), (b"y.py".to_vec(), DiffKind::Deleted)]);
        assert_eq!(of("diff --git x\nBinary files x and y differ\n"), [], "no name to be had");
        let gone = "diff --git a/x.py b/x.py\ndeleted file mode 100644\nindex 1..0\nBinary files a/x.py and /dev/null differ\n";
        assert_eq!(of(gone), [(b"x.py".to_vec(), DiffKind::Deleted)]);
        let link = "diff --git a/l.py b/l.py\nnew file mode 120000\nindex 0..1\n--- /dev/null\n+++ b/l.py\n@@ -0,0 +1 @@\n+x.py\n";
        assert_eq!(of(link), [(b"l.py".to_vec(), DiffKind::Link)]);
        assert_eq!(of("diff --git a/x.py b/y.py\nsimilarity index 100%\nrename from x.py\nrename to y.py\n"), []);
    }

    #[test]
    fn a_submodule_is_told_however_git_writes_it() {
        let check = |diff: &str| {
            let files = parse(diff.as_bytes()).unwrap();
            assert!(files.iter().all(|file| file.path == b"libs/a sub" && file.kind == DiffKind::Submodule), "{diff}: {files:?}");
            assert!(!files.is_empty(), "{diff}");
        };
        let lines = "--- a/libs/a sub\n+++ b/libs/a sub\n@@ -1 +1 @@\n-Subproject commit 1\n+Subproject commit 2\n";
        check(&format!("diff --git a/libs/a sub b/libs/a sub\nindex 1111..2222 160000\n{lines}"));
        let new = lines.replace("--- a/libs/a sub", "--- /dev/null").replace("-1 +1", "-0,0 +1").replace("-Subproject commit 1\n", "");
        check(&format!("diff --git a/libs/a sub b/libs/a sub\nnew file mode 160000\nindex 0000..2222\n{new}"));
        let gone = lines.replace("+++ b/libs/a sub", "+++ /dev/null").replace("-1 +1", "-1 +0,0").replace("+Subproject commit 2\n", "");
        check(&format!("diff --git a/libs/a sub b/libs/a sub\ndeleted file mode 160000\nindex 1111..0000\n{gone}"));
        check("Submodule libs/a sub 1a2b3c4..5d6e7f8:\n  > what was done\n");
        check("Submodule libs/a sub 1a2b3c4...5d6e7f8 (rewind):\n");
        check("Submodule libs/a sub 0000000...5d6e7f8 (new submodule)\n");
        check("Submodule libs/a sub contains modified content\nSubmodule libs/a sub 1a2b3c4..5d6e7f8:\n");
        assert!(parse(b"Submodule of what\n").is_err());
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let reason = |diff: &str| parse(diff.as_bytes()).unwrap_err().to_string();
        assert_eq!(reason("hello\n"), "it is no unified diff");
        assert!(reason("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n").contains("line 5"));
        assert!(reason("diff --cc x\n--- a/x\n+++ b/x\n@@@ -1 -1 +1 @@@\n").contains("merge"));
        assert!(reason("@@ -1 +1 @@\n-a\n+b\n").contains("without a file"));
        assert!(reason("--- a/x\n+++ b/x\n@@ -x +1 @@\n").contains("head of a hunk"));
        assert_eq!(parse(b"").unwrap(), []);
        assert_eq!(parse(b"diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n").unwrap(), []);
    }
}
