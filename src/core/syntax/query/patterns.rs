//! Running regular expressions, compiled once per list and kept. No search runs for long without a look at its watch.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use regex_automata::hybrid::{LazyStateID, dfa, regex as lazy};
use regex_automata::meta::{Cache, Regex};
use regex_automata::nfa::thompson;
use regex_automata::util::iter::Searcher;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, Match, MatchError, MatchKind, PatternID, PatternSet};

use super::bounds::{MAX_DEPTH, check_patterns};
use super::kept::{Kept, Weigh};
use super::watch::{Stop, Watch};

/// Largest pattern, in bytes when compiled.
const MAX_PATTERN_BYTES: usize = 2 << 20;

/// Largest list, in bytes when compiled.
const MAX_LIST_BYTES: usize = 64 << 20;

/// Largest automaton of a whole list, in bytes.
const MAX_JOINED_BYTES: usize = 16 << 20;

/// What a search may remember of its automata between texts, in bytes: of one pattern, and of a list.
const SINGLE_CACHE_BYTES: usize = 1 << 20;
const JOINED_CACHE_BYTES: usize = 4 << 20;

/// States times bytes that a search may have without looking at its watch: about a second at worst.
const MAX_PLAIN_WORK: usize = 200_000_000;

/// Bytes of a text after which a search looks at its watch. Each can cost as much as the automaton has states.
const STRIDE: usize = 1024;

/// About the memory of a hit, here and in the form of a plugin's contract.
const HIT_BYTES: usize = size_of::<PatternHit>() + 24;

/// A pattern that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("pattern {index} cannot be used: {reason}")]
pub struct PatternError {
    /// Position in the list.
    pub index: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// One hit of one pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternHit {
    /// Position of the pattern in its list.
    pub pattern: usize,
    /// Bytes of the whole match.
    pub span: Range<usize>,
    /// Its first group, or the whole match.
    pub group: Range<usize>,
}

/// Compiled lists of patterns, as many as fit.
#[derive(Default)]
pub struct PatternCache {
    lists: Kept<PatternList>,
}

/// A list, compiled by whoever needs it first.
#[derive(Default)]
struct PatternList {
    compiled: OnceLock<Result<CompiledPatterns, PatternError>>,
}

struct CompiledPatterns {
    /// Tells in one pass which patterns match anywhere.
    joined: dfa::DFA,
    joined_idle: Mutex<Vec<dfa::Cache>>,
    single: Vec<Single>,
    bytes: usize,
    /// Memory of what is remembered between texts.
    idle_bytes: AtomicUsize,
}

struct Single {
    pattern: String,
    regex: Regex,
    n_states: usize,
    idle: Mutex<Vec<Cache>>,
}

impl std::fmt::Debug for PatternCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PatternCache")
    }
}

impl Weigh for PatternList {
    fn bytes(&self) -> usize {
        match self.compiled.get() {
            Some(Ok(compiled)) => compiled.bytes + compiled.idle_bytes.load(Ordering::Relaxed),
            Some(Err(_)) | None => size_of::<Self>(),
        }
    }
}

impl PatternCache {
    /// Finds all hits of `patterns` in `text`, by pattern and then by place.
    ///
    /// # Errors
    /// A pattern that is not a regular expression or too large, and a search that takes too long or finds too much.
    pub fn search(&self, text: &str, patterns: &[String]) -> Result<Vec<PatternHit>, PatternError> {
        let error = |reason: &str| PatternError { index: 0, reason: reason.to_owned() };
        self.search_within(text, patterns, &Watch::ordinary()).map_err(|stop| match stop {
            Stop::Invalid(error) => error,
            Stop::Late => error("the search takes too long"),
            Stop::TooMuch => error("the search finds too much"),
        })
    }

    /// The same within the limits of `watch`.
    ///
    /// # Errors
    /// See [`Stop`].
    pub fn search_within(&self, text: &str, patterns: &[String], watch: &Watch) -> Result<Vec<PatternHit>, Stop<PatternError>> {
        if patterns.is_empty() {
            return Ok(Vec::new());
        }
        let list = self.lists.get(patterns);
        let compiled = list.compiled.get_or_init(|| watch.compiling(|| CompiledPatterns::new(patterns)));
        let compiled = compiled.as_ref().map_err(|error| Stop::Invalid(error.clone()))?;
        let mut search = Search { text, watch, hits: Vec::new() };
        for index in compiled.matching(text, watch)? {
            compiled.take_hits(index, &mut search)?;
        }
        Ok(search.hits)
    }
}

