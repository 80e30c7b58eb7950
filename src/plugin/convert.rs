//! Owns the translation between the contract's types and devflow's. What a plugin gives is checked here. Never calls one.

use super::bindings::devflow::plugin::types as wire;
use super::error::{PluginError, tame};
use super::{Manifest, OperationInfo, RuleInfo};
use crate::analyzer::{Claim, Claims, Place};
use crate::types::{Artifact, Category, Question, Role, Scope, Severity, Span, Unit};

/// Longest message and suggestion that are taken, in characters.
const MAX_MESSAGE: usize = 2000;

/// Findings of one call that are taken; more than this is a plugin gone wild, and says so.
const MAX_FINDINGS: usize = 10_000;

pub(super) fn unit(unit: &Unit) -> wire::Unit {
    wire::Unit {
        scope: match unit.scope {
            Scope::File => wire::Scope::File,
            Scope::Change => wire::Scope::Change,
            Scope::Function => wire::Scope::Function,
            Scope::Project => wire::Scope::Project,
        },
        language: unit.language.name().to_owned(),
        role: match unit.role {
            Role::Source => wire::Role::Source,
            Role::Test => wire::Role::Test,
            Role::Example => wire::Role::Example,
        },
        text: unit.text.clone(),
        outline: unit.outline.clone(),
    }
}

pub(super) fn question(question: wire::Question) -> Question {
    Question { instructions: question.instructions, schema: question.schema, content: question.content }
}

fn severity(severity: wire::Severity) -> Severity {
    match severity {
        wire::Severity::Info => Severity::Info,
        wire::Severity::Low => Severity::Low,
        wire::Severity::Medium => Severity::Medium,
        wire::Severity::High => Severity::High,
        wire::Severity::Critical => Severity::Critical,
    }
}

fn category(category: wire::Category) -> Category {
    match category {
        wire::Category::Security => Category::Security,
        wire::Category::Correctness => Category::Correctness,
        wire::Category::Performance => Category::Performance,
        wire::Category::Complexity => Category::Complexity,
        wire::Category::Maintainability => Category::Maintainability,
        wire::Category::Documentation => Category::Documentation,
        wire::Category::Testing => Category::Testing,
    }
}

/// Takes the claims of one call.
///
/// # Errors
/// A span outside the text, a rule id that is none, or too many findings: nothing of the call is taken then.
pub(super) fn claims(id: &str, report: wire::Report, text: &str) -> Result<Claims, PluginError> {
    let broken = |reason: String| PluginError::Contract { id: id.to_owned(), reason };
    if report.findings.len() > MAX_FINDINGS {
        return Err(broken(format!("{} findings in one call, at most {MAX_FINDINGS} are taken", report.findings.len())));
    }
    let mut claims = Claims::default();
    for finding in report.findings {
        let is_id = |rule: &str| {
            let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            !rule.is_empty() && rule.len() <= 64 && rule.chars().all(is_part)
        };
        if !is_id(&finding.rule) {
            return Err(broken(format!("`{}` is no rule id: lower-case letters, digits and dashes", tame(&finding.rule))));
        }
        let place = match finding.place {
            wire::Place::Span(span) => {
                let (start, end) = (span.start as usize, span.end as usize);
                if start > end || end > text.len() || !text.is_char_boundary(start) || !text.is_char_boundary(end) {
                    return Err(broken(format!("rule `{}` points to bytes {start}..{end} of {}", finding.rule, text.len())));
                }
                Place::Span(Span { start, end })
            }
            wire::Place::Quote(quote) => Place::Quote { text: quote.text, line: quote.line },
        };
        claims.findings.push(Claim {
            rule: finding.rule,
            severity: severity(finding.severity),
            category: category(finding.category),
            message: one_line(&finding.message),
            place,
            suggestion: finding.suggestion.map(|suggestion| one_line(&suggestion)).filter(|suggestion| !suggestion.is_empty()),
            confidence: finding.confidence.min(100),
        });
    }
    let artifact = |artifact: wire::Artifact| Artifact { name: artifact.name, media_type: artifact.media_type, body: artifact.body };
    claims.artifacts = report.artifacts.into_iter().map(artifact).collect();
    Ok(claims)
}

fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_MESSAGE).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn manifest(manifest: wire::Manifest) -> Manifest {
    let operation = |operation: wire::Operation| OperationInfo {
        name: tame(&operation.name),
        summary: tame(&operation.summary),
        asks_model: operation.asks_model,
    };
    let rule = |rule: wire::RuleInfo| RuleInfo {
        id: tame(&rule.id),
        severity: severity(rule.severity),
        category: category(rule.category),
        summary: tame(&rule.summary),
    };
    Manifest {
        id: tame(&manifest.id),
        version: tame(&manifest.version),
        operations: manifest.operations.into_iter().map(operation).collect(),
        rules: manifest.rules.into_iter().map(rule).collect(),
    }
}
