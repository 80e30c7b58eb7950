//! Owns what a source tells the rest of its project: symbols with their documentation, imports, words. Never shows its text.

use std::collections::HashSet;
use std::ops::Range;

use super::imports::{Import, imports};
use super::kinds::identifiers;
use super::measure::covers;
use super::names::beginning;
use super::{Function, Item, LineIndex, Parsed};
use crate::types::{Imported, Language, RelPath, Role, SourceOutline, Span, Symbol, SymbolKind};

/// Longest documentation that an outline keeps, in bytes.
const MAX_DOC_BYTES: usize = 4000;

/// Longest row of words such as `export declare` before an item, in bytes.
const MAX_MODIFIER_BYTES: usize = 100;

/// Longest signature that an outline keeps, in bytes.
const MAX_SIGNATURE_BYTES: usize = 400;

fn span(range: &Range<usize>) -> Span {
    Span { start: range.start, end: range.end }
}

/// Makes the outline of a source.
pub fn outline(path: RelPath, role: Role, parsed: &Parsed, text: String) -> SourceOutline {
    let imported = |Import { name, place, is_deferred }| Imported { name, span: span(&place), is_deferred };
    let imports = imports(parsed, &text).into_iter().map(imported).collect();
    let symbols = symbols(parsed, &text);
    let words = words(parsed, &text);
    SourceOutline {
        path,
        language: parsed.language,
        role,
        code_lines: parsed.lines.code,
        comment_lines: parsed.lines.comment,
        imports,
        symbols,
        words,
        text,
    }
}

fn symbols(parsed: &Parsed, text: &str) -> Vec<Symbol> {
    let lines = LineIndex::new(text);
    // An `impl` declares nothing: it is the parent of what is in it.
    let is_declared = |item: &&Item| !beginning(&text[item.head.clone()], MAX_SIGNATURE_BYTES).trim_start().starts_with("impl");
    let functions = parsed.functions.iter().filter(|function| !function.name.is_empty()).map(Place::Function);
    let mut places: Vec<Place<'_>> = functions.chain(parsed.items.iter().filter(is_declared).map(Place::Item)).collect();
    places.sort_by_key(|place| (place.span().start, place.span().end));
    let mut around = Around { items: &parsed.items, open: Vec::new() };
    let mut last_line = 0;
    let symbol = |place: Place<'_>| {
        let line = lines.line(place.span().start);
        // What stands above a line belongs to the first thing on it.
        let line_start = (std::mem::replace(&mut last_line, line) != line).then(|| lines.start(line));
        let doc = doc(parsed, place.span(), place.head(), line_start, text);
        let spot = Spot { line, parent: around.parent(place.span()), doc };
        match place {
            Place::Item(item) => {
                let before = &text[lines.start(line).min(item.span.start)..item.span.start];
                of_item(parsed, item, text, is_public(parsed.language, item, before, text), spot)
            }
            Place::Function(function) => of_function(function, text, spot),
        }
    };
    places.into_iter().map(symbol).collect()
}

/// What becomes a symbol.
#[derive(Clone, Copy)]
enum Place<'a> {
    Item(&'a Item),
    Function(&'a Function),
}

impl<'a> Place<'a> {
    fn span(self) -> &'a Range<usize> {
        match self {
            Place::Item(item) => &item.span,
            Place::Function(function) => &function.span,
        }
    }

    fn head(self) -> &'a Range<usize> {
        match self {
            Place::Item(item) => &item.head,
            Place::Function(function) => &function.signature,
        }
    }
}

/// Where a symbol stands.
struct Spot {
    line: u32,
    parent: String,
    doc: String,
}

fn of_item(parsed: &Parsed, item: &Item, text: &str, is_public: bool, spot: Spot) -> Symbol {
    Symbol {
        name: item.name.clone(),
        kind: kind(&text[item.head.clone()]),
        parent: spot.parent,
        span: span(&item.span),
        line: spot.line,
        signature: one_line(&text[item.head.clone()]),
        doc: spot.doc,
        is_public,
        is_test: covers(&parsed.tests, item.span.start),
        parameters: Vec::new(),
        code_lines: 0,
        cyclomatic: 0,
        cognitive: 0,
    }
}

fn of_function(function: &Function, text: &str, spot: Spot) -> Symbol {
    Symbol {
        name: function.name.clone(),
        kind: if spot.parent.is_empty() { SymbolKind::Function } else { SymbolKind::Method },
        parent: spot.parent,
        span: span(&function.span),
        line: spot.line,
        signature: one_line(&text[function.signature.clone()]),
        doc: spot.doc,
        is_public: function.is_public,
        is_test: function.is_test,
        parameters: function.parameters.clone(),
        code_lines: function.code_lines,
        cyclomatic: function.cyclomatic,
        cognitive: function.cognitive,
    }
}

