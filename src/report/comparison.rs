//! Owns what two runs have in common and what they do not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use schemars::JsonSchema;
use serde::Serialize;

use super::view::{Document, FileView};
use super::{counted, printable};
use crate::types::{Finding, Mode, Origin, RelPath, RulesOff, Scores};

/// Head of findings that are neither fixed nor found again.
const UNSEEN: &str = "Not looked for by the later run, or gone with their file";

/// Two runs, side by side.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Comparison<'a> {
    /// Always `devflow.comparison/1`.
    pub schema: &'static str,
    /// Id of the earlier run.
    pub before: &'a str,
    /// Id of the later run.
    pub after: &'a str,
    /// Whether both looked at everything; else something may be missing for another reason than that it was fixed.
    pub is_complete: bool,
    /// Findings of the later run alone, by path and place.
    pub new: Vec<At<'a>>,
    /// Findings of the earlier run alone, in files that the later run looked at with the same operations and rules.
    pub fixed: Vec<At<'a>>,
    /// Other findings of the earlier run alone: the later run did not look at the file, failed on it, did not use the operation, their rule was
    /// off, or a script that the earlier run did not have judged the findings.
    pub unseen: Vec<At<'a>>,
    /// How many findings both have.
    pub unchanged: usize,
    /// Mean scores of both; none where there are none.
    pub scores: (Option<Scores>, Option<Scores>),
    /// Files whose overall score is another, the largest loss first.
    pub files: Vec<FileChange<'a>>,
}

/// A finding with its file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct At<'a> {
    /// Path of the file, from the root of the project.
    pub path: &'a str,
    /// Its fields stand beside `path`.
    #[serde(flatten)]
    pub finding: &'a Finding,
}

/// A file whose score changed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FileChange<'a> {
    /// Path of the file, from the root of the project.
    pub path: &'a str,
    /// Overall score in the earlier run, from 0 to 100.
    pub before: f64,
    /// Overall score in the later run, from 0 to 100.
    pub after: f64,
}

/// Compares two runs. A finding is the same when it has the same fingerprint in the same file, or, where that is gone, in another one: lines
/// may shift and files may move.
pub fn compare<'a>(before: &'a Document<'_>, after: &'a Document<'_>) -> Comparison<'a> {
    let mut left = findings(before);
    let mut right = findings(after);
    let n_before = left.len();
    take_pairs(&mut left, &mut right, |at| (at.path.to_owned(), at.finding.fingerprint.clone()));
    take_pairs(&mut left, &mut right, |at| (String::new(), at.finding.fingerprint.clone()));
    let unchanged = n_before - left.len();
    let seen = Seen::by(before, after);
    let (fixed, unseen) = left.into_iter().partition(|at| seen.has(at));
    Comparison {
        schema: "devflow.comparison/1",
        before: before.run.id,
        after: after.run.id,
        is_complete: before.coverage.failed.is_empty() && after.coverage.failed.is_empty(),
        new: right,
        fixed,
        unseen,
        unchanged,
        scores: (before.summary.score, after.summary.score),
        files: files(&before.files, &after.files),
    }
}

/// What the later run can have seen of the findings of the earlier one.
struct Seen<'a> {
    paths: BTreeSet<&'a str>,
    /// Analyzers of which the later run left out an operation.
    missing: BTreeSet<&'a str>,
    asked_model: bool,
    /// Whether the later run may have dropped what the earlier one showed.
    is_judged: bool,
    off: Vec<(GlobSet, &'a RulesOff)>,
}

impl<'a> Seen<'a> {
    fn by(before: &'a Document<'_>, after: &'a Document<'_>) -> Self {
        let left_out = before.run.operations.iter().filter(|name| !after.run.operations.contains(name));
        let is_failed = |path: &str| after.coverage.failed.iter().any(|failure| failure.path.as_str() == path);
        // A run that did not note its operations may have had any.
        let is_known = !after.run.operations.is_empty();
        Self {
            paths: after.files.iter().map(|file| file.path.as_str()).filter(|path| !is_failed(path)).collect(),
            missing: left_out.filter(|_| is_known).filter_map(|name| Some(name.split_once(':')?.0)).collect(),
            asked_model: after.run.mode == Mode::Model || before.run.mode != Mode::Model,
            is_judged: after.run.is_judged && !before.run.is_judged,
            off: after.run.rules_off.iter().map(|off| (globs(&off.paths), off)).collect(),
        }
    }

    fn has(&self, at: &At<'_>) -> bool {
        let Finding { analyzer, origin, .. } = at.finding;
        self.paths.contains(at.path)
            && !self.missing.contains(analyzer.as_str())
            && (self.asked_model || *origin != Origin::Model)
            && !self.is_judged
            && !self.is_off(at)
    }

    fn is_off(&self, at: &At<'_>) -> bool {
        let Finding { analyzer, rule, .. } = at.finding;
        let path = RelPath::from(at.path);
        let met = || self.off.iter().filter(|(set, off)| path.inside(&off.folder).is_some_and(|inside| set.is_match(inside)));
        let names = [rule.clone(), format!("{analyzer}/{rule}")];
        let looks = met().filter_map(|(_, off)| off.analyzers.as_ref()).next_back();
        met().any(|(_, off)| names.iter().any(|name| off.rules.contains(name))) || looks.is_some_and(|looks| !looks.contains(analyzer))
    }
}

