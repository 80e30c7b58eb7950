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
//! impl Plugin for NoTabs {
//!     fn manifest() -> Manifest {
//!         Manifest {
//!             id: "no-tabs".to_owned(),
//!             version: env!("CARGO_PKG_VERSION").to_owned(),
//!             operations: vec![Operation::new("file", Scope::File, "Finds tabs.")],
//!             rules: vec![RuleInfo::new("tab", Severity::Info, Category::Maintainability, "A line begins with a tab.")],
//!         }
//!     }
//!
//!     fn inspect(call: &Call<'_>) -> Result<Report, String> {
//!         let mut report = Report::default();
//!         for hit in call.host.search_text(&["^\t+".to_owned()])? {
//!             report.findings.push(Finding {
//!                 rule: "tab".to_owned(),
//!                 severity: Severity::Info,
//!                 category: Category::Maintainability,
//!                 message: "this line begins with a tab".to_owned(),
//!                 place: Place::Span(hit.span),
//!                 suggestion: Some("Indent with spaces.".to_owned()),
//!                 confidence: 100,
//!             });
//!         }
//!         Ok(report)
//!     }
//! }
//!
//! devflow_plugin::export!(NoTabs);
//! ```

mod host;
#[cfg(feature = "testing")]
pub mod testing;
mod types;
#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod wasm;

pub use host::{Capture, Captures, Document, Function, Hit, Host, Kind, Measures, Repeat, Source, Symbol, Unread};
pub use types::{
    Artifact, Category, Conclusion, Edit, Finding, Hunk, Manifest, Operation, Patch, Place, Question, Report, Role, RuleInfo, Scope,
    Severity, Unit,
};

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
    fn conclude(call: &Call<'_>, answer: &str) -> Result<Conclusion, String> {
        let _ = (call, answer);
        Ok(Conclusion::default())
    }
}

/// Makes a component of a type with the trait [`Plugin`]. Compiled natively, it does nothing.
#[cfg(not(target_family = "wasm"))]
#[macro_export]
macro_rules! export {
    ($plugin:ty) => {};
}
