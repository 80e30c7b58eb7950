//! Owns what a unit declares: functions and types with their documentation, their holder and whether others see them. Never judges.

mod doc;
mod head;
mod queries;
mod visible;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use devflow_plugin::words::is_name_char;
use devflow_plugin::{Call, Captures};

pub use doc::{Doc, Form};

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A function or a method.
    Function,
    /// A struct, class, enum or the like.
    Type,
    /// An interface or a trait: what is in it is as visible as the whole.
    Interface,
    /// A Rust `impl`, which declares nothing itself.
    Impl,
    /// A module or namespace.
    Module,
    /// A constant or a variable.
    Constant,
}

/// Something that a unit declares.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its name; without the path of `exports.name` and `Type::name`.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The whole item, documentation excluded.
    pub span: Range<usize>,
    /// From the first word to the opening of the body.
    pub head: Range<usize>,
    /// Index of the item around it.
    pub holder: Option<usize>,
    /// Visible outside, by the custom of the language and as far as the unit tells.
    pub is_public: bool,
    /// Test code.
    pub is_test: bool,
    /// Names of the parameters, receiver excluded.
    pub parameters: Vec<String>,
    /// Lines with code; 0 for what is no function.
    pub code_lines: u32,
    /// Something documents it, be it only in a way that the host knows.
    pub has_doc: bool,
    /// Its documentation.
    pub doc: Option<Doc>,
    /// Its Python decorators.
    pub decorators: Vec<Range<usize>>,
}

/// What is known of a unit.
#[derive(Debug)]
pub struct Declared<'a> {
    /// Its language.
    pub language: &'a str,
    /// Its text.
    pub text: &'a str,
    /// In the order of the text, the outer before the inner.
    pub items: Vec<Item>,
    /// All comments.
    pub comments: Vec<Range<usize>>,
}

/// What queries find beside items.
#[derive(Default)]
struct Hints {
    exported: BTreeSet<usize>,
    exported_names: BTreeSet<String>,
    has_all: bool,
    bodies: BTreeMap<usize, usize>,
    decorators: BTreeMap<usize, Vec<Range<usize>>>,
}

impl<'a> Declared<'a> {
    /// Asks the host about the unit of the call.
    ///
    /// # Errors
    /// A query that the host refuses.
    pub fn read(call: &Call<'a>) -> Result<Self, String> {
        let (language, text) = (call.unit.language.as_str(), call.unit.text.as_str());
        let measures = call.host.measure();
        let mut comments: Vec<Range<usize>> = measures.comments.iter().map(|comment| comment.range()).collect();
        comments.sort_by_key(|comment| comment.start);
        let queries = queries::of(language);
        let found = if queries.is_empty() { Captures::default() } else { call.host.search_syntax(&queries)? };
        let (mut items, hints) = read_captures(language, text, &found);
        items.extend(call.host.functions().iter().map(|function| of_function(text, function)));
        items.sort_by(|a, b| (a.span.start, b.span.end).cmp(&(b.span.start, a.span.end)));
        items.dedup_by(|b, a| a.kind == b.kind && a.name == b.name && a.span.start == b.span.start);
        let mut declared = Self { language, text, items, comments };
        declared.find_holders();
        declared.find_docs(&hints);
        visible::decide(&mut declared.items, language, text, &hints);
        for item in &mut declared.items {
            item.is_test |= measures.is_test(item.span.start);
        }
        Ok(declared)
    }

