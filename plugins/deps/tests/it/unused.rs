//! Declared dependencies that no source imports, in every ecosystem.

use devflow_plugin::testing::Project;
use devflow_plugin_deps::Deps;

fn project(documents: &[(&str, &str)], sources: &[(&str, &str)]) -> Project {
    let project = documents.iter().fold(Project::new(), |project, (path, text)| project.document(path, text));
    sources.iter().fold(project, |project, (path, text)| project.source(path, text))
}

#[track_caller]
fn check(documents: &[(&str, &str)], sources: &[(&str, &str)], expected: &[(&str, usize)]) {
    let project = project(documents, sources);
    let report = project.inspect::<Deps>("unused", "{}").expect("unused reads any project");
    let places = project.places(&report);
    assert!(places.iter().all(|(_, _, rule)| rule == "unused-dependency"), "{places:?}");
    assert_eq!(places.iter().map(|(path, line, _)| (path.as_str(), *line)).collect::<Vec<_>>(), expected);
}

fn crate_with(rest: &str) -> String {
    format!("[package]\nname = \"own\"\n{rest}\n")
}

#[test]
fn a_crate_is_used_wherever_its_name_stands() {
    let manifest = crate_with(
        "[dependencies]\na-b = \"1\"\nc = \"1\"\nd = \"1\"\ne = \"1\"\nmd-5 = \"1\"\nf = { package = \"g\", version = \"1\" }\nidle = \"1\"",
    );
    let source = "use a_b::X;\n#[derive(c::Y)]\nstruct Z;\n#[d]\nfn h() { e!(f::v()); md5::w(); }\n";
    check(&[("Cargo.toml", &manifest)], &[("src/lib.rs", source)], &[("Cargo.toml", 10)]);
}

#[test]
fn crates_with_an_effect_of_their_own_are_let_pass() {
    let manifest = crate_with(
        "[dependencies]\nzlib-sys = \"1\"\nmaybe = { version = \"1\", optional = true }\ngetrandom = { version = \"0.2\", features = [\"js\"] }\nprost = \"1\"",
    );
    check(&[("Cargo.toml", &manifest)], &[("src/lib.rs", "")], &[]);
    // A second declaration adds features.
    let twice = crate_with("[dependencies]\na = \"1\"\n[dev-dependencies]\na = { version = \"1\", features = [\"x\"] }");
    check(&[("Cargo.toml", &twice)], &[("src/lib.rs", "use a::B;")], &[]);
}

#[test]
fn crates_of_builds_and_tests_are_looked_for_in_all_files_of_the_package() {
    let manifest = crate_with(
        "[build-dependencies]\ncc = \"1\"\nidle = \"1\"\n[dev-dependencies]\nproptest = \"1\"\nshown = \"1\"\nidler = \"1\"\ninsta = \"1\"",
    );
    let sources = [
        ("build.rs", "fn main() { cc::Build::new(); }"),
        ("tests/a.rs", "use proptest::prelude::*;"),
        ("src/lib.rs", "/// ```\n/// shown::x();\n/// ```\npub fn f() {}"),
    ];
    let project = project(&[("Cargo.toml", &manifest)], &sources);
    let report = project.inspect::<Deps>("unused", "{}").unwrap();
    let found: Vec<_> = report.findings.iter().map(|finding| (finding.message.split('`').nth(1).unwrap(), finding.confidence)).collect();
    assert_eq!(found, [("idle", 85), ("insta", 70)]);
    // A program has no examples in its documentation.
    let manifest = crate_with("[dev-dependencies]\nidler = \"1\"");
    check(&[("Cargo.toml", &manifest)], &[("src/main.rs", "fn main() {}")], &[("Cargo.toml", 4)]);
    check(&[("Cargo.toml", &manifest)], &[("src/main.rs", "fn main() {}"), ("src/lib.rs", "")], &[]);
}

#[test]
fn a_library_may_have_another_name_than_its_package() {
    let confidences = |rest: &str, source: &str| {
        let project = project(&[("Cargo.toml", &crate_with(rest))], &[("src/lib.rs", source)]);
        let report = project.inspect::<Deps>("unused", "{}").unwrap();
        report.findings.iter().map(|finding| finding.confidence).collect::<Vec<_>>()
    };
    let two = "[dependencies]\nrustls-webpki = \"0.103\"\ntiny-bip39 = \"1\"\nserde = \"1\"";
    assert_eq!(confidences(two, "use bip39::Mnemonic;\nuse webpki::Cert;\n#[derive(serde::Serialize)]\npub struct B;\n"), Vec::<u8>::new());
    // The import belongs to nobody, and nothing tells to whom.
    assert_eq!(confidences("[dependencies]\nidle = \"1\"", "use strange::A;\n"), [30]);
    // A part of the name stands in a path.
    assert_eq!(confidences("[dependencies]\ntiny-bip39 = \"1\"", "pub fn a() { bip39::b(); }\n"), [50]);
    // Every import has its owner.
    let owned = "mod inner;\nuse std::fmt;\nuse inner::A;\nuse serde::de;\nuse de::B;\nuse own::C;\n";
    let manifest = crate_with("[dependencies]\ntiny-bip39 = \"1\"\nserde = \"1\"");
    let project = project(&[("Cargo.toml", &manifest)], &[("src/lib.rs", owned), ("src/inner.rs", "")]);
    let report = project.inspect::<Deps>("unused", "{}").unwrap();
    assert_eq!(report.findings.iter().map(|finding| finding.confidence).collect::<Vec<_>>(), [85]);
}

