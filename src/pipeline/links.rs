//! Owns whether a path in a project belongs to it. A checkout can hold symbolic links, and what they lead to may be anything on the machine.

use std::path::Path;

/// Why a path below `root` is not to be looked at, if it is not: it is a link that leads out, or it lies in `.git`. A path elsewhere, which
/// only a user can name, is read as it is.
#[expect(clippy::disallowed_methods, reason = "only the disk knows where a link leads")]
pub(super) fn leads_out(root: &Path, path: &Path) -> Option<&'static str> {
    if !path.starts_with(root) {
        return None;
    }
    let (root, real) = (std::fs::canonicalize(root).ok()?, std::fs::canonicalize(path).ok()?);
    let Ok(inside) = real.strip_prefix(&root) else {
        return Some("it is a link that leads out of the project; name what it leads to");
    };
    inside.iter().any(|part| part.eq_ignore_ascii_case(".git")).then_some("it lies in `.git`, which may hold a token")
}
