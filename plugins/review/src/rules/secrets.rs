//! Owns the rules on secrets in the program text. Never says whether a secret still works.

use crate::around::near;
use crate::literals::{among, segments};
use crate::rule::{ALL, C_LIKE, Category, Finder, InTests, JS, Rule, Severity, any_text};
use crate::source::{Match, Source};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "secret-token",
        severity: Severity::Critical,
        category: Category::Security,
        confidence: 90,
        summary: "A credential of a well-known service stands in the text.",
        suggestion: "Withdraw the credential at its service first, then read the new one from the environment or a vault.",
        in_tests: InTests::As(Severity::High),
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
        ],
    },
    Rule {
        id: "private-key",
        severity: Severity::Critical,
        category: Category::Security,
        confidence: 85,
        summary: "A private key stands in the text.",
        suggestion: "Make a new key, withdraw this one, and read the new one from a file or a vault.",
        in_tests: InTests::As(Severity::Low),
        finders: &[Finder::Text {
            languages: ALL,
            pattern: r#"(-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----)(?:\\n|\\r|["'+\s,\\])*[A-Za-z0-9+/=]{32,}"#,
            message: "a private key stands in the text",
            accept: any_text,
        }],
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
            pattern: r#"\b([a-z][a-z0-9+]+://[^\s:/@'"`<>{}$%()]+:[^\s/@'"`<>{}$%()]{3,}@[\w-]+(?:\.[\w-]+)*)"#,
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

/// A token of one letter repeated, of a run of digits, or that says itself what it is, is a stand-in.
fn is_varied(found: &str, _: usize, _: &Source<'_>) -> bool {
    const STAND_INS: &str = "your example dummy placeholder redacted invalid notreal not-real 123456789 01234567";
    let has_run = found.as_bytes().windows(6).any(|window| window.iter().all(|byte| *byte == window[0]));
    let low = found.to_lowercase();
    !has_run && !STAND_INS.split_ascii_whitespace().any(|word| low.contains(word))
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
    PLACEHOLDERS.split_ascii_whitespace().any(|word| value.contains(word))
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
    // The key of a search box is public: it stands beside the name of the index.
    let is_public = || ["algolia", "indexname"].iter().any(|word| near(m.start(), source).contains(word));
    let is_other = is_odd || is_known || is_label || value.contains("://") || among(DESCRIPTIONS, last);
    // Longer values hold such words by chance, but none holds this one.
    fits && is_long
        && !is_other
        && !low.contains("example")
        && !is_public()
        && distinct > 3
        && (distinct > 15 || !is_stand_in(&low))
        && is_varied(value, 0, source)
}
