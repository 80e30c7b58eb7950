//! Sums of the ledger.

use rusqlite::Row;

use super::{Store, StoreError};
use crate::types::{RunId, Ticks, Usage};

/// Sums of the ledger for one line of a cost report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostLine {
    /// A span of time, a model or an operation.
    pub name: String,
    /// Requests, tokens and money together.
    pub usage: Usage,
}

/// What the ledger has of all runs, by time, model and operation.
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
    /// Fails if the database cannot be read.
    pub fn spent(&self, run: &RunId) -> Result<Usage, StoreError> {
        let sql = format!("SELECT {SUMS} FROM ledger WHERE run = ?1");
        self.read(|connection| connection.query_row(&sql, [&run.0], |row| usage(row, 0)))
    }

    /// What was spent since `since`, in seconds since 1970.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub fn spent_since(&self, since: i64) -> Result<Usage, StoreError> {
        let sql = format!("SELECT {SUMS} FROM ledger WHERE at >= ?1");
        self.read(|connection| connection.query_row(&sql, [since], |row| usage(row, 0)))
    }

    /// Sums by time, model and operation. `midnight` and `now` in seconds since 1970.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
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
}
