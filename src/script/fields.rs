//! Owns which fields the values have that a script gets, and finds those that it asks for in vain.

use std::collections::BTreeMap;

use rhai::{AST, ASTNode, Expr, Position, Stmt};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::api::service;
use super::chain::{Link, chain, is_inside};
use super::names::Names;
use crate::report::{Comparison, Document};
use crate::template::samples;

/// Methods of a list that give some of its items.
const PARTS: [&str; 2] = ["filter", "sort_by"];

/// Methods that put other fields into a map.
const CHANGES: [&str; 3] = ["mixin", "fill_with", "set"];

/// Values that a script gets, each with every field that it can have.
pub(super) struct Shapes {
    /// By the function that gives them.
    given: BTreeMap<&'static str, Value>,
    /// By the hook that is asked about them.
    asked: BTreeMap<&'static str, Value>,
}

impl Shapes {
    pub(super) fn known() -> Self {
        let document = full::<Document<'static>>();
        let file = json!({ "path": "", "language": "", "role": "", "size": 0 });
        let mut measured = file.clone();
        for field in ["code_lines", "functions", "cyclomatic", "cognitive"] {
            measured[field] = json!(0);
        }
        let scored = document["files"][0].clone();
        let mut finding = scored["findings"][0].clone();
        finding["path"] = json!("");
        let summary = &document["summary"];
        let run = json!({
            "id": "", "started_at": "", "pipeline": "", "outcome": "", "usd": 0,
            "scores": summary["score"], "findings": summary["findings"],
        });
        let cache = json!({ "answers": 0, "expired": 0, "hits": 0, "misses": 0, "saved_usd": 0, "results": 0, "size_bytes": 0 });
        let asked = [
            ("keep", file.clone()),
            ("priority", file.clone()),
            ("group", json!([file])),
            ("on_finding", finding),
            ("score", scored),
            ("after", document.clone()),
        ];
        let given = [
            ("discover", json!([file])),
            ("changed", json!([file])),
            ("measure", json!([measured])),
            ("price", json!({ "questions": 0, "kept": 0, "usd": 0 })),
            ("compare", full::<Comparison<'static>>()),
            ("stats", cache),
            ("list", json!([run])),
            ("analyze", document.clone()),
            ("run", document.clone()),
            ("last", document),
        ];
        Self { given: given.into_iter().collect(), asked: asked.into_iter().collect() }
    }

    /// What a hook is asked about.
    pub(super) fn asked(&self, hook: &str) -> Option<&Value> {
        self.asked.get(hook)
    }
}

/// A value of a type with everything that can be in it.
fn full<T: JsonSchema>() -> Value {
    let [full, ..] = samples::<T>();
    full
}

/// A field that is not there.
pub(super) struct Miss {
    pub(super) position: Position,
    pub(super) name: String,
    /// Those that are there.
    pub(super) known: Vec<String>,
}

/// Fields that the statements of `body` ask for in vain. `asked` is its parameter, if it is a hook.
pub(super) fn misses(shapes: &Shapes, names: &Names, body: &AST, asked: Option<(&str, &Value)>) -> Vec<Miss> {
    let mut reader = Reader { shapes, names, known: BTreeMap::new() };
    if let Some((parameter, shape)) = asked {
        reader.define(parameter, Some(shape));
    }
    body.walk(&mut |path: &[ASTNode<'_>]| {
        match path.last() {
            Some(ASTNode::Stmt(stmt)) => reader.statement(stmt),
            Some(ASTNode::Expr(expr)) => reader.change(expr),
            _ => {}
        }
        true
    });
    let mut misses = Vec::new();
    body.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some(ASTNode::Expr(expr)) = path.last()
            && !is_inside(path)
            && let Some((first, links)) = chain(expr)
        {
            reader.follow(first, &links, &mut |miss| misses.push(miss));
        }
        true
    });
    misses
}

