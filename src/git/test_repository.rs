//! Owns repositories for tests of this module. Their programs leave a mark when they run.
#![expect(clippy::disallowed_methods, reason = "tests make repositories")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// A repository in a temporary folder, on its branch `main`.
pub(super) struct Repository {
    folder: tempfile::TempDir,
    root: PathBuf,
}

impl Repository {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("repository");
        std::fs::create_dir(&root).unwrap();
        let repository = Self { folder, root };
        repository.git(&["init", "-q", "-b", "main"]);
        repository
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// A path beside the repository.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.root().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Runs the user's own git, which obeys the repository, and gives what it says.
    #[track_caller]
    pub(super) fn git(&self, args: &[&str]) -> String {
        self.git_in(&self.root, args)
    }

    #[track_caller]
    pub(super) fn git_in(&self, folder: &Path, args: &[&str]) -> String {
        let own = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false", "-c", "protocol.file.allow=always"];
        let mut command = Command::new("git");
        command.current_dir(folder).args(own).args(args);
        // Tests may run in a hook, whose variables are about another repository.
        for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX"] {
            command.env_remove(name);
        }
        let ran = command.output().unwrap();
        assert!(ran.status.success(), "{args:?}: {ran:?}");
        String::from_utf8_lossy(&ran.stdout).trim().to_owned()
    }

    /// A program that leaves a mark when it runs.
    #[cfg(unix)]
    pub(super) fn trap(&self) -> String {
        use std::os::unix::fs::PermissionsExt as _;
        let (program, mark) = (self.beside("trap"), self.beside("mark"));
        std::fs::write(&program, format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\ncat\n", mark.display())).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        program.display().to_string()
    }

    /// Whether such a program has run since this was last asked; what it was called with.
    #[cfg(unix)]
    pub(super) fn take_mark(&self) -> Option<String> {
        let mark = self.beside("mark");
        let text = std::fs::read_to_string(&mark).ok()?;
        std::fs::remove_file(&mark).unwrap();
        Some(text)
    }

    pub(super) fn commit(&self, name: &str, text: &str) {
        self.write(name, text);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", name]);
    }
}
