-- Version 4. A result is written once: the newest row of a key counts, and older ones stay for the runs that name them.

CREATE TABLE results_4 (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    body TEXT NOT NULL,
    sha256 BLOB,
    language TEXT,
    role TEXT
) STRICT;
INSERT INTO results_4 SELECT id, key, created_at, expires_at, body, sha256, language, role FROM results;
-- An id is never used again, so the count goes on where it was.
UPDATE sqlite_sequence SET seq = max(seq, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'results'), 0)) WHERE name = 'results_4';
INSERT INTO sqlite_sequence (name, seq)
    SELECT 'results_4', seq FROM sqlite_sequence WHERE name = 'results' AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'results_4');
DROP TABLE results;
ALTER TABLE results_4 RENAME TO results;
CREATE INDEX results_by_key ON results (key, id);
