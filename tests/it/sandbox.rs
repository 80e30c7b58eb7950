//! The sandbox holds: each limit has a guest that tries it. The guests are made from `guests/frame.wat` with another body each.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use devflow::analyzer::{Analyzer, Claims, Subject};
use devflow::plugin::{Grants, Limits, Plugin, PluginError, PluginHost};
use devflow::types::{CancelToken, Digest, Language, Role, Scope};
use devflow::unit;

use crate::support::guest::{core, exchange, frame, hostile};

const DEADLINE: Duration = Duration::from_millis(200);
const EMPTY_ANSWER: &str = "(i32.const 1024)";

fn limits() -> Limits {
    Limits { deadline: DEADLINE, memory_bytes: 64 << 20, output_bytes: 1 << 20 }
}

fn host() -> Arc<PluginHost> {
    Arc::new(PluginHost::new(limits(), None))
}

fn subject(text: &str) -> Arc<Subject> {
    Arc::new(Subject::new(unit::whole(Language::Rust, Role::Source, text.to_owned())))
}

fn plugin(component: Vec<u8>, host: Arc<PluginHost>) -> Plugin {
    let digest = Digest::of(&component);
    Plugin::new("hostile", component, digest, Grants::ALL, host)
}

fn inspect(body: &str) -> Result<Claims, String> {
    plugin(hostile(body), host()).inspect("file", &subject("fn a() {}"), "{}").map_err(|error| error.to_string())
}

#[track_caller]
fn refused(body: &str, expected: &str) {
    let error = inspect(body).unwrap_err();
    assert!(error.contains("`hostile`") && error.contains(expected), "{error}");
}

#[test]
fn a_guest_that_keeps_the_contract_is_heard() {
    assert_eq!(inspect(EMPTY_ANSWER), Ok(Claims::default()));
}

#[test]
fn an_endless_loop_ends_at_the_deadline() {
    refused("(loop (br 0)) unreachable", "ran longer than 200 ms in `inspect`");
}

#[test]
fn a_deep_or_wide_recursion_ends() {
    refused("(call $deep (i32.const 0))", "crashed in `inspect`: wasm trap: call stack exhausted");
}

#[test]
fn a_run_that_should_end_waits_for_no_compiler() {
    let folder = tempfile::tempdir().unwrap();
    let cancel = CancelToken::default();
    cancel.cancel(Duration::ZERO);
    let native = folder.path().join("native");
    let host = Arc::new(PluginHost::new(limits(), Some(native.clone())).cancelled_by(cancel));
    let (plugins, _) = devflow::plugin::embedded_plugins(&["review".to_owned()], &host);
    let error = plugins[0].manifest().unwrap_err();
    assert!(matches!(error, PluginError::Cancelled { .. }), "{error}");
    assert!(!native.exists(), "what a run waited for it would have kept");
}

#[test]
fn memory_has_a_ceiling_for_one_growth_and_for_many() {
    refused("(drop (memory.grow (i32.const 60000))) (i32.const 1024)", "wanted more than 64 MiB of memory in `inspect`");
    refused("(loop (drop (memory.grow (i32.const 16))) (br 0)) unreachable", "wanted more than 64 MiB of memory");
}

#[test]
fn tables_have_a_ceiling() {
    refused("(drop (table.grow $table (ref.null func) (i32.const 50000000))) (i32.const 1024)", "wanted more than 64 MiB of memory");
}

/// Stores at 2048 a good answer with `count` findings at `address`.
fn answer_with(count: u32, address: u32) -> String {
    format!("(i32.store (i32.const 2052) (i32.const {address})) (i32.store (i32.const 2056) (i32.const {count})) (i32.const 2048)")
}

#[test]
fn output_has_a_ceiling() {
    let much = format!("(drop (memory.grow (i32.const 900))) {}", answer_with(700_000, 4096));
    refused(&much, "gave more than 1 MiB of output in `inspect`");
}

