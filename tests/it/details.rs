//! What a finding carries beside its place, what a rule says of itself, and what a plugin is told of an answer: each from a guest to the user.

use std::sync::Arc;
use std::time::Duration;

use devflow::analyzer::{Analyzer, Claims, Place, Subject};
use devflow::plugin::{Grants, Limits, Plugin, PluginHost};
use devflow::types::{Digest, Exchange, Language, Question, Reason, Role, Span, TextEdit};
use devflow::unit;
use serde_json::json;

use crate::support::Project;
use crate::support::guest::{hostile, third_with};

/// The finding of a guest at 4096: rule `x` of text that is at 512, with lists of details at the places that `details` fills.
const FINDING: &str = "(i32.store (i32.const 4096) (i32.const 512)) (i32.store (i32.const 4100) (i32.const 1))
    (i32.store (i32.const 4124) (i32.const 2))
    (i32.store (i32.const 2052) (i32.const 4096)) (i32.store (i32.const 2056) (i32.const 1))";

/// Stores a list of `count` items at `address` into the field at `field` of the finding.
fn list(field: u32, address: u32, count: u32) -> String {
    format!("(i32.store (i32.const {field}) (i32.const {address})) (i32.store (i32.const {}) (i32.const {count}))", field + 4)
}

fn reasons(count: u32) -> String {
    // Text `last words`, and the number 31.
    let item = "(i32.store (i32.const 4400) (i32.const 520)) (i32.store (i32.const 4404) (i32.const 10))
        (i32.store8 (i32.const 4408) (i32.const 1)) (i64.store (i32.const 4416) (i64.const 31))";
    format!("{item} {}", list(4148, 4400, count))
}

/// One related place from `start` to `end`.
fn related(start: u32, end: u32) -> String {
    format!(
        "(i32.store (i32.const 4504) (i32.const {start})) (i32.store (i32.const 4508) (i32.const {end}))
         (i32.store (i32.const 4516) (i32.const 520)) (i32.store (i32.const 4520) (i32.const 10)) {}",
        list(4156, 4500, 1)
    )
}

/// Edits that put `x` into these places.
fn edits(places: &[(u32, u32)]) -> String {
    let edit = |(at, (start, end)): (usize, &(u32, u32))| {
        let at = 4600 + 20 * at as u32;
        format!(
            "(i32.store (i32.const {at}) (i32.const {start})) (i32.store (i32.const {}) (i32.const {end}))
             (i32.store (i32.const {}) (i32.const 512)) (i32.store (i32.const {}) (i32.const 1)) (i32.store8 (i32.const {}) (i32.const 1))",
            at + 4,
            at + 8,
            at + 12,
            at + 16
        )
    };
    let all: String = places.iter().enumerate().map(edit).collect();
    format!("{all} {}", list(4164, 4600, places.len() as u32))
}

fn plugin(body: &str) -> Plugin {
    let component = hostile(body);
    let digest = Digest::of(&component);
    let limits = Limits { deadline: Duration::from_secs(5), memory_bytes: 64 << 20, output_bytes: 1 << 20 };
    Plugin::new("guest", component, digest, Grants::ALL, Arc::new(PluginHost::new(limits, None)))
}

fn subject() -> Arc<Subject> {
    Arc::new(Subject::new(unit::whole(Language::Rust, Role::Source, "fn é() {}".to_owned())))
}

fn claims(details: &str) -> Result<Claims, String> {
    let body = format!("{FINDING} {details} (i32.const 2048)");
    plugin(&body).inspect("file", &subject(), "{}").map_err(|error| error.to_string())
}

