//! Owns running tree-sitter queries and regular expressions, compiled once per list and kept.

mod bounds;
mod kept;
mod patterns;
mod watch;

use std::cell::Cell;
use std::ops::ControlFlow;
use std::sync::OnceLock;

use tree_sitter::{Query, QueryCursor, QueryCursorOptions, StreamingIterator as _};

pub use patterns::{PatternCache, PatternError, PatternHit};
pub use watch::{Stop, Watch};

use super::Parsed;
use super::kinds::grammar;
use crate::types::Language;
use bounds::check_queries;
use kept::{Kept, Weigh};
use watch::SEARCH_LIMIT;

/// Most matches that may be open at once. Comparing them with each other is what takes long, and tree-sitter looks at the clock only between
/// two nodes.
const MAX_OPEN_MATCHES: u32 = 32_768;

/// States of the largest pattern in a predicate times bytes of a text: tree-sitter does not look at the clock while it matches one.
const MAX_PREDICATE_WORK: usize = 4_000_000_000;

/// About the memory of a capture, here and in the form of a plugin's contract.
const CAPTURE_BYTES: usize = size_of::<Capture>() + 20;

/// A query that does not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("query {index} does not run on this {language}: {reason}", language = language.name())]
pub struct QueryError {
    /// Position in the list.
    pub index: usize,
    /// The language whose grammar refused it.
    pub language: Language,
    /// What is wrong with it, or with the text.
    pub reason: String,
}

/// One capture of one match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capture {
    /// Position of the query in its list.
    pub query: u32,
    /// Number of the match; captures of one match share it.
    pub group: u32,
    /// Position in [`Captures::names`].
    pub name: u32,
    /// First byte of the capture.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// What a list of queries found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captures {
    /// Names of captures, without the `@`.
    pub names: Vec<String>,
    /// By match, and within a match by place.
    pub items: Vec<Capture>,
}

struct CompiledQueries {
    query: Query,
    /// Position in the list for each pattern of the joined query.
    owner: Vec<u32>,
    /// About its memory.
    bytes: usize,
    /// States of the largest pattern in a predicate.
    n_states: usize,
}

/// A list, compiled by whoever needs it first.
#[derive(Default)]
struct QueryList {
    compiled: OnceLock<Result<CompiledQueries, QueryError>>,
}

impl Weigh for QueryList {
    fn bytes(&self) -> usize {
        match self.compiled.get() {
            Some(Ok(compiled)) => compiled.bytes,
            Some(Err(_)) | None => size_of::<Self>(),
        }
    }
}

/// Compiled lists of queries, as many as fit.
#[derive(Default)]
pub struct QueryCache {
    lists: Kept<QueryList>,
}

impl std::fmt::Debug for QueryCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("QueryCache")
    }
}

impl QueryCache {
    /// Runs `queries` over `parsed` in one pass.
    ///
    /// # Errors
    /// A query that the grammar of the language does not take or that is too large, and a search that takes too long or finds too much.
    pub fn search(&self, parsed: &Parsed, text: &str, queries: &[String]) -> Result<Captures, QueryError> {
        let error = |reason: &str| QueryError { index: 0, language: parsed.language, reason: reason.to_owned() };
        self.search_within(parsed, text, queries, &Watch::ordinary()).map_err(|stop| match stop {
            Stop::Invalid(error) => error,
            Stop::Late => error("the search takes too long"),
            Stop::TooMuch => error("the search finds too much"),
        })
    }

    /// The same within the limits of `watch`.
    ///
    /// # Errors
    /// See [`Stop`].
    pub fn search_within(&self, parsed: &Parsed, text: &str, queries: &[String], watch: &Watch) -> Result<Captures, Stop<QueryError>> {
        let language = parsed.language;
        let list = self.lists.get(&(language, queries));
        let compiled = list.compiled.get_or_init(|| watch.compiling(|| compile(language, queries)));
        let compiled = compiled.as_ref().map_err(|error| Stop::Invalid(error.clone()))?;
        if watch.is_late() {
            return Err(Stop::Late);
        }
        if compiled.n_states.saturating_mul(text.len()) > MAX_PREDICATE_WORK {
            let reason = format!("the pattern of a predicate is too large for a text of {} bytes", text.len());
            return Err(Stop::Invalid(QueryError { index: 0, language, reason }));
        }
        let Some(tree) = &parsed.tree else { return Ok(Captures { names: compiled.names(), items: Vec::new() }) };
        compiled.run(tree, text, watch)?.ok_or_else(|| {
            let reason = "the code is nested too deeply, so that it takes too long".to_owned();
            Stop::Invalid(QueryError { index: 0, language, reason })
        })
    }
}

impl CompiledQueries {
    fn names(&self) -> Vec<String> {
        self.query.capture_names().iter().map(|name| (*name).to_owned()).collect()
    }

