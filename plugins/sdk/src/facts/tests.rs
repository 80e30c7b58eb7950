//! Facts about names, values and places, and tables over them.

use devflow_core::syntax::{form, parse};
use devflow_core::types::Language;

use super::{Facts, Table};
use crate::FormKind;
use crate::testing::form_nodes;

fn facts<'a>(language: &'a str, text: &'a str) -> Facts<'a> {
    let known = Language::from_name(language).expect("a name of a language");
    Facts::new(language, text, form_nodes(&form(&parse(known, text), text)))
}

/// Lines on which a table speaks of a text, from 1.
fn lines(language: &str, table: &str, text: &str) -> Vec<usize> {
    let (table, facts) = (Table::parse(&format!("[a]\n{table}")).expect("a table"), facts(language, text));
    table.search(&facts).iter().map(|hit| text[..hit.span.start].matches('\n').count() + 1).collect()
}

#[track_caller]
fn check(language: &str, table: &str, text: &str, expected: &[usize]) {
    assert_eq!(lines(language, table, text), expected, "{table}\n{text}");
}

/// The paths of all callees, in the order of the text.
#[track_caller]
fn check_paths(language: &str, text: &str, expected: &[&str]) {
    let facts = facts(language, text);
    let calls = facts.nodes().filter(|node| matches!(facts.kind(*node), FormKind::Call | FormKind::New));
    let paths: Vec<String> = calls.filter_map(|call| facts.child(call, 0)).map(|callee| facts.path(callee)).collect();
    assert_eq!(paths, expected, "{text}");
}

#[test]
fn names_stand_for_what_they_are_imported_from() {
    check_paths("python", "import os.path as p\nfrom a.b import c as d\np.join()\nd()\n", &["os.path.join", "a.b.c"]);
    check_paths("javascript", "const { exec: run } = require('child_process');\nrun();\n", &["require", "child_process.exec"]);
    check_paths("javascript", "import q, { a as b } from 'node:m';\nq.x();\nb();\n", &["m.x", "m.a"]);
    check_paths("javascript", "require('cp').exec();\n", &["cp.exec", "require"]);
    check_paths("javascript", "const e = promisify(cp.exec);\ne();\n", &["promisify", "cp.exec"]);
    check_paths("java", "import a.B;\nclass C { void f() { new B(); B.g(); D.h(); } }\n", &["a.B", "a.B.g", "D.h"]);
    check_paths("kotlin", "import a.B as C\nfun f() { C.g() }\n", &["a.B.g"]);
    check_paths("go", "package p\nimport (\n m \"a/b\"\n \"c/d/v2\"\n)\nfunc f() { m.G(); d.H() }\n", &["a/b.G", "c/d/v2.H"]);
    check_paths("rust", "use a::{b::{self, C}, d as e};\nfn f() { C::new(); e(); b::g(); }\n", &["a.b.C.new", "a.d", "a.b.g"]);
    check_paths("cpp", "void f() { std::rand(); x->y(); }\n", &["std.rand", "x.y"]);
}

#[test]
fn a_variable_stands_for_what_it_holds() {
    check_paths(
        "python",
        "import sqlite3\nc = sqlite3.connect(x).cursor()\nc.execute(q)\n",
        &["sqlite3.connect().cursor", "sqlite3.connect", "sqlite3.connect().cursor().execute"],
    );
    check_paths(
        "java",
        "import java.io.PrintWriter;\nclass A { void f(PrintWriter out) { out.print(x); } }\n",
        &["java.io.PrintWriter.print"],
    );
    check_paths("typescript", "function f(res: Response) { res.send(x); }\n", &["Response.send"]);
}

#[test]
fn arguments_count_by_position_and_by_name() {
    let table = "python: f | 1/size < 2048\n";
    check("python", table, "f(a, 1024)\nf(a, size=1024)\nf(a, 4096)\nf(a)\nN = 1 << 10\nf(a, N)\nf(*a, 1024)\n", &[1, 2, 6]);
    check("javascript", "js: f | 0.inner.key = false\n", "f({ inner: { key: false } });\nf({ inner: { key: true } });\n", &[1]);
    check("javascript", "js: f | key = false\n", "const o = { key: false };\nf(x, o);\n", &[2]);
    check("go", "go: set K | value = true ; beside.L missing\n", "package p\nvar a = T{K: true}\nvar b = T{K: true, L: x}\n", &[2]);
    check("python", "python: f | x missing\n", "f(1)\nf(x=2)\n", &[1]);
}

