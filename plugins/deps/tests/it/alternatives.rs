//! The list of direct dependencies, the question about it, and what is made of an answer.

use devflow_plugin::testing::Project;
use devflow_plugin::{Plugin, Severity};
use devflow_plugin_deps::Deps;

fn project() -> Project {
    Project::new()
        .document("Cargo.toml", "[package]\nname = \"own\"\n[dependencies]\nserde_yaml = \"0.9\"\nlocal = { path = \"../local\" }\n[dev-dependencies]\nrand = \"0.9\"\n")
        .document("package.json", "{\"dependencies\": {\n\"moment\": \"^2.30.0\"}}")
        .document("go.mod", "module m\n\nrequire example.org/deep v1.0.0 // indirect\n")
}

#[test]
fn the_question_has_the_direct_dependencies_and_nothing_else() {
    let question = project().question::<Deps>("alternatives", "{}").unwrap().unwrap();
    assert_eq!(question.content, "cargo rand 0.9 development\ncargo serde_yaml 0.9 normal\nnpm moment ^2.30.0 normal");
    // About four letters are a token.
    assert!(question.instructions.len() < 1600, "{}", question.instructions.len());
    let schema: serde_json::Value = serde_json::from_str(&question.schema).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    let other = Project::new()
        .document("package.json", "{\"dependencies\": {\"moment\": \"^2.30.0\"}}")
        .question::<Deps>("alternatives", "{}")
        .unwrap()
        .unwrap();
    assert_eq!((other.instructions, other.schema), (question.instructions, question.schema));
}

#[test]
fn without_dependencies_nothing_is_asked() {
    let empty = Project::new().document("Cargo.toml", "[package]\nname = \"own\"\n");
    assert_eq!(empty.question::<Deps>("alternatives", "{}").unwrap(), None);
    assert_eq!(project().question::<Deps>("audit", "{}").unwrap(), None);
    assert_eq!(empty.inspect::<Deps>("alternatives", "{}").unwrap().artifacts, []);
}

#[test]
fn the_static_part_is_the_list() {
    let report = project().inspect::<Deps>("alternatives", "{}").unwrap();
    assert_eq!(report.findings, []);
    assert_eq!(report.artifacts[0].name, "dependencies.md");
    assert!(report.artifacts[0].body.ends_with("| npm | `moment` | ^2.30.0 | normal |\n"), "{}", report.artifacts[0].body);
}

#[test]
fn an_answer_about_a_dependency_that_is_not_there_is_dropped() {
    let answer = r#"{"alternatives":[
        {"ecosystem":"npm","dependency":"moment","instead":"luxon","gain":"lighter","reason":"a quarter of\nthe `size`."},
        {"ecosystem":"npm","dependency":"moment","instead":"dayjs","gain":"lighter","reason":"told already"},
        {"ecosystem":"cargo","dependency":"moment","instead":"jiff","gain":"lighter","reason":"not of this ecosystem"},
        {"ecosystem":"npm","dependency":"request","instead":"undici","gain":"maintained","reason":"not there"},
        {"ecosystem":"go","dependency":"example.org/deep","instead":"example.org/flat","gain":"lighter","reason":"not direct"},
        {"ecosystem":"cargo","dependency":"rand","instead":"rand","gain":"lighter","reason":"the same"},
        {"ecosystem":"cargo","dependency":"serde_yaml","instead":"","gain":"maintained","reason":"nothing"}
    ]}"#;
    let project = project();
    let conclusion = project.conclude::<Deps>("alternatives", "{}", answer).unwrap();
    assert_eq!(project.places(&conclusion.report), [("package.json".to_owned(), 2, "alternative-dependency".to_owned())]);
    let finding = &conclusion.report.findings[0];
    assert_eq!(finding.message, "`moment` has an alternative, `luxon` (lighter): a quarter of the size");
    assert_eq!((finding.severity, conclusion.follow_up), (Severity::Info, None));
    assert!(project.conclude::<Deps>("alternatives", "{}", "nonsense").is_err());
}

#[test]
fn only_alternatives_asks_the_model() {
    let manifest = Deps::manifest();
    let asking: Vec<&str> =
        manifest.operations.iter().filter(|operation| operation.asks_model).map(|operation| operation.name.as_str()).collect();
    assert_eq!(asking, ["alternatives"]);
    assert!(manifest.operations.iter().all(|operation| operation.sees_project && !operation.documents.is_empty()));
    for operation in &manifest.operations {
        let schema: serde_json::Value = serde_json::from_str(&operation.options_schema).unwrap();
        assert_eq!(schema["additionalProperties"], false, "{}", operation.name);
    }
}
