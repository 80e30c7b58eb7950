//! Owns the proof of normal use of the model: what is asked again, what becomes of an answer's findings, when the model takes part.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::support::fake_grok::{FakeGrok, Reply};
use crate::support::{Project, claim, claims, failures, findings, in_both_dialects, model_findings, nothing_found, work, work_path};

/// A file with two equal lines, 5 and 10, and no finding of a rule.
const TWICE: &str = "\
\"\"\"Reads lists.\"\"\"


def first(items):
    return items[0]


def second(items):
    items.sort()
    return items[0]
";

/// A file in which a rule speaks on line 6.
const EVAL: &str = "\
\"\"\"Computes.\"\"\"


def compute(text):
    \"\"\"Computes what the text says.\"\"\"
    return eval(text)
";

/// A file of more than 60 KB with 600 functions.
fn large_file() -> String {
    let function = |n: usize| {
        format!(
            "def function_{n}(value):\n    \"\"\"Makes number {n} from the value.\"\"\"\n    doubled = value * 2 + {n}\n    return doubled - {n}\n\n\n"
        )
    };
    let text: String = (0..600).map(function).collect();
    assert!(text.len() > 60_000);
    text
}

/// Finds a missed case on the first line that is wrong, or nothing.
fn missed_case(quote: &'static str, line: i64) -> FakeGrok {
    FakeGrok::start(move |_| claims(&[claim("missed-case", "high", quote, line)]))
}

#[test]
fn a_second_run_sends_nothing_and_finds_the_same() {
    in_both_dialects(|dialect| {
        let fake = missed_case("return items[0]", 5);
        let project = Project::new().with_model(&fake).in_dialect(dialect);
        project.write_works(4);
        project.write("src/twice.py", TWICE);
        project.write("src/eval.py", EVAL);
        let first = project.analyze(&[]).json(0);
        assert_eq!(fake.count(), 6);
        assert_eq!(first["cost"]["requests"], 6);
        assert_eq!(first["run"]["mode"], "model");
        assert_eq!(model_findings(&first).len(), 1);
        let second = project.analyze(&[]).json(0);
        assert_eq!(fake.count(), 6);
        assert_eq!((&second["cost"]["requests"], &second["cost"]["usd"]), (&0.into(), &0.0.into()));
        assert_eq!(second["coverage"]["reused"], 6);
        assert_eq!((&second["cost"]["hits"], &second["cost"]["saved_usd"]), (&6.into(), &first["cost"]["usd"]));
        let stats = project.run(&["cache", "stats"]).text(0);
        assert!(stats.contains("6 hits, 6 misses, hit rate 50 %"), "{stats}");
        assert_eq!(findings(&first), findings(&second));
        assert_eq!(first["summary"], second["summary"]);
    });
}

/// Edits these functions of a large file one after the other; each edit asks about one chunk.
#[track_caller]
fn check_edits(edited: &[usize]) {
    let fake = FakeGrok::start(|_| nothing_found());
    let project = Project::new().with_model(&fake).with("files.limit-size", "200000");
    let mut text = large_file();
    project.write("src/large.py", &text);
    project.analyze(&[]).json(0);
    let n_chunks = fake.count();
    assert!(n_chunks >= 3, "{n_chunks} chunks");
    for (n_edits, n) in edited.iter().enumerate() {
        let (before, after) = (format!("doubled - {n}\n"), format!("doubled - {n} - value + value\n"));
        text = text.replace(&before, &after);
        project.write("src/large.py", &text);
        let document = project.analyze(&[]).json(0);
        assert_eq!(fake.count(), n_chunks + n_edits + 1, "function {n} of the large file was edited");
        assert_eq!((&document["cost"]["hits"], &document["cost"]["misses"]), (&(n_chunks - 1).into(), &1.into()));
        assert!(document["cost"]["saved_usd"].as_f64().unwrap() > 0.0);
        assert!(fake.requests()[n_chunks + n_edits].content().contains(&after));
    }
}

#[test]
fn an_edit_of_one_function_of_a_large_file_asks_about_one_chunk() {
    check_edits(&[400, 550]);
}

#[test]
fn an_edit_asks_about_one_chunk_wherever_the_function_stands() {
    check_edits(&[0, 130, 250, 599]);
}

