//! Owns which files differ from a commit, in the index or in the work tree, and how. Git is never asked to compare a file: it would run the
//! filters that the repository names. It tells objects and the index; files are read and compared here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::attributes::{Comparison, comparisons};
use super::diff::{DiffFile, DiffKind};
use super::error::{GitError, shown};
use super::index::{Difference, Entry, Index, Object, ObjectKind, differences, index};
use super::lines::hunks;
use super::process::{Blobs, git, path_of};
use super::repository::{WorkTree, base, head, root, work_tree};

/// So much of a file decides whether it is text, as in git.
const BINARY_HEAD: usize = 8_000;

/// Which changes to look for: staged ones, or those since a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changes<'a> {
    /// Those staged for the next commit.
    Staged,
    /// Those since the point where this commit and the current one parted, committed or not; new files included.
    Since(&'a str),
}

/// A file that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// From the root of the repository, as bytes.
    pub path: Vec<u8>,
    /// `Text` for a file whose sides [`diff_of`] would compare.
    pub kind: DiffKind,
    sides: Sides,
}

/// What is compared. The old side of a new file is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sides {
    old: Option<String>,
    new: NewSide,
    comparison: Comparison,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum NewSide {
    /// The file in the work tree.
    #[default]
    File,
    Kept(String),
}

/// Files that changed, among those that `takes` says yes to; by name. It gets names as bytes from the root of the repository.
///
/// # Errors
/// There is no repository, no such commit, or no commit in common.
pub fn changed(root: &Path, which: Changes<'_>, takes: &dyn Fn(&[u8]) -> bool) -> Result<Vec<Change>, GitError> {
    let tree = work_tree(root)?;
    let mut changes = match which {
        Changes::Staged => staged(&tree, takes)?,
        Changes::Since(name) => since(&tree, &base(root, name)?, takes)?,
    };
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    // A submodule that was taken out of the index may lie there still, as a repository of its own.
    changes.dedup_by(|a, b| a.path == b.path);
    Ok(changes)
}

/// The lines that changed in the files. What has no lines to show, such as a file that was only renamed, is left out.
///
/// # Errors
/// An old text is not in this clone.
pub fn diff_of(root: &Path, changes: &[Change]) -> Result<Vec<DiffFile>, GitError> {
    let mut blobs = Blobs::new(root);
    let files = changes.iter().filter_map(|change| file_of(root, &mut blobs, change).transpose());
    files.collect()
}

/// What changed in a file; none if the difference is in its line ends alone.
fn file_of(root: &Path, blobs: &mut Blobs<'_>, change: &Change) -> Result<Option<DiffFile>, GitError> {
    let file = |kind, hunks| Ok(Some(DiffFile { path: change.path.clone(), kind, hunks }));
    if change.kind != DiffKind::Text {
        return file(change.kind, Vec::new());
    }
    let Sides { old, new, comparison } = &change.sides;
    if comparison.is_filtered && (old.is_some() || *new != NewSide::File) {
        return file(DiffKind::Filter, Vec::new());
    }
    let old = match old {
        Some(id) => kept(blobs, id, change)?,
        None => Vec::new(),
    };
    let new = match new {
        NewSide::Kept(id) => Some(kept(blobs, id, change)?),
        NewSide::File => read(&root.join(path_of(&change.path))).ok(),
    };
    let Some(new) = new.filter(|new| !is_binary(new)) else { return file(DiffKind::Binary, Vec::new()) };
    // Nothing of a text was there before, when that was none.
    let old = if is_binary(&old) { Vec::new() } else { old };
    let hunks = hunks(&old, &new, comparison.ends);
    if hunks.is_empty() { Ok(None) } else { file(DiffKind::Text, hunks) }
}

fn kept(blobs: &mut Blobs<'_>, id: &str, change: &Change) -> Result<Vec<u8>, GitError> {
    let text = blobs.text(id)?;
    text.ok_or_else(|| GitError::NoText { path: shown(&String::from_utf8_lossy(&change.path)) })
}

fn is_binary(text: &[u8]) -> bool {
    text.iter().take(BINARY_HEAD).any(|byte| *byte == 0)
}

#[expect(clippy::disallowed_methods, reason = "files of the work tree are compared here with what git keeps of them")]
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    std::fs::read(path)
}

