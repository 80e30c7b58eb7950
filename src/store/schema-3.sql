-- Version 3: what it takes to show a run again. `details` is JSON: what no manifest holds. A line of a manifest may have, in the place of an
-- id, a dash and the reason why the file was skipped.

ALTER TABLE runs ADD COLUMN pipeline TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN details TEXT;
ALTER TABLE results ADD COLUMN sha256 BLOB;
ALTER TABLE results ADD COLUMN language TEXT;
ALTER TABLE results ADD COLUMN role TEXT;
