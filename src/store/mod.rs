//! Owns the database file: file results, answers, ledger and runs. Never computes a result, never asks the model.

mod answers;
mod files;
mod runs;
mod upkeep;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

pub use answers::{Intent, IntentId, KeptAnswer, Settlement};
pub use files::{FileKey, KnownFile, KnownState, NewFile, NewState, Stat};
pub use runs::{CostLine, CostReport, KeptFiles, KeptRow, KeptRun};
pub use upkeep::{CacheStats, HotAnswer};

/// Name of the database file in the home directory.
pub const FILE_NAME: &str = "devflow.db";

/// What `PRAGMA application_id` holds: the letters `devf`.
const APPLICATION_ID: i32 = 0x6465_7666;

/// Changes of the schema, oldest first; `PRAGMA user_version` counts those that were applied.
const MIGRATIONS: &[&str] =
    &[include_str!("schema.sql"), include_str!("schema-2.sql"), include_str!("schema-3.sql"), include_str!("schema-4.sql")];

/// How long a writer waits for others, in milliseconds.
const BUSY_TIMEOUT_MS: u64 = 10_000;

/// What can go wrong with the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot be made.
    #[error("cannot make the folder `{}`", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file belongs to another program.
    #[error("`{}` is no devflow database", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A newer devflow wrote it.
    #[error("`{}` was written by a newer devflow (schema {found}, this one knows {known})", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// The file is damaged.
    #[error("`{}` is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// Another process held the lock too long.
    #[error("`{}` is locked by another process", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// Nothing can be written there.
    #[error("cannot write to `{}`", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// Anything else that SQLite refuses.
    #[error("the database `{}` failed", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
}

/// The database. Methods may be called from any thread; many processes may share the file.
#[derive(Debug)]
pub struct Store {
    connection: Mutex<Connection>,
    path: PathBuf,
}

impl Store {
    /// Opens the database in `home`, making both where they are missing.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing is repaired or dropped without being asked.
    pub fn open(home: &Path) -> Result<Self, StoreError> {
        let path = home.join(FILE_NAME);
        if !home.is_dir() {
            make_private(home).map_err(|source| StoreError::Folder { path: home.to_owned(), source })?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags).map_err(|source| classify(&path, source))?;
        restrict(&path);
        Self::prepare(connection, path)
    }

    /// A store that lives as long as the process, for when there is no place to write.
    ///
    /// # Errors
    /// None that were seen.
    pub fn in_memory() -> Result<Self, StoreError> {
        let path = PathBuf::from(":memory:");
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
        Ok(Self { connection: Mutex::new(connection), path })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A thread that panicked in the middle of a write took its transaction back while it unwound.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(&self, source: rusqlite::Error) -> StoreError {
        classify(&self.path, source)
    }

    /// Runs `work` in one transaction that takes the write lock at its beginning, so that it can never fail half-way
    /// because another process wrote in between.
    fn write<T>(&self, work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let mut connection = self.lock();
        let run = || {
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&tx)?;
            tx.commit()?;
            Ok(value)
        };
        run().map_err(|source| self.error(source))
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        work(&self.lock()).map_err(|source| self.error(source))
    }

    /// Size of the database in bytes.
    ///
    /// # Errors
    /// SQLite's.
    pub fn size_bytes(&self) -> Result<u64, StoreError> {
        self.read(|connection| {
            let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
            let page: i64 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
            Ok((pages * page) as u64)
        })
    }
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

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let fail = |source| classify(path, source);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'", [], |row| row.get(0)).map_err(fail)?;
    let application: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(fail)?;
    if tables > 0 && application != APPLICATION_ID {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    if tables == 0 {
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

    #[expect(clippy::disallowed_methods, reason = "the test damages a file")]
    #[test]
    fn a_newer_or_foreign_or_damaged_file_is_told_apart() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(FILE_NAME);
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE x (y)").unwrap();
        assert!(matches!(Store::open(home.path()), Err(StoreError::Foreign { .. })));
        Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
        assert!(matches!(Store::open(home.path()), Err(StoreError::Newer { found: 99, .. })));
        std::fs::write(&path, "this is no database, but it is long enough to look like one".repeat(50)).unwrap();
        assert!(matches!(Store::open(home.path()), Err(StoreError::Damaged { .. })));
    }
}
