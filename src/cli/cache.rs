//! `devflow cache`. The ledger stays as it is.

use super::args::{CacheCommand, Global};
use super::exit::{Failed, Status};
use super::machine::open;
use super::output;

/// Looks after kept answers and results.
pub(super) fn cache(global: &Global, command: &CacheCommand) -> Result<Status, Failed> {
    let (project, _) = open(global)?;
    let store = project.store()?;
    let now_s = project.machine.now_s();
    let text = match command {
        CacheCommand::Stats => {
            let stats = store.cache_stats(now_s)?;
            let asked = stats.hits + stats.misses;
            let rate = if asked > 0 { format!(", hit rate {:.0} %", 100.0 * stats.hits as f64 / asked as f64) } else { String::new() };
            let mut text = format!("answers   {} kept, {} expired\n", stats.answers, stats.expired);
            text.push_str(&format!("used      {} hits, {} misses{rate}\n", stats.hits, stats.misses));
            let price = if stats.hits > 0 { ", at the price that was paid for the answers" } else { "" };
            text.push_str(&format!("saved     {}{price}\n", stats.saved));
            if let (Some(oldest), Some(newest)) = (stats.oldest_at, stats.newest_at) {
                text.push_str(&format!("age       from {} to {}\n", time(oldest), time(newest)));
            }
            text.push_str(&format!("results   {} files\n", stats.results));
            text.push_str(&format!("size      {:.1} MiB\n", stats.size_bytes as f64 / f64::from(1 << 20)));
            text
        }
        CacheCommand::Prune { runs } => {
            let n_runs = runs.map(|most| project.drop_old_runs(&store, most)).transpose()?;
            let mut text = format!("{} kept answers, results and index entries removed\n", store.prune_cache(now_s)?);
            if let Some(n_runs) = n_runs {
                text.push_str(&format!("{} removed\n", crate::report::counted(n_runs as usize, "run")));
            }
            text
        }
        CacheCommand::Clear => format!("{} kept answers and results removed; costs and runs stay\n", store.clear_cache()?),
        CacheCommand::Hot { limit } => {
            let answers = store.hot_answers(*limit)?;
            let line = |answer: &crate::store::HotAnswer| {
                let last = answer.last_hit_at.map_or("never".to_owned(), time);
                format!(
                    "{:>6} hits  {:>10}  {}  {}  {}  last {last}\n",
                    answer.hits,
                    answer.cost.to_string(),
                    answer.key.short(),
                    answer.operation,
                    answer.model
                )
            };
            let lines: String = answers.iter().map(line).collect();
            if lines.is_empty() { "no answer was used again yet\n".to_owned() } else { lines }
        }
    };
    output::result(&text)?;
    Ok(Status::Fine)
}

fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| "?".to_owned(), |time| time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}