/// Reads the statements of one function, or those outside of functions.
struct Reader<'a> {
    shapes: &'a Shapes,
    names: &'a Names,
    /// Variables; none for one that is several things, or nobody knows what.
    known: BTreeMap<String, Option<&'a Value>>,
}

impl<'a> Reader<'a> {
    fn statement(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Var(var, ..) => self.define(&var.0.name, self.shape(&var.1)),
            Stmt::For(parts, ..) => {
                self.define(&parts.0.name, self.shape(&parts.2.expr).and_then(|list| list.get(0)));
                if let Some(counter) = &parts.1 {
                    self.define(&counter.name, None);
                }
            }
            Stmt::Assignment(parts) => {
                if let Expr::Variable(variable, ..) = &parts.1.lhs {
                    let shape = if parts.0.is_op_assignment() { None } else { self.shape(&parts.1.rhs) };
                    self.define(&variable.1, shape);
                }
            }
            Stmt::TryCatch(parts, _) => {
                if let Expr::Variable(variable, ..) = &parts.expr {
                    self.define(&variable.1, None);
                }
            }
            _ => {}
        }
    }

    /// Nobody knows a map into which something was put by a method.
    fn change(&mut self, expr: &Expr) {
        if let Some((Expr::Variable(variable, ..), links)) = chain(expr)
            && links.iter().any(|link| matches!(link, Link::Call(call, _) if CHANGES.contains(&call.name.as_str())))
        {
            self.define(&variable.1, None);
        }
    }

    fn define(&mut self, name: &str, shape: Option<&'a Value>) {
        let is_same = |known: Option<&Value>| match (known, shape) {
            (Some(known), Some(shape)) => std::ptr::eq(known, shape),
            (known, shape) => known.is_none() && shape.is_none(),
        };
        let is_new = self.known.get(name).is_none_or(|known| is_same(*known));
        self.known.insert(name.to_owned(), if is_new { shape } else { None });
    }

    /// What an expression gives, if that is known.
    fn shape(&self, expr: &Expr) -> Option<&'a Value> {
        match expr {
            Expr::Variable(variable, ..) => self.known.get(variable.1.as_str()).copied().flatten(),
            Expr::FnCall(call, _) if !self.names.has_function(&call.name) => self.shapes.given.get(call.name.as_str()),
            _ => chain(expr).and_then(|(first, links)| self.follow(first, &links, &mut |_| {})),
        }
    }

    /// What a chain gives, if that is known. Tells the first field that is not there.
    fn follow(&self, first: &Expr, links: &[Link<'_>], tell: &mut dyn FnMut(Miss)) -> Option<&'a Value> {
        let (mut shape, rest) = match (first, links) {
            (Expr::Variable(variable, ..), [Link::Call(call, _), rest @ ..]) if self.is_service(&variable.1) => {
                (self.shapes.given.get(call.name.as_str()), rest)
            }
            _ => (self.shape(first), links),
        };
        for link in rest {
            shape = self.step(shape?, link, tell);
        }
        shape
    }

    fn is_service(&self, variable: &str) -> bool {
        service(variable).is_some() && !self.names.variables.contains(variable)
    }

    fn step(&self, shape: &'a Value, link: &Link<'_>, tell: &mut dyn FnMut(Miss)) -> Option<&'a Value> {
        let (name, position) = match link {
            Link::Field(name, position) => (*name, *position),
            Link::Item(Expr::StringConstant(name, position)) => (name.as_str(), *position),
            Link::Item(_) => return shape.get(0),
            Link::Call(call, _) => return PARTS.contains(&call.name.as_str()).then_some(shape),
            Link::Other => return None,
        };
        let fields: &'a Map<String, Value> = shape.as_object().filter(|fields| !fields.is_empty())?;
        let field = fields.get(name);
        if field.is_none() && !self.names.fields.contains(name) {
            tell(Miss { position, name: name.to_owned(), known: fields.keys().cloned().collect() });
        }
        field
    }
}
