//! Owns the rules on input that is trusted as it came: paths, addresses, objects, documents, and what C and Rust do with memory.
//! Never follows a value further than to its assignment in the same function.

use crate::rule::{ALL, C_LIKE, Category, Finder, InTests, JS, Rule, Severity, always};
use crate::source::{Match, Source};

use super::crypto::{in_code, near};
use super::secrets::{HOLE, among, assigned, glue, is_constant, is_requested, is_tame};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "path-traversal",
        severity: Severity::High,
        category: Category::Security,
        confidence: 80,
        summary: "A path is taken from a request without a check.",
        suggestion: "Take the last component only, or resolve the path and check that it is still inside its folder.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["python"],
                query: r#"
(call function: (_) @callee arguments: (argument_list (_) @value)
  (#any-of? @callee "open" "io.open" "send_file" "FileResponse" "Path" "pathlib.Path" "os.path.join" "os.remove" "os.unlink" "os.listdir"
    "shutil.rmtree" "shutil.copy")) @here"#,
                message: "`{callee}` gets a path that a client chose",
                accept: is_unchecked,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"
(call_expression function: [(identifier) @callee (member_expression property: (property_identifier) @callee)]
  arguments: (arguments (_) @value)
  (#any-of? @callee "readFile" "readFileSync" "createReadStream" "writeFile" "writeFileSync" "createWriteStream" "unlink" "unlinkSync"
    "readdir" "readdirSync" "sendFile")) @here
