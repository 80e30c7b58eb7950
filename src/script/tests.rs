//! What scripts can do and what they cannot. The host here answers with what it was asked.

use std::sync::Mutex;

use serde_json::json;

use super::*;

#[derive(Default)]
struct Echo {
    said: Mutex<Vec<String>>,
}

impl Host for Echo {
    fn discover(&self, paths: Vec<String>) -> Result<Value, String> {
        if paths.iter().any(|path| path == "nowhere") {
            return Err("`nowhere` is not there".to_owned());
        }
        Ok(paths.iter().map(|path| json!({ "path": path, "size": path.len() })).collect())
    }
    fn changed(&self, base: &str) -> Result<Value, String> {
        Ok(json!([{ "path": base }]))
    }
    fn churn(&self, since: &str) -> Result<Value, String> {
        Ok(json!({ since: 3 }))
    }
    fn measure(&self, paths: Vec<String>) -> Result<Value, String> {
        self.discover(paths)
    }
    fn analyze(&self, paths: Vec<String>, options: Value) -> Result<Value, String> {
        Ok(json!({ "run": { "id": "r" }, "files": paths, "options": options, "score": null, "part": 0.5 }))
    }
    fn price(&self, paths: Vec<String>) -> Result<Value, String> {
        Ok(json!({ "questions": paths.len() }))
    }
    fn run(&self, pipeline: &str) -> Result<Value, String> {
        Ok(json!({ "run": { "id": pipeline } }))
    }
    fn ask(&self, question: &str, paths: Vec<String>) -> Result<String, String> {
        Ok(format!("{question} {}", paths.join(" ")))
    }
    fn report(&self, run: &str, template: &str, path: &str) -> Result<(), String> {
        self.print(&format!("{run} {template} {path}"));
        Ok(())
    }
    fn compare(&self, before: &str, after: &str) -> Result<Value, String> {
        Ok(json!(format!("{before} {after}")))
    }
    fn costs(&self) -> Result<Value, String> {
        Ok(json!({ "today": 0.25 }))
    }
    fn cache(&self) -> Result<Value, String> {
        Ok(json!({ "hits": 7 }))
    }
    fn runs(&self, pipeline: &str, most: usize) -> Result<Value, String> {
        Ok(if pipeline == "none" {
            json!([])
        } else {
            json!([{ "id": pipeline }, { "id": "x" }]).as_array().unwrap()[..most.min(2)].into()
        })
    }
    fn document(&self, run: &str) -> Result<Value, String> {
        Ok(json!({ "run": { "id": run } }))
    }
    fn budget(&self, usd: f64) {
        self.print(&format!("budget {usd}"));
    }
    fn spent(&self) -> f64 {
        0.5
    }
    fn gate(&self, document: &Value, limits: &Value) -> Result<bool, String> {
        Ok(document["run"]["id"] == "good" && limits["fail_on"] == "high")
    }
    fn fits(&self, function: &str, option: &str, value: Option<&Value>) -> Result<(), String> {
        match (function, option, value) {
            ("analyze", "model.mode", Some(Value::String(_)) | None) | ("gate", "fail_on", _) | ("report", ..) => Ok(()),
            ("run", _, Some(Value::String(name))) if name == "audit" => Ok(()),
            _ => Err(format!("`{function}` has no `{option}` of this kind")),
        }
    }
    fn print(&self, text: &str) {
        self.said.lock().unwrap().push(text.to_owned());
    }
    fn log(&self, text: &str) {
        self.print(&format!("log {text}"));
    }
}

fn run(text: &str, args: &[&str]) -> (Result<Ended, String>, String) {
    let echo = Arc::new(Echo::default());
    let ended = Script::parse("s.rhai", text, Arc::clone(&echo) as Arc<dyn Host>).and_then(|script| {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        script.run(&args)
    });
    let said = echo.said.lock().unwrap().join("\n");
    (ended.map_err(|mistake| mistake.render(false)), said)
}

#[track_caller]
fn says(text: &str, args: &[&str], expected: &str) {
    assert_eq!(run(text, args), (Ok(Ended::Done), expected.to_owned()));
}

#[track_caller]
fn wrong(text: &str, expected: &str) {
    let mistake = run(text, &[]).0.unwrap_err();
    assert!(mistake.contains(expected), "{mistake}");
}

