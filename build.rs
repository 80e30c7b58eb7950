//! Hashes the sources that file results depend on, so that no result of an older engine is taken for one of this.
#![expect(clippy::disallowed_methods, reason = "a build script reads sources")]

use std::path::{Path, PathBuf};

const SOURCES: &[&str] =
    &["src/types", "src/syntax", "src/analyzer", "src/plugin", "src/pipeline", "src/git", "src/provider", "Cargo.lock"];

fn main() {
    let mut files = Vec::new();
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
        gather(Path::new(source), &mut files);
    }
    files.sort();
    // FNV-1a with two seeds: no secret hangs on it, and a build script should need no dependency.
    let digest: String =
        [0xcbf2_9ce4_8422_2325_u64, 0x9ae1_6a3b_2f90_404f].iter().map(|seed| format!("{:016x}", hash(*seed, &files))).collect();
    println!("cargo::rustc-env=DEVFLOW_ENGINE_DIGEST={digest}");
}

fn gather(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_file() {
        files.push(path.to_owned());
    } else if let Ok(entries) = std::fs::read_dir(path) {
        entries.flatten().for_each(|entry| gather(&entry.path(), files));
    }
}

fn hash(seed: u64, files: &[PathBuf]) -> u64 {
    let mut state = seed;
    for file in files {
        let text = std::fs::read(file).unwrap_or_default();
        for byte in file.to_string_lossy().bytes().chain(text) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    state
}