#[track_caller]
fn refused(details: &str, expected: &str) {
    let error = claims(details).unwrap_err();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn reasons_related_places_and_edits_reach_the_host() {
    let details = [reasons(1), related(3, 5), edits(&[(5, 7), (0, 2)])].concat();
    let found = claims(&details).unwrap().findings.remove(0);
    assert_eq!(found.reasons, [Reason { text: "last words".to_owned(), number: Some(31) }]);
    assert_eq!(found.related, [(Place::Span(Span { start: 3, end: 5 }), "last words".to_owned())]);
    let edit = |start, end| TextEdit { start, end, replacement: "x".to_owned(), is_certain: true };
    assert_eq!(found.edits, [edit(0, 2), edit(5, 7)]);
    let bare = claims("").unwrap().findings.remove(0);
    assert!(bare.reasons.is_empty() && bare.related.is_empty() && bare.edits.is_empty());
}

#[test]
fn details_that_do_not_fit_the_text_are_refused() {
    refused(&related(3, 4), "rule `x` points to bytes 3..4 of 10, and 4 is inside of a character");
    refused(&edits(&[(0, 400)]), "points to bytes 0..400 of 10");
    refused(&edits(&[(0, 3), (2, 3)]), "rule `x` has edits that overlap at byte 2");
    refused(&edits(&[(2, 2), (2, 2)]), "overlap at byte 2");
    claims(&edits(&[(0, 2), (2, 2)])).unwrap();
    claims(&edits(&[(2, 2), (2, 3)])).unwrap();
    refused(&reasons(101), "rule `x` has a finding with 101 reasons, at most 100 are taken");
}

/// A guest refuses every answer, and the words of the refusal are a part of what it was given: two numbers of the memory that the parameter
/// points to.
fn echo(offset: u32) -> String {
    format!(
        "(i32.store8 (i32.const 2048) (i32.const 1))
         (i32.store (i32.const 2052) (i32.load offset={offset} (local.get 0)))
         (i32.store (i32.const 2056) (i32.load offset={} (local.get 0)))
         (i32.const 2048)",
        offset + 4
    )
}

#[test]
fn a_plugin_that_concludes_is_told_round_question_and_answer() {
    let question = Question { instructions: "look".to_owned(), schema: "{}".to_owned(), content: "fn a".to_owned() };
    let exchange = Exchange { round: 2, question: &question, answer: "[7]" };
    for (offset, words) in [(60, "look"), (68, "{}"), (76, "fn a"), (84, "[7]")] {
        let error = plugin(&echo(offset)).conclude("file", &subject(), "{}", exchange).unwrap_err().to_string();
        assert!(error.ends_with(&format!(": {words}")), "{error}");
    }
    let is_second = "(if (i32.ne (i32.load offset=56 (local.get 0)) (i32.const 2)) (then unreachable)) (i32.const 1024)";
    plugin(is_second).conclude("file", &subject(), "{}", exchange).unwrap();
    assert!(plugin(is_second).conclude("file", &subject(), "{}", Exchange { round: 1, ..exchange }).is_err());
}

/// A plugin whose finding has details, and whose rule has a limit, a weakness, a link and a page.
fn telling(project: &Project, link: &str) {
    let details = "(i32.store8 (i32.const 4144) (i32.const 90))
        (i32.store (i32.const 4148) (i32.const 4400)) (i32.store (i32.const 4152) (i32.const 1))
        (i32.store (i32.const 4400) (i32.const 670)) (i32.store (i32.const 4404) (i32.const 7))
        (i32.store8 (i32.const 4408) (i32.const 1)) (i64.store (i32.const 4416) (i64.const 31))
        (i32.store (i32.const 4156) (i32.const 4500)) (i32.store (i32.const 4160) (i32.const 1))
        (i32.store (i32.const 4504) (i32.const 3)) (i32.store (i32.const 4508) (i32.const 4))
        (i32.store (i32.const 4516) (i32.const 670)) (i32.store (i32.const 4520) (i32.const 7))
        (i32.store (i32.const 4164) (i32.const 4600)) (i32.store (i32.const 4168) (i32.const 1))
        (i32.store (i32.const 4600) (i32.const 3)) (i32.store (i32.const 4604) (i32.const 4))
        (i32.store (i32.const 4608) (i32.const 660)) (i32.store (i32.const 4612) (i32.const 5))";
    let rule = "(i32.store (i32.const 1212) (i32.const 670)) (i32.store (i32.const 1216) (i32.const 7))
        (i32.store (i32.const 1224) (i32.const 1304)) (i32.store (i32.const 1228) (i32.const 1))
        (i32.store (i32.const 1304) (i32.const 660)) (i32.store (i32.const 1308) (i32.const 5))
        (i32.store (i32.const 1312) (i32.const 670)) (i32.store (i32.const 1316) (i32.const 7))
        (i64.store (i32.const 1320) (i64.const 60)) (i64.store (i32.const 1328) (i64.const 1)) (i64.store (i32.const 1336) (i64.const 900))
        (i32.store (i32.const 1232) (i32.const 1400)) (i32.store (i32.const 1236) (i32.const 1)) (i32.store (i32.const 1400) (i32.const 79))
        (i32.store (i32.const 1240) (i32.const 1412)) (i32.store (i32.const 1244) (i32.const 1))
        (i32.store (i32.const 1412) (i32.const 700)) (i32.store (i32.const 1416) (i32.const 18))
        (i32.store (i32.const 1248) (i32.const 720)) (i32.store (i32.const 1252) (i32.const 9))";
    assert_eq!(link.len(), 18);
    let texts = format!("(data (i32.const 680) \"Say nothing.\") (data (i32.const 700) \"{link}\") (data (i32.const 720) \"# A hello\")");
    let component = third_with(
        "telling",
        &[
            ("(i32.store8 (i32.const 4144) (i32.const 90))", details),
            ("(i32.store (i32.const 1212) (i32.const 670)) (i32.store (i32.const 1216) (i32.const 7))", rule),
            ("(data (i32.const 680) \"Say nothing.\")", &texts),
        ],
    );
    std::fs::write(project.path("telling.wasm"), component).unwrap();
    project.write("devflow.toml", "[[plugin]]\nname = \"telling\"\npath = \"telling.wasm\"\noperations = [\"file\"]\n");
    project.write("src/a.py", "a = b\n");
}

#[test]
fn details_reach_the_documents_and_what_a_rule_says_its_readers() {
    let project = Project::new();
    telling(&project, "https://hello.test");
    let args = ["analyze", "batch", "src", "--no-model", "--format"];
    let document: serde_json::Value = serde_json::from_str(&project.run(&[&args[..], &["json"]].concat()).text(0)).unwrap();
    let found = &document["files"][0]["findings"][0];
    assert_eq!(found["reasons"], json!([{ "text": "a hello", "number": 31 }]));
    assert_eq!(found["related"], json!([{ "line": 1, "column": 4, "end_line": 1, "end_column": 5, "message": "a hello" }]));
    assert_eq!(found["edits"], json!([{ "start": 3, "end": 4, "replacement": "hello", "is_certain": false }]));

    let schema = serde_json::from_str(include_str!("../../docs/run.schema.json")).unwrap();
    let errors: Vec<String> = jsonschema::validator_for(&schema).unwrap().iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");

    let log: serde_json::Value = serde_json::from_str(&project.run(&[&args[..], &["sarif"]].concat()).text(0)).unwrap();
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"], "src/a.py");
    assert_eq!(result["relatedLocations"][0]["physicalLocation"]["region"]["startColumn"], 4);
    let replacement = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["deletedRegion"], json!({ "byteOffset": 3, "byteLength": 1 }));
    assert_eq!(replacement["insertedContent"]["text"], "hello");
    assert_eq!(result["fixes"][0]["properties"]["isCertain"], false);
    let rule = &log["runs"][0]["tool"]["driver"]["rules"][0];
    assert_eq!((&rule["helpUri"], &rule["help"]["markdown"]), (&json!("https://hello.test"), &json!("# A hello")));
    assert_eq!(rule["properties"]["tags"], json!(["security", "telling", "external/cwe/cwe-079"]));

    let why = project.run(&["plugin", "why", "telling/hello"]).text(0);
    let said = "  hello = 60 (1 to 900): a hello\n  CWE-79\n  https://hello.test\n\n# A hello\n";
    assert!(why.ends_with(said), "{why}");
}

