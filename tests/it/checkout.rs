//! What devflow takes from a checkout and from git: every change, none of its programs, whatever its folders are called.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{KEY, Project, Ran};

/// A pipeline for each kind of operation.
const PIPELINES: &str =
    "[pipeline.change]\nselect = \"changed\"\noperations = [\"review:change\"]\n[pipeline.files]\nselect = \"changed\"\n";
const OLD: &str = "x = 1\n";
const BAD: &str = "import os\n\nos.system(\"ls \" + input())\n";

/// A project that is a repository with one commit.
fn repository() -> Project {
    let project = Project::new();
    project.write("devflow.toml", PIPELINES);
    project.write("src/a.py", OLD);
    project.write("src/b.py", OLD);
    begin(&project.path("."));
    project
}

#[track_caller]
fn git(folder: &Path, args: &[&str]) -> String {
    let own = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false", "-c", "protocol.file.allow=always"];
    let ran = Command::new("git").current_dir(folder).args(own).args(args).output().unwrap();
    assert!(ran.status.success(), "{args:?}: {ran:?}");
    String::from_utf8_lossy(&ran.stdout).trim().to_owned()
}

fn begin(folder: &Path) {
    git(folder, &["init", "-q", "-b", "main"]);
    commit(folder);
}

fn commit(folder: &Path) {
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "more"]);
}

/// Runs the program in a folder below the project.
fn run_in(project: &Project, folder: &str, args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_devflow"));
    command.args(args).current_dir(project.path(folder)).env_clear();
    command.env("DEVFLOW_HOME", project.path("../home")).env("HOME", project.path("../user"));
    command.env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    let ran = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran { status: ran.status.code(), stdout: text(&ran.stdout), stderr: text(&ran.stderr) }
}

/// Path and rule of each finding.
fn found(document: &Value) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for file in document["files"].as_array().unwrap() {
        let path = file["path"].as_str().unwrap();
        found.extend(file["findings"].as_array().unwrap().iter().map(|one| (path, one["rule"].as_str().unwrap())));
    }
    found
}

