//! Owns the functions that a script can call, each with its types and its documentation.

use std::any::TypeId;
use std::sync::Arc;

use rhai::{Array, Dynamic, Engine, EvalAltResult, FnPtr, FuncRegistration, Map, NativeCallContext, Scope};
use serde_json::Value;

use super::host::Host;
use super::limits::{Limits, end};
use crate::diag::nearest;

/// One function, as `devflow script api` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiEntry {
    /// The call, with the types of its parameters and of its result.
    pub signature: &'static str,
    /// What it does, in a sentence or two.
    pub doc: &'static str,
}

impl ApiEntry {
    /// Name of the function, without what it is called on.
    pub(super) fn name(&self) -> &'static str {
        let head = self.signature.split('(').next().unwrap_or(self.signature);
        head.rsplit('.').next().unwrap_or(head)
    }
}

type Outcome<T> = Result<T, Box<EvalAltResult>>;

/// What `git`, `costs`, `cache` and `runs` are in a script: names to call functions on.
#[derive(Clone, Debug)]
struct Git;
#[derive(Clone, Debug)]
struct Costs;
#[derive(Clone, Debug)]
struct Cache;
#[derive(Clone, Debug)]
struct Runs;

/// What `fail` throws: no mistake, but the end.
#[derive(Clone, Debug)]
struct Failure(String);

/// Registers functions and notes their documentation, so that no function is without one.
struct Registrar<'a> {
    engine: &'a mut Engine,
    entries: Vec<ApiEntry>,
}

/// Registers a function under the name in its signature.
macro_rules! add {
    ($registrar:ident, $signature:expr, $doc:expr, $function:expr $(,)?) => {{
        let entry = ApiEntry { signature: $signature, doc: $doc };
        $registrar.engine.register_fn(entry.name(), $function);
        $registrar.entries.push(entry);
    }};
}

/// Calls the host; the time of the script stands still meanwhile.
#[derive(Clone)]
struct Caller {
    host: Option<Arc<dyn Host>>,
    limits: Arc<Limits>,
}

impl Caller {
    fn call<T>(&self, work: impl FnOnce(&dyn Host) -> Result<T, String>) -> Outcome<T> {
        let host = self.host.as_deref().ok_or("nobody is here to answer")?;
        self.limits.watch.stop();
        let result = work(host);
        self.limits.watch.start();
        result.map_err(Into::into)
    }

    fn value(&self, work: impl FnOnce(&dyn Host) -> Result<Value, String>) -> Outcome<Dynamic> {
        self.call(work).map(|value| dynamic(&value))
    }
}

/// A plain value as a script sees it.
pub(super) fn dynamic(value: &Value) -> Dynamic {
    match value {
        Value::Null => Dynamic::UNIT,
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => number.as_i64().map_or_else(|| number.as_f64().unwrap_or(f64::NAN).into(), Dynamic::from),
        Value::String(text) => text.clone().into(),
        Value::Array(items) => items.iter().map(dynamic).collect::<Array>().into(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.as_str().into(), dynamic(value))).collect::<Map>().into(),
    }
}

/// What a script has made, as a plain value; what is none (a function) becomes null.
pub(super) fn plain(value: &Dynamic) -> Value {
    if let Some(map) = value.read_lock::<Map>() {
        return Value::Object(map.iter().map(|(key, value)| (key.to_string(), plain(value))).collect());
    }
    if let Some(items) = value.read_lock::<Array>() {
        return Value::Array(items.iter().map(plain).collect());
    }
    if let Ok(flag) = value.as_bool() {
        return flag.into();
    }
    if let Ok(whole) = value.as_int() {
        return whole.into();
    }
    if let Ok(number) = value.as_float() {
        return serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number);
    }
    value.clone().into_string().map_or(Value::Null, Value::String)
}

/// Why a script said `fail`, if that is how it ended.
pub(super) fn failure(error: &EvalAltResult) -> Option<String> {
    match error {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => failure(inner),
        EvalAltResult::ErrorTerminated(value, _) => value.clone().try_cast::<Failure>().map(|failure| failure.0),
        _ => None,
    }
}