#[test]
fn texts_are_known_through_names_and_parts() {
    let table = "python: f | 0 ~ md5 sha1*\n";
    check("python", table, "f('MD5')\nn = 'md5'\nf(n)\nf('sha' + '1-x')\nf('sha256')\nf(x)\nf('md5' if a else 'b')\n", &[1, 3, 4, 7]);
    check("java", "java: f | 0 ~ des/*\n", "class A { void g(String m) { f(\"DES/\" + m); f(\"AES/\" + m); } }\n", &[1]);
    check("kotlin", "kotlin: f | 0 ~ *select*\n", "fun g(s: String) { f(\"select $s\") }\n", &[1]);
}

#[test]
fn glue_is_text_with_something_open_in_it() {
    let table = "any: f | 0 glued\n";
    check(
        "python",
        table,
        "f('a ' + x)\nf('a ' + 'b')\nf(x)\nf(f'a {x}')\nq = 'a %s' % x\nf(q)\nf('a ' + MAX)\nf('a {}'.format(x))\n",
        &[1, 4, 6, 8],
    );
    check("python", table, "q = 'a'\nq += x\nf(q)\nn = 'a'\nf('b' + n)\nf('b' + str(int(x)))\n", &[3]);
    check(
        "rust",
        table,
        "fn g(x: &str, n: u32) { f(&format!(\"a {x}\"));\n f(&format!(\"a {}\", x));\n f(&format!(\"a {n}\"));\n f(\"{}\"); }\n",
        &[1, 2],
    );
    check(
        "go",
        table,
        "package p\nfunc g(x string, n int) {\n f(fmt.Sprintf(\"a %s\", x))\n f(\"a\" + x)\n f(\"a\" + strconv.Itoa(n))\n}\n",
        &[3, 4],
    );
    let table = "java: into *.append\njava: f | 0 glued\n";
    let text = "class A { void g(String x) { StringBuilder s = new StringBuilder(\"a\"); s.append(x); f(s.toString()); } }\n";
    check("java", table, text, &[1]);
}

#[test]
fn sources_are_followed_through_one_assignment() {
    let table = "python: source flask.request.args\npython: source @*.route(*)\npython: clean quote\npython: f | 0 sent\n";
    let text = "from flask import request, Flask\napp = Flask(__name__)\nf(request.args['x'])\nx = request.args.get('x')\nf(x)\nf(quote(x))\n\
                @app.route('/<p>')\ndef g(p):\n    f(p)\n\ndef h(p):\n    f(p)\n";
    check("python", table, text, &[3, 5, 9]);
    let table = "java: source *ServletRequest.getParameter() @RequestParam\njava: f | 0 sent\n";
    let text = "class A { void g(HttpServletRequest r, @RequestParam String p, @RequestParam int n) {\n String c = r.getParameter(\"x\");\n \
                if (c == null) c = \"\";\n f(c);\n f(p);\n f(n);\n } }\n";
    check("java", table, text, &[4, 5]);
    let table = "js: source req.query\njs: f | 0 sent\n";
    check("javascript", table, "function g(req) { const { a } = req.query;\n f(a);\n if (!allowed.has(a)) return;\n }\n", &[]);
    check("javascript", table, "function g(req) { const { a } = req.query;\n f(a);\n if (!a) return;\n }\n", &[2]);
}

#[test]
fn an_address_leads_where_its_beginning_is_open() {
    let table = "js: source req.query\njs: f | 0 leads\n";
    let text = "function g(req) {\n f(req.query.a);\n f('https://' + req.query.a);\n f('https://x.org/' + req.query.a);\n f(`/x/${req.query.a}`);\n}\n";
    check("javascript", table, text, &[2, 3]);
}

