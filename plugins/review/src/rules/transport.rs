//! Owns the rules on connections: certificates, versions of the protocol, cookies, origins, addresses to listen on.
//! They look for spellings of well-known libraries; a wrapper with another name goes unseen.

use crate::around::{head_of_line, in_code, near};
use crate::rule::{ALL, Category, Finder, InTests, Rule, Severity};
use crate::source::{Match, Source};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "tls-verification-disabled",
        severity: Severity::High,
        category: Category::Security,
        confidence: 90,
        summary: "The certificate or host name of the other side is not checked.",
        suggestion: "Leave verification on; add a private authority to the trust store instead.",
        in_tests: InTests::As(Severity::Medium),
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
  | verify_mode\s*=\s*(?:ssl\.)?CERT_NONE | cert_reqs\s*=\s*['"]?(?:ssl\.)?CERT_NONE | \.check_hostname\s*=\s*False
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
            accept: is_version_chosen,
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
        in_tests: InTests::As(Severity::Medium),
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
];

/// Leaves out tables in which the version is a key.
fn is_version_chosen(found: &str, offset: usize, source: &Source<'_>) -> bool {
    let is_index = source.text[..offset].trim_end().ends_with('[');
    let after = source.text[offset + found.len()..].trim_start_matches(|c: char| c == ' ' || c == ']' && is_index);
    let is_key = found.starts_with("ssl.") && (after.starts_with(':') || (is_index && after.starts_with('=')));
    in_code(found, offset, source) && !is_key
}

fn is_network_call(m: &Match<'_>, source: &Source<'_>) -> bool {
    m.text("key") == "verify" || ["aiohttp", "httpx", "requests"].iter().any(|name| source.has(name))
}

/// Leaves out what checks in its own way, what the user asked for by a switch, and helpers of tests.
fn has_no_own_check(found: &str, offset: usize, source: &Source<'_>) -> bool {
    let near = near(offset, source);
    let head: String = source.text.lines().take(3).flat_map(str::chars).take(400).collect::<String>().to_lowercase();
    let imports = || source.text.lines().take(60).any(|line| line.trim() == "\"testing\"");
    let is_helper = head.contains("testing") || (source.language == "go" && imports());
    let is_checked = near.contains("verifypeercertificate") || near.contains("verifyconnection");
    // A default in a signature says nothing about the calls.
    let is_default = found.starts_with("cert_reqs") && source.function_at(offset).is_some_and(|f| f.signature.contains(offset));
    in_code(found, offset, source) && !is_default && !is_checked && !is_helper && !is_asked_for(offset, source)
}

/// Whether a condition above, or a name around, says that somebody chose to go without the check.
fn is_asked_for(offset: usize, source: &Source<'_>) -> bool {
    const SWITCHES: &str = "insecure verif validat accept_invalid ignore skip trust_all trustall cert_check check_cert no_check";
    let is_switch = |text: &str| {
        let text = text.to_lowercase();
        SWITCHES.split_ascii_whitespace().any(|word| text.contains(word))
    };
    let is_condition = |line: &&str| {
        let line = line.trim_start().trim_start_matches('}').trim_start();
        ["if ", "if(", "elif ", "else if", "switch ", "case ", "when "].iter().any(|start| line.starts_with(start))
    };
    let is_case = |line: &&str| line.trim_start().starts_with("case ");
    let mut above = source.lines_above(offset, 4).chain([head_of_line(offset, source)]).filter(is_condition);
    let mut case = source.lines_above(offset, 10).filter(is_case).take(1);
    let is_else = source.lines_above(offset, 2).any(|line| line.trim().trim_start_matches('}').trim_start().starts_with("else"));
    let mut around = source.functions.iter().filter(|f| f.span.contains(offset));
    let branches = || source.lines_above(offset, 30).filter(is_condition).any(is_switch);
    above.any(is_switch) || case.any(is_switch) || (is_else && branches()) || around.any(|f| f.name.to_lowercase().contains("insecure"))
}

fn is_near_cookie(found: &str, offset: usize, source: &Source<'_>) -> bool {
    let near = near(offset, source);
    let is_variable = ["var ", "let ", "bool ", "boolean "].iter().any(|word| source.line_at(offset).contains(word));
    let body = source.function_at(offset).and_then(|f| source.text.get(f.span.range())).unwrap_or("");
    let is_other = is_variable || body.contains("ecure = true") || near.contains("smtp") || near.contains("transport");
    in_code(found, offset, source) && !is_other && (near.contains("cookie") || near.contains("session("))
}

fn allows_credentials(found: &str, offset: usize, source: &Source<'_>) -> bool {
    let near = near(offset, source);
    let is_allowed = |line: &str| line.contains("true") || line.contains("supports_credentials()");
    let allows = near.lines().any(|line| line.contains("credentials") && is_allowed(line));
    in_code(found, offset, source) && (allows || found.contains("very_permissive"))
}
