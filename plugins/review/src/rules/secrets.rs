//! The rules on secrets in the program text. What has the form of a secret stands in the table that they share with the replacement of
//! secrets before anything is sent: what is reported here is replaced there. They never say whether a secret still works.

use devflow_plugin::FormKind;

use super::comparisons::is_comparison;
use super::secret_doubts::{
    is_commented, is_elsewhere, is_key_of_name, is_name_of_test, is_of_picture, is_other_signature, is_piece_of_data, is_prose,
    is_published, is_row_of_letters, is_template, is_unsigned_token,
};
use crate::around::near;
use crate::literals::{among, segments};
use crate::rule::{ALL, Category, Finder, InTests, Rule, SecretHit, Severity};
use crate::secret_value::{is_chosen, is_odd, is_value};
use crate::source::Source;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "secret-token",
        severity: Severity::Critical,
        category: Category::Security,
        confidence: 90,
        summary: "A credential of a well-known service stands in the text.",
        suggestion: "Withdraw the credential at its service first, then read the new one from the environment or a vault.",
        in_tests: InTests::As(Severity::High),
        finders: &[Finder::Secret { message: "this has the form of {what}", accept: is_private_token }],
    },
    Rule {
        id: "private-key",
        severity: Severity::Critical,
        category: Category::Security,
        confidence: 85,
        summary: "A private key stands in the text.",
        suggestion: "Make a new key, withdraw this one, and read the new one from a file or a vault.",
        in_tests: InTests::As(Severity::Low),
        finders: &[Finder::Secret { message: "a private key stands in the text", accept: has_key_body }],
    },
    Rule {
        id: "password-in-url",
        severity: Severity::High,
        category: Category::Security,
        confidence: 80,
        summary: "An address contains a user name and a password.",
        suggestion: "Read the address, or at least the password, from the environment or a vault.",
        in_tests: InTests::As(Severity::Info),
        finders: &[Finder::Secret { message: "this address contains a password", accept: is_real_address }],
    },
    Rule {
        id: "hard-coded-secret",
        severity: Severity::High,
        category: Category::Security,
        confidence: 75,
        summary: "A password or key is written into the program.",
        suggestion: "Read it from the environment or a vault, and change it, since it is in the history now.",
        in_tests: InTests::As(Severity::Info),
        finders: &[
            Finder::Secret { message: "`{name}` is written into the program", accept: is_secret },
            Finder::Table { message: "`{path}` gets a key or password that is written into the program" },
            Finder::File { languages: ALL, check: compared_passwords },
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
    property prop setting option kind route page event action mode encoding method flag arg provider status factory \
    state address hostname link view form screen usage code reason strength manager store service config";

/// The key of a Firebase application is sent to every browser or telephone: it stands beside the rest of that configuration.
fn is_web_key(hit: &SecretHit<'_>, source: &Source<'_>) -> bool {
    const BESIDE: &[&str] = &["authdomain", "messagingsenderid", "storagebucket", "measurementid"];
    let words = || near(hit.span.start, source);
    hit.value.starts_with("AIza") && (source.has("mobilesdk_app_id") || BESIDE.iter().any(|word| words().contains(word)))
}

fn is_private_token(hit: &SecretHit<'_>, source: &Source<'_>) -> bool {
    !is_web_key(hit, source)
        && !is_published(hit.value)
        && !is_name_of_test(hit.value)
        && !is_unsigned_token(hit.value)
        && !is_other_signature(hit, source)
        && !is_piece_of_data(hit, source)
}

/// A key has at least a line of letters; what stands for one has dots or words.
fn has_key_body(hit: &SecretHit<'_>, source: &Source<'_>) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let lines = hit.value.split(|c: char| !c.is_ascii() || !is_letter(c as u8));
    // In the description of a function it shows what a key looks like.
    let is_shown = source.in_comment(hit.span.start) && source.line_at(hit.span.start).trim_start().starts_with('*');
    !is_shown && lines.filter(|line| line.len() >= 32).any(|line| line.bytes().collect::<std::collections::BTreeSet<u8>>().len() > 3)
}

fn is_real_address(hit: &SecretHit<'_>, source: &Source<'_>) -> bool {
    let found = &source.text[hit.span.clone()];
    let user = found.split_once("://").and_then(|(_, rest)| rest.split_once(':')).map_or("", |(user, _)| user);
    let (password, low) = (hit.value, hit.value.to_lowercase());
    let host = &source.text[hit.span.end - 1..];
    let is_placeholder = among("pass password passwd pw pwd secret user guest token foo bar tiger", low.split('^').next().unwrap_or(""))
        || user == password
        || is_stand_in(&low)
        || user.contains('{')
        // `AccountSid:AuthToken`
        || password.chars().all(|c| c.is_ascii_alphabetic() || c == '-') && among_any("token password secret key", &low)
        || password.contains(|c: char| "{}$%()<>".contains(c)) && !password.contains(|c: char| c.is_ascii_digit());
    let local = "localhost 127. 0.0.0.0 example host proxy test";
    let is_local = local.split(' ').any(|start| host.starts_with(start))
        || host.split(['/', '"', '\'']).next().is_some_and(|host| host.contains(".example"));
    !is_placeholder && !is_local && !source.in_comment(hit.span.start) && !source.in_docstring(hit.span.start)
}

fn among_any(words: &str, text: &str) -> bool {
    words.split(' ').any(|word| text.contains(word))
}

fn is_stand_in(value: &str) -> bool {
    // `pass1`, `secret2`
    let word = value.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_counted = value.len() - word.len() == 1 && among("pass password passwd secret token key foo bar", word);
    is_counted || PLACEHOLDERS.split_ascii_whitespace().any(|word| value.contains(word))
}

fn is_secret(hit: &SecretHit<'_>, source: &Source<'_>) -> bool {
    let words: Vec<String> = segments(hit.name).collect();
    let last = words.last().map_or("", String::as_str);
    let has = |set: &str| words.iter().any(|word| among(set, word));
    let is_password = has("password passwd passphrase passwort pwd") || last == "pass" || hit.name == "getConnection";
    let is_key = has("secret apikey secretkey authtoken accesstoken")
        || (has("key") && has("api private access auth signing encryption jwt master session"));
    let is_token = has("token tokens credential credentials");
    let value = hit.value;
    let (low, plain) = (value.to_lowercase(), value.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase());
    let has_digit = value.chars().any(|c| c.is_ascii_digit());
    let is_word = !value.contains(|c: char| !c.is_ascii_alphabetic() && !matches!(c, '-' | '_' | '.' | '/'));
    let is_own_name = is_word && words.iter().any(|word| word.len() > 3 && plain.contains(word.as_str()));
    let is_phrase = ["my", "super", "top", "very"].iter().any(|start| low.starts_with(start));
    let distinct = plain.chars().collect::<std::collections::BTreeSet<char>>().len();
    let is_odd = value.starts_with(['/', '@', '#', '.', '-', '%', ':'])
        || value.contains(|c: char| "<>{}()[]\\".contains(c))
        || value.contains(' ') && (is_word_row(value) || is_class_list(value));
    let is_long = if is_password { value.len() > 4 } else { value.len() > 9 && distinct > 5 };
    let fits = if is_password || is_key { is_phrase || !is_own_name } else { is_token && value.len() > 15 && has_digit && !is_word };
    let is_label = is_word && (hit.is_entry || value.starts_with(|c: char| c.is_ascii_uppercase()));
    // The key of a search box is public: it stands beside the name of the index.
    let is_public = || ["algolia", "indexname"].iter().any(|word| near(hit.span.start, source).contains(word));
    let is_other = is_odd || is_label || value.contains("://") || among(DESCRIPTIONS, last) || is_version(value) || has("public");
    // Longer values hold such words by chance, but none holds this one.
    fits && is_long
        && !is_other
        && !is_text(hit, is_key)
        && !is_of_another(hit, source)
        && !low.contains("example")
        && !is_public()
        && !is_web_key(hit, source)
        && (has_digit || !is_fetched(hit, source))
        && !is_declaration(hit, source)
        && distinct > 3
        && (distinct > 15 || !is_stand_in(&low))
}

/// Whether a value says by itself that it is not a secret. An alphabet under the name of a key is a key.
fn is_text(hit: &SecretHit<'_>, is_key: bool) -> bool {
    let value = hit.value;
    let is_row = is_row_of_letters(value) && !(is_key && value.contains(|c: char| c.is_ascii_alphabetic()));
    is_prose(value) || is_template(value) || is_key_of_name(hit.name, value) || is_row
}

/// Whether the value belongs to something else than the name, or stands where the program does not use it.
fn is_of_another(hit: &SecretHit<'_>, source: &Source<'_>) -> bool {
    let is_described = || source.in_comment(hit.span.start) || source.in_docstring(hit.span.start);
    is_elsewhere(hit, source) || is_commented(hit, source) || is_of_picture(hit, source) || is_described()
}

/// Passwords that are compared with a text that stands there: `if password == "hunter2"`.
fn compared_passwords(source: &Source<'_>) -> Vec<(usize, usize, String)> {
    let facts = &source.facts;
    let comparisons = facts.nodes().filter(|node| facts.kind(*node) == FormKind::Binary && is_comparison(facts.name_of(*node)));
    let written = comparisons.filter_map(|node| {
        let (left, right) = (facts.child(node, 0)?, facts.child(node, 1)?);
        let (name, text) = if facts.kind(right) == FormKind::Text { (left, right) } else { (right, left) };
        let called = match facts.kind(name) {
            FormKind::Name => facts.text_of(name),
            FormKind::Member => facts.name_of(name),
            _ => return None,
        };
        let last = segments(called).last().unwrap_or_default();
        let value = Some(facts.literal(text)).filter(|_| facts.kind(text) == FormKind::Text)?;
        let is_password = among("password passwd passphrase passwort pwd apikey", &last);
        let is_chosen = is_odd(value) || is_chosen(called, value);
        (is_password && is_chosen && is_value(called, value) && !is_prose(value)).then(|| (facts.span(node), called.to_owned()))
    });
    written.map(|(span, name)| (span.start, span.end, format!("`{name}` is compared with a text of the program"))).collect()
}

/// `^1.2.3`, `2.0.1-beta4`: the value of a package that is called `jwt-token`.
fn is_version(value: &str) -> bool {
    // `npm:^3.0.0`
    let value = value.rsplit(':').next().unwrap_or(value);
    let bare = value.trim_start_matches(['v', '^', '~', '=', '<', '>', ' ']);
    let mut parts = bare.splitn(3, '.');
    let mut is_number =
        || parts.next().is_some_and(|part| !part.is_empty() && part.len() < 5 && part.bytes().all(|byte| byte.is_ascii_digit()));
    is_number() && is_number()
}

/// Whether the name is that of a type that is declared here, and the value belongs to what it is made of.
fn is_declaration(hit: &SecretHit<'_>, source: &Source<'_>) -> bool {
    let line = source.line_at(hit.span.start);
    let before = line.split(hit.name).next().unwrap_or("");
    ["class ", "object ", "interface ", "struct ", "enum ", "fn ", "fun ", "def ", "func "].iter().any(|word| before.contains(word))
        && !before.contains('(')
}

/// Whether the value is handed to a function, as `read("orders")` is, which gives the secret for its name. A value with digits is converted.
fn is_fetched(hit: &SecretHit<'_>, source: &Source<'_>) -> bool {
    let found = &source.text[hit.span.clone()];
    let before = found.rfind(hit.value).map_or("", |at| &found[..at]).trim_end_matches(['"', '\'', '`', '@', '#']);
    let is_conversion = |callee: &str| among("from new string some secret", &callee.to_lowercase());
    before.strip_suffix('(').is_some_and(|before| {
        let callee = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
        !callee.is_empty() && !is_conversion(callee)
    })
}

/// Names of classes of a style sheet: `text-red-500 font-bold`.
fn is_class_list(value: &str) -> bool {
    let is_class = |word: &str| {
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-:/".contains(c);
        word.starts_with(|c: char| c.is_ascii_lowercase()) && word.chars().all(is_part)
    };
    value.contains('-') && value.split(' ').all(is_class)
}

/// Words with spaces between them are a sentence or a label, unless a digit or a sign stands among them.
fn is_word_row(value: &str) -> bool {
    !value.contains(|c: char| c.is_ascii_digit() || "!@#$%^&*+=~".contains(c))
}
