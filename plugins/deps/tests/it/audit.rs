//! What `audit` finds without advisories.

use devflow_plugin::Severity;
use devflow_plugin::testing::Project;
use devflow_plugin_deps::Deps;

/// Places of one rule.
fn places(project: &Project, rule: &str) -> Vec<(String, usize)> {
    let report = project.inspect::<Deps>("audit", "{}").expect("audit reads any project");
    project.places(&report).into_iter().filter(|(_, _, found)| found == rule).map(|(path, line, _)| (path, line)).collect()
}

#[track_caller]
fn check(documents: &[(&str, &str)], rule: &str, expected: &[(&str, usize)]) {
    let project = documents.iter().fold(Project::new(), |project, (path, text)| project.document(path, text));
    let found = places(&project, rule);
    assert_eq!(found.iter().map(|(path, line)| (path.as_str(), *line)).collect::<Vec<_>>(), expected);
}

const PUBLISHED: &str =
    "[package]\nname = \"a\"\nversion = \"1.0.0\"\ndescription = \"d\"\nlicense = \"MIT\"\nrepository = \"https://example.org\"\n";

#[test]
fn deprecated_packages_are_told_in_every_ecosystem() {
    let rule = "deprecated-package";
    check(&[("Cargo.toml", "[dependencies]\nserde = \"1\"\nfailure = \"0.1\"\n")], rule, &[("Cargo.toml", 3)]);
    check(&[("package.json", "{\n\"dependencies\": {\n\"express\": \"^4\",\n\"request\": \"^2\"}}")], rule, &[("package.json", 4)]);
    check(&[("requirements.txt", "pytest==8\nnose==1\n")], rule, &[("requirements.txt", 2)]);
    check(
        &[("pyproject.toml", "[project]\ndependencies = [\n  \"pycrypto>=2\",\n  \"pycryptodome\",\n]\n")],
        rule,
        &[("pyproject.toml", 3)],
    );
    check(&[("pyproject.toml", "[tool.poetry.dependencies]\npython = \"^3\"\npycrypto = \"^2\"\n")], rule, &[("pyproject.toml", 3)]);
    check(&[("setup.cfg", "[options]\ninstall_requires =\n  six\n  pycrypto>=2\n")], rule, &[("setup.cfg", 4)]);
    check(&[("setup.py", "setup(name='a',\n  install_requires=[\n    'six',\n    'pycrypto>=2',\n  ])\n")], rule, &[("setup.py", 4)]);
    check(&[("go.mod", "module m\n\nrequire github.com/dgrijalva/jwt-go/v4 v4.0.0\n")], rule, &[("go.mod", 3)]);
    let pom = "<project><artifactId>a</artifactId>\n<dependencies><dependency>\n<groupId>log4j</groupId>\n<artifactId>log4j</artifactId>\n<version>1.2.17</version></dependency></dependencies></project>";
    check(&[("pom.xml", pom)], rule, &[("pom.xml", 4)]);
    check(
        &[("build.gradle", "dependencies {\n  implementation group: 'log4j', name: 'log4j', version: '1.2.17'\n}\n")],
        rule,
        &[("build.gradle", 2)],
    );
    check(
        &[(
            "build.gradle.kts",
            "dependencies {\n  // implementation(\"log4j:log4j:1.2.17\")\n  implementation(\"log4j:log4j:1.2.17\")\n}\n",
        )],
        rule,
        &[("build.gradle.kts", 3)],
    );
}

#[test]
fn names_that_only_look_deprecated_are_let_pass() {
    let rule = "deprecated-package";
    check(&[("Cargo.toml", "[dependencies]\nfailure-tools = \"1\"\nold = { package = \"anyhow\", version = \"1\" }\n")], rule, &[]);
    check(&[("Cargo.toml", "[dependencies]\nfailure = { path = \"../failure\" }\n")], rule, &[]);
    check(&[("package.json", "{\"dependencies\": {\"request-ip\": \"^2\"}, \"scripts\": {\"request\": \"curl\"}}")], rule, &[]);
    check(&[("requirements.txt", "enum34==1; python_version < '3.4'\n# nose==1\n")], rule, &[]);
    check(&[("go.mod", "module m\n\nrequire github.com/pkg/errors v0.9.1 // indirect\n")], rule, &[]);
    check(&[("node_modules/a/package.json", "{\"dependencies\": {\"request\": \"^2\"}}")], rule, &[]);
}

#[test]
fn one_package_in_many_manifests_is_told_once() {
    let text = "[dependencies]\nfailure = \"0.1\"\n";
    let project = Project::new().document("a/Cargo.toml", text).document("b/Cargo.toml", text).document("c/Cargo.toml", text);
    let report = project.inspect::<Deps>("audit", "{}").unwrap();
    let found: Vec<_> = report.findings.iter().filter(|finding| finding.rule == "deprecated-package").collect();
    assert_eq!(found.len(), 1);
    assert!(found[0].message.contains("in 2 more manifests"), "{}", found[0].message);
}

