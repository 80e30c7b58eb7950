//! Owns the WASM side: the contract's exports as a [`Plugin`], its imports as a [`Host`]. Never judges.

use std::marker::PhantomData;
use std::ops::Range;

use crate::types::{
    Artifact, Category, Conclusion, Finding, Hunk, Manifest, Operation, Patch, Place, Question, Report, Role, Scope, Severity, Unit,
};
use crate::{Call, Capture, Captures, Document, Function, Hit, Host, Kind, Measures, Plugin, Repeat, Source, Symbol, Unread};

/// Made from the contract.
#[allow(clippy::all, clippy::allow_attributes, missing_docs, unreachable_pub, unsafe_code, unused, reason = "generated")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "wit/v0.1",
        world: "analyzer",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_component",
        default_bindings_module: "devflow_plugin::wasm::bindings",
    });
}

use bindings::devflow::plugin::types as wire;
use bindings::devflow::plugin::{log, project, syntax, text};

/// A plugin as the contract wants it.
#[derive(Debug)]
pub struct Component<P>(PhantomData<P>);

/// Makes a component of a type with the trait [`Plugin`].
#[macro_export]
macro_rules! export {
    ($plugin:ty) => {
        #[allow(unsafe_code, reason = "exports of a component are made so")]
        const _: () = {
            type Exported = $crate::wasm::Component<$plugin>;
    $crate::wasm::bindings::export_component!(Exported with_types_in $crate::wasm::bindings);
        };
    };
}

struct Imports;

fn range(span: wire::Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

fn ranges(spans: Vec<wire::Span>) -> Vec<Range<usize>> {
    spans.into_iter().map(range).collect()
}

fn span(range: &Range<usize>) -> wire::Span {
    wire::Span { start: range.start as u32, end: range.end as u32 }
}

fn role(role: wire::Role) -> Role {
    match role {
        wire::Role::Source => Role::Source,
        wire::Role::Test => Role::Test,
        wire::Role::Example => Role::Example,
    }
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
        let item =
            |c: syntax::Capture| Capture { query: c.query as usize, group: c.group as usize, name: c.name as usize, span: range(c.span) };
        Ok(Captures { names: captures.names, items: captures.items.into_iter().map(item).collect() })
    }

    fn search_text(&self, patterns: &[String]) -> Result<Vec<Hit>, String> {
        let hits = text::search(patterns)?;
        Ok(hits.into_iter().map(|hit| Hit { pattern: hit.pattern as usize, span: range(hit.span), group: range(hit.group) }).collect())
    }

    fn sources(&self) -> Vec<Source> {
        let source = |source: project::Source| {
            let mut seen = Source {
                path: source.path,
                language: source.language,
                role: role(source.role),
                code_lines: source.code_lines,
                comment_lines: source.comment_lines,
                ..Source::default()
            };
            source.imports.into_iter().for_each(|imported| seen.add_import(&imported.name, range(imported.span), imported.is_deferred));
            seen
        };
        project::sources().into_iter().map(source).collect()
    }

    fn symbols(&self, source: usize) -> Vec<Symbol> {
        let symbol = |symbol: project::Symbol| Symbol {
            name: symbol.name,
            kind: match symbol.kind {
                project::Kind::Function => Kind::Function,
                project::Kind::Method => Kind::Method,
                project::Kind::Class => Kind::Class,
                project::Kind::Constant => Kind::Constant,
                project::Kind::Module => Kind::Module,
            },
            parent: symbol.parent,
            span: range(symbol.span),
            line: symbol.line,
            signature: symbol.signature,
            doc: symbol.doc,
            is_public: symbol.is_public,
            is_test: symbol.is_test,
            parameters: symbol.parameters,
            code_lines: symbol.code_lines,
            cyclomatic: symbol.cyclomatic,
            cognitive: symbol.cognitive,
        };
        project::symbols(source as u32).into_iter().map(symbol).collect()
    }

    fn words(&self, source: usize) -> Vec<String> {
        project::words(source as u32)
    }

    fn documents(&self) -> Vec<Document> {
        project::documents().into_iter().map(|document| Document { path: document.path, text: document.text }).collect()
    }

    fn unread(&self) -> Vec<Unread> {
        let unread =
            |file: project::UnreadFile| Unread { path: file.path, reason: file.reason, language: file.language, role: role(file.role) };
        project::unread().into_iter().map(unread).collect()
    }

    fn unread_words(&self, file: usize) -> Vec<String> {
        project::unread_words(file as u32)
    }

    fn repeats(&self) -> Vec<Repeat> {
        let repeat = |repeat: project::Repeat| Repeat {
            first: repeat.first as usize,
            first_span: range(repeat.first_span),
            second: repeat.second as usize,
            second_span: range(repeat.second_span),
            lines: repeat.lines,
        };
        project::repeats().into_iter().map(repeat).collect()
    }

    fn log(&self, message: &str) {
        log::write(log::Level::Info, message);
    }
}