#[test]
fn sources_that_were_not_handed_over_may_use_everything() {
    let manifest = crate_with("[dependencies]\nidle = \"1\"");
    let project = || project(&[("Cargo.toml", &manifest)], &[("src/lib.rs", "")]);
    let count = |project: Project| project.inspect::<Deps>("unused", "{}").unwrap().findings.len();
    assert_eq!(count(project()), 1);
    assert_eq!(count(project().unread("src/big.rs", "size", "fn a() { idle::b(); }")), 0);
    assert_eq!(count(project().unread("src/big.rs", "size", "fn a() {}")), 1);
    assert_eq!(count(project().unread("src/big.rs", "size", "")), 0);
    let list = || self::project(&[("requirements.txt", "requests\n")], &[("app.py", "import os\n")]);
    assert_eq!(count(list()), 1);
    assert_eq!(count(list().unread("big.py", "size", "import requests")), 0);
}

#[test]
fn each_member_of_a_workspace_is_judged_by_its_own_sources() {
    let root = "[workspace]\nmembers = [\"a\", \"b\"]\n[workspace.dependencies]\nx = \"1\"\n";
    let member = crate_with("[dependencies]\nx.workspace = true");
    let documents = [("Cargo.toml", root), ("a/Cargo.toml", &member), ("b/Cargo.toml", &member)];
    check(&documents, &[("a/src/lib.rs", "use x::Y;"), ("b/src/lib.rs", "")], &[("b/Cargo.toml", 4)]);
    let outer = crate_with("[dependencies]\nx = \"1\"");
    check(&[("Cargo.toml", &outer), ("a/Cargo.toml", &member)], &[("src/lib.rs", ""), ("a/src/lib.rs", "use x::Y;")], &[("Cargo.toml", 4)]);
}

#[test]
fn without_sources_nothing_is_said() {
    check(&[("Cargo.toml", &crate_with("[dependencies]\nx = \"1\""))], &[], &[]);
    check(&[("package.json", "{\"dependencies\": {\"left\": \"1\"}}")], &[], &[]);
    let many = crate_with("[dependencies]\na1 = \"1\"\na2 = \"1\"\na3 = \"1\"\na4 = \"1\"\na5 = \"1\"");
    // Sources that use next to nothing are not those of the manifest.
    check(&[("Cargo.toml", &many)], &[("src/lib.rs", "use a1::B;")], &[]);
}

#[test]
fn npm_packages_are_used_by_every_sort_of_import() {
    let manifest = "{\n\"dependencies\": {\n\"plain\": \"1\",\n\"@own/scoped\": \"1\",\n\"deep\": \"1\",\n\"required\": \"1\",\n\"lazy\": \"1\",\n\"passed-on\": \"1\",\n\"old-style\": \"1\",\n\"idle\": \"1\"\n}\n}";
    let script = "import a from 'plain';\nimport b from '@own/scoped/inner';\nimport 'deep/file.js';\nconst c = require('required');\nawait import('lazy');\nexport * from 'passed-on';\n";
    let typed = "import oldStyle = require('old-style');\n";
    check(&[("package.json", manifest)], &[("src/a.js", script), ("src/b.ts", typed)], &[("package.json", 10)]);
}

#[test]
fn npm_packages_that_are_not_imported_by_their_nature_are_let_pass() {
    let manifest = "{\"scripts\": {\"start\": \"runner --fast\"}, \"dependencies\": {\"react\": \"1\", \"runner\": \"1\", \"@types/a\": \"1\", \"eslint-plugin-b\": \"1\", \"pg\": \"1\", \"page\": \"1\"}, \"devDependencies\": {\"some-tool\": \"1\"}, \"optionalDependencies\": {\"c\": \"1\"}}";
    let page = "<script>\nimport page from 'page';\n</script>\n";
    check(&[("package.json", manifest), ("src/a.vue", page)], &[("src/a.js", "import 'left';")], &[]);
}