#[test]
fn a_link_that_is_none_goes_nowhere_and_hides_no_rule_of_others() {
    for link in ["http://hello.test/", "https://hello test", "https://a.test/<b>"] {
        let project = Project::new();
        telling(&project, link);
        let reason = "its rule `hello` has the link `";
        let checked = project.run(&["plugin", "check", "telling.wasm"]);
        assert!(checked.status != Some(0) && checked.stderr.contains(reason), "{link}: {checked:?}");
        let log = project.run(&["analyze", "batch", "src", "--no-model", "--format", "sarif"]).text(0);
        assert!(!log.contains("helpUri"), "{log}");
        let why = project.run(&["plugin", "why", "eval"]);
        assert!(why.stderr.contains(reason), "{why:?}");
        assert!(why.text(0).starts_with("review/eval, high, security"));
    }
}

/// A plugin by somebody else whose finding, related place and edit are at bytes 3 to 4 of its unit.
fn pointing(project: &Project, edits: &[(&str, &str)]) {
    let details = "(i32.store8 (i32.const 4144) (i32.const 90))
        (i32.store (i32.const 4156) (i32.const 4500)) (i32.store (i32.const 4160) (i32.const 1))
        (i32.store (i32.const 4504) (i32.const 3)) (i32.store (i32.const 4508) (i32.const 4))
        (i32.store (i32.const 4516) (i32.const 670)) (i32.store (i32.const 4520) (i32.const 7))
        (i32.store (i32.const 4164) (i32.const 4600)) (i32.store (i32.const 4168) (i32.const 1))
        (i32.store (i32.const 4600) (i32.const 3)) (i32.store (i32.const 4604) (i32.const 4))";
    let component = third_with("pointing", &[&[("(i32.store8 (i32.const 4144) (i32.const 90))", details)], edits].concat());
    std::fs::write(project.path("pointing.wasm"), component).unwrap();
    project.write("devflow.toml", "[[plugin]]\nname = \"pointing\"\npath = \"pointing.wasm\"\nallow = [\"project\"]\n");
    project.run(&["plugin", "trust", "pointing"]).text(0);
}

