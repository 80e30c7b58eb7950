//! What voids kept results: the build script is taken in as it is.

#[path = "../../build.rs"]
#[expect(dead_code, clippy::print_stdout, reason = "only its reading of the lock file is looked at")]
mod build_script;

use build_script::deciding;

fn package(name: &str, version: &str) -> String {
    format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = \"registry\"\ndependencies = [\n \"regex\",\n]\n\n")
}

#[test]
fn libraries_that_decide_results_void_them_and_others_do_not() {
    let lock = include_str!("../../Cargo.lock");
    let known = deciding(lock);
    for name in ["tree-sitter-rust", "regex-automata", "wasmtime", "jsonschema", "similar"] {
        assert!(known.contains(&format!("name = \"{name}\"")), "{name}: {known}");
    }
    assert_eq!(deciding(&[lock, &package("unheard-of", "1.0.0")].concat()), known);
    assert_ne!(deciding(&[lock, &package("tree-sitter-new", "1.0.0")].concat()), known);
    for name in ["clap", "reqwest", "rusqlite", "tokio", "minijinja"] {
        assert_eq!(deciding(&package(name, "1.0.0")), "", "{name}");
    }
    let grammar = |version| deciding(&package("tree-sitter-rust", version));
    assert_ne!(grammar("0.24.0"), grammar("0.24.1"));
}
