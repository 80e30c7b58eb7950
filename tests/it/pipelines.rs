//! Named pipelines, settings for some paths, nested settings: as a project has them.

use std::process::Command;

use serde_json::Value;

use crate::support::{Project, failed, findings};

const EVAL: &str = "def run(text):\n    \"\"\"Runs.\"\"\"\n    return eval(text)\n";

/// A project that is a repository, with one commit.
fn repository() -> Project {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    project.write("src/b.py", "x = 1\n");
    git(&project, &["init", "-q", "-b", "main"]);
    git(&project, &["add", "."]);
    git(&project, &["commit", "-q", "-m", "one"]);
    project
}

fn git(project: &Project, args: &[&str]) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
    let ran = Command::new("git").current_dir(project.path(".")).args(identity).args(args).output().unwrap();
    assert!(ran.status.success(), "{args:?}: {ran:?}");
}

fn paths(document: &Value) -> Vec<&str> {
    document["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect()
}

fn rules(document: &Value) -> Vec<&str> {
    findings(document).iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

#[test]
fn a_pipeline_decides_what_is_looked_at_with_what_and_what_fails() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    project.write("lib/c.py", EVAL);
    project.write(
        "devflow.toml",
        "[pipeline.base]\npaths = [\"src\"]\n\n[pipeline.strict]\nextends = \"base\"\ngate.fail-on = \"high\"\nreports = [\"out.md\", \"sarif=out.sarif\"]\n",
    );
    let document = project.run(&["run", "base", "--format", "json"]).json(0);
    assert_eq!((paths(&document), rules(&document)), (vec!["src/a.py"], vec!["eval"]));
    assert!(project.run(&["run", "strict"]).text(1).contains("gate hit"));
    assert!(project.path("out.md").is_file() && project.path("out.sarif").is_file());
    assert!(project.run(&["run", "strict", "--fail-on", "never"]).text(0).contains("findings"), "flags win");
    assert_eq!(paths(&project.run(&["run", "base", "lib", "--format", "json"]).json(0)), ["lib/c.py"]);
    let text = project.run(&["pipelines"]).text(0);
    assert!(text.contains("strict (devflow.toml:4, extends base)") && text.contains("gate.fail-on = \"high\""), "{text}");
    assert!(project.run(&["report", "last:strict"]).text(0).contains("src/a.py"), "a kept run knows its pipeline");
}

#[test]
fn a_pipeline_of_a_project_stays_in_it() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    for (line, expected) in [
        ("reports = [\"../out.md\"]", "may not have `../out.md` written"),
        ("reports = [\"markdown=/tmp/out.md\"]", "may not have `/tmp/out.md` written"),
        ("reports = [\"markdown=.git/hooks/post-checkout\"]", "may not have `.git/hooks/post-checkout` written"),
        ("reports = [\"markdown=Makefile\"]", "may not have `Makefile` written"),
        ("script = \"../h.rhai\"", "is outside of the project"),
        ("operations = [\"deps:audit\"]\noptions.\"deps:audit\".advisories = \"/etc\"", "which is outside of the project"),
        ("paths = [\"..\"]", "names `..`, which is outside of the project"),
        ("paths = [\"src/*/../../../*.py\"]", "which is outside of the project"),
    ] {
        project.write("devflow.toml", &format!("[pipeline.x]\n{line}\n"));
        let ran = project.run(&["run", "x"]);
        assert!(ran.status == Some(2) && ran.stderr.contains(expected), "{line}: {ran:?}");
    }
}

#[test]
fn a_file_that_no_analyzer_is_left_for_is_not_called_looked_at() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    project.write("devflow.toml", "[[override]]\npaths = [\"**\"]\nanalyzers = []\n");
    let document = project.run(&["analyze", "batch", ".", "--no-model", "--output", "r.json"]);
    assert!(document.stdout.contains("2 override") && !document.stdout.contains("analysed, 0 reused, 0 skipped"), "{document:?}");
}

