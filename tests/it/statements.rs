//! Owns the proof that what devflow says is so: of correct code, of what it measures, and of optional fields in its reports.

use serde_json::Value;

use crate::support::fake_grok::{FakeGrok, Reply};
use crate::support::{Project, findings};

const EVAL: &str = "def run(text):\n    \"\"\"Runs.\"\"\"\n    return eval(text)\n";

#[test]
fn a_finding_without_a_suggestion_is_in_every_report() {
    let fake = FakeGrok::start(|_| {
        Reply::findings(&serde_json::json!({ "findings": [{
            "kind": "logic-error", "severity": "high", "line": 1, "quote": "def run(text):", "message": "It runs what it is given.", "fix": null,
            "confidence": 90,
        }] }))
    });
    let project = Project::new().with_model(&fake);
    project.write("src/a.py", EVAL);
    for known in devflow::template::REPORTS {
        let ran = project.run(&["analyze", "batch", "src", "--format", &format!("template:{}", known.name)]);
        assert!(ran.status == Some(0), "{}: {ran:?}", known.name);
    }
}

/// Correct code that looks like a fault to whoever reads only a line of it: the name of its file, and its text.
const CORRECT: &[(&str, &str)] = &[
    ("after_comment.js", "export function f(a) {\n  if (a) {\n    return 1; // done\n  }\n  return 2;\n}\n"),
    ("labels.c", "int f(int a)\n{\n    if (a)\n        goto out;\n    return 1;\nout:\n    return 2;\n}\n"),
    (
        "switch.java",
        "class A {\n    int f(int a) {\n        switch (a) {\n            case 1: return 1;\n            default: return 2;\n        }\n    }\n}\n",
    ),
    (
        "loop.rs",
        "pub fn f() -> u8 {\n    loop {\n        if g() {\n            break 3;\n        }\n    }\n}\n\nfn g() -> bool {\n    true\n}\n",
    ),
    ("ifdef.c", "int f(void)\n{\n#ifdef A\n    return 1;\n#else\n    return 2;\n#endif\n}\n\nint g(void)\n{\n    return f();\n}\n"),
    ("defaults.py", "def f(debug=False):\n    if debug:\n        return 1\n    return 2\n"),
    (
        "while_true.py",
        "def f(queue):\n    while True:\n        item = queue.get()\n        if item is None:\n            break\n        yield item\n",
    ),
    ("numbers.py", "def f(a):\n    return a != 1 or a != 1.0\n"),
    ("void.ts", "export function f(a: string | null | undefined) {\n  return a != null && a !== \"\";\n}\n"),
    ("unused.kt", "fun f(name: String): String = \"hello $name\"\n"),
    (
        "deferred.go",
        "package p\n\nfunc f(c chan int) int {\n\tdefer close(c)\n\tfor v := range c {\n\t\tif v > 0 {\n\t\t\treturn v\n\t\t}\n\t}\n\treturn 0\n}\n",
    ),
    (
        "bounded.c",
        "#include <string.h>\n\nint f(char *to, unsigned long room, const char *from)\n{\n    if (strlen(from) >= room)\n        return -1;\n    strcpy(to, from);\n    return 0;\n}\n",
    ),
    ("choice.c", "#include <string.h>\n\nvoid f(char *to, int on)\n{\n    strcpy(to, on ? \"on\" : \"off\");\n}\n"),
    ("test_raises.py", "import pytest\n\n\ndef test_f():\n    with pytest.raises(ValueError):\n        int(\"x\")\n"),
    (
        "panics.rs",
        "#[cfg(test)]\nmod tests {\n    #[test]\n    #[should_panic]\n    fn it_panics() {\n        None::<u8>.unwrap();\n    }\n}\n",
    ),
    ("find.test.js", "test(\"it is shown\", async () => {\n  await screen.findByText(\"hello\");\n});\n"),
];

#[test]
fn correct_code_hears_nothing_false() {
    let project = Project::new();
    CORRECT.iter().for_each(|(name, text)| project.write(&format!("src/{name}"), text));
    let document = project.analyze(&[]).json(0);
    let rules = ["unreachable-code", "dead-code", "import-cycle", "constant-condition", "test-without-assertion", "unsafe-c-string"];
    let is_false = |finding: &&&Value| rules.iter().any(|rule| finding["rule"] == *rule);
    let all = findings(&document);
    let said: Vec<String> =
        all.iter().filter(is_false).map(|finding| format!("{} {}: {}", finding["rule"], finding["line"], finding["message"])).collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[test]
fn imports_that_are_no_cycle_when_the_program_runs_are_none() {
    let project = Project::new();
    project.write("src/a.ts", "import type { B } from \"./b\";\n\nexport class A {\n  b?: B;\n}\n");
    project.write("src/b.ts", "import { A } from \"./a\";\n\nexport class B {\n  a = new A();\n}\n");
    project.write("src/c.py", "def f():\n    import d\n    return d\n");
    project.write("src/d.py", "import c\n\n\ndef g():\n    return c.f()\n");
    let document = project.run(&["run", "docs:architecture", ".", "--no-model", "--format", "json"]).json(0);
    assert!(findings(&document).iter().all(|finding| finding["rule"] != "import-cycle"), "{document}");
}

#[test]
fn complexity_is_what_its_definitions_say() {
    let project = Project::new();
    // Cyclomatic, then cognitive, of all functions of a file.
    let measured: &[(&str, &str, u32, u32)] = &[
        ("a.rs", "fn f(a: Option<u8>) -> u8 { let Some(b) = a else { return 0 }; if b > 1 && b < 9 { 1 } else { 2 } }\n", 4, 3),
        ("b.py", "def f(a):\n    try:\n        return [b for b in a if b]\n    except ValueError:\n        return None\n", 4, 1),
        ("c.js", "function f(a, b) { a ??= b; for (const c of a) { if (c || b) { return c; } } return a || b; }\n", 6, 5),
        (
            "d.java",
            "class A { int f(int a) { switch (a) { case 1: return 1; case 2: return 2; default: return a > 3 ? 4 : 5; } } }\n",
            4,
            3,
        ),
        ("e.kt", "fun f(a: Int?): Int { val b = a ?: return 0\n return when (b) { 1 -> 1\n 2 -> 2\n else -> 3 } }\n", 4, 1),
        (
            "f.go",
            "package p\n\nfunc f(a int) int {\n\tfor i := 0; i < a; i++ {\n\t\tif i == 3 {\n\t\t\tcontinue\n\t\t}\n\t}\n\treturn 0\n}\n",
            3,
            3,
        ),
        ("g.c", "int f(int a) { while (a) { if (a == 2) { goto out; } a--; } out: return a; }\n", 3, 4),
    ];
    measured.iter().for_each(|(name, text, ..)| project.write(&format!("src/{name}"), text));
    project.write("m.rhai", "for file in measure([\"src\"]) { print(file.path + \" \" + file.cyclomatic + \" \" + file.cognitive); }\n");
    let shown = project.run(&["script", "run", "m.rhai"]).text(0);
    let expected: Vec<String> =
        measured.iter().map(|(name, _, cyclomatic, cognitive)| format!("src/{name} {cyclomatic} {cognitive}")).collect();
    assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
}
