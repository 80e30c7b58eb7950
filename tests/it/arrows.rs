//! Which file of a library uses a name of which other, and the circles of such uses.
//!
//! An arrow is a use of a name, drawn to the file that defines it. Re-exports, `mod` lines and tests do not count; methods are not followed,
//! since their file is that of their type as far as a reader is concerned.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Item, UseTree, Visibility};

/// Segments from the root of the library.
type Name = Vec<String>;

/// What a module holds.
#[derive(Default)]
struct Module {
    file: PathBuf,
    /// Names that are defined in it, modules left aside.
    items: BTreeSet<String>,
    /// Names that are brought in, with what they stand for.
    aliases: BTreeMap<String, Name>,
}

/// All modules of a library.
struct Library {
    modules: BTreeMap<Name, Module>,
}

/// Every file with the files that it uses.
pub(crate) fn arrows(src: &Path, files: &[PathBuf]) -> BTreeMap<PathBuf, BTreeSet<PathBuf>> {
    let parsed: Vec<(Name, &PathBuf, syn::File)> = files
        .iter()
        .map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            (module_of(src, path), path, syn::parse_file(&text).unwrap())
        })
        .collect();
    let mut library = Library { modules: BTreeMap::new() };
    for (name, path, file) in &parsed {
        library.define(name, path, &file.items);
    }
    let mut arrows = BTreeMap::new();
    for (name, path, file) in &parsed {
        let mut uses = Uses { library: &library, module: name.clone(), found: BTreeSet::new() };
        file.items.iter().for_each(|item| uses.visit_item(item));
        uses.found.remove(*path);
        arrows.insert((*path).clone(), uses.found);
    }
    arrows
}

/// `src/a/mod.rs` and `src/a.rs` are the module `a`.
fn module_of(src: &Path, path: &Path) -> Name {
    let inside = path.strip_prefix(src).unwrap().with_extension("");
    let mut name: Name = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if matches!(name.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        name.pop();
    }
    name
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|one| {
        let syn::Meta::List(list) = &one.meta else { return one.path().is_ident("test") };
        list.path.is_ident("cfg") && list.tokens.to_string().split(|c: char| !c.is_alphanumeric()).any(|word| word == "test")
    })
}

impl Library {
    fn define(&mut self, name: &Name, file: &Path, items: &[Item]) {
        let mut module = Module { file: file.to_owned(), ..Module::default() };
        for item in items {
            let defined = match item {
                Item::Const(item) => Some(&item.ident),
                Item::Enum(item) => Some(&item.ident),
                Item::Fn(item) => Some(&item.sig.ident),
                Item::Macro(item) => item.ident.as_ref(),
                Item::Static(item) => Some(&item.ident),
                Item::Struct(item) => Some(&item.ident),
                Item::Trait(item) => Some(&item.ident),
                Item::Type(item) => Some(&item.ident),
                Item::Union(item) => Some(&item.ident),
                _ => None,
            };
            module.items.extend(defined.map(ToString::to_string));
            match item {
                Item::Use(item) if !is_test(&item.attrs) => aliases(&item.tree, &mut Vec::new(), &mut module.aliases),
                Item::Mod(item) if !is_test(&item.attrs) => {
                    if let Some((_, items)) = &item.content {
                        let inner = [name.as_slice(), &[item.ident.to_string()]].concat();
                        self.define(&inner, file, items);
                    }
                }
                _ => {}
            }
        }
        self.modules.insert(name.clone(), module);
    }

    /// The file that defines what a path means, seen from a module.
    fn file_of(&self, module: &Name, path: &[String]) -> Option<&Path> {
        self.resolve(module, path, 0)
    }

    fn resolve(&self, module: &Name, path: &[String], depth: usize) -> Option<&Path> {
        let (first, rest) = path.split_first()?;
        if depth > 20 {
            return None;
        }
        match first.as_str() {
            "crate" | "devflow" => return self.resolve(&Vec::new(), rest, depth + 1),
            "self" => return self.resolve(module, rest, depth + 1),
            "super" => return self.resolve(&module[..module.len().checked_sub(1)?].to_vec(), rest, depth + 1),
            _ => {}
        }
        let here = self.modules.get(module)?;
        if here.items.contains(first) {
            return Some(&here.file);
        }
        let child = [module.as_slice(), std::slice::from_ref(first)].concat();
        if self.modules.contains_key(&child) {
            return self.resolve(&child, rest, depth + 1);
        }
        let meant = here.aliases.get(first)?;
        // A name of another library.
        if meant.first() == Some(first) && meant.len() == 1 {
            return None;
        }
        self.resolve(module, &[meant.as_slice(), rest].concat(), depth + 1)
    }
}

