//! What imports bring, as nodes of the form: the module, and below it each thing with the name that it has here.

use std::ops::Range;

use tree_sitter::Node;

use super::build::Build;
use super::node::FormKind;
use crate::types::Language;

impl<'t> Build<'t> {
    /// Makes the nodes of an import.
    pub(super) fn import(&mut self, node: Node<'t>, parent: u32) {
        let build = self;
        match build.language {
            Language::Rust => {
                if let Some(argument) = node.child_by_field_name("argument") {
                    rust(build, argument, parent);
                }
            }
            Language::Python => python(build, node, parent),
            Language::JavaScript | Language::TypeScript | Language::Tsx => javascript(build, node, parent),
            Language::Java | Language::Kotlin => jvm(build, node, parent),
            Language::Go => go(build, node, parent),
            Language::C | Language::Cpp => {
                if let Some(path) = node.child_by_field_name("path") {
                    named(build, node, parent, inside_quotes(build, path));
                }
            }
        }
    }
}

fn named<'t>(build: &mut Build<'t>, node: Node<'t>, parent: u32, module: Range<usize>) -> u32 {
    build.push_named(FormKind::Import, node.byte_range(), parent, module.start as u32..module.end as u32)
}

/// One thing that an import brings; `here` is where its name in this file stands.
fn imported<'t>(build: &mut Build<'t>, node: Node<'t>, parent: u32, what: Range<usize>, here: Range<usize>) {
    let at = build.push_named(FormKind::Imported, node.byte_range(), parent, what.start as u32..what.end as u32);
    build.push(FormKind::Name, here, at);
}

fn inside_quotes(build: &Build<'_>, node: Node<'_>) -> Range<usize> {
    let range = node.byte_range();
    let text = &build.text[range.clone()];
    let start = range.start + text.len() - text.trim_start_matches(['"', '\'', '`', '<']).len();
    let end = range.end - (text.len() - text.trim_end_matches(['"', '\'', '`', '>']).len());
    start..end.max(start)
}

fn rust<'t>(build: &mut Build<'t>, node: Node<'t>, parent: u32) {
    match node.kind() {
        "scoped_use_list" => {
            let path = node.child_by_field_name("path").map_or(0..0, |path| path.byte_range());
            let at = named(build, node, parent, path);
            if let Some(list) = node.child_by_field_name("list") {
                build.children(list).into_iter().for_each(|(_, child)| rust(build, child, at));
            }
        }
        "use_list" => build.children(node).into_iter().for_each(|(_, child)| rust(build, child, parent)),
        "use_wildcard" => {
            let path = node.named_child(0).map_or(0..0, |path| path.byte_range());
            let at = named(build, node, parent, path);
            build.push_named(FormKind::Imported, node.byte_range(), at, node.end_byte() as u32 - 1..node.end_byte() as u32);
        }
        "use_as_clause" => {
            let (path, alias) = (node.child_by_field_name("path"), node.child_by_field_name("alias"));
            let at = named(build, node, parent, path.map_or(0..0, |path| path.byte_range()));
            imported(build, node, at, 0..0, alias.map_or(0..0, |alias| alias.byte_range()));
        }
        _ => {
            let at = named(build, node, parent, node.byte_range());
            let last = node.child_by_field_name("name").unwrap_or(node);
            imported(build, node, at, 0..0, last.byte_range());
        }
    }
}