#[test]
fn every_function_reaches_the_host_and_gives_plain_values() {
    says("print(discover([\"a\", \"bc\"]).map(|f| f.size).to_string());", &[], "[1, 2]");
    says("print(git.changed(\"main\")[0].path + git.churn(\"then\")[\"then\"]);", &[], "main3");
    says(
        "let r = analyze([#{ path: \"a\" }, \"b\"], #{ \"batch.size\": 3 }); print(r.files.to_string() + r.options[\"batch.size\"] + (r.score == ()) + r.part);",
        &[],
        "[\"a\", \"b\"]3true0.5",
    );
    says("print(price([\"a\", \"b\"]).questions);", &[], "2");
    says("print(run(\"audit\").run.id + ask(\"why\", [\"a\"]));", &[], "auditwhy a");
    says("report(run(\"x\"), \"html\", \"o.html\"); print(compare(run(\"a\"), run(\"b\")));", &[], "x html o.html\na b");
    says("print(costs.today() + cache.stats().hits + spent());", &[], "7.75");
    says("print(runs.last(\"none\") == ()); print(runs.last(\"audit\").run.id); print(runs.list(\"\", 1).len());", &[], "true\naudit\n1");
    says(
        "budget(2); budget(0.5); print(gate(run(\"good\"), #{ fail_on: \"high\" })); log(\"x\");",
        &[],
        "budget 2\nbudget 0.5\ntrue\nlog x",
    );
    says("print(days_between(\"2026-01-01T00:00:00Z\", \"2026-01-08T12:00:00Z\"));", &[], "7.5");
}

#[test]
fn lists_can_be_sorted_cut_and_summed() {
    says(
        "print([3, 1, 2].sort_by(|n| -n).to_string()); print([\"b\", \"a\"].sort_by(|s| s).to_string());",
        &[],
        "[3, 2, 1]\n[\"a\", \"b\"]",
    );
    says("print([1, 2, 3].chunks(2).to_string()); print([1, 2.5].sum_by(|n| n));", &[], "[[1, 2], [3]]\n3.5");
    wrong("[1].chunks(0);", "a group has at least one item");
}

#[test]
fn arguments_are_words_and_options() {
    says(
        "print(args.to_string() + options.since + options.fail_on + options.dry);",
        &["src", "--since", "main", "--fail-on=high", "lib", "--dry"],
        "[\"src\", \"lib\"]mainhightrue",
    );
}

#[test]
fn fail_ends_the_script_with_its_reason() {
    let (ended, said) = run("fn inner() { fail(\"too bad\"); }\nprint(1); try { inner(); } catch { print(3); } print(2);", &[]);
    assert_eq!((ended, said.as_str()), (Ok(Ended::Failed("too bad".to_owned())), "1"));
}

