//! Owns paths of Rust: `crate::`, `self::`, `super::`, declared modules and the other crates of the workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::super::{join, split, stem};
use super::{Bond, Index, Target};

/// Most paths that one `use` may stand for.
const MAX_PATHS: usize = 200;

/// The libraries of the workspace by the name that code uses.
pub(super) fn crates(index: &Index<'_>) -> BTreeMap<String, usize> {
    let mut crates = BTreeMap::new();
    for (folder, text) in index.project.named("Cargo.toml") {
        let Some(name) = crate::readme::manifest::toml_text(text, &["package"], "name") else { continue };
        let root = ["src/lib.rs", "src/main.rs"].iter().find_map(|file| index.file(&join(folder, file)));
        if let Some(root) = root {
            crates.insert(name.replace('-', "_"), root);
        }
    }
    crates
}

pub(super) fn resolve(index: &Index<'_>, at: usize, name: &str, place: &Range<usize>, found: &mut BTreeSet<(Target, Bond)>) {
    if is_test_code(index, at, place) {
        return;
    }
    let path = index.project.path(at);
    // `mod name;` is told as `self::name`, but its place is the bare name.
    if let Some(child) = name.strip_prefix("self::").filter(|child| child.len() == place.len()) {
        if let Some((file, _)) = module(index, &module_folder(path), &[child]) {
            found.insert((Target::File(file), Bond::Declaration));
        }
        return;
    }
    let mut paths = Vec::new();
    expand("", name, &mut paths);
    for used in paths {
        let parts: Vec<&str> = used.split("::").filter(|part| !part.is_empty()).collect();
        if let Some(target) = one(index, at, &parts) {
            let bond = if are_kin(path, index.project.path(target)) { Bond::Loose } else { Bond::Tight };
            found.insert((Target::File(target), bond));
        }
    }
}

/// The file of a declared module that is not there. A module may be declared inside of another one, so any file of its name will do.
pub(super) fn missing(index: &Index<'_>, path: &str, name: &str, place: &Range<usize>) -> Option<String> {
    let child = name.strip_prefix("self::").filter(|child| child.len() == place.len())?.trim_start_matches("r#");
    let (own, folder) = (split(path).0, module_folder(path));
    let is_below = |at: &usize| {
        let (found, name) = split(index.project.path(*at));
        let is_module = name != "mod.rs" || split(found).1 == child;
        is_module && (own.is_empty() || found == own || found.strip_prefix(own).is_some_and(|rest| rest.starts_with('/')))
    };
    let named = |file: &str| index.names.get(file).is_some_and(|known| known.iter().any(is_below));
    let is_there = named(&format!("{child}.rs")) || named("mod.rs");
    (!is_there).then(|| format!("{}.rs", join(&folder, child)))
}

/// The next declaration after the import is test code, so the import stands in a test module.
fn is_test_code(index: &Index<'_>, at: usize, place: &Range<usize>) -> bool {
    let symbols = index.project.symbols.get(at).map(Vec::as_slice).unwrap_or_default();
    symbols.iter().find(|symbol| symbol.span.range().start >= place.end).is_some_and(|symbol| symbol.is_test)
}

/// The file that a path of names leads to.
fn one(index: &Index<'_>, at: usize, parts: &[&str]) -> Option<usize> {
    let path = index.project.path(at);
    let (first, rest) = parts.split_first()?;
    match *first {
        "crate" => {
            let root = crate_root(index, path)?;
            module(index, split(index.project.path(root)).0, rest).map(|(file, _)| file).or(Some(root))
        }
        "self" => module(index, &module_folder(path), rest).map(|(file, _)| file),
        "super" => {
            let n_up = parts.iter().take_while(|part| **part == "super").count();
            let mut folder = module_folder(path);
            for _ in 0..n_up {
                folder = split(&folder).0.to_owned();
            }
            let rest = parts.get(n_up..).unwrap_or_default();
            module(index, &folder, rest).map(|(file, _)| file).or_else(|| owner(index, &folder))
        }
        name => {
            let child = module(index, &module_folder(path), parts).map(|(file, _)| file);
            child.or_else(|| {
                let root = *index.crates.get(name)?;
                let is_own = crate_root(index, path) == Some(root);
                let inner = module(index, split(index.project.path(root)).0, rest).map(|(file, _)| file);
                inner.or(Some(root)).filter(|_| !is_own)
            })
        }
    }
}

/// The deepest file on the way along `parts`, and how many of them it took.
fn module(index: &Index<'_>, folder: &str, parts: &[&str]) -> Option<(usize, usize)> {
    let mut folder = folder.to_owned();
    let mut best = None;
    for (n, part) in parts.iter().enumerate() {
        let file = |name: &str| {
            let base = join(&folder, name);
            index.file(&format!("{base}.rs")).or_else(|| index.file(&format!("{base}/mod.rs")))
        };
        // White space is gone from the name of an import, so `a as b` is `aasb`.
        let renamed = || part.match_indices("as").find_map(|(at, _)| part.get(..at).filter(|name| !name.is_empty()).and_then(file));
        let Some(found) = file(part).or_else(renamed) else { break };
        best = Some((found, n + 1));
        folder = join(&folder, part);
    }
    best
}

/// The folder where the modules of a file stand.
fn module_folder(path: &str) -> String {
    let (folder, _) = split(path);
    match stem(path) {
        "lib" | "main" | "mod" => folder.to_owned(),
        stem => join(folder, stem),
    }
}

/// The file of the module whose children stand in `folder`.
fn owner(index: &Index<'_>, folder: &str) -> Option<usize> {
    let inside = ["mod.rs", "lib.rs", "main.rs"].iter().find_map(|name| index.file(&join(folder, name)));
    inside.or_else(|| index.file(&format!("{folder}.rs")))
}

/// The nearest `lib.rs` or `main.rs` above; a program in `bin` is its own root.
fn crate_root(index: &Index<'_>, path: &str) -> Option<usize> {
    let mut folder = split(path).0;
    if folder.ends_with("/bin") || folder == "bin" {
        return index.file(path);
    }
    loop {
        let root = ["lib.rs", "main.rs"].iter().find_map(|name| index.file(&join(folder, name)));
        if root.is_some() || folder.is_empty() {
            return root;
        }
        folder = split(folder).0;
    }
}

/// A module and one around it use each other by custom.
fn are_kin(a: &str, b: &str) -> bool {
    let (a, b) = (module_folder(a), module_folder(b));
    let is_inside = |inner: &str, outer: &str| {
        outer.is_empty() || inner == outer || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
    };
    is_inside(&a, &b) || is_inside(&b, &a)
}

/// Writes out the braces of a `use`.
fn expand(prefix: &str, text: &str, paths: &mut Vec<String>) {
    if paths.len() >= MAX_PATHS {
        return;
    }
    let Some((before, rest)) = text.split_once('{') else {
        paths.push(format!("{prefix}{}", text.trim_end_matches("::self").trim_end_matches("::*")));
        return;
    };
    let prefix = format!("{prefix}{before}");
    let inside = rest.strip_suffix('}').unwrap_or(rest);
    let (mut depth, mut start) = (0_usize, 0);
    for (at, c) in inside.char_indices().chain(std::iter::once((inside.len(), ','))) {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                let part = inside.get(start..at).unwrap_or("");
                if part == "self" {
                    paths.push(prefix.trim_end_matches("::").to_owned());
                } else if !part.is_empty() && prefix.len() < 400 {
                    expand(&prefix, part, paths);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}
