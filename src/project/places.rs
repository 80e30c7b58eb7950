//! Owns which files a checkout may name, to be read or to be written: its own, links followed.

use std::path::{Component, Path, PathBuf};

use super::error::{Error, Result};
use crate::pipeline::{is_glob, normal};

/// Endings of files that a project's own pipelines and scripts may write.
const ENDINGS: [&str; 9] = ["md", "html", "json", "txt", "csv", "xml", "sarif", "jsonl", "rdjsonl"];

/// Who names a file or a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamedBy {
    /// The user: on the command line, in the environment or in their own configuration.
    User,
    /// The checkout: in its `devflow.toml`, in a script or a template, or by having it where devflow looks.
    Checkout,
}

/// Whether a file or a folder may be read. On behalf of the checkout only what lies in the project when links are followed, and not in its
/// `.git`, which may hold a token. What stands in the project belongs to the checkout, whoever names it: it may be a link. Elsewhere, users
/// name what they like.
pub(crate) fn may_read(project: &Path, by: NamedBy, path: &Path) -> bool {
    if by == NamedBy::User && !normal(path).starts_with(project) {
        return true;
    }
    let (Ok(root), Ok(real)) = (project.canonicalize(), path.canonicalize()) else { return false };
    let is_git = |part: Component<'_>| part.as_os_str().eq_ignore_ascii_case(".git");
    real.strip_prefix(&root).is_ok_and(|inside| !inside.components().any(is_git))
}

/// The error for what may not be read.
pub(crate) fn may_not_read(what: &str, name: &str) -> Error {
    Error::usage(format!("the {what} `{name}` is outside of the project"))
        .say("what a checkout names or holds leads to its own files only, links followed, and never into `.git`")
}

/// Whether the nearest folder above `path` that is there lies in `folder` when links are followed: a checkout may hold any links.
pub(crate) fn stays_inside(folder: &Path, path: &Path) -> bool {
    let Ok(root) = folder.canonicalize() else { return true };
    let there = path.ancestors().find_map(|above| above.canonicalize().ok());
    there.is_none_or(|above| above.starts_with(&root))
}

/// Refuses to change a file of the project where a link leads out of it, or nowhere: writing would follow it.
pub(crate) fn check_inside(project: &Path, path: &Path) -> Result<()> {
    let is_dangling = path.is_symlink() && !path.exists();
    if stays_inside(project, path) && !is_dangling {
        return Ok(());
    }
    Err(Error::usage(format!("`{}` would be written outside of the project", path.display())).say("a link leads out of it"))
}

/// Whether a path or glob, seen from the project, stays inside of it.
pub(crate) fn is_inside(project: &Path, path: &str) -> bool {
    let mut whole = PathBuf::new();
    for part in project.join(path).components() {
        match part {
            Component::ParentDir => drop(whole.pop()),
            // Behind a wildcard only what is below it can be meant.
            Component::Normal(name) if is_glob(name) && !whole.join(name).exists() => break,
            part => whole.push(part),
        }
    }
    let is_climbing = path.split('/').skip_while(|part| !is_glob(part.as_ref())).any(|part| part == "..");
    !is_climbing && whole.starts_with(project) && stays_inside(project, &whole)
}

/// Whether the folder that a file would be written to is hidden when links are followed, as `.git` is.
fn leads_to_hidden(project: &Path, path: &Path) -> bool {
    let Ok(root) = project.canonicalize() else { return false };
    let there = path.ancestors().skip(1).find_map(|above| above.canonicalize().ok());
    let is_hidden = |part: Component<'_>| part.as_os_str().as_encoded_bytes().starts_with(b".");
    there.is_some_and(|above| above.strip_prefix(&root).is_ok_and(|inside| inside.components().any(is_hidden)))
}

/// Where a report goes whose name comes from the project's own settings or scripts. They may come with foreign code, so nothing but a report
/// inside of the project is written.
pub(crate) fn report_file(project: &Path, path: &str) -> Result<PathBuf> {
    let is_plain =
        Path::new(path).components().all(|part| matches!(part, Component::Normal(name) if !name.to_string_lossy().starts_with('.')));
    let ending = Path::new(path).extension().and_then(|ending| ending.to_str()).unwrap_or("");
    let whole = project.join(path);
    let is_odd = whole.is_symlink() || (whole.exists() && !whole.is_file() && !whole.is_dir()) || leads_to_hidden(project, &whole);
    if !is_plain || !ENDINGS.contains(&ending) || is_odd || !stays_inside(project, &whole) {
        let message = format!("a project may not have `{path}` written");
        let hint = format!("a report is named by a relative path in the project, not hidden, that ends in one of: {}", ENDINGS.join(", "));
        return Err(Error::usage(message).say(hint));
    }
    Ok(whole)
}
