//! The command line as a user meets it: exit statuses, inputs, outputs.

use serde_json::Value;

use crate::support::{Project, failed, findings};

const EVAL: &str = "import sys\n\n\ndef run(text):\n    \"\"\"Runs.\"\"\"\n    return eval(text)\n";
const CLEAN: &str = "def add(a, b):\n    \"\"\"Adds.\"\"\"\n    return a + b\n";

fn skipped(document: &Value) -> Vec<(&str, &str)> {
    let rows = document["coverage"]["skipped"].as_array().unwrap();
    rows.iter().map(|row| (row["path"].as_str().unwrap(), row["reason"].as_str().unwrap())).collect()
}

fn paths(document: &Value) -> Vec<&str> {
    document["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect()
}

#[test]
fn a_clean_tree_exits_with_0_and_says_so() {
    let project = Project::new();
    project.write("src/a.py", CLEAN);
    let ran = project.run(&["analyze", "batch", "src"]);
    assert!(ran.stdout.contains("clean: nothing was found; everything was looked at"), "{ran:?}");
    assert!(ran.stdout.contains("static run: `XAI_API_KEY` is not set"), "{ran:?}");
    assert_eq!(ran.status, Some(0));
}

#[test]
fn findings_alone_exit_with_0_and_a_gate_with_1() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    let document = project.analyze(&[]).json(0);
    assert_eq!(document["run"]["outcome"], "findings");
    assert_eq!(document["run"]["gate"]["passed"], true);
    let document = project.analyze(&["--fail-on", "medium"]).json(1);
    assert_eq!(document["run"]["gate"]["passed"], false);
    assert!(document["run"]["gate"]["reasons"][0].as_str().unwrap().contains("at or above medium"));
    project.analyze(&["--fail-on", "critical"]).json(0);
    let document = project.analyze(&["--fail-below", "99"]).json(1);
    assert!(document["run"]["gate"]["reasons"][0].as_str().unwrap().starts_with("src/a.py scores "));
    project.write("devflow.toml", "[gate]\nfail-on = \"low\"\n");
    project.analyze(&[]).json(1);
}

#[test]
fn wrong_usage_exits_with_2() {
    let project = Project::new();
    for args in [
        &["analyze", "batch"][..],
        &["no-such-command"],
        &["analyze", "batch", "src", "--no-such-flag"],
        &["analyze", "batch", "src", "--fail-on", "hihg"],
        &["analyze", "batch", "src", "--output", "report.xyz"],
        &["analyze", "batch", "src", "--output", "no/such/folder/report.md"],
        &["analyze", "batch", ""],
        &["analyze", "batch", "src", "--set", "analyzers.enabled=[]"],
        &["explain", "src"],
        &["analyze", "batch", "no/such/path"],
        &["analyze", "batch", "src/{a"],
        &["analyze", "file", "src"],
        &["--set", "batch.sice=3", "analyze", "batch", "src"],
        &["--config", "missing.toml", "config", "check"],
    ] {
        let ran = project.run(args);
        assert_eq!(ran.status, Some(2), "{args:?}: {ran:?}");
        assert!(!ran.stderr.is_empty() && ran.stdout.is_empty(), "{args:?}: {ran:?}");
    }
}

#[test]
fn a_wrong_configuration_shows_every_mistake_with_its_place() {
    let project = Project::new();
    project.write("devflow.toml", "[batch]\nsice = 3\n[model]\nmode = \"of\"\n");
    let ran = project.run(&["config", "check"]);
    assert_eq!(ran.status, Some(2));
    for expected in ["devflow.toml:2:1", "did you mean `batch.size`?", "devflow.toml:4:8", "did you mean `off`?"] {
        assert!(ran.stderr.contains(expected), "{expected}: {}", ran.stderr);
    }
    project.write("devflow.toml", "[batch\nsize = 3\n");
    let ran = project.run(&["analyze", "batch", "src"]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.stderr.contains("devflow.toml:1:"), "{}", ran.stderr);
}

