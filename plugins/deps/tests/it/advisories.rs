//! Advisories against locked versions, in every ecosystem.

use devflow_plugin::testing::Project;
use devflow_plugin::{Report, Severity};
use devflow_plugin_deps::Deps;

const OPTIONS: &str = r#"{"advisories":"osv"}"#;

/// An advisory for versions from `introduced` to `fixed`.
fn advisory(id: &str, ecosystem: &str, name: &str, (introduced, fixed): (&str, &str), more: &str) -> String {
    format!(
        r#"{{"id":"{id}","summary":"It breaks.",{more}"affected":[{{"package":{{"ecosystem":"{ecosystem}","name":"{name}"}},
        "ranges":[{{"type":"ECOSYSTEM","events":[{{"introduced":"{introduced}"}},{{"fixed":"{fixed}"}}]}}]}}]}}"#
    )
}

fn vulnerable(project: &Project) -> (Report, Vec<(String, usize)>) {
    let mut report = project.inspect::<Deps>("audit", OPTIONS).expect("audit reads any project");
    report.findings.retain(|finding| finding.rule == "vulnerable-dependency");
    let places = project.places(&report).into_iter().map(|(path, line, _)| (path, line)).collect();
    (report, places)
}

#[track_caller]
fn check(documents: &[(&str, &str)], advisory: &str, expected: &[(&str, usize)]) {
    let project = documents.iter().fold(Project::new(), |project, (path, text)| project.document(path, text));
    let (report, places) = vulnerable(&project.document("advisories/a.json", advisory));
    let places: Vec<(&str, usize)> = places.iter().map(|(path, line)| (path.as_str(), *line)).collect();
    assert_eq!(places, expected, "{:?}", report.findings);
}

const CARGO_TOML: &str = "[package]\nname = \"own\"\nversion = \"1.0.0\"\n\n[dependencies]\nsmall = \"1\"\n";
const CARGO_LOCK: &str = "version = 4\n\n[[package]]\nname = \"own\"\nversion = \"1.0.0\"\ndependencies = [\"small\"]\n\n[[package]]\nname = \"small\"\nversion = \"1.2.0\"\nsource = \"registry+https://example.org\"\n\n[[package]]\nname = \"deep\"\nversion = \"0.3.0\"\nsource = \"registry+https://example.org\"\n";

#[test]
fn a_direct_crate_is_told_at_its_declaration_and_another_at_the_lock_file() {
    let documents = [("Cargo.toml", CARGO_TOML), ("Cargo.lock", CARGO_LOCK)];
    check(&documents, &advisory("RUSTSEC-1", "crates.io", "small", ("0.0.0-0", "1.2.1"), ""), &[("Cargo.toml", 6)]);
    check(&documents, &advisory("RUSTSEC-2", "crates.io", "deep", ("0", "0.3.1"), ""), &[("Cargo.lock", 14)]);
    check(&documents, &advisory("RUSTSEC-3", "crates.io", "small", ("1.3.0", "1.4.0"), ""), &[]);
    check(&documents, &advisory("RUSTSEC-4", "crates.io", "small", ("0", "1.2.0"), ""), &[]);
    check(&documents, &advisory("RUSTSEC-5", "npm", "small", ("0", "9.0.0"), ""), &[]);
    // A package of the project itself is no package of the registry.
    check(&documents, &advisory("RUSTSEC-6", "crates.io", "own", ("0", "9.0.0"), ""), &[]);
}

#[test]
fn a_version_of_a_workspace_is_told_where_it_stands() {
    let root = "[workspace]\nmembers = [\"a\"]\n\n[workspace.dependencies]\nsmall = \"1\"\n";
    let member = "[package]\nname = \"own\"\nversion = \"1.0.0\"\n\n[dependencies]\nsmall.workspace = true\n";
    let documents = [("Cargo.toml", root), ("a/Cargo.toml", member), ("Cargo.lock", CARGO_LOCK)];
    check(&documents, &advisory("RUSTSEC-1", "crates.io", "small", ("0", "1.2.1"), ""), &[("Cargo.toml", 5)]);
}

