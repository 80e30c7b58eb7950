//! What a marked place is about, in words that findings of any tool can be compared with.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Rules that can speak, by `analyzer/rule`, with the numbers of the weaknesses (MITRE's CWE) that each names.
pub type KnownRules = BTreeMap<String, Vec<u32>>;

/// One or several of: a rule such as `eval` or `review/eval`, a weakness such as `CWE-95`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Topic {
    written: String,
    rules: BTreeSet<String>,
    weaknesses: BTreeSet<u32>,
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// The number of `CWE-95`.
fn weakness(word: &str) -> Option<u32> {
    let (name, number) = word.split_once('-')?;
    number.parse().ok().filter(|_| name.eq_ignore_ascii_case("cwe"))
}

impl Topic {
    /// Reads a topic: names with commas between them.
    ///
    /// # Errors
    /// The first name that is neither a weakness nor a rule.
    pub fn parse(written: &str, known: &KnownRules) -> Result<Self, String> {
        let mut topic = Self { written: written.trim().to_owned(), rules: BTreeSet::new(), weaknesses: BTreeSet::new() };
        for word in written.split(',').map(str::trim) {
            if let Some(number) = weakness(word) {
                topic.weaknesses.insert(number);
                continue;
            }
            let is_meant = |rule: &&String| *rule == word || rule.split_once('/').is_some_and(|(_, id)| id == word);
            let meant: Vec<String> = known.keys().filter(is_meant).cloned().collect();
            if meant.is_empty() {
                return Err(word.to_owned());
            }
            topic.rules.extend(meant);
        }
        Ok(topic)
    }

    /// What it means, however it is written.
    pub(super) fn meaning(&self) -> (BTreeSet<String>, BTreeSet<u32>) {
        (self.rules.clone(), self.weaknesses.clone())
    }

    /// Whether a finding of a rule that names these weaknesses is about it.
    pub fn holds(&self, rule: &str, weaknesses: &[u32]) -> bool {
        self.rules.contains(rule) || weaknesses.iter().any(|number| self.weaknesses.contains(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_a_rule_a_weakness_or_several_of_both() {
        let known = KnownRules::from([("review/eval".to_owned(), vec![95]), ("review/weak-hash".to_owned(), vec![327, 328])]);
        let topic = Topic::parse("eval, CWE-328", &known).unwrap();
        assert!(topic.holds("review/eval", &[]) && topic.holds("other/x", &[328]) && !topic.holds("review/weak-hash", &[327]));
        assert_eq!(Topic::parse("eval,evl", &known), Err("evl".to_owned()));
        assert_eq!(Topic::parse("review/weak-hash", &known).unwrap().to_string(), "review/weak-hash");
    }
}
