//! Owns the summary on a terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{counted, scope};
use crate::score::percentile;
use crate::template::dedent;
use crate::types::{
    Dimension, Failure, FileRow, Finding, Mode, Outcome, RelPath, Remedy, RunReport, Scores, Severity, Skipped, Stage, Ticks, Usage,
};

/// Whether ANSI codes are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Text alone, for a file or a pipe.
    Plain,
    /// Codes for severities and headings.
    Colored,
}

impl Style {
    /// Puts `code` around `text`.
    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Colored => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }

    fn severity(self, severity: Severity) -> String {
        let code = match severity {
            Severity::Critical => "1;31",
            Severity::High => "31",
            Severity::Medium => "33",
            Severity::Low => "36",
            Severity::Info => "2",
        };
        self.paint(code, &format!("{:<8}", severity.name()))
    }

    fn heading(self, text: &str) -> String {
        self.paint("1", text)
    }
}

/// Rows of the lists of files, patterns and failures; more are counted.
const MAX_ROWS: usize = 10;

/// Makes the summary of a run. `worst` are the findings to be shown with their code, in this order; `today` is what was spent since midnight; `note` says
/// what the user should know about the mode of the run.
pub fn summary(report: &RunReport, worst: &[(RelPath, Finding)], today: &Usage, note: &str, attention_below: f64, style: Style) -> String {
    let mut out = String::new();
    if !worst.is_empty() {
        let shown = if (worst.len() as u32) < report.totals.counts.total() {
            format!("Worst {} of {} findings", worst.len(), report.totals.counts.total())
        } else {
            "Findings".to_owned()
        };
        line(&mut out, &style.heading(&shown));
        for (path, finding) in worst {
            finding_lines(&mut out, path.as_str(), finding, style);
        }
        out.push('\n');
    }
    patterns(&mut out, report, style);
    attention(&mut out, report, attention_below, style);
    skipped(&mut out, report, style);
    failures(&mut out, report, style);
    numbers(&mut out, report, today, style);
    if !note.is_empty() {
        line(&mut out, note);
    }
    line(&mut out, &verdict(report, style));
    if let Some(remedy) = &report.asking.remedy {
        line(&mut out, &format!("  {} {}", style.paint("32", "hint:"), clean(&words(remedy))));
    }
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// One finding: place, rule and message, the first lines of its code, what to do.
pub fn finding_lines(out: &mut String, path: &str, finding: &Finding, style: Style) {
    let place = format!("{path}:{}:{}", finding.line, finding.column);
    line(out, &format!("  {} {place}  {}", style.severity(finding.severity), clean(&finding.message)));
    let rule = format!("{}/{}", finding.analyzer, finding.rule);
    line(out, &style.paint("2", &format!("           {rule}, {} % sure", finding.confidence)));
    for code in dedent(&finding.quote).lines().filter(|code| !code.trim().is_empty()).take(3) {
        let short: String = clean(code.trim_end()).chars().take(160).collect();
        line(out, &format!("           {} {short}", style.paint("2", "|")));
    }
    if let Some(suggestion) = &finding.suggestion {
        line(out, &format!("           {} {}", style.paint("32", "fix:"), clean(suggestion)));
    }
}

/// Code under review must not steer the terminal, nor turn its own letters around.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| is_shown(*c)).collect()
}

/// Text of several lines for a terminal; see [`clean`].
pub fn printable(text: &str) -> String {
    text.chars().filter(|c| matches!(c, '\n' | '\t') || is_shown(*c)).collect()
}

fn is_shown(c: char) -> bool {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !c.is_control() && !turns
}

fn patterns(out: &mut String, report: &RunReport, style: Style) {
    let patterns = &report.totals.patterns;
    if patterns.is_empty() {
        return;
    }
    line(out, &style.heading("Patterns"));
    for (rule, n_files) in patterns.iter().take(MAX_ROWS) {
        let count = report.totals.rules.get(rule).copied().unwrap_or(0);
        line(out, &format!("  {rule:<44} {count:>5} in {n_files} files"));
    }
    more(out, patterns.len());
    out.push('\n');
}

fn more(out: &mut String, n_rows: usize) {
    if n_rows > MAX_ROWS {
        line(out, &format!("  and {} more", n_rows - MAX_ROWS));
    }
}

