-- Version 6. The manifest of a run is a list of parts, so that a run that changes one file adds one part. A result has its summary beside it,
-- so that a kept run is shown without reading all of its results. A run knows its repository, whatever checkout it stood in.

CREATE TABLE parts (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;

-- Ids of parts, four bytes each, little-endian; a manifest without them has all lines in `body`.
ALTER TABLE manifests ADD COLUMN parts BLOB;

-- As in `files`; rows that were written before have none.
ALTER TABLE results ADD COLUMN summary BLOB;
ALTER TABLE results ADD COLUMN rules TEXT;

ALTER TABLE runs ADD COLUMN repository TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN branch TEXT;
ALTER TABLE runs ADD COLUMN "commit" TEXT;
CREATE INDEX runs_by_repository ON runs (repository, started_at);
