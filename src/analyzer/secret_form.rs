//! What has the form of a secret, and what only looks like one: the table `secrets.tsv` as data, and the checks that its rows name. The
//! analyzer `review` is compiled with this very file, so that what a rule reports is what is replaced before anything is sent.

/// The table. Its columns: id, rule that reports it (`-` for none), check, words of which one must be there, what a message calls it,
/// pattern whose first group is the secret.
const TABLE: &str = include_str!("secrets.tsv");

/// One form of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// Part of the placeholder: `REDACTED_<id>_1`. Rows of one id are spellings of one form.
    pub(crate) id: &'static str,
    /// The rule that reports it; a form without one is only replaced.
    pub(crate) rule: Option<&'static str>,
    /// What tells a secret from what only looks like one.
    pub(crate) check: Check,
    /// One of them is in every text that the pattern matches, in small or capital letters; empty for no such condition.
    pub(crate) words: Vec<&'static str>,
    /// As messages call it.
    pub(crate) what: &'static str,
    /// Syntax of the `regex` crate, ASCII only; the first group is the secret.
    pub(crate) pattern: String,
}

/// How sure the form alone makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// The form is enough, unless the text says that it stands for something.
    Form,
    /// The name before it must be that of a secret.
    Named,
    /// The same, and the value must look like one: the place is one where ordinary words stand too.
    Odd,
    /// The value must look like one, whatever stands before it.
    Varied,
    /// It has the entropy of random letters.
    Random,
}

/// All forms, in the order of the table.
pub(crate) fn forms() -> Vec<Form> {
    let mut shorthands: Vec<(&str, &str)> = Vec::new();
    let mut forms = Vec::new();
    for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let columns: Vec<&'static str> = line.split('\t').collect();
        match columns[..] {
            [name, "=", pattern] => shorthands.push((name, pattern)),
            [id, rule, check, words, what, pattern] => {
                let pattern = shorthands.iter().fold(pattern.to_owned(), |pattern, (name, text)| pattern.replace(name, text));
                let rule = Some(rule).filter(|rule| *rule != "-");
                let words = words.split(' ').filter(|word| *word != "-").collect();
                forms.push(Form { id, rule, check: check_named(check), words, what, pattern });
            }
            _ => panic!("a row of the table of secrets has three or six columns: {line}"),
        }
    }
    forms
}

fn check_named(name: &str) -> Check {
    match name {
        "named" => Check::Named,
        "odd" => Check::Odd,
        "varied" => Check::Varied,
        "random" => Check::Random,
        _ => Check::Form,
    }
}

/// A hit of a pattern: the text around it, where the match begins, and the secret itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit<'a> {
    /// The whole text.
    pub(crate) text: &'a str,
    /// Byte offset of the match.
    pub(crate) start: usize,
    /// Byte offset of the secret.
    pub(crate) value_start: usize,
    /// The secret.
    pub(crate) value: &'a str,
}

impl<'a> Hit<'a> {
    /// The name that the match begins with, whole: a pattern begins with its telling part.
    pub(crate) fn name(&self) -> &'a str {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$');
        let bytes = self.text.as_bytes();
        let before = bytes[..self.start].iter().rev().take(MAX_NAME_BYTES).take_while(|byte| is_part(byte)).count();
        let behind = bytes[self.start..self.value_start].iter().take(MAX_NAME_BYTES).take_while(|byte| is_part(byte)).count();
        &self.text[self.start - before..self.start + behind]
    }
}

/// Longest part of a name that is looked at, in bytes.
const MAX_NAME_BYTES: usize = 100;

/// Whether a hit is taken for a secret.
pub(crate) fn is_secret(check: Check, hit: &Hit<'_>) -> bool {
    let value = hit.value;
    if value.contains("REDACTED_") || is_reference(value) {
        return false;
    }
    match check {
        Check::Form => !is_masked(value),
        Check::Named => names_secret(hit.name()) && is_value(hit.name(), value),
        Check::Odd => names_secret(hit.name()) && (is_odd(value) || is_chosen(hit.name(), value)) && is_value(hit.name(), value),
        Check::Varied => is_odd(value) && !is_masked(value),
        Check::Random => is_random(value),
    }
}

/// Words of names that make their value a secret.
const NAMES: &str = "password passwords passwort passwd pwd passphrase passcode pass pw pswd secret secrets token tokens apikey apitoken \
    secretkey accesskey accesstoken authtoken authkey privatekey signingkey encryptionkey masterkey sessionkey clientsecret credential \
    credentials creds";

/// Words that, before `key`, make its value a secret.
const KEYS: &str = "api access private auth authentication authorization signing sign encryption encrypt crypto cipher master session \
    secret account client app application service server shared admin jwt hmac aes des rsa storage license deploy deployment webhook \
    cookie security salt security subscription consumer";

