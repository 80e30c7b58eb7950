//! Owns what a guest can ask of the host: syntax, text, log. Never gives it files, network, clock or chance.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::ResourceLimiter;

use super::bindings::devflow::plugin::{log, project, syntax, text, types};
use super::clock::{Allowance, CallClock, thread_time};
use super::error::Ended;
use super::given;
use super::words::tame;
use crate::analyzer::Subject;
use crate::syntax::{PatternCache, QueryCache, Stop, Watch};
use crate::types::Project;

/// Elements that all tables of an instance may have together.
const MAX_TABLE_ELEMENTS: usize = 100_000;

/// Texts of one call that are logged; what comes after them is dropped.
const MAX_LOGGED: u32 = 1000;

/// What belongs to one instance.
pub(super) struct HostState {
    pub(super) limiter: Limiter,
    pub(super) clock: CallClock,
    shared: Shared,
    /// The unit of the running call.
    subject: Option<Arc<Subject>>,
    /// What the guest logged last; a Rust guest says here why it panics.
    last_words: Option<String>,
    n_logged: u32,
}

/// What instances have together: lists of all plugins, and the allowance of their own.
pub(super) struct Shared {
    pub(super) queries: Arc<QueryCache>,
    pub(super) patterns: Arc<PatternCache>,
    pub(super) allowance: Arc<Allowance>,
}

/// Counts memory over all memories of an instance, and elements over all its tables.
pub(super) struct Limiter {
    used: usize,
    ceiling: usize,
    table_elements: usize,
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let wanted = self.used.saturating_add(desired.saturating_sub(current));
        if wanted > self.ceiling {
            return Err(Ended::Memory.into());
        }
        self.used = wanted;
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let wanted = self.table_elements.saturating_add(desired.saturating_sub(current));
        if wanted > MAX_TABLE_ELEMENTS {
            return Err(Ended::Memory.into());
        }
        self.table_elements = wanted;
        Ok(true)
    }
}

impl HostState {
    pub(super) fn new(ceiling: usize, deadline: Duration, shared: Shared) -> Self {
        Self {
            limiter: Limiter { used: 0, ceiling, table_elements: 0 },
            clock: CallClock::new(deadline),
            shared,
            subject: None,
            last_words: None,
            n_logged: 0,
        }
    }

    pub(super) fn enter(&mut self, subject: Option<&Arc<Subject>>) {
        self.subject = subject.map(Arc::clone);
        self.last_words = None;
        self.n_logged = 0;
    }

    /// Ends a call and gives what the guest logged last.
    pub(super) fn leave(&mut self) -> Option<String> {
        self.subject = None;
        self.last_words.take()
    }

    /// Every function of the host begins with it: a guest that does nothing but call would not be interrupted.
    fn check_time(&self) -> Result<(), Ended> {
        if self.clock.is_over() { Err(Ended::Deadline) } else { Ok(()) }
    }

    /// What the host holds for a guest may be as much as the guest may hold itself.
    fn check_size(&self, bytes: usize) -> Result<(), Ended> {
        if bytes > self.limiter.ceiling { Err(Ended::Memory) } else { Ok(()) }
    }

    /// The unit, parsed. That is done once for all plugins, and not charged to the one that asks first.
    fn parsed(&mut self) -> Result<Option<Arc<Subject>>, Ended> {
        self.check_time()?;
        let Some(subject) = self.subject.as_ref().map(Arc::clone) else { return Ok(None) };
        let before = thread_time();
        subject.parsed();
        self.clock.shared(thread_time().saturating_sub(before));
        Ok(Some(subject))
    }

    fn watch(&self) -> Watch {
        Watch::new(thread_time, self.clock.left(), self.limiter.ceiling, self.clock.free_for_list(&self.shared.allowance))
    }

    /// What a search found, or for the guest why there is nothing.
    fn found<T, E: ToString>(&mut self, watch: &Watch, found: Result<T, Stop<E>>) -> Result<Result<T, String>, Ended> {
        self.clock.compiled(watch.free(), &self.shared.allowance);
        match found {
            Ok(found) => Ok(Ok(found)),
            Err(Stop::Invalid(error)) => Ok(Err(error.to_string())),
            Err(Stop::Late) => Err(Ended::Deadline),
            Err(Stop::TooMuch) => Err(Ended::Memory),
        }
    }
}

/// Why a search outside of a unit finds nothing.
const NO_UNIT: &str = "there is no unit in this call";

impl types::Host for HostState {}

impl syntax::Host for HostState {
    fn functions(&mut self) -> wasmtime::Result<Vec<syntax::Function>> {
        let Some(subject) = self.parsed()? else { return Ok(Vec::new()) };
        let functions = &subject.parsed().functions;
        self.check_size(functions.len() * size_of::<syntax::Function>())?;
        Ok(functions.iter().map(given::function).collect())
    }

