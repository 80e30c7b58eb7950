//! Owns how git is called: so that no program runs which a repository names, with little of the environment, and with nothing of the network.

use std::io::{BufRead as _, BufReader, ErrorKind, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use super::error::{GitError, shown};

/// Variables that git gets, beside those for languages and folders. `GIT_…` would lead it to other repositories and programs, and keys are
/// none of its business.
const KEPT: [&str; 8] = ["HOME", "LANG", "TMPDIR", "TZ", "SYSTEMROOT", "USERPROFILE", "TEMP", "TMP"];

/// Settings that win over those of a repository. What has no setting, such as filters and `textconv`, is kept out by what git is asked for:
/// objects and the index, never a comparison with a file.
const FLAGS: [&str; 23] = [
    "--no-pager",
    "--no-optional-locks",
    "--literal-pathspecs",
    "-c",
    "core.fsmonitor=",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.quotePath=false",
    "-c",
    "core.pager=cat",
    "-c",
    "core.sshCommand=false",
    "-c",
    "core.askPass=",
    "-c",
    "credential.helper=",
    "-c",
    "protocol.allow=never",
    "-c",
    "log.showSignature=false",
    "-c",
    "submodule.recurse=false",
];

/// Runs git in `folder`.
pub(super) fn git(folder: &Path, args: &[&str]) -> Result<Vec<u8>, GitError> {
    said(output(folder, args)?)
}

/// The same, for those who know what an exit status means.
pub(super) fn output(folder: &Path, args: &[&str]) -> Result<Output, GitError> {
    answered(command(folder, args), b"", MOST_TIME)
}

/// Runs git in `folder` with this index, and gives it `input` to read.
pub(super) fn git_on_index(folder: &Path, index: &Path, args: &[&str], input: &[u8]) -> Result<Vec<u8>, GitError> {
    let mut command = command(folder, args);
    command.env("GIT_INDEX_FILE", index);
    said(answered(command, input, MOST_TIME)?)
}

/// Longest time for one answer. Git opens files of the checkout, and a pipe in the place of its index or of `.gitattributes` has no end.
const MOST_TIME: Duration = Duration::from_secs(120);

/// Gives `input` to git and takes what it writes; ends it when that takes longer than `limit`.
fn answered(mut command: Command, input: &[u8], limit: Duration) -> Result<Output, GitError> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| missing(&error))?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (child, is_late) = (Mutex::new(child), AtomicBool::new(false));
    let (done, wait) = mpsc::channel::<()>();
    let locked = || child.lock().expect("no thread panics while it holds the process");
    let output = std::thread::scope(|scope| {
        // Git answers before it has read everything; one thread that does both would wait for ever.
        scope.spawn(move || drop(stdin.map(|mut stdin| stdin.write_all(input))));
        let errors = scope.spawn(move || all(stderr));
        let (locked, is_late) = (&locked, &is_late);
        scope.spawn(move || {
            if wait.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                is_late.store(true, Ordering::Relaxed);
                drop(locked().kill());
            }
        });
        let stdout = all(stdout)?;
        let status = locked().wait()?;
        drop(done);
        let stderr = errors.join().expect("no thread panics while it reads")?;
        Ok(Output { status, stdout, stderr })
    });
    if is_late.load(Ordering::Relaxed) {
        return Err(GitError::Late { seconds: limit.as_secs() });
    }
    output.map_err(|error: std::io::Error| missing(&error))
}

fn all(from: Option<impl Read>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.map_or(Ok(0), |mut from| from.read_to_end(&mut bytes))?;
    Ok(bytes)
}

/// What git wrote, if it did what it was asked for.
pub(super) fn said(output: Output) -> Result<Vec<u8>, GitError> {
    if output.status.success() {
        return Ok(output.stdout);
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    // Warnings may stand before the error.
    let line = text.lines().find_map(|line| line.strip_prefix("fatal: "));
    let line = line.or_else(|| text.lines().find(|line| !line.trim().is_empty())).unwrap_or("nothing");
    Err(GitError::Refused(shown(line)))
}

/// A name that git wrote, as a path.
#[cfg(unix)]
pub(super) fn path_of(name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(name))
}

