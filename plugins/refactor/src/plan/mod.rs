//! Owns plans: from the smells alone, or from the model's steps once they are checked. Never changes code.

pub mod order;
mod page;

use devflow_plugin::{Call, Conclusion, Finding, Question, Report};

use crate::answer::{content, is_quoted, list, one_line, option, read, text};
use crate::code::Code;
use crate::smells;
use order::Step;

/// The options: what the plan is to reach.
pub const OPTIONS: &str = r#"{"type":"object","additionalProperties":false,"properties":{"goal":{"type":"string","maxLength":500,"description":"What the plan is to reach; without it, code that is easier to change."}}}"#;

/// Most steps of a plan.
const MAX_STEPS: usize = 25;
/// Longest title of a step, in characters.
const MAX_TITLE_CHARS: usize = 160;

/// The order in which refactorings go: what takes code away, what names things, what cuts functions, what moves them, what renames. A cut
/// before a move keeps the move small; names come last, since the steps before make new ones.
const RANKS: &[(&str, &str)] = &[
    ("dead-code", "low"),
    ("magic-number", "low"),
    ("complex-condition", "low"),
    ("arrow-code", "low"),
    ("duplicated-code", "medium"),
    ("oversized-function", "medium"),
    ("message-chain", "medium"),
    ("temporary-field", "low"),
    ("primitive-obsession", "medium"),
    ("flag-parameters", "medium"),
    ("data-clump", "medium"),
    ("long-parameter-list", "medium"),
    ("repeated-switch", "high"),
    ("feature-envy", "medium"),
    ("refused-bequest", "high"),
    ("god-object", "high"),
    ("mixed-naming", "low"),
];

/// The same for every unit, so that the provider's prompt cache keeps it.
const INSTRUCTIONS: &str = "\
You plan the refactoring of the code you are shown for a colleague who will carry it out in small steps, each of which leaves the program working. \
When `Goal` stands above the code, plan for it alone; else for code that is easier to change. Plan nothing that changes behaviour, nothing about style \
or comments, and nothing in files you do not see. At most 12 steps; no steps is a good answer for code that needs none.

For each step, in the order of work: `title`: the refactoring in the imperative, with the names concerned; `why`: one sentence that says what gets \
easier; `depends_on`: numbers of the steps (from 1, in your order) that must be done before, none when it can be done alone: extract before you \
move, move before you rename; `quote`: the code concerned as it stands now, copied verbatim, one to three lines, never shortened; `risk`: low when a \
compiler or a test would notice a slip, medium when callers must change too, high when the structure of data or types changes.

You have no tools and no further files. `REDACTED_…` stands for a secret that was removed. Answer now, with JSON only.";

const SCHEMA: &str = r#"{"type":"object","additionalProperties":false,"required":["steps"],"properties":{"steps":{"type":"array","maxItems":12,"items":{"type":"object","additionalProperties":false,"required":["title","why","depends_on","quote","risk"],"properties":{"title":{"type":"string"},"why":{"type":"string"},"depends_on":{"type":"array","items":{"type":"integer"}},"quote":{"type":"string"},"risk":{"type":"string","enum":["low","medium","high"]}}}}}}"#;

/// A plan from the smells alone.
///
/// # Errors
/// The host's, when the syntax cannot be searched.
pub fn inspect(call: &Call<'_>) -> Result<Report, String> {
    let goal = option(call.options, "goal")?;
    let code = Code::read(call)?;
    let mut smells = smells::of(&code, call)?;
    smells.sort_by_key(|smell| (rank(&smell.rule), smells::start(smell)));
    let n_left = smells.len().saturating_sub(MAX_STEPS);
    smells.truncate(MAX_STEPS);
    let steps = smells.iter().enumerate().map(|(at, smell)| step(&code, &smells, at, smell)).collect();
    Ok(Report { artifacts: page::artifact(&goal, &order::order(steps), n_left).into_iter().collect(), ..Report::default() })
}

fn rank(rule: &str) -> usize {
    RANKS.iter().position(|(known, _)| *known == rule).unwrap_or(RANKS.len())
}