/// The items around a place; places are asked for in the order of the text.
struct Around<'a> {
    /// Those that have not begun yet, in order.
    items: &'a [Item],
    /// Those that have, the innermost last.
    open: Vec<&'a Item>,
}

impl Around<'_> {
    /// The innermost type around a place, by name alone: `Vec` for `impl<T> Vec<T>`.
    fn parent(&mut self, place: &Range<usize>) -> String {
        while let Some((item, rest)) = self.items.split_first().filter(|(item, _)| item.span.start < place.start) {
            self.close(item.span.start);
            self.open.push(item);
            self.items = rest;
        }
        self.close(place.start);
        let innermost = self.open.iter().rfind(|item| place.end <= item.span.end);
        innermost.map_or(String::new(), |item| item.name.split(['<', '(', ' ']).next().unwrap_or("").to_owned())
    }

    fn close(&mut self, at: usize) {
        while self.open.pop_if(|item| item.span.end <= at).is_some() {}
    }
}

fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = (0..=line.len().min(MAX_SIGNATURE_BYTES)).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
    line[..end].to_owned()
}

fn kind(head: &str) -> SymbolKind {
    let words = head.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    for word in words.take(4) {
        match word {
            "const" | "static" | "val" | "var" => return SymbolKind::Constant,
            "mod" | "namespace" | "module" => return SymbolKind::Module,
            "struct" | "enum" | "trait" | "class" | "interface" | "union" | "type" | "record" | "object" => return SymbolKind::Class,
            _ => {}
        }
    }
    SymbolKind::Class
}

/// `before` is what stands before the item in its line.
fn is_public(language: Language, item: &Item, before: &str, text: &str) -> bool {
    let head = &text[item.head.clone()];
    let has = |word: &str| head.split(|c: char| !c.is_alphanumeric() && c != '_').take(4).any(|known| known == word);
    match language {
        Language::Rust => head.starts_with("pub ") || head.starts_with("pub\n"),
        Language::Python => !item.name.starts_with('_'),
        Language::JavaScript | Language::TypeScript | Language::Tsx => {
            // On a long line, what stands right before the item says whether it is exported.
            let tail = &before[before.ceil_char_boundary(before.len().saturating_sub(MAX_MODIFIER_BYTES))..];
            tail.rsplit(['}', ';']).next().is_some_and(|tail| tail.split_whitespace().any(|word| word == "export"))
        }
        Language::Java => has("public"),
        Language::Kotlin => !has("private") && !has("internal"),
        Language::Go => item.name.chars().next().is_some_and(char::is_uppercase),
        Language::C | Language::Cpp => !has("static"),
    }
}

/// The documentation of an item: its docstring, or the comments right above it with attributes and decorators between passed over.
///
/// Only the first item of a line, whose beginning `line_start` is then, has comments above it.
fn doc(parsed: &Parsed, item: &Range<usize>, head: &Range<usize>, line_start: Option<usize>, text: &str) -> String {
    let raw = if parsed.language == Language::Python {
        // The head of a short class is the whole of it.
        let body = &text[if head.end < item.end { head.end } else { item.start }..item.end];
        let body = if head.end < item.end { body } else { body.split_once(":\n").map_or("", |(_, body)| body) };
        docstring(body)
    } else {
        line_start.map_or(String::new(), |line_start| comments_above(parsed, line_start, text))
    };
    let end = (0..=raw.len().min(MAX_DOC_BYTES)).rev().find(|at| raw.is_char_boundary(*at)).unwrap_or(0);
    raw[..end].trim().to_owned()
}

/// The string that a Python body begins with.
fn docstring(body: &str) -> String {
    let body = body.trim_start_matches(|c: char| c == ':' || c.is_whitespace()).trim_start_matches(['r', 'R', 'u', 'U']);
    for quote in ["\"\"\"", "'''", "\"", "'"] {
        if let Some(rest) = body.strip_prefix(quote) {
            let inner = beginning(rest, MAX_DOC_BYTES).split(quote).next().unwrap_or("");
            return inner.lines().map(str::trim).collect::<Vec<_>>().join("\n");
        }
    }
    String::new()
}

