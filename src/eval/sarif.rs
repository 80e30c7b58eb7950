//! Findings of other tools, from the format that they share: SARIF 2.1.0.

use std::collections::BTreeMap;

use serde_json::Value;

use super::matching::Found;
use crate::types::Severity;

/// The findings of a SARIF log, with paths from the root of the set where they begin with `prefix`.
///
/// # Errors
/// A text that is no SARIF.
pub fn found_in_sarif(text: &str, prefix: &str) -> Result<Vec<Found>, String> {
    let log: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| error.to_string())?;
    let runs = log["runs"].as_array().ok_or("there are no `runs` in it")?;
    Ok(runs.iter().flat_map(|run| found_in_run(run, prefix)).collect())
}

/// A rule of a tool.
#[derive(Default)]
struct Rule {
    level: Option<String>,
    /// A number from 0 to 10, as GitHub reads it.
    severity: Option<f64>,
    weaknesses: Vec<u32>,
}

fn found_in_run(run: &Value, prefix: &str) -> Vec<Found> {
    let driver = &run["tool"]["driver"];
    let tool = driver["name"].as_str().unwrap_or("tool").to_lowercase().replace(' ', "-");
    let extensions = run["tool"]["extensions"].as_array().into_iter().flatten();
    let all = std::iter::once(driver).chain(extensions).filter_map(|part| part["rules"].as_array()).flatten();
    let rules: BTreeMap<&str, Rule> = all.filter_map(|rule| Some((rule["id"].as_str()?, read_rule(rule)))).collect();
    let results = run["results"].as_array().into_iter().flatten();
    results.filter_map(|result| found(result, &tool, &rules, driver, prefix)).collect()
}

fn read_rule(rule: &Value) -> Rule {
    let properties = &rule["properties"];
    let level = rule["defaultConfiguration"]["level"].as_str().map(str::to_owned);
    let severity = match &properties["security-severity"] {
        Value::String(text) => text.parse().ok(),
        other => other.as_f64(),
    };
    let mut weaknesses = weaknesses(&properties.to_string());
    weaknesses.extend(self::weaknesses(&rule["relationships"].to_string()));
    weaknesses.sort_unstable();
    weaknesses.dedup();
    Rule { level, severity, weaknesses }
}

/// Numbers behind `CWE-`, in any case.
pub(super) fn weaknesses(text: &str) -> Vec<u32> {
    let low = text.to_lowercase();
    let numbers = low.match_indices("cwe").filter_map(|(at, _)| {
        let rest = low[at + 3..].trim_start_matches(['-', '_', '/', ' ', ':']);
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    });
    let mut numbers: Vec<u32> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn found(result: &Value, tool: &str, rules: &BTreeMap<&str, Rule>, driver: &Value, prefix: &str) -> Option<Found> {
    let by_index = || driver["rules"][result["ruleIndex"].as_u64()? as usize]["id"].as_str();
    // What passed, is gone or was let pass is no finding.
    let is_told = matches!(result["kind"].as_str(), None | Some("fail")) && result["baselineState"] != "absent";
    let is_suppressed = result["suppressions"].as_array().is_some_and(|all| all.iter().any(|one| one["status"] != "rejected"));
    if !is_told || is_suppressed {
        return None;
    }
    let id = result["ruleId"].as_str().or_else(|| result["rule"]["id"].as_str()).or_else(by_index)?;
    let place = &result["locations"][0]["physicalLocation"];
    let uri = place["artifactLocation"]["uri"].as_str()?;
    let path = decoded(uri.strip_prefix("file://").map_or(uri, |path| path.strip_prefix("localhost").unwrap_or(path)));
    let inside = path.strip_prefix(prefix).filter(|rest| prefix.is_empty() || rest.starts_with('/')).unwrap_or(&path);
    let path = inside.trim_start_matches("./").trim_start_matches('/');
    let start = u32::try_from(place["region"]["startLine"].as_u64().unwrap_or(1)).ok()?;
    let end = place["region"]["endLine"].as_u64().and_then(|end| u32::try_from(end).ok()).unwrap_or(start).max(start);
    let none = Rule::default();
    let rule = rules.get(id).unwrap_or(&none);
    let level = result["level"].as_str().or(rule.level.as_deref()).unwrap_or("warning");
    Some(Found {
        path: path.to_owned(),
        start,
        end,
        // Our own rules have their names in their logs.
        rule: if tool == "devflow" { id.to_owned() } else { format!("{tool}/{id}") },
        weaknesses: rule.weaknesses.clone(),
        severity: severity(level, rule.severity),
    })
}

/// An address without its escapes.
fn decoded(uri: &str) -> String {
    let bytes = uri.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%').then(|| uri.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok())).flatten();
        out.push(escaped.unwrap_or(bytes[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The number says more than the level where both are there; its bounds are GitHub's.
fn severity(level: &str, number: Option<f64>) -> Severity {
    match (number, level) {
        (Some(number), _) if number >= 9.0 => Severity::Critical,
        (Some(number), _) if number >= 7.0 => Severity::High,
        (Some(number), _) if number >= 4.0 => Severity::Medium,
        (Some(number), _) if number > 0.0 => Severity::Low,
        (_, "error") => Severity::High,
        (_, "warning") => Severity::Medium,
        (_, "note") => Severity::Low,
        _ => Severity::Info,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_of_another_tool_are_read_with_weaknesses_and_severity() {
        let log = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"Some Tool","rules":[
            {"id":"S1","properties":{"tags":["security","external/cwe/cwe-089"],"security-severity":"9.8"}},
            {"id":"S2","defaultConfiguration":{"level":"note"},"properties":{"cwe":["CWE-22: Path"]}}]}},
            "results":[
            {"ruleId":"S1","level":"note","locations":[{"physicalLocation":{"artifactLocation":{"uri":"file:///w/s/a.py"},"region":{"startLine":3}}}]},
            {"ruleIndex":1,"locations":[{"physicalLocation":{"artifactLocation":{"uri":"./b.py"},"region":{"startLine":3,"endLine":5}}}]},
            {"ruleId":"S3","message":{"text":"nowhere"}}]}]}"#;
        let found = found_in_sarif(log, "/w/s").unwrap();
        let one = |path: &str, start, end, rule: &str, weakness, severity| Found {
            path: path.to_owned(),
            start,
            end,
            rule: rule.to_owned(),
            weaknesses: vec![weakness],
            severity,
        };
        let expected = [one("a.py", 3, 3, "some-tool/S1", 89, Severity::Critical), one("b.py", 3, 5, "some-tool/S2", 22, Severity::Low)];
        assert_eq!(found, expected);
        assert!(found_in_sarif("{}", "").is_err() && found_in_sarif("no", "").is_err());
    }
}