#[test]
fn a_lock_file_tells_programs_and_peers() {
    let manifest = "{\n\"dependencies\": {\n\"idle\": \"1\",\n\"peer\": \"1\",\n\"program\": \"1\"},\n\"devDependencies\": {\n\"helper\": \"1\",\n\"starter\": \"1\"}}";
    let lock = r#"{"packages": {"node_modules/idle": {"version": "1.0.0"}, "node_modules/peer": {"version": "1.0.0"},
        "node_modules/program": {"version": "1.0.0", "bin": "a.js"}, "node_modules/helper": {"version": "1.0.0"},
        "node_modules/starter": {"version": "1.0.0", "bin": {"s": "s.js"}}, "node_modules/other": {"version": "1.0.0", "peerDependencies": {"peer": "1"}}}}"#;
    check(
        &[("package.json", manifest), ("package-lock.json", lock)],
        &[("a.js", "import 'left';")],
        &[("package.json", 3), ("package.json", 7)],
    );
    // What nothing is known of is only judged when it is shipped.
    check(&[("package.json", manifest)], &[("a.js", "import 'peer'; import 'program';")], &[("package.json", 3)]);
}

#[test]
fn packages_of_a_monorepo_are_judged_by_the_sources_below() {
    let root = "{\"workspaces\": [\"a\"], \"dependencies\": {\n\"shared\": \"1\",\n\"idle\": \"1\"}}";
    let member = "{\"name\": \"a\", \"dependencies\": {\n\"shared\": \"1\"}}";
    check(&[("package.json", root), ("a/package.json", member)], &[("a/x.ts", "import 'shared';")], &[("package.json", 3)]);
    check(
        &[("package.json", root), ("a/package.json", member)],
        &[("a/x.ts", "import 'idle';"), ("b/y.ts", "import 'shared';")],
        &[("a/package.json", 2)],
    );
}

#[test]
fn python_packages_are_known_by_their_modules() {
    let requirements = "PyYAML>=6\npillow>=10\nbeautifulsoup4\nscikit-learn\nrequests\n";
    let sources =
        [("app.py", "import os\nimport yaml\nfrom PIL import Image\nfrom bs4 import BeautifulSoup\nimport sklearn.svm\nimport strange\n")];
    check(&[("requirements.txt", requirements)], &sources, &[("requirements.txt", 5)]);
    let pyproject = "[project]\ndependencies = [\n  \"PyYAML\",\n  \"requests>=2\",\n]\n";
    check(&[("pyproject.toml", pyproject)], &sources, &[("pyproject.toml", 4)]);
    let poetry = "[tool.poetry.dependencies]\npython = \"^3\"\nPyYAML = \"^6\"\nrequests = \"^2\"\n[tool.poetry.group.dev.dependencies]\nblack = \"^24\"\n";
    check(&[("pyproject.toml", poetry)], &sources, &[("pyproject.toml", 4)]);
    check(&[("setup.cfg", "[options]\ninstall_requires =\n  PyYAML\n  requests\n")], &sources, &[("setup.cfg", 4)]);
    check(&[("setup.py", "setup(install_requires=[\n'PyYAML',\n'requests'])\n")], &sources, &[("setup.py", 3)]);
}

#[test]
fn unknown_python_packages_are_judged_when_every_import_has_an_owner() {
    let requirements = "requests\nodd-name\n";
    check(&[("requirements.txt", requirements)], &[("app.py", "import os, requests, app\n")], &[("requirements.txt", 2)]);
    check(&[("requirements.txt", requirements)], &[("app.py", "import requests, mystery\n")], &[]);
    check(&[("requirements.txt", requirements)], &[("app.py", "import requests, odd_name\n")], &[]);
    check(&[("requirements.txt", "google-cloud-storage\n")], &[("app.py", "from google.cloud import storage\n")], &[]);
}

#[test]
fn python_packages_that_run_or_plug_in_are_let_pass() {
    let requirements =
        "gunicorn\npytest-cov\npsycopg2-binary\ntypes-requests\ndjango-filter\nuwsgi-tools; python_version < '3'\n-r more.txt\n";
    check(&[("requirements.txt", requirements)], &[("app.py", "import os\n")], &[]);
    check(&[("requirements-dev.txt", "requests\n")], &[("app.py", "import os\n")], &[]);
    check(&[("requirements.txt", "requests\n"), ("Dockerfile", "RUN python -m requests.help\n")], &[("app.py", "import os\n")], &[]);
    let frozen = "# This file is autogenerated by pip-compile\nrequests==2\nidle==1\n";
    check(&[("requirements.txt", frozen)], &[("app.py", "import os\n")], &[]);
}