#[test]
fn what_is_done_later_can_take_a_finding_back() {
    let table = "java: safe closed *.setFeature | 0 ~ *disallow* ; 1 = true\njava: T.make | unless closed\n";
    let of = |line: &str| format!("class A {{ void g() {{ T t = T.make(); {line} }} }}\n");
    check("java", table, &of(""), &[1]);
    check("java", table, &of("t.setFeature(\"disallow-x\", true);"), &[]);
    check("java", table, &of("t.setFeature(\"disallow-x\", false);"), &[1]);
    check("java", table, &of("u.setFeature(\"disallow-x\", true);"), &[1]);
}

#[test]
fn names_around_a_value_can_be_asked_for() {
    check(
        "java",
        "java: java.util.Random | target has token\n",
        "class A { void g() { int token = new Random().nextInt(); int x = new Random().nextInt(); } }\n",
        &[1],
    );
    check(
        "python",
        "python: set verify | value = False ; condition hasnt insecure\n",
        "s.verify = False\nif insecure:\n    s.verify = False\n",
        &[1],
    );
    check("python", "python: f | function hasnt legacy\n", "def legacy_x():\n    f()\ndef g():\n    f()\n", &[4]);
}

#[test]
fn mentions_settings_and_results_have_rows() {
    check(
        "python",
        "python: use ssl.PROTOCOL_SSLv3\n",
        "import ssl\nfrom ssl import PROTOCOL_SSLv3 as p\nf(ssl.PROTOCOL_SSLv3)\ng = p\n",
        &[3, 4],
    );
    check("javascript", "js: set innerHTML | value open\n", "a.innerHTML = x;\na.innerHTML += x;\na.innerHTML = 'y';\n", &[1, 2]);
    check("python", "python: return @*.route | value open\n", "@app.route('/')\ndef f():\n    return x\ndef g():\n    return x\n", &[3]);
}

#[test]
fn mistakes_in_a_table_are_told_with_their_line() {
    for (table, expected) in [
        ("pyton: f", "line 1: `pyton` is not a language"),
        ("python: f | 0 is x", "line 1: `is` is not a condition"),
        ("python:", "line 1: a row names something"),
        ("python: f | 0 < x", "line 1: `0 < x` needs a number"),
        ("\npython: f @@worse", "line 2: `worse` is not a severity"),
        ("f", "line 1: a row begins with languages and a colon"),
    ] {
        assert_eq!(Table::parse(table).err().as_deref(), Some(expected), "{table}");
    }
}

#[test]
fn deep_code_is_no_danger() {
    let text = format!("x = {}1{}\n", "(".repeat(5_000), ")".repeat(5_000));
    assert!(facts("python", &text).nodes().len() < 300);
    let text = format!("x = {}\n", vec!["a"; 5_000].join(" + "));
    check("python", "python: set x | value glued\n", &text, &[]);
}

#[test]
fn names_that_lead_to_themselves_or_to_many_others_come_to_an_end() {
    check("python", "python: f | 0 glued\n", "t = t.strip()\nf(t)\n", &[]);
    check("python", "python: f | 0 glued\n", "def g(b):\n    x = 'a' + b\n    x = str(x)\n    f(x)\n", &[4]);
    let again: String = (0..300).map(|_| "    x = x + b\n    f(x)\n").collect();
    check(
        "python",
        "python: f | 0 open\n",
        &format!("def g(b):\n    x = b\n{again}    f('k')\n"),
        &(0..300).map(|n| 4 + 2 * n).collect::<Vec<_>>(),
    );
    let wide: String = (1..6).map(|n| format!("x{n} = {}\n", vec![format!("x{}", n - 1); 40].join(" + "))).collect();
    check("python", "python: f | 0 = k\npython: g | 0 > 3\n", &format!("x0 = 'k'\n{wide}f(x5)\ng(x5)\nf('k')\n"), &[9]);
}

#[test]
fn what_is_cleaned_in_a_sum_is_not_open_and_the_opposite_cleans_nothing() {
    let table = "python: clean *quote*\npython: f | 0 open\n";
    check(
        "python",
        table,
        "def g(p):\n    f('a' + quote(p))\n    f('a %s' % quote(p))\n    f('a' + unquote(p))\n    f('a' + str(int(p)))\n",
        &[4],
    );
}

#[test]
fn a_place_by_itself_is_the_name_of_an_option() {
    check("python", "python: f | root missing\n", "f(a)\nf(a, root='/')\n", &[1]);
}
