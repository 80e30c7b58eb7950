//! Owns the rules about memory in C and C++: sizes, lost blocks, what is given back and how, text that is copied or used as a format.

use crate::literals::{assigned, is_constant};
use crate::rule::{C_LIKE, Category, Finder, InTests, Rule, Severity, always};
use crate::source::{Match, Source};

use super::logic::{holds_any, word_places};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "realloc-leak",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 85,
        summary: "When `realloc` fails, the only pointer to the old block is overwritten.",
        suggestion: "Take the result into another variable and assign it after the check.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: C_LIKE,
            query: r#"
                (assignment_expression left: (_) @pointer right: (call_expression function: (identifier) @callee arguments: (argument_list . (_) @old))
                    (#eq? @callee "realloc") (#eq? @pointer @old)) @here
                (assignment_expression left: (_) @pointer right: (cast_expression value: (call_expression function: (identifier) @callee arguments: (argument_list . (_) @old)))
                    (#eq? @callee "realloc") (#eq? @pointer @old)) @here"#,
            message: "if this fails, the block behind `{pointer}` is lost",
            accept: |m, source| {
                let after = m.span("here").and_then(|here| source.text.get(here.end..)).unwrap_or("");
                let saved = format!("= {};", m.text("pointer"));
                let is_saved = source.lines_above(m.start(), 3).any(|line| line.contains(&saved));
                !is_saved && !after.lines().take(4).any(|line| holds_any(line, "exit abort die fatal panic err("))
            },
        }],
    },
    Rule {
        id: "sizeof-pointer",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 85,
        summary: "`sizeof` of a pointer is taken where the size of what it points to is needed.",
        suggestion: "Write `sizeof *p`, or pass the length along with the pointer.",
        in_tests: InTests::Same,
        finders: &[
            Finder::Syntax {
                languages: C_LIKE,
                query: r#"(call_expression function: (identifier) @callee
                    arguments: (argument_list . (identifier) @pointer (sizeof_expression value: (parenthesized_expression (identifier) @measured)) @here)
                    (#any-of? @callee "memset" "memcpy" "memmove" "strncpy" "strncat" "strlcpy" "snprintf" "fgets") (#eq? @pointer @measured))"#,
                message: "`{pointer}` is a pointer here: this is the size of an address",
                accept: is_pointer_parameter,
            },
            Finder::Syntax {
                languages: C_LIKE,
                query: r#"(init_declarator declarator: (pointer_declarator declarator: (identifier) @pointer)
                    value: (call_expression function: (identifier) @callee arguments: (argument_list (sizeof_expression value: (parenthesized_expression (identifier) @measured)) @here))
                    (#any-of? @callee "malloc" "calloc" "realloc") (#eq? @pointer @measured))"#,
                message: "this reserves room for an address, not for what `{pointer}` points to",
                accept: always,
            },
        ],
    },
    Rule {
        id: "memset-of-zero-bytes",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 95,
        summary: "`memset` is told to fill no bytes: the value and the length have changed places.",
        suggestion: "Swap the last two arguments.",
        in_tests: InTests::Same,
        finders: &[Finder::Syntax {
            languages: C_LIKE,
            query: r#"(call_expression function: (identifier) @callee arguments: (argument_list . (_) . (_) @value . (number_literal) @length .)
                (#eq? @callee "memset") (#eq? @length "0") (#not-eq? @value "0")) @here"#,
            message: "this fills no bytes",
            accept: always,
        }],
    },
    Rule {
        id: "delete-mismatch",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 85,
        summary: "Memory is given back in another way than it was taken.",
        suggestion: "Pair `new[]` with `delete[]` and `malloc` with `free`, or use a container or a smart pointer.",
        in_tests: InTests::Same,
        finders: &[Finder::Syntax {
            languages: &["cpp"],
            query: r#"(delete_expression (identifier) @name) @here"#,
            message: "`{name}` was not taken in the way that this gives it back",
            accept: taken_otherwise,
        }],
    },
    Rule {
        id: "missing-virtual-destructor",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 75,
        summary: "A class made to be derived from has no virtual destructor.",
        suggestion: "Add `virtual ~Name() = default;`.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: &["cpp"],
            query: r#"
                ([(class_specifier name: (type_identifier) @here body: (field_declaration_list (field_declaration default_value: (number_literal)) @pure) @body)
                  (struct_specifier name: (type_identifier) @here body: (field_declaration_list (field_declaration default_value: (number_literal)) @pure) @body)] @class)"#,
            message: "deleting an object through a pointer to `{here}` does not run the destructor of its class",
            accept: is_bare_interface,
        }],
    },
    Rule {
        id: "unsafe-c-string",
        severity: Severity::High,
        category: Category::Security,
        confidence: 75,
        summary: "Text is copied into a buffer without a limit.",
        suggestion: "Use a call that knows the size: `fgets`, `snprintf`, `strlcpy`, a width in `scanf`, or `std::string`.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: C_LIKE,
            query: r#"
(call_expression function: (_) @callee arguments: (argument_list . (_) .) (#any-of? @callee "gets" "std::gets")) @here
(call_expression function: (_) @callee arguments: (argument_list . (_) @target . (_) @value .)
  (#any-of? @callee "strcpy" "strcat" "std::strcpy" "std::strcat" "stpcpy" "wcscpy")) @here
(call_expression function: (_) @callee arguments: (argument_list . (_) @target . (string_literal) @format . (_) @value)
  (#any-of? @callee "sprintf" "vsprintf" "std::sprintf")) @here
(call_expression function: (_) @callee arguments: (argument_list (string_literal) @format . (_))
  (#any-of? @callee "scanf" "fscanf" "sscanf" "std::scanf" "std::sscanf")) @here"#,
            message: "`{callee}` writes as much as it gets, whatever fits",
            accept: is_unlimited_copy,
        }],
    },
    Rule {
        id: "format-string",
        severity: Severity::High,
        category: Category::Security,
        confidence: 85,
        summary: "A variable is used as the format of a `printf` call.",
        suggestion: "Write `printf(\"%s\", text)`.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: C_LIKE,
            query: r#"
(call_expression function: (identifier) @callee arguments: (argument_list .
  [(identifier) (field_expression) (subscript_expression)] @format .)
  (#any-of? @callee "printf" "wprintf")) @here
(call_expression function: (identifier) @callee
  arguments: (argument_list . (call_expression function: (field_expression field: (field_identifier) @field)) @format .)
  (#eq? @callee "printf") (#eq? @field "c_str")) @here
(call_expression function: (identifier) @callee
  arguments: (argument_list . (_) . [(identifier) (field_expression) (subscript_expression)] @format .)
  (#any-of? @callee "fprintf" "sprintf" "syslog" "dprintf")) @here
(call_expression function: (identifier) @callee
  arguments: (argument_list . (_) . (_) . [(identifier) (field_expression) (subscript_expression)] @format .)
  (#eq? @callee "snprintf")) @here"#,
            message: "`{format}` is used as a format; a `%n` in it writes to memory",
            accept: is_open_format,
        }],
    },
];

fn is_pointer_parameter(m: &Match<'_>, source: &Source<'_>) -> bool {
    let pointer = m.text("pointer");
    let Some(signature) = source.function_at(m.start()).and_then(|f| source.text.get(f.signature.clone())) else { return false };
    word_places(signature, pointer).any(|at| signature[..at].trim_end().ends_with('*') || signature[at + pointer.len()..].starts_with('['))
}

/// Whether the last value that the function gave to the variable came from the other kind of allocation.
fn taken_otherwise(m: &Match<'_>, source: &Source<'_>) -> bool {
    let name = m.text("name");
    let gives_array = m.text("here").contains('[');
    let Some(before) = source.function_at(m.start()).and_then(|f| source.text.get(f.span.start..m.start())) else { return false };
    let values = word_places(before, name).filter_map(|at| before[at + name.len()..].trim_start().strip_prefix('='));
    let last = values.filter(|value| !value.starts_with('=')).last().and_then(|value| value.split(';').next()).unwrap_or("").trim_start();
    let from_c = holds_any(last, "malloc( calloc( strdup(");
    let takes_array = last.split('(').next().is_some_and(|made| made.contains('['));
    from_c || (last.starts_with("new ") && takes_array != gives_array)
}

/// Whether a class with pure virtual functions has no base and no destructor; asked once, at the first of them.
fn is_bare_interface(m: &Match<'_>, source: &Source<'_>) -> bool {
    let (Some(name), Some(body), Some(pure)) = (m.span("here"), m.span("body"), m.span("pure")) else { return false };
    let has_base = source.text.get(name.end..body.start).is_some_and(|head| head.contains(':') || head.contains("final"));
    let is_first = source.text.get(body.start..pure.start).is_some_and(|above| !above.contains("= 0;"));
    !has_base && is_first && !m.text("body").contains('~') && m.text("body").contains("virtual")
}

fn is_unlimited_copy(m: &Match<'_>, source: &Source<'_>) -> bool {
    let (callee, value, format) = (m.text("callee"), m.text("value"), m.text("format"));
    let body = source.function_at(m.start()).and_then(|f| source.text.get(f.span.start..m.start())).unwrap_or("");
    // Room that was made in this function was made to fit.
    let is_roomy = |name: &str| {
        let is_made = assigned(source, m.start(), name).is_some_and(|value| value.contains("alloc("));
        is_made || (!name.is_empty() && body.contains(&format!("{name}[sizeof")))
    };
    // Two fields of one name are of one type.
    let field = |path: &str| path.rsplit_once(['.', '>']).map(|(_, field)| field.to_owned());
    if format.is_empty() && field(m.text("target")).is_some_and(|name| field(value) == Some(name)) {
        return false;
    }
    let (_, targets) = m.text("here").rsplit_once('"').unwrap_or_default();
    if callee.ends_with("scanf") && targets.split([',', ')']).map(|name| name.trim()).any(is_roomy) {
        return false;
    }
    let is_measured = !value.is_empty() && body.contains(&format!("strlen({value}"));
    let has_text = format.match_indices(['s', '[']).any(|(at, _)| format[..at].ends_with('%') && !format[..at].ends_with("%%"));
    match format.is_empty() {
        true => callee.ends_with("gets") || (!value.starts_with(['"', 'L']) && !is_constant(value) && !is_measured),
        false => has_text && !is_measured && !value.starts_with('"'),
    }
}

fn is_open_format(m: &Match<'_>, _: &Source<'_>) -> bool {
    !is_constant(m.text("format"))
}
