//! The formats that other programs read, as those programs would take them: by the published schema where there is one.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use quick_xml::events::Event;
use serde_json::Value;

use crate::support::Project;

const EVAL: &str = "def run(text):\n    \"\"\"Runs.\"\"\"\n    return eval(text)\n";

/// Findings of all kinds of severities, odd names, a file that fails and files that are skipped.
fn project() -> Project {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    project.write(
        "src/b, c: 100%.py",
        &format!("{EVAL}\n\ndef wait(a, b=[]):\n    import time\n    # TODO: say \"why\" <now> & then\n    time.sleep(3)\n"),
    );
    project.write("src/clean.py", "x = 1\n");
    project.write("notes.txt", "no source\n");
    project
}

fn incomplete() -> Project {
    project().with("model.mode", "required")
}

fn render(project: &Project, format: &str, status: i32) -> String {
    project.run(&["analyze", "batch", ".", "--format", format]).text(status)
}

/// The schema of SARIF comes with a crate that the tests depend on; cargo knows where it stands.
fn sarif_schema() -> Value {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let said = |args: &[&str]| Command::new(&cargo).args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let version = String::from_utf8(said(&["-vV"]).stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    // Without the platform, cargo would ask for crates that nobody has fetched here.
    let output = said(&["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", host]);
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let package = metadata["packages"].as_array().unwrap().iter().find(|package| package["name"] == "serde-sarif").unwrap();
    let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
    let text = std::fs::read_to_string(manifest.with_file_name("src").join("schema.json")).unwrap();
    let mut schema: Value = serde_json::from_str(&text).unwrap();
    // A bracket is missing in the published pattern of a language, which no log of ours has.
    for holder in ["run", "toolComponent"] {
        drop(schema["definitions"][holder]["properties"]["language"].as_object_mut().unwrap().remove("pattern"));
    }
    schema
}

#[test]
fn sarif_keeps_to_its_published_schema() {
    let validator = jsonschema::validator_for(&sarif_schema()).unwrap();
    for (project, status) in [(project(), 0), (incomplete(), 3), (Project::new(), 0)] {
        let log: Value = serde_json::from_str(&render(&project, "sarif", status)).unwrap();
        let errors: Vec<String> = validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let run = &log["runs"][0];
        assert_eq!(run["invocations"][0]["executionSuccessful"], status == 0);
    }
}

#[test]
fn sarif_has_what_code_scanning_asks_for() {
    let log: Value = serde_json::from_str(&render(&project(), "sarif", 0)).unwrap();
    let run = &log["runs"][0];
    assert_eq!(run["automationDetails"]["id"], "devflow/review/");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    let eval: Vec<&Value> = results.iter().filter(|result| result["ruleId"] == "review/eval").collect();
    assert_eq!(eval.len(), 2);
    let mut hashes: Vec<&str> = Vec::new();
    for result in &eval {
        let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(!rule["help"]["text"].as_str().unwrap().is_empty() && rule["properties"]["security-severity"] == "8.0", "{rule}");
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert_eq!((&region["startLine"], &region["startColumn"], &region["endColumn"]), (&3.into(), &12.into(), &22.into()));
        hashes.push(result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap());
    }
    assert_eq!(hashes[0], hashes[1], "two copies of one code; the path tells them apart");
    assert!(hashes[0].ends_with(":1"));
    let uris: Vec<&str> =
        eval.iter().map(|result| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap()).collect();
    assert_eq!(uris, ["src/a.py", "src/b%2C%20c%3A%20100%25.py"]);
    let notes = run["invocations"][0]["toolExecutionNotifications"].to_string();
    assert!(notes.contains("4 files found") && notes.contains("skipped: secrets-only"), "{notes}");
}

#[test]
fn sarif_has_a_run_for_each_analyzer_that_took_part() {
    let project = Project::new().with("analyzers.enabled", "[\"review\", \"docs:check\"]");
    let ids = |project: &Project| {
        let log: Value = serde_json::from_str(&render(project, "sarif", 0)).unwrap();
        let runs = log["runs"].as_array().unwrap().clone();
        runs.iter().map(|run| (run["automationDetails"]["id"].clone(), run["results"].as_array().unwrap().len())).collect::<Vec<_>>()
    };
    project.write("src/a.py", EVAL);
    let before = ids(&project);
    assert!(before[0].0 == "devflow/review/" && before[0].1 > 0 && before.len() == 2, "{before:?}");
    // What was fixed is closed by an upload of its category without it.
    project.write("src/a.py", "\"\"\"Doc.\"\"\"\n\n\ndef g(a):\n    \"\"\"Give it.\"\"\"\n    return a\n");
    let mut after = ids(&project);
    after.sort_by_key(|(id, _)| id.to_string());
    assert_eq!(after, [("devflow/docs/".into(), 0), ("devflow/review/".into(), 0)]);
}

#[test]
fn gitlab_gets_an_array_with_a_fingerprint_for_each() {
    let rows: Vec<Value> = serde_json::from_str(&render(&incomplete(), "gitlab", 3)).unwrap();
    let mut fingerprints: Vec<&str> = rows.iter().map(|row| row["fingerprint"].as_str().unwrap()).collect();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), rows.len(), "equal ones would be shown as one");
    for row in &rows {
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&row["severity"].as_str().unwrap()), "{row}");
        assert!(row["description"].is_string() && row["check_name"].is_string(), "{row}");
        assert!(
            !row["location"]["path"].as_str().unwrap().starts_with('/') && row["location"]["lines"]["begin"].as_u64().unwrap() > 0,
            "{row}"
        );
    }
    assert!(rows.iter().any(|row| row["check_name"] == "devflow/incomplete"), "what was not looked at is told");
}

