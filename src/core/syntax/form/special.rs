//! Shapes that only one grammar or two have.

use std::ops::Range;

use tree_sitter::Node;

use super::build::{Build, bytes, name_in};
use super::node::FormKind;
use super::shape::Shape;
use super::shapes::Compiled;

impl<'t> Build<'t> {
    /// What only one grammar or two have.
    pub(super) fn special(&mut self, node: Node<'t>, parent: u32, shape: Shape, compiled: &'static Compiled) {
        match shape {
            Shape::MethodCall => self.method_call(node, parent, compiled),
            Shape::Makes => {
                let at = self.push(FormKind::New, node.byte_range(), parent);
                self.type_name(node, at, compiled);
                let children = self.children(node);
                self.visit_fields(&children, &compiled.children, at);
                children.iter().filter(|(_, child)| child.kind() == "class_body").for_each(|(_, body)| self.visit(*body, at));
            }
            Shape::Composite => self.composite(node, parent, compiled),
            Shape::Declares => {
                let declared = std::mem::replace(&mut self.declared, name_in(node, &compiled.name));
                for (field, child) in self.children(node) {
                    if !field.is_some_and(|field| compiled.name.contains(&field)) {
                        self.visit(child, parent);
                    }
                }
                self.declared = declared;
            }
            Shape::GoIf => {
                let children = self.children(node);
                self.visit_fields(&children, &compiled.name, parent);
                let at = self.push(FormKind::If, node.byte_range(), parent);
                self.visit_fields(&children, &compiled.children, at);
            }
            Shape::GoUnary => {
                let operator = name_in(node, &compiled.name);
                let is_place = matches!(&self.text[operator.start as usize..operator.end as usize], "&" | "*");
                let at = if is_place { parent } else { self.push_named(FormKind::Unary, node.byte_range(), parent, operator) };
                let children = self.children(node);
                self.visit_fields(&children, &compiled.children, at);
            }
            Shape::CFunction => self.c_function(node, parent, compiled),
            Shape::As => {
                let at = self.push(FormKind::Assign, node.byte_range(), parent);
                let children = self.children(node);
                self.visit_fields(&children, &compiled.name, at);
                children.first().into_iter().for_each(|(_, value)| self.visit(*value, at));
            }
            Shape::PythonConditional => {
                let at = self.push(FormKind::Conditional, node.byte_range(), parent);
                let children = self.children(node);
                for part in [1, 0, 2] {
                    children.get(part).into_iter().for_each(|(_, child)| self.visit(*child, at));
                }
            }
            _ => self.kotlin(node, parent, shape),
        }
    }

    /// What Kotlin's grammar gives without fields.
    fn kotlin(&mut self, node: Node<'t>, parent: u32, shape: Shape) {
        let children = self.children(node);
        match shape {
            Shape::LastIsName => {
                let name = children.last().map_or(0..0, |(_, name)| bytes(&name.byte_range()));
                let at = self.push_named(FormKind::Member, node.byte_range(), parent, name);
                children.first().into_iter().for_each(|(_, object)| self.visit(*object, at));
            }
            Shape::KotlinProperty => {
                let declared = children.iter().find(|(_, child)| child.kind() == "variable_declaration").map(|(_, child)| *child);
                let parts = declared.map(|declared| self.children(declared)).unwrap_or_default();
                let kind = parts.iter().find(|(_, part)| part.kind().ends_with("type")).map_or(0..0, |(_, part)| bytes(&part.byte_range()));
                let at = self.push_named(FormKind::Assign, node.byte_range(), parent, kind);
                parts.iter().filter(|(_, part)| part.kind() == "identifier").for_each(|(_, name)| self.visit(*name, at));
                let rest = children.iter().filter(|(_, child)| child.kind() != "variable_declaration" && child.kind() != "modifiers");
                rest.for_each(|(_, child)| self.visit(*child, at));
            }
            Shape::UnnamedParameter => {
                let kind = children.iter().find(|(_, child)| child.kind().ends_with("type"));
                let kind = kind.map_or(0..0, |(_, kind)| bytes(&kind.byte_range()));
                let at = self.push_named(FormKind::Parameter, node.byte_range(), parent, kind);
                children.iter().for_each(|(_, child)| self.visit(*child, at));
            }
            Shape::KotlinConstructor => {
                let at = self.push(FormKind::New, node.byte_range(), parent);
                for (_, child) in children {
                    if child.kind() == "value_arguments" {
                        self.visit(child, at);
                    } else {
                        self.push(FormKind::Name, plain_type(child), at);
                    }
                }
            }
            Shape::KotlinArgument => {
                let is_named = children.len() > 1 && children[0].1.kind() == "identifier";
                let name = if is_named { bytes(&children[0].1.byte_range()) } else { 0..0 };
                let at = if is_named { self.push_named(FormKind::Pair, node.byte_range(), parent, name) } else { parent };
                children.iter().skip(usize::from(is_named)).for_each(|(_, child)| self.visit(*child, at));
            }
            _ => {
                let at = self.push(FormKind::Loop, node.byte_range(), parent);
                let n_head = children.len().min(2);
                let each = self.push(FormKind::Each, node.byte_range(), at);
                children[..n_head].iter().for_each(|(_, child)| self.visit(*child, each));
                children[n_head..].iter().for_each(|(_, child)| self.visit(*child, at));
            }
        }
    }