#[test]
fn a_finding_in_a_chunk_gets_its_line_in_the_file() {
    // The line that the model counts begins with the chunk; it claims the first one.
    let fake = FakeGrok::start(|request| match request.content().contains("return doubled - 599\n") {
        true => claims(&[claim("logic-error", "medium", "return doubled - 599", 1)]),
        false => nothing_found(),
    });
    let project = Project::new().with_model(&fake).with("files.limit-size", "200000");
    let text = large_file();
    project.write("src/large.py", &text);
    let document = project.analyze(&[]).json(0);
    let expected = text.lines().position(|line| line.contains("return doubled - 599")).unwrap() + 1;
    assert_eq!(model_findings(&document).len(), 1);
    assert_eq!(model_findings(&document)[0]["line"], expected);
}

#[test]
fn a_rename_asks_nothing() {
    let fake = missed_case("return items[0]", 5);
    let project = Project::new().with_model(&fake);
    project.write("src/twice.py", TWICE);
    let first = project.analyze(&[]).json(0);
    project.write("src/lists/other.py", "");
    fs::rename(project.path("src/twice.py"), project.path("src/lists/other.py")).unwrap();
    let second = project.analyze(&[]).json(0);
    // As a test the file is judged by other rules, but the question stays the same.
    project.write("src/tests/test_lists.py", "");
    fs::rename(project.path("src/lists/other.py"), project.path("src/tests/test_lists.py")).unwrap();
    let third = project.analyze(&[]).json(0);
    assert_eq!(fake.count(), 1);
    assert_eq!(second["files"][0]["path"], "src/lists/other.py");
    assert_eq!(third["files"][0]["role"], "test");
    assert_eq!(findings(&first), findings(&second));
    assert_eq!(model_findings(&first), model_findings(&third));
}

#[test]
fn a_touched_file_asks_nothing() {
    let fake = FakeGrok::start(|_| nothing_found());
    let project = Project::new().with_model(&fake);
    project.write_works(2);
    project.analyze(&[]).json(0);
    let file = File::options().write(true).open(project.path(&work_path(0))).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
    let second = project.analyze(&[]).json(0);
    assert_eq!(fake.count(), 2);
    assert_eq!(second["coverage"]["reused"], 2);
}

#[test]
fn an_edited_file_asks_about_itself_alone() {
    let fake = FakeGrok::start(|_| nothing_found());
    let project = Project::new().with_model(&fake);
    project.write_works(3);
    project.analyze(&[]).json(0);
    project.write(&work_path(1), &work(100));
    let second = project.analyze(&[]).json(0);
    assert_eq!(fake.count(), 4);
    assert!(fake.requests()[3].content().contains("work_100"));
    assert_eq!((&second["coverage"]["reused"], &second["coverage"]["analyzed"]), (&2.into(), &1.into()));
}

#[test]
fn copies_of_a_file_are_asked_about_once() {
    let fake = missed_case("return items[0]", 5);
    let project = Project::new().with_model(&fake);
    project.write("src/a.py", TWICE);
    project.write("src/b.py", TWICE);
    let document = project.analyze(&[]).json(0);
    assert_eq!(fake.count(), 1);
    assert_eq!(model_findings(&document).len(), 2);
}

#[test]
fn fresh_asks_again_and_keeps_what_it_gets() {
    let fake = FakeGrok::start(|request| match request.index {
        0 => nothing_found(),
        _ => claims(&[claim("missed-case", "high", "return items[0]", 5)]),
    });
    let project = Project::new().with_model(&fake);
    project.write("src/twice.py", TWICE);
    assert!(model_findings(&project.analyze(&[]).json(0)).is_empty());
    assert_eq!(model_findings(&project.analyze(&["--fresh"]).json(0)).len(), 1);
    assert_eq!(fake.count(), 2);
    assert_eq!(model_findings(&project.analyze(&[]).json(0)).len(), 1);
    assert_eq!(fake.count(), 2);
}

#[test]
fn a_kept_answer_is_used_when_a_file_comes_back() {
    let fake = FakeGrok::start(|_| nothing_found());
    let project = Project::new().with_model(&fake);
    for n in [1, 2, 1] {
        project.write("src/a.py", &work(n));
        project.analyze(&[]).json(0);
    }
    assert_eq!(fake.count(), 2);
}

