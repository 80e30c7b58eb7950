//! Which rules speak of the same fault as which kind of the model: data. Whatever is not here is another fault, though it stands on the same
//! line, and is shown beside it.

use crate::types::Finding;

/// Kinds of `review` for the model, and its rules that find the same.
const SAME: &[(&str, &str)] = &[
    (
        "injection",
        "command-injection sql-injection eval template-injection xss-sink format-string xxe unsafe-deserialization path-traversal",
    ),
    (
        "unsafe-input",
        "path-traversal request-forgery open-redirect unsafe-deserialization xxe zip-slip format-string unsafe-c-string eval xss-sink \
         command-injection sql-injection template-injection",
    ),
    ("data-exposure", "hard-coded-secret secret-token private-key password-in-url debug-mode-enabled world-writable print-stack-trace"),
    ("access-control", "cors-wildcard jwt-not-verified world-writable bind-all-interfaces"),
    (
        "error-handling",
        "swallowed-error bare-except ignored-result lost-cause panic-in-fallible-function exception-not-thrown return-in-finally \
         throw-non-exception catch-by-value unwrap-in-library expect-without-reason removed-error-handling process-exit-in-library",
    ),
    ("resource-leak", "unclosed-resource defer-in-loop realloc-leak mem-forget"),
    (
        "race-condition",
        "lock-across-await lock-held-in-loop-head lock-without-effect waitgroup-add-in-goroutine mutable-static insecure-temp-file \
         global-mutable-state",
    ),
    ("null-access", "not-null-assertion unwrap-in-library"),
    ("missed-case", "switch-fallthrough removed-check unfinished-code"),
    ("slow-code", "quadratic-growth regex-in-loop needless-collection strlen-in-loop blocking-in-async"),
    (
        "logic-error",
        "off-by-one constant-condition assignment-in-condition unreachable-code identical-operands identical-branches duplicate-condition \
         operator-precedence self-assignment nan-comparison identity-comparison unused-result modified-while-iterated \
         mutable-default-argument loop-variable-capture float-equality invalid-typeof switch-fallthrough memset-of-zero-bytes",
    ),
    (
        "api-misuse",
        "missing-await async-callback-not-awaited thread-not-started sizeof-pointer delete-mismatch memset-of-zero-bytes invalid-typeof \
         mutable-default-argument equality-without-hash http-without-timeout missing-virtual-destructor unused-result",
    ),
    ("weak-test", "test-without-assertion"),
    ("misleading-code", "commented-out-code todo-comment"),
];

/// Whether a claim of the model says what a rule said already, of code that overlaps.
pub(super) fn is_same(known: &Finding, claim: &Finding) -> bool {
    let (start, end) = ((claim.line, claim.column), (claim.end_line, claim.end_column));
    let overlaps = (known.line, known.column) < end && start < (known.end_line, known.end_column);
    let rules = SAME.iter().find(|(kind, _)| *kind == claim.rule).map_or("", |(_, rules)| rules);
    let is_same_fault = known.rule == claim.rule || rules.split_ascii_whitespace().any(|rule| rule == known.rule);
    overlaps && known.analyzer == claim.analyzer && is_same_fault
}