/// A change of which nothing is compared.
fn change(path: &[u8], kind: DiffKind) -> Change {
    Change { path: path.to_vec(), kind, sides: Sides::default() }
}

/// The id of a file; what is none has no lines to compare.
fn file_id(object: Option<Object>) -> Option<String> {
    object.filter(|object| object.kind == ObjectKind::File).map(|object| object.id)
}

fn staged(tree: &WorkTree, takes: &dyn Fn(&[u8]) -> bool) -> Result<Vec<Change>, GitError> {
    let differences = differences(tree, &head(&tree.root)?)?;
    let mut changes: Vec<Change> = differences.into_iter().filter(|one| takes(&one.path)).map(staged_change).collect();
    let paths: Vec<&[u8]> = changes.iter().map(|change| change.path.as_slice()).collect();
    let comparisons = comparisons(tree, &paths)?;
    for (change, comparison) in changes.iter_mut().zip(comparisons) {
        change.sides.comparison = comparison;
    }
    Ok(changes)
}

fn staged_change(difference: Difference) -> Change {
    let Difference { path, old, new, is_unmerged } = difference;
    let kind = match new.as_ref().or(old.as_ref()).map(|object| object.kind) {
        // Neither side of a conflict is the new one.
        _ if is_unmerged => DiffKind::Binary,
        Some(ObjectKind::Module) => DiffKind::Submodule,
        _ if new.is_none() => DiffKind::Deleted,
        Some(ObjectKind::Link) => DiffKind::Link,
        _ => DiffKind::Text,
    };
    let new = file_id(new).map_or(NewSide::File, NewSide::Kept);
    Change { path, kind, sides: Sides { old: file_id(old), new, comparison: Comparison::default() } }
}

fn since(tree: &WorkTree, base: &str, takes: &dyn Fn(&[u8]) -> bool) -> Result<Vec<Change>, GitError> {
    let differences = differences(tree, base)?.into_iter().filter(|one| takes(&one.path));
    let mut known: BTreeMap<Vec<u8>, Difference> = differences.map(|one| (one.path.clone(), one)).collect();
    let index = index(tree)?;
    let mut survey = Survey::new(tree);
    for entry in index.entries.iter().filter(|entry| takes(&entry.path)) {
        survey.take_entry(&index, entry, known.remove(&entry.path))?;
    }
    for name in untracked(tree)? {
        match name.strip_suffix(b"/") {
            // Git does not look into a repository that lies inside of this one.
            Some(folder) if takes(folder) => survey.changes.push(change(folder, DiffKind::Submodule)),
            None if takes(&name) => survey.take_untracked(&name, known.remove(&name)),
            _ => {}
        }
    }
    for difference in known.into_values() {
        let is_module = difference.old.is_some_and(|old| old.kind == ObjectKind::Module);
        survey.changes.push(change(&difference.path, if is_module { DiffKind::Submodule } else { DiffKind::Deleted }));
    }
    survey.end()
}

/// Names that git neither knows nor ignores; those of other repositories end with a slash.
fn untracked(tree: &WorkTree) -> Result<Vec<Vec<u8>>, GitError> {
    let text = tree.ask(&["ls-files", "-z", "--others", "--exclude-standard"], b"")?;
    Ok(text.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect())
}

/// The work tree as it is compared with a commit.
struct Survey<'a> {
    tree: &'a WorkTree,
    blobs: Blobs<'a>,
    /// Folders, and whether they are folders of the work tree all the way up.
    folders: BTreeMap<Vec<u8>, bool>,
    changes: Vec<Change>,
    /// Files that are there, and changed or may have.
    open: Vec<OpenFile>,
}

/// A file that is there.
struct OpenFile {
    path: Vec<u8>,
    /// Its text in the commit.
    old: Option<String>,
    /// Its text in the index.
    indexed: Option<String>,
    is_as_indexed: bool,
    /// Whether the index has another text than the commit.
    is_different: bool,
}

impl<'a> Survey<'a> {
    fn new(tree: &'a WorkTree) -> Self {
        Self { tree, blobs: Blobs::new(&tree.root), folders: BTreeMap::new(), changes: Vec::new(), open: Vec::new() }
    }