#[test]
fn a_fingerprint_for_gitlab_does_not_move_with_its_line() {
    let project = Project::new();
    project.write("src/a.py", EVAL);
    let fingerprint = |project: &Project| {
        let rows: Vec<Value> = serde_json::from_str(&render(project, "gitlab", 0)).unwrap();
        rows.iter().find(|row| row["check_name"] == "review/eval").unwrap()["fingerprint"].clone()
    };
    let before = fingerprint(&project);
    project.write("src/a.py", &format!("\n\n\n{EVAL}"));
    assert_eq!(fingerprint(&project), before);
}

#[test]
fn github_gets_the_worst_first_under_its_caps_and_is_told_of_the_rest() {
    let project = project();
    project.write(
        "src/many.py",
        &(0..40).map(|n| format!("def run{n}(text):\n    \"\"\"Runs.\"\"\"\n    return eval(text)\n\n\n")).collect::<String>(),
    );
    let text = render(&project, "github", 0);
    let count = |kind: &str| text.lines().filter(|line| line.starts_with(kind)).count();
    assert!(count("::error ") <= 10 && count("::warning ") <= 10 && count("::notice ") <= 10, "{text}");
    assert!(
        text.lines().next().unwrap().starts_with("::error file=src/a.py,line=3,endLine=3,col=12,endColumn=22,title=review/eval::"),
        "{text}"
    );
    assert!(text.lines().last().unwrap().contains(" more are in the report"), "{text}");
    assert!(text.contains("file=src/b%2C c%3A 100%25.py,"), "{text}");
    let failed = render(&incomplete(), "github", 3);
    assert!(failed.starts_with("::error file=src/a.py,title=not looked at::the model is required"), "{failed}");
    assert!(failed.lines().last().unwrap().starts_with("::error title=devflow::incomplete"), "{failed}");
}

type Names = &'static [&'static str];

/// Elements that may stand in an element, and their attributes: those of the schema that Jenkins publishes for JUnit's XML.
fn junit_schema() -> BTreeMap<&'static str, (Names, Names, Names)> {
    BTreeMap::from([
        ("testsuites", (&["testsuite"][..], &[][..], &["name", "time", "tests", "failures", "errors"][..])),
        (
            "testsuite",
            (
                &["properties", "testcase", "system-out", "system-err"][..],
                &["name", "tests", "failures", "errors"][..],
                &["time", "skipped", "timestamp", "hostname", "id", "package"][..],
            ),
        ),
        ("properties", (&["property"][..], &[][..], &[][..])),
        ("property", (&[][..], &["name", "value"][..], &[][..])),
        (
            "testcase",
            (&["skipped", "error", "failure", "system-out", "system-err"][..], &["name"][..], &["classname", "time", "group"][..]),
        ),
        ("skipped", (&[][..], &[][..], &["message", "type"][..])),
        ("error", (&[][..], &[][..], &["message", "type"][..])),
        ("failure", (&[][..], &[][..], &["message", "type"][..])),
    ])
}

