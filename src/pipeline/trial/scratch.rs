//! Owns a scratch copy of the project and the user's command in it. Never touches the project itself.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::copy::copy;
use crate::pipeline::parts::INTERRUPTED;
use crate::pipeline::plan::TrialSettings;
use crate::types::CancelToken;

/// How often a running command is looked at.
const POLL: Duration = Duration::from_millis(20);

/// Bytes of the end of what a command says that are looked at.
const TAIL_BYTES: u64 = 4096;

/// Lines of the end of what a command says that are told.
const TAIL_LINES: usize = 3;

/// A copy of the project in a temporary folder. It goes when this goes.
pub(super) struct Scratch {
    folder: TempDir,
    project: PathBuf,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CommandEnd {
    Passed,
    /// In words: the status, and the last lines.
    Failed(String),
}

/// A file before something was tried.
pub(super) struct Before {
    path: PathBuf,
    /// `None` when it was not there.
    bytes: Option<Vec<u8>>,
}

impl Scratch {
    /// Copies what ignore files do not leave out.
    ///
    /// # Errors
    /// Something cannot be read or written.
    pub(super) fn copy(project: &Path) -> io::Result<Self> {
        let scratch = Self { folder: TempDir::with_prefix("devflow-")?, project: project.to_owned() };
        copy(project, scratch.root())?;
        Ok(scratch)
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The text of a file.
    #[expect(clippy::disallowed_methods, reason = "the scratch copy belongs to this module")]
    pub(super) fn read(&self, path: &str) -> io::Result<String> {
        std::fs::read_to_string(self.inside(path)?)
    }

    /// Writes a file, and gives what `restore` wants.
    #[expect(clippy::disallowed_methods, reason = "the scratch copy belongs to this module")]
    pub(super) fn write(&self, path: &str, text: &str) -> io::Result<Before> {
        let path = self.inside(path)?;
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, text)?;
        Ok(Before { path, bytes })
    }

    /// Takes a file away.
    #[expect(clippy::disallowed_methods, reason = "the scratch copy belongs to this module")]
    pub(super) fn remove(&self, path: &str) -> io::Result<()> {
        std::fs::remove_file(self.inside(path)?)
    }

    /// Puts a file back as it was.
    #[expect(clippy::disallowed_methods, reason = "the scratch copy belongs to this module")]
    pub(super) fn restore(&self, before: Before) -> io::Result<()> {
        match before.bytes {
            Some(bytes) => std::fs::write(before.path, bytes),
            None => std::fs::remove_file(before.path),
        }
    }

    /// Where a path of the project is in the copy. A link must not lead out of it.
    fn inside(&self, path: &str) -> io::Result<PathBuf> {
        let is_plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        let root = self.root().canonicalize()?;
        let whole = root.join(path);
        let there = whole.ancestors().find_map(|above| above.canonicalize().ok());
        match there.filter(|there| is_plain && there.starts_with(&root)) {
            Some(_) => Ok(whole),
            None => Err(io::Error::other(format!("`{path}` leads out of the project"))),
        }
    }

    /// Runs the command in a shell, in the root of the copy, without input and without the variables that the settings hide.
    ///
    /// # Errors
    /// There is no shell, its output cannot be kept, or the run should end.
    #[expect(clippy::disallowed_methods, reason = "the command that the user named is run here")]
    pub(super) fn run(&self, settings: &TrialSettings, cancel: &CancelToken) -> io::Result<CommandEnd> {
        let TrialSettings { command, limit, hidden, .. } = settings;
        let mut output = tempfile::tempfile()?;
        let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let mut shell = Command::new(shell);
        shell.arg(flag).arg(command).current_dir(self.root()).env("DEVFLOW_PROJECT", &self.project);
        // What the model wrote runs here: it must not find the key that pays for it.
        for name in hidden {
            shell.env_remove(name);
        }
        shell.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output.try_clone()?);
        // A group of its own, so that what the command starts ends with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut shell, 0);
        let mut child = shell.spawn()?;
        let start = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break Some(status);
            }
            if start.elapsed() > *limit || cancel.is_cancelled() {
                end(child.id());
                child.kill()?;
                child.wait()?;
                break None;
            }
            std::thread::sleep(POLL);
        };
        // What it left in the background would change the copy under the next attempt.
        end(child.id());
        Ok(match status {
            Some(status) if status.success() => CommandEnd::Passed,
            Some(status) => CommandEnd::Failed(format!("{status}{}", tail(&mut output)?)),
            None if cancel.is_cancelled() => return Err(io::Error::other(INTERRUPTED)),
            None => CommandEnd::Failed(format!("ran longer than {} s", limit.as_secs())),
        })
    }
}

