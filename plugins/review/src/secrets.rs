//! Where the table of secrets meets the rules: which of its forms stand in a text, and which rule says so.

use std::ops::Range;
use std::sync::OnceLock;

use devflow_plugin::Host;

use crate::inspect::Taker;
use crate::rule::{Finder, Rule, SecretHit};
use crate::rules;
use crate::secret_form::{Check, Form, Hit, forms, is_secret};

/// The forms that rules report.
struct Reported {
    forms: Vec<Owned>,
    /// Patterns of words; each hits once, where the first of its words stands.
    words: Vec<String>,
}

/// A form, and who reports it.
struct Owned {
    form: Form,
    rule: &'static Rule,
    finder: &'static Finder,
    /// Index of the pattern of its words, of which one must be there.
    words: usize,
}

fn reported() -> &'static Reported {
    static REPORTED: OnceLock<Reported> = OnceLock::new();
    REPORTED.get_or_init(|| {
        let mut words: Vec<String> = Vec::new();
        let mut owned = Vec::new();
        for form in forms() {
            let Some(rule) = rules::all().find(|rule| Some(rule.id) == form.rule) else { continue };
            let Some(finder) = rule.finders.iter().find(|finder| matches!(finder, Finder::Secret { .. })) else { continue };
            let pattern = words_pattern(&form);
            let at = words.iter().position(|known| *known == pattern).unwrap_or_else(|| {
                words.push(pattern);
                words.len() - 1
            });
            owned.push(Owned { form, rule, finder, words: at });
        }
        Reported { forms: owned, words }
    })
}

fn words_pattern(form: &Form) -> String {
    let escaped = |word: &&str| {
        word.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c.to_string() } else { format!("\\{c}") }).collect::<String>()
    };
    format!(r"\A(?s:.*?)(?i:{})", form.words.iter().map(escaped).collect::<Vec<_>>().join("|"))
}

/// Takes every secret of the unit. The forms are tried in the order of the table, and what one has taken is no other's.
pub(crate) fn take(taker: &mut Taker<'_>, host: &dyn Host) -> Result<(), String> {
    let reported = reported();
    let text = taker.source.text;
    // The words first, in one pass: most texts have few of them, and the patterns are long.
    let mut is_there = vec![false; reported.words.len()];
    for hit in host.search_text(&reported.words)? {
        is_there[hit.pattern] = true;
    }
    let mut taken: Vec<Range<usize>> = Vec::new();
    for Owned { form, rule, finder, .. } in reported.forms.iter().filter(|owned| is_there[owned.words]) {
        for hit in host.search_text(std::slice::from_ref(&form.pattern))? {
            let Some(value) = text.get(hit.group.clone()) else { continue };
            let found = Hit { text, start: hit.span.start, value_start: hit.group.start, value };
            let is_new = !taken.iter().any(|span| span.start < hit.group.end && hit.group.start < span.end);
            if is_new && is_secret(form.check, &found) && report(taker, rule, finder, &Shown { form, found: &found, span: hit.span }) {
                taken.push(hit.group);
            }
        }
    }
    Ok(())
}

/// What a message may say of a hit.
struct Shown<'a> {
    form: &'a Form,
    found: &'a Hit<'a>,
    span: Range<usize>,
}

fn report(taker: &mut Taker<'_>, rule: &'static Rule, finder: &Finder, shown: &Shown<'_>) -> bool {
    let Finder::Secret { message, accept } = finder else { return false };
    let Shown { form, found, span } = shown;
    let is_named = form.check == Check::Named;
    let name = if is_named || form.id == "assigned" { found.name() } else { "" };
    let between = &found.text[span.start..found.value_start];
    let hit = SecretHit { value: found.value, name, span: span.clone(), is_entry: between.contains(':') && !between.contains('=') };
    let is_accepted = accept(&hit, taker.source);
    if is_accepted {
        let place = if is_named { span.start..span.end } else { found.value_start..found.value_start + found.value.len() };
        taker.take(rule, place, message.replace("{what}", form.what).replace("{name}", name));
    }
    is_accepted
}
