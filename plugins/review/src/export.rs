//! Owns the WASM side: the contract's exports, and the host's imports as a [`Host`]. Never judges.

use std::ops::Range;

use crate::inspect::{Captures, Hit, Host, Unit, inspect};
use crate::question;
use crate::rule::{Category, Severity};
use crate::source::{Function, Measures};
use crate::{OPERATION, rules};

/// Made from the contract.
mod bindings {
    #![expect(unsafe_code, reason = "generated")]
    #![allow(clippy::all, clippy::allow_attributes, unused, reason = "generated")]
    wit_bindgen::generate!({ path: "../sdk/wit/v0.1", world: "analyzer", generate_all });
    use super::Review;
    export!(Review);
}

use bindings::devflow::plugin::types as wire;
use bindings::devflow::plugin::{log, syntax, text};

struct Review;

struct Imports;

fn range(span: wire::Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

fn ranges(spans: Vec<wire::Span>) -> Vec<Range<usize>> {
    spans.into_iter().map(range).collect()
}

impl Host for Imports {
    fn functions(&self) -> Vec<Function> {
        let function = |f: syntax::Function| Function {
            name: f.name,
            span: range(f.span),
            signature: range(f.signature),
            parameters: f.parameters,
            lines: f.lines,
            code_lines: f.code_lines,
            nesting: f.nesting,
            cyclomatic: f.cyclomatic,
            cognitive: f.cognitive,
            is_public: f.is_public,
            is_test: f.is_test,
            has_doc: f.has_doc,
        };
        syntax::functions().into_iter().map(function).collect()
    }

    fn measure(&self) -> Measures {
        let measures = syntax::measure();
        Measures {
            code_lines: measures.code_lines,
            comment_lines: measures.comment_lines,
            blank_lines: measures.blank_lines,
            duplicates: ranges(measures.duplicates),
            errors: ranges(measures.errors),
            tests: ranges(measures.tests),
            comments: ranges(measures.comments),
        }
    }

    fn search_syntax(&self, queries: &[String]) -> Result<Captures, String> {
        let captures = syntax::search(queries)?;
        let item = |c: syntax::Capture| (c.query, c.group, c.name, range(c.span));
        Ok(Captures { names: captures.names, items: captures.items.into_iter().map(item).collect() })
    }

    fn search_text(&self, patterns: &[String]) -> Result<Vec<Hit>, String> {
        let hits = text::search(patterns)?;
        Ok(hits.into_iter().map(|hit| Hit { pattern: hit.pattern as usize, group: range(hit.group) }).collect())
    }
}

fn severity(severity: Severity) -> wire::Severity {
    match severity {
        Severity::Info => wire::Severity::Info,
        Severity::Low => wire::Severity::Low,
        Severity::Medium => wire::Severity::Medium,
        Severity::High => wire::Severity::High,
        Severity::Critical => wire::Severity::Critical,
    }
}

fn category(category: Category) -> wire::Category {
    match category {
        Category::Security => wire::Category::Security,
        Category::Correctness => wire::Category::Correctness,
        Category::Performance => wire::Category::Performance,
        Category::Complexity => wire::Category::Complexity,
        Category::Maintainability => wire::Category::Maintainability,
        Category::Documentation => wire::Category::Documentation,
        Category::Testing => wire::Category::Testing,
    }
}

/// A panic says why before it becomes a trap without words.
fn prepare() {
    std::panic::set_hook(Box::new(|panic| log::write(log::Level::Warn, &panic.to_string())));
}

fn known(operation: &str) -> Result<(), String> {
    if operation == OPERATION { Ok(()) } else { Err(format!("there is no operation `{operation}`")) }
}

fn all_rules() -> Vec<wire::RuleInfo> {
    let statics = rules::all().map(|rule| (rule.id, rule.severity, rule.category, rule.summary));
    let asked = question::KINDS.iter().map(|(id, category, summary)| (*id, Severity::Medium, *category, *summary));
    let info = |(id, s, c, summary): (&str, Severity, Category, &str)| wire::RuleInfo {
        id: id.to_owned(),
        severity: severity(s),
        category: category(c),
        summary: summary.to_owned(),
    };
    statics.chain(asked).map(info).collect()
}

impl bindings::Guest for Review {
    fn manifest() -> wire::Manifest {
        prepare();
        let operation = wire::Operation {
            name: OPERATION.to_owned(),
            summary: "Reviews a file by rules, and asks the model about what rules cannot judge.".to_owned(),
            scope: wire::Scope::File,
            asks_model: true,
            options_schema: r#"{"type":"object","additionalProperties":false,"properties":{}}"#.to_owned(),
        };
        wire::Manifest {
            id: "review".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            operations: vec![operation],
            rules: all_rules(),
        }
    }

    fn inspect(operation: String, unit: wire::Unit, _options: String) -> Result<wire::Report, String> {
        prepare();
        known(&operation)?;
        let is_mild = unit.role != wire::Role::Source;
        let found = inspect(&Unit { language: &unit.language, is_mild, text: &unit.text }, &Imports)?;
        let finding = |found: crate::inspect::Found| wire::Finding {
            rule: found.rule.to_owned(),
            severity: severity(found.severity),
            category: category(found.category),
            message: found.message,
            place: wire::Place::Span(wire::Span { start: found.span.start as u32, end: found.span.end as u32 }),
            suggestion: Some(found.suggestion.to_owned()),
            confidence: found.confidence,
        };
        Ok(wire::Report { findings: found.into_iter().map(finding).collect(), artifacts: vec![] })
    }

    fn question(operation: String, unit: wire::Unit, _options: String) -> Result<Option<wire::Question>, String> {
        prepare();
        known(&operation)?;
        Ok(Some(wire::Question {
            instructions: question::INSTRUCTIONS.to_owned(),
            schema: question::SCHEMA.to_owned(),
            content: question::content(&unit.language, &unit.text, &unit.outline),
        }))
    }

    fn conclude(operation: String, _unit: wire::Unit, _options: String, answer: String) -> Result<wire::Conclusion, String> {
        prepare();
        known(&operation)?;
        let finding = |quoted: question::Quoted| wire::Finding {
            rule: quoted.rule.to_owned(),
            severity: severity(quoted.severity),
            category: category(quoted.category),
            message: quoted.message,
            place: wire::Place::Quote(wire::Quote { text: quoted.quote, line: quoted.line }),
            suggestion: quoted.fix,
            confidence: quoted.confidence,
        };
        let findings = question::conclude(&answer)?.into_iter().map(finding).collect();
        Ok(wire::Conclusion { report: wire::Report { findings, artifacts: vec![] }, follow_up: None })
    }
}
