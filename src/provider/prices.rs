//! Owns the dated table of prices.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::types::Ticks;

#[derive(Deserialize)]
struct Table {
    #[cfg(test)]
    compiled: String,
    models: Vec<Price>,
}

/// Prices of one model, in USD for a million tokens.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Price {
    /// Name of the model.
    pub id: String,
    /// Most tokens of prompt and answer.
    pub context: u64,
    /// Of input that the prompt cache did not supply.
    #[serde(rename = "in")]
    pub input: f64,
    /// Of input that the provider's prompt cache supplied.
    pub cached: f64,
    /// Of output, reasoning included.
    pub out: f64,
    /// Prices of long prompts.
    pub long: Option<LongPrice>,
}

/// Prices that hold for all tokens of a request with a long prompt.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct LongPrice {
    /// From this many prompt tokens on.
    pub threshold: u64,
    /// Of input that the prompt cache did not supply.
    #[serde(rename = "in")]
    pub input: f64,
    /// Of input that the prompt cache supplied.
    pub cached: f64,
    /// Of output, reasoning included.
    pub out: f64,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| serde_json::from_str(include_str!("prices.json")).expect("the embedded table of prices is valid"))
}

/// When the table was compiled.
pub const PRICES_DATE: &str = "2026-11-22";

/// The prices of `model`, if the table has them.
pub fn price(model: &str) -> Option<&'static Price> {
    table().models.iter().find(|price| price.id == model)
}

/// What tokens cost. `input` includes `cached`. Source: the table, which names its own.
pub fn cost(price: &Price, input: u64, cached: u64, output: u64) -> Ticks {
    let (input_price, cached_price, out_price) = match &price.long {
        Some(long) if input >= long.threshold => (long.input, long.cached, long.out),
        _ => (price.input, price.cached, price.out),
    };
    let fresh = input.saturating_sub(cached);
    let usd = (fresh as f64 * input_price + cached as f64 * cached_price + output as f64 * out_price) / 1e6;
    Ticks::from_usd(usd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_is_that_of_the_table() {
        assert_eq!(table().compiled, PRICES_DATE);
    }

    #[test]
    fn cached_input_is_cheaper_and_long_prompts_are_dearer() {
        let price = price("grok-4.3").unwrap();
        assert_eq!(cost(price, 6000, 4000, 600).usd(), (2000.0 * 1.25 + 4000.0 * 0.20 + 600.0 * 2.50) / 1e6);
        assert_eq!(cost(price, 200_000, 0, 0).usd(), 0.5);
    }
}
