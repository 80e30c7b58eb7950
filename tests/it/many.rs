//! Owns the proof of what several processes do to one store, and what is left of one that is killed.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use crate::support::fake_grok::{FakeGrok, Reply};
use crate::support::{
    Project, Running, asked_works, claim, claims, in_both_dialects, model_findings, nothing_found, ticks, work_number, work_path,
};

const N_PROCESSES: usize = 16;

/// Files of a run that is ended by force.
const N_FILES: usize = 12;

/// Requests that are answered before it is ended.
const N_ANSWERED: usize = 5;

/// Requests under way when it is ended.
const N_SLOTS: usize = 2;

/// Starts a run whose server falls silent after the first answers, and ends it when all slots wait for an answer. A request is only
/// sent when a slot is free, so every answer that was sent has been kept by then. Afterwards the server answers again.
fn end_in_mid_run(project: Project, end: impl FnOnce(Running)) -> (Project, FakeGrok) {
    let is_silent = Arc::new(AtomicBool::new(true));
    let for_fake = Arc::clone(&is_silent);
    let (tx, all_wait) = mpsc::channel();
    let fake = FakeGrok::start(move |request| {
        if request.index + 1 == N_ANSWERED + N_SLOTS {
            tx.send(()).unwrap();
        }
        match for_fake.load(Ordering::SeqCst) && request.index >= N_ANSWERED {
            true => Reply::NeverAnswer,
            false => claims(&[claim("logic-error", "low", &format!("return x + {}", work_number(request)), 6)]),
        }
    });
    let project = project.with_model(&fake).with("provider.concurrency", &N_SLOTS.to_string());
    project.write_works(N_FILES);
    let running = project.start_analyze(&[]);
    all_wait.recv_timeout(Duration::from_secs(60)).unwrap();
    end(running);
    assert_eq!(fake.count(), N_ANSWERED + N_SLOTS);
    is_silent.store(false, Ordering::SeqCst);
    (project, fake)
}

/// Asserts that the ledger knows every request, and that the next run asks for what was not answered and for nothing else.
#[track_caller]
fn check_what_is_left(project: &Project, fake: &FakeGrok) {
    let costs = project.costs();
    assert_eq!(costs.requests, N_ANSWERED + N_SLOTS);
    assert!(costs.page.contains("2 requests whose end is not known are charged at their estimate"), "{}", costs.page);
    assert!(costs.output_tokens > 2 * 4096, "{}", costs.page);
    let document = project.analyze(&[]).json(0);
    assert_eq!(fake.count(), N_FILES + N_SLOTS);
    assert_eq!((&document["cost"]["hits"], &document["cost"]["misses"]), (&N_ANSWERED.into(), &(N_FILES - N_ANSWERED).into()));
    assert_eq!(model_findings(&document).len(), N_FILES);
    assert_eq!(asked_works(fake).values().filter(|n_requests| **n_requests == 2).count(), N_SLOTS);
    assert_eq!(project.costs().requests, fake.count());
    project.analyze(&[]).json(0);
    assert_eq!(fake.count(), N_FILES + N_SLOTS);
}

#[test]
fn a_killed_run_loses_no_answer_and_the_next_asks_only_for_the_rest() {
    in_both_dialects(|dialect| {
        let (project, fake) = end_in_mid_run(Project::new().in_dialect(dialect), Running::kill);
        check_what_is_left(&project, &fake);
    });
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_says_so_and_loses_no_answer() {
    let interrupt = |running: Running| {
        let is_sent = Command::new("/bin/sh").args(["-c", &format!("kill -INT {}", running.id())]).status().unwrap().success();
        assert!(is_sent);
        let ran = running.finish();
        assert_eq!(ran.status, Some(130), "{ran:?}");
        assert!(ran.stderr.contains("every answer that came in is kept"), "{ran:?}");
    };
    let (project, fake) = end_in_mid_run(Project::new(), interrupt);
    check_what_is_left(&project, &fake);
}

#[test]
fn sixteen_processes_share_a_store_and_ask_for_nothing_twice() {
    let fake = FakeGrok::start(|_| nothing_found().ticks(Some(7)).delay(Duration::from_millis(20)));
    let project = Project::new().with_model(&fake);
    project.write_works(2 * N_PROCESSES);
    let start = |n: usize| {
        let paths = [work_path(n), work_path(n + N_PROCESSES)];
        project.start(&["analyze", "batch", &paths[0], &paths[1], "--format", "json", "--progress", "never"])
    };
    // All of them are started before the first is waited for; none may find a store in its place.
    let running: Vec<Running> = (0..N_PROCESSES).map(start).collect();
    let mut sum = 0;
    for running in running {
        let ran = running.finish();
        assert_eq!(ran.stderr, "", "{ran:?}");
        let document = ran.json(0);
        assert_eq!((&document["coverage"]["analyzed"], &document["cost"]["requests"]), (&2.into(), &2.into()));
        sum += ticks(&document);
    }
    assert_eq!(sum, 7 * 2 * N_PROCESSES as i64);
    assert_eq!(asked_works(&fake), (0..2 * N_PROCESSES).map(|n| (n, 1)).collect());
    assert_eq!(project.costs().requests, fake.count());
    let document = project.analyze(&[]).json(0);
    assert_eq!(document["coverage"]["reused"], 2 * N_PROCESSES);
    assert_eq!(fake.count(), 2 * N_PROCESSES);
}

#[test]
fn sixteen_processes_on_the_same_files_agree() {
    let fake = FakeGrok::start(|request| {
        claims(&[claim("logic-error", "low", &format!("return x + {}", work_number(request)), 6)]).delay(Duration::from_millis(20))
    });
    let project = Project::new().with_model(&fake);
    project.write_works(3);
    let running: Vec<Running> = (0..N_PROCESSES).map(|_| project.start_analyze(&[])).collect();
    let documents: Vec<_> = running.into_iter().map(|running| running.finish().json(0)).collect();
    for document in &documents {
        assert_eq!(model_findings(document), model_findings(&documents[0]));
        assert_eq!(document["summary"], documents[0]["summary"]);
    }
    let n_requests: u64 = documents.iter().map(|document| document["cost"]["requests"].as_u64().unwrap()).sum();
    assert_eq!((n_requests, project.costs().requests), (fake.count() as u64, fake.count()));
    project.analyze(&[]).json(0);
    assert_eq!(project.costs().requests, fake.count());
}