#[test]
fn settings_tell_where_they_came_from() {
    let project = Project::new().with_variable("DEVFLOW_BATCH_SIZE", "7");
    project.write("devflow.toml", "[model]\nname = \"grok-4.6\"\n");
    let text = project.run(&["config", "show", "--set", "report.worst=3"]).text(0);
    for expected in [
        "batch.size = 7  # $DEVFLOW_BATCH_SIZE",
        "model.name = \"grok-4.6\"  # devflow.toml:2",
        "report.worst = 3  # --set",
        "files.limit-size = 102400\n",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

#[test]
fn a_written_configuration_is_valid_and_changes_nothing() {
    let project = Project::new();
    project.run(&["config", "init"]).text(0);
    project.run(&["config", "check"]).text(0);
    assert_eq!(project.run(&["config", "init"]).status, Some(2), "it is not overwritten");
    let text = project.run(&["config", "show"]).text(0);
    assert!(!text.contains("devflow.toml:"), "{text}");
}

#[test]
fn every_file_that_is_not_looked_at_has_its_reason() {
    let project = Project::new();
    project.write("src/a.py", CLEAN);
    project.write("src/notes.txt", "text\n");
    project.write("src/empty.py", "");
    project.write("src/blank.py", " \n\n");
    project.write("src/large.py", &"x = 1\n".repeat(30_000));
    project.write("src/made.go", "// Code generated by x. DO NOT EDIT.\npackage p\n");
    project.write("src/small.js", &"var a=1;".repeat(500));
    project.write("node_modules/x.js", "var a\n");
    std::fs::write(project.path("src/nul.c"), b"int a;\0").unwrap();
    std::fs::write(project.path("src/latin.py"), b"# caf\xe9\n").unwrap();
    let document = project.run(&["analyze", "batch", ".", "missing.py", "--format", "json"]).json(0);
    assert_eq!(
        skipped(&document),
        [
            ("missing.py", "missing"),
            ("node_modules", "vendored"),
            ("src/blank.py", "empty"),
            ("src/empty.py", "empty"),
            ("src/large.py", "size"),
            ("src/latin.py", "not-utf8"),
            ("src/made.go", "generated"),
            ("src/notes.txt", "language"),
            ("src/nul.c", "binary"),
            ("src/small.js", "minified"),
        ]
    );
    assert_eq!(paths(&document), ["src/a.py"]);
    assert_eq!((document["coverage"]["found"].as_u64(), document["coverage"]["analyzed"].as_u64()), (Some(10), Some(1)));
}

#[test]
fn a_verdict_does_not_claim_more_than_was_done() {
    let project = Project::new();
    project.write("src/a.py", CLEAN);
    project.write("src/large.py", &"eval(x)\n".repeat(30_000));
    let text = project.run(&["analyze", "batch", "src", "--output", "r.md"]).text(0);
    assert!(text.contains("clean: nothing was found; 1 file looked at, 1 declined") && text.contains("size      src/large.py"), "{text}");
    let page = std::fs::read_to_string(project.path("r.md")).unwrap();
    assert!(page.contains("1 file looked at, 1 declined") && page.contains("- `src/large.py`: size"), "{page}");
    let ran = project.run(&["analyze", "batch", "src/a.py", "src/typo.py"]);
    assert!(ran.stderr.contains("`src/typo.py` does not exist"), "{ran:?}");
}

#[test]
fn a_project_cannot_put_other_files_into_a_report() {
    let project = Project::new();
    project.write("src/a.py", CLEAN);
    project.write("devflow.toml", "[report]\nmarkdown-template = \"../../../../../../etc/hostname\"\n");
    let ran = project.run(&["analyze", "batch", "src", "--format", "markdown"]);
    assert!(ran.stderr.contains("is outside of the project"), "{ran:?}");
    assert_eq!(project.run(&["config", "check"]).status, Some(2));
}

#[test]
fn globs_are_understood_by_the_program_itself() {
    let project = Project::new();
    for path in ["a.py", "b.js", "c.go", "src/d.py", "src/deep/e.py"] {
        project.write(path, "x = 1\n");
    }
    let files = |glob: &str| {
        let document = project.run(&["analyze", "batch", glob, "--format", "json"]).json(0);
        paths(&document).join(" ")
    };
    assert_eq!(files("*.{py,js}"), "a.py b.js");
    assert_eq!(files("src/*.py"), "src/d.py");
    assert_eq!(files("src/**/*.py"), "src/d.py src/deep/e.py");
    assert_eq!(files("**/*.py"), "a.py src/d.py src/deep/e.py");
    let ran = project.run(&["analyze", "batch", "*.kt"]);
    assert!(ran.stderr.contains("no file fits `*.kt`") && ran.stdout.contains("nothing to do"), "{ran:?}");
}

#[test]
fn ignore_files_are_honoured_and_named_files_pass_them() {
    let project = Project::new();
    project.write(".gitignore", "out/\n");
    project.write(".devflowignore", "old.py\n");
    project.write("src/a.py", CLEAN);
    project.write("src/old.py", CLEAN);
    project.write("out/b.py", CLEAN);
    let files = |args: &[&str]| {
        let document = project.run(&[&["analyze", "batch", "--format", "json"], args].concat()).json(0);
        paths(&document).join(" ")
    };
    assert_eq!(files(&["."]), "src/a.py");
    assert_eq!(files(&["src/old.py"]), "src/old.py");
    assert_eq!(files(&[".", "--set", "files.ignore-files=false"]), "out/b.py src/a.py src/old.py");
    project.write(".ignore", "*\n");
    let ran = project.run(&["analyze", "batch", "."]);
    assert!(ran.stderr.contains("every file is excluded by ignore files"), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn odd_things_in_a_tree_are_told_and_survived() {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;
    let project = Project::new();
    project.write("src/a.py", CLEAN);
    symlink(project.path("src"), project.path("src/loop")).unwrap();
    symlink(project.path("nowhere"), project.path("src/broken.py")).unwrap();
    #[expect(clippy::disallowed_methods, reason = "a pipe can only be made by a program")]
    let made = std::process::Command::new("mkfifo").arg(project.path("src/pipe.py")).status().unwrap();
    assert!(made.success());
    std::fs::write(project.path("src").join(std::ffi::OsStr::from_bytes(b"odd\xff.py")), CLEAN).unwrap();
    let document = project.analyze(&[]).json(0);
    assert_eq!(skipped(&document), [("src/broken.py", "symlink"), ("src/loop", "symlink"), ("src/pipe.py", "special")]);
    assert_eq!(paths(&document), ["src/a.py", "src/odd%FF.py"]);
    assert_eq!(document["files"][1]["path_is_escaped"], true);
}

#[test]
fn paths_come_from_standard_input_with_any_bytes() {
    let project = Project::new();
    project.write("src/a b.py", CLEAN);
    project.write("src/c.py", CLEAN);
    let read = |input: &[u8]| {
        let document = project.start_with_input(&["analyze", "batch", "-", "--format", "json"], input).finish().json(0);
        paths(&document).join(",")
    };
    assert_eq!(read(b"src/a b.py\0src/c.py\0src/deleted.py\0"), "src/a b.py,src/c.py");
    assert_eq!(read(b"src/c.py\nsrc/a b.py\n"), "src/a b.py,src/c.py");
    assert_eq!(read(b"\"src/a b.py\"\n\"src/\\143.py\"\n"), "src/a b.py,src/c.py", "git quotes odd names");
    assert_eq!(read(b""), "", "nothing to do is a document too");
    let ran = project.start_with_input(&["analyze", "batch", "-"], b"src/deleted.py\n").finish();
    assert!(ran.stdout.contains("nothing to do") && ran.stdout.contains("1 missing"), "{ran:?}");
    assert_eq!(ran.status, Some(0));
}

#[test]
fn an_unchanged_tree_is_reused_and_gives_the_same_findings() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    project.write("src/b.py", CLEAN);
    let first = project.analyze(&[]).json(0);
    // A file written right before it is read is not trusted; give it an older time.
    for name in ["src/a.py", "src/b.py"] {
        age(&project, name);
    }
    project.analyze(&[]).json(0);
    let third = project.analyze(&[]).json(0);
    assert_eq!(third["coverage"]["reused"], 2);
    assert_eq!(findings(&first), findings(&third));
    project.write("src/a.py", CLEAN);
    let fourth = project.analyze(&[]).json(0);
    assert_eq!(findings(&fourth).len(), 0, "a change of content is seen");
}

fn age(project: &Project, name: &str) {
    let file = std::fs::File::options().write(true).open(project.path(name)).unwrap();
    file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000)).unwrap();
}

#[test]
fn reports_are_written_by_extension_and_are_the_same_twice() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    let text = project.run(&["analyze", "batch", "src", "--output", "r.md", "-o", "r.json"]).text(0);
    assert!(text.contains("report in r.md") && text.contains("report in r.json"), "{text}");
    let page = || std::fs::read_to_string(project.path("r.md")).unwrap();
    let first = page();
    for expected in ["# devflow report", "`src/a.py:6`", "eval(text)", "Fix: ", "## Coverage", "## Cost and time"] {
        assert!(first.contains(expected), "{expected}: {first}");
    }
    project.run(&["analyze", "batch", "src", "--output", "r.md"]).text(0);
    let same = |page: &str| page.split("## Cost and time").next().unwrap().to_owned();
    assert_eq!(same(&first), same(&page()));
    let document: Value = serde_json::from_str(&std::fs::read_to_string(project.path("r.json")).unwrap()).unwrap();
    assert_eq!(document["schema"], "devflow.run/1");
}