#[test]
fn junit_keeps_to_its_schema() {
    let text = render(&incomplete(), "junit", 3);
    let schema = junit_schema();
    let mut open: Vec<String> = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut reader = quick_xml::Reader::from_str(&text);
    loop {
        let event = reader.read_event().unwrap();
        let (element, is_empty) = match &event {
            Event::Start(element) => (element.clone(), false),
            Event::Empty(element) => (element.clone(), true),
            Event::End(_) => {
                open.pop();
                continue;
            }
            Event::Eof => break,
            _ => continue,
        };
        let name = String::from_utf8(element.name().as_ref().to_vec()).unwrap();
        let (_, required, optional) = schema[name.as_str()];
        if let Some(parent) = open.last() {
            assert!(schema[parent.as_str()].0.contains(&name.as_str()), "`{name}` in `{parent}`");
        }
        let attributes: Vec<String> =
            element.attributes().map(|attribute| String::from_utf8(attribute.unwrap().key.as_ref().to_vec()).unwrap()).collect();
        assert!(required.iter().all(|wanted| attributes.iter().any(|known| known == wanted)), "{name}: {attributes:?}");
        assert!(
            attributes.iter().all(|known| required.contains(&known.as_str()) || optional.contains(&known.as_str())),
            "{name}: {attributes:?}"
        );
        *seen.entry(name.clone()).or_default() += 1;
        if !is_empty {
            open.push(name);
        }
    }
    assert!(open.is_empty());
    assert!(seen["error"] == 3 && seen["failure"] >= 3 && seen["skipped"] == 1, "{seen:?}");
    assert!(text.contains("<testsuite name=\"devflow\" tests=\"4\" skipped=\"1\" errors=\"3\""), "{text}");
}

#[test]
fn two_findings_on_one_line_are_two_test_cases() {
    let project = Project::new();
    project.write("a.py", "def run(a):\n    \"\"\"Runs.\"\"\"\n    return eval(a), eval(a + a)\n");
    let text = render(&project, "junit", 0);
    let mut cases: Vec<&str> =
        text.lines().filter(|line| line.contains("<testcase name=\"a.py:3:") && line.contains("review/eval")).collect();
    assert_eq!(cases.len(), 2, "{text}");
    cases.dedup();
    assert_eq!(cases.len(), 2, "most readers keep one of equal ones: {text}");
}

/// The schema is somebody else's file, and checking it needs `xmllint`: `.ci/run` fetches both and names them here.
#[test]
fn junit_keeps_to_the_schema_that_jenkins_publishes() {
    let Some(schema) = std::env::var_os("DEVFLOW_TEST_JUNIT_SCHEMA") else { return };
    for (at, (project, status)) in [(project(), 0), (incomplete(), 3), (Project::new(), 0)].into_iter().enumerate() {
        let path = project.path(&format!("report-{at}.xml"));
        std::fs::write(&path, render(&project, "junit", status)).unwrap();
        let checked = Command::new("xmllint").args(["--noout", "--schema"]).arg(&schema).arg(&path).output().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    }
}

