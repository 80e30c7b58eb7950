//! Owns the rules about loops that do something else than they say: bounds, captured variables, changes under way.

use crate::literals::among;
use crate::rule::{Category, Finder, InTests, JS, Rule, Severity};
use crate::source::{Match, Source};

use super::logic::{has_word, word_places};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "off-by-one",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 85,
        summary: "A loop runs up to the length and uses the counter as an index.",
        suggestion: "Stop before the length, or walk over the elements themselves.",
        in_tests: InTests::Same,
        finders: &[
            Finder::Syntax {
                languages: &["javascript", "typescript", "tsx", "java", "cpp"],
                query: r#"(for_statement condition: (binary_expression left: (identifier) @index operator: "<=" right: (_) @bound) @here body: (_) @body)"#,
                message: "`{bound}` is one past the last index",
                accept: steps_over_the_end,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"(for_statement (for_clause condition: (binary_expression left: (identifier) @index operator: "<=" right: (_) @bound) @here) body: (_) @body)"#,
                message: "`{bound}` is one past the last index",
                accept: steps_over_the_end,
            },
            Finder::Syntax {
                languages: &["rust"],
                query: r#"(for_expression pattern: (identifier) @index value: (range_expression (_) "..=" (_) @bound) @here body: (_) @body)"#,
                message: "`{bound}` is one past the last index",
                accept: steps_over_the_end,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(for_statement (variable_declaration) @index (range_expression (_) ".." (_) @bound) @here (block) @body)"#,
                message: "`{bound}` is one past the last index",
                accept: steps_over_the_end,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"(for_statement left: (identifier) @index
                    right: (call function: (identifier) @range arguments: (argument_list (binary_operator left: (call) @bound operator: "+" right: (integer) @one) .)) @here
                    body: (_) @body (#eq? @range "range") (#eq? @one "1"))"#,
                message: "the last value of `{index}` is one past the last index",
                accept: steps_over_the_end,
            },
        ],
    },
    Rule {
        id: "loop-variable-capture",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 85,
        summary: "A function made in a loop sees the loop's variable as it is when the function runs, not when it was made.",
        suggestion: "Bind the value: a default argument in Python, `let` in JavaScript.",
        in_tests: InTests::Same,
        finders: &[
            Finder::Syntax {
                languages: &["python"],
                query: r#"
                    (call function: (attribute attribute: (identifier) @keeper) arguments: (argument_list (lambda body: (_) @body) @here)
                        (#any-of? @keeper "append" "add" "connect" "add_callback" "add_done_callback" "register" "subscribe" "bind" "after" "call_later" "call_soon"))
                    (assignment left: [(subscript) (attribute)] right: (lambda body: (_) @body) @here)
                    (keyword_argument name: (identifier) @keeper value: (lambda body: (_) @body) @here
                        (#any-of? @keeper "command" "callback" "on_click" "on_press" "target"))"#,
                message: "when this runs, the loop's variable has its last value",
                accept: captures_a_loop_variable,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"(for_statement initializer: (variable_declaration . (variable_declarator name: (identifier) @name)) body: (statement_block (expression_statement
                        (call_expression function: [(identifier) @keeper (member_expression property: (property_identifier) @keeper)]
                            arguments: (arguments [(arrow_function) (function_expression)] @here)
                            (#any-of? @keeper "setTimeout" "setInterval" "setImmediate" "addEventListener" "on" "once" "then" "push" "requestAnimationFrame")))))"#,
                message: "when this runs, `{name}` has its last value",
                accept: |m, _| has_word(m.text("here"), m.text("name")),
            },
        ],
    },
    Rule {
        id: "modified-while-iterated",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 85,
        summary: "A collection is changed while a loop walks over it.",
        suggestion: "Walk over a copy, or collect what is to go and remove it after the loop.",
        in_tests: InTests::Same,
        finders: &[
            Finder::Syntax {
                languages: &["python"],
                query: r#"
                    (for_statement right: [(identifier) (attribute)] @here body: (block) @body)
                    (for_statement right: (call function: (attribute object: (_) @here attribute: (identifier) @view) arguments: (argument_list) @none)
                        body: (block) @body (#any-of? @view "keys" "items" "values") (#eq? @none "()"))"#,
                message: "`{here}` is changed in the body of this loop: elements are skipped, or the loop stops with an error",
                accept: changes_what_it_walks,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"(enhanced_for_statement value: (_) @here body: (_) @body)"#,
                message: "`{here}` is changed in the body of this loop, which throws a ConcurrentModificationException",
                accept: changes_what_it_walks,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(for_statement (variable_declaration) . (identifier) @here (block) @body)"#,
                message: "`{here}` is changed in the body of this loop, which throws a ConcurrentModificationException",
                accept: changes_what_it_walks,
            },
            Finder::Syntax {
                languages: &["cpp"],
                query: r#"(for_range_loop right: [(identifier) (field_expression)] @here body: (_) @body)"#,
                message: "`{here}` is changed in the body of this loop: its iterators are no longer valid",
                accept: changes_what_it_walks,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"(for_in_statement operator: "of" right: [(identifier) (member_expression)] @here body: (_) @body)"#,
                message: "`{here}` is changed in the body of this loop: elements are skipped",
                accept: changes_what_it_walks,
            },
        ],
    },
    Rule {
        id: "defer-in-loop",
        severity: Severity::Low,
        category: Category::Correctness,
        confidence: 80,
        summary: "`defer` in a loop runs when the function ends, not when the turn ends.",
        suggestion: "Move the body of the loop into a function of its own.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: &["go"],
            query: r#"
                (for_statement body: (block (statement_list (defer_statement) @here) @body))
                (for_statement body: (block (statement_list (if_statement consequence: (block (statement_list (defer_statement) @here)))) @body))"#,
            message: "this runs only when the function ends; until then every turn adds one",
            accept: goes_on_after,
        }],
    },
];

/// Whether the loop may take another turn after this statement: neither the block around it nor the body ends with leaving.
fn goes_on_after(m: &Match<'_>, source: &Source<'_>) -> bool {
    let leaves = |line: &str| line.trim_start().starts_with("return") || line.trim_start().starts_with("break");
    let line = source.line_at(m.start());
    let indent = &line[..line.len() - line.trim_start().len()];
    let own = source.text[m.start()..].lines().skip(1).take(60).take_while(|line| line.trim().is_empty() || line.starts_with(indent));
    let own_last = own.filter(|line| !line.trim().is_empty() && !line[indent.len()..].starts_with([' ', '\t'])).last();
    !leaves(m.text("body").lines().next_back().unwrap_or("")) && !own_last.is_some_and(leaves) && !is_kept(m)
}

/// Whether what is closed later is kept in a list or a map, and so must stay open until the function ends.
fn is_kept(m: &Match<'_>) -> bool {
    let here = m.text("here").trim_start_matches("defer ");
    let name: &str = here.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
    let mut lines = m.text("body").lines();
    !name.is_empty()
        && lines.any(|line| line.contains("append(") && has_word(line, name) || line.contains("] = ") && line.trim_end().ends_with(name))
}

fn steps_over_the_end(m: &Match<'_>, source: &Source<'_>) -> bool {
    let (index, bound, body) = (m.text("index"), m.text("bound"), m.text("body"));
    let by_suffix = [".length()", ".length", ".size()", ".size", ".len()"].iter().find_map(|suffix| bound.strip_suffix(suffix));
    let by_call = bound.strip_prefix("len(").and_then(|rest| rest.strip_suffix(')'));
    let Some(array) = by_suffix.or(by_call) else { return false };
    let mut reads =
        [("[", "]"), (".get(", ")"), (".charAt(", ")"), (".at(", ")")].iter().map(|(left, right)| format!("{array}{left}{index}{right}"));
    let is_guarded = word_places(body, index).any(|at| {
        let after = body[at + index.len()..].trim_start();
        ["<", "==", "!=", ">="].iter().any(|sign| after.starts_with(sign))
    });
    reads.any(|read| body.contains(&read)) && !is_guarded && !reads_the_end_mark(m, array, source)
}

/// Whether the loop reads a `std::string` with `[]`: there, one past the last character stands the end mark, and may be read. Not so in a
/// `string_view`, and not by `at`, which throws.
fn reads_the_end_mark(m: &Match<'_>, array: &str, source: &Source<'_>) -> bool {
    let (index, body) = (m.text("index"), m.text("body"));
    let element = format!("{array}[{index}]");
    let is_written = body.match_indices(&element).any(|(at, _)| {
        let after = body[at + element.len()..].trim_start();
        after.starts_with('=') && !after.starts_with("==")
    });
    let name = array.trim_start_matches("this->");
    source.language == "cpp"
        && body.contains(&element)
        && !body.contains(&format!("{array}.at({index})"))
        && !is_written
        && is_string(m.start(), name, source)
}

/// Whether the last declaration of the name before a place gives it the type of a string with an end mark.
fn is_string(offset: usize, name: &str, source: &Source<'_>) -> bool {
    const STRINGS: &str = "string wstring u8string u16string u32string";
    const NO_TYPES: &str = "return case else throw delete new typename struct class const constexpr static co_return co_yield";
    let before = &source.text[..offset];
    let kinds = word_places(before, name).filter_map(|at| {
        let head = before[..at].trim_end_matches(|c: char| c.is_whitespace() || c == '&');
        let head = head.strip_suffix(" const").map_or(head, str::trim_end);
        let word = head.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
        let made = before[at + name.len()..].trim_start().trim_start_matches(['=', '{', '(', ' ']);
        let is_made = word == "auto" && (made.starts_with("std::string(") || made.starts_with("std::to_string("));
        // `a > name` and `this->name` declare nothing.
        let is_template = head.ends_with('>') && !head.ends_with("->") && !head.ends_with(" >");
        let is_basic = is_template && head.rsplit_once('<').is_some_and(|(name, _)| name.ends_with("basic_string"));
        let is_declared = is_template || !word.is_empty() && !among(NO_TYPES, word);
        is_declared.then(|| is_made || is_basic || among(STRINGS, word))
    });
    kinds.last().unwrap_or(false)
}

/// Whether the lambda uses a variable of the loop around it without binding it by a parameter.
fn captures_a_loop_variable(m: &Match<'_>, source: &Source<'_>) -> bool {
    let body = m.text("body");
    let parameters = m.text("here").strip_suffix(body).unwrap_or("");
    let Some(head) = indented_loop(source, m.start()).and_then(|line| line.strip_prefix("for ")) else { return false };
    let variables = head.split(" in ").next().unwrap_or("");
    variables
        .split(',')
        .map(|name| name.trim_matches(|c: char| c.is_whitespace() || matches!(c, '(' | ')')))
        .any(|name| name != "_" && has_word(body, name) && !has_word(parameters, name))
}

/// Whether the loop body changes the collection and goes on afterwards.
fn changes_what_it_walks(m: &Match<'_>, source: &Source<'_>) -> bool {
    let changes: &[&str] = match source.language {
        "python" => &[".remove(", ".insert(", ".pop(", ".popitem(", ".clear()"],
        "java" | "kotlin" => &[".remove(", ".removeAt(", ".removeIf(", ".add(", ".clear()"],
        "cpp" => &[".push_back(", ".emplace_back(", ".pop_back(", ".erase(", ".clear()"],
        _ => &[".splice(", ".shift(", ".unshift("],
    };
    let here = m.text("here");
    let walked = [".keySet()", ".entrySet()", ".values()"].iter().find_map(|view| here.strip_suffix(view)).unwrap_or(here);
    let body = m.text("body");
    let survives = ["CopyOnWrite", "Concurrent"].iter().any(|kind| source.has(kind));
    !survives
        && walked != "self"
        // It walks over a copy of the names.
        && walked != "os.environ"
        && word_places(body, walked).any(|at| {
            let (before, after) = (&body[..at], &body[at + walked.len()..]);
            let line = before.rsplit('\n').next().unwrap_or("");
            let is_deleted = source.language == "python" && line.ends_with("del ") && after.starts_with('[');
            let is_later = ["lambda", "->", "=>", "def "].iter().any(|word| line.contains(word));
            let then = || after.lines().take(8).flat_map(|line| line.split(|c: char| !c.is_alphanumeric()));
            let leaves = || then().any(|word| matches!(word, "break" | "return" | "raise" | "throw"));
            !line.ends_with('.') && (is_deleted || changes.iter().any(|change| after.starts_with(change))) && !is_later && !leaves()
        })
}

/// The head of the loop around the place, in a language that indents. A function in between ends the search.
pub(super) fn indented_loop<'a>(source: &Source<'a>, offset: usize) -> Option<&'a str> {
    let width = |line: &str| line.len() - line.trim_start().len();
    let mut indent = width(source.line_at(offset));
    for line in source.lines_above(offset, 100) {
        if line.trim().is_empty() || width(line) >= indent {
            continue;
        }
        indent = width(line);
        let head = line.trim_start();
        if head.starts_with("for ") || head.starts_with("while ") {
            return Some(head);
        }
        if ["def ", "async ", "class "].iter().any(|word| head.starts_with(word)) {
            return None;
        }
    }
    None
}