#[test]
fn operations_of_a_pipeline_get_their_options() {
    let project = Project::new();
    project.write("Cargo.toml", "[package]\nname = \"x\"\nversion = \"0.1.0\"\nlicense = \"GPL-3.0-only\"\n");
    project.write("src/lib.rs", "//! X.\n");
    let table =
        "[pipeline.licences]\noperations = [\"deps:licenses\"]\n[pipeline.licences.options.\"deps:licenses\"]\ndeny = [\"GPL-3.0-only\"]\n";
    project.write("devflow.toml", table);
    let document = project.run(&["run", "licences", "--format", "json"]).json(0);
    assert!(rules(&document).contains(&"denied-license"), "{document}");
    project.write("devflow.toml", &table.replace("deny", "denny"));
    let ran = project.run(&["run", "licences"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("has no option `denny`"), "{ran:?}");
}

#[test]
fn staged_and_changed_files_are_selected() {
    let project = repository();
    project.write(
        "devflow.toml",
        "[pipeline.staged]\nselect = \"staged\"\n[pipeline.side]\nselect = \"changed\"\nbase = \"main\"\npaths = [\"src/*.py\"]\n",
    );
    let run = |name| project.run(&["run", name, "--format", "json"]).json(0);
    assert!(paths(&run("staged")).is_empty());
    project.write("src/a.py", &format!("{EVAL}\n\ny = 2\n"));
    project.write("src/new.py", "z = 1\n");
    project.write("src/deep/er.py", "z = 2\n");
    git(&project, &["add", "src/a.py"]);
    assert_eq!(paths(&run("staged")), ["src/a.py"]);
    assert_eq!(paths(&run("side")), ["src/a.py", "src/new.py"]);
    project.write("devflow.toml", "[pipeline.side]\nselect = \"changed\"\nbase = \"nobody\"\n");
    let ran = project.run(&["run", "side"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("git says"), "{ran:?}");
}

#[test]
fn a_pipeline_reviews_changes() {
    let project = repository();
    project.write("devflow.toml", "[pipeline.change]\nselect = \"changed\"\noperations = [\"review:change\"]\n");
    project.write("src/b.py", "import os\n\nos.system(\"ls \" + input())\n");
    let document = project.run(&["run", "change", "--format", "json"]).json(0);
    assert!(paths(&document) == ["src/b.py"] && rules(&document).contains(&"command-injection"), "{document}");
    project.write("devflow.toml", "[pipeline.change]\noperations = [\"review:change\"]\n");
    assert!(project.run(&["run", "change"]).stderr.contains("looks at changes, and selects none"));
    project.write("devflow.toml", "[pipeline.change]\nselect = \"changed\"\noperations = [\"review:change\"]\n");
    // What is gone is told, below the paths of the pipeline and nowhere else.
    git(&project, &["add", "."]);
    git(&project, &["commit", "-q", "-m", "more"]);
    std::fs::remove_file(project.path("src/a.py")).unwrap();
    let document = project.run(&["run", "change", "--format", "json"]).json(0);
    assert_eq!(document["coverage"]["skipped"], serde_json::json!([{ "path": "src/a.py", "reason": "deleted" }]), "{document}");
    std::fs::create_dir(project.path("lib")).unwrap();
    assert_eq!(project.run(&["run", "change", "lib", "--format", "json"]).json(0)["coverage"]["found"], 0);
}

#[test]
fn what_is_wrong_with_a_pipeline_is_said() {
    let project = Project::new();
    project.write("devflow.toml", "[pipeline.nightly]\n");
    for (args, expected) in [
        (vec!["run", "nightli"], "did you mean `nightly`?"),
        (vec!["run", "nightly", "--option", "a=b"], "is a pipeline"),
        (vec!["run", "nightly", "--verify", "true"], "what it generates is not tried"),
        (vec!["run", "nightly", "--diff", "x"], "is a pipeline"),
    ] {
        let ran = project.run(&args);
        assert!(ran.status == Some(2) && ran.stderr.contains(expected), "{args:?}: {ran:?}");
    }
    project.write("devflow.toml", "[pipeline.a]\nextends = \"b\"\n[pipeline.b]\nextends = \"a\"\n");
    let ran = project.run(&["pipelines"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("in a circle: a -> b -> a"), "{ran:?}");
}

#[test]
fn some_paths_have_settings_of_their_own() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    project.write("old/b.py", EVAL);
    project.write("gen/c.py", EVAL);
    project.write(
        "devflow.toml",
        "[[override]]\npaths = [\"old/**\"]\nseverity.\"review/eval\" = \"info\"\n[[override]]\npaths = [\"gen/*\"]\nanalyzers = []\n",
    );
    let document = project.run(&["analyze", "batch", ".", "--format", "json"]).json(0);
    let found: Vec<(&str, &str)> = document["files"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|file| {
            let path = file["path"].as_str().unwrap();
            file["findings"].as_array().unwrap().iter().map(move |finding| (path, finding["severity"].as_str().unwrap()))
        })
        .collect();
    assert_eq!(found, [("old/b.py", "info"), ("src/a.py", "high")]);
    // Copies of one content with other settings are other results, also when they are reused.
    let again = project.run(&["analyze", "batch", ".", "--format", "json"]).json(0);
    assert_eq!(again["coverage"]["reused"], 2);
    assert!(again["coverage"]["skipped"].as_array().unwrap().contains(&serde_json::json!({ "path": "gen/c.py", "reason": "override" })));
    assert_eq!(again["summary"]["findings"], document["summary"]["findings"]);
}

#[test]
fn a_nested_file_speaks_for_its_folder_and_for_nothing_else() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    project.write("part/src/b.py", EVAL);
    project.write("part/deep/c.py", EVAL);
    let counts = |project: &Project, path: &str| rules(&project.run(&["analyze", "batch", path, "--format", "json"]).json(0)).len();
    assert_eq!(counts(&project, "."), 3);
    project.write("part/devflow.toml", "[analyzers]\ndisabled-rules = [\"eval\"]\n");
    project.write("part/deep/devflow.toml", "[[override]]\npaths = [\"*.py\"]\nseverity.eval = \"low\"\n");
    // Whoever works in a folder with settings of its own has that folder as the project: the root is asked from above.
    assert_eq!((counts(&project, "."), counts(&project, "part/src/b.py")), (1, 0));
    let text = project.run(&["config", "show", "--for", "part/deep/c.py"]).text(0);
    let (outer, inner) = (text.find("part/devflow.toml").unwrap(), text.find("part/deep/devflow.toml").unwrap());
    assert!(outer < inner && text.contains("severity.eval = \"low\""), "{text}");
    assert!(project.run(&["config", "show", "--for", "src/a.py"]).text(0).contains("nothing is different"));
    project.write("part/devflow.toml", "[analyzers]\ndisabled-ruls = []\n");
    let ran = project.run(&["analyze", "batch", "."]);
    assert!(ran.status == Some(2) && ran.stderr.contains("did you mean `analyzers.disabled-rules`?"), "{ran:?}");
    // What only a root may say, another project says.
    project.write("part/devflow.toml", "[model]\nname = \"x\"\n[analyzers]\ndisabled-rules = [\"eval\"]\n[pipeline.x]\n");
    let ran = project.run(&["analyze", "batch", "."]);
    assert!(ran.status == Some(0) && ran.stderr.matches("is the file of another project").count() == 1, "{ran:?}");
}

#[test]
fn settings_for_some_paths_name_what_is_there() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    project.write("part/b.py", EVAL);
    let wrong = [
        ("analyzers = [\"reveiw\"]", "did you mean `review`?"),
        ("options.\"test-gen:generate\".framwork = \"pytest\"", "did you mean `framework`?"),
        ("options.\"test-gen:generate\".framework = 3", "the option `framework`"),
        ("options.\"deps:audit\".advisories = \"osv\"", "looks at the whole project"),
    ];
    for (place, (line, expected)) in ["devflow.toml", "part/devflow.toml"].into_iter().flat_map(|place| wrong.map(|one| (place, one))) {
        project.write(place, &format!("[[override]]\npaths = [\"**\"]\n{line}\n"));
        for args in [&["analyze", "batch", "."][..], &["run", "review:file", "."], &["config", "check"]] {
            let ran = project.run(args);
            assert_eq!(ran.status, Some(2), "{line}: {ran:?}");
            assert!(ran.stderr.contains(expected) && ran.stderr.contains(&format!("{place}:3:")), "{line}: {ran:?}");
        }
        project.write(place, "");
    }
    std::fs::write(project.path("part/devflow.toml"), b"\xff\xfe[analyzers]\n").unwrap();
    for args in [&["analyze", "batch", "."][..], &["config", "check"]] {
        let ran = project.run(args);
        assert!(ran.status == Some(2) && ran.stderr.contains("cannot read `part/devflow.toml`"), "{ran:?}");
    }
    // A run does not ask all analyzers for their rules; a check does.
    project.write("part/devflow.toml", "[[override]]\npaths = [\"**\"]\nseverity.evel = \"low\"\n");
    assert_eq!(project.run(&["analyze", "batch", "."]).status, Some(0));
    let checked = project.run(&["config", "check"]);
    assert!(checked.status == Some(2) && checked.stderr.contains("part/devflow.toml:3:"), "{checked:?}");
    project.write("part/devflow.toml", "[analyzers]\ndisabled-rules = [\"review/eval\"]\n");
    project.run(&["config", "check"]).text(0);
    assert_eq!(rules(&project.run(&["analyze", "batch", ".", "--format", "json"]).json(0)), ["eval"], "the rule is off in one folder");
}

