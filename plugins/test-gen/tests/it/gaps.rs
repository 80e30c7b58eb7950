//! The operation `gaps`: what fires, what looks like it and does not, and the plan.

use devflow_plugin::Severity;
use devflow_plugin::testing::Project;
use devflow_plugin_test_gen::TestGen;

fn inspect(project: &Project) -> devflow_plugin::Report {
    project.inspect::<TestGen>("gaps", "{}").expect("the plugin gives it")
}

/// The names in the findings of `untested-function`, in their order.
#[track_caller]
fn check(project: Project, expected: &[&str]) {
    let report = inspect(&project);
    let names: Vec<&str> = report
        .findings
        .iter()
        .flat_map(|finding| {
            assert_eq!(finding.rule, "untested-function", "{}", finding.message);
            let all = std::iter::once(&finding.message).chain(finding.related.iter().map(|related| &related.message));
            all.map(|message| message.split('`').nth(1).expect("the plugin gives it"))
        })
        .collect();
    assert_eq!(names, expected);
}

#[test]
fn rust_functions_that_no_test_names() {
    let body = "(a: u8) -> u8 {\n    if a > 1 {\n        return 2;\n    }\n    a\n}\n";
    let text = [
        format!("pub fn open{body}"),
        format!("pub fn closed{body}"),
        format!("fn hidden{body}"),
        format!("pub(crate) fn inner{body}"),
        "pub fn trivial(a: u8) -> u8 {\n    a\n}\n".to_owned(),
        format!("struct Own;\nimpl Own {{\n    pub fn own{body}}}\n"),
        format!("pub struct Box;\nimpl Box {{\n    pub fn lift{body}    pub fn main{body}}}\n"),
        format!("/// Shown.\n///\n/// ```\n/// shown(1);\n/// ```\npub fn shown{body}"),
    ];
    let project = Project::new().source("src/lib.rs", &text.concat()).source("tests/all.rs", "#[test]\nfn closes() {\n    closed(1);\n}\n");
    check(project, &["open", "Box.lift"]);
}

#[test]
fn rust_examples_are_tests_when_they_run() {
    let body = "(a: u8) -> u8 {\n    if a > 1 {\n        return 2;\n    }\n    a\n}\n";
    let shown = |label: &str, name: &str| format!("/// Shown.\n///\n/// ```{label}\n/// {name}(1);\n/// ```\npub fn {name}{body}");
    let text = [shown("", "one"), shown("text", "two"), shown("no_run", "three"), format!("pub fn test_all{body}")].concat();
    check(Project::new().source("src/lib.rs", &text), &["two"]);
    let project = Project::new().source("src/lib.rs", &shown("text", "two"));
    assert_eq!(project.places(&inspect(&project)), [("src/lib.rs".to_owned(), 6, "no-tests".to_owned())]);
}

#[test]
fn rust_files_with_their_own_tests_are_left_alone() {
    let body = "(a: u8) -> u8 {\n    if a > 1 {\n        return 2;\n    }\n    a\n}\n";
    let own = format!("pub fn open{body}\n#[cfg(test)]\nmod tests {{\n    #[test]\n    fn other() {{ super::super::named(1); }}\n}}\n");
    let project = Project::new().source("src/a.rs", &own).source("src/b.rs", &format!("pub fn named{body}pub fn bare{body}"));
    check(project, &["bare"]);
}