/// Ends a command with all that it started.
#[cfg(unix)]
fn end(id: u32) {
    if let Some(group) = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw) {
        // It may have ended by itself meanwhile.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

#[cfg(not(unix))]
fn end(_: u32) {}

/// The last lines of what a command said, behind a colon.
fn tail(output: &mut File) -> io::Result<String> {
    let length = output.seek(SeekFrom::End(0))?;
    output.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    output.take(TAIL_BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines[lines.len().saturating_sub(TAIL_LINES)..].join(" | ");
    let clean: String = last.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Ok(if clean.is_empty() { String::new() } else { format!(": {clean}") })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make and read files")]
mod tests {
    use super::*;

    fn project() -> TempDir {
        let project = TempDir::new().unwrap();
        for (path, text) in [
            ("a.txt", "one\n"),
            ("sub/b.txt", "two\n"),
            (".gitignore", "target\nnode_modules\n"),
            ("target/x", "x"),
            ("node_modules/m/y", "y"),
        ] {
            std::fs::create_dir_all(project.path().join(path).parent().unwrap()).unwrap();
            std::fs::write(project.path().join(path), text).unwrap();
        }
        project
    }

    const LONG: Duration = Duration::from_secs(30);

    fn run(scratch: &Scratch, command: &str, limit: Duration, hidden: &[String]) -> io::Result<CommandEnd> {
        let settings = TrialSettings { command: command.to_owned(), limit, mutate: false, hidden: hidden.to_vec() };
        scratch.run(&settings, &CancelToken::default())
    }

    #[cfg(unix)]
    #[test]
    fn a_command_ends_with_the_run_that_it_belongs_to() {
        let (project, cancel) = (project(), CancelToken::default());
        let scratch = Scratch::copy(project.path()).unwrap();
        let settings = TrialSettings { command: "sleep 50".to_owned(), limit: LONG, mutate: false, hidden: Vec::new() };
        cancel.cancel(Duration::ZERO);
        assert!(scratch.run(&settings, &cancel).unwrap_err().to_string().contains(INTERRUPTED));
    }

    #[test]
    fn the_copy_has_what_is_not_ignored_and_what_commands_need() {
        let project = project();
        let scratch = Scratch::copy(project.path()).unwrap();
        assert_eq!(
            run(&scratch, "test -f a.txt && test -f sub/b.txt && test ! -e target && test -f node_modules/m/y", LONG, &[]).unwrap(),
            CommandEnd::Passed
        );
        assert!(
            matches!(run(&scratch, "echo first; echo last >&2; exit 4", LONG, &[]).unwrap(), CommandEnd::Failed(said) if said.ends_with(": first | last"))
        );
        let before = scratch.write("new/c.txt", "three").unwrap();
        assert_eq!(run(&scratch, "test -f new/c.txt", LONG, &[]).unwrap(), CommandEnd::Passed);
        scratch.restore(before).unwrap();
        assert!(matches!(run(&scratch, "test -f new/c.txt", LONG, &[]).unwrap(), CommandEnd::Failed(_)));
        assert!(!project.path().join("new").exists());
    }

    #[test]
    fn nothing_is_written_outside_of_the_copy() {
        let project = project();
        let scratch = Scratch::copy(project.path()).unwrap();
        for path in ["../x", "/tmp/x", "sub/../../x"] {
            assert!(scratch.write(path, "x").is_err(), "{path}");
        }
        scratch.write("node_modules/x", "x").unwrap();
        assert!(!project.path().join("node_modules/x").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_command_writes_through_no_link() {
        let (project, outside) = (project(), TempDir::new().unwrap());
        std::fs::write(outside.path().join("state"), "original").unwrap();
        std::fs::create_dir_all(project.path().join("data")).unwrap();
        std::fs::write(project.path().join("data/state"), "original").unwrap();
        for (target, name) in [
            (outside.path().to_owned(), "far"),
            (outside.path().join("state"), "far-file"),
            (project.path().join("data"), "near"),
            (PathBuf::from("data/state"), "near-file"),
            (PathBuf::from("far/state"), "through"),
            (outside.path().join("state"), "node_modules/tool"),
        ] {
            std::os::unix::fs::symlink(target, project.path().join(name)).unwrap();
        }
        let scratch = Scratch::copy(project.path()).unwrap();
        for name in ["far/state", "far-file", "near/state", "near-file", "through", "node_modules/tool"] {
            run(&scratch, &format!("echo changed > {name}; true"), LONG, &[]).unwrap();
        }
        assert_eq!(
            run(&scratch, "grep -q changed data/state && grep -q changed near-file && test ! -e far", LONG, &[]).unwrap(),
            CommandEnd::Passed
        );
        for path in [outside.path().join("state"), project.path().join("data/state")] {
            assert_eq!(std::fs::read_to_string(&path).unwrap(), "original", "{}", path.display());
        }
    }

    #[test]
    fn a_command_does_not_see_what_is_hidden_from_it() {
        let project = project();
        let scratch = Scratch::copy(project.path()).unwrap();
        assert_eq!(run(&scratch, "test -n \"$PATH\"", LONG, &[]).unwrap(), CommandEnd::Passed);
        assert!(matches!(run(&scratch, "test -n \"$HOME\"", LONG, &["HOME".to_owned()]).unwrap(), CommandEnd::Failed(_)));
    }

    #[cfg(unix)]
    #[test]
    fn a_command_that_does_not_end_is_ended_with_all_that_it_started() {
        let project = project();
        let scratch = Scratch::copy(project.path()).unwrap();
        let ended = run(&scratch, "sleep 50 & echo $! > pid; wait", Duration::from_millis(300), &[]).unwrap();
        assert_eq!(ended, CommandEnd::Failed("ran longer than 0 s".to_owned()));
        assert_gone(&scratch);
        // And so is what a command leaves behind that did end.
        assert_eq!(run(&scratch, "sleep 50 & echo $! > pid", LONG, &[]).unwrap(), CommandEnd::Passed);
        assert_gone(&scratch);
    }

    #[cfg(unix)]
    fn assert_gone(scratch: &Scratch) {
        let pid = scratch.read("pid").unwrap();
        // The killed child may be a zombie for a moment.
        let is_gone = || std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).map_or(true, |stat| stat.contains(") Z "));
        let start = Instant::now();
        while !is_gone() && start.elapsed() < LONG {
            std::thread::yield_now();
        }
        assert!(is_gone());
    }
}