fn attention(out: &mut String, report: &RunReport, below: f64, style: Style) {
    let low = report.files.iter().filter(|file| file.summary.needs_attention(below));
    let mut low: Vec<(&FileRow, Option<f64>)> = low.map(|file| (file, file.summary.scores.map(|scores| scores.overall))).collect();
    if low.is_empty() {
        return;
    }
    let known = |overall: Option<f64>| overall.unwrap_or(f64::INFINITY);
    low.sort_by(|a, b| known(a.1).total_cmp(&known(b.1)).then_with(|| a.0.path.cmp(&b.0.path)));
    line(out, &style.heading(&format!("Files that need attention (a critical or high finding, or overall below {below})")));
    for (file, overall) in low.iter().take(MAX_ROWS) {
        line(
            out,
            &format!("  {}  {}{}", overall.map_or("    -".to_owned(), |overall| format!("{overall:>5.1}")), file.path, standing(file)),
        );
    }
    more(out, low.len());
    out.push('\n');
}

/// Where a file stands among those of its language, and how much of it cannot wait.
fn standing(file: &FileRow) -> String {
    let scored = file.summary.language.zip(file.summary.scores);
    let percentile = scored
        .map(|(language, scores)| format!("better than {} % of public {} code", percentile(language, scores.overall), language.name()));
    let urgent = (file.summary.urgent > 0).then(|| format!("{} critical or high", file.summary.urgent));
    let parts: Vec<String> = percentile.into_iter().chain(urgent).collect();
    if parts.is_empty() { String::new() } else { format!("  ({})", parts.join("; ")) }
}

/// Files that could have been looked at and were declined; files in other languages are not among them.
fn declined(report: &RunReport) -> impl Iterator<Item = &Skipped> {
    report.coverage.skipped.iter().filter(|skipped| !skipped.reason.is_of_language())
}

fn skipped(out: &mut String, report: &RunReport, style: Style) {
    let n_declined = declined(report).count();
    if n_declined == 0 {
        return;
    }
    line(out, &style.heading("Declined"));
    for skipped in declined(report).take(MAX_ROWS) {
        let by = skipped.given_by.map_or(String::new(), |by| format!(" (role given by {})", by.name()));
        line(out, &format!("  {:<9} {}{by}", skipped.reason.name(), skipped.path));
    }
    more(out, n_declined);
    out.push('\n');
}

fn failures(out: &mut String, report: &RunReport, style: Style) {
    let failed = &report.coverage.failed;
    if failed.is_empty() {
        return;
    }
    line(out, &style.paint("1;31", "Not looked at"));
    // One cause may stop a whole run: it is told once.
    let mut by_cause: Vec<((Stage, &str), Vec<&Failure>)> = Vec::new();
    for failure in failed {
        let cause = (failure.stage, failure.error.as_str());
        match by_cause.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, failures)) => failures.push(failure),
            None => by_cause.push((cause, vec![failure])),
        }
    }
    for ((stage, error), failures) in by_cause.iter().take(MAX_ROWS) {
        let who = match (failures[0], failures.len()) {
            (Failure { path, analyzer: Some(analyzer), operation: Some(operation), unit: Some(unit), .. }, 1) => {
                format!("{path} ({analyzer}:{operation}, {unit})")
            }
            (Failure { path, .. }, 1) => path.to_string(),
            (Failure { path, .. }, n) => format!("{path} and {} more", n - 1),
        };
        line(out, &format!("  {who}, {}: {}", stage.name(), clean(error)));
    }
    more(out, by_cause.len());
    out.push('\n');
}

/// Places that do not parse: they are a gap in what was looked at, and no fault of the code.
fn unparsed(report: &RunReport) -> Option<String> {
    let files: Vec<&FileRow> = report.files.iter().filter(|row| row.summary.parse_errors > 0).collect();
    let n: u32 = files.iter().map(|row| row.summary.parse_errors).sum();
    let names: Vec<&str> = files.iter().take(3).map(|row| row.path.as_str()).collect();
    let more = if files.len() > names.len() { format!(" and {} more", files.len() - names.len()) } else { String::new() };
    let places = if n == 1 { "1 place".to_owned() } else { format!("{n} places") };
    (n > 0).then(|| format!("{places} in {}{more}; rules pass over functions that hold one", names.join(", ")))
}

