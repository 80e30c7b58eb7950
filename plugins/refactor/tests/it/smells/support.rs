//! Owns asking one smell of one text.

use devflow_plugin::testing::File;
use devflow_plugin::{Finding, Place};
use devflow_plugin_refactor::Refactor;

fn findings(language: &str, text: &str, rule: &str) -> Vec<Finding> {
    let report = File::new(language, text).inspect::<Refactor>("smells", "{}").expect("the plugin takes it");
    report.findings.into_iter().filter(|finding| finding.rule == rule).collect()
}

#[track_caller]
pub(crate) fn fires(rule: &str, language: &str, text: &str) -> Finding {
    let mut found = findings(language, text, rule);
    assert_eq!(found.len(), 1, "{rule} in {language}: {found:?}\n{text}");
    let found = found.remove(0);
    assert!(matches!(&found.place, Place::Span(span) if text.get(span.range()).is_some()));
    assert!(found.suggestion.as_ref().is_some_and(|text| text.ends_with('.')), "{found:?}");
    found
}

#[track_caller]
pub(crate) fn silent(rule: &str, language: &str, text: &str) {
    let found = findings(language, text, rule);
    assert!(found.is_empty(), "{rule} in {language}: {found:?}\n{text}");
}

pub(crate) fn lines(n: usize, line: impl Fn(usize) -> String) -> String {
    (0..n).map(|at| line(at) + "\n").collect()
}
