//! Owns comparing two texts line by line.

use std::time::{Duration, Instant};

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices_deadline, group_diff_ops};

use super::diff::{DiffHunk, DiffLine};

/// Lines around a change that belong to its hunk, as in `git diff`.
const CONTEXT: usize = 3;

/// Two long texts without a common line would be compared for minutes. What is not compared after this time counts as changed.
const LIMIT: Duration = Duration::from_secs(10);

/// Whether the ends of lines are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum LineEnds {
    /// `\r\n` is another end than `\n`.
    #[default]
    Exact,
    /// Git turns one into the other.
    Alike,
}

/// A line, and whether it has an end.
type Line<'a> = (&'a [u8], bool);

/// Whether two texts have the same lines.
pub(super) fn are_same(old: &[u8], new: &[u8], ends: LineEnds) -> bool {
    match ends {
        LineEnds::Exact => old == new,
        LineEnds::Alike => lines(old, ends) == lines(new, ends),
    }
}

/// What differs between two texts.
pub(super) fn hunks(old: &[u8], new: &[u8], ends: LineEnds) -> Vec<DiffHunk> {
    let (old, new) = (lines(old, ends), lines(new, ends));
    let ops = capture_diff_slices_deadline(Algorithm::Myers, &old, &new, Some(Instant::now() + LIMIT));
    group_diff_ops(ops, CONTEXT).iter().map(|group| hunk(group, &old, &new)).collect()
}

fn lines(text: &[u8], ends: LineEnds) -> Vec<Line<'_>> {
    text.split_inclusive(|byte| *byte == b'\n').map(|whole| line(whole, ends)).collect()
}

fn line(whole: &[u8], ends: LineEnds) -> Line<'_> {
    match whole.strip_suffix(b"\n") {
        Some(line) if ends == LineEnds::Alike => (line.strip_suffix(b"\r").unwrap_or(line), true),
        Some(line) => (line, true),
        None => (whole, false),
    }
}

fn hunk(group: &[DiffOp], old: &[Line<'_>], new: &[Line<'_>]) -> DiffHunk {
    let mut lines = Vec::new();
    for op in group {
        let (tag, before, after) = op.as_tag_tuple();
        if tag == DiffTag::Equal {
            lines.extend(new[after].iter().map(|line| DiffLine::Context(text(line))));
        } else {
            lines.extend(old[before].iter().map(|line| DiffLine::Removed(text(line))));
            lines.extend(new[after].iter().map(|line| DiffLine::Added(text(line))));
        }
    }
    let start = group.first().map_or(0, |op| op.new_range().start);
    let has_new = lines.iter().any(|line| !matches!(line, DiffLine::Removed(_)));
    DiffHunk { first_line: start + usize::from(has_new), lines }
}

fn text(line: &Line<'_>) -> String {
    String::from_utf8_lossy(line.0.strip_suffix(b"\r").unwrap_or(line.0)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::{DiffFile, fit, parse};

    /// What git would say of the same texts.
    #[track_caller]
    fn check(old: &str, new: &str, diff: &str) {
        let expected = parse(format!("--- a/x\n+++ b/x\n{diff}").as_bytes()).unwrap();
        let found = hunks(old.as_bytes(), new.as_bytes(), LineEnds::Exact);
        assert_eq!(found, expected[0].hunks);
        assert!(fit(&DiffFile { hunks: found, ..DiffFile::default() }, new).is_ok());
    }

    #[test]
    fn hunks_are_those_of_git() {
        check("a\nb\nc\n", "a\nB\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
        check("a\n", "a\nb\n", "@@ -1 +1,2 @@\n a\n+b\n");
        check("a\nb\n", "", "@@ -1,2 +0,0 @@\n-a\n-b\n");
        check("", "a\nb", "@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file\n");
        check("a", "a\n", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
        let old: String = (1..=20).map(|n| format!("{n}\n")).collect();
        let new = old.replace("\n4\n", "\nfour\n").replace("\n16\n", "\n");
        check(&old, &new, "@@ -1,7 +1,7 @@\n 1\n 2\n 3\n-4\n+four\n 5\n 6\n 7\n@@ -13,7 +13,6 @@\n 13\n 14\n 15\n-16\n 17\n 18\n 19\n");
    }

    #[test]
    fn ends_of_lines_count_where_git_leaves_them_alone() {
        assert!(are_same(b"a\r\nb\r\n", b"a\nb\n", LineEnds::Alike));
        assert!(!are_same(b"a\r\nb\r\n", b"a\nb\n", LineEnds::Exact));
        assert!(!are_same(b"a\rb\n", b"ab\n", LineEnds::Alike));
        assert!(!are_same(b"a", b"a\n", LineEnds::Alike));
        assert_eq!(hunks(b"a\nb\n", b"a\r\nB\r\n", LineEnds::Alike), hunks(b"a\nb\n", b"a\nB\n", LineEnds::Exact));
        let all = hunks(b"a\n", b"a\r\n", LineEnds::Exact);
        assert_eq!(all[0].lines, [DiffLine::Removed("a".to_owned()), DiffLine::Added("a".to_owned())]);
    }
}