#[test]
fn lock_files_of_npm_are_read() {
    let manifest = "{\n  \"name\": \"own\",\n  \"dependencies\": {\n    \"small\": \"^1.0.0\",\n    \"@big/one\": \"^2.0.0\"\n  }\n}\n";
    let package_lock = "{\n  \"lockfileVersion\": 3,\n  \"packages\": {\n    \"\": { \"dependencies\": { \"small\": \"^1.0.0\", \"@big/one\": \"^2.0.0\" } },\n    \"node_modules/small\": { \"version\": \"1.2.0\" },\n    \"node_modules/@big/one\": { \"version\": \"2.0.0\" },\n    \"node_modules/@big/one/node_modules/small\": { \"version\": \"0.9.0\" }\n  }\n}\n";
    let yarn_1 = "# yarn lockfile v1\n\n\n\"@big/one@^2.0.0\":\n  version \"2.0.0\"\n\nsmall@^0.9.0:\n  version \"0.9.0\"\n\nsmall@^1.0.0:\n  version \"1.2.0\"\n  resolved \"https://example.org/small.tgz\"\n";
    let yarn_4 = "__metadata:\n  version: 8\n\n\"@big/one@npm:^2.0.0\":\n  version: 2.0.0\n  resolution: \"@big/one@npm:2.0.0\"\n\n\"small@npm:^0.9.0\":\n  version: 0.9.0\n  resolution: \"small@npm:0.9.0\"\n\n\"small@npm:^1.0.0\":\n  version: 1.2.0\n  resolution: \"small@npm:1.2.0\"\n";
    let pnpm_5 = "lockfileVersion: 5.4\n\nspecifiers:\n  small: ^1.0.0\n\npackages:\n\n  /@big/one/2.0.0_small@1.2.0:\n    resolution: {integrity: a}\n\n  /small/0.9.0:\n    resolution: {integrity: a}\n\n  /small/1.2.0:\n    resolution: {integrity: a}\n";
    let pnpm_9 = "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      small:\n        specifier: ^1.0.0\n        version: 1.2.0\n\npackages:\n\n  '@big/one@2.0.0':\n    resolution: {integrity: a}\n\n  small@0.9.0:\n    resolution: {integrity: a}\n\n  small@1.2.0:\n    resolution: {integrity: a}\n\nsnapshots:\n\n  '@big/one@2.0.0(small@1.2.0)': {}\n";
    for (file, text, line_of_old) in [
        ("package-lock.json", package_lock, 7),
        ("yarn.lock", yarn_1, 7),
        ("yarn.lock", yarn_4, 8),
        ("pnpm-lock.yaml", pnpm_5, 11),
        ("pnpm-lock.yaml", pnpm_9, 16),
    ] {
        let documents = [("package.json", manifest), (file, text)];
        check(&documents, &advisory("GHSA-1", "npm", "small", ("1.0.0", "1.2.1"), ""), &[("package.json", 4)]);
        check(&documents, &advisory("GHSA-2", "npm", "@big/one", ("0", "2.0.1"), ""), &[("package.json", 5)]);
        check(&documents, &advisory("GHSA-3", "npm", "small", ("0", "1.0.0"), ""), &[(file, line_of_old)]);
        check(&documents, &advisory("GHSA-4", "npm", "small", ("1.2.1", "2.0.0"), ""), &[]);
    }
}

#[test]
fn locked_and_pinned_python_packages_are_read() {
    let pyproject = "[project]\nname = \"own\"\nversion = \"1\"\ndependencies = [\n    \"Small.Thing>=1\",\n]\n";
    let poetry = "[[package]]\nname = \"small-thing\"\nversion = \"1.2\"\n";
    let uv = "version = 1\n\n[[package]]\nname = \"small-thing\"\nversion = \"1.2\"\nsource = { registry = \"https://example.org\" }\n";
    for file in ["poetry.lock", "uv.lock"] {
        let documents = [("pyproject.toml", pyproject), (file, if file == "uv.lock" { uv } else { poetry })];
        check(&documents, &advisory("PYSEC-1", "PyPI", "small_thing", ("0", "1.2.1"), ""), &[("pyproject.toml", 5)]);
        check(&documents, &advisory("PYSEC-2", "PyPI", "small-thing", ("0", "1.2"), ""), &[]);
    }
    let requirements = "# all of it\nother==2.0\nSmall_Thing[fast]==1.2  # pinned\nopen>=1\n";
    check(
        &[("requirements.txt", requirements)],
        &advisory("PYSEC-1", "PyPI", "small-thing", ("0", "1.2.1"), ""),
        &[("requirements.txt", 3)],
    );
    check(&[("requirements.txt", requirements)], &advisory("PYSEC-1", "PyPI", "open", ("0", "9"), ""), &[]);
}

