//! The walk that makes the form of a tree, by the tables of shapes.

use std::num::NonZeroU16;
use std::ops::Range;

use tree_sitter::{Node, Tree, TreeCursor};

use super::node::{FormKind, FormNode};
use super::shape::Shape;
use super::shapes::{Compiled, shapes};
use crate::types::Language;

/// Deepest level of nodes that is looked at: the walk calls itself, and a file of nothing but brackets is as deep as it is long.
const MAX_DEPTH: usize = 250;

/// A child with the field that it stands in.
pub(super) type Child<'t> = (Option<NonZeroU16>, Node<'t>);

pub(super) struct Build<'t> {
    pub(super) language: Language,
    pub(super) text: &'t str,
    shapes: &'static [Compiled],
    cursor: TreeCursor<'t>,
    pub(super) nodes: Vec<FormNode>,
    /// Declared type of the variables that are being read.
    pub(super) declared: Range<u32>,
    depth: usize,
}

/// Makes the form of `tree`.
pub(super) fn build(tree: &Tree, language: Language, text: &str) -> Vec<FormNode> {
    let root = tree.root_node();
    let nodes = Vec::with_capacity(text.len() / 12);
    let mut build = Build { language, text, shapes: shapes(language), cursor: root.walk(), nodes, declared: 0..0, depth: 0 };
    let block = build.push(FormKind::Block, root.byte_range(), 0);
    build.visit_children(root, block);
    build.nodes
}

pub(super) fn bytes(range: &Range<usize>) -> Range<u32> {
    range.start as u32..range.end as u32
}

impl<'t> Build<'t> {
    /// Adds a node and answers its index.
    pub(super) fn push(&mut self, kind: FormKind, span: Range<usize>, parent: u32) -> u32 {
        self.push_named(kind, span, parent, 0..0)
    }

    pub(super) fn push_named(&mut self, kind: FormKind, span: Range<usize>, parent: u32, name: Range<u32>) -> u32 {
        let span = bytes(&span);
        self.nodes.push(FormNode { kind, parent, start: span.start, end: span.end, name_start: name.start, name_end: name.end });
        self.nodes.len() as u32 - 1
    }