/// Whether a name is that of a secret: `dbPassword`, `API_KEY_PROD`, `spring.datasource.password`.
fn names_secret(name: &str) -> bool {
    let words: Vec<String> = words_of(name).collect();
    let is_key = |pair: &[String]| matches!(pair[1].as_str(), "key" | "keys") && among(KEYS, &pair[0]);
    let endings = ["password", "passwd", "passphrase", "secret", "userpwd"];
    let is_name = |word: &String| among(NAMES, word) || endings.iter().any(|ending| word.ends_with(ending));
    words.iter().any(is_name) || words.windows(2).any(is_key)
}

/// Whether `word` is one of `words`, which are separated by spaces.
fn among(words: &str, word: &str) -> bool {
    words.split_ascii_whitespace().any(|known| known == word)
}

/// The words of a name, in small letters: `userId` and `user_id` are `user`, `id`; `APIKey` is `api`, `key`.
fn words_of(name: &str) -> impl Iterator<Item = String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, c) in chars.iter().enumerate() {
        let was_lower = at > 0 && (chars[at - 1].is_lowercase() || chars[at - 1].is_ascii_digit());
        let was_upper = at > 0 && chars[at - 1].is_uppercase();
        let ends_acronym = was_upper && c.is_uppercase() && chars.get(at + 1).is_some_and(|next| next.is_lowercase());
        if !c.is_alphanumeric() || (c.is_uppercase() && was_lower) || ends_acronym {
            words.push(String::new());
        }
        words.last_mut().into_iter().for_each(|word| word.extend(c.to_lowercase().filter(|c| c.is_alphanumeric())));
    }
    words.into_iter().filter(|word| !word.is_empty())
}

/// Whether a value stands for another: a variable of a template or of a shell, a hole of a format, a mark to be filled in.
fn is_reference(value: &str) -> bool {
    let value = value.trim();
    let is_wrapped = |open: &str, close: &str| value.starts_with(open) && value.ends_with(close);
    let is_variable = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
    is_wrapped("${", "}")
        || is_wrapped("{", "}")
        || is_wrapped("<", ">")
        || is_wrapped("[", "]")
        || is_wrapped("%", "%")
        || is_wrapped("$(", ")")
        || is_wrapped("@", "@")
        || is_wrapped("__", "__")
        || value.strip_prefix('$').is_some_and(|rest| is_variable(rest) && !rest.starts_with(|c: char| c.is_ascii_digit()))
        || matches!(value, "%s" | "%v" | "%d" | "%@" | "{}" | "?" | "...")
        || value.starts_with("process.env")
        || value.starts_with("os.environ")
}

/// Whether a value is written with one letter, or says what it is instead of being it.
fn is_masked(value: &str) -> bool {
    const MARKS: &str = "example placeholder redacted notreal not-real not_real dummy changeme change-me change_me your-api your_api \
        your-secret your_secret your-token your_token insert-your insert_your";
    // Some real forms are padded with zeros; a stand-in is made of its one letter.
    // White space stands between the pieces of a text.
    let runs = value.as_bytes().chunk_by(|a, b| a == b).filter(|run| !run[0].is_ascii_whitespace());
    let longest = runs.map(<[u8]>::len).max().unwrap_or(0);
    let has_run = longest >= 6 && longest * 3 >= value.len();
    let low = value.to_ascii_lowercase();
    has_run || low.contains("xxxx") || low.contains("****") || MARKS.split_ascii_whitespace().any(|mark| low.contains(mark))
}

/// Values that stand where a secret will stand, or are the word for one.
const STAND_INS: &str = "password passwd pwd pass passphrase secret token key apikey test testing foo bar baz foobar abc xyz none null nil \
    undefined string text str value true false yes no required optional hidden invalid wrong user username admin root guest login default \
    empty unknown number boolean bytes object any email bearer basic oauth jwt hmac session cookie header query body form input field \
    label name id type id_token access_token refresh_token client_secret api_key api-key apitoken auto xxx todo tbd fixme username/password";

