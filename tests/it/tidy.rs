//! The rules of the tree that a compiler does not know: heads, sizes, layers, words.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|known| known == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// A source without its unit tests.
fn without_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

fn sources() -> Vec<PathBuf> {
    ["src", "plugins/review/src", "plugins/review/tests", "tests/it"].iter().flat_map(|folder| files(folder, "rs")).collect()
}

#[test]
fn every_source_says_in_its_head_what_it_owns() {
    let missing: Vec<String> = sources().iter().filter(|path| !read(path).starts_with("//!")).map(|path| shown(path)).collect();
    assert!(missing.is_empty(), "without a head: {missing:?}");
}

#[test]
fn no_source_is_longer_than_the_wall() {
    let mut long = Vec::new();
    for path in sources() {
        let text = read(&path);
        let n_lines = without_tests(&text).lines().count();
        if n_lines > 500 {
            long.push(format!("{} has {n_lines} lines", shown(&path)));
        }
    }
    assert!(long.is_empty(), "{long:?}");
}

/// The layer of each module, as `docs/architecture.md` has it.
fn layers() -> BTreeMap<String, u32> {
    let page = read(&root().join("docs/architecture.md"));
    let mut layers = BTreeMap::new();
    for line in page.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, layer, module, ..] = cells.as_slice()
            && let Ok(layer) = layer.parse()
        {
            layers.insert(module.trim_matches('`').to_owned(), layer);
        }
    }
    layers
}

#[test]
fn modules_import_from_lower_layers_only() {
    let layers = layers();
    let mut wrong = Vec::new();
    let mut seen = Vec::new();
    for path in files("src", "rs") {
        let inside = path.strip_prefix(root().join("src")).unwrap();
        // A crate of its own whose modules this one passes on.
        let inside = inside.strip_prefix("core").unwrap_or(inside);
        let Some(module) = inside.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned()) else { continue };
        let module = module.trim_end_matches(".rs").to_owned();
        if matches!(module.as_str(), "lib" | "main") {
            continue;
        }
        let Some(own) = layers.get(&module) else {
            wrong.push(format!("`{module}` is not in the table of docs/architecture.md"));
            continue;
        };
        seen.push(module.clone());
        let text = read(&path);
        for (at, _) in without_tests(&text).match_indices("crate::") {
            let name: String = text[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            match layers.get(&name) {
                Some(other) if name != module && other >= own => {
                    wrong.push(format!("{}: `{module}` ({own}) uses `{name}` ({other})", shown(&path)));
                }
                _ => {}
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let unknown: Vec<&String> = layers.keys().filter(|module| !seen.contains(module)).collect();
    assert!(unknown.is_empty(), "in the table and not in src: {unknown:?}");
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let (core, own) = files("src", "rs").into_iter().partition::<Vec<_>, _>(|path| path.starts_with(root().join("src/core")));
    let mut arrows = crate::arrows::arrows(&root().join("src"), &own);
    arrows.extend(crate::arrows::arrows(&root().join("src/core"), &core));
    let mut text = String::new();
    for circle in crate::arrows::circles(&arrows) {
        text.push_str(&format!("a circle of {} files\n", circle.len()));
        for file in &circle {
            let inside: Vec<String> = arrows[file].iter().filter(|other| circle.contains(other)).map(|other| shown(other)).collect();
            text.push_str(&format!("  {} uses {}\n", shown(file), inside.join(", ")));
        }
    }
    assert!(text.is_empty(), "{text}");
}

#[test]
fn no_source_holds_words_that_do_not_belong() {
    // Put together here, so that this file does not hold them.
    let words = [["cra", "tes.io"].concat(), ["../", "shared"].concat(), ["/wo", "rk/"].concat(), ["FIX", "ME:"].concat()];
    let mut wrong = Vec::new();
    let all = ["src", "plugins/review/src", "plugins/sdk", "tests/it", "templates", "docs"];
    for folder in all {
        for extension in ["rs", "md", "toml", "wit", "sql", "j2"] {
            for path in files(folder, extension) {
                let text = read(&path);
                wrong.extend(words.iter().filter(|word| text.contains(*word)).map(|word| format!("{}: `{word}`", shown(&path))));
            }
        }
    }
    // Rules and their pages speak of such comments.
    wrong.retain(|line| !line.contains("todo-comment") && !line.contains("rules/documentation.rs"));
    assert!(wrong.is_empty(), "{wrong:?}");
}
