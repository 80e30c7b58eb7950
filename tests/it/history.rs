//! Kept runs: shown again for nothing, listed, compared.

use serde_json::Value;

use crate::support::Project;

const EVAL: &str = "def run(text):\n    \"\"\"Runs.\"\"\"\n    return eval(text)\n";

fn project() -> Project {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    project.write("src/b.py", "x = 1\n");
    project.write("notes.txt", "no source\n");
    project
}

/// What two documents of one run must have in common.
fn lasting(document: &Value) -> Value {
    let mut document = document.clone();
    for file in document["files"].as_array_mut().unwrap() {
        file.as_object_mut().unwrap().remove("reused");
    }
    document
}

fn analyze(project: &Project, status: i32) -> Value {
    project.run(&["analyze", "batch", ".", "--format", "json"]).json(status)
}

#[test]
fn a_kept_run_is_shown_again_as_it_was() {
    for (project, status) in [(project(), 0), (project().with("model.mode", "required"), 3)] {
        let first = analyze(&project, status);
        // Neither a change of the tree nor another run touches it.
        project.write("src/a.py", "x = 2\n");
        analyze(&project, status);
        let id = first["run"]["id"].as_str().unwrap();
        let again = project.run(&["report", id, "--format", "json"]).json(0);
        assert_eq!(lasting(&again), lasting(&first));
        let text = project.run(&["report", "last~1"]).text(0);
        assert!(text.contains("src/a.py:3:12") && text.contains("3 found"), "{text}");
    }
}

#[test]
fn a_run_over_a_project_is_shown_again_with_what_it_made() {
    let project = project();
    let first = project.run(&["run", "docs:architecture", ".", "--format", "json"]).json(0);
    let again = project.run(&["report", "last", "--format", "json"]).json(0);
    assert_eq!(lasting(&again), lasting(&first));
    assert!(!again["artifacts"].as_array().unwrap().is_empty());
}

#[test]
fn every_format_comes_from_a_kept_run_too() {
    let project = project();
    let formats = ["markdown", "sarif", "gitlab", "github", "junit", "checkstyle", "rdjsonl", "csv"];
    analyze(&project, 0);
    let of_run: Vec<String> = formats.iter().map(|format| project.run(&["report", "last", "--format", format]).text(0)).collect();
    assert!(of_run.iter().all(|text| text.contains("eval")), "{of_run:?}");
    project.run(&["report", "last", "--output", "r.sarif"]).text(0);
    assert_eq!(std::fs::read_to_string(project.path("r.sarif")).unwrap(), of_run[1]);
}