fn comments_above(parsed: &Parsed, line_start: usize, text: &str) -> String {
    let mut at = line_start;
    let mut blocks = Vec::new();
    while at > 0 {
        let line_start = text[..at - 1].rfind('\n').map_or(0, |at| at + 1);
        let line = text[line_start..at].trim();
        if line.is_empty() {
            break;
        }
        let first = line_start + (text[line_start..at].len() - text[line_start..at].trim_start().len());
        let after = parsed.comments.partition_point(|comment| comment.start <= first);
        let comment = after.checked_sub(1).and_then(|known| parsed.comments.get(known)).filter(|comment| comment.contains(&first));
        match comment {
            Some(comment) if is_doc(parsed.language, &text[comment.clone()]) => {
                blocks.push(without_marks(&text[comment.clone()]));
                at = text[..comment.start].rfind('\n').map_or(0, |at| at + 1);
            }
            // What stands between a comment and its item.
            None if line.starts_with("#[") || line.starts_with('@') => at = line_start,
            _ => break,
        }
    }
    blocks.reverse();
    blocks.join("\n")
}

fn is_doc(language: Language, comment: &str) -> bool {
    match language {
        Language::Rust => (comment.starts_with("///") && !comment.starts_with("////")) || comment.starts_with("/**"),
        Language::Go | Language::C => true,
        Language::Cpp => comment.starts_with("///") || comment.starts_with("/*"),
        _ => comment.starts_with("/**"),
    }
}

fn without_marks(comment: &str) -> String {
    let inner = comment.trim().trim_start_matches("/**").trim_start_matches("/*").trim_end_matches("*/");
    let line = |line: &str| {
        let line = line.trim();
        let line = line.strip_prefix("///").or_else(|| line.strip_prefix("//")).or_else(|| line.strip_prefix('*')).unwrap_or(line);
        line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned()
    };
    inner.lines().map(line).collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// The different identifiers of a source.
fn words(parsed: &Parsed, text: &str) -> Vec<String> {
    let Some(tree) = &parsed.tree else { return Vec::new() };
    let identifiers = identifiers(parsed.language);
    let mut words: HashSet<&str> = HashSet::new();
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        if identifiers.get(usize::from(node.kind_id())) == Some(&true) && node.child_count() == 0 {
            words.insert(&text[node.byte_range()]);
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
                words.sort_unstable();
                return words;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn of(language: Language, text: &str) -> SourceOutline {
        outline(RelPath::from("a"), Role::Source, &parse(language, text), text.to_owned())
    }

    #[test]
    fn rust_symbols_know_parent_and_documentation() {
        let found = of(
            Language::Rust,
            "/// A box.\n#[derive(Debug)]\npub struct Box { a: u8 }\nimpl Box {\n    /// Opens it,\n    /// at once.\n    pub fn open(&self, far: bool) {}\n}\npub const N: u8 = 1;\nfn free() { open() }\n",
        );
        let seen: Vec<_> =
            found.symbols.iter().map(|s| (s.name.as_str(), s.kind, s.parent.as_str(), s.doc.as_str(), s.is_public, s.line)).collect();
        assert_eq!(
            seen,
            [
                ("Box", SymbolKind::Class, "", "A box.", true, 3),
                ("open", SymbolKind::Method, "Box", "Opens it,\nat once.", true, 7),
                ("N", SymbolKind::Constant, "", "", true, 9),
                ("free", SymbolKind::Function, "", "", false, 10),
            ]
        );
        assert!(found.words.iter().any(|word| word == "open") && found.words.is_sorted());
    }

    #[test]
    fn docstrings_and_blocks_are_read_without_their_marks() {
        let found =
            of(Language::Python, "class A:\n    \"\"\"Of A.\"\"\"\n    def b(self, c):\n        '''Of b.\n\n        More.\n        '''\n");
        assert_eq!(found.symbols.iter().map(|s| s.doc.as_str()).collect::<Vec<_>>(), ["Of A.", "Of b.\n\nMore."]);
        let found = of(Language::Java, "/**\n * Adds.\n * @param a one\n */\n@Deprecated\npublic class A { }\n");
        assert_eq!(found.symbols[0].doc, "Adds.\n@param a one");
        let found = of(Language::Go, "package p\n\n// F does.\nfunc F(a int) {}\n");
        assert_eq!((found.symbols[0].doc.as_str(), found.symbols[0].signature.as_str()), ("F does.", "func F(a int)"));
        let found = of(Language::TypeScript, "/** Makes. */\nexport class A {}\n");
        assert_eq!((found.symbols[0].doc.as_str(), found.symbols[0].is_public), ("Makes.", true));
        let found =
            of(Language::TypeScript, "export declare class A {}\nexport default class B {}\nexport class C {} class D {}\nclass E {}\n");
        assert_eq!(found.symbols.iter().map(|s| s.is_public).collect::<Vec<_>>(), [true, true, true, false, false]);
    }
}
