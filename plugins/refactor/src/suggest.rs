//! Owns what is asked about refactorings of a file, and what becomes of the answer. Never checks an edit; the host does.

use devflow_plugin::{Call, Conclusion, Patch, Question, Severity};

use crate::answer::{content, edits, list, number, one_line, read, text};
use crate::rules::quoted_finding;

/// Most suggestions that are taken.
const MAX_SUGGESTIONS: usize = 5;
/// Longest title of a patch, in characters.
const MAX_TITLE_CHARS: usize = 72;

/// The same for every unit, so that the provider's prompt cache keeps it.
const INSTRUCTIONS: &str = "\
You suggest refactorings as a careful colleague who will maintain the code. Behaviour, public names and output stay as they are. Suggest only what \
makes the next change clearly easier: at most 5, the most useful first; none is a good answer. Leave out style, formatting, comments, defects and \
whatever needs code that is not shown.

For each: `smell`; `reason`: one sentence that names the functions, types or variables concerned and says what is hard because of it; `quote`: the code \
concerned, copied verbatim, one to three lines, never shortened; `line`: its line, counted from 1 in the code shown; `refactoring`; `edits`: the whole \
change as exact replacements, or none when it would take more than 12 or code that is not shown. Each `search` is copied verbatim with its \
indentation and stands in the code exactly once: take as many whole lines as that needs. Edits do not overlap, and the result must parse.

You have no tools and no further files. `REDACTED_…` stands for a secret that was removed; never put it into an edit. Answer now, with JSON only.";

/// What the model may find and do.
const SCHEMA_HEAD: &str = r#"{"type":"object","additionalProperties":false,"required":["suggestions"],"properties":{"suggestions":{"type":"array","maxItems":5,"items":{"type":"object","additionalProperties":false,"required":["smell","reason","quote","line","refactoring","edits"],"properties":{"smell":{"type":"string","enum":["long-function","long-parameter-list","duplicated-code","large-module","feature-envy","primitive-obsession","deep-nesting","complex-condition","shotgun-surgery","divergent-change","dead-code","magic-number","god-object","tight-coupling","missing-error-handling","misleading-name"]},"reason":{"type":"string"},"quote":{"type":"string"},"line":{"type":"integer"},"refactoring":{"type":"string","enum":["extract-function","extract-module","rename","inline","move","replace-conditional","introduce-parameter-object","replace-magic-number","decompose-condition","consolidate-duplicates","simplify-expression","remove-dead-code","improve-error-handling","reduce-coupling"]},"edits":"#;

fn schema() -> String {
    format!("{SCHEMA_HEAD}{}}}}}}}}}}}", crate::answer::EDITS)
}

/// What to ask about a unit.
pub fn question(call: &Call<'_>) -> Question {
    Question { instructions: INSTRUCTIONS.to_owned(), schema: schema(), content: content(call.unit, &[]) }
}

/// Findings and patches of an answer.
///
/// # Errors
/// An answer that is not of the form.
pub fn conclude(answer: &str) -> Result<Conclusion, String> {
    let answer = read(answer)?;
    let mut conclusion = Conclusion::default();
    for suggestion in list(&answer, "suggestions").iter().take(MAX_SUGGESTIONS) {
        let (smell, reason, quote) = (text(suggestion, "smell"), text(suggestion, "reason"), text(suggestion, "quote"));
        if reason.is_empty() || quote.is_empty() {
            continue;
        }
        let refactoring = in_words(text(suggestion, "refactoring"));
        let edits = edits(suggestion);
        let has_patch = if edits.is_empty() { "" } else { " A patch is attached." };
        let message = format!("{}: {}", in_words(smell).to_lowercase(), reason.trim_end_matches('.'));
        let mut found =
            quoted_finding("suggested-refactoring", quote, number(suggestion, "line"), message, format!("{refactoring}.{has_patch}"));
        found.severity = severity(smell);
        conclusion.report.findings.push(found);
        if !edits.is_empty() {
            conclusion.report.patches.push(Patch { title: one_line(&format!("{refactoring}: {reason}"), MAX_TITLE_CHARS), edits });
        }
    }
    Ok(conclusion)
}

/// What changes many places is worth more than a better expression.
fn severity(smell: &str) -> Severity {
    match smell {
        "god-object" | "duplicated-code" | "shotgun-surgery" | "divergent-change" | "tight-coupling" => Severity::Medium,
        _ => Severity::Low,
    }
}

/// `extract-function` as `Extract function`.
fn in_words(id: &str) -> String {
    let words = id.replace('-', " ");
    let mut chars = words.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_json() {
        assert!(read(&schema()).is_ok());
    }
}