#[test]
fn checkstyle_is_xml_whatever_stands_in_the_code() {
    let text = render(&incomplete(), "checkstyle", 3);
    let mut reader = quick_xml::Reader::from_str(&text);
    let mut names = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) | Event::Empty(element) => {
                let attribute = |name: &str| {
                    element
                        .try_get_attribute(name)
                        .unwrap()
                        .map(|value| value.normalized_value(quick_xml::XmlVersion::default()).unwrap().into_owned())
                };
                match element.name().as_ref() {
                    b"file" => names.push(attribute("name").unwrap()),
                    b"error" => {
                        assert!(attribute("line").unwrap().parse::<u32>().unwrap() > 0);
                        assert!(["error", "warning", "info"].contains(&attribute("severity").unwrap().as_str()));
                        assert!(!attribute("message").unwrap().is_empty() && !attribute("source").unwrap().is_empty());
                    }
                    _ => {}
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(names.contains(&"src/b, c: 100%.py".to_owned()), "{names:?}");
    assert!(text.contains("devflow/incomplete"), "{text}");
}

#[test]
fn rdjsonl_has_the_fields_of_its_diagnostics() {
    let text = render(&incomplete(), "rdjsonl", 3);
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for row in &rows {
        assert!(row["message"].is_string() && row["location"]["path"].is_string(), "{row}");
        assert!(["ERROR", "WARNING", "INFO"].contains(&row["severity"].as_str().unwrap()), "{row}");
    }
    let eval = rows.iter().find(|row| row["code"]["value"] == "review/eval").unwrap();
    assert_eq!(eval["location"]["range"]["start"], serde_json::json!({ "line": 3, "column": 12 }));
    assert_eq!(rows.iter().filter(|row| row["code"]["value"] == "devflow/incomplete").count(), 3);
}

#[test]
fn rdjsonl_counts_columns_in_bytes() {
    let project = Project::new();
    project.write("a.py", "# x\nx = '😀😀'; eval(input('😀'))\n");
    let text = render(&project, "rdjsonl", 0);
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let eval = rows.iter().find(|row| row["code"]["value"] == "review/eval").unwrap();
    assert_eq!(eval["location"]["range"]["start"], serde_json::json!({ "line": 2, "column": 17 }));
}

#[test]
fn csv_cells_are_no_formulas_and_keep_their_commas() {
    let text = render(&project(), "csv", 0);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(head[..2], ["path", "line"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert!(rows.iter().any(|row| &row[0] == "src/b, c: 100%.py"), "{rows:?}");
    let text = render(&incomplete(), "csv", 3);
    let failed =
        csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap).filter(|row| &row[7] == "devflow/incomplete").count();
    assert_eq!(failed, 3, "{text}");
    let project = Project::new();
    project.write("=cmd.py", EVAL);
    project.write("\u{fffe}.py", EVAL);
    project.write("tab\t%.py", EVAL);
    let junit = render(&project, "junit", 0);
    assert!(junit.contains("\u{fffd}.py:3") && !junit.contains('\u{fffe}'), "{junit}");
    assert!(render(&project, "sarif", 0).contains("\"uri\": \"tab%09%25.py\""), "{}", render(&project, "sarif", 0));
    assert!(render(&project, "github", 0).contains("file=tab%09%25.py,"));
    assert!(render(&project, "csv", 0).contains("\n'=cmd.py,"));
}

#[test]
fn a_stream_has_a_line_for_each_file_and_the_run_behind_them() {
    for operation in [&["analyze", "batch", "."][..], &["run", "docs:architecture", "."]] {
        let project = project();
        let args = |format| [operation, &["--format", format]].concat();
        let text = project.run(&args("jsonl")).text(0);
        let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (run, files) = rows.split_last().unwrap();
        assert_eq!((&run["type"], &run["schema"]), (&"run".into(), &"devflow.run/1".into()));
        assert!(files.iter().all(|file| file["type"] == "file"), "{text}");
        // The second run of the same takes its rows from the first.
        let again = project.run(&args("jsonl")).text(0);
        assert_eq!(again.lines().count(), rows.len());
        let document = project.run(&args("json")).json(0);
        let paths = |rows: &[Value]| {
            let mut paths: Vec<String> = rows.iter().map(|row| row["path"].as_str().unwrap().to_owned()).collect();
            paths.sort();
            paths
        };
        assert_eq!(paths(files), paths(document["files"].as_array().unwrap()));
    }
}

#[test]
fn an_output_may_name_its_format() {
    let project = project();
    let args = ["analyze", "batch", ".", "--output", "junit=tests.xml", "--output", "r.sarif", "--output", "template:report.md=r.txt"];
    let text = project.run(&args).text(0);
    assert!(text.contains("report in tests.xml") && text.contains("report in r.sarif"), "{text}");
    assert!(std::fs::read_to_string(project.path("tests.xml")).unwrap().contains("<testsuites"));
    assert!(std::fs::read_to_string(project.path("r.sarif")).unwrap().contains("\"2.1.0\""));
    assert!(std::fs::read_to_string(project.path("r.txt")).unwrap().starts_with("# devflow report"));
    let ran = project.run(&["analyze", "batch", ".", "--output", "r.xml"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("no format belongs to the extension of `r.xml`"), "{ran:?}");
    for (output, expected) in [("jnuit=tests.xml", "did you mean `junit`?"), ("csv=-", "`-` is no file"), ("-", "no format belongs")] {
        let ran = project.run(&["analyze", "batch", ".", "--output", output]);
        assert!(ran.status == Some(2) && ran.stderr.contains(expected), "{output}: {ran:?}");
    }
    let ran = project.run(&["analyze", "batch", ".", "--format", "sarfi"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("there are text, markdown, html"), "{ran:?}");
}

#[test]
fn pages_steer_no_terminal() {
    let project = Project::new();
    project.write("a.py", "def run(text):\n    \"\"\"Runs.\"\"\"\n    return eval(text)  # \u{1b}[31m \u{b} \u{202e}\n");
    for format in ["text", "markdown", "html", "template:pr-comment.md"] {
        let text = project.run(&["analyze", "batch", ".", "--no-model", "--format", format]).text(0);
        assert!(text.contains("eval") && !text.contains(['\u{1b}', '\u{b}', '\u{202e}']), "{format}: {text:?}");
    }
}
