//! Owns the rules on secrets in the program text, and the reading of expressions: fixed, glued, or sent by a client.
//! Never says whether a secret still works, and never follows a value further than to its assignment in the same function.

use crate::rule::{ALL, C_LIKE, Category, Finder, InTests, JS, Rule, Severity, any_text};
use crate::source::{Match, Source};

use super::injection::segments;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "secret-token",
        severity: Severity::Critical,
        category: Category::Security,
        confidence: 90,
        summary: "A credential of a well-known service stands in the text.",
        suggestion: "Withdraw the credential at its service first, then read the new one from the environment or a vault.",
        in_tests: InTests::As(Severity::Low),
        finders: &[
            Finder::Text {
                languages: ALL,
                pattern: r#"\b((?:AKIA|ASIA)[A-Z2-7]{16})\b"#,
                message: "this has the form of an AWS access key",
                accept: is_varied,
            },
            Finder::Text {
                languages: ALL,
                pattern: r#"(?x)\b(
  gh[pousr]_[A-Za-z0-9]{36,} | github_pat_\w{50,} | glpat-[\w-]{20,} | npm_[A-Za-z0-9]{36} | pypi-AgEIcHlwaS5vcmc[\w-]{50,}
  | xox[abprs]-[0-9A-Za-z-]{12,} | hooks\.slack\.com/services/T\w{6,}/B\w{6,}/\w{16,})"#,
                message: "this has the form of a token of a code host, a package registry or a chat service",
                accept: is_varied,
            },
            Finder::Text {
                languages: ALL,
                pattern: r#"(?x)\b(
  xai-[A-Za-z0-9]{20,} | sk-(?:proj|svcacct|admin|ant)-[\w-]{20,} | sk-[A-Za-z0-9]{20,} | hf_[A-Za-z0-9]{34} | AIza[\w-]{35}
  | (?:sk|rk)_live_[0-9A-Za-z]{16,} | SG\.[\w-]{22}\.[\w-]{43} | shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32} | dop_v1_[0-9a-f]{64})"#,
                message: "this has the form of a key of a model provider, of Google or of a paid service",
                accept: is_varied,
            },
            Finder::Text {
                languages: ALL,
                pattern: r#"(-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----)(?:\\n|\\r|["'+\s,\\])*[A-Za-z0-9+/=]{32,}"#,
                message: "a private key stands in the text",
                accept: any_text,
            },
        ],
    },
    Rule {
        id: "password-in-url",
        severity: Severity::High,
        category: Category::Security,
        confidence: 80,
        summary: "An address contains a user name and a password.",
        suggestion: "Read the address, or at least the password, from the environment or a vault.",
        in_tests: InTests::Off,
        finders: &[Finder::Text {
            languages: ALL,
            pattern: r#"\b([a-z][a-z0-9+]{1,20}://[^\s:/@'"`<>{}$%()]+:[^\s/@'"`<>{}$%()]{3,}@[\w-]+(?:\.[\w-]+)*)"#,
            message: "this address contains a password",
            accept: is_real_address,
        }],
    },
    Rule {
        id: "hard-coded-secret",
        severity: Severity::High,
        category: Category::Security,
        confidence: 75,
        summary: "A password or key is written into the program.",
        suggestion: "Read it from the environment or a vault, and change it, since it is in the history now.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["python"],
                query: r#"
(assignment left: [(identifier) @name (attribute attribute: (identifier) @name) (subscript subscript: (string) @name)] right:
  (string) @value) @here
(keyword_argument name: (identifier) @name value: (string) @value) @here
(default_parameter name: (identifier) @name value: (string) @value) @here
(typed_default_parameter name: (identifier) @name value: (string) @value) @here
(pair key: (string) @name value: (string) @value) @entry @here"#,
                message: "`{name}` is written into the program",
                accept: is_secret,
            },
            Finder::Syntax {
                languages: JS,
                query: r#"
(variable_declarator name: (identifier) @name value: (string) @value) @here
(assignment_expression left: [(identifier) @name (member_expression property: (property_identifier) @name)] right: (string) @value) @here
(pair key: [(property_identifier) (string)] @name value: (string) @value) @entry @here"#,
                message: "`{name}` is written into the program",
                accept: is_secret,
            },
            Finder::Syntax {
                languages: &["typescript", "tsx"],
                query: r#"(public_field_definition name: (property_identifier) @name value: (string) @value) @here"#,
                message: "`{name}` is written into the program",
                accept: is_secret,
            },
            Finder::Syntax {
                languages: &["java"],
                query: r#"
(variable_declarator name: (identifier) @name value: (string_literal) @value) @here
(assignment_expression left: [(identifier) @name (field_access field: (identifier) @name)] right: (string_literal) @value) @here
(method_invocation name: (identifier) @name arguments: (argument_list . (string_literal) @value .)
  (#any-of? @name "setPassword" "password" "setSecretKey" "setApiKey" "apiKey" "secretKey")) @here
(method_invocation name: (identifier) @name arguments: (argument_list . (_) . (_) . (string_literal) @value .)
  (#eq? @name "getConnection")) @here"#,
                message: "`{name}` gets a secret that is written into the program",
                accept: is_secret,
            },
            Finder::Syntax {
                languages: &["kotlin"],
                query: r#"
(property_declaration (variable_declaration . (identifier) @name) (string_literal) @value) @here
(assignment left: [(identifier) @name (navigation_expression (identifier) @name .)] right: (string_literal) @value) @here
(value_argument . (identifier) @name (string_literal) @value .) @here"#,
                message: "`{name}` is written into the program",
                accept: is_secret,
            },
            Finder::Syntax {
                languages: &["go"],
                query: r#"
(var_spec name: (identifier) @name value: (expression_list . (interpreted_string_literal) @value)) @here
(const_spec name: (identifier) @name value: (expression_list . (interpreted_string_literal) @value)) @here
(short_var_declaration left: (expression_list . (identifier) @name) right: (expression_list . (interpreted_string_literal) @value)) @here
(assignment_statement left: (expression_list . [(identifier) @name (selector_expression field: (field_identifier) @name)])
  right: (expression_list . (interpreted_string_literal) @value)) @here
(keyed_element key: (literal_element (identifier) @name) value: (literal_element (interpreted_string_literal) @value)) @here"#,
                message: "`{name}` is written into the program",
                accept: is_secret,
            },
            Finder::Syntax {
                languages: &["rust"],
                query: r#"
(const_item name: (identifier) @name value: (string_literal) @value) @here
(static_item name: (identifier) @name value: (string_literal) @value) @here
(let_declaration pattern: (identifier) @name value: (string_literal) @value) @here
(let_declaration pattern: (identifier) @name value: (call_expression function: (field_expression value: (string_literal))) @value) @here
(field_initializer field: (field_identifier) @name value: [(string_literal) (call_expression)] @value) @here"#,
                message: "`{name}` is written into the program",
                accept: is_secret,
            },
            Finder::Syntax {
                languages: C_LIKE,
                query: r#"
(init_declarator declarator: [(identifier) @name (_ declarator: (identifier) @name)] value: (string_literal) @value) @here
(assignment_expression left: [(identifier) @name (field_expression field: (field_identifier) @name)] right: (string_literal) @value) @here
(initializer_pair designator: (field_designator (field_identifier) @name) value: (string_literal) @value) @here
(preproc_def name: (identifier) @name value: (preproc_arg) @value @here)"#,
                message: "`{name}` is written into the program",
                accept: is_secret,
            },
        ],
    },
];

/// What stands for a secret that is to be filled in.
const PLACEHOLDERS: &str = "example placeholder changeme change_me change-me your xxx *** todo dummy fake test sample redacted insert \
    foobar foo_bar replace none null undefined string optional required hidden secretkeyref env. process. \
    enter dev-only not-set";

/// Last words of names that describe a secret without being one.
const DESCRIPTIONS: &str = "name field header headers env var path file url uri prefix suffix label placeholder hint message msg error \
    err id ids type format regex pattern policy prompt param parameter column selector endpoint title text \
    description help location algorithm alg length input ref command expires expiry scope class attr attribute \
    property prop setting option kind route page event action mode encoding method flag arg provider status \
    state address hostname link view form screen usage code reason strength manager store service config";

/// A token of one letter repeated, or of very few, is a stand-in.
fn is_varied(found: &str, _: usize, _: &Source<'_>) -> bool {
    let has_run = found.as_bytes().windows(6).any(|window| window.iter().all(|byte| *byte == window[0]));
    !has_run && !found.to_lowercase().contains("your")
}

fn is_real_address(found: &str, offset: usize, source: &Source<'_>) -> bool {
    let (user, rest) = found.split_once("://").and_then(|(_, rest)| rest.split_once(':')).unwrap_or(("", ""));
    let (password, host) = rest.rsplit_once('@').unwrap_or((rest, ""));
    let low = password.to_lowercase();
    let is_placeholder =
        among("pass password passwd pw pwd secret user guest token foo bar", &low) || user == password || is_stand_in(&low);
    let local = "localhost 127. 0.0.0.0 example host proxy test";
    let is_local = local.split(' ').any(|start| host.starts_with(start)) || host.contains(".example");
    !is_placeholder && !is_local && !source.in_comment(offset)
}

fn is_stand_in(value: &str) -> bool {
    PLACEHOLDERS.split_whitespace().any(|word| value.contains(word))
}

fn is_secret(m: &Match<'_>, source: &Source<'_>) -> bool {
    let words: Vec<String> = segments(m.text("name")).collect();
    let last = words.last().map_or("", String::as_str);
    let has = |set: &str| words.iter().any(|word| among(set, word));
    let is_password = has("password passwd passphrase pwd pass") || m.text("name") == "getConnection";
    let is_key = has("secret apikey secretkey authtoken accesstoken")
        || (has("key") && has("api private access auth signing encryption jwt master session"));
    let is_token = has("token tokens credential credentials");
    let value = m.text("value").split(['"', '\'']).nth(1).unwrap_or("");
    let (low, plain) = (value.to_lowercase(), value.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase());
    let has_digit = value.chars().any(|c| c.is_ascii_digit());
    let is_word = !value.contains(|c: char| !c.is_ascii_alphabetic() && !matches!(c, '-' | '_' | '.' | '/'));
    let is_own_name = is_word && words.iter().any(|word| word.len() > 3 && plain.contains(word.as_str()));
    let is_phrase = ["my", "super", "top", "very"].iter().any(|start| low.starts_with(start));
    let distinct = plain.chars().collect::<std::collections::BTreeSet<char>>().len();
    let is_odd =
        value.starts_with(['/', '$', '@', '#', '.', '-', '%', ':']) || value.contains(|c: char| " <>{}()[]\\".contains(c) || !c.is_ascii());
    let shapes = ["AKIA", "ghp_", "glpat-", "xox", "sk-", "sk_live", "xai-", "AIza", "hf_"];
    let is_known = value.len() > 19 && shapes.iter().any(|start| value.starts_with(start));
    let is_long = if is_password { value.len() > 4 } else { value.len() > 9 && distinct > 5 };
    let fits = if is_password || is_key { is_phrase || !is_own_name } else { is_token && value.len() > 15 && has_digit && !is_word };
    let is_label = is_word && (!m.text("entry").is_empty() || value.starts_with(|c: char| c.is_ascii_uppercase()));
    let is_other = is_odd || is_known || is_label || value.contains("://") || among(DESCRIPTIONS, last);
    fits && is_long && !is_other && distinct > 3 && (distinct > 15 || !is_stand_in(&low)) && is_varied(value, 0, source)
}

/// An expression that makes a text: its literal parts joined, with `HOLE` where something is filled in, and what is filled in.
pub(super) struct Glue<'a> {
    pub(super) literal: String,
    pub(super) fills: Vec<&'a str>,
}

