//! Owns the rules on weak cryptography and on protections that the program switches off.
//! They look for spellings of well-known libraries; a wrapper with another name goes unseen.

use crate::rule::{ALL, Category, Finder, InTests, Rule, Severity};
use crate::source::{Match, Source};

use super::injection::segments;
use super::secrets::{among, is_constant};

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
        in_tests: InTests::Off,
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
        in_tests: InTests::Off,
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
        in_tests: InTests::Off,
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
        in_tests: InTests::Off,
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
        id: "tls-verification-disabled",
        severity: Severity::High,
        category: Category::Security,
        confidence: 90,
        summary: "The certificate or host name of the other side is not checked.",
        suggestion: "Leave verification on; add a private authority to the trust store instead.",
        in_tests: InTests::Off,
        finders: &[
            Finder::Syntax {
                languages: &["python"],
                query: r#"
(call function: (attribute attribute: (identifier) @callee)
  arguments: (argument_list (keyword_argument name: (identifier) @key value: (false)) @here)
  (#any-of? @callee "get" "post" "put" "patch" "delete" "head" "options" "request" "stream" "Client" "AsyncClient" "send" "TCPConnector")
  (#any-of? @key "verify" "verify_ssl" "ssl"))"#,
                message: "`{callee}` accepts any certificate, so anybody on the way can read and change what is sent",
                accept: is_network_call,
            },
            Finder::Text {
                languages: ALL,
                pattern: r#"(?x)(?:\b|\.|_)(
  InsecureSkipVerify\s*[:=]\s*true | rejectUnauthorized['"]?\s*[:=]\s*false | NODE_TLS_REJECT_UNAUTHORIZED['"\]]*\s*=\s*['"]?0
  | strictSSL['"]?\s*:\s*false | danger_accept_invalid_(?:certs|hostnames)\(\s*true | SslVerifyMode::NONE
  | CURLOPT_SSL_VERIFY(?:PEER|HOST)\s*,\s*(?:0L?|false|FALSE)\b | ssl\._create_unverified_context
  | verify_mode\s*=\s*(?:ssl\.)?CERT_NONE | cert_reqs\s*=\s*['"]?(?:ssl\.)?CERT_NONE | check_hostname\s*=\s*False
  | session\.verify\s*=\s*False | ALLOW_ALL_HOSTNAME_VERIFIER | NoopHostnameVerifier\.INSTANCE | AllowAllHostnameVerifier\(
  | TrustAllStrategy\b | InsecureTrustManagerFactory\.INSTANCE
  | (?:void|fun)\x20checkServerTrusted\([^)]*\)[^{;=]*\{(?:\s*//[^\n]*)*\s*\}
  | [hH]ostnameVerifier\s*[({]\s*\(?\s*\w+,\s*\w+\s*\)?\s*->\s*true
  | boolean\x20verify\((?:final\x20)?String\x20\w+,\s*(?:final\x20)?SSLSession\x20\w+\)\s*\{\s*return\x20true)"#,
                message: "any certificate is accepted, so anybody on the way can read and change what is sent",
                accept: has_no_own_check,
            },
        ],
    },
    Rule {
        id: "weak-tls-version",
        severity: Severity::Medium,
        category: Category::Security,
        confidence: 85,
        summary: "A connection may fall back to SSL or to TLS before 1.2.",
        suggestion: "Ask for TLS 1.2 at least, or leave the choice to the library.",
        in_tests: InTests::Off,
        finders: &[Finder::Text {
            languages: ALL,
            pattern: r#"(?x)\b(
  ssl\.PROTOCOL_(?:SSLv2|SSLv3|TLSv1|TLSv1_1)\b | minimum_version\s*=\s*(?:ssl\.)?TLSVersion\.(?:SSLv3|TLSv1|TLSv1_1)\b
  | MinVersion\s*[:=]\s*tls\.Version(?:SSL30|TLS10|TLS11)\b
  | (?:minVersion|secureProtocol)['"]?\s*:\s*['"](?:TLSv1(?:\.1|_method|_1_method)?|SSLv\d+_method)['"]
  | SSLContext\.getInstance\(\s*"(?:SSLv2|SSLv3|TLSv1|TLSv1\.1)" | SslVersion::(?:SSL3|TLS1|TLS1_1)\b
  | min_protocol_version\(\s*Some\(\s*Protocol::(?:Sslv3|Tlsv10|Tlsv11) | min_tls_version\([\w:]*TLS_1_[01]
  | (?:SSLv2|SSLv3|TLSv1|TLSv1_1)_(?:client_|server_)?method\(
  | CURLOPT_SSLVERSION\s*,\s*\(?(?:long\)\s*)?CURL_SSLVERSION_(?:SSLv2|SSLv3|TLSv1_0|TLSv1_1)\b)"#,
            message: "this version of the protocol is broken",
            accept: in_code,
        }],
    },
    Rule {
        id: "jwt-not-verified",
        severity: Severity::High,
        category: Category::Security,
        confidence: 80,
        summary: "A signed token is read without a check of its signature.",
        suggestion: "Verify the token with the key and the one algorithm that the issuer uses.",
        in_tests: InTests::Off,
        finders: &[Finder::Text {
            languages: &["rust", "python", "javascript", "typescript", "tsx", "java", "kotlin", "go"],
            pattern: r#"(?x)(
  \bjwt\.decode\([^()]*verify\s*=\s*False | ['"]verify_signature['"]\s*:\s*False | algorithms?['"]?\s*[:=]\s*\[?\s*['"]none['"]
  | Algorithm\.none\(\) | SignatureAlgorithm\.NONE\b | parseClaimsJwt\( | ParseUnverified\( | UnsafeAllowNoneSignatureType\b
  | insecure_disable_signature_validation\(\) | dangerous_insecure_decode\w* | insecure_decode(?:::|\())"#,
            message: "anybody can write a token that passes here",
            accept: in_code,
        }],
    },
    Rule {
        id: "insecure-random",
        severity: Severity::High,
        category: Category::Security,
        confidence: 80,
        summary: "A secret is drawn from a generator that can be predicted.",
        suggestion: "Use the system's generator: `secrets`, `crypto.randomBytes`, `SecureRandom`, `crypto/rand`, `OsRng`, `getrandom`.",
        in_tests: InTests::Off,
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
        id: "insecure-cookie",
        severity: Severity::Medium,
        category: Category::Security,
        confidence: 75,
        summary: "A cookie's protection is switched off.",
        suggestion: "Set both `Secure` and `HttpOnly`; take the value from the configuration when development needs another.",
        in_tests: InTests::Off,
        finders: &[Finder::Text {
            languages: &["rust", "python", "javascript", "typescript", "tsx", "java", "kotlin", "go"],
            pattern: r#"(?x)\b(
  (?:secure|httpOnly|httponly|HttpOnly|Secure)['"]?\s*[:=]\s*(?:false|False)\b
  | (?:SESSION|CSRF|REMEMBER)_COOKIE_(?:SECURE|HTTPONLY)\s*=\s*False | setSecure\(\s*false | setHttpOnly\(\s*false
  | (?:secure|http_only)\(\s*false)"#,
            message: "a script in the page, or anybody on the network, can read this cookie",
            accept: is_near_cookie,
        }],
    },
    Rule {
        id: "cors-wildcard",
        severity: Severity::High,
        category: Category::Security,
        confidence: 85,
        summary: "Every web site may call this server with the user's cookies.",
        suggestion: "List the origins that may call, or do without credentials.",
        in_tests: InTests::Off,
        finders: &[Finder::Text {
            languages: &["rust", "python", "javascript", "typescript", "tsx", "java", "kotlin", "go"],
            pattern: r#"(?x)\b(
  origin\s*:\s*(?:true\b|['"]\*['"]) | allow_origins\s*=\s*\[\s*['"]\*['"]\s*\] | allow_origin_regex\s*=\s*r?['"]\.\*['"]
  | origins\s*[=:]\s*\[?\s*['"]\*['"] | AllowedOrigins\s*:\s*\[\]string\{\s*"\*" | AllowAllOrigins\s*:\s*true
  | allowedOriginPatterns\(\s*"\*" | allowedOrigins\(\s*"\*" | addAllowedOriginPattern\(\s*"\*" | anyHost\(\)
  | allow_any_origin\(\) | CorsLayer::very_permissive\(\) | AllowOrigin::mirror_request\(\))"#,
            message: "any site may call this server with the cookies of whoever visits it",
            accept: allows_credentials,
        }],
    },
    Rule {
        id: "bind-all-interfaces",
        severity: Severity::Low,
        category: Category::Security,
        confidence: 60,
        summary: "A server listens on every network interface.",
        suggestion: "Listen on `127.0.0.1` by default and take the address from the configuration.",
        in_tests: InTests::Off,
        finders: &[Finder::Text {
            languages: &["rust", "python", "javascript", "typescript", "tsx", "java", "kotlin", "go"],
            pattern: r#"(?x)(?:
  (?:bind|[lL]isten|ListenAndServe|serve|run|run_server|TCPServer|HTTPServer|InetSocketAddress|embeddedServer)\([^;\n]{0,60}?
  | \bhost\s*[:=]\s*)(['"](?:(?:tcp|http)://)?0\.0\.0\.0(?::\d*)?['"])"#,
            message: "whoever reaches any interface of this machine reaches this server",
            accept: in_code,
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

/// Code, and not a comment or the declaration of a function of that name.
pub(super) fn in_code(_: &str, offset: usize, source: &Source<'_>) -> bool {
    const DECLARATIONS: &str = "#define extern import func def class int void char fn pub";
    let head = head_of_line(offset, source).trim_start();
    let is_declaration = among(DECLARATIONS, head.split(' ').next().unwrap_or("")) && !head.contains(['=', '{', ':', ';']);
    !source.in_comment(offset) && !is_declaration
}

/// A mask that is set and kept; one that is set only to read the old one goes back at once.
fn is_opened(found: &str, offset: usize, source: &Source<'_>) -> bool {
    in_code(found, offset, source) && (!found.starts_with("umask") || !source.line_at(offset).contains('='))
}

/// What stands on the line before a place.
fn head_of_line<'a>(offset: usize, source: &Source<'a>) -> &'a str {
    source.text[..offset].rsplit('\n').next().unwrap_or("")
}

/// The text around a place, in small letters.
pub(super) fn near(offset: usize, source: &Source<'_>) -> String {
    let above: Vec<&str> = source.lines_above(offset, 6).chain([source.line_at(offset)]).collect();
    let below: Vec<&str> = source.text[offset..].lines().take(8).collect();
    format!("{}\n{}", above.join("\n"), below.join("\n")).to_lowercase()
}

/// The line, and the name of the function around it, in small letters.
fn context(offset: usize, source: &Source<'_>) -> String {
    format!("{} {}", source.line_at(offset), function_name(offset, source)).to_lowercase()
}

/// The innermost name around a place; closures have none.
fn function_name<'a>(offset: usize, source: &'a Source<'_>) -> &'a str {
    let named = source.functions.iter().filter(|f| f.span.contains(&offset) && !f.name.is_empty());
    named.min_by_key(|f| f.span.len()).map_or("", |f| f.name.as_str())
}

fn is_hash_that_guards(found: &str, offset: usize, source: &Source<'_>) -> bool {
    const HARMLESS: &str = "etag checksum cache fingerprint dedup gravatar usedforsecurity uuid content-md5 websocket 258eafa5 hmac \
        integrity bucket shard version avatar color fallback unique hash_key oauth legacy compat";
    let context = context(offset, source);
    in_code("", offset, source)
        && !HARMLESS.split_whitespace().any(|word| context.contains(word))
        && !is_password_hash(found, offset, source)
}

fn is_password_hash(found: &str, offset: usize, source: &Source<'_>) -> bool {
    const OTHERS: &str = "hmac pbkdf2 scram pwned hibp breach realm token checksum bcrypt argon";
    let n_lines = if found.contains("createHash") || found.contains("getInstance") { 3 } else { 1 };
    let text = source.text[offset..].lines().take(n_lines).collect::<Vec<_>>().join("\n").to_lowercase();
    let text = text.split(['}', ';']).take(n_lines).collect::<String>();
    in_code("", offset, source)
        && ["passw", "pwd", "passphrase"].iter().any(|word| text.contains(word))
        && !OTHERS.split_whitespace().any(|word| text.contains(word) || context(offset, source).contains(word))
}

fn makes_a_key(found: &str, offset: usize, source: &Source<'_>) -> bool {
    in_code("", offset, source) && (!found.starts_with("initialize") || source.text.contains("KeyPairGenerator"))
}

fn is_network_call(m: &Match<'_>, source: &Source<'_>) -> bool {
    m.text("key") == "verify" || ["aiohttp", "httpx", "requests"].iter().any(|name| source.text.contains(name))
}

fn has_no_own_check(_: &str, offset: usize, source: &Source<'_>) -> bool {
    let near = near(offset, source);
    in_code("", offset, source) && !near.contains("verifypeercertificate") && !near.contains("verifyconnection")
}

/// Whether what is set or returned here is named like a secret.
fn makes_a_secret(found: &str, offset: usize, source: &Source<'_>) -> bool {
    const SECRETS: &str = "token password passwd passphrase secret nonce sessionid session otp csrf xsrf salt apikey credential passcode";
    const MEASURES: &str = "count len length index idx timeout delay ttl ms seconds interval size limit jitter at time bucket timer";
    let head = head_of_line(offset, source);
    let set = |text: &str| text.split_once('=').map(|(name, _)| name.trim_end_matches(['+', ':', ' ']).to_string());
    let mut open = source.lines_above(offset, 2).filter(|line| line.trim_end().ends_with(['(', '[', '=', '+']));
    let name = head.rsplit([';', '{']).next().and_then(set).or_else(|| open.find_map(set)).unwrap_or_default();
    let name = name.split(':').next().unwrap_or("").trim().rsplit(' ').next().unwrap_or("");
    let is_secret = |name: &str| {
        let words: Vec<String> = segments(name).collect();
        words.iter().any(|word| among(SECRETS, word)) && !words.last().is_some_and(|word| among(MEASURES, word))
    };
    let function = function_name(offset, source);
    let is_maker = segments(function).next().is_some_and(|word| among("gen generate create make new random issue build get next", &word));
    let knows = match source.language {
        "go" => source.text.contains("\"math/rand") && !source.text.contains("\"crypto/rand"),
        "rust" => !found.starts_with("rand"),
        "python" => found.starts_with("random.") && !head.ends_with(['.']),
        "c" | "cpp" => !found.contains('.'),
        _ => true,
    };
    knows && in_code("", offset, source) && (is_secret(name) || (is_maker && is_secret(function)))
}

fn compares_signatures(found: &str, offset: usize, source: &Source<'_>) -> bool {
    let body = source.function_at(offset).and_then(|f| source.text.get(f.span.clone())).unwrap_or("").to_lowercase();
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
    knows && is_secret && !is_measure && !is_text && !sides.any(is_other) && in_code("", offset, source)
}

fn is_near_cookie(_: &str, offset: usize, source: &Source<'_>) -> bool {
    let near = near(offset, source);
    let is_variable = ["var ", "let ", "bool ", "boolean "].iter().any(|word| source.line_at(offset).contains(word));
    let is_other = is_variable || near.contains("smtp") || near.contains("transport");
    in_code("", offset, source) && !is_other && (near.contains("cookie") || near.contains("session("))
}

fn allows_credentials(found: &str, offset: usize, source: &Source<'_>) -> bool {
    let near = near(offset, source);
    let is_allowed = |line: &str| line.contains("true") || line.contains("supports_credentials()");
    let allows = near.lines().any(|line| line.contains("credentials") && is_allowed(line));
    in_code("", offset, source) && (allows || found.contains("very_permissive"))
}

fn is_debug_switch(found: &str, offset: usize, source: &Source<'_>) -> bool {
    let is_known = match found {
        _ if found.starts_with("DEBUG") => ["INSTALLED_APPS", "ALLOWED_HOSTS", "SECRET_KEY"].iter().any(|name| source.text.contains(name)),
        _ if found.ends_with("pprof\"") => source.text.contains("ListenAndServe(") && source.text.contains(", nil)"),
        _ => true,
    };
    is_known && !source.in_comment(offset)
}