/// What every script finds: its arguments, and names to call functions on.
pub(super) fn constants(scope: &mut Scope<'_>, args: &[String]) {
    scope.push_constant("git", Git).push_constant("costs", Costs).push_constant("cache", Cache).push_constant("runs", Runs);
    let (mut plain, mut options) = (Array::new(), Map::new());
    let mut words = args.iter().peekable();
    while let Some(word) = words.next() {
        match word.strip_prefix("--") {
            Some(name) => {
                let mut next = || words.next_if(|next| !next.starts_with("--")).map_or(Dynamic::TRUE, |value| value.clone().into());
                let (name, value) = name.split_once('=').map_or_else(|| (name, next()), |(name, value)| (name, value.into()));
                options.insert(name.replace('-', "_").as_str().into(), value);
            }
            None => plain.push(word.clone().into()),
        }
    }
    scope.push_constant("args", plain).push_constant("options", options);
}

/// The type of a name that functions are called on, such as `git`.
pub(super) fn service(name: &str) -> Option<TypeId> {
    Some(match name {
        "git" => TypeId::of::<Git>(),
        "costs" => TypeId::of::<Costs>(),
        "cache" => TypeId::of::<Cache>(),
        "runs" => TypeId::of::<Runs>(),
        _ => return None,
    })
}

/// Every function with its documentation, in the order of the page.
pub fn api() -> Vec<ApiEntry> {
    register(&mut Engine::new_raw(), None, &Arc::default())
}

