//! Names of runs: the time they began, and chance.

use super::random::random;
use crate::types::RunId;

/// A name for a run that begins at this time, in nanoseconds since 1970: `20261122T101500Z-3f2a91c4`.
pub(super) fn run_id(now_ns: i64) -> RunId {
    RunId(format!("{}-{:08x}", timestamp(now_ns).strftime("%Y%m%dT%H%M%SZ"), random() as u32))
}

/// The same time as the calendar has it.
pub(super) fn timestamp(now_ns: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_nanosecond(i128::from(now_ns)).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}
