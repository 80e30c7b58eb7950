//! Finds in a script what would fail when it runs: functions that are not there, numbers and kinds of their arguments, options, fields and
//! variables. Never runs it, and asks the host only whether an option is one.

use std::any::TypeId;
use std::sync::Arc;

use rhai::{
    AST, ASTNode, Array, Blob, Dynamic, Engine, Expr, FnCallExpr, FnPtr, ImmutableString, Map, OptimizationLevel, ParseErrorType, Position,
    Scope, Stmt,
};

use super::api::{self, ApiEntry};
use super::chain::{Link, chain, is_inside};
use super::fields::{Miss, Shapes, misses};
use super::host::Host;
use super::limits::engine;
use super::mistake::Source;
use super::names::Names;
use crate::diag::{Diagnostic, nearest};

/// What the language itself calls; they take what they are given.
const KEYWORDS: [&str; 10] = ["print", "debug", "type_of", "call", "curry", "Fn", "is_shared", "is_def_var", "is_def_fn", "eval"];

/// Names that functions are called on.
const SERVICES: [&str; 4] = ["git", "costs", "cache", "runs"];

/// Everything that is wrong in a script as far as its text says, by place. `name` is how the user knows it.
pub fn check(name: &str, text: &str, host: &dyn Host) -> Vec<Diagnostic> {
    let source = Source::new(name, text);
    let limits = Arc::default();
    let mut engine = engine(&limits);
    // What is optimized is not what was written.
    engine.set_optimization_level(OptimizationLevel::None);
    let entries = api::register(&mut engine, None, &limits);
    let ast = match engine.compile(source.text) {
        Ok(ast) => ast,
        Err(error) => return vec![source.parse_mistake(&error)],
    };
    let names = Names::of(&ast);
    let natives = natives(&engine);
    let mut calls = Calls { names: &names, natives: &natives, entries: &entries, host, found: Vec::new() };
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        calls.look(path);
        true
    });
    let mut found = calls.found;
    found.extend(fields(&ast, &names));
    found.extend(undefined(&mut engine, &names, source.text));
    found.sort_by(|a, b| a.position.cmp(&b.position).then_with(|| a.message.cmp(&b.message)));
    found.dedup_by(|a, b| a.position == b.position && a.message == b.message);
    found.iter().map(|found| found.shown(source)).collect()
}

/// Something that is wrong.
struct Found {
    position: Position,
    message: String,
    /// What was meant, or what is right; may be empty.
    label: String,
}

impl Found {
    fn shown(&self, source: Source<'_>) -> Diagnostic {
        let mut mistake = source.mistake(self.position, &self.message);
        if let Some(excerpt) = &mut mistake.excerpt {
            excerpt.label.clone_from(&self.label);
        }
        mistake
    }
}

fn meant(near: Option<&str>) -> String {
    near.map_or(String::new(), |near| format!("did you mean `{near}`?"))
}

/// A function of the program or of the language.
struct Native {
    name: String,
    /// Of its parameters.
    kinds: Vec<TypeId>,
}

impl Native {
    /// Whether it takes such arguments. Nobody knows the kind of one that is none.
    fn takes(&self, kinds: &[Option<TypeId>]) -> bool {
        let fits = |(own, kind): (&TypeId, &Option<TypeId>)| kind.is_none_or(|kind| kind == *own || *own == TypeId::of::<Dynamic>());
        self.kinds.len() == kinds.len() && self.kinds.iter().zip(kinds).all(fits)
    }
}

fn natives(engine: &Engine) -> Vec<Native> {
    let mut natives = engine.collect_fn_metadata(
        None,
        |info| Some(Native { name: info.metadata.name.to_string(), kinds: info.metadata.param_types.to_vec() }),
        true,
    );
    // The engine has them in the order of a hash map.
    natives.sort_by(|a, b| a.name.cmp(&b.name));
    natives
}

