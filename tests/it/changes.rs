//! `review:change` as a user runs it: from a diff to findings about what it touches and takes away.

use serde_json::Value;

use crate::support::fake_grok::FakeGrok;
use crate::support::{Project, claim, claims, failed, findings, nothing_found};

const OLD: &str = "import os\n\n\ndef old(a):\n    return eval(a)\n\n\ndef pay(user, amount):\n    if amount <= 0:\n        raise ValueError(amount)\n    return send(user, amount)\n";
const NEW: &str = "import os\n\n\ndef old(a):\n    return eval(a)\n\n\ndef pay(user, amount):\n    os.system(\"pay \" + user)\n    return send(user, amount)\n";
const DIFF: &str = "diff --git a/src/till.py b/src/till.py\n--- a/src/till.py\n+++ b/src/till.py\n@@ -6,6 +6,5 @@ def old(a):\n \n \n def pay(user, amount):\n-    if amount <= 0:\n-        raise ValueError(amount)\n+    os.system(\"pay \" + user)\n     return send(user, amount)\n";

fn project() -> Project {
    let project = Project::new();
    project.write("src/till.py", NEW);
    project.write("src/other.py", OLD);
    project.write("change.diff", DIFF);
    project
}

fn rules(document: &Value) -> Vec<(&str, i64)> {
    findings(document).iter().map(|found| (found["rule"].as_str().unwrap(), found["line"].as_i64().unwrap())).collect()
}

const RUN: &[&str] = &["run", "review:change", "--diff", "change.diff", "--format", "json"];

#[test]
fn a_change_is_judged_by_what_it_touches_and_takes_away() {
    let document = project().run(RUN).json(0);
    let found = rules(&document);
    assert!(found.contains(&("command-injection", 9)) && found.contains(&("removed-check", 9)), "{found:?}");
    assert!(!found.iter().any(|(rule, _)| *rule == "eval"), "what was there before is not reported: {found:?}");
    assert_eq!(document["coverage"]["found"], 1, "only files of the diff are looked at");
}

#[test]
fn a_diff_comes_from_standard_input_and_paths_narrow_it() {
    let project = project();
    let args = |path| ["review", "change", path, "--diff", "-", "--format", "json"];
    assert_eq!(rules(&project.start_with_input(&args("src"), DIFF.as_bytes()).finish().json(0)).len(), 2);
    project.write("lib/empty.txt", "");
    let nothing = project.start_with_input(&args("lib"), DIFF.as_bytes()).finish().json(0);
    assert_eq!((&nothing["coverage"]["found"], &nothing["run"]["outcome"]), (&0.into(), &"nothing".into()));
}

#[test]
fn an_unchanged_change_is_reused_and_another_is_not() {
    let project = project();
    project.run(RUN).json(0);
    assert_eq!(project.run(RUN).json(0)["coverage"]["reused"], 1);
    project.write("change.diff", &DIFF.replace("-6,6 +6,5", "-7,5 +7,4").replacen(" \n \n", " \n", 1));
    assert_eq!(project.run(RUN).json(0)["coverage"]["reused"], 0);
}

#[test]
fn a_file_that_is_not_the_new_side_leaves_the_run_incomplete() {
    let project = project();
    project.write("src/till.py", OLD);
    let document = project.run(RUN).json(3);
    assert!(failed(&document)[0]["error"].as_str().unwrap().contains("does not fit this file: line 9"), "{document}");
}

#[test]
fn a_deleted_file_is_a_row_with_its_reason() {
    let project = project();
    project.write(
        "change.diff",
        "diff --git a/gone.py b/gone.py\ndeleted file mode 100644\n--- a/gone.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-a = 1\n",
    );
    let document = project.run(RUN).json(0);
    assert_eq!(document["coverage"]["skipped"], serde_json::json!([{ "path": "gone.py", "reason": "deleted" }]));
}

#[test]
fn what_a_diff_does_not_show_of_a_source_leaves_the_run_incomplete() {
    let project = project();
    let head = "diff --git a/src/till.py b/src/till.py\nindex 1..2 100644\n";
    project.write("change.diff", &format!("{head}Binary files a/src/till.py and b/src/till.py differ\n"));
    let document = project.run(RUN).json(3);
    assert!(failed(&document)[0]["error"].as_str().unwrap().contains("what changed is not known"), "{document}");
    project.write("change.diff", &DIFF.replace("till.py", "gone.py"));
    let document = project.run(RUN).json(3);
    assert!(failed(&document)[0]["error"].as_str().unwrap().contains("it is not there"), "{document}");
}

#[test]
fn what_is_wrong_with_a_diff_is_said() {
    let project = project();
    project.write("bad.diff", "hello\n");
    project.write("out.diff", "--- a/x.py\n+++ ../outside.py\n@@ -1 +1 @@\n-a\n+b\n");
    for (args, expected) in [
        (vec!["review", "change", "src"], "there is no diff"),
        (vec!["run", "review:file", "src", "--diff", "change.diff"], "looks at no changes"),
        (vec!["run", "review:change", "--diff", "bad.diff"], "it is no unified diff"),
        (vec!["run", "review:change", "--diff", "none.diff"], "cannot read `none.diff`"),
        (vec!["review", "change", "--diff", "change.diff", "nowhere"], "and the diff has none"),
        (vec!["review", "change", "--diff", "out.diff"], "outside of the project"),
        (vec!["review", "change", "--diff", "change.diff", "--verify", " "], "`--verify` names no command"),
    ] {
        let ran = project.run(&args);
        assert!(ran.status == Some(2) && ran.stderr.contains(expected), "{args:?}: {ran:?}");
    }
}

#[test]
fn the_model_is_asked_about_the_hunks_and_heard_about_them_alone() {
    let fake = FakeGrok::start(|request| {
        let content = request.content();
        assert!(content.contains("-    if amount <= 0:\n") && content.contains("+    os.system(\"pay \" + user)\n"), "{content}");
        assert!(!content.contains("import os"), "only the lines around the change are sent: {content}");
        claims(&[
            claim("missed-case", "high", "return send(user, amount)", 10),
            claim("logic-error", "high", "import os", 1),
            claim("logic-error", "high", "invented()", 9),
        ])
    });
    let document = project().with_model(&fake).run(RUN).json(0);
    let model: Vec<(&str, i64)> = findings(&document)
        .iter()
        .filter(|found| found["origin"] == "model")
        .map(|found| (found["rule"].as_str().unwrap(), found["line"].as_i64().unwrap()))
        .collect();
    assert_eq!(model, [("missed-case", 10)]);
    assert_eq!(document["summary"]["dropped"], 2);
}

#[test]
fn a_secret_in_a_removed_line_does_not_leave_the_machine() {
    let key = "AKIAABCDEFGHIJKLMNOP";
    let fake = FakeGrok::start(move |request| {
        assert!(
            !request.content().contains(key) && request.content().contains("-    key = \"REDACTED_aws_key_1\""),
            "{}",
            request.content()
        );
        nothing_found()
    });
    let project = project().with_model(&fake);
    project.write("change.diff", &DIFF.replace("if amount <= 0:", &format!("key = \"{key}\"")));
    project.run(RUN).json(0);
    assert_eq!(fake.count(), 1);
}

#[test]
fn an_operation_for_changes_is_not_run_on_files() {
    let ran = project().with("analyzers.enabled", "review:change").run(&["analyze", "batch", "src"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("`review:change` does not look at single files"), "{ran:?}");
    let ran = project().with("analyzers.enabled", "docs").run(&["analyze", "batch", "src"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("`docs` has no operation `file`"), "{ran:?}");
}
