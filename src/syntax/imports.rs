//! Owns what a source imports, by one query for each language. Never resolves an import.

use std::ops::Range;

use super::{Parsed, QueryCache};
use crate::types::Language;

/// `@name` is what is imported; the other captures are for the languages that need more.
fn query(language: Language) -> &'static str {
    match language {
        Language::Rust => {
            "(use_declaration argument: (_) @name)
             (extern_crate_declaration name: (identifier) @name)
             (mod_item name: (identifier) @module !body)"
        }
        Language::Python => {
            "(import_statement name: (dotted_name) @name)
             (import_statement name: (aliased_import name: (dotted_name) @name))
             (import_from_statement module_name: (dotted_name) @name)
             (import_from_statement module_name: (relative_import) @from name: (dotted_name) @part)"
        }
        Language::TypeScript | Language::Tsx => {
            "(import_statement source: (string (string_fragment) @name))
             (import_require_clause source: (string (string_fragment) @name))
             (export_statement source: (string (string_fragment) @name))
             (call_expression function: [(identifier) (import)] @call arguments: (arguments . (string (string_fragment) @name))
                (#any-of? @call \"require\" \"import\"))"
        }
        Language::JavaScript => {
            "(import_statement source: (string (string_fragment) @name))
             (export_statement source: (string (string_fragment) @name))
             (call_expression function: [(identifier) (import)] @call arguments: (arguments . (string (string_fragment) @name))
                (#any-of? @call \"require\" \"import\"))"
        }
        Language::Java => "(import_declaration (scoped_identifier) @name)",
        Language::Kotlin => "(import [(qualified_identifier) (identifier)] @name)",
        Language::Go => "(import_spec path: (_) @name)",
        Language::C | Language::Cpp => "(preproc_include path: (_) @name)",
    }
}

/// What `parsed` imports, as written, with the place of each, in the order of the file. A Rust module declared here is `self::name`.
pub(super) fn imports(parsed: &Parsed, text: &str) -> Vec<(String, Range<usize>)> {
    static QUERIES: std::sync::OnceLock<QueryCache> = std::sync::OnceLock::new();
    let queries = [query(parsed.language).to_owned()];
    let Ok(found) = QUERIES.get_or_init(QueryCache::default).search(parsed, text, &queries) else { return Vec::new() };
    let mut imports = Vec::new();
    for group in found.items.chunk_by(|a, b| a.group == b.group) {
        let part = |name: &str| {
            let capture = group.iter().find(|capture| found.names[capture.name as usize] == name)?;
            Some(capture.start as usize..capture.end as usize)
        };
        let shown = |span: &Range<usize>| text[span.clone()].split_whitespace().collect::<String>();
        if let Some(span) = part("name") {
            imports.push((shown(&span).trim_matches(['"', '<', '>', '`']).to_owned(), span));
        } else if let Some(span) = part("module") {
            imports.push((format!("self::{}", shown(&span)), span));
        } else if let (Some(from), Some(name)) = (part("from"), part("part")) {
            let from_text = shown(&from);
            let dot = if from_text.ends_with('.') { "" } else { "." };
            imports.push((format!("{from_text}{dot}{}", shown(&name)), from));
        }
    }
    imports.sort_by_key(|(_, span)| span.start);
    imports
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[track_caller]
    fn check(language: Language, text: &str, expected: &[&str]) {
        let found = imports(&parse(language, text), text);
        assert_eq!(found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_language_has_its_imports() {
        check(Language::Rust, "use std::{fmt, io};\nmod a;\nmod b {}\nextern crate c;\n", &["std::{fmt,io}", "self::a", "c"]);
        check(
            Language::Python,
            "import os.path, re as r\nfrom a.b import c\nfrom . import d\nfrom ..e import f\n",
            &["os.path", "re", "a.b", ".d", "..e.f"],
        );
        check(
            Language::JavaScript,
            "import a from './a';\nexport * from 'b';\nconst c = require('c');\nimport('d');\ntell('e');\n",
            &["./a", "b", "c", "d"],
        );
        check(Language::TypeScript, "import type { A } from 'a';\nimport b = require('b');\n", &["a", "b"]);
        check(Language::Java, "import java.util.List;\nimport static a.B.c;\nimport a.b.*;\n", &["java.util.List", "a.B.c", "a.b"]);
        check(Language::Kotlin, "import kotlin.io.println\nimport a.b.*\n", &["kotlin.io.println", "a.b"]);
        check(Language::Go, "package p\nimport (\n\"fmt\"\nx \"a.org/b\"\n)\n", &["fmt", "a.org/b"]);
        check(Language::C, "#include <stdio.h>\n#include \"a/b.h\"\n", &["stdio.h", "a/b.h"]);
    }
}
