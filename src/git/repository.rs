//! Owns where a repository is, which index speaks for it, and the commit that changes are counted from.

use std::path::{Path, PathBuf};

use super::error::{GitError, shown};
use super::process::{git, git_on_index, output, path_of, said};

/// A work tree with its index.
pub(super) struct WorkTree {
    pub(super) root: PathBuf,
    pub(super) index: PathBuf,
}

impl WorkTree {
    /// Runs git on this index, and gives it `input` to read.
    pub(super) fn ask(&self, args: &[&str], input: &[u8]) -> Result<Vec<u8>, GitError> {
        git_on_index(&self.root, &self.index, args, input)
    }
}

/// The root of the repository around `folder`.
///
/// # Errors
/// There is no repository, or no git.
pub fn root(folder: &Path) -> Result<PathBuf, GitError> {
    let text = git(folder, &["rev-parse", "--show-toplevel"])?;
    Ok(path_of(text.strip_suffix(b"\n").unwrap_or(&text)))
}

/// The nearest folder upwards that looks like the root of a work tree. Git is not asked, so this costs next to nothing.
pub fn work_tree_around(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| folder.join(".git").exists())
}

/// The work tree whose root this is.
pub(super) fn work_tree(root: &Path) -> Result<WorkTree, GitError> {
    let text = git(root, &["rev-parse", "--git-path", "index"])?;
    let own = root.join(path_of(text.strip_suffix(b"\n").unwrap_or(&text)));
    Ok(WorkTree { root: root.to_owned(), index: index_of_commit(root, &own).unwrap_or(own) })
}

/// The index of a commit that is being made: `git commit -a` and `git commit FILE` have one of their own, beside the index of the repository,
/// and name it to their hooks.
#[expect(clippy::disallowed_methods, reason = "git names the index of a commit that is being made to its hooks by a variable")]
fn index_of_commit(root: &Path, own: &Path) -> Option<PathBuf> {
    let named = root.join(std::env::var_os("GIT_INDEX_FILE")?);
    let is_beside = named.parent()?.canonicalize().ok()? == own.parent()?.canonicalize().ok()?;
    (is_beside && named.is_file()).then_some(named)
}

fn checked(name: &str) -> Result<&str, GitError> {
    if name.starts_with('-') || name.is_empty() { Err(GitError::Name(shown(name))) } else { Ok(name) }
}

/// The commit that changes are counted from: where `name` and the current one parted.
pub(super) fn base(root: &Path, name: &str) -> Result<String, GitError> {
    let output = output(root, &["merge-base", checked(name)?, "HEAD"])?;
    // Names that are none give 128.
    if output.status.code() == Some(1) {
        return Err(GitError::NoCommonCommit { base: shown(name) });
    }
    Ok(String::from_utf8_lossy(&said(output)?).trim().to_owned())
}

/// The current commit; before the first one, the tree without files.
pub(super) fn head(root: &Path) -> Result<String, GitError> {
    let head =
        git(root, &["rev-parse", "--verify", "--quiet", "HEAD"]).or_else(|_| git(root, &["hash-object", "-t", "tree", "--stdin"]))?;
    Ok(String::from_utf8_lossy(&head).trim().to_owned())
}