#[test]
fn a_project_may_bring_its_own_template() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    project.write("own.j2", "{{ total }} found\n");
    let flags = ["analyze", "batch", "src", "--format", "markdown", "--set", "report.markdown-template=own.j2"];
    assert_eq!(project.run(&flags).text(0).trim(), "1 found");
    project.write("own.j2", "line\n{{ totel }}\n");
    let ran = project.run(&flags);
    assert!(ran.stderr.contains("own.j2") && ran.stderr.contains("line 2"), "{ran:?}");
    assert_eq!(ran.status, Some(2));
}

#[test]
fn json_keeps_to_its_schema() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    project.write("src/broken.rs", "fn a( {{{\n");
    project.write("src/empty.py", "");
    let schema: Value = serde_json::from_str(include_str!("../../docs/run.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let documents = [
        project.analyze(&[]).json(0),
        project.analyze(&["--fail-on", "low"]).json(1),
        project.analyze(&["--set", "model.mode=required"]).json(3),
    ];
    for document in documents {
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}

#[test]
fn a_required_model_without_a_key_is_incomplete_and_unscored() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    let document = project.analyze(&["--set", "model.mode=required", "--fail-on", "low"]).json(3);
    assert_eq!(document["run"]["outcome"], "incomplete");
    assert!(failed(&document)[0]["error"].as_str().unwrap().contains("`XAI_API_KEY` is not set"));
    assert_eq!(document["files"][0]["score"], Value::Null);
    assert!(!findings(&document).is_empty(), "what the rules found stays");
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_a_failure() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = Project::new();
    project.write("src/a.py", CLEAN);
    project.write("src/locked.py", CLEAN);
    std::fs::set_permissions(project.path("src/locked.py"), std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(project.path("src/locked.py")).is_ok() {
        // The superuser reads everything; there is nothing to see then.
        return;
    }
    let document = project.analyze(&[]).json(3);
    assert_eq!(failed(&document)[0]["path"], "src/locked.py");
}

#[cfg(unix)]
#[test]
fn a_link_in_a_circle_that_is_named_is_a_failure_for_everybody() {
    let project = Project::new();
    project.write("src/a.py", CLEAN);
    std::os::unix::fs::symlink("loop.py", project.path("src/loop.py")).unwrap();
    let document = project.run(&["analyze", "batch", "src/a.py", "src/loop.py", "--format", "json"]).json(3);
    assert_eq!((failed(&document).len(), &failed(&document)[0]["path"]), (1, &"src/loop.py".into()));
    assert_eq!(document["run"]["outcome"], "incomplete");
    assert_eq!(document["coverage"]["analyzed"], 1);
}

#[test]
fn a_store_that_cannot_be_used_is_told_and_the_run_goes_on() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    project.analyze(&[]).json(0);
    std::fs::write(project.database(), "no database at all, but long enough to be taken for one".repeat(100)).unwrap();
    let ran = project.run(&["analyze", "batch", "src", "--format", "json"]);
    assert!(ran.stderr.contains("is damaged") && ran.stderr.contains("hint:"), "{}", ran.stderr);
    assert_eq!(findings(&ran.json(0)).len(), 1);
    assert_eq!(project.run(&["costs"]).status, Some(2), "a question about the store itself cannot be answered");
    let ran = project.run(&["analyze", "batch", "src", "--home", "/dev/null/x"]);
    assert!(ran.stderr.contains("nothing of this run is kept"), "{ran:?}");
    assert_eq!(ran.status, Some(0));
}

