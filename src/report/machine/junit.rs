//! Owns the report as test results. A file that was looked at is a test case that passed; each finding is one that failed, and what was not
//! looked at is an error.

use std::collections::{BTreeMap, BTreeSet};

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::{coverage_line, rule_name, whole_message, xml_text};
use crate::report::view::Document;

/// Renders one suite for each analyzer that spoke, and one for the files.
pub fn junit(document: &Document<'_>) -> String {
    let mut report = Report::new("devflow");
    let mut names = Names::default();
    let mut files = TestSuite::new("devflow");
    for (name, value) in [("run", document.run.id), ("outcome", document.run.outcome.name()), ("coverage", &coverage_line(document))] {
        files.add_property(Property::new(name, value));
    }
    let failed: BTreeSet<&str> = document.coverage.failed.iter().map(|failure| failure.path.as_str()).collect();
    for file in document.files.iter().filter(|file| file.findings.is_empty() && !failed.contains(file.path.as_str())) {
        files.add_test_case(names.case(file.path.as_str(), "devflow", TestCaseStatus::success()));
    }
    for skipped in document.coverage.skipped {
        let mut status = TestCaseStatus::skipped();
        status.set_message(skipped.reason.name());
        files.add_test_case(names.case(skipped.path.as_str(), "devflow", status));
    }
    for failure in document.coverage.failed {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(xml_text(&failure.error)).set_type(failure.stage.name());
        files.add_test_case(names.case(failure.path.as_str(), "devflow", status));
    }
    report.add_test_suite(files);
    let mut analyzers: Vec<&str> = document.files.iter().flat_map(|file| file.findings).map(|finding| finding.analyzer.as_str()).collect();
    analyzers.sort_unstable();
    analyzers.dedup();
    for analyzer in analyzers {
        let mut suite = TestSuite::new(format!("devflow/{analyzer}"));
        for file in &document.files {
            for finding in file.findings.iter().filter(|finding| finding.analyzer == analyzer) {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(xml_text(&whole_message(finding))).set_type(finding.severity.name());
                status.set_description(xml_text(&format!("{}:{}:{}\n{}", file.path, finding.line, finding.column, finding.quote)));
                let place = format!("{}:{}:{}", file.path, finding.line, finding.column);
                suite.add_test_case(names.case(&place, &rule_name(finding), status));
            }
        }
        report.add_test_suite(suite);
    }
    let mut text = report.to_string().expect("writing to memory cannot fail");
    // The schema of Jenkins has this sum for suites, and not for all of them together; the library writes both.
    let sum = format!(" skipped=\"{}\"", report.skipped);
    if let Some(at) = text.find(&sum) {
        text.replace_range(at..at + sum.len(), "");
    }
    text.push('\n');
    text
}

/// How often each class and name was used: of equal ones, most readers keep only one.
#[derive(Debug, Default)]
struct Names(BTreeMap<(String, String), u32>);

impl Names {
    fn case(&mut self, name: &str, class: &str, status: TestCaseStatus) -> TestCase {
        let (class, name) = (xml_text(class), xml_text(name));
        let count = self.0.entry((class.clone(), name.clone())).or_default();
        *count += 1;
        let name = if *count == 1 { name } else { format!("{name} ({count})") };
        let mut case = TestCase::new(name, status);
        case.set_classname(class);
        case
    }
}
