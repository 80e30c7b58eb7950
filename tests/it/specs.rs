//! A run is data: what a command would run can be written down, and another door runs it to the same document. Runs in one process do not
//! know of each other.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use devflow::diag::Diagnostic;
use devflow::pipeline::Clock;
use devflow::project::spec::{Bytes, SettingsLayer, Work};
use devflow::project::{Hint, Listener, Machine, Project as Opened, Purpose, Renderer, RunSpec};
use devflow::report::Format;
use devflow::store::Store;
use devflow::types::{CancelToken, RunEvent, RunEventKind};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::fake_grok::FakeGrok;
use crate::support::guest::hostile;
use crate::support::{KEY, Project, claim, claims};

struct TestClock;

impl Clock for TestClock {
    fn now_ns(&self) -> i64 {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as i64
    }
}

/// A door that keeps what it hears.
#[derive(Default)]
struct Door {
    notes: Mutex<Vec<String>>,
    events: Mutex<Vec<RunEvent>>,
}

impl Listener for Door {
    fn note(&self, text: &str) {
        self.notes.lock().unwrap().push(text.to_owned());
    }

    fn alarm(&self, text: &str) {
        self.note(text);
    }

    fn word(&self, hint: &Hint) -> String {
        format!("{hint:?}")
    }

    fn warning(&self, warning: &Diagnostic) {
        self.note(&warning.message);
    }

    fn print(&self, text: &str) {
        self.note(text);
    }

    fn event(&self, event: &RunEvent) {
        self.events.lock().unwrap().push(event.clone());
    }
}

fn machine(project: &Project, folder: &str, home: &Path, listener: Arc<dyn Listener>) -> Machine {
    Machine {
        working_directory: project.path(folder),
        settings_file: None,
        config_folder: None,
        cache_folder: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache/devflow")),
        home: Some(home.to_owned()),
        trusts_plugins: false,
        key: Arc::new(|name| (name == "XAI_API_KEY").then(|| KEY.to_owned())),
        clock: Arc::new(TestClock),
        cancel: CancelToken::default(),
        listener,
    }
}

/// What a run is, but for its name, its time and its duration.
fn comparable(document: &str) -> String {
    let mut value: Value = serde_json::from_str(document).unwrap();
    for key in ["id", "started_at", "duration_ms"] {
        assert!(value["run"].as_object_mut().unwrap().remove(key).is_some(), "{key} in {document}");
    }
    serde_json::to_string_pretty(&value).unwrap()
}

/// Runs a spec in this process, in a store of its own.
fn document_of(project: &Project, folder: &str, spec: &RunSpec) -> String {
    let home = TempDir::new().unwrap();
    let door = Arc::new(Door::default());
    let opened = Opened::open(machine(project, folder, home.path(), door.clone()), &spec.settings).unwrap();
    let setup = opened.plan(spec, Purpose::Run).unwrap();
    let store = Arc::new(setup.project.store().unwrap());
    let report = setup.run(&store).unwrap();
    Renderer::new(&setup.project, &store, &report).render(&Format::Json).unwrap()
}

fn write_files(project: &Project) {
    project.write(
        "src/app.py",
        "import os\n\n\ndef run(cmd):\n    os.system(cmd)\n    return eval(cmd)\n\n\ndef untested(x):\n    return x\n",
    );
    project.write("src/deep/util.py", "password = \"hunter2hunter2\"\n");
    project.write("tests/test_app.py", "from src.app import run\n\n\ndef test_run():\n    assert run('true')\n");
    project.write("requirements.txt", "requests==2.0.0\nleft-pad\n");
    project.write("package.json", "{\"name\": \"p\", \"version\": \"1.0.0\", \"dependencies\": {\"left-pad\": \"^1.0.0\"}}\n");
    project.write(
        "change.diff",
        "--- a/src/app.py\n+++ b/src/app.py\n@@ -4,2 +4,3 @@\n def run(cmd):\n     os.system(cmd)\n+    return eval(cmd)\n",
    );
    project.write(
        "devflow.toml",
        "[pipeline.nightly]\noperations = [\"review:file\", \"docs:check\"]\npaths = [\"src\"]\ngate.fail-on = \"high\"\n",
    );
}

/// Every command that runs something, with arguments for it. `explain` and `plugin dev` have no document of their own.
const COMMANDS: &[(&str, &[&str])] = &[
    ("analyze batch", &["src", "missing.py", "--fail-on", "low", "--limit-size", "100000"]),
    ("analyze file", &["src/app.py"]),
    ("run", &["nightly"]),
    ("review files", &["src/app.py"]),
    ("review change", &["--diff", "change.diff"]),
    ("test generate", &["src"]),
    ("test gaps", &[]),
    ("test fixtures", &["src"]),
    ("refactor smells", &["src", "tests"]),
    ("refactor suggest", &["src"]),
    ("refactor plan", &["--option", "goal=less"]),
    ("refactor apply", &["src/app.py", "--option", "instruction=Rename it."]),
    ("docs module", &["src"]),
    ("docs readme", &[]),
    ("docs architecture", &[]),
    ("docs api", &[]),
    ("docs check", &["src"]),
    ("deps audit", &["--advisories", "src/deep"]),
    ("deps unused", &[]),
    ("deps duplicates", &[]),
    ("deps licenses", &[]),
    ("deps alternatives", &[]),
    ("explain", &["src/app.py"]),
    ("plugin dev", &[]),
];

