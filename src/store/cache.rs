//! Owns looking at and clearing the cache part of the store, and the removal of runs. Never touches the ledger.

use rusqlite::params;

use super::manifests::part_ids;
use super::{Store, StoreError};
use crate::types::{Digest, RunId, Ticks};

/// How long results of a plan are kept after its last run: thirty days.
const KEEP_PLANS_S: i64 = 30 * 86_400;

/// What the cache holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheStats {
    /// Answers that have not expired.
    pub answers: u64,
    /// Answers that have expired, and are removed by [`Store::prune_cache`].
    pub expired: u64,
    /// How often answers were used again, by all runs, behind reused results too.
    pub hits: u64,
    /// Requests that were paid.
    pub misses: u64,
    /// What the hits had cost when they were paid.
    pub saved: Ticks,
    /// Results of files that are kept, expired ones included.
    pub results: u64,
    /// Of the database, in bytes.
    pub size_bytes: u64,
    /// Creation of the oldest answer, in seconds since 1970.
    pub oldest_at: Option<i64>,
    /// Creation of the newest answer.
    pub newest_at: Option<i64>,
}

/// An answer that was used often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HotAnswer {
    /// Hash of the model and of the prompt.
    pub key: Digest,
    /// Such as `review:file`.
    pub operation: String,
    /// Name of the model that was requested.
    pub model: String,
    /// How often it was used again.
    pub hits: u64,
    /// What it cost when it was paid.
    pub cost: Ticks,
    /// In seconds since 1970.
    pub created_at: i64,
    /// In seconds since 1970.
    pub last_hit_at: Option<i64>,
}

impl Store {
    /// Counts what the cache holds at `now`, in seconds since 1970.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub fn cache_stats(&self, now: i64) -> Result<CacheStats, StoreError> {
        let size_bytes = self.size_bytes()?;
        self.read(|connection| {
            let mut stats = connection.query_row(
                "SELECT coalesce(sum(expires_at > ?1), 0), coalesce(sum(expires_at <= ?1), 0), (SELECT coalesce(sum(hits), 0) FROM runs),
                        (SELECT coalesce(sum(saved), 0) FROM runs), min(created_at), max(created_at) FROM answers",
                [now],
                |row| {
                    Ok(CacheStats {
                        answers: row.get::<_, i64>(0)? as u64,
                        expired: row.get::<_, i64>(1)? as u64,
                        hits: row.get::<_, i64>(2)? as u64,
                        saved: Ticks(row.get(3)?),
                        oldest_at: row.get(4)?,
                        newest_at: row.get(5)?,
                        size_bytes,
                        ..CacheStats::default()
                    })
                },
            )?;
            stats.misses =
                connection.query_row("SELECT count(*) FROM ledger WHERE answer_key IS NOT NULL", [], |row| row.get::<_, i64>(0))? as u64;
            stats.results = connection.query_row("SELECT count(*) FROM results", [], |row| row.get::<_, i64>(0))? as u64;
            Ok(stats)
        })
    }

    /// Removes expired answers and results, and the results of plans that no run has used for thirty days, but for those that kept runs
    /// name. Gives the number of rows removed.
    ///
    /// # Errors
    /// Fails if the database cannot be written.
    pub fn prune_cache(&self, now: i64) -> Result<u64, StoreError> {
        let removed = self.write(|tx| {
            let mut removed = tx.execute("DELETE FROM answers WHERE expires_at <= ?1", [now])?;
            removed += tx.execute("DELETE FROM files WHERE expires_at <= ?1", [now])?;
            let old = "DELETE FROM files WHERE plan_id NOT IN (SELECT plan_id FROM runs WHERE started_at > strftime('%Y-%m-%dT%H:%M:%SZ', ?1, 'unixepoch'))";
            removed += tx.execute(old, [now - KEEP_PLANS_S])?;
            name_kept(tx)?;
            removed += tx.execute(
                "DELETE FROM results WHERE (expires_at <= ?1 OR id NOT IN (SELECT result_id FROM files WHERE result_id IS NOT NULL))
                                       AND id NOT IN (SELECT id FROM kept)",
                [now],
            )?;
            Ok(removed as u64)
        })?;
        self.shrink()?;
        Ok(removed)
    }

    /// Removes every answer and every result; those that kept runs name stay for them and are not used again. Gives the number of rows.
    ///
    /// # Errors
    /// Fails if the database cannot be written.
    pub fn clear_cache(&self) -> Result<u64, StoreError> {
        let removed = self.write(|tx| {
            let mut removed = tx.execute("DELETE FROM answers", [])?;
            tx.execute("DELETE FROM files", [])?;
            name_kept(tx)?;
            removed += tx.execute("DELETE FROM results WHERE id NOT IN (SELECT id FROM kept)", [])?;
            // What stays is there for the runs that name it, and no file is taken to be unchanged by it.
            removed += tx.execute("UPDATE results SET expires_at = 0 WHERE expires_at > 0", [])?;
            Ok(removed as u64)
        })?;
        self.shrink()?;
        Ok(removed)
    }

    /// Removes a run, and what only it named. Ledger and answers stay.
    ///
    /// # Errors
    /// Fails if the database cannot be written.
    pub fn drop_run(&self, id: &RunId) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.execute("DELETE FROM runs WHERE id = ?1", [&id.0])?;
            remove_unnamed(tx)
        })
    }

    /// Removes the runs on a project that are no longer to be kept: all but the newest `keep`, where it is given, and those that began before
    /// `before`, in seconds since 1970, where it is. Gives their number.
    ///
    /// # Errors
    /// Fails if the database cannot be written.
    pub fn drop_old_runs(&self, root: &str, keep: Option<u64>, before: Option<i64>) -> Result<u64, StoreError> {
        let old = "DELETE FROM runs WHERE root_id = (SELECT id FROM roots WHERE path = ?1)
                       AND (started_at < strftime('%Y-%m-%dT%H:%M:%SZ', ?2, 'unixepoch')
                            OR (?3 IS NOT NULL AND id NOT IN (SELECT id FROM runs AS newest WHERE newest.root_id = runs.root_id
                                                              ORDER BY newest.rowid DESC LIMIT ?3)))";
        self.write(|tx| {
            let removed = tx.execute(old, params![root, before, keep.map(|keep| keep as i64)])?;
            if removed > 0 {
                remove_unnamed(tx)?;
            }
            Ok(removed as u64)
        })
    }

    fn shrink(&self) -> Result<(), StoreError> {
        self.lock().connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)").map_err(|source| self.error(source))
    }

    /// The answers that were used most, at most `limit`.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub fn hot_answers(&self, limit: usize) -> Result<Vec<HotAnswer>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare(
                "SELECT key, operation, model, hits, cost, created_at, last_hit_at FROM answers WHERE hits > 0
                 ORDER BY hits DESC, last_hit_at DESC, key LIMIT ?1",
            )?;
            let rows = statement.query_map(params![limit as i64], |row| {
                Ok(HotAnswer {
                    key: Digest(row.get(0)?),
                    operation: row.get(1)?,
                    model: row.get(2)?,
                    hits: row.get::<_, i64>(3)? as u64,
                    cost: Ticks(row.get(4)?),
                    created_at: row.get(5)?,
                    last_hit_at: row.get(6)?,
                })
            })?;
            rows.collect()
        })
    }
}

