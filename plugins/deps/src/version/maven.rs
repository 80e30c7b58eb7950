//! Owns versions of Maven, simplified: numbers, known qualifiers in their order, other words after them.

use std::cmp::Ordering;

use super::semver::digits;

/// A version as a list of items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MavenVersion(Vec<Item>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    /// Its rank among qualifiers, and the word when it is not a known one.
    Word(u8, String),
    /// After a dash, or after a dot.
    Number(u64),
}

/// Rank of a release: what a missing item counts as.
const RELEASE: u8 = 5;
/// Rank of a word that is not known.
const OTHER: u8 = 7;

impl Item {
    fn is_nothing(&self) -> bool {
        matches!(self, Self::Number(0) | Self::Word(RELEASE, _))
    }

    fn against_nothing(&self) -> Ordering {
        match self {
            Self::Number(number) => number.cmp(&0),
            Self::Word(rank, _) => rank.cmp(&RELEASE),
        }
    }
}

impl Ord for Item {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => left.cmp(right),
            (Self::Number(_), Self::Word(..)) => Ordering::Greater,
            (Self::Word(..), Self::Number(_)) => Ordering::Less,
            (Self::Word(left, left_word), Self::Word(right, right_word)) => left.cmp(right).then_with(|| left_word.cmp(right_word)),
        }
    }
}

impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for MavenVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        for index in 0..self.0.len().max(other.0.len()) {
            let order = match (self.0.get(index), other.0.get(index)) {
                (Some(left), Some(right)) => left.cmp(right),
                (Some(left), None) => left.against_nothing(),
                (None, Some(right)) => right.against_nothing().reverse(),
                (None, None) => Ordering::Equal,
            };
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    }
}

impl PartialOrd for MavenVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Reads a version. Nothing when it does not begin with a digit or has a property in it.
pub(super) fn parse(text: &str) -> Option<MavenVersion> {
    let text = text.trim().to_ascii_lowercase();
    if !text.starts_with(|letter: char| letter.is_ascii_digit()) || text.contains(['$', '[', '(', ',', ' ', '*']) || text.ends_with('+') {
        return None;
    }
    let mut items: Vec<Item> = Vec::new();
    for (section_index, section) in text.split('-').enumerate() {
        // `1.0-1` equals `1-1`: zeros before a dash say nothing.
        if section_index > 0 {
            trim(&mut items);
        }
        for word in section.split(['.', '_']).flat_map(runs) {
            items.push(item(word));
        }
    }
    trim(&mut items);
    Some(MavenVersion(items))
}

fn trim(items: &mut Vec<Item>) {
    while items.last().is_some_and(Item::is_nothing) {
        items.pop();
    }
}

/// Splits between digits and letters.
fn runs(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let bytes = text.as_bytes();
    for (at, pair) in bytes.windows(2).enumerate() {
        if let [left, right] = pair
            && left.is_ascii_digit() != right.is_ascii_digit()
            && text.is_char_boundary(at + 1)
        {
            parts.extend(text.get(start..at + 1));
            start = at + 1;
        }
    }
    parts.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    parts
}

fn item(word: &str) -> Item {
    if let Some(number) = digits(word) {
        return Item::Number(number);
    }
    let rank = match word {
        "alpha" | "a" => 0,
        "beta" | "b" => 1,
        "milestone" | "m" => 2,
        "rc" | "cr" => 3,
        "snapshot" => 4,
        "" | "ga" | "final" | "release" => RELEASE,
        "sp" => 6,
        _ => OTHER,
    };
    Item::Word(rank, if rank == OTHER { word.to_owned() } else { String::new() })
}
