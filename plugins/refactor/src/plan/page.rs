//! Owns the page of a plan. Never decides what is in it.

use std::fmt::Write as _;

use devflow_plugin::Artifact;

use super::order::Step;

/// The page, or none for a plan without steps; `n_left` more steps were left out.
pub(super) fn artifact(goal: &str, steps: &[Step], n_left: usize) -> Option<Artifact> {
    if steps.is_empty() {
        return None;
    }
    let mut body = String::from("# Plan\n\n");
    if !goal.is_empty() {
        let _ = writeln!(body, "Goal: {goal}\n");
    }
    body.push_str("Each step leaves the program working: run the tests after it, and commit. Lines are those before the first step.\n\n");
    for step in steps {
        write_step(&mut body, step);
    }
    if n_left > 0 {
        let _ = writeln!(body, "\n{n_left} smaller steps are left out; make a new plan when these are done.");
    }
    Some(Artifact { name: "plans/{dir}/{stem}.{ext}.md".to_owned(), media_type: "text/markdown".to_owned(), body, ..Artifact::default() })
}

fn write_step(body: &mut String, step: &Step) {
    let _ = writeln!(body, "- [ ] **{}. {}**", step.number, step.title);
    if !step.why.is_empty() {
        let _ = writeln!(body, "  {}", sentence(&step.why));
    }
    let after: Vec<String> = step.depends_on.iter().map(ToString::to_string).collect();
    let after = if after.is_empty() { String::new() } else { format!(" After: {}.", after.join(", ")) };
    let _ = writeln!(body, "  Risk: {}.{after}", step.risk);
    let fence = if step.quote.contains("```") { "~~~~" } else { "```" };
    let _ = writeln!(body, "\n  {fence}");
    for line in step.quote.lines() {
        let _ = writeln!(body, "  {line}");
    }
    let _ = writeln!(body, "  {fence}\n");
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
}
