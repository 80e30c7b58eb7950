//! The weaknesses of MITRE's list (CWE) that each rule speaks of: other tools and sets of marked code are compared by them.

/// Numbers by rule. A rule on style or on measures has none.
const WEAKNESSES: &[(&str, &[u32])] = &[
    ("access-control", &[284, 862, 863]),
    ("api-misuse", &[573]),
    ("assignment-in-condition", &[481]),
    ("bare-except", &[396]),
    ("bidirectional-characters", &[1007]),
    ("bind-all-interfaces", &[605, 1327]),
    ("cleartext-transport", &[319]),
    ("command-injection", &[78, 77, 88]),
    ("constant-condition", &[570, 571]),
    ("cors-wildcard", &[942, 346]),
    ("csrf-disabled", &[352]),
    ("data-exposure", &[200, 532]),
    ("debug-mode-enabled", &[489, 215]),
    ("decompression-bomb", &[409]),
    ("delete-mismatch", &[762]),
    ("duplicate-condition", &[561]),
    ("equality-without-hash", &[581]),
    ("error-handling", &[755]),
    ("eval", &[95, 94]),
    ("exception-not-thrown", &[390]),
    ("expression-injection", &[917, 94]),
    ("fixed-iv", &[329, 1204, 323]),
    ("format-string", &[134]),
    ("hard-coded-secret", &[798, 259, 321]),
    ("http-without-timeout", &[400]),
    ("identical-branches", &[1041]),
    ("ignored-result", &[252]),
    ("injection", &[74]),
    ("insecure-cookie", &[614, 1004, 1275]),
    ("insecure-random", &[338, 330]),
    ("insecure-temp-file", &[377, 379]),
    ("jwt-not-verified", &[347, 345]),
    ("ldap-injection", &[90]),
    ("log-injection", &[117]),
    ("mass-assignment", &[915]),
    ("memset-of-zero-bytes", &[687]),
    ("missing-virtual-destructor", &[1079]),
    ("mutable-static", &[362]),
    ("nosql-injection", &[943]),
    ("null-access", &[476]),
    ("off-by-one", &[193]),
    ("open-redirect", &[601]),
    ("operator-precedence", &[783]),
    ("password-in-url", &[798, 522]),
    ("path-traversal", &[22, 23, 36, 73]),
    ("post-message", &[345, 346]),
    ("private-key", &[321, 798]),
    ("prototype-pollution", &[1321]),
    ("race-condition", &[362]),
    ("realloc-leak", &[401]),
    ("regex-denial-of-service", &[1333, 400]),
    ("request-forgery", &[918]),
    ("resource-leak", &[772]),
    ("response-splitting", &[113]),
    ("return-in-finally", &[584]),
    ("secret-token", &[798, 540]),
    ("sizeof-pointer", &[467]),
    ("sql-injection", &[89, 564]),
    ("ssh-host-key", &[322, 295]),
    ("swallowed-error", &[390, 391, 703, 754]),
    ("switch-fallthrough", &[484]),
    ("template-injection", &[1336, 96]),
    ("timing-unsafe-compare", &[208]),
    ("tls-verification-disabled", &[295, 297]),
    ("trust-boundary", &[501]),
    ("unclosed-resource", &[772, 404]),
    ("uninitialized-memory", &[908]),
    ("unreachable-code", &[561]),
    ("unsafe-c-string", &[120, 676, 242, 787]),
    ("unsafe-deserialization", &[502]),
    ("unsafe-input", &[20]),
    ("unsafe-without-reason", &[242]),
    ("unused-result", &[252]),
    ("weak-cipher", &[327]),
    ("weak-hash", &[328, 327]),
    ("weak-key-size", &[326]),
    ("weak-password-hash", &[916, 759]),
    ("weak-tls-version", &[326, 327, 757]),
    ("websocket-origin", &[1385]),
    ("world-writable", &[732, 276]),
    ("xpath-injection", &[643]),
    ("xss-sink", &[79, 80, 116]),
    ("xxe", &[611, 827]),
    ("zip-slip", &[22]),
];

/// Those of a rule, the one that fits best first.
pub(crate) fn of(rule: &str) -> &'static [u32] {
    WEAKNESSES.iter().find(|(known, _)| *known == rule).map_or(&[], |(_, numbers)| numbers)
}

#[cfg(test)]
mod tests {
    use super::WEAKNESSES;
    use crate::all_rules;
    use devflow_plugin::Category;

    #[test]
    fn every_rule_on_security_names_a_weakness_and_every_name_is_a_rule() {
        let rules = all_rules();
        let bare: Vec<_> =
            rules.iter().filter(|rule| rule.category == Category::Security && rule.cwe.is_empty()).map(|rule| &rule.id).collect();
        assert!(bare.is_empty(), "{bare:?}");
        let unknown: Vec<_> = WEAKNESSES.iter().filter(|(name, _)| !rules.iter().any(|rule| rule.id == *name)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        assert!(WEAKNESSES.is_sorted());
    }
}