#[test]
fn go_modules_are_read() {
    let module = "module example.org/own\n\ngo 1.22\n\nrequire (\n\texample.org/small v1.2.0\n\texample.org/deep v0.0.0-20200101000000-abcdefabcdef // indirect\n)\n";
    check(&[("go.mod", module)], &advisory("GO-1", "Go", "example.org/small", ("0", "1.2.1"), ""), &[("go.mod", 6)]);
    check(&[("go.mod", module)], &advisory("GO-2", "Go", "example.org/deep", ("0", "0.1.0"), ""), &[("go.mod", 7)]);
    check(&[("go.mod", module)], &advisory("GO-3", "Go", "example.org/small", ("1.3.0", "1.4.0"), ""), &[]);
}

#[test]
fn versions_of_maven_and_gradle_are_read() {
    let pom = "<project>\n  <groupId>own</groupId><artifactId>own</artifactId><version>1</version>\n  <properties><small.version>1.2</small.version></properties>\n  <dependencies>\n    <dependency>\n      <groupId>org.small</groupId>\n      <artifactId>small</artifactId>\n      <version>${small.version}</version>\n    </dependency>\n  </dependencies>\n</project>\n";
    let gradle = "plugins { id 'java' }\ndef small = '1.2'\ndependencies {\n    implementation \"org.small:small:$small\"\n}\n";
    let kotlin = "val small = \"1.2\"\ndependencies {\n    implementation(\"org.small:small:$small\")\n}\n";
    let catalog = "[versions]\nsmall = \"1.2\"\n\n[libraries]\nsmall = { module = \"org.small:small\", version.ref = \"small\" }\n";
    let with_catalog = "dependencies {\n    implementation(libs.small)\n}\n";
    for (documents, place) in [
        (vec![("pom.xml", pom)], ("pom.xml", 7)),
        (vec![("build.gradle", gradle)], ("build.gradle", 4)),
        (vec![("build.gradle.kts", kotlin)], ("build.gradle.kts", 3)),
        (vec![("gradle/libs.versions.toml", catalog), ("build.gradle.kts", with_catalog)], ("gradle/libs.versions.toml", 5)),
    ] {
        check(&documents, &advisory("GHSA-1", "Maven", "org.small:small", ("1.0", "1.3"), ""), &[place]);
        check(&documents, &advisory("GHSA-2", "Maven", "org.small:small", ("1.3", "1.4"), ""), &[]);
        check(&documents, &advisory("GHSA-3", "Maven", "org.small:other", ("0", "9"), ""), &[]);
    }
}

fn severity_of(more: &str) -> Option<Severity> {
    let project = Project::new().document("Cargo.toml", CARGO_TOML).document("Cargo.lock", CARGO_LOCK);
    let project = project.document("advisories/a.json", &advisory("RUSTSEC-1", "crates.io", "small", ("0", "2.0.0"), more));
    vulnerable(&project).0.findings.first().map(|finding| finding.severity)
}