#[test]
fn findings_without_number_are_refused() {
    let many = format!("(drop (memory.grow (i32.const 100))) {}", answer_with(10_001, 1_000_000));
    let generous = Limits { output_bytes: 64 << 20, ..limits() };
    let plugin = plugin(hostile(&many), Arc::new(PluginHost::new(generous, None)));
    let error = plugin.inspect("file", &subject("fn a() {}"), "{}").unwrap_err().to_string();
    assert!(error.contains("10001 findings in one call"), "{error}");
}

#[test]
fn a_list_outside_the_memory_is_a_crash() {
    refused(&answer_with(1000, 0x7fff_0000), "crashed in `inspect`");
}

/// One finding at 4096 with rule `x`, from byte `start` to byte `end`.
fn finding(start: u32, end: u32) -> String {
    format!(
        "(i32.store (i32.const 4096) (i32.const 512)) (i32.store (i32.const 4100) (i32.const 1))
         (i32.store (i32.const 4120) (i32.const {start})) (i32.store (i32.const 4124) (i32.const {end})) {}",
        answer_with(1, 4096)
    )
}

#[test]
fn a_finding_is_taken_when_its_place_is_in_the_text() {
    let claims = inspect(&finding(3, 4)).unwrap();
    assert_eq!(claims.findings.len(), 1);
    assert_eq!(claims.findings[0].rule, "x");
}

#[test]
fn a_place_outside_the_text_is_refused() {
    refused(&finding(3, 4000), "rule `x` points to bytes 3..4000 of 9");
    refused(&finding(4, 3), "points to bytes 4..3");
}

#[test]
fn a_rule_id_that_is_none_is_refused() {
    // Length 0: no name at all.
    refused(&finding(3, 4).replace("(i32.store (i32.const 4100) (i32.const 1))", ""), "is no rule id");
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let words = "(i32.store8 (i32.const 2048) (i32.const 1)) (i32.store (i32.const 2052) (i32.const 512)) (i32.store (i32.const 2056) (i32.const 5)) (i32.const 2048)";
    refused(words, "crashed in `inspect`");
}

#[test]
fn a_trap_in_each_export_is_told() {
    let plugin = plugin(hostile("unreachable"), host());
    let subject = subject("fn a() {}");
    let errors = [
        plugin.manifest().unwrap_err().to_string(),
        plugin.inspect("file", &subject, "{}").unwrap_err().to_string(),
        plugin.question("file", &subject, "{}").unwrap_err().to_string(),
        plugin.conclude("file", &subject, "{}", exchange("{}")).unwrap_err().to_string(),
    ];
    for (error, function) in errors.iter().zip(["manifest", "inspect", "question", "conclude"]) {
        assert!(error.contains("`hostile` crashed") && error.contains(&format!("`{function}`")), "{error}");
    }
}

#[test]
fn last_words_are_told() {
    refused("(call $log (i32.const 2) (i32.const 520) (i32.const 10)) unreachable", "(last words)");
}

#[test]
fn after_a_crash_the_next_call_gets_a_fresh_instance() {
    // Traps on an empty text only.
    let plugin = plugin(hostile("(if (i32.eqz (local.get 7)) (then unreachable)) (i32.const 1024)"), host());
    assert!(plugin.inspect("file", &subject(""), "{}").is_err());
    assert!(plugin.inspect("file", &subject("fn a() {}"), "{}").is_ok());
    assert!(plugin.inspect("file", &subject(""), "{}").is_err());
}

#[track_caller]
fn not_loaded(component: Vec<u8>, expected: &str) {
    let error = plugin(component, host()).inspect("file", &subject("x"), "{}").unwrap_err().to_string();
    assert!(error.contains("plugin `hostile` cannot be loaded") && error.contains(expected), "{error}");
}

