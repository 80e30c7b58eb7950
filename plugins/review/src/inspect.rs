//! Owns applying the rules to one unit. Never knows how the host finds matches.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::OnceLock;

use devflow_plugin::{Captures, Host, Hunk, Reason, Role};

use crate::removal::Removal;
use crate::rule::{ALL, Category, Finder, Measured, Rule, Severity};
use crate::rules::{self, weight};
use crate::secrets;
use crate::silenced;
use crate::source::{Match, Source};
use crate::tables;

/// The unit as the rules want it.
#[derive(Clone, Copy, Debug)]
pub struct Unit<'a> {
    /// Name of the language.
    pub language: &'a str,
    /// What the file is in its project.
    pub role: Role,
    /// Its text.
    pub text: &'a str,
}

/// A finding of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Id of the rule.
    pub rule: &'static str,
    /// Test code may have lowered it.
    pub severity: Severity,
    /// Of the rule.
    pub category: Category,
    /// Of the rule.
    pub confidence: u8,
    /// With names filled in.
    pub message: String,
    /// Of the rule.
    pub suggestion: &'static str,
    /// Bytes of the unit's text.
    pub span: Range<usize>,
    /// What it rests on: measures with their numbers.
    pub reasons: Vec<Reason>,
    /// Other places of which the same is true.
    pub others: Vec<Range<usize>>,
}

/// The finders of one language, in the form that the host wants.
struct Plan {
    queries: Vec<String>,
    /// Rule and finder of each query.
    query_owner: Vec<(&'static Rule, &'static Finder)>,
    patterns: Vec<String>,
    pattern_owner: Vec<(&'static Rule, &'static Finder)>,
    others: Vec<(&'static Rule, &'static Finder)>,
}

fn plan(language: &str) -> Option<&'static Plan> {
    static PLANS: [OnceLock<Plan>; ALL.len()] = [const { OnceLock::new() }; ALL.len()];
    let at = ALL.iter().position(|known| *known == language)?;
    Some(PLANS[at].get_or_init(|| {
        let mut plan = Plan { queries: vec![], query_owner: vec![], patterns: vec![], pattern_owner: vec![], others: vec![] };
        for rule in rules::all() {
            for finder in rule.finders {
                match finder {
                    Finder::Syntax { languages, query, .. } if languages.contains(&language) => {
                        plan.queries.push(query.replace("(leaf)", &leaf(language)));
                        plan.query_owner.push((rule, finder));
                    }
                    Finder::Text { languages, pattern, .. } if languages.contains(&language) => {
                        plan.patterns.push((*pattern).to_owned());
                        plan.pattern_owner.push((rule, finder));
                    }
                    Finder::Function { languages, .. } | Finder::Measure { languages, .. } | Finder::File { languages, .. }
                        if languages.contains(&language) =>
                    {
                        plan.others.push((rule, finder));
                    }
                    _ => {}
                }
            }
        }
        plan
    }))
}

/// How deep `(leaf)` looks for the name that an operand begins with.
const LEAF_LEVELS: usize = 4;

/// What `(leaf)` stands for: an operand that begins with a name, at most [`LEAF_LEVELS`] levels down. An operand that may be anything keeps
/// a state open for each operator of a long sum.
fn leaf(language: &str) -> String {
    let names = match language {
        "javascript" | "typescript" | "tsx" | "java" | "cpp" => "(identifier) (this)",
        "rust" => "(identifier) (self)",
        "kotlin" => "(identifier) (this_expression)",
        _ => "(identifier)",
    };
    (1..LEAF_LEVELS).fold(format!("[{names}]"), |inner, _| format!("[{names} (_ . {inner})]"))
}

