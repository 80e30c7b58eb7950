//! Owns the stat index and the file results.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Store, StoreError};
use crate::types::{AnswersUsed, Digest, FileResult, FileSummary, Language, RelPath, Role, Scores, SeverityCounts, SkipReason, Ticks};

/// What the disk says of a file without opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Size in bytes.
    pub size: u64,
    /// The later of modification and status change, in nanoseconds since 1970: a modification time can be set back, the other cannot.
    pub changed_ns: i64,
    /// 0 where there are none.
    pub inode: u64,
}

/// What an earlier run knows of a file.
#[derive(Clone, Debug)]
pub struct KnownFile {
    /// As the disk said then.
    pub stat: Stat,
    /// When the file was read, in nanoseconds since 1970.
    pub indexed_ns: i64,
    /// What became of it.
    pub state: KnownState,
}

/// What became of a file in an earlier run.
#[derive(Clone, Debug)]
pub enum KnownState {
    /// It has a result.
    Result {
        /// Row of the result.
        id: i64,
        /// What the summary of a run needs.
        summary: Box<FileSummary>,
    },
    /// The filter declined it after it had read it.
    Skipped(SkipReason),
}

/// Under which key the result of a file is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileKey(pub Digest);

/// A file to be put into the index.
#[derive(Clone, Debug)]
pub struct NewFile<'a> {
    /// The file, from the root of the project.
    pub path: &'a RelPath,
    /// As the disk said before the file was read.
    pub stat: Stat,
    /// When it was read, in nanoseconds since 1970.
    pub indexed_ns: i64,
    /// What became of it.
    pub state: NewState<'a>,
}

/// What became of a file now.
#[derive(Clone, Debug)]
pub enum NewState<'a> {
    /// It has a new result.
    Result {
        /// Key of the result, made of the content and the plan, not of the path.
        key: FileKey,
        /// The full result, which is kept as JSON.
        result: &'a FileResult,
        /// What the summary of a run needs.
        summary: &'a FileSummary,
        /// When it must not be used any more, in seconds since 1970.
        expires_at: i64,
    },
    /// A result that is kept already fits its content.
    Known {
        /// Row of the result.
        id: i64,
        /// What the summary of a run needs.
        summary: &'a FileSummary,
        /// When it must not be used any more, in seconds since 1970.
        expires_at: i64,
    },
    /// The filter declined it.
    Skipped(SkipReason),
}

/// A kept result that fits a content.
#[derive(Clone, Debug)]
pub struct FoundResult {
    /// Row of the result.
    pub id: i64,
    /// In seconds since 1970.
    pub expires_at: i64,
    /// The full result, as it was kept.
    pub result: FileResult,
}

/// Fewer files than this are looked up one by one instead of reading the whole index of the root.
const POINT_LOOKUPS: usize = 64;

/// The row of a key that counts.
const NEWEST: &str = "SELECT id, expires_at, body FROM results WHERE key = ?1 ORDER BY id DESC LIMIT 1";

