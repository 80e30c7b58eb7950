//! Operations of all scopes as a user runs them: `devflow run` and its familiar names, options, what is made, permissions.

use serde_json::Value;

use crate::support::fake_grok::{FakeGrok, Reply};
use crate::support::{Project, failed, findings};

const MANIFEST: &str =
    "[package]\nname = \"thing\"\nversion = \"0.1.0\"\nlicense = \"MIT\"\n\n[dependencies]\nserde = \"1\"\nleft-pad-rs = \"1\"\n";

fn crate_with_unused() -> Project {
    let project = Project::new();
    project.write("Cargo.toml", MANIFEST);
    project.write("src/lib.rs", "//! A thing.\n\nuse serde::Serialize;\n\n/// A.\n#[derive(Serialize)]\npub struct A;\n");
    project
}

fn rules(document: &Value) -> Vec<&str> {
    findings(document).iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

#[test]
fn a_finding_about_a_manifest_stands_at_its_line() {
    let document = crate_with_unused().run(&["deps", "unused", "--format", "json"]).json(0);
    let row = document["files"].as_array().unwrap().iter().find(|file| file["path"] == "Cargo.toml").unwrap();
    assert_eq!(row["language"], "document");
    let finding = &row["findings"][0];
    assert_eq!((&finding["rule"], &finding["analyzer"]), (&"unused-dependency".into(), &"deps".into()));
    assert_eq!((&finding["line"], &finding["quote"]), (&8.into(), &"left-pad-rs = \"1\"".into()));
    assert!(row["score"].is_null(), "a manifest is not code");
    assert_eq!(document["coverage"]["analyzed"], 2);
}

#[test]
fn a_verb_is_a_name_for_an_operation() {
    let project = crate_with_unused();
    let by_verb = project.run(&["deps", "unused", "--format", "json"]).json(0);
    let by_name = project.run(&["run", "deps:unused", ".", "--format", "json"]).json(0);
    assert_eq!(by_verb["files"], by_name["files"]);
}

#[test]
fn gates_hold_for_every_operation() {
    let project = crate_with_unused();
    assert_eq!(project.run(&["deps", "unused", "--fail-on", "low"]).status, Some(1));
    assert_eq!(project.run(&["deps", "unused", "--fail-on", "high"]).status, Some(0));
}

#[test]
fn what_is_wrong_with_an_operation_is_said() {
    let project = crate_with_unused();
    for (args, expected) in [
        (vec!["run", "deps"], "there is no pipeline `deps`"),
        (vec!["run", "nobody:file"], "there is no analyzer `nobody`"),
        (vec!["run", "deps:nothing"], "`deps` has no operation `nothing`"),
        (vec!["run", "deps:unused", "--option", "colour=red"], "has no option `colour`"),
        (vec!["run", "deps:audit", "--option", "advisories=nowhere"], "is no folder"),
        (vec!["run", "deps:audit", "--option", "advisories=.", "--option", "advisories=src"], "is given twice"),
    ] {
        let ran = project.run(&args);
        assert!(ran.status == Some(2) && ran.stderr.contains(expected), "{args:?}: {ran:?}");
    }
}

#[test]
fn a_folder_of_advisories_is_read() {
    let project = crate_with_unused();
    let lock = "version = 4\n\n[[package]]\nname = \"serde\"\nversion = \"1.0.0\"\nsource = \"registry+https://example.org/index\"\n";
    project.write("Cargo.lock", lock);
    let advisory = r#"{"id":"X-2026-1","summary":"It leaks.","affected":[{"package":{"ecosystem":"ECOSYSTEM","name":"serde"},
        "ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.0.5"}]}]}],"database_specific":{"severity":"HIGH"}}"#;
    // The name of the ecosystem is that of a host.
    project.write("known/X-2026-1.json", &advisory.replace("ECOSYSTEM", &["crates", "io"].join(".")));
    let document = project.run(&["deps", "audit", "--advisories", "known", "--format", "json"]).json(0);
    let is_known = |finding: &&Value| finding["message"].as_str().unwrap().contains("X-2026-1");
    let found: Vec<&Value> = findings(&document).into_iter().filter(is_known).collect();
    assert_eq!(found.len(), 1, "{document}");
    assert_eq!(found[0]["severity"], "high");
    assert!(!rules(&document).contains(&"advisories-not-checked"));
}

