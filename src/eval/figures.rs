//! The figures of a judged set: recall and precision, each with its interval.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::matching::{Found, Judged, Outcome};
use super::set::Set;
use crate::types::Language;

/// With fewer places than this, a share says nothing.
const FEW: usize = 20;

/// Of the normal distribution, for intervals that hold in 95 of 100 cases.
const Z: f64 = 1.96;

/// How many places became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Had to be found and were.
    pub found: usize,
    /// Had to be found and were not.
    pub missed: usize,
    /// Findings where nothing may be found.
    pub wrong: usize,
    /// Places where nothing may be found, and nothing was.
    pub silent: usize,
}

/// A share with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// From 0 to 1.
    pub value: f64,
    /// Lower end of the interval that holds in 95 of 100 cases, by Wilson.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Of how many.
    pub of: usize,
}

impl Share {
    /// `None` of nothing.
    fn new(part: usize, whole: usize) -> Option<Self> {
        if whole == 0 {
            return None;
        }
        let (n, value) = (whole as f64, part as f64 / whole as f64);
        let middle = value + Z * Z / (2.0 * n);
        let spread = Z * (value * (1.0 - value) / n + Z * Z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + Z * Z / n;
        Some(Self { value, low: ((middle - spread) / scale).max(0.0), high: ((middle + spread) / scale).min(1.0), of: whole })
    }

    fn shown(share: Option<Self>) -> String {
        match share {
            None => "-".to_owned(),
            Some(share) if share.of < FEW => format!("{} of {}, too few", (share.value * share.of as f64).round(), share.of),
            Some(share) => format!("{:.1} % ({:.0}-{:.0})", 100.0 * share.value, 100.0 * share.low, 100.0 * share.high),
        }
    }
}

impl Tally {
    fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Found(_) => self.found += 1,
            Outcome::Missed => self.missed += 1,
            Outcome::False(_) => self.wrong += 1,
            Outcome::Silent => self.silent += 1,
        }
    }

    /// Of what had to be found, how much was.
    pub fn recall(self) -> Option<Share> {
        Share::new(self.found, self.found + self.missed)
    }

    /// Of what was found in judged places, how much had to be.
    pub fn precision(self) -> Option<Share> {
        Share::new(self.found, self.found + self.wrong)
    }

    /// Of where nothing may be found, how much was.
    pub fn false_alarms(self) -> Option<Share> {
        Share::new(self.wrong, self.wrong + self.silent)
    }
}

/// One line of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// A topic, a language or a rule.
    pub name: String,
    /// The numbers that the shares are made of.
    #[serde(flatten)]
    pub tally: Tally,
    /// See [`Tally::recall`].
    pub recall: Option<Share>,
    /// See [`Tally::precision`].
    pub precision: Option<Share>,
    /// See [`Tally::false_alarms`].
    pub false_alarms: Option<Share>,
}

/// All figures of a set. Of a rule there is no recall: what it should have found is told by the topics.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Of all places.
    pub all: Row,
    /// By topic, as the set writes it.
    pub topics: Vec<Row>,
    /// By language of the file.
    pub languages: Vec<Row>,
    /// By the rule whose finding met a place.
    pub rules: Vec<Row>,
    /// Findings in files of the set that nothing is said about.
    pub unjudged: usize,
    /// Places in files that were not looked at; they are counted nowhere else.
    pub not_looked_at: usize,
}

fn row(name: &str, tally: Tally) -> Row {
    Row { name: name.to_owned(), tally, recall: tally.recall(), precision: tally.precision(), false_alarms: tally.false_alarms() }
}

fn rows<K: AsRef<str>>(tallies: &BTreeMap<K, Tally>) -> Vec<Row> {
    tallies.iter().map(|(name, tally)| row(name.as_ref(), *tally)).collect()
}

