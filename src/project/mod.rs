//! A project as every door needs it: opened, its settings resolved, a run composed from a spec, run, rendered, kept. This is the one place
//! that composes a run. Nothing here prints, reads a flag, a variable or a clock: a door hands in a [`Machine`] and gets data back.
//!
//! `Project::open` -> [`Project`] -> `Project::plan` of a [`RunSpec`] -> [`Setup`] -> `Setup::run` -> `Renderer`

pub mod analyzers;
mod changes;
pub mod check;
pub mod driver;
pub mod error;
pub mod eval;
pub mod generated;
pub mod history;
mod hooks;
mod machine;
mod model;
mod named;
mod names;
mod nested;
mod open;
pub mod operations;
mod places;
mod plan;
pub mod plugin_check;
pub mod plugins;
pub mod prompts;
mod render;
pub mod reports;
pub mod results;
mod run;
mod script_host;
pub mod scripts;
mod setup;
pub mod spec;
pub mod templates;
mod trust;
pub mod write;

pub use error::{Error, Hint, Kind, Result};
pub use machine::{KeyLookup, Listener, Machine};
pub use model::Purpose;
pub use open::{PROJECT_FILE, Project};
pub use render::Renderer;
pub use setup::{After, Setup};
pub use spec::RunSpec;
pub use trust::withheld;
