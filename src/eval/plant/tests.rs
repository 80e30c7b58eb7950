//! Each operator changes what it is made for, and nothing else.

use super::*;
use crate::types::Language;

fn file(language: Language, text: &str) -> Plantable {
    Plantable { path: "a".to_owned(), language, text: text.to_owned() }
}

/// What an operator makes of a text at each of its places, one at a time.
#[track_caller]
fn check(language: Language, operator: &str, text: &str, expected: &[&str]) {
    let file = file(language, text);
    let changed: Vec<String> = sites(&file, &|name| name == operator)
        .iter()
        .map(|site| {
            assert!(keeps_parsing(&file, site), "{operator}: {site:?}");
            let mut text = text.to_owned();
            text.replace_range(site.span.clone(), &site.with);
            text
        })
        .collect();
    assert_eq!(changed, expected, "{operator}");
}

#[test]
fn branches_and_conditions() {
    use Language::{Go, Java, Python, Rust};
    check(
        Java,
        "same-branches",
        "class A { void f() { if (a > b) { one(); } else { two(); } if (x != null) { x.a(); } else { b(); } } }",
        &["class A { void f() { if (a > b) { one(); } else { one(); } if (x != null) { x.a(); } else { b(); } } }"],
    );
    check(Rust, "same-branches", "fn f() { if let Some(x) = y { one(x); } else { two(0); } }", &[]);
    check(
        Go,
        "asked-twice",
        "package p\nfunc f() { if a > 1 { b() } else if c > 2 { d() } }\n",
        &["package p\nfunc f() { if a > 1 { b() } else if a > 1 { d() } }\n"],
    );
    check(Python, "same-operands", "x = first == second\ny = first == None\n", &["x = first == first\ny = first == None\n"]);
    check(Python, "turned-condition", "if a == b:\n    c()\n", &["if a != b:\n    c()\n"]);
    check(Rust, "one-too-far", "fn f() { while i < n { i += 1; } if i < n {} }", &["fn f() { while i <= n { i += 1; } if i < n {} }"]);
}

#[test]
fn errors() {
    use Language::{Go, JavaScript, Python, Rust};
    check(
        JavaScript,
        "empty-handler",
        "try { a() } catch (e) { log(e) }\ntry { a() } catch (e) { throw e }\n",
        &["try { a() } catch (e) {}\ntry { a() } catch (e) { throw e }\n"],
    );
    let text = "try:\n    a()\nexcept KeyError:\n    b()\nexcept ValueError:\n    c()\n";
    check(Python, "bare-handler", text, &["try:\n    a()\nexcept KeyError:\n    b()\nexcept:\n    c()\n"]);
    check(Rust, "forced-value", "fn f() -> R { a(b)?; c? }", &["fn f() -> R { a(b).unwrap(); c? }"]);
    check(
        Go,
        "lost-error",
        "package p\nfunc f() error {\n\terr := g()\n\tif err != nil {\n\t\treturn err\n\t}\n\treturn nil\n}\n",
        &["package p\nfunc f() error {\n\terr := g()\n\tif err != nil {\n\t}\n\treturn nil\n}\n"],
    );
}

#[test]
fn holes() {
    use Language::{C, Java, JavaScript, Python, TypeScript};
    check(Python, "weak-hash", "h = hashlib.sha256(x).hexdigest()\n", &["h = hashlib.md5(x).hexdigest()\n"]);
    check(
        TypeScript,
        "weak-hash",
        "const h = crypto.createHash('sha256').update(x)\n",
        &["const h = crypto.createHash('md5').update(x)\n"],
    );
    check(Python, "run-as-code", "a = int(b)\nc = int('1')\n", &["a = eval(b)\nc = int('1')\n"]);
    check(JavaScript, "run-as-code", "a = JSON.parse(b)\n", &["a = eval(b)\n"]);
    check(Python, "unchecked-certificate", "requests.get(u, timeout=3)\n", &["requests.get(u, timeout=3, verify=False)\n"]);
    check(Python, "open-loader", "a = yaml.safe_load(b)\n", &["a = yaml.unsafe_load(b)\n"]);
    check(JavaScript, "written-secret", "const apiToken = process.env.API_TOKEN;\n", &["const apiToken = \"kR7vQ2mZx9Lp4TfW8sYb\";\n"]);
    check(
        C,
        "unbounded-copy",
        "void f() { strncpy(a, b, n); snprintf(a, n, \"%s\", b); }",
        &["void f() { strcpy(a, b); snprintf(a, n, \"%s\", b); }", "void f() { strncpy(a, b, n); sprintf(a, \"%s\", b); }"],
    );
    check(C, "set-in-condition", "void f() { if (a == 1) { b(); } }", &["void f() { if (a = 1) { b(); } }"]);
    check(TypeScript, "converting-equality", "if (a === 0) c(); if (a === b) d();\n", &["if (a == 0) c(); if (a === b) d();\n"]);
    check(
        Java,
        "same-object",
        "class A { boolean f(String s) { return \"x\".equals(s); } }",
        &["class A { boolean f(String s) { return (\"x\" == s); } }"],
    );
    check(Python, "shared-default", "def f(a=None, b: int = None):\n    pass\n", &["def f(a=[], b: int = None):\n    pass\n"]);
}

#[test]
fn every_operator_has_a_name_of_its_own_and_takes_turns() {
    let mut names: Vec<&str> = operators().iter().map(|operator| operator.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), operators().len());
    let many = "x = int(a)\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n".repeat(30) + "h = hashlib.sha256(b)\n";
    let planted = plant(&[file(Language::Python, &many)], 2, 7, &|_| true);
    let mut notes: Vec<&str> = planted[0].cases.iter().filter(|case| case.must).map(|case| case.note.as_str()).collect();
    notes.sort_unstable();
    assert_eq!(notes, ["run-as-code", "weak-hash"], "a frequent one does not crowd out the others");
}

#[test]
fn the_same_seed_plants_the_same_and_says_where() {
    let parts = ["a = int(b)\nx\n", &"y\n".repeat(20), "def f(c=None,\n      d=1):\n    pass\n", &"z\n".repeat(20), "e = int(g)\n"];
    let text = parts.concat();
    let files = [file(Language::Python, &text)];
    let planted = plant(&files, 10, 7, &|_| true);
    assert_eq!(planted, plant(&files, 10, 7, &|_| true));
    let [file] = planted.as_slice() else { panic!("{planted:?}") };
    let lines: Vec<&str> = file.text.lines().collect();
    for case in &file.cases {
        let line = lines[case.start as usize - 1];
        let shows = match case.note.as_str() {
            "run-as-code" => line.contains(if case.must { "eval(" } else { "int(" }),
            "shared-default" => line.contains(if case.must { "c=[]" } else { "c=None" }),
            other => panic!("{other}"),
        };
        assert!(shows, "{case:?}: {line}");
    }
    assert!(file.cases.iter().any(|case| case.must) && file.cases.iter().any(|case| !case.must), "{:?}", file.cases);
}
