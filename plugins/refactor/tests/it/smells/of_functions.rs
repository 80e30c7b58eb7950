//! Smells of functions: what fires, and what looks alike and does not.

use super::support::{fires, lines, silent};

#[test]
fn oversized_function_names_the_block_to_take_out() {
    let rust = format!(
        "fn load(input: &str) {{\n{}    for part in input.lines() {{\n{}    }}\n}}\n",
        lines(40, |n| format!("    step_{n}();")),
        lines(12, |n| format!("        use_{n}(part);"))
    );
    let found = fires("oversized-function", "rust", &rust);
    let suggestion = found.suggestion.unwrap_or_default();
    assert!(suggestion.contains("lines 42 to 55") && suggestion.contains("`input`"), "{suggestion}");

    let python = format!(
        "def load(source):\n{}    for part in source:\n{}",
        lines(40, |n| format!("    step_{n}()")),
        lines(12, |n| format!("        use_{n}(part)"))
    );
    fires("oversized-function", "python", &python);
    let go = format!(
        "package a\nfunc load(source []string) {{\n{}\tfor _, part := range source {{\n{}\t}}\n}}\n",
        lines(40, |n| format!("\tstep{n}()")),
        lines(12, |n| format!("\t\tuse{n}(part)"))
    );
    fires("oversized-function", "go", &go);
}

#[test]
fn a_flat_list_or_a_block_that_returns_is_not_oversized() {
    silent("oversized-function", "rust", &format!("fn all() {{\n{}}}\n", lines(80, |n| format!("    add({n});"))));
    let returning = format!(
        "function load(source) {{\n{}  for (const part of source) {{\n{}    return part;\n  }}\n}}\n",
        lines(45, |n| format!("  step{n}();")),
        lines(12, |n| format!("    use{n}(part);"))
    );
    silent("oversized-function", "javascript", &returning);
    let short = format!("void load() {{\n  for (int i = 0; i < n; i++) {{\n{}  }}\n}}\n", lines(12, |n| format!("    use{n}(i);")));
    silent("oversized-function", "c", &short);
}

#[test]
fn arrow_code_names_the_condition_to_turn_round() {
    let java = "class A {\n void f(List<B> all) {\n  for (B b : all) {\n   if (b.ok()) {\n    for (C c : b.cs()) {\n     if (c.big()) {\n      use(c);\n      log(c);\n     }\n    }\n    end(b);\n   }\n  }\n }\n}\n";
    let found = fires("arrow-code", "java", java);
    assert!(found.message.contains("line 4"), "{}", found.message);
    let python = "def f(rows):\n    for row in rows:\n        if row.ok:\n            for cell in row:\n                if cell.big:\n                    use(cell)\n                    log(cell)\n                else:\n                    skip(cell)\n            end(row)\n            more(row)\n";
    fires("arrow-code", "python", python);
    let go = "package a\nfunc f(rows []R) {\n\tfor _, row := range rows {\n\t\tif row.ok {\n\t\t\tfor _, c := range row.cs {\n\t\t\t\tif c.big {\n\t\t\t\t\tuse(c)\n\t\t\t\t\tlog(c)\n\t\t\t\t}\n\t\t\t}\n\t\t\tend(row)\n\t\t}\n\t}\n}\n";
    fires("arrow-code", "go", go);
    let rust = "fn f(rows: &[R]) {\n    for row in rows {\n        if row.ok {\n            for c in &row.cs {\n                if c.big {\n                    take(c);\n                    log(c);\n                }\n            }\n            end(row);\n        }\n    }\n}\n";
    fires("arrow-code", "rust", rust);
    let kotlin = "fun f(rows: List<R>) {\n    for (row in rows) {\n        if (row.ok) {\n            for (c in row.cs) {\n                if (c.big) {\n                    take(c)\n                    log(c)\n                }\n            }\n            end(row)\n        }\n    }\n}\n";
    fires("arrow-code", "kotlin", kotlin);
}

