//! Owns the operation `generate`: asking for tests of a file's public functions, and keeping those that are tests of them.

use std::fmt::Write;

use devflow_plugin::words::{has_word, one_line};
use devflow_plugin::{Artifact, Call, Conclusion, Question};
use serde_json::Value;

use crate::answer::{code, framework, list, option, read, text};
use crate::assemble::{self, Test};
use crate::bare::{bare, is_balanced};
use crate::framework::Framework;
use crate::unit::{Subject, subjects};

/// The options: another framework than the file tells, and how tests import the file.
pub const OPTIONS: &str = r#"{"type":"object","additionalProperties":false,"properties":{"framework":{"type":"string","enum":["cargo-test","pytest","unittest","jest","vitest","mocha","node-test","junit5","junit4","kotlin-test","go-test","googletest","catch2","assert"],"description":"The test framework; without it, what the file imports or what is usual for its language."},"import":{"type":"string","maxLength":200,"description":"What tests import to reach the file, such as `my_crate::parse` or `../src/parse`."}}}"#;

/// Most tests that are taken.
const MAX_TESTS: usize = 60;

/// The same for every unit, so that the provider's prompt cache keeps it.
const INSTRUCTIONS: &str = "\
You write tests for the functions listed above the code, in the test framework named there and in no other. For each function: one ordinary case, one \
for each branch listed, the borders (empty, zero, largest, missing) and each error it can give. Expected values come from reading the code, never from \
wishes; when the code looks wrong, test what its name and documentation promise. Leave out a function that cannot be tested without a network, a \
database or code that is not shown.

Answer with `preamble`: package, imports and nothing else, those of the framework included; and `tests`, each with `function`: the listed function that \
it tests, by its bare name; `code`: one complete test with a name of its own, that calls this function and checks the result by the framework's \
assertions; `covers`: the branch or case, in a few words. Frameworks with a test class around them: write methods alone, the class is added; for \
unittest write a complete class. Plain assertions in C: `static void test_NAME(void)`, `main` is added. Tests depend neither on each other nor on \
clock, chance or files of this machine, and no test repeats another. At most 60.

You have no tools and no further files. `REDACTED_…` stands for a secret that was removed; never use it. Answer now, with JSON only.";

const SCHEMA: &str = r#"{"type":"object","additionalProperties":false,"required":["tests","preamble"],"properties":{"tests":{"type":"array","maxItems":60,"items":{"type":"object","additionalProperties":false,"required":["function","code","covers"],"properties":{"function":{"type":"string"},"code":{"type":"string"},"covers":{"type":"string"}}}},"preamble":{"type":"string"}}}"#;

/// What to ask about a unit; nothing when it has no public function.
///
/// # Errors
/// A language without a framework, an option that does not fit, or a query that the host refuses.
pub fn question(call: &Call<'_>) -> Result<Option<Question>, String> {
    let (_, framework) = framework(call.unit, call.options)?;
    let subjects = subjects(call)?;
    if subjects.is_empty() {
        return Ok(None);
    }
    let mut content = format!("Language: {}\nTest framework: {}\n", call.unit.language, framework.name());
    let import = option(call.options, "import")?;
    if !import.is_empty() {
        let _ = writeln!(content, "Tests import: {}", one_line(&import));
    }
    content.push_str("\nFunctions to test:\n");
    subjects.iter().for_each(|subject| list_subject(&mut content, subject));
    if !call.unit.outline.is_empty() {
        let _ = write!(content, "\nElsewhere in the same file, for reference only:\n{}\n", call.unit.outline);
    }
    let _ = write!(content, "\nThe code; line 1 follows:\n{}", call.unit.text);
    Ok(Some(Question { instructions: INSTRUCTIONS.to_owned(), schema: SCHEMA.to_owned(), content }))
}

fn list_subject(content: &mut String, subject: &Subject) {
    let of_type = if subject.parent.is_empty() { String::new() } else { format!(" of `{}`", subject.parent) };
    let parameters = subject.parameters.iter().map(|name| one_line(name));
    let branches = if subject.cyclomatic == 1 { "branch" } else { "branches" };
    let _ =
        write!(content, "- `{}({})`{of_type}, {} {branches}", subject.name, parameters.collect::<Vec<_>>().join(", "), subject.cyclomatic);
    let conditions: Vec<String> = subject.conditions.iter().map(|condition| format!("`{condition}`")).collect();
    let decides = if conditions.is_empty() { String::new() } else { format!("; decides by {}", conditions.join(", ")) };
    let _ = writeln!(content, "{decides}");
}

/// The test file of an answer.
///
/// # Errors
/// An answer that is not of the form, or none of whose tests is one.
pub fn conclude(call: &Call<'_>, answer: &str) -> Result<Conclusion, String> {
    let (family, framework) = framework(call.unit, call.options)?;
    let answer = read(answer)?;
    let subjects = subjects(call)?;
    let offered = list(&answer, "tests");
    let mut tests: Vec<Test> = Vec::new();
    let mut reasons: Vec<String> = Vec::new();
    for test in offered.iter().take(MAX_TESTS) {
        match checked(call, framework, &subjects, test) {
            Ok(test) if assemble::repeats(framework, &tests, &test) => {
                reasons.push(format!("it bears the name of another test for `{}`", test.subject));
            }
            Ok(test) => tests.push(test),
            Err(reason) => reasons.push(reason),
        }
    }
    for reason in &reasons {
        call.host.log(&format!("a test is left out: {reason}"));
    }
    let mut conclusion = Conclusion::default();
    match (tests.is_empty(), reasons.first()) {
        (true, Some(first)) => return Err(format!("the model wrote no test that can be kept: {first}")),
        (true, None) => return Ok(conclusion),
        _ => {}
    }
    let mut must_name: Vec<String> = tests.iter().map(|test| test.subject.clone()).collect();
    must_name.sort_unstable();
    must_name.dedup();
    conclusion.report.artifacts.push(Artifact {
        name: assemble::test_path(family).to_owned(),
        media_type: "text/plain".to_owned(),
        body: assemble::test_file(call.unit, framework, &code(text(&answer, "preamble")), &tests),
        language: framework.parses().then(|| call.unit.language.clone()),
        must_name,
    });
    Ok(conclusion)
}

/// One test, when it is a test of one of the functions.
fn checked(call: &Call<'_>, framework: Framework, subjects: &[Subject], test: &Value) -> Result<Test, String> {
    let claimed = text(test, "function").split('(').next().unwrap_or("").trim().trim_matches('`');
    let claimed = claimed.rsplit(['.', ':', '#']).next().unwrap_or(claimed);
    let subject = subjects.iter().find(|subject| subject.name == claimed);
    let Some(subject) = subject else { return Err(format!("it is for `{claimed}`, which is none of the functions")) };
    let code = code(text(test, "code"));
    let bare = bare(&call.unit.language, &code);
    if !has_word(&bare, &subject.name) {
        return Err(format!("it does not name `{claimed}`"));
    }
    if !framework.marks(&bare) {
        return Err(format!("it has no `{}` of {}", framework.mark(), framework.name()));
    }
    if !framework.checks(&bare) {
        return Err(format!("it calls `{claimed}` and checks nothing"));
    }
    if !framework.parses() && !is_balanced(&bare) {
        return Err(format!("its brackets do not match, for `{claimed}`"));
    }
    let covers = one_line(text(test, "covers"));
    Ok(Test { subject: subject.name.clone(), code, covers })
}
