//! Owns what a guest can ask of the host: syntax, text, log. Never gives it files, network, clock or chance.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::ResourceLimiter;

use super::bindings::devflow::plugin::{log, project, syntax, text, types};
use super::convert::span_out;
use super::error::{MEMORY_EXCEEDED, tame};
use crate::analyzer::Subject;
use crate::syntax::{PatternCache, QueryCache};
use crate::types::{Project, SymbolKind};

/// Elements that all tables of an instance may have together.
const MAX_TABLE_ELEMENTS: usize = 100_000;

/// Queries or patterns of one call.
const MAX_LIST: usize = 2000;

/// What belongs to one instance.
pub(super) struct HostState {
    pub(super) limiter: Limiter,
    queries: Arc<QueryCache>,
    patterns: Arc<PatternCache>,
    /// Time that the thread had used when the call began.
    started: Duration,
    /// Of that, what the host itself used since.
    host_time: Duration,
    /// The unit of the running call.
    subject: Option<Arc<Subject>>,
    /// What the guest logged last; a Rust guest says here why it panics.
    last_words: Option<String>,
}

/// Counts memory over all memories of an instance.
pub(super) struct Limiter {
    used: usize,
    ceiling: usize,
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let wanted = self.used.saturating_add(desired.saturating_sub(current));
        if wanted > self.ceiling {
            return Err(wasmtime::Error::msg(MEMORY_EXCEEDED));
        }
        self.used = wanted;
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        if desired > MAX_TABLE_ELEMENTS {
            return Err(wasmtime::Error::msg(MEMORY_EXCEEDED));
        }
        Ok(true)
    }
}

impl HostState {
    pub(super) fn new(ceiling: usize, queries: Arc<QueryCache>, patterns: Arc<PatternCache>) -> Self {
        Self {
            limiter: Limiter { used: 0, ceiling },
            queries,
            patterns,
            started: Duration::ZERO,
            host_time: Duration::ZERO,
            subject: None,
            last_words: None,
        }
    }

    pub(super) fn enter(&mut self, subject: Option<&Arc<Subject>>) {
        self.subject = subject.map(Arc::clone);
        self.last_words = None;
    }

    /// The deadline is over the guest's own time: neither a machine that is busy with other things nor what the host does for the
    /// guest (the first use of a query compiles it) may end a call.
    pub(super) fn start_clock(&mut self) {
        self.started = thread_time();
        self.host_time = Duration::ZERO;
    }

    /// Time that the guest itself has used since its call began.
    pub(super) fn guest_time(&self) -> Duration {
        thread_time().saturating_sub(self.started).saturating_sub(self.host_time)
    }

    fn timed<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = thread_time();
        let value = work(self);
        self.host_time += thread_time().saturating_sub(before);
        value
    }

    /// Ends a call and gives what the guest logged last.
    pub(super) fn leave(&mut self) -> Option<String> {
        self.subject = None;
        self.last_words.take()
    }
}

/// Time that this thread has really run.
#[cfg(unix)]
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// Time that has passed; where threads have no clock of their own, a busy machine counts.
#[cfg(not(unix))]
fn thread_time() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

fn span(range: &std::ops::Range<usize>) -> types::Span {
    types::Span { start: range.start as u32, end: range.end as u32 }
}

fn spans(ranges: &[std::ops::Range<usize>]) -> Vec<types::Span> {
    ranges.iter().map(span).collect()
}

impl types::Host for HostState {}

impl syntax::Host for HostState {
    fn functions(&mut self) -> Vec<syntax::Function> {
        self.timed(|host| host.functions_now())
    }

    fn measure(&mut self) -> syntax::Measures {
        self.timed(|host| host.measure_now())
    }

    fn search(&mut self, queries: Vec<String>) -> Result<syntax::Captures, String> {
        self.timed(|host| host.search_now(&queries))
    }
}

impl HostState {
    fn functions_now(&self) -> Vec<syntax::Function> {
        let Some(subject) = &self.subject else { return Vec::new() };
        let function = |f: &crate::syntax::Function| syntax::Function {
            name: f.name.clone(),
            span: span(&f.span),
            signature: span(&f.signature),
            parameters: f.parameters.clone(),
            lines: f.lines,
            code_lines: f.code_lines,
            nesting: f.nesting,
            cyclomatic: f.cyclomatic,
            cognitive: f.cognitive,
            is_public: f.is_public,
            is_test: f.is_test,
            has_doc: f.has_doc,
        };
        subject.parsed().functions.iter().map(function).collect()
    }

    fn measure_now(&self) -> syntax::Measures {
        let parsed = self.subject.as_ref().map(|subject| subject.parsed());
        let lines = parsed.map(|parsed| parsed.lines).unwrap_or_default();
        let list = |of: fn(&crate::syntax::Parsed) -> &[std::ops::Range<usize>]| parsed.map(of).map(spans).unwrap_or_default();
        syntax::Measures {
            code_lines: lines.code,
            comment_lines: lines.comment,
            blank_lines: lines.blank,
            duplicates: list(|parsed| &parsed.duplicates),
            errors: list(|parsed| &parsed.errors),
            tests: list(|parsed| &parsed.tests),
            comments: list(|parsed| &parsed.comments),
        }
    }

