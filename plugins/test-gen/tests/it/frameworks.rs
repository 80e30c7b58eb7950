//! Every framework is recognised, in a project and in a file.

use devflow_plugin::testing::{File, Project};
use devflow_plugin_test_gen::TestGen;

const BRANCHED: [(&str, &str); 8] = [
    ("rust", "pub fn open(a: u8) -> u8 {\n    if a > 1 {\n        return 2;\n    }\n    a\n}\n"),
    ("python", "def open(a):\n    if a:\n        return 1\n    return 2\n"),
    ("javascript", "export function open(a) {\n  if (a) {\n    return 1;\n  }\n  return 2;\n}\n"),
    (
        "java",
        "public class A {\n    public int open(int a) {\n        if (a > 1) {\n            return 2;\n        }\n        return a;\n    }\n}\n",
    ),
    ("kotlin", "fun open(a: Int): Int {\n    if (a > 1) {\n        return 2\n    }\n    return a\n}\n"),
    ("go", "package p\n\nfunc Open(a int) int {\n\tif a > 1 {\n\t\treturn 2\n\t}\n\treturn a\n}\n"),
    (
        "c",
        "#ifndef A\n#define A\nstatic inline int own(int a) { return a; }\nint open_it(int a) {\n    if (a > 1) {\n        return 2;\n    }\n    return a;\n}\n#endif\n",
    ),
    ("cpp", "#pragma once\ninline int open_it(int a) {\n    if (a > 1) {\n        return 2;\n    }\n    return a;\n}\n"),
];

const PATHS: [(&str, &str, &str); 8] = [
    ("rust", "src/a.rs", "tests/b.rs"),
    ("python", "a.py", "tests/test_b.py"),
    ("javascript", "a.js", "b.test.js"),
    ("java", "src/main/java/A.java", "src/test/java/BTest.java"),
    ("kotlin", "src/main/kotlin/A.kt", "src/test/kotlin/BTest.kt"),
    ("go", "a.go", "b_test.go"),
    ("c", "a.h", "tests/b_test.c"),
    ("cpp", "a.hpp", "tests/b_test.cpp"),
];

fn text(language: &str) -> &'static str {
    BRANCHED.iter().find(|(known, _)| *known == language).expect("the plugin gives it").1
}

/// The framework of a project with one source, perhaps one test and one manifest.
#[track_caller]
fn project(language: &str, test: &str, manifest: (&str, &str), expected: &str) {
    let (_, path, test_path) = PATHS.iter().find(|(known, ..)| *known == language).expect("the plugin gives it");
    let mut project = Project::new().source(path, text(language));
    if !test.is_empty() {
        project = project.source(test_path, test);
    }
    if !manifest.0.is_empty() {
        project = project.document(manifest.0, manifest.1);
    }
    let report = project.inspect::<TestGen>("gaps", "{}").expect("the plugin gives it");
    let row = report.artifacts[0]
        .body
        .lines()
        .find(|line| line.ends_with("| yes |") || line.ends_with("| none seen |"))
        .expect("the plugin gives it");
    assert_eq!(row.split('|').nth(2).expect("the plugin gives it").trim(), expected, "{language} {test} {manifest:?}");
}