#[test]
fn every_command_that_runs_something_can_write_its_spec_down() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md")).unwrap();
    let project = Project::new();
    let mut running = Vec::new();
    for name in page.lines().filter_map(|line| line.strip_prefix("## `devflow ")?.strip_suffix('`')) {
        let args: Vec<&str> = name.split(' ').chain(["--print-spec", "--no-such-flag"]).collect();
        if !project.run(&args).stderr.contains("--print-spec") {
            running.push(name);
        }
    }
    // A prompt is a question and not a run.
    running.retain(|name| *name != "template use");
    assert_eq!(running, COMMANDS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
}

#[test]
fn a_spec_that_a_command_printed_runs_to_the_same_document() {
    for (name, args) in COMMANDS.iter().filter(|(name, _)| !["explain", "plugin dev"].contains(name)) {
        let project = Project::new().with("analyzers.deadline", "60000");
        write_files(&project);
        let words: Vec<&str> = name.split(' ').chain(args.iter().copied()).chain(["--no-model"]).collect();
        let ran = project.run(&[words.as_slice(), &["--format", "json", "--progress", "never"]].concat());
        assert!(matches!(ran.status, Some(0 | 1 | 3)), "{name}: {ran:?}");
        let printed = project.run(&[words.as_slice(), &["--print-spec"]].concat()).text(0);
        let spec: RunSpec = serde_json::from_str(&printed).unwrap();
        assert_eq!(comparable(&document_of(&project, "", &spec)), comparable(&ran.stdout), "{name}: {printed}");
    }
}

#[test]
fn a_spec_with_a_model_a_list_and_a_sub_folder_runs_to_the_same_document() {
    let fake = FakeGrok::start(|_| claims(&[claim("logic-error", "low", "return eval(cmd)", 6)]));
    let project = Project::new().with_model(&fake);
    write_files(&project);
    let args = ["analyze", "batch", "-", "--max-usd", "5"];
    let finish = |more: &[&str]| project.start_with_input_in("src", &[&args, more].concat(), b"app.py\ngone.py\n").finish().text(0);
    let document = finish(&["--format", "json", "--progress", "never"]);
    let printed = finish(&["--print-spec"]);
    assert!(!printed.contains(KEY), "a spec holds no key: {printed}");
    let spec: RunSpec = serde_json::from_str(&printed).unwrap();
    assert_eq!(comparable(&document_of(&project, "src", &spec)), comparable(&document));
}

#[test]
fn variables_that_are_not_settings_leave_no_value_in_a_spec() {
    let project = Project::new().with_variable("DEVFLOW_SECRET", "hunter2").with_variable("DEVFLOW_BATCH_SIZE", "7");
    project.write("src/a.py", "a = 1\n");
    let printed = project.run(&["analyze", "batch", "src", "--print-spec"]).text(0);
    assert!(!printed.contains("hunter2") && printed.contains("DEVFLOW_SECRET") && printed.contains("\"7\""), "{printed}");
}

#[test]
fn events_have_numbers_without_gaps_and_read_back() {
    let project = Project::new();
    write_files(&project);
    project.run(&["analyze", "batch", "src", "missing.py", "--events", "events.jsonl"]).text(3);
    let text = std::fs::read_to_string(project.path("events.jsonl")).unwrap();
    let events: Vec<RunEvent> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), (1..=events.len() as u64).collect::<Vec<_>>());
    assert!(events.iter().all(|event| event.run == events[0].run && event.at >= events[0].at));
    assert!(matches!(&events[0].kind, RunEventKind::Started { asks_model: false, operations } if operations == &["review:file"]));
    assert!(matches!(&events.last().unwrap().kind, RunEventKind::Ended { .. }));
    let paths = |wanted: fn(&RunEventKind) -> Option<&str>| events.iter().filter_map(|event| wanted(&event.kind)).collect::<Vec<_>>();
    assert_eq!(paths(|kind| if let RunEventKind::Failed { failure } = kind { Some(failure.path.as_str()) } else { None }), ["missing.py"]);
    let mut done = paths(|kind| if let RunEventKind::File { path, .. } = kind { Some(path.as_str()) } else { None });
    done.sort_unstable();
    assert_eq!(done, ["src/app.py", "src/deep/util.py"]);
    let streamed = project.run(&["analyze", "batch", "src", "--events", "-", "--progress", "never"]).text(0);
    assert!(streamed.lines().all(|line| serde_json::from_str::<RunEvent>(line).is_ok()), "{streamed}");
    project.run(&["analyze", "batch", "src", "--events", "-", "--format", "json"]).text(2);
}

/// Ends its run with the first file that is done, and panics in the middle of it.
struct Troubled {
    cancel: CancelToken,
    n_panics: AtomicUsize,
}

impl Listener for Troubled {
    fn note(&self, _: &str) {}

    fn alarm(&self, _: &str) {}

