//! What a file is in its project, as a user sees it: in the coverage, in what the rules say, and where somebody changed it.

use serde_json::Value;

use crate::support::{Project, findings};

const EVAL: &str = "def run(text):\n    return eval(text)\n";

/// Path and role of every file that was looked at.
fn roles(document: &Value) -> Vec<(String, String)> {
    let files = document["files"].as_array().unwrap().iter();
    files.map(|file| (file["path"].as_str().unwrap().to_owned(), file["role"].as_str().unwrap().to_owned())).collect()
}

/// Path, reason and giver of every file that was declined.
fn skipped(document: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let skipped = document["coverage"]["skipped"].as_array().unwrap().iter();
    skipped.map(|row| (text(&row["path"]), text(&row["reason"]), text(&row["given_by"]))).collect()
}

fn row(path: &str, reason: &str, by: &str) -> (String, String, String) {
    (path.to_owned(), reason.to_owned(), by.to_owned())
}

#[test]
fn what_is_not_code_of_the_project_is_declined_with_its_role() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    project.write("src/api.gen.py", EVAL);
    project.write("tests/data/input.py", EVAL);
    project.write("third_party/b.py", EVAL);
    project.write("package.json", "{}\n");
    project.write("dist/all.js", "eval(x);\n");
    let document = project.run(&["analyze", "batch", ".", "--no-model", "--format", "json"]).json(0);
    assert_eq!(roles(&document), [("src/a.py".to_owned(), "source".to_owned())]);
    let rows = skipped(&document);
    for expected in [row("dist/all.js", "bundle", ""), row("src/api.gen.py", "generated", ""), row("tests/data/input.py", "fixture", "")] {
        assert!(rows.contains(&expected), "{expected:?}: {rows:?}");
    }
    assert!(rows.iter().any(|(path, reason, _)| path.starts_with("third_party") && reason == "vendored"), "{rows:?}");
    // All of them, on demand.
    let all = "files.roles=source,test,fixture,generated,bundle,vendored";
    let document = project.run(&["analyze", "batch", ".", "--no-model", "--format", "json", "--set", all]).json(0);
    assert!(findings(&document).len() >= 4, "{document}");
}

#[test]
fn a_package_of_java_is_no_example_and_rules_stay_on() {
    let project = Project::new();
    let dao = "class Dao { void f(java.sql.Statement s, String x) throws Exception { s.executeQuery(\"select a from b where c = '\" + x + \"'\"); } }\n";
    for folder in ["com/example/demo", "org/acme/samples", "com/acme/testing"] {
        project.write(&format!("src/main/java/{folder}/Dao.java"), dao);
    }
    let document = project.analyze(&["--no-model"]).json(0);
    assert_eq!(findings(&document).iter().filter(|finding| finding["severity"] == "critical").count(), 3, "{document}");
}

#[test]
fn what_is_serious_stays_on_in_tests_one_step_lower() {
    let project = Project::new();
    let text = "import requests\n\ndef test_get():\n    assert requests.get(\"https://x.org\", verify=False, timeout=3).ok\n";
    project.write("src/a.py", text);
    project.write("tests/test_a.py", text);
    let document = project.run(&["analyze", "batch", ".", "--no-model", "--format", "json"]).json(0);
    let found: Vec<(&str, &str)> = findings(&document)
        .iter()
        .filter(|finding| finding["rule"] == "tls-verification-disabled")
        .map(|finding| (finding["path"].as_str().unwrap_or(""), finding["severity"].as_str().unwrap()))
        .collect();
    assert_eq!(found.iter().map(|(_, severity)| *severity).collect::<Vec<_>>(), ["high", "medium"], "{document}");
}

#[test]
fn a_file_of_the_project_may_give_a_role_and_is_named() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    project.write("src/b.py", EVAL);
    project.write("lib/c.py", EVAL);
    project.write(".gitattributes", "src/a.py linguist-generated\n");
    project.write("devflow.toml", "[[override]]\npaths = [\"src/b.py\"]\nrole = \"vendored\"\n");
    let document = project.run(&["analyze", "batch", ".", "--no-model", "--format", "json"]).json(0);
    let rows = skipped(&document);
    assert!(rows.contains(&row("src/a.py", "generated", ".gitattributes")), "{rows:?}");
    assert!(rows.contains(&row("src/b.py", "vendored", "devflow.toml")), "{rows:?}");
    assert_eq!(roles(&document).len(), 1);
    // Whoever names a file wants it looked at: a change could take itself out of the review that way.
    let document = project.run(&["analyze", "batch", "src/a.py", "src/b.py", "--no-model", "--format", "json"]).json(0);
    assert_eq!(findings(&document).len(), 2, "{document}");
}

#[test]
fn an_override_changes_the_role_and_a_later_run_knows_it() {
    let project = Project::new();
    project.write("tests/a.py", "def test_a():\n    print(1)\n    assert a() == 1\n");
    let run = || project.run(&["analyze", "batch", ".", "--no-model", "--format", "json"]).json(0);
    assert_eq!(roles(&run()), [("tests/a.py".to_owned(), "test".to_owned())]);
    project.write("devflow.toml", "[[override]]\npaths = [\"tests/**\"]\nrole = \"script\"\n");
    assert_eq!(roles(&run()), [("tests/a.py".to_owned(), "script".to_owned())]);
}

#[test]
fn a_role_that_the_folders_around_give_is_asked_again_in_every_run() {
    let project = Project::new();
    project.write("shop/testing/client.py", EVAL);
    let run = || project.run(&["analyze", "batch", ".", "--no-model", "--format", "json"]).json(0);
    assert_eq!(roles(&run())[0].1, "test");
    // Inside of a package, `testing` is a part of it.
    project.write("shop/__init__.py", "\"\"\"A shop.\"\"\"\n");
    let document = run();
    assert!(roles(&document).contains(&("shop/testing/client.py".to_owned(), "source".to_owned())), "{document}");
}
