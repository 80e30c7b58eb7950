//! Owns chains such as `run.files[0].findings.len()`: what is asked of a value, one thing after the other.

use rhai::{ASTFlags, ASTNode, Expr, FnCallExpr, Position};

/// One thing that is asked of the value before it.
pub(super) enum Link<'a> {
    /// `.name`
    Field(&'a str, Position),
    /// `.name(…)`
    Call(&'a FnCallExpr, Position),
    /// `[…]`
    Item(&'a Expr),
    /// What no script of today has.
    Other,
}

/// The first value of a chain, and what is asked of it; none where the expression is no chain.
pub(super) fn chain(expr: &Expr) -> Option<(&Expr, Vec<Link<'_>>)> {
    let (Expr::Dot(both, flags, _) | Expr::Index(both, flags, _)) = expr else { return None };
    let mut links = Vec::new();
    let mut rest = &both.rhs;
    let mut is_dot = matches!(expr, Expr::Dot(..));
    let mut is_last = flags.contains(ASTFlags::BREAK);
    loop {
        match rest {
            // Behind the last index, a chain is the index: `a[b.c]`.
            Expr::Dot(next, flags, _) | Expr::Index(next, flags, _) if is_dot || !is_last => {
                links.push(link(&next.lhs, is_dot));
                is_dot = matches!(rest, Expr::Dot(..));
                is_last = flags.contains(ASTFlags::BREAK);
                rest = &next.rhs;
            }
            last => {
                links.push(link(last, is_dot));
                return Some((&both.lhs, links));
            }
        }
    }
}

/// Whether the node at the end of a path goes on with the chain that the node before it began.
pub(super) fn is_inside(path: &[ASTNode<'_>]) -> bool {
    let [.., ASTNode::Expr(parent), ASTNode::Expr(expr)] = path else { return false };
    match parent {
        Expr::Dot(both, ..) => std::ptr::eq(&both.rhs, *expr),
        Expr::Index(both, flags, _) => !flags.contains(ASTFlags::BREAK) && std::ptr::eq(&both.rhs, *expr),
        _ => false,
    }
}

fn link(expr: &Expr, is_dot: bool) -> Link<'_> {
    match expr {
        other if !is_dot => Link::Item(other),
        Expr::Property(field, position) => Link::Field(&field.2, *position),
        Expr::MethodCall(call, position) => Link::Call(call, *position),
        _ => Link::Other,
    }
}
