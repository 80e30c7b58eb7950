//! Licences as manifests and lock files state them.

use devflow_plugin::testing::Project;
use devflow_plugin_deps::Deps;

#[track_caller]
fn check(documents: &[(&str, &str)], options: &str, expected: &[(&str, usize, &str)]) {
    let project = documents.iter().fold(Project::new(), |project, (path, text)| project.document(path, text));
    let places = project.places(&project.inspect::<Deps>("licenses", options).expect("licenses reads any project"));
    assert_eq!(places.iter().map(|(path, line, rule)| (path.as_str(), *line, rule.as_str())).collect::<Vec<_>>(), expected);
}

#[test]
fn a_package_for_others_states_its_licence() {
    let rule = "missing-license";
    for (path, text, line) in [
        ("Cargo.toml", "[package]\nname = \"a\"\n", 2),
        ("package.json", "{\n\"name\": \"a\", \"version\": \"1.0.0\"}", 2),
        ("pyproject.toml", "[project]\nname = \"a\"\n", 2),
        ("pyproject.toml", "[tool.poetry]\nname = \"a\"\n", 2),
        ("setup.cfg", "[metadata]\nname = a\n", 2),
        ("setup.py", "from setuptools import setup\nsetup(name='a')\n", 2),
        ("pom.xml", "<project>\n<artifactId>a</artifactId><scm></scm><developers></developers></project>", 2),
    ] {
        check(&[(path, text)], "{}", &[(path, line, rule)]);
    }
}

#[test]
fn a_package_that_states_it_or_is_for_nobody_is_let_pass() {
    for (path, text) in [
        ("Cargo.toml", "[package]\nname = \"a\"\nlicense = \"MIT\"\n"),
        ("Cargo.toml", "[package]\nname = \"a\"\nlicense-file = \"LICENSE\"\n"),
        ("Cargo.toml", "[package]\nname = \"a\"\npublish = false\n"),
        ("Cargo.toml", "[workspace]\n"),
        ("examples/a/Cargo.toml", "[package]\nname = \"a\"\n"),
        ("package.json", "{\"name\": \"a\", \"version\": \"1.0.0\", \"license\": \"MIT\"}"),
        ("package.json", "{\"name\": \"a\", \"version\": \"1.0.0\", \"licenses\": [{\"type\": \"MIT\"}]}"),
        ("package.json", "{\"name\": \"a\", \"version\": \"1.0.0\", \"private\": true}"),
        ("package.json", "{\"type\": \"module\"}"),
        ("pyproject.toml", "[project]\nname = \"a\"\nlicense = {file = \"LICENSE\"}\n"),
        ("pyproject.toml", "[project]\nname = \"a\"\nclassifiers = [\"License :: OSI Approved :: MIT License\"]\n"),
        ("pyproject.toml", "[project]\nname = \"a\"\nclassifiers = [\"Private :: Do Not Upload\"]\n"),
        ("pyproject.toml", "[tool.black]\n"),
        ("setup.py", "setup(name='a', license='MIT')\n"),
        ("pom.xml", "<project><artifactId>a</artifactId></project>"),
        ("go.mod", "module m\n"),
    ] {
        check(&[(path, text)], "{}", &[]);
    }
    check(&[("pyproject.toml", "[project]\nname = \"a\"\n"), ("LICENSE", "Do what you like.")], "{}", &[]);
    let member = "[package]\nname = \"a\"\nlicense.workspace = true\n";
    check(&[("Cargo.toml", "[workspace.package]\nlicense = \"MIT\"\n"), ("a/Cargo.toml", member)], "{}", &[]);
}

const LOCK: &str = r#"{"packages": {
"node_modules/free": {"version": "1.0.0", "license": "MIT"},
"node_modules/deep": {"version": "2.0.0", "license": "GPL-3.0-or-later"},
"node_modules/either": {"version": "3.0.0", "license": "(MIT OR GPL-3.0)"},
"node_modules/near": {"version": "4.0.0", "license": "AGPL-3.0"}}}"#;

#[test]
fn denied_licences_are_told_where_the_package_comes_in() {
    let manifest = "{\"private\": true, \"dependencies\": {\n\"near\": \"^4.0.0\"}}";
    let documents = [("package.json", manifest), ("package-lock.json", LOCK)];
    let rule = "denied-license";
    check(&documents, r#"{"deny":["GPL-3.0","AGPL-3.0"]}"#, &[("package-lock.json", 3, rule), ("package.json", 2, rule)]);
    check(&documents, r#"{"deny":["BSD-3-Clause"]}"#, &[]);
    check(&documents, "{}", &[]);
    check(&[("Cargo.toml", "[package]\nname = \"a\"\nlicense = \"GPL-3.0\"\n")], r#"{"deny":["GPL-3.0"]}"#, &[("Cargo.toml", 2, rule)]);
}

#[test]
fn the_table_has_every_package_and_what_is_known_of_it() {
    let manifest = "{\"name\": \"own\", \"version\": \"1.0.0\", \"license\": \"MIT\", \"dependencies\": {\"near\": \"^4.0.0\"}}";
    let project = Project::new()
        .document("package.json", manifest)
        .document("package-lock.json", r#"{"packages": {"node_modules/near": {"version": "4.0.0", "license": "ISC"}}}"#)
        .document("Cargo.toml", "[dependencies]\na = \"1\"\n");
    let report = project.inspect::<Deps>("licenses", "{}").unwrap();
    assert_eq!(
        report.artifacts[0].body,
        "# Licences\n\nAs manifests and lock files state them.\n\n## Of this project\n\n| package | version | from | licence |\n|---|---|---|---|\n| `own` | 1.0.0 | npm | MIT |\n\n## Of others\n\n| package | version | from | licence |\n|---|---|---|---|\n| `a` |  | cargo | not stated |\n| `near` | 4.0.0 | npm | ISC |\n"
    );
}
