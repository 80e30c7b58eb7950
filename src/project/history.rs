//! Kept runs, by the names that users give them.

use super::error::{Error, Hint, Result};
use super::open::Project;
use crate::pipeline::reopen;
use crate::store::{KeptRun, Store};
use crate::types::RunReport;

/// A kept run by its id, the beginning of it, `last`, or `last:PIPELINE`; `last~2` is the second before the last.
///
/// # Errors
/// There is none, it is of another project, or results of it are gone.
pub fn open(project: &Project, store: &Store, name: &str) -> Result<RunReport> {
    let kept = find(project, store, name)?;
    if kept.root != project.root.to_string_lossy() {
        return Err(Error::usage(format!("the run `{}` looked at another project, `{}`", kept.id, kept.root)).say("go there to show it"));
    }
    let Some(files) = store.run_files(&kept.id)? else {
        return Err(Error::usage(format!("the run `{}` was kept by an older devflow, and cannot be shown again", kept.id)));
    };
    let gone = files.rows.iter().filter(|row| row.found.is_none()).count();
    if gone > 0 {
        let message = format!("{gone} of {} results of the run `{}` are kept no longer", files.rows.len(), kept.id);
        return Err(Error::incomplete(message).hint(Hint::RunAgain));
    }
    Ok(reopen(kept, files))
}

/// The row of a kept run, see [`open`].
///
/// # Errors
/// There is none.
pub fn find(project: &Project, store: &Store, name: &str) -> Result<KeptRun> {
    let none = || Error::usage(format!("no run `{name}` is kept")).hint(Hint::ListRuns);
    let Some(which) = name.strip_prefix("last") else {
        let mut found = store.runs_called(name)?;
        let several = || Error::usage(format!("several runs begin with `{name}`")).hint(Hint::ListRuns);
        return if found.len() > 1 { Err(several()) } else { found.pop().ok_or_else(none) };
    };
    let (pipeline, back) = which.split_once('~').unwrap_or((which, "0"));
    let back: usize = back.parse().map_err(|_| none())?;
    let pipeline = pipeline.strip_prefix(':');
    store.runs_from(&project.root_name(), pipeline, back, 1)?.pop().ok_or_else(none)
}
