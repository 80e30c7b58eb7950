//! Owns `devflow costs`. Never computes a price.

use super::args::{Global, RunArgs};
use super::context::{Context, SystemClock};
use super::exit::{Failed, Status};
use super::output;
use super::reports::midnight;
use crate::pipeline::Clock as _;
use crate::store::CostLine;
use crate::types::Ticks;

/// Shows what was spent.
pub(super) fn costs(global: &Global) -> Result<Status, Failed> {
    let context = Context::load(global, &RunArgs::default())?;
    context.warn(global);
    let report = context.store()?.costs(midnight(), SystemClock.now_ns() / 1_000_000_000)?;
    let mut text = format!("{:<32} {:>12} {:>9} {:>12} {:>12} {:>12}\n", "", "cost", "requests", "tokens in", "cached", "tokens out");
    let mut table = |lines: &[CostLine]| {
        for line in lines {
            let usage = &line.usage;
            // No answer is free; of a model without a price, nobody knows.
            let is_known = usage.input_tokens == 0 || usage.cost > Ticks(0);
            let cost = if is_known { usage.cost.to_string() } else { "not known".to_owned() };
            text.push_str(&format!(
                "{:<32} {cost:>12} {:>9} {:>12} {:>12} {:>12}\n",
                line.name, usage.requests, usage.input_tokens, usage.cached_tokens, usage.output_tokens
            ));
        }
    };
    table(&report.periods);
    table(&report.models);
    table(&report.operations);
    if report.unsettled.requests > 0 {
        let (requests, cost) = (report.unsettled.requests, report.unsettled.cost);
        text.push_str(&format!("of this, {requests} requests whose end is not known are charged at their estimate, {cost}\n"));
    }
    if report.saved > Ticks(0) {
        text.push_str(&format!("kept answers saved {}, at the price that was paid for them\n", report.saved));
    }
    output::result(&text)?;
    Ok(Status::Fine)
}
