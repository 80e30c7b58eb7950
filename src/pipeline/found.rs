//! Files that were found, and how names of files and globs are written.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::store::Stat;
use crate::types::{GivenBy, RelPath, Role};

/// A path or a glob as the user wrote it.
pub type PathArg = OsString;

/// A file that may be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    /// As it is shown and kept.
    pub path: RelPath,
    /// As it is opened.
    pub absolute: PathBuf,
    /// As the disk says.
    pub stat: Stat,
    /// Whether the user named it, by itself. What is named and cannot be looked at has failed; what a folder brought is declined.
    pub is_named: bool,
    /// What it is in its project, as far as its path decides.
    pub given: GivenRole,
}

/// The role of a file as far as its path decides, and who gave it where that was no custom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenRole {
    /// By the path.
    pub role: Role,
    /// `None` for the customs of paths: then the text may say more.
    pub by: Option<GivenBy>,
}

impl Default for GivenRole {
    fn default() -> Self {
        Self { role: Role::Source, by: None }
    }
}

/// Signs that make a name a glob.
const GLOB_SIGNS: [char; 4] = ['*', '?', '[', '{'];

/// Whether a name is written as a glob. A file may be called so all the same: whoever asks looks at the disk first.
pub fn is_glob(name: &OsStr) -> bool {
    name.to_string_lossy().contains(GLOB_SIGNS)
}

/// Splits a glob into the folder it begins in and the rest: `src/**/*.rs` is `src` and `**/*.rs`.
pub fn split_glob(glob: &str) -> (&str, &str) {
    let first_meta = glob.find(GLOB_SIGNS).unwrap_or(glob.len());
    match glob[..first_meta].rfind('/') {
        Some(0) => ("/", &glob[1..]),
        Some(slash) => (&glob[..slash], &glob[slash + 1..]),
        None => ("", glob),
    }
}

/// Takes `.` and `..` out by their text; the disk is not asked.
pub fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}