#[test]
fn an_invented_quote_is_dropped_and_counted() {
    let fake = FakeGrok::start(|_| {
        claims(&[claim("injection", "critical", "os.system(user_input)", 5), claim("missed-case", "low", "return items[0]", 5)])
    });
    let project = Project::new().with_model(&fake);
    project.write("src/twice.py", TWICE);
    let document = project.analyze(&["--fail-on", "critical"]).json(0);
    assert_eq!(document["summary"]["dropped"], 1);
    assert_eq!(document["summary"]["findings"]["critical"], 0);
    assert_eq!(model_findings(&document).len(), 1);
    let page = project.run(&["analyze", "file", "src/twice.py", "--progress", "never"]).text(0);
    assert!(page.contains("dropped"), "{page}");
    assert_eq!(fake.count(), 1);
}

#[test]
fn a_wrong_line_is_corrected_by_the_quote() {
    // Claimed line, and the line of the nearest of the two equal ones.
    const LINES: [(i64, i64); 5] = [(7, 5), (8, 10), (99, 10), (0, 5), (-4, 5)];
    let fake = FakeGrok::start(|request| {
        let is_asked = |n: &usize| request.content().contains(&format!("# File {n}."));
        let (claimed, _) = LINES[(0..LINES.len()).find(is_asked).unwrap()];
        claims(&[claim("missed-case", "high", "return items[0]", claimed)])
    });
    let project = Project::new().with_model(&fake);
    for n in 0..LINES.len() {
        project.write(&format!("src/file_{n}.py"), &format!("{TWICE}\n\n# File {n}.\n"));
    }
    let document = project.analyze(&[]).json(0);
    let found = model_findings(&document);
    assert_eq!(found.len(), LINES.len());
    for (finding, (claimed, expected)) in found.iter().zip(LINES) {
        assert_eq!((&finding["line"], &finding["column"]), (&expected.into(), &5.into()), "line {claimed} was claimed");
        assert_eq!(finding["quote"], "    return items[0]");
    }
}

#[test]
fn a_quote_with_other_white_space_is_found() {
    let fake = missed_case("items.sort()\nreturn  items[0]", 9);
    let project = Project::new().with_model(&fake);
    project.write("src/twice.py", TWICE);
    let document = project.analyze(&[]).json(0);
    let found = model_findings(&document);
    assert_eq!((&found[0]["line"], &found[0]["end_line"]), (&9.into(), &10.into()));
    assert_eq!(found[0]["quote"], "    items.sort()\n    return items[0]");
}

#[test]
fn what_a_rule_and_the_model_both_found_is_one_finding() {
    let fake = FakeGrok::start(|_| claims(&[claim("injection", "high", "return eval(text)", 6)]));
    let project = Project::new().with_model(&fake);
    project.write("src/eval.py", EVAL);
    let document = project.analyze(&[]).json(0);
    let security: Vec<&Value> = findings(&document).into_iter().filter(|finding| finding["category"] == "security").collect();
    assert_eq!(security.len(), 1);
    assert_eq!((&security[0]["rule"], &security[0]["origin"]), (&"eval".into(), &"static".into()));
    assert_eq!(document["summary"]["dropped"], 0);
}

#[test]
fn another_fault_on_the_line_of_a_rule_is_a_finding_of_its_own() {
    let fake = FakeGrok::start(|_| claims(&[claim("error-handling", "medium", "return eval(text)", 6)]));
    let project = Project::new().with_model(&fake);
    project.write("src/eval.py", EVAL);
    let document = project.analyze(&[]).json(0);
    assert_eq!(model_findings(&document).len(), 1);
    assert!(findings(&document).iter().any(|finding| finding["rule"] == "eval"));
}

#[test]
fn a_finding_of_the_model_says_so_and_is_known_again_after_a_line_shift() {
    let fake = missed_case("return items[0]", 5);
    let project = Project::new().with_model(&fake);
    project.write("src/twice.py", TWICE);
    let first = project.analyze(&[]).json(0);
    project.write("src/twice.py", &TWICE.replacen("\n\n", "\n\nLIMIT = 7\nOTHER = 8\n\n", 1));
    let second = project.analyze(&[]).json(0);
    let (before, after) = (model_findings(&first)[0], model_findings(&second)[0]);
    assert_eq!((&before["origin"], &before["analyzer"], &before["rule"]), (&"model".into(), &"review".into(), &"missed-case".into()));
    assert_eq!((&before["severity"], &before["category"], &before["confidence"]), (&"high".into(), &"correctness".into(), &90.into()));
    assert_eq!((&before["line"], &after["line"]), (&5.into(), &8.into()));
    assert_eq!(before["fingerprint"], after["fingerprint"]);
    assert_eq!(before["fingerprint"].as_str().unwrap().len(), 16);
}

