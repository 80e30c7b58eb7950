//! Owns the proof that history and answers are true: kept runs never change, two inputs never share a result, no claim of an answer is lost,
//! and a server in trouble is asked no more and no less than helps.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::fake_grok::{FakeGrok, Reply, edge_html, rate_limited};
use crate::support::{Project, claim, claims, failures, findings, model_findings, nothing_found, work_number};

const ADD: &str = "def add(prices):\n    result = 0\n    for price in prices:\n        result = result + price\n    return result\n";

fn shown(project: &Project, run: &str) -> Vec<String> {
    let document = project.run(&["report", run, "--format", "json"]).json(0);
    findings(&document).iter().map(|finding| finding["message"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn another_answer_does_not_change_what_an_earlier_run_shows() {
    let n_asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&n_asked);
    let fake = FakeGrok::start(move |_| match counter.fetch_add(1, Ordering::SeqCst) {
        0 => claims(&[claim("logic-error", "high", "        result = result + price", 4)]),
        _ => claims(&[claim("missed-case", "low", "    for price in prices:", 3)]),
    });
    let project = Project::new().with_model(&fake);
    project.write("src/a.py", ADD);
    let first = project.analyze(&[]).json(0);
    let second = project.analyze(&["--fresh"]).json(0);
    assert_eq!((&first["summary"]["findings"]["high"], &second["summary"]["findings"]["low"]), (&1.into(), &1.into()));
    let before = project.run(&["report", "last~1", "--format", "json"]).json(0);
    assert_eq!(before["summary"]["findings"], first["summary"]["findings"]);
    let diff = project.run(&["report", "diff", "last~1", "--format", "json"]).json(0);
    let count = |list: &str| diff[list].as_array().unwrap().len();
    assert_eq!((count("new"), count("fixed")), (1, 1), "{diff}");
}

#[test]
fn a_kept_run_outlives_the_cache_and_goes_when_it_is_dropped() {
    let project = Project::new();
    project.write("src/a.py", "def run(text):\n    return eval(text)\n");
    let first = project.analyze(&["--no-model"]).json(0);
    let messages = shown(&project, "last");
    assert_eq!(messages.len(), 1);
    for command in ["prune", "clear"] {
        project.write("src/a.py", "x = 1\n");
        project.analyze(&["--no-model"]).json(0);
        project.run(&["cache", command]).text(0);
        assert_eq!(shown(&project, first["run"]["id"].as_str().unwrap()), messages, "after `cache {command}`");
    }
    // Cleared is cleared: nothing is reused, though the rows are there for the runs.
    let again = project.analyze(&["--no-model"]).json(0);
    assert_eq!(again["coverage"]["reused"], 0);
    let id = first["run"]["id"].as_str().unwrap();
    project.run(&["report", "drop", id]).text(0);
    let ran = project.run(&["report", id]);
    assert!(ran.status == Some(2) && ran.stderr.contains("no run"), "{ran:?}");
    assert!(!project.run(&["report", "list"]).text(0).contains(id));
}

#[test]
fn a_retention_that_the_user_set_removes_old_runs_and_a_project_cannot_set_it() {
    let project = Project::new();
    project.write("src/a.py", "x = 1\n");
    project.write("devflow.toml", "[history]\nkeep-days = 1\n");
    let ran = project.run(&["analyze", "batch", "src", "--no-model"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("a project may not set `history.keep-days`"), "{ran:?}");
    project.write("devflow.toml", "");
    let project = project.with("history.keep-days", "1");
    project.analyze(&["--no-model"]).json(0);
    project.analyze(&["--no-model"]).json(0);
    assert_eq!(project.run(&["report", "list"]).text(0).lines().count(), 2, "young runs stay");
}

#[test]
fn old_runs_are_removed_by_number_when_the_user_says_so_and_never_by_themselves() {
    let project = Project::new();
    let ids: Vec<String> = (0..5)
        .map(|n| {
            project.write("src/a.py", &format!("x = {n}\n"));
            project.analyze(&["--no-model"]).json(0)["run"]["id"].as_str().unwrap().to_owned()
        })
        .collect();
    let listed = |project: &Project| project.run(&["report", "list"]).text(0);
    project.run(&["cache", "prune"]).text(0);
    assert_eq!(listed(&project).lines().count(), 5);
    let ran = project.run(&["cache", "prune", "--runs"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("history.keep-runs"), "{ran:?}");
    assert_eq!(project.run(&["cache", "prune", "--runs=0"]).status, Some(2), "it would remove all");
    assert!(project.run(&["cache", "prune", "--runs=3"]).text(0).contains("2 runs removed"));
    let left = listed(&project);
    assert!(ids[2..].iter().all(|id| left.contains(id)) && !left.contains(&ids[1]), "{left}");
    let project = project.with("history.keep-runs", "2");
    assert!(project.run(&["cache", "prune", "--runs"]).text(0).contains("1 run removed"));
    project.analyze(&["--no-model"]).json(0);
    let left = listed(&project);
    assert!(left.lines().count() == 2 && left.contains(&ids[4]) && !left.contains(&ids[3]), "{left}");
}

#[test]
fn a_kept_run_knows_its_repository_and_where_it_stood() {
    let project = Project::new();
    project.write("src/a.py", "x = 1\n");
    let kept = |project: &Project| {
        project.analyze(&["--no-model"]).json(0);
        let database = rusqlite::Connection::open(project.database()).unwrap();
        let sql = "SELECT repository, branch, \"commit\" FROM runs ORDER BY rowid DESC LIMIT 1";
        database.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap()
    };
    let (id, branch, commit): (String, Option<String>, Option<String>) = kept(&project);
    assert!(id.starts_with("path:/") && branch.is_none() && commit.is_none(), "{id}");
    let hash = "0123456789abcdef0123456789abcdef01234567";
    project.write(".git/HEAD", "ref: refs/heads/feature/x\n");
    project.write(".git/refs/heads/feature/x", &format!("{hash}\n"));
    project.write(".git/config", "[remote \"origin\"]\n\turl = git@Host.example:Team/Shop.git\n");
    std::fs::create_dir_all(project.path(".git/objects")).unwrap();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(kept(&project), ("host.example/team/shop".to_owned(), some("feature/x"), some(hash)));
    project.write("devflow.toml", "[project]\nid = \"acme/shop\"\n");
    assert_eq!(kept(&project).0, "id:acme/shop");
}

/// A diff that gives a file its last line.
fn added_line(name: &str, text: &str, line: usize) -> String {
    let added = text.lines().nth(line - 1).unwrap();
    format!("--- a/{name}\n+++ b/{name}\n@@ -{},0 +{line},1 @@\n+{added}\n", line - 1)
}

#[test]
fn one_text_with_two_changes_has_two_results() {
    let project = Project::new();
    let text = "x = eval(input())\ny = 2\n";
    project.write("a.py", text);
    project.write("b.py", text);
    project.write("c.diff", &[added_line("a.py", text, 1), added_line("b.py", text, 2)].concat());
    for _ in 0..2 {
        let document = project.run(&["review", "change", "--diff", "c.diff", "--no-model", "--format", "json"]).json(0);
        let places: Vec<(&str, u64)> = document["files"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|file| {
                file["findings"].as_array().unwrap().iter().map(|found| (file["path"].as_str().unwrap(), found["line"].as_u64().unwrap()))
            })
            .collect();
        assert_eq!(places, [("a.py", 1)]);
        assert_eq!(document["summary"]["findings"]["high"], 1);
    }
}

#[test]
fn a_binary_diff_and_a_diff_of_the_mode_are_two_inputs() {
    let project = Project::new();
    project.write("a.py", "x = 1\n");
    project.write("binary.diff", "diff --git a/a.py b/a.py\nindex 1111111..2222222 100644\nBinary files a/a.py and b/a.py differ\n");
    project.write("mode.diff", "diff --git a/a.py b/a.py\nold mode 100644\nnew mode 100755\n");
    let status = |diff: &str| project.run(&["review", "change", "--diff", diff, "--no-model"]).status;
    assert_eq!([status("binary.diff"), status("mode.diff"), status("binary.diff")], [Some(3), Some(0), Some(3)]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// What a run says of an input is the same whether another input was looked at before or not.
    #[test]
    fn what_a_store_holds_changes_no_result(
        texts in prop::collection::vec(prop::sample::select(vec!["x = eval(y)\nz = 1\n", "x = 1\nz = eval(y)\n", "x = eval(y)\nz = eval(y)\n"]), 2),
        lines in prop::collection::vec(1usize..=2, 2),
        names in prop::sample::select(vec![["a.py", "b.py"], ["test_a.py", "b.py"], ["a.pyi", "a.py"]]),
    ) {
        let together = Project::new();
        for at in 0..2 {
            let alone = Project::new();
            let diff = added_line(names[at], texts[at], lines[at]);
            let both = [&alone, &together].map(|project| {
                project.write(names[at], texts[at]);
                project.write("c.diff", &diff);
                let document = project.run(&["review", "change", "--diff", "c.diff", "--no-model", "--format", "json"]).json(0);
                (document["summary"].clone(), document["files"][0]["findings"].clone(), document["run"]["outcome"].clone())
            });
            prop_assert_eq!(&both[0], &both[1]);
        }
    }
}

/// Claims of the answers, and what became of each: shown, merged, dropped.
fn sums(document: &Value) -> (usize, usize, usize) {
    let merged: u64 = document["files"].as_array().unwrap().iter().map(|file| file["merged"].as_u64().unwrap()).sum();
    (model_findings(document).len(), merged as usize, document["summary"]["dropped"].as_u64().unwrap() as usize)
}

#[test]
fn every_claim_is_shown_merged_or_dropped() {
    let code =
        "import os\n\n\ndef show(request):\n    \"\"\"Shows.\"\"\"\n    os.system(\"rm -rf /srv/data/\" + request.args[\"tenant\"])\n";
    let place = "os.system(\"rm -rf /srv/data/\" + request.args[\"tenant\"])";
    let all = [
        claim("access-control", "critical", place, 6),
        claim("injection", "high", place, 6),
        claim("logic-error", "low", place, 6),
        claim("logic-error", "low", "this is not in the code at all", 6),
        claim("missed-case", "low", "def", 4),
    ];
    let n_claims = all.len();
    let fake = FakeGrok::start(move |_| claims(&all));
    let project = Project::new().with_model(&fake);
    project.write("src/a.py", code);
    let document = project.analyze(&[]).json(0);
    let (shown, merged, dropped) = sums(&document);
    assert_eq!((shown, merged, dropped), (2, 1, 2), "{document:#}");
    assert_eq!(shown + merged + dropped, n_claims);
    let rules: Vec<&str> = findings(&document).iter().map(|finding| finding["rule"].as_str().unwrap()).collect();
    assert!(rules.contains(&"access-control") && rules.contains(&"command-injection"), "{rules:?}");
    // A rule that the user turned off takes its claims with it, counted.
    let document = project.with("analyzers.disabled-rules", "access-control").analyze(&[]).json(0);
    assert_eq!(sums(&document), (1, 1, 3));
}

#[test]
fn before_the_first_answer_one_refusal_ends_the_run_and_says_what_helps() {
    type Refusal = (fn() -> Reply, &'static str);
    let refusals: [Refusal; 6] = [
        (|| Reply::error(401, "{\"error\":\"no\"}"), "hint: check the key in `XAI_API_KEY`"),
        (|| Reply::error(404, "not found"), "hint: check `provider.base-url`"),
        (|| Reply::error(405, ""), "hint: check `provider.base-url`"),
        (|| Reply::error(307, ""), "hint: check `provider.base-url`"),
        (|| Reply::error(200, "<html>Please log in</html>"), "hint: check `provider.base-url`"),
        (|| Reply::error(404, "{\"error\":\"The model X does not exist\"}"), "hint: check `model.name`"),
    ];
    for (refusal, hint) in refusals {
        let fake = FakeGrok::start(move |_| refusal());
        let project = Project::new().with_model(&fake);
        project.write_works(12);
        let text = project.run(&["analyze", "batch", "src"]).text(3);
        assert_eq!(fake.count(), 1, "{hint}");
        assert!(text.trim_end().lines().last().unwrap().trim_start().starts_with(hint), "{hint}: {text}");
        assert_eq!(project.costs().cost, "$0.00", "{hint}: nothing was answered, so nothing is charged");
    }
}

#[test]
fn after_an_answer_one_refusal_is_tried_again_and_two_in_a_row_end_the_run() {
    let fake = FakeGrok::start(|request| if request.index == 3 { Reply::error(404, "") } else { nothing_found() });
    let project = Project::new().with_model(&fake).with("provider.concurrency", "1");
    project.write_works(8);
    project.analyze(&[]).json(0);
    assert_eq!(fake.count(), 9);
    let fake = FakeGrok::start(|request| if request.index >= 3 { Reply::error(403, "{\"error\":\"no\"}") } else { nothing_found() });
    let project = Project::new().with_model(&fake).with("provider.concurrency", "1");
    project.write_works(8);
    let document = project.analyze(&[]).json(3);
    assert_eq!((fake.count(), failures(&document).len()), (5, 5));
}

#[test]
fn nobody_at_the_other_end_is_tried_for_one_question_alone() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let project = Project::new().with_server(&format!("http://{address}/v1")).with("provider.attempts", "2");
    project.write_works(12);
    let text = project.run(&["analyze", "batch", "src"]).text(3);
    assert!(text.contains("(2 tries)") && text.contains("check that a server runs at http://127.0.0.1"), "{text}");
}

#[test]
fn a_server_that_restarts_is_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let first = FakeGrok::start_at(address, |_| nothing_found());
    let project =
        Project::new().with_server(&format!("http://{address}/v1")).with("provider.concurrency", "1").with("provider.attempts", "2");
    project.write_works(6);
    let running = project.start(&["analyze", "batch", "src", "--format", "json"]);
    while first.count() < 2 {
        std::thread::yield_now();
    }
    // The second answer is on its way, and may be lost with the server, which is one try of two: what is asked next finds nobody, more often
    // than that.
    drop(first);
    let second = FakeGrok::start_at(address, |_| nothing_found());
    running.finish().json(0);
    assert!(second.count() > 0, "those that were left are asked of the server that came back");
}

#[test]
fn a_slow_answer_is_waited_for_and_silence_within_one_is_not() {
    let fake = FakeGrok::start(|_| nothing_found().delay(Duration::from_millis(2500)));
    let project = Project::new().with_model(&fake).with("provider.idle-timeout", "1");
    project.write_works(1);
    project.analyze(&[]).json(0);
    assert_eq!(fake.count(), 1, "`idle-timeout` is about silence while an answer comes in");
    let fake = FakeGrok::start(|_| Reply::NeverAnswer);
    let project = Project::new().with_model(&fake).with("provider.timeout", "1").with("provider.attempts", "1");
    project.write_works(1);
    let document = project.analyze(&[]).json(3);
    assert!(failures(&document)[0].1.contains("within 1 s (`provider.timeout`)"), "{:?}", failures(&document));
}

#[test]
fn an_answer_that_the_analyzer_refuses_is_asked_for_again() {
    let answer = json!({ "preamble": "", "tests": [{ "function": "nosuch", "code": "def test_a():\n    assert 1", "covers": "x" }] });
    let fake = FakeGrok::start(move |_| Reply::findings(&answer));
    let project = Project::new().with_model(&fake);
    project.write("src/a.py", ADD);
    for n_asked in 1..=2 {
        project.run(&["run", "test-gen:generate", "src/a.py", "--format", "json"]).json(3);
        assert_eq!(fake.count(), n_asked);
    }
}

#[test]
fn usage_that_says_nothing_is_charged_at_the_estimate_and_a_budget_binds() {
    let fake = FakeGrok::start(|_| Reply::answer("{\"findings\": []}").usage(0, 0).ticks(None));
    let project = Project::new().with_model(&fake).with("provider.concurrency", "1");
    project.write_works(12);
    let document = project.analyze(&["--max-usd", "0.03"]).json(3);
    assert!(fake.count() < 6, "{} requests", fake.count());
    assert!(document["cost"]["usd"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_price_that_is_not_known_is_said_and_no_budget_is_taken_for_it() {
    let fake = FakeGrok::start(|_| nothing_found().ticks(None));
    let project = Project::new().with_model(&fake).with("model.name", "some-model");
    project.write_works(1);
    let text = project.run(&["analyze", "batch", "src"]).text(0);
    assert!(text.contains("not known (no price of the model is known)"), "{text}");
    let text = project.run(&["analyze", "batch", "src", "--dry-run", "--fresh"]).text(0);
    assert!(text.contains("price not known") && !text.contains("$0"), "{text}");
    let ran = project.run(&["analyze", "batch", "src", "--max-usd", "0.01"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("a budget cannot be kept"), "{ran:?}");
    let costs = project.run(&["costs"]).text(0);
    assert!(costs.contains("not known") && !costs.contains("some-model                              $0.00"), "{costs}");
}

#[test]
fn a_price_that_cannot_be_is_not_taken() {
    let fake = FakeGrok::start(|_| nothing_found().ticks(Some(i64::MAX)));
    let project = Project::new().with_model(&fake);
    project.write_works(2);
    let document = project.run(&["analyze", "batch", "src", "--format", "json"]).json(0);
    assert!(document["cost"]["usd"].as_f64().unwrap() < 1.0, "{}", document["cost"]);
    project.run(&["costs"]).text(0);
}

#[test]
fn what_failed_in_the_later_run_is_not_called_fixed() {
    let project = Project::new();
    project.write("src/a.py", "def run(text):\n    return eval(text)\n");
    project.run(&["analyze", "batch", "src", "--no-model"]).text(0);
    project.write("src/a.py", &"this is a ( prose; line and %\n".repeat(40));
    assert_eq!(project.run(&["analyze", "batch", "src", "--no-model"]).status, Some(3));
    let diff = project.run(&["report", "diff", "last~1", "last", "--format", "json"]).json(0);
    assert!(diff["fixed"].as_array().unwrap().is_empty() && !diff["unseen"].as_array().unwrap().is_empty(), "{diff}");
}

#[test]
fn another_model_that_answers_is_named_and_priced() {
    let fake = FakeGrok::start(|_| nothing_found().served_model("grok-4.3").ticks(None));
    let project = Project::new().with_model(&fake).with("model.name", "grok-4");
    project.write_works(1);
    let ran = project.run(&["analyze", "batch", "src"]);
    assert!(ran.stderr.contains("`grok-4.3` answered in the place of `grok-4`"), "{ran:?}");
    assert_ne!(project.costs().cost, "$0.00");
}

#[test]
fn a_rate_limit_that_speaks_of_billing_is_waited_out() {
    let limited = r#"{"error":{"message":"Too many requests. To raise the limit, add a card under billing.","type":"requests","code":"rate_limit_exceeded"}}"#;
    let fake =
        FakeGrok::start(move |request| if request.index < 2 { Reply::error(429, limited).retry_after("0") } else { nothing_found() });
    let project = Project::new().with_model(&fake);
    project.write_works(3);
    project.analyze(&[]).json(0);
    assert_eq!(fake.count(), 5);
}

#[test]
fn the_first_question_of_a_run_goes_alone() {
    let fake = FakeGrok::start(|request| {
        // The others may come only when this one is answered.
        nothing_found().delay(Duration::from_millis(if request.index == 0 { 300 } else { 30 }))
    });
    let project = Project::new().with_model(&fake).with("provider.concurrency", "8");
    project.write_works(8);
    let running = project.start_analyze(&[]);
    while fake.count() == 0 {
        std::thread::yield_now();
    }
    assert_eq!(fake.most_in_flight(), 1);
    running.finish().json(0);
    assert!(fake.most_in_flight() > 1);
}

#[test]
fn waits_and_pages_of_the_edge_are_no_end() {
    let fake = FakeGrok::start(|request| match request.index {
        1 => rate_limited().header("retry-after-ms", "20"),
        3 => edge_html(),
        _ => nothing_found(),
    });
    let project = Project::new().with_model(&fake);
    project.write_works(6);
    project.analyze(&[]).json(0);
    assert!((0..6).all(|n| fake.requests().iter().any(|request| work_number(request) == n)));
}

#[test]
fn a_cut_text_for_a_person_is_shown_and_paid_once() {
    let fake = FakeGrok::start(|_| Reply::answer("{\"answer\": \"## Verdict\\nDo not merge").finish("length"));
    let project = Project::new().with_model(&fake);
    project.write("shop.py", ADD);
    let ran = project.run(&["template", "use", "quick-review", "--var", "file=shop.py", "--execute"]);
    assert_eq!((ran.status, fake.count()), (Some(0), 1), "{ran:?}");
    assert!(ran.stdout.contains("Do not merge") && ran.stderr.contains("cut at 4096 tokens"), "{ran:?}");
}

#[test]
fn a_file_without_certificates_is_told_before_anything_is_asked() {
    let project = Project::new().with_server("https://127.0.0.1:9/v1");
    project.write_works(1);
    project.write("ca.pem", "hello\n");
    let ca = project.path("ca.pem").display().to_string();
    let ran = project.run(&["analyze", "batch", "src", "--set", &format!("provider.ca-file={ca}")]);
    assert!(ran.status == Some(2) && ran.stderr.contains("no certificate"), "{ran:?}");
}
