//! Rules about what a change takes away.

use crate::removal::{check, error_handling, test};
use crate::rule::{ALL, Category, Finder, InTests, Rule, Severity};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "removed-test",
        severity: Severity::Medium,
        category: Category::Testing,
        confidence: 70,
        summary: "A change removes a test and puts none in its place.",
        suggestion: "Keep the test, or say in the commit why nothing needs it any more.",
        in_tests: InTests::Same,
        finders: &[Finder::Removed { languages: ALL, check: test }],
    },
    Rule {
        id: "removed-error-handling",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 60,
        summary: "A change removes the handling of an error and puts none in its place.",
        suggestion: "Handle the error where it can still be handled, or show that it can no longer occur.",
        in_tests: InTests::Off,
        finders: &[Finder::Removed { languages: ALL, check: error_handling }],
    },
    Rule {
        id: "removed-check",
        severity: Severity::Medium,
        category: Category::Correctness,
        confidence: 60,
        summary: "A change removes a check, or a guard that leaves early, and puts none in its place.",
        suggestion: "Keep the check, or show that what it kept out can no longer come in.",
        in_tests: InTests::Same,
        finders: &[Finder::Removed { languages: ALL, check }],
    },
];
