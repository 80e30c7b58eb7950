//! Owns the form of a finding and what makes two findings the same one. Never decides what is a finding.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{KeyHasher, RelPath};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; costs no points to speak of.
    Info,
    /// Costs a little.
    Low,
    /// Will cost somebody an afternoon.
    Medium,
    /// Somebody will be hit.
    High,
    /// Anybody can use it.
    Critical,
}

impl Severity {
    /// From the mildest to the worst.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The name in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The severity called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.name() == name)
    }
}

/// What a finding is about; it decides which score the finding lowers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// Somebody hostile profits.
    Security,
    /// The program does something else than it says.
    Correctness,
    /// It costs time or memory without need.
    Performance,
    /// It is hard to follow.
    Complexity,
    /// It is hard to change.
    Maintainability,
    /// It is not explained, or wrongly.
    Documentation,
    /// The test does not test.
    Testing,
}

impl Category {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Security, Self::Correctness, Self::Performance, Self::Complexity, Self::Maintainability, Self::Documentation, Self::Testing];

    /// The name in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::Correctness => "correctness",
            Self::Performance => "performance",
            Self::Complexity => "complexity",
            Self::Maintainability => "maintainability",
            Self::Documentation => "documentation",
            Self::Testing => "testing",
        }
    }
}

/// Who made the claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A rule.
    Static,
    /// The model, and its quote was found in the code.
    Model,
}

impl Origin {
    /// The name in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Model => "model",
        }
    }
}

/// A place in a source: byte offsets, end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// One finding, with its place in the file as it is on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Id of the rule, without the analyzer.
    pub rule: String,
    /// Id of the analyzer that made it.
    pub analyzer: String,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about.
    pub category: Category,
    /// One sentence.
    pub message: String,
    /// First line, from 1.
    pub line: u32,
    /// First column in characters, from 1.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// One past the last column.
    pub end_column: u32,
    /// The code itself, verbatim, shortened to [`MAX_QUOTE_CHARS`].
    pub quote: String,
    /// What to do instead.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub suggestion: Option<String>,
    /// Facts that it rests on, the weightiest first. Left out when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<Reason>,
    /// Other places that belong to it. Left out when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub related: Vec<Related>,
    /// One change that mends it. Left out when there is none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub edits: Vec<TextEdit>,
    /// In percent, 0 to 100.
    pub confidence: u8,
    /// Who made it.
    pub origin: Origin,
    /// Sixteen hexadecimal digits that stay when lines shift or the file moves; see [`assign_fingerprints`].
    pub fingerprint: String,
}

/// A fact that a finding rests on, such as `cognitive complexity` and 31.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// One line.
    pub text: String,
    /// What was counted; left out for a fact without a number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub number: Option<i64>,
}

/// Another place that belongs to a finding, such as the first of two definitions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Related {
    /// The file, when it is not the one of the finding.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<RelPath>,
    /// First line, from 1.
    pub line: u32,
    /// First column in characters, from 1.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// One past the last column.
    pub end_column: u32,
    /// What it has to do with the finding.
    pub message: String,
}

/// A replacement of bytes of the finding's file. All edits of a finding apply together or not at all; they do not overlap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TextEdit {
    /// First byte that is replaced, from 0.
    pub start: usize,
    /// One past the last byte that is replaced; equal to `start` for an insertion.
    pub end: usize,
    /// The new text.
    pub replacement: String,
    /// Whether the program keeps doing what it is meant to do; if not, somebody should read the change first.
    pub is_certain: bool,
}

/// Longest quote kept with a finding, in characters; the rest is cut and marked with `…`.
pub const MAX_QUOTE_CHARS: usize = 400;

/// So sure devflow has to be of a critical or high finding that a file needs attention for it, in percent.
const URGENT_CONFIDENCE: u8 = 70;

impl Finding {
    /// Whether somebody should look at once: it is critical or high, and at least 70 % sure.
    pub fn is_urgent(&self) -> bool {
        self.severity >= Severity::High && self.confidence >= URGENT_CONFIDENCE
    }

    /// The order of reports: worst first, then place, then rule.
    pub fn report_order(&self, other: &Self) -> std::cmp::Ordering {
        other
            .severity
            .cmp(&self.severity)
            .then(self.line.cmp(&other.line))
            .then(self.column.cmp(&other.column))
            .then_with(|| self.rule.cmp(&other.rule))
            .then_with(|| self.message.cmp(&other.message))
    }

    /// The order within a file: by place.
    pub fn place_order(&self, other: &Self) -> std::cmp::Ordering {
        (self.line, self.column, self.end_line, self.end_column)
            .cmp(&(other.line, other.column, other.end_line, other.end_column))
            .then_with(|| self.report_order(other))
            .then_with(|| self.analyzer.cmp(&other.analyzer))
    }
}

/// Gives every finding of one file its fingerprint: analyzer, rule, quote with white space folded, and the ordinal among
/// equals in the order of the file. Neither line nor path is in it. `findings` must be in [`Finding::place_order`].
pub fn assign_fingerprints(findings: &mut [Finding]) {
    let mut seen: std::collections::BTreeMap<(String, String, String), u32> = std::collections::BTreeMap::new();
    for finding in findings {
        let quote = finding.quote.split_whitespace().collect::<Vec<_>>().join(" ");
        let ordinal = seen.entry((finding.analyzer.clone(), finding.rule.clone(), quote.clone())).or_default();
        finding.fingerprint = KeyHasher::new("fingerprint", 1)
            .field(finding.analyzer.as_bytes())
            .field(finding.rule.as_bytes())
            .field(quote.as_bytes())
            .field(&ordinal.to_le_bytes())
            .finish()
            .short();
        *ordinal += 1;
    }
}

/// A claim of the model that was not taken, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dropped {
    /// Id of the rule.
    pub rule: String,
    /// What the model said.
    pub message: String,
    /// What it quoted.
    pub quote: String,
    /// Why it was not taken.
    pub reason: String,
}

/// How many findings there are of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeverityCounts {
    /// Worst.
    pub critical: u32,
    /// Somebody will be hit.
    pub high: u32,
    /// An afternoon lost.
    pub medium: u32,
    /// A little.
    pub low: u32,
    /// Worth knowing.
    pub info: u32,
}

impl SeverityCounts {
    /// Counts `findings`.
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let mut counts = Self::default();
        for finding in findings {
            *counts.slot(finding.severity) += 1;
        }
        counts
    }

    /// The count of one severity.
    pub fn get(&self, severity: Severity) -> u32 {
        let mut copy = *self;
        *copy.slot(severity)
    }

    fn slot(&mut self, severity: Severity) -> &mut u32 {
        match severity {
            Severity::Info => &mut self.info,
            Severity::Low => &mut self.low,
            Severity::Medium => &mut self.medium,
            Severity::High => &mut self.high,
            Severity::Critical => &mut self.critical,
        }
    }

    /// All of them together.
    pub fn total(&self) -> u32 {
        self.critical + self.high + self.medium + self.low + self.info
    }

    /// The worst severity that occurs.
    pub fn worst(&self) -> Option<Severity> {
        Severity::ALL.into_iter().rev().find(|severity| self.get(*severity) > 0)
    }

    /// Adds the counts of another file.
    pub fn add(&mut self, other: &Self) {
        for severity in Severity::ALL {
            *self.slot(severity) += other.get(severity);
        }
    }
}
