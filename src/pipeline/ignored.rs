//! Owns which ignore files a walk may read. They belong to the checkout: a link, a pipe or a device in their place must not be followed.

use std::path::{Path, PathBuf};

use super::links::leads_out;
use crate::git::work_tree_around;

/// Name of devflow's own ignore file.
pub(super) const IGNORE_FILE: &str = ".devflowignore";

/// Names of the files that say what a walk leaves out.
const IGNORE_FILES: [&str; 4] = [".gitignore", ".ignore", IGNORE_FILE, ".git/info/exclude"];

/// Largest such file, in bytes.
const MAX_IGNORE_BYTES: u64 = 1 << 20;

/// The ignore file of a folder that may not be read, and why: a link that leads out of the repository, a pipe or a device, which nobody could
/// read to its end, or one that is too large. What it would leave out is not known then, so its folder is not walked.
#[expect(clippy::disallowed_methods, reason = "the disk is asked before a walk reads what is there")]
pub(super) fn bad_ignore_file(project: &Path, folder: &Path) -> Option<(PathBuf, &'static str)> {
    IGNORE_FILES.iter().map(|name| folder.join(name)).find_map(|path| {
        let is_link = std::fs::symlink_metadata(&path).ok()?.is_symlink();
        let data = std::fs::metadata(&path).ok()?;
        let fault = match data {
            data if !data.is_file() && !data.is_dir() => "it is not a file",
            data if data.len() > MAX_IGNORE_BYTES => "it is larger than 1 MiB",
            _ if is_link && leads_out(work_tree_around(project).unwrap_or(project), &path).is_some() => "it is a link that leads elsewhere",
            _ => return None,
        };
        Some((path, fault))
    })
}

/// The same for a folder and all above it, whose files count for it, too.
pub(super) fn bad_ignore_file_above(project: &Path, folder: &Path) -> Option<(PathBuf, &'static str)> {
    let end = work_tree_around(project).unwrap_or(project);
    folder.ancestors().take_while(|above| above.starts_with(end)).find_map(|above| bad_ignore_file(project, above))
}
