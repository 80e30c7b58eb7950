//! Owns the database file: file results, answers, ledger and runs.

mod answers;
mod cache;
mod costs;
mod files;
mod manifests;
mod runs;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

pub use answers::{Intent, IntentId, KeptAnswer, Settlement};
pub use cache::{CacheStats, HotAnswer};
pub use costs::{CostLine, CostReport};
pub use files::{FileKey, KnownFile, KnownState, NewFile, NewState, Stat};
pub use runs::{KeptFiles, KeptResult, KeptRow, KeptRun, RunPlace};

/// Name of the database file in the home directory.
pub const FILE_NAME: &str = "devflow.db";

/// What `PRAGMA application_id` holds: the letters `devf`.
const APPLICATION_ID: i32 = 0x6465_7666;

/// Changes of the schema, oldest first; `PRAGMA user_version` counts those that were applied.
const MIGRATIONS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("schema-2.sql"),
    include_str!("schema-3.sql"),
    include_str!("schema-4.sql"),
    include_str!("schema-5.sql"),
    include_str!("schema-6.sql"),
    include_str!("schema-7.sql"),
];

/// A log of so many bytes is long: 64 pages. A run that finds nothing changed writes about five.
const LONG_LOG_BYTES: u64 = 1 << 18;

/// How long a writer waits for others, in milliseconds.
const BUSY_TIMEOUT_MS: u64 = 10_000;

/// Path of a store that is no file.
const IN_MEMORY: &str = ":memory:";

/// What can go wrong with the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot be made.
    #[error("cannot make the folder `{}`", path.display())]
    Folder {
        /// The folder that should hold the database.
        path: PathBuf,
        /// What the system reported.
        #[source]
        source: std::io::Error,
    },
    /// The file belongs to another program.
    #[error("`{}` is no devflow database", path.display())]
    Foreign {
        /// Path of the database file.
        path: PathBuf,
    },
    /// A newer devflow wrote it.
    #[error("`{}` was written by a newer devflow (schema {found}, this one knows {known})", path.display())]
    Newer {
        /// Path of the database file.
        path: PathBuf,
        /// Version of its schema, by `PRAGMA user_version`.
        found: i64,
        /// Newest version of the schema that this devflow knows.
        known: i64,
    },
    /// The file is damaged.
    #[error("`{}` is damaged", path.display())]
    Damaged {
        /// Path of the database file.
        path: PathBuf,
        /// What SQLite reported.
        #[source]
        source: rusqlite::Error,
    },
    /// Another process held the lock too long.
    #[error("`{}` is locked by another process", path.display())]
    Locked {
        /// Path of the database file.
        path: PathBuf,
    },
    /// Nothing can be written there.
    #[error("cannot write to `{}`", path.display())]
    Unwritable {
        /// Path of the database file.
        path: PathBuf,
        /// What SQLite reported.
        #[source]
        source: rusqlite::Error,
    },
    /// Anything else that SQLite refuses.
    #[error("the database `{}` failed", path.display())]
    Sqlite {
        /// Path of the database file.
        path: PathBuf,
        /// What SQLite reported.
        #[source]
        source: rusqlite::Error,
    },
}

/// The database. Methods may be called from any thread, clones share its connections, and many processes may share the file.
#[derive(Clone, Debug)]
pub struct Store {
    /// All writes go through it, and reads while it is free.
    writer: Arc<Mutex<Writer>>,
    /// Those that are not in use. A store in memory has none: it is its one connection.
    readers: Arc<Mutex<Vec<Connection>>>,
    path: PathBuf,
}

impl Store {
    /// Opens the database in `home`, making both where they are missing.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing is repaired or dropped.
    pub fn open(home: &Path) -> Result<Self, StoreError> {
        let path = home.join(FILE_NAME);
        if !home.is_dir() {
            make_private(home).map_err(|source| StoreError::Folder { path: home.to_owned(), source })?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags).map_err(|source| classify(&path, source))?;
        check_own(&connection, &path)?;
        restrict(&path);
        Self::prepare(connection, path)
    }

