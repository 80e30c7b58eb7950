//! Plugins by others as a user meets them: adding, removing, settings, permissions, and that a bad one spoils nothing.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::support::fake_grok::{FakeGrok, Reply};
use crate::support::guest::{hostile, third, third_with};
use crate::support::{Project, failed, findings, nothing_found};

const CODE: &str = "def run(text):\n    \"\"\"Runs.\"\"\"\n    return eval(text)\n";

fn project() -> Project {
    let project = Project::new();
    project.write("src/a.py", CODE);
    std::fs::write(project.path("hello.wasm"), third("hello")).unwrap();
    project
}

fn by(document: &Value, analyzer: &str) -> usize {
    findings(document).iter().filter(|finding| finding["analyzer"] == analyzer).count()
}

fn sha256(bytes: &[u8]) -> String {
    devflow::types::Digest::of(bytes).to_string()
}

#[test]
fn an_added_plugin_takes_part_in_everything_and_a_removed_one_in_nothing() {
    let project = project();
    let text = project.run(&["plugin", "add", "hello.wasm"]).text(0);
    assert!(text.contains("hello:file  Says hello") && text.contains("it asks for model; it is granted none"), "{text}");
    assert!(project.path(".devflow/plugins/hello.wasm").is_file());
    let document = project.analyze(&[]).json(0);
    assert_eq!((by(&document, "hello"), by(&document, "review")), (1, 1));
    assert!(project.run(&["analyze", "batch", "src", "--fail-on", "medium"]).stdout.contains("hello/hello"));
    assert!(project.run(&["explain", "src/a.py"]).text(0).contains("line 1: hello/hello (medium, 90 % sure)"));
    assert!(project.run(&["plugin", "why", "hello"]).text(0).contains("hello/hello, medium, security: a hello"));
    assert!(project.run(&["plugin", "info", "hello"]).text(0).contains("asks for model; is granted none"));
    assert!(project.run(&["plugin", "add", "hello.wasm"]).stderr.contains("there is an analyzer `hello` already"));
    project.run(&["plugin", "remove", "hello"]).text(0);
    assert!(!project.path(".devflow/plugins/hello.wasm").exists());
    assert_eq!(by(&project.analyze(&[]).json(0), "hello"), 0);
    assert!(project.run(&["plugin", "remove", "hello"]).stderr.contains("has no plugin `hello`"));
}

#[test]
fn an_operation_of_a_plugin_is_run_by_its_name() {
    let project = project();
    project.run(&["plugin", "add", "hello.wasm"]).text(0);
    let document = project.run(&["run", "hello:file", "src", "--format", "json"]).json(0);
    assert_eq!((by(&document, "hello"), by(&document, "review")), (1, 0));
}

#[test]
fn an_operation_may_look_at_single_functions() {
    let fake = FakeGrok::start(|request| {
        let is_own = request.instructions().contains("Say nothing.");
        if is_own { Reply::findings(&serde_json::json!({})) } else { nothing_found() }
    });
    let project = Project::new().with_model(&fake);
    project.write("src/a.py", "import os\n\nclass A:\n    def one(self):\n        return os\n\n\ndef two():\n    pass\n");
    let scope = [("(i32.store8 (i32.const 1116) (i32.const 0))", "(i32.store8 (i32.const 1116) (i32.const 2))"), ("\"file\"", "\"each\"")];
    std::fs::write(project.path("hello.wasm"), third_with("hello", &scope)).unwrap();
    project.run(&["plugin", "add", "hello.wasm", "--allow", "model"]).text(0);
    let document = project.run(&["run", "hello:each", "src", "--format", "json"]).json(0);
    let places: Vec<_> = findings(&document).iter().map(|finding| (finding["line"].clone(), finding["column"].clone())).collect();
    assert_eq!(places, [(4.into(), 5.into()), (8.into(), 1.into())]);
    // One question for each, with its text and nothing else.
    let asked: Vec<String> = fake.requests().iter().map(|request| request.content()).collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    for (text, others) in [("def one(self):", "def two"), ("def two():", "def one")] {
        assert!(asked.iter().any(|input| input.contains(text) && !input.contains(others) && !input.contains("import")), "{asked:?}");
    }
    // An edit of one function asks about that one.
    project.write("src/a.py", "import os\n\nclass A:\n    def one(self):\n        return os\n\n\ndef two():\n    return 2\n");
    project.run(&["run", "hello:each", "src", "--format", "json"]).json(0);
    assert_eq!(fake.count(), 3);
    assert!(project.run(&["plugin", "check", "hello.wasm"]).text(0).contains("each"));
    // It takes part in every analysis, beside others.
    let document = project.analyze(&[]).json(0);
    assert_eq!((by(&document, "hello"), fake.count()), (2, 4), "{document}");
    assert_eq!(project.run(&["config", "check"]).status, Some(0));
    for (from, to, expected) in [("each", "none", "has no operation `none`"), ("none", "file", "")] {
        let table = std::fs::read_to_string(project.path("devflow.toml")).unwrap();
        project.write("devflow.toml", &table.replace(&format!("[\"{from}\"]"), &format!("[\"{to}\"]")));
        let ran = project.analyze(&[]);
        assert!(ran.status >= Some(2) && ran.stderr.contains(expected), "{ran:?}");
    }
}

