//! What a list of queries or patterns may be, before a parser of another library sees it: those recurse, count in 16 bits, and never look at a
//! clock.

use std::collections::BTreeSet;

use regex_automata::nfa::thompson;
use regex_automata::util::syntax;

/// Most queries or patterns of one list.
pub(super) const MAX_ITEMS: usize = 2000;

/// Deepest nesting of a query or a pattern.
pub(super) const MAX_DEPTH: u32 = 100;

/// Longest pattern, in bytes, and longest list of them.
const MAX_PATTERN_BYTES: usize = 64 << 10;
const MAX_PATTERNS_BYTES: usize = 1 << 20;

/// Longest query, in bytes, and longest list of them. The time to compile grows with the square of a query.
const MAX_QUERY_BYTES: usize = 16 << 10;
const MAX_QUERIES_BYTES: usize = 256 << 10;

/// Most steps of a list of queries. tree-sitter numbers them with 16 bits, and a list that has more makes it run for ever.
const MAX_STEPS: usize = 30_000;

/// Most ways on that a list of queries opens at one node: for each query, alternatives and quantifiers times quantifiers. tree-sitter does not
/// look at the clock while it takes them.
const MAX_WAYS: usize = 20_000;

/// Most different names of captures in a list of queries. Each pattern has a table of all names.
const MAX_NAMES: usize = 1000;

/// Largest pattern of a predicate, and all of a list together, in bytes when compiled.
const MAX_PREDICATE_BYTES: usize = 1 << 20;
const MAX_PREDICATES_BYTES: usize = 16 << 20;

/// What a list of queries is, as counted from its texts.
#[derive(Debug, Default)]
pub(super) struct QueryCounts {
    /// About the memory of the compiled list, in bytes.
    pub(super) bytes: usize,
    /// States of the largest pattern in a predicate.
    pub(super) n_states: usize,
    steps: usize,
    ways: usize,
    predicate_bytes: usize,
    names: BTreeSet<String>,
}

/// Checks the texts of patterns.
///
/// # Errors
/// The position of the first that is too much, and why.
pub(super) fn check_patterns(patterns: &[String]) -> Result<(), (usize, String)> {
    check_lengths(patterns, MAX_PATTERN_BYTES, MAX_PATTERNS_BYTES)
}

/// Checks the texts of queries.
///
/// # Errors
/// The position of the first that is too much, and why.
pub(super) fn check_queries(queries: &[String]) -> Result<QueryCounts, (usize, String)> {
    check_lengths(queries, MAX_QUERY_BYTES, MAX_QUERIES_BYTES)?;
    let mut counts = QueryCounts::default();
    for (index, query) in queries.iter().enumerate() {
        Scan::new(query).count(&mut counts).map_err(|reason| (index, reason))?;
        check_counts(&counts).map_err(|reason| (index, reason))?;
        counts.bytes += 64 * query.len();
    }
    counts.bytes += 4 * counts.predicate_bytes;
    Ok(counts)
}

fn check_lengths(texts: &[String], max_one: usize, max_all: usize) -> Result<(), (usize, String)> {
    if texts.len() > MAX_ITEMS {
        return Err((MAX_ITEMS, format!("a list has more than {MAX_ITEMS} items")));
    }
    let mut all = 0;
    for (index, text) in texts.iter().enumerate() {
        all += text.len();
        if text.len() > max_one {
            return Err((index, format!("it is longer than {} KiB", max_one >> 10)));
        }
        if all > max_all {
            return Err((index, format!("the list is longer than {} KiB", max_all >> 10)));
        }
    }
    Ok(())
}

fn check_counts(counts: &QueryCounts) -> Result<(), String> {
    let too_many = |what: &str, most: usize| Err(format!("the list has more than {most} {what}"));
    if counts.steps > MAX_STEPS {
        return too_many("nodes and quantifiers", MAX_STEPS);
    }
    if counts.ways > MAX_WAYS {
        return too_many("combinations of alternatives and quantifiers", MAX_WAYS);
    }
    if counts.names.len() > MAX_NAMES {
        return too_many("names of captures", MAX_NAMES);
    }
    if counts.predicate_bytes > MAX_PREDICATES_BYTES {
        return Err(format!("the patterns of its predicates need more than {} MiB", MAX_PREDICATES_BYTES >> 20));
    }
    Ok(())
}