    /// A store that lives as long as the process, for when there is no place to write.
    ///
    /// # Errors
    /// Fails if SQLite cannot make a database in memory.
    pub fn in_memory() -> Result<Self, StoreError> {
        let path = PathBuf::from(IN_MEMORY);
        let connection = Connection::open_in_memory().map_err(|source| classify(&path, source))?;
        Self::prepare(connection, path)
    }

    fn prepare(mut connection: Connection, path: PathBuf) -> Result<Self, StoreError> {
        let fail = |source| classify(&path, source);
        connection.busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS)).map_err(fail)?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(fail)?;
        let known = MIGRATIONS.len() as i64;
        if version > known {
            return Err(StoreError::Newer { path, found: version, known });
        }
        if version < known {
            migrate(&mut connection, &path)?;
        }
        // WAL mode is a property of the file. NORMAL loses nothing on a crash of the process, only on a loss of power.
        connection.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = OFF;").map_err(fail)?;
        let writer = Writer { connection, log: log_of(&path) };
        Ok(Self { writer: Arc::new(Mutex::new(writer)), readers: Arc::default(), path })
    }

    fn lock(&self) -> MutexGuard<'_, Writer> {
        // A thread that panicked in the middle of a write took its transaction back while it unwound.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(&self, source: rusqlite::Error) -> StoreError {
        classify(&self.path, source)
    }

    /// Runs `work` in one transaction that takes the write lock at its beginning, so that it can never fail half-way
    /// because another process wrote in between.
    fn write<T>(&self, work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let mut connection = self.lock();
        let run = || {
            let tx = connection.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&tx)?;
            tx.commit()?;
            Ok(value)
        };
        run().map_err(|source| self.error(source))
    }

    /// Reads without waiting for a writer. One that is writing does not show what it has not committed.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let writer = match self.writer.try_lock() {
            Ok(writer) => Some(writer),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if self.path == Path::new(IN_MEMORY) => Some(self.lock()),
            Err(TryLockError::WouldBlock) => None,
        };
        // One transaction: all statements see the same rows, and the file is locked once.
        let work = |connection: &Connection| {
            let tx = connection.unchecked_transaction()?;
            let value = work(&tx)?;
            tx.finish()?;
            Ok(value)
        };
        let run = || match writer {
            Some(writer) => work(&writer.connection),
            None => self.read_beside(work),
        };
        run().map_err(|source| self.error(source))
    }

    fn read_beside<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let readers = || self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = readers().pop();
        let reader = idle.map_or_else(|| open_reader(&self.path), Ok)?;
        let value = work(&reader);
        readers().push(reader);
        value
    }

    /// Size of the database in bytes.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub fn size_bytes(&self) -> Result<u64, StoreError> {
        self.read(|connection| {
            let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
            let page: i64 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
            Ok((pages * page) as u64)
        })
    }
}

/// The connection that writes.
#[derive(Debug)]
struct Writer {
    connection: Connection,
    /// What was written and is not yet in the database file.
    log: PathBuf,
}

impl Drop for Writer {
    /// Leaves a short log as it is: moving it into the file waits for the disk. A long one is moved, since who opens the database reads it.
    #[expect(clippy::disallowed_methods, reason = "only SQLite and this know the file")]
    fn drop(&mut self) {
        let is_short = std::fs::metadata(&self.log).is_ok_and(|log| log.len() < LONG_LOG_BYTES);
        drop(self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, is_short));
    }
}

/// Where SQLite puts the log of a database.
fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS))?;
    Ok(connection)
}

/// Results quote code, and code may hold what is not for everybody.
fn make_private(home: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(home)
}

