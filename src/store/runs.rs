//! Kept runs.

use rusqlite::{OptionalExtension as _, Row, params};

use super::files::{id_of, unpack};
use super::{Store, StoreError, manifests};
use crate::types::{
    Digest, FileBody, FileResult, FileSummary, HereRow, Language, RelPath, RepositoryState, Role, RunDetails, RunId, RunReport, Scores,
    SeverityCounts, SkipReason, Skipped, Ticks,
};

impl Store {
    /// Keeps a run: its summary, what it takes to show it again, and a manifest of its results. A row is written once.
    ///
    /// # Errors
    /// Fails if the database cannot be written.
    pub fn keep_run(&self, place: &RunPlace<'_>, plan: &Digest, report: &RunReport) -> Result<(), StoreError> {
        let lines = manifests::lines(report);
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
            let root_id = id_of(tx, "roots", "path", &place.root)?;
            let plan_id = id_of(tx, "plans", "digest", &plan.0)?;
            let hash = manifests::keep(tx, &lines)?;
            tx.execute(
                "INSERT INTO runs (id, root_id, plan_id, started_at, duration_ms, outcome, mode, manifest, summary, cost, hits, saved, pipeline,
                                   details, repository, branch, \"commit\")
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
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
                    place.pipeline,
                    details,
                    place.repository.id,
                    place.repository.branch,
                    place.repository.commit,
                ],
            )?;
            Ok(())
        })
    }

    /// The last runs on a project, the newest first.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub fn runs(&self, root: &str, most: usize) -> Result<Vec<KeptRun>, StoreError> {
        self.runs_from(root, None, 0, most)
    }

    /// The same, of one pipeline where it is named, without the newest `skip`.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub fn runs_from(&self, root: &str, pipeline: Option<&str>, skip: usize, most: usize) -> Result<Vec<KeptRun>, StoreError> {
        let sql = format!("{KEPT} WHERE roots.path = ?1 AND (?4 IS NULL OR pipeline = ?4) ORDER BY runs.rowid DESC LIMIT ?2 OFFSET ?3");
        self.read(|connection| {
            let mut statement = connection.prepare(&sql)?;
            let runs = statement.query_map(params![root, most as i64, skip as i64, pipeline], kept_run)?;
            runs.collect()
        })
    }

    /// The newest runs of a project up to one of them, that one first; all of the newest when it is not kept.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub fn runs_until(&self, root: &str, last: &RunId, most: usize) -> Result<Vec<KeptRun>, StoreError> {
        let sql = format!(
            "{KEPT} WHERE roots.path = ?1 AND runs.rowid <= coalesce((SELECT rowid FROM runs WHERE id = ?2), 9223372036854775807)
             ORDER BY runs.rowid DESC LIMIT ?3"
        );
        self.read(|connection| connection.prepare(&sql)?.query_map(params![root, last.0, most as i64], kept_run)?.collect())
    }

    /// Runs whose id is, or begins with, `id`: at most two, which say that there are several.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub fn runs_called(&self, id: &str) -> Result<Vec<KeptRun>, StoreError> {
        let sql = format!("{KEPT} WHERE runs.id >= ?1 AND substr(runs.id, 1, length(?1)) = ?1 ORDER BY runs.id LIMIT 2");
        self.read(|connection| connection.prepare(&sql)?.query_map([id], kept_run)?.collect())
    }

    /// The files of a run: those with a result, and those that were skipped. None when the run is too old to be shown again.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub fn run_files(&self, id: &RunId) -> Result<Option<KeptFiles>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT runs.details, body, parts, steps FROM runs JOIN manifests ON manifests.hash = runs.manifest
                       WHERE runs.id = ?1";
            type Found = (Option<String>, String, Option<Vec<u32>>);
            let found = |row: &rusqlite::Row<'_>| {
                let part_ids = manifests::part_ids(row.get_ref(2)?.as_blob_or_null()?, row.get_ref(3)?.as_blob_or_null()?);
                Ok((row.get(0)?, row.get(1)?, part_ids))
            };
            let found: Option<Found> = connection.query_row(sql, [&id.0], found).optional()?;
            let Some((Some(details), body, part_ids)) = found else { return Ok(None) };
            let Ok(details) = serde_json::from_str(&details) else { return Ok(None) };
            let manifest = manifests::read(connection, body, part_ids)?;
            let mut statement = connection.prepare("SELECT id, summary, rules FROM results WHERE id = ?1")?;
            let mut older = connection.prepare("SELECT sha256, language, role, body FROM results WHERE id = ?1")?;
            let (mut rows, mut skipped) = (Vec::new(), Vec::new());
            for (path, place) in manifest.lines().filter_map(|line| line.rsplit_once('\t')) {
                if let Some(reason) = place.strip_prefix('-') {
                    skipped.extend(SkipReason::from_name(reason).map(|reason| Skipped::new(RelPath::from(path), reason)));
                    continue;
                }
                let id = place.parse::<i64>().unwrap_or(0);
                let found = match statement.query_row([id], with_summary).optional()? {
                    Some(None) => older.query_row([id], |row| without_summary(id, row)).optional()?.flatten(),
                    found => found.flatten(),
                };
                rows.push(KeptRow { path: RelPath::from(path), found });
            }
            Ok(Some(KeptFiles { details, rows, skipped }))
        })
    }
}