    /// The text of a place.
    pub fn part(&self, span: &Range<usize>) -> &'a str {
        self.text.get(span.clone()).unwrap_or("")
    }

    /// The items around an item, from the inside.
    pub fn holders(&self, item: &Item) -> impl Iterator<Item = &Item> {
        std::iter::successors(item.holder.and_then(|at| self.items.get(at)), |outer| outer.holder.and_then(|at| self.items.get(at)))
    }

    /// The type around an item.
    pub fn holder_type(&self, item: &Item) -> Option<&Item> {
        self.holders(item).next().filter(|holder| matches!(holder.kind, Kind::Type | Kind::Interface | Kind::Impl))
    }

    /// The name with the type before it, as the language writes it.
    pub fn full_name(&self, item: &Item) -> String {
        let between = if matches!(self.language, "rust" | "cpp") { "::" } else { "." };
        match self.holder_type(item) {
            Some(holder) => format!("{}{between}{}", holder.name, item.name),
            None => match go_receiver(self.part(&item.head)) {
                Some(receiver) if self.language == "go" => format!("{receiver}.{}", item.name),
                _ => item.name.clone(),
            },
        }
    }

    fn find_holders(&mut self) {
        let mut open: Vec<usize> = Vec::new();
        for at in 0..self.items.len() {
            let Some(span) = self.items.get(at).map(|item| item.span.clone()) else { return };
            while open.last().and_then(|outer| self.items.get(*outer)).is_some_and(|outer| outer.span.end < span.end) {
                open.pop();
            }
            if let Some(item) = self.items.get_mut(at) {
                item.holder = open.last().copied();
                if item.kind != Kind::Constant {
                    open.push(at);
                }
            }
        }
    }

    fn find_docs(&mut self, hints: &Hints) {
        for item in &mut self.items {
            if self.language == "python" {
                item.doc = hints.bodies.get(&item.span.start).and_then(|body| doc::docstring(self.text, *body));
                item.decorators = hints.decorators.get(&item.span.start).cloned().unwrap_or_default();
            } else if !item.name.is_empty() {
                item.doc = doc::above(self.language, self.text, &self.comments, item.span.start);
            }
            // To the host, any comment of Go or C is documentation.
            let is_loose = matches!(self.language, "go" | "c" | "cpp");
            item.has_doc =
                item.has_doc && !is_loose || item.doc.is_some() || self.language == "rust" && has_doc_attribute(self.text, item.span.start);
        }
    }

    /// The comment or docstring that the unit begins with, when it speaks of the whole unit: its text.
    pub fn head_comment(&self) -> String {
        head::head_comment(self)
    }
}

/// `#[doc = "…"]` or `#[doc(hidden)]` right before an item.
fn has_doc_attribute(text: &str, start: usize) -> bool {
    let lines = text.get(..start).unwrap_or("").lines().rev().map(str::trim);
    let mut attributes = lines.take_while(|line| line.is_empty() || line.starts_with("#[") || line.starts_with("//"));
    attributes.any(|line| line.starts_with("#[doc"))
}

/// The type of the receiver in the head of a Go method.
pub(crate) fn go_receiver(head: &str) -> Option<&str> {
    let inside = head.strip_prefix("func")?.trim_start().strip_prefix('(')?.split(')').next()?;
    let name = inside.split('[').next()?.rsplit([' ', '*', '\t']).find(|part| !part.is_empty())?;
    Some(name)
}

fn of_function(text: &str, function: &devflow_plugin::Function) -> Item {
    let name = function.name.rsplit(['.', ':']).next().unwrap_or("").trim_matches('`').to_owned();
    let head = text.get(function.signature.range()).unwrap_or("").trim_end_matches(['{', ' ', ';', ':']).trim_end_matches("=>").trim_end();
    let mut start = function.signature.range().start;
    if !name.is_empty() && !head.contains(name.as_str()) {
        // A function value: its name stands before it on the line.
        let line = text.get(..start).unwrap_or("").rsplit('\n').next().unwrap_or("").trim_start();
        start -= if line.contains(name.as_str()) { line.len() } else { 0 };
    }
    Item {
        name,
        kind: Kind::Function,
        span: function.span.range(),
        head: start..function.signature.range().start + head.len(),
        holder: None,
        is_public: function.is_public,
        is_test: function.is_test,
        parameters: function.parameters.clone(),
        code_lines: function.code_lines,
        has_doc: function.has_doc,
        doc: None,
        decorators: Vec::new(),
    }
}