#[test]
fn python_functions_that_no_test_names() {
    let body = "(a):\n    if a:\n        return 1\n    return 2\n\n";
    let text = [
        format!("def open{body}"),
        format!("def closed{body}"),
        format!("def _hidden{body}"),
        "def trivial(a):\n    return a\n\n".to_owned(),
        "def outer(a):\n    def inside(b):\n        if b:\n            return 1\n        return 2\n    return inside(a)\n\n".to_owned(),
        "class _Own:\n    def own(self):\n        if self:\n            return 1\n        return 2\n\n".to_owned(),
        "def told(a):\n    \"\"\"Tells.\n\n    >>> told(1)\n    1\n    \"\"\"\n    if a:\n        return 1\n    return 2\n".to_owned(),
    ];
    let tests = "from pkg import shapes\n\ndef test_all():\n    assert shapes.closed(1) == 1\n";
    let views = format!("from flask import Blueprint\n\n@bp.route('/')\ndef index{body}");
    let project = Project::new()
        .source("pkg/shapes.py", &text.concat())
        .source("pkg/views.py", &views)
        .source("setup.py", &format!("def build{body}"))
        .source("pkg/mocks/made.py", &format!("def made{body}"))
        .source("tests/test_shapes.py", tests)
        .source("tests/helpers.py", &format!("def helper{body}"));
    check(project, &["open", "outer"]);
}

#[test]
fn script_functions_that_no_test_names() {
    let body = "(a) {\n  if (a) {\n    return 1;\n  }\n  return 2;\n}\n";
    let text = [
        format!("export function open{body}"),
        format!("export function closed{body}"),
        format!("function hidden{body}"),
        format!("exports.old = function {body}"),
        format!("export class Box {{\n  lift{body}  #own{body}  constructor{body}}}\n"),
        format!("class Own {{\n  own{body}}}\n"),
        format!("const table = {{\n  entry{body}}};\n"),
        "export function handle(req, res) {\n  if (req) {\n    res.end();\n  }\n  res.end();\n}\n".to_owned(),
    ];
    let test = "import { closed } from './shapes';\nit('closes', () => { expect(closed(1)).toBe(1); });\n";
    let project = Project::new().source("src/shapes.js", &text.concat()).source("src/shapes.test.js", test);
    check(project, &["open", "old", "Box.lift"]);
    let typed = format!("export function open(a: string): number {body}").replacen("(a) ", "", 1);
    let project = Project::new()
        .source("src/shapes.ts", &typed)
        .source("src/made.d.ts", "export function declared(a: string): number;\n")
        .source("src/other.test.js", test);
    check(project, &["open"]);
}

#[test]
fn go_functions_that_no_test_names() {
    let body = "(a int) int {\n\tif a > 1 {\n\t\treturn 2\n\t}\n\treturn a\n}\n";
    let text = [
        "package p\n".to_owned(),
        format!("func Open{body}"),
        format!("func Closed{body}"),
        format!("func hidden{body}"),
        format!("func (b *Box) Lift{body}"),
        format!("func (o *own) Own{body}"),
        "func (b *Box) String() string {\n\tif b == nil {\n\t\treturn \"\"\n\t}\n\treturn b.name\n}\n".to_owned(),
        "func Index(w http.ResponseWriter, r *http.Request) {\n\tif r == nil {\n\t\treturn\n\t}\n\tw.Write(nil)\n}\n".to_owned(),
    ];
    let test = "package p\nimport \"testing\"\nfunc TestClosed(t *testing.T) {\n\tClosed(1)\n}\n";
    let project = Project::new()
        .source("shape.go", &text.concat())
        .source("shape_test.go", test)
        .source("internal/mocks/box.go", &format!("package mocks\nfunc Made{body}"));
    check(project, &["Open", "Lift"]);
}

