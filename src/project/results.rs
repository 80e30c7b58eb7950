//! Full results of the files of a run, wherever they are kept.

use super::error::{Error, Kind, Result};
use crate::store::Store;
use crate::types::{FileBody, FileResult, FileRow, RunReport};

/// Results kept by the store are read in groups of this many.
const BODIES_AT_ONCE: usize = 500;

/// The full results of all files, in their order.
///
/// # Errors
/// The store cannot be read, or a result was removed meanwhile.
pub fn results(report: &RunReport, store: &Store) -> Result<Vec<FileResult>> {
    let mut results = Vec::with_capacity(report.files.len());
    for rows in report.files.chunks(BODIES_AT_ONCE) {
        let rows: Vec<&FileRow> = rows.iter().collect();
        results.extend(bodies(&rows, store)?);
    }
    Ok(results)
}

/// The full results of some rows, in their order.
///
/// # Errors
/// See [`results`].
pub fn bodies(rows: &[&FileRow], store: &Store) -> Result<Vec<FileResult>> {
    let ids: Vec<i64> = rows.iter().map(|row| if let FileBody::Stored(id) = row.body { id } else { 0 }).collect();
    let stored = store.bodies(&ids).map_err(|error| Error { kind: Kind::Incomplete, ..Error::from(error) })?;
    let take = |(row, stored): (&&FileRow, Option<FileResult>)| match &row.body {
        FileBody::Here(result) => Ok((**result).clone()),
        FileBody::Stored(_) => stored.ok_or_else(|| {
            Error::incomplete(format!("the result of `{}` was removed while the run went on", row.path)).say("run it again")
        }),
    };
    rows.iter().zip(stored).map(take).collect()
}