    /// Looks at what became of an entry of the index. A difference between commit and index is a change whatever the file is.
    fn take_entry(&mut self, index: &Index, entry: &Entry, difference: Option<Difference>) -> Result<(), GitError> {
        let is_different = difference.is_some() || entry.is_unmerged;
        let old = match difference {
            Some(difference) => difference.old,
            None => Some(entry.object.clone()).filter(|_| !entry.is_unmerged),
        };
        let path = self.absolute(&entry.path);
        if entry.object.kind == ObjectKind::Module {
            let is_changed = is_different || is_moved(&path, &entry.object.id);
            self.changes.extend(is_changed.then(|| change(&entry.path, DiffKind::Submodule)));
            return Ok(());
        }
        let data = if self.is_reached(&entry.path) { path.symlink_metadata().ok() } else { None };
        let is_as_seen = !entry.is_unmerged && data.as_ref().is_some_and(|data| index.is_as_seen(entry, data));
        let told = match data {
            Some(data) if data.is_file() => {
                let is_as_indexed = is_as_seen && entry.object.kind == ObjectKind::File;
                self.open_file(entry, old, is_as_indexed, is_different);
                None
            }
            Some(data) if data.is_symlink() => {
                let is_same = entry.object.kind == ObjectKind::Link && !is_different;
                let is_same = is_same && (is_as_seen || self.leads_to(&path, &entry.object.id)?);
                (!is_same).then_some(DiffKind::Link)
            }
            // What a sparse checkout leaves out changed all the same.
            None if entry.is_absent => is_different.then_some(DiffKind::Text),
            _ => (old.is_some() || entry.is_unmerged).then_some(DiffKind::Deleted),
        };
        self.changes.extend(told.map(|kind| change(&entry.path, kind)));
        Ok(())
    }

    /// Notes a file of which only its text can tell whether it changed.
    fn open_file(&mut self, entry: &Entry, old: Option<Object>, is_as_indexed: bool, is_different: bool) {
        if is_different || !is_as_indexed {
            // The index has several texts of a file in conflict, and none that counts.
            let indexed = (!entry.is_unmerged).then(|| entry.object.id.clone());
            self.open.push(OpenFile { path: entry.path.clone(), old: file_id(old), indexed, is_as_indexed, is_different });
        }
    }

    /// Takes a file that the index does not have; the commit may have it.
    fn take_untracked(&mut self, path: &[u8], difference: Option<Difference>) {
        if self.absolute(path).is_symlink() {
            self.changes.push(change(path, DiffKind::Link));
            return;
        }
        let old = file_id(difference.and_then(|difference| difference.old));
        self.open.push(OpenFile { path: path.to_vec(), old, indexed: None, is_as_indexed: false, is_different: true });
    }

    /// Compares the files that are open.
    fn end(mut self) -> Result<Vec<Change>, GitError> {
        let open = std::mem::take(&mut self.open);
        let paths: Vec<&[u8]> = open.iter().map(|file| file.path.as_slice()).collect();
        let comparisons = comparisons(self.tree, &paths)?;
        for (file, comparison) in open.into_iter().zip(comparisons) {
            if let Some(kind) = self.kind_of(&file, comparison)? {
                let sides = Sides { old: file.old, new: NewSide::File, comparison };
                self.changes.push(Change { path: file.path, kind, sides });
            }
        }
        Ok(self.changes)
    }

    /// What a file is told as; none when it did not change.
    fn kind_of(&mut self, file: &OpenFile, comparison: Comparison) -> Result<Option<DiffKind>, GitError> {
        if file.is_as_indexed || (file.indexed.is_none() && file.old.is_none()) {
            return Ok(file.is_different.then_some(DiffKind::Text));
        }
        // What cannot be read is told by who reads it next.
        let Ok(text) = read(&self.absolute(&file.path)) else { return Ok(Some(DiffKind::Text)) };
        let is_as_indexed = match &file.indexed {
            Some(id) => self.is_kept(id, &text, comparison)?,
            None => Some(false),
        };
        Ok(match (is_as_indexed, &file.old) {
            (Some(true), _) => file.is_different.then_some(DiffKind::Text),
            // What was changed in the index may have been changed back since.
            (Some(false), Some(old)) if file.is_different && self.is_kept(old, &text, comparison)? == Some(true) => None,
            (None, _) if !file.is_different => Some(DiffKind::Filter),
            _ => Some(DiffKind::Text),
        })
    }

