//! Owns what is asked of the model and how its answer is read. Never looks at static findings, paths or the clock.

use serde::Deserialize;

use crate::rule::{Category, Severity};

/// The same for every unit, so that the provider's prompt cache keeps it.
pub const INSTRUCTIONS: &str = "\
You review code as a careful colleague who is paid for being right. Report defects that are visible in the code you are shown: wrong \
logic, missed cases, broken error handling, leaks, races, injection, missing authorization, data that escapes, needless cost, names or \
comments that mislead. Leave out style, formatting, missing documentation, praise, guesses about code that is not shown, and anything \
a compiler or linter reports by itself. No finding is a good answer.

For each finding: `kind`; `severity` (critical: anybody can exploit it or data is lost; high: users will hit it; medium: it fails in a \
rare case; low: it costs a little; info); `confidence` in percent; `message`: one sentence that says what goes wrong and when; `quote`: \
the offending code, copied verbatim, one to three lines, never shortened; `line`: its line, counted from 1 in the code shown; `fix`: \
what to do, one sentence, or null. One finding per cause, the worst first, at most 20.

You have no tools and no further files. `REDACTED_…` stands for a secret that was removed. Answer now, with JSON only.";

/// The same for a change.
pub const CHANGE_INSTRUCTIONS: &str = "\
You review a change as a careful colleague who is paid for being right. You are shown the places that changed: `-` marks lines that are \
gone, `+` marks new ones, and the number behind `@@` is the line of the new file that follows. Report defects that the change brings in: \
wrong logic, missed cases, broken error handling, leaks, races, injection, missing authorization, data that escapes, needless cost, names \
or comments that now mislead, and checks, tests or error handling that were taken away and are needed. Leave out what was wrong before, \
style, praise, guesses about code that is not shown, and anything a compiler or linter reports by itself. No finding is a good answer.

For each finding: `kind`; `severity` (critical: anybody can exploit it or data is lost; high: users will hit it; medium: it fails in a \
rare case; low: it costs a little; info); `confidence` in percent; `message`: one sentence that says what goes wrong and when; `quote`: \
the code of the new file, copied verbatim without its mark, one to three lines, and where something was taken away the line before it; \
`line`: its line in the new file; `fix`: what to do, one sentence, or null. One finding per cause, the worst first, at most 20.

You have no tools and no further files. `REDACTED_…` stands for a secret that was removed. Answer now, with JSON only.";

/// JSON Schema of the answer, in the subset that every server takes.
pub const SCHEMA: &str = r#"{"type":"object","additionalProperties":false,"required":["findings"],"properties":{"findings":{"type":"array","maxItems":20,"items":{"type":"object","additionalProperties":false,"required":["kind","severity","confidence","message","quote","line","fix"],"properties":{"kind":{"type":"string","enum":["logic-error","missed-case","null-access","error-handling","resource-leak","race-condition","api-misuse","injection","access-control","data-exposure","unsafe-input","slow-code","misleading-code","weak-test"]},"severity":{"type":"string","enum":["info","low","medium","high","critical"]},"confidence":{"type":"integer","minimum":0,"maximum":100},"message":{"type":"string"},"quote":{"type":"string"},"line":{"type":"integer"},"fix":{"type":["string","null"]}}}}}}"#;

/// Kinds of findings that the model may report; each is the id of a rule.
pub const KINDS: &[(&str, Category, &str)] = &[
    ("logic-error", Category::Correctness, "The code does something else than it says."),
    ("missed-case", Category::Correctness, "A case that can occur is not handled."),
    ("null-access", Category::Correctness, "A value that may be absent is used as if it were there."),
    ("error-handling", Category::Correctness, "An error is lost or handled wrongly."),
    ("resource-leak", Category::Correctness, "Something that was opened is not closed on every path."),
    ("race-condition", Category::Correctness, "The result depends on timing."),
    ("api-misuse", Category::Correctness, "A library is used against its contract."),
    ("injection", Category::Security, "Foreign text becomes part of a command, a query or a page."),
    ("access-control", Category::Security, "Somebody may do what they should not."),
    ("data-exposure", Category::Security, "Data reaches somebody who should not have it."),
    ("unsafe-input", Category::Security, "Foreign input is trusted."),
    ("slow-code", Category::Performance, "The work is needlessly expensive."),
    ("misleading-code", Category::Maintainability, "A name or comment says something else than the code."),
    ("weak-test", Category::Testing, "The test passes when the code is wrong."),
];

