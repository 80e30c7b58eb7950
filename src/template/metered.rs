//! Renders a template under the limits of [`super::limits`]: the parsed template is written anew, with a filter that counts around each
//! operator, filter, call and list that can make something large, and then compiled.
//!
//! It must happen before the engine compiles: it works out `"x" * 100000000` while it does, and for operators it has no hooks at all. This is
//! what its unstable interface is used for, and why its version is pinned.

use std::collections::BTreeMap;

use minijinja::machinery::ast::{self, BinOpKind, CallArg, CompareOpKind, Expr, Spanned, Stmt, UnaryOpKind};
use minijinja::machinery::{CodeGenerator, Instructions, Span, eval, make_string_output, parse};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, Value};

use super::error::FILTERS;
use super::growing::{SORTERS, TEXTS};
use super::limits::{FACTOR, FRESH, MACRO, MADE, NEEDED, READ, SHOWN, SORTED, SPREAD, SUM, TEXT, fits};

/// Instructions of a template, and those of its blocks.
type Compiled<'s> = (Instructions<'s>, BTreeMap<&'s str, Instructions<'s>>);

/// Renders `text` with `context`.
pub(super) fn render(environment: &Environment<'_>, name: &str, text: &str, context: &Value) -> Result<String, Error> {
    let (instructions, blocks) = compile(name, text)?;
    let mut page = String::new();
    let mut output = make_string_output(&mut page);
    let rendered = eval(environment, &instructions, context.clone(), &blocks, &mut output, escaping(name)).map(drop);
    drop(output);
    rendered?;
    fits(page.len() as u64)?;
    Ok(page)
}

pub(super) fn compile<'s>(name: &'s str, text: &'s str) -> Result<Compiled<'s>, Error> {
    let parsed = parse(text, name, syntax())?;
    let mut generator = CodeGenerator::new(name, text);
    for part in statement(&parsed) {
        generator.compile_stmt(&part);
    }
    Ok(generator.finish())
}

/// What is done to values in a page of this name, whatever its letters: `Page.HTML` is one, too.
pub(super) fn escaping(name: &str) -> AutoEscape {
    match name.rsplit('.').next().map(str::to_ascii_lowercase).as_deref() {
        Some("html" | "htm" | "xhtml" | "xml") => AutoEscape::Html,
        Some("json") => AutoEscape::Json,
        _ => AutoEscape::None,
    }
}

fn syntax() -> SyntaxConfig {
    SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().expect("the marks are the usual ones")
}

fn body<'s>(statements: &[Stmt<'s>]) -> Vec<Stmt<'s>> {
    statements.iter().flat_map(statement).collect()
}

/// A statement of the template as one or two.
fn statement<'s>(stmt: &Stmt<'s>) -> Vec<Stmt<'s>> {
    let counted = match stmt {
        Stmt::Template(node) => Stmt::Template(Spanned::new(ast::Template { children: body(&node.children) }, node.span())),
        Stmt::EmitExpr(node) => emit(expression(&node.expr), node.span()),
        // The engine does not pass text of the template itself to the formatter, and a loop can write it without end.
        Stmt::EmitRaw(node) => emit(constant(Value::from_safe_string(node.raw.to_owned()), node.span()), node.span()),
        Stmt::ForLoop(node) => for_loop(node),
        Stmt::IfCond(node) => if_condition(node),
        Stmt::WithBlock(node) => with_block(node),
        Stmt::Set(node) => Stmt::Set(Spanned::new(ast::Set { target: target(&node.target), expr: expression(&node.expr) }, node.span())),
        Stmt::SetBlock(node) => set_block(node),
        Stmt::AutoEscape(node) => {
            let inner = ast::AutoEscape { enabled: expression(&node.enabled), body: body(&node.body) };
            Stmt::AutoEscape(Spanned::new(inner, node.span()))
        }
        Stmt::FilterBlock(node) => {
            let inner = ast::FilterBlock { filter: expression(&node.filter), body: body(&node.body) };
            Stmt::FilterBlock(Spanned::new(inner, node.span()))
        }
        Stmt::Block(node) => {
            let inner = ast::Block { name: node.name, required: node.required, body: body(&node.body) };
            Stmt::Block(Spanned::new(inner, node.span()))
        }
        Stmt::Import(node) => {
            Stmt::Import(Spanned::new(ast::Import { expr: expression(&node.expr), name: target(&node.name) }, node.span()))
        }
        Stmt::FromImport(node) => from_import(node),
        Stmt::Extends(node) => Stmt::Extends(Spanned::new(ast::Extends { name: expression(&node.name) }, node.span())),
        Stmt::Include(node) => {
            let inner = ast::Include { name: expression(&node.name), ignore_missing: node.ignore_missing };
            Stmt::Include(Spanned::new(inner, node.span()))
        }
        Stmt::Macro(node) => return vec![count_macro(node.span()), Stmt::Macro(declaration(node))],
        Stmt::CallBlock(node) => {
            let inner = ast::CallBlock { call: call(&node.call), macro_decl: declaration(&node.macro_decl) };
            return vec![count_macro(node.span()), Stmt::CallBlock(Spanned::new(inner, node.span()))];
        }
        Stmt::Do(node) => Stmt::Do(Spanned::new(ast::Do { call: call(&node.call) }, node.span())),
    };
    vec![counted]
}

