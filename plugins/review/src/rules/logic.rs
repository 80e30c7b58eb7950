//! Owns the rules about statements that do not do what they say: assignments, definitions, dropped values. Lends its looks at words.

use devflow_plugin::FormKind;

use crate::literals::near;
use crate::rule::{Category, Finder, InTests, JS, Rule, Severity, always};
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
                    (expression_statement . (call function: (attribute object: (_) @object attribute: (identifier) @callee) arguments: [(argument_list . (string) . [(string) (identifier)] .) (argument_list . (identifier) . (string) .)]
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
                accept: drops_a_result,
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
                    parameters: (formal_parameters . (formal_parameter type: (type_identifier) @type) .) body: (block)
                    (#eq? @here "equals") (#eq? @type "Object"))) @body"#,
                message: "`equals` without `hashCode`: equal objects get lost in hash maps and sets",
                // Nobody puts an object of a class without a name into a set.
                accept: |m, source| !m.text("body").contains("hashCode(") && !is_in_anonymous_class(m.start(), source),
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(class_body (function_declaration (modifiers) @modifiers name: (identifier) @here (#eq? @here "equals"))) @body"#,
                message: "`equals` without `hashCode`: equal objects get lost in hash maps and sets",
                accept: |m, source| {
                    let modifiers = m.text("modifiers");
                    let is_written = has_word(modifiers, "override") && !has_word(modifiers, "abstract");
                    is_written && !m.text("body").contains("hashCode(") && !is_of_data_class(m, source)
                },
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
    // What is kept from call to call on purpose is called so.
    let is_store = holds_any(&name.to_ascii_lowercase(), "cache memo") || name.starts_with('_');
    // A list with a start value is mostly a constant: it counts when it is changed, not when it is handed on.
    let is_filled = m.text("here").ends_with(']') && !m.text("here").ends_with("[]");
    let Some(function) = source.function_at(m.start()).filter(|_| !is_store) else { return false };
    let Some(body) = source.text.get(function.signature.range().end..function.span.range().end) else { return false };
    let places = || word_places(body, name).filter(|&at| !body[..at].ends_with('.')).map(|at| (&body[..at], &body[at + name.len()..]));
    let is_replaced = places().any(|(_, after)| after.starts_with(" = "));
    !is_replaced
        && places().any(|(before, after)| {
            let line = after.lines().next().unwrap_or("");
            let rest = line.trim();
            let is_given = (rest.is_empty() || rest.starts_with('#'))
                && (before.ends_with(" = ") || before.ends_with("return ") || before.ends_with("yield "));
            CHANGES.split(' ').any(|change| after.trim_start().starts_with(change))
                || (after.starts_with('[') && (line.contains("] = ") || line.contains("] += ")))
                || (is_given && !is_filled)
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
            // A volatile variable is read and written all the same.
            "c" | "cpp" => {
                let is_volatile = || source.lines_above(m.start(), 3).any(|line| has_word(line, "volatile") && has_word(line, left));
                function.is_some_and(|f| !f.parameters.iter().any(|p| p == left)) && !is_volatile()
            }
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

fn is_in_anonymous_class(offset: usize, source: &Source<'_>) -> bool {
    let facts = &source.facts;
    let Some(node) = facts.innermost(offset) else { return false };
    let holder = facts.around(node).find(|around| matches!(facts.kind(*around), FormKind::New | FormKind::Class));
    holder.is_some_and(|holder| facts.kind(holder) == FormKind::New)
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

/// Whether a call of the standard library is made for nothing. A type of the program may clear itself by `empty`.
fn drops_a_result(m: &Match<'_>, source: &Source<'_>) -> bool {
    let here = m.text("here");
    let subject = here.strip_suffix(".empty()").or_else(|| here.strip_suffix("->empty()"));
    let before = near(source.text, 0, m.start());
    let is_standard = |name: &str| {
        before.lines().any(|line| {
            let mut types = word_places(line, name).map(|at| line[..at].trim_end_matches(['&', '*', ' ']));
            types.any(|head| head.ends_with('>') && head.contains('<') || head.ends_with("string") || head.ends_with("vector"))
        })
    };
    subject.is_none_or(is_standard) && (m.text("callee") != "std::move" || !here.contains(','))
}

/// Whether the compiler writes the hash, from the same fields.
fn is_of_data_class(m: &Match<'_>, source: &Source<'_>) -> bool {
    let Some(body) = m.span("body") else { return false };
    let head = &source.text[source.text.ceil_char_boundary(body.start.saturating_sub(2_000))..body.start];
    let class = head.rfind("class ").map_or("", |at| head[..at].rsplit('\n').next().unwrap_or(""));
    has_word(class, "data")
}
