//! Owns the proof of what a run costs: which figure is believed, what is charged when there is none, and the budget.

use serde_json::Value;

use crate::support::fake_grok::{Dialect, FakeGrok, Reply, context_overflow};
use crate::support::{Project, asked_works, failures, faulty_at_first, in_both_dialects, nothing_found, ticks};

/// Prices of grok-4.3 in ticks of 1e-10 USD for one token: input, cached input, output.
const INPUT: i64 = 12_500;
const CACHED: i64 = 2_000;
const OUTPUT: i64 = 25_000;

/// The text of an answer without findings.
const NOTHING: &str = "{\"findings\":[]}";

/// A figure of the document's costs.
fn cost(document: &Value, name: &str) -> i64 {
    document["cost"][name].as_i64().expect("a whole number")
}

/// The document of a run over one file that gets this reply, and the length of the request.
#[track_caller]
fn run_with(dialect: Dialect, reply: fn() -> Reply) -> (Value, i64) {
    let fake = FakeGrok::start(move |_| reply());
    let project = Project::new().with_model(&fake).in_dialect(dialect);
    project.write_works(1);
    let document = project.analyze(&[]).json(0);
    let costs = project.costs();
    assert_eq!((fake.count(), costs.requests, cost(&document, "requests")), (1, 1, 1));
    assert_eq!(costs.output_tokens, cost(&document, "output_tokens") as u64, "{}", costs.page);
    (document, fake.requests()[0].raw.len() as i64)
}

#[test]
fn the_cost_that_a_reply_states_wins() {
    in_both_dialects(|dialect| {
        let (document, _) = run_with(dialect, || nothing_found().ticks(Some(123_456_789)));
        assert_eq!(ticks(&document), 123_456_789);
    });
}

#[test]
fn a_cost_that_is_not_stated_comes_from_the_table() {
    // A cost of zero or less is not believed either.
    const REPLIES: [fn() -> Reply; 3] =
        [|| nothing_found().ticks(None), || nothing_found().ticks(Some(0)), || nothing_found().ticks(Some(-5))];
    in_both_dialects(|dialect| {
        let fake = faulty_at_first(&REPLIES);
        let project = Project::new().with_model(&fake).in_dialect(dialect);
        project.write_works(REPLIES.len());
        let document = project.analyze(&[]).json(0);
        let input: usize = fake.requests().iter().map(|request| request.raw.len() / 4).sum();
        let output = REPLIES.len() * (NOTHING.len() / 4);
        assert_eq!((cost(&document, "input_tokens"), cost(&document, "output_tokens")), (input as i64, output as i64));
        assert_eq!(ticks(&document), input as i64 * INPUT + output as i64 * OUTPUT);
    });
}

#[test]
fn cached_and_reasoning_tokens_are_told_and_priced() {
    in_both_dialects(|dialect| {
        let (document, n_raw) = run_with(dialect, || nothing_found().cached(400).reasoning(90).ticks(None));
        let output = NOTHING.len() as i64 / 4 + 90;
        assert_eq!((cost(&document, "cached_tokens"), cost(&document, "output_tokens")), (400, output));
        assert_eq!(ticks(&document), (n_raw / 4 - 400) * INPUT + 400 * CACHED + output * OUTPUT);
    });
}

#[test]
fn an_answer_without_usage_is_charged_at_its_estimate() {
    in_both_dialects(|dialect| {
        let (document, _) = run_with(dialect, || nothing_found().no_usage());
        assert_eq!(cost(&document, "output_tokens"), 4096, "the estimate is an answer of full length");
        assert_eq!(ticks(&document), cost(&document, "input_tokens") * INPUT + 4096 * OUTPUT);
    });
}

#[test]
fn the_estimate_is_not_below_what_the_server_counts() {
    let (estimated, _) = run_with(Dialect::Responses, || nothing_found().no_usage());
    let (counted, _) = run_with(Dialect::Responses, nothing_found);
    assert!(cost(&estimated, "input_tokens") >= cost(&counted, "input_tokens"));
}

#[test]
fn a_budget_that_is_too_small_sends_nothing() {
    let fake = FakeGrok::start(|_| nothing_found());
    let project = Project::new().with_model(&fake);
    project.write_works(3);
    let document = project.analyze(&["--max-usd", "0.000001"]).json(3);
    assert_eq!((fake.count(), cost(&document, "requests"), ticks(&document)), (0, 0, 0));
    let failures = failures(&document);
    assert_eq!(failures.len(), 3);
    assert!(failures.iter().all(|(_, reason)| reason.contains("budget")), "{failures:?}");
    assert!(document["files"].as_array().unwrap().iter().all(|file| file["score"].is_null()));
}

#[test]
fn a_budget_is_never_overspent_and_the_next_run_goes_on_from_there() {
    // An answer of full length costs 0.0102 USD, so that little more than half of the budget is ever spent.
    let fake = FakeGrok::start(|_| nothing_found());
    let project = Project::new().with_model(&fake).with("provider.concurrency", "1");
    project.write_works(12);
    let document = project.analyze(&["--max-usd", "0.02"]).json(3);
    let n_first = fake.count();
    assert!((1..12).contains(&n_first), "{n_first} requests");
    assert!(ticks(&document) <= 200_000_000, "{} ticks", ticks(&document));
    assert_eq!(failures(&document).len(), 12 - n_first);
    assert!(failures(&document).iter().all(|(_, reason)| reason.contains("the budget of $0.0200")));
    assert_eq!(document["coverage"]["analyzed"], n_first);
    project.analyze(&[]).json(0);
    assert!(asked_works(&fake).values().all(|n_requests| *n_requests == 1), "{:?}", asked_works(&fake));
}

#[test]
fn a_budget_refuses_nothing_while_money_that_was_set_aside_may_come_back() {
    // Only one request fits into the budget at a time, but all of them cost less than it in the end.
    let fake = FakeGrok::start(|_| nothing_found().ticks(Some(1_000_000)));
    let project = Project::new().with_model(&fake);
    project.write_works(12);
    let document = project.analyze(&["--max-usd", "0.02"]).json(0);
    assert_eq!((fake.count(), ticks(&document)), (12, 12_000_000));
}

#[test]
fn a_request_that_was_refused_costs_nothing() {
    let fake = FakeGrok::start(|_| context_overflow());
    let project = Project::new().with_model(&fake);
    project.write_works(1);
    let document = project.analyze(&[]).json(3);
    assert_eq!((fake.count(), ticks(&document)), (1, 0));
    assert_eq!(project.costs().requests, 1);
}

#[test]
fn a_request_whose_end_is_not_known_is_charged_at_its_estimate() {
    let fake = FakeGrok::start(|_| Reply::Truncated);
    let project = Project::new().with_model(&fake).with("provider.attempts", "2");
    project.write_works(1);
    let document = project.analyze(&[]).json(3);
    assert_eq!((fake.count(), cost(&document, "output_tokens")), (2, 2 * 4096));
    let costs = project.costs();
    assert_eq!((costs.requests, costs.output_tokens), (2, 2 * 4096));
    assert!(costs.page.contains("2 requests whose end is not known"), "{}", costs.page);
}
