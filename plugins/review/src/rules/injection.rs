//! Owns the rules on text that becomes SQL, a shell command, code or markup, and the reading of glued expressions.
//! Never follows a value further than to its assignment in the same function.

use crate::rule::{C_LIKE, Category, Finder, InTests, JS, Rule, Severity};
use crate::source::{Match, Source};

use super::secrets::{HOLE, among, assigned, caller, glue, is_constant, is_glued, is_open, is_requested, is_tame, places};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "sql-injection",
        severity: Severity::Critical,
        category: Category::Security,
        confidence: 85,
        summary: "Values are written into the text of an SQL statement.",
        suggestion: "Write placeholders into the statement and pass the values separately.",
        in_tests: InTests::Off,
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
        id: "command-injection",
        severity: Severity::Critical,
        category: Category::Security,
        confidence: 80,
        summary: "A shell command is put together at run time.",
        suggestion: "Call the program directly with a list of arguments, without a shell.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["python"],
                query: r#"
(call function: (attribute object: (identifier) @module attribute: (identifier) @callee) arguments: (argument_list . (_) @command)
  (#any-of? @module "os" "commands" "subprocess" "asyncio")
  (#any-of? @callee "system" "popen" "getoutput" "getstatusoutput" "create_subprocess_shell")) @here
(call function: (_) @callee arguments: (argument_list . (_) @command (keyword_argument name: (identifier) @key value: (true)))
  (#eq? @key "shell") (#match? @callee "(run|call|Popen|check_call|check_output)$")) @here
(call function: (_) @callee arguments: (argument_list . (list . (string) (string) @flag . (_) @command))
  (#any-of? @flag "\"-c\"" "'-c'") (#match? @callee "(run|call|Popen|check_call|check_output)$")) @here"#,
                message: "`{callee}` runs a shell command that is not fixed text",
                accept: is_open_command,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"
(call_expression function: [(identifier) @callee (member_expression object: (identifier) @module property: (property_identifier) @callee)]
  arguments: (arguments . (_) @command) (#any-of? @callee "exec" "execSync" "execAsync" "execPromise")) @here
(call_expression function: (_) @callee arguments: (arguments . (_) @command (object (pair key: (property_identifier) @key value: (true))))
  (#eq? @key "shell") (#match? @callee "(spawn|execFile)(Sync)?$")) @here"#,
                message: "`{callee}` runs a shell command that is not fixed text",
                accept: is_open_command,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"
(method_invocation object: (_) @object name: (identifier) @callee arguments: (argument_list . (_) @command) (#eq? @callee "exec")) @here
(object_creation_expression type: (type_identifier) @callee arguments: (argument_list . (string_literal) (string_literal) @flag .
  (_) @command)
  (#eq? @callee "ProcessBuilder") (#any-of? @flag "\"-c\"" "\"/c\"" "\"/C\"")) @here"#,
                message: "`{callee}` runs a command that is put together at run time",
                accept: is_glued_command,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"
(call_expression (navigation_expression (_) @object (identifier) @callee .) (value_arguments . (value_argument (_) @command))
  (#eq? @callee "exec")) @here
(call_expression (identifier) @callee (value_arguments (value_argument (string_literal) @flag) . (value_argument (_) @command))
  (#eq? @callee "ProcessBuilder") (#any-of? @flag "\"-c\"" "\"/c\"" "\"/C\"")) @here"#,
                message: "`{callee}` runs a command that is put together at run time",
                accept: is_glued_command,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"
(call_expression function: (selector_expression field: (field_identifier) @callee)
  arguments: (argument_list (interpreted_string_literal) @flag . (_) @command)
  (#any-of? @callee "Command" "CommandContext") (#any-of? @flag "\"-c\"" "\"/c\"" "\"/C\"")) @here"#,
                message: "`{callee}` gives a shell a command that is put together at run time",
                accept: is_glued_command,
            },
            Finder::Syntax {
                languages: &["rust"],
                query: r#"
(call_expression function: (field_expression value: (call_expression
      function: (field_expression value: (_) @object field: (field_identifier) @first) arguments: (arguments . (string_literal) @flag .))
    field: (field_identifier) @second) arguments: (arguments . (_) @command @here)
  (#eq? @first "arg") (#eq? @second "arg") (#any-of? @flag "\"-c\"" "\"/C\""))
(call_expression function: (field_expression field: (field_identifier) @second)
  arguments: (arguments [(array_expression . (string_literal) @flag . (_) @command @here .)
    (reference_expression (array_expression . (string_literal) @flag . (_) @command @here .))])
  (#eq? @second "args") (#any-of? @flag "\"-c\"" "\"/C\""))"#,
                message: "a shell gets a command that is put together at run time",
                accept: is_glued_command,
            },
            Finder::Syntax {
                languages: C_LIKE,
                query: r#"
(call_expression function: (_) @callee arguments: (argument_list . (_) @command)
  (#any-of? @callee "system" "popen" "std::system" "::system")) @here"#,
                message: "`{callee}` runs a shell command that is put together at run time",
                accept: is_glued_command,
            },
        ],
    },
    Rule {
        id: "eval",
        severity: Severity::High,
        category: Category::Security,
        confidence: 80,
        summary: "Text that is not fixed is run as code.",
        suggestion: "Parse the value, or look it up in a table of what is allowed.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["python"],
                query: r#"
(call function: (identifier) @callee arguments: (argument_list . (_) @code) (#any-of? @callee "eval" "exec")) @here"#,
                message: "`{callee}` runs text as code",
                accept: is_open_code,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"
(call_expression function: (_) @callee arguments: (arguments . (_) @code)
  (#any-of? @callee "eval" "window.eval" "globalThis.eval" "vm.runInThisContext" "vm.runInNewContext")) @here
(new_expression constructor: (identifier) @callee arguments: (arguments (_) @code .) (#eq? @callee "Function")) @here
(call_expression function: (identifier) @callee arguments: (arguments . [(binary_expression) (template_string)] @code)
  (#any-of? @callee "setTimeout" "setInterval")) @here"#,
                message: "`{callee}` runs text as code",
                accept: is_open_code,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"
(method_invocation object: (_) @engine name: (identifier) @callee arguments: (argument_list . (_) @code) (#eq? @callee "eval")) @here"#,
                message: "a script engine runs text that is not fixed",
                accept: is_open_code,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"
(call_expression (navigation_expression (_) @engine (identifier) @callee .) (value_arguments . (value_argument (_) @code))
  (#eq? @callee "eval")) @here"#,
                message: "a script engine runs text that is not fixed",
                accept: is_open_code,
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
        in_tests: InTests::Off,
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
        in_tests: InTests::Off,
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
    let holes: Vec<bool> = glue.literal.match_indices(HOLE).map(|(at, _)| takes_value(&glue.literal[..at])).collect();
    let is_part = |fill: &str| segments(fill).any(|part| among(SQL_PARTS, &part));
    let is_risky = |fill: &str| !is_tame(fill) && !is_constant(fill) && (is_requested(fill) || !is_part(fill));
    let is_filled = if holes.len() == glue.fills.len() {
        glue.fills.iter().zip(holes).any(|(fill, is_value)| is_value && is_risky(fill))
    } else {
        holes.contains(&true) && glue.fills.iter().any(|fill| is_risky(fill))
    };
    let after = source.text.get(m.start()..source.function_at(m.start()).map_or(source.text.len(), |f| f.span.end)).unwrap_or("");
    let mut calls = places(after, name).filter_map(|at| caller(&after[..at]));
    let is_sent = glue.fills.iter().any(|fill| is_requested(fill) && !is_tame(fill));
    (is_statement || is_tail) && (is_filled || is_sent) && (name.is_empty() || calls.any(|call| among(SQL_CALLS, &call.to_lowercase())))
}

/// The words of a name, in small letters: `userId` and `user_id` are `user`, `id`.
pub(super) fn segments(name: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        words.last_mut().into_iter().for_each(|word| word.extend(c.to_lowercase().filter(|c| c.is_alphanumeric())));
        was_lower = c.is_lowercase() || c.is_ascii_digit();
    }
    words.into_iter().filter(|word| !word.is_empty())
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

fn is_open_command(m: &Match<'_>, source: &Source<'_>) -> bool {
    let knows_shell = source.language == "python" || source.text.contains("child_process") || source.text.contains("shelljs");
    let modules = "os commands subprocess asyncio child_process childProcess cp proc shell shelljs";
    knows_shell && (m.text("module").is_empty() || among(modules, m.text("module"))) && is_open(m.text("command"), m.start(), source)
}

fn is_glued_command(m: &Match<'_>, source: &Source<'_>) -> bool {
    let (command, object) = (m.text("command"), m.text("object"));
    let is_shell = match source.language {
        "rust" => ["sh\")", "cmd\")", "cmd.exe\")"].iter().any(|end| object.contains("Command::new") && object.contains(end)),
        _ if command.contains("tring[]") || command.starts_with("arrayOf") => command.contains("\"-c\"") || command.contains("\"/c\""),
        _ => {
            object.is_empty()
                || object.contains("untime")
                || assigned(source, m.start(), object).is_some_and(|value| value.contains("Runtime"))
        }
    };
    let writers = "sprintf snprintf strcat strncat gets fgets scanf sscanf getline";
    let name = command.split('.').next().unwrap_or(command).trim_start_matches('&');
    let before = source.text.get(source.function_at(m.start()).map_or(0, |f| f.span.start)..m.start()).unwrap_or("");
    is_shell
        && (is_glued(command, m.start(), source)
            || is_glued(name, m.start(), source)
            || command.contains("argv[")
            || (C_LIKE.contains(&source.language)
                && places(before, name).filter_map(|at| caller(&before[..at])).any(|call| among(writers, call))))
}

fn is_open_code(m: &Match<'_>, source: &Source<'_>) -> bool {
    let (code, engine) = (m.text("code"), m.text("engine").to_lowercase());
    let is_engine = engine.is_empty() || engine.contains("engine");
    let is_timer = m.text("callee").starts_with("set");
    is_engine
        && !code.starts_with("compile(")
        && is_open(code, m.start(), source)
        && (!is_timer || !glue(code, source.language).literal.is_empty())
}

fn is_glued_template(m: &Match<'_>, source: &Source<'_>) -> bool {
    let has_engine = ["flask", "jinja", "mako", "django"].iter().any(|name| source.text.contains(name));
    has_engine && is_glued(m.text("text"), m.start(), source)
}

fn is_open_markup(m: &Match<'_>, source: &Source<'_>) -> bool {
    let markup = m.text("markup");
    let is_known = ["JSON.stringify", "PropTypes", "innerHTML", ".length", "=>", "function"].iter().any(|part| markup.contains(part));
    is_markup_with_values(m, source) || (!markup.is_empty() && !is_known && is_open(markup, m.start(), source))
}

/// `@markup` is taken for markup whatever it holds, `@sent` goes to a browser, `@page` does so when it looks like markup.
fn is_markup_with_values(m: &Match<'_>, source: &Source<'_>) -> bool {
    let (page, sent) = (m.text("page"), m.text("sent"));
    let text = if page.is_empty() { sent } else { page };
    let glue = glue(text, source.language);
    let was_sent = |fill: &&str| {
        let is_set = |value: &str| is_requested(value) && !is_tame(value);
        is_requested(fill) || assigned(source, m.start(), fill).is_some_and(is_set)
    };
    is_glued(m.text("markup"), m.start(), source)
        || (!is_tame(text) && (page.is_empty() || glue.literal.contains('<')) && glue.fills.iter().any(was_sent))
}
