//! Owns rhai scripts: the engine and its limits, what a script may ask for, how its mistakes are told. Touches nothing but through [`Host`].

mod api;
mod embedded;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rhai::{AST, Dynamic, Engine, EvalAltResult, ParseError, Position, Scope};
use serde_json::Value;

pub use api::{ApiEntry, api};
pub use embedded::{Embedded, SCRIPTS, summary};

use crate::diag::{Diagnostic, Excerpt, Gravity, nearest};

/// Steps that a script may take; a loop without end stops here. Tests do not want to wait for so many.
const MAX_OPERATIONS: u64 = if cfg!(test) { 1_000_000 } else { 200_000_000 };

/// Functions of the script inside of each other.
const MAX_CALLS: usize = 64;

/// Longest text, in bytes.
const MAX_TEXT_BYTES: usize = 16 << 20;

/// Longest list, and largest map.
const MAX_ITEMS: usize = 1 << 20;

/// Longest time that the script itself may work; what it asks of the host does not count.
const MAX_TIME: Duration = Duration::from_secs(60);

/// What a script can ask of the program around it. Errors are words, and end the script at the place of the call.
pub trait Host: Send + Sync {
    /// Sources below these paths and globs.
    ///
    /// # Errors
    /// A glob that is none, or nothing is there.
    fn discover(&self, paths: Vec<String>) -> Result<Value, String>;
    /// Sources that differ from a commit.
    ///
    /// # Errors
    /// Git's.
    fn changed(&self, base: &str) -> Result<Value, String>;
    /// Commits that touched each file since a time.
    ///
    /// # Errors
    /// Git's.
    fn churn(&self, since: &str) -> Result<Value, String>;
    /// Measures of files.
    ///
    /// # Errors
    /// A file that cannot be read.
    fn measure(&self, paths: Vec<String>) -> Result<Value, String>;
    /// Runs operations; gives the document of the run.
    ///
    /// # Errors
    /// A setting or operation that is none; the run cannot go on.
    fn analyze(&self, paths: Vec<String>, options: Value) -> Result<Value, String>;
    /// What asking the model about files would cost at most, and how many answers are kept.
    ///
    /// # Errors
    /// See [`Host::analyze`].
    fn price(&self, paths: Vec<String>) -> Result<Value, String>;
    /// Runs a pipeline; gives the document of the run.
    ///
    /// # Errors
    /// See [`Host::analyze`].
    fn run(&self, pipeline: &str) -> Result<Value, String>;
    /// Asks the model in words about files.
    ///
    /// # Errors
    /// There is no answer.
    fn ask(&self, question: &str, paths: Vec<String>) -> Result<String, String>;
    /// Writes a report of a run.
    ///
    /// # Errors
    /// No such run or template, or a place that a script may not write to.
    fn report(&self, run: &str, template: &str, path: &str) -> Result<(), String>;
    /// What changed between two runs.
    ///
    /// # Errors
    /// No such run.
    fn compare(&self, before: &str, after: &str) -> Result<Value, String>;
    /// What was spent, by span of time, in USD.
    ///
    /// # Errors
    /// The store's.
    fn costs(&self) -> Result<Value, String>;
    /// What is kept.
    ///
    /// # Errors
    /// The store's.
    fn cache(&self) -> Result<Value, String>;
    /// Kept runs of a pipeline, or of all (an empty name), the newest first.
    ///
    /// # Errors
    /// The store's.
    fn runs(&self, pipeline: &str, most: usize) -> Result<Value, String>;
    /// The document of a kept run.
    ///
    /// # Errors
    /// No such run.
    fn document(&self, run: &str) -> Result<Value, String>;
    /// From now on, no more than this may be spent.
    fn budget(&self, usd: f64);
    /// What the script has spent so far, in USD.
    fn spent(&self) -> f64;
    /// Whether a document is below a limit; remembers for the exit status if it is not.
    ///
    /// # Errors
    /// A limit that is none.
    fn gate(&self, document: &Value, limits: &Value) -> Result<bool, String>;
    /// To standard output.
    fn print(&self, text: &str);
    /// To standard error.
    fn log(&self, text: &str);
}

/// How a script ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself.
    Done,
    /// It said `fail`, and why.
    Failed(String),
}

/// A script that can be run.
pub struct Script {
    engine: Engine,
    ast: AST,
    name: String,
    text: String,
}

/// Time that the host has worked for the script, in nanoseconds.
type HostTime = Arc<AtomicU64>;

impl Script {
    /// Reads a script. `name` is how the user knows it.
    ///
    /// # Errors
    /// A text that is none, with its place.
    pub fn parse(name: &str, text: &str, host: Arc<dyn Host>) -> Result<Self, Box<Diagnostic>> {
        let host_time = HostTime::default();
        let mut engine = engine(&host_time);
        api::register(&mut engine, Some(&host), &host_time);
        let ast = engine.compile(text).map_err(|error| Box::new(parse_mistake(name, text, &error)))?;
        Ok(Self { engine, ast, name: name.to_owned(), text: text.to_owned() })
    }

