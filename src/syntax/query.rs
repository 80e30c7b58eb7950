//! Owns running tree-sitter queries and regular expressions, compiled once per list and kept. Never knows a rule.

use std::cell::Cell;
use std::collections::HashMap;
use std::ops::{ControlFlow, Range};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use tree_sitter::{Query, QueryCursor, QueryCursorOptions, StreamingIterator as _};

use super::Parsed;
use super::kinds::grammar;
use crate::types::Language;

/// Longest time for running a list of queries over one unit. Code that people write takes milliseconds; a chain of thousands of calls in
/// one expression would take minutes, since open matches are compared with each other.
const SEARCH_LIMIT: Duration = Duration::from_secs(5);

/// A query that its grammar does not take.
#[derive(Clone, Debug, thiserror::Error)]
#[error("query {index} does not run on this {language}: {reason}", language = language.name())]
pub struct QueryError {
    /// Position in the list.
    pub index: usize,
    /// The language whose grammar refused it.
    pub language: Language,
    /// What the grammar said.
    pub reason: String,
}

/// A pattern that is no regular expression.
#[derive(Clone, Debug, thiserror::Error)]
#[error("pattern {index} is not a regular expression: {reason}")]
pub struct PatternError {
    /// Position in the list.
    pub index: usize,
    /// What is wrong with it.
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
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// What a list of queries found.
#[derive(Clone, Debug, Default)]
pub struct Captures {
    /// Names of captures.
    pub names: Vec<String>,
    /// By match, and within a match by place.
    pub items: Vec<Capture>,
}

/// One hit of one pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternHit {
    /// Position of the pattern in its list.
    pub pattern: usize,
    /// The whole match.
    pub span: Range<usize>,
    /// Its first group, or the whole match.
    pub group: Range<usize>,
}

/// A list that was compiled, or why it could not be; shared by all threads.
type Compiled<T, E> = Arc<Result<T, E>>;

struct CompiledQueries {
    query: Query,
    /// Position in the list for each pattern of the joined query.
    owner: Vec<u32>,
}

/// A list, compiled by whoever needs it first.
struct QueryList {
    language: Language,
    queries: Vec<String>,
    compiled: OnceLock<Result<CompiledQueries, QueryError>>,
}

/// Compiled lists of queries: a handful, so that looking through them beats hashing long texts.
#[derive(Default)]
pub struct QueryCache {
    lists: Mutex<Vec<Arc<QueryList>>>,
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
    /// A query that the grammar of the language does not take.
    pub fn search(&self, parsed: &Parsed, text: &str, queries: &[String]) -> Result<Captures, QueryError> {
        let list = self.list(parsed.language, queries);
        // Outside of the lock: lists of other languages are compiled at the same time.
        let compiled = list.compiled.get_or_init(|| compile(list.language, &list.queries));
        let compiled = compiled.as_ref().map_err(Clone::clone)?;
        let names = compiled.query.capture_names().iter().map(|name| (*name).to_owned()).collect();
        let mut found = Captures { names, items: Vec::new() };
        let Some(tree) = &parsed.tree else { return Ok(found) };
        let mut cursor = QueryCursor::new();
        let (start, is_late) = (Instant::now(), Cell::new(false));
        let mut watch = |_: &tree_sitter::QueryCursorState| {
            is_late.set(is_late.get() || start.elapsed() > SEARCH_LIMIT);
            if is_late.get() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let options = QueryCursorOptions::new().progress_callback(&mut watch);
        let mut matches = cursor.matches_with_options(&compiled.query, tree.root_node(), text.as_bytes(), options);
        let mut group = 0;
        while let Some(found_match) = matches.next() {
            let query = compiled.owner[found_match.pattern_index];
            for capture in found_match.captures() {
                let range = capture.node.byte_range();
                found.items.push(Capture { query, group, name: capture.index, start: range.start as u32, end: range.end as u32 });
            }
            group += 1;
        }
        if is_late.get() {
            let reason = "the code is nested too deeply, so that it takes too long".to_owned();
            return Err(QueryError { index: 0, language: parsed.language, reason });
        }
        Ok(found)
    }

    fn list(&self, language: Language, queries: &[String]) -> Arc<QueryList> {
        let mut lists = self.lists.lock().expect("no thread panics while it holds the cache of queries");
        if let Some(list) = lists.iter().find(|list| list.language == language && list.queries == queries) {
            return Arc::clone(list);
        }
        let list = Arc::new(QueryList { language, queries: queries.to_vec(), compiled: OnceLock::new() });
        lists.push(Arc::clone(&list));
        list
    }
}

fn compile(language: Language, queries: &[String]) -> Result<CompiledQueries, QueryError> {
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
    Ok(CompiledQueries { owner: owner.collect(), query })
}

struct CompiledPatterns {
    /// Tells in one pass which patterns can match at all.
    all: Regex,
    single: Vec<Regex>,
}

/// Compiled lists of patterns.
#[derive(Debug, Default)]
pub struct PatternCache {
    lists: Mutex<HashMap<Vec<String>, Compiled<CompiledPatterns, PatternError>>>,
}

impl std::fmt::Debug for CompiledPatterns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CompiledPatterns({})", self.single.len())
    }
}

