//! Owns kept runs and the sums of the ledger. Never renders.

use rusqlite::{OptionalExtension as _, Row, params};

use super::files::id_of;
use super::{Store, StoreError};
use crate::types::{
    Digest, FileBody, FileResult, FileSummary, HereRow, Language, RelPath, Role, RunDetails, RunId, RunReport, Scores, SeverityCounts,
    SkipReason, Skipped, Ticks, Usage,
};

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

    /// Keeps a run: its summary, what it takes to show it again, and a manifest of its results.
    ///
    /// # Errors
    /// SQLite's.
    pub fn keep_run(&self, root: &str, pipeline: &str, plan: &Digest, report: &RunReport) -> Result<(), StoreError> {
        let manifest = manifest(report);
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
        let details = serde_json::to_string(&details(report)).expect("details have no keys that JSON cannot hold");
        self.write(|tx| {
            let root_id = id_of(tx, "roots", "path", &root)?;
            let plan_id = id_of(tx, "plans", "digest", &plan.0)?;
            let is_known: bool = tx.query_row("SELECT EXISTS (SELECT 1 FROM manifests WHERE hash = ?1)", [hash.0], |row| row.get(0))?;
            if !is_known {
                tx.execute("INSERT INTO manifests (hash, body) VALUES (?1, ?2)", params![hash.0, manifest])?;
            }
            tx.execute(
                "INSERT OR REPLACE INTO runs (id, root_id, plan_id, started_at, duration_ms, outcome, mode, manifest, summary, cost, hits, saved,
                                              pipeline, details)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
                params![
                    report.id.0,
                    root_id,
                    plan_id,
                    report.started_at,
                    report.duration_ms as i64,
                    report.outcome.name(),
                    report.mode.name(),
                    hash.0,
                    summary.to_string(),
                    report.usage.cost.0,
                    report.hits as i64,
                    report.saved.0,
                    pipeline,
                    details,
                ],
            )?;
            Ok(())
        })
    }

    /// The last runs on a project, the newest first.
    ///
    /// # Errors
    /// SQLite's.
    pub fn runs(&self, root: &str, most: usize) -> Result<Vec<KeptRun>, StoreError> {
        let sql = format!("{KEPT} WHERE roots.path = ?1 ORDER BY runs.rowid DESC LIMIT ?2");
        self.read(|connection| {
            let mut statement = connection.prepare(&sql)?;
            let runs = statement.query_map(params![root, most as i64], kept_run)?;
            runs.collect()
        })
    }

    /// The run whose id is, or begins with, `id`; none when there is none or when several begin so.
    ///
    /// # Errors
    /// SQLite's.
    pub fn run(&self, id: &str) -> Result<Option<KeptRun>, StoreError> {
        let sql = format!("{KEPT} WHERE runs.id >= ?1 AND substr(runs.id, 1, length(?1)) = ?1 ORDER BY runs.id LIMIT 2");
        let mut found: Vec<KeptRun> = self.read(|connection| connection.prepare(&sql)?.query_map([id], kept_run)?.collect())?;
        Ok(if found.len() == 1 { found.pop() } else { None })
    }

    /// The files of a run: those with a result, and those that were skipped. None when the run is too old to be shown again.
    ///
    /// # Errors
    /// SQLite's.
    pub fn run_files(&self, id: &RunId) -> Result<Option<KeptFiles>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT runs.details, manifests.body FROM runs JOIN manifests ON manifests.hash = runs.manifest WHERE runs.id = ?1";
            let found: Option<(Option<String>, String)> =
                connection.query_row(sql, [&id.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            let Some((Some(details), manifest)) = found else { return Ok(None) };
            let Ok(details) = serde_json::from_str(&details) else { return Ok(None) };
            let mut statement = connection.prepare("SELECT sha256, language, role, body FROM results WHERE id = ?1")?;
            let (mut rows, mut skipped) = (Vec::new(), Vec::new());
            for (path, place) in manifest.lines().filter_map(|line| line.rsplit_once('\t')) {
                if let Some(reason) = place.strip_prefix('-') {
                    skipped.extend(SkipReason::from_name(reason).map(|reason| Skipped { path: RelPath::from(path), reason }));
                    continue;
                }
                let row = statement.query_row([place.parse::<i64>().unwrap_or(0)], |row| read_row(path, row)).optional()?;
                rows.push(row.flatten().unwrap_or_else(|| KeptRow { path: RelPath::from(path), found: None }));
            }
            Ok(Some(KeptFiles { details, rows, skipped }))
        })
    }
}