fn emit(expr: Expr<'_>, span: Span) -> Stmt<'_> {
    Stmt::EmitExpr(Spanned::new(ast::EmitExpr { expr }, span))
}

fn constant<'s>(value: Value, span: Span) -> Expr<'s> {
    Expr::Const(Spanned::new(ast::Const { value }, span))
}

/// Writes nothing.
fn count_macro<'s>(span: Span) -> Stmt<'s> {
    emit(wrapped(MACRO, constant(Value::from_safe_string(String::new()), span)), span)
}

fn for_loop<'s>(node: &Spanned<ast::ForLoop<'s>>) -> Stmt<'s> {
    let iter = expression(&node.iter);
    let inner = ast::ForLoop {
        target: target(&node.target),
        // With a condition, the engine collects what is left before the first round.
        iter: if node.filter_expr.is_some() { counted(READ, iter) } else { iter },
        filter_expr: node.filter_expr.as_ref().map(expression),
        recursive: node.recursive,
        body: body(&node.body),
        else_body: body(&node.else_body),
    };
    Stmt::ForLoop(Spanned::new(inner, node.span()))
}

fn if_condition<'s>(node: &Spanned<ast::IfCond<'s>>) -> Stmt<'s> {
    let inner = ast::IfCond { expr: expression(&node.expr), true_body: body(&node.true_body), false_body: body(&node.false_body) };
    Stmt::IfCond(Spanned::new(inner, node.span()))
}

fn with_block<'s>(node: &Spanned<ast::WithBlock<'s>>) -> Stmt<'s> {
    let assignments = node.assignments.iter().map(|(name, expr)| (target(name), expression(expr))).collect();
    Stmt::WithBlock(Spanned::new(ast::WithBlock { assignments, body: body(&node.body) }, node.span()))
}

fn set_block<'s>(node: &Spanned<ast::SetBlock<'s>>) -> Stmt<'s> {
    let filter = node.filter.as_ref().map(expression);
    Stmt::SetBlock(Spanned::new(ast::SetBlock { target: target(&node.target), filter, body: body(&node.body) }, node.span()))
}

fn from_import<'s>(node: &Spanned<ast::FromImport<'s>>) -> Stmt<'s> {
    let names = node.names.iter().map(|(name, alias)| (target(name), alias.as_ref().map(target))).collect();
    Stmt::FromImport(Spanned::new(ast::FromImport { expr: expression(&node.expr), names }, node.span()))
}

fn declaration<'s>(node: &Spanned<ast::Macro<'s>>) -> Spanned<ast::Macro<'s>> {
    let inner = ast::Macro {
        name: node.name,
        args: node.args.iter().map(target).collect(),
        defaults: node.defaults.iter().map(expression).collect(),
        body: body(&node.body),
    };
    Spanned::new(inner, node.span())
}

/// What is assigned to stays as it is.
fn target<'s>(expr: &Expr<'s>) -> Expr<'s> {
    match expr {
        Expr::List(node) => Expr::List(Spanned::new(ast::List { items: node.items.iter().map(target).collect() }, node.span())),
        Expr::GetAttr(node) => Expr::GetAttr(Spanned::new(ast::GetAttr { expr: target(&node.expr), name: node.name }, node.span())),
        other => expression(other),
    }
}

/// Each kind has a function of its own, since a template can nest them by the thousand and a frame for all of them would be large.
fn expression<'s>(expr: &Expr<'s>) -> Expr<'s> {
    match expr {
        Expr::Var(node) => Expr::Var(Spanned::new(ast::Var { id: node.id }, node.span())),
        Expr::Const(node) => constant(node.value.clone(), node.span()),
        Expr::Slice(node) => slice(node),
        Expr::UnaryOp(node) => unary(node),
        Expr::BinOp(node) => binary(node),
        Expr::Compare(node) => compare(node),
        Expr::IfExpr(node) => if_expression(node),
        Expr::Filter(node) => filter(node),
        Expr::Test(node) => test(node),
        Expr::GetAttr(node) => attribute(node),
        Expr::GetItem(node) => item(node),
        Expr::Call(node) => called(node),
        Expr::List(node) => list(node),
        Expr::Tuple(node) => tuple(node),
        Expr::Map(node) => map(node),
    }
}