    /// Runs the list; nothing when it takes too long, which is the text's fault as often as the list's. That leaves half of the time to
    /// whoever asked, to say so.
    fn run(&self, tree: &tree_sitter::Tree, text: &str, watch: &Watch) -> Result<Option<Captures>, Stop<QueryError>> {
        let mut found = Captures { names: self.names(), items: Vec::new() };
        let mut cursor = QueryCursor::new();
        cursor.set_match_limit(MAX_OPEN_MATCHES);
        let (end, is_late) = (watch.now() + SEARCH_LIMIT.min(watch.left() / 2), Cell::new(false));
        let check = || {
            is_late.set(is_late.get() || watch.now() > end);
            is_late.get()
        };
        let mut progress = |_: &tree_sitter::QueryCursorState| if check() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let options = QueryCursorOptions::new().progress_callback(&mut progress);
        let mut matches = cursor.matches_with_options(&self.query, tree.root_node(), text.as_bytes(), options);
        let mut group = 0_u32;
        while let Some(found_match) = matches.next() {
            if group.is_multiple_of(64) && check() {
                break;
            }
            let query = self.owner[found_match.pattern_index];
            for capture in found_match.captures() {
                let range = capture.node.byte_range();
                found.items.push(Capture { query, group, name: capture.index, start: range.start as u32, end: range.end as u32 });
            }
            if !watch.holds(found.items.len() * CAPTURE_BYTES) {
                return Err(Stop::TooMuch);
            }
            group += 1;
        }
        drop(matches);
        Ok(if is_late.get() || cursor.did_exceed_match_limit() { None } else { Some(found) })
    }
}

fn compile(language: Language, queries: &[String]) -> Result<CompiledQueries, QueryError> {
    let counts = check_queries(queries).map_err(|(index, reason)| QueryError { index, language, reason })?;
    let joined = queries.join("\n");
    let grammar = grammar(language);
    let query = Query::new(&grammar, &joined).map_err(|error| {
        // The joined query says where it failed, not whose the fault is: ask each one alone.
        let single = queries.iter().enumerate().find_map(|(index, query)| Some((index, Query::new(&grammar, query).err()?)));
        let (index, reason) = single.map_or((0, error.to_string()), |(index, error)| (index, error.to_string()));
        QueryError { index, language, reason }
    })?;
    let mut ends = Vec::new();
    let mut end = 0;
    for text in queries {
        end += text.len() + 1;
        ends.push(end);
    }
    let owner = (0..query.pattern_count()).map(|pattern| {
        let start = query.start_byte_for_pattern(pattern);
        ends.partition_point(|end| *end <= start) as u32
    });
    Ok(CompiledQueries { owner: owner.collect(), query, bytes: counts.bytes, n_states: counts.n_states })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::parse;
    use super::*;

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn captures_know_their_query() {
        let text = "eval(x)\ndef f(): pass\n";
        let queries = strings(&[
            "(function_definition name: (identifier) @n) (class_definition) @n",
            "(call function: (identifier) @f (#eq? @f \"eval\"))",
        ]);
        let found = QueryCache::default().search(&parse(Language::Python, text), text, &queries).unwrap();
        let seen: Vec<_> =
            found.items.iter().map(|c| (c.query, found.names[c.name as usize].as_str(), &text[c.start as usize..c.end as usize])).collect();
        assert_eq!(seen, [(1, "f", "eval"), (0, "n", "f")]);
    }

    #[test]
    fn a_bad_query_is_named() {
        let queries = strings(&["(call) @x", "(no_such_node) @x"]);
        let error = QueryCache::default().search(&parse(Language::Python, ""), "", &queries).unwrap_err();
        assert_eq!(error.index, 1);
    }

    #[test]
    fn a_query_that_a_parser_would_not_survive_is_refused() {
        let parsed = parse(Language::Python, "a\n");
        for deep in ["(", "[", "(_ (_ "] {
            let queries = strings(&["(call) @x", &deep.repeat(1000)]);
            let error = QueryCache::default().search(&parsed, "a\n", &queries).unwrap_err();
            assert!(error.index == 1 && error.reason.contains("nested more than 100 levels deep"), "{error}");
        }
    }

    #[test]
    fn a_search_ends_when_its_time_is_over_or_its_memory_used_up() {
        let text = "f(a, b, c)\n".repeat(2000);
        let parsed = parse(Language::Python, &text);
        let queries = strings(&["(identifier) @a"]);
        let search = |queries: &[String], watch: &Watch| QueryCache::default().search_within(&parsed, &text, queries, watch);
        assert_eq!(search(&queries, &Watch::ticking(Duration::ZERO, 1 << 30)), Err(Stop::Late));
        assert_eq!(search(&queries, &Watch::ticking(Duration::from_secs(60), 1 << 16)), Err(Stop::TooMuch));
        assert_eq!(search(&queries, &Watch::ticking(Duration::from_secs(60), 1 << 30)).unwrap().items.len(), 8000);
        let many = strings(&["(identifier) @a\n".repeat(500).as_str()]);
        let slow = search(&many, &Watch::ticking(Duration::from_millis(4), 1 << 30));
        assert!(matches!(slow, Err(Stop::Invalid(_) | Stop::Late)), "{:?}", slow.map(|found| found.items.len()));
    }

    #[test]
    fn a_large_pattern_of_a_predicate_is_refused_on_a_large_text() {
        let queries = strings(&["((identifier) @a (#match? @a \"^[a-z]{10000}$\"))"]);
        let search = |text: &str| QueryCache::default().search(&parse(Language::Python, text), text, &queries);
        assert!(search("a\n").is_ok());
        let error = search(&"a\n".repeat(250_000)).unwrap_err();
        assert!(error.reason.contains("too large for a text of 500000 bytes"), "{error}");
    }
}