#[test]
fn a_folder_without_a_plugin_or_a_case_is_a_mistake() {
    let project = Project::new();
    for args in [["plugin", "build", "nowhere"], ["plugin", "test", "nowhere"]] {
        assert_eq!(project.run(&args).status, Some(2));
    }
    project.write("p/Cargo.toml", "[workspace]\n");
    let built = project.run(&["plugin", "build", "p"]);
    assert!(built.status == Some(2) && built.stderr.contains("names no package"), "{built:?}");
    std::fs::create_dir_all(project.path("p/cases")).unwrap();
    let tested = project.run(&["plugin", "test", "p"]);
    assert!(tested.status == Some(2) && tested.stderr.contains("there is no case"), "{tested:?}");
}

#[test]
fn a_component_that_was_changed_is_not_run() {
    let project = project();
    project.run(&["plugin", "add", "hello.wasm"]).text(0);
    std::fs::write(project.path(".devflow/plugins/hello.wasm"), third("other")).unwrap();
    let document = project.analyze(&[]).json(3);
    let error = failed(&document)[0]["error"].as_str().unwrap();
    assert!(error.contains("has the checksum") && error.matches("cannot be loaded").count() == 1, "{error}");
    assert_eq!(by(&document, "review"), 1, "the others are complete");
}

/// A checkout with a plugin that says what it may, as a clone brings it.
fn cloned(scope: &str, fake: &FakeGrok) -> Project {
    let project = Project::new().with_model(fake);
    project.write("src/a.py", CODE);
    let scope = [("(i32.store8 (i32.const 1118) (i32.const 0))", scope)];
    std::fs::write(project.path("hello.wasm"), third_with("hello", &scope)).unwrap();
    let table = "[[plugin]]\nname = \"hello\"\npath = \"hello.wasm\"\noperations = [\"file\"]\nallow = [\"model\", \"project\"]\n";
    project.write("devflow.toml", table);
    project
}

fn says_nothing(asked: &std::sync::Arc<AtomicUsize>) -> FakeGrok {
    let count = std::sync::Arc::clone(asked);
    FakeGrok::start(move |request| {
        if request.instructions().contains("Say nothing.") {
            count.fetch_add(1, Ordering::SeqCst);
            return Reply::findings(&serde_json::json!({}));
        }
        nothing_found()
    })
}

