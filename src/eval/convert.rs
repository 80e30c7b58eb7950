//! Sets from what others marked: the comments in the tests of semgrep's rules, the table of OWASP's Benchmark.

use std::collections::BTreeMap;

use super::sarif::weaknesses;
use super::set::Case;

/// Words that mark the line behind them, and whether a finding must be there.
const MARKS: &[(&str, bool)] = &[("ruleid:", true), ("ok:", false)];

/// Signs that a comment begins with.
const SIGNS: &[&str] = &["//", "#", "/*", "*", "<!--", "--", "{/*", "{#", "(*", ";", "%"];

/// A rule that a comment marks a line for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// Id of the rule.
    pub rule: String,
    /// The line that is meant, from 1.
    pub line: u32,
    /// Whether a finding must be there.
    pub must: bool,
}

/// The rules that a line names, if it is a comment that marks the line behind it.
fn marked(line: &str) -> Option<(bool, impl Iterator<Item = &str>)> {
    let text = line.trim_start();
    let sign = SIGNS.iter().find(|sign| text.starts_with(**sign))?;
    let text = text[sign.len()..].trim_start();
    let (mark, must) = MARKS.iter().find(|(mark, _)| text.starts_with(mark))?;
    let ids = text[mark.len()..].split(',').filter_map(|id| id.split_whitespace().next());
    let ids = ids.map(|id| id.trim_end_matches("*/").trim_end_matches("-->")).filter(|id| !id.is_empty());
    Some((*must, ids))
}

/// Whether a line is a comment that marks the line behind it, and nothing else.
pub fn is_mark(line: &str) -> bool {
    marked(line).is_some()
}

/// What the comments `ruleid: NAME` and `ok: NAME` mark: the next line that is no such comment.
pub fn annotations(text: &str) -> Vec<Annotation> {
    let (mut open, mut found) = (Vec::new(), Vec::new());
    for (at, line) in text.lines().enumerate() {
        if let Some((must, ids)) = marked(line) {
            open.extend(ids.map(|id| (id.to_owned(), must)));
        } else if !open.is_empty() {
            found.extend(open.drain(..).map(|(rule, must)| Annotation { rule, line: at as u32 + 1, must }));
        }
    }
    found
}

/// The weaknesses that each rule of a file of semgrep's rules names. Read line by line: what an id is and what a weakness looks like is all that
/// matters here.
pub fn rule_weaknesses(yaml: &str) -> BTreeMap<String, Vec<u32>> {
    let mut rules: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let mut rule = None;
    for line in yaml.lines() {
        let text = line.trim_start().trim_start_matches("- ").trim_start();
        // An id of a rule is indented less than ids inside of it.
        if let Some(id) = text.strip_prefix("id:").filter(|_| line.len() - line.trim_start().len() <= 4) {
            let id = id.trim().trim_matches(['"', '\'']).to_owned();
            rules.entry(id.clone()).or_default();
            rule = Some(id);
        } else if let Some(known) = rule.as_ref().and_then(|rule| rules.get_mut(rule)) {
            known.extend(weaknesses(text).into_iter().filter(|_| text.to_lowercase().contains("cwe-")));
            known.sort_unstable();
            known.dedup();
        }
    }
    rules
}

/// Cases of a test of semgrep's rules, and how many comments were left out, since their rule names no weakness. Rules of several names at one
/// line with the same weaknesses are one case.
pub fn semgrep_cases(path: &str, text: &str, rules: &BTreeMap<String, Vec<u32>>) -> (Vec<Case>, usize) {
    let mut cases: BTreeMap<(u32, String, bool), Vec<String>> = BTreeMap::new();
    let mut n_left_out = 0;
    for Annotation { rule, line, must } in annotations(text) {
        let id = rule.rsplit('.').next().unwrap_or(&rule);
        match rules.get(&rule).or_else(|| rules.get(id)).filter(|weaknesses| !weaknesses.is_empty()) {
            Some(weaknesses) => {
                let topic: Vec<String> = weaknesses.iter().map(|number| format!("CWE-{number}")).collect();
                cases.entry((line, topic.join(","), must)).or_default().push(rule);
            }
            None => n_left_out += 1,
        }
    }
    // What one rule wants and another of the same weakness allows is wanted.
    let wanted: Vec<(u32, String)> = cases.keys().filter(|(_, _, must)| *must).map(|(line, topic, _)| (*line, topic.clone())).collect();
    cases.retain(|(line, topic, must), _| *must || !wanted.contains(&(*line, topic.clone())));
    let case = |((line, topic, must), rules): ((u32, String, bool), Vec<String>)| Case {
        path: path.to_owned(),
        start: line,
        end: line,
        topic,
        must,
        note: rules.join(", "),
        at_least: None,
    };
    (cases.into_iter().map(case).collect(), n_left_out)
}

