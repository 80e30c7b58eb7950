//! The operation `fixtures`: which types are asked about, and which answers are kept.

use devflow_plugin::testing::File;
use devflow_plugin_test_gen::TestGen;
use serde_json::{Value, json};

fn types(language: &str, text: &str) -> Vec<String> {
    let question = File::new(language, text).question::<TestGen>("fixtures", "{}").expect("the plugin gives it");
    let Some(question) = question else { return Vec::new() };
    question.content.lines().filter_map(|line| line.strip_prefix("- `")?.strip_suffix('`').map(str::to_owned)).collect()
}

#[test]
fn types_that_tests_can_make_are_asked_about() {
    let none: [&str; 0] = [];
    assert_eq!(types("rust", "pub struct A { a: u8 }\nstruct Own;\npub enum E { A }\n#[cfg(test)]\nmod tests { pub struct T; }\n"), ["A"]);
    assert_eq!(types("python", "@dataclass\nclass A:\n    a: int\n\nclass _Own:\n    pass\n"), ["A"]);
    assert_eq!(types("javascript", "export class A {}\nclass Own {}\nclass B {}\nexport { B };\n"), ["A", "B"]);
    assert_eq!(
        types("typescript", "export interface A { a: string }\nexport type B = { b: string };\nexport type C = string;\n"),
        ["A", "B"]
    );
    assert_eq!(
        types("java", "public class A { private static class Own {} }\nrecord B(int a) {}\nabstract class C {}\ninterface D {}\n"),
        ["A", "B"]
    );
    assert_eq!(types("kotlin", "data class A(val a: Int)\nsealed class B\nprivate class Own\ninterface C\n"), ["A"]);
    assert_eq!(types("go", "package p\ntype A struct { a int }\ntype B interface{}\ntype C int\n"), ["A"]);
    assert_eq!(types("c", "struct a { int a; };\ntypedef struct { int b; } b_t;\nstruct later;\n"), ["a", "b_t"]);
    assert_eq!(types("cpp", "class A { int a; };\nstruct B { int b; };\nclass Later;\n"), ["A", "B"]);
    for (language, text) in
        [("rust", "pub fn a() {}\n"), ("python", "def a():\n    pass\n"), ("go", "package p\n"), ("c", "int a(void);\n")]
    {
        assert_eq!(types(language, text), none);
    }
}

fn answer(preamble: &str, fixtures: &[(&str, &str)]) -> String {
    let fixtures: Vec<Value> = fixtures.iter().map(|(kind, code)| json!({"type": kind, "code": code})).collect();
    json!({"preamble": preamble, "fixtures": fixtures}).to_string()
}

#[test]
fn fixtures_that_make_a_type_are_kept() {
    let made = |language: &str, text: &str, answer: &str| {
        let report = File::new(language, text).conclude::<TestGen>("fixtures", "{}", answer).unwrap().report;
        let made = report.artifacts.into_iter().next().unwrap();
        assert_eq!(made.language.as_deref(), Some(language));
        (made.name, made.body, made.must_name)
    };
    let fixtures = [
        ("A", "pub fn sample_a() -> A {\n    A { a: 1 }\n}"),
        ("A", "pub fn sample_a() -> A {\n    A { a: 1 }\n}"),
        ("B", "pub fn sample_b() -> B {\n    B\n}"),
        ("A", "pub fn sample_b() -> u8 {\n    1 // A\n}"),
        ("A", "use A;"),
    ];
    let (name, body, must_name) = made("rust", "pub struct A { pub a: u8 }\n", &answer("use shop::A;", &fixtures));
    assert_eq!(name, "tests/{stem}_fixtures.rs");
    assert_eq!(body, "use shop::A;\n\npub fn sample_a() -> A {\n    A { a: 1 }\n}\n");
    assert_eq!(must_name, ["A"]);
    let fixtures = [("A", "static A sampleA() {\n    return new A(1);\n}")];
    let (name, body, _) = made("java", "package p;\npublic class A {}\n", &answer("", &fixtures));
    assert_eq!(name, "src/test/java/{stem}Fixtures.java");
    assert_eq!(body, "package p;\n\nfinal class AFixtures {\n    static A sampleA() {\n        return new A(1);\n    }\n}\n");
    let fixtures = [("a", "static inline struct a sample_a(void) {\n    return (struct a){ 1 };\n}")];
    let (name, body, _) = made("c", "struct a { int a; };\n", &answer("#include \"a.h\"", &fixtures));
    assert_eq!(name, "tests/{stem}_fixtures.h");
    assert!(body.starts_with("#pragma once\n#include \"a.h\"\n\nstatic inline"), "{body}");
}

#[test]
fn answers_of_no_use_are_errors_and_empty_ones_nothing() {
    let conclude = |answer: &str| File::new("rust", "pub struct A;\n").conclude::<TestGen>("fixtures", "{}", answer);
    assert!(conclude(&answer("", &[("B", "pub fn b() -> B { B }")])).is_err());
    assert!(conclude("no").is_err());
    assert_eq!(conclude(&answer("", &[])).unwrap(), devflow_plugin::Conclusion::default());
}