#[test]
fn a_condition_with_another_branch_or_with_more_behind_is_no_arrow() {
    let other = "fn f(rows: &[R]) {\n    for row in rows {\n        if row.ok {\n            for c in &row.cs {\n                if c.big {\n                    take(c);\n                    log(c);\n                }\n            }\n            end(row);\n        } else {\n            skip(row);\n        }\n    }\n}\n";
    silent("arrow-code", "rust", other);
    let kotlin = other
        .replace("fn f(rows: &[R])", "fun f(rows: List<R>)")
        .replace("for row in rows", "for (row in rows)")
        .replace("for c in &row.cs", "for (c in row.cs)");
    silent("arrow-code", "kotlin", &kotlin.replace("if row.ok", "if (row.ok)").replace("if c.big", "if (c.big)").replace(';', ""));
    let behind = "def f(rows):\n    for row in rows:\n        if row.ok:\n            for cell in row:\n                if cell.big:\n                    use(cell)\n                    log(cell)\n                    note(cell)\n                    tell(cell)\n        after(row)\n";
    silent("arrow-code", "python", behind);
}

#[test]
fn complex_condition_mixes_and_with_or() {
    let tail = "a.b && c.d || e.f && (g.h || i.j) && k.l";
    fires(
        "complex-condition",
        "rust",
        &format!("fn f() {{\n    one();\n    two();\n    three();\n    if {tail} {{\n        go();\n    }}\n}}\n"),
    );
    fires("complex-condition", "typescript", &format!("function f() {{\n one();\n two();\n three();\n if ({tail}) {{\n  go();\n }}\n}}\n"));
    fires("complex-condition", "cpp", &format!("void f() {{\n one();\n two();\n three();\n if ({tail}) {{\n  go();\n }}\n}}\n"));
    let python = tail.replace("&&", "and").replace("||", "or");
    let found =
        fires("complex-condition", "python", &format!("def f():\n    one()\n    two()\n    three()\n    if {python}:\n        go()\n"));
    assert!(found.suggestion.unwrap_or_default().contains("`g.h or i.j`"));
    fires(
        "complex-condition",
        "go",
        &format!("package a\nfunc f() {{\n\tone()\n\ttwo()\n\tthree()\n\tif {tail} {{\n\t\tgone()\n\t}}\n}}\n"),
    );
}

#[test]
fn a_plain_list_of_conditions_and_a_named_one_are_not_complex() {
    silent(
        "complex-condition",
        "java",
        "class A { boolean f() {\n one();\n two();\n three();\n if (a && b && c && d && e && f && g) { go(); }\n return true; } }",
    );
    silent("complex-condition", "rust", "fn is_it() -> bool {\n    a && b || c && (d || e) && f\n}\n");
    silent(
        "complex-condition",
        "javascript",
        "function f() {\n one();\n two();\n three();\n if (a && list.some((x) => x.a || x.b && x.c || x.d)) { go(); }\n}\n",
    );
}

#[test]
fn long_parameter_list_names_the_group() {
    let found = fires(
        "long-parameter-list",
        "rust",
        "pub fn place(start_x: i32, start_y: i32, start_z: i32, width: i32, height: i32, name: &str) {}\n",
    );
    assert!(found.suggestion.unwrap_or_default().contains("`start_x`, `start_y`, `start_z`"));
    fires(
        "long-parameter-list",
        "java",
        "class A { void place(int startX, int startY, int startZ, int width, int height, String name) {} }\n",
    );
    fires("long-parameter-list", "go", "package a\nfunc place(startX, startY, startZ int, width, height int, name string) {}\n");
    fires("long-parameter-list", "python", "def place(a, b, c, d, e, f, g, h):\n    pass\n");
}

#[test]
fn named_defaulted_and_prescribed_parameters_are_no_long_list() {
    silent("long-parameter-list", "python", "def place(a, b, *, start_x, start_y, start_z, d, e, f=1):\n    pass\n");
    silent("long-parameter-list", "python", "@click.command()\ndef place(a, b, c, d, e, f, g, h, i):\n    pass\n");
    silent(
        "long-parameter-list",
        "java",
        "class A extends B { @Override void place(int startX, int startY, int startZ, int a, int b, int c) {} }\n",
    );
    silent(
        "long-parameter-list",
        "rust",
        "impl T for A { fn place(start_x: i32, start_y: i32, start_z: i32, a: i32, b: i32, c: i32) {} }\n",
    );
    silent("long-parameter-list", "typescript", "class A { constructor(a: X, b: X, c: X, d: X, e: X, f: X, g: X, h: X) {} }\n");
}

