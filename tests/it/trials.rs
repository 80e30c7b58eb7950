//! What is made is tried by the user's command in a scratch copy: kept when it passes, dropped with its reason when it does not.
#![cfg(unix)]

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::fake_grok::{FakeGrok, Reply};
use crate::support::{Project, failures};

const CODE: &str = "/* At least nothing. */\nint at_least_nothing(int a) {\n    if (a < 0) {\n        return 0;\n    }\n    return a;\n}\n";

/// Compiles and runs every test there is.
const COMMAND: &str = "for t in tests/*_test.c; do [ -e \"$t\" ] || continue; cc -o run \"$t\" && ./run || exit 1; done";

/// A project with one source, and the model that goes with it.
struct Shop {
    project: Project,
    fake: FakeGrok,
}

fn shop(fake: FakeGrok) -> Shop {
    // The compiler looks for its parts by the place that it is found in.
    let path = std::env::var("PATH").unwrap_or_default();
    let project = Project::new().with_model(&fake).with_variable("PATH", &path);
    project.write("src/shop.c", CODE);
    Shop { project, fake }
}

/// One test whose assertion is `check`.
fn writes_test(check: &'static str) -> FakeGrok {
    FakeGrok::start(move |_| {
        Reply::findings(&json!({
            "preamble": "#include <assert.h>\n#include \"../src/shop.c\"",
            "tests": [{ "function": "at_least_nothing", "covers": "below nothing",
                "code": format!("static void test_below(void) {{\n    assert({check});\n}}") }],
        }))
    })
}

fn generate(shop: &Shop, more: &[&str], status: i32) -> Value {
    let args = ["test", "generate", "src/shop.c", "--option", "framework=assert", "--format", "json", "--verify", COMMAND];
    shop.project.run(&[&args, more].concat()).json(status)
}

fn made(document: &Value) -> &[Value] {
    document["files"][0]["artifacts"].as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn a_test_that_passes_is_kept_and_says_so() {
    let shop = shop(writes_test("at_least_nothing(-1) == 0"));
    let document = generate(&shop, &[], 0);
    assert_eq!((&made(&document)[0]["name"], &made(&document)[0]["passed"]), (&"tests/shop_test.c".into(), &COMMAND.into()));
    assert!(!shop.project.path("tests").exists() && !shop.project.path("run").exists(), "the project is not touched");
}

#[test]
fn a_test_that_fails_is_dropped_and_the_run_is_incomplete() {
    let document = generate(&shop(writes_test("at_least_nothing(-1) == 7")), &[], 3);
    assert!(made(&document).is_empty());
    let (path, error) = failures(&document)[0];
    assert!(path == "src/shop.c" && error.contains("fails with it") && error.contains("at_least_nothing"), "{error}");
    assert!(document["files"][0]["score"].is_null());
}

#[test]
fn a_test_must_notice_a_fault_when_that_is_asked_for() {
    let notices = generate(&shop(writes_test("at_least_nothing(-1) == 0")), &["--mutate"], 0);
    assert_eq!(made(&notices).len(), 1);
    let blind = generate(&shop(writes_test("at_least_nothing(-1) == 0 || 1")), &["--mutate"], 3);
    assert!(failures(&blind)[0].1.contains("passes with a faulty `at_least_nothing`: `<` became `>=` in line 3"), "{blind}");
    let without = generate(&shop(writes_test("at_least_nothing(-1) == 0 || 1")), &[], 0);
    assert_eq!(made(&without).len(), 1, "nobody asked for it");
}

#[test]
fn nothing_is_kept_when_the_command_fails_on_the_project_as_it_is() {
    let shop = shop(writes_test("at_least_nothing(-1) == 0"));
    shop.project.write("tests/old_test.c", "int main(void) { return 1; }\n");
    let document = generate(&shop, &[], 3);
    assert!(made(&document).is_empty());
    assert!(failures(&document)[0].1.contains("fails on the project as it is"), "{document}");
}

fn apply(replace: &'static str, status: i32) -> (Shop, Value) {
    let fake = FakeGrok::start(move |_| {
        Reply::findings(
            &json!({ "title": "Shorten.", "edits": [{ "search": "    if (a < 0) {\n        return 0;\n    }\n    return a;\n", "replace": replace }] }),
        )
    });
    let shop = shop(fake);
    shop.project.write("tests/old_test.c", "#include <assert.h>\n#include \"../src/shop.c\"\nint main(void) { assert(at_least_nothing(-3) == 0 && at_least_nothing(3) == 3); return 0; }\n");
    let args =
        ["refactor", "apply", "src", "--option", "instruction=Shorten it.", "--verify", COMMAND, "--write", "out", "--format", "json"];
    let document = shop.project.run(&args).json(status);
    (shop, document)
}

#[test]
fn a_change_that_holds_is_written_and_one_that_does_not_is_rolled_back() {
    let (shop, _) = apply("    return a < 0 ? 0 : a;\n", 0);
    assert!(std::fs::read_to_string(shop.project.path("out/changes.patch")).unwrap().contains("+    return a < 0 ? 0 : a;"));
    let (shop, document) = apply("    return a > 0 ? 0 : a;\n", 3);
    assert!(!shop.project.path("out/changes.patch").exists());
    assert!(failures(&document)[0].1.contains("`Shorten.`: "), "{document}");
    assert_eq!(std::fs::read_to_string(shop.project.path("src/shop.c")).unwrap(), CODE);
}

#[test]
fn an_answer_is_not_paid_again_for_another_trial() {
    let shop = shop(writes_test("at_least_nothing(-1) == 0"));
    generate(&shop, &[], 0);
    generate(&shop, &["--mutate"], 0);
    assert_eq!(shop.fake.count(), 1);
    assert_eq!(shop.project.run(&["test", "gaps", "src", "--mutate"]).status, Some(2), "there is nothing to run");
}

#[test]
fn whoever_ends_devflow_ends_the_command_and_leaves_no_copy() {
    for (signal, status) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let shop = shop(writes_test("at_least_nothing(-1) == 0"));
        let command =
            "echo \"$$ $PWD\" > \"$DEVFLOW_PROJECT/part\" && mv \"$DEVFLOW_PROJECT/part\" \"$DEVFLOW_PROJECT/place\"; sleep 100; true";
        let running = shop.project.start(&["test", "generate", "src/shop.c", "--option", "framework=assert", "--verify", command]);
        let start = Instant::now();
        let place = loop {
            match std::fs::read_to_string(shop.project.path("place")) {
                Ok(place) => break place,
                Err(_) => assert!(start.elapsed() < Duration::from_secs(60), "the command did not start"),
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        let is_sent = Command::new("/bin/sh").args(["-c", &format!("kill -{signal} {}", running.id())]).status().unwrap().success();
        assert!(is_sent);
        assert_eq!(running.finish().status, Some(status), "{signal}");
        let (id, folder) = place.trim().split_once(' ').unwrap();
        assert!(!std::path::Path::new(folder).exists(), "{signal}: {folder} is there");
        let is_gone = || std::fs::read_to_string(format!("/proc/{id}/stat")).map_or(true, |stat| stat.contains(") Z "));
        let end = Instant::now();
        while !is_gone() && end.elapsed() < Duration::from_secs(60) {
            std::thread::yield_now();
        }
        assert!(is_gone(), "{signal}: {id} lives on");
    }
}