fn scope_out(scope: Scope) -> wire::Scope {
    match scope {
        Scope::File => wire::Scope::File,
        Scope::Change => wire::Scope::Change,
        Scope::Function => wire::Scope::Function,
        Scope::Project => wire::Scope::Project,
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

fn unit(unit: wire::Unit) -> Unit {
    Unit {
        scope: match unit.scope {
            wire::Scope::File => Scope::File,
            wire::Scope::Change => Scope::Change,
            wire::Scope::Function => Scope::Function,
            wire::Scope::Project => Scope::Project,
        },
        language: unit.language,
        role: role(unit.role),
        text: unit.text,
        outline: unit.outline,
        hunks: unit.hunks.into_iter().map(|hunk| Hunk { span: range(hunk.span), removed: hunk.removed }).collect(),
    }
}

fn finding(finding: Finding) -> wire::Finding {
    let elsewhere = |index: usize, place: &Range<usize>| wire::Elsewhere { index: index as u32, span: span(place) };
    wire::Finding {
        rule: finding.rule,
        severity: severity(finding.severity),
        category: category(finding.category),
        message: finding.message,
        place: match finding.place {
            Place::Span(place) => wire::Place::Span(span(&place)),
            Place::Quote { text, line } => wire::Place::Quote(wire::Quote { text, line }),
            Place::Source(index, place) => wire::Place::Source(elsewhere(index, &place)),
            Place::Document(index, place) => wire::Place::Document(elsewhere(index, &place)),
        },
        suggestion: finding.suggestion,
        confidence: finding.confidence,
    }
}

fn report(report: Report) -> wire::Report {
    let artifact = |artifact: Artifact| wire::Artifact {
        name: artifact.name,
        media_type: artifact.media_type,
        body: artifact.body,
        language: artifact.language,
        must_name: artifact.must_name,
    };
    let edit = |edit: crate::Edit| wire::Edit { search: edit.search, replace: edit.replace };
    let patch = |patch: Patch| wire::Patch { title: patch.title, edits: patch.edits.into_iter().map(edit).collect() };
    wire::Report {
        findings: report.findings.into_iter().map(finding).collect(),
        artifacts: report.artifacts.into_iter().map(artifact).collect(),
        patches: report.patches.into_iter().map(patch).collect(),
    }
}

fn question(question: Question) -> wire::Question {
    wire::Question { instructions: question.instructions, schema: question.schema, content: question.content }
}

fn operation(operation: Operation) -> wire::Operation {
    wire::Operation {
        name: operation.name,
        summary: operation.summary,
        scope: scope_out(operation.scope),
        asks_model: operation.asks_model,
        sees_project: operation.sees_project,
        needs_model: operation.needs_model,
        documents: operation.documents,
        options_schema: operation.options_schema,
    }
}

/// A panic says why before it becomes a trap without words.
fn prepare() {
    std::panic::set_hook(Box::new(|panic| log::write(log::Level::Warn, &panic.to_string())));
}

fn known<P: Plugin>(operation: &str) -> Result<(), String> {
    let is_known = P::manifest().operations.iter().any(|known| known.name == operation);
    if is_known { Ok(()) } else { Err(format!("there is no operation `{operation}`")) }
}

impl<P: Plugin> bindings::Guest for Component<P> {
    fn manifest() -> wire::Manifest {
        prepare();
        let Manifest { id, version, operations, rules } = P::manifest();
        let rule = |rule: crate::RuleInfo| wire::RuleInfo {
            id: rule.id,
            severity: severity(rule.severity),
            category: category(rule.category),
            summary: rule.summary,
        };
        wire::Manifest {
            id,
            version,
            operations: operations.into_iter().map(operation).collect(),
            rules: rules.into_iter().map(rule).collect(),
        }
    }

    fn inspect(operation: String, given: wire::Unit, options: String) -> Result<wire::Report, String> {
        prepare();
        let unit = unit(given);
        P::inspect(&Call { operation: &operation, unit: &unit, options: &options, host: &Imports }).map(report)
    }

    fn question(operation: String, given: wire::Unit, options: String) -> Result<Option<wire::Question>, String> {
        prepare();
        let unit = unit(given);
        let asked = P::question(&Call { operation: &operation, unit: &unit, options: &options, host: &Imports })?;
        Ok(asked.map(self::question))
    }

    fn conclude(operation: String, given: wire::Unit, options: String, answer: String) -> Result<wire::Conclusion, String> {
        prepare();
        known::<P>(&operation)?;
        let unit = unit(given);
        let Conclusion { report: found, follow_up } =
            P::conclude(&Call { operation: &operation, unit: &unit, options: &options, host: &Imports }, &answer)?;
        Ok(wire::Conclusion { report: report(found), follow_up: follow_up.map(self::question) })
    }
}