fn read_captures(language: &str, text: &str, found: &Captures) -> (Vec<Item>, Hints) {
    let (mut items, mut hints) = (Vec::new(), Hints::default());
    let part = |span: &Range<usize>| text.get(span.clone()).unwrap_or("");
    for group in found.items.chunk_by(|a, b| a.group == b.group && a.query == b.query) {
        let by_name = |name: &str| group.iter().find(|capture| found.names.get(capture.name as usize).is_some_and(|known| known == name));
        let span = |name: &str| by_name(name).map(|capture| capture.span.range());
        if let Some(span) = span("exported") {
            hints.exported.insert(span.start);
        }
        hints.has_all |= by_name("all").is_some();
        if let Some(span) = span("exported_name") {
            hints.exported_names.insert(part(&span).to_owned());
        }
        if let (Some(holder), Some(body)) = (span("holder"), span("body")) {
            hints.bodies.insert(holder.start, body.start);
        }
        if let (Some(decorator), Some(item)) = (span("decorator"), span("decorated")) {
            hints.decorators.entry(item.start).or_default().push(decorator);
        }
        let kinds = [
            ("type", Kind::Type),
            ("interface", Kind::Interface),
            ("impl", Kind::Impl),
            ("module", Kind::Module),
            ("constant", Kind::Constant),
            ("function", Kind::Function),
        ];
        for (capture, kind) in kinds {
            // A header declares functions; elsewhere a prototype repeats what stands below.
            if let (Some(item), Some(name)) = (span(capture), span("name"))
                && (kind != Kind::Function || is_header(text))
            {
                items.push(of_capture(language, text, kind, item, part(&name)));
            }
        }
    }
    (items, hints)
}

fn of_capture(language: &str, text: &str, kind: Kind, span: Range<usize>, name: &str) -> Item {
    let whole = text.get(span.clone()).unwrap_or("");
    let end = match kind {
        Kind::Constant => whole.find(['=', '\n', ';']).unwrap_or(whole.len()),
        _ if language == "python" => whole.find(":\n").or_else(|| whole.find(':')).unwrap_or(whole.len()),
        _ => whole.find(['{', ';']).or_else(|| whole.find('\n')).unwrap_or(whole.len()),
    };
    let head = whole.get(..end).unwrap_or("").trim_end();
    let parameters = if kind == Kind::Function { c_parameters(head) } else { Vec::new() };
    Item {
        name: name.split(['<', '(', ' ']).next().unwrap_or(name).rsplit("::").next().unwrap_or(name).to_owned(),
        kind,
        head: span.start..span.start + head.len(),
        span,
        holder: None,
        is_public: true,
        is_test: false,
        parameters,
        code_lines: 0,
        has_doc: false,
        doc: None,
        decorators: Vec::new(),
    }
}

/// The names of the parameters of a prototype; a parameter without a name is given as it is written.
fn c_parameters(head: &str) -> Vec<String> {
    let inside = head.split_once('(').map_or("", |(_, rest)| rest.rsplit_once(')').map_or(rest, |(inside, _)| inside));
    if inside.contains('(') {
        return vec![inside.to_owned()];
    }
    let name = |part: &str| {
        let part = part.split('=').next().unwrap_or(part).split('[').next().unwrap_or(part).trim().to_owned();
        let start = part.rfind(|c: char| !is_name_char(c)).map_or(0, |at| at + 1);
        match part.get(start..) {
            Some(name) if start > 0 && !name.is_empty() => name.to_owned(),
            _ => part,
        }
    };
    inside.split(',').map(name).filter(|name| !name.is_empty() && name != "void").collect()
}

/// Whether a C or C++ text is a header: it guards itself against being read twice.
pub(crate) fn is_header(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| line.starts_with('#')).take(3);
    let Some(first) = lines.next() else { return false };
    let first = first.replace(' ', "");
    if first.starts_with("#pragmaonce") {
        return true;
    }
    let guard = first.strip_prefix("#ifndef").or_else(|| first.strip_prefix("#if!defined").map(|rest| rest.trim_matches(['(', ')'])));
    let second = lines.next().map(|line| line.replace(' ', "")).unwrap_or_default();
    guard.is_some_and(|guard| second.strip_prefix("#define").is_some_and(|name| name == guard))
}