#[test]
fn git_and_path_sources_matter_in_published_packages() {
    let cargo = |rest: &str| format!("{PUBLISHED}\n[dependencies]\n{rest}\n");
    check(&[("Cargo.toml", &cargo("b = { git = \"https://example.org/b\" }"))], "git-dependency", &[("Cargo.toml", 9)]);
    check(&[("Cargo.toml", &cargo("b = { git = \"https://example.org/b\", version = \"1\" }"))], "git-dependency", &[]);
    check(&[("Cargo.toml", &cargo("b = { path = \"../b\" }"))], "path-dependency", &[("Cargo.toml", 9)]);
    check(&[("Cargo.toml", &cargo("b = { path = \"../b\", version = \"1\" }"))], "path-dependency", &[]);
    let private = cargo("b = { git = \"https://example.org/b\" }").replace("\nversion", "\npublish = false\nversion");
    check(&[("Cargo.toml", &private)], "git-dependency", &[]);
    check(&[("Cargo.toml", "[package]\nname = \"a\"\n[dependencies]\nb = { git = \"https://example.org/b\" }\n")], "git-dependency", &[]);
    check(&[("Cargo.toml", &format!("{PUBLISHED}\n[dev-dependencies]\nb = {{ path = \"../b\" }}\n"))], "path-dependency", &[]);

    let npm = |requirement: &str| {
        format!("{{\"name\": \"a\", \"version\": \"1.0.0\", \"files\": [\"lib\"],\n\"dependencies\": {{\"b\": \"{requirement}\"}}}}")
    };
    check(&[("package.json", &npm("github:own/b"))], "git-dependency", &[("package.json", 2)]);
    check(&[("package.json", &npm("own/b"))], "git-dependency", &[("package.json", 2)]);
    check(&[("package.json", &npm("file:../b"))], "path-dependency", &[("package.json", 2)]);
    check(&[("package.json", &npm("workspace:^1"))], "path-dependency", &[]);
    check(&[("package.json", &npm("^1.0.0"))], "git-dependency", &[]);

    let python = |rest: &str| format!("[project]\nname = \"a\"\nclassifiers = [\"Topic :: Utilities\"]\ndependencies = [\"{rest}\"]\n");
    check(&[("pyproject.toml", &python("b @ git+https://example.org/b@v1"))], "git-dependency", &[("pyproject.toml", 4)]);
    check(&[("pyproject.toml", &python("b>=1"))], "git-dependency", &[]);
}

#[test]
fn a_member_takes_the_source_of_its_workspace() {
    let root = "[workspace]\n[workspace.dependencies]\nb = { git = \"https://example.org/b\" }\n";
    let member = format!("{PUBLISHED}\n[dependencies]\nb.workspace = true\n");
    check(&[("Cargo.toml", root), ("a/Cargo.toml", &member)], "git-dependency", &[("a/Cargo.toml", 9)]);
}

#[test]
fn wildcards_are_told() {
    let rule = "wildcard-version";
    check(
        &[("Cargo.toml", "[dependencies]\na = \"*\"\nb = \"1.*\"\nc = { version = \">=0\" }\n")],
        rule,
        &[("Cargo.toml", 2), ("Cargo.toml", 4)],
    );
    check(
        &[(
            "package.json",
            "{\"dependencies\": {\n\"a\": \"latest\",\n\"b\": \"1.x\",\n\"@types/c\": \"*\"}, \"peerDependencies\": {\"d\": \"*\"}}",
        )],
        rule,
        &[("package.json", 2)],
    );
    check(&[("pyproject.toml", "[tool.poetry.dependencies]\na = \"*\"\nb = \"^1\"\n")], rule, &[("pyproject.toml", 2)]);
    check(&[("pyproject.toml", "[project]\ndependencies = [\"a\", \"b>=1\"]\n")], rule, &[]);
    check(&[("build.gradle", "dependencies {\n  implementation 'g:a:+'\n  implementation 'g:b:1.2'\n}\n")], rule, &[("build.gradle", 2)]);
    // A package of the project itself.
    check(&[("a/package.json", "{\"name\": \"own-a\"}"), ("b/package.json", "{\"dependencies\": {\"own-a\": \"*\"}}")], rule, &[]);
}