/// Stands in a literal for what is filled in.
pub(super) const HOLE: char = '\u{1}';

/// Words that hand a text through; what they are given counts instead of them.
const CARRIERS: &str = "format .format .formatted String.format fmt.Sprintf Sprintf str String string String.valueOf std::string \
    .join new if else in for not and or null None nil True False true false mut await";

/// Whether `word` is one of `words`, which are separated by spaces.
pub(super) fn among(words: &str, word: &str) -> bool {
    words.split_whitespace().any(|known| known == word)
}

/// Reads an expression without its grammar: literals, what is interpolated into them, and the words outside.
pub(super) fn glue<'a>(text: &'a str, language: &str) -> Glue<'a> {
    let mut glue = Glue { literal: String::new(), fills: Vec::new() };
    let (mut at, mut prefix, mut is_added) = (0, "", false);
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if matches!(c, '"' | '`') || (c == '\'' && language != "rust") {
            at = read_literal(text, at, prefix, language, &mut glue);
            (prefix, is_added) = ("", false);
        } else if is_path(c) {
            let word_end = path_end(text, at);
            let word = &text[at..word_end];
            let is_prefix = word.len() < 4 && text[word_end..].starts_with(['"', '\'']);
            let is_value = !is_prefix && !c.is_ascii_digit() && !among(CARRIERS, word);
            let end = if is_value { chain_end(text, word_end) } else { word_end };
            if is_value {
                glue.literal.extend(Some(HOLE).filter(|_| is_added));
                glue.fills.push(&text[at..end]);
            }
            prefix = if is_prefix { word } else { "" };
            (at, is_added) = (end, is_added && !is_value);
        } else {
            is_added = c == '+' || (is_added && (c.is_whitespace() || matches!(c, '(' | '&' | '*')));
            at += c.len_utf8();
        }
    }
    glue
}