impl Store {
    /// What earlier runs under the same plan know of `paths`; expired rows are left out.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub fn known_files(&self, root: &str, plan: &Digest, now: i64, paths: &[&RelPath]) -> Result<HashMap<String, KnownFile>, StoreError> {
        self.read(|connection| {
            let Some((root_id, plan_id)) = ids(connection, root, plan)? else { return Ok(HashMap::new()) };
            let columns = "SELECT path, size, changed_ns, inode, indexed_ns, result_id, skip, summary, rules FROM files";
            let mut known = HashMap::with_capacity(paths.len());
            if paths.len() < POINT_LOOKUPS {
                let sql = format!("{columns} WHERE root_id = ?1 AND plan_id = ?2 AND expires_at > ?3 AND path = ?4");
                let mut statement = connection.prepare_cached(&sql)?;
                for path in paths {
                    let row = statement.query_row(params![root_id, plan_id, now, path.as_str()], read_known).optional()?;
                    known.extend(row.flatten());
                }
                return Ok(known);
            }
            let sql = format!("{columns} WHERE root_id = ?1 AND plan_id = ?2 AND expires_at > ?3");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params![root_id, plan_id, now], read_known)?;
            for row in rows {
                known.extend(row?);
            }
            Ok(known)
        })
    }

    /// The newest kept results for contents, by key; expired ones are left out.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub fn results(&self, now: i64, keys: &[FileKey]) -> Result<HashMap<FileKey, FoundResult>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(NEWEST)?;
            let mut found = HashMap::new();
            for key in keys {
                let row = statement.query_row([key.0.0], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?))).optional()?;
                let Some((id, expires_at, body)) = row.filter(|(_, expires_at, _)| *expires_at > now) else { continue };
                // A body that an older devflow wrote in another form is a miss, not an error.
                if let Ok(result) = serde_json::from_str(&body) {
                    found.insert(*key, FoundResult { id, expires_at, result });
                }
            }
            Ok(found)
        })
    }

    /// The full results of `ids`, in their order; `None` for one that is gone.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub fn bodies(&self, ids: &[i64]) -> Result<Vec<Option<FileResult>>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT body FROM results WHERE id = ?1")?;
            let mut bodies = Vec::with_capacity(ids.len());
            for id in ids {
                let body: Option<String> = statement.query_row([id], |row| row.get(0)).optional()?;
                bodies.push(body.and_then(|body| serde_json::from_str(&body).ok()));
            }
            Ok(bodies)
        })
    }

    /// Puts `files` into the index and keeps their results, in one transaction. Gives the row of each result, 0 for
    /// files without one.
    ///
    /// # Errors
    /// Fails if the database cannot be written.
    pub fn keep_files(&self, root: &str, plan: &Digest, now: i64, files: &[NewFile<'_>]) -> Result<Vec<i64>, StoreError> {
        self.write(|tx| {
            let root_id = id_of(tx, "roots", "path", &root)?;
            let plan_id = id_of(tx, "plans", "digest", &plan.0)?;
            let mut newest = tx.prepare_cached(NEWEST)?;
            let mut lasts = tx.prepare_cached("UPDATE results SET expires_at = ?2 WHERE id = ?1")?;
            let mut insert = tx.prepare_cached(
                "INSERT INTO results (key, created_at, expires_at, body, sha256, language, role, summary, rules)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id",
            )?;
            let mut index = tx.prepare_cached(
                "INSERT OR REPLACE INTO files (root_id, plan_id, path, size, changed_ns, inode, indexed_ns, expires_at, result_id, skip, summary, rules)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?;
            let mut rows = Vec::with_capacity(files.len());
            for file in files {
                let (id, skip, summary, expires_at) = match &file.state {
                    NewState::Result { key, result, summary, expires_at } => {
                        let body = serde_json::to_string(result).expect("a file result has no keys that JSON cannot hold");
                        let language = summary.language.map(Language::name);
                        // A row is never written again: runs name it. The same result once more is the same row.
                        let known: Option<(i64, i64, String)> =
                            newest.query_row([key.0.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
                        let same = known.filter(|(_, _, known)| *known == body).map(|(id, _, _)| id);
                        let (role, packed) = (summary.role.name(), pack(summary));
                        let values = params![key.0.0, now, expires_at, body, summary.sha256.0, language, role, packed, summary.rules];
                        let id: i64 = match same {
                            Some(id) => lasts.execute(params![id, expires_at]).map(|_| id)?,
                            None => insert.query_row(values, |row| row.get(0))?,
                        };
                        (Some(id), None, Some(*summary), *expires_at)
                    }
                    NewState::Known { id, summary, expires_at } => (Some(*id), None, Some(*summary), *expires_at),
                    NewState::Skipped(reason) => (None, Some(reason.name()), None, i64::MAX),
                };
                index.execute(params![
                    root_id,
                    plan_id,
                    file.path.as_str(),
                    file.stat.size as i64,
                    file.stat.changed_ns,
                    file.stat.inode as i64,
                    file.indexed_ns,
                    expires_at,
                    id,
                    skip,
                    summary.map(pack),
                    summary.map(|summary| summary.rules.as_str()),
                ])?;
                rows.push(id.unwrap_or(0));
            }
            Ok(rows)
        })
    }
}

fn ids(connection: &Connection, root: &str, plan: &Digest) -> rusqlite::Result<Option<(i64, i64)>> {
    let sql = "SELECT roots.id, plans.id FROM roots, plans WHERE roots.path = ?1 AND plans.digest = ?2";
    connection.query_row(sql, params![root, plan.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

/// The id of a row in one of the two small tables of names, made where it is missing.
pub(super) fn id_of(connection: &Connection, table: &str, column: &str, value: &dyn rusqlite::ToSql) -> rusqlite::Result<i64> {
    connection.execute(&format!("INSERT OR IGNORE INTO {table} ({column}) VALUES (?1)"), [value])?;
    connection.query_row(&format!("SELECT id FROM {table} WHERE {column} = ?1"), [value], |row| row.get(0))
}

fn read_known(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<(String, KnownFile)>> {
    let stat = Stat { size: row.get::<_, i64>(1)? as u64, changed_ns: row.get(2)?, inode: row.get::<_, i64>(3)? as u64 };
    let state = match row.get::<_, Option<i64>>(5)? {
        Some(id) => {
            let packed = row.get_ref(7)?.as_blob_or_null()?.unwrap_or_default();
            let rules = row.get_ref(8)?.as_str_or_null()?.unwrap_or_default();
            // A summary in a form that is not known is a file that is not known.
            let Some(summary) = unpack(packed, rules) else { return Ok(None) };
            KnownState::Result { id, summary: Box::new(summary) }
        }
        None => match row.get_ref(6)?.as_str_or_null()?.and_then(SkipReason::from_name) {
            Some(reason) => KnownState::Skipped(reason),
            None => return Ok(None),
        },
    };
    Ok(Some((row.get(0)?, KnownFile { stat, indexed_ns: row.get(4)?, state })))
}

/// First byte of a packed summary; another one is another form.
const PACK_VERSION: u8 = 3;

/// One narrow column instead of nineteen: reading an unchanged tree costs mostly columns. The layout, little-endian: version, language,
/// role (one byte each), scores present (one byte), five scores (f32), code lines, five counts from info to critical,
/// urgent ones, dropped, parse errors, answers (u32 each), their cost (i64), SHA-256.
fn pack(summary: &FileSummary) -> Vec<u8> {
    let language = Language::ALL.iter().position(|known| Some(*known) == summary.language).map_or(u8::MAX, |at| at as u8);
    let mut packed = Vec::with_capacity(100);
    packed.extend([PACK_VERSION, language, summary.role as u8, u8::from(summary.scores.is_some())]);
    for score in summary.scores.map_or([0.0; 5], Scores::to_array) {
        packed.extend((score as f32).to_le_bytes());
    }
    let counts = &summary.counts;
    let findings = [counts.info, counts.low, counts.medium, counts.high, counts.critical];
    let others = [summary.urgent, summary.dropped, summary.parse_errors, summary.answers.count];
    for count in [summary.code_lines].into_iter().chain(findings).chain(others) {
        packed.extend(count.to_le_bytes());
    }
    packed.extend(summary.answers.cost.0.to_le_bytes());
    packed.extend(summary.sha256.0);
    packed
}

pub(super) fn unpack(packed: &[u8], rules: &str) -> Option<FileSummary> {
    let (head, rest) = packed.split_first_chunk::<4>()?;
    let (scores, rest) = rest.split_first_chunk::<20>()?;
    let (counts, rest) = rest.split_first_chunk::<40>()?;
    let (cost, sha256) = rest.split_first_chunk::<8>()?;
    if head[0] != PACK_VERSION {
        return None;
    }
    let count = |at: usize| u32::from_le_bytes([counts[4 * at], counts[4 * at + 1], counts[4 * at + 2], counts[4 * at + 3]]);
    let score = |at: usize| {
        let score = f32::from_le_bytes([scores[4 * at], scores[4 * at + 1], scores[4 * at + 2], scores[4 * at + 3]]);
        // Scores have one decimal; the detour through f32 must not give them more.
        (f64::from(score) * 10.0).round() / 10.0
    };
    Some(FileSummary {
        language: if head[1] == u8::MAX { None } else { Some(*Language::ALL.get(head[1] as usize)?) },
        role: Role::ALL.into_iter().find(|role| *role as u8 == head[2])?,
        scores: (head[3] == 1).then(|| Scores::from_array([0, 1, 2, 3, 4].map(score))),
        code_lines: count(0),
        counts: SeverityCounts { info: count(1), low: count(2), medium: count(3), high: count(4), critical: count(5) },
        urgent: count(6),
        dropped: count(7),
        parse_errors: count(8),
        answers: AnswersUsed { count: count(9), cost: Ticks(i64::from_le_bytes(*cost)) },
        sha256: Digest::from_slice(sha256).ok()?,
        rules: rules.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::FileMetrics;

    fn summary() -> FileSummary {
        FileSummary {
            language: Some(Language::Go),
            role: Role::Example,
            sha256: Digest::of(b"x"),
            code_lines: 7,
            scores: Some(Scores { overall: 71.3, security: 100.0, quality: 0.1, complexity: 99.9, maintainability: 50.0 }),
            counts: SeverityCounts { critical: 1, high: 2, medium: 3, low: 4, info: 5 },
            urgent: 3,
            dropped: 6,
            parse_errors: 8,
            answers: AnswersUsed { count: 9, cost: Ticks(10) },
            rules: "review/eval 2".to_owned(),
        }
    }

    #[test]
    fn a_summary_reads_back_as_it_was() {
        let summary = summary();
        assert_eq!(unpack(&pack(&summary), &summary.rules), Some(summary));
    }

    #[test]
    fn kept_files_are_known_until_they_expire() {
        let store = Store::in_memory().unwrap();
        let plan = Digest::of(b"plan");
        let path = RelPath::from("src/a.go");
        let stat = Stat { size: 3, changed_ns: 5, inode: 7 };
        let result = FileResult { metrics: FileMetrics::default(), ..FileResult::default() };
        let summary = summary();
        let key = FileKey(Digest::of(b"key"));
        let state = NewState::Result { key, result: &result, summary: &summary, expires_at: 100 };
        let rows = store.keep_files("/p", &plan, 10, &[NewFile { path: &path, stat, indexed_ns: 9, state }]).unwrap();
        let known = store.known_files("/p", &plan, 99, &[&path]).unwrap();
        assert_eq!(known["src/a.go"].stat, stat);
        assert!(matches!(&known["src/a.go"].state, KnownState::Result { id, summary: s } if *id == rows[0] && **s == summary));
        assert!(store.known_files("/p", &plan, 100, &[&path]).unwrap().is_empty());
        assert!(store.known_files("/q", &plan, 99, &[&path]).unwrap().is_empty());
        assert!(store.known_files("/p", &Digest::of(b"other"), 99, &[&path]).unwrap().is_empty());
        assert_eq!(store.results(99, &[key]).unwrap()[&key].result, result);
        assert_eq!(store.bodies(&[rows[0], 99]).unwrap(), [Some(result), None]);
    }

    #[test]
    fn a_result_that_a_run_names_never_changes() {
        let store = Store::in_memory().unwrap();
        let (plan, path, summary) = (Digest::of(b"plan"), RelPath::from("src/a.go"), summary());
        let key = FileKey(Digest::of(b"key"));
        let keep = |result: &FileResult, now| {
            let stat = Stat { size: 3, changed_ns: 5, inode: 7 };
            let state = NewState::Result { key, result, summary: &summary, expires_at: now + 100 };
            store.keep_files("/p", &plan, now, &[NewFile { path: &path, stat, indexed_ns: 9, state }]).unwrap()[0]
        };
        let first = FileResult::default();
        let second = FileResult { merged: 1, ..FileResult::default() };
        let rows = [keep(&first, 10), keep(&second, 20), keep(&second, 30), keep(&first, 40)];
        assert_eq!(rows[1], rows[2], "the same result is the same row");
        assert_eq!(store.bodies(&rows).unwrap(), [Some(first.clone()), Some(second.clone()), Some(second), Some(first.clone())]);
        assert_eq!(store.results(41, &[key]).unwrap()[&key].result, first, "the newest counts");
    }
}