    /// The named children, with their fields.
    pub(super) fn children(&mut self, node: Node<'t>) -> Vec<Child<'t>> {
        let mut children = Vec::with_capacity(node.named_child_count());
        self.cursor.reset(node);
        let mut more = self.cursor.goto_first_child();
        while more {
            let child = self.cursor.node();
            if child.is_named() && !child.is_extra() {
                children.push((self.cursor.field_id(), child));
            }
            more = self.cursor.goto_next_sibling();
        }
        children
    }

    pub(super) fn visit_children(&mut self, node: Node<'t>, parent: u32) {
        for (_, child) in self.children(node) {
            self.visit(child, parent);
        }
    }

    /// Visits the children that stand in `fields`, in the order of the fields.
    pub(super) fn visit_fields(&mut self, children: &[Child<'t>], fields: &[NonZeroU16], parent: u32) {
        for wanted in fields {
            for (_, child) in children.iter().filter(|(field, _)| *field == Some(*wanted)) {
                self.visit(*child, parent);
            }
        }
    }

    /// Makes what `node` becomes, below `parent`.
    pub(super) fn visit(&mut self, node: Node<'t>, parent: u32) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        let Some(compiled) = self.shapes.get(node.kind_id() as usize) else {
            // A place that does not parse: what is in it may still be of use.
            return self.deeper(|build| build.visit_children(node, parent));
        };
        match compiled.shape {
            Some(Shape::Skip) => {}
            Some(Shape::Leaf(kind)) => {
                self.push(kind, node.byte_range(), parent);
            }
            None => self.deeper(|build| build.visit_children(node, parent)),
            Some(shape) => self.deeper(|build| build.shape(node, parent, shape, compiled)),
        }
    }

    fn deeper(&mut self, work: impl FnOnce(&mut Self)) {
        self.depth += 1;
        work(self);
        self.depth -= 1;
    }

    fn shape(&mut self, node: Node<'t>, parent: u32, shape: Shape, compiled: &'static Compiled) {
        match shape {
            Shape::Only(_) => {
                let children = self.children(node);
                self.visit_fields(&children, &compiled.children, parent);
            }
            Shape::First => {
                if let Some((_, first)) = self.children(node).first() {
                    self.visit(*first, parent);
                }
            }
            Shape::All(kind) => {
                let name = if kind == FormKind::Unary { first_word(node) } else { 0..0 };
                let at = self.push_named(kind, node.byte_range(), parent, name);
                self.visit_children(node, at);
            }
            Shape::Named(kind, _) => self.named(node, parent, kind, compiled),
            Shape::Of(kind, ..) => self.of(node, parent, kind, compiled),
            Shape::Text => self.literal(node, parent),
            Shape::Parameters => self.parameters(node, parent),
            Shape::Pair(key, _) => self.pair(node, parent, key.is_empty(), compiled),
            Shape::Over(..) => self.over(node, parent, compiled),
            Shape::ListIfSeveral => {
                let several = node.named_child_count() > 1;
                let at = if several { self.push(FormKind::List, node.byte_range(), parent) } else { parent };
                self.visit_children(node, at);
            }
            Shape::AssignByOperator => self.assign_by_operator(node, parent, compiled),
            Shape::Import => self.import(node, parent),
            _ => self.special(node, parent, shape, compiled),
        }
    }

    fn named(&mut self, node: Node<'t>, parent: u32, kind: FormKind, compiled: &'static Compiled) {
        let at = self.push_named(kind, node.byte_range(), parent, name_in(node, &compiled.name));
        for (field, child) in self.children(node) {
            if !field.is_some_and(|field| compiled.name.contains(&field)) {
                self.visit(child, at);
            }
        }
    }

    fn assign_by_operator(&mut self, node: Node<'t>, parent: u32, compiled: &'static Compiled) {
        let operator = name_in(node, &compiled.name);
        let is_plain = operator.is_empty() || &self.text[operator.start as usize..operator.end as usize] == "=";
        let kind = if is_plain { FormKind::Assign } else { FormKind::Append };
        let at = self.push_named(kind, node.byte_range(), parent, if is_plain { 0..0 } else { operator });
        let children = self.children(node);
        self.visit_fields(&children, &compiled.children, at);
    }

    fn of(&mut self, node: Node<'t>, parent: u32, kind: FormKind, compiled: &'static Compiled) {
        let mut name = name_in(node, &compiled.name);
        if kind == FormKind::Assign && name.is_empty() {
            name = self.declared.clone();
        }
        let declared = std::mem::take(&mut self.declared);
        let at = self.push_named(kind, node.byte_range(), parent, name.clone());
        let children = self.children(node);
        // `T x(y)` of C++ makes a `T`.
        let made = children
            .iter()
            .find(|(_, child)| self.language == Language::Cpp && kind == FormKind::Assign && child.kind() == "argument_list");
        if let Some((_, arguments)) = made.filter(|_| !name.is_empty()) {
            self.visit_fields(&children, &compiled.children[..1.min(compiled.children.len())], at);
            let new = self.push(FormKind::New, node.byte_range(), at);
            self.push(FormKind::Name, name.start as usize..name.end as usize, new);
            self.visit(*arguments, new);
        } else {
            self.visit_fields(&children, &compiled.children, at);
        }
        self.declared = declared;
    }

    /// A literal: with holes in it, a template of its parts.
    fn literal(&mut self, node: Node<'t>, parent: u32) {
        let children = self.children(node);
        let is_hole = |child: &Child<'t>| matches!(child.1.kind(), "interpolation" | "template_substitution" | "string_interpolation");
        let text = &self.text[node.byte_range()];
        if self.language == Language::Rust {
            // Only a macro takes the names in a text for holes.
            let is_format = text.contains('{') && node.parent().is_some_and(|parent| parent.kind() == "token_tree");
            if is_format {
                self.rust_format(node, parent);
            } else {
                self.push(FormKind::Text, node.byte_range(), parent);
            }
            return;
        }
        let has_names = self.language == Language::Kotlin && text.contains('$');
        if !has_names && !children.iter().any(is_hole) {
            self.push(FormKind::Text, node.byte_range(), parent);
            return;
        }
        let at = self.push(FormKind::Template, node.byte_range(), parent);
        let is_end = |child: &Child<'t>| matches!(child.1.kind(), "string_start" | "string_end");
        // A grammar may cut the text between two holes into several pieces.
        for pieces in
            children.chunk_by(|a, b| [a, b].iter().all(|part| !is_hole(part) && !is_end(part)) && a.1.end_byte() == b.1.start_byte())
        {
            let (first, last) = (&pieces[0], &pieces[pieces.len() - 1]);
            if is_hole(first) {
                self.deeper(|build| build.visit_children(first.1, at));
            } else if !is_end(first) {
                self.piece(first.1.start_byte()..last.1.end_byte(), at);
            }
        }
    }

    /// A text with `{name}` in it, which a macro fills.
    fn rust_format(&mut self, node: Node<'t>, parent: u32) {
        let at = self.push(FormKind::Template, node.byte_range(), parent);
        let (mut start, text) = (node.start_byte(), self.text);
        while let Some(brace) = text[start..node.end_byte()].find('{').map(|at| start + at) {
            let rest = &text[brace + 1..node.end_byte()];
            let len = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            self.push(FormKind::Text, start..brace, at);
            if len > 0 && !rest.starts_with(|c: char| c.is_ascii_digit()) {
                self.push(FormKind::Name, brace + 1..brace + 1 + len, at);
            }
            start = brace + 1 + len;
        }
        self.push(FormKind::Text, start..node.end_byte(), at);
    }

    /// A piece of a text. The grammar of Kotlin knows only holes with brackets, and leaves `$name` to the text.
    fn piece(&mut self, span: Range<usize>, parent: u32) {
        let (mut start, text) = (span.start, self.text);
        let is_kotlin = self.language == Language::Kotlin;
        let dollar_in = |from: usize| {
            let mut dollars = text[from..span.end].match_indices('$').map(|(at, _)| from + at);
            dollars.find(|at| !text[..*at].ends_with('\\'))
        };
        while let Some(dollar) = dollar_in(start).filter(|_| is_kotlin) {
            let is_name = |c: char| c.is_alphanumeric() || c == '_';
            let len = text[dollar + 1..span.end].find(|c| !is_name(c)).unwrap_or(span.end - dollar - 1);
            if dollar > start {
                self.push(FormKind::Text, start..dollar, parent);
            }
            if len > 0 {
                self.push(FormKind::Name, dollar + 1..dollar + 1 + len, parent);
            }
            start = dollar + 1 + len;
        }
        if start < span.end {
            self.push(FormKind::Text, start..span.end, parent);
        }
    }

    fn parameters(&mut self, node: Node<'t>, parent: u32) {
        let (mut last, mut modifiers) = (None, None);
        for (_, child) in self.children(node) {
            // In Kotlin, annotations stand before their parameter.
            if child.kind() == "parameter_modifiers" {
                modifiers = Some(child);
                continue;
            }
            let shape = self.shapes.get(child.kind_id() as usize).and_then(|compiled| compiled.shape);
            let is_parameter = matches!(
                shape,
                Some(Shape::Of(FormKind::Parameter, ..) | Shape::Named(FormKind::Parameter, _) | Shape::All(FormKind::Parameter))
                    | Some(Shape::UnnamedParameter | Shape::Skip)
            );
            // In Kotlin, a default value stands behind its parameter.
            let of_last = last.filter(|_| !is_parameter && child.kind() != "identifier" && self.language == Language::Kotlin);
            let at = match of_last {
                Some(last) => last,
                None if is_parameter => parent,
                None => self.push(FormKind::Parameter, child.byte_range(), parent),
            };
            last = Some(self.nodes.len() as u32).filter(|_| is_parameter);
            self.visit(child, at);
            if let (Some(parameter), Some(modifiers)) = (last, modifiers.take()) {
                self.visit(modifiers, parameter);
            }
        }
    }

    fn pair(&mut self, node: Node<'t>, parent: u32, is_by_order: bool, compiled: &'static Compiled) {
        let children = self.children(node);
        let in_field = |fields: &[NonZeroU16]| children.iter().find(|(field, _)| field.is_some_and(|field| fields.contains(&field)));
        let (key, value) =
            if is_by_order { (children.first(), children.get(1)) } else { (in_field(&compiled.name), in_field(&compiled.children)) };
        let (key, value) = (key.map(|(_, key)| inner_key(*key)), value.map(|(_, value)| *value));
        let is_name = |key: &Node<'_>| key.kind().contains("identifier") || key.kind().contains("string");
        let name = key.filter(is_name).map_or(0..0, |key| bytes(&key.byte_range()));
        let is_computed = name.is_empty();
        let at = self.push_named(FormKind::Pair, node.byte_range(), parent, name);
        key.filter(|_| is_computed).into_iter().for_each(|key| self.visit(key, at));
        value.into_iter().for_each(|value| self.visit(value, at));
    }

    fn over(&mut self, node: Node<'t>, parent: u32, compiled: &'static Compiled) {
        let children = self.children(node);
        let fields = &compiled.children;
        // A clause by itself stands in a loop, or in a comprehension, already.
        let at = if fields.len() > 2 { self.push(FormKind::Loop, node.byte_range(), parent) } else { parent };
        let end = children.iter().filter(|(field, _)| *field == fields.get(1).copied()).map(|(_, child)| child.end_byte()).max();
        let each = self.push(FormKind::Each, node.start_byte()..end.unwrap_or(node.end_byte()), at);
        self.visit_fields(&children, &fields[..fields.len().min(2)], each);
        self.visit_fields(&children, &fields[fields.len().min(2)..], at);
    }
}

/// The word or sign that a node begins or ends with, such as an operator.
fn first_word(node: Node<'_>) -> Range<u32> {
    let (first, last) = (node.child(0), node.child(node.child_count().saturating_sub(1)));
    let word = [first, last].into_iter().flatten().find(|child| !child.is_named());
    word.map_or(0..0, |word| bytes(&word.byte_range()))
}

/// The first node in one of `fields`.
pub(super) fn name_in(node: Node<'_>, fields: &[NonZeroU16]) -> Range<u32> {
    let name = fields.iter().find_map(|field| node.child_by_field_id(field.get()));
    // The annotation of a type begins with a colon.
    let name = name.and_then(|name| if name.kind() == "type_annotation" { name.named_child(0) } else { Some(name) });
    name.map_or(0..0, |name| bytes(&name.byte_range()))
}

/// The key itself, out of the nodes that some grammars put around it.
fn inner_key(mut key: Node<'_>) -> Node<'_> {
    while matches!(key.kind(), "literal_element" | "field_designator") && key.named_child_count() == 1 {
        let Some(inner) = key.named_child(0) else { break };
        key = inner;
    }
    key
}