/// What a run was, in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptRun {
    /// Id of the run, such as `20261122T101500Z-1f0c2ab4`.
    pub id: RunId,
    /// Root of the project.
    pub root: String,
    /// Name of the pipeline, or empty.
    pub pipeline: String,
    /// Its repository; empty for a run of an older devflow.
    pub repository: RepositoryState,
    /// Start, in RFC 3339, UTC.
    pub started_at: String,
    /// Wall time in milliseconds.
    pub duration_ms: u64,
    /// Name of the outcome.
    pub outcome: String,
    /// Name of the mode.
    pub mode: String,
    /// Mean scores over the files, weighted by lines of code; none when no file has scores.
    pub scores: Option<Scores>,
    /// Number of findings of each severity.
    pub counts: SeverityCounts,
    /// What the requests of this run cost.
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
    /// From the root of the project.
    pub path: RelPath,
    /// Its result; none when it was removed since.
    pub found: Option<KeptResult>,
}

/// The result of a file of a kept run.
#[derive(Clone, Debug, PartialEq)]
pub enum KeptResult {
    /// Row of the result, and what the summary of a run needs.
    Summary(i64, Box<FileSummary>),
    /// An older one, which has no summary beside it.
    Whole {
        /// Row of the result.
        id: i64,
        /// Language of the file; a document has none.
        language: Option<Language>,
        /// How it was used.
        role: Role,
        /// Hash of its bytes.
        sha256: Digest,
        /// The full result, as it was kept.
        result: Box<FileResult>,
    },
}

/// Where a run took place.
#[derive(Clone, Copy, Debug)]
pub struct RunPlace<'a> {
    /// Root of the project on this machine.
    pub root: &'a str,
    /// Name of the pipeline, or empty.
    pub pipeline: &'a str,
    /// The repository, whatever checkout it was.
    pub repository: &'a RepositoryState,
}

const KEPT: &str = "SELECT runs.id, roots.path, runs.pipeline, runs.started_at, runs.duration_ms, runs.outcome, runs.mode, runs.summary,
                           runs.cost, runs.hits, runs.saved, runs.repository, runs.branch, runs.\"commit\"
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
        repository: RepositoryState { id: row.get(11)?, branch: row.get(12)?, commit: row.get(13)? },
    })
}

fn with_summary(row: &Row<'_>) -> rusqlite::Result<Option<KeptResult>> {
    let packed = row.get_ref(1)?.as_blob_or_null()?.unwrap_or_default();
    let rules = row.get_ref(2)?.as_str_or_null()?.unwrap_or_default();
    let id = row.get(0)?;
    Ok(unpack(packed, rules).map(|summary| KeptResult::Summary(id, Box::new(summary))))
}

/// A result that was written before summaries stood beside it.
fn without_summary(id: i64, row: &Row<'_>) -> rusqlite::Result<Option<KeptResult>> {
    let (Some(sha256), Some(role)) = (row.get_ref(0)?.as_blob_or_null()?, row.get_ref(2)?.as_str_or_null()?) else { return Ok(None) };
    let language = row.get_ref(1)?.as_str_or_null()?.and_then(Language::from_name);
    let (Ok(sha256), Some(role)) = (Digest::from_slice(sha256), Role::from_name(role)) else { return Ok(None) };
    let result = serde_json::from_str(row.get_ref(3)?.as_str()?).ok();
    Ok(result.map(|result| KeptResult::Whole { id, language, role, sha256, result: Box::new(result) }))
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
