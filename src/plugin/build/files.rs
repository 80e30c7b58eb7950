//! Reading and writing the files of plugins.

use std::path::{Path, PathBuf};

use super::error::BuildError;

#[expect(clippy::disallowed_methods, reason = "the sources of a plugin are read here")]
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let fail = |source| BuildError::File { path: folder.to_owned(), source };
    std::fs::read_dir(folder).map_err(fail)?.map(|entry| entry.map(|entry| entry.path()).map_err(fail)).collect()
}

#[expect(clippy::disallowed_methods, reason = "the sources of a plugin are read here")]
pub(super) fn read(path: &Path) -> Result<Vec<u8>, BuildError> {
    std::fs::read(path).map_err(|source| BuildError::File { path: path.to_owned(), source })
}

#[expect(clippy::disallowed_methods, reason = "the component of a plugin is written here")]
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, bytes));
    write.map_err(|source| BuildError::File { path: path.to_owned(), source })
}
