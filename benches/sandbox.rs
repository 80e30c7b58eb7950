//! Measures what the sandbox costs: `cargo bench --bench sandbox -- [COMPONENT…]`. A call of `review` against the same rules called natively, a
//! fresh instance, a runaway guest, and a call of each component that is named.
#![expect(clippy::disallowed_methods, clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark reads files and prints")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use devflow::analyzer::{Analyzer as _, Subject};
use devflow::plugin::{Grants, Limits, Plugin, PluginHost, embedded_plugins};
use devflow::syntax::parse;
use devflow::types::{Digest, Language, Role, Unit};
use devflow::unit::whole;
use devflow_plugin::testing::File;
use devflow_plugin_review::Review;

/// Calls of one round; the median of the rounds is told.
const CALLS: u32 = 40;
const ROUNDS: usize = 15;

fn median(mut work: impl FnMut()) -> Duration {
    work();
    let mut rounds: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            (0..CALLS).for_each(|_| work());
            start.elapsed() / CALLS
        })
        .collect();
    rounds.sort();
    rounds[ROUNDS / 2]
}

fn unit(language: Language, text: &str) -> Unit {
    whole(language, Role::Source, text.to_owned())
}

fn host() -> Arc<PluginHost> {
    Arc::new(PluginHost::new(Limits { deadline: Duration::from_secs(5), memory_bytes: 256 << 20, output_bytes: 8 << 20 }, None))
}

fn main() {
    let source = include_str!("../src/pipeline/mod.rs");
    let text: String = source.chars().take(20 << 10).collect();
    let text = format!("{text}{}", "\n// filled up to the size\n".repeat((20_usize << 10).saturating_sub(text.len()) / 26));
    call_against_native(&text);
    fresh_instance();
    runaway();
    for path in std::env::args().skip(1).filter(|arg| !arg.starts_with("--")) {
        component(Path::new(&path));
    }
}

fn call_against_native(text: &str) {
    let (plugins, _) = embedded_plugins(&["review".to_owned()], &host());
    let subject = Arc::new(Subject::with_syntax(unit(Language::Rust, text), parse(Language::Rust, text)));
    let file = File::new("rust", text);
    let time = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        (0..CALLS).for_each(|_| work());
        start.elapsed() / CALLS
    };
    // In turn, so that a busy machine is busy for all of them. What the native call needs for parsing is taken out: the host parses once.
    let mut rounds: Vec<(f64, Duration, Duration)> = (0..=ROUNDS)
        .map(|_| {
            let guest = time(&mut || drop(plugins[0].inspect("file", &subject, "{}").unwrap()));
            let whole = time(&mut || drop(file.inspect::<Review>("file", "{}").unwrap()));
            let native = whole.saturating_sub(time(&mut || drop(parse(Language::Rust, text))));
            (guest.as_secs_f64() / native.as_secs_f64(), guest, native)
        })
        .skip(1)
        .collect();
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ratio, guest, native) = rounds[ROUNDS / 2];
    let (least, most) = (rounds[0].0, rounds[ROUNDS - 1].0);
    println!("review of {} bytes: {guest:?} in the sandbox, {native:?} natively, ratio {ratio:.2} ({least:.2} to {most:.2})", text.len());
}

/// A guest whose every call ends in a trap, so that every call gets an instance of its own.
fn fresh_instance() {
    let plugin = guest("unreachable", host());
    let subject = Arc::new(Subject::new(unit(Language::Rust, "fn a() {}")));
    let trapped = median(|| drop(plugin.inspect("file", &subject, "{}").unwrap_err()));
    let good = guest("(i32.const 1024)", host());
    let reused = median(|| drop(good.inspect("file", &subject, "{}").unwrap()));
    println!("a fresh instance, with a call and a trap: {trapped:?}; a call of a kept one: {reused:?}");
}

fn runaway() {
    for deadline_ms in [50, 200, 1000] {
        let limits = Limits { deadline: Duration::from_millis(deadline_ms), memory_bytes: 64 << 20, output_bytes: 1 << 20 };
        let plugin = guest("(loop (br 0)) unreachable", Arc::new(PluginHost::new(limits, None)));
        let subject = Arc::new(Subject::new(unit(Language::Rust, "fn a() {}")));
        drop(plugin.manifest());
        let start = Instant::now();
        drop(plugin.inspect("file", &subject, "{}").unwrap_err());
        println!("an endless loop with a deadline of {deadline_ms} ms: {:?}", start.elapsed());
    }
}

fn guest(body: &str, host: Arc<PluginHost>) -> Plugin {
    let frame = include_str!("../tests/it/guests/frame.wat").split_once("(module").unwrap().1;
    let mut module = wat::parse_str(format!("(module{}", frame.replace("BODY", body))).unwrap();
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) = resolve.push_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/sdk/wit/v0.2")).unwrap();
    let world = resolve.select_world(&[package], Some("analyzer")).unwrap();
    wit_component::embed_component_metadata(&mut module, &resolve, world, wit_component::StringEncoding::UTF8).unwrap();
    let bytes = wit_component::ComponentEncoder::default().module(&module).unwrap().encode().unwrap();
    let digest = Digest::of(&bytes);
    Plugin::new("guest", bytes, digest, Grants::ALL, host)
}

/// Python, since that is what the examples look at.
fn component(path: &Path) {
    let bytes = std::fs::read(path).unwrap();
    let (size, digest) = (bytes.len(), Digest::of(&bytes));
    let text = "def wait(event):\n    time.sleep(1)\n    return event.wait()\n\n\n".repeat(240);
    let text = &text[..10 << 10];
    let start = Instant::now();
    let plugin = Plugin::new("component", bytes, digest, Grants::ALL, host());
    let subject = Arc::new(Subject::with_syntax(unit(Language::Python, text), parse(Language::Python, text)));
    let found = plugin.inspect("file", &subject, "{}").unwrap().findings.len();
    let first = start.elapsed();
    let call = median(|| drop(plugin.inspect("file", &subject, "{}").unwrap()));
    println!("{}: {size} bytes, compiled and called first in {first:?}, a call with 10 KiB and {found} findings {call:?}", path.display());
}