/// Fills the table `kept` with the results that the manifests of kept runs name.
fn name_kept(tx: &rusqlite::Transaction<'_>) -> rusqlite::Result<()> {
    tx.execute_batch("CREATE TEMP TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY); DELETE FROM kept;")?;
    name_used(tx)?;
    let mut bodies = tx.prepare(
        "SELECT body FROM manifests WHERE hash IN (SELECT manifest FROM runs) UNION ALL SELECT body FROM parts WHERE id IN (SELECT id FROM used)",
    )?;
    let mut insert = tx.prepare("INSERT OR IGNORE INTO kept (id) VALUES (?1)")?;
    let mut rows = bodies.query([])?;
    while let Some(row) = rows.next()? {
        let body = row.get_ref(0)?.as_str()?;
        for id in body.lines().filter_map(|line| line.rsplit_once('\t')?.1.parse::<i64>().ok()).filter(|id| *id > 0) {
            insert.execute([id])?;
        }
    }
    Ok(())
}

/// Fills the table `used` with the parts that the manifests of kept runs have.
fn name_used(tx: &rusqlite::Transaction<'_>) -> rusqlite::Result<()> {
    tx.execute_batch("CREATE TEMP TABLE IF NOT EXISTS used (id INTEGER PRIMARY KEY); DELETE FROM used;")?;
    let mut lists = tx.prepare("SELECT parts, steps FROM manifests WHERE hash IN (SELECT manifest FROM runs)")?;
    let mut insert = tx.prepare("INSERT OR IGNORE INTO used (id) VALUES (?1)")?;
    let mut rows = lists.query([])?;
    while let Some(row) = rows.next()? {
        for id in part_ids(row.get_ref(0)?.as_blob_or_null()?, row.get_ref(1)?.as_blob_or_null()?).into_iter().flatten() {
            insert.execute([id])?;
        }
    }
    Ok(())
}

/// Removes manifests that no run has, and parts and results that nothing names.
fn remove_unnamed(tx: &rusqlite::Transaction<'_>) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM manifests WHERE hash NOT IN (SELECT manifest FROM runs)", [])?;
    name_kept(tx)?;
    tx.execute("DELETE FROM parts WHERE id NOT IN (SELECT id FROM used)", [])?;
    tx.execute(
        "DELETE FROM results WHERE id NOT IN (SELECT id FROM kept) AND id NOT IN (SELECT result_id FROM files WHERE result_id IS NOT NULL)",
        [],
    )?;
    Ok(())
}