#[test]
fn java_and_kotlin_functions_that_no_test_names() {
    let body = "(int a) {\n        if (a > 1) {\n            return 2;\n        }\n        return a;\n    }\n";
    let text = [
        "public class Box {\n".to_owned(),
        "    public Box(int a) {\n        this.a = a;\n        this.b = a;\n    }\n".to_owned(),
        format!("    public int open{body}"),
        format!("    public int closed{body}"),
        format!("    int hidden{body}"),
        format!("    @Override\n    public int over{body}"),
        format!("    @Scheduled(\"daily\")\n    public int daily{body}"),
        format!("    @Deprecated\n    public int old{body}"),
        "    public int getA() {\n        return a;\n    }\n}\n".to_owned(),
        format!("class Own {{\n    public int own{body}}}\n"),
    ];
    let kotlin = "fun bend(a: Int): Int {\n    if (a > 1) {\n        return 2\n    }\n    return a\n}\nprivate fun own(a: Int): Int {\n    if (a > 1) {\n        return 2\n    }\n    return a\n}\n";
    let test = "class BoxTest {\n    @Test\n    void closes() {\n        new Box(1).closed(1);\n    }\n}\n";
    let project = Project::new()
        .source("src/main/java/Box.java", &text.concat())
        .source("src/main/kotlin/Bend.kt", kotlin)
        .source("src/test/java/BoxTest.java", test);
    check(project, &["Box.open", "Box.old", "bend"]);
}

#[test]
fn c_functions_of_a_header_that_no_test_names() {
    let body = "(int a) {\n    if (a > 1) {\n        return 2;\n    }\n    return a;\n}\n";
    let text = format!("int open_box{body}int closed{body}int unheard{body}static int hidden{body}");
    let project = || {
        Project::new()
            .source("src/box.c", &text)
            .source("src/box.h", "int open_box(int a);\nint closed(int a);\n")
            .source("tests/box_test.c", "#include <assert.h>\nint main(void) {\n    assert(closed(1) == 1);\n    return 0;\n}\n")
    };
    check(project(), &["open_box"]);
    // A header may be C++; what belongs to others is no part of the project.
    let header = format!("namespace n {{\nclass A {{\n  int lift{body}}};\n}}\n");
    check(project().source("src/a.cpp", "int n = 1;\n").source("src/a.h", &header), &["open_box"]);
    check(project().source("deps/b.c", &text), &["open_box"]);
    let foreign = Project::new()
        .source("src/box.c", &text)
        .source("src/box.h", "int open_box(int a);\n")
        .source("deps/b/tests/box_test.c", "#include <assert.h>\nint main(void) { return 0; }\n");
    assert_eq!(foreign.places(&inspect(&foreign)), [("src/box.c".to_owned(), 1, "no-tests".to_owned())]);
    let cpp = format!("#include \"bend.hpp\"\nint bend{body}int Box::lift{body}");
    check(
        project().source("src/bend.cpp", &cpp).source("src/bend.hpp", "int bend(int a);\nclass Box { int lift(int a); };\n"),
        &["bend", "open_box"],
    );
}

#[test]
fn many_branches_are_worse_and_come_first() {
    let branches: String = (0..10).map(|n| format!("    if a == {n}:\n        return {n}\n")).collect();
    let project = Project::new()
        .source("pkg/a.py", &format!("def few(a):\n    if a:\n        return 1\n    return 2\n\n\ndef many(a):\n{branches}    return 0\n"))
        .source("tests/test_a.py", "import pytest\n\ndef test_none():\n    assert True\n")
        .source("web/index.js", "export function shown(a) {\n  if (a) {\n    return 1;\n  }\n  return 2;\n}\n");
    let report = inspect(&project);
    let seen: Vec<_> = report.findings.iter().map(|finding| (finding.message.as_str(), finding.severity, finding.confidence)).collect();
    assert_eq!(seen, [("no test among the files looked at names `many`, which has 11 branches", Severity::Low, 60),]);
    assert_eq!(report.findings[0].related[0].message, "neither is `few` named, which has 2 branches");
    assert_eq!(project.places(&report)[0], ("pkg/a.py".to_owned(), 7, "untested-function".to_owned()));
    let plan = &report.artifacts[0];
    assert_eq!(plan.name, "tests-plan.md");
    assert_eq!(
        plan.body,
        "# Test plan\n\n2 public functions in 1 file that no test among the files looked at names; the worst first.\n\n| language | test framework | tests |\n|---|---|---|\n| Python | pytest | yes |\n| JavaScript and TypeScript | not recognised; Jest is usual | none seen |\n\n## pkg/a.py\n\n| function | line | branches |\n|---|---|---|\n| `many` | 7 | 11 |\n| `few` | 1 | 2 |\n"
    );
}

