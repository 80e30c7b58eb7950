//! What the host does for a plugin is bounded like what the plugin does itself. The guests call the host in loops, with inputs that are large,
//! grow, or are never twice the same. They are made from `guests/frame.wat` with the imports that they call.

use std::sync::Arc;
use std::time::{Duration, Instant};

use devflow::analyzer::{Analyzer as _, Subject};
use devflow::plugin::{Grants, Limits, Plugin, PluginHost};
use devflow::types::{Digest, Document, Language, Project, RelPath, Role, Scope};
use devflow::unit;

use crate::support::guest::{component, exchange, frame, hostile, third, third_with};

const IMPORTS: &str = r#"
  (import "devflow:plugin/text@0.2.0" "search" (func $text (param i32 i32 i32)))
  (import "devflow:plugin/syntax@0.2.0" "search" (func $syntax (param i32 i32 i32)))
  (import "devflow:plugin/syntax@0.2.0" "measure" (func $measure (param i32)))
  (import "devflow:plugin/syntax@0.2.0" "functions" (func $functions (param i32)))
  (import "devflow:plugin/project@0.2.0" "documents" (func $documents (param i32)))"#;

const MANIFEST: &str = "(export \"manifest\") (result i32) unreachable";

/// Ends the call with what the host answered to a search.
const TELL: &str = "(call $log (i32.const 2) (i32.load (i32.const 2052)) (i32.load (i32.const 2056))) unreachable";

fn limits() -> Limits {
    Limits { deadline: Duration::from_millis(200), memory_bytes: 64 << 20, output_bytes: 1 << 20 }
}

fn subject(text: &str) -> Arc<Subject> {
    Arc::new(Subject::new(unit::whole(Language::Rust, Role::Source, text.to_owned())))
}

fn named(id: &str, component: Vec<u8>, limits: Limits) -> Plugin {
    let digest = Digest::of(&component);
    Plugin::new(id, component, digest, Grants::ALL, Arc::new(PluginHost::new(limits, None)))
}

/// A guest that does `body` in every export, the manifest included.
fn caller(body: &str) -> Vec<u8> {
    let module = frame(IMPORTS, body);
    assert!(module.contains(MANIFEST));
    component(&module.replace(MANIFEST, &format!("(export \"manifest\") (result i32) {body}")))
}

fn error(body: &str, limits: Limits, subject: &Arc<Subject>) -> String {
    named("caller", component(&frame(IMPORTS, body)), limits).inspect("file", subject, "{}").unwrap_err().to_string()
}

/// Writes a text into the memory of the guest.
fn write(at: usize, text: &str) -> String {
    text.bytes().enumerate().map(|(n, byte)| format!("(i32.store8 (i32.const {}) (i32.const {byte}))\n", at + n)).collect()
}

/// Makes at 8192 a list of one text that stands at 65536.
fn list_of_one(len: usize) -> String {
    format!("(i32.store (i32.const 8192) (i32.const 65536)) (i32.store (i32.const 8196) (i32.const {len}))")
}

/// The same with the text written there.
fn list(text: &str) -> String {
    format!("{} {}", write(65536, text), list_of_one(text.len()))
}

/// Calls a search with the first `count` of the list at 8192; the answer stands at 2048.
fn search(function: &str, count: u32) -> String {
    format!("(call ${function} (i32.const 8192) (i32.const {count}) (i32.const 2048))")
}

/// Does something for ever, and forgets each time what it was given.
fn for_ever(what: &str) -> String {
    format!("(loop $again (global.set $free (i32.const 131072)) {what} (br $again)) unreachable")
}

