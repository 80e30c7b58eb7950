//! Owns the search for the words of the forms of secrets: the patterns are many and long, and are tried only where they can match.

use super::secret_form::{Form, name_around};
use super::secret_value::names_secret;

/// The words of forms, indexed.
#[derive(Debug)]
pub(crate) struct Words {
    /// In small letters, with the forms that they belong to.
    words: Vec<(&'static str, Vec<usize>)>,
    /// Words by their first two letters, as [`slot`] puts them; those of a single sign by the first.
    slots: Vec<Vec<usize>>,
    /// Forms without words.
    always: Vec<usize>,
    is_named: Vec<bool>,
}

/// Letters of both cases share a slot.
fn slot(first: u8, second: u8) -> usize {
    usize::from(first & 31) << 5 | usize::from(second & 31)
}

impl Words {
    pub(crate) fn of(forms: &[Form]) -> Self {
        let mut words: Vec<(&str, Vec<usize>)> = Vec::new();
        for (form, word) in forms.iter().enumerate().flat_map(|(at, form)| form.words.iter().map(move |word| (at, *word))) {
            match words.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(word)) {
                Some((_, owners)) => owners.push(form),
                None => words.push((word, vec![form])),
            }
        }
        let mut slots = vec![Vec::new(); 1 << 10];
        for (at, (word, _)) in words.iter().enumerate() {
            match word.as_bytes() {
                [only] => (0..32).for_each(|second| slots[slot(*only, second)].push(at)),
                [first, second, ..] => slots[slot(*first, *second)].push(at),
                [] => {}
            }
        }
        let always = forms.iter().enumerate().filter(|(_, form)| form.words.is_empty()).map(|(at, _)| at).collect();
        Self { words, slots, always, is_named: forms.iter().map(|form| form.begins_with_name).collect() }
    }

    /// Searches a text in one pass. Returns for each form whether it can match, and the byte offsets of words in names of secrets, in order.
    pub(crate) fn look(&self, text: &str) -> (Vec<bool>, Vec<usize>) {
        let bytes = text.as_bytes();
        let mut is_seen = vec![false; self.words.len()];
        let mut names = Vec::new();
        let (mut name, mut is_secret) = (0..0, false);
        for at in 0..bytes.len() {
            let mut is_telling = false;
            let words = &self.slots[slot(bytes[at], bytes.get(at + 1).copied().unwrap_or(0))];
            for word in words {
                let (letters, owners) = &self.words[*word];
                let is_word = bytes.get(at..at + letters.len()).is_some_and(|found| found.eq_ignore_ascii_case(letters.as_bytes()));
                is_seen[*word] |= is_word;
                is_telling |= is_word && owners.iter().any(|form| self.is_named[*form]);
            }
            if is_telling {
                if at >= name.end {
                    name = name_around(bytes, at, bytes.len());
                    is_secret = names_secret(&text[name.clone()]);
                }
                names.extend(is_secret.then_some(at));
            }
        }
        let mut is_possible = vec![false; self.is_named.len()];
        let seen = is_seen.iter().zip(&self.words).filter(|(is_seen, _)| **is_seen);
        seen.flat_map(|(_, (_, owners))| owners).chain(&self.always).for_each(|form| is_possible[*form] = true);
        for (is_possible, _) in is_possible.iter_mut().zip(&self.is_named).filter(|(_, is_named)| **is_named) {
            *is_possible &= !names.is_empty();
        }
        (is_possible, names)
    }
}