#[test]
fn projects_tell_their_framework_by_imports() {
    let none = ("", "");
    project("rust", "#[test]\nfn a() {}\n", none, "cargo test");
    project("python", "import pytest\ndef test_a(): pass\n", none, "pytest");
    project("python", "import unittest\nclass T(unittest.TestCase): pass\n", none, "unittest");
    project("python", "from unittest import mock\nimport pytest\nfrom pytest import raises\n", none, "pytest");
    project("javascript", "import { it } from 'vitest';\n", none, "Vitest");
    project("javascript", "import { it } from '@jest/globals';\n", none, "Jest");
    project("javascript", "const { it } = require('mocha');\n", none, "Mocha");
    project("javascript", "import test from 'node:test';\n", none, "node:test");
    project("java", "import org.junit.jupiter.api.Test;\nclass BTest {}\n", none, "JUnit 5");
    project("java", "import org.junit.Test;\nclass BTest {}\n", none, "JUnit 4");
    project("kotlin", "import kotlin.test.Test\nclass BTest\n", none, "Kotlin test");
    project("kotlin", "import org.junit.jupiter.api.Test\nclass BTest\n", none, "JUnit 5");
    project("go", "package p\nimport \"testing\"\n", none, "go test");
    project("cpp", "#include <gtest/gtest.h>\n", none, "GoogleTest");
    project("cpp", "#include <catch2/catch_test_macros.hpp>\n", none, "Catch2");
    project("cpp", "#include \"third/catch.hpp\"\n", none, "Catch2");
    project("cpp", "#include \"Suite.h\"\n", none, "not recognised; GoogleTest is usual");
    project("c", "#include <assert.h>\n", none, "plain assertions");
    project("c", "#include \"gtest/gtest.h\"\n", none, "GoogleTest");
}

#[test]
fn projects_tell_their_framework_by_manifests() {
    project("python", "", ("pyproject.toml", "[tool.pytest.ini_options]\n"), "pytest");
    project("python", "", ("tox.ini", "commands = python -m unittest\n"), "unittest");
    project("javascript", "it('a');\n", ("package.json", r#"{"devDependencies":{"vitest":"1"}}"#), "Vitest");
    project("javascript", "it('a');\n", ("package.json", r#"{"devDependencies":{"jest":"29"}}"#), "Jest");
    project("javascript", "", ("package.json", r#"{"devDependencies":{"mocha":"10"}}"#), "Mocha");
    project("javascript", "", ("package.json", r#"{"scripts":{"test":"node --test"}}"#), "node:test");
    project("javascript", "", ("pyproject.toml", "\"vitest\"\n"), "not recognised; Jest is usual");
    project("java", "", ("build.gradle", "testImplementation 'junit:junit:4.13'\n"), "JUnit 4");
    project("java", "", ("pom.xml", "<artifactId>junit-jupiter</artifactId>"), "JUnit 5");
    project("kotlin", "", ("build.gradle.kts", "testImplementation(kotlin(\"test\"))\n"), "Kotlin test");
    project("cpp", "", ("CMakeLists.txt", "find_package(Catch2 3)\n"), "Catch2");
    project("cpp", "", ("CMakeLists.txt", "find_package(GTest)\n"), "GoogleTest");
}

#[test]
fn files_tell_their_framework_or_get_the_usual_one() {
    let of = |language: &str, before: &str, options: &str| {
        let text = format!("{before}{}", text(language));
        let question = File::new(language, &text).question::<TestGen>("generate", options).unwrap().unwrap();
        question.content.lines().find_map(|line| line.strip_prefix("Test framework: ")).unwrap().to_owned()
    };
    let usual = ["cargo test", "pytest", "Jest", "JUnit 5", "Kotlin test", "go test", "plain assertions", "GoogleTest"];
    for ((language, _), expected) in BRANCHED.iter().zip(usual) {
        assert_eq!(of(language, "", "{}"), expected, "{language}");
    }
    assert_eq!(of("javascript", "import { it } from 'vitest';\n", "{}"), "Vitest");
    assert_eq!(of("javascript", "const { it } = require('mocha');\n", "{}"), "Mocha");
    assert_eq!(of("python", "import unittest\n", "{}"), "unittest");
    assert_eq!(of("java", "import org.junit.Test;\n", "{}"), "JUnit 4");
    assert_eq!(of("cpp", "#include <catch2/catch_all.hpp>\n", "{}"), "Catch2");
    assert_eq!(of("cpp", "", r#"{"framework":"catch2"}"#), "Catch2");
    let wrong = File::new("rust", text("rust")).question::<TestGen>("generate", r#"{"framework":"jest"}"#);
    assert_eq!(wrong.unwrap_err(), "`jest` is no test framework for Rust");
}