#[test]
fn one_file_is_shown_and_explained() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    let text = project.run(&["analyze", "file", "src/a.py"]).text(0);
    assert!(text.contains("src/a.py:6:12") && text.contains("| eval(text)") && text.contains("fix:"), "{text}");
    let text = project.run(&["explain", "src/a.py"]).text(0);
    assert!(text.starts_with("src/a.py: overall ") && text.contains("line 6: review/"), "{text}");
    assert_eq!(project.run(&["explain", "src/b.py"]).status, Some(2));
}

#[test]
fn costs_and_cache_of_a_new_home_are_empty() {
    let project = Project::new();
    assert_eq!(project.costs().requests, 0);
    assert!(project.run(&["cache", "stats"]).text(0).contains("0 kept, 0 expired"));
    assert!(project.run(&["cache", "hot"]).text(0).contains("no answer was used again yet"));
    project.run(&["cache", "prune"]).text(0);
    project.run(&["cache", "clear"]).text(0);
}

#[test]
fn plugins_and_completions_are_listed() {
    let project = Project::new();
    let text = project.run(&["plugin", "list", "-v"]).text(0);
    assert!(text.contains("review:file") && text.contains("secret-token") && text.contains("logic-error"), "{text}");
    for shell in ["bash", "zsh", "fish"] {
        assert!(project.run(&["completions", shell]).text(0).contains("devflow"));
    }
}