/// Cases of OWASP's table of expected results: name of the test, category, whether it is real, number of the weakness. `place` gives the path and
/// the number of lines of a test.
///
/// # Errors
/// A line that is no such row, or names a test that is not there, with its number.
pub fn benchmark_cases(table: &str, place: &dyn Fn(&str) -> Option<(String, u32)>) -> Result<Vec<Case>, String> {
    let rows = table.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let case = |(at, line): (usize, &str)| {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let [name, category, real, number, ..] = cells.as_slice() else { return Err(format!("line {}: no row of four cells", at + 1)) };
        let must = match *real {
            "true" => true,
            "false" => false,
            other => return Err(format!("line {}: `{other}` is neither `true` nor `false`", at + 1)),
        };
        let number: u32 = number.parse().map_err(|_| format!("line {}: `{number}` is no number of a weakness", at + 1))?;
        let (path, lines) = place(name).ok_or_else(|| format!("line {}: there is no test `{name}`", at + 1))?;
        Ok(Case {
            path,
            start: 1,
            end: lines.max(1),
            topic: format!("CWE-{number}"),
            must,
            note: format!("{name} {category}"),
            at_least: None,
        })
    };
    rows.map(case).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = "rules:\n  - id: a-rule\n    metadata:\n      cwe:\n        - \"CWE-89: SQL\"\n        - 'CWE-564: Hibernate'\n\
        \x20 - id: bare\n    message: no weakness\n  - message: x\n    id: other\n    metadata:\n      cwe: CWE-89, CWE-564\n";

    #[test]
    fn comments_of_semgrep_mark_the_line_behind_them() {
        let rules = rule_weaknesses(RULES);
        assert_eq!(rules["a-rule"], [89, 564]);
        assert!(rules["bare"].is_empty());
        let text = "# ruleid: a-rule, other\n# ok:bare\nx(1)\n// ok: a-rule\n\ny\n<!-- ruleid:a-rule -->\n<p>\n# todoruleid: a-rule\nz\n";
        let (cases, n_left_out) = semgrep_cases("t.py", text, &rules);
        let told: Vec<_> = cases.iter().map(|c| (c.start, c.must, c.topic.as_str(), c.note.as_str())).collect();
        assert_eq!(
            told,
            [(3, true, "CWE-89,CWE-564", "a-rule, other"), (5, false, "CWE-89,CWE-564", "a-rule"), (8, true, "CWE-89,CWE-564", "a-rule")]
        );
        assert_eq!(n_left_out, 1);
        let (cases, _) = semgrep_cases("t.py", "# ruleid: a-rule\n# ok: other\nx\n", &rules);
        assert_eq!(cases.len(), 1, "a line is not wanted and forbidden at once");
    }

    #[test]
    fn the_table_of_the_benchmark_is_whole_files() {
        let table = "# test name, category, real vulnerability, cwe, version\nT1,sqli,true,89\nT2,xss,false,79\n";
        let place = |name: &str| (name != "T3").then(|| (format!("src/{name}.java"), 40));
        let cases = benchmark_cases(table, &place).unwrap();
        assert_eq!((cases[0].path.as_str(), cases[0].end, cases[0].must, cases[1].must), ("src/T1.java", 40, true, false));
        assert_eq!(benchmark_cases("T3,xss,true,79", &place).unwrap_err(), "line 1: there is no test `T3`");
        assert!(benchmark_cases("T1,xss,maybe,79", &place).unwrap_err().contains("neither"));
    }
}