#[test]
fn places_in_a_function_become_those_of_its_file() {
    let project = Project::new();
    pointing(&project, &[("(i32.store8 (i32.const 1116) (i32.const 0))", "(i32.store8 (i32.const 1116) (i32.const 2))")]);
    project.write("src/a.py", "é = 1\n\n\ndef f():\n    pass\n");
    let document = project.run(&["run", "pointing:file", "src", "--format", "json"]).json(0);
    let found = &document["files"][0]["findings"][0];
    assert_eq!((&found["related"][0]["line"], &found["related"][0]["column"]), (&json!(4), &json!(4)), "{document}");
    // Two bytes for the letter, and 8 before the function.
    assert_eq!(found["edits"], json!([{ "start": 12, "end": 13, "replacement": "", "is_certain": false }]));
}

#[test]
fn a_related_place_in_another_file_of_the_project_names_it() {
    let project = Project::new();
    let to_project = "(i32.store8 (i32.const 1116) (i32.const 3)) (i32.store8 (i32.const 1119) (i32.const 0))";
    let sees = "(i32.store8 (i32.const 1118) (i32.const 1))";
    let in_first =
        "(i32.store8 (i32.const 4116) (i32.const 2)) (i32.store (i32.const 4120) (i32.const 0)) (i32.store (i32.const 4124) (i32.const 3))
        (i32.store (i32.const 4128) (i32.const 4)) (i32.store8 (i32.const 4500) (i32.const 2)) (i32.store (i32.const 4504) (i32.const 1))
        (i32.store (i32.const 4508) (i32.const 7)) (i32.store (i32.const 4512) (i32.const 8))";
    let at_start =
        "(i32.store8 (i32.const 4116) (i32.const 0)) (i32.store (i32.const 4120) (i32.const 0)) (i32.store (i32.const 4124) (i32.const 1))";
    let elsewhere = "(i32.store (i32.const 4504) (i32.const 3)) (i32.store (i32.const 4508) (i32.const 4))";
    pointing(
        &project,
        &[
            ("(i32.store8 (i32.const 1116) (i32.const 0))", to_project),
            ("(i32.store8 (i32.const 1118) (i32.const 0))", sees),
            (at_start, ""),
            (elsewhere, in_first),
        ],
    );
    project.write("src/a.py", "a = 1\n");
    project.write("src/b.py", "b = 2\nc = 3\n");
    let document = project.run(&["run", "pointing:file", "src", "--format", "json"]).json(0);
    let found = &document["files"][0]["findings"][0];
    let expected = json!([{ "path": "src/b.py", "line": 2, "column": 2, "end_line": 2, "end_column": 3, "message": "a hello" }]);
    assert_eq!((&document["files"][0]["path"], &found["related"]), (&json!("src/a.py"), &expected), "{document}");
    assert_eq!(found["edits"][0]["start"], 3);
}