fn numbers(out: &mut String, report: &RunReport, today: &Usage, style: Style) {
    let coverage = &report.coverage;
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for skipped in &coverage.skipped {
        *reasons.entry(skipped.reason.name()).or_default() += 1;
    }
    let reasons: Vec<String> = reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    let skipped =
        if reasons.is_empty() { "0 skipped".to_owned() } else { format!("{} skipped ({})", coverage.skipped.len(), reasons.join(", ")) };
    let failed: std::collections::BTreeSet<_> = coverage.failed.iter().map(|failure| &failure.path).collect();
    let files =
        format!("{} found, {} analysed, {} reused, {skipped}, {} failed", coverage.found, coverage.analyzed, coverage.reused, failed.len());
    row(out, "files", &files, style);
    if let Some(unparsed) = unparsed(report) {
        row(out, "unparsed", &unparsed, style);
    }
    let n_files = coverage.analyzed + coverage.reused;
    let average = if n_files > 0 { format!(", {:.1} ms per file", report.duration_ms as f64 / n_files as f64) } else { String::new() };
    row(out, "time", &format!("{:.2} s{average}", report.duration_ms as f64 / 1000.0), style);
    if let (Some(mean), Some(worst)) = (report.totals.scores, report.totals.worst) {
        row(out, "scores", &scores(&mean, &worst), style);
    }
    let counts = &report.totals.counts;
    let by_severity: Vec<String> =
        Severity::ALL.into_iter().rev().map(|severity| format!("{} {}", counts.get(severity), severity.name())).collect();
    row(out, "findings", &format!("{} in {}", by_severity.join(", "), counted(report.totals.files_with_findings, "file")), style);
    if report.totals.dropped > 0 {
        row(
            out,
            "dropped",
            &format!(
                "{} that did not hold: a quote that is not in the code, something made that does not fit or pass, or what a script dropped",
                counted(report.totals.dropped as usize, "claim")
            ),
            style,
        );
    }
    cost(out, report, today, style);
}

fn cost(out: &mut String, report: &RunReport, today: &Usage, style: Style) {
    let usage = &report.usage;
    if report.mode == Mode::Model {
        let tokens = format!("{} tokens in ({} cached), {} out", usage.input_tokens, usage.cached_tokens, usage.output_tokens);
        row(
            out,
            "model",
            &format!(
                "{} kept, {} not; {}, {tokens}",
                counted(report.hits, "answer"),
                report.misses,
                counted(usage.requests as usize, "request")
            ),
            style,
        );
    }
    if report.asking.redacted > 0 {
        let texts = if report.asking.redacted == 1 { "1 text was" } else { &format!("{} texts were", report.asking.redacted) };
        row(out, "secrets", &format!("{texts} replaced before questions were sent (`analyze batch --dry-run -v` shows where)"), style);
    }
    let saved = if report.saved > Ticks(0) { format!(", {} saved by kept answers", report.saved) } else { String::new() };
    if report.mode == Mode::Model || today.requests > 0 {
        let this_run = if report.asking.is_unpriced {
            "not known (no price of the model is known)".to_owned()
        } else {
            format!("{} this run", usage.cost)
        };
        row(out, "cost", &format!("{this_run}, {} today{saved}", today.cost), style);
    }
}

/// What to do so that the model can be asked.
fn words(remedy: &Remedy) -> String {
    match remedy {
        Remedy::CheckKey { variable } if variable.is_empty() => "`provider.key-variable` names the variable that holds the key".to_owned(),
        Remedy::CheckKey { variable } => format!("check the key in `{variable}`"),
        Remedy::CheckAddress { url } => format!("check `provider.base-url`: {url}"),
        Remedy::CheckModel { name } => format!("check `model.name`: {name}"),
        Remedy::AddAuthority => "`provider.ca-file` names a file with the certificate of your authority".to_owned(),
        Remedy::AddCredit => "add credit at the provider; answers that came in are kept".to_owned(),
        Remedy::StartServer { url } => format!("check that a server runs at {url} (`provider.base-url`)"),
    }
}

fn row(out: &mut String, name: &str, text: &str, style: Style) {
    writeln!(out, "{} {text}", style.heading(&format!("{name:<9}"))).expect("writing to a string cannot fail");
}

fn scores(mean: &Scores, worst: &Scores) -> String {
    let mut shown = vec![format!("overall {:.1} (worst {:.1})", mean.overall, worst.overall)];
    for dimension in Dimension::ALL {
        shown.push(format!("{} {:.1} ({:.1})", dimension.name(), mean.get(dimension), worst.get(dimension)));
    }
    shown.join(", ")
}

fn verdict(report: &RunReport, style: Style) -> String {
    let looked_at = report.coverage.analyzed + report.coverage.reused;
    let scope = scope(looked_at, declined(report).count());
    let outcome = match report.outcome {
        Outcome::Incomplete => style.paint("1;31", "incomplete: not everything was looked at"),
        Outcome::Nothing => "nothing to do: no file was looked at".to_owned(),
        _ if looked_at == 0 && report.artifacts.is_empty() => "nothing to do: no file was looked at".to_owned(),
        Outcome::Clean => style.paint("1;32", &format!("clean: nothing was found; {scope}")),
        Outcome::Findings => style.heading(&format!("findings: {scope}")),
    };
    if report.gate.passed { outcome } else { format!("{outcome}\n{} {}", style.paint("1;31", "gate hit:"), report.gate.reasons.join("; ")) }
}