/// Counts what became of each place.
pub fn figures(set: &Set, found: &[Found], judged: &Judged) -> Figures {
    let mut all = Tally::default();
    let [mut topics, mut languages, mut rules] = [(); 3].map(|()| BTreeMap::<&str, Tally>::new());
    for ((case, _), outcome) in set.cases.iter().zip(&judged.outcomes) {
        all.add(*outcome);
        topics.entry(&case.topic).or_default().add(*outcome);
        let language = Language::of(Path::new(&case.path)).map_or("other", Language::name);
        languages.entry(language).or_default().add(*outcome);
        if let Outcome::Found(at) | Outcome::False(at) = outcome {
            rules.entry(&found[*at].rule).or_default().add(*outcome);
        }
    }
    let [topics, languages, rules] = [&topics, &languages, &rules].map(rows);
    Figures { all: row("all", all), topics, languages, rules, unjudged: judged.unjudged.len(), not_looked_at: 0 }
}

impl Figures {
    /// As tables for a terminal.
    pub fn text(&self) -> String {
        let mut out = String::new();
        table(&mut out, "topic", &self.topics);
        table(&mut out, "language", &self.languages);
        rule_table(&mut out, &self.rules);
        table(&mut out, "", std::slice::from_ref(&self.all));
        let unjudged = self.unjudged;
        let word = if unjudged == 1 { "finding" } else { "findings" };
        out.push_str(&format!("{unjudged} {word} in these files that the set says nothing about\n"));
        let n = self.not_looked_at;
        let places = if n == 1 { "1 place stands".to_owned() } else { format!("{n} places stand") };
        if n > 0 {
            out.push_str(&format!("{places} in files that were not looked at as they are now, and counted nowhere\n"));
        }
        out
    }
}

/// Of a rule, only what it said counts.
fn rule_table(out: &mut String, rows: &[Row]) {
    let width = rows.iter().map(|row| row.name.chars().count()).chain([10]).max().unwrap_or(0).min(60);
    let mut line = |name: &str, right: &str, wrong: &str, precision: &str| {
        writeln!(out, "{name:<width$}  {right:>11}  {wrong:>11}  {precision}").expect("writing to a string cannot fail");
    };
    line("rule", "right", "wrong", "precision");
    for Row { name, tally, precision, .. } in rows {
        line(name, &tally.found.to_string(), &tally.wrong.to_string(), &Share::shown(*precision));
    }
    out.push('\n');
}

