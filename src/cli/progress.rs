//! Owns what is shown while a run goes on. Never shows a result.

use std::io::IsTerminal as _;
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{Global, ProgressWhen};
use super::output;
use crate::types::{FileState, RunEvent, Ticks};

/// Listens to a run.
pub(super) struct Progress {
    /// A bar, where there is a terminal.
    bar: Option<ProgressBar>,
    has_lines: bool,
    is_quiet: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    hits: usize,
    misses: usize,
    paid: Ticks,
    batch: usize,
    n_batches: usize,
}

impl Progress {
    pub(super) fn new(global: &Global) -> Self {
        let is_wanted = global.progress == ProgressWhen::Auto && !global.quiet;
        let has_bar = is_wanted && !global.verbose && std::io::stderr().is_terminal();
        let bar = has_bar.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
            // A line that wraps cannot be taken back: all of it fits into 30 columns, and the message into what is left.
            let style = ProgressStyle::with_template("{bar:12} {pos}/{len} files {wide_msg}");
            bar.with_style(style.expect("the template of the bar is valid"))
        });
        Self { has_lines: is_wanted && !has_bar, bar, is_quiet: global.quiet, state: Mutex::default() }
    }

    /// Takes an event.
    pub(super) fn see(&self, event: RunEvent) {
        let mut state = self.state.lock().expect("no thread panics while it shows progress");
        match event {
            RunEvent::Discovered { n_sources, .. } => self.on_bar(|bar| bar.set_length(n_sources as u64)),
            RunEvent::Reused { n_files } => self.on_bar(|bar| bar.inc(n_files as u64)),
            RunEvent::BatchStarted { batch, n_batches } => {
                (state.batch, state.n_batches) = (batch, n_batches);
                self.show(&state);
            }
            RunEvent::Looked { hits, misses } => {
                state.hits += hits;
                state.misses += misses;
                self.show(&state);
            }
            RunEvent::Paid { total } => {
                state.paid = total;
                self.show(&state);
            }
            RunEvent::File { path, state: file } => {
                self.on_bar(|bar| bar.inc(1));
                if self.has_lines {
                    output::note(&format!("{:>6} {path}", shown(&file)));
                }
            }
            RunEvent::Failed(failure) if self.has_lines => {
                output::note(&format!("failed {}, {}: {}", failure.path, failure.stage.name(), failure.error));
            }
            RunEvent::Failed(_) | RunEvent::Row(_) => {}
            RunEvent::Trying { what } if self.has_lines => output::note(&format!("trying {what}")),
            RunEvent::Trying { what } => self.on_bar(|bar| bar.set_message(format!("trying {what}"))),
            RunEvent::Waiting { what } if self.has_lines => output::note(&what),
            RunEvent::Waiting { what } => self.on_bar(|bar| bar.set_message(what)),
            RunEvent::Warning(warning) if !self.is_quiet => self.above(&format!("warning: {warning}")),
            RunEvent::Warning(_) => {}
        }
    }

    /// Does something else with the terminal, while the bar is away.
    pub(super) fn beside(&self, act: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(act),
            None => act(),
        }
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.on_bar(ProgressBar::finish_and_clear);
    }

    fn on_bar(&self, act: impl FnOnce(&ProgressBar)) {
        if let Some(bar) = &self.bar {
            act(bar);
        }
    }

    fn above(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| output::note(text)),
            None => output::note(text),
        }
    }

    fn show(&self, state: &State) {
        self.on_bar(|bar| {
            let model = if state.hits + state.misses > 0 {
                format!(", {} hits, {} misses, {}", state.hits, state.misses, state.paid)
            } else {
                String::new()
            };
            bar.set_message(format!("(batch {}/{}{model})", state.batch, state.n_batches));
        });
    }
}

fn shown(file: &FileState) -> String {
    match file {
        FileState::Analyzed(Some(score)) | FileState::Reused(Some(score)) => format!("{score:.1}"),
        FileState::Analyzed(None) | FileState::Reused(None) | FileState::Failed => "-".to_owned(),
    }
}
