//! Owns the end of a run: storing files, sums, gate, outcome.

use std::collections::BTreeMap;

use super::found::FoundFile;
use super::inspection::InspectionOutcome;
use super::keys::file_key;
use super::lookup::{KnownContent, is_lasting};
use super::parts::Parts;
use super::plan::{Judging, ModelPart, Plan, PlannedOperation};
use super::run_id::timestamp;
use super::state::Run;
use super::summary::summarize;
use super::verify::{VerifiedFile, VerifyOutcome};
use crate::config::FailOn;
use crate::score::{ScoredFile, of_run};
use crate::store::{KeptFiles, KeptResult, KeptRow, KeptRun, NewFile, NewState};
use crate::types::{
    Coverage, FileBody, FileRow, FileState, FileSummary, Gate, HereRow, Mode, Outcome, RelPath, RunDetails, RunEventKind, RunReport,
    RunTotals, Scores, Severity, SkipReason,
};

/// Files in which a rule must speak to be called a pattern.
const PATTERN_FILES: usize = 3;

/// Files below the score gate that are named.
const MAX_GATE_REASONS: usize = 20;

impl Run<'_> {
    /// Keeps what a batch gave, in one transaction. What is incomplete is not kept.
    pub(super) fn keep(&mut self, again: Vec<KnownContent>, verified: Vec<VerifyOutcome>) {
        let mut done = Vec::new();
        let mut skipped: Vec<(FoundFile, i64, SkipReason)> = Vec::new();
        for item in verified {
            match item {
                VerifyOutcome::File(file) => done.push(*file),
                VerifyOutcome::Other(InspectionOutcome::Skipped(file, read_ns, reason)) => skipped.push((file, read_ns, reason)),
                VerifyOutcome::Other(InspectionOutcome::Failed(failure)) => {
                    self.event(&failure.path, FileState::Failed, None);
                    self.fail(failure);
                }
                VerifyOutcome::Other(InspectionOutcome::LeftOut) => self.leave_out(1),
                VerifyOutcome::Other(InspectionOutcome::File(_)) => unreachable!("every inspected file was verified"),
            }
        }
        let summaries: Vec<FileSummary> = done.iter().map(summary).collect();
        let mut rows = Vec::new();
        for (file, summary) in done.iter().zip(&summaries).filter(|(file, _)| file.failures.is_empty()) {
            let key = file_key(&self.digest, &file.read.input());
            let state = NewState::Result { key, result: &file.result, summary, expires_at: file.expires_at };
            rows.push(new_file(&file.read.file, file.read.read_ns, state));
        }
        for found in &again {
            let FileBody::Stored(id) = found.row.body else { continue };
            rows.push(new_file(
                &found.file,
                found.read_ns,
                NewState::Known { id, summary: &found.row.summary, expires_at: found.expires_at },
            ));
        }
        let mut skipped_rows = Vec::new();
        for (file, read_ns, reason) in skipped {
            self.skip(&file.path, reason);
            // What is still looked at as a text is kept then.
            if !self.take_declined(file.clone(), reason) {
                skipped_rows.push((file, read_ns, reason));
            }
        }
        rows.extend(lasting(&skipped_rows));
        let now_s = self.parts.now_s();
        let mut ids = self.keep_rows(now_s, &rows).into_iter();
        for (file, summary) in done.into_iter().zip(summaries) {
            self.take_done(file, summary, &mut ids);
        }
        for found in again {
            self.event(&found.row.path, FileState::Reused, found.row.summary.scores);
            self.reuse(found.row);
        }
    }

    /// Keeps which files were declined for what is in them.
    pub(super) fn keep_skipped(&mut self, skipped: &[(FoundFile, i64, SkipReason)]) {
        let rows: Vec<NewFile<'_>> = lasting(skipped).collect();
        if !rows.is_empty() {
            self.keep_rows(self.parts.now_s(), &rows);
        }
    }

    /// Rows of the kept results; none when the store does not take them, so that the results stay in memory.
    fn keep_rows(&mut self, now_s: i64, rows: &[NewFile<'_>]) -> Vec<i64> {
        if self.cannot_keep {
            return Vec::new();
        }
        self.parts.store.keep_files(&self.plan.root_name(), &self.digest, now_s, rows).unwrap_or_else(|error| {
            self.cannot_keep = true;
            self.parts.warn(format!("nothing more of this run is kept: {error}"));
            Vec::new()
        })
    }

    fn take_done(&mut self, file: VerifiedFile, summary: FileSummary, ids: &mut dyn Iterator<Item = i64>) {
        let path = file.read.file.path;
        if let Some(outlined) = file.outlined {
            self.outlined.insert(path.clone(), *outlined);
        }
        let is_complete = file.failures.is_empty();
        let row = if is_complete { ids.next() } else { None };
        let body = row.map_or_else(|| FileBody::Here(Box::new(file.result)), FileBody::Stored);
        let state = if is_complete { FileState::Analyzed } else { FileState::Failed };
        self.event(&path, state, summary.scores);
        self.coverage.analyzed += usize::from(is_complete);
        file.failures.into_iter().for_each(|failure| self.fail(failure));
        self.push(FileRow { path, reused: false, summary, body });
    }

    fn event(&self, path: &RelPath, state: FileState, scores: Option<Scores>) {
        let score = scores.map(|scores| scores.overall);
        self.parts.tell(RunEventKind::File { path: path.clone(), state, score });
    }
}

