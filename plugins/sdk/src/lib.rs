//! Write an analyzer for devflow.
//!
//! A plugin is a type with the trait [`Plugin`]; [`export!`] makes a WebAssembly component of it. It sees code through [`Host`], and gives
//! findings, artifacts and patches. It has no files, no network, no clock and no state: the same unit always gives the same report.
//!
//! ```
//! use devflow_plugin::{Call, Category, Finding, Manifest, Operation, Place, Plugin, Report, RuleInfo, Scope, Severity};
//!
//! struct NoTabs;
//!
//! fn tab() -> RuleInfo {
//!     RuleInfo::new("tab", Severity::Info, Category::Maintainability, "A line begins with a tab.")
//! }
//!
//! impl Plugin for NoTabs {
//!     fn manifest() -> Manifest {
//!         Manifest {
//!             id: "no-tabs".to_owned(),
//!             version: env!("CARGO_PKG_VERSION").to_owned(),
//!             operations: vec![Operation::new("file", Scope::File, "Finds tabs.")],
//!             rules: vec![tab()],
//!         }
//!     }
//!
//!     fn inspect(call: &Call<'_>) -> Result<Report, String> {
//!         let mut report = Report::default();
//!         for hit in call.host.search_text(&["^\t+".to_owned()])? {
//!             let finding = Finding::new(&tab(), Place::Span(hit.span), "this line begins with a tab");
//!             report.findings.push(finding.suggest("Indent with spaces."));
//!         }
//!         Ok(report)
//!     }
//! }
//!
//! devflow_plugin::export!(NoTabs);
//! ```

#[doc(hidden)]
pub mod bindings;
pub mod facts;
mod host;
#[cfg(feature = "testing")]
pub mod testing;
mod types;
#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod wasm;
pub mod words;

pub use bindings::devflow::plugin::project::{Document, Imported, Kind, Repeat, Source, Symbol, UnreadFile};
pub use bindings::devflow::plugin::syntax::{Capture, Captures, FormKind, FormNode, Function, Measures};
pub use bindings::devflow::plugin::text::Hit;
pub use bindings::devflow::plugin::types::{
    Artifact, Category, Conclusion, Edit, Elsewhere, Exchange, Finding, Hunk, Limit, Manifest, Operation, Patch, Place, Question, Quote,
    Reason, Related, Report, Role, RuleInfo, Scope, Severity, Span, TextEdit, Unit,
};
pub use host::Host;

/// Everything about one call.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Which operation of the manifest.
    pub operation: &'a str,
    /// What to look at.
    pub unit: &'a Unit,
    /// JSON that fits the schema of the operation.
    pub options: &'a str,
    /// What can be asked about it.
    pub host: &'a dyn Host,
}

/// An analyzer. All functions must depend on their arguments alone.
pub trait Plugin {
    /// What it is and what it can do.
    fn manifest() -> Manifest;

    /// The static part: no model, no network.
    ///
    /// # Errors
    /// Why the unit cannot be looked at; the run goes on without it.
    fn inspect(call: &Call<'_>) -> Result<Report, String> {
        let _ = call;
        Ok(Report::default())
    }

    /// What to ask of the model about this unit, if anything. Only for operations with the permission `model`.
    ///
    /// # Errors
    /// See [`Plugin::inspect`].
    fn question(call: &Call<'_>) -> Result<Option<Question>, String> {
        let _ = call;
        Ok(None)
    }

    /// Turns the model's answer, valid against the schema already, into a report. Called again on a kept answer when the plugin changes.
    ///
    /// # Errors
    /// Why the answer is of no use.
    fn conclude(call: &Call<'_>, exchange: &Exchange) -> Result<Conclusion, String> {
        let _ = (call, exchange);
        Ok(Conclusion::default())
    }
}

/// Makes a component of a type with the trait [`Plugin`]. Compiled natively, it does nothing.
#[cfg(not(target_family = "wasm"))]
#[macro_export]
macro_rules! export {
    ($plugin:ty) => {};
}
