//! Owns the rules on weak cryptography, tokens, rights of files and debugging aids.
//! They look for spellings of well-known libraries; a wrapper with another name goes unseen.

use crate::around::{context, function_name, head_of_line, in_code, near};
use crate::literals::{among, is_constant, places, segments};
use crate::rule::{ALL, Category, Finder, InTests, Rule, Severity};
use crate::source::Source;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "weak-hash",
        severity: Severity::Low,
        category: Category::Security,
        confidence: 60,
        summary: "MD5 or SHA-1 is used as a hash.",
        suggestion: "Use SHA-256 or BLAKE3; say so in a comment when an old format asks for the weak one.",
        in_tests: InTests::Off,
        finders: &[Finder::Text {
            languages: ALL,
            pattern: r#"(?x)\b(
  hashlib\.(?:md5\(|sha1\(|new\(\s*['"](?:md5|sha1)['"]) | createHash\(\s*['"](?:md5|sha1)['"]
  | MessageDigest\.getInstance\(\s*"(?:MD5|SHA-?1)" | DigestUtils\.(?:md5|sha1?)\w*\( | (?:md5|sha1)\.(?:New|Sum)\(
  | (?:Md5|Sha1)::(?:new|digest)\( | md5::compute\( | EVP_(?:md5|sha1)\( | CC_(?:MD5|SHA1)\( | (?:MD5|SHA1)_Init\(
  | hashes\.(?:MD5|SHA1)\()"#,
            message: "MD5 and SHA-1 no longer keep anybody from making a second text with the same hash",
            accept: is_hash_that_guards,
        }],
    },
    Rule {
        id: "weak-password-hash",
        severity: Severity::High,
        category: Category::Security,
        confidence: 85,
        summary: "A password is hashed with a fast function.",
        suggestion: "Use a slow password hash with a salt: Argon2, scrypt or bcrypt.",
        in_tests: InTests::As(Severity::Medium),
        finders: &[Finder::Text {
            languages: ALL,
            pattern: r#"(?x)\b(
  hashlib\.(?:md5|sha\d+|sha3_\d+)\( | createHash\(\s*['"](?:md5|sha\d+)['"] | MessageDigest\.getInstance\(\s*"(?:MD5|SHA-?\d+)"
  | DigestUtils\.(?:md5|sha)\w*\( | (?:md5|sha1|sha256|sha512)\.Sum\d*\( | (?:Md5|Sha1|Sha256|Sha512)::digest\( | md5::compute\(
  | CC_(?:MD5|SHA\d+)\( | (?:MD5|SHA1|SHA256|SHA512)(?:_Update)?\()"#,
            message: "whoever steals these hashes tries billions of passwords a second against them",
            accept: is_password_hash,
        }],
    },
    Rule {
        id: "weak-cipher",
        severity: Severity::High,
        category: Category::Security,
        confidence: 85,
        summary: "A broken cipher (DES, RC2, RC4, Blowfish) or the ECB mode is used.",
        suggestion: "Use AES-GCM or ChaCha20-Poly1305 with a fresh nonce for every message.",
        in_tests: InTests::As(Severity::Medium),
        finders: &[Finder::Text {
            languages: ALL,
            pattern: r#"(?x)\b(
  (?:DES3?|ARC4|ARC2|Blowfish)\.new\( | AES\.MODE_ECB | modes\.ECB\( | algorithms\.(?:TripleDES|ARC4|Blowfish|IDEA)\(
  | Cipher\.getInstance\(\s*"(?:DES|DESede|TripleDES|RC2|RC4|ARCFOUR|Blowfish|AES/ECB)(?:/\w+)*" | Cipher\.getInstance\(\s*"AES"
  | createCipher(?:iv)?\(\s*['"](?:des|rc4|rc2|bf|[a-z0-9-]+-ecb)[a-z0-9-]*['"] | CryptoJS\.(?:DES|TripleDES|RC4)\.
  | CryptoJS\.mode\.ECB | des\.New(?:TripleDES)?Cipher\( | rc4\.NewCipher\( | Cipher::(?:des_\w+|rc4|bf_\w+|aes_\d+_ecb)\(
  | EVP_(?:des_\w+|rc4|rc2_\w+|bf_\w+|aes_\d+_ecb)\()"#,
            message: "this cipher or mode lets a reader recover parts of the text",
            accept: in_code,
        }],
    },
    Rule {
        id: "fixed-iv",
        severity: Severity::High,
        category: Category::Security,
        confidence: 85,
        summary: "A cipher gets the same initialisation vector or nonce every time.",
        suggestion: "Draw the vector at random for every message and send it along with the text.",
        in_tests: InTests::As(Severity::Medium),
        finders: &[Finder::Text {
            languages: &["rust", "python", "javascript", "typescript", "tsx", "java", "kotlin", "go"],
            pattern: r#"(?x)\b(
  IvParameterSpec\(\s*(?:"[^"]*"\.(?:getBytes|toByteArray)|new\x20byte\[\s*\d+\s*\]\s*\)|ByteArray\(\d+\)\s*\))
  | createCipheriv\([^,;]+,[^,;]+,\s*(?:['"][^'"]*['"]|Buffer\.alloc\(|Buffer\.from\(\s*['"])
  | AES\.new\([^,()]+,\s*AES\.MODE_(?:CBC|CTR|GCM|CFB|OFB|EAX)\s*,\s*(?:iv\s*=\s*|nonce\s*=\s*)?b['"]
  | cipher\.New(?:CBCEncrypter|CTR|OFB|CFBEncrypter)\(\w+,\s*(?:\[\]byte\("|make\(\[\]byte)
  | (?:Nonce|Iv)::from_slice\(\s*(?:b"|&\[0))"#,
            message: "the initialisation vector is fixed, so equal texts show as equal",
            accept: in_code,
        }],
    },
    Rule {
        id: "weak-key-size",
        severity: Severity::High,
        category: Category::Security,
        confidence: 90,
        summary: "An RSA or DSA key is made with less than 2048 bits.",
        suggestion: "Make the key with 3072 bits, or use an elliptic curve.",
        in_tests: InTests::As(Severity::Medium),
        finders: &[Finder::Text {
            languages: ALL,
            pattern: r#"(?x)\b(
  generate_private_key\([^()]*key_size\s*=\s*(?:512|768|1024)\b | RSA\.generate\(\s*(?:512|768|1024)\b
  | modulusLength\s*:\s*(?:512|768|1024)\b | rsa\.GenerateKey\(\s*[\w.]+\s*,\s*(?:512|768|1024)\b
  | RsaPrivateKey::new\([^,()]+,\s*(?:512|768|1024)\b | Rsa::generate\(\s*(?:512|768|1024)\b
  | RSA_generate_key(?:_ex)?\((?:\s*\w+\s*,)?\s*(?:512|768|1024)\b | EVP_PKEY_CTX_set_rsa_keygen_bits\(\s*\w+\s*,\s*(?:512|768|1024)\b
  | initialize\(\s*(?:512|768|1024)\b)"#,
            message: "a key of this size can be broken",
            accept: makes_a_key,
        }],
    },
    Rule {
        id: "jwt-not-verified",
        severity: Severity::High,
        category: Category::Security,
        confidence: 80,
        summary: "A signed token is read without a check of its signature.",
        suggestion: "Verify the token with the key and the one algorithm that the issuer uses.",
        in_tests: InTests::As(Severity::Medium),
        finders: &[Finder::Text {
            languages: &["rust", "python", "javascript", "typescript", "tsx", "java", "kotlin", "go"],
            pattern: r#"(?x)(
  \bjwt\.decode\([^()]*verify\s*=\s*False | ['"]verify_signature['"]\s*:\s*False | algorithms?['"]?\s*[:=]\s*\[?\s*['"]none['"]
  | Algorithm\.none\(\) | SignatureAlgorithm\.NONE\b | parseClaimsJwt\( | ParseUnverified\( | UnsafeAllowNoneSignatureType\b
  | insecure_disable_signature_validation\(\) | dangerous_insecure_decode\w* | insecure_decode(?:::|\())"#,
            message: "anybody can write a token that passes here",
            accept: is_token_unchecked,
        }],
    },
    Rule {
        id: "insecure-random",
        severity: Severity::High,
        category: Category::Security,
        confidence: 80,
        summary: "A secret is drawn from a generator that can be predicted.",
        suggestion: "Use the system's generator: `secrets`, `crypto.randomBytes`, `SecureRandom`, `crypto/rand`, `OsRng`, `getrandom`.",
        in_tests: InTests::As(Severity::Medium),
        finders: &[Finder::Text {
            languages: ALL,
            pattern: r#"(?x)\b(
  random\.(?:random|randint|choice|choices|randrange|sample|getrandbits|randbytes)\( | Math\.random\(\) | new\x20Random\(
  | ThreadLocalRandom\.current\(\) | RandomStringUtils\.random\w*\( | Random(?:\(\))?\.next\w+\(
  | rand\.(?:Int|Intn|IntN|Int31n?|Int63n?|Read|Uint32|Uint64)\( | rand\(\) | l?rand48\(\) | random\(\) | fastrand::\w+
  | SmallRng::\w+ | mt19937(?:_64)?)"#,
            message: "this generator can be predicted, and so can the secret",
            accept: makes_a_secret,
        }],
    },
    Rule {
        id: "timing-unsafe-compare",
        severity: Severity::Medium,
        category: Category::Security,
        confidence: 75,
        summary: "A signature is compared with an operation that stops at the first difference.",
        suggestion: "Use `hmac.compare_digest`, `timingSafeEqual`, `MessageDigest.isEqual`, `hmac.Equal` or `subtle::ConstantTimeEq`.",
        in_tests: InTests::Off,
        finders: &[Finder::Text {
            languages: ALL,
            pattern: r#"(?x)(
  (?i:signature|hmac|digest|mac)\w*(?:\([^()\n]*\))?\s*[!=]==?\s*[\w.]+(?:->\w+)*(?:\([^()\n]*\))?
  | [!=]==?\s*[\w.]*(?i:signature|hmac|digest|mac)\w*(?:\([^()\n]*\))?
  | \.equals\([\w.]*(?i:signature|hmac|digest|mac)\w*\) | (?i:signature|hmac|digest|mac)\w*\.equals\(\w[\w.]*\)
  | \b(?:Arrays\.equals|bytes\.Equal|memcmp)\((?:[^()\n]|\([^()\n]*\))*\))"#,
            message: "the time that this comparison takes tells how much of a guessed signature is right",
            accept: compares_signatures,
        }],
    },
    Rule {
        id: "debug-mode-enabled",
        severity: Severity::Medium,
        category: Category::Security,
        confidence: 80,
        summary: "A debugging aid is switched on in the program text.",
        suggestion: "Read the switch from the environment and leave it off by default.",
        in_tests: InTests::Off,
        finders: &[Finder::Text {
            languages: &["python", "java", "kotlin", "go"],
            pattern: r#"(?x)(
  (?:\bapp|\bapplication|\bserver)\.run\([^()\n]*debug\s*=\s*True | \buse_debugger\s*=\s*True | ^DEBUG\s*=\s*True
  | \bapp\.debug\s*=\s*True | \bapp\.config\[['"]DEBUG['"]\]\s*=\s*True | setWebContentsDebuggingEnabled\(\s*true
  | _\x20"net/http/pprof")"#,
            message: "the debugging aid shows the program's inside to whoever asks",
            accept: is_debug_switch,
        }],
    },
    Rule {
        id: "world-writable",
        severity: Severity::Medium,
        category: Category::Security,
        confidence: 85,
        summary: "A file is opened to every user of the machine.",
        suggestion: "Give rights to the owner alone (0o600, 0o700), or to a group made for the purpose.",
        in_tests: InTests::Off,
        finders: &[Finder::Text {
            languages: ALL,
            pattern: r#"(?x)\b(
  f?chmod(?:Sync|at)?\((?:(?:[^()\n]|\([^()\n]*\))*?,)?\s*(?:\(mode_t\)\s*)?['"]?0?o?[0246]?[0-7][0-7][2367]['"]?\s*[,)]
  | Chmod\((?:[^()\n]|\([^()\n]*\))*?,\s*0o?[0246]?[0-7][0-7][2367]\s*\) | (?:set_mode|from_mode)\(\s*0o[0246]?[0-7][0-7][2367]\s*\)
  | umask\(\s*0+o?0*\s*\) | PosixFilePermissions\.fromString\(\s*"\w{7}w\w" | setWritable\(\s*true\s*,\s*false
  | MODE_WORLD_(?:READABLE|WRITEABLE)\b | perms::(?:others_write|others_all|all)\b)"#,
            message: "every user of the machine may change this file",
            accept: is_opened,
        }],
    },
];

/// A mask that is set and kept; one that is set only to read the old one goes back at once.
fn is_opened(found: &str, offset: usize, source: &Source<'_>) -> bool {
    let line = context(offset, source);
    // Terminals and sockets are written to by everybody on purpose.
    let is_device = ["tty", "pty", "sock", "fifo", "/dev/"].iter().any(|word| line.contains(word));
    // So does a tree that is about to be removed.
    let is_removed = near(offset, source).contains("removeall(");
    !is_device && !is_removed && (!found.starts_with("umask") || !line.contains('=')) && in_code(found, offset, source)
}

/// Takes hashes in company of what has to be guarded. Leaves out those that name or number things, and functions that offer the hash under its own name: whoever calls them decides.
fn is_hash_that_guards(found: &str, offset: usize, source: &Source<'_>) -> bool {
    const HARMLESS: &str = "etag checksum cache fingerprint dedup gravatar usedforsecurity uuid content-md5 websocket 258eafa5 hmac \
        integrity bucket shard version avatar color fallback unique hash_key oauth legacy compat lockfile control_path \
        controlpath oid identifier realm";
    const OWN_NAMES: &str = "md5 sha1 digest_md5 digest_sha1 to_md";
    const GUARDED: &str = "sign verif token secret passw auth crypt cert credential session licen trust login csrf nonce";
    let context = context(offset, source);
    let function = function_name(offset, source).to_lowercase();
    let near = near(offset, source);
    let is_chosen = source.lines_above(offset, 1).any(|line| line.trim_start().starts_with("case ") && line.contains(['"', '\'']));
    let guards = GUARDED.split_ascii_whitespace().any(|word| near.contains(word) || function.contains(word));
    guards
        && !is_chosen
        && !HARMLESS.split_ascii_whitespace().any(|word| context.contains(word))
        && !OWN_NAMES.split_ascii_whitespace().any(|word| function.contains(word))
        && !["checksum", "etag", "controlpath", "bucket.", "ocsp", "realm", "_algorithm"].iter().any(|word| near.contains(word))
        && in_code(found, offset, source)
        && !is_password_hash(found, offset, source)
}

fn is_password_hash(found: &str, offset: usize, source: &Source<'_>) -> bool {
    const OTHERS: &str = "hmac pbkdf2 scram pwned hibp breach realm token checksum bcrypt argon";
    let n_lines = if found.contains("createHash") || found.contains("getInstance") { 3 } else { 1 };
    let text = source.text[offset..].lines().take(n_lines).flat_map(str::chars).take(600).collect::<String>().to_lowercase();
    let text = text.split(['}', ';']).take(n_lines).collect::<String>();
    if !["passw", "pwd", "passphrase"].iter().any(|word| text.contains(word)) {
        return false;
    }
    let context = context(offset, source);
    !OTHERS.split_ascii_whitespace().any(|word| text.contains(word) || context.contains(word)) && in_code(found, offset, source)
}

fn makes_a_key(found: &str, offset: usize, source: &Source<'_>) -> bool {
    in_code(found, offset, source) && (!found.starts_with("initialize") || source.has("KeyPairGenerator"))
}

/// Leaves out a look at a token that the same function verifies after that, and algorithms of other things.
fn is_token_unchecked(found: &str, offset: usize, source: &Source<'_>) -> bool {
    let near = near(offset, source);
    let after = source.function_at(offset).and_then(|f| source.text.get(offset + found.len()..f.span.range().end)).unwrap_or("");
    let is_verified =
        ["jwt.decode(", "ParseWithClaims(", ".Parse(", ".verify(", ".parseSignedClaims("].iter().any(|call| after.contains(call));
    let is_other = found.starts_with("algorithm") && !["jwt", "jose", "token"].iter().any(|name| near.contains(name));
    let is_key_lookup =
        ["unverified", "signing_key", "signingkey"].iter().any(|word| function_name(offset, source).to_lowercase().contains(word));
    in_code(found, offset, source) && !is_verified && !is_other && !is_key_lookup
}

/// Whether what is set or returned here is named like a secret.
fn makes_a_secret(found: &str, offset: usize, source: &Source<'_>) -> bool {
    const SECRETS: &str = "token password passwd passphrase secret nonce sessionid session otp csrf xsrf salt apikey credential passcode";
    const MEASURES: &str = "count len length index idx timeout delay ttl ms seconds interval size limit jitter at time bucket timer";
    let head = head_of_line(offset, source);
    let set = |text: &str| text.split_once('=').map(|(name, _)| name.trim_end_matches(['+', ':', ' ']).to_string());
    let mut open = source.lines_above(offset, 2).filter(|line| line.trim_end().ends_with(['(', '[', '=', '+']));
    let left = head.rsplit([';', '{']).next().and_then(set).or_else(|| open.find_map(set)).unwrap_or_default();
    let name = left.split(':').next().unwrap_or("").trim().rsplit(' ').next().unwrap_or("");
    let is_secret = |name: &str| {
        let words: Vec<String> = segments(name).collect();
        words.iter().any(|word| among(SECRETS, word)) && !words.last().is_some_and(|word| among(MEASURES, word))
    };
    let function = function_name(offset, source);
    let is_maker = segments(function).next().is_some_and(|word| among("gen generate create make new random issue build get next", &word));
    let knows = match source.language {
        "go" => source.has("\"math/rand") && !source.has("\"crypto/rand"),
        "rust" => !found.starts_with("rand"),
        "python" => found.starts_with("random.") && !head.ends_with(['.']),
        "c" | "cpp" => !found.contains('.'),
        _ => true,
    };
    let is_drawn = is_secret(name) && !only_makes_new(&left, source) || is_maker && is_secret(function);
    knows && is_drawn && in_code(found, offset, source)
}

/// Whether what is set here is a nonce that stands in an address as a parameter against caches: it has to be new, but need not be secret.
fn only_makes_new(left: &str, source: &Source<'_>) -> bool {
    const PARAMETERS: &str = "_ r t v cb ts rnd rand random time timestamp cache cachebuster cachebust nocache bust refresh reload version";
    let is_parameter = |at: usize| {
        let Some(head) = source.text[..at].trim_end_matches(['$', '{', '+', ' ', '"', '\'', '`']).strip_suffix('=') else { return false };
        let parameter = head.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
        head[..head.len() - parameter.len()].ends_with(['?', '&']) && among(PARAMETERS, &parameter.to_lowercase())
    };
    let mut names = left.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| segments(name).any(|word| word == "nonce"));
    names.any(|name| places(source.text, name).any(is_parameter))
}

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

/// Whether a server that is given these arguments offers everything that was registered, and not to this machine alone.
fn is_open_server(arguments: &str) -> bool {
    let arguments = arguments.lines().next().unwrap_or("");
    arguments.contains("nil)") && !arguments.starts_with("\"localhost") && !arguments.starts_with("\"127.")
}

fn is_debug_switch(found: &str, offset: usize, source: &Source<'_>) -> bool {
    let is_known = match found {
        _ if found.starts_with("DEBUG") => ["INSTALLED_APPS", "ALLOWED_HOSTS", "SECRET_KEY"].iter().any(|name| source.has(name)),
        _ if found.ends_with("pprof\"") => source.text.split("ListenAndServe(").skip(1).any(is_open_server),
        _ => true,
    };
    is_known && in_code(found, offset, source)
}