#[test]
fn a_mistake_is_told_with_its_place_and_the_calls_that_led_there() {
    let text = "fn inner(x) {\n    discover([x]);\n}\n\nfn outer(x) { inner(x); }\nouter(\"nowhere\");\n";
    insta::assert_snapshot!(run(text, &[]).0.unwrap_err(), @r"
    error[script]: `nowhere` is not there
     --> s.rhai:2:5
      |
    2 |     discover([x]);
      |     ^^^^^^^^
      |
      = help: in `inner`, called in line 5, in `outer`, called in line 6
    ");
    insta::assert_snapshot!(run("let x = 1\nprint(x);\n", &[]).0.unwrap_err(), @r"
    error[script]: expecting ';' to terminate this statement
     --> s.rhai:2:1
      |
    2 | print(x);
      | ^^^^^
    ");
    wrong("prin(1);\n", "error[script]: function not found: prin (i64)");
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_script() {
    says("\u{feff}print(1);", &[], "1");
    assert!(check("s.rhai", "\u{feff}print(1);", &Echo::default()).is_empty());
    insta::assert_snapshot!(run("\u{feff}prin(1);", &[]).0.unwrap_err(), @r"
    error[script]: function not found: prin (i64)
     --> s.rhai:1:1
      |
    1 | prin(1);
      | ^^^^ did you mean `print`?
    ");
    assert_eq!(summary("\u{feff}// Says it.\n"), "Says it.");
}

#[test]
fn what_is_no_file_is_a_mistake() {
    wrong("analyze([1]);", "expected a path or a map with a `path`, found i64");
    wrong("discover([#{ pth: \"a\" }]);", "found a map without it");
}

#[test]
fn time_counts_while_the_script_works() {
    let host: Arc<dyn Host> = Arc::new(Echo::default());
    let script = Script::parse("s.rhai", "fn keep(file) { file.path.len() > 0 }\n", host).unwrap();
    assert_eq!(script.limits.watch.own_ns(), 0);
    script.call("keep", &[json!({ "path": "a" })]).unwrap().unwrap();
    let own_ns = script.limits.watch.own_ns();
    assert!(own_ns > 0);
    assert_eq!(script.limits.watch.own_ns(), own_ns);
}

#[test]
fn what_a_script_may_not_do_it_cannot() {
    wrong("import \"other\" as o;", "error[script]");
    wrong("eval(\"print(1)\");", "reserved");
    for call in ["open(\"x\")", "read_file(\"x\")", "system(\"ls\")", "env(\"HOME\")", "sleep(1)", "timestamp()"] {
        let (ended, said) = run(&format!("print({call});"), &[]);
        assert!(ended.is_err() && said.is_empty(), "{call}");
    }
}

#[test]
fn what_has_no_end_is_ended() {
    wrong("fn f(n) { f(n + 1) }\nf(0);", "calls inside of each other");
    wrong("let s = \"xxxxxxxxxxxxxxxx\";\nloop { s += s; }", "ength of string");
    wrong("let a = [1];\nloop { a += a; }", "ize of array");
    wrong("let n = 0;\nloop { n += 1; }", "it took more than 1000000 steps");
    wrong("let a = [];\nloop { a = [a]; }", "values are nested more than 64 deep");
}

#[test]
fn all_values_together_have_a_limit() {
    let much = "its values need more than 64 MiB of memory";
    wrong("let s = \"\"; s.pad(4000000, \"x\"); let all = #{}; for i in 0..1000 { let t = s; t += i; all[\"k\" + i] = t; }", much);
    wrong("let big = []; big.pad(100000, 1); let all = []; for i in 0..1000 { all.push([big]); }", "ize of array");
    wrong("let big = []; big.pad(100000, 1); let all = #{}; for i in 0..1000 { all[\"k\" + i] = big; }", much);
    wrong("let big = []; big.pad(100000, 1); let fs = []; for i in 0..10000 { let c = big; fs.push(|| c.len()); }", much);
    wrong("let s = \"\"; s.pad(1000000, \"x\"); let a = []; a.pad(1000, 0); let b = a.map(|n| s + n);", much);
    wrong("let s = \"\"; s.pad(1000000, \"x\"); let a = []; a.pad(1000, 0); let b = a.sort_by(|n| s + n);", much);
    wrong("fn f(n) { let big = []; big.pad(1000000, 1); let m = n + 1; for i in 0..10000 { m += i; } f(m) }\nf(0);", much);
    // The same value in many places is one.
    says(
        "let s = \"\"; s.pad(1000000, \"x\"); let big = []; big.pad(100000, 1); let fs = []; for i in 0..1000 { fs.push(|| s + big.len()); }\n\
         let n = 0; for i in 0..20000 { n += i; } print(fs.len());",
        &[],
        "1000",
    );
    says(
        "const A = [1, 2];\nfor list in [A.map(|n, i| n * 10 + i), A.map(|n| n + 1), [3].map(|| this + 1)] { print(list.to_string()); }",
        &[],
        "[10, 21]\n[2, 3]\n[4]",
    );
}

#[test]
fn functions_of_a_script_can_be_called_by_name() {
    let echo: Arc<dyn Host> = Arc::new(Echo::default());
    let text = "fn keep(file) { file.path != \"b\" }\nfn bad(file) { file.none.deeper }\n";
    let script = Script::parse("hooks.rhai", text, echo).unwrap();
    assert!(script.has("keep", 1) && !script.has("keep", 2));
    assert_eq!(script.call("keep", &[json!({ "path": "a" })]).unwrap(), Ok(json!(true)));
    assert!(script.call("bad", &[json!({})]).unwrap_err().render(false).contains("hooks.rhai:2"));
}

#[test]
fn no_function_is_without_types_and_documentation() {
    let entries = api();
    assert!(entries.len() > 20);
    for entry in entries {
        assert!(entry.signature.contains('(') && entry.doc.ends_with('.'), "{entry:?}");
    }
}

/// What `script check` says, line by line: where, what, and what was meant.
fn found(text: &str) -> Vec<String> {
    let shown = |mistake: Diagnostic| {
        let excerpt = mistake.excerpt.unwrap();
        let line = excerpt.text[..excerpt.range.start].matches('\n').count() + 1;
        let word = &excerpt.text[excerpt.range];
        format!("{line} {word}: {} {}", mistake.message, excerpt.label).trim_end().to_owned()
    };
    check("s.rhai", text, &Echo::default()).into_iter().map(shown).collect()
}

#[test]
fn functions_that_are_not_there_are_found() {
    let text = "let r = analyse(discover([\".\"]));\nfn twice(a, b) { puhs(a); a.len().zzyzx() }\ntwice(1);\nanalyze(\"src\");\n\
                analyze([], #{}, 1);\ngit.stats();\n[1].map(|x| x.nothing());\nlet f = |x| x;\nf.call(1); [2].contains(2); let m = #{ act: f }; m.act(1);\n";
    assert_eq!(
        found(text),
        [
            "1 analyse: function not found: analyse (…) did you mean `analyze`?",
            "2 puhs: function not found: puhs (…) did you mean `push`?",
            "2 zzyzx: function not found: zzyzx (…)",
            "3 twice: function not found: twice (i64) `twice` takes 2 arguments",
            "4 analyze: function not found: analyze (string) it is `analyze(files: array, options: map) -> document`",
            "5 analyze: function not found: analyze (array, map, i64) it is `analyze(files: array, options: map) -> document`",
            "6 stats: function not found: stats (git) it is `cache.stats() -> map`",
            "7 nothing: function not found: nothing (…)",
        ]
    );
    assert_eq!(found("let x = ;\n").len(), 1);
    assert_eq!(found("let limit = 1;\nprint(limt);\n"), ["2 limt: variable not found: limt did you mean `limit`?"]);
    assert!(found("fn heavy(f) { f.size > 1 }\nprint(discover(args).filter(heavy)); print(options.a); runs.last(\"\");\n").is_empty());
}

#[test]
fn options_that_are_none_are_found_where_they_are_written() {
    let text = "let mode = \"off\";\nlet r = analyze([], #{ \"model.mod\": \"off\" });\nanalyze([], #{ \"model.mode\": 1 });\n\
                analyze([], #{ \"model.mode\": mode });\ngate(r, #{ fail_under: 90 });\nrun(\"audi\");\nrun(\"audit\");\n";
    assert_eq!(
        found(text),
        [
            "2 \"model.mod\": `analyze` has no `model.mod` of this kind",
            "3 \"model.mode\": `analyze` has no `model.mode` of this kind",
            "5 fail_under: `gate` has no `fail_under` of this kind",
            "6 \"audi\": `run` has no `pipeline` of this kind",
        ]
    );
}

#[test]
fn fields_that_are_not_there_are_found() {
    let text = "let r = analyze([\"a\"]);\nprint(r.sumary.findings.high);\nprint(r.summary.findings.hihg);\n\
                for file in r.files.filter(|f| f.score != ()) { print(`${file.pth} ${file.findings[0].sevrity}`); }\n\
                let known = runs.list(\"\", 1); print(known[0].strated_at); print(compare(r, r)[\"nwe\"]);\n";
    assert_eq!(
        found(text),
        [
            "2 sumary: unknown property 'sumary' did you mean `summary`?",
            "3 hihg: unknown property 'hihg' did you mean `high`?",
            "4 pth: unknown property 'pth' did you mean `path`?",
            "4 sevrity: unknown property 'sevrity' did you mean `severity`?",
            "5 strated_at: unknown property 'strated_at' did you mean `started_at`?",
            "5 \"nwe\": unknown property 'nwe' did you mean `new`?",
        ]
    );
    // What a script sets itself is there, and a variable that is several things may have every field.
    assert!(
        found("let r = analyze([]);\nr.heat = 1;\nprint(r.heat);\nlet f = discover([])[0];\nf = #{ any: 1 };\nprint(f.any);\n").is_empty()
    );
    // Hooks are asked about something that is known; other functions are not.
    assert_eq!(
        found("fn on_finding(f) { f.severty == \"low\" }\nfn score(x) { x.any }\nprint(score(#{ any: 1 }));\n"),
        ["1 severty: unknown property 'severty' did you mean `severity`?"]
    );
}

#[test]
fn nothing_is_wrong_with_the_scripts_that_come_with_devflow() {
    for known in SCRIPTS {
        let wrong: Vec<String> = found(known.text).into_iter().filter(|line| !line.contains("of this kind")).collect();
        assert!(wrong.is_empty(), "{}: {wrong:?}", known.name);
    }
}
