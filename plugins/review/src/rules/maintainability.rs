//! Owns the rules about what makes the next change harder: copies, leftovers, silenced warnings. Never measures anything itself.

use crate::rule::{C_LIKE, Category, Finder, InTests, JS, Rule, Severity, always};
use crate::source::{Match, Source};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "print-debugging",
        severity: Severity::Low,
        category: Category::Maintainability,
        confidence: 50,
        summary: "A print that was made for debugging is still there.",
        suggestion: "Delete it, or send it to the log with a level.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["rust"],
                query: r#"(macro_invocation macro: (identifier) @name (#eq? @name "dbg")) @here"#,
                message: "`dbg!` prints to the standard error",
                accept: always,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"
                    (expression_statement (call_expression function: (member_expression
                        object: (identifier) @object property: (property_identifier) @method) @here)
                        (#eq? @object "console") (#any-of? @method "log" "debug"))"#,
                message: "`{here}` in code that is not a command",
                // What tells of a failure is meant for whoever runs this.
                accept: |m, source| {
                    let said = source.line_at(m.start()).to_lowercase();
                    !["fail", "error", "warn", "cannot", "could not"].iter().any(|word| said.contains(word)) && is_not_a_command(m, source)
                },
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"
                    (method_invocation
                        object: (field_access object: (identifier) @class field: (identifier) @stream)
                        name: (identifier) @method
                        (#eq? @class "System") (#eq? @stream "out")
                        (#any-of? @method "println" "print" "printf")) @here"#,
                message: "`System.out` in code that is not a command",
                accept: is_not_a_command,
            },
        ],
    },
    Rule {
        id: "debugger-statement",
        severity: Severity::Medium,
        category: Category::Maintainability,
        confidence: 95,
        summary: "A breakpoint is written into the code.",
        suggestion: "Delete it.",
        in_tests: InTests::Same,
        finders: &[
            Finder::Syntax {
                languages: JS,
                query: r#"(debugger_statement) @here"#,
                message: "`debugger` stops the program whenever developer tools are open",
                accept: is_not_a_debugger,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"
                    (expression_statement (call function: (identifier) @name) @here (#eq? @name "breakpoint"))
                    (expression_statement (call function: (attribute
                        object: (identifier) @module attribute: (identifier) @name)) @here
                        (#any-of? @module "pdb" "ipdb" "pudb") (#eq? @name "set_trace"))"#,
                message: "the program stops here and waits for a debugger",
                accept: is_not_a_debugger,
            },
        ],
    },
    Rule {
        id: "print-stack-trace",
        severity: Severity::Low,
        category: Category::Maintainability,
        confidence: 75,
        summary: "An exception is printed past the log.",
        suggestion: "Give the exception to the logger, or let it go up.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["java"],
                query: r#"
                    (method_invocation object: (identifier) name: (identifier) @method
                        arguments: (argument_list . ")") (#eq? @method "printStackTrace")) @here"#,
                message: "`{here}` goes to the standard error, not to the log",
                accept: is_not_a_command,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"
                    (call_expression
                        (navigation_expression (identifier) (identifier) @method (#eq? @method "printStackTrace"))
                        (value_arguments . ")")) @here"#,
                message: "`{here}` goes to the standard error, not to the log",
                accept: is_not_a_command,
            },
        ],
    },
    Rule {
        id: "wildcard-import",
        severity: Severity::Low,
        category: Category::Maintainability,
        confidence: 80,
        summary: "All names of a module are imported, so nobody can tell where a name comes from.",
        suggestion: "Import the names that are used, or the module.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: &["python"],
            query: r#"(import_from_statement module_name: (_) @module (wildcard_import)) @here"#,
            message: "every name of `{module}` is imported, and later ones will be too",
            accept: is_not_a_reexport,
        }],
    },
    Rule {
        id: "global-mutable-state",
        severity: Severity::Low,
        category: Category::Maintainability,
        confidence: 60,
        summary: "A function changes a variable of the module.",
        suggestion: "Return the new value, or keep it in an object that is passed around.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: &["python"],
            query: r#"(global_statement . (identifier) @name) @here"#,
            message: "this function changes `{name}` for the whole module",
            accept: is_not_filled_once,
        }],
    },
    Rule {
        id: "mutable-static",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 85,
        summary: "A `static mut` can be changed from two threads at once, which is undefined behaviour.",
        suggestion: "Use an atomic, a `Mutex`, or a `OnceLock`.",
        in_tests: InTests::As(Severity::Low),
        finders: &[Finder::Syntax {
            languages: &["rust"],
            // Those of `extern` blocks have no value and belong to somebody else.
            query: r#"(static_item (mutable_specifier) name: (identifier) @here value: (_))"#,
            message: "`static mut {here}` is shared by all threads without a lock",
            accept: has_threads,
        }],
    },
    Rule {
        id: "explicit-any",
        severity: Severity::Info,
        category: Category::Maintainability,
        confidence: 75,
        summary: "The type `any` switches the type checker off.",
        suggestion: "Use `unknown` and check, or write the type that is meant.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: &["typescript", "tsx"],
            query: r#"
                (type_annotation (predefined_type) @here (#eq? @here "any"))
                (type_annotation (array_type (predefined_type) @here) (#eq? @here "any"))
                (as_expression (predefined_type) @here (#eq? @here "any"))"#,
            message: "`any` switches the type checker off here",
            accept: is_needless_any,
        }],
    },
    Rule {
        id: "suppressed-warnings",
        severity: Severity::Low,
        category: Category::Maintainability,
        confidence: 85,
        summary: "All warnings are switched off, also those that nobody has seen yet.",
        suggestion: "Name the warning that is meant, and put the attribute where it occurs.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["rust"],
                query: r#"
                    (inner_attribute_item (attribute (identifier) @allow arguments: (token_tree (identifier) @what))
                        (#eq? @allow "allow") (#eq? @what "warnings")) @here
                    (attribute_item (attribute (identifier) @allow arguments: (token_tree (identifier) @what))
                        (#eq? @allow "allow") (#eq? @what "warnings")) @here
                    (inner_attribute_item (attribute (identifier) @allow
                        arguments: (token_tree (identifier) @tool . "::" . (identifier) @what))
                        (#eq? @allow "allow") (#eq? @tool "clippy") (#eq? @what "all")) @here
                    (attribute_item (attribute (identifier) @allow
                        arguments: (token_tree (identifier) @tool . "::" . (identifier) @what))
                        (#eq? @allow "allow") (#eq? @tool "clippy") (#eq? @what "all")) @here"#,
                message: "`{here}` switches every warning off",
                accept: always,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"
                    (annotation name: (identifier) @name
                        arguments: (annotation_argument_list (string_literal) @what)
                        (#eq? @name "SuppressWarnings") (#eq? @what "\"all\"")) @here
                    (annotation name: (identifier) @name
                        arguments: (annotation_argument_list
                            (element_value_array_initializer (string_literal) @what))
                        (#eq? @name "SuppressWarnings") (#eq? @what "\"all\"")) @here"#,
                message: "`{here}` switches every warning off",
                accept: always,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"
                    (constructor_invocation (user_type (identifier) @name)
                        (value_arguments (value_argument (string_literal (string_content) @what)))
                        (#eq? @name "Suppress") (#any-of? @what "ALL" "all" "warnings")) @here"#,
                message: "`{here}` switches every warning off",
                accept: always,
            },
        ],
    },
    Rule {
        id: "var-declaration",
        severity: Severity::Info,
        category: Category::Maintainability,
        confidence: 80,
        summary: "A `var` outlives its block, in a file that uses `let` and `const` elsewhere.",
        suggestion: "Write `const`, or `let` when the value changes.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: JS,
            query: r#"
                (variable_declaration . "var" @here . (variable_declarator value: (_)))
                (for_in_statement kind: "var" @here)"#,
            message: "this `var` is visible in the whole function",
            accept: is_first_of_modern_file,
        }],
    },
    Rule {
        id: "macro-parentheses",
        severity: Severity::Low,
        category: Category::Correctness,
        confidence: 75,
        summary: "A macro uses a parameter in a calculation without brackets around it.",
        suggestion: "Put brackets round each parameter and round the whole, or write an inline function.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: C_LIKE,
            query: r#"(preproc_function_def name: (identifier) @here
                parameters: (preproc_params) @parameters value: (preproc_arg) @value)"#,
            message: "`{here}` calculates with a parameter that has no brackets",
            accept: has_bare_operand,
        }],
    },
];

/// A program that talks to a terminal prints, and so does a logger.
fn is_not_a_command(m: &Match<'_>, source: &Source<'_>) -> bool {
    let marks = [
        "process.argv",
        "process.exit",
        "process.stdout",
        "require.main",
        "import.meta.main",
        "no-console",
        "void main(",
        "fun main(",
        "System.exit(",
    ];
    let names = ["log", "print", "debug", "dump", "main", "usage", "trace"];
    let function = source.function_at(m.start()).map_or(String::new(), |function| function.name.to_lowercase());
    !source.text.starts_with("#!") && !marks.iter().any(|mark| source.has(mark)) && !names.iter().any(|name| function.contains(name))
}

/// Code whose work is to stop somewhere says so in its name.
fn is_not_a_debugger(m: &Match<'_>, source: &Source<'_>) -> bool {
    const DEBUGGERS: &[&str] = &["import bdb", "class Bdb", "class Pdb", "(bdb.Bdb)", "(Pdb)"];
    if source.language == "python" && DEBUGGERS.iter().any(|mark| source.has(mark)) {
        return false;
    }
    let functions = source.functions.iter().filter(|function| function.span.contains(m.start()));
    let mut names = functions.map(|function| function.name.to_lowercase());
    !names.any(|name| ["debug", "break", "pdb"].iter().any(|word| name.contains(word)))
}

/// A package gathers the names of its modules so, and its `__init__` has little else in it.
fn is_not_a_reexport(m: &Match<'_>, source: &Source<'_>) -> bool {
    let is_own = m.text("module").starts_with('.');
    let is_gathering = is_own && source.text.matches("import *").count() > 2;
    let is_init = source.functions.is_empty() && (is_own || source.measures.code_lines < 20);
    let is_meant = source.has("__all__") || source.line_at(m.start()).contains("noqa");
    !is_gathering && !is_init && !is_meant
}

/// A value that is made at the first use is not state that changes.
fn is_not_filled_once(m: &Match<'_>, source: &Source<'_>) -> bool {
    let Some(function) = source.function_at(m.start()) else { return false };
    let body = source.text.get(function.span.range()).unwrap_or("");
    let name = m.text("name");
    let tests = [format!("{name} is None"), format!("not {name}:"), format!("{name} is not None"), format!("if {name}:")];
    !tests.iter().any(|test| body.contains(test.as_str()))
}

fn has_threads(_: &Match<'_>, source: &Source<'_>) -> bool {
    !source.has("no_std")
}

/// `catch (e: any)` and `...args: any[]` are often the only way.
fn is_needless_any(m: &Match<'_>, source: &Source<'_>) -> bool {
    let before = source.text[..m.start()].rsplit('\n').next().unwrap_or("");
    let own = before.rsplit(['(', ',', '{', ';']).next().unwrap_or("");
    let is_catch = before.rsplit_once("catch").is_some_and(|(_, rest)| !rest.contains(')'));
    let is_silenced = source.lines_above(m.start(), 1).any(|line| line.contains("no-explicit-any"));
    !own.contains("...") && !is_catch && !is_silenced && !source.line_at(m.start()).contains("no-explicit-any")
}

/// The first `var` of a function, in a file that knows `let` or `const`; older files are left alone.
fn is_first_of_modern_file(m: &Match<'_>, source: &Source<'_>) -> bool {
    let start = source.function_at(m.start()).map_or(0, |function| function.span.range().start);
    let before = &source.text[start..m.start()];
    let is_first = !before.lines().any(|line| line.trim_start().starts_with("var "));
    let mut lines = source.text.lines().map(str::trim_start);
    let is_modern = lines.any(|line| line.starts_with("const ") || line.starts_with("let "));
    is_first && is_modern && !before.trim_end().ends_with("declare")
}

/// Whether a parameter stands bare beside `*`, `/`, `%`, `+` or `-` in a macro that is an expression.
fn has_bare_operand(m: &Match<'_>, _: &Source<'_>) -> bool {
    let value = m.text("value");
    // Statements, strings, pasted tokens and comments: not a calculation, or not one that can be judged here.
    if value.contains(['{', ';', '"', '#', '\'', '=']) || value.contains("//") || value.contains("/*") {
        return false;
    }
    let names = m.text("parameters").split(|c: char| !is_word(c));
    // `type *name` declares a pointer.
    let names: Vec<&str> = names.filter(|name| !name.is_empty() && !name.to_lowercase().ends_with("type")).collect();
    let tokens = tokens(value);
    (0..tokens.len()).any(|at| names.contains(&tokens[at]) && is_bare_operand(&tokens, at, &names))
}

fn is_bare_operand(tokens: &[&str], at: usize, names: &[&str]) -> bool {
    let token = |index: Option<usize>| index.and_then(|index| tokens.get(index)).copied().unwrap_or("");
    let (before, after) = (token(at.checked_sub(1)), token(Some(at + 1)));
    let is_value = |token: &str| token.starts_with(|c: char| c.is_ascii_digit()) || token == ")" || names.contains(&token);
    // `a * b`, where `*` has values on both sides; `T * name` and `(T *) x` are types.
    let left = is_operator(before) && is_value(token(at.checked_sub(2))) && !is_cast(tokens, at - 1);
    let right = token(Some(at + 2));
    let right = is_operator(after) && (is_value(right) && right != ")" || right == "(" && after != "*");
    left || right
}

/// Whether the bracket that closes before the operator at `at` holds words only, as a cast does, or is the call of a type.
fn is_cast(tokens: &[&str], at: usize) -> bool {
    if at.checked_sub(1).and_then(|index| tokens.get(index)) != Some(&")") {
        return false;
    }
    let inside = tokens[..at - 1].iter().rev().take_while(|token| **token != "(");
    inside.clone().all(|token| *token == "*" || token.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

fn is_operator(token: &str) -> bool {
    matches!(token, "*" | "/" | "%" | "+" | "-")
}

/// Words, and the other characters one by one; `++`, `--` and `->` stay whole.
fn tokens(value: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = value.trim_start();
    while let Some(first) = rest.chars().next() {
        let n_bytes = match first {
            c if is_word(c) => rest.find(|c: char| !is_word(c)).unwrap_or(rest.len()),
            _ if ["++", "--", "->", "<<", ">>"].iter().any(|sign| rest.starts_with(sign)) => 2,
            c => c.len_utf8(),
        };
        let (token, tail) = rest.split_at(n_bytes);
        found.push(token);
        rest = tail.trim_start_matches([' ', '\t', '\\', '\r', '\n']);
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