/// The function that was meant: one of ours, or one of the script's `own`.
pub(super) fn near<'a>(name: &str, own: impl Iterator<Item = &'a str>) -> Option<String> {
    let entries = api();
    let known = entries.iter().map(|entry| -> &'a str { entry.name() }).chain(["print"]).chain(own);
    nearest(name, known.filter(|known| *known != name)).map(str::to_owned)
}

/// Registers everything; gives the documentation. Without a host, every call fails.
pub(super) fn register(engine: &mut Engine, host: Option<&Arc<dyn Host>>, limits: &Arc<Limits>) -> Vec<ApiEntry> {
    if let Some(host) = host {
        let (printer, logger) = (Arc::clone(host), Arc::clone(host));
        engine.on_print(move |text| printer.print(text));
        engine.on_debug(move |text, _, _| logger.log(text));
    }
    let caller = Caller { host: host.cloned(), limits: Arc::clone(limits) };
    engine.register_type_with_name::<Git>("git").register_type_with_name::<Costs>("costs");
    engine.register_type_with_name::<Cache>("cache").register_type_with_name::<Runs>("runs");
    let mut registrar = Registrar { engine, entries: Vec::new() };
    files(&mut registrar, &caller);
    work(&mut registrar, &caller);
    past(&mut registrar, &caller);
    lists(&mut registrar, limits);
    ending(&mut registrar, &caller);
    registrar.entries
}

fn files(registrar: &mut Registrar<'_>, caller: &Caller) {
    let c = caller.clone();
    add!(
        registrar,
        "discover(paths: array of string) -> array of file",
        "Sources below files, folders and globs, by path. A file is a map: `path`, `language`, `role`, `size`. Ignore files are honoured. A path that does not exist is an error, here and wherever paths are taken.",
        move |paths: Array| c.value(|host| host.discover(names(&paths)?)),
    );
    let c = caller.clone();
    add!(
        registrar,
        "measure(files: array) -> array of file",
        "The files with `code_lines`, `functions`, `cyclomatic` and `cognitive`: the sums over their functions. Takes files or paths.",
        move |files: Array| c.value(|host| host.measure(names(&files)?)),
    );
    let c = caller.clone();
    add!(
        registrar,
        "git.changed(base: string) -> array of file",
        "Sources that differ from the point where `base` and the current commit parted, committed or not, new ones included.",
        move |_: &mut Git, base: &str| c.value(|host| host.changed(base)),
    );
    let c = caller.clone();
    add!(
        registrar,
        "git.churn(since: string) -> map",
        "How many commits touched each file since a time, by path. A time is `3 months ago` (`second` to `year`), `yesterday`, or a date such as `2026-01-31`, with a time of day if need be; everything else is a mistake.",
        move |_: &mut Git, since: &str| c.value(|host| host.churn(since)),
    );
}

fn work(registrar: &mut Registrar<'_>, caller: &Caller) {
    let c = caller.clone();
    add!(
        registrar,
        "analyze(files: array, options: map) -> document",
        "Looks at files, and gives the run as the JSON document has it. Options are settings by key, such as `\"model.mode\": \"off\"`, and \
         `operations`, a list such as `[\"review:file\"]`; without it, the enabled analyzers.",
        move |files: Array, options: Map| c.value(|host| host.analyze(names(&files)?, plain(&options.into()))),
    );
    let c = caller.clone();
    registrar
        .engine
        .register_fn("analyze", move |files: Array| c.value(|host| host.analyze(names(&files)?, Value::Object(serde_json::Map::new()))));
    let c = caller.clone();
    add!(
        registrar,
        "price(files: array) -> map",
        "What asking the model about files would cost: `questions`, how many of them are `kept`, and at most so many `usd`.",
        move |files: Array| c.value(|host| host.price(names(&files)?)),
    );
    let c = caller.clone();
    add!(registrar, "run(pipeline: string) -> document", "Runs a pipeline of the project, and gives the run.", move |pipeline: &str| {
        c.value(|host| host.run(pipeline))
    });
    let c = caller.clone();
    add!(
        registrar,
        "ask(question: string, files: array) -> string",
        "Asks the model in words about files. The answer is kept like every other; its claims are not checked.",
        move |question: &str, files: Array| c.call(|host| host.ask(question, names(&files)?)),
    );
    let c = caller.clone();
    add!(
        registrar,
        "report(result: document, template: string, path: string)",
        "Writes a report of a run into the project: by a format (`markdown`, `html`, `sarif`, …) or a template. The path ends as reports do \
         (`.md`, `.html`, `.json`, `.txt`, `.csv`, `.xml`, `.sarif`, `.jsonl`), is relative and not hidden.",
        move |result: Map, template: &str, path: &str| c.call(|host| host.report(&run_id(&result)?, template, path)),
    );
    let c = caller.clone();
    add!(
        registrar,
        "compare(before: document, after: document) -> map",
        "What changed between two runs: `new`, `fixed`, `unseen` (not looked at again), `unchanged`, `files` with other scores.",
        move |before: Map, after: Map| c.value(|host| host.compare(&run_id(&before)?, &run_id(&after)?)),
    );
}

fn past(registrar: &mut Registrar<'_>, caller: &Caller) {
    let c = caller.clone();
    add!(registrar, "costs.today() -> float", "What was spent since midnight, in USD, by all runs.", move |_: &mut Costs| {
        c.value(|host| Ok(host.costs()?["today"].clone()))
    });
    let c = caller.clone();
    add!(registrar, "costs.all() -> map", "What was spent: `today`, `7 days`, `30 days`, `ever`; in USD.", move |_: &mut Costs| {
        c.value(|host| host.costs())
    });
    let c = caller.clone();
    add!(
        registrar,
        "cache.stats() -> map",
        "What is kept: `answers`, `expired`, `hits`, `misses`, `saved_usd`, `results`, `size_bytes`.",
        move |_: &mut Cache| c.value(|host| host.cache()),
    );
    let c = caller.clone();
    add!(
        registrar,
        "runs.last(pipeline: string) -> document or ()",
        "The last kept run of a pipeline on this project, or `()`. An empty name stands for any run.",
        move |_: &mut Runs, pipeline: &str| {
            c.value(|host| match host.runs(pipeline, 1)?.get(0).and_then(|run| run["id"].as_str()) {
                Some(id) => host.document(id),
                None => Ok(Value::Null),
            })
        },
    );
    let c = caller.clone();
    add!(
        registrar,
        "runs.list(pipeline: string, most: int) -> array of map",
        "Kept runs, the newest first: `id`, `started_at`, `pipeline`, `outcome`, `scores`, `findings`, `usd`.",
        move |_: &mut Runs, pipeline: &str, most: i64| c.value(|host| host.runs(pipeline, usize::try_from(most).unwrap_or(0))),
    );
}

fn lists(registrar: &mut Registrar<'_>, limits: &Arc<Limits>) {
    let l = Arc::clone(limits);
    add!(
        registrar,
        "array.sort_by(key: function) -> array",
        "The items in the order of what `key` makes of them, numbers or texts, the least first. Equal ones keep their order.",
        move |context: NativeCallContext<'_>, items: &mut Array, key: FnPtr| -> Outcome<Array> {
            let mut making = l.scales.making();
            let mut keyed = Vec::with_capacity(items.len());
            for item in items.iter() {
                let key = key.call_within_context::<Dynamic>(&context, (item.clone(),))?;
                making.add(&key).map_err(end)?;
                keyed.push((key, item.clone()));
            }
            keyed.sort_by(|a, b| order(&a.0, &b.0));
            Ok(keyed.into_iter().map(|(_, item)| item).collect())
        },
    );
    add!(
        registrar,
        "array.chunks(size: int) -> array of array",
        "The items in groups of `size`; the last may be smaller.",
        |items: &mut Array, size: i64| -> Outcome<Array> {
            let size = usize::try_from(size).ok().filter(|size| *size > 0).ok_or("a group has at least one item")?;
            Ok(items.chunks(size).map(|chunk| Dynamic::from_array(chunk.to_vec())).collect())
        },
    );
    add!(registrar, "array.sum_by(key: function) -> float", "The sum of what `key` makes of the items.", sum_by);
    // The language has one, and looks at the size of the whole list only when it is made.
    let l = Arc::clone(limits);
    FuncRegistration::new("map").with_purity(true).register_into_engine(
        registrar.engine,
        move |context: NativeCallContext<'_>, items: &mut Array, mapper: FnPtr| -> Outcome<Array> {
            let mut making = l.scales.making();
            let mut made = Array::with_capacity(items.len());
            for (at, item) in (0_i64..).zip(items.iter_mut()) {
                let value = mapper.call_raw_with_extra_args("map", &context, Some(item), [], [at.into()], Some(0))?;
                making.add(&value).map_err(end)?;
                made.push(value);
            }
            Ok(made)
        },
    );
}

