//! Owns kept answers and the ledger rows of requests.

use std::collections::HashMap;

use rusqlite::{OptionalExtension as _, params};

use super::{Store, StoreError};
use crate::types::{Digest, RunId, Ticks, Usage};

/// An answer that was paid earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The model's JSON.
    pub body: String,
    /// What it cost then.
    pub cost: Ticks,
    /// When it must not be used any more, in seconds since 1970.
    pub expires_at: i64,
}

/// A request that is about to be sent.
#[derive(Clone, Debug)]
pub struct Intent {
    /// The run that sends it.
    pub run: RunId,
    /// In seconds since 1970.
    pub at: i64,
    /// Such as `review:file`.
    pub operation: String,
    /// Name of the model that is requested; the server may answer with another version of it.
    pub model: String,
    /// Tokens that its text likely has, by bytes and language alone.
    pub likely_tokens: u64,
    /// What it may cost; charged when nothing better is ever known.
    pub estimate: Usage,
}

/// A row of the ledger that waits to be settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntentId(i64);

/// How a request ended.
#[derive(Clone, Debug)]
pub enum Settlement {
    /// An answer that will be used: it is kept in the same transaction.
    Answered {
        /// What it really used.
        usage: Usage,
        /// Under which key it is kept.
        key: Digest,
        /// The model's JSON.
        body: String,
        /// When it must not be used any more, in seconds since 1970.
        expires_at: i64,
    },
    /// Paid, but of no use.
    Unusable {
        /// What it really used.
        usage: Usage,
    },
    /// Refused by the server, so that nothing was paid.
    Refused,
    /// It never left, since nobody was there.
    NotSent,
}

/// Answers that tell enough of how a model counts tokens, and the most that are looked at: the newest.
const FACTOR_LEAST: i64 = 20;
const FACTOR_MOST: i64 = 500;

impl Store {
    /// Forgets an answer that turned out to be of no use.
    ///
    /// # Errors
    /// Fails if the database cannot be written.
    pub fn forget_answer(&self, key: &Digest) -> Result<(), StoreError> {
        self.write(|connection| connection.execute("DELETE FROM answers WHERE key = ?1", params![key.0]).map(drop))
    }

