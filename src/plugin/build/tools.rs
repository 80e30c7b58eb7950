//! Compilers and other tools that build a plugin. They run code of others, which must not find the key of the model's provider.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// How tools are run.
pub struct Tools<'a> {
    /// Variables of the environment that no tool gets.
    pub hidden: &'a [String],
    /// Hears of each tool that is run.
    pub note: &'a dyn Fn(&str),
}

impl Tools<'_> {
    /// A tool, without what is hidden from it.
    #[expect(clippy::disallowed_methods, reason = "compilers are run here")]
    pub(super) fn program(&self, name: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(name);
        for name in self.hidden {
            command.env_remove(name);
        }
        command
    }

    /// What a tool says of itself; none when it is not there or fails.
    pub(super) fn output_of(&self, name: &str, args: &[&str], dir: &Path) -> Option<String> {
        let output = self.program(name).args(args).current_dir(dir).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

/// What a compiler gave.
pub(super) struct Compiled {
    /// A core module of Rust or C, a component of the others.
    pub(super) bytes: Vec<u8>,
    /// Its name and version.
    pub(super) compiler: String,
}