#[test]
fn a_lock_file_makes_a_wildcard_milder() {
    let manifest = "[package]\nname = \"a\"\nversion = \"1.0.0\"\n[dependencies]\nb = \"*\"\n";
    let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n[[package]]\nname = \"b\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n";
    for (project, expected) in [
        (Project::new().document("Cargo.toml", manifest), Severity::Medium),
        (Project::new().document("Cargo.toml", manifest).document("Cargo.lock", lock), Severity::Low),
    ] {
        let report = project.inspect::<Deps>("audit", "{}").unwrap();
        let found = report.findings.iter().find(|finding| finding.rule == "wildcard-version").unwrap();
        assert_eq!(found.severity, expected);
    }
}

#[test]
fn open_versions_are_told_where_nothing_keeps_them() {
    let rule = "unpinned-version";
    check(&[("requirements.txt", "a==1.0\nb\nc>=2\nd~=1.4\n")], rule, &[("requirements.txt", 2)]);
    check(&[("requirements.txt", "a==1.0\nb>=1,<2\n")], rule, &[]);
    check(&[("requirements.txt", "-c constraints.txt\na\n")], rule, &[]);
    check(&[("requirements-dev.txt", "a\n")], rule, &[]);
    check(&[("requirements.txt", "a\n"), ("setup.py", "setup(install_requires=open('requirements.txt'))")], rule, &[]);
    check(&[("requirements.txt", "a @ git+https://example.org/a\n")], rule, &[("requirements.txt", 1)]);
    check(&[("requirements.txt", "a @ git+https://example.org/a@v1\ngit+https://example.org/b@v2#egg=b\n")], rule, &[]);
    check(&[("package.json", "{\"dependencies\": {\n\"a\": \">=1.0.0\"}}")], rule, &[("package.json", 2)]);
    check(
        &[
            ("package.json", "{\"dependencies\": {\"a\": \">=1.0.0\"}}"),
            ("yarn.lock", "# yarn lockfile v1\n\na@>=1.0.0:\n  version \"1.0.0\"\n"),
        ],
        rule,
        &[],
    );
    check(
        &[
            ("gradle/libs.versions.toml", "[libraries]\na = \"g:a:1.+\"\n"),
            ("build.gradle.kts", "dependencies {\n implementation(libs.a)\n}\n"),
        ],
        rule,
        &[("gradle/libs.versions.toml", 2)],
    );
    let pom = |version: &str| {
        format!(
            "<project><groupId>own</groupId><artifactId>a</artifactId><version>{version}</version>\n<dependencies><dependency><groupId>other</groupId>\n<artifactId>b</artifactId><version>1.0-SNAPSHOT</version></dependency></dependencies></project>"
        )
    };
    check(&[("pom.xml", &pom("1.0"))], rule, &[("pom.xml", 3)]);
    check(&[("pom.xml", &pom("1.0-SNAPSHOT"))], rule, &[]);
}

#[test]
fn programs_want_a_lock_file() {
    let rule = "missing-lock-file";
    let cargo = "[package]\nname = \"a\"\n[dependencies]\nb = \"1\"\n";
    let program = Project::new().document("Cargo.toml", cargo).source("src/main.rs", "fn main() {}");
    assert_eq!(places(&program, rule), [("Cargo.toml".to_owned(), 2)]);
    let library = Project::new().document("Cargo.toml", cargo).source("src/lib.rs", "");
    assert_eq!(places(&library, rule), []);
    // A link, or a file that is too large, is no missing file; one of another project is none of this one.
    let linked = Project::new().document("Cargo.toml", cargo).source("src/main.rs", "fn main() {}");
    assert_eq!(places(&linked.unread("other/Cargo.lock", "symlink", ""), rule), [("Cargo.toml".to_owned(), 2)]);
    let linked = Project::new().document("a/Cargo.toml", cargo).source("a/src/main.rs", "fn main() {}");
    assert_eq!(places(&linked.unread("Cargo.lock", "symlink", ""), rule), []);
    let broken =
        Project::new().document("Cargo.toml", cargo).source("src/main.rs", "fn main() {}").document("Cargo.lock", "version = = 4\n");
    assert_eq!(places(&broken, rule), []);
    let locked = program.document("Cargo.lock", "version = 4\n");
    assert_eq!(places(&locked, rule), []);

    let npm = "{\"name\": \"a\", \"private\": true,\n\"dependencies\": {\"b\": \"^1\"}}";
    check(&[("package.json", npm)], rule, &[("package.json", 1)]);
    check(&[("package.json", npm), (".npmrc", "package-lock = false\n")], rule, &[]);
    check(
        &[("package.json", "{\"name\": \"a\", \"version\": \"1.0.0\", \"main\": \"a.js\", \"dependencies\": {\"b\": \"^1\"}}")],
        rule,
        &[],
    );
    check(&[("go.mod", "module m\n\nrequire example.org/b v1.0.0\n")], rule, &[("go.mod", 3)]);
    check(&[("go.mod", "module m\n\nrequire example.org/b v1.0.0\n"), ("go.work", "use .\n")], rule, &[]);
    check(
        &[("pyproject.toml", "[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\nb = \"^1\"\n")],
        rule,
        &[("pyproject.toml", 4)],
    );
    check(&[("pyproject.toml", "[project]\nname = \"a\"\ndependencies = [\"b\"]\n")], rule, &[]);
}

