//! What authors have said to other checkers: a comment that silences the rule of another tool on the same fault. The fault is then known, and
//! shown as information; it is not hidden, and no other rule is affected.

use crate::rule::{Category, Rule};
use crate::source::Source;

/// Our rules, and the codes of other checkers for the same fault: Ruff and Bandit, ESLint, golangci-lint, Detekt and others. A code fits
/// where it is a whole word.
const CODES: &[(&str, &str)] = &[
    ("unsafe-deserialization", "S301 S302 S403 S506 B301 B302 B403 B506 gosec"),
    ("command-injection", "S602 S603 S604 S605 S606 S607 S609 B602 B603 B604 B605 B606 B607 G204 G702 gosec detect-child-process"),
    ("eval", "S307 S102 B307 B102 PGH001 no-eval no-new-func no-implied-eval detect-eval-with-expression"),
    ("sql-injection", "S608 B608 S610 S611 G201 G202 G701 gosec SqlInjection"),
    ("path-traversal", "G304 G703 gosec detect-non-literal-fs-filename"),
    ("request-forgery", "S310 B310 G107 G704 gosec"),
    ("xss-sink", "S308 S701 S704 B701 B703 B308 G203 G705 gosec no-danger react/no-danger no-unsanitized/property no-unsanitized/method"),
    ("weak-hash", "S303 S324 B303 B324 G401 G501 G505 gosec"),
    ("weak-cipher", "S304 S305 B304 B305 G405 G502 G503 gosec"),
    ("weak-tls-version", "S502 S503 B502 B503 G402 gosec"),
    ("weak-key-size", "S505 B505 G403 gosec"),
    ("tls-verification-disabled", "S501 S323 B501 B323 G402 gosec"),
    ("ssh-host-key", "S507 B507 G106 gosec"),
    ("insecure-random", "S311 B311 G404 gosec detect-pseudoRandomBytes"),
    ("insecure-temp-file", "S108 S306 B108 B306 G303 gosec"),
    ("world-writable", "S103 B103 G301 G302 G306 gosec"),
    ("bind-all-interfaces", "S104 B104 G102 gosec"),
    ("hard-coded-secret", "S105 S106 S107 B105 B106 B107 G101 gosec detect-secrets gitleaks"),
    ("secret-token", "S105 S106 S107 B105 B106 B107 G101 gosec detect-secrets gitleaks"),
    ("http-without-timeout", "S113 B113 G112 G114 gosec"),
    ("debug-mode-enabled", "S201 B201"),
    ("xxe", "S313 S314 S315 S316 S317 S318 S319 S320 B313 B314 B318 B319 B320"),
    ("swallowed-error", "S110 S112 BLE001 E722 B110 B112 SIM105 no-empty EmptyCatchBlock SwallowedException errcheck"),
    ("bare-except", "E722 BLE001 B001"),
    ("not-null-assertion", "no-non-null-assertion UnsafeCallOnNullableType"),
    ("explicit-any", "no-explicit-any"),
    ("loose-equality", "eqeqeq"),
    ("assignment-in-condition", "no-cond-assign bugprone-assignment-in-if-condition"),
    ("constant-condition", "no-constant-condition no-constant-binary-expression"),
    ("mutable-default-argument", "B006 W0102"),
    ("print-debugging", "T201 T203 no-console ForbiddenMethodCall"),
    (
        "complex-function",
        "C901 PLR0912 PLR0913 PLR0915 complexity max-depth max-lines-per-function max-params gocyclo gocognit cyclop funlen \
        LongMethod ComplexMethod CyclomaticComplexMethod LongParameterList NestedBlockDepth too_many_lines cognitive_complexity \
        too_many_arguments readability-function-size readability-function-cognitive-complexity",
    ),
    ("wildcard-import", "F403 F401 WildcardImport"),
    ("ignored-result", "errcheck no-floating-promises unused_must_use"),
    ("unwrap-in-library", "unwrap_used"),
    ("expect-without-reason", "expect_used"),
    ("process-exit-in-library", "no-process-exit exit"),
    ("unused-result", "no-unused-expressions B018"),
    ("switch-fallthrough", "no-fallthrough bugprone-branch-clone"),
    ("nested-ternary", "no-nested-ternary"),
    ("float-equality", "float_cmp"),
    ("unsafe-c-string", "flawfinder"),
    ("skipped-test", "no-disabled-tests"),
    ("var-declaration", "no-var"),
    ("global-mutable-state", "PLW0603 gochecknoglobals"),
];