#[test]
fn the_severity_comes_from_the_advisory() {
    let scored = |kind: &str, score: &str| format!(r#""severity":[{{"type":"{kind}","score":"{score}"}}],"#);
    for (more, expected) in [
        (scored("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), Severity::Critical),
        (scored("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"), Severity::High),
        (scored("CVSS_V3", "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"), Severity::Medium),
        (scored("CVSS_V3", "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"), Severity::Low),
        (scored("CVSS_V3", "7.5"), Severity::High),
        (scored("CVSS_V2", "AV:N/AC:L/Au:N/C:P/I:P/A:P"), Severity::High),
        (scored("CVSS_V4", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"), Severity::Critical),
        (r#""database_specific":{"severity":"MODERATE"},"#.to_owned(), Severity::Medium),
        (scored("CVSS_V3", "nonsense"), Severity::Medium),
        (String::new(), Severity::Medium),
    ] {
        assert_eq!(severity_of(&more), Some(expected), "{more}");
    }
    assert_eq!(severity_of(r#""withdrawn":"2024-01-01T00:00:00Z","#), None);
}

#[test]
fn one_vulnerability_under_several_ids_is_told_once() {
    let project = Project::new().document("Cargo.toml", CARGO_TOML).document("Cargo.lock", CARGO_LOCK);
    let first =
        advisory("GHSA-1", "crates.io", "small", ("0", "1.2.1"), r#""aliases":["CVE-2024-1"],"database_specific":{"severity":"HIGH"},"#);
    let second = advisory("RUSTSEC-1", "crates.io", "small", ("0", "1.2.1"), r#""aliases":["CVE-2024-1"],"#);
    let third = advisory("RUSTSEC-2", "crates.io", "small", ("0", "1.2.1"), "");
    let project =
        project.document("advisories/1.json", &first).document("advisories/2.json", &second).document("advisories/3.json", &third);
    let (report, _) = vulnerable(&project);
    let mut messages: Vec<&str> = report.findings.iter().map(|finding| finding.message.as_str()).collect();
    messages.sort_unstable();
    assert_eq!(
        messages,
        [
            "`small` 1.2.0 has a known vulnerability, GHSA-1 (CVE-2024-1): It breaks",
            "`small` 1.2.0 has a known vulnerability, RUSTSEC-2: It breaks"
        ]
    );
    assert_eq!(report.findings[0].suggestion.as_deref(), Some("Update `small` to 1.2.1 or later."));
}

#[test]
fn lists_of_versions_and_last_affected_versions_count() {
    let documents = [("Cargo.toml", CARGO_TOML), ("Cargo.lock", CARGO_LOCK)];
    let with = |rest: &str| format!(r#"{{"id":"A","affected":[{{"package":{{"ecosystem":"crates.io","name":"small"}},{rest}}}]}}"#);
    check(&documents, &with(r#""versions":["1.1.0","1.2.0"]"#), &[("Cargo.toml", 6)]);
    check(&documents, &with(r#""versions":["1.1.0"]"#), &[]);
    check(
        &documents,
        &with(r#""ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"last_affected":"1.2.0"}]}]"#),
        &[("Cargo.toml", 6)],
    );
    check(&documents, &with(r#""ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"last_affected":"1.1.9"}]}]"#), &[]);
    check(&documents, &with(r#""ranges":[{"type":"GIT","events":[{"introduced":"0"}]}]"#), &[]);
    let twice = r#""ranges":[{"type":"SEMVER","events":[{"fixed":"1.0.0"},{"introduced":"0"},{"introduced":"1.1.0"},{"fixed":"1.3.0"}]}]"#;
    check(&documents, &with(twice), &[("Cargo.toml", 6)]);
}

#[test]
fn an_unmaintained_crate_is_no_vulnerability() {
    let text = r#"{"id":"RUSTSEC-9","summary":"small is unmaintained","affected":[{"package":{"ecosystem":"crates.io","name":"small"},
        "ranges":[{"type":"SEMVER","events":[{"introduced":"0.0.0-0"}]}],"database_specific":{"informational":"unmaintained"}}]}"#;
    let project = Project::new().document("Cargo.toml", CARGO_TOML).document("Cargo.lock", CARGO_LOCK).document("advisories/a.json", text);
    let report = project.inspect::<Deps>("audit", OPTIONS).unwrap();
    assert_eq!(project.places(&report), [("Cargo.toml".to_owned(), 6, "deprecated-package".to_owned())]);
    assert_eq!(report.findings[0].severity, Severity::Low);
}

#[test]
fn without_advisories_nothing_is_said_to_be_safe() {
    let project = Project::new().document("Cargo.toml", CARGO_TOML).document("Cargo.lock", CARGO_LOCK);
    let broken = Project::new().document("Cargo.toml", CARGO_TOML).document("Cargo.lock", CARGO_LOCK).document("advisories/a.json", "{");
    for (project, options) in [(&project, "{}"), (&project, OPTIONS), (&broken, OPTIONS)] {
        let report = project.inspect::<Deps>("audit", options).unwrap();
        assert_eq!(project.places(&report), [("Cargo.lock".to_owned(), 1, "advisories-not-checked".to_owned())]);
        assert!(report.findings[0].message.starts_with("known vulnerabilities were not looked for: "), "{}", report.findings[0].message);
        assert_eq!(report.findings[0].severity, Severity::Info);
    }
    // Where nothing could have been looked up, nothing is said.
    let empty = Project::new().document("Cargo.toml", "[package]\nname = \"own\"\nlicense = \"MIT\"\n");
    assert_eq!(empty.inspect::<Deps>("audit", "{}").unwrap().findings, []);
}