/// Reads the literal that begins at `start` into `glue` and answers where it ends.
fn read_literal<'a>(text: &'a str, start: usize, prefix: &str, language: &str, glue: &mut Glue<'a>) -> usize {
    let quote = &text[start..start + if text[start + 1..].starts_with(&text[start..=start].repeat(2)) { 3 } else { 1 }];
    let is_raw = prefix.contains(['r', 'R']) || (language == "go" && quote == "`");
    let is_open = match language {
        "python" => prefix.contains(['f', 'F']) || text.contains(".format("),
        "rust" | "kotlin" => true,
        _ => quote == "`" && language != "go",
    };
    let mut at = start + quote.len();
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = &text[at..];
        if rest.starts_with(quote) {
            return at + quote.len();
        }
        let hole = hole(rest, language, is_open);
        let (len, shown) = match (&hole, c == '\\' && !is_raw) {
            (Some((len, _)), _) => (*len, HOLE),
            (None, true) => (1 + rest.chars().nth(1).map_or(0, char::len_utf8), ' '),
            (None, false) => (c.len_utf8(), c),
        };
        glue.literal.push(shown);
        glue.fills
            .extend(hole.map(|(_, value)| value).filter(|value| !value.is_empty() && !value.starts_with(|c: char| c.is_ascii_digit())));
        at += len;
    }
    text.len()
}

