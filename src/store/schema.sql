-- Version 1. Times are seconds since 1970 unless a name says otherwise; money is ticks of 1e-10 USD.

CREATE TABLE roots (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE plans (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE) STRICT;

-- Everything known about one content under one plan. `body` is JSON.
-- An id is never used again: manifests of old runs name them.
CREATE TABLE results (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

-- The stat index, with the summary that an unchanged re-run prints. A row with `skip` is a file that the filter declined
-- after it had read it.
CREATE TABLE files (
    root_id INTEGER NOT NULL,
    plan_id INTEGER NOT NULL,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    changed_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    indexed_ns INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    result_id INTEGER,
    skip TEXT,
    summary BLOB,
    rules TEXT,
    PRIMARY KEY (root_id, plan_id, path)
) STRICT, WITHOUT ROWID;

-- Answers of the model. An answer and its row of the ledger are written in one transaction.
CREATE TABLE answers (
    key BLOB PRIMARY KEY,
    operation TEXT NOT NULL,
    model TEXT NOT NULL,
    body TEXT NOT NULL,
    input_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    hits INTEGER NOT NULL DEFAULT 0,
    last_hit_at INTEGER
) STRICT;

-- One row per request that was sent. It is written before the request, with the estimate, and settled after it; a row
-- that was never settled is charged at its estimate. Never dropped.
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    at INTEGER NOT NULL,
    operation TEXT NOT NULL,
    model TEXT NOT NULL,
    settled INTEGER NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 1,
    input_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    answer_key BLOB
) STRICT;
CREATE INDEX ledger_by_time ON ledger (at);
CREATE INDEX ledger_by_run ON ledger (run);

-- Which results a run consisted of: lines of path, tab, id of the result. Content-addressed, so that an unchanged re-run
-- adds nothing.
CREATE TABLE manifests (hash BLOB PRIMARY KEY, body TEXT NOT NULL) STRICT;

CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    root_id INTEGER NOT NULL,
    plan_id INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    duration_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    mode TEXT NOT NULL,
    manifest BLOB NOT NULL,
    summary TEXT NOT NULL,
    cost INTEGER NOT NULL
) STRICT;
CREATE INDEX runs_by_root ON runs (root_id, started_at);
