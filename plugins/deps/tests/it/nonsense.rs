//! No document makes the analyzer stop, and every finding points to a piece of a document.

use devflow_plugin::Place;
use devflow_plugin::testing::Project;
use devflow_plugin_deps::Deps;

const PATHS: [&str; 20] = [
    "Cargo.toml",
    "Cargo.lock",
    "package.json",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "pyproject.toml",
    "poetry.lock",
    "requirements.txt",
    "setup.cfg",
    "setup.py",
    "go.mod",
    "go.sum",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "gradle/libs.versions.toml",
    "gradle.properties",
    "gradle.lockfile",
    "advisories/a.json",
];

/// Texts that are right in one form and wrong in the others, and all their beginnings.
const TEXTS: [&str; 9] = [
    "[package]\nname = \"ä\\u00e9\"\n[dependencies]\n\"ü\" = { version = \"*\", path = \"..\" }\nfailure = \"0.1\"\n[[package]]\nname = \"ü\"\nversion = \"1\"\n",
    "[project]\nname = \"ä\"\ndependencies = [\"\"\"\\\n   ünose>=1\"\"\", \"\\u006eose @ git+x\", \"nose\"]\n[tool.poetry.dependencies]\nnose = [1, {}]\n",
    "{\"name\": \"\\u00e4\", \"version\": \"1\", \"dependencies\": {\"ü\": \"npm:@ü\", \"request\": \"*\", \"\": \"\"}, \"packages\": {\"\": {}, \"node_modules/ü\": {\"version\": \"ü\"}}}",
    "<project><artifactId>ä</artifactId><dependencies><dependency><groupId>${ü}</groupId><artifactId>ü</artifactId><version>${ü}</version></dependency></dependencies></project>",
    "\"ü@^1, ü@npm:ü@2\":\n  version \"1\"\n  peerDependencies:\n    ä \"*\"\n__metadata:\n",
    "lockfileVersion: '9.0'\npackages:\n  ü@1:\n    hasBin: true\n  '@ü/ü@1(ü@2)':\n    peerDependencies:\n      ü: '*'\nimporters:\n  ü:\n    dependencies:\n      ü:\n        specifier: ü\n",
    "module ü\n\nrequire (\n\tü v1\n)\nreplace ü => ../ü\n",
    "dependencies {\n  implementation 'ü:ü:$ü'\n  implementation(\"log4j:log4j:${ü}\")\n}} { \"\n",
    "{\"id\":\"ü\",\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"ü\"},\"ranges\":[{\"type\":\"SEMVER\",\"events\":[{\"introduced\":\"ü\"},{\"fixed\":\"\"}]}],\"versions\":[\"ü\"]}]}",
];

#[test]
fn beginnings_of_documents_are_read_without_a_stop() {
    for text in TEXTS {
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)).step_by(3).chain([text.len()]) {
            let part = &text[..end];
            let project = PATHS.iter().fold(Project::new(), |project, path| project.document(path, part));
            let project = project.source("src/main.rs", "fn main() {}").source("a.js", "import 'a';").source("a.py", "import a\n");
            for (operation, options) in
                [("audit", r#"{"advisories":"x"}"#), ("unused", "{}"), ("duplicates", "{}"), ("licenses", r#"{"deny":["MIT"]}"#)]
            {
                let report = project.inspect::<Deps>(operation, options).unwrap();
                for finding in &report.findings {
                    assert!(finding.confidence <= 100);
                    let Place::Document(place) = &finding.place else { panic!("{finding:?}") };
                    assert!(part.get(place.span.range()).is_some(), "{finding:?} in {part}");
                }
            }
        }
    }
}

#[test]
fn deep_nesting_is_no_trouble() {
    for (path, open, close) in
        [("package.json", "[", "]"), ("package-lock.json", "{\"a\":", "}"), ("pom.xml", "<a>", "</a>"), ("Cargo.toml", "a=[", "]")]
    {
        let text = format!("{}1{}", open.repeat(50_000), close.repeat(50_000));
        let project = Project::new().document(path, &text);
        assert_eq!(project.inspect::<Deps>("audit", "{}").unwrap().findings.len(), 1, "{path}");
    }
}

#[test]
fn an_unknown_operation_is_an_error() {
    assert!(Project::new().inspect::<Deps>("other", "{}").is_err());
    assert_eq!(Project::new().inspect::<Deps>("audit", "{}").unwrap().findings, []);
}
