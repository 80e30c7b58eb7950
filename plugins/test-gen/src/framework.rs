//! Owns the test frameworks: how each is recognised, what its tests bear, what its files need.

use devflow_plugin::Document;

/// A test framework that is recognised in imports and manifests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Framework {
    /// Rust: functions with `#[test]`, run by `cargo test`.
    CargoTest,
    /// Python: functions called `test_…`, run by pytest.
    Pytest,
    /// Python: `unittest` of the standard library.
    Unittest,
    /// JavaScript and TypeScript: Jest.
    Jest,
    /// JavaScript and TypeScript: Vitest.
    Vitest,
    /// JavaScript and TypeScript: Mocha.
    Mocha,
    /// JavaScript and TypeScript: `node:test`, which comes with Node.
    NodeTest,
    /// Java and Kotlin: JUnit 5, also called Jupiter.
    JUnit5,
    /// Java and Kotlin: JUnit 4.
    JUnit4,
    /// Kotlin: `kotlin.test`.
    KotlinTest,
    /// Go: functions of the package `testing`, run by `go test`.
    GoTest,
    /// C++ and C: GoogleTest.
    GoogleTest,
    /// C++ and C: Catch2.
    Catch2,
    /// A C program of assertions.
    Assert,
}

/// Languages whose tests run together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Rust.
    Rust,
    /// Python.
    Python,
    /// JavaScript and TypeScript.
    Script,
    /// Java.
    Java,
    /// Kotlin.
    Kotlin,
    /// Go.
    Go,
    /// C.
    C,
    /// C++.
    Cpp,
}

/// What is known of a framework.
struct Facts {
    framework: Framework,
    id: &'static str,
    name: &'static str,
    families: &'static [Family],
    /// Beginnings of imports that name it.
    imports: &'static [&'static str],
    /// Parts of a manifest that name it.
    manifests: &'static [&'static str],
    /// Every test bears one of them.
    marks: &'static [&'static str],
    /// Every test bears one of them as well, or it checks nothing.
    checks: &'static [&'static str],
    /// What a file must import: the part that tells that it does, and the line.
    needs: &'static [(&'static str, &'static str)],
}

const JUNIT_CHECKS: &[&str] = &["assert", "fail(", "verify", "should", "expect"];
const SCRIPT_CHECKS: &[&str] = &["expect", "assert", "should"];
const SCRIPT_MARKS: &[&str] = &["it(", "test(", "it.each", "test.each"];