    /// Answers that are kept for `keys` and have not expired.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub fn answers(&self, now: i64, keys: &[Digest]) -> Result<HashMap<Digest, KeptAnswer>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT body, cost, expires_at FROM answers WHERE key = ?1 AND expires_at > ?2")?;
            let mut found = HashMap::new();
            for key in keys {
                let answer = statement
                    .query_row(params![key.0, now], |row| {
                        Ok(KeptAnswer { body: row.get(0)?, cost: Ticks(row.get(1)?), expires_at: row.get(2)? })
                    })
                    .optional()?;
                found.extend(answer.map(|answer| (*key, answer)));
            }
            Ok(found)
        })
    }

    /// Counts a use of each of `keys`.
    ///
    /// # Errors
    /// Fails if the database cannot be written.
    pub fn count_hits(&self, now: i64, keys: &[Digest]) -> Result<(), StoreError> {
        self.write(|tx| {
            let mut statement = tx.prepare_cached("UPDATE answers SET hits = hits + 1, last_hit_at = ?2 WHERE key = ?1")?;
            keys.iter().try_for_each(|key| statement.execute(params![key.0, now]).map(drop))
        })
    }

    /// How many tokens a model really counts for each that its texts were thought to have; none before enough answers came.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub fn token_factor(&self, model: &str) -> Result<Option<f64>, StoreError> {
        let sql = "SELECT count(*), coalesce(sum(input_tokens), 0), coalesce(sum(likely_tokens), 0) FROM (
                       SELECT input_tokens, likely_tokens FROM ledger
                       WHERE model = ?1 AND answer_key IS NOT NULL AND likely_tokens > 0 AND input_tokens > 0 ORDER BY id DESC LIMIT ?2)";
        self.read(|connection| {
            let sums = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            let (n, real, likely): (i64, i64, i64) = connection.query_row(sql, params![model, FACTOR_MOST], sums)?;
            Ok((n >= FACTOR_LEAST && likely > 0).then(|| real as f64 / likely as f64))
        })
    }

    /// Writes down that a request is about to be sent.
    ///
    /// # Errors
    /// Fails if the database cannot be written; the request must then not be sent.
    pub fn begin_request(&self, intent: &Intent) -> Result<IntentId, StoreError> {
        self.write(|tx| {
            tx.prepare_cached(
                "INSERT INTO ledger (run, at, operation, model, input_tokens, output_tokens, cost, likely_tokens)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                intent.run.0,
                intent.at,
                intent.operation,
                intent.model,
                intent.estimate.input_tokens as i64,
                intent.estimate.output_tokens as i64,
                intent.estimate.cost.0,
                intent.likely_tokens as i64
            ])?;
            Ok(IntentId(tx.last_insert_rowid()))
        })
    }

    /// Writes down how a request ended, and keeps its answer in the same transaction. A request that is never settled
    /// stays charged at its estimate.
    ///
    /// # Errors
    /// Fails if the database cannot be written; the answer must then not be used.
    pub fn settle_request(&self, id: IntentId, now: i64, settlement: &Settlement) -> Result<(), StoreError> {
        self.write(|tx| {
            let (usage, key) = match settlement {
                Settlement::Answered { usage, key, .. } => (*usage, Some(key.0)),
                Settlement::Unusable { usage } => (*usage, None),
                Settlement::Refused => (Usage { requests: 1, ..Usage::default() }, None),
                Settlement::NotSent => (Usage::default(), None),
            };
            tx.prepare_cached(
                "UPDATE ledger SET settled = 1, requests = ?2, input_tokens = ?3, cached_tokens = ?4, output_tokens = ?5, cost = ?6, answer_key = ?7
                 WHERE id = ?1",
            )?
            .execute(params![
                id.0,
                usage.requests as i64,
                usage.input_tokens as i64,
                usage.cached_tokens as i64,
                usage.output_tokens as i64,
                usage.cost.0,
                key
            ])?;
            if let Settlement::Answered { usage, key, body, expires_at } = settlement {
                tx.prepare_cached(
                    "INSERT OR REPLACE INTO answers
                     (key, operation, model, body, input_tokens, cached_tokens, output_tokens, cost, created_at, expires_at)
                     SELECT ?1, operation, model, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM ledger WHERE id = ?9",
                )?
                .execute(params![
                    key.0,
                    body,
                    usage.input_tokens as i64,
                    usage.cached_tokens as i64,
                    usage.output_tokens as i64,
                    usage.cost.0,
                    now,
                    expires_at,
                    id.0
                ])?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(cost: i64) -> Usage {
        Usage { requests: 1, input_tokens: 10, cached_tokens: 2, output_tokens: 3, cost: Ticks(cost) }
    }

    #[test]
    fn an_answer_and_its_cost_are_written_together() {
        let store = Store::in_memory().unwrap();
        let run = RunId("r".to_owned());
        let intent = Intent {
            run: run.clone(),
            at: 50,
            operation: "review:file".to_owned(),
            model: "m".to_owned(),
            likely_tokens: 8,
            estimate: usage(90),
        };
        let key = Digest::of(b"q");
        let id = store.begin_request(&intent).unwrap();
        assert_eq!(store.spent(&run).unwrap().cost, Ticks(90), "an intent without an answer is charged at its estimate");
        assert!(store.answers(51, &[key]).unwrap().is_empty());
        let settlement = Settlement::Answered { usage: usage(40), key, body: "{}".to_owned(), expires_at: 60 };
        store.settle_request(id, 51, &settlement).unwrap();
        assert_eq!(store.spent(&run).unwrap(), usage(40));
        assert_eq!(store.answers(59, &[key]).unwrap()[&key], KeptAnswer { body: "{}".to_owned(), cost: Ticks(40), expires_at: 60 });
        assert!(store.answers(60, &[key]).unwrap().is_empty(), "expired");
    }

    #[test]
    fn usage_tells_how_a_model_counts() {
        let store = Store::in_memory().unwrap();
        let run = RunId("r".to_owned());
        for n in 0..FACTOR_LEAST {
            assert_eq!(store.token_factor("m").unwrap(), None, "{n} answers tell too little");
            let intent = Intent {
                run: run.clone(),
                at: 50,
                operation: "o".to_owned(),
                model: "m".to_owned(),
                likely_tokens: 8,
                estimate: usage(90),
            };
            let id = store.begin_request(&intent).unwrap();
            let key = Digest::of(&n.to_le_bytes());
            store.settle_request(id, 51, &Settlement::Answered { usage: usage(40), key, body: "{}".to_owned(), expires_at: 60 }).unwrap();
        }
        assert_eq!(store.token_factor("m").unwrap(), Some(1.25));
        assert_eq!(store.token_factor("other").unwrap(), None);
    }

    #[test]
    fn a_refused_request_costs_nothing_and_keeps_nothing() {
        let store = Store::in_memory().unwrap();
        let run = RunId("r".to_owned());
        let intent =
            Intent { run: run.clone(), at: 50, operation: "o".to_owned(), model: "m".to_owned(), likely_tokens: 8, estimate: usage(90) };
        let id = store.begin_request(&intent).unwrap();
        store.settle_request(id, 51, &Settlement::Refused).unwrap();
        assert_eq!(store.spent(&run).unwrap().cost, Ticks(0));
    }
}
