//! Owns the proof that findings are compared with marked places as the documentation says, and that mistakes of a set are told.

use serde_json::Value;

use crate::green::repository;
use crate::support::{Project, Ran};

/// What a run that ended with a status said on its error stream.
fn told(ran: Ran, status: i32) -> String {
    assert_eq!(ran.status, Some(status), "{ran:?}");
    ran.stderr
}

const HEAD: &str = "{\"schema\":\"devflow.truth/1\",\"root\":\".\"}\n";

/// A project with a hole in line 2, a harmless neighbour in line 4 and a second hole that is a test.
fn project() -> Project {
    let project = Project::new();
    project.write("src/a.py", "def f(x):\n    eval(x)\ndef g():\n    eval('1')\n");
    project.write("tests/test_b.py", "def test_f(x):\n    eval(x)\n");
    project
}

fn case(path: &str, line: u32, topic: &str, must: bool) -> String {
    format!("{{\"path\":\"{path}\",\"start\":{line},\"end\":{line},\"topic\":\"{topic}\",\"must\":{must}}}\n")
}

fn figures(project: &Project, arguments: &[&str]) -> Value {
    project.run(&[&["eval", "score", "set.jsonl", "--format", "json"], arguments].concat()).json(0)
}

fn counts(figures: &Value) -> [u64; 4] {
    ["found", "missed", "wrong", "silent"].map(|key| figures["all"][key].as_u64().unwrap())
}

#[test]
fn a_set_is_scored_now_by_a_kept_run_and_by_the_log_of_a_tool() {
    let project = project();
    let cases = [case("src/a.py", 2, "eval", true), case("src/a.py", 4, "CWE-95", false), case("src/a.py", 3, "sql-injection", true)];
    project.write("set.jsonl", &[HEAD, &cases.concat()].concat());
    let now = figures(&project, &[]);
    assert_eq!(counts(&now), [1, 1, 0, 1]);
    assert_eq!(now["topics"][1]["name"], "eval");
    assert_eq!(now["languages"][0]["name"], "python");
    assert_eq!(now["rules"][0]["name"], "review/eval");
    project.run(&["analyze", "batch", ".", "--no-model", "-o", "log.sarif"]).text(0);
    assert_eq!(figures(&project, &["last"])["all"], now["all"]);
    assert_eq!(figures(&project, &["--sarif", "log.sarif"])["all"], now["all"], "our own log has our own rules");
    let log = std::fs::read_to_string(project.path("log.sarif")).unwrap();
    project.write(
        "log.sarif",
        &log.replace("\"name\": \"devflow\"", "\"name\": \"other\"").replace("\"name\":\"devflow\"", "\"name\":\"other\""),
    );
    assert_eq!(figures(&project, &["--sarif", "log.sarif"])["all"]["missed"], 2, "a rule of another tool is no rule of ours");
    project.write("set.jsonl", &[HEAD, &case("src/a.py", 2, "CWE-95", true)].concat());
    assert_eq!(counts(&figures(&project, &["--sarif", "log.sarif"])), [1, 0, 0, 0], "weaknesses are the same in every tool");
    let text = project.run(&["eval", "score", "set.jsonl", "--list", "found"]).text(0);
    assert!(text.contains("1 of 1, too few") && text.contains("found     src/a.py:2  CWE-95  by review/eval"), "{text}");
}

