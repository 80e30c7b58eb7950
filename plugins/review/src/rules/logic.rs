//! Owns the rules about statements that do not do what they say: branches, assignments, definitions, dropped values.

use crate::rule::{C_LIKE, Category, Finder, InTests, JS, Rule, Severity, always};
use crate::source::{Match, Source};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "mutable-default-argument",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 85,
        summary: "A default value is made once, changed by one call and seen by the next.",
        suggestion: "Use `None` as the default and make the value inside the function.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: &["python"],
            query: r#"
                ([(default_parameter name: (identifier) @name value: [(list) (dictionary) (set)])
                  (typed_default_parameter name: (identifier) @name value: [(list) (dictionary) (set)])] @here)
                ([(default_parameter name: (identifier) @name value: (call function: (identifier) @maker))
                  (typed_default_parameter name: (identifier) @name value: (call function: (identifier) @maker))] @here
                  (#any-of? @maker "list" "dict" "set" "defaultdict" "deque" "OrderedDict" "Counter" "bytearray"))"#,
            message: "the default of `{name}` is shared by all calls, and this function changes it or gives it away",
            accept: default_escapes,
        }],
    },
    Rule {
        id: "self-assignment",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 90,
        summary: "A variable is assigned to itself.",
        suggestion: "Assign the value that was meant, or delete the line.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["rust", "javascript", "typescript", "tsx", "java", "c", "cpp"],
                query: r#"(assignment_expression left: (_) @left "=" right: (_) @right (#eq? @left @right)) @here"#,
                message: "`{left}` is assigned to itself",
                accept: assigns_nothing,
            },
            Finder::Syntax {
                languages: &["python", "kotlin"],
                query: r#"(assignment left: (_) @left "=" right: (_) @right (#eq? @left @right)) @here"#,
                message: "`{left}` is assigned to itself",
                accept: assigns_nothing,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"(assignment_statement left: (_) @left operator: "=" right: (_) @right (#eq? @left @right)) @here"#,
                message: "`{left}` is assigned to itself",
                accept: assigns_nothing,
            },
        ],
    },
    Rule {
        id: "identical-branches",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 85,
        summary: "Both branches of a condition do the same.",
        suggestion: "Drop the condition, or write what the other branch was meant to do.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: JS,
                query: r#"
                    (if_statement condition: (_) @here consequence: (_) @then alternative: (else_clause (_) @other) (#eq? @then @other))
                    (ternary_expression condition: (_) @here consequence: (_) @then alternative: (_) @other (#eq? @then @other))"#,
                message: "the same happens whether `{here}` holds or not",
                accept: does_something,
            },
            Finder::Syntax {
                languages: C_LIKE,
                query: r#"
                    (if_statement condition: (_) @here consequence: (_) @then alternative: (else_clause (_) @other) (#eq? @then @other))
                    (conditional_expression condition: (_) @here consequence: (_) @then alternative: (_) @other (#eq? @then @other))"#,
                message: "the same happens whether `{here}` holds or not",
                accept: does_something,
            },
            Finder::Syntax {
                languages: &["java", "go"],
                query: r#"(if_statement condition: (_) @here consequence: (_) @then alternative: (_) @other (#eq? @then @other))"#,
                message: "the same happens whether `{here}` holds or not",
                accept: does_something,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"(ternary_expression condition: (_) @here consequence: (_) @then alternative: (_) @other (#eq? @then @other))"#,
                message: "the same value comes out whether `{here}` holds or not",
                accept: always,
            },
            Finder::Syntax {
                languages: &["rust"],
                query: r#"(if_expression condition: (_) @here consequence: (_) @then alternative: (else_clause (_) @other) (#eq? @then @other))"#,
                message: "the same happens whether `{here}` holds or not",
                accept: does_something,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(if_expression condition: (_) @here . (_) @then . (_) @other (#eq? @then @other))"#,
                message: "the same happens whether `{here}` holds or not",
                accept: does_something,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"
                    (if_statement condition: (_) @here consequence: (_) @then . alternative: (else_clause body: (_) @other) (#eq? @then @other))
                    (conditional_expression . (_) @then . (_) @here . (_) @other . (#eq? @then @other))"#,
                message: "the same happens whether `{here}` holds or not",
                accept: does_something,
            },
        ],
    },
    Rule {
        id: "duplicate-condition",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 90,
        summary: "A condition is asked again in the same chain, so its branch is never taken.",
        suggestion: "Ask the question that was meant, or delete the dead branch.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["javascript", "typescript", "tsx", "c", "cpp"],
                query: r#"(if_statement condition: (_) @first alternative: (else_clause (if_statement condition: (_) @here)) (#eq? @first @here))"#,
                message: "`{here}` was asked just before: this branch is never taken",
                accept: asks_only,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"(if_statement condition: (_) @first alternative: (if_statement condition: (_) @here) (#eq? @first @here))"#,
                message: "`{here}` was asked just before: this branch is never taken",
                accept: asks_only,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"(if_statement condition: (_) @first alternative: (if_statement !initializer condition: (_) @here) (#eq? @first @here))"#,
                message: "`{here}` was asked just before: this branch is never taken",
                accept: asks_only,
            },
            Finder::Syntax {
                languages: &["rust"],
                query: r#"(if_expression condition: (_) @first alternative: (else_clause (if_expression condition: (_) @here)) (#eq? @first @here))"#,
                message: "`{here}` was asked just before: this branch is never taken",
                accept: asks_only,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(if_expression condition: (_) @first . (_) . (if_expression condition: (_) @here) (#eq? @first @here))"#,
                message: "`{here}` was asked just before: this branch is never taken",
                accept: asks_only,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"
                    (if_statement condition: (_) @first alternative: (elif_clause condition: (_) @here) (#eq? @first @here))
                    (if_statement alternative: (elif_clause condition: (_) @first) . alternative: (elif_clause condition: (_) @here) (#eq? @first @here))"#,
                message: "`{here}` was asked before in this chain: this branch is never taken",
                accept: asks_only,
            },
        ],
    },
    Rule {
        id: "unreachable-code",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 90,
        summary: "Code stands behind a statement that leaves the block.",
        suggestion: "Delete it, or move it before the statement that leaves.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["python"],
                query: r#"[(return_statement) (raise_statement) (break_statement) (continue_statement)] @here"#,
                message: "what stands behind this in its block is never reached",
                accept: never_runs,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"[(return_statement) (throw_statement) (break_statement) (continue_statement)] @here"#,
                message: "what stands behind this in its block is never reached",
                accept: never_runs,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"[(return_statement) (break_statement) (continue_statement)] @here"#,
                message: "what stands behind this in its block is never reached",
                accept: never_runs,
            },
            Finder::Syntax {
                languages: C_LIKE,
                query: r#"[(return_statement) (break_statement) (continue_statement)] @here"#,
                message: "what stands behind this in its block is never reached",
                accept: never_runs,
            },
        ],
    },
    Rule {
        id: "switch-fallthrough",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 70,
        summary: "A case runs on into the next one, and nothing says that this is meant.",
        suggestion: "End the case with `break`, or say in a comment that it falls through.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: C_LIKE,
                query: r#"((case_statement (expression_statement) @here .) . (case_statement))"#,
                message: "the case ends here without `break` and runs into the next one",
                accept: comes_back,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"((switch_case body: (expression_statement) @here .) . [(switch_case) (switch_default)])"#,
                message: "the case ends here without `break` and runs into the next one",
                accept: comes_back,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"((switch_block_statement_group (expression_statement) @here .) . (switch_block_statement_group))"#,
                message: "the case ends here without `break` and runs into the next one",
                accept: comes_back,
            },
        ],
    },
    Rule {
        id: "unused-result",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 90,
        summary: "A call that changes nothing is made for its result, and the result is dropped.",
        suggestion: "Use what the call returns.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["python"],
                query: r#"
                    (expression_statement . (call function: (identifier) @callee (#any-of? @callee "sorted" "reversed")) @here .)
                    (expression_statement . (call function: (attribute object: (_) @object attribute: (identifier) @callee) arguments: (argument_list . [(string) (identifier)] . [(string) (identifier)] .)
                        (#eq? @callee "replace") (#not-match? @object "(os|shutil|path|Path|self|dataclasses|copy)$")) @here .)
                    (expression_statement . (call function: (attribute attribute: (identifier) @callee) arguments: (argument_list . ")")
                        (#any-of? @callee "strip" "lstrip" "upper" "capitalize" "casefold" "swapcase")) @here .)"#,
                message: "`{callee}` returns something new, and nobody takes it",
                accept: always,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"
                    (expression_statement (call_expression function: (member_expression property: (property_identifier) @callee)
                        (#any-of? @callee "concat" "trim" "toUpperCase" "toLowerCase" "padStart" "padEnd" "toFixed"))) @here
                    (expression_statement (call_expression function: (member_expression property: (property_identifier) @callee) arguments: (arguments . (regex) . [(string) (template_string)] .)
                        (#any-of? @callee "replace" "replaceAll"))) @here"#,
                message: "`{callee}` returns something new, and nobody takes it",
                accept: always,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"(expression_statement (method_invocation object: (_) name: (identifier) @callee
                    (#any-of? @callee "toUpperCase" "toLowerCase" "substring" "strip" "stripLeading" "stripTrailing"))) @here"#,
                message: "`{callee}` returns a new string, and nobody takes it",
                accept: always,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"(expression_statement (call_expression function: (selector_expression) @callee
                    (#any-of? @callee "fmt.Sprintf" "fmt.Sprint" "fmt.Errorf" "errors.New" "strings.Replace" "strings.ReplaceAll" "strings.TrimSpace"
                        "strings.Trim" "strings.ToLower" "strings.ToUpper" "context.WithValue" "slices.Clone"))) @here"#,
                message: "`{callee}` returns something new, and nobody takes it",
                accept: always,
            },
            Finder::Syntax {
                languages: &["cpp"],
                query: r#"
                    (expression_statement (call_expression function: (qualified_identifier) @callee
                        (#any-of? @callee "std::remove_if" "std::unique" "std::move" "std::find" "std::count" "std::accumulate"))) @here
                    (expression_statement (call_expression function: (field_expression field: (field_identifier) @callee) arguments: (argument_list . ")")
                        (#eq? @callee "empty"))) @here"#,
                message: "`{callee}` only returns something, and nobody takes it",
                accept: |m, _| m.text("callee") != "std::move" || !m.text("here").contains(','),
            },
        ],
    },
    Rule {
        id: "equality-without-hash",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 85,
        summary: "A type says when two values are equal, but its hash does not follow.",
        suggestion: "Write the hash by hand too, from the same fields.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["java"],
                query: r#"(class_body (method_declaration name: (identifier) @here
                    parameters: (formal_parameters . (formal_parameter type: (type_identifier) @type) .) (#eq? @here "equals") (#eq? @type "Object"))) @body"#,
                message: "`equals` without `hashCode`: equal objects get lost in hash maps and sets",
                accept: |m, _| !m.text("body").contains("hashCode("),
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(class_body (function_declaration (modifiers) @modifiers name: (identifier) @here (#eq? @here "equals"))) @body"#,
                message: "`equals` without `hashCode`: equal objects get lost in hash maps and sets",
                accept: |m, _| m.text("modifiers").contains("override") && !m.text("body").contains("hashCode("),
            },
            Finder::Syntax {
                languages: &["rust"],
                query: r#"(impl_item trait: (type_identifier) @here type: (type_identifier) @name (#eq? @here "PartialEq"))"#,
                message: "`{name}` derives `Hash` but compares by hand: equal values may get lost in hash maps",
                accept: derives_hash,
            },
        ],
    },
];

/// Whether `text` holds `word` with no letter, digit or underscore on either side.
pub(super) fn has_word(text: &str, word: &str) -> bool {
    word_places(text, word).next().is_some()
}

/// Whether `text` holds one of `words`, which are separated by blanks.
pub(super) fn holds_any(text: &str, words: &str) -> bool {
    words.split(' ').any(|word| text.contains(word))
}

/// Byte offsets at which `word` stands alone in `text`.
pub(super) fn word_places<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    let touches = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |&at| !word.is_empty() && !text[..at].ends_with(touches) && !text[at + word.len()..].starts_with(touches))
}

/// Whether the function changes its default value, keeps it or hands it out.
fn default_escapes(m: &Match<'_>, source: &Source<'_>) -> bool {
    const CHANGES: &str = ".append( .add( .extend( .insert( .update( .setdefault( .pop( .remove( .clear( .sort( += |=";
    let name = m.text("name");
    // What is kept from call to call on purpose is called so, or is a list with a start value.
    let is_store = holds_any(&name.to_ascii_lowercase(), "cache memo") || name.starts_with('_') || name.len() == 1;
    let is_filled = m.text("here").ends_with(']') && !m.text("here").ends_with("[]");
    let Some(function) = source.function_at(m.start()).filter(|_| !is_store && !is_filled) else { return false };
    let Some(body) = source.text.get(function.signature.end..function.span.end) else { return false };
    let is_replaced = word_places(body, name).any(|at| body[at + name.len()..].starts_with(" = "));
    !is_replaced
        && word_places(body, name).any(|at| {
            let (before, after) = (&body[..at], &body[at + name.len()..]);
            let line = after.lines().next().unwrap_or("");
            CHANGES.split(' ').any(|change| after.trim_start().starts_with(change))
                || (after.starts_with('[') && (line.contains("] = ") || line.contains("] += ")))
                || (line.trim().is_empty() && (before.ends_with(" = ") || before.ends_with("return ") || before.ends_with("yield ")))
        })
}

/// Whether the assignment is to a plain variable or field, and not one of the idioms that have an effect.
fn assigns_nothing(m: &Match<'_>, source: &Source<'_>) -> bool {
    let left = m.text("left");
    let function = source.function_at(m.start());
    let is_plain = !left.contains(['(', '*', '[']) && !left.contains("++");
    is_plain
        && match source.language {
            // In the body of a class, `x = x` takes over a name from around it.
            "python" => function.is_some() && !in_class_body(source, m.start()),
            // It silences a warning about an unused parameter.
            "c" | "cpp" => function.is_some_and(|f| !f.parameters.iter().any(|p| p == left)),
            // The setter of a property may do something.
            "javascript" | "typescript" | "tsx" => !left.contains('.'),
            "kotlin" => !left.trim_start_matches("this.").contains('.'),
            _ => true,
        }
}

fn in_class_body(source: &Source<'_>, offset: usize) -> bool {
    let width = |line: &str| line.len() - line.trim_start().len();
    let indent = width(source.line_at(offset));
    let mut outer = source.lines_above(offset, 60).filter(|line| !line.trim().is_empty() && width(line) < indent);
    outer.next().is_some_and(|line| line.trim_start().starts_with("class "))
}

/// Leaves out empty branches, and the last step of an `else if` chain, which may be spelled out for the reader.
fn does_something(m: &Match<'_>, source: &Source<'_>) -> bool {
    let before = source.text.get(..m.start()).unwrap_or("").trim_end_matches(|c: char| c.is_whitespace() || c == '(');
    let in_chain = before.ends_with("else if") || before.ends_with("elif");
    let then = m.text("then").trim_matches(|c: char| c.is_whitespace() || matches!(c, '{' | '}' | ';'));
    !in_chain && !then.is_empty() && then != "pass"
}

/// Whether asking twice must give the same answer, as far as a name can tell.
fn asks_only(m: &Match<'_>, _: &Source<'_>) -> bool {
    const ACTS: &str = "next read accept match( consume eat( eat_ poll pop try expect recv skip advance parse take scan random ++ -- :=";
    let condition = m.text("first").to_ascii_lowercase();
    !holds_any(&condition, ACTS) && !condition.contains(" = ")
}

/// Leaves out what may stand there for a reason: labels, hoisted definitions, the `break` of a case, what makes a generator.
fn never_runs(m: &Match<'_>, source: &Source<'_>) -> bool {
    let Some(at) = m.span("here").and_then(|leaves| next_in_block(source, &leaves)) else { return false };
    let next = source.text[at..].lines().next().unwrap_or("");
    let first_word = next.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
    let is_label = !first_word.is_empty() && next[first_word.len()..].trim_start().starts_with(':') && !next.contains("::");
    let is_macro = !first_word.contains(|c: char| c.is_ascii_lowercase()) && first_word.len() > 1;
    // Macros may hide what the text really is.
    let is_broken = source.function_at(m.start()).is_some_and(|f| source.measures.errors.iter().any(|e| f.span.contains(&e.start)));
    let may_stand = match source.language {
        "python" => has_word(next, "yield"),
        "go" => is_label || matches!(first_word, "case" | "default"),
        "c" | "cpp" => {
            is_label || is_macro || is_broken || matches!(first_word, "break" | "case" | "default" | "else") || next.starts_with('#')
        }
        _ => {
            const MAY_STAND: &str = "function async class var break type interface enum case default else export";
            is_label || MAY_STAND.split(' ').any(|word| word == first_word)
        }
    };
    !may_stand
}

/// Where the next statement of the same block begins. Queries for neighbours in a block keep a state open for every block, which makes
/// all other queries slow; the text tells as well.
fn next_in_block(source: &Source<'_>, leaves: &std::ops::Range<usize>) -> Option<usize> {
    let line_start = source.text[..leaves.start].rfind('\n').map_or(0, |at| at + 1);
    let indent = &source.text[line_start..leaves.start];
    if source.language == "python" {
        return next_with_indent(source.text, indent, leaves.end);
    }
    // A statement behind `)`, `else` or a label belongs to what is before it.
    let before = source.text[..leaves.start].trim_end();
    if source.language != "go" && !before.ends_with(['{', '}', ';']) {
        return None;
    }
    let mut at = leaves.end;
    loop {
        let rest = &source.text[at..];
        at += rest.len() - rest.trim_start_matches([';', ' ', '\t', '\r', '\n']).len();
        match source.measures.comments.iter().find(|comment| comment.start == at) {
            Some(comment) if comment.end > at => at = comment.end,
            _ => break,
        }
    }
    (at < source.text.len() && !source.text[at..].starts_with('}')).then_some(at)
}

fn next_with_indent(text: &str, indent: &str, end: usize) -> Option<usize> {
    let is_alone = indent.trim().is_empty();
    let (tail, _) = text[end..].split_once('\n')?;
    if !is_alone || !(tail.trim().is_empty() || tail.trim_start().starts_with('#')) {
        return None;
    }
    let mut at = end + tail.len() + 1;
    for line in text[at..].split_inclusive('\n') {
        let code = line.trim_start();
        if !code.is_empty() && !code.starts_with('#') {
            let own = &line[..line.len() - code.len()];
            return (own == indent).then_some(at + own.len());
        }
        at += line.len();
    }
    None
}

/// Leaves out calls that do not return, macros, and sums that are built up from case to case.
fn comes_back(m: &Match<'_>, _: &Source<'_>) -> bool {
    const LEAVES: &str =
        "exit abort fail die panic err throw assert reach usage fatal bug longjmp exec fall never missing invalid unexpected illegal";
    let text = m.text("here");
    let callee = text.split('(').next().unwrap_or("");
    let lower = text.to_ascii_lowercase();
    let is_macro = !callee.contains(|c: char| c.is_ascii_lowercase());
    let accumulates = holds_any(text, "+= -= ^= |= &= <<= ++ --");
    !is_macro && !accumulates && !holds_any(&lower, LEAVES)
}

/// Whether the type of the impl has `Hash` among its derives in this file.
fn derives_hash(m: &Match<'_>, source: &Source<'_>) -> bool {
    ["struct ", "enum "].iter().any(|keyword| {
        let item = format!("{keyword}{}", m.text("name"));
        word_places(source.text, &item).any(|at| {
            // The rest of the line itself comes first: `pub(crate) `.
            let above = source.text[..at].rsplit('\n').skip(1).take(12);
            let mut attributes = above.take_while(|line| !line.trim().is_empty() && !line.starts_with('}'));
            attributes.any(|line| line.contains("derive(") && has_word(line, "Hash"))
        })
    })
}