(call_expression function: (member_expression object: (identifier) @object property: (property_identifier) @callee)
  arguments: (arguments (_) @value)
  (#eq? @object "path") (#any-of? @callee "join" "resolve")) @here"#,
                message: "`{callee}` gets a path that a client chose",
                accept: is_unchecked,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"
(object_creation_expression type: (type_identifier) @callee arguments: (argument_list (_) @value)
  (#any-of? @callee "File" "FileInputStream" "FileOutputStream" "FileReader" "FileWriter")) @here
(method_invocation object: (identifier) @callee name: (identifier) @method arguments: (argument_list (_) @value)
  (#any-of? @callee "Paths" "Path") (#any-of? @method "get" "of")) @here"#,
                message: "`{callee}` gets a path that a client chose",
                accept: is_unchecked,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"
(call_expression (identifier) @callee (value_arguments (value_argument (_) @value)) (#any-of? @callee "File" "FileInputStream")) @here"#,
                message: "`{callee}` gets a path that a client chose",
                accept: is_unchecked,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"
(call_expression function: (selector_expression) @callee arguments: (argument_list (_) @value)
  (#any-of? @callee "os.Open" "os.ReadFile" "os.Create" "os.Remove" "os.RemoveAll" "os.OpenFile" "ioutil.ReadFile" "http.ServeFile"
    "filepath.Join" "path.Join")) @here"#,
                message: "`{callee}` gets a path that a client chose",
                accept: is_unchecked,
            },
        ],
    },
    Rule {
        id: "open-redirect",
        severity: Severity::Medium,
        category: Category::Security,
        confidence: 80,
        summary: "A client chooses where it is redirected to.",
        suggestion: "Redirect to paths of this site only, or to hosts from a list.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["python"],
                query: r#"
(call function: [(identifier) @callee (attribute attribute: (identifier) @callee)] arguments: (argument_list . (_) @value)
  (#any-of? @callee "redirect" "HttpResponseRedirect" "RedirectResponse")) @here"#,
                message: "`{callee}` sends the browser to any address that the request names",
                accept: is_unchecked_address,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"
(call_expression function: (member_expression property: (property_identifier) @callee) arguments: (arguments (_) @value)
  (#eq? @callee "redirect")) @here"#,
                message: "`{callee}` sends the browser to any address that the request names",
                accept: is_unchecked_address,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"
(method_invocation name: (identifier) @callee arguments: (argument_list . (_) @value) (#eq? @callee "sendRedirect")) @here"#,
                message: "`{callee}` sends the browser to any address that the request names",
                accept: is_unchecked_address,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"
(call_expression [(identifier) @callee (navigation_expression (identifier) @callee .)] (value_arguments . (value_argument (_) @value))
  (#any-of? @callee "respondRedirect" "sendRedirect")) @here"#,
                message: "`{callee}` sends the browser to any address that the request names",
                accept: is_unchecked_address,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"
(call_expression function: (selector_expression field: (field_identifier) @callee) arguments: (argument_list (_) @value)
  (#eq? @callee "Redirect")) @here"#,
                message: "`{callee}` sends the browser to any address that the request names",
                accept: is_unchecked_address,
            },
        ],
    },
    Rule {
        id: "request-forgery",
        severity: Severity::High,
        category: Category::Security,
        confidence: 80,
        summary: "The server fetches an address that a client chose.",
        suggestion: "Accept an identifier instead of an address, or compare the host with a list.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["python"],
                query: r#"
(call function: (_) @callee arguments: (argument_list (_) @value)
  (#any-of? @callee "requests.get" "requests.post" "requests.put" "requests.request" "httpx.get" "httpx.post" "urlopen"
    "urllib.request.urlopen")) @here"#,
                message: "`{callee}` fetches an address that the request names",
                accept: is_unchecked_address,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"
(call_expression function: (_) @callee arguments: (arguments . (_) @value)
  (#any-of? @callee "fetch" "axios" "axios.get" "axios.post" "axios.request" "got" "http.get" "https.get" "needle.get"
    "request" "request.get")) @here"#,
                message: "`{callee}` fetches an address that the request names",
                accept: is_unchecked_address,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"
(object_creation_expression type: (type_identifier) @callee arguments: (argument_list . (_) @value)
  (#any-of? @callee "URL" "HttpGet" "HttpPost")) @here
(method_invocation object: (identifier) @callee name: (identifier) @create arguments: (argument_list . (_) @value)
  (#eq? @callee "URI") (#eq? @create "create")) @here"#,
                message: "the server fetches an address that the request names",
                accept: is_unchecked_address,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"
(call_expression function: (selector_expression) @callee arguments: (argument_list (_) @value)
  (#any-of? @callee "http.Get" "http.Post" "http.PostForm" "http.Head" "http.NewRequest" "http.NewRequestWithContext")) @here"#,
                message: "`{callee}` fetches an address that the request names",
                accept: is_unchecked_address,
            },
        ],
    },
    Rule {
        id: "unsafe-deserialization",
        severity: Severity::High,
        category: Category::Security,
        confidence: 70,
        summary: "Data is turned into objects by a reader that runs code.",
        suggestion: "Use a format without code (JSON, `yaml.safe_load`), or a filter of allowed classes.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["python"],
                query: r#"
(call function: (_) @callee arguments: (argument_list) @arguments
  (#any-of? @callee "pickle.load" "pickle.loads" "cPickle.load" "cPickle.loads" "_pickle.loads" "dill.load" "dill.loads" "cloudpickle.load"
    "cloudpickle.loads" "marshal.loads" "jsonpickle.decode" "pandas.read_pickle" "pd.read_pickle" "yaml.load" "yaml.load_all"
    "yaml.unsafe_load" "yaml.full_load")) @here"#,
                message: "`{callee}` can run code that is hidden in the data",
                accept: is_code_reader,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"
(call_expression function: (member_expression object: (identifier) @object property: (property_identifier) @callee)
  arguments: (arguments . (_) @value)
  (#any-of? @object "serialize" "nodeSerialize" "node_serialize" "serializer" "funcster" "cryo")
  (#any-of? @callee "unserialize" "deepDeserialize")) @here"#,
                message: "`{callee}` can run code that is hidden in the data",
                accept: always,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"
(method_invocation object: (_) @object name: (identifier) @callee arguments: (argument_list)
  (#any-of? @callee "readObject" "readUnshared")) @here
(method_invocation object: (object_creation_expression type: (type_identifier) @type
  arguments: (argument_list) @arguments) name: (identifier) @callee
  (#eq? @type "Yaml") (#any-of? @callee "load" "loadAll" "loadAs")) @here"#,
                message: "`{callee}` can run code that is hidden in the data",
                accept: is_object_reader,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"
(call_expression (navigation_expression (_) @object (identifier) @callee .) (value_arguments)
  (#any-of? @callee "readObject" "readUnshared")) @here"#,
                message: "`{callee}` can run code that is hidden in the data",
                accept: is_object_reader,
            },
        ],
    },
    Rule {
        id: "xxe",
        severity: Severity::High,
        category: Category::Security,
        confidence: 70,
        summary: "An XML reader follows external entities.",
        suggestion: "Forbid document types or external entities before the first document is read.",
        in_tests: InTests::Off,
        finders: &[Finder::Text {
            languages: &["python", "javascript", "typescript", "tsx", "java", "kotlin", "c", "cpp"],
            pattern: r#"(?x)\b(
  (?:DocumentBuilderFactory|SAXParserFactory|XMLInputFactory)\.new(?:Default)?(?:Instance|Factory)\(\) | SAXReader\(\) | SAXBuilder\(\)
  | resolve_entities\s*=\s*True | feature_external_[gp]es\s*,\s*(?:True|1)\b | noent\s*:\s*true | XML_PARSE_NOENT\b
  | xmlSubstituteEntitiesDefault\(\s*1\s*\))"#,
            message: "a document can make this reader fetch files and addresses",
            accept: is_open_xml_reader,
        }],
    },
    Rule {
        id: "zip-slip",
        severity: Severity::High,
        category: Category::Security,
        confidence: 75,
        summary: "A name from an archive decides where a file is written.",
        suggestion: "Check that the resolved path is inside the target folder, or use the library's safe call.",
        in_tests: InTests::Off,
        finders: &[Finder::Text {
            languages: &["rust", "python", "javascript", "typescript", "tsx", "java", "kotlin", "go"],
            pattern: r#"(?x)(
  \.extractall\([^()]*\) | \bFile\([^(),]*(?:\(\))?,\s*\w+\.(?:getName\(\)|name)\s*\) | \.resolve\(\s*\w+\.(?:getName\(\)|name)\s*\)
  | \bfilepath\.Join\([^()]*,\s*\w+\.Name\s*\) | \bpath\.(?:join|resolve)\([^()]*,\s*\w+\.(?:path|name|fileName|entryName)\s*\)
  | \.join\(\s*&?\w+\.name\(\)\s*\))"#,
            message: "a name such as `../../x` in the archive leaves the target folder",
            accept: is_open_archive,
        }],
    },
    Rule {
        id: "insecure-temp-file",
        severity: Severity::Medium,
        category: Category::Security,
        confidence: 80,
        summary: "A temporary file has a name that others can foresee.",
        suggestion: "Let the library make and open the file in one step (`mkstemp`, `NamedTemporaryFile`, `createTempFile`).",
        in_tests: InTests::Off,
        finders: &[Finder::Text {
            languages: ALL,
            pattern: r#"(?x)\b(
  tempfile\.mktemp\( | os\.(?:tempnam|tmpnam)\( | (?:tmpnam|tmpnam_r|tempnam|mktemp)\( | open\(\s*['"]/tmp/[^'"]*['"]\s*,\s*['"][wax]
  | fopen\(\s*"/tmp/[^"]*"\s*,\s*"[wa] | os\.(?:Create|WriteFile|OpenFile)\(\s*"/tmp/ | ioutil\.WriteFile\(\s*"/tmp/
  | File::create\(\s*"/tmp/ | fs::write\(\s*"/tmp/ | (?:writeFile|writeFileSync|createWriteStream)\(\s*['"`]/tmp/
  | new\s(?:FileWriter|FileOutputStream|PrintWriter)\(\s*"/tmp/ | File\(\s*"/tmp/[^"]*"\s*\)\s*\.(?:write\w+|outputStream|createNewFile)
  | ofstream\s\w+[({]\s*"/tmp/)"#,
            message: "another user can put a file or a link under this name first",
            accept: in_code,
        }],
    },
    Rule {
        id: "unsafe-c-string",
        severity: Severity::High,
        category: Category::Security,
        confidence: 75,
        summary: "Text is copied into a buffer without a limit.",
        suggestion: "Use a call that knows the size: `fgets`, `snprintf`, `strlcpy`, a width in `scanf`, or `std::string`.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: C_LIKE,
            query: r#"
(call_expression function: (_) @callee arguments: (argument_list . (_) .) (#any-of? @callee "gets" "std::gets")) @here
(call_expression function: (_) @callee arguments: (argument_list . (_) @target . (_) @value .)
  (#any-of? @callee "strcpy" "strcat" "std::strcpy" "std::strcat" "stpcpy" "wcscpy")) @here
(call_expression function: (_) @callee arguments: (argument_list . (_) @target . (string_literal) @format . (_) @value)
  (#any-of? @callee "sprintf" "vsprintf" "std::sprintf")) @here
(call_expression function: (_) @callee arguments: (argument_list (string_literal) @format . (_))
  (#any-of? @callee "scanf" "fscanf" "sscanf" "std::scanf" "std::sscanf")) @here"#,
            message: "`{callee}` writes as much as it gets, whatever fits",
            accept: is_unlimited_copy,
        }],
    },
    Rule {
        id: "format-string",
        severity: Severity::High,
        category: Category::Security,
        confidence: 85,
        summary: "A variable is used as the format of a `printf` call.",
        suggestion: "Write `printf(\"%s\", text)`.",
        in_tests: InTests::Off,
        finders: &[Finder::Syntax {
            languages: C_LIKE,
            query: r#"
(call_expression function: (identifier) @callee arguments: (argument_list .
  [(identifier) (field_expression) (subscript_expression)] @format .)
  (#any-of? @callee "printf" "wprintf")) @here
(call_expression function: (identifier) @callee
  arguments: (argument_list . (call_expression function: (field_expression field: (field_identifier) @field)) @format .)
  (#eq? @callee "printf") (#eq? @field "c_str")) @here
(call_expression function: (identifier) @callee
  arguments: (argument_list . (_) . [(identifier) (field_expression) (subscript_expression)] @format .)
  (#any-of? @callee "fprintf" "sprintf" "syslog" "dprintf")) @here
(call_expression function: (identifier) @callee
  arguments: (argument_list . (_) . (_) . [(identifier) (field_expression) (subscript_expression)] @format .)
  (#eq? @callee "snprintf")) @here"#,
            message: "`{format}` is used as a format; a `%n` in it writes to memory",
            accept: is_open_format,
        }],
    },
    Rule {
        id: "unsafe-without-reason",
        severity: Severity::Medium,
        category: Category::Security,
        confidence: 80,
        summary: "An `unsafe` block does not say why it is sound.",
        suggestion: "Write a `// SAFETY:` comment above it that names what holds here.",
        in_tests: InTests::As(Severity::Info),
        finders: &[Finder::Syntax {
            languages: &["rust"],
            query: r#"(unsafe_block "unsafe" @here)"#,
            message: "nothing says why this `unsafe` block is sound",
            accept: has_no_safety_comment,
        }],
    },
    Rule {
        id: "uninitialized-memory",
        severity: Severity::High,
        category: Category::Security,
        confidence: 85,
        summary: "Memory that was never written is read as a value.",
        suggestion: "Keep it in `MaybeUninit` until it is written, or fill it first (`vec![0; n]`).",
        in_tests: InTests::Same,
        finders: &[Finder::Text {
            languages: &["rust"],
            pattern: r#"(?x)\b(
  mem::uninitialized(?:::<[^;()]*>)?\(\) | MaybeUninit(?:::<[^;()]*>)?::uninit\(\)\s*\.assume_init\(\)
  | mem::zeroed::<(?:&|Box<|NonNull<|fn\b)[^;()]*>\(\) | with_capacity\([^;]*\);\s*(?:unsafe\s*\{\s*)?\w+\.set_len\()"#,
            message: "this is undefined behaviour, even when the value is not used",
            accept: is_read_too_early,
        }],
    },
];

/// Whether the value was sent by a client and nothing around it looks like a check.
fn is_unchecked(m: &Match<'_>, source: &Source<'_>) -> bool {
    const GUARDS: &str = "startswith hasprefix realpath canonical is_relative_to commonpath safe_join islocal root: allowed \
        whitelist allowlist is_safe isvalid is_valid validate netloc hostname .host includes( contains( .test(";
    let is_sent = |text: &str| is_requested(text) && !is_tame(text);
    let value = m.text("value");
    let body = source.function_at(m.start()).and_then(|f| source.text.get(f.span.clone())).unwrap_or("").to_lowercase();
    let is_inner = ["=>", "path.join(", "filepath.Join(", "new File(", "path.resolve(", "url_for(", "reverse("]
        .iter()
        .any(|call| value.contains(call));
    !is_inner
        && !GUARDS.split_whitespace().any(|guard| body.contains(guard))
        && (is_sent(value) || glue(value, source.language).fills.iter().any(|fill| assigned(source, m.start(), fill).is_some_and(is_sent)))
}

/// As `is_unchecked`, and the client has the host in its hand: nothing fixed stands before its part.
fn is_unchecked_address(m: &Match<'_>, source: &Source<'_>) -> bool {
    let literal = glue(m.text("value"), source.language).literal;
    let head = literal.split(HOLE).next().unwrap_or("");
    matches!(head, "" | "http://" | "https://") && (literal.is_empty() || literal.contains(HOLE)) && is_unchecked(m, source)
}

fn is_code_reader(m: &Match<'_>, _: &Source<'_>) -> bool {
    let own = if m.text("callee").starts_with("yaml.load") { ["SafeLoader", "BaseLoader"] } else { [".dumps(", "dumps("] };
    !own.iter().any(|word| m.text("arguments").contains(word))
}

fn is_object_reader(m: &Match<'_>, source: &Source<'_>) -> bool {
    let own_hooks = "readObject readExternal readResolve readUnshared readObjectOverride";
    let in_hook = source.function_at(m.start()).is_some_and(|f| among(own_hooks, &f.name));
    let knows_reader = ["ObjectInputStream", "XMLDecoder", "Yaml"].iter().any(|name| source.text.contains(name));
    let filters = "ObjectInputFilter ValidatingObjectInputStream SafeConstructor resolveClass";
    let has_filter = filters.split_whitespace().any(|name| source.text.contains(name));
    knows_reader && !in_hook && !has_filter
}

fn is_open_xml_reader(found: &str, offset: usize, source: &Source<'_>) -> bool {
    let is_java = found.contains("()");
    let is_closed = ["setFeature(", "setProperty(", "setAttribute(", "XMLConstants"].iter().any(|word| source.text.contains(word));
    let reads = [".parse(", "createXML", ".read(", ".build("].iter().any(|word| source.text.contains(word));
    in_code("", offset, source) && (!is_java || (reads && !is_closed))
}

fn is_open_archive(found: &str, offset: usize, source: &Source<'_>) -> bool {
    let knows = match source.language {
        "python" => near(offset, source).contains("tarfile") && !found.contains("filter=") && !found.contains("members="),
        "go" => source.text.contains("\"archive/"),
        "rust" => source.text.contains("ZipArchive") || source.text.contains("zip::"),
        "java" | "kotlin" => {
            ["ZipEntry", "ArchiveEntry", "JarEntry", "ZipFile", "ZipInputStream"].iter().any(|name| source.text.contains(name))
        }
        _ => ["unzip", "yauzl", "adm-zip", "jszip", "tar-stream"].iter().any(|name| source.text.contains(name)),
    };
    let body = source.function_at(offset).and_then(|f| source.text.get(f.span.clone())).unwrap_or("").to_lowercase();
    let guards = "canonical normalize startswith hasprefix islocal securejoin \"..\" '..' relative( basename enclosed_name filepath.base";
    knows && in_code("", offset, source) && !guards.split_whitespace().any(|guard| body.contains(guard))
}

fn is_unlimited_copy(m: &Match<'_>, source: &Source<'_>) -> bool {
    let (callee, value, format) = (m.text("callee"), m.text("value"), m.text("format"));
    let body = source.function_at(m.start()).and_then(|f| source.text.get(f.span.start..m.start())).unwrap_or("");
    let is_measured = !value.is_empty() && body.contains(&format!("strlen({value}"));
    let has_text = format.match_indices(['s', '[']).any(|(at, _)| format[..at].ends_with('%') && !format[..at].ends_with("%%"));
    match format.is_empty() {
        true => callee.ends_with("gets") || (!value.starts_with(['"', 'L']) && !is_constant(value) && !is_measured),
        false => has_text && !is_measured && !value.starts_with('"'),
    }
}

fn is_open_format(m: &Match<'_>, _: &Source<'_>) -> bool {
    !is_constant(m.text("format"))
}

fn has_no_safety_comment(m: &Match<'_>, source: &Source<'_>) -> bool {
    let function = source.function_at(m.start()).map_or(0..0, |f| f.signature.start..m.start());
    let before = source.text.get(function).unwrap_or("");
    let mut inside = source.text[m.start()..].lines().take(2);
    let mut lines = source.lines_above(m.start(), 6).chain([source.line_at(m.start())]);
    let is_remark = |line: &str| line.trim_start().starts_with("//") || line.trim_end().ends_with("*/");
    let is_explained = source.lines_above(m.start(), 1).any(is_remark) || inside.any(|line| line.contains("//") || line.contains("/*"));
    let is_first = !before.contains("unsafe {") && !before.contains("unsafe fn");
    is_first && !is_explained && !lines.any(|line| line.to_lowercase().contains("safety"))
}

fn is_read_too_early(found: &str, offset: usize, source: &Source<'_>) -> bool {
    let line = source.line_at(offset);
    let is_typed = found.contains("::<") || line.split_once('=').is_some_and(|(head, _)| head.contains("let ") && head.contains(':'));
    let is_maybe = found.starts_with("Maybe") && (!is_typed || line.matches("MaybeUninit").count() > 1);
    in_code("", offset, source) && !is_maybe
}
