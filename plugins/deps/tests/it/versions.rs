//! Versions and requirements, by the rules of each ecosystem.

use std::cmp::Ordering;

use devflow_plugin_deps::model::Ecosystem::{self, Cargo, Go, Maven, Npm, Python};
use devflow_plugin_deps::version::{Bound, bound, compare, is_same, satisfies};

#[track_caller]
fn rising(ecosystem: Ecosystem, versions: &[&str]) {
    for pair in versions.windows(2) {
        assert_eq!(compare(ecosystem, pair[0], pair[1]), Some(Ordering::Less), "{} < {}", pair[0], pair[1]);
        assert_eq!(compare(ecosystem, pair[1], pair[0]), Some(Ordering::Greater), "{} > {}", pair[1], pair[0]);
    }
}

#[test]
fn semver_knows_pre_releases() {
    let order =
        ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.10.0"];
    for ecosystem in [Cargo, Npm, Go] {
        rising(ecosystem, &order);
    }
    assert!(is_same(Cargo, "1.0.0+a", "1.0.0+b"));
}

#[test]
fn go_knows_pseudo_versions() {
    rising(Go, &["v0.0.0-20190101000000-abcdefabcdef", "v0.0.0-20200101000000-abcdefabcdef", "v0.1.0", "v2.0.0+incompatible", "v2.0.1"]);
}

#[test]
fn python_knows_epochs_and_all_sorts_of_releases() {
    let order = ["1.0.dev1", "1.0a1.dev1", "1.0a1", "1.0b2", "1.0rc1", "1.0", "1.0.post1", "1.0.1", "1.2", "1.10", "1!0.5"];
    rising(Python, &order);
    for (left, right) in [("1.0", "1.0.0"), ("1.0-alpha-1", "1.0a1"), ("v1.0", "1.0"), ("1.0c1", "1.0rc1"), ("1.0-1", "1.0.post1")] {
        assert!(is_same(Python, left, right), "{left} {right}");
    }
}

#[test]
fn maven_knows_qualifiers() {
    rising(Maven, &["1.0-alpha-1", "1.0-beta", "1.0-M1", "1.0-rc1", "1.0-SNAPSHOT", "1.0", "1.0-sp1", "1.0.1", "1.1", "1.10", "2.0"]);
    for (left, right) in [("1", "1.0.0"), ("1.0-ga", "1.0"), ("1.0.Final", "1.0"), ("1.0.RELEASE", "1")] {
        assert!(is_same(Maven, left, right), "{left} {right}");
    }
}

#[test]
fn what_is_no_version_compares_to_nothing() {
    let nonsense = ["", "latest", "${x}", "1.2.3.4.5x", "ü", "1..2", "[1,2)"];
    for text in nonsense {
        assert_eq!(compare(Cargo, text, "1.0.0"), None, "{text}");
        assert_eq!(satisfies(Cargo, "1", text), None, "{text}");
    }
    for text in ["", "latest", "${x}", "[1,2)"] {
        assert_eq!(compare(Maven, text, "1.0"), None, "{text}");
        assert_eq!(compare(Python, text, "1.0"), None, "{text}");
    }
}

#[track_caller]
fn fits(ecosystem: Ecosystem, requirement: &str, good: &[&str], bad: &[&str]) {
    for version in good {
        assert_eq!(satisfies(ecosystem, requirement, version), Some(true), "{requirement}: {version}");
    }
    for version in bad {
        assert_eq!(satisfies(ecosystem, requirement, version), Some(false), "{requirement}: {version}");
    }
}

#[test]
fn cargo_reads_a_bare_version_as_caret() {
    fits(Cargo, "1.2", &["1.2.0", "1.9.9"], &["1.1.9", "2.0.0", "2.0.0-rc.1"]);
    fits(Cargo, "0.2.3", &["0.2.3", "0.2.9"], &["0.2.2", "0.3.0"]);
    fits(Cargo, "0.0.3", &["0.0.3"], &["0.0.4"]);
    fits(Cargo, "0", &["0.0.1", "0.9.0"], &["1.0.0"]);
    fits(Cargo, "~1.2.3", &["1.2.9"], &["1.3.0"]);
    fits(Cargo, ">=1.2, <1.5", &["1.4.9"], &["1.5.0", "1.1.0"]);
    fits(Cargo, "=1.2.3", &["1.2.3"], &["1.2.4"]);
    fits(Cargo, "1.*", &["1.9.0"], &["2.0.0"]);
    fits(Cargo, "*", &["0.0.1", "9.0.0"], &[]);
}

#[test]
fn npm_reads_alternatives_and_ranges() {
    fits(Npm, "1.2.3", &["1.2.3"], &["1.2.4"]);
    fits(Npm, "^1.2.3 || ^3", &["1.9.0", "3.0.0"], &["2.0.0"]);
    fits(Npm, "1.2 - 2.3.4", &["1.2.0", "2.3.4"], &["2.3.5"]);
    fits(Npm, ">= 1.0 < 2", &["1.5.0"], &["2.0.0", "0.9.0"]);
    fits(Npm, "1.x", &["1.9.0"], &["2.0.0"]);
    fits(Npm, "", &["1.0.0"], &[]);
    assert_eq!(satisfies(Npm, "latest", "1.0.0"), None);
}

#[test]
fn python_reads_specifiers_and_those_of_poetry() {
    fits(Python, ">=1.0,<2.0", &["1.0", "1.9.9"], &["2.0", "2.0rc1", "0.9"]);
    fits(Python, "~=1.4.2", &["1.4.2", "1.4.9"], &["1.5.0"]);
    fits(Python, "==1.4.*", &["1.4.0", "1.4.9"], &["1.5.0"]);
    fits(Python, "!=1.4.*,>1", &["1.5"], &["1.4.1", "1"]);
    fits(Python, "==1.0", &["1.0+cpu", "1.0.0"], &["1.0.1"]);
    fits(Python, "^1.2", &["1.9.0"], &["2.0.0"]);
    assert_eq!(satisfies(Python, "^1.2 || ^2", "2.0.0"), None);
}

#[test]
fn a_requirement_has_a_width() {
    for (ecosystem, requirement, expected) in [
        (Cargo, "*", Bound::None),
        (Cargo, ">=0", Bound::None),
        (Cargo, ">=1", Bound::Lower),
        (Cargo, "1", Bound::Closed),
        (Cargo, ">=1, <3", Bound::Closed),
        (Npm, "latest", Bound::None),
        (Npm, "", Bound::None),
        (Npm, "^1 || >=3", Bound::Lower),
        (Npm, ">= 1.0", Bound::Lower),
        (Npm, "1.x", Bound::Closed),
        (Npm, "file:../a", Bound::Unknown),
        (Python, "", Bound::None),
        (Python, "!=1.5", Bound::None),
        (Python, ">=1", Bound::Lower),
        (Python, "~=1.4", Bound::Closed),
        (Maven, "LATEST", Bound::None),
        (Maven, "[1.0,)", Bound::Lower),
        (Maven, "1.+", Bound::Lower),
        (Maven, "1.2", Bound::Closed),
        (Maven, "${x}", Bound::Unknown),
    ] {
        assert_eq!(bound(ecosystem, requirement), expected, "{ecosystem:?} {requirement}");
    }
}
