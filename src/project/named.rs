//! Owns what becomes of names that a user gives beside a diff or a selection of changes.

use std::ffi::OsString;
use std::path::Path;

use super::error::{Error, Result};
use crate::pipeline::{is_glob, normal};
use crate::types::{Failure, RelPath, Stage};

/// Names that are neither there nor changed, as failures: a file that was named has to be looked at, while a folder may have no changes.
///
/// `has_changes` is given absolute paths without `.` and `..`.
///
/// # Errors
/// Nothing that was named exists.
pub(super) fn without_changes(
    (project, working_directory): (&Path, &Path),
    names: &[OsString],
    has_changes: &dyn Fn(&Path) -> bool,
) -> Result<Vec<Failure>> {
    let mut failures = Vec::new();
    let mut missing = Vec::new();
    for name in names {
        let path = normal(&working_directory.join(name));
        if path.is_dir() || has_changes(&path) || (is_glob(name) && !path.exists()) {
            continue;
        }
        let error = if path.exists() { "it was named and has no changes" } else { "no such file or directory" };
        if !path.exists() {
            missing.push(format!("`{}`", name.to_string_lossy()));
        }
        failures.push(Failure::of_file(RelPath::new(project, &path), Stage::Discover, error));
    }
    if !missing.is_empty() && missing.len() == names.len() {
        return Err(Error::usage(format!("no such file or directory, and the diff has none: {}", missing.join(", "))));
    }
    Ok(failures)
}
