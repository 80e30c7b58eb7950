//! Owns the operation `change`: of all that the rules say about a file, what its change touches, and what the change took away. Never looks
//! at code that was there before and still is.

use std::fmt::Write;
use std::ops::Range;

use devflow_plugin::{Function, Host, Hunk};

use crate::inspect::{Found, Unit, inspect, removed};

/// Part of a function's lines that must be new for a finding about the function as a whole, in percent.
const NEW_PERCENT: usize = 50;

/// Lines shown around a hunk. The host takes claims about these lines too.
const CONTEXT_LINES: usize = 3;

/// Applies every rule of the unit's language to a changed file.
///
/// # Errors
/// See [`inspect`].
pub fn inspect_change(unit: &Unit<'_>, hunks: &[Hunk], host: &dyn Host) -> Result<Vec<Found>, String> {
    let functions = host.functions();
    let is_new = |found: &Found| match functions.iter().find(|function| function.signature.range() == found.span) {
        Some(function) => is_mostly_new(function, hunks),
        None => hunks.iter().any(|hunk| overlaps(&found.span, &hunk.span.range())),
    };
    let mut found: Vec<Found> = inspect(unit, host)?.into_iter().filter(is_new).collect();
    found.extend(removed(unit, hunks, host));
    Ok(found)
}

/// A hunk that only takes away has an empty place, and touches nothing that is still there.
fn overlaps(span: &Range<usize>, hunk: &Range<usize>) -> bool {
    span.start < hunk.end && hunk.start < span.end.max(span.start + 1)
}

fn is_mostly_new(function: &Function, hunks: &[Hunk]) -> bool {
    let span = function.span.range();
    let inside = |hunk: Range<usize>| hunk.end.min(span.end).saturating_sub(hunk.start.max(span.start));
    hunks.iter().map(|hunk| inside(hunk.span.range())).sum::<usize>() * 100 >= span.len() * NEW_PERCENT
}

/// The change as the model sees it: for each place some lines around it, `-` before lines that are gone, `+` before new ones, and the numbers
/// of the new side.
pub(crate) fn content(language: &str, text: &str, outline: &str, hunks: &[Hunk]) -> String {
    let mut content = format!("Language: {language}\n");
    if !outline.is_empty() {
        let _ = write!(content, "\nElsewhere in the same file, for reference only:\n{outline}\n");
    }
    content.push_str("\nThe change:\n");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut ends = Vec::with_capacity(lines.len());
    lines.iter().fold(0, |end, line| {
        ends.push(end + line.len());
        end + line.len()
    });
    // Lines that end before an offset: the number of the line that begins there, from 0.
    let line_of = |offset: usize| ends.partition_point(|end| *end <= offset);
    let mut list = |mark: char, lines: &[&str]| {
        for line in lines {
            let _ = writeln!(content, "{mark}{}", line.trim_end_matches(['\r', '\n']));
        }
    };
    let mut shown = 0;
    for (at, hunk) in hunks.iter().enumerate() {
        let first = line_of(hunk.span.range().start);
        let end = if hunk.span.range().is_empty() { first } else { line_of(hunk.span.range().end - 1) + 1 };
        let from = first.saturating_sub(CONTEXT_LINES).max(shown);
        if at == 0 || from > shown {
            list('@', &[&format!("@ line {} @@", from + 1)]);
        }
        list(' ', &lines[from..first]);
        list('-', &hunk.removed.lines().collect::<Vec<_>>());
        list('+', &lines[first..end]);
        let next = hunks.get(at + 1).map_or(lines.len(), |next| line_of(next.span.range().start));
        shown = (end + CONTEXT_LINES).min(next).max(end);
        list(' ', &lines[end..shown]);
    }
    content
}

#[cfg(test)]
mod tests {
    use super::*;
    use devflow_plugin::Span;

    #[test]
    fn a_change_is_shown_with_the_lines_around_it_and_the_numbers_of_its_new_side() {
        let text: String = (1..=20).map(|n| format!("line {n}\n")).collect();
        let place = |from: usize, to: usize| {
            let at = |n: usize| text.find(&format!("line {n}\n")).expect("it is there");
            Span::from(at(from)..at(to))
        };
        let hunks = [
            Hunk { span: place(2, 3), removed: "old 2\n".to_owned() },
            Hunk { span: place(7, 7), removed: "gone\n".to_owned() },
            Hunk { span: place(19, 20), removed: String::new() },
        ];
        let shown = content("python", &text, "", &hunks);
        let expected = "Language: python\n\nThe change:\n@@ line 1 @@\n line 1\n-old 2\n+line 2\n line 3\n line 4\n line 5\n line 6\n-gone\n line 7\n line 8\n line 9\n@@ line 16 @@\n line 16\n line 17\n line 18\n+line 19\n line 20\n";
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_hunk_at_the_end_of_a_text_without_a_last_line_end_is_shown() {
        let hunks = [Hunk { span: (2..3).into(), removed: "c\n".to_owned() }, Hunk { span: (3..3).into(), removed: "d\n".to_owned() }];
        let shown = content("python", "a\nb", "", &hunks);
        assert!(shown.ends_with("@@ line 1 @@\n a\n-c\n+b\n-d\n"), "{shown}");
    }
}
