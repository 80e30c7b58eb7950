//! Owns the parts that a file is cut into: those that operations look at, and the units that the model may be asked about.

use std::sync::Arc;

use super::change::{hunks_of_part, removed_without_secrets};
use super::inspection::{Inspection, UnitWork};
use super::plan::{PlannedOperation, Tools};
use crate::analyzer::{Secrets, Subject, redact_known, redact_part, secrets};
use crate::syntax::{Chunk, Signatures, chunks, functions};
use crate::types::{Artifact, Question, Scope};
use crate::unit::{self, FunctionUnit, asked_part, function_units};

/// A part of the file that an operation looks at, as it stands there.
pub(super) struct Part {
    pub(super) subject: Arc<Subject>,
    pub(super) label: String,
    /// Where its text begins in the source.
    pub(super) start: usize,
}

impl Part {
    pub(super) fn whole(subject: &Arc<Subject>) -> Self {
        Self { subject: Arc::clone(subject), label: subject.unit.scope.name().to_owned(), start: 0 }
    }
}

/// A function by name and place.
fn label_of(name: &str, chunk: &Chunk) -> String {
    format!("function {name}, lines {}-{}", chunk.lines.0, chunk.lines.1)
}

/// The functions of a file, if an operation looks at those.
pub(super) fn function_parts(tools: &Tools, whole: &Subject) -> Vec<Part> {
    if !tools.has_scope(Scope::Function) {
        return Vec::new();
    }
    let part = |function: FunctionUnit| {
        let FunctionUnit { name, chunk, unit } = function;
        Part { subject: Arc::new(Subject::new(unit)), label: label_of(&name, &chunk), start: chunk.span.start }
    };
    function_units(whole).into_iter().map(part).collect()
}

/// What is made of a part of a file says so in its name, so that it takes the place of nothing else.
pub(super) fn of_part(artifact: Artifact, label: &str) -> Artifact {
    let Some((_, lines)) = label.rsplit_once("lines ") else { return artifact };
    let name = match artifact.name.rsplit_once('.') {
        Some((stem, extension)) if !extension.contains('/') => format!("{stem}.lines-{lines}.{extension}"),
        _ => format!("{}.lines-{lines}", artifact.name),
    };
    Artifact { name, ..artifact }
}

/// Cuts the file into units and asks the analyzers for their questions. The role is left out, since a question depends
/// on the text alone. Of a changed file, the parts with hunks are asked about.
pub(super) fn questions(tools: &Tools, chunk_bytes: usize, inspected: &mut Inspection, changed: Option<&Arc<Subject>>) {
    let secrets = secrets(&inspected.subject.unit.text);
    file_questions(tools, chunk_bytes, inspected, changed, &secrets);
    function_questions(tools, chunk_bytes, inspected, &secrets);
}

fn file_questions(tools: &Tools, chunk_bytes: usize, inspected: &mut Inspection, changed: Option<&Arc<Subject>>, secrets: &Secrets) {
    let subject = Arc::clone(&inspected.subject);
    let text = &subject.unit.text;
    let chunks = chunks(subject.parsed(), text, chunk_bytes);
    let n_chunks = chunks.len();
    let known = secrets.known(text);
    let signatures = Signatures::new(subject.parsed(), text);
    let all_hunks = changed.map(|changed| removed_without_secrets(text, &changed.unit.hunks));
    for (at, chunk) in chunks.into_iter().enumerate() {
        let redacted = redact_part(text, chunk.span.clone(), secrets);
        let outline = if n_chunks == 1 { String::new() } else { redact_known(&signatures.beside(&chunk.span), &known).text };
        let hunks = all_hunks.as_ref().map(|hunks| hunks_of_part(hunks, &chunk.span, at + 1 == n_chunks, &redacted));
        let changed = hunks.filter(|hunks| !hunks.is_empty()).map(|hunks| {
            let part = asked_part(&subject.unit, Scope::File, (&chunk, redacted.text.clone()), outline.clone());
            Arc::new(Subject::new(unit::changed(&part, hunks)))
        });
        let whole = Arc::new(Subject::new(asked_part(&subject.unit, Scope::File, (&chunk, redacted.text.clone()), outline)));
        let lines = (n_chunks > 1).then(|| format!("lines {}-{}", chunk.lines.0, chunk.lines.1));
        let labels = ["file", "change"].map(|whole| lines.clone().unwrap_or_else(|| whole.to_owned()));
        for (at, operation) in tools.operations.iter().enumerate().filter(|(_, operation)| operation.asks_model) {
            let (unit, label) = match (operation.scope, &changed) {
                (Scope::File, _) => (&whole, &labels[0]),
                (Scope::Change, Some(changed)) => (changed, &labels[1]),
                _ => continue,
            };
            if inspected.read.in_force.allows(operation) {
                let question = question(inspected, operation, unit, label);
                let (start, subject, redacted) = (chunk.span.start, Arc::clone(unit), redacted.clone());
                inspected.units.push(UnitWork { operation: at, label: label.clone(), start, subject, redacted, question });
            }
        }
    }
}

/// The same for the operations that ask about functions. One that is too long for a question is a failure: half of it would be another
/// function.
fn function_questions(tools: &Tools, chunk_bytes: usize, inspected: &mut Inspection, secrets: &Secrets) {
    let asking = |operation: &PlannedOperation| operation.asks_model && operation.scope == Scope::Function;
    if !tools.operations.iter().any(asking) {
        return;
    }
    let source = Arc::clone(&inspected.subject);
    let text = &source.unit.text;
    let known = secrets.known(text);
    let signatures = Signatures::new(source.parsed(), text);
    for (name, chunk) in functions(source.parsed(), text) {
        let redacted = redact_part(text, chunk.span.clone(), secrets);
        let outline = redact_known(&signatures.beside(&chunk.span), &known).text;
        let unit = asked_part(&source.unit, Scope::Function, (&chunk, redacted.text.clone()), outline);
        let (unit, label) = (Arc::new(Subject::new(unit)), label_of(&name, &chunk));
        for (at, operation) in tools.operations.iter().enumerate().filter(|(_, operation)| asking(operation)) {
            if !inspected.read.in_force.allows(operation) {
                continue;
            }
            if chunk.span.len() > 2 * chunk_bytes {
                let error = "it is longer than twice `model.chunk-size`, and is not asked about".to_owned();
                inspected.fail(operation, &label, error);
                continue;
            }
            let question = question(inspected, operation, &unit, &label);
            let (label, subject, redacted) = (label.clone(), Arc::clone(&unit), redacted.clone());
            inspected.units.push(UnitWork { operation: at, label, start: chunk.span.start, subject, redacted, question });
        }
    }
}

/// What the operation asks about the unit; a failure is noted.
fn question(inspected: &mut Inspection, operation: &PlannedOperation, unit: &Arc<Subject>, label: &str) -> Option<Question> {
    let options = inspected.read.in_force.options(operation);
    match operation.analyzer.question(&operation.operation, unit, &options) {
        Ok(question) => question,
        Err(error) => {
            inspected.fail(operation, label, error.to_string());
            None
        }
    }
}