/// Puts the filter `name` behind an expression.
fn wrapped<'s>(name: &'static str, expr: Expr<'s>) -> Expr<'s> {
    let span = expr.span();
    Expr::Filter(Spanned::new(ast::Filter { name, expr: Some(expr), args: Vec::new() }, span))
}

/// The same, but a constant of the template cannot be longer than the template.
fn counted<'s>(name: &'static str, expr: Expr<'s>) -> Expr<'s> {
    if matches!(expr, Expr::Const(_)) { expr } else { wrapped(name, expr) }
}

fn is_number(expr: &Expr<'_>) -> bool {
    matches!(expr, Expr::Const(node) if node.value.is_number())
}

fn slice<'s>(node: &Spanned<ast::Slice<'s>>) -> Expr<'s> {
    let bound = |expr: &Option<Expr<'s>>| expr.as_ref().map(expression);
    let inner = ast::Slice {
        expr: counted(READ, expression(&node.expr)),
        start: bound(&node.start),
        stop: bound(&node.stop),
        step: bound(&node.step),
    };
    wrapped(MADE, Expr::Slice(Spanned::new(inner, node.span())))
}

fn unary<'s>(node: &Spanned<ast::UnaryOp<'s>>) -> Expr<'s> {
    #[expect(clippy::needless_match, reason = "the engine's type cannot be copied")]
    let op = match node.op {
        UnaryOpKind::Not => UnaryOpKind::Not,
        UnaryOpKind::Neg => UnaryOpKind::Neg,
    };
    Expr::UnaryOp(Spanned::new(ast::UnaryOp { op, expr: expression(&node.expr) }, node.span()))
}

/// A long sum is a tree that leans to the left, as deep as the sum is long.
fn binary<'s>(node: &Spanned<ast::BinOp<'s>>) -> Expr<'s> {
    let mut spine = vec![node];
    let mut first = &node.left;
    while let Expr::BinOp(inner) = first {
        spine.push(inner);
        first = &inner.left;
    }
    spine.into_iter().rev().fold(expression(first), |left, node| operation(node, left))
}

fn operation<'s>(node: &Spanned<ast::BinOp<'s>>, left: Expr<'s>) -> Expr<'s> {
    let right = expression(&node.right);
    let (left, right, result) = match node.op {
        BinOpKind::Mul if is_number(&left) && is_number(&right) => (left, right, None),
        BinOpKind::Mul => (factor(left), factor(right), Some(FRESH)),
        BinOpKind::Add if is_number(&left) || is_number(&right) => (left, right, None),
        BinOpKind::Add => (left, right, Some(SUM)),
        BinOpKind::Concat => (counted(SHOWN, left), counted(SHOWN, right), Some(MADE)),
        BinOpKind::In => (counted(SHOWN, left), counted(READ, right), None),
        BinOpKind::Eq | BinOpKind::Ne | BinOpKind::Lt | BinOpKind::Lte | BinOpKind::Gt | BinOpKind::Gte => {
            (compared(left, &right), right, None)
        }
        BinOpKind::ScAnd | BinOpKind::ScOr | BinOpKind::Sub | BinOpKind::Div | BinOpKind::FloorDiv | BinOpKind::Rem | BinOpKind::Pow => {
            (left, right, None)
        }
    };
    let made = Expr::BinOp(Spanned::new(ast::BinOp { op: node.op, left, right }, node.span()));
    match result {
        Some(name) => wrapped(name, made),
        None => made,
    }
}

/// A constant text is wrapped as well: it must not be multiplied before its time.
fn factor(expr: Expr<'_>) -> Expr<'_> {
    if is_number(&expr) { expr } else { wrapped(FACTOR, expr) }
}

/// With a constant at one side, a comparison is short.
fn compared<'s>(left: Expr<'s>, right: &Expr<'s>) -> Expr<'s> {
    if matches!(right, Expr::Const(_)) { left } else { counted(READ, left) }
}

fn compare<'s>(node: &Spanned<ast::Compare<'s>>) -> Expr<'s> {
    let ops = node.ops.iter().map(|step| {
        let take = if matches!(step.op, CompareOpKind::In | CompareOpKind::NotIn) { SHOWN } else { READ };
        ast::CompareOp { op: step.op, expr: counted(take, expression(&step.expr)) }
    });
    let inner = ast::Compare { expr: counted(SHOWN, expression(&node.expr)), ops: ops.collect() };
    Expr::Compare(Spanned::new(inner, node.span()))
}

fn if_expression<'s>(node: &Spanned<ast::IfExpr<'s>>) -> Expr<'s> {
    let inner = ast::IfExpr {
        test_expr: expression(&node.test_expr),
        true_expr: expression(&node.true_expr),
        false_expr: node.false_expr.as_ref().map(expression),
    };
    Expr::IfExpr(Spanned::new(inner, node.span()))
}

