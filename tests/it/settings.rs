//! Where settings come from, as a user meets it: files, variables, flags, and what is wrong with them.

use crate::support::Project;

const CODE: &str = "def add(a, b):\n    \"\"\"Adds.\"\"\"\n    return a + b\n";

#[cfg(unix)]
#[test]
fn a_configuration_that_is_no_file_is_refused_and_not_waited_for() {
    let project = Project::new();
    project.write("src/a.py", CODE);
    project.write(".git/HEAD", "");
    std::os::unix::fs::symlink("nowhere.toml", project.path("devflow.toml")).unwrap();
    assert!(project.analyze(&[]).stderr.contains("`devflow.toml` is no file that can be read"));
    std::fs::remove_file(project.path("devflow.toml")).unwrap();
    let is_made = std::process::Command::new("mkfifo").arg(project.path("devflow.toml")).status().unwrap().success();
    assert!(is_made);
    let ran = project.analyze(&[]);
    assert!(ran.status == Some(2) && ran.stderr.contains("no file that can be read"), "{ran:?}");
}

#[test]
fn an_empty_variable_is_one_that_is_not_set() {
    let project = Project::new().with_variable("DEVFLOW_BATCH_SIZE", "").with_variable("DEVFLOW_GATE_FAIL_ON", "");
    project.write("src/a.py", CODE);
    project.analyze(&[]).json(0);
}

#[test]
fn settings_that_need_a_name_refuse_an_empty_one() {
    let project = Project::new();
    let ran = project.run(&["config", "check", "--set", "model.name="]);
    assert!(ran.status == Some(2) && ran.stderr.contains("model.name"), "{ran:?}");
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