/// In the order of preference where several fit; the first of a family is its default, but for C and Kotlin.
const ALL: [Facts; 14] = [
    Facts {
        framework: Framework::CargoTest,
        id: "cargo-test",
        name: "cargo test",
        families: &[Family::Rust],
        imports: &[],
        manifests: &[],
        marks: &["#[test]", "::test]", "::test(", "#[rstest"],
        checks: &["assert", "should_panic", "panic!", ".unwrap", ".expect(", "matches!"],
        needs: &[],
    },
    Facts {
        framework: Framework::Pytest,
        id: "pytest",
        name: "pytest",
        families: &[Family::Python],
        imports: &["pytest"],
        manifests: &["[tool.pytest", "[tool:pytest]", "[pytest]", "pytest"],
        marks: &["def test_"],
        checks: &["assert", "raises", "warns"],
        needs: &[],
    },
    Facts {
        framework: Framework::Unittest,
        id: "unittest",
        name: "unittest",
        families: &[Family::Python],
        imports: &["unittest"],
        manifests: &["unittest"],
        marks: &["def test_"],
        checks: &["self.assert", "self.fail", "assert "],
        needs: &[("import unittest", "import unittest")],
    },
    Facts {
        framework: Framework::Vitest,
        id: "vitest",
        name: "Vitest",
        families: &[Family::Script],
        imports: &["vitest"],
        manifests: &["\"vitest\""],
        marks: SCRIPT_MARKS,
        checks: SCRIPT_CHECKS,
        needs: &[("vitest", "import { describe, expect, it, test, vi } from 'vitest';")],
    },
    Facts {
        framework: Framework::Jest,
        id: "jest",
        name: "Jest",
        families: &[Family::Script],
        imports: &["@jest/globals", "jest"],
        manifests: &["\"jest\"", "\"ts-jest\"", "\"react-scripts\""],
        marks: SCRIPT_MARKS,
        checks: SCRIPT_CHECKS,
        needs: &[],
    },
    Facts {
        framework: Framework::Mocha,
        id: "mocha",
        name: "Mocha",
        families: &[Family::Script],
        imports: &["mocha"],
        manifests: &["\"mocha\""],
        marks: SCRIPT_MARKS,
        checks: SCRIPT_CHECKS,
        needs: &[],
    },
    Facts {
        framework: Framework::NodeTest,
        id: "node-test",
        name: "node:test",
        families: &[Family::Script],
        imports: &["node:test"],
        manifests: &["node --test"],
        marks: SCRIPT_MARKS,
        checks: SCRIPT_CHECKS,
        needs: &[],
    },
    Facts {
        framework: Framework::KotlinTest,
        id: "kotlin-test",
        name: "Kotlin test",
        families: &[Family::Kotlin],
        imports: &["kotlin.test"],
        manifests: &["kotlin(\"test", "kotlin-test"],
        marks: &["@Test"],
        checks: JUNIT_CHECKS,
        needs: &[("kotlin.test.Test", "import kotlin.test.Test"), ("kotlin.test.assert", "import kotlin.test.*")],
    },
    Facts {
        framework: Framework::JUnit5,
        id: "junit5",
        name: "JUnit 5",
        families: &[Family::Java, Family::Kotlin],
        imports: &["org.junit.jupiter"],
        manifests: &["junit-jupiter", "org.junit.jupiter", "useJUnitPlatform"],
        marks: &["@Test", "@ParameterizedTest", "@RepeatedTest"],
        checks: JUNIT_CHECKS,
        needs: &[],
    },
    Facts {
        framework: Framework::JUnit4,
        id: "junit4",
        name: "JUnit 4",
        families: &[Family::Java, Family::Kotlin],
        imports: &["org.junit.Test", "org.junit.Assert", "org.junit"],
        manifests: &["junit:junit", "<artifactId>junit</artifactId>"],
        marks: &["@Test"],
        checks: &["assert", "fail(", "verify", "expected", "should"],
        needs: &[],
    },
    Facts {
        framework: Framework::GoTest,
        id: "go-test",
        name: "go test",
        families: &[Family::Go],
        imports: &[],
        manifests: &[],
        marks: &["func Test", "func Fuzz"],
        checks: &[".Error", ".Fatal", ".Fail", "assert", "require", "panic("],
        needs: &[("\"testing\"", "import \"testing\"")],
    },
    Facts {
        framework: Framework::GoogleTest,
        id: "googletest",
        name: "GoogleTest",
        families: &[Family::Cpp, Family::C],
        imports: &["gtest/", "gmock/"],
        manifests: &["gtest", "GTest", "googletest"],
        marks: &["TEST(", "TEST_F(", "TEST_P("],
        checks: &["EXPECT_", "ASSERT_", "FAIL("],
        needs: &[("gtest/gtest.h", "#include <gtest/gtest.h>")],
    },
    Facts {
        framework: Framework::Catch2,
        id: "catch2",
        name: "Catch2",
        families: &[Family::Cpp, Family::C],
        imports: &["catch2/", "catch.hpp"],
        manifests: &["Catch2", "catch2"],
        marks: &["TEST_CASE(", "SCENARIO("],
        checks: &["REQUIRE", "CHECK"],
        needs: &[("catch", "#include <catch2/catch_test_macros.hpp>")],
    },
    Facts {
        framework: Framework::Assert,
        id: "assert",
        name: "plain assertions",
        families: &[Family::C],
        imports: &["assert.h"],
        manifests: &[],
        marks: &["void test_"],
        checks: &["assert"],
        needs: &[("assert.h", "#include <assert.h>")],
    },
];

impl Family {
    /// The family of a language; nothing for one that is not known.
    pub fn of(language: &str) -> Option<Self> {
        Some(match language {
            "rust" => Self::Rust,
            "python" => Self::Python,
            "javascript" | "typescript" | "tsx" => Self::Script,
            "java" => Self::Java,
            "kotlin" => Self::Kotlin,
            "go" => Self::Go,
            "c" => Self::C,
            "cpp" => Self::Cpp,
            _ => return None,
        })
    }

    /// Its name as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Python => "Python",
            Self::Script => "JavaScript and TypeScript",
            Self::Java => "Java",
            Self::Kotlin => "Kotlin",
            Self::Go => "Go",
            Self::C => "C",
            Self::Cpp => "C++",
        }
    }

    /// Whether a test in one can run the code of the other without more ado.
    pub fn runs(self, other: Self) -> bool {
        let platform = |family: Self| match family {
            Self::Kotlin => Self::Java,
            Self::Cpp => Self::C,
            same => same,
        };
        platform(self) == platform(other)
    }

    /// What people use where nothing tells.
    pub fn default_framework(self) -> Framework {
        match self {
            Self::Rust => Framework::CargoTest,
            Self::Python => Framework::Pytest,
            Self::Script => Framework::Jest,
            Self::Java => Framework::JUnit5,
            Self::Kotlin => Framework::KotlinTest,
            Self::Go => Framework::GoTest,
            Self::C => Framework::Assert,
            Self::Cpp => Framework::GoogleTest,
        }
    }

    /// Whether a manifest is of this family.
    fn reads(self, document: &Document) -> bool {
        let name = document.path.rsplit('/').next().unwrap_or("");
        match self {
            Self::Rust | Self::Go => false,
            Self::Python => matches!(name, "pyproject.toml" | "setup.cfg" | "tox.ini" | "pytest.ini") || name.ends_with(".txt"),
            Self::Script => name == "package.json",
            Self::Java | Self::Kotlin => {
                name == "pom.xml" || name.ends_with(".gradle") || name.ends_with(".gradle.kts") || name.ends_with(".versions.toml")
            }
            Self::C | Self::Cpp => matches!(name, "CMakeLists.txt" | "meson.build" | "conanfile.txt" | "vcpkg.json"),
        }
    }
}

