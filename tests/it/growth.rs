//! Owns the proof that twice the text is about twice the work, in every stage that sees foreign text and in every language. Instructions are
//! counted, never seconds.

use std::ffi::OsStr;
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Command;

use devflow::analyzer::{Evidence, redact, secrets};
use devflow::git::{self, DiffFile};
use devflow::syntax::{self, PatternCache, Signatures};
use devflow::types::{Language, RelPath, Role};
use devflow_plugin::Document;
use devflow_plugin::testing::File;
use devflow_plugin_deps::{lock, manifest};
use devflow_plugin_review::Review;
use tempfile::TempDir;

/// Most work that twice the text may make.
const MOST: f64 = 2.6;

/// Less is mostly what happens once.
const FEW: u64 = 200_000;

/// Children whose instructions are counted, each with its part of the shapes.
const N_CHILDREN: usize = 2;

/// Names the program that counts, as `.ci/run` does.
const VALGRIND: &str = "DEVFLOW_TEST_VALGRIND";

/// Tells a child which part is its own.
const PART: &str = "DEVFLOW_TEST_PART";

/// Shapes with this in their name only; by hand.
const ONLY: &str = "DEVFLOW_TEST_ONLY";

/// Size of the smaller text, in bytes; another one by hand.
const BYTES: &str = "DEVFLOW_TEST_BYTES";

/// A text of any size: `open` and `close` as often as fits, with something before, between and behind.
struct Shape {
    /// Name of the file, which says the language.
    name: &'static str,
    parts: [&'static str; 5],
}

const fn shape(name: &'static str, parts: [&'static str; 5]) -> Shape {
    Shape { name, parts }
}

/// Shapes below this folder are for the rules of `review`: each line is a finding.
const REVIEWED: &str = "reviewed/";