/// One run of a list over a text.
struct Search<'a> {
    text: &'a str,
    watch: &'a Watch,
    hits: Vec<PatternHit>,
}

impl Search<'_> {
    fn take(&mut self, pattern: usize, span: &Range<usize>, group: &Range<usize>) -> Result<(), Stop<PatternError>> {
        if !self.watch.holds((self.hits.len() + 1) * HIT_BYTES) {
            return Err(Stop::TooMuch);
        }
        self.hits.push(PatternHit { pattern, span: whole_characters(self.text, span), group: whole_characters(self.text, group) });
        Ok(())
    }
}

// ASCII classes keep large lists of patterns small and quick; identifiers of code are ASCII nearly everywhere.
fn options() -> syntax::Config {
    syntax::Config::new().multi_line(true).unicode(false).utf8(false).nest_limit(MAX_DEPTH)
}

impl CompiledPatterns {
    fn new(patterns: &[String]) -> Result<Self, PatternError> {
        check_patterns(patterns).map_err(|(index, reason)| PatternError { index, reason })?;
        let mut single = Vec::new();
        let mut bytes = 0;
        for (index, pattern) in patterns.iter().enumerate() {
            let one = Single::new(pattern).map_err(|reason| PatternError { index, reason })?;
            bytes += one.regex.memory_usage() + pattern.len();
            if bytes > MAX_LIST_BYTES {
                let reason = format!("the list up to it needs more than {} MiB", MAX_LIST_BYTES >> 20);
                return Err(PatternError { index, reason });
            }
            single.push(one);
        }
        let all_matches = dfa::Config::new()
            .match_kind(MatchKind::All)
            .unicode_word_boundary(true)
            .cache_capacity(JOINED_CACHE_BYTES)
            .skip_cache_capacity_check(true);
        let joined = dfa::Builder::new()
            .syntax(options())
            .thompson(thompson::Config::new().utf8(false).nfa_size_limit(Some(MAX_JOINED_BYTES)))
            .configure(all_matches)
            .build_many(patterns)
            .map_err(|error| PatternError { index: 0, reason: format!("the list is too large: {}", reason(&error)) })?;
        bytes += joined.get_nfa().memory_usage();
        Ok(Self { joined, joined_idle: Mutex::default(), single, bytes, idle_bytes: AtomicUsize::new(0) })
    }

    /// The patterns that may match somewhere in the text: all that do, and where Unicode makes the automaton give up, all.
    fn matching(&self, text: &str, watch: &Watch) -> Result<Vec<usize>, Stop<PatternError>> {
        if watch.is_late() {
            return Err(Stop::Late);
        }
        // One pattern is found as quickly as it is found to be there.
        if self.single.len() == 1 {
            return Ok(vec![0]);
        }
        let mut cache = match taken(&self.joined_idle) {
            Some(cache) => {
                self.idle_bytes.fetch_sub(cache.memory_usage(), Ordering::Relaxed);
                cache
            }
            None => self.joined.create_cache(),
        };
        let n_states = self.joined.get_nfa().states().len();
        let walked = if n_states.saturating_mul(text.len()) > MAX_PLAIN_WORK {
            walk(&self.joined, &mut cache, text, watch)
        } else {
            let mut which = PatternSet::new(self.joined.pattern_len());
            self.joined.try_which_overlapping_matches(&mut cache, &Input::new(text), &mut which).map(|()| which)
        };
        let cache_bytes = cache.memory_usage();
        if cache_bytes <= 2 * JOINED_CACHE_BYTES {
            self.idle_bytes.fetch_add(cache_bytes, Ordering::Relaxed);
            give_back(&self.joined_idle, cache);
        }
        match walked {
            Ok(which) => Ok(which.iter().map(|pattern| pattern.as_usize()).collect()),
            Err(_) if watch.is_late() => Err(Stop::Late),
            Err(_) => Ok((0..self.single.len()).collect()),
        }
    }

