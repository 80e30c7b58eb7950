//! The shapes of a grammar's node kinds by kind id, with the fields that they name.

use std::num::NonZeroU16;
use std::sync::OnceLock;

use super::shape::Shape;
use super::tables;
use crate::syntax::kinds::grammar;
use crate::types::Language;

/// A shape with the fields of one grammar.
#[derive(Clone, Debug, Default)]
pub(super) struct Compiled {
    pub(super) shape: Option<Shape>,
    /// The field that holds the name.
    pub(super) name: Vec<NonZeroU16>,
    /// The fields that hold the children.
    pub(super) children: Vec<NonZeroU16>,
}

/// Shapes by kind id, built once per language.
pub(super) fn shapes(language: Language) -> &'static [Compiled] {
    static TABLES: [OnceLock<Vec<Compiled>>; 10] = [const { OnceLock::new() }; 10];
    TABLES[language as usize].get_or_init(|| {
        let grammar = grammar(language);
        let fields = |names: &str| names.split_whitespace().filter_map(|name| grammar.field_id_for_name(name)).collect::<Vec<_>>();
        let compile = |shape: Shape| {
            let (name, children) = match shape {
                Shape::Named(_, name) => (name, String::new()),
                Shape::Only(children) => ("", children.to_owned()),
                Shape::Of(_, name, children) => (name, children.to_owned()),
                Shape::Pair(key, value) => (key, value.to_owned()),
                Shape::Over(target, value, body) => ("", format!("{target} {value} {body}")),
                Shape::MethodCall => ("name", "object arguments".to_owned()),
                Shape::AssignByOperator => ("operator", "left right".to_owned()),
                Shape::Declares => ("type", String::new()),
                Shape::Composite | Shape::Makes => ("type", "body arguments value".to_owned()),
                Shape::GoIf => ("initializer", "condition consequence alternative".to_owned()),
                Shape::GoUnary => ("operator", "operand".to_owned()),
                Shape::CFunction => ("declarator", "body".to_owned()),
                Shape::As => ("alias", String::new()),
                _ => ("", String::new()),
            };
            Compiled { shape: Some(shape), name: fields(name), children: fields(&children) }
        };
        let of = |id: u16| {
            let kind = grammar.node_kind_for_id(id).filter(|_| grammar.node_kind_is_named(id));
            let row = kind.and_then(|kind| tables::table(language).iter().find(|(kinds, _)| kinds.split_whitespace().any(|k| k == kind)));
            row.map_or_else(Compiled::default, |(_, shape)| compile(*shape))
        };
        (0..=u16::MAX).take(grammar.node_kind_count()).map(of).collect()
    })
}