#[test]
fn what_no_plugin_gets_is_refused_by_its_name() {
    for import in [
        "wasi:filesystem/types@0.2.0",
        "wasi:sockets/tcp@0.2.0",
        "wasi:cli/environment@0.2.0",
        "wasi:clocks/wall-clock@0.2.0",
        "wasi:random/random@0.2.0",
    ] {
        let component = wat::parse_str(format!("(component (import \"{import}\" (instance)))")).unwrap();
        not_loaded(component, &format!("it wants `{import}`, which no plugin gets"));
    }
}

/// Compilers for WASI link against it whether a plugin needs it or not. What is left over is replaced when the component is built.
#[test]
fn a_module_for_wasi_becomes_a_component_that_wants_nothing_of_it() {
    let imports = r#"
        (import "wasi:random/insecure-seed@0.2.0" "insecure-seed" (func $seed (param i32)))
        (import "wasi:cli/environment@0.2.0" "get-environment" (func $environment (param i32)))
        (import "wasi:cli/exit@0.2.0" "exit" (func $exit (param i32)))
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))"#;
    let run = |body: &str| {
        let component = devflow::plugin::build::component(&core(&frame(imports, body))).unwrap();
        let plugin = plugin(component, host());
        assert!(plugin.imports().unwrap().iter().all(|name| name.starts_with("devflow:plugin/")));
        plugin.inspect("file", &subject("x"), "{}").map_err(|error| error.to_string())
    };
    // 4096 is filled with ones first; whatever is not zero afterwards is a trap.
    let fill = "(memory.fill (i32.const 4096) (i32.const 1) (i32.const 64))";
    let is_zero = |at: u32| format!("(if (i32.load (i32.const {at})) (then unreachable))");
    let calls = "(call $seed (i32.const 4096)) (call $environment (i32.const 4112))
        (if (call $random (i32.const 4120) (i32.const 8)) (then unreachable))
        (if (call $sizes (i32.const 4128) (i32.const 4132)) (then unreachable))
        (if (i32.ne (call $write (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)) (i32.const 52)) (then unreachable))";
    let zeros: String = (0..10).map(|n| is_zero(4096 + 4 * n)).collect();
    assert_eq!(
        run(&format!("{fill} {calls} {zeros} (if (i32.eqz (i32.load (i32.const 4136))) (then unreachable)) {EMPTY_ANSWER}")),
        Ok(Claims::default())
    );
    assert!(run("(call $exit (i32.const 0)) (i32.const 1024)").unwrap_err().contains("crashed in `inspect`"));
}

#[test]
fn another_contract_is_refused_with_both_versions() {
    let component = wat::parse_str("(component (import \"devflow:plugin/syntax@0.9.0\" (instance)))").unwrap();
    not_loaded(component, "it was built for contract 0.9.0, this devflow offers 0.2.0");
}

#[test]
fn what_is_no_plugin_is_refused() {
    not_loaded(wat::parse_str("(component)").unwrap(), "it lacks an export");
    not_loaded(wat::parse_str("(module)").unwrap(), "");
    not_loaded(b"not a component".to_vec(), "");
    let whole = hostile(EMPTY_ANSWER);
    not_loaded(whole[..whole.len() / 2].to_vec(), "");
    let mut flipped = whole.clone();
    flipped[8] ^= 0xff;
    not_loaded(flipped, "");
}

#[test]
fn native_code_that_somebody_touched_is_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("native");
    let component = hostile(EMPTY_ANSWER);
    let run = || {
        let host = Arc::new(PluginHost::new(limits(), Some(cache.clone())));
        plugin(component.clone(), host).inspect("file", &subject("x"), "{}")
    };
    run().unwrap();
    let kept = || {
        std::fs::read_dir(&cache)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.extension().is_some_and(|e| e == "cwasm"))
            .unwrap()
    };
    let original = std::fs::read(kept()).unwrap();
    // Each kind of damage must lead to compiling again, which puts the original back.
    let mut flipped = original.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0xff;
    for damaged in [flipped, original[..100].to_vec(), Vec::new()] {
        std::fs::write(kept(), damaged).unwrap();
        run().unwrap();
        assert!(std::fs::read(kept()).unwrap() == original);
    }
}