fn aliases(tree: &UseTree, before: &mut Name, all: &mut BTreeMap<String, Name>) {
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            aliases(&path.tree, before, all);
            before.pop();
        }
        UseTree::Name(name) if name.ident == "self" => drop(all.insert(before.last().cloned().unwrap_or_default(), before.clone())),
        UseTree::Name(name) => drop(all.insert(name.ident.to_string(), [before.as_slice(), &[name.ident.to_string()]].concat())),
        UseTree::Rename(name) => drop(all.insert(name.rename.to_string(), [before.as_slice(), &[name.ident.to_string()]].concat())),
        UseTree::Group(group) => group.items.iter().for_each(|tree| aliases(tree, before, all)),
        UseTree::Glob(_) => {}
    }
}

/// Gathers the files that a module uses.
struct Uses<'a> {
    library: &'a Library,
    module: Name,
    found: BTreeSet<PathBuf>,
}

impl Uses<'_> {
    fn take(&mut self, path: &[String]) {
        self.found.extend(self.library.file_of(&self.module, path).map(Path::to_owned));
    }

    /// Paths in the tokens of a macro.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Name = Vec::new();
        let mut n_colons = 2;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) if n_colons == 2 => {
                    path.push(ident.to_string());
                    n_colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => n_colons += 1,
                other => {
                    self.take(&std::mem::take(&mut path));
                    n_colons = 2;
                    match other {
                        TokenTree::Group(group) => self.tokens(group.stream()),
                        TokenTree::Ident(ident) => {
                            path.push(ident.to_string());
                            n_colons = 0;
                        }
                        _ => {}
                    }
                }
            }
        }
        self.take(&path);
    }
}

impl<'ast> Visit<'ast> for Uses<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Mod(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if is_test(attributes) {
            return;
        }
        match item {
            Item::Use(item) if matches!(item.vis, Visibility::Inherited) => {
                let mut all = BTreeMap::new();
                aliases(&item.tree, &mut Vec::new(), &mut all);
                all.values().for_each(|path| self.take(path));
            }
            Item::Use(_) => {}
            Item::Mod(item) => {
                self.module.push(item.ident.to_string());
                visit::visit_item_mod(self, item);
                self.module.pop();
            }
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Name = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.take(&names);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, one: &'ast syn::Macro) {
        self.tokens(one.tokens.clone());
    }
}

/// Groups of files that use each other in a circle, the largest first.
pub(crate) fn circles(arrows: &BTreeMap<PathBuf, BTreeSet<PathBuf>>) -> Vec<Vec<PathBuf>> {
    let reach = |from: &PathBuf| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(file) = open.pop() {
            for next in arrows.get(file).into_iter().flatten() {
                if seen.insert(next.clone()) {
                    open.push(next);
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&PathBuf, BTreeSet<PathBuf>> = arrows.keys().map(|file| (file, reach(file))).collect();
    let mut circles: BTreeSet<Vec<PathBuf>> = BTreeSet::new();
    for (file, own) in &reached {
        if own.contains(*file) {
            let is_back = |other: &&PathBuf| reached.get(*other).is_some_and(|back| back.contains(*file));
            circles.insert(own.iter().filter(is_back).cloned().collect());
        }
    }
    let mut circles: Vec<Vec<PathBuf>> = circles.into_iter().collect();
    circles.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    circles
}

#[test]
fn a_circle_is_found_through_re_exports_macros_and_inline_paths() {
    let folder = tempfile::tempdir().unwrap();
    let src = folder.path();
    let files = [
        ("lib.rs", "mod a; mod b; mod c; mod d; pub use a::A;"),
        ("a.rs", "use super::b; pub struct A; pub fn f() { println!(\"{}\", b::g()); }"),
        ("b.rs", "use crate::A; pub fn g() -> u8 { 0 } pub fn h(_: A) {}"),
        ("c.rs", "use crate::a::f; pub fn i() { f() } #[cfg(test)] mod tests { use crate::d::j; }"),
        ("d.rs", "pub fn j() { crate::c::i() }"),
    ];
    let mut paths = Vec::new();
    for (name, text) in files {
        std::fs::write(src.join(name), text).unwrap();
        paths.push(src.join(name));
    }
    let circles = circles(&arrows(src, &paths));
    assert_eq!(circles, [vec![src.join("a.rs"), src.join("b.rs")]], "and neither `c`, whose test uses `d`, nor the re-export in `lib`");
}