fn filter<'s>(node: &Spanned<ast::Filter<'s>>) -> Expr<'s> {
    let take = match node.name {
        name if FILTERS.contains(&name) => NEEDED,
        name if TEXTS.contains(&name) => TEXT,
        name if SORTERS.contains(&name) => SORTED,
        _ => READ,
    };
    let expr = node.expr.as_ref().map(|expr| counted(take, expression(expr)));
    let inner = ast::Filter { name: node.name, expr, args: arguments(&node.args, Some(take)) };
    // These two can give an item more than one place.
    let result = if matches!(node.name, "chain" | "zip") { FRESH } else { MADE };
    wrapped(result, Expr::Filter(Spanned::new(inner, node.span())))
}

fn test<'s>(node: &Spanned<ast::Test<'s>>) -> Expr<'s> {
    let is_text = matches!(node.name, "endingwith" | "in" | "lower" | "startingwith" | "upper");
    let expr = expression(&node.expr);
    let (expr, take) = if is_text { (counted(SHOWN, expr), Some(SHOWN)) } else { (expr, None) };
    Expr::Test(Spanned::new(ast::Test { name: node.name, expr, args: arguments(&node.args, take) }, node.span()))
}

fn attribute<'s>(node: &Spanned<ast::GetAttr<'s>>) -> Expr<'s> {
    Expr::GetAttr(Spanned::new(ast::GetAttr { expr: expression(&node.expr), name: node.name }, node.span()))
}

fn item<'s>(node: &Spanned<ast::GetItem<'s>>) -> Expr<'s> {
    let inner = ast::GetItem { expr: expression(&node.expr), subscript_expr: expression(&node.subscript_expr) };
    Expr::GetItem(Spanned::new(inner, node.span()))
}

fn called<'s>(node: &Spanned<ast::Call<'s>>) -> Expr<'s> {
    let made = Expr::Call(call(node));
    match &node.expr {
        Expr::Var(callee) => match callee.id {
            // The engine looks for these by the form of the call, and a range makes nothing.
            "caller" | "loop" | "range" | "super" => made,
            "dict" | "namespace" => wrapped(FRESH, made),
            _ => wrapped(MADE, made),
        },
        _ => made,
    }
}

fn call<'s>(node: &Spanned<ast::Call<'s>>) -> Spanned<ast::Call<'s>> {
    Spanned::new(ast::Call { expr: expression(&node.expr), args: arguments(&node.args, None) }, node.span())
}

fn arguments<'s>(args: &[CallArg<'s>], take: Option<&'static str>) -> Vec<CallArg<'s>> {
    let value = |expr: &Expr<'s>| {
        let expr = expression(expr);
        match take {
            Some(take) => counted(take, expr),
            None => expr,
        }
    };
    let argument = |arg: &CallArg<'s>| match arg {
        CallArg::Pos(expr) => CallArg::Pos(value(expr)),
        CallArg::Kwarg(name, expr) => CallArg::Kwarg(name, value(expr)),
        CallArg::PosSplat(expr) => CallArg::PosSplat(counted(SPREAD, expression(expr))),
        CallArg::KwargSplat(expr) => CallArg::KwargSplat(counted(SPREAD, expression(expr))),
    };
    args.iter().map(argument).collect()
}

fn list<'s>(node: &Spanned<ast::List<'s>>) -> Expr<'s> {
    let items: Vec<Expr<'s>> = node.items.iter().map(expression).collect();
    let is_constant = items.iter().all(|item| matches!(item, Expr::Const(_)));
    let made = Expr::List(Spanned::new(ast::List { items }, node.span()));
    if is_constant { made } else { wrapped(FRESH, made) }
}

fn tuple<'s>(node: &Spanned<ast::Tuple<'s>>) -> Expr<'s> {
    let items: Vec<Expr<'s>> = node.items.iter().map(expression).collect();
    let is_constant = items.iter().all(|item| matches!(item, Expr::Const(_)));
    let made = Expr::Tuple(Spanned::new(ast::Tuple { items }, node.span()));
    if is_constant { made } else { wrapped(FRESH, made) }
}

fn map<'s>(node: &Spanned<ast::Map<'s>>) -> Expr<'s> {
    let keys: Vec<Expr<'s>> = node.keys.iter().map(expression).collect();
    let values: Vec<Expr<'s>> = node.values.iter().map(expression).collect();
    let is_constant = keys.iter().chain(&values).all(|item| matches!(item, Expr::Const(_)));
    let made = Expr::Map(Spanned::new(ast::Map { keys, values }, node.span()));
    if is_constant { made } else { wrapped(FRESH, made) }
}