/// They were globs when the run was made.
fn globs(paths: &[String]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for glob in paths.iter().filter_map(|path| GlobBuilder::new(path).literal_separator(true).build().ok()) {
        set.add(glob);
    }
    set.build().unwrap_or_default()
}

fn findings<'a>(document: &'a Document<'_>) -> Vec<At<'a>> {
    let of = |file: &'a FileView<'_>| file.findings.iter().map(|finding| At { path: file.path.as_str(), finding });
    document.files.iter().flat_map(of).collect()
}

/// Takes out what both sides have under the same key, as often as both have it.
fn take_pairs(left: &mut Vec<At<'_>>, right: &mut Vec<At<'_>>, key: impl Fn(&At<'_>) -> (String, String)) {
    let mut there: BTreeMap<(String, String), usize> = BTreeMap::new();
    right.iter().for_each(|at| *there.entry(key(at)).or_default() += 1);
    let mut shared: BTreeMap<(String, String), usize> = BTreeMap::new();
    left.retain(|at| {
        let key = key(at);
        let Some(count) = there.get_mut(&key).filter(|count| **count > 0) else { return true };
        *count -= 1;
        *shared.entry(key).or_default() += 1;
        false
    });
    right.retain(|at| {
        let Some(count) = shared.get_mut(&key(at)).filter(|count| **count > 0) else { return true };
        *count -= 1;
        false
    });
}

fn files<'a>(before: &'a [FileView<'_>], after: &'a [FileView<'_>]) -> Vec<FileChange<'a>> {
    let known: BTreeMap<&str, f64> = before.iter().filter_map(|file| Some((file.path.as_str(), file.score?.overall))).collect();
    let change = |file: &'a FileView<'_>| {
        let (path, after) = (file.path.as_str(), file.score?.overall);
        let before = *known.get(path)?;
        ((after - before).abs() >= 0.05).then_some(FileChange { path, before, after })
    };
    let mut changes: Vec<FileChange<'_>> = after.iter().filter_map(change).collect();
    changes.sort_by(|a, b| (a.after - a.before).total_cmp(&(b.after - b.before)).then_with(|| a.path.cmp(b.path)));
    changes
}

impl Comparison<'_> {
    fn sums(&self) -> String {
        let unseen = if self.unseen.is_empty() { String::new() } else { format!(", {} not looked at", self.unseen.len()) };
        format!("{} new, {} fixed, {} unchanged{unseen}", self.new.len(), self.fixed.len(), self.unchanged)
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (head, list) in [("New", &self.new), ("Fixed", &self.fixed), (UNSEEN, &self.unseen)] {
            if !list.is_empty() {
                let _ = writeln!(out, "{head}");
                list.iter().for_each(|at| out.push_str(&line(at)));
                out.push('\n');
            }
        }
        if !self.files.is_empty() {
            let _ = writeln!(out, "Scores");
            for file in &self.files {
                let _ = writeln!(out, "  {:>5.1} -> {:>5.1}  {}", file.before, file.after, file.path);
            }
            out.push('\n');
        }
        if let (Some(before), Some(after)) = self.scores {
            let _ = writeln!(out, "overall {:.1} -> {:.1}", before.overall, after.overall);
        }
        let _ = writeln!(out, "{}", self.sums());
        if !self.is_complete {
            let _ = writeln!(out, "one of the runs is incomplete: what seems fixed may not have been looked at");
        }
        out
    }

    /// For a pull request.
    pub fn markdown(&self) -> String {
        let filters = |text: &str| crate::template::inline(text);
        let mut out = format!("# What changed between two runs\n\n**{}**\n", self.sums());
        if !self.is_complete {
            out.push_str("\nOne of the runs is incomplete: what seems fixed may not have been looked at.\n");
        }
        if let (Some(before), Some(after)) = self.scores {
            let _ = writeln!(out, "\nOverall score {:.1}, before {:.1}.", after.overall, before.overall);
        }
        for (head, list) in [("New", &self.new), ("Fixed", &self.fixed), (UNSEEN, &self.unseen)] {
            if !list.is_empty() {
                let _ = write!(out, "\n## {head}\n\n");
                for At { path, finding } in list {
                    let place = crate::template::code(&format!("{path}:{}", finding.line));
                    let _ = writeln!(
                        out,
                        "- {} {place} {} (`{}/{}`)",
                        finding.severity.name(),
                        filters(&finding.message),
                        finding.analyzer,
                        finding.rule
                    );
                }
            }
        }
        if !self.files.is_empty() {
            let _ = write!(out, "\n## {}\n\n| file | before | after |\n|---|--:|--:|\n", counted(self.files.len(), "score"));
            for file in &self.files {
                let _ =
                    writeln!(out, "| {} | {:.1} | {:.1} |", crate::template::code(file.path).replace('|', "\\|"), file.before, file.after);
            }
        }
        out
    }
}

fn line(at: &At<'_>) -> String {
    let finding = at.finding;
    let message = printable(&finding.message);
    format!(
        "  {:<8} {}:{}:{}  {message} ({}/{})\n",
        finding.severity.name(),
        at.path,
        finding.line,
        finding.column,
        finding.analyzer,
        finding.rule
    )
}
