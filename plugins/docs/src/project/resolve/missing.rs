//! Owns imports that name a file or folder of the project which is not among the sources. Where something else may be meant, nothing is said.

use std::ops::Range;

use devflow_plugin::Source;

use super::super::{follow, join, split};
use super::{Index, python, rust, script};

/// What an import names and nobody handed over, as far as its path is known.
pub(super) fn missing(index: &Index<'_>, source: &Source, name: &str, place: &Range<usize>) -> Option<String> {
    let path = source.path.as_str();
    match source.language.as_str() {
        "python" => relative_module(index, path, name),
        "javascript" | "typescript" | "tsx" => script::missing(index, path, name),
        "rust" => rust::missing(index, path, name, place),
        "go" => package(index, name),
        _ => None,
    }
}

/// `from .a import b` is `.a.b`, and `b` may be a name in `a`.
fn relative_module(index: &Index<'_>, path: &str, name: &str) -> Option<String> {
    if !name.starts_with('.') || python::relative(index, path, name).is_some() {
        return None;
    }
    let n_up = name.chars().take_while(|c| *c == '.').count() - 1;
    let parts: Vec<&str> = name.split('.').filter(|part| !part.is_empty()).collect();
    let module = parts.get(..parts.len().saturating_sub(1).max(1))?.join("/");
    follow(split(path).0, &format!("{}{module}", "../".repeat(n_up)))
}

fn package(index: &Index<'_>, name: &str) -> Option<String> {
    let inside = index.go.iter().find_map(|(module, folder)| Some((folder, name.strip_prefix(module.as_str())?.strip_prefix('/')?)));
    let (folder, rest) = inside?;
    let target = join(folder, rest);
    (!index.folders.contains(target.as_str())).then_some(target)
}
