//! Where the table of secrets meets the rules: which of its forms stand in a text, and which rule says so.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use devflow_plugin::Host;

use crate::inspect::Taker;
use crate::rule::{Finder, InTests, Rule, SecretHit};
use crate::rules;
use crate::secret_form::{Check, Form, Hit, forms, secrets_in};
use crate::secret_value::is_random;
use crate::secret_words::Words;

/// The forms that rules report.
struct Reported {
    forms: Vec<Owned>,
    words: Words,
}

/// A form, and who reports it.
struct Owned {
    form: Form,
    rule: &'static Rule,
    finder: &'static Finder,
}

fn reported() -> &'static Reported {
    static REPORTED: OnceLock<Reported> = OnceLock::new();
    REPORTED.get_or_init(|| {
        let (mut owned, mut reported) = (Vec::new(), Vec::new());
        for form in forms() {
            let Some(rule) = rules::all().find(|rule| Some(rule.id) == form.rule) else { continue };
            let Some(finder) = rule.finders.iter().find(|finder| matches!(finder, Finder::Secret { .. })) else { continue };
            reported.push(form.clone());
            owned.push(Owned { form, rule, finder });
        }
        Reported { forms: owned, words: Words::of(&reported) }
    })
}

/// Takes every secret of the unit. The forms are tried in the order of the table, and what one has taken is no other's.
pub(crate) fn take(taker: &mut Taker<'_>, host: &dyn Host) -> Result<(), String> {
    let reported = reported();
    let text = taker.source.text;
    let (is_possible, _) = reported.words.look(text);
    // The end of each by its beginning.
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    let possible = reported.forms.iter().zip(&is_possible).filter(|(_, is_possible)| **is_possible);
    for (Owned { form, rule, finder }, _) in possible {
        for hit in host.search_text(std::slice::from_ref(&form.pattern))? {
            let Some(value) = text.get(hit.group.range()) else { continue };
            let found = Hit { text, start: hit.span.range().start, value_start: hit.group.range().start, value };
            for place in secrets_in(form.check, &found) {
                let is_new = taken.range(..place.end).next_back().is_none_or(|(_, end)| *end <= place.start);
                if is_new && report(taker, rule, finder, &Shown { form, found: &found, span: hit.span.range() }) {
                    taken.insert(place.start, place.end);
                }
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
        // In a test, a word is a stand-in; random letters may be a real credential that somebody tried it with.
        let in_tests = if is_random(found.value) { InTests::Off } else { rule.in_tests };
        let rule = Rule { in_tests, ..*rule };
        taker.take(&rule, place, message.replace("{what}", form.what).replace("{name}", name));
    }
    is_accepted
}
