//! Hostile plugins in a whole run: the run ends, the others' results are complete, the message names plugin, operation and unit, and the exit
//! status is 3. What each limit is, the sandbox's own tests show.

use serde_json::Value;

use crate::support::fake_grok::FakeGrok;
use crate::support::guest::{component, frame, hostile, third_with};
use crate::support::{Project, failed, findings, nothing_found};

const CODE: &str = "def run(text):\n    \"\"\"Runs.\"\"\"\n    return eval(text)\n";

/// A project that uses `component` as the plugin `bad`, beside our own `review`.
fn project(component: &[u8]) -> Project {
    let project = Project::new().with("analyzers.deadline", "200").with("analyzers.memory", "64");
    project.write("src/a.py", CODE);
    project.write("src/b.py", CODE);
    std::fs::write(project.path("bad.wasm"), component).unwrap();
    project.write("devflow.toml", "[[plugin]]\nname = \"bad\"\npath = \"bad.wasm\"\nallow = [\"model\", \"project\"]\n");
    project.run(&["plugin", "trust", "bad"]).text(0);
    project
}

/// The failures are of `bad` and of nobody else, say why, and `review` has found all that it finds alone.
#[track_caller]
fn contained(document: &Value, reason: &str) {
    let failures = failed(document);
    assert_eq!(failures.len(), 2, "one for each file: {document}");
    for row in failures {
        assert!(row["error"].as_str().unwrap().contains(reason), "{reason}: {row}");
        assert_eq!((&row["analyzer"], &row["operation"], &row["unit"]), (&"bad".into(), &"file".into(), &"file".into()));
    }
    let by_review = findings(document).iter().filter(|found| found["analyzer"] == "review" && found["rule"] == "eval").count();
    assert_eq!(by_review, 2, "{document}");
    assert_eq!(document["run"]["outcome"], "incomplete");
    assert!(document["files"][0]["score"].is_null());
}

#[test]
fn whatever_a_plugin_does_in_its_static_part_stays_with_it() {
    let answer = |count: u32, at: u32| {
        format!("(i32.store (i32.const 2052) (i32.const {at})) (i32.store (i32.const 2056) (i32.const {count})) (i32.const 2048)")
    };
    let finding = |end: u32| {
        let rule = "(i32.store (i32.const 4096) (i32.const 512)) (i32.store (i32.const 4100) (i32.const 1))";
        format!("{rule} (i32.store (i32.const 4124) (i32.const {end})) {}", answer(1, 4096))
    };
    let grow = |pages: u32| format!("(drop (memory.grow (i32.const {pages})))");
    let cases: Vec<(String, &str)> = vec![
        ("(loop (br 0)) unreachable".into(), "ran longer than 200 ms"),
        ("(drop (call $wide (i32.const 60))) (i32.const 1024)".into(), "ran longer than 200 ms"),
        ("(call $deep (i32.const 0))".into(), "call stack exhausted"),
        ("(drop (memory.grow (i32.const 60000))) (i32.const 1024)".into(), "more than 64 MiB of memory"),
        ("(loop (drop (memory.grow (i32.const 16))) (br 0)) unreachable".into(), "more than 64 MiB of memory"),
        ("(drop (table.grow $table (ref.null func) (i32.const 50000000))) (i32.const 1024)".into(), "more than 64 MiB of memory"),
        (format!("{} {}", grow(900), answer(700_000, 4096)), "more than 8 MiB of output"),
        (format!("{} {}", grow(100), answer(10_001, 1_000_000)), "10001 findings in one call"),
        (answer(1000, 0x7fff_0000), "crashed in `inspect`"),
        (finding(4_000_000), "points to bytes 0..4000000"),
        (
            "(i32.store8 (i32.const 2048) (i32.const 1)) (i32.store (i32.const 2052) (i32.const 512)) (i32.store (i32.const 2056) (i32.const 5)) (i32.const 2048)".into(),
            "crashed in `inspect`",
        ),
        ("unreachable".into(), "crashed in `inspect`"),
    ];
    for (body, reason) in cases {
        contained(&project(&hostile(&body)).analyze(&["--no-model"]).json(3), reason);
    }
}

#[test]
fn what_a_plugin_asks_of_the_host_without_end_stays_with_it() {
    let imports = r#"(import "devflow:plugin/text@0.2.0" "search" (func $text (param i32 i32 i32)))"#;
    // A list of one empty pattern, whose hits the guest forgets each time.
    let search = "(global.set $free (i32.const 131072)) (call $text (i32.const 8192) (i32.const 1) (i32.const 2048))";
    let guest = component(&frame(imports, &format!("(loop $again {search} (br $again)) unreachable")));
    contained(&project(&guest).analyze(&["--no-model"]).json(3), "ran longer than 200 ms in `inspect`");
}