    fn measure(&mut self) -> wasmtime::Result<syntax::Measures> {
        let subject = self.parsed()?;
        Ok(given::measures(subject.as_ref().map(|subject| subject.parsed())))
    }

    fn form(&mut self) -> wasmtime::Result<Vec<syntax::FormNode>> {
        let Some(subject) = self.parsed()? else { return Ok(Vec::new()) };
        let before = thread_time();
        let form = subject.form();
        self.clock.shared(thread_time().saturating_sub(before));
        self.check_size(form.len() * size_of::<syntax::FormNode>())?;
        Ok(form.iter().map(given::form_node).collect())
    }

    fn search(&mut self, queries: Vec<String>) -> wasmtime::Result<Result<syntax::Captures, String>> {
        let Some(subject) = self.parsed()? else { return Ok(Err(NO_UNIT.to_owned())) };
        let watch = self.watch();
        let found = self.shared.queries.search_within(subject.parsed(), &subject.unit.text, &queries, &watch);
        Ok(self.found(&watch, found)?.map(given::captures))
    }
}

impl text::Host for HostState {
    fn search(&mut self, patterns: Vec<String>) -> wasmtime::Result<Result<Vec<text::Hit>, String>> {
        self.check_time()?;
        let Some(subject) = self.subject.as_ref().map(Arc::clone) else { return Ok(Err(NO_UNIT.to_owned())) };
        let watch = self.watch();
        let found = self.shared.patterns.search_within(&subject.unit.text, &patterns, &watch);
        let found = self.found(&watch, found)?;
        Ok(found.map(|hits| hits.into_iter().map(given::hit).collect()))
    }
}

impl project::Host for HostState {
    fn sources(&mut self) -> wasmtime::Result<Vec<project::Source>> {
        let size = |source: &crate::types::SourceOutline| {
            source.path.as_str().len()
                + source.imports.iter().map(|imported| imported.name.len() + size_of::<project::Imported>()).sum::<usize>()
        };
        self.of_project(|project| project.sources.as_slice(), size, given::source)
    }

    fn symbols(&mut self, index: u32) -> wasmtime::Result<Vec<project::Symbol>> {
        let size = |symbol: &crate::types::Symbol| {
            let parameters: usize = symbol.parameters.iter().map(|name| name.len() + size_of::<String>()).sum();
            symbol.name.len() + symbol.parent.len() + symbol.signature.len() + symbol.doc.len() + parameters
        };
        self.of_project(
            |project| project.sources.get(index as usize).map(|source| source.symbols.as_slice()).unwrap_or_default(),
            size,
            given::symbol,
        )
    }

    fn words(&mut self, index: u32) -> wasmtime::Result<Vec<String>> {
        self.of_project(
            |project| project.sources.get(index as usize).map(|source| source.words.as_slice()).unwrap_or_default(),
            String::len,
            String::clone,
        )
    }

    fn documents(&mut self) -> wasmtime::Result<Vec<project::Document>> {
        let size = |document: &crate::types::Document| document.path.as_str().len() + document.text.len();
        self.of_project(|project| project.documents.as_slice(), size, given::document)
    }

    fn unread(&mut self) -> wasmtime::Result<Vec<project::UnreadFile>> {
        let size = |unread: &crate::types::Unread| unread.path.as_str().len();
        self.of_project(|project| project.unread.as_slice(), size, given::unread)
    }

    fn unread_words(&mut self, index: u32) -> wasmtime::Result<Vec<String>> {
        self.of_project(
            |project| project.unread.get(index as usize).map(|unread| unread.words.as_slice()).unwrap_or_default(),
            String::len,
            String::clone,
        )
    }

    fn repeats(&mut self) -> wasmtime::Result<Vec<project::Repeat>> {
        self.of_project(|project| project.repeats.as_slice(), |_| 0, given::repeat)
    }
}

impl HostState {
    /// A list of the project, if it fits; `size` is what an item has beside its fixed part. Without the permission there is no project, and
    /// every list is empty.
    fn of_project<T, U>(
        &self,
        list: impl Fn(&Project) -> &[T],
        size: impl Fn(&T) -> usize,
        convert: impl Fn(&T) -> U,
    ) -> wasmtime::Result<Vec<U>> {
        self.check_time()?;
        let Some(project) = self.subject.as_ref().and_then(|subject| subject.project.as_deref()) else { return Ok(Vec::new()) };
        let items = list(project);
        self.check_size(items.iter().map(|item| size(item) + size_of::<U>()).sum())?;
        Ok(items.iter().map(convert).collect())
    }
}

impl log::Host for HostState {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        self.check_time()?;
        let message = tame(&message);
        self.n_logged = self.n_logged.saturating_add(1);
        if self.n_logged <= MAX_LOGGED {
            match level {
                log::Level::Debug | log::Level::Info => tracing::debug!("{message}"),
                log::Level::Warn => tracing::info!("{message}"),
            }
        }
        self.last_words = Some(message);
        Ok(())
    }
}