#[test]
fn a_project_without_tests_gets_one_finding() {
    let body = "(a):\n    if a:\n        return 1\n    return 2\n\n";
    let project = Project::new().source("a.py", "A = 1\n").source("b.py", &format!("A = 1\n\n\ndef one{body}def two{body}"));
    let report = inspect(&project);
    assert_eq!(project.places(&report), [("b.py".to_owned(), 4, "no-tests".to_owned())]);
    assert_eq!(report.findings[0].severity, Severity::Info);
    assert!(report.artifacts[0].body.contains("| `one` | 4 | 2 |\n| `two` | 9 | 2 |"), "{}", report.artifacts[0].body);
    // Nothing to test, and nothing at all.
    for project in [Project::new().source("a.py", "A = 1\n"), Project::new()] {
        assert_eq!(inspect(&project), devflow_plugin::Report::default());
    }
}

#[test]
fn tests_that_were_not_looked_at_are_tests() {
    let body = "(a):\n    if a:\n        return 1\n    return 2\n\n";
    let project = || Project::new().source("src/shop.py", &format!("def rebuild{body}def other{body}"));
    let test = "from shop import rebuild\n\ndef test_rebuild():\n    assert rebuild(1) == 1\n";
    assert_eq!(project().places(&inspect(&project())), [("src/shop.py".to_owned(), 1, "no-tests".to_owned())]);
    // The words of the test are known.
    check(project().unread("tests/test_shop.py", "size", test), &["other"]);
    // Nothing but its name is known.
    check(project().unread("tests/test_shop.py", "size", ""), &[]);
    check(project().unread("tests/test_shop.py", "size", "").source("tests/test_more.py", "def test_a():\n    assert other(1)\n"), &[]);
    // What is no test, and what belongs to others, tells nothing.
    for path in ["src/large.py", "vendor/a/tests/test_a.py"] {
        let other = project().unread(path, "size", test);
        assert_eq!(other.places(&inspect(&other)), [("src/shop.py".to_owned(), 1, "no-tests".to_owned())], "{path}");
    }
    let script = "export function shown(a) {\n  if (a) {\n    return 1;\n  }\n  return 2;\n}\n";
    let mixed = project().unread("web/a.test.js", "size", "").source("web/a.js", script).source("tests/test_a.py", test);
    check(mixed, &["other"]);
}

#[test]
fn a_project_with_hardly_any_test_gets_the_worst_alone() {
    let function = |n: usize| format!("def f{n}(a):\n    if a:\n        return 1\n    return 2\n\n");
    let project = |n_named: usize| {
        let text: String = (0..150).map(function).collect();
        let named: Vec<String> = (0..n_named).map(|n| format!("f{n}()")).collect();
        let test = format!("def test_all():\n    assert [{}]\n", named.join(", "));
        inspect(&Project::new().source("a.py", &text).source("test_a.py", &test))
    };
    let n_told = |report: devflow_plugin::Report| report.findings.iter().map(|finding| 1 + finding.related.len()).sum::<usize>();
    assert_eq!(n_told(project(1)), 20);
    assert_eq!(n_told(project(40)), 110);
    assert!(project(1).artifacts[0].body.contains("149 public functions"));
}

#[test]
fn methods_that_a_library_calls_are_left_alone() {
    let body = "(self, a):\n        if a:\n            return 1\n        return 2\n\n";
    let text = format!("class Walk:\n    def visit_call{body}    def told{body}");
    let test = "def test_none():\n    assert True\n";
    check(Project::new().source("a.py", &text).source("test_a.py", test), &["Walk.told"]);
}
