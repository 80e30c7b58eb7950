//! Owns the operation `fixtures`: asking for builders and sample values of a file's types, and keeping those that make one.

use std::fmt::Write;

use devflow_plugin::words::{has_word, is_name, one_line};
use devflow_plugin::{Artifact, Call, Conclusion, Question};
use serde_json::Value;

use crate::answer::{code, list, option, read, text};
use crate::assemble;
use crate::bare::bare;
use crate::framework::Family;
use crate::unit::{Type, types};

/// The options: how tests import the file.
pub const OPTIONS: &str = r#"{"type":"object","additionalProperties":false,"properties":{"import":{"type":"string","maxLength":200,"description":"What tests import to reach the file, such as `my_crate::order` or `../src/order`."}}}"#;

/// Most fixtures that are taken.
const MAX_FIXTURES: usize = 30;

/// The same for every unit, so that the provider's prompt cache keeps it.
const INSTRUCTIONS: &str = "\
You write test fixtures for the types listed above the code: for each type a function that gives a valid sample value, or a small builder where many \
fields vary. Every field has a value that is plain, realistic and always the same: no clock, no chance, no network, no files. Give a second sample for a \
border only where the code treats one apart. Use only the constructors and fields that are shown; leave out a type that cannot be made with them.

Answer with `preamble`: package, imports and nothing else; and `fixtures`, each with `type`: the bare name of the listed type; `code`: complete \
declarations that name this type, with names of their own, such as `sample_order`. Java: static methods alone, the class around them is added. \
C and C++: `static inline` functions, for a header. Follow the style of the code. At most 30.

You have no tools and no further files. `REDACTED_…` stands for a secret that was removed; never use it. Answer now, with JSON only.";

const SCHEMA: &str = r#"{"type":"object","additionalProperties":false,"required":["fixtures","preamble"],"properties":{"fixtures":{"type":"array","maxItems":30,"items":{"type":"object","additionalProperties":false,"required":["type","code"],"properties":{"type":{"type":"string"},"code":{"type":"string"}}}},"preamble":{"type":"string"}}}"#;

/// What to ask about a unit; nothing when it has no types.
///
/// # Errors
/// An option that does not fit, or a query that the host refuses.
pub fn question(call: &Call<'_>) -> Result<Option<Question>, String> {
    let types = types(call)?;
    if types.is_empty() {
        return Ok(None);
    }
    let mut content = format!("Language: {}\n", call.unit.language);
    let import = option(call.options, "import")?;
    if !import.is_empty() {
        let _ = writeln!(content, "Tests import: {}", one_line(&import));
    }
    content.push_str("\nTypes:\n");
    for kind in &types {
        let _ = writeln!(content, "- `{}`", kind.name);
    }
    if !call.unit.outline.is_empty() {
        let _ = write!(content, "\nElsewhere in the same file, for reference only:\n{}\n", call.unit.outline);
    }
    let _ = write!(content, "\nThe code; line 1 follows:\n{}", call.unit.text);
    Ok(Some(Question { instructions: INSTRUCTIONS.to_owned(), schema: SCHEMA.to_owned(), content }))
}

/// The fixtures of an answer as one file.
///
/// # Errors
/// An answer that is not of the form, or none of whose fixtures makes one of the types.
pub fn conclude(call: &Call<'_>, answer: &str) -> Result<Conclusion, String> {
    let family = Family::of(&call.unit.language).ok_or_else(|| format!("no fixtures are known for `{}`", call.unit.language))?;
    let answer = read(answer)?;
    let types = types(call)?;
    let (mut codes, mut must_name, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
    for fixture in list(&answer, "fixtures").iter().take(MAX_FIXTURES) {
        match checked(call, &types, fixture) {
            Ok((_, code)) if codes.contains(&code) => {}
            Ok((name, code)) => {
                codes.push(code);
                must_name.push(name);
            }
            Err(reason) => reasons.push(reason),
        }
    }
    for reason in &reasons {
        call.host.log(&format!("a fixture is left out: {reason}"));
    }
    let mut conclusion = Conclusion::default();
    match (codes.is_empty(), reasons.first()) {
        (true, Some(first)) => return Err(format!("the model wrote no fixture that can be kept: {first}")),
        (true, None) => return Ok(conclusion),
        _ => {}
    }
    must_name.sort_unstable();
    must_name.dedup();
    conclusion.report.artifacts.push(Artifact {
        name: assemble::fixture_path(family).to_owned(),
        media_type: "text/plain".to_owned(),
        body: assemble::fixture_file(call.unit, &code(text(&answer, "preamble")), &codes),
        language: Some(call.unit.language.clone()),
        must_name,
    });
    Ok(conclusion)
}

/// The type and the code of one fixture, when it declares something that names the type.
fn checked(call: &Call<'_>, types: &[Type], fixture: &Value) -> Result<(String, String), String> {
    let claimed = text(fixture, "type").trim().trim_matches('`');
    let claimed = claimed.rsplit(['.', ':']).next().unwrap_or(claimed);
    if types.iter().all(|kind| kind.name != claimed) {
        return Err(format!("it is for `{claimed}`, which is none of the types"));
    }
    let code = code(text(fixture, "code"));
    let bare = bare(&call.unit.language, &code);
    if !is_name(claimed) || !has_word(&bare, claimed) {
        return Err(format!("it does not name `{claimed}`"));
    }
    if !declares(&call.unit.language, &bare) {
        return Err(format!("it declares nothing that gives a `{claimed}`"));
    }
    Ok((claimed.to_owned(), code))
}

/// Whether a code declares a function or a value.
fn declares(language: &str, bare: &str) -> bool {
    let words: &[&str] = match language {
        "rust" => &["fn", "const", "static"],
        "python" => &["def", "class", "lambda"],
        "javascript" | "typescript" | "tsx" => &["function", "const", "class"],
        "java" => &["static"],
        "kotlin" => &["fun", "val"],
        "go" => &["func", "var"],
        _ => &["static", "inline", "const"],
    };
    words.iter().any(|word| has_word(bare, word))
}
