//! What a name says of its value, and what a value says of itself: whether somebody chose it, or it stands for another one.

/// Words of names that make their value a secret.
const NAMES: &str = "password passwords passwort passwd pwd passphrase passcode pass pw pswd secret secrets token tokens apikey apitoken \
    secretkey accesskey accesstoken authtoken authkey privatekey signingkey encryptionkey masterkey sessionkey clientsecret credential \
    credentials creds psk kennwort contrasena contraseña senha wachtwoord haslo hasło parola passe";

/// Words that, before `key`, make its value a secret.
const KEYS: &str = "api access private auth authentication authorization signing sign encryption encrypt crypto cipher master session \
    secret account client app application service server shared admin jwt hmac aes des rsa storage license deploy deployment webhook \
    cookie security salt security subscription consumer";

/// Whether a name is that of a secret: `dbPassword`, `API_KEY_PROD`, `spring.datasource.password`.
pub(crate) fn names_secret(name: &str) -> bool {
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
pub(crate) fn words_of(name: &str) -> impl Iterator<Item = String> {
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
pub(crate) fn is_reference(value: &str) -> bool {
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
pub(crate) fn is_masked(value: &str) -> bool {
    const MARKS: &str = "example placeholder redacted notreal not-real not_real dummy changeme changeit change-me change_me your-api your_api \
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
    kennwort passwort contraseña contrasena senha wachtwoord hasło haslo parola salasana lösenord geheimnis geheim \
    label name id type id_token access_token refresh_token client_secret api_key api-key apitoken auto xxx todo tbd fixme username/password";

/// Whether a value under the name of a secret can be one: not a stand-in, a label or the name itself.
pub(crate) fn is_value(name: &str, value: &str) -> bool {
    let (value, low) = (value.trim(), value.trim().to_lowercase());
    let plain: String = low.chars().filter(|c| c.is_alphanumeric()).collect();
    // `PASSWORD_FIELD = "user_password"`, `password: "Password"`, `token: "access-token"`.
    let is_word = value.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '_' | '.' | '/' | ' ' | ':' | '!' | '?' | '\'' | ',' | '…'));
    let says_name = words_of(name).any(|word| word.len() > 2 && plain.contains(&word)) || says_secret(&plain);
    let is_label = is_word && says_name;
    let last = words_of(name).last().unwrap_or_default();
    let describes = among(DESCRIPTIONS, &last) || name.eq_ignore_ascii_case("pass");
    plain.chars().count() > 2
        && !among(STAND_INS, &low)
        && !is_masked(value)
        && !is_label
        && !speaks_of_else(&low)
        && !among(SHAPES, &last)
        && !among(TYPES, &low)
        && (is_odd(value) || !(describes || (is_token_name(name) && !is_chosen(name, value))))
}

/// Whether a value, in small letters, is an address, a path, a selector or a date, or the French word for a password.
fn speaks_of_else(value: &str) -> bool {
    let is_place = ["http://", "https://", "/", "./"].iter().any(|head| value.starts_with(head));
    let is_selector = value.starts_with(['#', '.', '[']) && is_word_like(&value[1..]);
    let is_date = value.as_bytes().get(..10).is_some_and(|day| {
        day.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
    });
    is_place || is_selector || is_date || value == "mot de passe"
}

/// Last words of names that describe a secret without being one.
const DESCRIPTIONS: &str = "name names field fields header headers env var path file url uri prefix suffix label placeholder hint message \
    msg error err id ids type types format regex pattern policy prompt param params parameter column selector endpoint title text \
    description help location algorithm alg length size input ref command expires expiry scope scopes class attr attribute property prop \
    setting option options kind route page event action mode encoding method flag arg provider status state address hostname link view \
    form screen usage code reason strength manager store service config count limit max min index position timeout ttl interval \
    age days hours minutes seconds lifetime period delay retries attempts rounds iterations";

/// Last words of names whose values describe a secret, however random they look.
const SHAPES: &str = "regex regexp pattern format hint hash hashed digest len length size";

/// Tokens are words of a language far more often than secrets.
fn is_token_name(name: &str) -> bool {
    let words: Vec<String> = words_of(name).collect();
    let is_token = |word: &String| matches!(word.as_str(), "token" | "tokens" | "credential" | "credentials" | "creds");
    words.iter().any(is_token) && !words.iter().any(|word| !is_token(word) && (among(NAMES, word) || among(KEYS, word)))
}

pub(crate) fn says_secret(plain: &str) -> bool {
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
    let is_camel_noise = digits > 0 && lower > 0 && upper > 1 && value.len() >= 8 && !value.contains(' ');
    value.chars().count() > 4 && !is_path && (is_mixed || is_camel_noise || (signs > 1 && letters > 2))
}

/// Names of types, encodings and algorithms that hold a digit.
const TYPES: &str = "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 base64 sha1 sha256 sha384 sha512 md5 utf8 utf-8 \
    latin1 latin-1 array hs256 hs384 hs512 rs256 rs384 rs512 es256 es384 es512 ps256 aes1 aes2 aes-1 aes-2 ed25519 x25519 \
    curve25519 secp256 p-256 x509 pbkdf2 argon2 oauth2 http2 ipv4 ipv6 iso-8859 pkcs";

/// Whether a value where only passwords stand is one that somebody thought of: letters and a digit, and no name of a type.
pub(crate) fn is_chosen(name: &str, value: &str) -> bool {
    let low = value.to_lowercase();
    let has = |is: fn(char) -> bool| value.chars().any(is);
    let is_mixed = has(|c| c.is_ascii_digit()) && has(char::is_alphabetic);
    let is_type = TYPES.split_ascii_whitespace().any(|word| low.contains(word));
    let is_chain = value.contains('.') && value.split('.').all(|part| part.starts_with(|c: char| c.is_ascii_alphabetic()));
    let is_token = is_token_name(name) && words_of(name).any(|word| word.starts_with("token"));
    !is_token && value.chars().count() > 4 && is_mixed && !is_type && !is_chain
}

/// Whether a value is mixed as passwords are that a rule asks for: both cases, digits, and a sign that no name has.
pub(crate) fn is_strong(value: &str) -> bool {
    let count = |is: fn(char) -> bool| value.chars().filter(|c| is(*c)).count();
    let is_address = value.contains('@') && value.contains('.');
    let is_mixed = count(|c| c.is_ascii_lowercase()) > 0 && count(|c| c.is_ascii_uppercase()) > 0 && count(|c| c.is_ascii_digit()) > 1;
    is_mixed && count(|c| "!#^&*@?".contains(c)) > 0 && !is_address && !value.starts_with('#')
}

/// Whether a text has the entropy of random letters, and none of the forms of paths, names or hashes.
pub(crate) fn is_random(value: &str) -> bool {
    let count = |is: fn(char) -> bool| value.chars().filter(|c| is(*c)).count();
    let (digits, lower, upper) = (count(|c| c.is_ascii_digit()), count(|c| c.is_ascii_lowercase()), count(|c| c.is_ascii_uppercase()));
    let turns = value.as_bytes().windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    let is_long = digits >= 4 && lower >= 4 && upper >= 4 && turns >= 6 && entropy(value) > 4.3;
    let is_short = value.len() < 32 && digits >= 2 && lower >= 2 && upper >= 3 && turns >= 4 && entropy(value) > 3.1;
    // Pictures and fonts.
    let is_file =
        ["iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR", "AAABAA", "JVBERi", "d09GR", "PHN2Zy", "pk_"].iter().any(|head| value.starts_with(head));
    let is_digest = ["sha1-", "sha256-", "sha384-", "sha512-"].iter().any(|kind| value.starts_with(kind));
    (is_long || is_short) && !is_masked(value) && !is_digest && !is_file
}

/// Bits for each byte, by how often each occurs (Shannon).
fn entropy(value: &str) -> f64 {
    let mut counts = [0_u32; 256];
    value.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let total = value.len() as f64;
    counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / total).map(|share| -share * share.log2()).sum()
}