/// What may stand around a place of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Around {
    Node,
    Alternatives,
    Predicate { has_name: bool, is_match: bool },
}

/// Whether a field is being named: `name: (node)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    None,
    Colon,
    NameAfterColon,
}

/// Counts what a query consists of, without taking it apart: what is not valid, tree-sitter says.
struct Scan<'a> {
    query: &'a str,
    at: usize,
    around: Vec<Around>,
    field: Field,
    steps: usize,
    quantifiers: usize,
    alternatives: usize,
}

impl<'a> Scan<'a> {
    fn new(query: &'a str) -> Self {
        Self { query, at: 0, around: Vec::new(), field: Field::None, steps: 1, quantifiers: 0, alternatives: 0 }
    }

    fn count(mut self, counts: &mut QueryCounts) -> Result<(), String> {
        while let Some(byte) = self.peek() {
            match byte {
                b';' => self.skip_comment(),
                b'"' => {
                    let text = self.quoted();
                    self.element();
                    self.argument(&text, counts)?;
                }
                b'(' | b'[' => self.open(byte)?,
                b')' | b']' => {
                    self.at += 1;
                    self.around.pop();
                    self.field = Field::None;
                }
                b'@' => {
                    self.at += 1;
                    counts.names.insert(self.name().to_owned());
                }
                b':' => self.colon()?,
                b'*' | b'+' | b'?' => {
                    self.at += 1;
                    if !self.is_in_predicate() {
                        self.quantifiers += 1;
                    }
                }
                _ if is_name(byte) => self.word(counts)?,
                _ => self.at += 1,
            }
        }
        counts.steps += self.steps + self.quantifiers;
        counts.ways += (self.quantifiers + 1) * (self.quantifiers + self.alternatives);
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.query.as_bytes().get(self.at).copied()
    }

    fn is_in_predicate(&self) -> bool {
        matches!(self.around.last(), Some(Around::Predicate { .. }))
    }

    fn skip_comment(&mut self) {
        while self.peek().is_some_and(|byte| byte != b'\n') {
            self.at += 1;
        }
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b';' => self.skip_comment(),
                _ if byte.is_ascii_whitespace() => self.at += 1,
                _ => return,
            }
        }
    }

    /// A node, a group, a list of alternatives, a text or a wildcard: at most a step of its own and one that leads past it.
    fn element(&mut self) {
        self.field = Field::None;
        match self.around.last() {
            Some(Around::Predicate { .. }) => return,
            Some(Around::Alternatives) => self.alternatives += 1,
            _ => {}
        }
        self.steps += 2;
    }

    fn open(&mut self, byte: u8) -> Result<(), String> {
        self.element();
        self.at += 1;
        self.skip_space();
        let around = match (byte, self.peek()) {
            (b'[', _) => Around::Alternatives,
            (_, Some(b'#' | b'.')) => Around::Predicate { has_name: false, is_match: false },
            _ => Around::Node,
        };
        self.around.push(around);
        if self.around.len() > MAX_DEPTH as usize {
            return Err(format!("it is nested more than {MAX_DEPTH} levels deep"));
        }
        // The kind of the node belongs to the parenthesis.
        if around == Around::Node && self.peek().is_some_and(is_name) {
            self.name();
        }
        Ok(())
    }

    fn colon(&mut self) -> Result<(), String> {
        self.at += 1;
        if self.field == Field::NameAfterColon {
            return Err("a field follows a field without a node between them".to_owned());
        }
        self.field = Field::Colon;
        Ok(())
    }

    fn word(&mut self, counts: &mut QueryCounts) -> Result<(), String> {
        let field = if self.field == Field::Colon { Field::NameAfterColon } else { Field::None };
        let name = self.name();
        if self.is_in_predicate() {
            return self.argument(name, counts);
        }
        self.element();
        self.field = field;
        Ok(())
    }

    /// The first word of a predicate is its name; of those that match a pattern, the others are patterns.
    fn argument(&mut self, text: &str, counts: &mut QueryCounts) -> Result<(), String> {
        let Some(Around::Predicate { has_name, is_match }) = self.around.last_mut() else { return Ok(()) };
        if !*has_name {
            (*has_name, *is_match) = (true, text.ends_with("match"));
            return Ok(());
        }
        if *is_match {
            let (n_states, bytes) = predicate(text)?;
            counts.n_states = counts.n_states.max(n_states);
            counts.predicate_bytes += bytes;
        }
        Ok(())
    }

    fn name(&mut self) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(is_name) {
            self.at += 1;
        }
        self.query.get(start..self.at).unwrap_or_default()
    }

    /// A text in quotes, with what its escapes stand for.
    fn quoted(&mut self) -> String {
        self.at += 1;
        let mut text = Vec::new();
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'"' => break,
                b'\\' => {
                    text.extend(self.peek());
                    self.at += 1;
                }
                _ => text.push(byte),
            }
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || byte >= 0x80
}

