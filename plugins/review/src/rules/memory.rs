//! Owns the rules about memory in C and C++: sizes, lost blocks, what is given back and how, text that is copied or used as a format.

use crate::literals::{among, assigned, group_end, is_constant};
use crate::rule::{C_LIKE, Category, Finder, InTests, Rule, Severity, always};
use crate::source::{Match, Source};

use super::logic::{has_word, holds_any, word_places};

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
        severity: Severity::Medium,
        category: Category::Security,
        confidence: 75,
        summary: "Text is copied into a buffer without a limit.",
        suggestion: "Use a call that knows the size: `fgets`, `snprintf`, `strlcpy`, a width in `scanf`, or `std::string`.",
        in_tests: InTests::As(Severity::Low),
        finders: &[
            // No size makes `gets` safe.
            Finder::Table { message: "`{path}` writes as much as it gets, whatever fits" },
            Finder::Syntax {
                languages: C_LIKE,
                query: r#"
(call_expression function: (_) @callee arguments: (argument_list . (_) @target . (_) @value .)
  (#any-of? @callee "strcpy" "strcat" "std::strcpy" "std::strcat" "stpcpy" "wcscpy")) @here
(call_expression function: (_) @callee arguments: (argument_list . (_) @target . (string_literal) @format . (_) @value)
  (#any-of? @callee "sprintf" "vsprintf" "std::sprintf")) @here
(call_expression function: (_) @callee arguments: (argument_list (string_literal) @format . (_))
  (#any-of? @callee "scanf" "fscanf" "sscanf" "std::scanf" "std::sscanf")) @here"#,
                message: "`{callee}` writes as much as it gets, whatever fits",
                accept: is_unlimited_copy,
            },
        ],
    },
    Rule {
        id: "format-string",
        severity: Severity::High,
        category: Category::Security,
        confidence: 85,
        summary: "A variable is used as the format of a `printf` call.",
        suggestion: "Write `printf(\"%s\", text)`.",
        in_tests: InTests::As(Severity::Medium),
        finders: &[Finder::Table { message: "whoever writes this text reads and writes the memory of the program" }],
    },
];

fn is_pointer_parameter(m: &Match<'_>, source: &Source<'_>) -> bool {
    let pointer = m.text("pointer");
    let Some(signature) = source.function_at(m.start()).and_then(|f| source.text.get(f.signature.range())) else { return false };
    word_places(signature, pointer).any(|at| signature[..at].trim_end().ends_with('*') || signature[at + pointer.len()..].starts_with('['))
}

/// Whether the last value that the function gave to the variable came from the other kind of allocation.
fn taken_otherwise(m: &Match<'_>, source: &Source<'_>) -> bool {
    let name = m.text("name");
    let gives_array = m.text("here").contains('[');
    let Some(before) = source.function_before(m.start()) else { return false };
    let values = word_places(before, name).filter_map(|at| before[at + name.len()..].trim_start().strip_prefix('='));
    let last = values.filter(|value| !value.starts_with('=')).last().and_then(|value| value.split(';').next()).unwrap_or("").trim_start();
    let from_c = holds_any(last, "malloc( calloc( strdup(");
    let made =
        last.trim_start_matches("::").strip_prefix("new").filter(|made| !made.starts_with(|c: char| c.is_alphanumeric() || c == '_'));
    from_c || made.is_some_and(|made| makes_array(made, source.text) != gives_array)
}

/// Whether what follows `new` is an array: of a type with a number, or of a name that stands for such a type. What `new` itself is given, as
/// `std::nothrow`, and what the object is given stand in brackets of their own.
fn makes_array(made: &str, text: &str) -> bool {
    let (mut depth, mut kind) = (0_u32, String::new());
    for c in made.chars() {
        match c {
            '(' | '{' => depth += 1,
            ')' | '}' if depth == 0 => break,
            ')' | '}' => depth -= 1,
            _ if depth == 0 => kind.push(c),
            _ => {}
        }
    }
    let kind = kind.trim();
    let stands_for_array = || {
        let alias = format!("using {kind} =");
        let is_alias = text.split(&alias).skip(1).any(|rest| rest.split(';').next().is_some_and(|kind| kind.trim_end().ends_with(']')));
        is_alias || text.lines().any(|line| line.trim_start().starts_with("typedef ") && line.contains(&format!(" {kind}[")))
    };
    kind.contains('[') || !kind.is_empty() && stands_for_array()
}

/// Whether a class with pure virtual functions has no base and no destructor; asked once, at the first of them.
fn is_bare_interface(m: &Match<'_>, source: &Source<'_>) -> bool {
    let (Some(name), Some(body), Some(pure)) = (m.span("here"), m.span("body"), m.span("pure")) else { return false };
    let has_base = source.text.get(name.end..body.start).is_some_and(|head| head.contains(':') || head.contains("final"));
    let is_first = source.text.get(body.start..pure.start).is_some_and(|above| !above.contains("= 0;"));
    !has_base && is_first && !m.text("body").contains('~') && m.text("body").contains("virtual") && !counts_its_owners(m)
}

/// Whether the class says that it is an interface as in COM, by an attribute, a macro or its methods: its objects delete themselves.
fn counts_its_owners(m: &Match<'_>) -> bool {
    const MARKS: &str = "novtable uuid( NOVTABLE NO_VTABLE MIDL_INTERFACE DECLSPEC_UUID __interface";
    const METHODS: &str = "AddRef QueryInterface STDMETHOD STDMETHODCALLTYPE __stdcall";
    let head = m.text("class").split('{').next().unwrap_or("");
    holds_any(head, MARKS) || METHODS.split(' ').any(|method| has_word(m.text("body"), method))
}

fn is_unlimited_copy(m: &Match<'_>, source: &Source<'_>) -> bool {
    let (callee, value, format) = (m.text("callee"), m.text("value"), m.text("format"));
    let body = source.function_before(m.start()).unwrap_or("");
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
    let is_measured = !value.is_empty() && (is_measured(body, value) || is_made_to_fit(m, source));
    let has_text = format.match_indices(['s', '[']).any(|(at, _)| format[..at].ends_with('%') && !format[..at].ends_with("%%"));
    match format.is_empty() {
        true => callee.ends_with("gets") || (!is_written_here(value) && !is_constant(value) && !is_measured),
        false => has_text && !is_measured && !is_written_here(value),
    }
}

/// Whether a text stands where it is copied, or one of two does: `on ? "on" : "off"`.
fn is_written_here(value: &str) -> bool {
    let is_literal = |text: &str| text.trim_start().starts_with(['"', 'L']);
    let choice = value.split_once('?').and_then(|(_, choice)| choice.rsplit_once(':'));
    is_literal(value) || choice.is_some_and(|(first, second)| is_literal(first) && is_literal(second))
}

/// What an expression for a text is about: without casts and brackets, without what is added to it, and without the call that lends the text
/// of an object.
fn base(expression: &str) -> &str {
    let mut rest = expression.trim();
    // A cast is a bracket with something behind it.
    while rest.starts_with('(') {
        let end = group_end(rest, 0);
        let behind = rest[end..].trim_start();
        rest = if behind.is_empty() { rest[1..].strip_suffix(')').unwrap_or(&rest[1..]).trim() } else { behind };
    }
    let rest = rest.trim_start_matches(['&', '*', ' ']);
    let rest = rest.split_once('+').map_or(rest, |(text, _)| text).trim_end();
    [".c_str()", "->c_str()", ".data()", "->data()", ".get()"].iter().find_map(|lends| rest.strip_suffix(lends)).unwrap_or(rest)
}

/// Whether the function asked for the length of the text before.
fn is_measured(body: &str, value: &str) -> bool {
    let value = base(value);
    let by_call = body.match_indices("len(").any(|(at, call)| {
        let open = at + call.len() - 1;
        let end = group_end(body, open);
        body.get(open + 1..end.saturating_sub(1)).is_some_and(|text| base(text.split(',').next().unwrap_or("")) == value)
    });
    let by_method = || [".size()", ".length()", "->size()", "->length()"].iter().any(|method| body.contains(&format!("{value}{method}")));
    by_call || !value.is_empty() && by_method()
}

/// Whether the target was allocated here with a length that belongs to the text: as a copy of it, with a length that is called after it, or
/// with a length that went into the room of the text as well.
fn is_made_to_fit(m: &Match<'_>, source: &Source<'_>) -> bool {
    let (target, value) = (base(m.text("target")), base(m.text("value")));
    let room_of = |name: &str| assigned(source, m.start(), name).filter(|room| is_allocation(room));
    let Some(room) = room_of(target) else { return false };
    let value_room = room_of(value).map(lengths).unwrap_or_default();
    let is_named_after = |length: &str| {
        let rest = length.strip_prefix(value).unwrap_or("").trim_start_matches('_').to_ascii_lowercase();
        matches!(rest.as_str(), "len" | "length" | "size")
    };
    let is_copy = room.contains("dup(") && has_word(room, value);
    is_copy || lengths(room).iter().any(|length| is_named_after(length) || value_room.contains(length))
}

/// Whether an expression takes memory: a call that ends so, whoever wrote it, or an array by `new`.
fn is_allocation(expression: &str) -> bool {
    let expression = expression.to_ascii_lowercase();
    holds_any(&expression, "alloc( alloca( dup( alloc0( alloc_n(") || has_word(&expression, "new") && expression.contains('[')
}

/// Names in an expression for memory that may be lengths: neither called nor a type.
fn lengths(expression: &str) -> Vec<&str> {
    const TYPES: &str = "sizeof new char wchar_t unsigned signed const void int long short size_t std nothrow";
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let words = expression.split(|c: char| !is_word(c)).filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'));
    // A part of the expression knows its place in it: the `n` of `strlen(` is no call of `n`.
    let is_called = |word: &str| expression[word.as_ptr() as usize - expression.as_ptr() as usize + word.len()..].starts_with('(');
    words.filter(|word| !among(TYPES, word) && !is_called(word) && !is_constant(word)).collect()
}
