//! Owns the engine and what a script may use: steps, calls, time of its own, memory. Knows none of our functions.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Position, Scope};

use super::host::Host;
use super::memory::Scales;
use super::watch::Watch;

/// Steps that a script may take; a loop without end stops here. Tests do not want to wait for so many.
pub(super) const MAX_OPERATIONS: u64 = if cfg!(test) { 1_000_000 } else { 200_000_000 };

/// Functions of the script inside of each other.
pub(super) const MAX_CALLS: usize = 64;

/// Longest text, and all texts of one value together, in bytes.
const MAX_TEXT_BYTES: usize = 16 << 20;

/// Items of one list, and entries of one map, with all that are inside of it.
const MAX_ITEMS: usize = 1 << 20;

/// Variables of one function.
const MAX_VARIABLES: usize = 1_000;

/// Longest time that the script itself may work; what it asks of the host does not count.
const MAX_TIME_S: u64 = 60;

/// What a script has used.
#[derive(Default)]
pub(super) struct Limits {
    pub(super) watch: Watch,
    pub(super) scales: Scales,
}

impl Limits {
    /// Lets the script work; its time counts meanwhile.
    pub(super) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        self.scales.clear();
        self.watch.start();
        let result = work();
        self.watch.stop();
        result
    }

    /// Hears of a step; gives why it must be the last.
    fn step(&self) -> Option<Dynamic> {
        let own_ns = self.watch.own_ns();
        self.scales.tick(own_ns);
        (own_ns > MAX_TIME_S * 1_000_000_000).then(|| Dynamic::from(format!("it worked longer than {MAX_TIME_S} s")))
    }

    /// Hears that a function at this depth of calls reads one of its variables.
    fn look(&self, level: usize, scope: &Scope<'_>) -> Result<(), Box<EvalAltResult>> {
        if !self.scales.is_due() {
            return Ok(());
        }
        let from_ns = self.watch.own_ns();
        let verdict = self.scales.weigh(level, scope);
        self.scales.weighed(from_ns, self.watch.own_ns());
        verdict.map_err(end)
    }
}

/// Ends a script, which must not catch it.
pub(super) fn end(why: String) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorTerminated(Dynamic::from(why), Position::NONE))
}

/// Ends a script at its next step when its host says so.
pub(super) fn end_when_cancelled(engine: &mut Engine, limits: &Arc<Limits>, host: Arc<dyn Host>) {
    let of_steps = Arc::clone(limits);
    engine.on_progress(move |_| if host.is_cancelled() { Some(Dynamic::from("it was interrupted".to_owned())) } else { of_steps.step() });
}

/// An engine with the functions of the language alone.
#[expect(deprecated, reason = "rhai reserves the right to change `on_var`, and nothing else shows what a script holds")]
pub(super) fn engine(limits: &Arc<Limits>) -> Engine {
    let mut engine = Engine::new();
    engine.set_max_operations(MAX_OPERATIONS).set_max_call_levels(MAX_CALLS).set_max_functions(500).set_max_variables(MAX_VARIABLES);
    engine.set_max_string_size(MAX_TEXT_BYTES).set_max_array_size(MAX_ITEMS).set_max_map_size(MAX_ITEMS);
    // No other file, and no code from texts.
    engine.set_module_resolver(rhai::module_resolvers::DummyModuleResolver::new()).disable_symbol("eval");
    // It would wait without a step, and no limit would see it.
    engine.register_fn("sleep", |_: i64| -> Result<(), Box<EvalAltResult>> { Err("a script does not sleep".into()) });
    engine.register_fn("sleep", |_: f64| -> Result<(), Box<EvalAltResult>> { Err("a script does not sleep".into()) });
    let of_steps = Arc::clone(limits);
    engine.on_progress(move |_| of_steps.step());
    let of_variables = Arc::clone(limits);
    engine.on_var(move |_, _, context| {
        of_variables.look(context.call_level(), context.scope())?;
        Ok(None)
    });
    engine
}
