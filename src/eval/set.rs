//! A set of marked places: a head line, then one line of JSON for each.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::topic::{KnownRules, Topic};
use crate::types::{Role, Severity};

/// What a head line says that the file is.
const SCHEMA: &str = "devflow.truth/1";

/// The first line of a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Always `devflow.truth/1`.
    pub schema: String,
    /// The folder that paths begin in, relative to the file of the set.
    pub root: String,
    /// The commit that the folder is at; not looked at when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The role that all files of the set are given; what their paths say is right for a suite, whose files look like tests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Lines before and behind a place in which a finding still counts as found.
    #[serde(default)]
    pub slack: u32,
    /// What is found has at least this severity.
    #[serde(default = "medium", rename = "at-least")]
    pub at_least: Severity,
}

fn medium() -> Severity {
    Severity::Medium
}

impl Head {
    /// A head for a folder, with everything else as it is when nothing is said.
    pub fn of(root: &str) -> Self {
        Self { schema: SCHEMA.to_owned(), root: root.to_owned(), commit: None, role: None, slack: 0, at_least: Severity::Medium }
    }
}

/// One line behind the head.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// From the root of the set, with `/`.
    pub path: String,
    /// First line, from 1.
    pub start: u32,
    /// Last line.
    pub end: u32,
    /// See [`Topic`].
    pub topic: String,
    /// Whether a finding must be here; else none of the topic may be.
    pub must: bool,
    /// What is there, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Another least severity than that of the head.
    #[serde(default, rename = "at-least", skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Severity>,
}

/// A set that holds no mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// The first line.
    pub head: Head,
    /// The lines behind it, each with its topic.
    pub cases: Vec<(Case, Topic)>,
}

/// Something wrong in a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// A word that no rule is called, for whoever knows the nearest one.
    pub unknown: Option<String>,
}

fn mistake(line: usize, message: String) -> Mistake {
    Mistake { line, message, unknown: None }
}

/// Reads the first line.
fn read_head(line: usize, text: &str) -> Result<Head, Mistake> {
    let head: Head = serde_json::from_str(text).map_err(|error| mistake(line, format!("this is no head of a set: {error}")))?;
    if head.schema != SCHEMA {
        return Err(mistake(line, format!("`schema` is `{}`, and not `{SCHEMA}`", head.schema)));
    }
    Ok(head)
}

/// Reads a set. `lines_of` gives how many lines a file has, by its path from the root of the set; `None` where there is no such file.
///
/// # Errors
/// All mistakes, in the order of the lines.
pub fn read_set(text: &str, known: &KnownRules, lines_of: &dyn Fn(&Head, &str) -> Option<u32>) -> Result<Set, Vec<Mistake>> {
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line)).filter(|(_, line)| !line.trim().is_empty());
    let (at, first) = lines.next().ok_or_else(|| vec![mistake(1, "a set begins with a head line".to_owned())])?;
    let head = read_head(at, first).map_err(|mistake| vec![mistake])?;
    let mut seen = BTreeSet::new();
    let mut read = |at: usize, line: &str| {
        let case: Case = serde_json::from_str(line).map_err(|error| mistake(at, error.to_string()))?;
        if case.start == 0 || case.end < case.start {
            return Err(mistake(at, format!("no lines are from {} to {}", case.start, case.end)));
        }
        let n_lines = lines_of(&head, &case.path).ok_or_else(|| mistake(at, format!("there is no file `{}`", case.path)))?;
        if case.end > n_lines.max(1) {
            return Err(mistake(at, format!("`{}` has {n_lines} lines", case.path)));
        }
        let unknown = |word: String| Mistake { line: at, message: format!("unknown topic `{word}`"), unknown: Some(word) };
        let topic = Topic::parse(&case.topic, known).map_err(unknown)?;
        if !seen.insert((case.path.clone(), case.start, case.end, topic.meaning())) {
            return Err(mistake(at, "an earlier line says the same of this place".to_owned()));
        }
        Ok((case, topic))
    };
    let (mut cases, mut mistakes) = (Vec::new(), Vec::new());
    for (at, line) in lines {
        match read(at, line) {
            Ok(case) => cases.push(case),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if mistakes.is_empty() { Ok(Set { head, cases }) } else { Err(mistakes) }
}

/// Writes a set.
pub fn write_set(head: &Head, cases: &[Case]) -> String {
    let head = serde_json::to_string(head);
    let lines = cases.iter().map(serde_json::to_string);
    let lines = std::iter::once(head).chain(lines).map(|line| line.expect("a case has no keys that JSON cannot hold"));
    lines.map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> KnownRules {
        KnownRules::from([("review/eval".to_owned(), vec![95])])
    }

    #[test]
    fn a_set_reads_back_as_it_was_written() {
        let head = Head { role: Some(Role::Source), commit: Some("c".to_owned()), ..Head::of("../suite") };
        let case = Case { path: "a.py".into(), start: 3, end: 3, topic: "eval".into(), must: true, note: String::new(), at_least: None };
        let text = write_set(&head, std::slice::from_ref(&case));
        let set = read_set(&text, &known(), &|head, path| (head.root == "../suite" && path == "a.py").then_some(3)).unwrap();
        assert_eq!((set.head, &set.cases[0].0), (head, &case));
    }

    #[test]
    fn each_mistake_is_told_with_its_line() {
        let text = "{\"schema\":\"devflow.truth/1\",\"root\":\".\"}\n\n\
            {\"path\":\"a.py\",\"start\":1,\"end\":1,\"topic\":\"eval\",\"must\":true}\n\
            {\"path\":\"a.py\",\"start\":1,\"end\":1,\"topic\":\"evil\",\"must\":true}\n\
            {\"path\":\"b.py\",\"start\":1,\"end\":1,\"topic\":\"eval\",\"must\":true}\n\
            {\"path\":\"a.py\",\"start\":2,\"end\":1,\"topic\":\"eval\",\"must\":true}\n\
            {\"path\":\"a.py\",\"start\":1,\"end\":1,\"topic\":\"review/eval\",\"must\":false}\n\
            {\"path\":\"a.py\",\"start\":1,\"end\":1,\"topic\":\"eval\",\"must\":true,\"nots\":1}\n";
        let mistakes = read_set(text, &known(), &|_, path| (path == "a.py").then_some(9)).unwrap_err();
        let told: Vec<String> = mistakes.iter().map(|mistake| format!("{}: {}", mistake.line, mistake.message)).collect();
        assert_eq!(
            told[..4],
            [
                "4: unknown topic `evil`",
                "5: there is no file `b.py`",
                "6: no lines are from 2 to 1",
                "7: an earlier line says the same of this place"
            ]
        );
        assert!(told[4].starts_with("8: unknown field `nots`"), "{}", told[4]);
        for (text, told) in
            [("", "1: a set begins"), ("{}\n", "1: this is no head"), ("{\"schema\":\"x\",\"root\":\".\"}", "1: `schema` is `x`")]
        {
            let mistakes = read_set(text, &known(), &|_, _| Some(9)).unwrap_err();
            assert!(format!("{}: {}", mistakes[0].line, mistakes[0].message).starts_with(told));
        }
    }
}
