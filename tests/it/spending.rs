//! A checkout spends no more than its user allows: its scripts, hooks and settings are bound by flags, budgets and the user's own settings.

use crate::support::fake_grok::FakeGrok;
use crate::support::{Project, nothing_found};

/// Works and a server that answers, for scripts that want to spend.
fn spending(script: &str) -> (FakeGrok, Project) {
    let fake = FakeGrok::start(|_| nothing_found());
    let project = Project::new();
    project.write_works(6);
    project.write("s.rhai", script);
    project.write("devflow.toml", "[pipeline.p]\npaths = [\"src/work_0.py\"]\nscript = \"s.rhai\"\n");
    let project = project.with_model(&fake);
    (fake, project)
}

#[test]
fn a_script_raises_nothing_that_the_user_has_limited() {
    let all = "let all = discover([\"src\"]); analyze(all, #{ \"budget.max-usd\": 50.0, \"model.max-output-tokens\": 100000 });";
    let (fake, project) = spending(all);
    let ran = project.run(&["script", "run", "s.rhai", "--set", "budget.max-usd=0.000001"]);
    assert_eq!(fake.count(), 0);
    for key in ["budget.max-usd", "model.max-output-tokens"] {
        assert!(ran.stderr.contains(&format!("a script may lower `{key}`")), "{ran:?}");
    }
    project.run(&["script", "run", "s.rhai"]).text(0);
    assert_eq!(fake.count(), 6, "what nobody has limited is not held back");
    let off = "analyze([\"src/work_0.py\"], #{ \"model.mode\": \"auto\" }); analyze([\"src/work_1.py\"], #{});";
    let (fake, project) = spending(off);
    project.run(&["script", "run", "s.rhai", "--set", "model.mode=off"]).text(0);
    assert_eq!(fake.count(), 0);
    project.run(&["script", "run", "s.rhai"]).text(0);
    assert_eq!(fake.count(), 2);
}

#[test]
fn a_model_that_a_script_of_the_checkout_chooses_shares_one_bound() {
    let all = "for f in discover([\"src\"]) { analyze([f], #{ \"model.name\": \"grok-4.3\" }); }";
    let (fake, project) = spending(all);
    let project = project.with("budget.project-max-usd", "0.000001");
    assert_eq!(project.run(&["script", "run", "s.rhai"]).status, Some(3));
    assert_eq!(fake.count(), 0);
    // A script of the user's own, and those of devflow, choose for the user.
    project.write("../own.rhai", all);
    let own = project.path("../own.rhai").canonicalize().unwrap();
    project.run(&["script", "run", own.to_str().unwrap()]).text(0);
    assert_eq!(fake.count(), 6);
}

#[test]
fn the_flags_of_a_run_bind_what_its_hooks_start() {
    for call in ["analyze([f], #{});", "ask(\"what\", [f.path]);"] {
        let hook = format!("fn after(run) {{ for f in discover([\"src\"]) {{ try {{ {call} }} catch {{ }} }} }}");
        let (fake, project) = spending(&hook);
        project.run(&["run", "p", "--no-model"]);
        assert_eq!(fake.count(), 0, "{call}");
        project.run(&["run", "p", "--max-usd", "0.000001"]);
        assert_eq!(fake.count(), 0, "{call}");
        project.run(&["run", "p"]);
        assert!(fake.count() > 5, "{call}: the hook does ask");
    }
}

#[test]
fn a_checkout_turns_no_model_on_and_raises_no_budget_of_its_own_choice() {
    let (fake, project) = spending("");
    project.write("devflow.toml", "[model]\nmode = \"auto\"\n");
    project.write("../user/config/devflow/config.toml", "[model]\nmode = \"off\"\n");
    let ran = project.run(&["analyze", "batch", "src"]);
    assert!(ran.status == Some(0) && ran.stderr.contains("may lower `model.mode`"), "{ran:?}");
    assert_eq!(fake.count(), 0);
    project.write("../user/config/devflow/config.toml", "");
    project.write("devflow.toml", "[model]\nname = \"grok-4.3\"\n[budget]\nmax-usd = 100\n");
    let ran = project.run(&["analyze", "batch", "src"]);
    assert!(!ran.stderr.contains("$100") && ran.stderr.contains("$1.00"), "{ran:?}");
}
