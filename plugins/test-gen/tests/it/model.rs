//! What is asked of the model, and what becomes of good and bad answers.

use devflow_plugin::testing::File;
use devflow_plugin::{Artifact, Plugin};
use devflow_plugin_test_gen::TestGen;
use serde_json::{Value, json};

const PYTHON: &str = "class Order:\n    def total(self, tax):\n        if tax < 0:\n            raise ValueError(tax)\n        return self.sum + tax\n\n    def _own(self):\n        return 1\n\n\ndef parse(text, *, strict=False):\n    return Order() if text or not strict else None\n";

/// Whether every object of a schema takes its own properties alone and, where that is asked, requires them all.
fn is_strict(schema: &Value, all_required: bool) -> bool {
    let is_object = schema["type"] == "object";
    let n_properties = schema["properties"].as_object().map_or(0, |known| known.len());
    let n_required = schema["required"].as_array().map_or(0, Vec::len);
    let inner = schema["properties"].as_object().into_iter().flat_map(|known| known.values());
    let mut inner = inner.chain(schema.get("items"));
    (!is_object || (schema["additionalProperties"] == false && (!all_required || n_required == n_properties)))
        && inner.all(|schema| is_strict(schema, all_required))
}

fn answer(preamble: &str, tests: &[(&str, &str)]) -> String {
    let tests: Vec<Value> =
        tests.iter().map(|(function, code)| json!({"function": function, "code": code, "covers": "one case"})).collect();
    json!({"preamble": preamble, "tests": tests}).to_string()
}

fn generate(language: &str, text: &str, options: &str, answer: &str) -> Result<Option<Artifact>, String> {
    let report = File::new(language, text).conclude::<TestGen>("generate", options, answer)?.report;
    Ok(report.artifacts.into_iter().next())
}