/// Whether a value under the name of a secret can be one: it is no stand-in, no label, and not the name said again.
fn is_value(name: &str, value: &str) -> bool {
    let (value, low) = (value.trim(), value.trim().to_lowercase());
    let plain: String = low.chars().filter(|c| c.is_alphanumeric()).collect();
    // `PASSWORD_FIELD = "user_password"`, `password: "Password"`, `token: "access-token"`.
    let is_word = value.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '_' | '.' | '/' | ' ' | ':' | '!' | '?' | '\'' | ',' | '…'));
    let says_name = words_of(name).any(|word| word.len() > 2 && plain.contains(&word)) || says_secret(&plain);
    let is_label = is_word && says_name;
    let is_address = low.starts_with("http://") || low.starts_with("https://") || low.starts_with('/') || low.starts_with("./");
    let is_selector = value.starts_with(['#', '.', '[']) && is_word_like(&value[1..]);
    let describes = words_of(name).last().is_some_and(|last| among(DESCRIPTIONS, &last));
    plain.chars().count() > 2
        && !among(STAND_INS, &low)
        && !is_masked(value)
        && !is_label
        && !is_address
        && !is_selector
        && (is_odd(value) || !(describes || is_token_name(name)))
}

/// Last words of names that describe a secret without being one.
const DESCRIPTIONS: &str = "name names field fields header headers env var path file url uri prefix suffix label placeholder hint message \
    msg error err id ids type types format regex pattern policy prompt param params parameter column selector endpoint title text \
    description help location algorithm alg length size input ref command expires expiry scope scopes class attr attribute property prop \
    setting option options kind route page event action mode encoding method flag arg provider status state address hostname link view \
    form screen usage code reason strength manager store service config count limit max min index position";

/// Tokens are words of a language far more often than secrets.
fn is_token_name(name: &str) -> bool {
    let words: Vec<String> = words_of(name).collect();
    let is_token = |word: &String| matches!(word.as_str(), "token" | "tokens" | "credential" | "credentials" | "creds");
    words.iter().any(is_token) && !words.iter().any(|word| !is_token(word) && (among(NAMES, word) || among(KEYS, word)))
}

fn says_secret(plain: &str) -> bool {
    ["password", "passwort", "passphrase", "secret", "token", "apikey", "credential", "accesskey"].iter().any(|word| plain.contains(word))
}

fn is_word_like(value: &str) -> bool {
    !value.is_empty() && value.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '='))
}

/// Whether a value mixes kinds of characters as chosen ones do and words do not: digits among letters, or signs.
pub(crate) fn is_odd(value: &str) -> bool {
    let count = |is: fn(char) -> bool| value.chars().filter(|c| is(*c)).count();
    let (digits, letters) = (count(|c| c.is_ascii_digit()), count(char::is_alphabetic));
    let (lower, upper) = (count(char::is_lowercase), count(char::is_uppercase));
    let signs = count(|c| "!@#$%^&*+=~?".contains(c));
    let turns = value.as_bytes().windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    let is_path = value.contains("://") || value.starts_with('/') || value.contains("::");
    let is_mixed = digits > 0 && letters > 0 && (turns > 2 || digits > 3 || signs > 0);
    let is_camel_noise = digits > 0 && lower > 0 && upper > 1 && value.len() >= 8;
    value.chars().count() > 4 && !is_path && (is_mixed || is_camel_noise || (signs > 1 && letters > 2))
}

/// Whether a value where only passwords stand is one that somebody thought of: letters and a digit, and no name of a type.
fn is_chosen(name: &str, value: &str) -> bool {
    const TYPES: &str = "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 base64 sha1 sha256 sha512 md5 utf8 array";
    let low = value.to_lowercase();
    let has = |is: fn(char) -> bool| value.chars().any(is);
    let is_mixed = has(|c| c.is_ascii_digit()) && has(char::is_alphabetic);
    let is_type = TYPES.split_ascii_whitespace().any(|word| low.contains(word));
    let is_chain = value.contains('.') && value.split('.').all(|part| part.starts_with(|c: char| c.is_ascii_alphabetic()));
    !is_token_name(name) && value.chars().count() > 4 && is_mixed && !is_type && !is_chain
}

/// Whether a text has the entropy of random letters, and none of the forms of paths, names or hashes.
fn is_random(value: &str) -> bool {
    let count = |is: fn(char) -> bool| value.chars().filter(|c| is(*c)).count();
    let (digits, lower, upper) = (count(|c| c.is_ascii_digit()), count(|c| c.is_ascii_lowercase()), count(|c| c.is_ascii_uppercase()));
    let turns = value.as_bytes().windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    let is_long = digits >= 4 && lower >= 4 && upper >= 4 && turns >= 6 && entropy(value) > 4.3;
    let is_short = value.len() < 32 && digits >= 2 && lower >= 2 && upper >= 3 && turns >= 4 && entropy(value) > 3.1;
    (is_long || is_short) && !is_masked(value)
}

/// Bits for each byte, by how often each occurs (Shannon).
fn entropy(value: &str) -> f64 {
    let mut counts = [0_u32; 256];
    value.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let total = value.len() as f64;
    counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / total).map(|share| -share * share.log2()).sum()
}