    fn word(&self, _: &Hint) -> String {
        String::new()
    }

    fn warning(&self, _: &Diagnostic) {}

    fn print(&self, _: &str) {}

    fn event(&self, event: &RunEvent) {
        if let RunEventKind::File { .. } = event.kind {
            self.cancel.cancel(Duration::ZERO);
            self.n_panics.fetch_add(1, Ordering::SeqCst);
            panic!("a listener gives out");
        }
    }
}

fn spec_of(project_settings: &[(&str, &str)]) -> RunSpec {
    let pairs = project_settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    RunSpec { paths: vec![Bytes::from("src")], ..RunSpec::new(Work::Enabled, vec![SettingsLayer::flag("--set", pairs)]) }
}

#[test]
fn a_run_that_is_ended_traps_and_panics_leaves_the_one_beside_it_alone() {
    let good = Project::new();
    write_files(&good);
    let spec = spec_of(&[("model.mode", "off"), ("analyzers.deadline", "60000")]);
    let alone = comparable(&document_of(&good, "", &spec));

    let bad = Project::new();
    (0..40).for_each(|n| bad.write(&format!("src/m{n}.py"), &format!("eval({n})\n")));
    std::fs::write(bad.path("trap.wasm"), hostile("unreachable")).unwrap();
    bad.write("devflow.toml", "[[plugin]]\nname = \"trap\"\npath = \"trap.wasm\"\noperations = [\"file\"]\n");
    let home = TempDir::new().unwrap();
    let cancel = CancelToken::default();
    let troubled = Arc::new(Troubled { cancel: cancel.clone(), n_panics: AtomicUsize::new(0) });
    let machine = Machine { cancel, ..machine(&bad, "", home.path(), troubled.clone()) };
    let bad_spec = spec_of(&[("model.mode", "off"), ("batch.size", "2"), ("batch.jobs", "1")]);
    let other = std::thread::spawn(move || {
        let opened = Opened::open(machine, &bad_spec.settings).unwrap();
        let setup = opened.plan(&bad_spec, Purpose::Run).unwrap();
        let store = Arc::new(setup.project.store().unwrap());
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| setup.run(&store)));
        (ran.is_err(), store.runs("nowhere", 1).is_ok())
    });
    let beside = comparable(&document_of(&good, "", &spec));
    let (has_panicked, can_read) = other.join().unwrap();
    assert!(has_panicked && can_read && troubled.n_panics.load(Ordering::SeqCst) == 1);
    assert_eq!(beside, alone);
}

#[test]
fn a_run_that_is_cancelled_says_what_it_did_not_look_at() {
    let project = Project::new();
    (0..200).for_each(|n| project.write(&format!("src/m{n}.py"), &format!("eval({n})\n")));
    let of_files = spec_of(&[("model.mode", "off")]);
    let of_project = Work::Operations { names: vec!["test-gen:gaps".to_owned()], options: BTreeMap::new() };
    for spec in [RunSpec { work: of_project, ..of_files.clone() }, of_files] {
        let home = TempDir::new().unwrap();
        let door = Arc::new(Door::default());
        let cancel = CancelToken::default();
        cancel.cancel(Duration::ZERO);
        let opened = Opened::open(Machine { cancel, ..machine(&project, "", home.path(), door.clone()) }, &spec.settings).unwrap();
        let setup = opened.plan(&spec, Purpose::Run).unwrap();
        let report = setup.run(&Arc::new(Store::in_memory().unwrap())).unwrap();
        assert_eq!((report.outcome.name(), report.files.len()), ("incomplete", 0));
        let failed = &report.coverage.failed;
        let errors: BTreeMap<&str, &str> = failed.iter().map(|failed| (failed.path.as_str(), failed.error.as_str())).collect();
        assert_eq!(errors, BTreeMap::from([(".", "the run was interrupted: 200 files were not looked at")]));
        assert!(door.notes.lock().unwrap().is_empty());
        let is_last = |kind: &RunEventKind| matches!(kind, RunEventKind::Ended { .. });
        assert!(door.events.lock().unwrap().last().is_some_and(|event| is_last(&event.kind)));
    }
}

#[test]
fn events_share_their_place_with_nothing() {
    let project = Project::new();
    write_files(&project);
    for command in [&["analyze", "file", "src/app.py"][..], &["explain", "src/app.py"], &["analyze", "batch", "src"]] {
        let text = project.run(&[command, &["--events", "-"]].concat()).text(0);
        assert!(text.lines().all(|line| serde_json::from_str::<RunEvent>(line).is_ok()), "{command:?}: {text}");
    }
    project.write("out.md", "before");
    let ran = project.run(&["analyze", "batch", "src", "--events", "out.md", "--output", "./out.md"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("both name"), "{ran:?}");
    let kept = || std::fs::read_to_string(project.path("out.md")).unwrap();
    assert_eq!(kept(), "before", "a mistake on the command line costs no file");
    project.run(&["analyze", "batch", "src", "--events", "out.md"]).text(0);
    assert!(kept().lines().all(|line| serde_json::from_str::<RunEvent>(line).is_ok()), "{}", kept());
}
