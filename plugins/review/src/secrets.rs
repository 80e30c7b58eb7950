//! Where the table of secrets meets the rules: which of its forms stand in a text, and which rule says so.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use devflow_plugin::Host;

use crate::inspect::Taker;
use crate::rule::{Finder, InTests, Rule, SecretHit, Severity};
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
    /// In a source, code looks the same.
    only_in_texts: bool,
}

fn reported() -> &'static Reported {
    static REPORTED: OnceLock<Reported> = OnceLock::new();
    REPORTED.get_or_init(|| {
        let (mut owned, mut reported) = (Vec::new(), Vec::new());
        for form in forms() {
            let Some(rule) = rules::all().find(|rule| Some(rule.id) == form.rule.or(form.text_rule)) else { continue };
            let Some(finder) = rule.finders.iter().find(|finder| matches!(finder, Finder::Secret { .. })) else { continue };
            reported.push(form.clone());
            let only_in_texts = form.rule.is_none();
            owned.push(Owned { form, rule, finder, only_in_texts });
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
    let is_text = taker.source.language.is_empty();
    let fits = |(owned, is_possible): &(&Owned, &bool)| **is_possible && (is_text || !owned.only_in_texts);
    for (Owned { form, rule, finder, only_in_texts }, _) in reported.forms.iter().zip(&is_possible).filter(fits) {
        for hit in host.search_text(std::slice::from_ref(&form.pattern))? {
            let Some(value) = text.get(hit.group.range()) else { continue };
            let found = Hit { text, start: hit.span.range().start, value_start: hit.group.range().start, value };
            for place in secrets_in(form.check, &found) {
                if *only_in_texts && !is_setting(&text[place.clone()]) {
                    continue;
                }
                let is_new = taken.range(..place.end).next_back().is_none_or(|(_, end)| *end <= place.start);
                if is_new && report(taker, rule, finder, &Shown { form, found: &found, span: hit.span.range() }) {
                    taken.insert(place.start, place.end);
                }
            }
        }
    }
    Ok(())
}

/// Whether a value without quotes is one that somebody set: mixed as no word is, and no path, number with a unit, version or reference.
fn is_setting(value: &str) -> bool {
    let has = |is: fn(&char) -> bool| value.chars().any(|c| is(&c));
    let is_plain = |c: char| c.is_ascii_graphic() && !"()[]{}<>|*`".contains(c);
    let is_path = value.contains('/') && value.split('/').filter(|part| !part.is_empty()).all(|part| !is_random(part) && part.len() < 20);
    // `token: params1`.
    let is_name = value.trim_end_matches(|c: char| c.is_ascii_digit()).chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '$'))
        && !value.ends_with(|c: char| !c.is_ascii_digit())
        && value.bytes().rev().take_while(u8::is_ascii_digit).count() < 3;
    value.len() >= 8
        && !is_name
        && !is_path_of_members(value)
        && value.chars().all(is_plain)
        && has(char::is_ascii_digit)
        && has(char::is_ascii_alphabetic)
        && !is_path
        && !value.contains("::")
        && !value.starts_with(['$', '%', '&', '@', '!', '#'])
}

/// `this.form.authToken2;`: texts without a language may hold code.
fn is_path_of_members(value: &str) -> bool {
    let is_name = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '$'))
            && !part[1..].contains(|c: char| !c.is_alphanumeric() && c != '_')
    };
    let mut parts = value.trim_end_matches([';', ',']).split('.');
    parts.clone().nth(1).is_some() && parts.clone().all(is_name) && !parts.any(is_random)
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
        // In a test, a word is a stand-in; random letters may be a real credential that somebody tried it with. A key is random, and most
        // in tests were made for them, as tokens are that need no service to make them.
        let in_tests = match (rule.id, form.id) {
            ("secret-token", "jwt" | "jwt_base64" | "extended_private_key") => InTests::As(Severity::Medium),
            ("private-key", _) => rule.in_tests,
            _ if is_random(found.value) => InTests::Off,
            _ => rule.in_tests,
        };
        let rule = Rule { in_tests, ..*rule };
        taker.take(&rule, place, message.replace("{what}", form.what).replace("{name}", name));
    }
    is_accepted
}