#[test]
fn go_modules_are_used_by_the_longest_path_that_fits() {
    let module = "module own\n\nrequire (\n\texample.org/a v1.0.0\n\texample.org/a/inner v1.0.0\n\texample.org/tool v1.0.0\n\texample.org/deep v1.0.0 // indirect\n\texample.org/idle v1.0.0\n)\n\ntool example.org/tool/cmd\n";
    let source = "package p\n\nimport (\n\t\"fmt\"\n\t_ \"example.org/a\"\n\tx \"example.org/a/inner/y\"\n)\n";
    check(&[("go.mod", module)], &[("p.go", source)], &[("go.mod", 8)]);
    check(
        &[("go.mod", module)],
        &[("p.go", "package p\n\nimport (\n\t\"example.org/a/inner\"\n\t\"example.org/idle/z\"\n)\n")],
        &[("go.mod", 4)],
    );
    // What generated code imports is not seen.
    check(&[("go.mod", "module own\n\nrequire google.golang.org/protobuf v1.0.0\n")], &[("p.go", "package p\n")], &[]);
}

#[test]
fn java_libraries_are_judged_when_their_packages_are_known() {
    let dependency = |group: &str, artifact: &str, more: &str| {
        format!("<dependency><groupId>{group}</groupId>\n<artifactId>{artifact}</artifactId><version>1</version>{more}</dependency>")
    };
    let pom = |inner: &str| format!("<project><artifactId>own</artifactId><dependencies>{inner}</dependencies></project>");
    let source = [("src/A.java", "import java.util.List;\nimport com.google.gson.Gson;\nclass A {}\n")];
    check(&[("pom.xml", &pom(&dependency("com.google.guava", "guava", "")))], &source, &[("pom.xml", 2)]);
    check(&[("pom.xml", &pom(&dependency("com.google.code.gson", "gson", "")))], &source, &[]);
    check(&[("pom.xml", &pom(&dependency("com.google.guava", "guava", "<scope>runtime</scope>")))], &source, &[]);
    check(&[("pom.xml", &pom(&dependency("org.unknown", "library", "")))], &source, &[]);
    let groovy = "dependencies {\n  implementation 'commons-io:commons-io:2.15'\n  implementation 'com.google.code.gson:gson:2.10'\n  testImplementation 'com.google.guava:guava:33'\n}\n";
    check(&[("build.gradle", groovy)], &source, &[("build.gradle", 2)]);
    let kotlin = [("src/a.kt", "val lines = org.apache.commons.io.FileUtils.readLines(file)\n")];
    check(&[("build.gradle", groovy)], &kotlin, &[("build.gradle", 3)]);
    let catalog = "[libraries]\ncommons-io = \"commons-io:commons-io:2.15\"\n";
    let script = "plugins { id(\"x\") }\ndependencies {\n  implementation(libs.commons.io)\n}\n";
    check(
        &[("gradle/libs.versions.toml", catalog), ("app/build.gradle.kts", script)],
        &[("app/src/A.java", "class A {}\n")],
        &[("app/build.gradle.kts", 3)],
    );
}

#[test]
fn where_a_file_is_not_seen_nothing_is_said() {
    // Files that are too large or generated are not handed over.
    let manifest = crate_with("[dependencies]\nx = \"1\"");
    let documents = [("Cargo.toml", manifest.as_str())];
    check(&documents, &[("src/lib.rs", "mod inner;"), ("src/inner.rs", "")], &[("Cargo.toml", 4)]);
    check(&documents, &[("src/lib.rs", "mod inner;"), ("src/inner/mod.rs", "")], &[("Cargo.toml", 4)]);
    check(&documents, &[("src/lib.rs", "mod inner;"), ("src/inner/other.rs", "")], &[]);
    check(&documents, &[("src/inner.rs", "")], &[]);

    let documents = [("package.json", "{\"dependencies\": {\n\"x-y\": \"1\"}}")];
    check(
        &documents,
        &[("a.js", "import './b'; import './c.js'; import './d.css';"), ("b/index.ts", ""), ("c.ts", "")],
        &[("package.json", 2)],
    );
    check(&documents, &[("a.js", "import './b';")], &[]);

    let documents = [("go.mod", "module example.org/own\n\nrequire example.org/x v1.0.0\n")];
    check(&documents, &[("a.go", "package a\n\nimport \"example.org/own/b\"\n"), ("b/b.go", "package b\n")], &[("go.mod", 3)]);
    check(&documents, &[("a.go", "package a\n\nimport \"example.org/own/b\"\n")], &[]);

    let documents = [("requirements.txt", "requests\n")];
    let package = ("p/__init__.py", "from .a import c\nfrom . import d\nd = 1\n");
    check(&documents, &[package, ("p/a.py", "")], &[("requirements.txt", 1)]);
    check(&documents, &[package, ("p/b.py", "from .large import e\n"), ("p/a.py", "")], &[]);
}