/// The length of the hole at the head of `rest`, and what fills it when that is written there.
fn hole<'a>(rest: &'a str, language: &str, is_open: bool) -> Option<(usize, &'a str)> {
    let opening = if matches!(language, "python" | "rust") { "{" } else { "${" };
    if is_open && rest.starts_with(opening) && !rest.starts_with("{{") {
        let len = group_end(rest, opening.len() - 1);
        let inside = rest.get(opening.len()..len - 1).unwrap_or("");
        return Some((len, if opening == "{" { inside.split([':', '!']).next().unwrap_or("").trim() } else { inside }));
    }
    if language == "kotlin" && rest.starts_with('$') {
        let len = 1 + rest[1..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len() - 1);
        return Some((len, &rest[1..len])).filter(|(len, _)| *len > 1);
    }
    let verb = rest.strip_prefix('%').filter(|_| !matches!(language, "rust" | "javascript" | "typescript" | "tsx"))?;
    let verb = verb.strip_prefix('(').and_then(|named| named.split_once(')')).map_or(verb, |(_, verb)| verb);
    let tail = verb.trim_start_matches(|c: char| c.is_ascii_digit() || c == '$' || c == '-').strip_prefix(['s', 'v'])?;
    Some((rest.len() - tail.len(), ""))
}

fn is_path(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '.')
}

/// Where the path ends that begins at `at`: words joined by `.`, `?.`, `->` or `::`.
fn path_end(text: &str, mut at: usize) -> usize {
    while let Some(c) = text[at..].chars().next() {
        let join = ["->", "::", "?."].iter().find(|join| text[at..].starts_with(**join)).map_or(0, |join| join.len());
        if join == 0 && !is_path(c) {
            break;
        }
        at += join.max(c.len_utf8());
    }
    at
}

/// Where a path with its calls and indexes ends.
fn chain_end(text: &str, mut at: usize) -> usize {
    while text[at..].starts_with(['(', '[']) {
        at = path_end(text, group_end(text, at));
    }
    at
}

