//! Owns how work is grouped: batches for looking up, asking and storing together, and the threads that do it.

use std::ops::Range;

use super::error::RunError;
use super::found::FoundFile;
use super::plan::{Inquiry, ModelPart, Tools};
use crate::config::{BatchGroup, BatchSettings};

/// Stack of a worker thread, in bytes. The measures walk trees without recursion, grammars do not recurse either.
const STACK_BYTES: usize = 4 << 20;

/// Files per thread that a static run takes in one go, so that the end of one batch need not wait for its slowest file.
const FILES_PER_THREAD: usize = 64;

/// Files per thread that a static run finishes together when rows are told as they come.
const FILES_PER_ROW_STEP: usize = 8;

/// Questions per request slot that a run with a model takes in one go.
const FILES_PER_SLOT: usize = 4;

/// Groups `files`, which are sorted by path, into batches of `settings.size`. Grouped by folder, a batch ends where a folder ends,
/// unless it would be less than half full.
pub(super) fn batches(files: Vec<FoundFile>, settings: &BatchSettings) -> Vec<Vec<FoundFile>> {
    let mut batches: Vec<Vec<FoundFile>> = Vec::new();
    for file in files {
        let fits = |batch: &Vec<FoundFile>| {
            let is_same_folder = batch.last().is_some_and(|last| last.path.directory() == file.path.directory());
            let ends_here = settings.group == BatchGroup::Directory && !is_same_folder && batch.len() * 2 >= settings.size;
            batch.len() < settings.size && !ends_here
        };
        match batches.last_mut() {
            Some(batch) if fits(batch) => batch.push(file),
            _ => batches.push(vec![file]),
        }
    }
    batches
}

/// Joins batches so that threads, or the slots for requests, do not idle at the end of each.
pub(super) fn windows(batches: &[Vec<FoundFile>], tools: &Tools, inquiry: &Inquiry) -> Vec<Range<usize>> {
    let least = match &inquiry.model {
        ModelPart::On(_) => inquiry.provider.concurrency * FILES_PER_SLOT,
        ModelPart::Off | ModelPart::Missing(_) => n_threads(&tools.batch) * FILES_PER_THREAD,
    };
    let mut windows: Vec<Range<usize>> = Vec::new();
    let mut n_files = 0;
    for (at, batch) in batches.iter().enumerate() {
        match windows.last_mut() {
            Some(window) if n_files < least => window.end = at + 1,
            _ => {
                windows.push(at..at + 1);
                n_files = 0;
            }
        }
        n_files += batch.len();
    }
    windows
}

/// How many files of a window are finished together when rows are told as they come. Whoever reads rows as they come should not wait for a whole window.
pub(super) fn row_step(tools: &Tools, inquiry: &Inquiry) -> usize {
    match &inquiry.model {
        ModelPart::On(_) => inquiry.provider.concurrency.max(1),
        ModelPart::Off | ModelPart::Missing(_) => n_threads(&tools.batch) * FILES_PER_ROW_STEP,
    }
}

fn n_threads(batch: &BatchSettings) -> usize {
    match batch.jobs {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        jobs => jobs,
    }
}

/// The threads for reading, parsing and rules.
///
/// # Errors
/// The system gives no threads.
pub(super) fn threads(batch: &BatchSettings) -> Result<rayon::ThreadPool, RunError> {
    let builder = rayon::ThreadPoolBuilder::new().num_threads(n_threads(batch)).stack_size(STACK_BYTES);
    builder.build().map_err(|error| RunError::Threads(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Stat;
    use crate::types::RelPath;

    fn file(path: &str) -> FoundFile {
        FoundFile {
            path: RelPath::from(path),
            absolute: path.into(),
            stat: Stat { size: 1, changed_ns: 0, inode: 0 },
            is_named: false,
            given: Default::default(),
        }
    }

    #[track_caller]
    fn check(paths: &[&str], group: BatchGroup, expected: &[usize]) {
        let settings = BatchSettings { size: 4, group, jobs: 1 };
        let sizes: Vec<_> = batches(paths.iter().map(|path| file(path)).collect(), &settings).iter().map(Vec::len).collect();
        assert_eq!(sizes, expected);
    }

    #[test]
    fn batches_are_full_or_end_with_their_folder() {
        let paths = ["a/1", "a/2", "a/3", "b/1", "b/2", "c/1"];
        check(&paths, BatchGroup::Count, &[4, 2]);
        check(&paths, BatchGroup::Directory, &[3, 2, 1]);
        check(&[], BatchGroup::Count, &[]);
    }
}