#[test]
fn what_was_not_looked_at_is_counted_nowhere() {
    let project = project();
    project.write("src/b.py", "def f(x):\n    eval(x)\n");
    project.write("src/c.py", "");
    let cases = [case("src/a.py", 2, "eval", true), case("src/b.py", 2, "eval", true), case("src/c.py", 1, "eval", false)];
    project.write("set.jsonl", &[HEAD, &cases.concat()].concat());
    assert_eq!(counts(&figures(&project, &[])), [2, 0, 0, 0], "an empty file was declined: it is not right either");
    project.run(&["analyze", "batch", "src/a.py", "src/b.py", "--no-model"]).text(0);
    project.write("src/b.py", "def f(x):\n    pass\n");
    let ran = project.run(&["eval", "score", "set.jsonl", "last"]);
    assert_eq!(ran.status, Some(3), "{ran:?}");
    assert!(ran.stdout.contains("1 of 1, too few") && ran.stdout.contains("2 places stand in files that were not looked at"), "{ran:?}");
    // A mark at the start of a source is a part of it.
    project.write("src/b.py", "\u{feff}def f(x):\n    eval(x)\n");
    let now = figures(&project, &[]);
    assert_eq!((counts(&now), now["not_looked_at"].as_u64()), ([2, 0, 0, 0], Some(1)));
    let said = told(project.run(&["eval", "score", "set.jsonl", "--format", "json", "--list", "missed"]), 2);
    assert!(said.contains("do not go together"), "{said}");
    project.write("mine.txt", "words\n");
    let said = told(project.run(&["eval", "plant", "src", "--into", "copy", "-o", "mine.txt"]), 2);
    assert!(said.contains("is there and is no set"), "{said}");
    let said = told(project.run(&["eval", "plant", "src", "--into", "src/copy", "-o", "s.jsonl"]), 2);
    assert!(said.contains("inside of the repository"), "{said}");
    let said = told(project.run(&["eval", "plant", "src", "--into", "tests/../src/copy", "-o", "s.jsonl"]), 2);
    assert!(said.contains("inside of the repository"), "{said}");
}

#[test]
fn the_role_of_a_set_is_the_role_of_all_its_files() {
    let project = project();
    let cases = case("tests/test_b.py", 2, "eval", true);
    let head = |more: &str| format!("{{\"schema\":\"devflow.truth/1\",\"root\":\".\",\"at-least\":\"high\"{more}}}\n");
    project.write("set.jsonl", &[head(""), cases.clone()].concat());
    let as_test = counts(&figures(&project, &[]));
    project.write("set.jsonl", &[head(",\"role\":\"source\""), cases].concat());
    let as_source = counts(&figures(&project, &[]));
    assert_eq!((as_test, as_source), ([0, 1, 0, 0], [1, 0, 0, 0]));
}

