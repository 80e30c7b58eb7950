//! Copying a project so that nothing that is done in the copy reaches the project: no link of the copy leads out of it.

use std::io;
use std::path::{Path, PathBuf};

use crate::pipeline::ignored::{bad_ignore_file, bad_ignore_file_above};

/// Folders that ignore files leave out and that commands need all the same.
const NEEDED: &[&str] = &["node_modules", ".venv", "venv"];

/// Copies what ignore files do not leave out, and what commands need.
///
/// A link inside the project becomes a copy of its file, or a link to the copy of its folder; one that leads out of the project leads nowhere.
///
/// # Errors
/// Something cannot be read or written.
pub(super) fn copy(project: &Path, to: &Path) -> io::Result<()> {
    let copy = Copy { project: project.canonicalize()?, to };
    if let Some((path, fault)) = bad_ignore_file_above(&copy.project, &copy.project) {
        return Err(io::Error::other(format!("`{}`: {fault}", path.display())));
    }
    let root = copy.project.clone();
    let mut walk = ignore::WalkBuilder::new(&copy.project);
    walk.hidden(false).require_git(false).filter_entry(move |entry| {
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        entry.file_name() != ".git" && !(is_folder && bad_ignore_file(&root, entry.path()).is_some())
    });
    let walk = walk.build();
    for entry in walk {
        let entry = entry.map_err(io::Error::other)?;
        copy.one(entry.path(), false)?;
        if entry.file_type().is_some_and(|kind| kind.is_dir()) {
            for name in NEEDED {
                copy.all(&entry.path().join(name))?;
            }
        }
    }
    Ok(())
}

struct Copy<'a> {
    /// Without links in it.
    project: PathBuf,
    to: &'a Path,
}

#[expect(clippy::disallowed_methods, reason = "the project is copied here")]
impl Copy<'_> {
    fn counterpart(&self, path: &Path) -> io::Result<PathBuf> {
        Ok(self.to.join(path.strip_prefix(&self.project).map_err(io::Error::other)?))
    }

    /// Copies a folder that ignore files leave out, if it is there.
    fn all(&self, folder: &Path) -> io::Result<()> {
        if !folder.symlink_metadata().is_ok_and(|data| data.is_dir()) || self.counterpart(folder)?.symlink_metadata().is_ok() {
            return Ok(());
        }
        let walk = ignore::WalkBuilder::new(folder).standard_filters(false).build();
        for entry in walk {
            self.one(entry.map_err(io::Error::other)?.path(), true)?;
        }
        Ok(())
    }

    /// `is_needed` tells whether the file belongs to a folder of dependencies. Its tools may be links to those of the system, and are copied:
    /// a virtual environment without its interpreter is none.
    fn one(&self, from: &Path, is_needed: bool) -> io::Result<()> {
        let to = self.counterpart(from)?;
        let kind = std::fs::symlink_metadata(from)?.file_type();
        if kind.is_dir() {
            std::fs::create_dir_all(to)
        } else if kind.is_symlink() {
            self.link(from, &to, is_needed)
        } else if kind.is_file() {
            // The kernel shares the blocks where the file system can.
            std::fs::copy(from, to).map(drop)
        } else {
            Ok(())
        }
    }

    fn link(&self, from: &Path, to: &Path, is_needed: bool) -> io::Result<()> {
        let Ok(target) = from.canonicalize() else { return dangling(to) };
        let is_inside = target.starts_with(&self.project);
        if target.is_file() && (is_inside || is_needed) {
            return std::fs::copy(&target, to).map(drop);
        }
        if is_inside { symlink(&self.counterpart(&target)?, to) } else { dangling(to) }
    }
}

/// A name that leads nowhere, in the copy as for whoever follows it.
fn dangling(to: &Path) -> io::Result<()> {
    symlink(Path::new("/nonexistent/outside-of-the-project"), to)
}

#[cfg(unix)]
fn symlink(target: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, to)
}

#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}
