//! Scripts as a user runs them: those that come with devflow, each on a project; what ends them, and with which status.

use std::process::Command;

use crate::support::fake_grok::{FakeGrok, Reply};
use crate::support::{Project, claim, claims, nothing_found};

const EVAL: &str = "def run(text):\n    \"\"\"Runs.\"\"\"\n    return eval(text)\n";
const PLAIN: &str = "x = 1\n";

fn git(project: &Project, args: &[&str]) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
    assert!(Command::new("git").current_dir(project.path(".")).args(identity).args(args).output().unwrap().status.success(), "{args:?}");
}

/// A repository with two commits, of which the second touches one file.
fn repository() -> Project {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    project.write("src/b.py", PLAIN);
    project.write("lib/c.py", PLAIN);
    git(&project, &["init", "-q", "-b", "main"]);
    git(&project, &["add", "."]);
    git(&project, &["commit", "-q", "-m", "one"]);
    project.write("src/a.py", &format!("{EVAL}\n\n{PLAIN}"));
    git(&project, &["commit", "-q", "-am", "two"]);
    project
}

fn run(project: &Project, name: &str, args: &[&str], status: i32) -> String {
    project.run(&[&["script", "run", name, "--"], args].concat()).text(status)
}

#[test]
fn hot_files_first_looks_at_what_changes_and_is_hard() {
    let project = repository();
    project.write("src/b.py", "def f(a):\n    if a:\n        for b in a:\n            if b:\n                return b\n");
    git(&project, &["commit", "-q", "-am", "three"]);
    let text = run(&project, "hot-files-first", &["--since", "10 years ago", "--most", "2", "--report", "hot.md"], 0);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[1].contains("src/b.py") && lines[2].contains("src/a.py") && lines[3].contains("2 hottest of 3 files"), "{text}");
    assert!(std::fs::read_to_string(project.path("hot.md")).unwrap().starts_with("# devflow report"));
}

#[test]
fn changed_since_gates_what_differs() {
    let project = repository();
    assert!(run(&project, "changed-since", &["--base", "main"], 0).contains("nothing differs from main"));
    let text = run(&project, "changed-since", &["--base", "HEAD~1", "--report", "review.md"], 1);
    assert!(text.contains("1 files differ from HEAD~1: 0 critical, 1 high") && text.contains("the gate is hit"), "{text}");
    assert!(project.path("review.md").is_file());
    run(&project, "changed-since", &["--base", "HEAD~1", "--fail-on", "critical"], 0);
}

#[test]
fn budget_sweep_stops_when_the_money_is_gone() {
    let fake = FakeGrok::start(|_| nothing_found().ticks(Some(40_000_000)));
    let project = Project::new().with_model(&fake);
    for n in 0..12 {
        project.write(&format!("src/m{n}.py"), &format!("{EVAL}\n\nn = {n}\n"));
    }
    let text = run(&project, "budget-sweep", &["src", "--usd", "0.03"], 0);
    // A question is set aside with 1.2 cents, and costs 0.4.
    assert!(text.contains("5 of 12 files were asked about, for 0.02 USD of 0.03"), "{text}");
    assert_eq!(fake.count(), 5);
    // The next one goes on where this one ended: what was answered is kept.
    run(&project, "budget-sweep", &["src", "--usd", "0.03"], 0);
    assert!(fake.count() > 5 && fake.count() <= 12, "{}", fake.count());
}

#[test]
fn quality_trend_fails_when_the_score_falls() {
    let project = repository();
    assert!(run(&project, "quality-trend", &[], 0).contains("no run with scores is kept"));
    project.run(&["analyze", "batch", "lib"]).text(0);
    project.run(&["analyze", "batch", "."]).text(0);
    let ran = project.run(&["script", "run", "quality-trend"]);
    assert!(ran.status == Some(1) && ran.stderr.contains("the overall score fell by"), "{ran:?}");
    run(&project, "quality-trend", &["--allow", "100"], 0);
}

