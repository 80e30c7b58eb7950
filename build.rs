//! Hashes what file results depend on, so that no result of an older engine is taken for one of this: the sources that make results, and the
//! versions of the libraries that decide what they are. Another library, or another way to reach the model, voids nothing.
#![cfg_attr(not(test), expect(clippy::disallowed_methods, reason = "a build script reads sources"))]

use std::path::{Path, PathBuf};

const SOURCES: &[&str] = &["src/core", "src/plugin", "src/pipeline", "src/git"];

/// Libraries whose version decides what is found in a file, from parsing to the check of an answer; a name may end with a star.
const LIBRARIES: &[&str] =
    &["aho-corasick", "cranelift*", "globset", "jsonschema", "regex*", "rhai", "serde_json", "similar", "tree-sitter*", "wasmtime*"];

fn main() {
    let mut files = Vec::new();
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
        gather(Path::new(source), &mut files);
    }
    files.sort();
    println!("cargo::rerun-if-changed=Cargo.lock");
    let lock = std::fs::read_to_string("Cargo.lock").unwrap_or_default();
    // FNV-1a with two seeds: no secret hangs on it, and a build script should need no dependency.
    let of_seed = |seed| files.iter().fold(hash(seed, deciding(&lock).as_bytes()), |state, file| hash_file(state, file));
    let digest: String = [0xcbf2_9ce4_8422_2325_u64, 0x9ae1_6a3b_2f90_404f].map(|seed| format!("{:016x}", of_seed(seed))).concat();
    println!("cargo::rustc-env=DEVFLOW_ENGINE_DIGEST={digest}");
}

/// The lines of a lock file that name the deciding libraries and their versions.
pub(crate) fn deciding(lock: &str) -> String {
    let is_deciding = |name: &str| {
        LIBRARIES.iter().any(|library| match library.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == *library,
        })
    };
    let mut lines = lock.lines().peekable();
    let mut found = String::new();
    while let Some(line) = lines.next() {
        let name = line.strip_prefix("name = ").map(|name| name.trim_matches('"'));
        if name.is_some_and(is_deciding) {
            found.push_str(line);
            found.push_str(lines.peek().unwrap_or(&""));
            found.push('\n');
        }
    }
    found
}

fn gather(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_file() {
        files.push(path.to_owned());
    } else if let Ok(entries) = std::fs::read_dir(path) {
        entries.flatten().for_each(|entry| gather(&entry.path(), files));
    }
}

fn hash_file(state: u64, file: &Path) -> u64 {
    hash(hash(state, file.to_string_lossy().as_bytes()), &std::fs::read(file).unwrap_or_default())
}

fn hash(state: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(state, |state, byte| (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