    /// Whether the text of a file is the one called `id`; none when only a filter could say. A text that is not in this clone is another one.
    fn is_kept(&mut self, id: &str, text: &[u8], comparison: Comparison) -> Result<Option<bool>, GitError> {
        let kept = self.blobs.text(id)?;
        Ok(kept.map_or(Some(false), |kept| comparison.is_same(text, &kept)))
    }

    fn leads_to(&mut self, link: &Path, id: &str) -> Result<bool, GitError> {
        let kept = self.blobs.text(id)?;
        Ok(link.read_link().is_ok_and(|target| kept.is_some_and(|kept| target.as_os_str().as_encoded_bytes() == kept)))
    }

    fn absolute(&self, name: &[u8]) -> PathBuf {
        self.tree.root.join(path_of(name))
    }

    /// Whether all folders above are folders. What lies behind a link to one belongs to somebody else, and git calls it deleted.
    fn is_reached(&mut self, path: &[u8]) -> bool {
        let Some(end) = path.iter().rposition(|byte| *byte == b'/') else { return true };
        let folder = &path[..end];
        if let Some(known) = self.folders.get(folder) {
            return *known;
        }
        let is_folder = self.is_reached(folder) && self.absolute(folder).symlink_metadata().is_ok_and(|data| data.is_dir());
        self.folders.insert(folder.to_vec(), is_folder);
        is_folder
    }
}