/// Takes the database from everybody but the user: it holds code, and what rules found in it. SQLite gives the files beside it the same
/// rights. A file that belongs to somebody else stays as it is.
fn restrict(path: &Path) {
    #[cfg(unix)]
    drop(std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)));
    #[cfg(not(unix))]
    let _ = path;
}

/// Whether the database is devflow's, or new. Nothing of another program's is changed, its rights included.
fn check_own(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let fail = |source| classify(path, source);
    // Both are read as of one moment: between two, another process may make the database.
    let moment = connection.unchecked_transaction().map_err(fail)?;
    let application: i32 = moment.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(fail)?;
    if application != APPLICATION_ID && count_tables(&moment, path)? > 0 {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    Ok(())
}

fn count_tables(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    let count = "SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'";
    connection.query_row(count, [], |row| row.get(0)).map_err(|source| classify(path, source))
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let fail = |source| classify(path, source);
    if count_tables(connection, path)? == 0 {
        // Two processes that start together both want this; the one that comes late waits for its turn.
        set_wal(connection).map_err(fail)?;
    }
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
    // Another process may have done the work while this one waited for the lock.
    let version: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(fail)?;
    for (at, migration) in MIGRATIONS.iter().enumerate().skip(version as usize) {
        tx.execute_batch(migration).map_err(fail)?;
        tx.pragma_update(None, "user_version", at as i64 + 1).map_err(fail)?;
        tx.pragma_update(None, "application_id", APPLICATION_ID).map_err(fail)?;
    }
    tx.commit().map_err(fail)
}

/// Switching to WAL needs the file alone and does not wait by the busy timeout, so the waiting is done here.
fn set_wal(connection: &Connection) -> rusqlite::Result<()> {
    for _ in 0..BUSY_TIMEOUT_MS / 10 {
        match connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())) {
            Err(rusqlite::Error::SqliteFailure(error, _)) if matches!(error.code, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                std::thread::sleep(Duration::from_millis(10));
            }
            other => return other,
        }
    }
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))
}

