//! Owns the rules on input that is trusted as it came: paths, addresses, objects, documents, archives.
//! Never follows a value further than to its assignment in the same function.

use crate::around::{in_code, near};
use crate::literals::{HOLE, among, assigned, glue, is_requested, is_tame};
use crate::rule::{ALL, Category, Finder, InTests, JS, Rule, Severity, always};
use crate::source::{Match, Source};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "path-traversal",
        severity: Severity::High,
        category: Category::Security,
        confidence: 80,
        summary: "A path is taken from a request without a check.",
        suggestion: "Take the last component only, or resolve the path and check that it is still inside its folder.",
        in_tests: InTests::As(Severity::Medium),
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
        in_tests: InTests::As(Severity::Medium),
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
        in_tests: InTests::As(Severity::Medium),
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
        in_tests: InTests::As(Severity::Medium),
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
        in_tests: InTests::As(Severity::Medium),
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
            accept: is_open_file,
        }],
    },
];

/// Whether the value was sent by a client and nothing around it looks like a check.
fn is_unchecked(m: &Match<'_>, source: &Source<'_>) -> bool {
    const GUARDS: &str = "startswith hasprefix realpath canonical is_relative_to commonpath safe_join islocal root: allowed \
        whitelist allowlist is_safe isvalid is_valid validate netloc hostname .host includes( contains( .test(";
    let is_sent = |text: &str| is_requested(text) && !is_tame(text);
    let value = m.text("value");
    let body = source.function_at(m.start()).and_then(|f| source.text.get(f.span.range())).unwrap_or("").to_lowercase();
    let is_inner = ["=>", "path.join(", "filepath.Join(", "new File(", "path.resolve(", "url_for(", "reverse("]
        .iter()
        .any(|call| value.contains(call));
    !is_inner
        && !GUARDS.split_ascii_whitespace().any(|guard| body.contains(guard))
        && (is_sent(value) || glue(value, source.language).fills.iter().any(|fill| assigned(source, m.start(), fill).is_some_and(is_sent)))
}

/// As `is_unchecked`, and the client has the host in its hand: nothing fixed stands before its part.
fn is_unchecked_address(m: &Match<'_>, source: &Source<'_>) -> bool {
    let literal = glue(m.text("value"), source.language).literal;
    let head = literal.split(HOLE).next().unwrap_or("");
    matches!(head, "" | "http://" | "https://") && (literal.is_empty() || literal.contains(HOLE)) && is_unchecked(m, source)
}

fn is_code_reader(m: &Match<'_>, source: &Source<'_>) -> bool {
    let first = m.text("arguments").trim_start_matches('(').split([',', ')']).next().unwrap_or("").trim();
    // What the parent process writes to the standard input is its own, and so is what a remark above calls so.
    let is_own = first.contains("stdin") || assigned(source, m.start(), first).is_some_and(|value| value.contains("stdin"));
    let is_trusted =
        |line: &str| line.trim_start().starts_with('#') && ["trust", "itself", "ourselves"].iter().any(|word| line.contains(word));
    if is_own || source.lines_above(m.start(), 4).any(is_trusted) {
        return false;
    }
    let own = if m.text("callee").starts_with("yaml.load") { ["SafeLoader", "BaseLoader"] } else { [".dumps(", "dumps("] };
    !own.iter().any(|word| m.text("arguments").contains(word))
}

fn is_object_reader(m: &Match<'_>, source: &Source<'_>) -> bool {
    let own_hooks = "readObject readExternal readResolve readUnshared readObjectOverride";
    let in_hook = source.function_at(m.start()).is_some_and(|f| among(own_hooks, &f.name));
    let knows_reader = ["ObjectInputStream", "XMLDecoder", "Yaml"].iter().any(|name| source.has(name));
    let filters = "ObjectInputFilter ValidatingObjectInputStream SafeConstructor resolveClass";
    let has_filter = filters.split_ascii_whitespace().any(|name| source.has(name));
    knows_reader && !in_hook && !has_filter
}

fn is_open_xml_reader(found: &str, offset: usize, source: &Source<'_>) -> bool {
    let is_java = found.contains("()");
    let is_closed = ["setFeature(", "setProperty(", "setAttribute(", "XMLConstants"].iter().any(|word| source.text.contains(word));
    let reads = [".parse(", "createXML", ".read(", ".build("].iter().any(|word| source.text.contains(word));
    in_code(found, offset, source) && (!is_java || (reads && !is_closed))
}

fn is_open_archive(found: &str, offset: usize, source: &Source<'_>) -> bool {
    let knows = match source.language {
        "python" => near(offset, source).contains("tarfile") && !found.contains("filter=") && !found.contains("members="),
        "go" => source.has("\"archive/"),
        "rust" => source.has("ZipArchive") || source.has("zip::"),
        "java" | "kotlin" => ["ZipEntry", "ArchiveEntry", "JarEntry", "ZipFile", "ZipInputStream"].iter().any(|name| source.has(name)),
        _ => ["unzip", "yauzl", "adm-zip", "jszip", "tar-stream"].iter().any(|name| source.has(name)),
    };
    let body = source.function_at(offset).and_then(|f| source.text.get(f.span.range())).unwrap_or("").to_lowercase();
    let has_filter = source.language == "python" && (near(offset, source).contains("filter=") || body.contains("extraction_filter"));
    let guards = "canonical normalize startswith hasprefix islocal securejoin \"..\" '..' relative( basename enclosed_name filepath.base";
    knows && !has_filter && in_code(found, offset, source) && !guards.split_ascii_whitespace().any(|guard| body.contains(guard))
}

/// Whether the name becomes a file: not a pipe or a socket, and not in a folder of the program's own.
fn is_open_file(found: &str, offset: usize, source: &Source<'_>) -> bool {
    let after = source.text[offset..].lines().take(3).flat_map(str::chars).take(300).collect::<String>();
    let is_pipe = [r"\\.\", r"\pipe\", ".sock"].iter().any(|part| after.contains(part));
    let has_folder = found.contains("mktemp(") && after.split(')').next().is_some_and(|call| call.contains("dir="));
    let near = near(offset, source);
    let is_channel = ["socket", "af_unix", "mkfifo", "socat"].iter().any(|word| near.contains(word));
    !is_pipe && !has_folder && !is_channel && in_code(found, offset, source)
}