    fn take_hits(&self, index: usize, search: &mut Search<'_>) -> Result<(), Stop<PatternError>> {
        let single = &self.single[index];
        let mut cache = match taken(&single.idle) {
            Some(cache) => {
                self.idle_bytes.fetch_sub(cache.memory_usage(), Ordering::Relaxed);
                cache
            }
            None => single.regex.create_cache(),
        };
        let is_large = single.n_states.saturating_mul(search.text.len()) > MAX_PLAIN_WORK;
        let done = if is_large { single.find_in_steps(index, &mut cache, search) } else { single.find(index, &mut cache, search) };
        let cache_bytes = cache.memory_usage();
        if cache_bytes <= 2 * SINGLE_CACHE_BYTES {
            self.idle_bytes.fetch_add(cache_bytes, Ordering::Relaxed);
            give_back(&single.idle, cache);
        }
        done
    }
}

fn taken<T>(idle: &Mutex<Vec<T>>) -> Option<T> {
    idle.lock().expect("no thread panics while it holds what a search remembers").pop()
}

fn give_back<T>(idle: &Mutex<Vec<T>>, cache: T) {
    idle.lock().expect("no thread panics while it holds what a search remembers").push(cache);
}

/// The patterns of `joined` that match anywhere.
fn walk(joined: &dfa::DFA, cache: &mut dfa::Cache, text: &str, watch: &Watch) -> Result<PatternSet, MatchError> {
    let give_up = |at: usize| MatchError::gave_up(at);
    let mut which = PatternSet::new(joined.pattern_len());
    let mut state = joined.start_state_forward(cache, &Input::new(text))?;
    for (at, byte) in text.bytes().enumerate() {
        if at.is_multiple_of(STRIDE) && watch.is_late() {
            return Err(give_up(at));
        }
        state = joined.next_state(cache, state, byte).map_err(|_| give_up(at))?;
        if !state.is_tagged() {
            continue;
        }
        if state.is_match() {
            insert_matches(joined, cache, state, &mut which);
            if which.is_full() {
                return Ok(which);
            }
        } else if state.is_dead() {
            return Ok(which);
        } else if state.is_quit() {
            return Err(give_up(at));
        }
    }
    state = joined.next_eoi_state(cache, state).map_err(|_| give_up(text.len()))?;
    if state.is_match() {
        insert_matches(joined, cache, state, &mut which);
    }
    Ok(which)
}

fn insert_matches(joined: &dfa::DFA, cache: &dfa::Cache, state: LazyStateID, which: &mut PatternSet) {
    for index in 0..joined.match_len(cache, state) {
        which.insert(joined.match_pattern(cache, state, index));
    }
}

impl Single {
    fn new(pattern: &str) -> Result<Self, String> {
        let too_large = || format!("it needs more than {} MiB when compiled", MAX_PATTERN_BYTES >> 20);
        let limits = thompson::Config::new().utf8(false).nfa_size_limit(Some(MAX_PATTERN_BYTES));
        let nfa = thompson::Compiler::new().syntax(options()).configure(limits).build(pattern);
        let nfa = nfa.map_err(|error| if error.size_limit().is_some() { too_large() } else { reason(&error) })?;
        let n_states = nfa.states().len();
        let limits =
            Regex::config().nfa_size_limit(Some(2 * MAX_PATTERN_BYTES)).hybrid_cache_capacity(SINGLE_CACHE_BYTES).utf8_empty(false);
        let regex = Regex::builder().syntax(options()).configure(limits).build(pattern);
        let regex = regex.map_err(|error| if error.size_limit().is_some() { too_large() } else { reason(&error) })?;
        Ok(Self { pattern: pattern.to_owned(), regex, n_states, idle: Mutex::default() })
    }

    /// Finds the hits of a pattern that is small for the text.
    fn find(&self, index: usize, cache: &mut Cache, search: &mut Search<'_>) -> Result<(), Stop<PatternError>> {
        let mut captures = self.regex.create_captures();
        let mut searcher = Searcher::new(Input::new(search.text));
        for n in 0_usize.. {
            if n.is_multiple_of(16) && search.watch.is_late() {
                return Err(Stop::Late);
            }
            let found = searcher.advance(|input| {
                self.regex.search_captures_with(cache, input, &mut captures);
                Ok(captures.get_match())
            });
            let Some(found) = found else { break };
            let group = captures.get_group(1).map_or(found.range(), |group| group.range());
            search.take(index, &found.range(), &group)?;
        }
        Ok(())
    }

