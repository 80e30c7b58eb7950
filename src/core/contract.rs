//! What a plugin is given, in the contract's types. Written once for two modules that are generated from the contract: the host's bindings,
//! and those of the SDK, whose test helper must give a plugin just what a run gives its component.

/// Conversions into the types of a module that is generated from the contract. wasmtime and wit-bindgen give them the same names.
#[doc(hidden)]
#[macro_export]
macro_rules! given_to_plugins {
    ($($contract:tt)+) => {
        use std::ops::Range;

        use $crate::syntax::{FormKind, FormNode, Parsed, PatternHit};
        use $crate::types::{Imported, Language, Role, Scope, SkipReason, Span, SymbolKind};
        use $($contract)+::{project, syntax, text, types};

        fn place(range: &Range<usize>) -> types::Span {
            types::Span { start: range.start as u32, end: range.end as u32 }
        }

        fn places(ranges: &[Range<usize>]) -> Vec<types::Span> {
            ranges.iter().map(place).collect()
        }

        fn span(span: Span) -> types::Span {
            place(&(span.start..span.end))
        }

        fn role(role: Role) -> types::Role {
            match role {
                Role::Source => types::Role::Source,
                Role::Test => types::Role::Test,
                Role::Example => types::Role::Example,
                Role::Fixture => types::Role::Fixture,
                Role::Script => types::Role::Script,
                Role::Story => types::Role::Story,
                Role::Generated => types::Role::Generated,
                Role::Vendored => types::Role::Vendored,
                Role::Bundle => types::Role::Bundle,
            }
        }

        pub(super) fn unit(unit: &$crate::types::Unit) -> types::Unit {
            types::Unit {
                scope: match unit.scope {
                    Scope::File => types::Scope::File,
                    Scope::Change => types::Scope::Change,
                    Scope::Function => types::Scope::Function,
                    Scope::Project => types::Scope::Project,
                },
                language: unit.language.map_or("", Language::name).to_owned(),
                role: role(unit.role),
                text: unit.text.clone(),
                outline: unit.outline.clone(),
                hunks: unit.hunks.iter().map(|hunk| types::Hunk { span: span(hunk.span), removed: hunk.removed.clone() }).collect(),
            }
        }

        pub(super) fn function(f: &$crate::syntax::Function) -> syntax::Function {
            syntax::Function {
                name: f.name.clone(),
                span: place(&f.span),
                signature: place(&f.signature),
                parameters: f.parameters.clone(),
                lines: f.lines,
                code_lines: f.code_lines,
                nesting: f.nesting,
                cyclomatic: f.cyclomatic,
                cognitive: f.cognitive,
                is_public: f.is_public,
                is_test: f.is_test,
                has_doc: f.has_doc,
            }
        }

        /// Of a unit without syntax, everything is zero and empty.
        pub(super) fn measures(parsed: Option<&Parsed>) -> syntax::Measures {
            let lines = parsed.map(|parsed| parsed.lines).unwrap_or_default();
            let list = |of: fn(&Parsed) -> &[Range<usize>]| parsed.map(of).map(places).unwrap_or_default();
            syntax::Measures {
                code_lines: lines.code,
                comment_lines: lines.comment,
                blank_lines: lines.blank,
                duplicates: list(|parsed| &parsed.duplicates),
                errors: list(|parsed| &parsed.errors),
                tests: list(|parsed| &parsed.tests),
                comments: list(|parsed| &parsed.comments),
            }
        }

        fn form_kind(kind: FormKind) -> syntax::FormKind {
            match kind {
                FormKind::Block => syntax::FormKind::Block,
                FormKind::Name => syntax::FormKind::Name,
                FormKind::Member => syntax::FormKind::Member,
                FormKind::Index => syntax::FormKind::Index,
                FormKind::Call => syntax::FormKind::Call,
                FormKind::New => syntax::FormKind::New,
                FormKind::Pair => syntax::FormKind::Pair,
                FormKind::Text => syntax::FormKind::Text,
                FormKind::Template => syntax::FormKind::Template,
                FormKind::Number => syntax::FormKind::Number,
                FormKind::Constant => syntax::FormKind::Constant,
                FormKind::Regex => syntax::FormKind::Regex,
                FormKind::List => syntax::FormKind::List,
                FormKind::Map => syntax::FormKind::Map,
                FormKind::Binary => syntax::FormKind::Binary,
                FormKind::Unary => syntax::FormKind::Unary,
                FormKind::Conditional => syntax::FormKind::Conditional,
                FormKind::Function => syntax::FormKind::Function,
                FormKind::Parameter => syntax::FormKind::Parameter,
                FormKind::Assign => syntax::FormKind::Assign,
                FormKind::Append => syntax::FormKind::Append,
                FormKind::Each => syntax::FormKind::Each,
                FormKind::Statement => syntax::FormKind::Statement,
                FormKind::If => syntax::FormKind::If,
                FormKind::Loop => syntax::FormKind::Loop,
                FormKind::Switch => syntax::FormKind::Switch,
                FormKind::Case => syntax::FormKind::Case,
                FormKind::Try => syntax::FormKind::Try,
                FormKind::Catch => syntax::FormKind::Catch,
                FormKind::Finally => syntax::FormKind::Finally,
                FormKind::Return => syntax::FormKind::Return,
                FormKind::Throw => syntax::FormKind::Throw,
                FormKind::Jump => syntax::FormKind::Jump,
                FormKind::Assert => syntax::FormKind::Assert,
                FormKind::Class => syntax::FormKind::Class,
                FormKind::Annotation => syntax::FormKind::Annotation,
                FormKind::Import => syntax::FormKind::Import,
                FormKind::Imported => syntax::FormKind::Imported,
            }
        }

        pub(super) fn form_node(node: &FormNode) -> syntax::FormNode {
            syntax::FormNode {
                kind: form_kind(node.kind),
                parent: node.parent,
                span: types::Span { start: node.start, end: node.end },
                name: types::Span { start: node.name_start, end: node.name_end },
            }
        }

        pub(super) fn captures(found: $crate::syntax::Captures) -> syntax::Captures {
            let item = |c: $crate::syntax::Capture| syntax::Capture {
                query: c.query,
                group: c.group,
                name: c.name,
                span: types::Span { start: c.start, end: c.end },
            };
            syntax::Captures { names: found.names, items: found.items.into_iter().map(item).collect() }
        }

        pub(super) fn hit(hit: PatternHit) -> text::Hit {
            text::Hit { pattern: hit.pattern as u32, span: place(&hit.span), group: place(&hit.group) }
        }

        pub(super) fn source(source: &$crate::types::SourceOutline) -> project::Source {
            let imported = |imported: &Imported| project::Imported {
                name: imported.name.clone(),
                span: span(imported.span),
                is_deferred: imported.is_deferred,
            };
            project::Source {
                path: source.path.as_str().to_owned(),
                language: source.language.name().to_owned(),
                role: role(source.role),
                code_lines: source.code_lines,
                comment_lines: source.comment_lines,
                imports: source.imports.iter().map(imported).collect(),
            }
        }

        pub(super) fn symbol(symbol: &$crate::types::Symbol) -> project::Symbol {
            project::Symbol {
                name: symbol.name.clone(),
                kind: match symbol.kind {
                    SymbolKind::Function => project::Kind::Function,
                    SymbolKind::Method => project::Kind::Method,
                    SymbolKind::Class => project::Kind::Class,
                    SymbolKind::Constant => project::Kind::Constant,
                    SymbolKind::Module => project::Kind::Module,
                },
                parent: symbol.parent.clone(),
                span: span(symbol.span),
                line: symbol.line,
                signature: symbol.signature.clone(),
                doc: symbol.doc.clone(),
                is_public: symbol.is_public,
                is_test: symbol.is_test,
                parameters: symbol.parameters.clone(),
                code_lines: symbol.code_lines,
                cyclomatic: symbol.cyclomatic,
                cognitive: symbol.cognitive,
            }
        }

        pub(super) fn document(document: &$crate::types::Document) -> project::Document {
            project::Document { path: document.path.as_str().to_owned(), text: document.text.clone() }
        }

        pub(super) fn unread(unread: &$crate::types::Unread) -> project::UnreadFile {
            project::UnreadFile {
                path: unread.path.as_str().to_owned(),
                reason: unread.reason.map_or("", SkipReason::name).to_owned(),
                language: unread.language.map_or("", Language::name).to_owned(),
                role: role(unread.role),
            }
        }

        pub(super) fn repeat(repeat: &$crate::types::Repeat) -> project::Repeat {
            project::Repeat {
                first: repeat.first as u32,
                first_span: span(repeat.first_span),
                second: repeat.second as u32,
                second_span: span(repeat.second_span),
                lines: repeat.lines,
            }
        }
    };
}
