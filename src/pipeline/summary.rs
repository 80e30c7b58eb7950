//! What the summary of a run needs of a result.

use std::collections::BTreeMap;

use crate::types::{Digest, FileResult, FileSummary, Language, Role, SeverityCounts};

/// What the summary of a run needs of a result.
pub(super) fn summarize(language: Option<Language>, role: Role, sha256: Digest, result: &FileResult) -> FileSummary {
    let mut rules: BTreeMap<String, u32> = BTreeMap::new();
    for finding in &result.findings {
        *rules.entry(format!("{}/{}", finding.analyzer, finding.rule)).or_default() += 1;
    }
    FileSummary {
        language,
        role,
        sha256,
        code_lines: result.metrics.lines.code,
        scores: result.scores,
        counts: SeverityCounts::of(&result.findings),
        urgent: result.findings.iter().filter(|finding| finding.is_urgent()).count() as u32,
        dropped: result.dropped.len() as u32,
        parse_errors: result.metrics.parse_errors,
        answers: result.answers,
        rules: rules.iter().map(|(rule, count)| format!("{rule} {count}")).collect::<Vec<_>>().join("\n"),
    }
}