/// Applies every rule of the unit's language.
///
/// # Errors
/// What the host refuses: a rule whose query is not valid.
pub fn inspect(unit: &Unit<'_>, host: &dyn Host) -> Result<Vec<Found>, String> {
    let source = Source::new(unit.language, unit.text, host);
    let mut taker = Taker { source: &source, role: unit.role, found: Vec::new(), places: HashSet::new() };
    let Some(plan) = plan(unit.language) else {
        // Whatever is written in no language, secrets are the same.
        secrets::take(&mut taker, host)?;
        return Ok(gathered(taker.found, taker.source));
    };
    taker.take_matches(plan, &host.search_syntax(&plan.queries)?);
    for hit in host.search_text(&plan.patterns)? {
        let (rule, finder) = plan.pattern_owner[hit.pattern as usize];
        if let Finder::Text { message, accept, .. } = finder
            && accept(&source.text[hit.group], hit.group.range().start, &source)
        {
            taker.take(rule, hit.group.range(), (*message).to_owned());
        }
    }
    for (rule, finder) in &plan.others {
        match finder {
            Finder::Function { check, .. } => {
                for function in source.functions.iter().filter(|function| source.parses(function)) {
                    if let Some(message) = check(function, &source) {
                        taker.take(rule, function.signature.range(), message);
                    }
                }
            }
            Finder::Measure { check, .. } => {
                for function in source.functions.iter().filter(|function| source.parses(function)) {
                    if let Some(measured) = check(function, &source) {
                        taker.take_measured(rule, function.signature.range(), measured);
                    }
                }
            }
            Finder::File { check, .. } => {
                for (start, end, message) in check(&source) {
                    taker.take(rule, start..end, message);
                }
            }
            Finder::Syntax { .. } | Finder::Text { .. } | Finder::Table { .. } | Finder::Secret { .. } | Finder::Removed { .. } => {}
        }
    }
    taker.take_tables();
    secrets::take(&mut taker, host)?;
    Ok(gathered(taker.found, taker.source))
}

/// Rules whose findings in a file are one thing to decide.
const GATHERED: &[&str] = &["explicit-any", "silenced-check", "unsafe-without-reason", "not-null-assertion", "skipped-test"];

/// Rules whose findings on neighbouring lines are one decision: what is checked of the other side is set by several options.
const ADJACENT: &[&str] = &["tls-verification-disabled"];

/// Most findings before one that are looked through for its like.
const MAX_BACK: usize = 200;

/// Rules whose equal findings in a file of data are one: whoever takes out one takes out all.
const REPEATED: &[&str] = &["hard-coded-secret"];

/// Joins what such a rule says of a file: the first place stays, with the number of the others and where they are.
fn gathered(all: Vec<Found>, source: &Source<'_>) -> Vec<Found> {
    let (text, is_document) = (source.text, source.language.is_empty());
    let mut joined: Vec<Found> = Vec::with_capacity(all.len());
    for found in all {
        let is_adjacent = ADJACENT.contains(&found.rule);
        let is_repeated = is_document && REPEATED.contains(&found.rule);
        if !is_adjacent && !is_repeated && !GATHERED.contains(&found.rule) {
            joined.push(found);
            continue;
        }
        let is_next = |known: &Found| {
            let last = known.others.last().map_or(known.span.end, |other| other.end);
            text.get(last..found.span.start).is_some_and(|between| between.matches('\n').count() == 1)
        };
        let is_same = |known: &&mut Found| {
            known.rule == found.rule && known.severity == found.severity && (!is_repeated || known.message == found.message)
        };
        let known = match is_adjacent || is_repeated {
            true => joined.iter_mut().rev().take(MAX_BACK).find(is_same),
            false => joined.iter_mut().find(is_same),
        };
        match known.filter(|known| !is_adjacent || is_next(known)) {
            Some(known) => known.others.push(found.span),
            None => joined.push(found),
        }
    }
    for found in joined.iter_mut().filter(|found| !found.others.is_empty()) {
        let n = found.others.len();
        let places = if n == 1 { "one more place".to_owned() } else { format!("{n} more places") };
        found.message = format!("{}, and in {places} of this file", found.message);
    }
    joined
}

/// What the rules say of the lines that a change took away; it stands where they stood.
pub(crate) fn removed(unit: &Unit<'_>, hunks: &[Hunk], host: &dyn Host) -> Vec<Found> {
    let source = Source::new(unit.language, unit.text, host);
    let mut taker = Taker { source: &source, role: unit.role, found: Vec::new(), places: HashSet::new() };
    for removal in hunks.iter().filter_map(|hunk| Removal::of(hunk, &source)) {
        for rule in rules::all() {
            for finder in rule.finders {
                if let Finder::Removed { languages, check } = finder
                    && languages.contains(&unit.language)
                    && let Some(message) = check(&removal, &source)
                {
                    taker.take(rule, removal.span.clone(), message);
                }
            }
        }
    }
    taker.found
}