#[test]
fn two_pass_asks_the_strong_model_about_what_the_cheap_one_doubted() {
    let fake = FakeGrok::start(|request| match (request.model(), request.content().contains("eval(text)")) {
        ("weak", true) => {
            claims(&[claim("missed-case", "medium", "return eval(text)", 3), claim("slow-code", "medium", "def run(text):", 1)])
        }
        ("strong", true) => claims(&[claim("missed-case", "high", "return eval(text)", 3)]),
        ("weak", false) => nothing_found(),
        other => Reply::answer(format!("unexpected {other:?}")),
    });
    let project = Project::new().with_model(&fake);
    project.write("src/a.py", EVAL);
    project.write("src/b.py", PLAIN);
    let text = run(&project, "two-pass", &["src", "--cheap", "weak", "--strong", "strong"], 0);
    assert!(text.contains("weak doubted 1 of 2 files") && text.contains("src/a.py:3 high (both)"), "{text}");
    assert!(text.contains("src/a.py:1 doubtful (weak alone)"), "{text}");
    assert_eq!(fake.count(), 3);
    let ran = project.run(&["script", "run", "two-pass", "--", "src"]);
    assert!(ran.status == Some(1) && ran.stderr.contains("name the strong model"), "{ran:?}");
}

#[test]
fn monorepo_compares_its_parts() {
    let project = Project::new();
    project.write("services/shop/a.py", EVAL);
    project.write("services/mail/b.py", PLAIN);
    project.write("libs/c.py", PLAIN);
    let text = run(&project, "monorepo", &["services", "libs"], 0);
    for part in ["services/shop", "services/mail", "libs/(files)"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    run(&project, "monorepo", &["services", "--fail-below", "99"], 1);
}

#[test]
fn weekly_digest_writes_its_page() {
    let project = repository();
    let text = run(&project, "weekly-digest", &["src"], 0);
    assert!(text.contains("no run is old enough"), "{text}");
    assert!(!std::fs::read_to_string(project.path("digest.md")).unwrap().is_empty());
    // A run of a week ago is one whose time says so.
    let database = rusqlite::Connection::open(project.database()).unwrap();
    database.execute("UPDATE runs SET started_at = '2026-01-01T00:00:00Z'", []).unwrap();
    drop(database);
    project.write("src/b.py", "import os\n\nos.system('ls ' + input())\n");
    let text = run(&project, "weekly-digest", &["src"], 0);
    assert!(text.contains("1 new, 0 fixed, 1 unchanged") && text.contains("new: src/b.py:3 critical"), "{text}");
}

#[test]
fn every_script_that_comes_with_devflow_is_one() {
    let project = Project::new();
    let listed = project.run(&["script", "list"]).text(0);
    for script in devflow::script::SCRIPTS {
        project.run(&["script", "check", script.name]).text(0);
        assert!(listed.contains(script.name) && listed.contains(&devflow::script::summary(script.text)), "{}", script.name);
    }
}

#[test]
fn a_new_script_runs_and_a_script_of_the_project_counts_first() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    project.run(&["script", "new", "mine"]).text(0);
    assert_eq!(project.run(&["script", "new", "mine"]).status, Some(2));
    assert!(run(&project, "mine", &["src"], 0).contains("src/a.py: 1 findings"));
    project.write("scripts/monorepo.rhai", "print(\"ours\");\n");
    assert_eq!(run(&project, "monorepo", &[], 0), "ours\n");
    assert!(project.run(&["script", "api"]).text(0).contains("analyze(files: array, options: map) -> document"));
}

