//! Owns kept runs and the sums of the ledger. Never renders.

use rusqlite::{Row, params};

use super::files::id_of;
use super::{Store, StoreError};
use crate::types::{Digest, FileBody, RunId, RunReport, Ticks, Usage};

/// Sums of the ledger for one line of a cost report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostLine {
    /// A span of time, a model or an operation.
    pub name: String,
    /// The sum.
    pub usage: Usage,
}

/// What was spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostReport {
    /// Since midnight, seven days, thirty days, ever.
    pub periods: Vec<CostLine>,
    /// Ever, the most expensive first.
    pub models: Vec<CostLine>,
    /// Ever, the most expensive first.
    pub operations: Vec<CostLine>,
    /// Requests whose end is not known, charged at their estimates.
    pub unsettled: Usage,
    /// The price of answers that were used again, as often as they were.
    pub saved: Ticks,
}

const SUMS: &str = "coalesce(sum(requests), 0), coalesce(sum(input_tokens), 0), coalesce(sum(cached_tokens), 0), \
                    coalesce(sum(output_tokens), 0), coalesce(sum(cost), 0)";

fn usage(row: &Row<'_>, first: usize) -> rusqlite::Result<Usage> {
    Ok(Usage {
        requests: row.get::<_, i64>(first)? as u64,
        input_tokens: row.get::<_, i64>(first + 1)? as u64,
        cached_tokens: row.get::<_, i64>(first + 2)? as u64,
        output_tokens: row.get::<_, i64>(first + 3)? as u64,
        cost: Ticks(row.get(first + 4)?),
    })
}

impl Store {
    /// What one run has spent.
    ///
    /// # Errors
    /// SQLite's.
    pub fn spent(&self, run: &RunId) -> Result<Usage, StoreError> {
        let sql = format!("SELECT {SUMS} FROM ledger WHERE run = ?1");
        self.read(|connection| connection.query_row(&sql, [&run.0], |row| usage(row, 0)))
    }

    /// What was spent since `since`, in seconds since 1970.
    ///
    /// # Errors
    /// SQLite's.
    pub fn spent_since(&self, since: i64) -> Result<Usage, StoreError> {
        let sql = format!("SELECT {SUMS} FROM ledger WHERE at >= ?1");
        self.read(|connection| connection.query_row(&sql, [since], |row| usage(row, 0)))
    }

    /// Sums by time, model and operation. `midnight` and `now` in seconds since 1970.
    ///
    /// # Errors
    /// SQLite's.
    pub fn costs(&self, midnight: i64, now: i64) -> Result<CostReport, StoreError> {
        const DAY_S: i64 = 86_400;
        let mut periods = Vec::new();
        for (name, since) in [("today", midnight), ("7 days", now - 7 * DAY_S), ("30 days", now - 30 * DAY_S), ("ever", 0)] {
            periods.push(CostLine { name: name.to_owned(), usage: self.spent_since(since)? });
        }
        let unsettled = format!("SELECT {SUMS} FROM ledger WHERE settled = 0");
        let saved = "SELECT coalesce(sum(saved), 0) FROM runs";
        Ok(CostReport {
            periods,
            models: self.lines("model")?,
            operations: self.lines("operation")?,
            unsettled: self.read(|connection| connection.query_row(&unsettled, [], |row| usage(row, 0)))?,
            saved: self.read(|connection| connection.query_row(saved, [], |row| row.get(0).map(Ticks)))?,
        })
    }

    fn lines(&self, column: &str) -> Result<Vec<CostLine>, StoreError> {
        let sql = format!("SELECT {column}, {SUMS} FROM ledger GROUP BY {column} ORDER BY sum(cost) DESC, {column}");
        self.read(|connection| {
            let mut statement = connection.prepare(&sql)?;
            let lines = statement.query_map([], |row| Ok(CostLine { name: row.get(0)?, usage: usage(row, 1)? }))?;
            lines.collect()
        })
    }

    /// Keeps a run: its summary, and a manifest of its results.
    ///
    /// # Errors
    /// SQLite's.
    pub fn keep_run(&self, root: &str, plan: &Digest, report: &RunReport) -> Result<(), StoreError> {
        let mut manifest = String::new();
        for file in &report.files {
            if let FileBody::Stored(id) = file.body {
                manifest.push_str(file.path.as_str());
                manifest.push('\t');
                manifest.push_str(&id.to_string());
                manifest.push('\n');
            }
        }
        let hash = Digest::of(manifest.as_bytes());
        let summary = serde_json::json!({
            "scores": report.totals.scores,
            "worst": report.totals.worst,
            "findings": report.totals.counts,
            "dropped": report.totals.dropped,
            "found": report.coverage.found,
            "analyzed": report.coverage.analyzed,
            "reused": report.coverage.reused,
            "skipped": report.coverage.skipped.len(),
            "failed": report.coverage.failed.len(),
            "hits": report.hits,
            "misses": report.misses,
            "usage": report.usage,
        });
        self.write(|tx| {
            let root_id = id_of(tx, "roots", "path", &root)?;
            let plan_id = id_of(tx, "plans", "digest", &plan.0)?;
            let is_known: bool = tx.query_row("SELECT EXISTS (SELECT 1 FROM manifests WHERE hash = ?1)", [hash.0], |row| row.get(0))?;
            if !is_known {
                tx.execute("INSERT INTO manifests (hash, body) VALUES (?1, ?2)", params![hash.0, manifest])?;
            }
            tx.execute(
                "INSERT OR REPLACE INTO runs (id, root_id, plan_id, started_at, duration_ms, outcome, mode, manifest, summary, cost, hits, saved)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                params![
                    report.id.0,
                    root_id,
                    plan_id,
                    report.started_at,
                    report.duration_ms as i64,
                    report.outcome.name(),
                    format!("{:?}", report.mode).to_lowercase(),
                    hash.0,
                    summary.to_string(),
                    report.usage.cost.0,
                    report.hits as i64,
                    report.saved.0
                ],
            )?;
            Ok(())
        })
    }
}