fn summary(file: &VerifiedFile) -> FileSummary {
    let read = &file.read;
    summarize(Some(read.language), read.role, read.sha256, &file.result)
}

fn lasting(skipped: &[(FoundFile, i64, SkipReason)]) -> impl Iterator<Item = NewFile<'_>> {
    let is_kept = |(_, _, reason): &&(FoundFile, i64, SkipReason)| is_lasting(*reason);
    skipped.iter().filter(is_kept).map(|(file, read_ns, reason)| new_file(file, *read_ns, NewState::Skipped(*reason)))
}

fn new_file<'a>(file: &'a FoundFile, indexed_ns: i64, state: NewState<'a>) -> NewFile<'a> {
    NewFile { path: &file.path, stat: file.stat, indexed_ns, state }
}

/// Sums up a run.
pub(super) fn report(plan: &Plan, parts: &Parts<'_>, run: Run<'_>) -> RunReport {
    let Run { mut files, mut coverage, session, started_ns, artifacts, dropped, overrides, named, .. } = run;
    for skipped in coverage.skipped.iter().filter(|skipped| named.contains(&skipped.path)) {
        parts.warn(format!("`{}` is named and not looked at: {}", skipped.path, skipped.reason.name()));
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    coverage.skipped.sort();
    coverage.failed.sort();
    let mut totals = totals(&files);
    totals.dropped += dropped.len() as u32;
    let gate = gate(plan.judging(), &files, &totals);
    let outcome = outcome(&coverage, &totals, files.is_empty() && artifacts.is_empty());
    let asking = session.summary(&plan.inquiry().model);
    let mode = if matches!(plan.inquiry().model, ModelPart::On(_)) { Mode::Model } else { Mode::Static };
    RunReport {
        id: session.id,
        started_at: timestamp(started_ns).strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        duration_ms: (parts.clock.now_ns() - started_ns).max(0) as u64 / 1_000_000,
        outcome,
        mode,
        gate,
        coverage,
        totals,
        usage: session.usage,
        hits: session.hits,
        misses: session.misses,
        saved: session.saved,
        files,
        artifacts,
        dropped,
        operations: plan.tools().operations.iter().map(PlannedOperation::name).collect(),
        rules_off: overrides.rules_off(plan.tools()),
        is_judged: plan.judging().hooks.as_ref().is_some_and(|hooks| hooks.judges()),
        asking,
    }
}

/// Makes a report of a kept run, as it was. Nothing is looked at; every row counts as reused.
pub fn reopen(kept: KeptRun, files: KeptFiles) -> RunReport {
    let KeptFiles { details, rows, skipped } = files;
    let stored = rows.into_iter().filter_map(|KeptRow { path, found }| {
        let (id, summary) = match found? {
            KeptResult::Summary(id, summary) => (id, *summary),
            KeptResult::Whole { id, language, role, sha256, result } => (id, summarize(language, role, sha256, &result)),
        };
        Some(FileRow { path, reused: true, summary, body: FileBody::Stored(id) })
    });
    let here = details.here.into_iter().map(|HereRow { path, language, role, sha256, result }| {
        let summary = summarize(language, role, sha256, &result);
        FileRow { path, reused: true, summary, body: FileBody::Here(Box::new(result)) }
    });
    let mut files: Vec<FileRow> = stored.chain(here).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut totals = totals(&files);
    // As they were: an older devflow counted in another way.
    totals.scores = kept.scores;
    totals.dropped += details.dropped.len() as u32;
    let RunDetails {
        found,
        analyzed,
        reused,
        failed,
        gate,
        misses,
        usage,
        artifacts,
        dropped,
        operations,
        rules_off,
        is_judged,
        asking,
        ..
    } = details;
    RunReport {
        id: kept.id,
        started_at: kept.started_at,
        duration_ms: kept.duration_ms,
        outcome: Outcome::from_name(&kept.outcome).unwrap_or(Outcome::Incomplete),
        mode: Mode::from_name(&kept.mode).unwrap_or(Mode::Static),
        gate,
        coverage: Coverage { found, analyzed, reused, skipped, failed },
        totals,
        usage,
        hits: kept.hits,
        misses,
        saved: kept.saved,
        files,
        artifacts,
        dropped,
        operations,
        rules_off,
        is_judged,
        asking,
    }
}

fn outcome(coverage: &Coverage, totals: &RunTotals, is_nothing: bool) -> Outcome {
    if !coverage.failed.is_empty() {
        Outcome::Incomplete
    } else if is_nothing {
        Outcome::Nothing
    } else if totals.counts.total() > 0 {
        Outcome::Findings
    } else {
        Outcome::Clean
    }
}

fn totals(files: &[FileRow]) -> RunTotals {
    let mut totals = RunTotals::default();
    let mut files_of_rule: BTreeMap<&str, usize> = BTreeMap::new();
    let mut scored = Vec::new();
    for file in files {
        let summary = &file.summary;
        totals.counts.add(&summary.counts);
        totals.dropped += summary.dropped;
        totals.files_with_findings += usize::from(summary.counts.total() > 0);
        for (rule, count) in summary.rules.lines().filter_map(|line| line.rsplit_once(' ')) {
            *files_of_rule.entry(rule).or_default() += 1;
            match totals.rules.get_mut(rule) {
                Some(total) => *total += count.parse().unwrap_or(0),
                None => drop(totals.rules.insert(rule.to_owned(), count.parse().unwrap_or(0))),
            }
        }
        if let Some(scores) = summary.scores {
            scored.push(ScoredFile { code_lines: summary.code_lines, scores });
        }
    }
    totals.scores = of_run(&scored);
    let worse = |worst: [f64; 5], file: &ScoredFile| {
        let scores = file.scores.to_array();
        std::array::from_fn(|at| worst[at].min(scores[at]))
    };
    totals.worst = (!scored.is_empty()).then(|| Scores::from_array(scored.iter().fold([f64::INFINITY; 5], worse)));
    let patterns = files_of_rule.into_iter().filter(|(_, n_files)| *n_files >= PATTERN_FILES);
    totals.patterns = patterns.map(|(rule, n_files)| (rule.to_owned(), n_files)).collect();
    totals.patterns.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    totals
}

fn gate(judging: &Judging, files: &[FileRow], totals: &RunTotals) -> Gate {
    let mut reasons = Vec::new();
    if let FailOn::AtLeast(limit) = judging.gate.fail_on {
        let count: u32 = Severity::ALL.into_iter().filter(|severity| *severity >= limit).map(|severity| totals.counts.get(severity)).sum();
        if count > 0 {
            reasons.push(format!("{count} {} at or above {}", if count == 1 { "finding" } else { "findings" }, limit.name()));
        }
    }
    let below = |file: &&FileRow| file.summary.scores.is_some_and(|scores| scores.overall < judging.gate.fail_below);
    let low: Vec<&FileRow> = files.iter().filter(below).collect();
    for file in low.iter().take(MAX_GATE_REASONS) {
        let overall = file.summary.scores.map_or(0.0, |scores| scores.overall);
        reasons.push(format!("{} scores {overall:.1}, below {}", file.path, judging.gate.fail_below));
    }
    if low.len() > MAX_GATE_REASONS {
        reasons.push(format!("{} more files score below {}", low.len() - MAX_GATE_REASONS, judging.gate.fail_below));
    }
    Gate { passed: reasons.is_empty(), reasons }
}