fn step(code: &Code<'_>, smells: &[Finding], at: usize, smell: &Finding) -> Step {
    let start = smells::start(smell);
    let risk = RANKS.iter().find(|(known, _)| *known == smell.rule).map_or("medium", |(_, risk)| *risk);
    let line = code.line(start);
    Step {
        number: at + 1,
        title: smell.suggestion.clone().unwrap_or_default().trim_end_matches('.').to_owned(),
        why: format!("{} (`{}`, line {line})", smell.message, smell.rule),
        quote: one_line(code.line_text(start), MAX_TITLE_CHARS),
        risk: risk.to_owned(),
        depends_on: depends_on(code, smells, at, start),
    }
}

/// Earlier steps that work on the same function or, for a type, within its first part.
fn depends_on(code: &Code<'_>, smells: &[Finding], at: usize, start: usize) -> Vec<usize> {
    let own = code.function_at(start);
    let Some(smell) = smells.get(at) else { return Vec::new() };
    let is_earlier = |(before, known): &(usize, &Finding)| {
        let is_same = own.is_some() && code.function_at(smells::start(known)) == own;
        // Moving things about comes after whatever makes them smaller.
        let is_whole = matches!(smell.rule.as_str(), "god-object" | "mixed-naming")
            && matches!(known.rule.as_str(), "oversized-function" | "duplicated-code" | "dead-code");
        *before < at && rank(&known.rule) < rank(&smell.rule) && (is_same || is_whole)
    };
    smells.iter().enumerate().filter(is_earlier).map(|(before, _)| before + 1).collect()
}

/// What to ask about a unit.
///
/// # Errors
/// Options that are not JSON.
pub fn question(call: &Call<'_>) -> Result<Question, String> {
    let goal = option(call.options, "goal")?;
    Ok(Question { instructions: INSTRUCTIONS.to_owned(), schema: SCHEMA.to_owned(), content: content(call.unit, &[("Goal", &goal)]) })
}

/// The plan of an answer: steps whose quotes stand in the code, in an order that keeps their dependencies. No plan where none is left.
///
/// # Errors
/// An answer that is not of the form.
pub fn conclude(call: &Call<'_>, answer: &str) -> Result<Conclusion, String> {
    let goal = option(call.options, "goal")?;
    let answer = read(answer)?;
    let mut steps = Vec::new();
    let mut doubtful = Vec::new();
    for (at, step) in list(&answer, "steps").iter().take(MAX_STEPS).enumerate() {
        let quote = text(step, "quote");
        if text(step, "title").is_empty() || !is_quoted(&call.unit.text, quote) {
            doubtful.push(at + 1);
        }
        let depends_on = list(step, "depends_on").iter().filter_map(|number| usize::try_from(number.as_u64()?).ok()).collect();
        steps.push(Step {
            number: at + 1,
            title: one_line(text(step, "title"), MAX_TITLE_CHARS).trim_end_matches('.').to_owned(),
            why: one_line(text(step, "why"), usize::MAX),
            quote: quote.to_owned(),
            risk: text(step, "risk").to_owned(),
            depends_on,
        });
    }
    let n_steps = steps.len();
    let steps = order::order(order::without(steps, &doubtful));
    if steps.len() < n_steps {
        call.host.log(&format!("{} of {n_steps} steps were dropped: the code they quote is not there", n_steps - steps.len()));
    }
    let report = Report { artifacts: page::artifact(&goal, &steps, 0).into_iter().collect(), ..Report::default() };
    Ok(Conclusion { report, follow_up: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schemas_are_json() {
        for schema in [SCHEMA, OPTIONS] {
            assert!(read(schema).is_ok());
        }
    }

    #[test]
    fn every_smell_has_a_rank() {
        let project = ["duplicated-across-files", "unstable-hub", "unused-public-function", "suggested-refactoring"];
        for rule in crate::rules::all().iter().filter(|rule| !project.contains(&rule.id.as_str())) {
            assert!(rank(&rule.id) < RANKS.len(), "{}", rule.id);
        }
    }
}