/// Where the bracket that opens at `start` is closed, or the end of the text.
fn group_end(text: &str, start: usize) -> usize {
    let (mut depth, mut quote) = (0_u32, None);
    for (at, c) in text[start..].char_indices() {
        match (c, quote) {
            (_, Some(open)) => quote = quote.filter(|_| c != open),
            ('"' | '\'', None) => quote = Some(c),
            ('(' | '[' | '{', None) => depth += 1,
            (')' | ']' | '}', None) if depth == 1 => return start + at + 1,
            (')' | ']' | '}', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text.len()
}

/// Whether the value is neither fixed nor cleaned: it holds a variable, and a variable that is known here is not fixed either.
pub(super) fn is_open(text: &str, offset: usize, source: &Source<'_>) -> bool {
    let is_open = |text: &str| !is_tame(text) && glue(text, source.language).fills.iter().any(|fill| !is_constant(fill));
    is_open(text) && assigned(source, offset, text).is_none_or(is_open)
}

/// Whether the value is a text with variables in it, or comes from the request or the command line, here or where its variable was set.
pub(super) fn is_glued(text: &str, offset: usize, source: &Source<'_>) -> bool {
    let is_glued = |text: &str| {
        let glue = glue(text, source.language);
        !is_tame(text) && (is_requested(text) || (!glue.literal.is_empty() && glue.fills.iter().any(|fill| !is_constant(fill))))
    };
    is_glued(text) || assigned(source, offset, text).is_some_and(is_glued)
}

/// Whether the value was sent by a client or stands on the command line.
pub(super) fn is_requested(text: &str) -> bool {
    const SOURCES: &str = "req.query req.params req.body req.param( request.args request.form request.GET request.POST request.values \
        request.query request.params request.body request.json request.data .getParameter( .getHeader( FormValue( \
        URL.Query() ctx.query ctx.params ctx.request c.Query( c.Param( call.parameters queryParameters \
        pathParameters searchParams.get( location.hash location.search r.PathValue( receiveParameters receiveText";
    let begins = |at: usize, source: &str| source.starts_with('.') || !text[..at].ends_with(|c: char| c.is_alphanumeric());
    SOURCES.split_whitespace().any(|source| text.match_indices(source).any(|(at, _)| begins(at, source)))
}

/// Whether a text speaks of quoting, escaping, cleaning or turning into a number.
pub(super) fn is_tame(text: &str) -> bool {
    const CLEANERS: &str = "quote escape sanit purify encode clean basename base( int( number( secure_filename";
    let text = text.to_lowercase();
    CLEANERS.split_whitespace().any(|word| text.contains(word))
}

/// Whether a path names a constant, by its spelling.
pub(super) fn is_constant(path: &str) -> bool {
    let name = path.rsplit(['.', ':', '>']).next().unwrap_or(path);
    name.len() > 1 && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// What the variable was last set to before `offset`, in the functions around it, the innermost first.
pub(super) fn assigned<'a>(source: &Source<'a>, offset: usize, name: &str) -> Option<&'a str> {
    let mut starts: Vec<usize> = source.functions.iter().filter(|f| f.span.contains(&offset)).map(|f| f.span.start).collect();
    starts.sort_unstable_by(|a, b| b.cmp(a));
    starts.extend(Some(0).filter(|_| starts.is_empty()));
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    starts.into_iter().filter(|_| is_name).find_map(|start| last_value(&source.text[start..offset], name))
}

fn last_value<'a>(before: &'a str, name: &str) -> Option<&'a str> {
    let value = |at: usize| {
        let head = before[..at].rsplit('\n').next().unwrap_or("");
        let rest = before[at + name.len()..].trim_start();
        let line = rest.split(['\n', ';', ')']).next().unwrap_or("");
        let typed = rest.starts_with(':').then(|| line.find('=').filter(|at| *at > 1)).flatten().unwrap_or(0);
        let rest = rest[typed..].trim_start_matches([':', '+', '|']).strip_prefix('=').filter(|rest| !rest.starts_with(['=', '>']))?;
        let in_text = ['"', '\'', '`'].iter().any(|quote| head.matches(*quote).count() % 2 == 1);
        Some(rest).filter(|_| !in_text).map(|rest| rest[..statement_end(rest)].trim())
    };
    places(before, name).filter_map(value).last()
}

/// Where a statement ends: at a `;` or at the end of a line outside brackets.
fn statement_end(text: &str) -> usize {
    let mut at = 0;
    while let Some(c) = text[at..].chars().next().filter(|c| !matches!(c, ';' | '\n')) {
        at = if matches!(c, '(' | '[' | '{') { group_end(text, at) } else { at + c.len_utf8() };
    }
    at
}

/// Where a name stands as a whole word.
pub(super) fn places(text: &str, name: &str) -> impl Iterator<Item = usize> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    text.match_indices(name).map(|(at, _)| at).filter(move |at| {
        !text[..*at].ends_with(is_word) && !text[at + name.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
    })
}

/// The function whose brackets are open at the end of `before`.
pub(super) fn caller(before: &str) -> Option<&str> {
    let mut depth = 0_u32;
    for (at, c) in before.char_indices().rev().take(300) {
        match c {
            '(' if depth == 0 => {
                let path = before[..at].trim_end();
                let path = path.rfind("::<").filter(|_| path.ends_with('>')).map_or(path, |at| &path[..at]);
                return path.rsplit(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').next();
            }
            '(' => depth -= 1,
            ')' => depth += 1,
            ';' | '{' | '}' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}
