-- Version 2: what kept answers saved a run, those behind reused results included.

ALTER TABLE runs ADD COLUMN hits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN saved INTEGER NOT NULL DEFAULT 0;
