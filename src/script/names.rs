//! Owns the names that a script gives by itself: its functions, variables and fields.

use std::collections::BTreeSet;

use rhai::{AST, ASTNode, Expr, Stmt};

use super::chain::{Link, chain};

/// Names of a script, wherever they are given.
pub(super) struct Names {
    /// With the number of their parameters.
    pub(super) functions: Vec<(String, usize)>,
    pub(super) variables: BTreeSet<String>,
    /// Fields that it sets: `file.heat = 1`.
    pub(super) fields: BTreeSet<String>,
    /// Keys of its maps: `#{ heat: 1 }`.
    pub(super) keys: BTreeSet<String>,
    /// Names that it calls or hands to others; a function that is none of them is a hook.
    pub(super) used: BTreeSet<String>,
}

impl Names {
    pub(super) fn of(ast: &AST) -> Self {
        let mut names = Self {
            functions: ast.iter_functions().map(|function| (function.name.to_owned(), function.params.len())).collect(),
            variables: BTreeSet::new(),
            fields: BTreeSet::new(),
            keys: BTreeSet::new(),
            used: BTreeSet::new(),
        };
        ast.walk(&mut |path: &[ASTNode<'_>]| {
            match path.last() {
                Some(ASTNode::Stmt(stmt)) => names.statement(stmt),
                Some(ASTNode::Expr(expr)) => names.expression(expr),
                _ => {}
            }
            true
        });
        names
    }

    pub(super) fn has_function(&self, name: &str) -> bool {
        self.functions.iter().any(|(known, _)| known == name)
    }

    fn statement(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Var(var, ..) => {
                self.variables.insert(var.0.name.to_string());
            }
            Stmt::For(parts, ..) => {
                self.variables.insert(parts.0.name.to_string());
                self.variables.extend(parts.1.iter().map(|counter| counter.name.to_string()));
            }
            Stmt::Assignment(parts) => {
                let links = chain(&parts.1.lhs).map(|(_, links)| links).unwrap_or_default();
                match links.last() {
                    Some(Link::Field(name, _)) => {
                        self.fields.insert((*name).to_owned());
                    }
                    Some(Link::Item(Expr::StringConstant(name, _))) => {
                        self.fields.insert(name.to_string());
                    }
                    _ => {}
                }
            }
            Stmt::FnCall(call, _) => {
                self.used.insert(call.name.to_string());
            }
            _ => {}
        }
    }

    fn expression(&mut self, expr: &Expr) {
        match expr {
            Expr::Map(entries, _) => self.keys.extend(entries.0.iter().map(|(key, _)| key.name.to_string())),
            Expr::FnCall(call, _) | Expr::MethodCall(call, _) => {
                self.used.insert(call.name.to_string());
            }
            Expr::Variable(variable, ..) => {
                self.used.insert(variable.1.to_string());
            }
            _ => {}
        }
    }
}
