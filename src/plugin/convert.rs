//! Owns the translation between the contract's types and devflow's. What a plugin gives is checked here. Never calls one.

use super::bindings::devflow::plugin::types as wire;
use super::error::PluginError;
use super::manifest::{Limit, Manifest, OperationInfo, RuleInfo};
use super::schema::check_text;
use super::words::{one_line, page, tame};
use crate::analyzer::{Claim, Claims, Place, Subject};
use crate::types::{Artifact, Category, Edit, Exchange, Patch, Question, Reason, Scope, Severity, Span, TextEdit};

/// Longest message and suggestion that are taken, in characters.
const MAX_MESSAGE: usize = 2000;

/// Findings of one call that are taken; more than this is a plugin gone wild, and says so.
const MAX_FINDINGS: usize = 10_000;

/// Artifacts and patches of one call that are taken, of each.
const MAX_GENERATED: usize = 1000;

/// Reasons, related places and edits of one finding that are taken, of each; limits, weaknesses and links of one rule, too.
const MAX_DETAILS: usize = 100;

/// Gives what was asked and answered.
pub(super) fn exchange(exchange: Exchange<'_>) -> wire::Exchange {
    let Question { instructions, schema, content } = exchange.question.clone();
    wire::Exchange { round: exchange.round, question: wire::Question { instructions, schema, content }, answer: exchange.answer.to_owned() }
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
    let claim = |finding| claim(finding, subject).map_err(broken);
    let mut claims = Claims { findings: report.findings.into_iter().map(claim).collect::<Result<_, _>>()?, ..Claims::default() };
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

/// Whether a text can be the id of a rule or the name of a limit.
fn is_id(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.len() <= 64 && text.chars().all(is_part)
}

/// Takes one finding.
///
/// # Errors
/// What is wrong with it.
fn claim(finding: wire::Finding, subject: &Subject) -> Result<Claim, String> {
    let rule = finding.rule;
    if !is_id(&rule) {
        return Err(format!("`{}` is no rule id: lower-case letters, digits and dashes", tame(&rule)));
    }
    let of_rule = |reason: String| format!("rule `{rule}` {reason}");
    for (count, what) in [(finding.reasons.len(), "reasons"), (finding.related.len(), "related places"), (finding.edits.len(), "edits")] {
        if count > MAX_DETAILS {
            return Err(of_rule(format!("has a finding with {count} {what}, at most {MAX_DETAILS} are taken")));
        }
    }
    let text = text_of(&finding.place, subject).map_err(of_rule)?;
    let edits = edits(finding.edits, text).map_err(of_rule)?;
    let reason = |reason: wire::Reason| Reason { text: one_line(&reason.text, MAX_MESSAGE), number: reason.number };
    let related = |related: wire::Related| Ok((place(related.place, subject)?, one_line(&related.message, MAX_MESSAGE)));
    let related: Result<Vec<_>, String> = finding.related.into_iter().map(related).collect();
    Ok(Claim {
        severity: severity(finding.severity),
        category: category(finding.category),
        message: one_line(&finding.message, MAX_MESSAGE),
        place: place(finding.place, subject).map_err(of_rule)?,
        suggestion: finding.suggestion.map(|suggestion| one_line(&suggestion, MAX_MESSAGE)).filter(|suggestion| !suggestion.is_empty()),
        confidence: finding.confidence.min(100),
        reasons: finding.reasons.into_iter().map(reason).collect(),
        related: related.map_err(of_rule)?,
        edits,
        rule,
    })
}

/// Takes the edits of a finding in the order of their places.
///
/// # Errors
/// One outside of the text, or two that overlap.
fn edits(edits: Vec<wire::TextEdit>, text: &str) -> Result<Vec<TextEdit>, String> {
    let edit = |edit: wire::TextEdit| {
        let Span { start, end } = within(edit.span, text)?;
        Ok(TextEdit { start, end, replacement: edit.replacement, is_certain: edit.is_certain })
    };
    let mut edits: Vec<TextEdit> = edits.into_iter().map(edit).collect::<Result<_, String>>()?;
    edits.sort_by_key(|edit| (edit.start, edit.end));
    // Two insertions at one place have no order; one before a replacement has.
    let is_clash = |pair: &[TextEdit]| pair[1].start < pair[0].end || (pair[0].start, pair[0].end) == (pair[1].start, pair[1].end);
    match edits.windows(2).find(|pair| is_clash(pair)) {
        Some(pair) => Err(format!("has edits that overlap at byte {}", pair[1].start)),
        None => Ok(edits),
    }
}

/// The text that a place is in.
///
/// # Errors
/// A place in a file that is not there, in words that follow the name of the rule.
fn text_of<'s>(place: &wire::Place, subject: &'s Subject) -> Result<&'s str, String> {
    let project = subject.project.as_deref();
    match place {
        wire::Place::Span(_) | wire::Place::Quote(_) => Ok(&subject.unit.text),
        wire::Place::Source(place) => {
            let source = project.and_then(|project| project.sources.get(place.index as usize));
            Ok(&source.ok_or("points to a source that is not there")?.text)
        }
        wire::Place::Document(place) => {
            let document = project.and_then(|project| project.documents.get(place.index as usize));
            Ok(&document.ok_or("points to a document that is not there")?.text)
        }
    }
}

