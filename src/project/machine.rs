//! What a door tells a project of the machine and of whoever listens: folders, keys, the clock. A project asks nothing else.

use std::path::PathBuf;
use std::sync::Arc;

use super::error::Hint;
use crate::diag::Diagnostic;
use crate::pipeline::Clock;
use crate::types::{CancelToken, RunEvent};

/// What a project says while it works. A door shows it, or not.
pub trait Listener: Send + Sync {
    /// Something that the user should know and that changes no result; one or more lines.
    fn note(&self, text: &str);
    /// The same for what even those have to know who want no notes.
    fn alarm(&self, text: &str);
    /// Puts what to do about something into this door's words.
    fn word(&self, hint: &Hint) -> String;
    /// The same with a place in what the user wrote.
    fn warning(&self, warning: &Diagnostic);
    /// What a script prints.
    fn print(&self, text: &str);
    /// A step of a run.
    fn event(&self, event: &RunEvent);
    /// Whether rows of files are wanted as they come. They are built for whoever wants them only.
    fn wants_rows(&self) -> bool {
        false
    }
    /// A file is done: its line, as JSON, with a line end.
    fn row(&self, _line: &str) {}
}

/// Gives the value of a variable that may hold a key.
pub type KeyLookup = dyn Fn(&str) -> Option<String> + Send + Sync;

/// The machine as a door sees it.
#[derive(Clone)]
pub struct Machine {
    /// Where relative paths of the user begin; absolute.
    pub working_directory: PathBuf,
    /// A file of settings that takes the place of the project's own.
    pub settings_file: Option<PathBuf>,
    /// Folder of the user's configuration, such as `~/.config/devflow`.
    pub config_folder: Option<PathBuf>,
    /// Folder of what can be made again, such as `~/.cache/devflow`.
    pub cache_folder: Option<PathBuf>,
    /// Folder of the store.
    pub home: Option<PathBuf>,
    /// Whether all plugins of the checkout use what their tables allow.
    pub trusts_plugins: bool,
    /// Where keys are. They are asked for when a model is made, and kept nowhere else.
    pub key: Arc<KeyLookup>,
    /// What time it is.
    pub clock: Arc<dyn Clock + Send>,
    /// Ends what goes on.
    pub cancel: CancelToken,
    /// Receives notes, warnings and the events of runs.
    pub listener: Arc<dyn Listener>,
}

impl Machine {
    /// The time by `clock`, in seconds since 1970.
    pub fn now_s(&self) -> i64 {
        self.clock.now_ns() / 1_000_000_000
    }

    /// The last midnight in the time zone of the machine, in seconds since 1970.
    pub fn midnight(&self) -> i64 {
        let now = jiff::Timestamp::from_nanosecond(i128::from(self.clock.now_ns())).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let today = now.to_zoned(jiff::tz::TimeZone::system()).start_of_day();
        today.map_or(0, |today| today.timestamp().as_second())
    }
}