#[test]
fn mistakes_of_a_set_are_told_with_their_lines() {
    let project = project();
    let cases = [case("src/a.py", 2, "evl", true), case("src/b.py", 2, "eval", true), case("../a.py", 2, "eval", true)];
    project.write("set.jsonl", &[HEAD, &cases.concat()].concat());
    let said = told(project.run(&["eval", "score", "set.jsonl"]), 2);
    for part in ["set.jsonl:2:1", "unknown topic `evl`", "`eval` is one", "set.jsonl:3:1", "there is no file `src/b.py`", "`../a.py`"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    project.write("set.jsonl", "{\"schema\":\"devflow.truth/1\",\"root\":\"nowhere\"}\n");
    let said = told(project.run(&["eval", "score", "set.jsonl"]), 2);
    assert!(said.contains("nowhere") && said.contains("relative to the file of the set"), "{said}");
}

#[test]
fn a_set_is_for_one_commit() {
    let project = repository(&[("a.py", "def f(x):\n    eval(x)\n")]);
    let commit = std::fs::read_to_string(project.path(".git/refs/heads/main")).unwrap();
    let set = |commit: &str| {
        let head = format!("{{\"schema\":\"devflow.truth/1\",\"root\":\".\",\"commit\":\"{commit}\"}}\n");
        project.write("set.jsonl", &[head, case("a.py", 2, "eval", true)].concat());
    };
    set(commit.trim());
    assert_eq!(counts(&figures(&project, &[])), [1, 0, 0, 0]);
    set("0123456789");
    let said = told(project.run(&["eval", "score", "set.jsonl"]), 2);
    assert!(said.contains("for the commit `0123456789`") && said.contains(commit.trim()), "{said}");
}

#[test]
fn sets_are_made_of_what_others_marked() {
    let project = Project::new();
    project.write(
        "suite/python/eval.yaml",
        "rules:\n  - id: bad-eval\n    metadata:\n      cwe: \"CWE-95: Eval\"\n  - id: style\n    message: x\n",
    );
    project.write(
        "suite/python/eval.py",
        "def f(x):\n    # ruleid: bad-eval\n    eval(x)\n    # ok: bad-eval\n    eval('1')\n    # ruleid: style\n    y = 1\n",
    );
    let said = project.run(&["eval", "import", "semgrep", "suite", "-o", "set.jsonl"]).text(0);
    assert_eq!(said, "set.jsonl: 1 places that must be found, 1 where nothing may be; 1 marks of rules without a weakness were left out\n");
    assert_eq!(counts(&figures(&project, &[])), [1, 0, 0, 1]);
    project.write("owasp/src/T1.java", "class T1 {\n  void f(Runtime r, String s) throws Exception { r.exec(s); }\n}\n");
    project.write("owasp/expected.csv", "# name, category, real, cwe\nT1,cmdi,true,78\n");
    project.run(&["eval", "import", "owasp", "owasp/expected.csv", "owasp", "-o", "set.jsonl"]).text(0);
    let figures = figures(&project, &[]);
    assert_eq!(figures["all"]["found"].as_u64().unwrap() + figures["all"]["missed"].as_u64().unwrap(), 1);
    project.write("empty/x.py", "");
    let said = told(project.run(&["eval", "import", "semgrep", "empty", "-o", "set.jsonl"]), 2);
    assert!(said.contains("nothing is marked in `empty`"), "{said}");
}

#[test]
fn planted_defects_are_where_the_set_says_and_found_there() {
    let project = Project::new();
    let function = |n: usize| {
        format!(
            "def f_{n}(text, other):\n    count = int(text)\n    if count == other:\n        return hashlib.sha256(text).hexdigest()\n    return None\n"
        )
    };
    let text: Vec<String> = (0..40).map(|n| function(n) + "\n".repeat(20).as_str()).collect();
    project.write("repo/src/a.py", &["import hashlib\n", &text[..20].concat()].concat());
    project.write("repo/src/b.py", &["import hashlib\n", &text[20..].concat()].concat());
    project.write("repo/tests/test_a.py", &["import hashlib\n", &text.concat()].concat());
    project.write("repo/README.md", "Words.\n");
    project.write("repo/a%b.txt", "a name that our paths escape\n");
    let plant = ["eval", "plant", "repo", "-n", "4", "--only", "run-as-code,weak-hash", "-o", "set.jsonl", "--into"];
    let said = project.run(&[&plant[..], &["copy"]].concat()).text(0);
    assert_eq!(said, "set.jsonl: 4 defects in the copy, 4 places like them that were left\n");
    assert_eq!(std::fs::read_to_string(project.path("copy/README.md")).unwrap(), "Words.\n");
    assert_eq!(
        std::fs::read_to_string(project.path("copy/tests/test_a.py")).unwrap(),
        std::fs::read_to_string(project.path("repo/tests/test_a.py")).unwrap(),
        "tests stay as they are"
    );
    assert!(project.path("copy/a%b.txt").exists(), "names stay as they are");
    assert_eq!(counts(&figures(&project, &[])), [4, 0, 0, 4]);
    let said = told(project.run(&[&plant[..], &["copy"]].concat()), 2);
    assert!(said.contains("is there") && said.contains("name a folder that is not there"), "{said}");
    let said = told(project.run(&["eval", "plant", "repo", "--only", "evil", "-o", "s.jsonl", "--into", "c"]), 2);
    assert!(said.contains("no kind of defect `evil`") && said.contains("run-as-code"), "{said}");
}

#[test]
fn the_page_names_every_kind_of_defect() {
    let page = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/eval.md")).unwrap();
    let named: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(name, _)| name).collect();
    let mut kinds: Vec<&str> = devflow::eval::operators().iter().map(|operator| operator.name).collect();
    kinds.retain(|kind| !named.contains(kind));
    assert!(kinds.is_empty(), "{kinds:?}");
}