/// The worst that we know of each language.
const SHAPES: &[Shape] = &[
    shape("functions.js", ["", "function f(){\n", "", "}", ""]),
    shape("arrows.js", ["", "(()=>{", "", "})", ""]),
    shape("calls_of_arrows.js", ["f(", "a=>b(", "x", "),", ")"]),
    shape("one_line.js", ["", "function f(){}", "", "", ""]),
    shape("statements.js", ["", "a;", "", "", ""]),
    shape("defaults.js", ["", "function f(a=", "1", "){}", ""]),
    shape("else_if.js", ["function f(){", "if(a){}else ", "{}", "", "}"]),
    shape("else_if.java", ["class A{void f(){", "if(a){}else ", "{}", "", "}}"]),
    shape("sums.js", ["x=", "a+", "1;", "", ""]),
    shape("ands.js", ["x=", "a&&", "1;", "", ""]),
    shape("chain.js", ["x", ".a()", ";", "", ""]),
    shape("calls.js", ["", "f(", "x", ")", ";"]),
    shape("lists.js", ["x=", "[", "", "]", ";"]),
    shape("list.js", ["x=[", "1,", "];", "", ""]),
    shape("open_braces.js", ["", "{", "", "", ""]),
    shape("comment.js", ["/*", "a", "*/", "", ""]),
    shape("comments.js", ["", "// a\n", "", "", ""]),
    shape("rest.js", ["", ") ( } ", "", "", ""]),
    shape("open_parentheses.rs", ["fn a(){", "(", "", "", "}"]),
    shape("functions.rs", ["", "fn f(){", "", "}", ""]),
    shape("attributes.rs", ["", "#[a]\n", "fn f(){}", "", ""]),
    shape("docs.rs", ["", "/// a\n", "fn f(){} fn g(){}", "", ""]),
    shape("closures.rs", ["fn f(){", "|x|{", "", "}", "}"]),
    shape("modules.rs", ["", "mod m{", "", "}", ""]),
    shape("matches.rs", ["fn f(){", "match x{_=>", "1", "}", "}"]),
    shape("generics.rs", ["type A=", "V<", "u8", ">", ";"]),
    shape("rest.rs", ["", ") ( } ", "", "", ""]),
    shape("text.py", ["x=\"", "a", "\"\n", "", ""]),
    shape("ifs.py", ["", "if a:\n b()\nelif c:\n d()\n", "", "", ""]),
    shape("calls.py", ["", "f(a, b)\n", "", "", ""]),
    shape("lists.py", ["x=", "[", "", "]", "\n"]),
    shape("lambdas.py", ["x=", "lambda:", "1", "", "\n"]),
    shape("passwords.py", ["", "password = \"hunter2hunter2\"\n", "", "", ""]),
    shape("open_passwords.py", ["", "password = [", "", "", ""]),
    shape("names_of_passwords.py", ["", "password=key:token(", "", "", ""]),
    shape("open_texts.py", ["", "token = \"\"\"a ", "", "", ""]),
    shape("keys.py", ["", "-----BEGIN PRIVATE KEY-----\nabcdefghijklmnopqrst\n", "", "", ""]),
    shape("addresses.py", ["x = \"", "a://b:c", "\"\n", "", ""]),
    shape("letters.py", ["x = \"", "Ab1", "\"\n", "", ""]),
    shape("classes.py", ["", "class A:\n  def f(self): pass\n", "", "", ""]),
    shape("rest.py", ["", ") ( } ", "", "", ""]),
    shape("classes.java", ["", "class A{", "", "}", ""]),
    shape("methods.java", ["class A{", "void f(){}", "}", "", ""]),
    shape("annotations.java", ["", "@A(", "1", ")", "class B{}"]),
    shape("rest.java", ["", ") ( } ", "", "", ""]),
    shape("lambdas.kt", ["val x=", "{", "", "}", ""]),
    shape("functions.kt", ["", "fun f(){}\n", "", "", ""]),
    shape("inner_functions.kt", ["", "fun f(){", "", "}", ""]),
    shape("rest.kt", ["", ") ( } ", "", "", ""]),
    shape("functions.go", ["package p\n", "func F(){}\n", "", "", ""]),
    shape("inner_functions.go", ["package p\nfunc f(){", "func(){", "", "}()", "}"]),
    shape("rest.go", ["package p\n", ") ( } ", "", "", ""]),
    shape("declarators.c", ["int ", "(", "f", ")", "(void){}"]),
    shape("pointers.c", ["int ", "*", "p;", "", ""]),
    shape("functions.c", ["", "int f(){}\n", "", "", ""]),
    shape("ifs.c", ["void f(){", "if(a)", ";}", "", ""]),
    shape("definitions.c", ["", "#define A 1\n", "", "", ""]),
    shape("conditions.c", ["", "#if A\n", "", "#endif\n", ""]),
    shape("rest.c", ["", ") ( } ", "", "", ""]),
    shape("templates.cpp", ["A", "<", "B", ">", " x;"]),
    shape("namespaces.cpp", ["", "namespace a{", "", "}", ""]),
    shape("rest.cpp", ["", ") ( } < ", "", "", ""]),
    shape("conditions.ts", ["x=", "a?b:", "c;", "", ""]),
    shape("types.ts", ["type A=", "B<", "C", ">", ";"]),
    shape("classes.ts", ["", "class A{} ", "", "", ""]),
    shape("rest.ts", ["", "< ( } ", "", "", ""]),
    shape("elements.tsx", ["x=", "<a>", "", "</a>", ";"]),
    shape("attributes.tsx", ["x=<a ", "b={c} ", "/>;", "", ""]),
    shape("reviewed/evals.py", ["", "eval(x)\n", "", "", ""]),
    shape("reviewed/evals.js", ["", "eval(x);\n", "", "", ""]),
    shape("reviewed/copies.c", ["void f(char *d, char *s) {\n", "strcpy(d,s);\n", "}\n", "", ""]),
    shape("reviewed/jumps.c", ["void f(void) {\n", "l: goto l;\n", "}\n", "", ""]),
    shape("reviewed/passwords.py", ["", "password = \"hunter2hunter2\"\n", "", "", ""]),
    shape("reviewed/functions.go", ["package p\n", "func F() { exec.Command(\"sh\", \"-c\", x).Run() }\n", "", "", ""]),
    shape("reviewed/catches.java", ["class A { void f() {\n", "try { g(); } catch (Exception e) { }\n", "}}\n", "", ""]),
    shape("reviewed/inputs.py", ["def f():\n", "  eval(input())\n", "", "", ""]),
    shape("reviewed/parts.js", ["function f(req) {\n", "q.push(req.query.a); db.query(q);\n", "}\n", "", ""]),
    shape("reviewed/cookies.java", ["class A { void f() {\n", "Cookie c = new Cookie(a, b); c.setSecure(d);\n", "}}\n", "", ""]),
    shape("one_file.diff", ["--- a/f.py\n+++ b/f.py\n@@ -1,9 +1,9 @@\n", "-a\n+b\n", "", "", ""]),
    shape("hunks.diff", ["--- a/f.py\n+++ b/f.py\n", "@@ -1,1 +1,1 @@\n-a\n+a\n", "", "", ""]),
    shape("files.diff", ["", "--- a/f.py\n+++ b/f.py\n@@ -1,1 +1,1 @@\n-a\n+b\n", "", "", ""]),
    shape("heads.diff", ["", "diff --git a/f b/f\n", "", "", ""]),
    shape(
        "package-lock.json",
        ["{\"lockfileVersion\":3,\"packages\":{", "\"node_modules/a\":{\"version\":\"1.0.0\"},", "\"z\":{}", "", "}}"],
    ),
    shape("Cargo.lock", ["version = 4\n", "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\ndependencies = [\"a\"]\n", "", "", ""]),
    shape("poetry.lock", ["", "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n", "", "", ""]),
    shape("yarn.lock", ["# yarn lockfile v1\n\n", "a@^1.0.0, a@^1.1.0:\n  version \"1.2.0\"\n\n", "", "", ""]),
    shape("pnpm-lock.yaml", ["lockfileVersion: '9.0'\npackages:\n", "  a@1.0.0:\n    resolution: {integrity: sha512-a}\n", "", "", ""]),
    shape("gradle.lockfile", ["", "a:b:1.0=compileClasspath\n", "", "", ""]),
    shape("go.sum", ["", "a.org/b v1.0.0 h1:abc=\n", "", "", ""]),
];

