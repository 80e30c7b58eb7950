//! The terminal as a listener: notes, warnings, and what is shown while a run goes on. Results go another way, but for rows of files.

use std::io::IsTerminal as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{Global, ProgressWhen};
use super::events::Events;
use super::exit::word;
use super::interrupt::Interrupts;
use super::output;
use super::style::colors_errors;
use crate::diag::Diagnostic;
use crate::project::{Hint, Listener};
use crate::report::counted;
use crate::types::{RunEvent, RunEventKind, Ticks};

/// See the head of this file.
pub(super) struct Terminal {
    is_quiet: bool,
    colors_errors: bool,
    wants_rows: bool,
    interrupts: Interrupts,
    /// Where steps are written to.
    events: Option<Events>,
    /// Whether a run shows a bar.
    has_bar: bool,
    /// Whether a run shows a line for each file.
    has_lines: bool,
    progress: Mutex<Progress>,
}

/// What a run has told so far.
#[derive(Default)]
struct Progress {
    /// While a run goes on, where there is a terminal.
    bar: Option<ProgressBar>,
    asks_model: bool,
    /// Whether it was said that requests are waited for.
    has_said_wait: bool,
    hits: usize,
    misses: usize,
    paid: Ticks,
    batch: usize,
    n_batches: usize,
}

impl Terminal {
    pub(super) fn new(global: &Global, wants_rows: bool) -> Self {
        let is_wanted = global.progress == ProgressWhen::Auto && !global.quiet;
        let has_bar = is_wanted && !global.verbose && std::io::stderr().is_terminal();
        Self {
            is_quiet: global.quiet,
            colors_errors: colors_errors(global),
            wants_rows,
            interrupts: global.interrupts.clone(),
            events: None,
            has_bar,
            has_lines: is_wanted && !has_bar,
            progress: Mutex::default(),
        }
    }

    /// The same, where each step is written down.
    pub(super) fn with_events(self, events: Option<Events>) -> Self {
        Self { events, ..self }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a line, above the bar where there is one.
    fn line(&self, text: &str) {
        match &self.progress().bar {
            Some(bar) => bar.suspend(|| output::note(text)),
            None => output::note(text),
        }
    }

    /// Says what happens now: as a line, or beside the bar.
    fn say(&self, text: &str) {
        match &self.progress().bar {
            Some(bar) => bar.set_message(text.to_owned()),
            None if self.has_lines || self.has_bar => output::note(text),
            None => {}
        }
    }
}

impl Terminal {
    /// Says how long requests on their way are waited for: counting down beside a bar, else once.
    fn say_cancelling(&self, n_requests: usize, wait_s: u64) {
        let requests = counted(n_requests, "request");
        // Beside a bar there is room for 50 characters on a terminal of 80 columns, and the way out must be among them.
        let text = format!("Ctrl-C again leaves at once; {wait_s} s left for {requests} on the way");
        let mut progress = self.progress();
        let has_said = std::mem::replace(&mut progress.has_said_wait, true);
        match &progress.bar {
            Some(bar) => bar.set_message(text),
            None if !has_said => output::note(&format!("interrupted: {text}")),
            None => {}
        }
    }