#[test]
fn a_plugin_of_a_checkout_has_no_permission_before_the_user_trusts_it() {
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    let fake = says_nothing(&asked);
    let project = cloned("(i32.store8 (i32.const 1118) (i32.const 0))", &fake);
    // It takes part with what needs no permission, and the run says so.
    let ran = project.analyze(&[]);
    let (is_told, hint) = ("the plugin `hello` of the project is not trusted", "plugin trust hello");
    assert!(ran.stderr.contains(is_told) && ran.stderr.contains(hint), "{ran:?}");
    assert_eq!(by(&ran.json(0), "hello"), 1);
    // Asked for by name, it is not what was asked for.
    let document = project.run(&["run", "hello:file", "src", "--format", "json"]).json(3);
    assert!(failed(&document)[0]["error"].as_str().unwrap().contains("is not trusted"), "{document}");
    assert_eq!((by(&document, "hello"), asked.load(Ordering::SeqCst)), (1, 0));
    assert!(project.run(&["plugin", "info", "hello"]).text(0).contains("is granted none"));
    // One run, by a flag or by a variable.
    project.run(&["run", "hello:file", "src", "--trust-plugins", "--format", "json"]).json(0);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let by_variable = project.with_variable("DEVFLOW_TRUST_PLUGINS", "1");
    let ran = by_variable.run(&["run", "hello:file", "src", "--fresh", "--format", "json"]);
    assert!(!ran.stderr.contains("DEVFLOW_TRUST_PLUGINS"), "{ran:?}");
    ran.json(0);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    // A variable that is there and empty says nothing.
    let empty = by_variable.with_variable("DEVFLOW_TRUST_PLUGINS", "");
    empty.run(&["run", "hello:file", "src", "--fresh", "--format", "json"]).json(3);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[test]
fn trust_is_in_one_component_and_ends_when_it_changes() {
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    let fake = says_nothing(&asked);
    let project = cloned("(i32.store8 (i32.const 1118) (i32.const 0))", &fake);
    assert!(project.run(&["plugin", "trust", "hello"]).text(0).contains("with the checksum"));
    assert_eq!(project.run(&["plugin", "trust", "review"]).status, Some(2));
    let ran = project.run(&["run", "hello:file", "src", "--format", "json"]);
    assert!(!ran.stderr.contains("not trusted"), "{ran:?}");
    ran.json(0);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert!(project.run(&["plugin", "info", "hello"]).text(0).contains("is granted model, project"));
    // Another component under the same name.
    std::fs::write(project.path("hello.wasm"), third_with("hello", &[("\"Says hello\"", "\"Says howdy\"")])).unwrap();
    project.write("src/a.py", &CODE.replace("Runs.", "Walks."));
    let document = project.run(&["run", "hello:file", "src", "--format", "json"]).json(3);
    assert_eq!(asked.load(Ordering::SeqCst), 1, "{document}");
}

#[test]
fn an_operation_about_the_project_is_not_run_blind() {
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    let fake = says_nothing(&asked);
    let sees = "(i32.store8 (i32.const 1118) (i32.const 1)) (i32.store8 (i32.const 1116) (i32.const 3))";
    let project = cloned(sees, &fake);
    let ran = project.run(&["run", "hello:file", "src"]);
    assert!(ran.status == Some(3) && ran.stderr.contains("is not trusted, and went without `model` and `project`"), "{ran:?}");
    project.run(&["plugin", "trust", "hello"]).text(0);
    let ran = project.run(&["run", "hello:file", "src"]);
    assert!(!ran.stderr.contains("is not trusted"), "{ran:?}");
}

#[test]
fn only_a_plugin_that_may_ask_asks_and_within_its_own_budget() {
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&asked);
    let fake = FakeGrok::start(move |request| {
        if request.instructions().contains("Say nothing.") {
            count.fetch_add(1, Ordering::SeqCst);
            return Reply::findings(&serde_json::json!({}));
        }
        nothing_found()
    });
    let project = project().with_model(&fake);
    project.run(&["plugin", "add", "hello.wasm"]).text(0);
    project.analyze(&[]).json(0);
    assert_eq!(asked.load(Ordering::SeqCst), 0, "it was not allowed to");
    project.run(&["plugin", "remove", "hello"]).text(0);
    project.run(&["plugin", "add", "hello.wasm", "--allow", "model"]).text(0);
    project.analyze(&[]).json(0);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let table = std::fs::read_to_string(project.path("devflow.toml")).unwrap();
    project.write("devflow.toml", &format!("{table}max-usd = 0.000001\n"));
    project.write("src/a.py", &CODE.replace("Runs.", "Walks."));
    let document = project.analyze(&[]).json(3);
    assert!(failed(&document)[0]["error"].as_str().unwrap().contains("the plugin's own budget"), "{document}");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn a_url_needs_a_checksum_and_the_right_one() {
    let project = project();
    let component = third("far");
    for (source, expected) in [
        ("https://example.org/far.wasm".to_owned(), "needs its checksum"),
        ("https://example.org/far.wasm#sha256=12".to_owned(), "is no checksum"),
        ("http://example.org/far.wasm#sha256=".to_owned() + sha256(&component).as_str(), "only `https://` is fetched"),
        ("hello.wasm#sha256=".to_owned() + sha256(&component).as_str(), "was expected; nothing was added"),
    ] {
        let ran = project.run(&["plugin", "add", &source]);
        assert!(ran.status != Some(0) && ran.stderr.contains(expected), "{source}: {ran:?}");
    }
    assert!(!project.path("devflow.toml").exists());
}

#[test]
fn a_run_fetches_nothing() {
    let project = project();
    let table = format!("[[plugin]]\nname = \"far\"\nurl = \"http://127.0.0.1:9/far.wasm\"\nsha256 = \"{}\"\n", sha256(b"x"));
    project.write("devflow.toml", &table);
    let ran = project.run(&["analyze", "batch", "src"]);
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.stderr.contains("plugin `far`") && ran.stderr.contains("devflow plugin add http://127.0.0.1:9/far.wasm#sha256="),
        "{ran:?}"
    );
}