impl PatternCache {
    /// Finds all hits of `patterns` in `text`, by pattern and then by place.
    ///
    /// # Errors
    /// A pattern that is no regular expression or too large a one.
    pub fn search(&self, text: &str, patterns: &[String]) -> Result<Vec<PatternHit>, PatternError> {
        let compiled = {
            let mut lists = self.lists.lock().expect("no thread panics while it holds the cache of patterns");
            match lists.get(patterns) {
                Some(compiled) => Arc::clone(compiled),
                None => {
                    let compiled = Arc::new(CompiledPatterns::new(patterns));
                    lists.insert(patterns.to_vec(), Arc::clone(&compiled));
                    compiled
                }
            }
        };
        let compiled = compiled.as_ref().as_ref().map_err(Clone::clone)?;
        let mut which = regex_automata::PatternSet::new(compiled.all.pattern_len());
        compiled.all.which_overlapping_matches(&regex_automata::Input::new(text), &mut which);
        let mut hits = Vec::new();
        for pattern in which.iter().map(|pattern| pattern.as_usize()) {
            for found in compiled.single[pattern].captures_iter(text) {
                let span = whole_characters(text, found.get_match().expect("an iterated capture has a match").range());
                let group = found.get_group(1).map_or(span.clone(), |group| whole_characters(text, group.range()));
                hits.push(PatternHit { pattern, span, group });
            }
        }
        Ok(hits)
    }
}

/// Patterns work on bytes, so that a match may begin or end inside a character: then the whole of it belongs to the match.
fn whole_characters(text: &str, span: Range<usize>) -> Range<usize> {
    let start = (0..=span.start).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let end = (span.end..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    start..end
}

impl CompiledPatterns {
    fn new(patterns: &[String]) -> Result<Self, PatternError> {
        // ASCII classes keep large lists of patterns small and quick; identifiers of code are ASCII nearly everywhere.
        let options = syntax::Config::new().multi_line(true).unicode(false).utf8(false);
        let limits = || Regex::config().nfa_size_limit(Some(10 << 20)).hybrid_cache_capacity(4 << 20).utf8_empty(false);
        let build = |pattern: &str| {
            let built = Regex::builder().syntax(options).configure(limits()).build(pattern);
            built.map_err(|error| error.to_string())
        };
        let mut single = Vec::new();
        for (index, pattern) in patterns.iter().enumerate() {
            single.push(build(pattern).map_err(|reason| PatternError { index, reason })?);
        }
        let which = limits().match_kind(regex_automata::MatchKind::All);
        let all = Regex::builder().syntax(options).configure(which).build_many(patterns);
        let all = all.map_err(|error| PatternError { index: 0, reason: error.to_string() })?;
        Ok(Self { all, single })
    }
}

#[cfg(test)]
mod tests {
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
    fn patterns_give_their_first_group() {
        let patterns = strings(&["b+", "^a(b)"]);
        let hits = PatternCache::default().search("xbb\nab", &patterns).unwrap();
        assert_eq!(hits.len(), 3);
        assert_eq!(hits[2], PatternHit { pattern: 1, span: 4..6, group: 5..6 });
        assert_eq!(PatternCache::default().search("x", &strings(&["a", "("])).unwrap_err().index, 1);
    }

    #[test]
    fn a_hit_never_cuts_a_character() {
        let hits = PatternCache::default().search("aé", &strings(&["a[^(]"])).unwrap();
        assert_eq!(hits[0].span, 0..3);
    }
}
