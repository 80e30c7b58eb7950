//! The rules on cryptography: hashes, ciphers, keys, tokens, random numbers. Most of what they look for stands in the table `crypto`.

use crate::around::{function_name, head_of_line, in_code};
use crate::literals::{among, is_constant, segments};
use crate::rule::{ALL, Category, Finder, InTests, Rule, Severity, table};
use crate::source::Source;

pub(super) const RULES: &[Rule] = &[
    table(
        "weak-hash",
        Severity::Low,
        60,
        "MD5 or SHA-1 is used as a hash.",
        "Use SHA-256 or BLAKE3; say so in a comment when an old format asks for the weak one.",
        &[Finder::Table { message: "`{path}`: MD5 and SHA-1 no longer keep anybody from making a second text with the same hash" }],
    ),
    table(
        "weak-password-hash",
        Severity::High,
        85,
        "A password is hashed with a fast function.",
        "Use a slow password hash with a salt: Argon2, scrypt or bcrypt.",
        &[Finder::Table { message: "whoever steals these hashes tries billions of passwords a second against them" }],
    ),
    table(
        "weak-cipher",
        Severity::High,
        85,
        "A broken cipher (DES, RC2, RC4, Blowfish) or the ECB mode is used.",
        "Use AES-GCM or ChaCha20-Poly1305 with a fresh nonce for every message.",
        &[Finder::Table { message: "this cipher or mode lets a reader recover parts of the text" }],
    ),
    table(
        "fixed-iv",
        Severity::High,
        85,
        "A cipher gets the same initialisation vector or nonce every time.",
        "Draw the vector at random for every message and send it along with the text.",
        &[Finder::Table { message: "the initialisation vector is fixed, so equal texts show as equal" }],
    ),
    table(
        "weak-key-size",
        Severity::High,
        90,
        "An RSA or DSA key is made with less than 2048 bits.",
        "Make the key with 3072 bits, or use an elliptic curve.",
        &[Finder::Table { message: "a key of this size can be broken" }],
    ),
    table(
        "jwt-not-verified",
        Severity::High,
        80,
        "A signed token is read without a check of its signature.",
        "Verify the token with the key and the one algorithm that the issuer uses.",
        &[Finder::Table { message: "anybody can write a token that passes here" }],
    ),
    table(
        "insecure-random",
        Severity::High,
        80,
        "A secret is drawn from a generator that can be predicted.",
        "Use the system's generator: `secrets`, `crypto.randomBytes`, `SecureRandom`, `crypto/rand`, `OsRng`, `getrandom`.",
        &[Finder::Table { message: "`{path}` can be predicted, and so can what is made of it" }],
    ),
    Rule {
        id: "timing-unsafe-compare",
        severity: Severity::Medium,
        category: Category::Security,
        confidence: 75,
        summary: "A signature is compared with an operation that stops at the first difference.",
        suggestion: "Use `hmac.compare_digest`, `timingSafeEqual`, `MessageDigest.isEqual`, `hmac.Equal` or `subtle::ConstantTimeEq`.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Text {
                languages: ALL,
                pattern: r#"(?x)(
  (?i:signature|hmac|digest|mac)\w*(?:\([^()\n]*\))?\s*[!=]==?\s*[\w.]+(?:->\w+)*(?:\([^()\n]*\))?
  | [!=]==?\s*[\w.]*(?i:signature|hmac|digest|mac)\w*(?:\([^()\n]*\))?
  | \.equals\([\w.]*(?i:signature|hmac|digest|mac)\w*\) | (?i:signature|hmac|digest|mac)\w*\.equals\(\w[\w.]*\)
  | \b(?:Arrays\.equals|bytes\.Equal|memcmp)\((?:[^()\n]|\([^()\n]*\))*\))"#,
                message: "the time that this comparison takes tells how much of a guessed signature is right",
                accept: compares_signatures,
            },
            Finder::Table { message: "the time that this comparison takes tells how much of a guessed signature is right" },
        ],
    },
];

fn compares_signatures(found: &str, offset: usize, source: &Source<'_>) -> bool {
    let place = function_name(offset, source).to_lowercase();
    if ["cache", "test", "find", "lookup"].iter().any(|word| place.contains(word)) {
        return false;
    }
    let body = source.function_at(offset).and_then(|f| source.text.get(f.span.range())).unwrap_or("").to_lowercase();
    let is_end = |c: char| c.is_whitespace() || matches!(c, '(' | '!' | '&' | '|');
    let left = head_of_line(offset, source).trim_end().rsplit(is_end).next().unwrap_or("");
    let is_other = |side: &str| {
        let side = side.trim();
        among("None null nil undefined true false NULL nullptr 0", side) || is_constant(side)
    };
    let whole = format!("{left} {found}");
    let is_secret = segments(&whole).any(|word| among("signature hmac hexdigest digest mac", &word));
    let is_measure = segments(&whole).any(|word| among("len length size type algorithm name count state alg", &word));
    let is_call = found.ends_with(')') && !found.contains('=');
    let mut sides = found.split(['=', '!']).filter(|side| !side.trim().is_empty() && !is_call);
    let knows = body.contains("hmac") || body.contains("mac.getinstance");
    let is_text = found.contains('"') || left.ends_with(['"', '\'', ']']);
    knows && is_secret && !is_measure && !is_text && !sides.any(is_other) && in_code(found, offset, source)
}