/// Marks that name what they silence, or everything when they name nothing.
const MARKS: &[&str] = &[
    "noqa",
    "nosec",
    "eslint-disable",
    "NOLINT",
    "nolint",
    "NOSONAR",
    "@Suppress",
    "@SuppressWarnings",
    "#[allow(",
    "#[expect(",
    "nosemgrep",
];

/// Marks that mean most of all long lines and unused names: without a code they say nothing of a hole.
const VAGUE: &[&str] = &["noqa", "eslint-disable"];

/// The comment that tells another checker that a fault of `rule` at `offset` is known: on its line, on the line above, or for the whole file.
pub(crate) fn mark<'a>(rule: &Rule, offset: usize, source: &Source<'a>) -> Option<&'a str> {
    if !MARKS.iter().any(|mark| source.has(mark)) {
        return None;
    }
    let codes = CODES.iter().find(|(known, _)| *known == rule.id).map(|(_, codes)| *codes)?;
    let own = source.line_at(offset);
    let above = source.lines_above(offset, 1).next().unwrap_or("");
    let is_for_next = |line: &str| !["eslint-disable-line", "noqa", "nosec", "NOSONAR"].iter().any(|mark| line.contains(mark));
    let near = [Some(own).filter(|line| !line.contains("-next-line")), Some(above).filter(|line| is_comment(line) && is_for_next(line))];
    let takes_vague = rule.category != Category::Security;
    let near = near.into_iter().flatten().find(|line| silences(line, codes, takes_vague));
    near.or_else(|| open_above(source, offset).find(|line| silences(line, codes, takes_vague))).map(str::trim)
}

fn is_comment(line: &str) -> bool {
    ["//", "#", "/*", "*", "@", "{/*"].iter().any(|start| line.trim_start().starts_with(start))
}

/// Comments above a place that hold for all that follows, and are not taken back before it.
fn open_above<'a>(source: &Source<'a>, offset: usize) -> impl Iterator<Item = &'a str> {
    let above = &source.text[..offset];
    let ended = above.rfind("eslint-enable").unwrap_or(0);
    let eslint = above[ended..].lines().filter(|line| line.trim_start().starts_with("/* eslint-disable") && !line.contains("-line"));
    let head = source.text.lines().take(30);
    eslint.chain(head.filter(|line| line.starts_with("# ruff: noqa") || line.trim_start().starts_with("#![allow(")))
}

/// Whether a line has a mark that names one of `codes`, or names nothing at all.
fn silences(line: &str, codes: &str, takes_vague: bool) -> bool {
    let Some((mark, rest)) = MARKS.iter().find_map(|mark| Some((*mark, marked(line, mark)?))) else { return false };
    let rest = ["-next-line", "-line"].iter().find_map(|end| rest.strip_prefix(end)).unwrap_or(rest);
    // What follows in words is a reason, and may name other codes.
    let end = [" --", " (", " #", " //"].iter().filter_map(|sign| rest.find(sign)).min().unwrap_or(rest.len());
    let rest = &rest[..end];
    let is_named = codes.split_ascii_whitespace().any(|code| names(rest, code));
    let is_annotation = mark.starts_with(['@', '#']);
    let is_bare = !is_annotation
        && !rest.trim_start().starts_with([':', '(', '@', '-', '_'])
        && !rest.trim_start().starts_with(char::is_alphanumeric);
    is_named || is_bare && (takes_vague || !VAGUE.contains(&mark))
}

/// What follows a mark that begins a comment, or follows another mark in one; of an annotation, one that begins its line.
fn marked<'a>(line: &'a str, mark: &str) -> Option<&'a str> {
    const OPENINGS: &[&str] = &["#", "//", "/*", "*", "--", "ruff:", ","];
    let places = line.match_indices(mark).map(|(at, _)| (line[..at].trim_end(), &line[at + mark.len()..]));
    let is_annotation = mark.starts_with(['@', '#']);
    let opens = |before: &str| before.is_empty() || !is_annotation && OPENINGS.iter().any(|opening| before.ends_with(opening));
    places.into_iter().find(|(before, _)| opens(before)).map(|(_, rest)| rest)
}

/// Whether `code` stands in a text as a whole.
fn names(text: &str, code: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.match_indices(code).any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + code.len()..].starts_with(is_part))
}
