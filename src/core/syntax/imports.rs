//! Owns what a source imports, by one query for each language. Never resolves an import.

use std::ops::Range;

use super::loading::Deferred;
use super::{Parsed, QueryCache};
use crate::types::Language;

pub(super) struct Import {
    /// What is imported, as written but without white space. A Rust module that is declared is `self::name`; a name from a Python module is
    /// told with the module, `package.name`.
    pub(super) name: String,
    /// Where it is written.
    pub(super) place: Range<usize>,
    /// It is not needed to load the source: it stands in a function, or serves types or documentation alone.
    pub(super) is_deferred: bool,
}

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
             (import_from_statement module_name: [(relative_import) (dotted_name)] @from
                name: [(dotted_name) @part (aliased_import name: (dotted_name) @part)])
             (import_from_statement module_name: (relative_import) @name (wildcard_import))"
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
        Language::Kotlin => "(import (qualified_identifier) @name)",
        Language::Go => "(import_spec path: (_) @name)",
        Language::C | Language::Cpp => "(preproc_include path: (_) @name)",
    }
}

/// What `parsed` imports, in the order of the file. A name from a Python module comes after the module.
pub(super) fn imports(parsed: &Parsed, text: &str) -> Vec<Import> {
    let mut imports = search(parsed, text);
    if imports.is_empty() {
        return imports;
    }
    let deferred = Deferred::read(parsed, text);
    for import in &mut imports {
        import.is_deferred = deferred.contains(import.place.start);
    }
    imports.sort_by_key(|import| (import.place.start, import.name.len() > import.place.len()));
    imports
}

fn search(parsed: &Parsed, text: &str) -> Vec<Import> {
    static QUERIES: std::sync::OnceLock<QueryCache> = std::sync::OnceLock::new();
    let queries = [query(parsed.language).to_owned()];
    let Ok(found) = QUERIES.get_or_init(QueryCache::default).search(parsed, text, &queries) else { return Vec::new() };
    let mut imports = Vec::new();
    let mut push = |name: String, place: Range<usize>| imports.push(Import { name, place, is_deferred: false });
    for group in found.items.chunk_by(|a, b| a.group == b.group) {
        let part = |name: &str| {
            let capture = group.iter().find(|capture| found.names[capture.name as usize] == name)?;
            Some(capture.start as usize..capture.end as usize)
        };
        let shown = |span: &Range<usize>| text[span.clone()].split_whitespace().collect::<String>();
        if let Some(span) = part("name") {
            push(shown(&span).trim_matches(['"', '<', '>', '`']).to_owned(), span);
        } else if let Some(span) = part("module") {
            push(format!("self::{}", shown(&span)), span);
        } else if let (Some(from), Some(name)) = (part("from"), part("part")) {
            let from_text = shown(&from);
            let dot = if from_text.ends_with('.') { "" } else { "." };
            push(format!("{from_text}{dot}{}", shown(&name)), from);
        }
    }
    imports
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[track_caller]
    fn check(language: Language, text: &str, expected: &[&str]) {
        let found = imports(&parse(language, text), text);
        assert_eq!(found.iter().map(|import| import.name.as_str()).collect::<Vec<_>>(), expected);
    }

    /// The imports that loading the source needs.
    #[track_caller]
    fn check_loaded(language: Language, text: &str, expected: &[&str]) {
        let found = imports(&parse(language, text), text);
        let loaded: Vec<_> = found.iter().filter(|import| !import.is_deferred).map(|import| import.name.as_str()).collect();
        assert_eq!(loaded, expected, "{text}");
    }

    #[test]
    fn every_language_has_its_imports() {
        check(Language::Rust, "use std::{fmt, io};\nmod a;\nmod b {}\nextern crate c;\n", &["std::{fmt,io}", "self::a", "c"]);
        check(
            Language::Python,
            "import os.path, re as r\nfrom a.b import c\nfrom . import d\nfrom ..e import f\n",
            &["os.path", "re", "a.b", "a.b.c", ".d", "..e.f"],
        );
        check(
            Language::Python,
            "from a import (b as c, d)\nfrom .e import f as g\nfrom .h import *\nfrom . import *\nfrom i import *\n",
            &["a", "a.b", "a.d", ".e.f", ".h", ".", "i"],
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

    #[test]
    fn imports_in_functions_are_not_needed_to_load() {
        check_loaded(
            Language::JavaScript,
            "import a from './a';
const b = memoize(() => require('./b'));
function f() { return require('./c'); }
class G { get() { return require('./d'); } }
(function () { require('./e'); })();
(() => { require('./f'); }).call(this);
import('./g').then(f);
await import('./h');
if (a) { require('./i'); }
",
            &["./a", "./e", "./f", "./h", "./i"],
        );
        check_loaded(
            Language::Python,
            "from typing import TYPE_CHECKING
import a
if TYPE_CHECKING:
    import b
else:
    import c
if not typing.TYPE_CHECKING:
    import d
try:
    import e
except ImportError:
    pass
def f():
    import g
class H:
    import i
    def j(self):
        from .k import l
if __name__ == '__main__':
    import m
",
            &["typing", "typing.TYPE_CHECKING", "a", "c", "d", "e", "i"],
        );
    }

    #[test]
    fn imports_of_types_alone_are_not_needed_to_load() {
        let text = "import type { A } from './a';
import { type B, type C } from './b';
export type { D } from './d';
export { type E } from './e';
export type * from './f';
import { G, type H } from './g';
import I from './i';
import * as J from './j';
import { K as L } from './k';
import './m';
import { N } from './n';
export { O } from './o';
const p: G = new L<J.Q>();
let r: typeof N;
export class S extends T<I> {}
";
        check_loaded(Language::TypeScript, text, &["./k", "./m", "./o"]);
        // The types of decorated things may be told to the program.
        check_loaded(Language::TypeScript, "import { A } from './a';\n@D() class B { constructor(private a: A) {} }\n", &["./a"]);
        check_loaded(Language::Tsx, "import { A } from './a';\nimport { B } from './b';\nconst c = <A b={1 as B}/>;\n", &["./a"]);
        // Without types, nothing is left out.
        check_loaded(Language::JavaScript, "import { A } from './a';\n", &["./a"]);
    }

    #[test]
    fn imports_for_documentation_alone_tie_no_code() {
        let text = "import a.B;\nimport a.C;\nimport static a.D.e;\nimport a.f.*;\n/** See {@link B}. */\nclass G { C c = e(); }\n";
        check_loaded(Language::Java, text, &["a.C", "a.D.e", "a.f"]);
        let text = "import a.B\nimport a.C as D\nimport a.plus\n/** See [B]. */\nval e: D = f + g\n";
        check_loaded(Language::Kotlin, text, &["a.C", "a.plus"]);
    }
}
