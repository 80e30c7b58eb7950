//! Owns the proof of what a run does when the server does not answer, or answers with an error.

use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::fake_grok::{
    FakeGrok, Reply, bad_key, context_overflow, edge_html, no_credentials, no_model, out_of_credits, rate_limited, safety, unavailable,
};
use crate::support::{
    Project, asked_works, claim, claims, failed, failures, faulty_at_first, findings, in_both_dialects, nothing_found, work_number,
    work_path,
};

/// 403 of a key that may not do this.
fn no_permission() -> Reply {
    Reply::error(403, r#"{"code":"permission-denied","error":"This API key has no permission for this endpoint."}"#)
}

/// 200 with an error inside.
fn error_inside() -> Reply {
    Reply::error(200, r#"{"error":{"message":"The engine is overloaded.","type":"server_error","code":null}}"#)
}

/// Asserts that nothing is kept that another run could use.
#[track_caller]
fn assert_nothing_is_kept(project: &Project) {
    let page = project.run(&["cache", "stats"]).text(0);
    assert!(page.contains("answers   0 kept"), "{page}");
    assert!(page.contains("results   0 files"), "{page}");
}

/// The files without a score.
fn unscored(document: &Value) -> Vec<&str> {
    let files = document["files"].as_array().unwrap();
    files.iter().filter(|file| file["score"].is_null()).map(|file| file["path"].as_str().unwrap()).collect()
}

#[test]
fn what_may_pass_is_tried_again() {
    const FAULTS: [fn() -> Reply; 9] = [
        rate_limited,
        unavailable,
        edge_html,
        error_inside,
        || Reply::Reset(0),
        || Reply::Reset(40),
        || Reply::Truncated,
        || Reply::InvalidJson,
        || rate_limited().retry_after("0"),
    ];
    in_both_dialects(|dialect| {
        let fake = faulty_at_first(&FAULTS);
        let project = Project::new().with_model(&fake).in_dialect(dialect);
        project.write_works(FAULTS.len());
        let document = project.analyze(&[]).json(0);
        assert_eq!(asked_works(&fake), (0..FAULTS.len()).map(|n| (n, 2)).collect());
        assert_eq!(document["coverage"]["analyzed"], FAULTS.len());
        assert_eq!(document["cost"]["requests"], fake.count());
        assert_eq!(project.costs().requests, fake.count());
        assert!(unscored(&document).is_empty());
    });
}

#[test]
fn silence_is_tried_again() {
    const FAULTS: [fn() -> Reply; 3] = [|| Reply::NeverAnswer, || Reply::Stall(0), || Reply::Stall(60)];
    let fake = faulty_at_first(&FAULTS);
    let project = Project::new().with_model(&fake).with("provider.idle-timeout", "1").with("provider.timeout", "2");
    project.write_works(FAULTS.len());
    project.analyze(&[]).json(0);
    assert_eq!(asked_works(&fake), [(0, 2), (1, 2), (2, 2)].into());
    assert_eq!(project.costs().requests, 6);
}

#[test]
fn a_server_that_names_a_wait_is_left_alone_for_so_long() {
    let times = Arc::new(Mutex::new(Vec::new()));
    let for_fake = Arc::clone(&times);
    let fake = FakeGrok::start(move |request| {
        for_fake.lock().unwrap().push(Instant::now());
        if request.index == 0 { rate_limited().retry_after("1") } else { nothing_found() }
    });
    let project = Project::new().with_model(&fake);
    project.write_works(1);
    project.analyze(&[]).json(0);
    let times = times.lock().unwrap();
    assert_eq!(times.len(), 2);
    assert!(times[1] - times[0] >= Duration::from_secs(1), "{:?}", times[1] - times[0]);
}

#[test]
fn a_wait_that_is_too_long_is_a_failure() {
    let fake = FakeGrok::start(|_| rate_limited().retry_after("3600"));
    let project = Project::new().with_model(&fake);
    project.write_works(1);
    let document = project.analyze(&[]).json(3);
    assert_eq!(fake.count(), 1);
    assert!(failures(&document)[0].1.contains("the server answered 429"), "{:?}", failures(&document));
}

#[test]
fn a_server_that_forbids_another_try_is_obeyed() {
    let fake = FakeGrok::start(|_| unavailable().header("x-should-retry", "false"));
    let project = Project::new().with_model(&fake);
    project.write_works(1);
    project.analyze(&[]).json(3);
    assert_eq!(fake.count(), 1);
}

#[test]
fn tries_come_to_an_end() {
    let fake = FakeGrok::start(|_| unavailable());
    let project = Project::new().with_model(&fake).with("provider.attempts", "3");
    project.write_works(2);
    let document = project.analyze(&[]).json(3);
    assert_eq!(asked_works(&fake), [(0, 3), (1, 3)].into());
    assert_eq!(document["run"]["outcome"], "incomplete");
    let reason = "the server answered 503: Service temporarily unavailable. (3 tries)";
    assert_eq!(failures(&document), [(work_path(0).as_str(), reason), (work_path(1).as_str(), reason)]);
}

#[test]
fn a_server_that_is_down_makes_the_run_incomplete_and_leaves_nothing() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let project = Project::new().with_server(&format!("http://{address}/v1"));
    project.write_works(12);
    project.write("src/eval.py", "def f(x):\n    return eval(x)\n");
    let document = project.analyze(&[]).json(3);
    assert_eq!(document["run"]["outcome"], "incomplete");
    assert_eq!((failed(&document).len(), unscored(&document).len()), (13, 13));
    for row in failed(&document) {
        let place = [&row["stage"], &row["analyzer"], &row["operation"], &row["unit"]];
        assert_eq!(place, ["ask", "review", "file", "file"]);
        assert!(row["error"].as_str().unwrap().contains("cannot reach http://127.0.0.1:"), "{row}");
    }
    assert_eq!((&document["coverage"]["analyzed"], &document["cost"]["usd"]), (&0.into(), &0.0.into()));
    assert!(findings(&document).iter().any(|finding| finding["rule"] == "eval"), "what the rules found is shown all the same");
    assert_nothing_is_kept(&project);
    let fake = FakeGrok::start(|_| nothing_found());
    let project = project.with_model(&fake);
    let document = project.analyze(&[]).json(0);
    assert_eq!((fake.count(), &document["coverage"]["analyzed"]), (13, &13.into()));
}

#[test]
fn a_server_that_comes_back_is_asked_for_all_that_failed() {
    let is_down = Arc::new(AtomicBool::new(true));
    let for_fake = Arc::clone(&is_down);
    let fake = FakeGrok::start(move |request| match for_fake.load(Ordering::SeqCst) {
        true if work_number(request) > 0 => unavailable(),
        _ => nothing_found(),
    });
    let project = Project::new().with_model(&fake).with("provider.attempts", "1");
    project.write_works(4);
    let document = project.analyze(&[]).json(3);
    assert_eq!((failures(&document).len(), &document["coverage"]["analyzed"]), (3, &1.into()));
    is_down.store(false, Ordering::SeqCst);
    let document = project.analyze(&[]).json(0);
    assert_eq!(asked_works(&fake), [(0, 1), (1, 2), (2, 2), (3, 2)].into());
    assert_eq!((&document["coverage"]["analyzed"], &document["coverage"]["reused"]), (&3.into(), &1.into()));
}

#[test]
fn an_error_of_the_account_stops_the_run() {
    let errors = [
        (bad_key(), "Incorrect API key provided"),
        (bad_key(), "the key in `XAI_API_KEY`"),
        (no_credentials(), "No credentials presented"),
        (no_permission(), "no permission for this endpoint"),
        (no_model(), "does not exist"),
        (out_of_credits(), "used all available credits"),
    ];
    for (error, reason) in errors {
        let fake = FakeGrok::start(move |_| error.clone());
        let project = Project::new().with_model(&fake).with("provider.concurrency", "2");
        project.write_works(12);
        let document = project.analyze(&[]).json(3);
        assert!((1..=2).contains(&fake.count()), "{} requests: {reason}", fake.count());
        assert_eq!((failed(&document).len(), unscored(&document).len()), (12, 12));
        assert!(failures(&document).iter().all(|(_, error)| error.contains(reason)), "{:?}", failures(&document));
        assert_eq!(document["cost"]["usd"], 0.0);
    }
}

#[test]
fn an_error_of_one_file_fails_that_file_alone() {
    let fake = FakeGrok::start(|request| match work_number(request) {
        0 => safety(),
        1 => context_overflow(),
        _ => nothing_found(),
    });
    let project = Project::new().with_model(&fake);
    project.write_works(4);
    let document = project.analyze(&[]).json(3);
    assert_eq!(asked_works(&fake), (0..4).map(|n| (n, 1)).collect());
    let [(first, safety), (second, overflow)] = failures(&document)[..] else { panic!("{document:#}") };
    assert_eq!([first, second], [work_path(0), work_path(1)]);
    assert!(safety.contains("403") && safety.contains("SAFETY_CHECK_TYPE_CYBER"), "{safety}");
    assert!(overflow.contains("400") && overflow.contains("maximum prompt length"), "{overflow}");
    assert_eq!(unscored(&document), [work_path(0), work_path(1)]);
    assert_eq!(document["coverage"]["analyzed"], 2);
}

#[test]
fn a_failed_chunk_fails_its_file_and_is_all_that_is_asked_again() {
    let is_down = Arc::new(AtomicBool::new(true));
    let for_fake = Arc::clone(&is_down);
    let fake = FakeGrok::start(move |request| match request.content().contains("def function_0(") && for_fake.load(Ordering::SeqCst) {
        true => safety(),
        false => nothing_found(),
    });
    let project = Project::new().with_model(&fake);
    let text: String =
        (0..400).map(|n| format!("def function_{n}(value):\n    total = value + {n}\n    return total * {n}\n\n\n")).collect();
    project.write("src/large.py", &text);
    let document = project.analyze(&[]).json(3);
    let n_chunks = fake.count();
    assert!(n_chunks > 1);
    let [row] = failed(&document) else { panic!("{document:#}") };
    assert!(row["unit"].as_str().unwrap().starts_with("lines 1-"), "{row}");
    assert_eq!(unscored(&document), ["src/large.py"]);
    is_down.store(false, Ordering::SeqCst);
    let document = project.analyze(&[]).json(0);
    assert_eq!((fake.count(), &document["cost"]["hits"]), (n_chunks + 1, &(n_chunks - 1).into()));
    assert!(unscored(&document).is_empty());
}

#[test]
fn incomplete_beats_the_gate() {
    let fake = FakeGrok::start(|request| match work_number(request) {
        0 => safety(),
        _ => claims(&[claim("logic-error", "critical", "return x + 1", 6)]),
    });
    let project = Project::new().with_model(&fake);
    project.write_works(2);
    let document = project.analyze(&["--fail-on", "high"]).json(3);
    assert_eq!((&document["run"]["outcome"], &document["run"]["gate"]["passed"]), (&"incomplete".into(), &false.into()));
}

#[test]
fn no_more_requests_are_under_way_than_allowed() {
    for (setting, allowed) in [("1", 1..=1), ("3", 2..=3)] {
        let fake = FakeGrok::start(|_| nothing_found().delay(Duration::from_millis(60)));
        let project = Project::new().with_model(&fake).with("provider.concurrency", setting);
        project.write_works(12);
        project.analyze(&[]).json(0);
        assert_eq!(fake.count(), 12);
        assert!(allowed.contains(&fake.most_in_flight()), "{} of {allowed:?}", fake.most_in_flight());
    }
}

#[test]
fn ids_of_team_and_key_are_not_shown() {
    let (team, key) = ("0f9d7a22-1111-2222-3333-444455556666", "8a9d7a22-1111-2222-3333-444455556666");
    let error = format!("Content violates usage guidelines. Team: {team}, API key ID: {key}, Failed check: SAFETY_CHECK_TYPE_CYBER");
    let reply = Reply::error(403, format!("{{\"code\":\"permission\",\"error\":\"{error}\"}}"));
    let fake = FakeGrok::start(move |_| reply.clone());
    let project = Project::new().with_model(&fake);
    project.write_works(1);
    let ran = project.analyze(&[]);
    assert!(!ran.stdout.contains(key) && !ran.stdout.contains(team), "{}", ran.stdout);
    assert!(ran.stdout.contains("Failed check"));
}
