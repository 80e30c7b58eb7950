//! What public code is like, by language: the table that scores are measured by. `cargo bench --bench calibrate` makes it.

use std::sync::OnceLock;

use super::curve::{Curve, rounded};
use crate::types::Language;

/// A line of names, then one for each language and one for all together; see `docs/scoring.md`.
const TABLE: &str = include_str!("reference.tsv");

/// Files with fewer lines of code are not among those that were measured.
pub const REFERENCE_LINES: u32 = 50;

/// The line that stands for all languages together.
const ALL: &str = "all";

/// Fixed columns before the quantiles: language, files, lines, three medians, two points of the curve of complexity.
const N_FIXED: usize = 8;

/// What the code of one language is like.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// Files that were measured.
    pub files: u32,
    /// Lines of code in them.
    pub lines: u32,
    /// Cognitive complexity of the functions, the median by their lines.
    pub cognitive: f64,
    /// Lines of code of the functions, the median by their lines.
    pub code_lines: f64,
    /// Nesting in the functions, the median by their lines.
    pub nesting: f64,
    pub(super) complexity: Curve,
    pub(super) overall: Curve,
    /// Points of the overall score: the least, then what 1 % of the lines do not exceed, up to all of them.
    quantiles: Vec<f64>,
}

impl Reference {
    /// What a line of the table says.
    fn parse(line: &str) -> Option<(&str, Self)> {
        let cells: Vec<&str> = line.split('\t').collect();
        let numbers: Vec<f64> = cells.iter().skip(1).map(|cell| cell.parse().ok()).collect::<Option<_>>()?;
        let quantiles = numbers.get(N_FIXED - 1..).filter(|quantiles| quantiles.len() == 101)?.to_vec();
        let reference = Self {
            files: numbers[0] as u32,
            lines: numbers[1] as u32,
            cognitive: numbers[2],
            code_lines: numbers[3],
            nesting: numbers[4],
            complexity: Curve { median: numbers[5], worst: numbers[6] },
            overall: Curve { median: quantiles[50], worst: quantiles[95] },
            quantiles,
        };
        Some((cells[0], reference))
    }

    /// That of a language; `None` for all languages together.
    pub fn of(language: Option<Language>) -> &'static Self {
        static REFERENCES: OnceLock<Vec<(&str, Reference)>> = OnceLock::new();
        let references = REFERENCES.get_or_init(|| TABLE.lines().skip(1).filter_map(Self::parse).collect());
        let name = language.map_or(ALL, Language::name);
        let found = references.iter().find(|(known, _)| *known == name);
        &found.expect("a test looks whether every language is in the table").1
    }

    /// A reference of which nothing but the medians is known, in the order of the fields.
    pub fn of_medians([cognitive, code_lines, nesting]: [f64; 3]) -> Self {
        let curve = Curve { median: 1.0, worst: 2.0 };
        Self { files: 0, lines: 0, cognitive, code_lines, nesting, complexity: curve, overall: curve, quantiles: Vec::new() }
    }

    /// How many percent of the reference's lines stand in files that score less, from 0 to 100.
    pub fn percentile(&self, overall: f64) -> u8 {
        let below = self.quantiles[1..].iter().filter(|points| rounded(self.overall.score(**points)) < overall).count();
        u8::try_from(below).unwrap_or(100)
    }

    /// A file that scores less is among the worst twentieth.
    pub fn worst_twentieth(&self) -> f64 {
        rounded(self.overall.score(self.overall.worst))
    }
}
