//! Owns the proof that no rule loses a true finding or gains a false one unseen. `tests/quality/fixtures` holds code with places marked by hand: where
//! a rule has to speak, and where it must not. Where it does otherwise today stands in `tests/quality/known.tsv`, line by line; a change of a rule
//! shows there. `DEVFLOW_UPDATE_QUALITY=1` writes that file anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use devflow::eval::{Annotation, annotations, is_mark};
use serde_json::Value;

use crate::support::Project;

/// Writes `known.tsv` anew.
const UPDATE: &str = "DEVFLOW_UPDATE_QUALITY";

/// Marks that a rule has at least, and of each kind.
const FEWEST: usize = 20;
const FEWEST_OF_A_KIND: usize = 8;

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/quality")
}

/// Files below a folder, with their paths from it.
fn files(folder: &Path) -> Vec<(String, String)> {
    let (mut open, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(inner) = open.pop() {
        for entry in std::fs::read_dir(&inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
                files.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// A text without its marks, and the line that each of its lines was: a rule must not take a mark for a reason.
fn without_marks(text: &str) -> (String, Vec<u32>) {
    let lines = text.lines().zip(1..).filter(|(line, _)| !is_mark(line));
    let (kept, numbers): (Vec<&str>, Vec<u32>) = lines.unzip();
    (kept.join("\n") + "\n", numbers)
}

/// First and last line of the findings of a rule, by file.
type Found = BTreeMap<String, Vec<(u32, u32)>>;

/// What each rule says of its folder. The folders get numbers: the name of a rule must not make a test of its files.
fn found(all: &[(String, String)]) -> BTreeMap<String, Found> {
    let project = Project::new().with("analyzers.deadline", "60000");
    let rules: BTreeSet<&str> = all.iter().map(|(path, _)| path.split_once('/').unwrap().0).collect();
    let rules: Vec<&str> = rules.into_iter().collect();
    for (path, text) in all {
        let (rule, inner) = path.split_once('/').unwrap();
        let number = rules.iter().position(|known| *known == rule).unwrap();
        project.write(&format!("r{number:02}/{inner}"), &without_marks(text).0);
    }
    let document = project.run(&["analyze", "batch", ".", "--no-model", "--format", "json", "--progress", "never"]).json(0);
    assert_eq!(document["coverage"]["skipped"], Value::Array(vec![]), "every file is looked at");
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    for file in document["files"].as_array().unwrap() {
        let (number, inner) = file["path"].as_str().unwrap().split_once('/').unwrap();
        let rule = rules[number[1..].parse::<usize>().unwrap()];
        assert!(file["parse_errors"].is_null(), "{rule}/{inner} does not parse");
        let numbers = without_marks(&all.iter().find(|(path, _)| *path == format!("{rule}/{inner}")).unwrap().1).1;
        let own = file["findings"].as_array().unwrap().iter().filter(|finding| finding["rule"] == rule);
        // What a rule says again and again in a file is one finding with several places.
        let again = |finding: &Value| finding["related"].as_array().cloned().unwrap_or_default();
        let again = |finding: &Value| again(finding).into_iter().filter(|place| place["message"] == "here, too").collect::<Vec<_>>();
        for place in own.flat_map(|finding| [vec![finding.clone()], again(finding)].concat()) {
            let line = |key: &str| numbers[place[key].as_u64().unwrap() as usize - 1];
            found.entry(rule.to_owned()).or_default().entry(inner.to_owned()).or_default().push((line("line"), line("end_line")));
        }
    }
    found
}

#[test]
fn where_rules_and_marks_disagree_is_known() {
    let all = files(&home().join("fixtures"));
    let found = found(&all);
    let mut known = String::from("# what\tplace\tcode\n");
    let mut counts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for (path, text) in &all {
        let (rule, inner) = path.split_once('/').unwrap();
        let places = found.get(rule).and_then(|found| found.get(inner)).map_or(&[][..], Vec::as_slice);
        for Annotation { rule: marked, line, must } in annotations(text) {
            assert_eq!(marked, rule, "{path}:{line}");
            counts.entry(rule).or_default()[usize::from(must)] += 1;
            let begins = places.iter().any(|(first, _)| *first == line);
            let covers = places.iter().any(|(first, last)| (*first..=*last).contains(&line));
            let what = match must {
                true if !begins => "missed",
                false if covers => "wrong",
                _ => continue,
            };
            let code = text.lines().nth(line as usize - 1).unwrap_or("").trim();
            known.push_str(&format!("{what}\t{path}:{line}\t{}\n", code.chars().take(100).collect::<String>()));
        }
    }
    for (rule, [wrong, right]) in &counts {
        assert!(wrong + right >= FEWEST && *wrong.min(right) >= FEWEST_OF_A_KIND, "{rule}: {right} places to find, {wrong} to pass over");
    }
    let file = home().join("known.tsv");
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&file, &known).unwrap();
    }
    let before = std::fs::read_to_string(&file).unwrap();
    let (before, now): (BTreeSet<&str>, BTreeSet<&str>) = (before.lines().collect(), known.lines().collect());
    let worse: Vec<&&str> = now.difference(&before).collect();
    let better: Vec<&&str> = before.difference(&now).collect();
    assert!(
        worse.is_empty() && better.is_empty(),
        "now wrong: {worse:#?}\nno longer wrong: {better:#?}\nlook at each; `{UPDATE}=1 cargo test --test it quality::` writes tests/quality/known.tsv anew"
    );
}