    fn search_now(&self, queries: &[String]) -> Result<syntax::Captures, String> {
        let Some(subject) = &self.subject else { return Err("there is no unit in this call".to_owned()) };
        if queries.len() > MAX_LIST {
            return Err(format!("more than {MAX_LIST} queries"));
        }
        let found = self.queries.search(subject.parsed(), &subject.unit.text, queries).map_err(|error| error.to_string())?;
        let capture = |c: crate::syntax::Capture| syntax::Capture {
            query: c.query,
            group: c.group,
            name: c.name,
            span: types::Span { start: c.start, end: c.end },
        };
        Ok(syntax::Captures { names: found.names, items: found.items.into_iter().map(capture).collect() })
    }
}

impl text::Host for HostState {
    fn search(&mut self, patterns: Vec<String>) -> Result<Vec<text::Hit>, String> {
        self.timed(|host| host.search_text(&patterns))
    }
}

impl HostState {
    fn search_text(&self, patterns: &[String]) -> Result<Vec<text::Hit>, String> {
        let Some(subject) = &self.subject else { return Err("there is no unit in this call".to_owned()) };
        if patterns.len() > MAX_LIST {
            return Err(format!("more than {MAX_LIST} patterns"));
        }
        let hits = self.patterns.search(&subject.unit.text, patterns).map_err(|error| error.to_string())?;
        Ok(hits.iter().map(|hit| text::Hit { pattern: hit.pattern as u32, span: span(&hit.span), group: span(&hit.group) }).collect())
    }
}

impl project::Host for HostState {
    fn sources(&mut self) -> Vec<project::Source> {
        let source = |source: &crate::types::SourceOutline| project::Source {
            path: source.path.as_str().to_owned(),
            language: source.language.name().to_owned(),
            role: super::convert::role(source.role),
            code_lines: source.code_lines,
            comment_lines: source.comment_lines,
            imports: source.imports.iter().map(|(name, span)| project::Imported { name: name.clone(), span: span_out(*span) }).collect(),
        };
        self.timed(|host| host.of_project(|project| project.sources.iter().map(source).collect()))
    }

    fn symbols(&mut self, index: u32) -> Vec<project::Symbol> {
        self.timed(|host| {
            host.of_project(|project| {
                let source = project.sources.get(index as usize);
                source.map(|source| source.symbols.iter().map(symbol).collect()).unwrap_or_default()
            })
        })
    }

    fn words(&mut self, index: u32) -> Vec<String> {
        self.timed(|host| {
            host.of_project(|project| project.sources.get(index as usize).map(|source| source.words.clone()).unwrap_or_default())
        })
    }

    fn documents(&mut self) -> Vec<project::Document> {
        let document =
            |document: &crate::types::Document| project::Document { path: document.path.as_str().to_owned(), text: document.text.clone() };
        self.timed(|host| host.of_project(|project| project.documents.iter().map(document).collect()))
    }

    fn repeats(&mut self) -> Vec<project::Repeat> {
        let repeat = |repeat: &crate::types::Repeat| project::Repeat {
            first: repeat.first as u32,
            first_span: span_out(repeat.first_span),
            second: repeat.second as u32,
            second_span: span_out(repeat.second_span),
            lines: repeat.lines,
        };
        self.timed(|host| host.of_project(|project| project.repeats.iter().map(repeat).collect()))
    }
}

fn symbol(symbol: &crate::types::Symbol) -> project::Symbol {
    project::Symbol {
        name: symbol.name.clone(),
        kind: match symbol.kind {
            SymbolKind::Function => project::Kind::Function,
            SymbolKind::Method => project::Kind::Method,
            SymbolKind::Class => project::Kind::Class,
            SymbolKind::Constant => project::Kind::Constant,
            SymbolKind::Module => project::Kind::Module,
        },
        parent: symbol.parent.clone(),
        span: span_out(symbol.span),
        line: symbol.line,
        signature: symbol.signature.clone(),
        doc: symbol.doc.clone(),
        is_public: symbol.is_public,
        is_test: symbol.is_test,
        parameters: symbol.parameters.clone(),
        code_lines: symbol.code_lines,
        cyclomatic: symbol.cyclomatic,
        cognitive: symbol.cognitive,
    }
}

impl HostState {
    /// Without the permission there is no project, and every list is empty.
    fn of_project<T>(&self, list: impl FnOnce(&Project) -> Vec<T>) -> Vec<T> {
        self.subject.as_ref().and_then(|subject| subject.project.as_deref()).map(list).unwrap_or_default()
    }
}

impl log::Host for HostState {
    fn write(&mut self, level: log::Level, message: String) {
        let message = tame(&message);
        match level {
            log::Level::Debug | log::Level::Info => tracing::debug!("{message}"),
            log::Level::Warn => tracing::info!("{message}"),
        }
        self.last_words = Some(message);
    }
}
