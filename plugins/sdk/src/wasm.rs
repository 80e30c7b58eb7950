//! The WASM side: the contract's exports as a [`Plugin`], its imports as a [`Host`].

use std::marker::PhantomData;

use crate::bindings::Guest;
use crate::bindings::devflow::plugin::{log, project, syntax, text};
use crate::{
    Call, Captures, Conclusion, Document, Exchange, FormNode, Function, Hit, Host, Manifest, Measures, Plugin, Question, Repeat, Report,
    Source, Symbol, Unit, UnreadFile,
};

/// A plugin as the contract wants it.
#[derive(Debug)]
pub struct Component<P>(PhantomData<P>);

/// Makes a component of a type with the trait [`Plugin`].
#[macro_export]
macro_rules! export {
    ($plugin:ty) => {
        #[allow(unsafe_code, reason = "exports of a component are made so")]
        const _: () = {
            type Exported = $crate::wasm::Component<$plugin>;
    $crate::bindings::export_component!(Exported with_types_in $crate::bindings);
        };
    };
}

struct Imports;

impl Host for Imports {
    fn functions(&self) -> Vec<Function> {
        syntax::functions()
    }

    fn measure(&self) -> Measures {
        syntax::measure()
    }

    fn form(&self) -> Vec<FormNode> {
        syntax::form()
    }

    fn search_syntax(&self, queries: &[String]) -> Result<Captures, String> {
        syntax::search(queries)
    }

    fn search_text(&self, patterns: &[String]) -> Result<Vec<Hit>, String> {
        text::search(patterns)
    }

    fn sources(&self) -> Vec<Source> {
        project::sources()
    }

    fn symbols(&self, source: usize) -> Vec<Symbol> {
        project::symbols(source as u32)
    }

    fn words(&self, source: usize) -> Vec<String> {
        project::words(source as u32)
    }

    fn documents(&self) -> Vec<Document> {
        project::documents()
    }

    fn unread(&self) -> Vec<UnreadFile> {
        project::unread()
    }

    fn unread_words(&self, file: usize) -> Vec<String> {
        project::unread_words(file as u32)
    }

    fn repeats(&self) -> Vec<Repeat> {
        project::repeats()
    }

    fn log(&self, message: &str) {
        log::write(log::Level::Info, message);
    }
}

/// A panic says why before it becomes a trap without words.
fn prepare() {
    std::panic::set_hook(Box::new(|panic| log::write(log::Level::Warn, &panic.to_string())));
}

/// Calls a function of the plugin.
fn call<T>(operation: &str, unit: &Unit, options: &str, work: impl FnOnce(&Call<'_>) -> T) -> T {
    prepare();
    work(&Call { operation, unit, options, host: &Imports })
}

fn check_known<P: Plugin>(operation: &str) -> Result<(), String> {
    let is_known = P::manifest().operations.iter().any(|known| known.name == operation);
    if is_known { Ok(()) } else { Err(format!("there is no operation `{operation}`")) }
}

impl<P: Plugin> Guest for Component<P> {
    fn manifest() -> Manifest {
        prepare();
        P::manifest()
    }

    fn inspect(operation: String, unit: Unit, options: String) -> Result<Report, String> {
        call(&operation, &unit, &options, P::inspect)
    }

    fn question(operation: String, unit: Unit, options: String) -> Result<Option<Question>, String> {
        call(&operation, &unit, &options, P::question)
    }

    fn conclude(operation: String, unit: Unit, options: String, exchange: Exchange) -> Result<Conclusion, String> {
        call(&operation, &unit, &options, |call| {
            check_known::<P>(&operation)?;
            P::conclude(call, &exchange)
        })
    }
}
