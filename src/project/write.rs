//! Writing files that were asked for: reports, generated files, files of settings. Nobody ever reads half a report.

use std::path::Path;

use super::error::{Error, Result};
use super::places::check_inside;
use crate::analyzer::redact;

/// Writes a report into a file: beside it first, so that nobody ever reads half a report.
///
/// # Errors
/// It cannot be written.
#[expect(clippy::disallowed_methods, reason = "reports are written here")]
pub fn file(path: &Path, shown: &str, text: &str) -> Result<()> {
    let fail = |error: std::io::Error| Error::incomplete(format!("cannot write `{shown}`: {error}"));
    if path.is_dir() {
        return Err(Error::usage(format!("`{shown}` is a folder")).say("name a file in it"));
    }
    // A pipe or a device is written to as it is; renaming over it would replace it.
    let is_special = std::fs::metadata(path).is_ok_and(|data| !data.is_file());
    if is_special {
        return std::fs::write(path, text).map_err(fail);
    }
    let mut name = path.file_name().ok_or_else(|| Error::usage(format!("`{shown}` names no file")))?.to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let beside = path.with_file_name(name);
    // A look at all of a long text: nothing must stand half done beside the file meanwhile.
    let is_private = quotes_secret(text);
    std::fs::write(&beside, "")
        .and_then(|()| restrict(&beside, path, is_private))
        .and_then(|()| std::fs::write(&beside, text))
        .and_then(|()| std::fs::rename(&beside, path))
        .map_err(|error| {
            drop(std::fs::remove_file(&beside));
            fail(error)
        })
}

/// A report that quotes a secret is the user's only; one that does not keeps the rights of the file that it replaces.
fn restrict(beside: &Path, path: &Path, is_private: bool) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if is_private {
            return std::fs::set_permissions(beside, std::fs::Permissions::from_mode(0o600));
        }
        if let Ok(known) = path.metadata() {
            return std::fs::set_permissions(beside, known.permissions());
        }
    }
    #[cfg(not(unix))]
    let _ = (beside, path, is_private);
    Ok(())
}

/// Whether a secret stands in a text, as it is or as XML and JSON write it.
fn quotes_secret(text: &str) -> bool {
    let has = |text: &str| redact(text).places().next().is_some();
    let of_xml = || text.replace("&quot;", "\"").replace("&#34;", "\"").replace("&apos;", "'").replace("&#39;", "'").replace("&#x27;", "'");
    has(text) || (text.contains('&') && has(&of_xml())) || (text.contains("\\\"") && has(&text.replace("\\\"", "\"")))
}

/// Makes the folders above a file.
///
/// # Errors
/// They cannot be made.
#[expect(clippy::disallowed_methods, reason = "reports are written here")]
pub fn folder_of(path: &Path) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|error| Error::incomplete(format!("cannot make `{}`: {error}", folder.display())))
}

/// Writes a file of the project with the folders above it. A checkout may hold links that lead out of it.
///
/// # Errors
/// It would be written outside of the project, or cannot be written.
pub fn in_project(root: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    check_inside(root, path)?;
    new_file(path, bytes)
}

/// Writes a file with the folders above it.
///
/// # Errors
/// It cannot be written.
#[expect(clippy::disallowed_methods, reason = "files that a user asked for are written here")]
pub fn new_file(path: &Path, bytes: &[u8]) -> Result<()> {
    // Writing would follow it and make a file where it points to.
    if path.is_symlink() && !path.exists() {
        return Err(Error::incomplete(format!("cannot write `{}`: it is a link that leads nowhere", path.display())));
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let is_new = !path.exists();
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, bytes));
    #[cfg(unix)]
    let written = written.and_then(|()| {
        use std::os::unix::fs::PermissionsExt as _;
        let is_private = is_new && std::str::from_utf8(bytes).is_ok_and(quotes_secret);
        if is_private { std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)) } else { Ok(()) }
    });
    written.map_err(|error| Error::incomplete(format!("cannot write `{}`: {error}", path.display())))
}
