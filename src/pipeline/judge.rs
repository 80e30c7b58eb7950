//! Where hooks of the user take part in a run. What they say is not kept with the results of files.

use super::error::RunError;
use super::found::FoundFile;
use super::generated::dropped;
use super::hooks::{HookError, Hooks, Verdict};
use super::parts::Parts;
use super::plan::Judging;
use super::state::Run;
use super::summary::summarize;
use crate::score::scores;
use crate::types::{FileBody, FileResult, SkipReason};

#[expect(clippy::boxed_local, reason = "it maps errors")]
pub(super) fn mistake(diagnostic: HookError) -> RunError {
    RunError::Mistakes(vec![*diagnostic])
}

/// Leaves out what the hook does not keep, and puts the rest in its order.
pub(super) fn choose(judging: &Judging, run: &mut Run<'_>, files: Vec<FoundFile>) -> Result<Vec<FoundFile>, RunError> {
    let Some(hooks) = &judging.hooks else { return Ok(files) };
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
pub(super) fn group(judging: &Judging, files: &[FoundFile]) -> Result<Option<Vec<Vec<FoundFile>>>, RunError> {
    let Some(groups) = judging.hooks.as_ref().map(|hooks| hooks.group(files)).transpose().map_err(mistake)?.flatten() else {
        return Ok(None);
    };
    let mut left: Vec<Option<&FoundFile>> = files.iter().map(Some).collect();
    let mut take = |at: usize| left.get_mut(at).and_then(Option::take).cloned();
    let mut batches: Vec<Vec<FoundFile>> = groups.into_iter().map(|group| group.into_iter().filter_map(&mut take).collect()).collect();
    batches.push(left.into_iter().flatten().cloned().collect());
    batches.retain(|batch| !batch.is_empty());
    Ok(Some(batches))
}

/// Lets the hooks judge findings and scores. What they say is not kept with the results of files: another script says something else.
pub(super) fn judge(judging: &Judging, parts: &Parts<'_>, run: &mut Run<'_>) -> Result<(), RunError> {
    let Some(hooks) = judging.hooks.as_ref().filter(|hooks| hooks.judges()) else { return Ok(()) };
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
        if let Some(language) = row.summary.language.filter(|_| result.scores.is_some()) {
            result.scores = Some(scores(language, &result.findings, &result.metrics));
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