/// Variables that are never defined. The parser stops at the first one.
fn undefined(engine: &mut Engine, names: &Names, text: &str) -> Option<Found> {
    let mut scope = Scope::new();
    api::constants(&mut scope, &[]);
    for (name, _) in &names.functions {
        scope.push_constant(name.as_str(), ());
    }
    engine.set_strict_variables(true);
    let error = engine.compile_with_scope(&scope, text).err()?;
    let ParseErrorType::VariableUndefined(name) = error.err_type() else { return None };
    let near = nearest(name, names.variables.iter().map(String::as_str).chain(SERVICES).chain(["args", "options"]));
    Some(Found { position: error.position(), message: format!("variable not found: {name}"), label: meant(near) })
}

/// Fields that values do not have, in each function and outside of them.
fn fields(ast: &AST, names: &Names) -> Vec<Found> {
    let shapes = Shapes::known();
    let mut all = misses(&shapes, names, &ast.clone_statements_only(), None);
    for function in ast.iter_functions() {
        let n_parameters = function.params.len();
        let body = ast.clone_functions_only_filtered(|_, _, _, name, n| name == function.name && n == n_parameters);
        // Nobody calls a hook in the script itself.
        let asked = match function.params.as_slice() {
            [parameter] if !names.used.contains(function.name) => shapes.asked(function.name).map(|shape| (*parameter, shape)),
            _ => None,
        };
        all.extend(misses(&shapes, names, &body, asked));
    }
    let found = |miss: Miss| {
        let near = nearest(&miss.name, miss.known.iter().map(String::as_str));
        Found { position: miss.position, message: format!("unknown property '{}'", miss.name), label: meant(near) }
    };
    all.into_iter().map(found).collect()
}

/// Looks at the calls of a script.
struct Calls<'a> {
    names: &'a Names,
    natives: &'a [Native],
    entries: &'a [ApiEntry],
    host: &'a dyn Host,
    found: Vec<Found>,
}