/// Takes a place.
///
/// # Errors
/// One that is not there, in words that follow the name of the rule.
fn place(place: wire::Place, subject: &Subject) -> Result<Place, String> {
    let text = text_of(&place, subject)?;
    Ok(match place {
        wire::Place::Span(span) => Place::Span(within(span, text)?),
        wire::Place::Quote(quote) => Place::Quote { text: quote.text, line: quote.line },
        wire::Place::Source(place) => Place::Source(place.index as usize, within(place.span, text)?),
        wire::Place::Document(place) => Place::Document(place.index as usize, within(place.span, text)?),
    })
}

fn within(span: wire::Span, text: &str) -> Result<Span, String> {
    let (start, end) = (span.start as usize, span.end as usize);
    if start > end || end > text.len() {
        return Err(format!("points to bytes {start}..{end} of {}", text.len()));
    }
    if let Some(at) = [start, end].into_iter().find(|at| !text.is_char_boundary(*at)) {
        return Err(format!("points to bytes {start}..{end} of {}, and {at} is inside of a character", text.len()));
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
    for rule in &manifest.rules {
        if let Some(fault) = rule_fault(rule) {
            let reason = format!("its rule `{}` has {fault}", tame(&rule.id));
            return Err(PluginError::Contract { id: id.to_owned(), reason });
        }
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
    Ok(Manifest {
        id: tame(&manifest.id),
        version: tame(&manifest.version),
        operations: manifest.operations.into_iter().map(operation).collect(),
        rules: manifest.rules.into_iter().map(rule_info).collect(),
    })
}

/// Longest link, in bytes.
const MAX_LINK_BYTES: usize = 2000;

/// What is wrong with what a plugin says of a rule, if anything.
fn rule_fault(rule: &wire::RuleInfo) -> Option<String> {
    // SARIF asks for a URI: one that is not would have the findings of all plugins refused.
    let is_link = |link: &str| {
        let rest = link.strip_prefix("https://").filter(|rest| !rest.is_empty());
        let fits = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte));
        link.len() <= MAX_LINK_BYTES && rest.is_some_and(fits)
    };
    for (count, what) in [(rule.limits.len(), "limits"), (rule.cwe.len(), "weaknesses"), (rule.links.len(), "links")] {
        if count > MAX_DETAILS {
            return Some(format!("{count} {what}, at most {MAX_DETAILS} are taken"));
        }
    }
    if let Some(limit) = rule.limits.iter().find(|limit| !is_id(&limit.name)) {
        return Some(format!("the limit `{}`, whose name is not lower-case letters, digits and dashes", tame(&limit.name)));
    }
    if let Some(limit) = rule.limits.iter().find(|limit| limit.least > limit.default || limit.default > limit.most) {
        return Some(format!("the limit `{}`, whose default {} is not in {} to {}", limit.name, limit.default, limit.least, limit.most));
    }
    if let Some(link) = rule.links.iter().find(|link| !is_link(link)) {
        return Some(format!("the link `{}`, which is not a valid `https://` address", tame(link)));
    }
    rule.confidence.filter(|percent| *percent > 100).map(|percent| format!("a confidence of {percent} %"))
}

/// Takes what a plugin says of a rule.
fn rule_info(rule: wire::RuleInfo) -> RuleInfo {
    let limit = |limit: wire::Limit| Limit {
        name: limit.name,
        summary: tame(&limit.summary),
        default: limit.default,
        least: limit.least,
        most: limit.most,
    };
    RuleInfo {
        id: tame(&rule.id),
        severity: severity(rule.severity),
        category: category(rule.category),
        summary: tame(&rule.summary),
        confidence: rule.confidence,
        limits: rule.limits.into_iter().map(limit).collect(),
        cwe: rule.cwe,
        links: rule.links,
        page: page(&rule.page),
    }
}