fn sum_by(context: NativeCallContext<'_>, items: &mut Array, key: FnPtr) -> Outcome<f64> {
    let mut sum = 0.0;
    for item in items.iter() {
        let value = key.call_within_context::<Dynamic>(&context, (item.clone(),))?;
        sum += value.as_float().or_else(|_| value.as_int().map(|whole| whole as f64)).map_err(|kind| format!("a {kind} is no number"))?;
    }
    Ok(sum)
}

fn ending(registrar: &mut Registrar<'_>, caller: &Caller) {
    let c = caller.clone();
    add!(
        registrar,
        "budget(usd: float)",
        "From here on, the script may spend no more than this, all its runs and questions together.",
        move |usd: f64| {
            c.call(|host| {
                host.budget(usd);
                Ok(())
            })
        },
    );
    let c = caller.clone();
    registrar.engine.register_fn("budget", move |usd: i64| {
        c.call(|host| {
            host.budget(usd as f64);
            Ok(())
        })
    });
    let c = caller.clone();
    add!(registrar, "spent() -> float", "What the script has spent so far, in USD.", move || c.call(|host| Ok(host.spent())));
    let c = caller.clone();
    add!(
        registrar,
        "gate(result: document, limits: map) -> bool",
        "Whether a run keeps to limits: `fail_on` (a severity) and `fail_below` (a score). If not, the program ends with 1 in the end.",
        move |result: Map, limits: Map| c.call(|host| host.gate(&plain(&result.into()), &plain(&limits.into()))),
    );
    add!(
        registrar,
        "days_between(before: string, after: string) -> float",
        "Days between two times as runs have them, in RFC 3339.",
        |before: &str, after: &str| -> Outcome<f64> {
            let time = |text: &str| text.parse::<jiff::Timestamp>().map_err(|_| format!("`{text}` is no time"));
            Ok((time(after)?.as_second() - time(before)?.as_second()) as f64 / 86_400.0)
        },
    );
    add!(registrar, "fail(why: string)", "Ends the script here; the program ends with 1 and says why.", |why: &str| -> Outcome<()> {
        // A script must not catch its own end.
        Err(Box::new(EvalAltResult::ErrorTerminated(Dynamic::from(Failure(why.to_owned())), rhai::Position::NONE)))
    });
    let c = caller.clone();
    add!(registrar, "log(text: string)", "Says something on standard error. `print` writes to standard output.", move |text: &str| {
        c.call(|host| {
            host.log(text);
            Ok(())
        })
    });
}

/// Paths of files, which may be maps or the paths themselves.
fn names(files: &Array) -> Result<Vec<String>, String> {
    let name = |file: &Dynamic| match file.read_lock::<Map>() {
        Some(map) => map.get("path").and_then(|path| path.clone().into_string().ok()),
        None => file.clone().into_string().ok(),
    };
    let named = |file: &Dynamic| {
        let kind = if file.is_map() { "a map without it" } else { file.type_name() };
        name(file).ok_or_else(|| format!("expected a path or a map with a `path`, found {kind}"))
    };
    files.iter().map(named).collect()
}

/// The run that a document is of.
fn run_id(document: &Map) -> Result<String, String> {
    let run = document.get("run").and_then(|run| run.read_lock::<Map>().map(|run| run.get("id").cloned()));
    run.flatten().and_then(|id| id.into_string().ok()).ok_or_else(|| "this is not the document of a run".to_owned())
}

fn order(a: &Dynamic, b: &Dynamic) -> std::cmp::Ordering {
    let number = |value: &Dynamic| value.as_float().or_else(|_| value.as_int().map(|whole| whole as f64)).ok();
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.to_string().cmp(&b.to_string()),
    }
}