impl Shape {
    /// What looks at it, in this order.
    fn stages(&self) -> &'static [&'static str] {
        match Language::of(Path::new(self.name)) {
            Some(_) if self.name.starts_with(REVIEWED) => &["rules"],
            Some(_) => STAGES,
            None => &["read"],
        }
    }

    fn text(&self, bytes: usize) -> String {
        let [head, open, middle, close, tail] = self.parts;
        let times = (bytes / (open.len() + close.len())).max(1);
        format!("{head}{}{middle}{}{tail}", open.repeat(times), close.repeat(times))
    }
}

/// What valgrind counts: nothing outside of it, and a sum of its own for each call.
#[inline(never)]
fn counted<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}

/// All stages, in this order.
const STAGES: &[&str] = &["parse", "measures", "chunks", "functions", "outline", "secrets", "redaction", "quotes", "patterns"];

fn look_at_source(language: Language, text: &str) {
    let parsed = counted(|| syntax::parse(language, text));
    counted(|| parsed.metrics(text));
    let chunks = counted(|| syntax::chunks(&parsed, text, 4_000));
    let functions = counted(|| syntax::functions(&parsed, text).into_iter().map(|(_, chunk)| chunk).collect::<Vec<_>>());
    counted(|| {
        let signatures = Signatures::new(&parsed, text);
        chunks.iter().chain(&functions).for_each(|chunk| drop(black_box(signatures.beside(&chunk.span))));
        syntax::outline(RelPath::new(Path::new("/p"), Path::new("/p/a")), Role::Source, &parsed, text.to_owned())
    });
    counted(|| secrets(text));
    counted(|| redact(text));
    let quotes = [text.chars().take(40).collect::<String>(), "ab;ab".to_owned(), "hunter2hunter2".to_owned()];
    counted(|| {
        let evidence = Evidence::new(text);
        quotes.map(|quote| evidence.locate(&quote, 1).is_ok())
    });
    let patterns = [r"(?i)pass\w*\s*=".to_owned(), r"(a|b)*c".to_owned()];
    counted(|| PatternCache::default().search(text, &patterns).expect("they are patterns").len());
}