fn classify(path: &Path, source: rusqlite::Error) -> StoreError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => StoreError::Damaged { path, source },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked { path },
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::DiskFull | ErrorCode::PermissionDenied) => {
            StoreError::Unwritable { path, source }
        }
        _ => StoreError::Sqlite { path, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_opens_twice() {
        let home = tempfile::tempdir().unwrap();
        let first = Store::open(home.path()).unwrap();
        let second = Store::open(home.path()).unwrap();
        assert!(first.size_bytes().unwrap() > 0);
        drop(second);
    }

    #[test]
    fn a_writer_that_panics_takes_its_write_back_and_stops_no_other() {
        let store = Store::in_memory().unwrap();
        let add = |tx: &rusqlite::Transaction<'_>| tx.execute("INSERT INTO roots (path) VALUES ('a')", []);
        let write = || {
            store.write(|tx| {
                add(tx)?;
                panic!("a writer gives out")
            })
        };
        let gave_out: std::thread::Result<Result<(), StoreError>> = std::panic::catch_unwind(std::panic::AssertUnwindSafe(write));
        assert!(gave_out.is_err());
        let count =
            |store: &Store| store.read(|connection| connection.query_row("SELECT count(*) FROM roots", [], |row| row.get::<_, i64>(0)));
        assert_eq!(count(&store).unwrap(), 0);
        store.write(add).unwrap();
        assert_eq!(count(&store).unwrap(), 1);
    }

    #[test]
    fn readers_do_not_wait_for_a_writer_and_see_what_is_committed() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path()).unwrap();
        let count = || store.read(|connection| connection.query_row("SELECT count(*) FROM roots", [], |row| row.get::<_, i64>(0))).unwrap();
        let during = store.write(|tx| {
            tx.execute("INSERT INTO roots (path) VALUES ('a')", [])?;
            Ok(std::thread::scope(|scope| [scope.spawn(count), scope.spawn(count)].map(|reader| reader.join().unwrap())))
        });
        assert_eq!(during.unwrap(), [0, 0]);
        assert_eq!(count(), 1);
    }

    /// A run that an older devflow kept: its manifest is one text, and its results have no summaries beside them.
    const OLD_RUN: &str = "
        INSERT INTO roots (id, path) VALUES (1, '/p');
        INSERT INTO plans (id, digest) VALUES (1, x'00');
        INSERT INTO results (id, key, created_at, expires_at, body, sha256, language, role)
            VALUES (7, x'01', 1, 2, BODY, zeroblob(32), 'Rust', 'source');
        INSERT INTO manifests (hash, body) VALUES (zeroblob(32), 'src/a.rs' || char(9) || '7' || char(10) || 'b.bin' || char(9) || '-binary' || char(10));
        INSERT INTO runs (id, root_id, plan_id, started_at, duration_ms, outcome, mode, manifest, summary, cost, details)
            VALUES ('old', 1, 1, '2026-01-01T00:00:00Z', 5, 'clean', 'static', zeroblob(32), '{}', 0, DETAILS);";

    #[test]
    fn a_run_that_an_older_devflow_kept_opens() {
        use crate::types::{FileResult, RunDetails, RunId};
        let home = tempfile::tempdir().unwrap();
        let old = Connection::open(home.path().join(FILE_NAME)).unwrap();
        set_wal(&old).unwrap();
        for migration in &MIGRATIONS[..4] {
            old.execute_batch(migration).unwrap();
        }
        let json = |value: serde_json::Result<String>| format!("'{}'", value.unwrap());
        let (body, details) = (serde_json::to_string(&FileResult::default()), serde_json::to_string(&RunDetails::default()));
        old.execute_batch(&OLD_RUN.replace("BODY", &json(body)).replace("DETAILS", &json(details))).unwrap();
        old.execute_batch(&format!("PRAGMA user_version = 4; PRAGMA application_id = {APPLICATION_ID}")).unwrap();
        drop(old);
        let store = Store::open(home.path()).unwrap();
        let files = store.run_files(&RunId("old".to_owned())).unwrap().unwrap();
        assert_eq!((files.rows[0].path.as_str(), files.skipped[0].path.as_str()), ("src/a.rs", "b.bin"));
        assert!(matches!(&files.rows[0].found, Some(KeptResult::Whole { id: 7, .. })), "{files:?}");
        assert_eq!(store.runs("/p", 9).unwrap()[0].repository, crate::types::RepositoryState::default());
        // Removing other runs leaves it alone.
        store.drop_old_runs("/p", Some(1), None).unwrap();
        store.prune_cache(1_000).unwrap();
        assert_eq!(store.run_files(&RunId("old".to_owned())).unwrap().unwrap(), files);
    }

    #[expect(clippy::disallowed_methods, reason = "the test damages a file")]
    #[test]
    fn a_newer_or_foreign_or_damaged_file_is_told_apart() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(FILE_NAME);
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE x (y)").unwrap();
        assert!(matches!(Store::open(home.path()), Err(StoreError::Foreign { .. })));
        // Whatever version the other program counts, the file and its rights stay as they are.
        Connection::open(&path).unwrap().execute_batch(&format!("PRAGMA user_version = {}", MIGRATIONS.len())).unwrap();
        let before = std::fs::metadata(&path).unwrap().permissions();
        assert!(matches!(Store::open(home.path()), Err(StoreError::Foreign { .. })));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions(), before);
        Connection::open(&path)
            .unwrap()
            .execute_batch(&format!("PRAGMA user_version = 99; PRAGMA application_id = {APPLICATION_ID}"))
            .unwrap();
        assert!(matches!(Store::open(home.path()), Err(StoreError::Newer { found: 99, .. })));
        std::fs::write(&path, "this is no database, but it is long enough to look like one".repeat(50)).unwrap();
        assert!(matches!(Store::open(home.path()), Err(StoreError::Damaged { .. })));
    }
}
