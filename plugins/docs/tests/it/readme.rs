//! The operation `readme`: the draft, the introduction, and what is wrong with the README that is there.

use devflow_plugin::testing::Project;
use devflow_plugin_docs::Docs;

fn draft(project: &Project) -> String {
    let report = project.inspect::<Docs>("readme", "{}").expect("the plugin takes it");
    report.artifacts.into_iter().next().map(|artifact| artifact.body).unwrap_or_default()
}

fn rules(project: &Project) -> Vec<(String, usize, String)> {
    project.places(&project.inspect::<Docs>("readme", "{}").expect("the plugin takes it"))
}

#[test]
fn the_draft_is_made_of_facts() {
    let project = Project::new()
        .source("src/main.rs", "fn main() {\n}\n")
        .source("tool/run.py", "a = 1\n")
        .document("Cargo.toml", "[package]\nname = \"boxes\"\ndescription = \"Keeps boxes.\"\nlicense = \"MIT\"\n");
    let expected = "# boxes\n\nKeeps boxes.\n\n## Build\n\n```sh\ncargo build\n```\n\n## Test\n\n```sh\ncargo test\n```\n\n## Layout\n\n3 lines of code: Rust 67 %, Python 33 %.\n\n| folder | sources | lines of code |\n|---|---:|---:|\n| `src` | 1 | 2 |\n| `tool` | 1 | 1 |\n\n## License\n\nMIT\n";
    assert_eq!(draft(&project), expected);
    assert_eq!(rules(&project), [("Cargo.toml".to_owned(), 1, "readme-missing".to_owned())]);
}

#[test]
fn every_manifest_tells_name_and_commands() {
    let check = |path: &str, text: &str, expected: &[&str]| {
        let body = draft(&Project::new().source("a.py", "a = 1\n").document(path, text));
        for part in expected {
            assert!(body.contains(part), "{part} not in {body}");
        }
    };
    check(
        "package.json",
        "{\"name\":\"web\",\"description\":\"Shows.\",\"packageManager\":\"pnpm@9\",\"scripts\":{\"test\":\"x\",\"build\":\"y\"}}",
        &["# web\n\nShows.\n", "pnpm install\npnpm run build\n", "pnpm run test\n"],
    );
    check(
        "pyproject.toml",
        "[project]\nname = \"py\"\ndescription = \"Does.\"\n[tool.pytest.ini_options]\n",
        &["# py\n\nDoes.\n", "pip install .\n", "\npytest\n"],
    );
    check("setup.cfg", "[metadata]\nname = py\ndescription = Does.\n[tool:pytest]\n", &["# py\n\nDoes.\n", "\npytest\n"]);
    check("setup.py", "setup(\n    name='py',\n    description=\"Does.\",\n)\n", &["# py\n\nDoes.\n"]);
    check("go.mod", "module example.org/team/tool/v2\n", &["# tool\n", "go build ./...\n", "go test ./...\n"]);
    check(
        "pom.xml",
        "<project><parent><artifactId>p</artifactId></parent><artifactId>jay</artifactId><dependencies><dependency><artifactId>d</artifactId></dependency></dependencies></project>",
        &["# jay\n", "mvn test\n"],
    );
    check("settings.gradle.kts", "rootProject.name = \"gr\"\n", &["# gr\n", "gradle test\n"]);
    check(
        "CMakeLists.txt",
        "cmake_minimum_required(VERSION 3.1)\nproject(cee LANGUAGES C)\nenable_testing()\n",
        &["# cee\n", "ctest --test-dir build\n"],
    );
    check("Makefile", "all:\n\techo\ncheck: all\n", &["# Project\n", "make\n", "make check\n"]);
}

#[test]
fn a_readme_that_is_there_is_not_missing() {
    let project = Project::new().source("a.py", "a = 1\n");
    assert_eq!(rules(&project), [("a.py".to_owned(), 1, "readme-missing".to_owned())]);
    for path in ["README.md", "readme.rst", "docs/README.md"] {
        assert_eq!(rules(&Project::new().source("a.py", "a = 1\n").document(path, "Here.\n")), [], "{path}");
    }
    assert_eq!(rules(&Project::new()), []);
}

#[test]
fn stale_paths_are_those_of_sources_that_are_gone() {
    let text = "See [it](src/gone.py) and `src/gone.py:12` and [here](./src/here.py#L1) and `src/here.py`.\n\n`other/gone.py`, `src/gone.txt`, `gone.py`, <https://a.org/src/gone.py>, [web](https://a.org/src/gone.py)\n\n```\n`src/gone.py`\n```\n\nCreate a file, for instance\n`src/new.py`.\n\n`src/*.py` `src/path/to.py` `src/{name}.py`\n";
    let project = Project::new().source("src/here.py", "a = 1\n").document("README.md", text);
    let stale = ("README.md".to_owned(), 1, "readme-stale-path".to_owned());
    assert_eq!(rules(&project), [stale.clone(), stale]);
    let project = Project::new()
        .source("lib/src/here.py", "a = 1\n")
        .document("README.md", "")
        .document("lib/README.md", "`lib/src/here.py` `src/here.py` [it](src/here.py)\n[gone](src/gone.py)\n");
    assert_eq!(rules(&project), [("lib/README.md".to_owned(), 2, "readme-stale-path".to_owned())]);
}

#[test]
fn the_introduction_names_what_there_is() {
    let project = Project::new()
        .source("src/a.py", "def open_box():\n    \"\"\"Opens the box at once. And more.\"\"\"\n")
        .document("package.json", "{\"name\":\"boxes\"}");
    let question = project.question::<Docs>("readme", "{}").unwrap().unwrap();
    assert!(question.content.contains("name: boxes\n") && question.content.contains("src/a.py:\n"), "{}", question.content);
    assert!(
        question.content.contains("def open_box() // Opens the box at once.\n")
            || question.content.contains("def open_box(): // Opens the box at once.\n"),
        "{}",
        question.content
    );
    let answer = r#"{"introduction":"`boxes` opens with `open_box`. It has a `Lid` too. `src/a.py` does it."}"#;
    let conclusion = project.conclude::<Docs>("readme", "{}", answer).unwrap();
    let body = &conclusion.report.artifacts[0].body;
    assert!(body.starts_with("# boxes\n\n`boxes` opens with `open_box`. `src/a.py` does it.\n"), "{body}");
    assert!(project.conclude::<Docs>("readme", "{}", "[").is_err());
    assert!(Project::new().question::<Docs>("readme", "{}").unwrap().is_none());
}

#[test]
fn the_outline_of_a_large_project_stays_small() {
    let mut project = Project::new();
    for file in 0..400 {
        let functions: String = (0..10).map(|n| format!("def f{n}_{file}(a, b, c):\n    \"\"\"Does the thing of {n}.\"\"\"\n")).collect();
        project = project.source(&format!("folder{}/module_{file}.py", file % 7), &functions);
    }
    let content = project.question::<Docs>("readme", "{}").unwrap().unwrap().content;
    assert!(content.len() > 15_000 && content.len() < 24_000, "{}", content.len());
    assert!(content.contains("folder0/ (") && content.contains("folder6/module_"));
}
