//! The ledger, written beside the runtime: SQLite waits for the disk and for other processes, and no other request should wait with it.

use crate::store::{Intent, IntentId, Settlement, Store, StoreError};

/// Writes down that a request is about to be sent.
///
/// # Errors
/// Fails if the database cannot be written; the request must then not be sent.
pub(super) async fn begin_request(store: &Store, intent: Intent) -> Result<IntentId, StoreError> {
    let store = store.clone();
    beside(move || store.begin_request(&intent)).await
}

/// Writes down how a request ended, even if nobody waits for it any more.
///
/// # Errors
/// Fails if the database cannot be written; the answer must then not be used.
pub(super) async fn settle_request(store: &Store, id: IntentId, now_s: i64, settlement: Settlement) -> Result<(), StoreError> {
    let store = store.clone();
    beside(move || store.settle_request(id, now_s, &settlement)).await
}

async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(value) => value,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // The runtime ends, and nobody asks for the value.
        Err(Err(_)) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::FILE_NAME;
    use crate::types::{RunId, Usage};

    #[test]
    fn a_store_that_is_locked_holds_up_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path()).unwrap();
        let other = rusqlite::Connection::open(home.path().join(FILE_NAME)).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let (run, operation, model) = (RunId("r".to_owned()), "o".to_owned(), "m".to_owned());
        let intent = Intent { run, at: 1, operation, model, likely_tokens: 1, estimate: Usage::default() };
        let unlock = async { other.execute_batch("COMMIT").unwrap() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // If the write blocked the thread, nobody would unlock.
        let (begun, ()) = runtime.block_on(async { tokio::join!(begin_request(&store, intent), unlock) });
        begun.unwrap();
    }
}