#[test]
fn a_finding_of_the_model_hits_the_gate() {
    let fake = missed_case("return items[0]", 5);
    let project = Project::new().with_model(&fake);
    project.write("src/twice.py", TWICE);
    let document = project.analyze(&["--fail-on", "high"]).json(1);
    assert_eq!((&document["run"]["gate"]["passed"], &document["run"]["outcome"]), (&false.into(), &"findings".into()));
    project.analyze(&["--fail-on", "critical"]).json(0);
    assert_eq!(fake.count(), 1);
}

#[test]
fn a_finding_of_the_model_lowers_the_score() {
    let fake = missed_case("return items[0]", 5);
    let project = Project::new().with_model(&fake);
    project.write("src/twice.py", TWICE);
    let with_model = project.analyze(&[]).json(0);
    let without = project.analyze(&["--no-model"]).json(0);
    let overall = |document: &Value| document["files"][0]["score"]["overall"].as_f64().unwrap();
    assert!(overall(&with_model) < overall(&without));
}

#[test]
fn no_model_sends_nothing() {
    let fake = FakeGrok::start(|_| nothing_found());
    let project = Project::new().with_model(&fake);
    project.write("src/eval.py", EVAL);
    let document = project.analyze(&["--no-model"]).json(0);
    assert_eq!((&document["run"]["mode"], fake.count()), (&"static".into(), 0));
    assert!(findings(&document).iter().any(|finding| finding["rule"] == "eval"));
    project.with("model.mode", "off").analyze(&[]).json(0);
    assert_eq!(fake.count(), 0);
}

#[test]
fn without_a_key_a_run_is_static_and_complete() {
    let project = Project::new();
    project.write("src/eval.py", EVAL);
    let document = project.analyze(&[]).json(0);
    assert_eq!((&document["run"]["mode"], &document["run"]["outcome"]), (&"static".into(), &"findings".into()));
    assert_eq!(document["cost"]["requests"], 0);
    let page = project.run(&["analyze", "batch", "src", "--progress", "never"]).text(0);
    assert!(page.contains("static run: `XAI_API_KEY` is not set"), "{page}");
}

#[test]
fn without_a_key_a_required_model_makes_the_run_incomplete() {
    let project = Project::new().with("model.mode", "required");
    project.write("src/eval.py", EVAL);
    let document = project.analyze(&[]).json(3);
    assert_eq!(document["run"]["outcome"], "incomplete");
    let [(path, reason)] = failures(&document)[..] else { panic!("{document:#}") };
    assert_eq!(path, "src/eval.py");
    assert!(reason.contains("`XAI_API_KEY` is not set"), "{reason}");
    assert!(document["files"][0]["score"].is_null());
    assert!(findings(&document).iter().any(|finding| finding["rule"] == "eval"), "what the rules found is shown all the same");
}

#[test]
fn a_server_on_this_machine_needs_no_key() {
    let fake = FakeGrok::start(|_| nothing_found());
    let project = Project::new().with_model(&fake).with_variable("XAI_API_KEY", "");
    project.write_works(1);
    project.analyze(&[]).json(0);
    assert_eq!(fake.requests()[0].header("authorization"), None);
}

#[test]
fn an_answer_between_fences_is_taken() {
    in_both_dialects(|dialect| {
        let finding = claim("missed-case", "high", "return items[0]", 5);
        let text = format!("```json\n{{\"findings\": [{finding}]}}\n```");
        let fake = FakeGrok::start(move |_| Reply::answer(text.clone()));
        let project = Project::new().with_model(&fake).in_dialect(dialect);
        project.write("src/twice.py", TWICE);
        assert_eq!(model_findings(&project.analyze(&[]).json(0)).len(), 1);
        assert_eq!(fake.count(), 1);
    });
}

#[test]
fn another_model_than_the_one_asked_for_may_answer() {
    let fake = FakeGrok::start(|_| nothing_found().served_model("grok-4.3-0614"));
    let project = Project::new().with_model(&fake);
    project.write_works(1);
    project.analyze(&[]).json(0);
    project.analyze(&[]).json(0);
    assert_eq!(fake.count(), 1);
}
