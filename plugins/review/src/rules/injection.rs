//! Owns the rules on text that becomes SQL, a template or markup.
//! Never follows a value further than to its assignment in the same function.

use crate::literals::{HOLE, among, assigned, caller, glue, is_constant, is_glued, is_open, is_requested, is_tame, places, segments};
use crate::rule::{C_LIKE, Category, Finder, InTests, JS, Rule, Severity};
use crate::source::{Match, Source};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "sql-injection",
        severity: Severity::Critical,
        category: Category::Security,
        confidence: 85,
        summary: "Values are written into the text of an SQL statement.",
        suggestion: "Write placeholders into the statement and pass the values separately.",
        in_tests: InTests::As(Severity::High),
        finders: &[
            Finder::Syntax {
                languages: &["python"],
                query: r#"
(call function: [(identifier) @callee (attribute attribute: (identifier) @callee)]
  arguments: (argument_list . [(binary_operator) (string) (call) (concatenated_string) (parenthesized_expression)] @here)
  (#match? @here "(?i)(select|insert|update|delete|where|replace)\\s"))
(assignment left: (identifier) @name right: [(binary_operator) (string) (call) (concatenated_string) (parenthesized_expression)] @here
  (#match? @here "(?i)(select|insert|update|delete|where|replace)\\s"))
(augmented_assignment left: (identifier) @name right: [(binary_operator) (string) (call)] @here
  (#match? @here "(?i)(where|and|or|values)\\s"))"#,
                message: "values are written into the text of this SQL statement",
                accept: is_sql_with_values,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"
(call_expression function: [(identifier) @callee (member_expression property: (property_identifier) @callee)]
  arguments: (arguments . [(binary_expression) (template_string)] @here)
  (#match? @here "(?i)(select|insert|update|delete|where|replace)\\s"))
(variable_declarator name: (identifier) @name value: [(binary_expression) (template_string)] @here
  (#match? @here "(?i)(select|insert|update|delete|where|replace)\\s"))
(assignment_expression left: (identifier) @name right: [(binary_expression) (template_string)] @here
  (#match? @here "(?i)(select|insert|update|delete|where|replace)\\s"))
(augmented_assignment_expression left: (identifier) @name right: [(binary_expression) (template_string)] @here
  (#match? @here "(?i)(where|and|or|values)\\s"))"#,
                message: "values are written into the text of this SQL statement",
                accept: is_sql_with_values,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"
(method_invocation name: (identifier) @callee arguments: (argument_list . [(binary_expression) (method_invocation)] @here)
  (#match? @here "(?i)(select|insert|update|delete|where|replace|from)\\s"))
(variable_declarator name: (identifier) @name value: [(binary_expression) (method_invocation)] @here
  (#match? @here "(?i)(select|insert|update|delete|where|replace|from)\\s"))
(assignment_expression left: (identifier) @name right: [(binary_expression) (method_invocation)] @here
  (#match? @here "(?i)(select|insert|update|delete|where|replace|from|and)\\s"))"#,
                message: "values are written into the text of this SQL statement",
                accept: is_sql_with_values,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"
(call_expression (navigation_expression (identifier) @callee .)
  (value_arguments . (value_argument . [(binary_expression) (string_literal) (call_expression)] @here))
  (#match? @here "(?i)(select|insert|update|delete|where|replace)\\s"))
(property_declaration (variable_declaration . (identifier) @name) [(binary_expression) (string_literal) (call_expression)] @here
  (#match? @here "(?i)(select|insert|update|delete|where|replace)\\s"))
(assignment left: (identifier) @name right: [(binary_expression) (string_literal) (call_expression)] @here
  (#match? @here "(?i)(select|insert|update|delete|where|replace)\\s"))"#,
                message: "values are written into the text of this SQL statement",
                accept: is_sql_with_values,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"
(call_expression function: (selector_expression field: (field_identifier) @callee)
  arguments: (argument_list [(binary_expression) (call_expression)] @here)
  (#match? @here "(?i)(select|insert|update|delete|where|replace)\\s"))
(short_var_declaration left: (expression_list . (identifier) @name) right: (expression_list .
  [(binary_expression) (call_expression)] @here)
  (#match? @here "(?i)(select|insert|update|delete|where|replace)\\s"))
(assignment_statement left: (expression_list . (identifier) @name) right: (expression_list .
  [(binary_expression) (call_expression)] @here)
  (#match? @here "(?i)(select|insert|update|delete|where|and|or)\\s"))"#,
                message: "values are written into the text of this SQL statement",
                accept: is_sql_with_values,
            },
            Finder::Syntax {
                languages: &["rust"],
                query: r#"
(call_expression function: [(scoped_identifier name: (identifier) @callee) (field_expression field: (field_identifier) @callee)
    (generic_function function: (scoped_identifier name: (identifier) @callee))]
  arguments: (arguments [(macro_invocation) (reference_expression (macro_invocation))] @here)
  (#match? @here "(?i)(select|insert|update|delete|where|replace)\\s"))
(let_declaration pattern: (identifier) @name value: (macro_invocation macro: (identifier) @macro) @here (#eq? @macro "format"))"#,
                message: "values are written into the text of this SQL statement",
                accept: is_sql_with_values,
            },
            Finder::Syntax {
                languages: C_LIKE,
                query: r#"
(call_expression function: (identifier) @print arguments: (argument_list . (identifier) @name) @here
  (#any-of? @print "sprintf" "snprintf") (#match? @here "(?i)(select|insert|update|delete|where|replace)\\s"))
(call_expression function: [(identifier) @callee (field_expression field: (field_identifier) @callee)]
  arguments: (argument_list (binary_expression) @here) (#match? @here "(?i)(select|insert|update|delete|where|replace)\\s"))
(init_declarator declarator: (identifier) @name value: (binary_expression) @here
  (#match? @here "(?i)(select|insert|update|delete|where|replace)\\s"))"#,
                message: "values are written into the text of this SQL statement",
                accept: is_sql_with_values,
            },
        ],
    },
    Rule {
        id: "template-injection",
        severity: Severity::High,
        category: Category::Security,
        confidence: 85,
        summary: "Values are written into a template before it is rendered.",
        suggestion: "Keep the template fixed and pass the values as variables.",
        in_tests: InTests::As(Severity::Medium),
        finders: &[Finder::Syntax {
            languages: &["python"],
            query: r#"
(call function: [(identifier) @callee (attribute attribute: (identifier) @callee)] arguments: (argument_list . (_) @text)
  (#any-of? @callee "render_template_string" "from_string" "Template")) @here"#,
            message: "`{callee}` renders a template that contains values",
            accept: is_glued_template,
        }],
    },
    Rule {
        id: "xss-sink",
        severity: Severity::High,
        category: Category::Security,
        confidence: 70,
        summary: "Text that is not fixed becomes markup.",
        suggestion: "Set text (`textContent`, a template's own escaping), or sanitise the markup first.",
        in_tests: InTests::As(Severity::Medium),
        finders: &[
            Finder::Syntax {
                languages: JS,
                query: r#"
([(assignment_expression left: (member_expression property: (property_identifier) @callee) right: (_) @markup)
  (augmented_assignment_expression left: (member_expression property: (property_identifier) @callee) right: (_) @markup)] @here
  (#any-of? @callee "innerHTML" "outerHTML" "srcdoc"))
(call_expression function: (member_expression property: (property_identifier) @callee) arguments: (arguments . (_) . (_) @markup .)
  (#eq? @callee "insertAdjacentHTML")) @here
(call_expression function: (member_expression object: (identifier) @object property: (property_identifier) @callee)
  arguments: (arguments . (_) @markup)
  (#eq? @object "document") (#any-of? @callee "write" "writeln")) @here
(pair key: (property_identifier) @callee value: (_) @markup (#eq? @callee "__html")) @here
(call_expression function: (member_expression property: (property_identifier) @callee)
  arguments: (arguments . [(binary_expression) (template_string)] @sent .) (#any-of? @callee "send" "end" "write")) @here"#,
                message: "`{callee}` takes text that is not fixed as markup",
                accept: is_open_markup,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"
(call function: [(identifier) @callee (attribute attribute: (identifier) @callee)] arguments: (argument_list . (_) @markup)
  (#any-of? @callee "mark_safe" "Markup" "SafeString")) @here
(return_statement [(string) (binary_operator) (call)] @page) @here
(call function: (identifier) @callee arguments: (argument_list . (_) @page) (#any-of? @callee "HttpResponse" "make_response")) @here"#,
                message: "values become markup as they are",
                accept: is_markup_with_values,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"
(call_expression function: (selector_expression operand: (identifier) @package field: (field_identifier) @callee)
  arguments: (argument_list . (_) @markup .)
  (#eq? @package "template") (#any-of? @callee "HTML" "JS" "HTMLAttr" "JSStr")) @here
(call_expression function: (selector_expression) @callee arguments: (argument_list . (identifier)) @page
  (#any-of? @callee "fmt.Fprintf" "fmt.Fprint" "fmt.Fprintln" "io.WriteString")) @here"#,
                message: "values become markup as they are",
                accept: is_markup_with_values,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"
(method_invocation object: (method_invocation name: (identifier) @writer) name: (identifier) @callee
  arguments: (argument_list . (_) @sent)
  (#any-of? @writer "getWriter" "getOutputStream") (#any-of? @callee "print" "println" "write" "append" "format" "printf")) @here"#,
                message: "a value of the request is written into the page as it is",
                accept: is_markup_with_values,
            },
        ],
    },
];

/// Calls that take a statement as text, in small letters, of all libraries that the rule knows.
const SQL_CALLS: &str = "addbatch all batch_execute batchupdate createnativequery createquery createsqlquery each exec execcontext \
    execsql execute execute_batch executelargeupdate executemany executequery executescript executeupdate \
    fetch fetchrow fetchval get literal mustexec mysql_query mysql_real_query namedexec pqexec pqprepare \
    pqsendquery prepare preparecall preparecontext preparestatement query query_as query_map query_one \
    query_opt query_raw query_row query_scalar querycontext queryforlist queryformap queryforobject \
    queryforrowset queryrow queryrowcontext queryrowx queryx raw raw_sql rawquery rawsql read_sql \
    read_sql_query run select sql_query sqlexecdirect sqlite3_exec sqlite3_get_table sqlite3_prepare \
    sqlite3_prepare_v2 text unsafe update whereraw $executerawunsafe $queryrawunsafe";

/// Parts of names that stand for a piece of grammar, which no placeholder can carry.
const SQL_PARTS: &str = "table column values vals seq col cols schema database field fields placeholder placeholders marks where clause \
    condition filter order sort limit offset sql query stmt select join index view key keys prefix suffix predicate bind \
    param params op operator expr len count now literal ident itoa parseint interval version";

/// So many filled places of a statement are looked at.
const MAX_HOLES: usize = 64;

fn is_sql_with_values(m: &Match<'_>, source: &Source<'_>) -> bool {
    let (callee, name) = (m.text("callee").to_lowercase(), m.text("name"));
    if !among(SQL_CALLS, &callee) && name.is_empty() {
        return false;
    }
    let glue = glue(m.text("here"), source.language);
    let text = glue.literal.to_lowercase();
    let is_statement = [("select ", " from "), ("update ", " set "), ("insert ", "into "), ("delete ", "from "), ("replace ", "into ")]
        .iter()
        .any(|(verb, rest)| text.find(verb).is_some_and(|at| text[at..].contains(rest)));
    let is_tail = [" where ", " and ", " or ", "values"].iter().any(|word| text.starts_with(word)) || text.contains(" where ");
    if !is_statement && !is_tail {
        return false;
    }
    let holes: Vec<bool> = glue.literal.match_indices(HOLE).take(MAX_HOLES).map(|(at, _)| takes_value(&glue.literal[..at])).collect();
    let is_part = |fill: &str| segments(fill).any(|part| among(SQL_PARTS, &part));
    let is_risky = |fill: &str| !is_tame(fill) && !is_constant(fill) && (is_requested(fill) || !is_part(fill));
    let is_filled = if holes.len() == glue.fills.len() {
        glue.fills.iter().zip(holes).any(|(fill, is_value)| is_value && is_risky(fill))
    } else {
        holes.contains(&true) && glue.fills.iter().any(|fill| is_risky(fill))
    };
    let after = source.text.get(m.start()..source.function_at(m.start()).map_or(source.text.len(), |f| f.span.range().end)).unwrap_or("");
    let mut calls = places(after, name).filter_map(|at| caller(&after[..at]));
    let is_sent = glue.fills.iter().any(|fill| is_requested(fill) && !is_tame(fill));
    (is_filled || is_sent) && (name.is_empty() || calls.any(|call| among(SQL_CALLS, &call.to_lowercase())))
}

/// Whether what follows this piece of SQL is a value, and not a name or a clause.
fn takes_value(before: &str) -> bool {
    let before = before.trim_end().trim_end_matches('%');
    let bare = before.trim_end_matches(['"', '(', ' ']);
    let word = bare.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or("").to_uppercase();
    before.matches('\'').count() % 2 == 1
        || bare.ends_with(['=', '<', '>'])
        || among("LIKE ILIKE IN BETWEEN VALUES", &word)
        || (bare.ends_with(',') && before.to_uppercase().contains("VALUES"))
}

fn is_glued_template(m: &Match<'_>, source: &Source<'_>) -> bool {
    let has_engine = ["flask", "jinja", "mako", "django"].iter().any(|name| source.has(name));
    has_engine && is_glued(m.text("text"), m.start(), source)
}

fn is_open_markup(m: &Match<'_>, source: &Source<'_>) -> bool {
    let markup = m.text("markup");
    let is_known =
        ["JSON.stringify", "PropTypes", "innerHTML", "outerHTML", ".length", "=>", "function"].iter().any(|part| markup.contains(part));
    // What is called markup was made as markup before; what was done there is judged there.
    let fills = glue(markup, source.language).fills;
    let is_made = |fill: &&str| segments(fill).any(|word| MARKUP_WORDS.split_ascii_whitespace().any(|known| word.ends_with(known)));
    let is_markup = !fills.is_empty() && fills.iter().all(is_made) && !fills.iter().any(|fill| is_requested(fill));
    let is_set_here = || assigned(source, m.start(), markup).is_some() && is_markup_with_values(m, source);
    match is_markup {
        true => is_set_here(),
        false => is_markup_with_values(m, source) || (!markup.is_empty() && !is_known && is_open(markup, m.start(), source)),
    }
}

/// Last parts of names of what is markup already.
const MARKUP_WORDS: &str = "html svg markup template rendered markdown snarkdown marked fragment fragments";

/// Parts of names of what holds no markup: numbers, times, versions.
const DULL_WORDS: &str = "version time date since format count len length size width height index number year";

/// `@markup` is taken for markup whatever it holds, `@sent` goes to a browser, `@page` does so when it looks like markup.
fn is_markup_with_values(m: &Match<'_>, source: &Source<'_>) -> bool {
    let (page, sent) = (m.text("page"), m.text("sent"));
    let text = if page.is_empty() { sent } else { page };
    let read = glue(text, source.language);
    let was_sent = |fill: &&str| {
        let is_set = |value: &str| is_requested(value) && !is_tame(value);
        is_requested(fill) || assigned(source, m.start(), fill).is_some_and(is_set)
    };
    let is_dull = |fill: &&str| segments(fill).any(|word| among(DULL_WORDS, &word));
    let markup = m.text("markup");
    let is_dull_markup = || {
        let fills: Vec<&str> = glue(markup, source.language).fills;
        !fills.is_empty() && fills.iter().all(is_dull)
    };
    (is_glued(markup, m.start(), source) && !is_dull_markup())
        || (!is_tame(text) && (page.is_empty() || read.literal.contains('<')) && read.fills.iter().any(was_sent))
}