    /// Answers are kept as they come in, so a run that was ended early loses nothing that was paid.
    fn say_interrupted(&self) {
        if !self.interrupts.cancel.is_cancelled() {
            return;
        }
        let progress = self.progress();
        let kept = if progress.asks_model {
            format!(
                "{} was paid, requests without an answer are charged at their estimates; every answer that came in is kept, and the next \
                 run asks only for the rest",
                progress.paid
            )
        } else {
            "the results of finished batches are kept".to_owned()
        };
        output::note(&format!("interrupted; {kept}"));
    }
}

impl Progress {
    fn begin(has_bar: bool, asks_model: bool) -> Self {
        let bar = has_bar.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
            // A line that wraps cannot be taken back: all of it fits into 30 columns, and the message into what is left.
            let style = ProgressStyle::with_template("{bar:12} {pos}/{len} files {wide_msg}");
            bar.with_style(style.expect("the template of the bar is valid"))
        });
        Self { bar, asks_model, ..Self::default() }
    }

    fn on_bar(&self, act: impl FnOnce(&ProgressBar)) {
        if let Some(bar) = &self.bar {
            act(bar);
        }
    }

    fn show(&self) {
        self.on_bar(|bar| {
            let model = if self.hits + self.misses > 0 {
                format!(", {} hits, {} misses, {}", self.hits, self.misses, self.paid)
            } else {
                String::new()
            };
            bar.set_message(format!("(batch {}/{}{model})", self.batch, self.n_batches));
        });
    }

    fn take(&mut self, kind: &RunEventKind) {
        match kind {
            RunEventKind::Discovered { n_sources, .. } => self.on_bar(|bar| bar.set_length(*n_sources as u64)),
            RunEventKind::Reused { n_files } => self.on_bar(|bar| bar.inc(*n_files as u64)),
            RunEventKind::File { .. } => self.on_bar(|bar| bar.inc(1)),
            RunEventKind::BatchStarted { batch, n_batches } => {
                (self.batch, self.n_batches) = (*batch, *n_batches);
                self.show();
            }
            RunEventKind::AnswersLookedUp { hits, misses } => {
                self.hits += hits;
                self.misses += misses;
                self.show();
            }
            RunEventKind::Paid { total } => {
                self.paid = *total;
                self.show();
            }
            RunEventKind::Ended { .. } | RunEventKind::Aborted { .. } => {
                self.on_bar(ProgressBar::finish_and_clear);
                self.bar = None;
            }
            _ => {}
        }
    }
}

impl Listener for Terminal {
    fn note(&self, text: &str) {
        if !self.is_quiet {
            self.line(text);
        }
    }

    fn alarm(&self, text: &str) {
        self.line(text);
    }

    fn word(&self, hint: &Hint) -> String {
        word(hint)
    }

    fn warning(&self, warning: &Diagnostic) {
        if !self.is_quiet {
            self.line(&warning.render(self.colors_errors));
        }
    }

    fn print(&self, text: &str) {
        // A reader that has gone away ends no script.
        drop(output::result(text));
    }

    fn event(&self, event: &RunEvent) {
        if let Some(text) = self.events.as_ref().and_then(|events| events.write(event)) {
            self.note(&text);
        }
        if let RunEventKind::Started { asks_model, .. } = event.kind {
            *self.progress() = Progress::begin(self.has_bar, asks_model);
            self.interrupts.begin_run();
        }
        self.progress().take(&event.kind);
        match &event.kind {
            RunEventKind::Cancelling { n_requests, wait_s } => self.say_cancelling(*n_requests, *wait_s),
            RunEventKind::Ended { .. } | RunEventKind::Aborted { .. } => {
                self.interrupts.end_run();
                self.say_interrupted();
            }
            RunEventKind::File { path, score, .. } if self.has_lines => {
                let score = score.map_or("-".to_owned(), |score| format!("{score:.1}"));
                output::note(&format!("{score:>6} {path}"));
            }
            RunEventKind::Failed { failure } if self.has_lines => {
                output::note(&format!("failed {}, {}: {}", failure.path, failure.stage.name(), failure.error));
            }
            RunEventKind::Trying { what } => self.say(&format!("trying {what}")),
            RunEventKind::Waiting { what } => self.say(what),
            RunEventKind::Warning { text } => self.note(&format!("warning: {text}")),
            _ => {}
        }
    }

    fn wants_rows(&self) -> bool {
        self.wants_rows
    }

    fn row(&self, line: &str) {
        match &self.progress().bar {
            Some(bar) => bar.suspend(|| drop(output::result(line))),
            None => drop(output::result(line)),
        }
    }
}