    /// Finds the same for a pattern that is large for the text, and looks at the watch on the way. It may take several times as long.
    fn find_in_steps(&self, index: usize, cache: &mut Cache, search: &mut Search<'_>) -> Result<(), Stop<PatternError>> {
        let (text, watch) = (search.text, search.watch);
        let invalid = |reason: String| Stop::Invalid(PatternError { index, reason });
        let settings = dfa::Config::new().cache_capacity(JOINED_CACHE_BYTES).skip_cache_capacity_check(true);
        let regex = lazy::Regex::builder()
            .syntax(options())
            .thompson(thompson::Config::new().utf8(false))
            .dfa(settings)
            .build(&self.pattern)
            .map_err(|error| invalid(format!("it is too large for a text of {} bytes: {}", text.len(), reason(&error))))?;
        let mut steps_cache = regex.create_cache();
        let mut captures = self.regex.create_captures();
        let mut searcher = Searcher::new(Input::new(text));
        loop {
            if watch.is_late() {
                return Err(Stop::Late);
            }
            let found = searcher.try_advance(|input| step_through(&regex, &mut steps_cache, input, watch));
            let Some(found) = found.map_err(|_| Stop::<PatternError>::Late)? else { break };
            let mut group = found.range();
            if self.regex.captures_len() > 1 {
                if self.n_states.saturating_mul(found.len()) > MAX_PLAIN_WORK {
                    return Err(invalid(format!("it is too large for a hit of {} bytes", found.len())));
                }
                let input = Input::new(text).span(found.span()).anchored(Anchored::Yes);
                self.regex.search_captures_with(cache, &input, &mut captures);
                group = captures.get_group(1).map_or(group, |group| group.range());
            }
            search.take(index, &found.range(), &group)?;
        }
        Ok(())
    }
}

/// The first match at or behind the start of `input`: its end by the forward automaton, then its start by the reverse one.
fn step_through(regex: &lazy::Regex, cache: &mut lazy::Cache, input: &Input<'_>, watch: &Watch) -> Result<Option<Match>, MatchError> {
    if input.is_done() {
        return Ok(None);
    }
    let (forward, reverse) = cache.as_parts_mut();
    let Some(end) = last_end(regex.forward(), forward, input, watch)? else { return Ok(None) };
    if end == input.start() {
        return Ok(Some(Match::new(PatternID::ZERO, end..end)));
    }
    let back = input.clone().range(input.start()..end).anchored(Anchored::Yes);
    let start = first_start(regex.reverse(), reverse, &back, watch)?.unwrap_or(end);
    Ok(Some(Match::new(PatternID::ZERO, start..end)))
}

/// Matches show one byte late, so the byte behind the input, or the end of the text, decides about its last.
fn last_end(forward: &dfa::DFA, cache: &mut dfa::Cache, input: &Input<'_>, watch: &Watch) -> Result<Option<usize>, MatchError> {
    let text = input.haystack();
    let mut state = forward.start_state_forward(cache, input)?;
    let mut end = None;
    for at in input.get_range() {
        if at.is_multiple_of(STRIDE) && watch.is_late() {
            return Err(MatchError::gave_up(at));
        }
        state = forward.next_state(cache, state, text[at]).map_err(|_| MatchError::gave_up(at))?;
        if state.is_match() {
            end = Some(at);
        } else if state.is_dead() {
            return Ok(end);
        } else if state.is_quit() {
            return Err(MatchError::gave_up(at));
        }
    }
    state = match text.get(input.end()) {
        Some(byte) => forward.next_state(cache, state, *byte),
        None => forward.next_eoi_state(cache, state),
    }
    .map_err(|_| MatchError::gave_up(input.end()))?;
    Ok(if state.is_match() { Some(input.end()) } else { end })
}

fn first_start(reverse: &dfa::DFA, cache: &mut dfa::Cache, input: &Input<'_>, watch: &Watch) -> Result<Option<usize>, MatchError> {
    let text = input.haystack();
    let mut state = reverse.start_state_reverse(cache, input)?;
    let mut start = None;
    for at in input.get_range().rev() {
        if at.is_multiple_of(STRIDE) && watch.is_late() {
            return Err(MatchError::gave_up(at));
        }
        state = reverse.next_state(cache, state, text[at]).map_err(|_| MatchError::gave_up(at))?;
        if state.is_match() {
            start = Some(at + 1);
        } else if state.is_dead() {
            return Ok(start);
        } else if state.is_quit() {
            return Err(MatchError::gave_up(at));
        }
    }
    state = match input.start().checked_sub(1) {
        Some(before) => reverse.next_state(cache, state, text[before]),
        None => reverse.next_eoi_state(cache, state),
    }
    .map_err(|_| MatchError::gave_up(input.start()))?;
    Ok(if state.is_match() { Some(input.start()) } else { start })
}

