//! Packages in several versions, and packages declared twice.

use devflow_plugin::testing::Project;
use devflow_plugin_deps::Deps;

#[track_caller]
fn check(documents: &[(&str, &str)], expected: &[(&str, usize, &str)]) {
    let project = documents.iter().fold(Project::new(), |project, (path, text)| project.document(path, text));
    let places = project.places(&project.inspect::<Deps>("duplicates", "{}").expect("duplicates reads any project"));
    assert_eq!(places.iter().map(|(path, line, rule)| (path.as_str(), *line, rule.as_str())).collect::<Vec<_>>(), expected);
}

const LOCK: &str = "[[package]]\nname = \"a\"\nversion = \"0.9.0\"\n\n[[package]]\nname = \"a\"\nversion = \"0.10.0\"\n\n[[package]]\nname = \"b\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"deep\"\nversion = \"2.0.0\"\n\n[[package]]\nname = \"deep\"\nversion = \"1.0.0\"\n";

#[test]
fn direct_packages_are_told_at_their_declaration_and_the_others_together() {
    let manifest = "[dependencies]\na = \"0.10\"\nb = \"1\"\n";
    check(
        &[("Cargo.toml", manifest), ("Cargo.lock", LOCK)],
        &[("Cargo.lock", 14, "duplicate-version"), ("Cargo.toml", 2, "duplicate-version")],
    );
    let project = Project::new().document("Cargo.toml", manifest).document("Cargo.lock", LOCK);
    let report = project.inspect::<Deps>("duplicates", "{}").unwrap();
    assert_eq!(report.artifacts.len(), 1);
    assert_eq!(
        report.artifacts[0].body,
        "# Packages in several versions\n\n## Cargo.lock\n\n| package | versions |\n|---|---|\n| `a` | 0.9.0, 0.10.0 |\n| `deep` | 1.0.0, 2.0.0 |\n"
    );
}

#[test]
fn one_version_in_several_places_is_one_version() {
    let lock = r#"{"packages": {"node_modules/a": {"version": "1.0.0"}, "node_modules/b/node_modules/a": {"version": "1.0.0"}}}"#;
    check(&[("package.json", "{\"dependencies\": {\"a\": \"1\"}}"), ("package-lock.json", lock)], &[]);
    let lock = lock.replace("/a\": {\"version\": \"1.0.0\"}}", "/a\": {\"version\": \"2.0.0\"}}");
    check(
        &[("package.json", "{\"dependencies\": {\n\"a\": \"1\"}}"), ("package-lock.json", &lock)],
        &[("package.json", 2, "duplicate-version")],
    );
}

#[test]
fn one_package_with_two_requirements_is_a_conflict() {
    let rule = "conflicting-declaration";
    check(
        &[("package.json", "{\"dependencies\": {\n\"a\": \"^1.0.0\"},\n\"devDependencies\": {\n\"a\": \"^2.0.0\"}}")],
        &[("package.json", 4, rule)],
    );
    check(&[("package.json", "{\"dependencies\": {\n\"a\": \"^1.0.0\",\n\"a\": \"^2.0.0\"}}")], &[("package.json", 3, rule)]);
    check(&[("requirements.txt", "a==1.0\nb==2.0\nA==1.1\n")], &[("requirements.txt", 3, rule)]);
    check(&[("Cargo.toml", "[dependencies]\na = \"1\"\n[dev-dependencies]\na = \"2\"\n")], &[("Cargo.toml", 4, rule)]);
    check(
        &[("build.gradle", "dependencies {\n  implementation 'g:a:1.0'\n  testImplementation 'g:a:2.0'\n}\n")],
        &[("build.gradle", 3, rule)],
    );
    let dependency =
        |version: &str| format!("<dependency><groupId>g</groupId>\n<artifactId>a</artifactId><version>{version}</version></dependency>");
    let pom = format!("<project><dependencies>{}{}</dependencies></project>", dependency("1.0"), dependency("1.1"));
    check(&[("pom.xml", &pom)], &[("pom.xml", 3, rule)]);
}

#[test]
fn requirements_that_can_both_hold_are_no_conflict() {
    check(&[("package.json", "{\"dependencies\": {\"a\": \"^1.2.0\"}, \"devDependencies\": {\"a\": \"^1.0.0\"}}")], &[]);
    check(&[("package.json", "{\"devDependencies\": {\"a\": \"^2.0.0\"}, \"peerDependencies\": {\"a\": \"^1.0.0\"}}")], &[]);
    check(&[("requirements.txt", "a==1.0; python_version < '3'\na==2.0; python_version >= '3'\n")], &[]);
    check(&[("Cargo.toml", "[dependencies]\na = \"1\"\na_old = { package = \"a\", version = \"0.9\" }\n")], &[]);
    check(&[("Cargo.toml", "[target.'cfg(unix)'.dependencies]\na = \"1\"\n[target.'cfg(windows)'.dependencies]\na = \"2\"\n")], &[]);
}
