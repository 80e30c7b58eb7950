//! Owns the rules on text that becomes a shell command or code.
//! Never follows a value further than to its assignment in the same function.

use crate::literals::{among, assigned, caller, glue, is_glued, is_open, near, places, segments, shell_command};
use crate::rule::{C_LIKE, Category, Finder, InTests, JS, Rule, Severity};
use crate::source::{Match, Source};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "command-injection",
        severity: Severity::Critical,
        category: Category::Security,
        confidence: 80,
        summary: "A shell command is put together at run time.",
        suggestion: "Call the program directly with a list of arguments, without a shell.",
        in_tests: InTests::As(Severity::High),
        finders: &[
            Finder::Syntax {
                languages: &["python"],
                query: r#"
(call function: (attribute object: (identifier) @module attribute: (identifier) @callee) arguments: (argument_list . (_) @command)
  (#any-of? @module "os" "commands" "subprocess" "asyncio")
  (#any-of? @callee "system" "popen" "getoutput" "getstatusoutput" "create_subprocess_shell")) @here
(call function: (_) @callee arguments: (argument_list . (_) @command (keyword_argument name: (identifier) @key value: (true)))
  (#eq? @key "shell") (#match? @callee "(run|call|Popen|check_call|check_output)$")) @here
(call function: (_) @callee arguments: (argument_list . (list) @list)
  (#match? @callee "(run|call|Popen|check_call|check_output)$")) @here"#,
                message: "`{callee}` runs a shell command that is not fixed text",
                accept: is_open_command,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"
(call_expression function: [(identifier) @callee (member_expression object: (identifier) @module property: (property_identifier) @callee)]
  arguments: (arguments . (_) @command) (#any-of? @callee "exec" "execSync" "execAsync" "execPromise")) @here
(call_expression function: (_) @callee arguments: (arguments . (_) @command (object (pair key: (property_identifier) @key value: (true))))
  (#eq? @key "shell") (#match? @callee "(spawn|execFile)(Sync)?$")) @here
(call_expression function: [(identifier) @callee (member_expression property: (property_identifier) @callee)]
  arguments: (arguments (array)) @list (#any-of? @callee "spawn" "spawnSync" "execFile" "execFileSync" "execa")) @here"#,
                message: "`{callee}` runs a shell command that is not fixed text",
                accept: is_open_command,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"
(method_invocation object: (_) @object name: (identifier) @callee arguments: (argument_list . (_) @command) @list
  (#any-of? @callee "exec" "command")) @here
(object_creation_expression type: (type_identifier) @callee arguments: (argument_list . (_) @command) @list (#eq? @callee "ProcessBuilder")) @here"#,
                message: "`{callee}` runs a command that is put together at run time",
                accept: is_built_command,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"
(call_expression (navigation_expression (_) @object (identifier) @callee .) (value_arguments . (value_argument (_) @command)) @list
  (#any-of? @callee "exec" "command")) @here
(call_expression (identifier) @callee (value_arguments . (value_argument (_) @command)) @list (#eq? @callee "ProcessBuilder")) @here"#,
                message: "`{callee}` runs a command that is put together at run time",
                accept: is_built_command,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"
(call_expression function: (selector_expression field: (field_identifier) @callee) arguments: (argument_list) @list
  (#any-of? @callee "Command" "CommandContext")) @here"#,
                message: "`{callee}` gives a shell a command that is put together at run time",
                accept: is_open_for_shell,
            },
            Finder::Syntax {
                languages: &["rust"],
                query: r#"
(call_expression function: (field_expression value: (call_expression
      function: (field_expression value: (_) @object field: (field_identifier) @first) arguments: (arguments . (string_literal) @flag .))
    field: (field_identifier) @second) arguments: (arguments . (_) @command @here)
  (#eq? @first "arg") (#eq? @second "arg") (#any-of? @flag "\"-c\"" "\"-lc\"" "\"/C\"" "\"/c\""))
(call_expression function: (field_expression value: (_) @object field: (field_identifier) @second)
  arguments: (arguments . [(array_expression) (reference_expression (array_expression))] @list @here) (#eq? @second "args"))"#,
                message: "a shell gets a command that is put together at run time",
                accept: is_open_for_shell,
            },
            Finder::Syntax {
                languages: C_LIKE,
                query: r#"
(call_expression function: (_) @callee arguments: (argument_list . (_) @command)
  (#any-of? @callee "system" "popen" "std::system" "::system")) @here"#,
                message: "`{callee}` runs a shell command that is put together at run time",
                accept: is_written_command,
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
        in_tests: InTests::As(Severity::Medium),
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
];

fn is_open_command(m: &Match<'_>, source: &Source<'_>) -> bool {
    let knows_shell = source.language == "python" || source.has("child_process") || source.has("shelljs");
    if !m.text("list").is_empty() {
        return knows_shell && is_open_for_shell(m, source);
    }
    let modules = "os commands subprocess asyncio child_process childProcess cp proc shell shelljs";
    let is_list = m.text("command").starts_with('[');
    knows_shell
        && !is_list
        && (m.text("module").is_empty() || among(modules, m.text("module")))
        && is_open(m.text("command"), m.start(), source)
}

/// Whether a shell is started by its name, and what it is told to run is not fixed.
fn is_open_for_shell(m: &Match<'_>, source: &Source<'_>) -> bool {
    let object = m.text("object");
    let program = match source.language {
        "rust" => {
            let made = if object.contains("Command::new(") { Some(object) } else { assigned(source, m.start(), object) };
            let new = made.and_then(|made| made.split_once("Command::new(")).map_or("", |(_, rest)| rest);
            new.split(')').next().unwrap_or("")
        }
        _ => "",
    };
    let list = m.text("list");
    let single = format!("\"-c\", {}", m.text("command"));
    let command = if list.is_empty() { shell_command(program, &single) } else { shell_command(program, list) };
    command.is_some_and(|command| is_open(command, m.start(), source))
}

/// As `is_open_for_shell`, and one text that names program and arguments together, which is split at its spaces.
fn is_built_command(m: &Match<'_>, source: &Source<'_>) -> bool {
    let (command, object) = (m.text("command"), m.text("object"));
    let is_runtime = object.contains("untime") || assigned(source, m.start(), object).is_some_and(|value| value.contains("Runtime"));
    let is_builder = m.text("callee") != "exec";
    if !is_runtime && !is_builder {
        return false;
    }
    let value = assigned(source, m.start(), command).unwrap_or(command);
    let is_list = |value: &str| {
        ["new String[]", "{", "arrayOf(", "listOf(", "List.of(", "Arrays.asList("].iter().any(|start| value.starts_with(start))
    };
    let list = if is_list(value) { value } else { m.text("list") };
    let shell = shell_command("", list);
    shell.is_some_and(|command| is_open(command, m.start(), source))
        || (shell.is_none() && !is_builder && !is_list(value) && is_glued(command, m.start(), source))
}

/// Whether C wrote values into the text, or took it from outside.
fn is_written_command(m: &Match<'_>, source: &Source<'_>) -> bool {
    let command = m.text("command");
    let writers = "sprintf snprintf strcat strncat gets fgets scanf sscanf getline";
    let name = command.split('.').next().unwrap_or(command).trim_start_matches('&');
    let before = source.function_before(m.start()).unwrap_or_else(|| near(source.text, 0, m.start()));
    is_glued(command, m.start(), source)
        || is_glued(name, m.start(), source)
        || command.contains("argv[")
        || places(before, name).filter_map(|at| caller(&before[..at])).any(|call| among(writers, call))
}

fn is_open_code(m: &Match<'_>, source: &Source<'_>) -> bool {
    let (code, engine) = (m.text("code"), m.text("engine").to_lowercase());
    let is_engine = engine.is_empty() || engine.contains("engine");
    let is_timer = m.text("callee").starts_with("set");
    is_engine
        && !(source.language == "python" && is_own_code(m, source))
        && is_open(code, m.start(), source)
        && (!is_timer || !glue(code, source.language).literal.is_empty())
}

/// Whether Python runs what was compiled before, the text of a file, or what a debugger or console was told by who sits before it.
fn is_own_code(m: &Match<'_>, source: &Source<'_>) -> bool {
    const MAKERS: &str = "compile( .get_code( marshal.load co_code __code__ .read() .read_text(";
    const CONSOLES: &str = "(cmd.Cmd (bdb.Bdb pdb.Pdb InteractiveConsole InteractiveInterpreter .setprofile( .settrace(";
    let code = m.text("code");
    let has_names = m.span("code").and_then(|code| source.text.get(code.end..)).is_some_and(|rest| rest.trim_start().starts_with(','));
    let is_made = |text: &str| MAKERS.split_ascii_whitespace().any(|maker| text.contains(maker));
    let words: Vec<String> = segments(code).collect();
    let is_object = words.iter().any(|word| among("codeobj bytecode", word))
        || words.windows(2).any(|pair| pair[0] == "code" && among("obj object", &pair[1]));
    let is_console = || CONSOLES.split_ascii_whitespace().any(|name| source.has(name));
    // `exec(code, names)`, in a file that compiles or loads code.
    let makes_code = || ["compile(", "get_code", "CodeType", "_imp."].iter().any(|maker| source.has(maker));
    let is_code = words.last().is_some_and(|word| word == "code") && has_names && makes_code();
    is_object || is_code || is_made(code) || assigned(source, m.start(), code).is_some_and(is_made) || is_console()
}
