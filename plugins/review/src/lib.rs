//! The `review` analyzer: static rules, and a question for what rules cannot judge.
//!
//! The rules are data in [`rules`]; [`inspect`] applies them, [`question`] and [`conclude`] speak with the model. All of it is plain Rust
//! that runs natively in tests.

mod around;
mod change;
mod checks;
mod context;
mod inspect;
mod literals;
mod question;
pub mod removal;
pub mod rule;
pub mod rules;
#[path = "../../../src/core/analyzer/secret_form.rs"]
mod secret_form;
#[path = "../../../src/core/analyzer/secret_value.rs"]
mod secret_value;
#[path = "../../../src/core/analyzer/secret_words.rs"]
mod secret_words;
mod secrets;
mod silenced;
pub mod source;
mod tables;
mod weaknesses;

use devflow_plugin::{
    Call, Conclusion, Exchange, Finding, Manifest, Operation, Place, Plugin, Question, Related, Report, RuleInfo, Scope, Severity,
};

pub use change::inspect_change;
pub use inspect::{Found, Unit, inspect};
pub use question::{CHANGE_INSTRUCTIONS, INSTRUCTIONS, KINDS, Quoted, SCHEMA, content};
pub use tables::languages as table_languages;

/// Text files in which secrets are looked for: all, and those that are hidden and made for settings.
const TEXTS: &[&str] = &["**/*", "**/.env*"];

/// Most other places that a finding points to.
const MAX_RELATED: usize = 50;

/// The analyzer.
#[derive(Debug)]
pub struct Review;

devflow_plugin::export!(Review);

fn all_rules() -> Vec<RuleInfo> {
    let statics = rules::all().map(|rule| RuleInfo::new(rule.id, rule.severity, rule.category, rule.summary).confidence(rule.confidence));
    let asked = question::KINDS.iter().map(|(id, category, summary)| RuleInfo::new(id, Severity::Medium, *category, summary));
    let with_weaknesses = |rule: RuleInfo| weaknesses::of(&rule.id).iter().fold(rule.clone(), |rule, number| rule.cwe(*number));
    statics.chain(asked).map(with_weaknesses).collect()
}

impl Plugin for Review {
    fn manifest() -> Manifest {
        let file = "Reviews a file by rules, and asks the model about what rules cannot judge.";
        let change = "Reviews what a diff changes in a file, and what it takes away.";
        Manifest {
            id: "review".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            operations: vec![
                Operation::new("file", Scope::File, file).asks_model().texts(TEXTS),
                Operation::new("change", Scope::Change, change).asks_model().texts(TEXTS),
            ],
            rules: all_rules(),
        }
    }

    fn inspect(call: &Call<'_>) -> Result<Report, String> {
        let unit = Unit { language: &call.unit.language, role: call.unit.role, text: &call.unit.text };
        let other = |span: std::ops::Range<usize>| Related { place: Place::Span(span.into()), message: "here, too".to_owned() };
        let finding = |found: Found| Finding {
            rule: found.rule.to_owned(),
            severity: found.severity,
            category: found.category,
            message: found.message,
            place: Place::Span(found.span.into()),
            suggestion: Some(found.suggestion.to_owned()),
            confidence: found.confidence,
            reasons: found.reasons,
            related: found.others.into_iter().take(MAX_RELATED).map(other).collect(),
            edits: Vec::new(),
        };
        let found = match call.unit.scope {
            Scope::Change => inspect_change(&unit, &call.unit.hunks, call.host)?,
            _ => inspect(&unit, call.host)?,
        };
        let findings = found.into_iter().map(finding).collect();
        Ok(Report { findings, ..Report::default() })
    }

    fn question(call: &Call<'_>) -> Result<Option<Question>, String> {
        let unit = call.unit;
        let (instructions, content) = match unit.scope {
            Scope::Change => (CHANGE_INSTRUCTIONS, change::content(&unit.language, &unit.text, &unit.outline, &unit.hunks)),
            _ => (INSTRUCTIONS, content(&unit.language, &unit.text, &unit.outline)),
        };
        Ok(Some(Question { instructions: instructions.to_owned(), schema: SCHEMA.to_owned(), content }))
    }

    fn conclude(_: &Call<'_>, exchange: &Exchange) -> Result<Conclusion, String> {
        let finding = |quoted: Quoted| Finding {
            rule: quoted.rule.to_owned(),
            severity: quoted.severity,
            category: quoted.category,
            message: quoted.message,
            place: Place::quote(&quoted.quote, quoted.line),
            suggestion: quoted.fix,
            confidence: quoted.confidence,
            reasons: Vec::new(),
            related: Vec::new(),
            edits: Vec::new(),
        };
        let findings = question::conclude(&exchange.answer)?.into_iter().map(finding).collect();
        Ok(Conclusion { report: Report { findings, ..Report::default() }, follow_up: None })
    }
}