    fn method_call(&mut self, node: Node<'t>, parent: u32, compiled: &'static Compiled) {
        let children = self.children(node);
        let at = self.push(FormKind::Call, node.byte_range(), parent);
        let name = children.iter().find(|(field, _)| field.is_some_and(|field| compiled.name.contains(&field))).map(|(_, name)| *name);
        let Some(name) = name else { return };
        let object = children.iter().find(|(field, _)| *field == compiled.children.first().copied()).map(|(_, object)| *object);
        match object {
            Some(object) => {
                let span = object.start_byte()..name.end_byte();
                let member = self.push_named(FormKind::Member, span, at, bytes(&name.byte_range()));
                self.visit(object, member);
            }
            None => {
                self.push(FormKind::Name, name.byte_range(), at);
            }
        }
        self.visit_fields(&children, &compiled.children[1..], at);
    }

    fn composite(&mut self, node: Node<'t>, parent: u32, compiled: &'static Compiled) {
        let kind = node.child_by_field_id(compiled.name.first().map_or(0, |field| field.get())).map_or("", |kind| kind.kind());
        let form_kind = match kind {
            "map_type" => FormKind::Map,
            "slice_type" | "array_type" | "implicit_length_array_type" => FormKind::List,
            _ => FormKind::New,
        };
        let at = self.push(form_kind, node.byte_range(), parent);
        if form_kind == FormKind::New {
            self.type_name(node, at, compiled);
        }
        let children = self.children(node);
        self.visit_fields(&children, &compiled.children, at);
    }

    fn c_function(&mut self, node: Node<'t>, parent: u32, compiled: &'static Compiled) {
        let children = self.children(node);
        let mut declarator = children.iter().find(|(field, _)| field.is_some_and(|f| compiled.name.contains(&f))).map(|(_, child)| *child);
        let mut parameters = None;
        while let Some(inner) = declarator.and_then(|declarator| declarator.child_by_field_name("declarator")) {
            parameters = parameters.or_else(|| declarator.and_then(|declarator| declarator.child_by_field_name("parameters")));
            declarator = Some(inner);
        }
        let name = declarator.map_or(0..0, |name| bytes(&name.byte_range()));
        let at = self.push_named(FormKind::Function, node.byte_range(), parent, name);
        parameters.into_iter().for_each(|parameters| self.visit(parameters, at));
        self.visit_fields(&children, &compiled.children, at);
    }

    /// The name of the type in the field of the name, without its own arguments.
    fn type_name(&mut self, node: Node<'t>, parent: u32, compiled: &'static Compiled) {
        let name = node.child_by_field_id(compiled.name.first().map_or(0, |field| field.get()));
        if let Some(name) = name {
            self.push(FormKind::Name, plain_type(name), parent);
        }
    }
}

/// A type without its own arguments: `List` of `List<String>`.
fn plain_type(node: Node<'_>) -> Range<usize> {
    let arguments =
        (0..node.named_child_count()).filter_map(|at| node.named_child(at as u32)).find(|child| child.kind() == "type_arguments");
    node.start_byte()..arguments.map_or(node.end_byte(), |arguments| arguments.start_byte())
}