/// Whether a submodule is at another commit than the one called `id`, or has changes of its own. One that is not checked out has neither.
fn is_moved(module: &Path, id: &str) -> bool {
    if !module.join(".git").exists() {
        return false;
    }
    let is_as_noted = || -> Result<bool, GitError> {
        // Without a repository of its own, git would answer for the one around it.
        if module.canonicalize().ok() != root(module)?.canonicalize().ok() {
            return Ok(false);
        }
        let head = git(module, &["rev-parse", "--verify", "--quiet", "HEAD"])?;
        Ok(head.trim_ascii() == id.as_bytes() && changed(module, Changes::Since("HEAD"), &|_| true)?.is_empty())
    };
    // Of one that cannot be asked, it is told that it was not looked at.
    !is_as_noted().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "tests change files")]

    use super::*;
    use crate::git::test_repository::Repository;
    use crate::git::{DiffHunk, DiffLine};

    fn changes(repository: &Repository, which: Changes<'_>) -> Vec<Change> {
        changed(repository.root(), which, &|_| true).unwrap()
    }

    fn told(repository: &Repository, which: Changes<'_>) -> Vec<(String, DiffKind)> {
        changes(repository, which).into_iter().map(|change| (String::from_utf8(change.path).unwrap(), change.kind)).collect()
    }

    #[track_caller]
    fn check(repository: &Repository, which: Changes<'_>, expected: &[(&str, DiffKind)]) {
        let told = told(repository, which);
        assert_eq!(told.iter().map(|(name, kind)| (name.as_str(), *kind)).collect::<Vec<_>>(), expected);
    }

    /// The lines that changed in one file, with their signs.
    fn lines_of(repository: &Repository, which: Changes<'_>, name: &str) -> Vec<String> {
        let files = diff_of(repository.root(), &changes(repository, which)).unwrap();
        let of_hunk = |hunk: &DiffHunk| hunk.lines.iter().filter_map(signed).collect::<Vec<_>>();
        files.iter().filter(|file| file.path == name.as_bytes()).flat_map(|file| file.hunks.iter().flat_map(of_hunk)).collect()
    }

    fn signed(line: &DiffLine) -> Option<String> {
        match line {
            DiffLine::Context(_) => None,
            DiffLine::Added(text) => Some(format!("+{text}")),
            DiffLine::Removed(text) => Some(format!("-{text}")),
        }
    }

    #[test]
    fn changes_are_told_from_a_base_and_from_the_index() {
        let repository = Repository::new();
        repository.write("b é.py", "b = 1\n");
        repository.commit("a.py", "a = 1\n");
        repository.git(&["checkout", "-q", "-b", "side"]);
        repository.commit("a.py", "a = 2\n");
        repository.write("b é.py", "b = 2\n");
        repository.git(&["add", "."]);
        repository.write("new.py", "c = 1\n\nd = 2\n");
        let text = DiffKind::Text;
        check(&repository, Changes::Staged, &[("b é.py", text)]);
        check(&repository, Changes::Since("main"), &[("a.py", text), ("b é.py", text), ("new.py", text)]);
        check(&repository, Changes::Since("HEAD"), &[("b é.py", text), ("new.py", text)]);
        assert_eq!(lines_of(&repository, Changes::Since("main"), "a.py"), ["-a = 1", "+a = 2"]);
        assert_eq!(lines_of(&repository, Changes::Since("main"), "new.py"), ["+c = 1", "+", "+d = 2"], "all of a new file is new");
        // What was staged and changed back is no change.
        repository.write("b é.py", "b = 1\n");
        check(&repository, Changes::Since("HEAD"), &[("new.py", text)]);
        assert_eq!(lines_of(&repository, Changes::Staged, "b é.py"), ["-b = 1", "+b = 2"]);
        let some = changed(repository.root(), Changes::Since("main"), &|name| name == b"a.py").unwrap();
        assert_eq!(some.len(), 1, "names that nobody wants are left alone");
    }

    #[test]
    fn a_file_that_was_written_anew_with_the_same_text_did_not_change() {
        let repository = Repository::new();
        repository.commit("a.py", "a = 1\n");
        repository.write("a.py", "a = 1\n");
        check(&repository, Changes::Since("HEAD"), &[]);
        repository.write("a.py", "a = 2\n");
        check(&repository, Changes::Since("HEAD"), &[("a.py", DiffKind::Text)]);
        std::fs::remove_file(repository.root().join("a.py")).unwrap();
        check(&repository, Changes::Since("HEAD"), &[("a.py", DiffKind::Deleted)]);
    }

    #[test]
    fn before_the_first_commit_everything_that_is_staged_is_new() {
        let repository = Repository::new();
        check(&repository, Changes::Staged, &[]);
        repository.write("a.py", "a = 1\n");
        repository.git(&["add", "."]);
        check(&repository, Changes::Staged, &[("a.py", DiffKind::Text)]);
        assert_eq!(lines_of(&repository, Changes::Staged, "a.py"), ["+a = 1"]);
        assert!(changed(repository.root(), Changes::Since("HEAD"), &|_| true).is_err());
    }

    #[test]
    fn ends_of_lines_that_git_turns_are_no_change() {
        let repository = Repository::new();
        repository.write("b.py", "b = 1\nb = 2\n");
        repository.commit("a.py", "a = 1\n");
        repository.write("a.py", "a = 1\r\n");
        check(&repository, Changes::Since("HEAD"), &[("a.py", DiffKind::Text)]);
        repository.commit(".gitattributes", "* text=auto\n");
        repository.write("a.py", "a = 1\r\n");
        repository.write("b.py", "b = 1\r\nb = 3\r\n");
        check(&repository, Changes::Since("HEAD"), &[("b.py", DiffKind::Text)]);
        assert_eq!(lines_of(&repository, Changes::Since("HEAD"), "b.py"), ["-b = 2", "+b = 3"]);
        repository.write("a.py", "a = 1\n");
        repository.commit(".gitattributes", "\n");
        repository.git(&["config", "core.autocrlf", "input"]);
        repository.write("a.py", "a = 1\r\n");
        assert!(!told(&repository, Changes::Since("HEAD")).iter().any(|(name, _)| name == "a.py"));
    }

    #[test]
    fn what_only_a_filter_could_compare_is_told_as_that() {
        let repository = Repository::new();
        repository.write(".gitattributes", "*.lfs filter=lfs\n*.u16 working-tree-encoding=UTF-16\n*.id ident\n");
        repository.write("same.lfs", "a\n");
        repository.write("same.id", "$Id$\n");
        repository.git(&["config", "filter.lfs.clean", "cat"]);
        repository.write("a.id", "$Id$\n");
        repository.commit("a.lfs", "a\n");
        repository.write("same.lfs", "a\n");
        repository.write("a.lfs", "b\n");
        repository.write("a.id", "$Id: 5ca1ab1e $\n");
        repository.write("same.id", "b\n");
        repository.write("new.lfs", "new\n");
        let (filter, text) = (DiffKind::Filter, DiffKind::Text);
        check(&repository, Changes::Since("HEAD"), &[("a.id", filter), ("a.lfs", filter), ("new.lfs", text), ("same.id", text)]);
        // A change that was committed is known; its lines are not.
        repository.git(&["add", "."]);
        repository.git(&["commit", "-q", "-m", "two"]);
        assert!(told(&repository, Changes::Since("HEAD~1")).contains(&("a.lfs".to_owned(), text)));
        let files = diff_of(repository.root(), &changes(&repository, Changes::Since("HEAD~1"))).unwrap();
        assert!(files.iter().any(|file| file.path == b"a.lfs" && file.kind == filter), "{files:?}");
    }

    #[test]
    fn a_renamed_file_is_compared_with_its_old_text() {
        let repository = Repository::new();
        let text: String = (0..20).map(|n| format!("a = {n}\n")).collect();
        repository.write("c.py", text.replace("a =", "c ="));
        repository.commit("a.py", &text);
        repository.git(&["mv", "a.py", "b.py"]);
        repository.git(&["mv", "c.py", "d.py"]);
        repository.write("b.py", text.replace("= 7\n", "= 70\n"));
        for which in [Changes::Staged, Changes::Since("HEAD")] {
            check(&repository, which, &[("b.py", DiffKind::Text), ("d.py", DiffKind::Text)]);
            assert!(lines_of(&repository, which, "d.py").is_empty(), "it has another name and the same lines");
        }
        assert_eq!(lines_of(&repository, Changes::Since("HEAD"), "b.py"), ["-a = 7", "+a = 70"]);
    }

    #[cfg(unix)]
    #[test]
    fn odd_names_are_names() {
        let repository = Repository::new();
        let names = [":(top)x.py", "[ab]{c}*.py", "d\te\nf.py", "\"q\".py"];
        names.iter().for_each(|name| repository.write(name, "a = 1\n"));
        repository.commit("z.py", "z = 1\n");
        names.iter().for_each(|name| repository.write(name, "a = 2\n"));
        let mut expected: Vec<(&str, DiffKind)> = names.iter().map(|name| (*name, DiffKind::Text)).collect();
        expected.sort_by_key(|(name, _)| *name);
        check(&repository, Changes::Since("HEAD"), &expected);
        names.iter().for_each(|name| assert_eq!(lines_of(&repository, Changes::Since("HEAD"), name), ["-a = 1", "+a = 2"]));
    }

    #[test]
    fn what_a_sparse_checkout_leaves_out_is_not_deleted() {
        let repository = Repository::new();
        repository.commit("a.py", "a = 1\n");
        repository.git(&["update-index", "--skip-worktree", "a.py"]);
        std::fs::remove_file(repository.root().join("a.py")).unwrap();
        check(&repository, Changes::Since("HEAD"), &[]);
    }

    #[test]
    fn a_file_in_conflict_is_compared_with_the_commit() {
        let repository = Repository::new();
        repository.commit("a.py", "a = 1\n");
        repository.git(&["checkout", "-q", "-b", "side"]);
        repository.commit("a.py", "a = 2\n");
        repository.git(&["checkout", "-q", "main"]);
        repository.commit("a.py", "a = 3\n");
        // The merge cannot end.
        repository.git(&["-c", "alias.try=!git merge -q side || true", "try"]);
        check(&repository, Changes::Since("HEAD"), &[("a.py", DiffKind::Text)]);
        let lines = lines_of(&repository, Changes::Since("HEAD"), "a.py");
        assert!(lines.contains(&"+a = 2".to_owned()) && !lines.contains(&"+a = 3".to_owned()), "{lines:?}");
        check(&repository, Changes::Staged, &[("a.py", DiffKind::Binary)]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_told_as_links_and_nothing_behind_them_is_read() {
        let repository = Repository::new();
        repository.write("dir/a.py", "a = 1\n");
        std::os::unix::fs::symlink("dir/a.py", repository.root().join("same.py")).unwrap();
        std::os::unix::fs::symlink("dir/a.py", repository.root().join("other.py")).unwrap();
        repository.commit("b.py", "b = 1\n");
        let outside = repository.beside("outside");
        std::fs::rename(repository.root().join("dir"), &outside).unwrap();
        std::fs::write(outside.join("a.py"), "secret = 1\n").unwrap();
        std::os::unix::fs::symlink(&outside, repository.root().join("dir")).unwrap();
        for name in ["b.py", "other.py"] {
            std::fs::remove_file(repository.root().join(name)).unwrap();
            std::os::unix::fs::symlink("elsewhere", repository.root().join(name)).unwrap();
        }
        let link = DiffKind::Link;
        check(&repository, Changes::Since("HEAD"), &[("b.py", link), ("dir", link), ("dir/a.py", DiffKind::Deleted), ("other.py", link)]);
    }

    #[test]
    fn a_submodule_is_told_when_its_commit_or_its_content_changed() {
        let (repository, library) = (Repository::new(), Repository::new());
        library.commit("s.py", "s = 1\n");
        let url = library.root().display().to_string();
        repository.commit("a.py", "a = 1\n");
        repository.git(&["submodule", "--quiet", "add", &url, "libs/sub"]);
        repository.git(&["commit", "-q", "-m", "sub"]);
        repository.git(&["config", "diff.submodule", "log"]);
        repository.git(&["config", "submodule.libs/sub.ignore", "all"]);
        check(&repository, Changes::Since("HEAD"), &[]);
        repository.write("libs/sub/s.py", "s = 2\n");
        check(&repository, Changes::Since("HEAD"), &[("libs/sub", DiffKind::Submodule)]);
        let module = repository.root().join("libs/sub");
        repository.git_in(&module, &["commit", "-q", "-am", "two"]);
        check(&repository, Changes::Since("HEAD"), &[("libs/sub", DiffKind::Submodule)]);
        check(&repository, Changes::Staged, &[]);
        repository.git(&["config", "--unset", "submodule.libs/sub.ignore"]);
        repository.git(&["add", "."]);
        repository.git(&["config", "submodule.libs/sub.ignore", "all"]);
        check(&repository, Changes::Staged, &[("libs/sub", DiffKind::Submodule)]);
        // One that is not checked out is where it should be.
        repository.git(&["commit", "-q", "-m", "moved"]);
        std::fs::remove_dir_all(&module).unwrap();
        check(&repository, Changes::Since("HEAD"), &[]);
        // A clone that is no submodule is another project all the same.
        repository.git(&["clone", "-q", &url, "clone"]);
        check(&repository, Changes::Since("HEAD"), &[("clone", DiffKind::Submodule)]);
    }

    #[test]
    fn commits_without_a_common_one_are_told() {
        let repository = Repository::new();
        repository.commit("a.py", "a = 1\n");
        repository.git(&["checkout", "-q", "--orphan", "other"]);
        repository.commit("a.py", "a = 2\n");
        let ask = |name| changed(repository.root(), Changes::Since(name), &|_| true).unwrap_err();
        assert_eq!(ask("main"), GitError::NoCommonCommit { base: "main".to_owned() });
        assert_eq!(ask("--output=x"), GitError::Name("--output=x".to_owned()));
        assert!(ask("nobody").to_string().starts_with("git says: "));
    }

    #[cfg(unix)]
    #[test]
    fn a_partial_clone_fetches_nothing() {
        let repository = Repository::new();
        repository.commit("a.py", "a = 1\n");
        repository.commit("a.py", "a = 2\n");
        repository.git(&["config", "uploadpack.allowFilter", "true"]);
        let clone = repository.beside("clone");
        let url = format!("file://{}", repository.root().display());
        repository.git(&["clone", "-q", "--filter=blob:none", &url, &clone.display().to_string()]);
        repository.git_in(&clone, &["config", "remote.origin.uploadpack", &repository.trap()]);
        let changes = changed(&clone, Changes::Since("HEAD~1"), &|_| true).unwrap();
        assert_eq!(changes.len(), 1);
        assert_eq!(diff_of(&clone, &changes), Err(GitError::NoText { path: "a.py".to_owned() }));
        assert_eq!(repository.take_mark(), None);
    }
}
