//! Units are made in one place: what a run gives an analyzer is what the SDK's test helper gives a plugin, byte for byte.

use std::sync::{Arc, Mutex};

use devflow::analyzer::{Analyzer, AnalyzerError, Claims, Conclusion, Subject};
use devflow::config::Config;
use devflow::pipeline::{Clock, Inquiry, Judging, Keeping, ModelPart, Parts, Plan, PlannedOperation, Target, Tools, run};
use devflow::store::Store;
use devflow::types::{Digest, Exchange, Language, Question, Scope, Unit};
use devflow_plugin::testing::File;

use crate::support::Project;

/// Keeps every unit that it is given.
#[derive(Default)]
struct Recorder(Mutex<Vec<Unit>>);

impl Analyzer for Recorder {
    fn id(&self) -> &str {
        "recorder"
    }

    fn digest(&self) -> Digest {
        Digest::of(b"recorder")
    }

    fn inspect(&self, _: &str, subject: &Arc<Subject>, _: &str) -> Result<Claims, AnalyzerError> {
        self.0.lock().unwrap().push(subject.unit.clone());
        Ok(Claims::default())
    }

    fn question(&self, _: &str, _: &Arc<Subject>, _: &str) -> Result<Option<Question>, AnalyzerError> {
        Ok(None)
    }

    fn conclude(&self, _: &str, _: &Arc<Subject>, _: &str, _: Exchange<'_>) -> Result<Conclusion, AnalyzerError> {
        Ok(Conclusion::default())
    }
}

struct NoTime;

impl Clock for NoTime {
    fn now_ns(&self) -> i64 {
        1_000_000_000
    }
}

fn operation(analyzer: &Arc<Recorder>, scope: Scope) -> PlannedOperation {
    PlannedOperation {
        analyzer: Arc::clone(analyzer) as Arc<dyn Analyzer>,
        operation: scope.name().to_owned(),
        options: "{}".to_owned(),
        scope,
        asks_model: false,
        sees_project: false,
        needs_model: false,
        withheld: None,
        max_cost: None,
        documents: Vec::new(),
        folders: Vec::new(),
    }
}

/// The units of a real run over the project, in the order of the operations.
fn units_of_run(project: &Project) -> Vec<Unit> {
    let settings = Config::resolve(Vec::new()).unwrap().1;
    let recorder = Arc::new(Recorder::default());
    let target = Target {
        root: project.path("").components().collect(),
        working_directory: project.path("").components().collect(),
        paths: vec!["src".into()],
        listed: Vec::new(),
        changes: std::collections::BTreeMap::new(),
        files: settings.files.clone(),
        jobs: 1,
        failures: Vec::new(),
    };
    let tools = Tools {
        operations: vec![operation(&recorder, Scope::File), operation(&recorder, Scope::Function)],
        disabled_rules: Vec::new(),
        overrides: Vec::new(),
        nested: None,
        batch: settings.batch.clone(),
        chunk_bytes: None,
    };
    let inquiry = Inquiry {
        model: ModelPart::Off,
        provider: settings.provider.clone(),
        max_cost: None,
        answer_ttl_s: 0,
        is_fresh: true,
        notices: Vec::new(),
    };
    let judging = Judging { gate: settings.gate.clone(), hooks: None, trial: None };
    let plan = Plan::new(target, tools, inquiry, judging, Keeping::default());
    let store = Store::in_memory().unwrap();
    run(&plan, &Parts::new(&store, &NoTime, &|_| {})).unwrap();
    recorder.0.lock().unwrap().clone()
}

#[test]
fn the_helper_of_the_sdk_gives_what_a_run_gives() {
    for (name, language, text) in [
        (
            "two.py",
            "python",
            "LIMIT = 3\n\n\ndef helper(a):\n    \"\"\"Helps.\"\"\"\n    return a\n\n\ndef caller(b):\n    return helper(b) + LIMIT\n",
        ),
        (
            "lib.rs",
            "rust",
            "/// A point.\npub struct P(u8);\n\nimpl P {\n    /// Moves.\n    pub fn go(&self) -> u8 {\n        add(self.0)\n    }\n}\n\nfn add(a: u8) -> u8 {\n    a + 1\n}\n",
        ),
        ("none.ts", "typescript", "export const a = 1;\n"),
    ] {
        let project = Project::new();
        project.write(&format!("src/{name}"), text);
        let of_run: Vec<(&str, String, String, String)> = units_of_run(&project)
            .into_iter()
            .map(|unit| (unit.scope.name(), unit.language.map_or("", Language::name).to_owned(), unit.text, unit.outline))
            .collect();
        let file = File::new(language, text);
        let of_helper: Vec<(&str, String, String, String)> = std::iter::once(file.clone())
            .chain(file.functions())
            .map(|file| (scope_name(&file), file.unit().language.clone(), file.unit().text.clone(), file.unit().outline.clone()))
            .collect();
        assert_eq!(of_run, of_helper, "{name}");
        assert!(of_run.len() > 2 || name == "none.ts");
        assert!(
            name == "none.ts" || of_run.iter().any(|unit| !unit.3.is_empty()),
            "a function sees the others that it refers to: {of_run:?}"
        );
    }
}

fn scope_name(file: &File) -> &'static str {
    match file.unit().scope {
        devflow_plugin::Scope::File => "file",
        devflow_plugin::Scope::Change => "change",
        devflow_plugin::Scope::Function => "function",
        devflow_plugin::Scope::Project => "project",
    }
}
