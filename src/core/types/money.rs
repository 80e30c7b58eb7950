//! Owns money and token counts.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// Money in ticks of 1e-10 USD, the unit of xAI's own `cost_in_usd_ticks`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ticks(pub i64);

impl Ticks {
    /// Ticks in one USD.
    pub const PER_USD: i64 = 10_000_000_000;

    /// Converts from USD, rounded to the nearest tick.
    pub fn from_usd(usd: f64) -> Self {
        // Float-to-int casts saturate, so a silly budget becomes a huge one instead of wrapping.
        Self((usd * Self::PER_USD as f64).round() as i64)
    }

    /// Converts to USD, for showing.
    pub fn usd(self) -> f64 {
        self.0 as f64 / Self::PER_USD as f64
    }
}

impl fmt::Display for Ticks {
    /// Cents and above with two digits, less with four, so that a small run does not look free.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usd = self.usd();
        if self.0 == 0 || usd.abs() >= 1.0 {
            write!(f, "${usd:.2}")
        } else if usd.abs() >= 0.0001 {
            write!(f, "${usd:.4}")
        } else {
            write!(f, "${usd:.6}")
        }
    }
}

impl Add for Ticks {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Ticks {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl AddAssign for Ticks {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Ticks {
    fn sum<I: Iterator<Item = Self>>(ticks: I) -> Self {
        ticks.fold(Self::default(), Add::add)
    }
}

/// What requests used and cost. Tokens as the provider counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// HTTP calls that may have been billed.
    pub requests: u64,
    /// Tokens of prompts, cached ones included.
    pub input_tokens: u64,
    /// Of these, how many the provider's prompt cache supplied.
    pub cached_tokens: u64,
    /// Billable output: visible text and reasoning.
    pub output_tokens: u64,
    /// As the server charged it, else by the table of prices; 0 where neither says anything.
    pub cost: Ticks,
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.input_tokens += other.input_tokens;
        self.cached_tokens += other.cached_tokens;
        self.output_tokens += other.output_tokens;
        self.cost += other.cost;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_money_is_not_shown_as_nothing() {
        assert_eq!(Ticks(0).to_string(), "$0.00");
        assert_eq!(Ticks::from_usd(12.345).to_string(), "$12.35");
        assert_eq!(Ticks::from_usd(0.0123).to_string(), "$0.0123");
        assert_eq!(Ticks(12_345).to_string(), "$0.000001");
    }
}