impl Calls<'_> {
    fn look(&mut self, path: &[ASTNode<'_>]) {
        match path.last() {
            Some(ASTNode::Stmt(Stmt::FnCall(call, position)) | ASTNode::Expr(Expr::FnCall(call, position))) => {
                self.function(call, *position);
            }
            Some(ASTNode::Stmt(Stmt::Import(_, position))) => {
                let message = "a script cannot import another one".to_owned();
                self.found.push(Found { position: *position, message, label: "write what it needs here".to_owned() });
            }
            Some(ASTNode::Expr(expr)) if !is_inside(path) => {
                let Some((first, links)) = chain(expr) else { return };
                let mut receiver = self.kind(first);
                for link in &links {
                    if let Link::Call(call, position) = link {
                        self.method(call, receiver, *position);
                    }
                    receiver = None;
                }
            }
            _ => {}
        }
    }

    fn function(&mut self, call: &FnCallExpr, position: Position) {
        let name = call.name.as_str();
        let is_operator = call.is_operator_call() || !name.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if is_operator || call.is_qualified() || KEYWORDS.contains(&name) || self.names.variables.contains(name) {
            return;
        }
        let kinds: Vec<Option<TypeId>> = call.args.iter().map(|arg| self.kind(arg)).collect();
        if self.names.functions.contains(&(name.to_owned(), kinds.len())) {
            return;
        }
        if self.natives.iter().any(|native| native.name == name && native.takes(&kinds)) {
            self.options(call);
        } else {
            self.not_found(name, &kinds, position);
        }
    }

    fn method(&mut self, call: &FnCallExpr, receiver: Option<TypeId>, position: Position) {
        let name = call.name.as_str();
        // A function in a field is called like a method.
        let is_field = self.names.keys.contains(name) || self.names.fields.contains(name);
        if KEYWORDS.contains(&name) || is_field || self.names.functions.contains(&(name.to_owned(), call.args.len())) {
            return;
        }
        let kinds: Vec<Option<TypeId>> = std::iter::once(receiver).chain(call.args.iter().map(|arg| self.kind(arg))).collect();
        if !self.natives.iter().any(|native| native.name == name && native.takes(&kinds)) {
            self.not_found(name, &kinds, position);
        }
    }

    fn not_found(&mut self, name: &str, kinds: &[Option<TypeId>], position: Position) {
        let signature = self.entries.iter().find(|entry| entry.name() == name).map(|entry| entry.signature);
        let takes = |n: usize| format!("takes {n} argument{}", if n == 1 { "" } else { "s" });
        let own: Vec<String> = self.names.functions.iter().filter(|(known, _)| known == name).map(|(_, n)| takes(*n)).collect();
        let is_known = self.natives.iter().any(|native| native.name == name);
        let label = match signature {
            _ if !own.is_empty() => format!("`{name}` {}", own.join(" or ")),
            Some(signature) => format!("it is `{signature}`"),
            None if is_known => String::new(),
            None => meant(self.near(name).as_deref()),
        };
        let shown: Vec<&str> = kinds.iter().map(|kind| kind.map_or("…", kind_name)).collect();
        self.found.push(Found { position, message: format!("function not found: {name} ({})", shown.join(", ")), label });
    }

    /// One of ours or of the script, as a run says it; else one of the language.
    fn near(&self, name: &str) -> Option<String> {
        let of_language = || {
            let words = self.natives.iter().map(|native| native.name.as_str());
            nearest(name, words.filter(|word| word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))).map(str::to_owned)
        };
        api::near(name, self.names.functions.iter().map(|(known, _)| known.as_str())).or_else(of_language)
    }

    /// Options that are written where the function is called.
    fn options(&mut self, call: &FnCallExpr) {
        let name = call.name.as_str();
        if let ("analyze" | "gate", Some(Expr::Map(entries, _))) = (name, call.args.get(1)) {
            for (key, value) in &entries.0 {
                self.option(name, &key.name, value, key.pos);
            }
        }
        let written: &[(usize, &str)] = match name {
            "run" => &[(0, "pipeline")],
            "report" => &[(1, "template"), (2, "path")],
            _ => &[],
        };
        for (at, option) in written {
            if let Some(value) = call.args.get(*at) {
                self.option(name, option, value, value.position());
            }
        }
    }

    fn option(&mut self, function: &str, option: &str, value: &Expr, position: Position) {
        let literal = value.get_literal_value(None).map(|value| api::plain(&value));
        if let Err(message) = self.host.fits(function, option, literal.as_ref()) {
            self.found.push(Found { position, message, label: String::new() });
        }
    }

    /// The kind of value that an expression is, where it is written there.
    fn kind(&self, expr: &Expr) -> Option<TypeId> {
        Some(match expr {
            Expr::Variable(variable, ..) if !self.names.variables.contains(variable.1.as_str()) => return api::service(&variable.1),
            Expr::DynamicConstant(value, _) => value.type_id(),
            Expr::BoolConstant(..) => TypeId::of::<bool>(),
            Expr::IntegerConstant(..) => TypeId::of::<i64>(),
            Expr::FloatConstant(..) => TypeId::of::<f64>(),
            Expr::CharConstant(..) => TypeId::of::<char>(),
            Expr::StringConstant(..) | Expr::InterpolatedString(..) => TypeId::of::<ImmutableString>(),
            Expr::Array(..) => TypeId::of::<Array>(),
            Expr::Map(..) => TypeId::of::<Map>(),
            Expr::Unit(_) => TypeId::of::<()>(),
            _ => return None,
        })
    }
}

/// A kind of value as the engine calls it.
fn kind_name(kind: TypeId) -> &'static str {
    let known = [
        (TypeId::of::<bool>(), "bool"),
        (TypeId::of::<i64>(), "i64"),
        (TypeId::of::<f64>(), "f64"),
        (TypeId::of::<char>(), "char"),
        (TypeId::of::<ImmutableString>(), "string"),
        (TypeId::of::<Array>(), "array"),
        (TypeId::of::<Blob>(), "blob"),
        (TypeId::of::<Map>(), "map"),
        (TypeId::of::<FnPtr>(), "Fn"),
        (TypeId::of::<()>(), "()"),
    ];
    let of_service = || SERVICES.into_iter().find(|name| api::service(name) == Some(kind));
    known.into_iter().find(|(known, _)| *known == kind).map(|(_, name)| name).or_else(of_service).unwrap_or("…")
}