pub(crate) struct Taker<'a> {
    pub(crate) source: &'a Source<'a>,
    role: Role,
    found: Vec<Found>,
    /// Rule and span of each finding, since two shapes of one fault may match the same place.
    places: HashSet<(&'static str, usize, usize)>,
}

impl Taker<'_> {
    fn take_matches(&mut self, plan: &Plan, captures: &Captures) {
        for group in captures.items.chunk_by(|a, b| a.group == b.group) {
            let (rule, finder) = plan.query_owner[group[0].query as usize];
            let named = group.iter().map(|capture| (captures.names[capture.name as usize].as_str(), capture.span.range()));
            let found = Match { text: self.source.text, captures: named.collect() };
            if let Finder::Syntax { message, accept, .. } = finder
                && accept(&found, self.source)
                && let Some(span) = found.span("here")
            {
                self.take(rule, span, fill(message, &found));
            }
        }
    }

    /// Takes what the tables say. A row may be milder than its rule.
    fn take_tables(&mut self) {
        for hit in tables::table().search(&self.source.facts) {
            let Some((rule, message)) = tables::rule(hit.rule) else { continue };
            let role = if self.source.measures.is_test(hit.span.start) { Role::Test } else { self.role };
            let Some(severity) = weight::of_hit(rule, &hit, self.source, role) else { continue };
            let message = hit.message.unwrap_or(message).replace("{path}", &shortened(&hit.path));
            let confidence = hit.confidence.unwrap_or(rule.confidence);
            self.take_as(rule, hit.span, message, (severity, confidence));
        }
    }

    /// A test may be long and plain; only what nobody can follow is told of it.
    fn take_measured(&mut self, rule: &Rule, span: Range<usize>, measured: Measured) {
        let is_lenient = self.source.measures.is_test(span.start) || matches!(self.role, Role::Test | Role::Example | Role::Story);
        if is_lenient && measured.severity < Severity::Medium {
            return;
        }
        let n_before = self.found.len();
        self.take(rule, span, measured.message);
        for found in &mut self.found[n_before..] {
            found.severity = found.severity.min(measured.severity);
            let reason = |(text, number): &(&str, u32)| Reason { text: (*text).to_owned(), number: Some((*number).into()) };
            found.reasons.extend(measured.reasons.iter().map(reason));
        }
    }

    pub(crate) fn take(&mut self, rule: &Rule, span: Range<usize>, message: String) {
        let role = if self.source.measures.is_test(span.start) { Role::Test } else { self.role };
        let Some(severity) = weight::of_place(rule, &span, self.source, role) else { return };
        self.take_as(rule, span, message, (severity, rule.confidence));
    }

    fn take_as(&mut self, rule: &Rule, span: Range<usize>, message: String, (severity, confidence): (Severity, u8)) {
        let known = silenced::mark(rule, span.start, self.source);
        let reason = |mark: &str| Reason { text: format!("known to another checker: `{}`", shortened(mark)), number: None };
        let found = Found {
            rule: rule.id,
            severity: if known.is_some() { Severity::Info } else { severity },
            category: rule.category,
            confidence,
            message,
            suggestion: rule.suggestion,
            span,
            reasons: known.map(reason).into_iter().collect(),
            others: Vec::new(),
        };
        if self.places.insert((found.rule, found.span.start, found.span.end)) {
            self.found.push(found);
        }
    }
}

/// Longest capture that a message repeats, in characters.
const MAX_CAPTURE_CHARS: usize = 60;

/// The beginning of a text on one line. A capture may be a whole function, so the rest of it is not read.
fn shortened(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().take(MAX_CAPTURE_CHARS + 1));
        if line.len() > 4 * MAX_CAPTURE_CHARS {
            break;
        }
    }
    let mut short: String = line.chars().take(MAX_CAPTURE_CHARS).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

/// Puts the texts of captures into `{name}`.
fn fill(message: &str, found: &Match<'_>) -> String {
    let mut filled = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        filled.push_str(&shortened(found.text(name)));
        rest = after;
    }
    filled.push_str(rest);
    filled
}
