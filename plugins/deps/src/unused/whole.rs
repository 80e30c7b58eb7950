//! Owns the question whether all sources of a manifest are seen. Files that are too large or generated are not handed over; imports that
//! lead to nothing give them away, and then nothing can be called unused.

use std::collections::{BTreeMap, BTreeSet};

use devflow_plugin::{Host, Source};

use crate::model::{file_of, folder_of, is_inside, join};
use crate::project::is_foreign;

/// Sources of a manifest with their index.
type Owned<'s> = [(usize, &'s Source)];

/// Whether each `mod name;` of a crate has its file: below the folder of the one that declares it, since it may stand in a module in it.
pub(super) fn is_crate_whole(owned: &Owned<'_>) -> bool {
    let mut files: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (_, source) in owned {
        let stem = source.path.trim_end_matches(".rs");
        let stem = stem.strip_suffix("/mod").unwrap_or(stem);
        files.entry(file_of(stem)).or_default().push(stem);
    }
    let has_file = |source: &Source, name: &str| {
        let own = source.path.trim_end_matches(".rs");
        let is_there = |stem: &str| is_inside(stem, folder_of(&source.path)) && stem != own;
        files.get(name.trim_start_matches("r#")).is_some_and(|stems| stems.iter().any(|stem| is_there(stem)))
    };
    let declared = |source: &'_ Source| -> Vec<String> {
        let names = source.imports.iter().filter_map(|import| import.name.strip_prefix("self::"));
        names.filter(|name| is_plain(name)).map(str::to_owned).collect()
    };
    owned.iter().all(|(_, source)| declared(source).iter().all(|name| has_file(source, name)))
}

fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'#'))
}

/// Whether each import of the module's own packages leads to a folder with sources.
pub(super) fn is_module_whole(owned: &Owned<'_>, module: &str, folder: &str) -> bool {
    let folders: BTreeSet<&str> = owned.iter().map(|(_, source)| folder_of(&source.path)).collect();
    let imports: BTreeSet<&str> = owned.iter().flat_map(|(_, source)| &source.imports).map(|import| import.name.as_str()).collect();
    imports.into_iter().all(|import| match import.strip_prefix(module).and_then(|rest| rest.strip_prefix('/')) {
        Some(rest) => join(folder, rest).is_none_or(|target| folders.iter().any(|known| is_inside(known, &target))),
        None => true,
    })
}

/// Whether each relative import of a script leads to a source. Imports of styles, pictures and data are passed over.
pub(super) fn are_scripts_whole(all: &[Source], owned: &Owned<'_>) -> bool {
    const ENDINGS: [&str; 10] = [".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".json"];
    let bare = |path: &str| ENDINGS.iter().find_map(|ending| path.strip_suffix(ending)).unwrap_or(path).to_owned();
    let known: BTreeSet<String> = all.iter().map(|source| bare(&source.path)).collect();
    let leads_somewhere = |source: &Source, import: &str| {
        let is_relative = import.starts_with("./") || import.starts_with("../");
        let last = import.rsplit('/').next().unwrap_or_default();
        // `./` and `..` name a folder: what is meant there stands in a manifest.
        let is_file = !matches!(last, "" | "." | "..");
        let is_script = is_file && (!last.contains('.') || ENDINGS.iter().take(9).any(|ending| last.ends_with(ending)));
        let Some(target) = join(folder_of(&source.path), import).filter(|_| is_relative && is_script) else { return true };
        let plain = bare(&target);
        // Other people's code uses none of this project's packages.
        is_foreign(&target)
            || known.contains(&plain)
            || known.contains(&target)
            || known.contains(&join(&target, "index").unwrap_or_default())
    };
    let is_looked_at = |source: &Source| !source.path.ends_with(".d.ts") && !is_foreign(&source.path);
    let mut looked_at = owned.iter().filter(|(_, source)| is_looked_at(source));
    looked_at.all(|(_, source)| source.imports.iter().all(|import| leads_somewhere(source, &import.name)))
}

/// Whether each relative import of Python leads to a module, or to a name that the package around it has.
pub(super) fn are_modules_whole(host: &dyn Host, all: &[Source], owned: &Owned<'_>) -> bool {
    let python = || all.iter().enumerate().filter(|(_, source)| source.language == "python");
    let known: BTreeSet<&str> = python().map(|(_, source)| source.path.trim_end_matches(".py")).collect();
    let folders: BTreeSet<&str> = python().flat_map(|(_, source)| folders_above(&source.path)).collect();
    let is_name_in = |folder: &str, name: &str| {
        let package = python().find(|(_, source)| source.path.trim_end_matches(".py") == join(folder, "__init__").unwrap_or_default());
        package.is_none_or(|(index, _)| host.words(index).iter().any(|word| word == name))
    };
    let leads_somewhere = |source: &Source, import: &str| {
        let dots = import.len() - import.trim_start_matches('.').len();
        let name = import.get(dots..).unwrap_or_default();
        if dots == 0 || name.is_empty() {
            return true;
        }
        let up = "../".repeat(dots - 1);
        let Some(target) = join(folder_of(&source.path), &format!("{up}{}", name.replace('.', "/"))) else { return true };
        let is_seen = |path: &str| known.contains(path) || folders.contains(path);
        // `from .a import b` is `.a.b`: a module, or a name in one.
        let around = folder_of(&target);
        is_seen(&target) || if name.contains('.') { is_seen(around) } else { is_name_in(around, name) }
    };
    owned.iter().all(|(_, source)| source.imports.iter().all(|import| leads_somewhere(source, &import.name)))
}

fn folders_above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder_of(path)), |folder| (!folder.is_empty()).then(|| folder_of(folder)))
}