/// A finding as the model states it, with the code it quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// One of [`KINDS`].
    pub rule: &'static str,
    /// As claimed.
    pub severity: Severity,
    /// Of the kind.
    pub category: Category,
    /// As claimed, in percent.
    pub confidence: u8,
    /// One sentence.
    pub message: String,
    /// Copied from the code, or so the model says.
    pub quote: String,
    /// From 1, 0 for none.
    pub line: u32,
    /// What to do.
    pub fix: Option<String>,
}

/// The part of the prompt that changes from unit to unit.
pub fn content(language: &str, text: &str, outline: &str) -> String {
    if outline.is_empty() {
        return format!("Language: {language}\n\n{text}");
    }
    format!(
        "Language: {language}\n\nElsewhere in the same file, for reference only:\n{outline}\nThe code to review; line 1 follows:\n{text}"
    )
}

#[derive(Deserialize)]
struct Answer {
    findings: Vec<AnswerFinding>,
}

#[derive(Deserialize)]
struct AnswerFinding {
    kind: String,
    severity: String,
    confidence: u8,
    message: String,
    quote: String,
    line: i64,
    fix: Option<String>,
}

/// Reads an answer that fits [`SCHEMA`].
///
/// # Errors
/// An answer that does not.
pub(crate) fn conclude(answer: &str) -> Result<Vec<Quoted>, String> {
    let answer: Answer = serde_json::from_str(answer).map_err(|error| format!("the answer is not what was asked for: {error}"))?;
    let mut quoted = Vec::new();
    for finding in answer.findings {
        let Some((rule, category, _)) = KINDS.iter().find(|(kind, _, _)| *kind == finding.kind) else {
            return Err(format!("unknown kind `{}`", finding.kind));
        };
        let severity = match finding.severity.as_str() {
            "critical" => Severity::Critical,
            "high" => Severity::High,
            "medium" => Severity::Medium,
            "low" => Severity::Low,
            "info" => Severity::Info,
            other => return Err(format!("unknown severity `{other}`")),
        };
        quoted.push(Quoted {
            rule,
            severity,
            category: *category,
            confidence: finding.confidence.min(100),
            message: finding.message,
            quote: finding.quote,
            line: u32::try_from(finding.line).unwrap_or(0),
            fix: finding.fix.filter(|fix| !fix.trim().is_empty()),
        });
    }
    Ok(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_names_every_kind() {
        for (kind, _, _) in KINDS {
            assert!(SCHEMA.contains(&format!("\"{kind}\"")), "{kind}");
            assert!(crate::rules::all().all(|rule| rule.id != *kind), "a static rule is called `{kind}`");
        }
    }

    #[test]
    fn an_answer_is_read() {
        let answer =
            r#"{"findings":[{"kind":"null-access","severity":"high","confidence":80,"message":"m","quote":"x.y","line":-3,"fix":null}]}"#;
        let quoted = conclude(answer).expect("a good answer");
        assert_eq!((quoted[0].rule, quoted[0].severity, quoted[0].line), ("null-access", Severity::High, 0));
        assert!(
            conclude(r#"{"findings":[{"kind":"praise","severity":"high","confidence":80,"message":"m","quote":"x","line":1,"fix":null}]}"#)
                .is_err()
        );
        assert!(conclude("{}").is_err());
    }
}
