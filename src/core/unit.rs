//! The one maker of units: runs, the commands for plugin authors and the SDK's test helper see the same ones, byte for byte.

use crate::analyzer::Subject;
use crate::syntax::{Chunk, Signatures, functions};
use crate::types::{Hunk, Language, Role, Scope, Span, Unit};

/// A function of a file as a unit.
pub struct FunctionUnit {
    /// Its name; empty for one without.
    pub name: String,
    /// Where it stands in the file.
    pub chunk: Chunk,
    /// The unit, with the signatures that it refers to.
    pub unit: Unit,
}

/// The unit of scope `file`: all of a file, without outline and hunks.
pub fn whole(language: Language, role: Role, text: String) -> Unit {
    Unit { language: Some(language), ..plain_text(role, text) }
}

/// All of a text file in no language that is parsed.
pub fn plain_text(role: Role, text: String) -> Unit {
    let span = Span { start: 0, end: text.len() };
    Unit { scope: Scope::File, language: None, role, text, outline: String::new(), hunks: Vec::new(), span }
}

/// A file with what changed in it.
pub fn changed(file: &Unit, hunks: Vec<Hunk>) -> Unit {
    Unit { scope: Scope::Change, hunks, ..file.clone() }
}

/// The functions of a file.
pub fn function_units(file: &Subject) -> Vec<FunctionUnit> {
    let text = &file.unit.text;
    let signatures = Signatures::new(file.parsed(), text);
    let unit = |(name, chunk): (String, Chunk)| {
        let (outline, own) = (signatures.beside(&chunk.span), text[chunk.span.clone()].to_owned());
        let unit = part(&file.unit, Scope::Function, (&chunk, own), outline);
        FunctionUnit { name, chunk, unit }
    };
    functions(file.parsed(), text).into_iter().map(unit).collect()
}

/// A part of a file, with the text that is shown of it and the signatures that it refers to. It has no hunks.
pub fn part(file: &Unit, scope: Scope, (chunk, text): (&Chunk, String), outline: String) -> Unit {
    let span = Span { start: chunk.span.start, end: chunk.span.end };
    Unit { scope, language: file.language, outline, span, ..plain_text(file.role, text) }
}

/// The same for a question, which must not depend on how the file is used.
pub fn asked_part(file: &Unit, scope: Scope, chunk: (&Chunk, String), outline: String) -> Unit {
    Unit { role: Role::Source, ..part(file, scope, chunk, outline) }
}

/// A whole project.
pub fn project() -> Unit {
    Unit { scope: Scope::Project, ..plain_text(Role::Source, String::new()) }
}

/// A unit without text, by which an analyzer can have compiled what it needs for a language.
pub fn empty(scope: Scope, language: Language) -> Unit {
    Unit { scope, ..whole(language, Role::Source, String::new()) }
}
