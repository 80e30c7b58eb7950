//! Owns where a user's hooks take part in a run: which files, in which order and groups, what becomes of findings and scores. Never knows what
//! a hook is made of.

use super::lookup::summarize;
use super::made::dropped;
use super::{FoundFile, Parts, Plan, Run, RunError, score};
use crate::diag::Diagnostic;
use crate::types::{FileBody, FileResult, FileRow, Finding, Severity, SkipReason};

/// What a hook makes of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It stays as it is.
    Keep,
    /// It goes.
    Drop,
    /// It stays, changed.
    Change {
        /// Another severity, if there is one.
        severity: Option<Severity>,
        /// What is added to its message, if there is something.
        note: Option<String>,
    },
}

/// A mistake of the user in a hook.
pub type HookError = Box<Diagnostic>;

/// Functions of the user that take part in a run. One that is not there answers as if nobody had asked.
pub trait Hooks: Send + Sync {
    /// Whether a file is looked at.
    ///
    /// # Errors
    /// A mistake in the hook.
    fn keep(&self, file: &FoundFile) -> Result<bool, HookError>;
    /// How early a file is looked at: the highest first. None when all are equal.
    ///
    /// # Errors
    /// A mistake in the hook.
    fn priority(&self, file: &FoundFile) -> Result<Option<f64>, HookError>;
    /// The groups in which files are looked at, as places in `files`; files that are in none follow by themselves. None for the usual way.
    ///
    /// # Errors
    /// A mistake in the hook.
    fn group(&self, files: &[FoundFile]) -> Result<Option<Vec<Vec<usize>>>, HookError>;
    /// Whether [`Hooks::on_finding`] or [`Hooks::score`] is there, so that results have to be read.
    fn judges(&self) -> bool;
    /// What becomes of a finding.
    ///
    /// # Errors
    /// A mistake in the hook.
    fn on_finding(&self, path: &str, finding: &Finding) -> Result<Verdict, HookError>;
    /// Another overall score of a file, if there is one.
    ///
    /// # Errors
    /// A mistake in the hook.
    fn score(&self, row: &FileRow, result: &FileResult) -> Result<Option<f64>, HookError>;
}

#[expect(clippy::boxed_local, reason = "it maps errors")]
fn mistake(diagnostic: HookError) -> RunError {
    RunError::Mistakes(vec![*diagnostic])
}

/// Leaves out what the hook does not keep, and puts the rest in its order.
pub(super) fn choose(plan: &Plan, run: &mut Run<'_>, files: Vec<FoundFile>) -> Result<Vec<FoundFile>, RunError> {
    let Some(hooks) = &plan.hooks else { return Ok(files) };
    let mut kept = Vec::with_capacity(files.len());
    for file in files {
        if hooks.keep(&file).map_err(mistake)? {
            let priority = hooks.priority(&file).map_err(mistake)?.unwrap_or(0.0);
            kept.push((priority, file));
        } else {
            run.skip(&file.path, SkipReason::Script);
        }
    }
    kept.sort_by(|a, b| b.0.total_cmp(&a.0));
    Ok(kept.into_iter().map(|(_, file)| file).collect())
}

/// The batches that the hook makes of the files; none for the usual way.
pub(super) fn group(plan: &Plan, files: &[FoundFile]) -> Result<Option<Vec<Vec<FoundFile>>>, RunError> {
    let Some(groups) = plan.hooks.as_ref().map(|hooks| hooks.group(files)).transpose().map_err(mistake)?.flatten() else { return Ok(None) };
    let mut left: Vec<Option<&FoundFile>> = files.iter().map(Some).collect();
    let mut take = |at: usize| left.get_mut(at).and_then(Option::take).cloned();
    let mut batches: Vec<Vec<FoundFile>> = groups.into_iter().map(|group| group.into_iter().filter_map(&mut take).collect()).collect();
    batches.push(left.into_iter().flatten().cloned().collect());
    batches.retain(|batch| !batch.is_empty());
    Ok(Some(batches))
}

/// Lets the hooks judge findings and scores. What they say is not kept with the results of files: another script says something else.
pub(super) fn judge(plan: &Plan, parts: &Parts<'_>, run: &mut Run<'_>) -> Result<(), RunError> {
    let Some(hooks) = plan.hooks.as_ref().filter(|hooks| hooks.judges()) else { return Ok(()) };
    for row in &mut run.files {
        let mut result = match &row.body {
            FileBody::Here(result) => (**result).clone(),
            FileBody::Stored(id) => match parts.or_nothing(parts.store.bodies(&[*id])).pop().flatten() {
                Some(result) => result,
                None => continue,
            },
        };
        let before = result.clone();
        judge_findings(hooks.as_ref(), row.path.as_str(), &mut result)?;
        if result.scores.is_some() {
            result.scores = Some(score::scores(&result.findings, &result.metrics));
            if let (Some(scores), Some(overall)) = (&mut result.scores, hooks.score(row, &before).map_err(mistake)?) {
                scores.overall = (overall.clamp(0.0, 100.0) * 10.0).round() / 10.0;
            }
        }
        if result != before {
            let old = &row.summary;
            row.summary = summarize(old.language, old.role, old.sha256, &result);
            row.body = FileBody::Here(Box::new(result));
        }
    }
    Ok(())
}

fn judge_findings(hooks: &dyn Hooks, path: &str, result: &mut FileResult) -> Result<(), RunError> {
    for mut finding in std::mem::take(&mut result.findings) {
        match hooks.on_finding(path, &finding).map_err(mistake)? {
            Verdict::Keep => result.findings.push(finding),
            Verdict::Drop => result.dropped.push(dropped(&finding.rule, finding.message, "the script dropped it".to_owned())),
            Verdict::Change { severity, note } => {
                finding.severity = severity.unwrap_or(finding.severity);
                if let Some(note) = note {
                    finding.message = format!("{} ({note})", finding.message);
                }
                result.findings.push(finding);
            }
        }
    }
    Ok(())
}