#[test]
fn every_schema_is_strict_and_every_question_small() {
    for operation in ["generate", "fixtures"] {
        let question = File::new("python", PYTHON).question::<TestGen>(operation, r#"{"import":"shop.orders"}"#).unwrap().unwrap();
        assert!(is_strict(&serde_json::from_str(&question.schema).unwrap(), true), "{operation}");
        assert!(question.instructions.len() < 1700, "{operation}: {}", question.instructions.len());
        assert!(question.content.contains("\nTests import: shop.orders\n") && question.content.ends_with(PYTHON));
        let report = File::new("python", PYTHON).inspect::<TestGen>(operation, "{}").unwrap();
        assert_eq!(report, devflow_plugin::Report::default());
    }
    for operation in TestGen::manifest().operations {
        assert!(is_strict(&serde_json::from_str(&operation.options_schema).unwrap(), false), "{}", operation.name);
    }
}

#[test]
fn the_question_lists_functions_with_their_branches() {
    let list = |language: &str, text: &str| {
        let question = File::new(language, text).question::<TestGen>("generate", "{}").unwrap();
        question.map_or(vec![], |question| {
            let listed = question.content.lines().filter(|line| line.starts_with("- `"));
            listed.map(|line| line.trim_start_matches("- ").to_owned()).collect::<Vec<_>>()
        })
    };
    assert_eq!(
        list("python", PYTHON),
        ["`total(tax)` of `Order`, 2 branches; decides by `tax < 0`", "`parse(text, strict)`, 3 branches; decides by `text or not strict`"]
    );
    assert_eq!(
        list(
            "rust",
            "pub struct A;\nimpl<T> A<T> {\n    pub fn open(&self, n: u8) -> u8 {\n        match n {\n            0 => 1,\n            _ => 2,\n        }\n    }\n}\nfn own() {}\npub fn main() {}\n#[cfg(test)]\nmod tests {\n    pub fn helper() {}\n}\n"
        ),
        ["`open(n)` of `A`, 2 branches; decides by `0`, `_`"]
    );
    assert_eq!(
        list(
            "javascript",
            "export const add = (a, b) => { return a ? b : 1; };\nfunction own() {}\nfunction late() {}\nexports.old = function (a) {};\nexport { late };\nclass Own { run() {} }\nexport class Box { constructor() {} lift(a) { if (a) { return 1; } } }\n"
        ),
        [
            "`add(a, b)`, 2 branches; decides by `a`",
            "`late()`, 1 branch",
            "`old(a)`, 1 branch",
            "`lift(a)` of `Box`, 2 branches; decides by `a`"
        ]
    );
    assert_eq!(
        list("typescript", "export function add(a: number): number;\nexport function add(a: any) { return a; }\n"),
        ["`add(a)`, 1 branch"]
    );
    assert_eq!(
        list("java", "public class A {\n  public A() {}\n  public int f(int a) { switch (a) { case 1: return 1; default: return 2; } }\n  int own() { return 1; }\n}\n").len(),
        1
    );
    assert_eq!(
        list("kotlin", "class A {\n  fun f(a: Int) = when (a) { 1 -> 2\n else -> 3 }\n  private fun own() = 1\n}\n"),
        ["`f(a)` of `A`, 2 branches; decides by `1`"]
    );
    assert_eq!(
        list("go", "package p\nfunc Add(a, b int) int { if a > b { return a }; return b }\nfunc own() {}\n"),
        ["`Add(a, b)`, 2 branches; decides by `a > b`"]
    );
    assert_eq!(
        list("c", "static int own(void) { return 1; }\nint add(int a) { return a ? 1 : 2; }\n"),
        ["`add(a)`, 2 branches; decides by `a`"]
    );
    assert_eq!(
        list("cpp", "namespace n {\nint Box::lift(int a) { if (a) return 1; return 2; }\n}\n"),
        ["`lift(a)`, 2 branches; decides by `a`"]
    );
    assert_eq!(list("python", "def test_a():\n    assert True\n\ndef _own():\n    pass\n"), Vec::<String>::new());
}

#[test]
fn python_tests_become_one_file() {
    let good = "def test_parse_empty():\n    assert parse('') is not None";
    let tests = [
        ("parse", good),
        ("Order.total()", "```python\ndef test_total_negative():\n    with pytest.raises(ValueError):\n        Order().total(-1)\n```"),
        ("other", "def test_other():\n    assert parse('') is None"),
        ("parse", "def test_parse():\n    # parse\n    assert 'parse' == 'parse'"),
        ("parse", "def check_parse():\n    assert parse('')"),
        ("parse", "def test_parse_runs():\n    parse('')"),
        ("parse", "def test_parse_empty():\n    assert parse('a')"),
        ("_own", "def test_own():\n    assert Order()._own() == 1"),
    ];
    let made = generate("python", PYTHON, "{}", &answer("import pytest\nfrom orders import Order, parse\n", &tests)).unwrap().unwrap();
    assert_eq!((made.name.as_str(), made.language.as_deref()), ("tests/test_{stem}.py", Some("python")));
    assert_eq!(made.must_name, ["parse", "total"]);
    assert_eq!(
        made.body,
        "import pytest\nfrom orders import Order, parse\n\n\n# parse: one case\ndef test_parse_empty():\n    assert parse('') is not None\n\n\n# total: one case\ndef test_total_negative():\n    with pytest.raises(ValueError):\n        Order().total(-1)\n"
    );
}

#[test]
fn answers_of_no_use_are_errors_and_empty_ones_nothing() {
    let wrong = |test: (&str, &str)| generate("python", PYTHON, "{}", &answer("", &[test])).unwrap_err();
    let prefix = "the model wrote no test that can be kept: it ";
    assert_eq!(
        wrong(("other", "def test_other():\n    assert parse('')")),
        format!("{prefix}is for `other`, which is none of the functions")
    );
    assert_eq!(wrong(("parse", "def test_a():\n    assert other('')")), format!("{prefix}does not name `parse`"));
    assert_eq!(wrong(("parse", "def a():\n    assert parse('')")), format!("{prefix}has no `def test_` of pytest"));
    assert_eq!(wrong(("parse", "def test_a():\n    parse('')")), format!("{prefix}calls `parse` and checks nothing"));
    assert_eq!(wrong(("", "")), format!("{prefix}is for ``, which is none of the functions"));
    assert_eq!(generate("python", PYTHON, "{}", &answer("import pytest", &[])).unwrap(), None);
    assert!(generate("python", PYTHON, "{}", "no").is_err());
    assert_eq!(generate("python", PYTHON, "{}", "[]").unwrap(), None);
}

/// One good test and one without the mark of the framework; the whole file.
#[track_caller]
fn one(language: &str, text: &str, options: &str, answer: &str, path: &str, body: &str) {
    let made = generate(language, text, options, answer).expect("the plugin gives it").expect("the plugin gives it");
    assert_eq!(made.name, path);
    assert_eq!(made.body, body);
    let parsed = devflow_plugin::testing::File::new(language, &made.body).inspect::<Errors>("", "{}").expect("the plugin gives it");
    assert!(parsed.artifacts.is_empty(), "{language} does not parse");
}

/// Makes an artifact of every place that does not parse.
struct Errors;

impl Plugin for Errors {
    fn manifest() -> devflow_plugin::Manifest {
        TestGen::manifest()
    }

    fn inspect(call: &devflow_plugin::Call<'_>) -> Result<devflow_plugin::Report, String> {
        let errors = call.host.measure().errors;
        Ok(devflow_plugin::Report { artifacts: errors.iter().map(|_| Artifact::default()).collect(), ..Default::default() })
    }
}

#[test]
fn rust_and_go_tests_bear_their_marks() {
    one(
        "rust",
        "pub fn add(a: u8) -> u8 { a }\n",
        "{}",
        &answer(
            "use shapes::add;",
            &[("add", "#[test]\nfn adds() {\n    assert_eq!(add(1), 1);\n}"), ("add", "fn more() {\n    assert_eq!(add(1), 1);\n}")],
        ),
        "tests/{stem}_test.rs",
        "use shapes::add;\n\n// add: one case\n#[test]\nfn adds() {\n    assert_eq!(add(1), 1);\n}\n",
    );
    one(
        "go",
        "package shapes\n\nfunc Add(a int) int { return a }\n",
        "{}",
        &answer(
            "",
            &[
                ("Add", "func TestAdd(t *testing.T) {\n\tif Add(1) != 1 {\n\t\tt.Error(\"wrong\")\n\t}\n}"),
                ("Add", "func checkAdd(t *testing.T) {\n\tif Add(1) != 1 {\n\t\tt.Error()\n\t}\n}"),
            ],
        ),
        "{dir}/{stem}_test.go",
        "package shapes\n\nimport \"testing\"\n\n// Add: one case\nfunc TestAdd(t *testing.T) {\n\tif Add(1) != 1 {\n\t\tt.Error(\"wrong\")\n\t}\n}\n",
    );
}

#[test]
fn script_tests_bear_their_marks() {
    let text = "export function add(a) { return a; }\n";
    let tests = [
        ("add", "it('adds', () => {\n  expect(add(1)).toBe(1);\n});"),
        ("add", "submit('adds', () => {\n  expect(add(1)).toBe(1);\n});"),
        ("add", "it('add', () => {\n  expect(1).toBe(1);\n});"),
    ];
    let rest = "// add: one case\nit('adds', () => {\n  expect(add(1)).toBe(1);\n});\n";
    let path = "{dir}/{stem}.test.{ext}";
    let answer = answer("import { add } from './add';", &tests);
    one("javascript", text, "{}", &answer, path, &format!("import {{ add }} from './add';\n\n{rest}"));
    let vitest = "import { describe, expect, it, test, vi } from 'vitest';\n";
    one("typescript", text, r#"{"framework":"vitest"}"#, &answer, path, &format!("{vitest}import {{ add }} from './add';\n\n{rest}"));
}

#[test]
fn tests_of_the_jvm_stand_in_a_class() {
    one(
        "java",
        "package a.b;\n\nclass Inner {}\n/** Of a class of its own. */\npublic final class Box {\n    public int lift(int a) { return a; }\n}\n",
        "{}",
        &answer(
            "import org.junit.jupiter.api.Test;\nimport static org.junit.jupiter.api.Assertions.assertEquals;",
            &[
                ("lift", "@Test\nvoid lifts() {\n    assertEquals(1, new Box().lift(1));\n}"),
                ("lift", "void more() {\n    assertEquals(1, new Box().lift(1));\n}"),
            ],
        ),
        "src/test/java/{stem}Test.java",
        "package a.b;\n\nimport org.junit.jupiter.api.Test;\nimport static org.junit.jupiter.api.Assertions.assertEquals;\n\nclass BoxTest {\n    // lift: one case\n    @Test\n    void lifts() {\n        assertEquals(1, new Box().lift(1));\n    }\n}\n",
    );
    one(
        "kotlin",
        "package a.b\n\nfun lift(a: Int) = a\n",
        "{}",
        &answer(
            "package a.b\n\nimport kotlin.test.assertEquals",
            &[("lift", "@Test\nfun `it lifts`() {\n    assertEquals(1, lift(1))\n}")],
        ),
        "src/test/kotlin/{stem}Test.kt",
        "package a.b\n\nimport kotlin.test.Test\nimport kotlin.test.assertEquals\n\nclass GeneratedTest {\n    // lift: one case\n    @Test\n    fun `it lifts`() {\n        assertEquals(1, lift(1))\n    }\n}\n",
    );
}

#[test]
fn c_and_cpp_tests_bear_their_marks() {
    one(
        "c",
        "int add(int a) { return a; }\n",
        "{}",
        &answer(
            "#include \"add.h\"",
            &[
                ("add", "static void test_add(void) {\n    assert(add(1) == 1);\n}"),
                ("add", "static int more(void) {\n    assert(add(1) == 1);\n}"),
            ],
        ),
        "tests/{stem}_test.{ext}",
        "#include <assert.h>\n#include \"add.h\"\n\n// add: one case\nstatic void test_add(void) {\n    assert(add(1) == 1);\n}\n\nint main(void) {\n    test_add();\n    return 0;\n}\n",
    );
    let text = "int add(int a) { return a; }\n";
    let path = "tests/{stem}_test.{ext}";
    let google = [
        ("add", "TEST(Add, One) {\n  EXPECT_EQ(add(1), 1);\n}"),
        ("add", "TEST(Add, Two) {\n  EXPECT_EQ(add(2), 2);\n}"),
        ("add", "MY_TEST(Add, One) {\n  EXPECT_EQ(add(1), 1);\n}"),
    ];
    let body = "#include <gtest/gtest.h>\n#include \"add.h\"\n\n// add: one case\nTEST(Add, One) {\n  EXPECT_EQ(add(1), 1);\n}\n\n// add: one case\nTEST(Add, Two) {\n  EXPECT_EQ(add(2), 2);\n}\n";
    one("cpp", text, "{}", &answer("#include \"add.h\"", &google), path, body);
    let catch = [("add", "TEST_CASE(\"adds\") {\n  REQUIRE(add(1) == 1);\n}"), google[0]];
    let body = "#include <catch2/catch_test_macros.hpp>\n\n// add: one case\nTEST_CASE(\"adds\") {\n  REQUIRE(add(1) == 1);\n}\n";
    // The grammar of C++ does not take these macros, so that only brackets are looked at.
    let broken = ("add", "TEST_CASE(\"breaks\") {\n  REQUIRE(add(1) == 1;\n}");
    let catch = answer("", &[catch[0], catch[1], broken]);
    let made = generate("cpp", text, r#"{"framework":"catch2"}"#, &catch).unwrap().unwrap();
    assert_eq!((made.body.as_str(), made.language), (body, None));
}