/// What is no source goes through one stage.
fn look_at(shape: &Shape, text: String) {
    let language = Language::of(Path::new(shape.name));
    if let Some(language) = language.filter(|_| shape.name.starts_with(REVIEWED)) {
        let file = File::new(language.name(), &text);
        counted(|| file.inspect::<Review>("file", "{}").is_ok());
    } else if let Some(language) = language {
        look_at_source(language, &text);
    } else if shape.name.ends_with(".diff") {
        let fit = |files: Vec<DiffFile>| files.iter().filter(|file| git::fit(file, "a\nb\n").is_ok()).count();
        counted(|| git::parse(text.as_bytes()).map_or(0, fit));
    } else {
        let documents = [Document { path: shape.name.to_owned(), text }];
        counted(|| lock::read(&documents, &manifest::read(&documents).manifests));
    }
}

/// The shapes of a child, by name; all for an empty one.
fn shapes(part: usize) -> impl Iterator<Item = &'static Shape> {
    let wanted = std::env::var(ONLY).unwrap_or_default();
    SHAPES.iter().filter(move |shape| shape.name.contains(&wanted)).skip(part).step_by(N_CHILDREN)
}

/// The child: what it does is counted.
fn look_at_part(part: usize) {
    let bytes = std::env::var(BYTES).map_or(20_000, |bytes| bytes.parse().expect("a number of bytes"));
    for shape in shapes(part) {
        // Where each line is a finding, half of it is enough.
        let bytes = if shape.name.starts_with(REVIEWED) { bytes / 2 } else { bytes };
        // What is made once for all texts is made with the first.
        for bytes in [200, bytes, 2 * bytes] {
            look_at(shape, shape.text(bytes));
        }
    }
}

/// Instructions of all stages of a child's shapes, in their order.
fn instructions(valgrind: &OsStr, part: usize) -> Vec<u64> {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("counts");
    let ran = Command::new(valgrind)
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg("--dump-after=*growth::counted*")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "growth::twice_the_text_is_about_twice_the_work", "--test-threads=1"])
        .env(PART, part.to_string())
        .output()
        .expect("the variable names valgrind");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let total = |at: usize| {
        let file = std::fs::File::open(folder.path().join(format!("counts.{at}"))).ok()?;
        let lines = BufReader::new(file).lines().map_while(Result::ok);
        lines.filter_map(|line| line.strip_prefix("totals: ").map(|total| total.parse::<u64>().unwrap())).last()
    };
    (1..).map_while(total).collect()
}

/// A stage with the instructions for a text and for one of twice its size.
struct Growth {
    shape: &'static str,
    stage: &'static str,
    once: u64,
    twice: u64,
}

fn measured(valgrind: &OsStr, part: usize) -> Vec<Growth> {
    let counts = instructions(valgrind, part);
    let mut left = counts.as_slice();
    let mut growths = Vec::new();
    for shape in shapes(part) {
        let stages = shape.stages();
        let (own, rest) = left.split_at_checked(3 * stages.len()).unwrap_or_else(|| panic!("nothing was counted for {}", shape.name));
        let (once, twice) = own[stages.len()..].split_at(stages.len());
        growths.extend(stages.iter().zip(once.iter().zip(twice)).map(|(stage, (once, twice))| Growth {
            shape: shape.name,
            stage,
            once: *once,
            twice: *twice,
        }));
        left = rest;
    }
    assert!(left.is_empty(), "a stage is counted that has no name");
    growths
}

/// Every stage takes every shape; with valgrind, which needs minutes, the work is counted as well.
#[test]
fn twice_the_text_is_about_twice_the_work() {
    if let Ok(part) = std::env::var(PART) {
        return look_at_part(part.parse().unwrap());
    }
    let Some(valgrind) = std::env::var_os(VALGRIND) else {
        return SHAPES.iter().for_each(|shape| look_at(shape, shape.text(200)));
    };
    let start = |part: usize| {
        let valgrind = valgrind.clone();
        std::thread::spawn(move || measured(&valgrind, part))
    };
    let children: Vec<_> = (0..N_CHILDREN).map(start).collect();
    let growths: Vec<Growth> = children.into_iter().flat_map(|child| child.join().unwrap()).collect();
    let mut worst = Vec::new();
    for Growth { shape, stage, once, twice } in growths {
        let ratio = twice as f64 / once.max(1) as f64;
        let line = format!("{shape} {stage}: {once} instructions, then {twice}: {ratio:.2}");
        println!("{line}");
        if ratio > MOST && twice > FEW {
            worst.push(line);
        }
    }
    assert!(worst.is_empty(), "{} of them grow too fast:\n{}", worst.len(), worst.join("\n"));
}
