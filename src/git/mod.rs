//! Owns what devflow asks of git: changed files, churn, diffs, and how its output is read. Never changes a repository, and never
//! runs a program that a repository names.

mod attributes;
mod checkout;
mod diff;
mod error;
mod identity;
mod index;
mod lines;
mod process;
mod repository;
mod since;
#[cfg(test)]
mod test_repository;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use process::git;

pub use checkout::{Change, Changes, changed, diff_of};
pub use diff::{DiffError, DiffFile, DiffHunk, DiffKind, DiffLine, fit, parse};
pub use error::GitError;
pub use identity::repository_of;
pub use repository::{root, work_tree_around};

/// Those of `names`, from the root of the repository, that its history has deleted.
///
/// # Errors
/// There is no repository.
pub fn deleted(root: &Path, names: &[Vec<u8>]) -> Result<BTreeSet<Vec<u8>>, GitError> {
    let names: Vec<String> = names.iter().filter_map(|name| String::from_utf8(name.clone()).ok()).collect();
    if names.is_empty() {
        return Ok(BTreeSet::new());
    }
    // A file that is only gone from the work tree is in the index, and one that was only taken out of the index is in the last commit.
    let mut known = BTreeSet::new();
    let asked = [
        vec!["ls-files", "-z", "--cached", "--"],
        vec!["ls-tree", "-z", "--name-only", "--full-tree", "HEAD", "--"],
        vec!["log", "-z", "--diff-filter=D", "--no-renames", "--name-only", "--pretty=format:", "--"],
    ];
    for question in asked {
        let args: Vec<&str> = question.into_iter().chain(names.iter().map(String::as_str)).collect();
        // A repository without a commit has no history to ask.
        let said = git(root, &args).unwrap_or_default();
        known.extend(said.split(|byte| *byte == 0).map(|name| name.trim_ascii_start().to_vec()).filter(|name| !name.is_empty()));
    }
    Ok(known)
}

/// How many commits touched each file since `since`: `3 months ago`, `yesterday`, or a date such as `2026-01-31`, with a time of day if need be.
///
/// # Errors
/// There is no repository, or `since` is no such time.
pub fn churn(root: &Path, since: &str) -> Result<BTreeMap<Vec<u8>, usize>, GitError> {
    let since = format!("--since={}", since::time(since)?);
    let log = git(root, &["log", "-z", "--no-merges", "--no-renames", "--name-only", "--pretty=format:", &since])?;
    let mut churn = BTreeMap::new();
    for name in log.split(|byte| *byte == 0) {
        // Between two commits stands a line end.
        let name = name.trim_ascii_start().to_vec();
        if !name.is_empty() {
            *churn.entry(name).or_default() += 1;
        }
    }
    Ok(churn)
}

/// Takes the quotes from a name that git put them around: odd bytes stand there as `\303`.
pub fn unquoted(name: &[u8]) -> Vec<u8> {
    let Some(inner) = name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")) else { return name.to_vec() };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((first, after)) = rest.split_first() {
        let octal = after.get(..3).and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        rest = match (first, after.first(), octal) {
            (b'\\', _, Some(byte)) => {
                bytes.push(byte);
                &after[3..]
            }
            (b'\\', Some(letter), None) => {
                bytes.push(match letter {
                    b'n' => b'\n',
                    b't' => b'\t',
                    other => *other,
                });
                &after[1..]
            }
            _ => {
                bytes.push(*first);
                after
            }
        };
    }
    bytes
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "tests make repositories")]

    use super::test_repository::Repository;
    use super::*;

    #[test]
    fn commits_are_counted_by_file() {
        let repository = Repository::new();
        repository.commit("a.py", "a = 1\n");
        repository.commit("b é.py", "b = 1\n");
        repository.commit("a.py", "a = 2\n");
        let churn = churn(repository.root(), "10 years ago").unwrap();
        assert_eq!((churn[&b"a.py".to_vec()], churn["b é.py".as_bytes()]), (2, 1));
        assert!(super::churn(repository.root(), "2099-01-01").unwrap().is_empty());
        let wrong = super::churn(repository.root(), "1 moth ago").unwrap_err().to_string();
        assert_eq!(wrong, "`1 moth ago` is not a time; write `3 months ago`, `yesterday` or `2026-01-31`");
    }

    /// A commit with a signature, so that showing it would have it verified.
    #[cfg(unix)]
    fn sign_last_commit(repository: &Repository) {
        let (tree, parent) = (repository.git(&["rev-parse", "HEAD^{tree}"]), repository.git(&["rev-parse", "HEAD"]));
        let who = "a <a@example.org> 1700000000 +0000";
        let signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----";
        repository.write("commit", format!("tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\n{signature}\n\nsigned\n"));
        let signed = repository.git(&["hash-object", "-t", "commit", "-w", "commit"]);
        repository.git(&["reset", "-q", &signed]);
    }

    #[cfg(unix)]
    #[test]
    fn no_program_of_a_repository_runs() {
        let repository = Repository::new();
        repository.write(".gitattributes", "*.py filter=trap diff=trap\n");
        repository.write("c.py", "c = 1\n");
        repository.commit("a.py", "a = 1\n");
        repository.git(&["branch", "base"]);
        repository.commit("a.py", "a = 2\n");
        sign_last_commit(&repository);
        let trap = repository.trap();
        let settings = "filter.trap.clean filter.trap.smudge diff.trap.textconv diff.trap.command diff.external core.fsmonitor core.pager \
                        pager.log pager.diff-index gpg.program core.sshCommand core.askPass credential.helper core.editor";
        settings.split_whitespace().for_each(|key| drop(repository.git(&["config", key, &trap])));
        repository.git(&["config", "log.showSignature", "true"]);
        repository.git(&["config", "alias.ls-files", &format!("!{trap}")]);
        let hooks = repository.beside("hooks");
        std::fs::create_dir(&hooks).unwrap();
        for hook in ["post-index-change", "reference-transaction", "pre-auto-gc"] {
            std::os::unix::fs::symlink(&trap, hooks.join(hook)).unwrap();
        }
        repository.git(&["config", "core.hooksPath", &hooks.display().to_string()]);
        repository.write("a.py", "a = 3\n");
        repository.write("c.py", "c = 1\n");
        repository.write("new.py", "n = 1\n");
        repository.git(&["status", "--short"]);
        assert!(repository.take_mark().is_some(), "git itself runs the programs");
        repository.git(&["config", "filter.trap.process", &trap]);
        repository.git(&["config", "filter.trap.required", "true"]);
        for which in [Changes::Staged, Changes::Since("HEAD"), Changes::Since("base")] {
            let changes = changed(repository.root(), which, &|_| true).unwrap();
            diff_of(repository.root(), &changes).unwrap();
        }
        churn(repository.root(), "30 years ago").unwrap();
        root(repository.root()).unwrap();
        assert_eq!(repository.take_mark(), None);
    }

    #[test]
    fn the_root_is_found_from_below_and_there_may_be_none() {
        let repository = Repository::new();
        repository.write("a/b/c.py", "c = 1\n");
        let below = repository.root().join("a/b");
        assert_eq!(root(&below).unwrap(), repository.root().canonicalize().unwrap());
        assert_eq!(work_tree_around(&below), Some(repository.root()));
        assert!(root(tempfile::tempdir().unwrap().path()).is_err());
    }
}