    /// Runs it from its first line. `args` are the words behind `--`.
    ///
    /// # Errors
    /// A mistake at run time, with its place and the functions around it.
    pub fn run(&self, args: &[String]) -> Result<Ended, Box<Diagnostic>> {
        let mut scope = Scope::new();
        api::constants(&mut scope, args);
        match self.engine.run_ast_with_scope(&mut scope, &self.ast) {
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
        match self.engine.call_fn_with_options::<Dynamic>(options, &mut scope, &self.ast, function, args) {
            Ok(value) => Ok(Ok(api::plain(&value))),
            Err(error) => self.ended(&error).map(|ended| match ended {
                Ended::Failed(why) => Err(why),
                Ended::Done => Ok(Value::Null),
            }),
        }
    }

    /// The function that was meant, where one was called that is not there.
    fn near(&self, error: &EvalAltResult) -> Option<String> {
        match error {
            EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => self.near(inner),
            EvalAltResult::ErrorFunctionNotFound(signature, _) => {
                let name = signature.split([' ', '(']).next()?;
                let own: Vec<String> = self.ast.iter_functions().map(|function| function.name.to_owned()).collect();
                let known = api().into_iter().filter_map(|entry| entry.signature.split('(').next()?.rsplit('.').next().map(str::to_owned));
                let known: Vec<String> = known.chain(own).chain(["print".to_owned()]).filter(|known| known != name).collect();
                nearest(name, known.iter().map(String::as_str)).map(str::to_owned)
            }
            _ => None,
        }
    }

    fn ended(&self, error: &EvalAltResult) -> Result<Ended, Box<Diagnostic>> {
        if let Some(why) = api::failure(error) {
            return Ok(Ended::Failed(why));
        }
        let mut mistake = run_mistake(&self.name, &self.text, error);
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

fn engine(host_time: &HostTime) -> Engine {
    let mut engine = Engine::new();
    engine.set_max_operations(MAX_OPERATIONS).set_max_call_levels(MAX_CALLS).set_max_functions(500);
    engine.set_max_string_size(MAX_TEXT_BYTES).set_max_array_size(MAX_ITEMS).set_max_map_size(MAX_ITEMS);
    // No other file, and no code from texts.
    engine.set_module_resolver(rhai::module_resolvers::DummyModuleResolver::new()).disable_symbol("eval");
    // It would wait without a step, and no limit would see it.
    engine.register_fn("sleep", |_: i64| -> Result<(), Box<EvalAltResult>> { Err("a script does not sleep".into()) });
    engine.register_fn("sleep", |_: f64| -> Result<(), Box<EvalAltResult>> { Err("a script does not sleep".into()) });
    let (start, host_time) = (Instant::now(), Arc::clone(host_time));
    engine.on_progress(move |_| {
        let own = start.elapsed().saturating_sub(Duration::from_nanos(host_time.load(Ordering::Relaxed)));
        (own > MAX_TIME).then(|| Dynamic::from(format!("it worked longer than {} s", MAX_TIME.as_secs())))
    });
    engine
}

fn parse_mistake(name: &str, text: &str, error: &ParseError) -> Diagnostic {
    mistake(name, text, error.position(), error.err_type().to_string(), None)
}

/// The innermost mistake, and below it the calls that led there.
fn run_mistake(name: &str, text: &str, error: &EvalAltResult) -> Diagnostic {
    let mut chain = Vec::new();
    let mut inner = error;
    while let EvalAltResult::ErrorInFunctionCall(function, _, cause, position) = inner {
        chain.push(format!("`{function}`, called in line {}", position.line().unwrap_or(0)));
        inner = cause;
    }
    chain.reverse();
    let hint = (!chain.is_empty()).then(|| format!("in {}", chain.join(", in ")));
    let message = match inner {
        EvalAltResult::ErrorRuntime(value, _) => value.to_string(),
        EvalAltResult::ErrorTerminated(value, _) => value.to_string(),
        EvalAltResult::ErrorTooManyOperations(_) => format!("it took more than {MAX_OPERATIONS} steps"),
        EvalAltResult::ErrorStackOverflow(_) => format!("more than {MAX_CALLS} calls inside of each other"),
        other => {
            let shown = other.to_string();
            // The place is told by itself.
            shown.rsplit_once(" (line ").map_or(shown.clone(), |(message, _)| message.to_owned())
        }
    };
    mistake(name, text, inner.position(), message, hint)
}

fn mistake(name: &str, text: &str, position: Position, message: String, hint: Option<String>) -> Diagnostic {
    let excerpt = position.line().map(|line| {
        let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
        let column = position.position().unwrap_or(1).max(1);
        let at = text[start..end].char_indices().nth(column - 1).map_or(end, |(at, _)| start + at);
        let word = text[at..end].find(|c: char| !c.is_alphanumeric() && c != '_').filter(|length| *length > 0).unwrap_or(1);
        let mut stop = (at + word).min(end);
        while !text.is_char_boundary(stop) {
            stop += 1;
        }
        Excerpt { name: name.to_owned(), text: text.to_owned(), range: at..stop, label: String::new() }
    });
    Diagnostic { gravity: Gravity::Error, code: "script", message: first_lower(&message), excerpt, hint }
}

fn first_lower(message: &str) -> String {
    let mut chars = message.chars();
    match chars.next() {
        Some(first) if !message.chars().nth(1).is_some_and(char::is_uppercase) => first.to_lowercase().chain(chars).collect(),
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests;
