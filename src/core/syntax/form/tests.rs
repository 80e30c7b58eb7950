//! The form of small sources in each language.

use std::fmt::Write as _;

use super::{FormNode, form};
use crate::syntax::parse;
use crate::types::Language;

/// One line a node: its kind, its name after a `:`, and its text where it has no children.
fn shown(nodes: &[FormNode], text: &str) -> String {
    let mut out = String::new();
    let mut depths = vec![0_usize; nodes.len()];
    for (at, node) in nodes.iter().enumerate().skip(1) {
        depths[at] = depths[node.parent as usize] + 1;
        let is_leaf = nodes.get(at + 1).is_none_or(|next| next.parent as usize != at);
        let name = &text[node.name_start as usize..node.name_end as usize];
        let name = if name.is_empty() { String::new() } else { format!(":{name}") };
        let own = if is_leaf { format!(" {}", &text[node.start as usize..node.end as usize]) } else { String::new() };
        writeln!(out, "{}{:?}{name}{own}", "  ".repeat(depths[at] - 1), node.kind).unwrap();
    }
    out
}

fn of(language: Language, text: &str) -> String {
    shown(&form(&parse(language, text), text), text)
}

#[test]
fn the_form_of_rust() {
    let text = "use std::{io, fs::File as F};\nfn f(a: &str) -> u8 { let b: u8 = g(&a.c, 1)?; if b == 2 { return 3; } S { d: \"x\" }; vec![1, a]; for i in 0..3 { x.y(i); } a }\n";
    assert_eq!(of(Language::Rust, text), include_str!("tests/rust.form"));
}

#[test]
fn the_form_of_go() {
    let text = "package p\nimport (\n m \"a/b\"\n \"c/d/v2\"\n)\nfunc (r *R) f(a, b string) error { x, err := m.G(&t.C{K: true, L: []byte(\"x\")}, \"y\"+a); if err := h(); err != nil { return err }; for k, v := range z { s[k] = v }; defer c.Close(); var q []string = []string{\"a\"}; return nil }\n";
    assert_eq!(of(Language::Go, text), include_str!("tests/go.form"));
}

#[test]
fn the_form_of_c() {
    let text = "#include <stdio.h>\nstatic int f(char *a, int n) { char b[3] = \"x\" \"y\"; int c = n == 1 ? 2 : g(a, &b[0]); if ((c = h())) return -c; switch (c) { case 1: break; default: s->t(u); } while (n--) { *a++ = 0; } return 0; }\n";
    assert_eq!(of(Language::C, text), include_str!("tests/c.form"));
}

#[test]
fn the_form_of_cpp() {
    let text = "namespace q { class A : public B { void f(const std::string& s) { std::ifstream in{s}; auto t = new T(s); for (auto& x : xs) { std::system(x.c_str()); } auto l = [&](int y) { return y; }; try { g<int>(1); } catch (const E& e) { throw; } } }; }\n";
    assert_eq!(of(Language::Cpp, text), include_str!("tests/cpp.form"));
}

#[test]
fn the_form_of_python() {
    let text = "import os.path as p, re\nfrom a.b import c as d, e\n@app.route('/x', methods=['POST'])\ndef f(a, b: int = 3, *args):\n    x = f'{a} y' if b else \"z\" 'w'\n    with open(x, mode='r') as g:\n        g.read()[0]\n    for i, j in k: del d[i]\n    try:\n        run(**{'q': not b})\n    except E as e:\n        raise\n";
    assert_eq!(of(Language::Python, text), include_str!("tests/python.form"));
}

#[test]
fn the_form_of_typescript() {
    let text = "import q, { a as b } from './m';\nimport * as n from 'n';\nconst { exec: run, x } = require('child_process');\nexport class C extends D { p: string = `a${b}c`; f(@Q() v: number = 1): void { this.p.g((x as any).y!, { k: v, 'l-m': 2, [n]: 3, s }, ...r); } }\nconst h = async (w) => await w?.z[0];\nfor (const o of os) u ||= o;\n";
    assert_eq!(of(Language::TypeScript, text), include_str!("tests/typescript.form"));
}

#[test]
fn the_form_of_tsx() {
    let text = "const a = <div dangerouslySetInnerHTML={{ __html: x }} id=\"y\">{z}</div>;\n";
    assert_eq!(of(Language::Tsx, text), include_str!("tests/tsx.form"));
}

#[test]
fn the_form_of_java() {
    let text = "import java.io.*;\nimport static a.B.c;\nclass A { @Get(\"/x\") void f(@P String s, int n) throws E { List<String> l = new a.b.L<>(s, 1); Cipher c = Cipher.getInstance(\"DES\"); this.x += c.y().z; byte[] k = {1, 2}; try (R r = new R()) { g(); } catch (E e) { throw e; } for (T t : ts) h(t); if (s == null) s = \"\"; } }\n";
    assert_eq!(of(Language::Java, text), include_str!("tests/java.form"));
}

#[test]
fn the_form_of_kotlin() {
    let text = "import a.b.C as D\nclass A(val p: String) : B() { @Get(\"/x\") fun f(s: String = \"q\"): Int { val x: Int = g(s, n = \"a $s\")!!; x.y.z { it }; for (i in 0..3) { h() }; if (x != 1) return 2 else k = 3; val o = \"b\" to 4; return try { 1 } catch (e: E) { throw e } } }\n";
    assert_eq!(of(Language::Kotlin, text), include_str!("tests/kotlin.form"));
}
