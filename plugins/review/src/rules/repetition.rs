//! Owns the rules about work that is done again and again without need: in each turn of a loop, or for each element.

use crate::rule::{C_LIKE, Category, Finder, InTests, JS, Rule, Severity, always};
use crate::source::{Match, Source};

use super::logic::{has_word, word_places};
use super::loops::indented_loop;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "quadratic-growth",
        severity: Severity::Low,
        category: Category::Performance,
        confidence: 70,
        summary: "Every turn of a loop copies all that was gathered so far.",
        suggestion: "Gather into something that grows in place (a builder, a list, a mutable map) and convert it once after the loop.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["java"],
                query: r#"
                    (expression_statement (assignment_expression left: (identifier) @name operator: "+=") @here)
                    (expression_statement (assignment_expression left: (identifier) @name operator: "=" right: (binary_expression left: (identifier) @again operator: "+")) @here
                        (#eq? @name @again))"#,
                message: "`{name}` is copied whole in every turn",
                accept: grows_by_copying,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"
                    (assignment left: (identifier) @name operator: "+=") @here
                    (assignment left: (identifier) @name operator: "=" right: (binary_expression left: (identifier) @again operator: "+") (#eq? @name @again)) @here"#,
                message: "`{name}` is copied whole in every turn",
                accept: grows_by_copying,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"(assignment_statement left: (expression_list . (identifier) @name .) operator: "+=") @here"#,
                message: "`{name}` is copied whole in every turn",
                accept: grows_by_copying,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"
                    (assignment left: (identifier) @name right: (binary_operator left: (identifier) @again operator: "+" right: (list)) (#eq? @name @again)) @here
                    (assignment left: (identifier) @name right: (call function: (attribute) @callee arguments: (argument_list . (list . (identifier) @again)))
                        (#eq? @name @again) (#any-of? @callee "pd.concat" "pandas.concat" "np.concatenate" "np.append" "np.vstack" "np.hstack")) @here"#,
                message: "`{name}` is copied whole in every turn",
                accept: |m, source| loop_around(source, m.start()),
            },
            Finder::Syntax {
                languages: JS,
                query: r#"(assignment_expression left: (identifier) @name
                    right: [(array . (spread_element (identifier) @again)) (object . (spread_element (identifier) @again))] (#eq? @name @again)) @here"#,
                message: "`{name}` is copied whole in every turn",
                accept: |m, source| loop_around(source, m.start()),
            },
            Finder::Syntax {
                languages: JS,
                query: r#"
                    (call_expression function: (member_expression property: (property_identifier) @method) arguments: (arguments . (arrow_function
                        parameters: (formal_parameters) @parameters
                        body: [(parenthesized_expression (object . (spread_element (identifier) @name)) @here) (array . (spread_element (identifier) @name)) @here]))
                        (#any-of? @method "reduce" "reduceRight"))
                    (call_expression function: (member_expression property: (property_identifier) @method) arguments: (arguments . (arrow_function
                        parameters: (formal_parameters) @parameters
                        body: (statement_block (return_statement [(object . (spread_element (identifier) @name)) (array . (spread_element (identifier) @name))] @here))))
                        (#any-of? @method "reduce" "reduceRight"))"#,
                message: "`{name}` is copied whole in every turn",
                accept: |m, _| word_places(m.text("parameters"), m.text("name")).next() == Some(1),
            },
        ],
    },
    Rule {
        id: "needless-collection",
        severity: Severity::Low,
        category: Category::Performance,
        confidence: 80,
        summary: "A whole collection is built to ask one thing of it.",
        suggestion: "Ask the iterator: count, find, any, min.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["rust"],
                query: r#"(call_expression function: (field_expression
                    value: (call_expression function: (generic_function function: (field_expression field: (field_identifier) @collect) type_arguments: (type_arguments) @kind))
                    field: (field_identifier) @here) (#eq? @collect "collect") (#any-of? @here "len" "is_empty" "contains" "first"))"#,
                message: "a vector is built only for `{here}`",
                accept: |m, _| m.text("kind").starts_with("<Vec"),
            },
            Finder::Syntax {
                languages: JS,
                query: r#"
                    (subscript_expression object: (call_expression function: (member_expression property: (property_identifier) @here)
                        arguments: (arguments . [(arrow_function) (function_expression)])) index: (number) @zero (#eq? @here "filter") (#eq? @zero "0"))
                    (binary_expression left: (member_expression
                        object: (call_expression function: (member_expression property: (property_identifier) @here) arguments: (arguments . [(arrow_function) (function_expression)]))
                        property: (property_identifier) @length) operator: _ @operator right: (number) @zero
                        (#eq? @here "filter") (#eq? @length "length") (#eq? @zero "0"))"#,
                message: "`{here}` goes through everything, though the first hit decides: use `find` or `some`",
                accept: always,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"
                    (subscript value: (call function: (identifier) @here arguments: (argument_list . (_) .)) subscript: [(integer) (unary_operator)] @index
                        (#eq? @here "sorted") (#any-of? @index "0" "-1"))
                    (call function: (identifier) @here arguments: (argument_list . (list_comprehension) .) (#any-of? @here "any" "all"))"#,
                message: "`{here}` gets a whole list here, though a walk over the values would do",
                accept: always,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"(method_invocation
                    object: (method_invocation name: (identifier) @collect arguments: (argument_list . (method_invocation name: (identifier) @maker)))
                    name: (identifier) @here (#eq? @collect "collect") (#eq? @maker "toList") (#any-of? @here "size" "isEmpty" "stream" "forEach" "contains"))"#,
                message: "a list is built only for `{here}`",
                accept: always,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(navigation_expression
                    (call_expression (navigation_expression (_) (identifier) @filter .) (annotated_lambda))
                    (identifier) @here . (#eq? @filter "filter") (#any-of? @here "first" "firstOrNull" "count" "size" "isEmpty" "isNotEmpty" "any" "none"))"#,
                message: "a list is built only for `{here}`, which can take the condition itself",
                accept: always,
            },
        ],
    },
    Rule {
        id: "regex-in-loop",
        severity: Severity::Medium,
        category: Category::Performance,
        confidence: 85,
        summary: "The same regular expression is compiled in every turn of a loop.",
        suggestion: "Compile it once: before the loop, or in a constant.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["rust", "go"],
                query: r#"(call_expression function: (_) @callee (#any-of? @callee
                    "Regex::new" "regex::Regex::new" "regexp.MustCompile" "regexp.Compile" "regexp.MatchString")) @here"#,
                message: "`{callee}` compiles the same expression in every turn",
                accept: compiles_again,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"(method_invocation object: (identifier) @class name: (identifier) @callee (#eq? @class "Pattern") (#any-of? @callee "compile" "matches")) @here"#,
                message: "`{class}.{callee}` compiles the same expression in every turn",
                accept: compiles_again,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"(new_expression constructor: (identifier) @callee arguments: (arguments . (string)) (#eq? @callee "RegExp")) @here"#,
                message: "`new {callee}` compiles the same expression in every turn",
                accept: compiles_again,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(call_expression . (identifier) @callee (value_arguments . (value_argument (string_literal))) (#eq? @callee "Regex")) @here"#,
                message: "`{callee}` compiles the same expression in every turn",
                accept: compiles_again,
            },
        ],
    },
    Rule {
        id: "strlen-in-loop",
        severity: Severity::Low,
        category: Category::Performance,
        confidence: 80,
        summary: "The end of a string is searched again in every turn of a loop.",
        suggestion: "Keep the length in a variable, or loop until the terminating zero.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: C_LIKE,
            query: r#"
                (for_statement condition: (binary_expression right: (call_expression function: (identifier) @callee) @here (#any-of? @callee "strlen" "wcslen")))
                (for_statement condition: (binary_expression right: (binary_expression left: (call_expression function: (identifier) @callee) @here)) (#any-of? @callee "strlen" "wcslen"))"#,
            message: "`{here}` walks over the whole string in every turn",
            accept: always,
        }],
    },
];

/// Whether the variable is text (or an unchangeable list) that was declared before the loop around the place.
fn grows_by_copying(m: &Match<'_>, source: &Source<'_>) -> bool {
    let name = m.text("name");
    let Some(start) = braced_loop(source, m.start()) else { return false };
    let Some(before) = source.function_at(m.start()).and_then(|f| source.text.get(f.span.range().start..start)) else { return false };
    let (left, rights) = match source.language {
        "java" => ("String ", " ="),
        "go" => ("", " := \"| := ``| string"),
        _ => ("var ", " = \"|: String| = listOf| = emptyList| = setOf| = mapOf"),
    };
    let starts = |after: &str| rights.split('|').any(|right| after.starts_with(right));
    word_places(before, name).any(|at| before[..at].ends_with(left) && starts(&before[at + name.len()..]))
}

/// Whether a pattern that cannot change is compiled in a loop.
fn compiles_again(m: &Match<'_>, source: &Source<'_>) -> bool {
    let argument = m.text("here").split_once('(').map_or("", |(_, rest)| rest.trim_start());
    let is_literal = argument.trim_start_matches(['r', '#']).starts_with(['"', '\'', '`']);
    let is_built = ["\" +", "' +", "` +", "${"].iter().any(|sign| argument.contains(sign));
    is_literal && !is_built && loop_around(source, m.start())
}

fn loop_around(source: &Source<'_>, offset: usize) -> bool {
    if source.language == "python" { indented_loop(source, offset).is_some() } else { braced_loop(source, offset).is_some() }
}

/// Where the body of the loop around the place begins, in a language with braces. A function or a call in between ends the search.
fn braced_loop(source: &Source<'_>, offset: usize) -> Option<usize> {
    let start = source.function_at(offset).map_or(0, |f| f.signature.range().end);
    let text = source.text.get(start..offset)?;
    let (mut closed, mut parens) = (0_usize, 0_usize);
    // Where the words before an opening brace end, while the scan is in them. The last semicolon ends those that the text begins with.
    let mut head_end = None;
    for (at, c) in text.char_indices().rev().chain([(usize::MAX, ';')]) {
        match (c, head_end) {
            (')', _) => parens += 1,
            ('(', _) if parens > 0 => parens -= 1,
            ('(', Some(_)) => return None,
            ('{' | '}' | ';', Some(end)) if parens == 0 => {
                let head = &text[at.wrapping_add(1)..end];
                let mut first_words = head.lines().filter_map(|line| line.trim_start().split([' ', '(']).next());
                if first_words.any(|word| matches!(word, "for" | "while" | "loop" | "do")) {
                    return Some(start + end);
                }
                let last = head.trim_end().lines().next_back().unwrap_or("");
                let is_function = ["func", "fun", "fn", "function"].iter().any(|word| has_word(last, word));
                if is_function || ["->", ")=>", ") =>"].iter().any(|arrow| last.ends_with(arrow)) {
                    return None;
                }
                closed += usize::from(c == '}');
                head_end = (c == '{').then_some(at);
            }
            ('}', None) => closed += 1,
            ('{', None) if closed > 0 => closed -= 1,
            ('{', None) => head_end = Some(at),
            _ => {}
        }
    }
    None
}
