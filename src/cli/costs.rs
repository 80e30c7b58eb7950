//! `devflow costs`.

use super::args::Global;
use super::exit::{Failed, Status};
use super::machine::open;
use super::output;
use crate::store::CostLine;
use crate::types::Ticks;

/// Shows what was spent.
pub(super) fn costs(global: &Global) -> Result<Status, Failed> {
    let (project, _) = open(global)?;
    let report = project.store()?.costs(project.machine.midnight(), project.machine.now_s())?;
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
