//! Owns rhai scripts: reading them, running them, calling their functions. Touches nothing but through [`Host`].

mod api;
mod chain;
mod check;
mod embedded;
mod fields;
mod host;
mod limits;
mod memory;
mod mistake;
mod names;
mod watch;

use std::sync::Arc;

use rhai::{AST, Dynamic, Engine, EvalAltResult, Scope};
use serde_json::Value;

pub use api::{ApiEntry, api};
pub use check::check;
pub use embedded::{Embedded, SCRIPTS, summary};
pub use host::Host;

use crate::diag::Diagnostic;
use limits::{Limits, end_when_cancelled, engine};
use mistake::Source;

/// How a script ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It ran to its end.
    Done,
    /// It said `fail`, and why.
    Failed(String),
}

/// A script that can be run.
pub struct Script {
    engine: Engine,
    ast: AST,
    limits: Arc<Limits>,
    name: String,
    text: String,
}

impl Script {
    /// Reads a script. `name` is how the user knows it.
    ///
    /// # Errors
    /// A text that is none, with its place.
    pub fn parse(name: &str, text: &str, host: Arc<dyn Host>) -> Result<Self, Box<Diagnostic>> {
        let source = Source::new(name, text);
        let limits = Arc::<Limits>::default();
        let mut engine = engine(&limits);
        api::register(&mut engine, Some(&host), &limits);
        end_when_cancelled(&mut engine, &limits, Arc::clone(&host));
        let ast = engine.compile(source.text).map_err(|error| Box::new(source.parse_mistake(&error)))?;
        Ok(Self { engine, ast, limits, name: name.to_owned(), text: source.text.to_owned() })
    }

    /// Runs it from its first line. `args` are the words behind `--`.
    ///
    /// # Errors
    /// A mistake at run time, with its place and the functions around it.
    pub fn run(&self, args: &[String]) -> Result<Ended, Box<Diagnostic>> {
        let mut scope = Scope::new();
        api::constants(&mut scope, args);
        match self.limits.within(|| self.engine.run_ast_with_scope(&mut scope, &self.ast)) {
            Ok(()) => Ok(Ended::Done),
            Err(error) => self.ended(&error),
        }
    }

    /// Whether it has a function of this name with so many parameters.
    pub fn has(&self, function: &str, n_parameters: usize) -> bool {
        self.ast.iter_functions().any(|known| known.name == function && known.params.len() == n_parameters)
    }

    /// Calls one of its functions with plain values. One that says `fail` gives why.
    ///
    /// # Errors
    /// See [`Script::run`].
    pub fn call(&self, function: &str, args: &[Value]) -> Result<Result<Value, String>, Box<Diagnostic>> {
        let mut scope = Scope::new();
        api::constants(&mut scope, &[]);
        let args: Vec<Dynamic> = args.iter().map(api::dynamic).collect();
        let options = rhai::CallFnOptions::new().eval_ast(false);
        let called = || self.engine.call_fn_with_options::<Dynamic>(options, &mut scope, &self.ast, function, args);
        match self.limits.within(called) {
            Ok(value) => Ok(Ok(api::plain(&value))),
            Err(error) => self.ended(&error).map(|ended| match ended {
                Ended::Failed(why) => Err(why),
                Ended::Done => Ok(Value::Null),
            }),
        }
    }

    /// A mistake in what one of its functions gave, shown at its head.
    pub fn mistake_in(&self, function: &str, message: &str) -> Diagnostic {
        let body = self.ast.iter_fn_def().find(|known| known.name.as_str() == function).map(|known| known.body.start_position());
        let source = self.source();
        let head = body.and_then(|position| source.offset(position)).and_then(|(at, _)| self.text[..at].rfind(function));
        source.mistake_in(head.map(|at| at..at + function.len()), message)
    }

    fn source(&self) -> Source<'_> {
        Source { name: &self.name, text: &self.text }
    }

    /// The function that was meant, where one was called that is not there.
    fn near(&self, error: &EvalAltResult) -> Option<String> {
        match error {
            EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => self.near(inner),
            EvalAltResult::ErrorFunctionNotFound(signature, _) => {
                let name = signature.split([' ', '(']).next()?;
                api::near(name, self.ast.iter_functions().map(|function| function.name))
            }
            _ => None,
        }
    }

    fn ended(&self, error: &EvalAltResult) -> Result<Ended, Box<Diagnostic>> {
        if let Some(why) = api::failure(error) {
            return Ok(Ended::Failed(why));
        }
        let mut mistake = self.source().run_mistake(error);
        if let (Some(near), Some(excerpt)) = (self.near(error), &mut mistake.excerpt) {
            excerpt.label = format!("did you mean `{near}`?");
        }
        Err(Box::new(mistake))
    }
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Script({})", self.name)
    }
}

#[cfg(test)]
mod tests;