/// States and bytes of a pattern in a predicate. tree-sitter compiles it without a limit of its own.
fn predicate(pattern: &str) -> Result<(usize, usize), String> {
    let syntax = syntax::Config::new().utf8(false).nest_limit(MAX_DEPTH);
    let limits = thompson::Config::new().utf8(false).nfa_size_limit(Some(MAX_PREDICATE_BYTES));
    match thompson::Compiler::new().syntax(syntax).configure(limits).build(pattern) {
        Ok(nfa) => Ok((nfa.states().len(), nfa.memory_usage())),
        Err(error) if error.size_limit().is_some() => {
            Err(format!("the pattern of its predicate needs more than {} MiB", MAX_PREDICATE_BYTES >> 20))
        }
        // Compiling the query says what is wrong with it.
        Err(_) => Ok((0, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(query: &str, reason: &str) {
        let (index, found) = check_queries(&["(a) @a".to_owned(), query.to_owned()]).unwrap_err();
        assert!(index == 1 && found.contains(reason), "{index}: {found}");
    }

    #[test]
    fn nesting_is_bounded_in_every_form() {
        for deep in ["(", "[", "(_ ", "(_ (_ ", "(a b: ", "([", "([\"a\" "] {
            refused(&deep.repeat(1000), "nested more than 100 levels deep");
        }
        refused(&format!("(a {}(b))", "c: ".repeat(1000)), "a field follows a field");
    }

    #[test]
    fn length_steps_names_and_ways_are_bounded() {
        refused(&"(a)".repeat(6000), "longer than 16 KiB");
        refused(&format!("(_ {})", "(_)?".repeat(200)), "combinations");
        let many = vec!["(_)@a".repeat(3000); 6];
        assert!(check_queries(&many).unwrap_err().1.contains("nodes and quantifiers"));
        let names: String = (0..1500).map(|n| format!("(a)@n{n}")).collect();
        refused(&names, "names of captures");
        assert!(check_queries(&vec![String::new(); 2001]).unwrap_err().1.contains("more than 2000 items"));
        assert!(check_queries(&vec![" ".repeat(10_000); 40]).unwrap_err().1.contains("the list is longer"));
    }

    #[test]
    fn the_patterns_of_predicates_are_bounded() {
        refused(r#"((a) @a (#match? @a "(\\w{500}){500}"))"#, "needs more than 1 MiB");
        refused(r#"((a) @a (#not-match? @a "[a-z]{40000}[a-z]{40000}"))"#, "needs more than 1 MiB");
    }

    #[test]
    fn what_people_write_is_allowed() {
        let query = r#"; a comment ( ( (
            (call function: [(identifier) @f (attribute attribute: (identifier) @f)] arguments: (_ . (string)* @s)
              (#match? @f "^(eval|exec)$") (#eq? @s "(((((("))
            [ "if" "else" ] @keyword (a b: _ c: _)"#;
        let counts = check_queries(&[query.to_owned()]).unwrap();
        assert_eq!(counts.names.len(), 3);
        assert!(counts.n_states > 0 && counts.steps < 60, "{counts:?}");
    }
}
