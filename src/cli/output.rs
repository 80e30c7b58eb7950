//! Owns writing: results to standard output, everything else to standard error. Never decides what is said.

use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::exit::Failed;
use crate::analyzer::redact;

/// Writes a result. A reader that has gone away (`| head`) is no error.
pub(super) fn result(text: &str) -> Result<(), Failed> {
    match std::io::stdout().lock().write_all(text.as_bytes()).and_then(|()| std::io::stdout().lock().flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failed::incomplete(format!("cannot write the result: {error}"))),
        _ => Ok(()),
    }
}

/// Writes a note.
pub(super) fn note(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}

/// Writes why the program stops.
pub(super) fn error(text: &str) {
    note(text);
}

/// Writes a report into a file: beside it first, so that nobody ever reads half a report.
#[expect(clippy::disallowed_methods, reason = "reports are written here")]
pub(super) fn file(path: &Path, text: &str) -> Result<(), Failed> {
    let fail = |error: std::io::Error| Failed::incomplete(format!("cannot write `{}`: {error}", path.display()));
    if path.is_dir() {
        return Err(Failed::usage(format!("`{}` is a folder", path.display())).hint("name a file in it"));
    }
    // A pipe or a device is written to as it is; renaming over it would replace it.
    let is_special = std::fs::metadata(path).is_ok_and(|data| !data.is_file());
    if is_special {
        return std::fs::write(path, text).map_err(fail);
    }
    let mut name = path.file_name().ok_or_else(|| Failed::usage(format!("`{}` names no file", path.display())))?.to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let beside = path.with_file_name(name);
    std::fs::write(&beside, "")
        .and_then(|()| restrict(&beside, path, text))
        .and_then(|()| std::fs::write(&beside, text))
        .and_then(|()| std::fs::rename(&beside, path))
        .map_err(|error| {
            drop(std::fs::remove_file(&beside));
            fail(error)
        })
}

/// A report that quotes a secret is the user's only; one that does not keeps the rights of the file that it replaces.
fn restrict(beside: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if quotes_secret(text) {
            return std::fs::set_permissions(beside, std::fs::Permissions::from_mode(0o600));
        }
        if let Ok(known) = path.metadata() {
            return std::fs::set_permissions(beside, known.permissions());
        }
    }
    Ok(())
}

/// Whether a secret stands in a text, as it is or as XML and JSON write it.
#[cfg(unix)]
fn quotes_secret(text: &str) -> bool {
    let has = |text: &str| redact(text).places().next().is_some();
    let of_xml = || text.replace("&quot;", "\"").replace("&#34;", "\"").replace("&apos;", "'").replace("&#39;", "'").replace("&#x27;", "'");
    has(text) || (text.contains('&') && has(&of_xml())) || (text.contains("\\\"") && has(&text.replace("\\\"", "\"")))
}

/// Makes the folders above a file.
#[expect(clippy::disallowed_methods, reason = "reports are written here")]
pub(super) fn folder_of(path: &Path) -> Result<(), Failed> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|error| Failed::incomplete(format!("cannot make `{}`: {error}", folder.display())))
}

/// Writes a file with the folders above it.
#[expect(clippy::disallowed_methods, reason = "files that a user asked for are written here")]
pub(super) fn new_file(path: &Path, bytes: &[u8]) -> Result<(), Failed> {
    // Writing would follow it and make a file where it points to.
    if path.is_symlink() && !path.exists() {
        return Err(Failed::incomplete(format!("cannot write `{}`: it is a link that leads nowhere", path.display())));
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
    written.map_err(|error| Failed::incomplete(format!("cannot write `{}`: {error}", path.display())))
}
