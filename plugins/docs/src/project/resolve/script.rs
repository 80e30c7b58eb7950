//! Owns module specifiers of JavaScript and TypeScript: relative paths, and packages of the same workspace.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::{Project, follow, join, split};
use super::{Bond, Index, Target};

const EXTENSIONS: [&str; 10] = [".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".d.mts"];

/// Folders of the packages of the workspace by name.
pub(super) fn packages(project: &Project) -> BTreeMap<String, String> {
    let manifests = project.named("package.json").filter(|(folder, _)| !folder.is_empty());
    let name = |text: &str| serde_json::from_str::<Value>(text).ok()?.get("name")?.as_str().map(str::to_owned);
    manifests.filter_map(|(folder, text)| Some((name(text)?, folder.to_owned()))).collect()
}

pub(super) fn resolve(index: &Index<'_>, at: usize, name: &str, found: &mut BTreeSet<(Target, Bond)>) {
    let name = name.split(['?', '#']).next().unwrap_or(name);
    let folder = split(index.project.path(at)).0;
    let target = if name.starts_with("./") || name.starts_with("../") || name == "." || name == ".." {
        follow(folder, name).and_then(|base| file_at(index, &base))
    } else {
        package(index, name)
    };
    if let Some(target) = target {
        found.insert((Target::File(target), Bond::Tight));
    }
}

/// The path that a relative specifier of a script leads to where no source is. Styles, pictures and data are no scripts.
pub(super) fn missing(index: &Index<'_>, path: &str, name: &str) -> Option<String> {
    let name = name.split(['?', '#']).next().unwrap_or(name);
    let last = name.rsplit('/').next().unwrap_or(name);
    let is_script = !last.contains('.') || EXTENSIONS.iter().any(|extension| last.ends_with(extension));
    if !(name.starts_with("./") || name.starts_with("../")) || !is_script || last.is_empty() {
        return None;
    }
    let base = follow(split(path).0, name)?;
    file_at(index, &base).is_none().then_some(base)
}

fn file_at(index: &Index<'_>, base: &str) -> Option<usize> {
    let with_extension = |base: &str| EXTENSIONS.iter().find_map(|extension| index.file(&format!("{base}{extension}")));
    // TypeScript names the file that the compiler will make.
    let made = || [".js", ".jsx", ".mjs", ".cjs"].iter().find_map(|extension| base.strip_suffix(extension)).and_then(with_extension);
    index.file(base).or_else(|| with_extension(base)).or_else(made).or_else(|| with_extension(&join(base, "index")))
}

fn package(index: &Index<'_>, name: &str) -> Option<usize> {
    let n_parts = if name.starts_with('@') { 2 } else { 1 };
    let end = name.match_indices('/').nth(n_parts - 1).map_or(name.len(), |(at, _)| at);
    let (package, rest) = name.split_at_checked(end)?;
    let folder = index.packages.get(package)?;
    let rest = rest.trim_start_matches('/');
    let inner = if rest.is_empty() { "index" } else { rest };
    file_at(index, &join(folder, inner)).or_else(|| file_at(index, &join(folder, &format!("src/{inner}"))))
}