#[test]
fn flag_parameters_of_public_functions() {
    fires("flag-parameters", "rust", "pub fn copy(path: &str, overwrite: bool, follow: bool) {}\n");
    fires("flag-parameters", "java", "public class A { public void copy(String path, boolean overwrite, final boolean follow) {} }\n");
    fires("flag-parameters", "go", "package a\nfunc Copy(path string, overwrite, follow bool) {}\n");
    fires("flag-parameters", "typescript", "export function copy(path: string, overwrite: boolean, follow?: boolean) {}\n");
    fires("flag-parameters", "kotlin", "fun copy(path: String, overwrite: Boolean, follow: Boolean) {}\n");
    fires("flag-parameters", "python", "def copy(path: str, overwrite: bool, follow: bool):\n    pass\n");
    fires("flag-parameters", "cpp", "void copy(const char *path, bool overwrite, bool follow) {}\n");
}

#[test]
fn private_named_and_inherited_flags_are_left_alone() {
    silent("flag-parameters", "rust", "fn copy(path: &str, overwrite: bool, follow: bool) {}\n");
    silent("flag-parameters", "rust", "pub fn copy(path: &str, overwrite: bool) {}\n");
    silent("flag-parameters", "python", "def copy(path: str, *, overwrite: bool, follow: bool):\n    pass\n");
    silent("flag-parameters", "kotlin", "class A : B() { override fun copy(overwrite: Boolean, follow: Boolean) {} }\n");
    silent("flag-parameters", "java", "public class A { public A(boolean overwrite, boolean follow) {} }\n");
}

#[test]
fn primitive_obsession_is_a_row_of_texts() {
    fires("primitive-obsession", "java", "public class A { public void add(String name, String street, String city, String zip) {} }\n");
    fires("primitive-obsession", "rust", "pub fn add(name: &str, street: &str, city: &str, zip: String) {}\n");
    fires("primitive-obsession", "go", "package a\nfunc Add(name, street, city, zip string) {}\n");
    fires("primitive-obsession", "c", "void add(const char *name, const char *street, const char *city, const char *zip) {}\n");
    silent("primitive-obsession", "java", "public class A { public void add(String name, Street street, String city, String zip) {} }\n");
    silent(
        "primitive-obsession",
        "typescript",
        "export function add(name: string, street: string, n: number, city: string, zip: string) {}\n",
    );
    silent("primitive-obsession", "kotlin", "private fun add(name: String, street: String, city: String, zip: String) {}\n");
}

#[test]
fn data_clump_goes_through_three_functions() {
    let names = ["draw", "check", "store"];
    let rust: String = names.iter().map(|name| format!("fn {name}(street: &str, city: &str, zip: &str, {name}_it: u8) {{}}\n")).collect();
    let found = fires("data-clump", "rust", &rust);
    assert!(found.message.starts_with("`city`, `street`, `zip` go together through `check`, `draw`, `store`"), "{}", found.message);
    let python: String = names.iter().map(|name| format!("def {name}(street, city, zip_code):\n    pass\n")).collect();
    fires("data-clump", "python", &python);
    let java: String = names.iter().map(|name| format!(" void {name}(String street, String city, String zip) {{}}\n")).collect();
    fires("data-clump", "java", &format!("class A {{\n{java}}}\n"));
    let typescript: String =
        names.iter().map(|name| format!("function {name}(street: string, city: string, zip: string) {{}}\n")).collect();
    fires("data-clump", "typescript", &typescript);
}

#[test]
fn variants_callbacks_and_surroundings_are_no_clump() {
    let variants: String =
        ["find", "find_last", "find_all"].iter().map(|name| format!("def {name}(street, city, zip_code):\n    pass\n")).collect();
    silent("data-clump", "python", &variants);
    let handlers: String = ["list", "show", "drop", "edit"].iter().map(|name| format!("function {name}(req, res, next) {{}}\n")).collect();
    silent("data-clump", "javascript", &handlers);
    let callbacks: String = ["on", "off", "turn", "move", "stop", "go"]
        .iter()
        .map(|name| format!("static void {name}_it(int window, int device, int pressure) {{}}\n"))
        .collect();
    silent("data-clump", "c", &callbacks);
    silent("data-clump", "rust", "fn a(street: u8, city: u8, zip: u8) {}\nfn b(street: u8, city: u8, zip: u8) {}\n");
}