impl Framework {
    fn facts(self) -> &'static Facts {
        ALL.iter().find(|facts| facts.framework == self).unwrap_or(&ALL[0])
    }

    /// Its name as people write it.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// The framework that an option names, if it is one of the family.
    pub fn named(id: &str, family: Family) -> Option<Self> {
        ALL.iter().find(|facts| facts.id == id && facts.families.contains(&family)).map(|facts| facts.framework)
    }

    /// What tests import most, else what manifests name, else the only one there is; nothing where nothing tells.
    pub fn recognised<'a>(family: Family, imports: impl Iterator<Item = &'a str>, documents: &[Document]) -> Option<Self> {
        let candidates: Vec<&Facts> = ALL.iter().filter(|facts| facts.families.contains(&family)).collect();
        if let [only] = candidates.as_slice() {
            return Some(only.framework);
        }
        let mut counts = vec![0_usize; candidates.len()];
        for import in imports {
            let hit = candidates.iter().position(|facts| facts.imports.iter().any(|known| names(import, known)));
            if let Some(count) = hit.and_then(|at| counts.get_mut(at)) {
                *count += 1;
            }
        }
        // The first of equals.
        let best = counts.iter().enumerate().max_by_key(|(at, count)| (**count, std::cmp::Reverse(*at)));
        if let Some((at, 1..)) = best.map(|(at, count)| (at, *count)) {
            return candidates.get(at).map(|facts| facts.framework);
        }
        let texts: Vec<&str> = documents.iter().filter(|document| family.reads(document)).map(|document| document.text.as_str()).collect();
        let is_named = |facts: &&&Facts| facts.manifests.iter().any(|mark| texts.iter().any(|text| text.contains(mark)));
        candidates.iter().find(is_named).map(|facts| facts.framework)
    }

    /// What a single file tells: what it imports itself, else what is usual.
    pub fn of_text(family: Family, text: &str) -> Self {
        let is_import = |line: &&str| {
            let is_script = family == Family::Script && (line.contains("require(") || line.starts_with("} from"));
            is_script || ["import ", "from ", "#include", "use "].iter().any(|start| line.starts_with(start))
        };
        let lines = text.lines().map(str::trim).filter(is_import);
        let words = lines.flat_map(|line| line.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '(' | ')' | ';')));
        Self::recognised(family, words.filter(|word| !word.is_empty()), &[]).unwrap_or(family.default_framework())
    }

    /// Whether a piece of code is a test of this framework.
    pub fn marks(self, code: &str) -> bool {
        self.facts().marks.iter().any(|mark| begins_word(code, mark))
    }

    /// The marks, for a message.
    pub fn mark(self) -> &'static str {
        self.facts().marks.first().copied().unwrap_or("")
    }

    /// Whether a test checks anything.
    pub fn checks(self, code: &str) -> bool {
        self.facts().checks.iter().any(|check| code.contains(check))
    }

    /// Whether the grammar of the language takes a test as it is. That of C++ does not take the macros of Catch2, whose only parameter is a text.
    pub fn parses(self) -> bool {
        self != Self::Catch2
    }

    /// Lines that a file needs and does not have.
    pub fn missing(self, preamble: &str) -> impl Iterator<Item = &'static str> {
        self.facts().needs.iter().filter(|(part, _)| !preamble.contains(part)).map(|(_, line)| *line)
    }
}

/// Whether an import begins with a name, as a whole word where the name is one.
fn names(import: &str, known: &str) -> bool {
    let rest = import.strip_prefix(known).or_else(|| import.find(&format!("/{known}")).and_then(|at| import.get(at + 1 + known.len()..)));
    rest.is_some_and(|rest| known.ends_with('/') || !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-'))
}

/// Whether a mark stands in a code, not as the end of a longer word.
fn begins_word(code: &str, mark: &str) -> bool {
    let is_whole = |at: usize| {
        let before = code.get(..at).and_then(|before| before.chars().next_back());
        !mark.starts_with(char::is_alphabetic) || before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | '$' | '.'))
    };
    code.match_indices(mark).any(|(at, _)| is_whole(at))
}