/// What a run was, in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptRun {
    /// Its name.
    pub id: RunId,
    /// Root of the project.
    pub root: String,
    /// Name of the pipeline, or empty.
    pub pipeline: String,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// Wall time.
    pub duration_ms: u64,
    /// Name of the outcome.
    pub outcome: String,
    /// Name of the mode.
    pub mode: String,
    /// Means.
    pub scores: Option<Scores>,
    /// Findings by severity.
    pub counts: SeverityCounts,
    /// What it cost.
    pub cost: Ticks,
    /// Questions answered from the cache.
    pub hits: usize,
    /// What the hits had cost.
    pub saved: Ticks,
}

/// What a kept run consisted of.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptFiles {
    /// What no manifest holds.
    pub details: RunDetails,
    /// Files with results, but for those that are in the details.
    pub rows: Vec<KeptRow>,
    /// Files that were skipped.
    pub skipped: Vec<Skipped>,
}

/// One file of a kept run.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptRow {
    /// Which.
    pub path: RelPath,
    /// Language, role, hash and result; none when the result was removed since.
    pub found: Option<(Option<Language>, Role, Digest, FileResult)>,
}

const KEPT: &str = "SELECT runs.id, roots.path, runs.pipeline, runs.started_at, runs.duration_ms, runs.outcome, runs.mode, runs.summary,
                           runs.cost, runs.hits, runs.saved
                    FROM runs JOIN roots ON roots.id = runs.root_id";

fn kept_run(row: &Row<'_>) -> rusqlite::Result<KeptRun> {
    let summary: serde_json::Value = serde_json::from_str(row.get_ref(7)?.as_str()?).unwrap_or_default();
    Ok(KeptRun {
        id: RunId(row.get(0)?),
        root: row.get(1)?,
        pipeline: row.get(2)?,
        started_at: row.get(3)?,
        duration_ms: row.get::<_, i64>(4)? as u64,
        outcome: row.get(5)?,
        mode: row.get(6)?,
        scores: serde_json::from_value(summary["scores"].clone()).unwrap_or_default(),
        counts: serde_json::from_value(summary["findings"].clone()).unwrap_or_default(),
        cost: Ticks(row.get(8)?),
        hits: row.get::<_, i64>(9)? as usize,
        saved: Ticks(row.get(10)?),
    })
}

fn read_row(path: &str, row: &Row<'_>) -> rusqlite::Result<Option<KeptRow>> {
    let (Some(sha256), Some(role)) = (row.get_ref(0)?.as_blob_or_null()?, row.get_ref(2)?.as_str_or_null()?) else { return Ok(None) };
    let language = row.get_ref(1)?.as_str_or_null()?.and_then(Language::from_name);
    let (Ok(sha256), Some(role)) = (Digest::from_slice(sha256), Role::from_name(role)) else { return Ok(None) };
    let result = serde_json::from_str(row.get_ref(3)?.as_str()?).ok();
    Ok(result.map(|result| KeptRow { path: RelPath::from(path), found: Some((language, role, sha256, result)) }))
}

/// Lines of path, tab, and the id of the result or a dash and why the file was skipped.
fn manifest(report: &RunReport) -> String {
    use std::fmt::Write as _;
    let mut manifest = String::new();
    for file in &report.files {
        if let FileBody::Stored(id) = file.body {
            writeln!(manifest, "{}\t{id}", file.path).expect("writing to a string cannot fail");
        }
    }
    for skipped in &report.coverage.skipped {
        writeln!(manifest, "{}\t-{}", skipped.path, skipped.reason.name()).expect("writing to a string cannot fail");
    }
    manifest
}

fn details(report: &RunReport) -> RunDetails {
    let here = report.files.iter().filter_map(|row| match &row.body {
        FileBody::Here(result) => {
            let FileSummary { language, role, sha256, .. } = row.summary;
            let mut result = (**result).clone();
            // Reports do not show them, and a whole project has many.
            result.metrics.functions.clear();
            Some(HereRow { path: row.path.clone(), language, role, sha256, result })
        }
        FileBody::Stored(_) => None,
    });
    RunDetails {
        found: report.coverage.found,
        analyzed: report.coverage.analyzed,
        reused: report.coverage.reused,
        failed: report.coverage.failed.clone(),
        gate: report.gate.clone(),
        misses: report.misses,
        usage: report.usage,
        artifacts: report.artifacts.clone(),
        dropped: report.dropped.clone(),
        operations: report.operations.clone(),
        rules_off: report.rules_off.clone(),
        is_judged: report.is_judged,
        asking: report.asking.clone(),
        here: here.collect(),
    }
}