#[test]
fn what_is_wrong_with_a_script_is_told_at_its_place() {
    let project = Project::new();
    #[cfg(unix)]
    std::os::unix::fs::symlink("elsewhere.md", project.path("link.md")).unwrap();
    project.write("src/a.py", EVAL);
    for (text, expected) in [
        ("let x = ;\n", "x.rhai:1:9"),
        ("fn f() {\n    analyze([\"src\"], #{ \"model.mod\": \"off\" });\n}\nf();\n", "did you mean `model.mode`?"),
        ("analyze([\"src\"], #{ operations: [\"review:fil\"] });\n", "`review` has no operation `fil`"),
        ("git.changed(\"main\");\n", "git says: not a git repository"),
        ("report(analyze([\"src\"]), \"markdown\", \"../x.md\");\n", "a project may not have `../x.md` written"),
        ("report(analyze([\"src\"]), \"markdown\", \".git/hooks/pre-commit\");\n", "a project may not have"),
        ("report(analyze([\"src\"]), \"markdown\", \"src/a.py\");\n", "a project may not have"),
        ("report(analyze([\"src\"]), \"markdown\", \"link.md\");\n", "a project may not have `link.md` written"),
        ("analyze([\"nowhere.py\"]);\n", "nothing that was named exists"),
        ("analyze([\"../\"]);\n", "a script may not look at `../`"),
        ("discover([\"/etc\"]);\n", "a script may not look at `/etc`"),
        ("ask(\"what?\", [\"src/../../*.py\"]);\n", "a script may not look at"),
        ("analyze([\"src\"], #{ \"provider.base-url\": \"http://127.0.0.1:9/v1\" });\n", "a project may not set `provider.base-url`"),
        ("analyze([\"src\"], #{ \"provider.key-variable\": \"HOME\" });\n", "a project may not set `provider.key-variable`"),
        ("report(#{}, \"markdown\", \"x.md\");\n", "not the document of a run"),
        ("run(\"nobody\");\n", "there is no pipeline `nobody`"),
        ("ask(\"why?\", [\"src\"]);\n", "the model takes no part"),
    ] {
        project.write("x.rhai", text);
        let ran = project.run(&["script", "run", "x.rhai"]);
        assert!(ran.status == Some(2) && ran.stderr.contains(expected) && ran.stderr.contains("x.rhai:"), "{text}: {ran:?}");
    }
    let ran = project.run(&["script", "run", "monorep"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("did you mean `monorepo`?"), "{ran:?}");
}

#[test]
fn what_a_script_has_paid_stays_in_the_store() {
    let fake = FakeGrok::start(|_| Reply::findings(&serde_json::json!({ "answer": "Because." })).ticks(Some(10_000_000)));
    let project = Project::new().with_model(&fake);
    project.write("src/a.py", EVAL);
    project.write("x.rhai", "print(ask(\"Why?\", [\"src/a.py\"]));\nprint(spent());\nnothing();\n");
    let ran = project.run(&["script", "run", "x.rhai"]);
    assert!(ran.status == Some(2) && ran.stdout.starts_with("Because.\n0.001\n"), "{ran:?}");
    let again = project.run(&["script", "run", "x.rhai"]);
    assert!(again.stdout.starts_with("Because.\n0.0\n"), "{again:?}");
    assert_eq!(fake.count(), 1);
    assert!(project.costs().page.contains("script:ask"));
}

const HOOKS: &str = "fn keep(file) { file.path != \"src/left_out.py\" }
fn priority(file) { if file.path == \"src/b.py\" { 2.0 } else { 1.0 } }
fn on_finding(finding) {
    if finding.path == \"lib/c.py\" { return false; }
    if finding.rule == \"eval\" { return #{ severity: \"low\", note: \"known\" }; }
    true
}
fn score(file) { if file.path == \"src/b.py\" { 12.34 } }
fn after(run) {
    print(`${run.files.len()} files, ${run.summary.findings.low} low`);
    if run.files.len() > 3 { fail(\"too many\"); }
    gate(run, #{ fail_below: 20.0 });
}
";

#[test]
fn hooks_choose_order_judge_and_speak_last() {
    let project = Project::new();
    for path in ["src/a.py", "src/left_out.py", "lib/c.py"] {
        project.write(path, EVAL);
    }
    project.write("src/b.py", PLAIN);
    project.write("hooks.rhai", HOOKS);
    project.write("devflow.toml", "[pipeline.own]\nscript = \"hooks.rhai\"\nbatch.size = 1\nbatch.jobs = 1\n");
    let ran = project.run(&["run", "own", "--output", "out.json"]);
    assert!(ran.status == Some(1) && ran.stdout.contains("3 files, 1 low"), "{ran:?}");
    assert!(ran.stderr.find("src/b.py").unwrap() < ran.stderr.find("src/a.py").unwrap(), "{ran:?}");
    let document: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(project.path("out.json")).unwrap()).unwrap();
    let finding = &document["files"].as_array().unwrap().iter().find(|file| file["path"] == "src/a.py").unwrap()["findings"][0];
    assert_eq!((&finding["severity"], finding["message"].as_str().unwrap().ends_with("(known)")), (&"low".into(), true));
    assert_eq!((&document["summary"]["dropped"], &document["summary"]["worst"]["overall"]), (&1.into(), &12.3.into()));
    assert!(document["coverage"]["skipped"].to_string().contains(r#"{"path":"src/left_out.py","reason":"script"}"#), "{document}");
    // Without the script, the results are what they were: nothing of its judgement is kept with them.
    let plain = project.run(&["analyze", "batch", ".", "--format", "json"]).json(0);
    assert_eq!(plain["summary"]["findings"]["high"], 3);
}

#[test]
fn a_script_runs_pipelines_with_scripts() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    let pipelines = "[pipeline.plain]\n[pipeline.hooked]\nscript = \"hooks.rhai\"\nmodel.mode = \"off\"\n\
                     [pipeline.round]\nscript = \"round.rhai\"\npaths = [\"src/a.py\"]\nmodel.mode = \"off\"\n";
    project.write("devflow.toml", pipelines);
    project
        .write("hooks.rhai", "fn on_finding(finding) { finding.rule != \"eval\" }\nfn after(run) { print(`after ${run.files.len()}`) }\n");
    project.write("outer.rhai", "print(run(\"plain\").summary.findings.high);\nprint(run(\"hooked\").summary.findings.high);\n");
    let text = project.run(&["script", "run", "outer.rhai"]).text(0);
    let lines: Vec<&str> = text.lines().collect();
    let (plain, after, hooked) = (lines[0].parse::<u32>().unwrap(), lines[1], lines[2].parse::<u32>().unwrap());
    assert!(plain > hooked && after.starts_with("after "), "{text}");
    // What the inner script calls a failure is one of the whole.
    project.write("hooks.rhai", "fn after(run) { fail(\"too much\") }\n");
    let ran = project.run(&["script", "run", "outer.rhai"]);
    assert!(ran.status == Some(1) && ran.stderr.contains("`hooked` failed: too much"), "{ran:?}");
    // A mistake in it is told with its own place, and with that of the call.
    project.write("hooks.rhai", "fn after(run) {\n    run.nosuch.foo\n}\n");
    let ran = project.run(&["script", "run", "outer.rhai"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("hooks.rhai:2: ") && ran.stderr.contains("outer.rhai:2"), "{ran:?}");
    // A pipeline whose script runs it again ends.
    project.write("round.rhai", "fn after(run) { run(\"round\") }\n");
    let ran = project.run(&["run", "round"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("4 deep is the limit"), "{ran:?}");
}

#[test]
fn a_hook_makes_the_batches() {
    let fake = FakeGrok::start(|_| nothing_found());
    let project = Project::new().with_model(&fake).with("provider.concurrency", "1");
    for n in 0..4 {
        project.write(&format!("src/m{n}.py"), &format!("{EVAL}\n\nn = {n}\n"));
    }
    project.write("hooks.rhai", "fn group(files) { [[files[3]], [files[1].path, \"not/there.py\"]] }\n");
    project.write("devflow.toml", "[pipeline.own]\nscript = \"hooks.rhai\"\n");
    project.run(&["run", "own"]).text(0);
    let order: Vec<usize> =
        fake.requests().iter().map(|request| request.content().split("n = ").nth(1).unwrap()[..1].parse().unwrap()).collect();
    assert_eq!(order, [3, 1, 0, 2]);
}

#[test]
fn what_is_wrong_with_a_hook_is_told_at_its_place() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    project.write("devflow.toml", "[pipeline.own]\nscript = \"hooks.rhai\"\n");
    for (text, expected) in [
        ("fn group(files) { files }\n", "which is not a list of lists of files or paths"),
        ("fn keep(file) { file.path.nothing() }\n", "hooks.rhai:1"),
        ("fn on_finding(finding) {\n    finding.rule + nobody\n}\n", "hooks.rhai:2"),
        ("fn after(run) { analyze([\"src\"], #{ \"no.key\": 1 }); }\n", "no setting `no.key`"),
        ("fn on_finding(finding) { #{ severity: \"hi\" } }\n", "gave \"hi\", which is not a severity"),
        ("fn on_finding(finding) { #{ severty: \"low\" } }\n", "did you mean `severity`?"),
        ("fn on_finding(finding) { #{ note: 1 } }\n", "gave 1, which is not a text for `note`"),
        ("fn on_finding(finding) { finding.message = \"x\"; finding }\n", "`on_finding` gave `message`"),
        ("fn on_finding(finding) { \"low\" }\n", "gave \"low\", which is neither `true` nor `false` nor a map"),
        ("fn score(file) { \"high\" }\n", "`score` gave \"high\", which is not a number"),
        ("fn priority(file) { \"first\" }\n", "`priority` gave \"first\", which is not a number"),
        ("fn keep(file) { 0 }\n", "`keep` gave 0, which is neither `true` nor `false`"),
        ("fn kep(file) { true }\n", "has no hook"),
    ] {
        project.write("hooks.rhai", text);
        let ran = project.run(&["run", "own"]);
        assert!(ran.status == Some(2) && ran.stderr.contains(expected), "{text}: {ran:?}");
        assert!(text.starts_with("fn kep") || ran.stderr.contains("--> hooks.rhai:"), "{text}: {ran:?}");
    }
    // A finding may come back with another severity, and otherwise as it was.
    project.write("hooks.rhai", "fn on_finding(finding) { finding.severity = \"info\"; finding }\nfn score(file) { }\n");
    project.run(&["run", "own"]).text(0);
    project.write("hooks.rhai", "fn after(run) { fail(\"no\"); }\n");
    let ran = project.run(&["run", "own"]);
    assert!(ran.status == Some(1) && ran.stderr.contains("the script failed: no"), "{ran:?}");
}

#[test]
fn script_check_finds_what_a_run_would_stumble_over() {
    let project = Project::new();
    project.write(
        "x.rhai",
        "let r = analyse(discover([\".\"]));\nlet r = analyze([\".\"], #{ \"model.mod\": \"off\", \"batch.size\": \"many\", operations: [\"review:fil\"] });\n\
         gate(r, #{ fail_under: 90, fail_on: \"hgih\" });\nanalyze(\"src\");\nrun(\"nobody\");\nreport(r, \"markdwon\", \"../x.md\");\n\
         let t = analyze([\".\"]);\nprint(t.sumary);\nanalyze([\".\"], #{ \"provider.key-variable\": args[0], \"model.mode\": args[1] });\n",
    );
    let ran = project.run(&["script", "check", "x.rhai"]);
    assert_eq!(ran.status, Some(2));
    for (place, said) in [
        ("1:9", "did you mean `analyze`?"),
        ("2:27", "no setting `model.mod`"),
        ("2:47", "`batch.size` cannot be"),
        ("2:69", "`review` has no operation `fil`"),
        ("3:12", "there is no limit `fail_under`"),
        ("3:28", "`hgih` is not a severity"),
        ("4:1", "function not found: analyze (string)"),
        ("5:5", "there is no pipeline `nobody`"),
        ("6:11", "there is no template `markdwon`"),
        ("6:23", "may not have `../x.md` written"),
        ("8:9", "did you mean `summary`?"),
        ("9:19", "may not set `provider.key-variable`"),
    ] {
        assert!(ran.stderr.contains(&format!("--> x.rhai:{place}\n")) && ran.stderr.contains(said), "{place} {said}: {ran:?}");
    }
    assert_eq!(ran.stderr.matches("--> ").count(), 12, "{ran:?}");
    project.write("x.rhai", "\u{feff}// Says it.\nprint(analyze(args).files.len());\n");
    project.run(&["script", "check", "x.rhai"]).text(0);
}

#[test]
fn a_time_that_is_none_is_told_at_its_place() {
    let project = repository();
    project.write("x.rhai", "let since = \"1 moth ago\";\nprint(git.churn(since).len());\n");
    let ran = project.run(&["script", "run", "x.rhai"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("`1 moth ago` is not a time; write `3 months ago`"), "{ran:?}");
    assert!(ran.stderr.contains("--> x.rhai:2:11"), "{ran:?}");
}

#[test]
fn what_a_script_does_not_know_is_a_mistake_and_no_clean_run() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    for name in ["budget-sweep", "changed-since", "hot-files-first", "monorepo", "quality-trend", "two-pass", "weekly-digest"] {
        let ran = project.run(&["script", "run", name, "--", "--nobody", "1"]);
        assert!(ran.status == Some(2) && ran.stderr.contains("there is no option `nobody`"), "{name}: {ran:?}");
    }
    let ran = project.run(&["script", "run", "changed-since", "--", "HEAD~1", "HEAD"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("it takes no `HEAD`"), "{ran:?}");
}