fn table(out: &mut String, head: &str, rows: &[Row]) {
    let width = rows.iter().map(|row| row.name.chars().count()).chain([head.len(), 10]).max().unwrap_or(0).min(60);
    let mut line = |cells: [&str; 6]| {
        let [name, found, wrong, recall, precision, alarms] = cells;
        let text = format!("{name:<width$}  {found:>11}  {recall:<18}  {wrong:>11}  {alarms:<18}  {precision}");
        writeln!(out, "{}", text.trim_end()).expect("writing to a string cannot fail");
    };
    line([head, "found", "wrong", "recall", "precision", "false alarms"]);
    for Row { name, tally, recall, precision, false_alarms } in rows {
        let of = |part: usize, other: usize| format!("{part} of {}", part + other);
        let [recall, precision, alarms] = [*recall, *precision, *false_alarms].map(Share::shown);
        line([name, &of(tally.found, tally.missed), &of(tally.wrong, tally.silent), &recall, &precision, &alarms]);
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::super::matching::judge;
    use super::super::set::{Case, Head};
    use super::super::topic::{KnownRules, Topic};
    use super::*;
    use crate::types::Severity;
    use proptest::prelude::*;

    fn set(cases: &[(&str, u32, u32, bool)]) -> Set {
        let known = KnownRules::from([("t/a".to_owned(), vec![1]), ("t/b".to_owned(), vec![2])]);
        let case = |(topic, start, end, must): &(&str, u32, u32, bool)| {
            let case = Case {
                path: "x.py".to_owned(),
                start: *start,
                end: *end,
                topic: (*topic).to_owned(),
                must: *must,
                note: String::new(),
                at_least: None,
            };
            (case, Topic::parse(topic, &known).unwrap())
        };
        Set { head: Head { slack: 2, ..Head::of(".") }, cases: cases.iter().map(case).collect() }
    }

    fn found(rule: &str, start: u32, end: u32, severity: Severity) -> Found {
        Found { path: "x.py".to_owned(), start, end, rule: rule.to_owned(), weaknesses: vec![], severity }
    }

    fn counts(set: &Set, findings: &[Found]) -> [usize; 5] {
        let Figures { all: Row { tally, .. }, unjudged, .. } = figures(set, findings, &judge(set, findings));
        [tally.found, tally.missed, tally.wrong, tally.silent, unjudged]
    }

    /// Each line was counted by hand: cases, findings, then found, missed, wrong, silent and unjudged.
    #[test]
    fn tricky_cases_are_counted_as_by_hand() {
        use Severity::{High, Low, Medium};
        type Hand<'a> = (&'a [(&'a str, u32, u32, bool)], &'a [(&'a str, u32, u32, Severity)], [usize; 5]);
        let table: &[Hand<'_>] = &[
            (&[("a", 5, 5, true)], &[], [0, 1, 0, 0, 0]),
            (&[("a", 5, 5, true)], &[("t/a", 5, 5, High)], [1, 0, 0, 0, 0]),
            // Within the slack, and one line out of it.
            (&[("a", 5, 5, true)], &[("t/a", 3, 3, High)], [1, 0, 0, 0, 0]),
            (&[("a", 5, 5, true)], &[("t/a", 2, 2, High)], [0, 1, 0, 0, 1]),
            (&[("a", 5, 5, true)], &[("t/a", 8, 9, High)], [0, 1, 0, 0, 1]),
            // Another topic, and one that is too light.
            (&[("a", 5, 5, true)], &[("t/b", 5, 5, High)], [0, 1, 0, 0, 1]),
            (&[("a", 5, 5, true)], &[("t/a", 5, 5, Low)], [0, 1, 0, 0, 0]),
            // Said twice is found once.
            (&[("a", 5, 5, true)], &[("t/a", 5, 5, High), ("t/a", 5, 5, Medium)], [1, 0, 0, 0, 0]),
            // One finding, two places.
            (&[("a", 5, 5, true), ("a", 6, 6, true)], &[("t/a", 5, 6, High)], [1, 1, 0, 0, 0]),
            // The second finding can only have the first place: the first one moves.
            (&[("a", 5, 5, true), ("a", 6, 6, true)], &[("t/a", 5, 6, High), ("t/a", 5, 5, High)], [2, 0, 0, 0, 0]),
            (&[("a", 5, 5, true), ("a", 6, 6, true)], &[("t/a", 6, 6, High), ("t/a", 5, 6, High)], [2, 0, 0, 0, 0]),
            (&[("a", 1, 1, true), ("a", 9, 9, true), ("a", 11, 11, true)], &[("t/a", 1, 9, High), ("t/a", 9, 9, High)], [2, 1, 0, 0, 0]),
            // Nothing may be found here; slack does not count.
            (&[("a", 5, 5, false)], &[], [0, 0, 0, 1, 0]),
            (&[("a", 5, 5, false)], &[("t/a", 5, 5, High)], [0, 0, 1, 0, 0]),
            (&[("a", 5, 5, false)], &[("t/a", 6, 6, High)], [0, 0, 0, 1, 1]),
            (&[("a", 5, 5, false)], &[("t/b", 5, 5, High)], [0, 0, 0, 1, 1]),
            (&[("a", 5, 5, false)], &[("t/a", 5, 5, Low)], [0, 0, 0, 1, 0]),
            // Two false ones at one place are one.
            (&[("a", 5, 5, false)], &[("t/a", 5, 5, High), ("t/a", 5, 5, High)], [0, 0, 1, 0, 0]),
            // What stands on a forbidden line is not taken for the wanted one beside it.
            (&[("a", 5, 5, true), ("a", 6, 6, false)], &[("t/a", 6, 6, High)], [0, 1, 1, 0, 0]),
            (&[("a", 5, 5, true), ("a", 6, 6, false)], &[("t/a", 5, 5, High)], [1, 0, 0, 1, 0]),
            // One that covers both is both.
            (&[("a", 5, 5, true), ("a", 6, 6, false)], &[("t/a", 5, 6, High)], [1, 0, 1, 0, 0]),
            (&[("a", 5, 5, true), ("a", 6, 6, false)], &[("t/a", 4, 4, High)], [1, 0, 0, 1, 0]),
            // Two topics of one place.
            (&[("a", 5, 5, true), ("b", 5, 5, true)], &[("t/a", 5, 5, High)], [1, 1, 0, 0, 0]),
            (&[("a,b", 5, 5, true)], &[("t/b", 5, 5, High)], [1, 0, 0, 0, 0]),
            (&[("a", 5, 5, true), ("b", 5, 5, false)], &[("t/a", 5, 5, High)], [1, 0, 0, 1, 0]),
            (&[("a", 5, 5, true), ("b", 5, 5, false)], &[("t/b", 5, 5, High)], [0, 1, 1, 0, 0]),
            // The nearer place is met first, whatever the order.
            (&[("a", 7, 7, true), ("a", 5, 5, true)], &[("t/a", 5, 5, High)], [1, 1, 0, 0, 0]),
            // Long places.
            (&[("a", 1, 100, true)], &[("t/a", 50, 50, High), ("t/a", 60, 60, High)], [1, 0, 0, 0, 0]),
            (&[("a", 1, 100, false)], &[("t/a", 50, 50, High), ("t/a", 60, 60, High)], [0, 0, 1, 0, 0]),
            (&[], &[("t/a", 5, 5, High)], [0, 0, 0, 0, 0]),
        ];
        for (at, (cases, findings, by_hand)) in table.iter().enumerate() {
            let findings: Vec<Found> = findings.iter().map(|(rule, start, end, severity)| found(rule, *start, *end, *severity)).collect();
            assert_eq!(counts(&set(cases), &findings), *by_hand, "line {at}");
        }
    }

    #[test]
    fn few_places_give_no_share_and_many_give_an_interval() {
        assert_eq!(Share::shown(Share::new(3, 19)), "3 of 19, too few");
        assert_eq!(Share::shown(Share::new(0, 0)), "-");
        assert_eq!(Share::shown(Share::new(50, 100)), "50.0 % (40-60)");
        assert_eq!(Share::shown(Share::new(100, 100)), "100.0 % (96-100)");
    }

    fn any_case() -> impl Strategy<Value = (&'static str, u32, u32, bool)> {
        ((0usize..3), 1u32..30, 0u32..3, any::<bool>())
            .prop_map(|(topic, start, more, must)| (["a", "b", "a,b"][topic], start, start + more, must))
    }

    fn any_found() -> impl Strategy<Value = Found> {
        (any::<bool>(), 1u32..30, 0u32..3, 0usize..5)
            .prop_map(|(is_a, start, more, severity)| found(if is_a { "t/a" } else { "t/b" }, start, start + more, Severity::ALL[severity]))
    }

    proptest! {
        #[test]
        fn the_order_of_findings_does_not_matter(
            cases in prop::collection::vec(any_case(), 0..12), (findings, shuffled) in prop::collection::vec(any_found(), 0..12)
                .prop_flat_map(|findings| (Just(findings.clone()), Just(findings).prop_shuffle())),
        ) {
            let set = set(&cases);
            prop_assert_eq!(counts(&set, &findings), counts(&set, &shuffled));
        }

        #[test]
        fn a_finding_more_never_hides_a_found_place_nor_a_false_one(
            cases in prop::collection::vec(any_case(), 0..12), findings in prop::collection::vec(any_found(), 0..12), more in any_found(),
        ) {
            let set = set(&cases);
            let before = counts(&set, &findings);
            let after = counts(&set, &[findings, vec![more]].concat());
            prop_assert!(after[0] >= before[0] && after[2] >= before[2] && after[0] <= before[0] + 1);
        }
    }
}
