//! Smells of a whole project.

use devflow_plugin::testing::Project;
use devflow_plugin_refactor::Refactor;

fn lines(n: usize, line: impl Fn(usize) -> String) -> String {
    (0..n).map(|at| line(at) + "\n").collect()
}

fn places(project: &Project, rule: &str) -> Vec<(String, usize)> {
    let report = project.inspect::<Refactor>("coupling", "{}").expect("the plugin takes it");
    project.places(&report).into_iter().filter(|(_, _, known)| known == rule).map(|(path, line, _)| (path, line)).collect()
}

#[test]
fn copies_across_files_are_told_at_the_first() {
    let rust = |name: &str| format!("pub fn {name}() {{\n{}}}\n", lines(14, |n| format!("    let value_{n} = compute_{n}();")));
    let project = Project::new().source("src/a.rs", &rust("first")).source("src/b.rs", &rust("second"));
    assert_eq!(places(&project, "duplicated-across-files"), [("src/a.rs".to_owned(), 2)]);
    let report = project.inspect::<Refactor>("coupling", "{}").unwrap();
    let suggestion = report.findings[0].suggestion.clone().unwrap_or_default();
    assert!(suggestion.contains("`first` and `second`"), "{suggestion}");

    let python = |name: &str| format!("def {name}():\n{}", lines(14, |n| format!("    value_{n} = compute_{n}()")));
    let project = Project::new().source("a.py", &python("first")).source("b.py", &python("second"));
    assert_eq!(places(&project, "duplicated-across-files").len(), 1);
    let project = Project::new().source("a.py", &python("first")).source("tests/test_b.py", &python("second"));
    assert!(places(&project, "duplicated-across-files").is_empty());
    let project = Project::new().source("lock_unix.py", &python("first")).source("lock_windows.py", &python("second"));
    assert!(places(&project, "duplicated-across-files").is_empty());
}

#[test]
fn imports_alike_are_no_copy() {
    let java = |name: &str| format!("package a;\n{}class {name} {{}}\n", lines(14, |n| format!("import com.example.part{n}.Thing{n};")));
    let project = Project::new().source("a/A.java", &java("A")).source("a/B.java", &java("B"));
    assert!(places(&project, "duplicated-across-files").is_empty());
}

fn star(n_out: usize, n_in: usize, name: &str) -> Project {
    let mut project = Project::new().source(&format!("src/{name}.ts"), &lines(n_out, |n| format!("import {{ a }} from './part{n}';")));
    for n in 0..n_out {
        project = project.source(&format!("src/part{n}.ts"), "export const a = 1;\n");
    }
    for n in 0..n_in {
        project = project.source(&format!("src/user{n}.ts"), &format!("import {{ b }} from './{name}';\n"));
    }
    project
}

#[test]
fn a_hub_imports_much_and_is_imported_by_much() {
    assert_eq!(places(&star(20, 20, "center"), "unstable-hub"), [("src/center.ts".to_owned(), 1)]);
    assert!(places(&star(30, 5, "center"), "unstable-hub").is_empty());
    assert!(places(&star(5, 30, "center"), "unstable-hub").is_empty());
    assert!(places(&star(20, 20, "index"), "unstable-hub").is_empty());
}

#[test]
fn a_python_hub_is_found_by_its_module_path() {
    let mut project = Project::new().source("shop/center.py", &lines(20, |n| format!("from shop.part{n} import a")));
    for n in 0..20 {
        project = project.source(&format!("shop/part{n}.py"), "a = 1\n").source(&format!("shop/user{n}.py"), "from shop.center import b\n");
    }
    assert_eq!(places(&project, "unstable-hub").len(), 1);
}

#[test]
fn public_functions_of_programs_that_nothing_names() {
    let cargo = "[package]\nname = \"a\"\n";
    let project = Project::new()
        .document("Cargo.toml", cargo)
        .source("src/main.rs", "mod part;\nfn main() { part::used(); }\n")
        .source("src/part.rs", "pub fn used() {}\n\npub fn forgotten() {}\n");
    assert_eq!(places(&project, "unused-public-function"), [("src/part.rs".to_owned(), 3)]);
    let library = Project::new()
        .document("Cargo.toml", cargo)
        .source("src/main.rs", "fn main() {}\n")
        .source("src/lib.rs", "pub mod part;\n")
        .source("src/part.rs", "pub fn forgotten() {}\n");
    assert!(places(&library, "unused-public-function").is_empty());

    let go = Project::new()
        .source("main.go", "package main\n\nfunc main() { Used() }\n")
        .source("part.go", "package main\n\nfunc Used() {}\n\nfunc Forgotten() {}\n");
    assert_eq!(places(&go, "unused-public-function"), [("part.go".to_owned(), 5)]);
    let go = Project::new().source("part.go", "package part\n\nfunc Forgotten() {}\n");
    assert!(places(&go, "unused-public-function").is_empty());

    let script = |manifest: &str| {
        Project::new()
            .document("package.json", manifest)
            .source("src/index.ts", "import { used } from './part';\nused();\n")
            .source("src/part.ts", "export function used() {}\n\nexport function forgotten() {}\n")
    };
    assert_eq!(places(&script(r#"{"private":true}"#), "unused-public-function"), [("src/part.ts".to_owned(), 3)]);
    assert!(places(&script(r#"{"name":"lib","main":"src/index.ts"}"#), "unused-public-function").is_empty());
}