#[test]
fn a_plugin_cannot_take_the_name_of_one_of_our_own() {
    let project = project();
    std::fs::write(project.path("review.wasm"), third("review")).unwrap();
    assert!(project.run(&["plugin", "add", "review.wasm"]).stderr.contains("`review` is an analyzer of devflow itself"));
    project.write("devflow.toml", "[[plugin]]\nname = \"review\"\npath = \"review.wasm\"\n");
    let ran = project.analyze(&[]);
    assert!(ran.status == Some(2) && ran.stderr.contains("one of devflow's own analyzers"), "{ran:?}");
}

#[test]
fn a_plugin_that_crashes_spoils_nothing_of_the_others() {
    for (body, reason) in [
        ("unreachable", "crashed in `inspect`"),
        ("(loop (br 0)) unreachable", "ran longer than"),
        ("(drop (memory.grow (i32.const 60000))) (i32.const 1024)", "MiB of memory"),
    ] {
        let project = project().with("analyzers.deadline", "200");
        std::fs::write(project.path("bad.wasm"), hostile(body)).unwrap();
        project.write("devflow.toml", "[[plugin]]\nname = \"bad\"\npath = \"bad.wasm\"\n");
        let document = project.analyze(&[]).json(3);
        let row = &failed(&document)[0];
        assert!(row["error"].as_str().unwrap().contains(reason), "{row}");
        assert_eq!((&row["analyzer"], &row["operation"], &row["unit"]), (&"bad".into(), &"file".into(), &"file".into()));
        assert_eq!(by(&document, "review"), 1);
        assert!(document["files"][0]["score"].is_null(), "a file with a failed unit has no score");
    }
}

#[test]
fn check_tells_good_from_bad() {
    let project = project();
    let text = project.run(&["plugin", "check", "hello.wasm"]).text(0);
    assert!(text.contains("contract 0.2.0, hello 1.2.3") && text.contains("gives the same twice"), "{text}");
    std::fs::write(project.path("bad.wasm"), hostile("unreachable")).unwrap();
    let ran = project.run(&["plugin", "check", "bad.wasm"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("crashed in `manifest`"), "{ran:?}");
    project.write("no.wasm", "this is no component");
    assert_eq!(project.run(&["plugin", "check", "no.wasm"]).status, Some(2));
}

#[test]
fn a_new_plugin_has_all_its_files_and_is_not_written_over_another() {
    let project = Project::new();
    project.run(&["plugin", "new", "no-sleep"]).text(0);
    for file in ["Cargo.toml", "src/lib.rs", "cases/waits.py.expected", "sdk/wit/v0.2/analyzer.wit", "sdk/src/wasm.rs"] {
        assert!(project.path("no-sleep").join(file).is_file(), "{file}");
    }
    assert!(std::fs::read_to_string(project.path("no-sleep/src/lib.rs")).unwrap().contains("id: \"no-sleep\""));
    assert_eq!(project.run(&["plugin", "new", "no-sleep"]).status, Some(2));
    assert_eq!(project.run(&["plugin", "new", "No Sleep"]).status, Some(2));
    assert_eq!(project.run(&["plugin", "wit"]).text(0), include_str!("../../plugins/sdk/wit/v0.2/analyzer.wit"));
}

#[test]
fn a_new_plugin_in_another_language_bears_its_name_everywhere() {
    let project = Project::new();
    for (lang, source, manifest) in
        [("js", "plugin.js", "package.json"), ("python", "plugin.py", "pyproject.toml"), ("c", "plugin.c", "plugin.toml")]
    {
        let name = format!("wait-for-{lang}");
        project.run(&["plugin", "new", "--lang", lang, &name]).text(0);
        let read = |file: &str| std::fs::read_to_string(project.path(&name).join(file)).unwrap();
        assert!(read(manifest).contains(&name) && read("README.md").contains(&name), "{lang}");
        assert!(!read(source).contains("no-sleep") && read("cases/waits.py.expected").contains("5 sleep-in-code"), "{lang}");
        // Without a path there is no tool, and the message says how to get it.
        let ran = project.run(&["plugin", "build", &name]);
        assert!(ran.status == Some(3) && ran.stderr.contains("is not here: install it with"), "{ran:?}");
    }
    project.write("nothing/x.txt", "x");
    assert!(project.run(&["plugin", "build", "nothing"]).stderr.contains("holds no plugin: it has none of `Cargo.toml`"));
}

#[test]
fn a_name_that_is_a_path_is_not_added() {
    let project = project();
    std::fs::write(project.path("given.wasm"), third("../../evil")).unwrap();
    let ran = project.run(&["plugin", "add", "given.wasm"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("`../../evil` is no name"), "{ran:?}");
    assert!(!project.path("devflow.toml").exists() && !project.path("evil.wasm").exists());
}
