//! Owns the smell of a chain of getters. Builders, iterators and streams are no getters.

use std::collections::BTreeMap;
use std::ops::Range;

use devflow_plugin::{Finding, Host};

use crate::code::Code;
use crate::rules::finding;

/// Getters in a row, of the reader's own objects.
const PATTERN: &str = r"[A-Za-z_][A-Za-z0-9_]*(?:\(\))?(?:\s*(?:\.|->|\?\.|!!\.)[gG]et_?[A-Za-z][A-Za-z0-9_]*\(\)){3,}";
/// From this many on, a chain is reported wherever it stands; with fewer only when it is written again.
const MANY_GETTERS: usize = 4;
/// Most chains of a file that are told one by one.
const MAX_CHAINS: usize = 5;
/// Getters of the language and of factories, which are no walk through objects.
const HARMLESS: &[&str] = &[
    "getClass",
    "getInstance",
    "getDefault",
    "getRuntime",
    "getLogger",
    "getProperties",
    "getSystemService",
    "getContext",
    "get_event_loop",
];

pub(super) fn inspect(code: &Code<'_>, host: &dyn Host, findings: &mut Vec<Finding>) -> Result<(), String> {
    let mut places: BTreeMap<String, Vec<Range<usize>>> = BTreeMap::new();
    for hit in host.search_text(&[PATTERN.to_owned()])? {
        let chain: String = code.slice(&hit.span.range()).split_whitespace().collect();
        let is_harmless = HARMLESS.iter().any(|word| chain.contains(&format!("{word}(")));
        if !is_harmless && !code.is_comment(hit.span.range().start) && !code.is_test(hit.span.range().start) {
            places.entry(chain).or_default().push(hit.span.range());
        }
    }
    places.retain(|chain, spans| n_getters(chain) >= MANY_GETTERS || spans.len() > 1);
    if places.len() > MAX_CHAINS {
        crowd(&places, findings);
        return Ok(());
    }
    for (chain, spans) in places {
        let Some(first) = spans.first() else { continue };
        let start = chain.split(['.', '-', '?', '!']).next().unwrap_or("").trim_end_matches("()");
        let times = if spans.len() > 1 { format!(", {} times in this file", spans.len()) } else { String::new() };
        let message = format!("`{chain}` asks its way through {} objects{times}", n_getters(&chain));
        let suggestion = format!("Hide the delegate: give `{start}` a method that answers the question itself.");
        findings.push(finding("message-chain", first.clone(), message, suggestion));
    }
    Ok(())
}

fn n_getters(chain: &str) -> usize {
    let chain = chain.to_lowercase();
    chain.matches(".get").count() + chain.matches(">get").count()
}

/// Many chains in one file are one fault: its data are too far away.
fn crowd(places: &BTreeMap<String, Vec<Range<usize>>>, findings: &mut Vec<Finding>) {
    let longest = places.keys().max_by_key(|chain| (n_getters(chain), chain.len()));
    let first = places.values().flatten().min_by_key(|span| span.start);
    let (Some(longest), Some(first)) = (longest, first) else { return };
    let message = format!("{} chains of getters in this file walk through other objects, such as `{longest}`", places.len());
    let suggestion = "Hide the delegates: give the objects at the start methods that answer, or hand in what is needed.".to_owned();
    findings.push(finding("message-chain", first.clone(), message, suggestion));
}