#[test]
fn a_guest_that_asks_for_ever_ends_at_the_deadline_in_every_export() {
    let subject = subject(&"fn a1() { b(2); }\n".repeat(500));
    let log = "(call $log (i32.const 0) (i32.const 520) (i32.const 10))";
    for body in [
        format!("{} {}", list("[a-z]+.*[0-9]+.*zq"), for_ever(&search("text", 1))),
        format!("{} {}", list("(identifier) @a"), for_ever(&search("syntax", 1))),
        for_ever("(call $measure (i32.const 2048)) (call $functions (i32.const 2048))"),
        for_ever(log),
    ] {
        let plugin = named("caller", caller(&body), limits());
        let start = Instant::now();
        let errors = [
            ("manifest", plugin.manifest().unwrap_err().to_string()),
            ("inspect", plugin.inspect("file", &subject, "{}").unwrap_err().to_string()),
            ("question", plugin.question("file", &subject, "{}").unwrap_err().to_string()),
            ("conclude", plugin.conclude("file", &subject, "{}", exchange("{}")).unwrap_err().to_string()),
        ];
        for (export, error) in errors {
            assert!(error.contains(&format!("plugin `caller` ran longer than 200 ms in `{export}`")), "{error}");
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    }
}

#[test]
fn lists_that_are_never_twice_the_same_are_charged_after_some() {
    let letter = |at: u32, shift: u32| {
        let digit = format!("(i32.and (i32.shr_u (local.get $i) (i32.const {shift})) (i32.const 15))");
        format!("(i32.store8 (i32.const {at}) (i32.add (i32.const 97) {digit}))")
    };
    let letters: String = (0..5).map(|n| letter(65537 + n, 4 * n)).collect();
    let next = "(local.set $i (i32.add (local.get $i) (i32.const 1)))";
    let again = for_ever(&format!("{letters} {next} {}", search("text", 1)));
    let body = format!("(local $i i32) {} {again}", list("qaaaaa[a-z]{1,30}"));
    let start = Instant::now();
    let error = error(&body, limits(), &subject("fn a() {}"));
    assert!(error.contains("ran longer than 200 ms in `inspect`"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(120), "{:?}", start.elapsed());
}

#[test]
fn what_a_search_finds_is_bounded_by_the_memory_of_the_plugin() {
    let fill = "(loop $fill
        (i32.store (i32.add (i32.const 8192) (i32.mul (local.get $i) (i32.const 8))) (i32.const 65536))
        (i32.store (i32.add (i32.const 8196) (i32.mul (local.get $i) (i32.const 8))) (i32.const 1))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $fill (i32.lt_u (local.get $i) (i32.const 60))))";
    let body = format!("(local $i i32) {} {fill} {} (i32.const 1024)", write(65536, "."), search("text", 60));
    let slow = Limits { deadline: Duration::from_secs(300), ..limits() };
    let error = error(&body, slow, &subject(&"x".repeat(98_000)));
    assert!(error.contains("plugin `caller` wanted more than 64 MiB of memory in `inspect`"), "{error}");
}

#[test]
fn documents_are_bounded_by_the_memory_of_the_plugin() {
    let document = |n: usize| Document { path: RelPath::from(format!("{n}.txt").as_str()), text: "x".repeat(8 << 20) };
    let project = Project { documents: (0..9).map(document).collect(), ..Project::default() };
    let unit = unit::project();
    let subject = Arc::new(Subject::of_project(unit, Arc::new(project)));
    let error = error("(call $documents (i32.const 2048)) (i32.const 1024)", limits(), &subject);
    assert!(error.contains("wanted more than 64 MiB of memory in `inspect`"), "{error}");
}

#[test]
fn all_tables_of_a_plugin_count_together() {
    let grow = |table: &str| format!("(drop (table.grow ${table} (ref.null func) (i32.const 60000)))");
    let module = frame("", &format!("{} {} (i32.const 1024)", grow("table"), grow("other")));
    let module = module.replace("(table $table 1 funcref)", "(table $table 1 funcref) (table $other 1 funcref)");
    let error = named("caller", component(&module), limits()).inspect("file", &subject("x"), "{}").unwrap_err().to_string();
    assert!(error.contains("wanted more than 64 MiB of memory"), "{error}");
}

#[track_caller]
fn answered(body: &str, expected: &str) {
    let slow = Limits { deadline: Duration::from_secs(60), ..limits() };
    let error = error(&format!("{body} {TELL}"), slow, &subject("fn a() {}"));
    assert!(error.contains("crashed in `inspect`") && error.contains(expected), "{error}");
}

#[test]
fn a_query_that_would_end_the_process_is_refused() {
    for byte in ["(", "["] {
        let fill = format!("(memory.fill (i32.const 65536) (i32.const {}) (i32.const 16000))", byte.as_bytes()[0]);
        answered(&format!("{fill} {} {}", list_of_one(16_000), search("syntax", 1)), "nested more than 100 levels deep");
        let fill = fill.replace("16000", "40000");
        answered(&format!("{fill} {} {}", list_of_one(40_000), search("syntax", 1)), "longer than 16 KiB");
    }
    answered(&format!("{} {}", list(&"(_ ".repeat(150)), search("syntax", 1)), "nested more than 100 levels deep");
}

