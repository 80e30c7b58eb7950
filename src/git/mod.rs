//! Owns what devflow asks of git: changed files, churn, diffs, and how its output is read. Never looks at what a change means, never changes
//! a repository.

mod diff;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

pub use diff::{DiffError, DiffFile, DiffHunk, DiffKind, DiffLine, fit, parse};

/// What git would not tell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    /// It cannot be run.
    #[error("git cannot be run: {0}")]
    Missing(String),
    /// It says no.
    #[error("git says: {0}")]
    Refused(String),
    /// A name that would be taken for a flag.
    #[error("`{0}` is no name of a commit")]
    Name(String),
}

/// Which changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changes<'a> {
    /// Those staged for the next commit.
    Staged,
    /// Those since the point where this commit and the current one parted, committed or not; new files included.
    Since(&'a str),
}

/// Runs git in `folder`. A repository may say what is run when it is looked at; none of that is.
#[expect(clippy::disallowed_methods, reason = "this module runs git")]
fn git(folder: &Path, args: &[&str]) -> Result<Vec<u8>, GitError> {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "--no-optional-locks"]).args(args);
    let output = command.output().map_err(|error| GitError::Missing(error.to_string()))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("nothing").trim_start_matches("fatal: ").to_owned();
    Err(GitError::Refused(line.chars().filter(|c| !c.is_control()).take(300).collect()))
}

fn checked(name: &str) -> Result<&str, GitError> {
    if name.starts_with('-') || name.is_empty() { Err(GitError::Name(name.to_owned())) } else { Ok(name) }
}

/// The commit that changes are counted from.
fn base(folder: &Path, name: &str) -> Result<String, GitError> {
    let text = git(folder, &["merge-base", checked(name)?, "HEAD"])?;
    Ok(String::from_utf8_lossy(&text).trim().to_owned())
}

/// The root of the repository around `folder`.
///
/// # Errors
/// There is no repository, or no git.
pub fn root(folder: &Path) -> Result<PathBuf, GitError> {
    let text = git(folder, &["rev-parse", "--show-toplevel"])?;
    Ok(PathBuf::from(String::from_utf8_lossy(&text).trim_end_matches('\n')))
}

/// Names of changed files that are still there, as bytes from the root of the repository, sorted.
///
/// # Errors
/// There is no repository, or no such commit.
pub fn changed_files(root: &Path, changes: Changes<'_>) -> Result<Vec<Vec<u8>>, GitError> {
    let names = ["diff", "-z", "--name-only", "--no-ext-diff", "--diff-filter=d"];
    let mut files = match changes {
        Changes::Staged => split(&git(root, &[&names[..], &["--cached"]].concat())?),
        Changes::Since(name) => {
            let base = base(root, name)?;
            let mut files = split(&git(root, &[&names[..], &[base.as_str()]].concat())?);
            files.extend(split(&git(root, &["ls-files", "-z", "--others", "--exclude-standard"])?));
            files
        }
    };
    files.sort();
    files.dedup();
    Ok(files)
}

/// The changes as a unified diff. New files that git does not know yet are not in it.
///
/// # Errors
/// See [`changed_files`].
pub fn diff_of(root: &Path, changes: Changes<'_>) -> Result<Vec<u8>, GitError> {
    let args = ["diff", "--no-ext-diff", "--no-textconv", "--no-color", "--src-prefix=a/", "--dst-prefix=b/"];
    match changes {
        Changes::Staged => git(root, &[&args[..], &["--cached"]].concat()),
        Changes::Since(name) => git(root, &[&args[..], &[base(root, name)?.as_str()]].concat()),
    }
}

/// How many commits touched each file since `since`, as git understands it: `3 months ago`, `2026-01-01`.
///
/// # Errors
/// There is no repository.
pub fn churn(root: &Path, since: &str) -> Result<BTreeMap<Vec<u8>, usize>, GitError> {
    let since = format!("--since={since}");
    let log = git(root, &["log", "-z", "--no-merges", "--no-renames", "--name-only", "--pretty=format:", &since])?;
    let mut churn = BTreeMap::new();
    for name in split(&log) {
        // Between two commits stands a line end.
        let name = name.trim_ascii_start().to_vec();
        if !name.is_empty() {
            *churn.entry(name).or_default() += 1;
        }
    }
    Ok(churn)
}

fn split(text: &[u8]) -> Vec<Vec<u8>> {
    text.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect()
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
#[expect(clippy::disallowed_methods, reason = "tests make repositories")]
mod tests {
    use super::*;

    fn repository() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let run = |args: &[&str]| {
            let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
            assert!(
                Command::new("git").current_dir(folder.path()).args(identity).args(args).output().unwrap().status.success(),
                "{args:?}"
            );
        };
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        run(&["init", "-q", "-b", "main"]);
        write("a.py", "a = 1\n");
        write("b é.py", "b = 1\n");
        run(&["add", "."]);
        run(&["commit", "-q", "-m", "one"]);
        run(&["checkout", "-q", "-b", "side"]);
        write("a.py", "a = 2\n");
        run(&["commit", "-q", "-am", "two"]);
        write("b é.py", "b = 2\n");
        run(&["add", "."]);
        write("new.py", "c = 1\n");
        folder
    }

    fn names(files: Result<Vec<Vec<u8>>, GitError>) -> Vec<String> {
        files.unwrap().into_iter().map(|name| String::from_utf8(name).unwrap()).collect()
    }

    #[test]
    fn changes_are_told_from_a_base_and_from_the_index() {
        let folder = repository();
        assert_eq!(names(changed_files(folder.path(), Changes::Staged)), ["b é.py"]);
        assert_eq!(names(changed_files(folder.path(), Changes::Since("main"))), ["a.py", "b é.py", "new.py"]);
        assert_eq!(names(changed_files(folder.path(), Changes::Since("HEAD"))), ["b é.py", "new.py"]);
        let diff = parse(&diff_of(folder.path(), Changes::Since("main")).unwrap()).unwrap();
        assert_eq!(diff.iter().map(|file| file.path.clone()).collect::<Vec<_>>(), [b"a.py".to_vec(), "b é.py".as_bytes().to_vec()]);
        let churn = churn(folder.path(), "10 years ago").unwrap();
        assert_eq!((churn[&b"a.py".to_vec()], churn["b é.py".as_bytes()]), (2, 1));
    }

    #[test]
    fn what_git_does_not_know_is_an_error_and_flags_are_no_names() {
        let folder = repository();
        assert!(changed_files(folder.path(), Changes::Since("nobody")).unwrap_err().to_string().starts_with("git says: "));
        let flag = "--output=x";
        assert_eq!(changed_files(folder.path(), Changes::Since(flag)), Err(GitError::Name(flag.to_owned())));
        assert!(root(tempfile::tempdir().unwrap().path()).is_err());
        assert_eq!(root(folder.path()).unwrap(), folder.path().canonicalize().unwrap());
    }
}