#[test]
fn colours_come_only_when_they_are_wanted() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    assert!(!project.run(&["analyze", "batch", "src"]).stdout.contains('\u{1b}'));
    assert!(project.run(&["analyze", "batch", "src", "--color", "always"]).stdout.contains('\u{1b}'));
}

#[test]
fn code_cannot_steer_the_terminal() {
    let project = Project::new();
    project.write("src/a.py", "eval(x + \"\u{1b}[2J\u{7}\")\n");
    let text = project.run(&["analyze", "file", "src/a.py"]).text(0);
    assert!(text.contains("eval") && !text.contains('\u{1b}') && !text.contains('\u{7}'), "{text:?}");
}

#[test]
fn a_bug_exits_with_101_and_says_that_it_is_one() {
    let project = Project::new();
    let ran = project.run(&["analyze", "batch", "src", "--with-bug"]);
    assert!(ran.stderr.contains("this is a bug in devflow"), "{ran:?}");
    assert_eq!(ran.status, Some(101));
}

#[test]
fn a_store_that_is_locked_is_told_and_the_run_goes_on() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    project.analyze(&[]).json(0);
    let other = rusqlite::Connection::open(project.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    project.write("src/b.py", EVAL);
    let ran = project.analyze(&[]);
    assert!(
        ran.stderr.contains("nothing more of this run is kept") && ran.stderr.contains("is locked by another process"),
        "{}",
        ran.stderr
    );
    assert_eq!(findings(&ran.json(0)).len(), 2);
}

#[test]
fn a_store_that_cannot_be_written_is_told_and_the_run_goes_on() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    project.analyze(&[]).json(0);
    // The database refuses new results, as it does on a full disk.
    let other = rusqlite::Connection::open(project.database()).unwrap();
    other.execute_batch("CREATE TRIGGER full BEFORE INSERT ON results BEGIN SELECT RAISE(ABORT, 'full'); END").unwrap();
    project.write("src/a.py", &format!("{EVAL}\n# changed\n"));
    let ran = project.analyze(&[]);
    assert!(ran.stderr.contains("nothing more of this run is kept"), "{}", ran.stderr);
    assert_eq!(findings(&ran.json(0)).len(), 1);
}

#[test]
fn a_rule_can_be_turned_off() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    assert_eq!(findings(&project.analyze(&[]).json(0)).len(), 1);
    project.write("devflow.toml", "[analyzers]\ndisabled-rules = [\"eval\"]\n");
    assert_eq!(findings(&project.analyze(&[]).json(0)).len(), 0);
}

#[test]
fn code_that_would_take_minutes_fails_and_the_rest_is_looked_at() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    project.write("src/chain.js", &format!("a{}\n", ".b()\n".repeat(15_000)));
    let document = project.analyze(&[]).json(3);
    assert_eq!(failed(&document)[0]["path"], "src/chain.js");
    assert!(failed(&document)[0]["error"].as_str().unwrap().contains("takes too long"));
    assert_eq!(findings(&document).len(), 1);
}