/// A name that git wrote, as a path.
#[cfg(not(unix))]
pub(super) fn path_of(name: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(name).into_owned())
}

fn missing(error: &std::io::Error) -> GitError {
    GitError::Missing(error.to_string())
}

#[expect(clippy::disallowed_methods, reason = "this module runs git, and decides what of the environment git gets")]
fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).args(FLAGS).args(args).env_clear();
    for (name, value) in std::env::vars_os() {
        let is_kept = name.to_str().is_some_and(|name| KEPT.contains(&name) || name.starts_with("LC_") || name.starts_with("XDG_"));
        if is_kept {
            command.env(name, value);
        }
    }
    // A relative folder in the path would be one of the repository, and so would the empty name.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).filter(|folder| folder.is_absolute()).collect();
    if let Ok(path) = std::env::join_paths(&folders)
        && !folders.is_empty()
    {
        command.env("PATH", path);
    }
    // A partial clone would fetch what it lacks, by programs that its settings name.
    command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "none").env("GIT_TERMINAL_PROMPT", "0");
    command
}

/// Texts that git keeps, read one after the other from one process.
pub(super) struct Blobs<'a> {
    root: &'a Path,
    reader: Option<BlobReader>,
}

struct BlobReader {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl<'a> Blobs<'a> {
    pub(super) fn new(root: &'a Path) -> Self {
        Self { root, reader: None }
    }

    /// The text called `id`; none when it is not in this clone.
    pub(super) fn text(&mut self, id: &str) -> Result<Option<Vec<u8>>, GitError> {
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => BlobReader::start(self.root)?,
        };
        // An old git ends instead of saying that a text is missing; the next question starts another one.
        let Ok(text) = reader.read(id) else { return Ok(None) };
        self.reader = Some(reader);
        Ok(text)
    }
}

impl BlobReader {
    fn start(root: &Path) -> Result<Self, GitError> {
        let mut command = command(root, &["cat-file", "--batch"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| missing(&error))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(stdin), Some(stdout)) => Ok(Self { child, stdin, stdout: BufReader::new(stdout) }),
            _ => Err(GitError::Missing("it has no pipes".to_owned())),
        }
    }

    fn read(&mut self, id: &str) -> std::io::Result<Option<Vec<u8>>> {
        writeln!(self.stdin, "{id}")?;
        self.stdin.flush()?;
        let mut head = String::new();
        self.stdout.read_line(&mut head)?;
        // `<id> blob <size>`, the text and a line end; or `<id> missing`.
        let words: Vec<&str> = head.split_ascii_whitespace().collect();
        let size: u64 = match words[..] {
            [_, "missing"] => return Ok(None),
            [_, "blob", size] => size.parse().map_err(|_| std::io::Error::from(ErrorKind::InvalidData))?,
            _ => return Err(ErrorKind::InvalidData.into()),
        };
        let mut text = Vec::new();
        self.stdout.by_ref().take(size).read_to_end(&mut text)?;
        let mut end = [0];
        self.stdout.read_exact(&mut end)?;
        Ok(Some(text))
    }
}

impl Drop for BlobReader {
    fn drop(&mut self) {
        // It waits for the next question, which will not come.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[cfg(all(test, unix))]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "tests make repositories")]

    use super::*;
    use crate::git::test_repository::Repository;

    #[test]
    fn git_that_waits_for_a_pipe_is_ended() {
        let repository = Repository::new();
        let pipe = repository.root().join(".gitattributes");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let command = command(repository.root(), &["check-attr", "text", "a.py"]);
        assert_eq!(answered(command, b"", Duration::from_millis(500)), Err(GitError::Late { seconds: 0 }));
    }
}
