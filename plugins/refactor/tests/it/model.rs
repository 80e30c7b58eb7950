//! What is asked of the model, and what becomes of its answers.

use devflow_plugin::testing::File;
use devflow_plugin::{Place, Plugin};
use devflow_plugin_refactor::Refactor;

const TEXT: &str = "fn total(items: &[Item]) -> u32 {\n    let sum = add(items);\n    sum + tax(sum)\n}\n";

fn file() -> File {
    File::new("rust", TEXT)
}

/// Whether every object of a schema takes its own properties alone and requires them all.
fn is_strict(schema: &serde_json::Value, all_required: bool) -> bool {
    let is_object = schema.get("type").and_then(|kind| kind.as_str()) == Some("object");
    let n_properties = schema.get("properties").and_then(|known| known.as_object()).map_or(0, |known| known.len());
    let n_required = schema.get("required").and_then(|known| known.as_array()).map_or(0, |known| known.len());
    let is_closed = schema.get("additionalProperties") == Some(&serde_json::Value::Bool(false));
    let inner = schema.get("properties").and_then(|known| known.as_object()).into_iter().flat_map(|known| known.values());
    let mut inner = inner.chain(schema.get("items"));
    (!is_object || (is_closed && (!all_required || n_required == n_properties))) && inner.all(|schema| is_strict(schema, all_required))
}

#[test]
fn every_schema_is_strict_and_every_question_small() {
    for (operation, options) in [("suggest", "{}"), ("plan", "{}"), ("apply", r#"{"instruction":"Inline sum."}"#)] {
        let question = file().question::<Refactor>(operation, options).unwrap().unwrap();
        assert!(is_strict(&serde_json::from_str(&question.schema).unwrap(), true), "{operation}");
        assert!(question.instructions.len() < 1700, "{operation}: {}", question.instructions.len());
        assert!(question.content.ends_with(TEXT));
    }
    for operation in Refactor::manifest().operations {
        assert!(is_strict(&serde_json::from_str(&operation.options_schema).unwrap(), false), "{}", operation.name);
    }
    assert_eq!(file().question::<Refactor>("smells", "{}").unwrap(), None);
}

#[test]
fn suggestions_become_findings_and_patches() {
    let answer = r#"{"suggestions":[
        {"smell":"misleading-name","reason":"`sum` is net.","quote":"let sum = add(items);","line":2,"refactoring":"rename","edits":[{"search":"let sum = add(items);\n    sum + tax(sum)","replace":"let net = add(items);\n    net + tax(net)"}]},
        {"smell":"god-object","reason":"It does all","quote":"fn total","line":1,"refactoring":"extract-module","edits":[{"search":" ","replace":"x"}]},
        {"smell":"dead-code","reason":"","quote":"","line":0,"refactoring":"inline","edits":[]}]}"#;
    let report = file().conclude::<Refactor>("suggest", "{}", answer).unwrap().report;
    assert_eq!(report.findings.len(), 2);
    assert_eq!(report.findings[0].place, Place::quote("let sum = add(items);", 2));
    assert_eq!(report.findings[0].message, "misleading name: `sum` is net");
    assert_eq!(report.patches.len(), 1);
    assert_eq!(report.patches[0].title, "Rename: `sum` is net.");
    assert!(file().conclude::<Refactor>("suggest", "{}", "no").is_err());
}

#[test]
fn a_plan_keeps_the_steps_that_the_code_bears_out() {
    let step = |title: &str, quote: &str, needs: &str| {
        format!(r#"{{"title":"{title}.","why":"it is easier","depends_on":[{needs}],"quote":"{quote}","risk":"low"}}"#)
    };
    let answer = format!(
        r#"{{"steps":[{},{},{},{}]}}"#,
        step("Rename sum", "let  sum = add( items );", "2"),
        step("Extract tax", "sum + tax(sum)", "1"),
        step("Invented", "let other = 3;", ""),
        step("On the invented", "fn total", "3")
    );
    let report = file().conclude::<Refactor>("plan", r#"{"goal":"clear names"}"#, &answer).unwrap().report;
    let page = &report.artifacts[0];
    assert_eq!((page.name.as_str(), page.media_type.as_str()), ("plans/{dir}/{stem}.{ext}.md", "text/markdown"));
    assert!(page.body.contains("Goal: clear names"));
    let first = page.body.find("- [ ] **1. Extract tax**").unwrap();
    let second = page.body.find("- [ ] **2. Rename sum**").unwrap();
    assert!(first < second && page.body.contains("After: 1."), "{}", page.body);
    assert!(!page.body.contains("nvented"));
    assert!(file().conclude::<Refactor>("plan", "{}", r#"{"steps":[]}"#).unwrap().report.artifacts.is_empty());
}

#[test]
fn a_plan_is_made_of_the_smells_alone() {
    let text = "const FORGOTTEN: u8 = 3;\n\npub fn copy(path: &str, overwrite: bool, follow: bool) -> bool {\n    path_len(path) > 0 && ticks() > 437\n}\n";
    let report = File::new("rust", text).inspect::<Refactor>("plan", "{}").unwrap();
    let body = &report.artifacts[0].body;
    let at = |text: &str| body.find(text).unwrap_or_else(|| panic!("no {text} in\n{body}"));
    assert!(at("**1. Remove dead code") < at("**2. Replace the number 437") && at("**2.") < at("**3. Replace `overwrite`"));
    assert!(body.contains("After: 2."), "{body}");
    let clean = format!("pub {TEXT}");
    assert!(File::new("rust", &clean).inspect::<Refactor>("plan", "{}").unwrap().artifacts.is_empty());
}

#[test]
fn apply_asks_for_one_change_and_gives_one_patch() {
    let options = r#"{"instruction":"Inline `sum`.","smell":"temporary-field"}"#;
    let question = file().question::<Refactor>("apply", options).unwrap().unwrap();
    assert!(question.content.contains("Instruction: Inline `sum`.\n") && !question.instructions.contains("Inline"));
    assert!(file().question::<Refactor>("apply", r#"{"instruction":"  "}"#).is_err());
    let answer = r#"{"title":"Inline sum","edits":[{"search":"a","replace":"b"},{"search":"c","replace":"c"}]}"#;
    let report = file().conclude::<Refactor>("apply", options, answer).unwrap().report;
    assert_eq!((report.patches.len(), report.patches[0].edits.len()), (1, 1));
    assert!(file().conclude::<Refactor>("apply", options, r#"{"title":"it does not fit","edits":[]}"#).is_err());
}