#[test]
fn what_changed_between_two_runs_is_told() {
    let project = project();
    analyze(&project, 0);
    project.write("src/a.py", "x = 1\n");
    project.write("src/c.py", &format!("\n\n{EVAL}"));
    project.write("src/d.py", "import os\n\n\ndef go(name):\n    \"\"\"Goes.\"\"\"\n    os.system(\"ls \" + input(name))\n");
    analyze(&project, 0);
    let diff = project.run(&["report", "diff", "last~1", "last", "--format", "json"]).json(0);
    let paths = |list: &str| diff[list].as_array().unwrap().iter().map(|at| at["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    // The code of `a.py` moved to `c.py`, some lines down.
    assert_eq!((paths("new"), paths("fixed"), &diff["unchanged"]), (vec!["src/d.py".to_owned()], vec![], &1.into()));
    assert_eq!(diff["files"][0]["path"], "src/a.py");
    let text = project.run(&["report", "diff", "last~1"]).text(0);
    assert!(text.contains("1 new, 0 fixed, 1 unchanged") && text.contains("critical src/d.py:6:5"), "{text}");
    project.write("src/d.py", "x = 1\n");
    analyze(&project, 0);
    let page = project.run(&["report", "diff", "last~1", "last", "--format", "markdown"]).text(0);
    assert!(page.contains("**0 new, 1 fixed, 1 unchanged**") && page.contains("## Fixed"), "{page}");
}

#[test]
fn a_fix_that_nobody_looked_at_is_not_called_one_without_a_word() {
    let project = project();
    analyze(&project, 0);
    project.run(&["analyze", "batch", ".", "--set", "model.mode=required", "--set", "analyzers.enabled=docs:check"]);
    let text = project.run(&["report", "diff", "last~1", "last"]).text(0);
    assert!(text.contains("what seems fixed may not have been looked at"), "{text}");
    // Another operation, and another folder: neither fixes anything.
    for args in [vec!["run", "docs:check", "--no-model"], vec!["analyze", "batch", "lib", "--no-model"]] {
        analyze(&project, 0);
        project.write("lib/other.py", "x = 1\n");
        assert!(project.run(&args).status < Some(2));
        let text = project.run(&["report", "diff", "last~1", "last"]).text(0);
        assert!(text.contains("0 fixed") && text.contains("not looked at") && !text.contains("Fixed"), "{args:?}: {text}");
    }
}

#[test]
fn a_look_at_one_score_is_no_run_of_the_history() {
    let project = project();
    analyze(&project, 0);
    project.run(&["explain", "src/a.py"]).text(0);
    assert_eq!(project.run(&["report", "list"]).text(0).lines().count(), 1);
}

#[test]
fn a_rule_that_was_turned_off_fixes_nothing() {
    let project = project();
    let off = [
        "[analyzers]\ndisabled-rules = [\"eval\"]\n",
        "[analyzers]\ndisabled-rules = [\"review/eval\"]\n",
        "[[override]]\npaths = [\"**/*.py\"]\ndisabled-rules = [\"eval\"]\n",
        "[[override]]\npaths = [\"**\"]\nanalyzers = [\"docs\"]\n",
    ];
    for settings in off {
        project.write("devflow.toml", "");
        analyze(&project, 0);
        let before = project.run(&["report", "last", "--format", "json"]).json(0)["summary"]["findings"]["high"].clone();
        assert!(before.as_u64().unwrap() > 0);
        project.write("devflow.toml", settings);
        project.run(&["analyze", "batch", ".", "--no-model", "--set", "analyzers.enabled=review,docs:check"]).text(0);
        let comparison = project.run(&["report", "diff", "last~1", "last", "--format", "json"]).json(0);
        let rules = |key: &str| comparison[key].as_array().unwrap().iter().map(|at| at["rule"].clone()).collect::<Vec<_>>();
        assert!(rules("unseen").contains(&"eval".into()) && !rules("fixed").contains(&"eval".into()), "{settings}: {comparison}");
    }
    // Nor does a script that drops it.
    project.write("devflow.toml", "[pipeline.judged]\nscript = \"judge.rhai\"\nmodel.mode = \"off\"\n");
    project.write("judge.rhai", "fn on_finding(finding) { finding.rule != \"eval\" }\n");
    analyze(&project, 0);
    project.run(&["run", "judged"]).text(0);
    let text = project.run(&["report", "diff", "last~1", "last"]).text(0);
    assert!(!text.contains("Fixed") && text.contains("1 not looked at"), "{text}");
    // Where the rule is on, what is gone is fixed.
    project.write("devflow.toml", "[[override]]\npaths = [\"elsewhere/**\"]\ndisabled-rules = [\"eval\"]\n");
    analyze(&project, 0);
    for path in ["a.py", "src/a.py"].iter().filter(|path| project.path(path).exists()) {
        project.write(path, "x = 1\n");
    }
    analyze(&project, 0);
    let text = project.run(&["report", "diff", "last~1", "last"]).text(0);
    assert!(text.contains("Fixed") && !text.contains("not looked at"), "{text}");
}

#[test]
fn what_is_wrong_with_a_run_is_said() {
    let project = project();
    for (args, status, expected) in [
        (vec!["report", "last"], 2, "no run `last` is kept"),
        (vec!["report"], 2, "no run was named"),
        (vec!["report", "nobody"], 2, "no run `nobody` is kept"),
        (vec!["report", "last", "--format", "template:none"], 2, "there is no template `none`"),
    ] {
        let ran = project.run(&args);
        assert!(ran.status == Some(status) && ran.stderr.contains(expected), "{args:?}: {ran:?}");
    }
    assert!(project.run(&["report", "list"]).text(0).contains("no run on this project is kept"));
    analyze(&project, 0);
    assert!(project.run(&["report", "list"]).text(0).contains("findings"));
    project.run(&["cache", "clear"]).text(0);
    assert!(project.run(&["report", "last"]).text(0).contains("eval"), "a kept run keeps its results");
}

#[test]
fn an_unchanged_run_reads_no_full_result_that_it_does_not_show() {
    let project = Project::new();
    project.write("src/a.py", "x = 1\n");
    analyze(&project, 0);
    // A file that was written just before it was looked at is read once more.
    analyze(&project, 0);
    // Whoever reads one now finds that it is none.
    let database = rusqlite::Connection::open(project.database()).unwrap();
    assert_eq!(database.execute("UPDATE results SET body = 'none'", []).unwrap(), 1);
    let text = project.run(&["analyze", "batch", ".", "--no-model"]).text(0);
    assert!(text.contains("1 reused"), "{text}");
}