#[test]
fn the_oldest_native_code_goes() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("native");
    let run = || {
        let host = Arc::new(PluginHost::new(limits(), Some(cache.clone())));
        plugin(hostile(EMPTY_ANSWER), host).inspect("file", &subject("x"), "{}").unwrap();
    };
    run();
    let own =
        std::fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.extension().unwrap() == "cwasm").unwrap();
    std::fs::remove_file(&own).unwrap();
    for number in 0..80 {
        for ending in ["cwasm", "sha256"] {
            let file = std::fs::File::create(cache.join(format!("{number}.{ending}"))).unwrap();
            file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(number)).unwrap();
        }
    }
    run();
    let left: Vec<String> = std::fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(left.len(), 128, "{left:?}");
    assert!(own.exists() && left.contains(&"79.cwasm".to_owned()) && !left.contains(&"16.cwasm".to_owned()), "{left:?}");
    assert!(left.contains(&"17.sha256".to_owned()) && !left.contains(&"16.sha256".to_owned()), "{left:?}");
}

#[cfg(unix)]
#[test]
fn native_code_that_others_may_write_is_not_loaded() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("native");
    let component = hostile(EMPTY_ANSWER);
    let run = || {
        let host = Arc::new(PluginHost::new(limits(), Some(cache.clone())));
        plugin(component.clone(), host).inspect("file", &subject("x"), "{}").unwrap();
    };
    run();
    let kept = std::fs::read_dir(&cache)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "cwasm"))
        .unwrap();
    let inode = |path: &Path| std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(path).unwrap());
    let first = inode(&kept);
    run();
    assert_eq!(inode(&kept), first, "a good file is loaded, not written again");
    std::fs::set_permissions(&kept, std::fs::Permissions::from_mode(0o666)).unwrap();
    run();
    assert_ne!(inode(&kept), first, "a file that others may write is replaced");
}

/// Where another compiler has rebuilt the components, their bytes differ and what they find must not.
#[test]
fn rebuilt_components_find_the_same() {
    let Some(folder) = std::env::var_os("DEVFLOW_TEST_COMPONENTS") else { return };
    let sources = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pipeline")).unwrap();
    let texts: Vec<String> = sources.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    for component in devflow::plugin::embedded() {
        let rebuilt = std::fs::read(Path::new(&folder).join(format!("{}.wasm", component.id))).unwrap();
        let host =
            Arc::new(PluginHost::new(Limits { deadline: Duration::from_secs(10), memory_bytes: 256 << 20, output_bytes: 8 << 20 }, None));
        let (ours, theirs) = (plugin(component.bytes.to_vec(), Arc::clone(&host)), plugin(rebuilt, host));
        let manifest = ours.manifest().unwrap();
        assert_eq!(manifest, theirs.manifest().unwrap());
        for operation in manifest.operations.iter().filter(|operation| operation.scope == Scope::File) {
            for text in &texts {
                let look = |plugin: &Plugin| plugin.inspect(&operation.name, &subject(text), "{}").map_err(|error| error.to_string());
                assert_eq!(look(&ours), look(&theirs), "{}:{}", component.id, operation.name);
            }
        }
    }
}

#[test]
fn the_components_are_made_of_the_sources_that_are_here() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lock: toml::Table = std::fs::read_to_string(root.join("plugins/dist/lock.toml")).unwrap().parse().unwrap();
    for component in devflow::plugin::embedded() {
        let source = devflow::plugin::build::source_digest(&root.join("plugins").join(component.id)).unwrap();
        let locked = lock[component.id]["source"].as_str().unwrap();
        assert_eq!(locked, source.to_string(), "rebuild: cargo run -- plugin build plugins/{0} --out plugins/dist", component.id);
    }
}