/// Patterns work on bytes, so that a match may begin or end inside a character: then the whole of it belongs to the match.
fn whole_characters(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = (0..=span.start).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let end = (span.end..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    start..end
}

/// What is wrong, in one line: only the innermost of the errors says it, behind a drawing of the pattern.
fn reason(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let text = innermost.to_string();
    let last = text.rsplit("error: ").next().unwrap_or(&text);
    last.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
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

    #[track_caller]
    fn refused(pattern: &str, reason: &str) {
        let error = PatternCache::default().search("x", &strings(&["a", pattern])).unwrap_err().to_string();
        assert!(error.starts_with("pattern 1 cannot be used: ") && error.contains(reason) && !error.contains('\n'), "{error}");
    }

    #[test]
    fn a_refused_pattern_says_what_is_wrong_with_it() {
        refused(r"\p{L}+", "Unicode");
        refused("(a", "unclosed group");
        refused(r"(\w{500}){500}", "more than 2 MiB");
        refused(&format!("{}a{}", "(".repeat(500), ")".repeat(500)), "nest");
        refused(&"[".repeat(20_000), "unclosed character class");
        refused(&"a".repeat(70_000), "longer than 64 KiB");
    }

    #[test]
    fn the_number_and_the_length_of_a_list_are_bounded() {
        let search = |patterns: &[String]| PatternCache::default().search("x", patterns).unwrap_err().reason;
        assert!(search(&vec!["a".to_owned(); 2001]).contains("more than 2000 items"));
        assert!(search(&vec!["a".repeat(60_000); 20]).contains("the list is longer than 1024 KiB"));
    }

    #[test]
    fn a_search_ends_when_its_time_is_over_or_its_memory_used_up() {
        let text = "a".repeat(100_000);
        let search = |patterns: &[&str], watch: &Watch| PatternCache::default().search_within(&text, &strings(patterns), watch);
        assert_eq!(search(&["a"], &Watch::ticking(Duration::ZERO, 1 << 30)), Err(Stop::Late));
        assert_eq!(search(&["a"], &Watch::ticking(Duration::from_secs(60), 1 << 20)), Err(Stop::TooMuch));
        // Every byte of the text is the start of a search that goes on to its end.
        assert_eq!(search(&["a(?:(?s:.*)b)?", "b?"], &Watch::ticking(Duration::from_millis(300), 1 << 30)), Err(Stop::Late));
    }

    #[test]
    fn a_large_pattern_finds_the_same_in_steps() {
        let text = "one two\nthree  é four(five)\n\nsix = 'seven'; /* eight */ nine\n".repeat(40);
        let patterns = [
            r"\w+",
            r"^(\w+)",
            r"",
            r"\b",
            r"x*",
            r"(?s:/\*(.*?)\*/)",
            r"$",
            r"(o|on|one)",
            r"\s+(\w)",
            r"four\((\w+)\)$",
            r"[^a]e\b",
            r"\z",
        ];
        for pattern in patterns {
            let single = Single::new(pattern).unwrap();
            let watch = Watch::ticking(Duration::from_secs(60), 1 << 30);
            let mut plain = Search { text: &text, watch: &watch, hits: Vec::new() };
            single.find(0, &mut single.regex.create_cache(), &mut plain).unwrap();
            let mut stepped = Search { text: &text, watch: &watch, hits: Vec::new() };
            single.find_in_steps(0, &mut single.regex.create_cache(), &mut stepped).unwrap();
            assert!(!plain.hits.is_empty(), "{pattern}");
            assert_eq!(plain.hits, stepped.hits, "{pattern}");
        }
    }

    #[test]
    fn a_large_pattern_ends_when_its_time_is_over() {
        let text = "ab".repeat(500_000);
        let pattern = strings(&["(?:a|b)*a(?:a|b){5000}c"]);
        let found = PatternCache::default().search_within(&text, &pattern, &Watch::ticking(Duration::from_millis(300), 1 << 30));
        assert_eq!(found, Err(Stop::Late));
    }
}