fn paths(document: &Value) -> Vec<&str> {
    document["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect()
}

fn skipped(document: &Value) -> &Value {
    &document["coverage"]["skipped"]
}

fn run(project: &Project, pipeline: &str) -> Value {
    project.run(&["run", pipeline, "--no-model", "--format", "json"]).json(0)
}

/// Makes a program of a script. Another process writes it, so that nobody holds it open when it is run.
#[cfg(unix)]
fn program(project: &Project, name: &str, script: &str) -> PathBuf {
    project.write("../script", script);
    let path = project.path(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let made = Command::new("install").args(["-m", "755"]).arg(project.path("../script")).arg(&path).status().unwrap();
    assert!(made.success());
    path
}

/// A program that leaves a mark when it runs.
#[cfg(unix)]
fn trap(project: &Project, name: &str) -> String {
    let mark = project.path("../mark");
    program(project, name, &format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\ncat\n", mark.display())).display().to_string()
}

#[cfg(unix)]
fn take_mark(project: &Project) -> Option<String> {
    let text = std::fs::read_to_string(project.path("../mark")).ok()?;
    std::fs::remove_file(project.path("../mark")).unwrap();
    Some(text)
}

#[cfg(unix)]
#[test]
fn no_program_of_a_checkout_runs() {
    let project = repository();
    let root = project.path(".");
    project.write(".gitattributes", "a.py filter=trap diff=trap\n");
    commit(&root);
    let trap = trap(&project, "../trap");
    let settings = "filter.trap.clean filter.trap.smudge diff.trap.textconv diff.trap.command diff.external core.fsmonitor core.pager \
                    pager.log pager.diff gpg.program core.sshCommand core.askPass credential.helper core.editor";
    for key in settings.split_whitespace() {
        git(&root, &["config", key, &trap]);
    }
    git(&root, &["config", "log.showSignature", "true"]);
    std::fs::create_dir_all(root.join(".git/hooks")).unwrap();
    std::os::unix::fs::symlink(&trap, root.join(".git/hooks/post-index-change")).unwrap();
    project.write("src/a.py", BAD);
    project.write("src/b.py", BAD);
    git(&root, &["status", "--short"]);
    assert!(take_mark(&project).is_some(), "git itself runs the programs");
    git(&root, &["config", "filter.trap.process", &trap]);
    git(&root, &["config", "filter.trap.required", "true"]);
    for pipeline in ["change", "files"] {
        let document = run(&project, pipeline);
        assert!(found(&document).contains(&("src/b.py", "command-injection")), "{document}");
        assert_eq!(skipped(&document), &json!([{ "path": "src/a.py", "reason": "filter" }]));
    }
    project.write("x.rhai", "print(git.churn(\"1 year ago\").len());\n");
    project.run(&["script", "run", "x.rhai"]).text(0);
    assert_eq!(take_mark(&project), None);
}

#[cfg(unix)]
#[test]
fn git_is_not_looked_for_in_a_checkout_and_gets_no_key() {
    let project = repository();
    project.write("src/a.py", BAD);
    trap(&project, "git");
    let path = std::env::var_os("PATH").unwrap();
    let real = std::env::split_paths(&path).map(|folder| folder.join("git")).find(|path| path.is_file()).unwrap();
    let seen = project.path("../seen");
    program(&project, "../bin/git", &format!("#!/bin/sh\n/usr/bin/env >> '{}'\nexec '{}' \"$@\"\n", seen.display(), real.display()));
    let search = format!(".::{}", project.path("../bin").canonicalize().unwrap().display());
    let project = project.with_variable("PATH", &search).with_variable("XAI_API_KEY", KEY).with_variable("GIT_EXTERNAL_DIFF", "/bin/false");
    assert!(found(&run(&project, "change")).contains(&("src/a.py", "command-injection")));
    assert_eq!(take_mark(&project), None);
    let seen = std::fs::read_to_string(seen).unwrap();
    assert!(seen.contains("GIT_ALLOW_PROTOCOL=none") && !seen.contains(KEY) && !seen.contains("GIT_EXTERNAL_DIFF"), "{seen}");
}

#[test]
fn ends_of_lines_that_git_turns_are_no_change() {
    let project = repository();
    let long = format!("{BAD}{}", "y = 2\n".repeat(20));
    project.write(".gitattributes", "* text=auto\n");
    project.write("src/a.py", &long);
    commit(&project.path("."));
    project.write("src/a.py", &format!("{long}z = 3\n").replace('\n', "\r\n"));
    project.write("src/b.py", &OLD.replace('\n', "\r\n"));
    for pipeline in ["change", "files"] {
        assert_eq!(paths(&run(&project, pipeline)), ["src/a.py"], "{pipeline}");
    }
    let document = run(&project, "change");
    assert!(!found(&document).contains(&("src/a.py", "command-injection")), "its line did not change: {document}");
}

#[test]
fn all_of_a_file_that_git_does_not_know_is_new() {
    let project = repository();
    project.write("src/new.py", BAD);
    project.write(".gitignore", "ignored.py\n");
    project.write("src/ignored.py", BAD);
    let document = project.run(&["run", "change", "--no-model", "--fail-on", "high", "--format", "json"]).json(1);
    assert_eq!(paths(&document), ["src/new.py"]);
    assert!(found(&document).contains(&("src/new.py", "command-injection")), "{document}");
}

#[test]
fn a_deleted_file_is_a_row_with_its_reason() {
    let project = repository();
    std::fs::remove_file(project.path("src/a.py")).unwrap();
    for pipeline in ["change", "files"] {
        assert_eq!(skipped(&run(&project, pipeline)), &json!([{ "path": "src/a.py", "reason": "deleted" }]), "{pipeline}");
    }
}

#[test]
fn a_submodule_is_another_project() {
    let project = repository();
    let (root, library) = (project.path("."), project.path("../library"));
    project.write("../library/s.py", OLD);
    begin(&library);
    git(&root, &["submodule", "--quiet", "add", &library.display().to_string(), "libs/sub"]);
    commit(&root);
    git(&root, &["config", "diff.submodule", "log"]);
    assert_eq!(run(&project, "change")["coverage"]["found"], 0);
    let check = || {
        for pipeline in ["change", "files"] {
            let document = run(&project, pipeline);
            assert_eq!(skipped(&document), &json!([{ "path": "libs/sub", "reason": "submodule" }]), "{document}");
            assert!(paths(&document).is_empty(), "{document}");
        }
        let diff = git(&root, &["diff"]);
        assert!(diff.starts_with("Submodule libs/sub "), "{diff}");
        let args = ["review", "change", "--diff", "-", "--no-model", "--format", "json"];
        let document = project.start_with_input(&args, diff.as_bytes()).finish().json(0);
        assert_eq!(skipped(&document), &json!([{ "path": "libs/sub", "reason": "submodule" }]), "{document}");
    };
    project.write("libs/sub/s.py", BAD);
    check();
    commit(&project.path("libs/sub"));
    check();
}

#[test]
fn names_of_the_folders_above_mean_nothing() {
    let project = Project::new();
    for folder in ["plain", "job [main]", "{app}one", "a*b?c"] {
        let table = "[pipeline.pr]\nselect = \"changed\"\npaths = [\"src/**/*.py\"]\n";
        project.write(&format!("{folder}/devflow.toml"), table);
        project.write(&format!("{folder}/src/[id]/a.py"), OLD);
        begin(&project.path(folder));
        project.write(&format!("{folder}/src/[id]/a.py"), BAD);
        let ran = run_in(&project, folder, &["run", "pr", "--no-model", "--fail-on", "high"]);
        assert_eq!(ran.status, Some(1), "{folder}: {ran:?}");
    }
}

#[test]
fn a_project_in_a_folder_of_the_repository_sees_its_own_changes() {
    let project = repository();
    project.write("services/shop/devflow.toml", PIPELINES);
    project.write("services/shop/src/a.py", OLD);
    project.write("services/shop/src/gone.py", OLD);
    commit(&project.path("."));
    project.write("src/a.py", BAD);
    project.write("services/shop/src/a.py", BAD);
    std::fs::remove_file(project.path("services/shop/src/gone.py")).unwrap();
    for pipeline in ["change", "files"] {
        let ran = run_in(&project, "services/shop", &["run", pipeline, "--no-model", "--format", "json"]);
        let document = ran.json(0);
        assert!(paths(&document) == ["src/a.py"] && found(&document).contains(&("src/a.py", "command-injection")), "{document}");
        assert_eq!(skipped(&document), &json!([{ "path": "src/gone.py", "reason": "deleted" }]));
    }
}

#[test]
fn histories_that_do_not_meet_are_told_with_what_helps() {
    let project = repository();
    project.write("devflow.toml", "[pipeline.pr]\nselect = \"changed\"\nbase = \"main\"\n");
    git(&project.path("."), &["checkout", "-q", "--orphan", "other"]);
    commit(&project.path("."));
    let ran = project.run(&["run", "pr", "--no-model"]);
    let expected = ["`main` and HEAD have no common commit here", "git fetch --unshallow", "fetch-depth: 0"];
    assert!(ran.status == Some(2) && expected.iter().all(|text| ran.stderr.contains(text)), "{ran:?}");
}

#[test]
fn a_script_counts_from_a_time_that_is_one() {
    let project = repository();
    for text in ["1 moth ago", "2026-13-45", "nonsense", ""] {
        project.write("x.rhai", &format!("git.churn(\"{text}\");\n"));
        let ran = project.run(&["script", "run", "x.rhai"]);
        assert!(ran.status == Some(2) && ran.stderr.contains(&format!("`{text}` is not a time")), "{text}: {ran:?}");
    }
    project.write("x.rhai", "print(git.churn(\"2 days ago\")[\"src/a.py\"]);\n");
    assert_eq!(project.run(&["script", "run", "x.rhai"]).text(0), "1\n");
}
