//! Owns the times that a user may count from. Git takes every text for a time, and an odd one for another time than was meant.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::error::{GitError, shown};

/// Names of spans, with their longest length in seconds.
const UNITS: [(&str, u64); 7] =
    [("second", 1), ("minute", 60), ("hour", 3_600), ("day", 86_400), ("week", 604_800), ("month", 2_678_400), ("year", 31_622_400)];

/// For git, a longer span may end anywhere, so it stands for the beginning.
const LONGEST_S: u64 = 40 * 31_622_400;

/// Before the first commit of anybody; git counts from 1970 and gets lost before it.
const BEGINNING: &str = "1971-01-01T00:00:00";

/// After it, git gets lost as well.
const END: &str = "2099-12-31T00:00:00";

/// A time as git understands it without guessing: `3 months ago`, `yesterday`, or a date of the calendar, with or without a time of day.
pub(super) fn time(text: &str) -> Result<String, GitError> {
    let text = text.trim();
    let known = if text == "yesterday" { Some(text.to_owned()) } else { ago(text).or_else(|| date(text)) };
    known.ok_or_else(|| GitError::Time(shown(text)))
}

fn ago(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [number, unit, "ago"] = words[..] else { return None };
    let number: u64 = number.parse().ok()?;
    let (unit, seconds) = UNITS.iter().find(|(name, _)| unit.strip_suffix('s').unwrap_or(unit) == *name)?;
    let is_long = number.saturating_mul(*seconds) > LONGEST_S;
    Some(if is_long { BEGINNING.to_owned() } else { format!("{number} {unit}s ago") })
}

fn date(text: &str) -> Option<String> {
    let (day, rest) = text.split_at_checked(10)?;
    let has_form = day.bytes().enumerate().all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
    if !has_form || rest.contains('[') {
        return None;
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(format!("@{} +0000", instant.as_second().max(0)));
    }
    let local: DateTime = if rest.is_empty() { day.parse::<Date>().ok()?.at(0, 0, 0, 0) } else { text.parse().ok()? };
    Some(match local.year() {
        ..=1970 => BEGINNING.to_owned(),
        2100.. => END.to_owned(),
        // Without a time of day, git would take the one that it is now.
        _ => local.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(time(text).unwrap(), expected);
    }

    #[test]
    fn times_are_given_to_git_so_that_it_need_not_guess() {
        check("3 months ago", "3 months ago");
        check(" 1 day  ago ", "1 days ago");
        check("yesterday", "yesterday");
        check("60 years ago", BEGINNING);
        check("99999999999999999 seconds ago", BEGINNING);
        check("2026-01-31", "2026-01-31T00:00:00");
        check("2026-01-31 13:05", "2026-01-31T13:05:00");
        check("2026-01-31T13:05:09", "2026-01-31T13:05:09");
        check("2026-01-31T00:00:00Z", "@1769817600 +0000");
        check("1960-01-01", BEGINNING);
        check("2500-01-01", END);
    }

    #[test]
    fn what_is_no_time_is_a_mistake() {
        for text in
            ["1 moth ago", "nonsense", "", "2026-13-45", "2026-02-30", "ago", "-1 days ago", "3 months", "now", "2026-1-1", "2026-01-31x"]
        {
            assert_eq!(time(text), Err(GitError::Time(text.to_owned())));
        }
    }
}