#[test]
fn a_check_of_the_settings_looks_into_the_scripts_of_pipelines() {
    let project = Project::new();
    project.write("devflow.toml", "[pipeline.p]\nscript = \"h.rhai\"\n");
    project.write("h.rhai", "fn after(run) {\n    pritn(run.verdict);\n    analyze([\"a\"], #{ \"model.mod\": \"off\" });\n}\n");
    let checked = project.run(&["config", "check"]);
    assert!(checked.status == Some(2) && checked.stderr.contains("h.rhai:2:") && checked.stderr.contains("h.rhai:3:"), "{checked:?}");
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_a_nested_file_is_not_waited_for() {
    let project = Project::new();
    project.write("part/a.py", EVAL);
    let made = Command::new("mkfifo").arg(project.path("part/devflow.toml")).status().unwrap();
    assert!(made.success());
    assert_eq!(rules(&project.run(&["analyze", "batch", ".", "--no-model", "--format", "json"]).json(0)), ["eval"]);
}

#[test]
fn each_pipeline_of_devflows_own_runs() {
    let own = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/devflow.toml")).unwrap();
    let project = repository();
    project.write("plugins/x/src/lib.rs", "//! X.\n\n/// Adds.\npub fn add(a: u8, b: u8) -> u8 {\n    a + b\n}\n");
    project.write("Cargo.toml", "[package]\nname = \"thing\"\nversion = \"0.1.0\"\nlicense = \"MIT\"\n\n[dependencies]\nserde = \"1\"\n");
    project.write("devflow.toml", &own);
    git(&project, &["add", "plugins"]);
    let run = |name, status| project.run(&["run", name, "--format", "json"]).json(status);
    let document = run("default", 0);
    assert_eq!(paths(&document), ["plugins/x/src/lib.rs", "src/a.py", "src/b.py"]);
    assert_eq!(paths(&run("pre-commit", 0)), ["plugins/x/src/lib.rs"]);
    let audit = run("audit", 0);
    assert!(rules(&audit).contains(&"advisories-not-checked") && project.path("audit.md").is_file(), "{audit}");
    let nightly = run("nightly", 0);
    assert!(failed(&nightly).is_empty() && project.path("nightly.sarif").is_file());
    let listed = project.run(&["pipelines"]).text(0);
    assert_eq!(listed.lines().filter(|line| !line.starts_with(' ')).count(), 4, "a pipeline without a test: {listed}");
}

#[test]
fn a_score_of_a_pipeline_is_explained_with_all_that_made_it() {
    let project = Project::new();
    project.write("src/a.py", "def told():\n    \"\"\"Says what happened.\"\"\"\n\n\ndef run(text):\n    return eval(text)\n");
    project.write("devflow.toml", "[pipeline.all]\noperations = [\"review:file\", \"docs:check\"]\n");
    let none = project.run(&["explain", "src/a.py", "--pipeline", "all"]);
    assert!(none.status == Some(2) && none.stderr.contains("no run `last:all` is kept"), "{none:?}");
    project.run(&["run", "all"]).text(0);
    let text = project.run(&["explain", "src/a.py", "--pipeline", "all"]).text(0);
    assert!(text.contains("review/eval") && text.contains("docs/") && text.contains("in the run "), "{text}");
    assert!(!project.run(&["explain", "src/a.py"]).text(0).contains("docs/"));
    let other = project.run(&["explain", "src/b.py", "--pipeline", "all"]);
    assert!(other.status == Some(2) && other.stderr.contains("did not look at `src/b.py`"), "{other:?}");
}