#[test]
fn a_pattern_that_is_too_much_is_refused_with_the_reason() {
    for (pattern, reason) in [
        (r"\p{L}+", "Unicode"),
        (r"(\w{500}){500}", "more than 2 MiB"),
        ("(a", "unclosed group"),
        (&*"(".repeat(200), "pattern 0 cannot be used"),
    ] {
        answered(&format!("{} {}", list(pattern), search("text", 1)), reason);
    }
}

#[test]
fn too_many_patterns_are_refused() {
    // 4000 texts of no bytes.
    answered(&format!("(memory.fill (i32.const 8192) (i32.const 0) (i32.const 32000)) {}", search("text", 4000)), "more than 2000 items");
}

#[test]
fn a_plugin_that_keeps_failing_is_put_aside() {
    // Traps on an empty text only.
    let plugin = named("hostile", hostile("(if (i32.eqz (local.get 7)) (then unreachable)) (i32.const 1024)"), limits());
    let (bad, good) = (subject(""), subject("fn a() {}"));
    let fail = || plugin.inspect("file", &bad, "{}").unwrap_err().to_string();
    for _ in 0..3 {
        for _ in 0..4 {
            assert!(fail().contains("crashed in `inspect`"));
        }
        plugin.inspect("file", &good, "{}").unwrap();
    }
    for _ in 0..5 {
        assert!(fail().contains("crashed in `inspect`"));
    }
    assert!(fail().contains("plugin `hostile` was put aside after 5 failures in a row"), "{}", fail());
    assert!(plugin.inspect("file", &good, "{}").is_err());
    assert!(plugin.conclude("file", &good, "{}", exchange("{}")).is_err());
}

#[test]
fn the_words_of_a_refusal_are_one_short_line() {
    let refuse = |len: usize| {
        format!(
            "(i32.store8 (i32.const 2048) (i32.const 1)) (i32.store (i32.const 2052) (i32.const 65536))
             (i32.store (i32.const 2056) (i32.const {len})) (i32.const 2048)"
        )
    };
    let words = "\r\n::error file=a::b\u{1b}[31m\u{7}\n##[error]c\u{202e}d\n";
    let said = error(&format!("{} {}", write(65536, words), refuse(words.len())), limits(), &subject("x"));
    assert_eq!(said, "plugin `caller` refused `inspect`: : :error file=a::b [31m # #[error]cd");
    let fill = "(memory.fill (i32.const 65536) (i32.const 120) (i32.const 60000))";
    let said = error(&format!("{fill} {}", refuse(60_000)), limits(), &subject("x"));
    assert!(said.ends_with("xxx…") && said.chars().count() < 400, "{said}");
}

#[test]
fn no_plugin_is_called_like_devflow_itself() {
    let given = named("devflow", third("good"), limits()).inspect("file", &subject("x"), "{}").unwrap_err().to_string();
    assert!(given.contains("no plugin can be called `devflow`"), "{given}");
    let told = named("good", third("devflow"), limits()).manifest().unwrap_err().to_string();
    assert!(told.contains("no plugin can be called `devflow`"), "{told}");
    assert_eq!(named("good", third("good"), limits()).manifest().unwrap().id, "good");
}

#[test]
fn a_core_module_is_told_apart_from_a_component() {
    let error = named("core", wat::parse_str("(module)").unwrap(), limits()).manifest().unwrap_err().to_string();
    for part in ["it is a core module, not a component", "`devflow plugin build`", "`wasm32-wasip2`"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_schema_that_nobody_could_check_against_is_refused() {
    let plugin = named("good", third_with("good", &[(r#"{\"type\":\"object\"}"#, r##"{\"$ref\":\"#\"}     "##)]), limits());
    let options = plugin.manifest().unwrap_err().to_string();
    assert!(options.contains("the options of `file` have a schema that refers to itself"), "{options}");
    let question = plugin.question("file", &subject("x"), "{}").unwrap_err().to_string();
    assert!(question.contains("its question has a schema that refers to itself"), "{question}");
}

#[test]
fn our_own_analyzers_stay_below_a_tenth_of_the_deadline() {
    let limits = Limits { deadline: Duration::from_millis(500), memory_bytes: 256 << 20, output_bytes: 8 << 20 };
    let subject = subject(include_str!("limits.rs"));
    for known in devflow::plugin::embedded() {
        let plugin = named(known.id, known.bytes.to_vec(), limits);
        for operation in plugin.manifest().unwrap().operations.iter().filter(|operation| operation.scope == Scope::File) {
            if let Err(error) = plugin.inspect(&operation.name, &subject, "{}") {
                assert!(!error.to_string().contains("ran longer"), "{error}");
            }
        }
    }
}