#[test]
fn a_component_that_is_none_or_wants_more_stays_out() {
    let whole = hostile("(i32.const 1024)");
    let mut flipped = whole.clone();
    flipped[8] ^= 0xff;
    let wants = |name: &str| wat::parse_str(format!("(component (import \"{name}\" (instance)))")).unwrap();
    for (component, reason) in [
        (whole[..whole.len() / 2].to_vec(), "cannot be loaded"),
        (flipped, "cannot be loaded"),
        (wants("wasi:filesystem/types@0.2.0"), "it wants `wasi:filesystem/types@0.2.0`, which no plugin gets"),
        (wants("wasi:sockets/tcp@0.2.0"), "it wants `wasi:sockets/tcp@0.2.0`"),
        (wants("wasi:cli/environment@0.2.0"), "it wants `wasi:cli/environment@0.2.0`"),
        (wants("wasi:clocks/wall-clock@0.2.0"), "it wants `wasi:clocks/wall-clock@0.2.0`"),
        (wants("devflow:plugin/syntax@0.9.0"), "it was built for contract 0.9.0, this devflow offers 0.2.0"),
    ] {
        contained(&project(&component).analyze(&["--no-model"]).json(3), reason);
    }
}

/// The body of `conclude` that asks the same question again.
const ASKS_AGAIN: &str = "(result i32)
    (i32.store8 (i32.const 9028) (i32.const 1))
    (i32.store (i32.const 9032) (i32.const 680)) (i32.store (i32.const 9036) (i32.const 12))
    (i32.store (i32.const 9040) (i32.const 640)) (i32.store (i32.const 9044) (i32.const 17))
    (i32.store (i32.const 9048) (i32.load offset=24 (local.get 0))) (i32.store (i32.const 9052) (i32.load offset=28 (local.get 0)))
    (i32.const 9000))";

#[test]
fn a_question_without_end_or_measure_is_not_asked() {
    let fake = FakeGrok::start(|request| {
        assert!(request.raw.len() < 1 << 20, "a prompt of {} bytes was sent", request.raw.len());
        nothing_found()
    });
    let much = (
        "(i32.store (i32.const 3096) (local.get 6)) (i32.store (i32.const 3100) (local.get 7))",
        "(drop (memory.grow (i32.const 160))) (i32.store (i32.const 3096) (i32.const 0)) (i32.store (i32.const 3100) (i32.const 10000000))",
    );
    let no_schema = (r#"{\"type\":\"object\"}"#, r#"{\"type\":\"nobody\"}"#);
    let no_json = (r#"{\"type\":\"object\"}"#, "there is no schema");
    for (edit, reason) in [
        (much, "more than 8 MiB of output in `question`"),
        (no_schema, "the schema of its question is not valid"),
        (no_json, "the schema of its question is not valid"),
        (("(result i32) (i32.const 8192))", ASKS_AGAIN), "more than 3 questions about one unit"),
    ] {
        let before = fake.count();
        let project = project(&third_with("bad", &[edit])).with_model(&fake);
        let document = project.analyze(&[]).json(3);
        contained(&document, reason);
        // `review` asks once about the two copies of one file; a question that repeats itself is answered from what is kept.
        let most = if reason.contains("questions") { 2 } else { 1 };
        assert_eq!(fake.count() - before, most, "{reason}");
    }
}

#[test]
fn two_plugins_of_one_broken_component_are_told_by_their_own_names() {
    let project = project(b"no component");
    let table = std::fs::read_to_string(project.path("devflow.toml")).unwrap();
    project.write("devflow.toml", &format!("{table}\n{}", table.replace("name = \"bad\"", "name = \"worse\"")));
    for row in failed(&project.run(&["analyze", "batch", "src", "--format", "json"]).json(3)) {
        let (analyzer, error) = (row["analyzer"].as_str().unwrap(), row["error"].as_str().unwrap());
        assert!(error.contains(&format!("plugin `{analyzer}` cannot be loaded: it is no WebAssembly")), "{row}");
    }
}

#[test]
fn nobody_can_speak_in_the_name_of_another() {
    // The rule and the message of another, at the same place as the other's finding.
    let start = CODE.find("eval(text)").unwrap();
    let place = (
        "(i32.store (i32.const 4120) (i32.const 0)) (i32.store (i32.const 4124) (i32.const 1))",
        format!("(i32.store (i32.const 4120) (i32.const {start})) (i32.store (i32.const 4124) (i32.const {}))", start + 10),
    );
    let as_eval = [
        ("\"hello\"", "\"eval \""),
        ("(i32.const 660)) (i32.store (i32.const 4100) (i32.const 5))", "(i32.const 660)) (i32.store (i32.const 4100) (i32.const 4))"),
        (place.0, place.1.as_str()),
    ];
    let document = project(&third_with("bad", &as_eval)).analyze(&["--no-model"]).json(0);
    let of = |analyzer: &str| {
        findings(&document).into_iter().find(|found| found["analyzer"] == analyzer && found["rule"] == "eval").unwrap().clone()
    };
    let (ours, theirs) = (of("review"), of("bad"));
    assert_eq!((&ours["line"], &ours["quote"]), (&theirs["line"], &theirs["quote"]));
    assert_ne!(ours["fingerprint"], theirs["fingerprint"]);
    for forged in ["\"a/b..\"", "\"A_bcd\"", "\"\\00abc\"", "\"\\0aabc\""] {
        let document = project(&third_with("bad", &[("\"hello\"", forged)])).analyze(&["--no-model"]).json(3);
        contained(&document, "is no rule id");
    }
}