#[test]
fn what_is_made_is_written_where_the_user_says_and_nothing_is_replaced() {
    let project = crate_with_unused();
    let text = project.run(&["deps", "licenses", "--write", "out"]).text(0);
    assert!(text.contains("wrote licenses.md"), "{text}");
    let page = std::fs::read_to_string(project.path("out/licenses.md")).unwrap();
    assert!(page.contains("`serde`"), "{page}");
    assert!(project.run(&["deps", "licenses", "--write", "out"]).text(0).contains("unchanged licenses.md"));
    project.write("out/licenses.md", "mine\n");
    assert!(project.run(&["deps", "licenses", "--write", "out"]).text(0).contains("left alone licenses.md"));
    assert_eq!(std::fs::read_to_string(project.path("out/licenses.md")).unwrap(), "mine\n");
    project.run(&["deps", "licenses", "--write", "out", "--overwrite"]).text(0);
    assert_eq!(std::fs::read_to_string(project.path("out/licenses.md")).unwrap(), page);
}

#[test]
fn a_question_about_a_project_is_asked_checked_and_kept() {
    let fake = FakeGrok::start(|request| {
        assert!(request.content().contains("left-pad-rs"), "{}", request.content());
        Reply::findings(&serde_json::json!({ "alternatives": [
            { "ecosystem": "cargo", "dependency": "left-pad-rs", "instead": "std", "gain": "built-in", "reason": "`format!` pads." },
            { "ecosystem": "cargo", "dependency": "not-there", "instead": "std", "gain": "built-in", "reason": "Invented." },
        ]}))
    });
    let project = crate_with_unused().with_model(&fake);
    let document = project.run(&["deps", "alternatives", "--format", "json"]).json(0);
    assert_eq!(findings(&document).len(), 1, "{document}");
    assert_eq!(findings(&document)[0]["origin"], "model");
    assert_eq!(fake.count(), 1);
    project.run(&["deps", "alternatives", "--format", "json"]).json(0);
    assert_eq!(fake.count(), 1, "the answer is kept");
    assert!(failed(&document).is_empty());
}

#[test]
fn a_server_that_is_down_leaves_a_project_incomplete() {
    let project = crate_with_unused().with_server("http://127.0.0.1:9/v1");
    let document = project.run(&["deps", "alternatives", "--format", "json"]).json(3);
    assert_eq!((&failed(&document)[0]["unit"], &failed(&document)[0]["operation"]), (&"project".into(), &"alternatives".into()));
}

#[test]
fn a_command_that_had_nothing_to_verify_says_so() {
    let text = crate_with_unused().run(&["refactor", "smells", "src", "--verify", "true"]).text(3);
    assert!(text.contains("nothing was made, so nothing was verified"), "{text}");
}

#[test]
fn an_operation_that_needs_the_model_is_not_done_without_it() {
    let project = crate_with_unused();
    for (verb, operation) in [("test", "generate"), ("test", "fixtures"), ("refactor", "suggest"), ("refactor", "apply")] {
        let mut args = vec![verb, operation, "src", "--format", "json"];
        if operation == "apply" {
            args.extend(["--option", "instruction=Rename it."]);
        }
        let document = project.run(&args).json(3);
        assert_eq!(document["run"]["outcome"], "incomplete", "{document}");
        assert!(document["summary"]["scores"].is_null() && document["files"].as_array().is_none_or(Vec::is_empty), "{document}");
        let failed = failed(&document);
        assert_eq!((failed.len(), &failed[0]["operation"]), (1, &operation.into()));
        let text = project.run(&args[..args.len() - 2]).text(if operation == "apply" { 2 } else { 3 });
        assert!(!text.contains("clean") && !text.contains("scores"), "{text}");
    }
    // Beside others, the rest is done.
    project.write("devflow.toml", "[analyzers]\nenabled = [\"review\", \"refactor:suggest\"]\n");
    let document = project.run(&["analyze", "batch", "src", "--format", "json"]).json(3);
    assert!(document["files"].as_array().is_some_and(|files| !files.is_empty()), "{document}");
    assert_eq!(failed(&document)[0]["operation"], "suggest");
}

