//! Owns the form of scores.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Category;

/// One of the four things that are scored apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dimension {
    /// Findings of category security.
    Security,
    /// Correctness, performance and testing.
    Quality,
    /// Complexity findings and metrics of functions.
    Complexity,
    /// Findings about maintainability and documentation.
    Maintainability,
}

impl Dimension {
    /// In the order of reports.
    pub const ALL: [Self; 4] = [Self::Security, Self::Quality, Self::Complexity, Self::Maintainability];

    /// The dimension that a finding of `category` lowers.
    pub fn of(category: Category) -> Self {
        match category {
            Category::Security => Self::Security,
            Category::Correctness | Category::Performance | Category::Testing => Self::Quality,
            Category::Complexity => Self::Complexity,
            Category::Maintainability | Category::Documentation => Self::Maintainability,
        }
    }

    /// The name in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::Quality => "quality",
            Self::Complexity => "complexity",
            Self::Maintainability => "maintainability",
        }
    }
}

/// Scores of a file or a run, each from 0 to 100, higher is better, rounded to one decimal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scores {
    /// The four dimensions together, each by its weight.
    pub overall: f64,
    /// Lowered by findings of category security.
    pub security: f64,
    /// Lowered by findings about correctness, performance and testing.
    pub quality: f64,
    /// Lowered by findings about complexity and by measures of functions.
    pub complexity: f64,
    /// Lowered by findings about maintainability and documentation.
    pub maintainability: f64,
}

impl Scores {
    /// One of the four.
    pub fn get(&self, dimension: Dimension) -> f64 {
        match dimension {
            Dimension::Security => self.security,
            Dimension::Quality => self.quality,
            Dimension::Complexity => self.complexity,
            Dimension::Maintainability => self.maintainability,
        }
    }

    /// As an array: overall first, then the dimensions in their order.
    pub fn to_array(self) -> [f64; 5] {
        [self.overall, self.security, self.quality, self.complexity, self.maintainability]
    }

    /// The inverse of [`Scores::to_array`].
    pub fn from_array([overall, security, quality, complexity, maintainability]: [f64; 5]) -> Self {
        Self { overall, security, quality, complexity, maintainability }
    }
}
