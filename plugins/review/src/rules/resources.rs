//! Owns the rules about what is held and handed on: files, connections, memory, locks, threads and tasks.

use crate::rule::{C_LIKE, Category, Finder, InTests, JS, Rule, Severity, always};
use crate::source::{Match, Source};

use super::logic::{has_word, holds_any, word_places};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "unclosed-resource",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 75,
        summary: "A file or a connection is opened and never closed.",
        suggestion: "Tie it to a block that closes it: `with`, `defer`, `try (...)`, or close it on every path.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["python"],
                query: r#"
                    (call function: (attribute object: (call function: (identifier) @open) @here attribute: (identifier) @method)
                        (#eq? @open "open") (#any-of? @method "read" "readline" "readlines" "write" "writelines"))
                    (for_statement right: (call function: (identifier) @open (#eq? @open "open")) @here)
                    (call function: (attribute) @method arguments: (argument_list . (call function: (identifier) @open) @here)
                        (#eq? @open "open") (#any-of? @method "json.load" "yaml.load" "yaml.safe_load" "pickle.load" "csv.reader" "tomllib.load"))"#,
                message: "nobody closes this file",
                accept: always,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"(assignment left: (identifier) @name right: (call function: (identifier) @open (#eq? @open "open"))) @here"#,
                message: "nobody closes `{name}`",
                accept: never_closed,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"(short_var_declaration left: (expression_list . (identifier) @name) right: (expression_list (call_expression function: (selector_expression) @open))
                    (#any-of? @open "os.Open" "os.Create" "os.OpenFile" "http.Get" "http.Post" "http.PostForm" "http.Head")) @here"#,
                message: "nobody closes `{name}`",
                accept: never_closed,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"(local_variable_declaration declarator: (variable_declarator name: (identifier) @name value: (object_creation_expression type: (type_identifier) @open))
                    (#any-of? @open "FileInputStream" "FileOutputStream" "FileReader" "FileWriter" "RandomAccessFile" "Socket" "ServerSocket" "ZipFile" "JarFile")) @here"#,
                message: "nobody closes `{name}`",
                accept: never_closed,
            },
            Finder::Syntax {
                languages: C_LIKE,
                query: r#"
                    (init_declarator declarator: (pointer_declarator declarator: (identifier) @name) value: (call_expression function: (identifier) @open)
                        (#any-of? @open "fopen" "popen" "opendir" "tmpfile")) @here"#,
                message: "nobody closes `{name}`",
                accept: never_closed,
            },
        ],
    },
    Rule {
        id: "http-without-timeout",
        severity: Severity::Low,
        category: Category::Correctness,
        confidence: 75,
        summary: "A request over the network may wait for ever.",
        suggestion: "Set a timeout.",
        in_tests: InTests::Off,
        finders: &[Finder::Table { message: "`{path}` waits for ever when the other side does not answer" }],
    },
    Rule {
        id: "lock-without-effect",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 95,
        summary: "A lock is taken in a way that protects nothing.",
        suggestion: "Lock the one object that all threads share, and hold it by a name until the work is done.",
        in_tests: InTests::Same,
        finders: &[
            Finder::Syntax {
                languages: &["rust"],
                query: r#"
                    (let_declaration pattern: "_" value: (call_expression function: (field_expression
                        value: (call_expression function: (field_expression field: (field_identifier) @lock) arguments: (arguments . ")"))
                        field: (field_identifier) @unwrap) (#any-of? @lock "lock" "write" "read") (#any-of? @unwrap "unwrap" "expect"))) @here
                    (let_declaration pattern: "_" value: (await_expression (call_expression
                        function: (field_expression field: (field_identifier) @lock) arguments: (arguments . ")") (#eq? @lock "lock")))) @here"#,
                message: "`_` drops the guard at once: nothing is locked after this line",
                accept: always,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"(with_item value: (call function: [(attribute) (identifier)] @callee
                    (#any-of? @callee "threading.Lock" "threading.RLock" "Lock" "RLock" "asyncio.Lock" "multiprocessing.Lock"))) @here"#,
                message: "each turn locks a new lock that nobody else has",
                accept: always,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"(synchronized_statement (parenthesized_expression (object_creation_expression)) @here)"#,
                message: "each turn locks a new object that nobody else has",
                accept: always,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(call_expression . (identifier) @callee (value_arguments . (value_argument (call_expression . (identifier) @made)))
                    (#eq? @callee "synchronized") (#any-of? @made "Any" "Object")) @here"#,
                message: "each turn locks a new object that nobody else has",
                accept: always,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"
                    (defer_statement (call_expression function: (selector_expression field: (field_identifier) @method (#any-of? @method "Lock" "RLock")))) @here
                    (parameter_declaration type: (qualified_type) @method (#any-of? @method "sync.Mutex" "sync.RWMutex" "sync.WaitGroup" "sync.Once" "sync.Cond")) @here"#,
                message: "`{here}` leaves the lock of the caller as it was",
                accept: is_not_given_back,
            },
            Finder::Syntax {
                languages: &["cpp"],
                query: r#"(expression_statement (call_expression function: (qualified_identifier scope: (namespace_identifier) @std
                    name: [(template_function name: (identifier) @guard) (identifier) @guard]) arguments: (argument_list . (_))
                    (#eq? @std "std") (#any-of? @guard "lock_guard" "unique_lock" "scoped_lock" "shared_lock"))) @here"#,
                message: "the `{guard}` has no name, so it unlocks at the end of this line",
                accept: always,
            },
        ],
    },
    Rule {
        id: "blocking-in-async",
        severity: Severity::Medium,
        category: Category::Performance,
        confidence: 85,
        summary: "A call that blocks stands in an asynchronous function and stops all other tasks of its thread.",
        suggestion: "Use the asynchronous counterpart, or hand the call to a thread that may block.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["rust"],
                query: r#"(call_expression function: (scoped_identifier) @callee (#any-of? @callee
                    "std::thread::sleep" "thread::sleep" "std::fs::read" "std::fs::read_to_string" "std::fs::write" "std::fs::copy" "std::fs::remove_dir_all"
                    "std::fs::create_dir_all" "std::fs::File::open" "std::net::TcpStream::connect" "reqwest::blocking::get")) @here"#,
                message: "`{callee}` blocks the thread that runs this task",
                accept: blocks_a_task,
            },
            Finder::Syntax {
                languages: &["python"],
                query: r#"(call function: (attribute) @callee (#any-of? @callee
                    "time.sleep" "requests.get" "requests.post" "requests.put" "requests.delete" "requests.request" "urllib.request.urlopen"
                    "subprocess.run" "subprocess.call" "subprocess.check_call" "subprocess.check_output" "os.system")) @here"#,
                message: "`{callee}` blocks the event loop",
                accept: blocks_a_task,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(call_expression . [(navigation_expression) (identifier)] @callee (#any-of? @callee "Thread.sleep" "runBlocking")) @here"#,
                message: "`{callee}` blocks the thread that runs this coroutine",
                accept: blocks_a_task,
            },
        ],
    },
    Rule {
        id: "missing-await",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 90,
        summary: "A coroutine is called and not awaited, so it never runs.",
        suggestion: "Put `await` before the call, or make a task of it and keep the task.",
        in_tests: InTests::Same,
        finders: &[Finder::Syntax {
            languages: &["python"],
            query: r#"(expression_statement . (call function: [(identifier) (attribute)] @callee) @here .)"#,
            message: "`{callee}` only makes a coroutine here; without `await` it never runs",
            accept: makes_a_coroutine,
        }],
    },
    Rule {
        id: "async-callback-not-awaited",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 85,
        summary: "An asynchronous function is given to something that does not wait for it.",
        suggestion: "Use `for ... of` with `await`, or `await Promise.all(items.map(...))`.",
        in_tests: InTests::Same,
        finders: &[
            Finder::Syntax {
                languages: JS,
                query: r#"(call_expression function: (member_expression property: (property_identifier) @here) arguments: (arguments . [(arrow_function "async") (function_expression "async")] .)
                    (#any-of? @here "forEach" "filter" "some" "every" "find" "findIndex"))"#,
                message: "`{here}` does not wait for its callback: its promise counts as true and its errors are lost",
                accept: always,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"(new_expression constructor: (identifier) @here
                    arguments: (arguments . [(arrow_function "async" body: (_) @body) (function_expression "async" body: (_) @body)])
                    (#eq? @here "Promise"))"#,
                message: "an error in an asynchronous executor never rejects the promise",
                // Unless all of it stands in a `try`.
                accept: |m, _| !m.text("body").trim_start_matches('{').trim_start().starts_with("try"),
            },
        ],
    },
    Rule {
        id: "waitgroup-add-in-goroutine",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 90,
        summary: "A goroutine counts itself in, so `Wait` may return before it has begun.",
        suggestion: "Call `Add` before the `go` statement.",
        in_tests: InTests::Same,
        finders: &[Finder::Syntax {
            languages: &["go"],
            query: r#"(go_statement (call_expression function: (func_literal body: (block (statement_list
                (expression_statement (call_expression function: (selector_expression operand: (_) @group field: (field_identifier) @method)) @here)) @body))) (#eq? @method "Add"))"#,
            message: "`{group}.Wait` may be over before this runs",
            accept: counts_itself,
        }],
    },
    Rule {
        id: "thread-not-started",
        severity: Severity::High,
        category: Category::Correctness,
        confidence: 90,
        summary: "A thread is made and its work is done by the caller, or not at all.",
        suggestion: "Call `start`.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["java"],
                query: r#"
                    (method_invocation object: (object_creation_expression type: (type_identifier) @type) name: (identifier) @method (#eq? @type "Thread") (#eq? @method "run")) @here
                    (expression_statement (object_creation_expression type: (type_identifier) @type (#eq? @type "Thread"))) @here"#,
                message: "no thread is started here",
                accept: always,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"(call_expression . (navigation_expression (call_expression . (identifier) @type) (identifier) @method .) (value_arguments . ")") (#eq? @type "Thread") (#eq? @method "run")) @here"#,
                message: "no thread is started here",
                accept: always,
            },
        ],
    },
];

/// Whether nothing in the function closes the resource, hands it out or gives it to somebody who might.
fn never_closed(m: &Match<'_>, source: &Source<'_>) -> bool {
    const ONLY_USE: &str = "if while for switch print len json.load json.dump csv.reader csv.writer yaml.safe_load pickle.load bufio.NewReader \
        bufio.NewScanner bufio.NewWriter io.Copy io.ReadAll ioutil.ReadAll json.NewDecoder json.NewEncoder fmt.Fprint fmt.Fprintf fmt.Fprintln fread \
        fwrite fprintf fgets fputs fgetc fputc getc fscanf fseek ftell feof ferror fflush getline readdir rewind";
    let name = m.text("name");
    let Some(here) = m.span("here") else { return false };
    let Some(function) = source.function_at(here.start) else { return false };
    let (before, rest) = (source.text.get(function.span.range().start..here.start), source.text.get(here.end..function.span.range().end));
    let (Some(before), Some(rest)) = (before, rest) else { return false };
    let outlives = before.trim_end().ends_with('=')
        || before
            .lines()
            .any(|line| ["global ", "nonlocal "].iter().any(|word| line.trim_start().starts_with(word)) && has_word(line, name));
    !outlives
        && !word_places(rest, name).any(|at| {
            let (before, after) = (rest[..at].trim_end(), &rest[at + name.len()..]);
            let after = after.strip_prefix(".Body").unwrap_or(after);
            let line = rest[..at].rsplit('\n').next().unwrap_or("");
            let is_closed = [".close", ".Close", ".use"].iter().any(|word| after.starts_with(word));
            let is_kept = ["return", "yield", "global", "with"].iter().any(|word| has_word(line, word)) && !after.starts_with('.')
                || before.ends_with([':', '{', '['])
                || before.ends_with('=') && !before.ends_with("==") && !before.ends_with("!=");
            let is_passed = before.ends_with(['(', ',', '&']);
            is_closed || if is_passed { !ONLY_USE.split(' ').any(|name| name == callee_around(before)) } else { is_kept }
        })
}

/// Name of the call whose arguments are open at the end of the text.
fn callee_around(text: &str) -> &str {
    let mut closed = 0_usize;
    for (at, c) in text.char_indices().rev() {
        match c {
            ')' => closed += 1,
            '(' if closed > 0 => closed -= 1,
            '(' => return text[..at].trim_end().rsplit(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').next().unwrap_or(""),
            _ => {}
        }
    }
    ""
}

/// Whether the code around the call is asynchronous, and the call is not in a block that goes to a thread of its own.
fn blocks_a_task(m: &Match<'_>, source: &Source<'_>) -> bool {
    const THREADS: &str = "spawn_blocking block_in_place asyncify unblock run_in_executor to_thread run_sync thread Thread Dispatchers. \
        withContext .execute .submit Runnable";
    let Some(function) = source.function_at(m.start()) else { return false };
    let signature = source.text.get(function.signature.range()).unwrap_or("");
    let before = source.text.get(function.signature.range().end..m.start()).unwrap_or("");
    let mut closed = 0_usize;
    // What stands between the innermost open bracket and the call; a closure without a body is there.
    let mut end = before.len();
    for (at, c) in before.char_indices().rev() {
        match c {
            ')' | '}' => closed += 1,
            '(' | '{' if closed > 0 => closed -= 1,
            '(' | '{' => {
                let inside = before[at + 1..end].trim();
                let last = inside.rsplit('\n').next().unwrap_or("");
                let head = before[..at].rsplit('\n').next().unwrap_or("").trim_end();
                let is_async = head.ends_with("async") || head.ends_with("async move");
                if c == '{' && is_async && source.language == "rust" {
                    return true;
                }
                let is_closure = match source.language {
                    "rust" => {
                        opens_closure(last)
                            || c == '{' && opens_closure(head)
                            || c == '(' && ["|", "move |"].iter().any(|open| inside.starts_with(open))
                    }
                    "python" => has_word(inside, "lambda"),
                    _ => false,
                };
                if is_closure || holds_any(head, THREADS) {
                    return false;
                }
                end = at;
            }
            _ => {}
        }
    }
    // Behind the keyword the word belongs to the type of a parameter.
    let own = ["fn ", "fun ", "def "].iter().find_map(|keyword| Some(signature.split_once(keyword)?.0)).unwrap_or(signature);
    has_word(own, "async") || has_word(own, "suspend")
}

/// Whether the text ends with the parameters of a closure, in Rust, and not with an "or".
fn opens_closure(text: &str) -> bool {
    let text = text.trim_end();
    match text.strip_suffix("||") {
        Some(before) => {
            before.trim_end().is_empty() || before.trim_end().ends_with(['=', '(', ',', '>']) || before.trim_end().ends_with("move")
        }
        None => text.strip_suffix('|').is_some_and(|before| before.contains('|')),
    }
}

/// Whether the callee is known to be a coroutine: of `asyncio`, or each function of that name in this file is `async`.
fn makes_a_coroutine(m: &Match<'_>, source: &Source<'_>) -> bool {
    const OF_ASYNCIO: &str = "sleep wait wait_for to_thread open_connection start_server";
    let callee = m.text("callee");
    let (name, first) = callee.strip_prefix("self.").map_or((callee, ""), |name| (name, "self"));
    if let Some(name) = callee.strip_prefix("asyncio.") {
        return OF_ASYNCIO.split(' ').any(|known| known == name);
    }
    let mut namesakes = source.functions.iter().filter(|function| function.name == name).peekable();
    namesakes.peek().is_some()
        && namesakes.all(|function| {
            let signature = &source.text[function.signature];
            let is_method = signature.contains("(self");
            let is_decorated = source.lines_above(function.span.range().start, 1).any(|line| line.trim_start().starts_with('@'));
            signature.starts_with("async") && is_method == (first == "self") && !is_decorated
        })
}

/// Whether a `defer x.Lock()` is a slip: one behind `x.Unlock()` takes the lock of the caller again, as was meant.
fn is_not_given_back(m: &Match<'_>, source: &Source<'_>) -> bool {
    let here = m.text("here");
    let unlock = here.strip_prefix("defer ").map(|call| call.replace("RLock()", "RUnlock()").replace(".Lock()", ".Unlock()"));
    unlock.is_none_or(|unlock| !source.lines_above(m.start(), 3).any(|line| line.trim() == unlock))
}

/// Whether the goroutine counts itself in: it calls `Done` behind `Add`. One that calls it before was counted by whoever began it.
fn counts_itself(m: &Match<'_>, source: &Source<'_>) -> bool {
    let done = [m.text("group"), ".Done()"].concat();
    let before = m.span("body").and_then(|body| source.text.get(body.start..m.start())).unwrap_or("");
    m.text("body").contains(&done) && !before.contains(&done)
}