fn python<'t>(build: &mut Build<'t>, node: Node<'t>, parent: u32) {
    let module = node.child_by_field_name("module_name").map(|module| module.byte_range());
    let from = module.map(|module| named(build, node, parent, module));
    for (_, child) in build.children(node) {
        let (what, here) = match child.kind() {
            "aliased_import" => (child.child_by_field_name("name"), child.child_by_field_name("alias")),
            "dotted_name" => (Some(child), Some(child)),
            "wildcard_import" => {
                if let Some(from) = from {
                    let span = child.byte_range();
                    build.push_named(FormKind::Imported, span.clone(), from, span.start as u32..span.end as u32);
                }
                continue;
            }
            _ => continue,
        };
        let (Some(what), Some(here)) = (what, here) else { continue };
        match from {
            // The module itself stands in the first field.
            Some(_) if Some(child) == node.child_by_field_name("module_name") => {}
            Some(from) => imported(build, child, from, what.byte_range(), here.byte_range()),
            None => {
                let at = named(build, child, parent, what.byte_range());
                imported(build, child, at, 0..0, here.byte_range());
            }
        }
    }
}

fn javascript<'t>(build: &mut Build<'t>, node: Node<'t>, parent: u32) {
    let require = build.children(node).into_iter().find(|(_, child)| child.kind() == "import_require_clause").map(|(_, child)| child);
    let source = node.child_by_field_name("source").or_else(|| require.and_then(|clause| clause.child_by_field_name("source")));
    let Some(source) = source else { return };
    let at = named(build, node, parent, inside_quotes(build, source));
    let mut rest: Vec<Node<'t>> = build.children(require.unwrap_or(node)).into_iter().map(|(_, child)| child).rev().collect();
    while let Some(part) = rest.pop() {
        match part.kind() {
            "import_clause" | "named_imports" => rest.extend(build.children(part).into_iter().map(|(_, child)| child).rev()),
            "identifier" => imported(build, part, at, 0..0, part.byte_range()),
            "namespace_import" => {
                let here = part.named_child(0).map_or(0..0, |name| name.byte_range());
                imported(build, part, at, 0..0, here);
            }
            "import_specifier" => {
                let what = part.child_by_field_name("name").map_or(0..0, |name| name.byte_range());
                let here = part.child_by_field_name("alias").map_or_else(|| what.clone(), |alias| alias.byte_range());
                imported(build, part, at, what, here);
            }
            _ => {}
        }
    }
}

/// `import a.b.C`, `import static a.B.c`, `import a.b.*`, `import a.B as C`.
fn jvm<'t>(build: &mut Build<'t>, node: Node<'t>, parent: u32) {
    let children = build.children(node);
    let Some((_, path)) = children.first() else { return };
    let at = named(build, node, parent, path.byte_range());
    let text = build.text[path.end_byte()..node.end_byte()].trim_start();
    if text.starts_with(['.', '*']) {
        let star = node.start_byte() + build.text[node.byte_range()].rfind('*').unwrap_or(0);
        build.push_named(FormKind::Imported, node.byte_range(), at, star as u32..star as u32 + 1);
        return;
    }
    let alias = children.get(1).filter(|(_, child)| child.kind() == "identifier").map(|(_, alias)| alias.byte_range());
    let whole = &build.text[path.byte_range()];
    let last = path.start_byte() + whole.rfind('.').map_or(0, |dot| dot + 1)..path.end_byte();
    imported(build, node, at, 0..0, alias.unwrap_or(last));
}

fn go<'t>(build: &mut Build<'t>, node: Node<'t>, parent: u32) {
    let Some(path) = node.child_by_field_name("path") else { return };
    let path = inside_quotes(build, path);
    let at = named(build, node, parent, path.clone());
    let here = match node.child_by_field_name("name") {
        Some(name) => name.byte_range(),
        None => go_package(&build.text[path.clone()], path.start),
    };
    imported(build, node, at, 0..0, here);
}

/// The name of a package by its path: the last part that is no version.
fn go_package(path: &str, start: usize) -> Range<usize> {
    let is_version = |part: &str| part.strip_prefix('v').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()));
    let mut end = path.len();
    let begin = |end: usize| path[..end].rfind('/').map_or(0, |slash| slash + 1);
    if is_version(&path[begin(end)..end]) && begin(end) > 0 {
        end = begin(end) - 1;
    }
    start + begin(end)..start + end
}