#[test]
fn lock_files_that_do_not_fit_are_told() {
    let rule = "stale-lock-file";
    let cargo = |requirement: &str| format!("[package]\nname = \"a\"\n[dependencies]\nb = \"{requirement}\"\n");
    let cargo_lock =
        "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n[[package]]\nname = \"b\"\nversion = \"1.2.0\"\nsource = \"registry+x\"\n";
    check(&[("Cargo.toml", &cargo("2")), ("Cargo.lock", cargo_lock)], rule, &[("Cargo.toml", 4)]);
    check(&[("Cargo.toml", &cargo("1.1")), ("Cargo.lock", cargo_lock)], rule, &[]);
    // No member of the workspace.
    check(&[("fuzz/Cargo.toml", &cargo("2").replace("\"a\"", "\"fuzz\"")), ("Cargo.lock", cargo_lock)], rule, &[]);

    let npm = |requirement: &str| format!("{{\"dependencies\": {{\n\"b\": \"{requirement}\"}}}}");
    let package_lock = "{\"packages\": {\"\": {\"dependencies\": {\"b\": \"^1.0.0\"}}, \"node_modules/b\": {\"version\": \"1.2.0\"}}}";
    let yarn = "# yarn lockfile v1\n\nb@^1.0.0:\n  version \"1.2.0\"\n";
    let pnpm = "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      b:\n        specifier: ^1.0.0\n        version: 1.2.0\n";
    for (file, text) in [("package-lock.json", package_lock), ("yarn.lock", yarn)] {
        check(&[("package.json", &npm("^1.1.0")), (file, text)], rule, &[("package.json", 2)]);
    }
    for (file, text) in [("package-lock.json", package_lock), ("yarn.lock", yarn), ("pnpm-lock.yaml", pnpm)] {
        check(&[("package.json", &npm("^1.0.0")), (file, text)], rule, &[]);
        check(&[("package.json", "{\"dependencies\": {\n\"c\": \"^1.0.0\"}}"), (file, text)], rule, &[("package.json", 2)]);
        check(&[("package.json", "{\"peerDependencies\": {\n\"c\": \"^1.0.0\"}}"), (file, text)], rule, &[]);
    }

    let python = |requirement: &str| format!("[project]\nname = \"a\"\ndependencies = [\"b{requirement}\"]\n");
    let poetry_lock = "[[package]]\nname = \"b\"\nversion = \"1.2\"\n";
    check(&[("pyproject.toml", &python(">=2")), ("poetry.lock", poetry_lock)], rule, &[("pyproject.toml", 3)]);
    check(&[("pyproject.toml", &python(">=1,<2")), ("uv.lock", poetry_lock)], rule, &[]);
    check(&[("pyproject.toml", &python(">=2; python_version < '3'")), ("uv.lock", poetry_lock)], rule, &[]);

    let go = "module m\n\nrequire example.org/b v1.1.0\n";
    check(&[("go.mod", go), ("go.sum", "example.org/b v1.0.0 h1:x\nexample.org/b v1.0.0/go.mod h1:x\n")], rule, &[("go.mod", 3)]);
    check(&[("go.mod", go), ("go.sum", "example.org/b v1.1.0/go.mod h1:x\n")], rule, &[]);
}

#[test]
fn what_cannot_be_read_is_told() {
    let rule = "unreadable-manifest";
    for (path, text) in [
        ("Cargo.toml", "[dependencies\n"),
        ("package.json", "{\"a\": }"),
        ("package.json", ""),
        ("pyproject.toml", "a = "),
        ("pom.xml", "<project><a></project>"),
        ("go.mod", "require example.org/b v1.0.0\n"),
        ("Cargo.lock", "[["),
        ("package-lock.json", "{"),
        ("yarn.lock", "<<<<<<< ours\n"),
        ("pnpm-lock.yaml", "packages:\n"),
    ] {
        check(&[(path, text)], rule, &[(path, 1)]);
        check(&[(&format!("tests/fixtures/{path}"), text)], rule, &[]);
    }
    for (path, text) in [("go.mod", ""), ("yarn.lock", ""), ("requirements.txt", "???"), ("build.gradle", "}}}{"), ("setup.py", "'")] {
        check(&[(path, text)], rule, &[]);
    }
}