#[test]
fn an_operation_that_asks_says_so_when_the_model_takes_no_part() {
    let text = crate_with_unused().run(&["refactor", "plan", "src/lib.rs"]).text(0);
    assert!(text.contains("refactor:plan asks the model, which took no part"), "{text}");
}

#[test]
fn hidden_documents_are_read_and_odd_ones_declined() {
    let project = crate_with_unused();
    let found = |project: &Project| {
        let document = project.run(&["docs", "readme", "--format", "json"]).json(0);
        (rules(&document).contains(&"readme-missing"), document["coverage"]["skipped"].to_string())
    };
    assert!(found(&project).0);
    std::fs::create_dir_all(project.path(".github")).unwrap();
    std::fs::write(project.path(".github/README.md"), b"caf\xe9").unwrap();
    assert!(found(&project).1.contains(r#"{"path":".github/README.md","reason":"not-utf8"}"#), "{:?}", found(&project));
    project.write(".github/README.md", "# Thing\n");
    assert!(!found(&project).0);
}

#[test]
fn a_patch_of_the_model_is_shown_when_it_fits_and_dropped_when_it_does_not() {
    let edit = |search: &str| serde_json::json!({ "title": "Rename.", "edits": [{ "search": search, "replace": "pub struct B;" }] });
    let run = |search: &'static str| {
        let fake = FakeGrok::start(move |_| Reply::findings(&edit(search)));
        let project = crate_with_unused().with_model(&fake);
        project.run(&["refactor", "apply", "src", "--option", "instruction=Call it B.", "--format", "json"]).json(0)
    };
    let fits = run("pub struct A;");
    let diff = fits["files"][0]["patches"][0]["diff"].as_str().unwrap_or_default();
    assert!(diff.starts_with("--- a/src/lib.rs\n+++ b/src/lib.rs\n") && diff.contains("-pub struct A;\n+pub struct B;\n"), "{fits}");
    let invented = run("pub struct Z;");
    assert!(invented["files"][0]["patches"].is_null() && invented["summary"]["dropped"] == 1, "{invented}");
}

#[cfg(unix)]
#[test]
fn what_is_written_replaces_no_odd_file_and_follows_no_link_out() {
    let project = crate_with_unused();
    std::fs::create_dir_all(project.path("out")).unwrap();
    std::fs::write(project.path("out/licenses.md"), b"\xff\xfe mine").unwrap();
    assert!(project.run(&["deps", "licenses", "--write", "out"]).text(0).contains("left alone licenses.md"));
    assert_eq!(std::fs::read(project.path("out/licenses.md")).unwrap(), b"\xff\xfe mine");
    let elsewhere = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), project.path("out/docs")).unwrap();
    let ran = project.run(&["docs", "architecture", "--write", "out"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("would be written outside"), "{ran:?}");
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn what_is_made_does_not_steer_the_terminal() {
    let project = crate_with_unused();
    project.write("Cargo.toml", &MANIFEST.replace("MIT", "MIT\\u001b[31m"));
    let ran = project.run(&["deps", "licenses"]);
    assert!(ran.stdout.contains("licenses.md") && !ran.stdout.contains('\u{1b}'), "{ran:?}");
}

#[test]
fn a_markdown_report_has_what_was_made() {
    let text = crate_with_unused().run(&["docs", "architecture", "--format", "markdown"]).text(0);
    assert!(text.contains("`docs/architecture.md` (docs:architecture)"), "{text}");
}
