//! Owns the plan as a page. Never decides what is on it.

use std::fmt::Write;

use devflow_plugin::Artifact;

use super::{Gap, Tested};

/// Largest page, in bytes; files past it are counted only.
const MAX_PAGE_BYTES: usize = 1_000_000;

/// The number of branches in words.
pub(super) fn branches(cyclomatic: u32) -> String {
    match cyclomatic {
        0 | 1 => "a single branch".to_owned(),
        n => format!("{n} branches"),
    }
}

/// The page; nothing when there is nothing to plan.
pub(super) fn page(gaps: &[Gap], tested: &[Tested]) -> Option<Artifact> {
    if gaps.is_empty() {
        return None;
    }
    let n_functions: usize = gaps.iter().map(|gap| gap.subjects.len()).sum();
    let functions = if n_functions == 1 { "function" } else { "functions" };
    let files = if gaps.len() == 1 { "file" } else { "files" };
    let mut body = format!(
        "# Test plan\n\n{n_functions} public {functions} in {} {files} that no test among the files looked at names; the worst first.\n\n",
        gaps.len()
    );
    body.push_str("| language | test framework | tests |\n|---|---|---|\n");
    for tested in tested {
        let has_tests = if tested.has_tests { "yes" } else { "none seen" };
        let framework = match tested.framework {
            Some(framework) => framework.name().to_owned(),
            None => format!("not recognised; {} is usual", tested.family.default_framework().name()),
        };
        let _ = writeln!(body, "| {} | {framework} | {has_tests} |", tested.family.name());
    }
    let mut ordered: Vec<&Gap> = gaps.iter().collect();
    // Stable: equals stay in the order of the project.
    ordered.sort_by_key(|gap| std::cmp::Reverse(worst(gap)));
    let mut n_left_out = 0;
    for gap in ordered {
        if body.len() > MAX_PAGE_BYTES {
            n_left_out += 1;
            continue;
        }
        let _ = write!(body, "\n## {}\n\n| function | line | branches |\n|---|---|---|\n", gap.path);
        for subject in &gap.subjects {
            let _ = writeln!(body, "| `{}` | {} | {} |", subject.full_name(), subject.line, subject.cyclomatic);
        }
    }
    if n_left_out > 0 {
        let _ = write!(body, "\n{n_left_out} more files are left out.\n");
    }
    Some(Artifact { name: "tests-plan.md".to_owned(), media_type: "text/markdown".to_owned(), body, ..Artifact::default() })
}

/// The highest number of branches, and the sum of all.
fn worst(gap: &Gap) -> (u32, u64) {
    let highest = gap.subjects.iter().map(|subject| subject.cyclomatic).max().unwrap_or(0);
    (highest, gap.subjects.iter().map(|subject| u64::from(subject.cyclomatic)).sum())
}
