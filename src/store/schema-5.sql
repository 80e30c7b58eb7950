-- Version 5: what a request was thought to have of tokens, so that the thought gets better.

ALTER TABLE ledger ADD COLUMN likely_tokens INTEGER NOT NULL DEFAULT 0;
