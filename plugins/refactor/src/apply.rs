//! Owns asking for one change of a file and making a patch of the answer. Never applies it; the host does.

use devflow_plugin::{Call, Conclusion, Patch, Question};

use crate::answer::{EDITS, content, edits, one_line, option, read, text};

/// The options: what to do, and the smell that it cures.
pub const OPTIONS: &str = r#"{"type":"object","additionalProperties":false,"required":["instruction"],"properties":{"instruction":{"type":"string","minLength":1,"maxLength":2000,"description":"What to change, in one or two sentences."},"smell":{"type":"string","maxLength":100,"description":"The smell that the change cures."}}}"#;

/// Longest title of the patch, in characters.
const MAX_TITLE_CHARS: usize = 72;

/// The same for every unit, so that the provider's prompt cache keeps it.
const INSTRUCTIONS: &str = "\
You carry out one refactoring and nothing else. `Instruction` above the code says which. Behaviour and public names stay as they are unless the \
instruction says otherwise; formatting, comments and code that the instruction does not concern stay untouched.

Answer with `title`: what you did, in one line in the imperative; and `edits`: the change as exact replacements, in any order. Each `search` is copied \
verbatim with its indentation and stands in the code exactly once: take as many whole lines as that needs. Edits do not overlap. New code follows the \
style of the code around it, and the result must parse. When the instruction does not fit this code, or cannot be carried out with the code shown, \
answer with no edits and say why in `title`.

You have no tools and no further files. `REDACTED_…` stands for a secret that was removed; never put it into an edit. Answer now, with JSON only.";

fn schema() -> String {
    format!(
        r#"{{"type":"object","additionalProperties":false,"required":["title","edits"],"properties":{{"title":{{"type":"string"}},"edits":{EDITS}}}}}"#
    )
}

/// What to ask about a unit.
///
/// # Errors
/// An empty instruction.
pub fn question(call: &Call<'_>) -> Result<Question, String> {
    let instruction = option(call.options, "instruction")?;
    if instruction.is_empty() {
        return Err("the option `instruction` is empty: say what to change".to_owned());
    }
    let smell = option(call.options, "smell")?;
    let content = content(call.unit, &[("Instruction", &instruction), ("Smell that it cures", &smell)]);
    Ok(Question { instructions: INSTRUCTIONS.to_owned(), schema: schema(), content })
}

/// The patch of an answer.
///
/// # Errors
/// An answer that is not of the form, or that changes nothing.
pub fn conclude(answer: &str) -> Result<Conclusion, String> {
    let answer = read(answer)?;
    let edits = edits(&answer);
    let title = one_line(text(&answer, "title"), MAX_TITLE_CHARS);
    if edits.is_empty() {
        return Err(format!("the model changed nothing: {title}"));
    }
    let mut conclusion = Conclusion::default();
    conclusion.report.patches.push(Patch { title, edits });
    Ok(conclusion)
}
