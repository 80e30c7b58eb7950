//! Owns the translation between the contract's types and devflow's. What a plugin gives is checked here. Never calls one.

use super::bindings::devflow::plugin::types as wire;
use super::error::PluginError;
use super::manifest::{Manifest, OperationInfo, RuleInfo};
use super::schema::check_text;
use super::words::{one_line, tame};
use crate::analyzer::{Claim, Claims, Place, Subject};
use crate::types::{Artifact, Category, Edit, Patch, Question, Role, Scope, Severity, Span, Unit};

/// Longest message and suggestion that are taken, in characters.
const MAX_MESSAGE: usize = 2000;

/// Findings of one call that are taken; more than this is a plugin gone wild, and says so.
const MAX_FINDINGS: usize = 10_000;

/// Artifacts and patches of one call that are taken, of each.
const MAX_GENERATED: usize = 1000;

pub(super) fn unit(unit: &Unit) -> wire::Unit {
    wire::Unit {
        scope: match unit.scope {
            Scope::File => wire::Scope::File,
            Scope::Change => wire::Scope::Change,
            Scope::Function => wire::Scope::Function,
            Scope::Project => wire::Scope::Project,
        },
        language: if unit.scope == Scope::Project { String::new() } else { unit.language.name().to_owned() },
        role: role(unit.role),
        text: unit.text.clone(),
        outline: unit.outline.clone(),
        hunks: unit.hunks.iter().map(|hunk| wire::Hunk { span: span_out(hunk.span), removed: hunk.removed.clone() }).collect(),
    }
}

pub(super) fn role(role: Role) -> wire::Role {
    match role {
        Role::Source => wire::Role::Source,
        Role::Test => wire::Role::Test,
        Role::Example => wire::Role::Example,
    }
}

pub(super) fn span_out(span: Span) -> wire::Span {
    wire::Span { start: span.start as u32, end: span.end as u32 }
}

/// Takes a question.
///
/// # Errors
/// A schema that nobody could check an answer against in time.
pub(super) fn question(id: &str, question: wire::Question) -> Result<Question, PluginError> {
    let broken = |reason: String| PluginError::Contract { id: id.to_owned(), reason: format!("its question has a schema that {reason}") };
    check_text(&question.schema).map_err(broken)?;
    Ok(Question { instructions: question.instructions, schema: question.schema, content: question.content })
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
pub(super) fn claims(id: &str, report: wire::Report, subject: &Subject) -> Result<Claims, PluginError> {
    let broken = |reason: String| PluginError::Contract { id: id.to_owned(), reason };
    if report.findings.len() > MAX_FINDINGS {
        return Err(broken(format!("{} findings in one call, at most {MAX_FINDINGS} are taken", report.findings.len())));
    }
    for (count, what) in [(report.artifacts.len(), "artifacts"), (report.patches.len(), "patches")] {
        if count > MAX_GENERATED {
            return Err(broken(format!("{count} {what} in one call, at most {MAX_GENERATED} are taken")));
        }
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
        let place = place(finding.place, subject).map_err(|reason| broken(format!("rule `{}` {reason}", finding.rule)))?;
        claims.findings.push(Claim {
            rule: finding.rule,
            severity: severity(finding.severity),
            category: category(finding.category),
            message: one_line(&finding.message, MAX_MESSAGE),
            place,
            suggestion: finding.suggestion.map(|suggestion| one_line(&suggestion, MAX_MESSAGE)).filter(|suggestion| !suggestion.is_empty()),
            confidence: finding.confidence.min(100),
        });
    }
    let artifact = |artifact: wire::Artifact| Artifact {
        name: artifact.name,
        media_type: one_line(&artifact.media_type, MAX_MESSAGE),
        body: artifact.body,
        language: artifact.language,
        must_name: artifact.must_name,
    };
    claims.artifacts = report.artifacts.into_iter().map(artifact).collect();
    let edit = |edit: wire::Edit| Edit { search: edit.search, replace: edit.replace };
    let patch =
        |patch: wire::Patch| Patch { title: one_line(&patch.title, MAX_MESSAGE), edits: patch.edits.into_iter().map(edit).collect() };
    claims.patches = report.patches.into_iter().map(patch).collect();
    Ok(claims)
}

/// Takes a place.
///
/// # Errors
/// One that is not there, in words that follow the name of the rule.
fn place(place: wire::Place, subject: &Subject) -> Result<Place, String> {
    let project = subject.project.as_deref();
    Ok(match place {
        wire::Place::Span(span) => Place::Span(within(span, &subject.unit.text)?),
        wire::Place::Quote(quote) => Place::Quote { text: quote.text, line: quote.line },
        wire::Place::Source(place) => {
            let index = place.index as usize;
            let source = project.and_then(|project| project.sources.get(index)).ok_or("points to a source that is not there")?;
            Place::Source(index, within(place.span, &source.text)?)
        }
        wire::Place::Document(place) => {
            let index = place.index as usize;
            let document = project.and_then(|project| project.documents.get(index)).ok_or("points to a document that is not there")?;
            Place::Document(index, within(place.span, &document.text)?)
        }
    })
}

fn within(span: wire::Span, text: &str) -> Result<Span, String> {
    let (start, end) = (span.start as usize, span.end as usize);
    if start > end || end > text.len() || !text.is_char_boundary(start) || !text.is_char_boundary(end) {
        return Err(format!("points to bytes {start}..{end} of {}", text.len()));
    }
    Ok(Span { start, end })
}

/// Whether reports use a name for devflow itself: `devflow/incomplete` stands there for what was not looked at.
pub(super) fn is_reserved(id: &str) -> bool {
    id.eq_ignore_ascii_case("devflow")
}

/// Takes a manifest of the plugin that is called `id` so far.
///
/// # Errors
/// A name that is reserved, or a schema that nobody could check options against in time.
pub(super) fn manifest(id: &str, manifest: wire::Manifest) -> Result<Manifest, PluginError> {
    if is_reserved(&manifest.id) {
        return Err(PluginError::Reserved { id: manifest.id });
    }
    for operation in &manifest.operations {
        check_text(&operation.options_schema).map_err(|reason| {
            let reason = format!("the options of `{}` have a schema that {reason}", tame(&operation.name));
            PluginError::Contract { id: id.to_owned(), reason }
        })?;
    }
    let operation = |operation: wire::Operation| OperationInfo {
        name: tame(&operation.name),
        summary: tame(&operation.summary),
        scope: match operation.scope {
            wire::Scope::File => Scope::File,
            wire::Scope::Change => Scope::Change,
            wire::Scope::Function => Scope::Function,
            wire::Scope::Project => Scope::Project,
        },
        asks_model: operation.asks_model,
        sees_project: operation.sees_project,
        needs_model: operation.needs_model,
        documents: operation.documents,
        options_schema: operation.options_schema,
    };
    let rule = |rule: wire::RuleInfo| RuleInfo {
        id: tame(&rule.id),
        severity: severity(rule.severity),
        category: category(rule.category),
        summary: tame(&rule.summary),
    };
    Ok(Manifest {
        id: tame(&manifest.id),
        version: tame(&manifest.version),
        operations: manifest.operations.into_iter().map(operation).collect(),
        rules: manifest.rules.into_iter().map(rule).collect(),
    })
}
